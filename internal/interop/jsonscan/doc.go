// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

// Package jsonscan compares internal/jsonscan with jsontext, the parser that
// encoding/json/v2 stands on. It is a module apart so that the library needs no
// requirement for it.
package jsonscan
