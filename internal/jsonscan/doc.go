// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

// Package jsonscan validates, walks and quotes raw JSON held as text.
//
// It never builds a tree: a value is a substring of the text it stands in, so
// user JSON travels byte for byte. A [Tape] is the nearest to one: where the values
// of a text are, for a reader that would look for their ends again and again. One strict grammar (grammar.go) serves
// [Valid] and every walker. On text that is not valid, a walker yields the
// members or elements before the fault and stops; nothing here panics,
// recurses deeper than [MaxDepth], or takes more than linear time.
//
// Strings are scanned eight bytes at a time in plain Go. All functions are
// pure and safe for concurrent use; [Tape] and [Tokens] are for one goroutine.
package jsonscan
