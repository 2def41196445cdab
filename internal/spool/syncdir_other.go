// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

//go:build !unix

package spool

// syncDirectory has nothing to do: a directory cannot be synchronized here, and
// Windows keeps a journal of what happens in one.
func syncDirectory(string) error { return nil }
