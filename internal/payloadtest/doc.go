// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

// Package payloadtest compares payloads, and the requests that carry them, as
// the contract sees them: [Diff] and [DiffRequests] are compare.py of package
// reference in Go. It also holds what spoils a payload ([Mutations]), for tests
// of whatever judges one.
//
// For tests only.
package payloadtest
