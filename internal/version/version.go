// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

// Package version names the release of this module.
package version

// Version is the release this source belongs to.
const Version = "0.1.0"
