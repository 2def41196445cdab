// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

// Package hostile makes JSON that nobody meant to write of JSON that somebody
// did: [Respell] says the same in other bytes, [Mutate] says something else, with
// the names and values that readers look for where they do not look for them. A
// fuzzer that changes bytes hardly ever gets there.
//
// The same random source gives the same text, so that tests are the same in
// each run.
//
// For tests only.
package hostile
