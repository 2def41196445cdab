// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

// Package convention reads what other people's instrumentations say of language
// models on their spans. Each convention is a decoder in a file of its own,
// chosen by the keys that a span has, never by the name of its scope:
//
//	Source ──▶ decoders whose keys are there ──▶ Facts of each ──▶ merged, the first that has a field wins
//
// [Read] does all of that for one span. What the facts of several spans make
// together (calls and their results, history, agents) is package convert's.
// To add a convention, see docs/adding-a-convention.md.
package convention
