// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

// Package reference holds what the published client of the collector puts on
// the wire, for tests and for the command that replays it: scenarios, each a
// session in a neutral form, and for each the HTTP request that the client
// made for it. testdata/README.md tells where they come from.
//
// Test helpers only: nothing that a user links imports this package but the
// command's emit.
package reference
