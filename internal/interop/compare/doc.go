// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

// Package compare holds package payloadtest against the reference's compare.py.
// It needs python3 and passes over its tests where there is none.
package compare
