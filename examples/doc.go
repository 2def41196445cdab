// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

// Package examples holds programs to copy: each folder is one.
package examples
