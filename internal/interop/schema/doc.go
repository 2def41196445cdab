// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

// Package schema holds the JSON Schema of package contracts against another's
// implementation of JSON Schema.
package schema
