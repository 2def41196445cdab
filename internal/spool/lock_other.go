// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

//go:build !(darwin || dragonfly || freebsd || illumos || linux || netbsd || openbsd || windows)

package spool

import (
	"io"
	"os"
)

// lockFile locks nothing: these systems have no lock that a killed process is
// sure to give back. That no two processes share a directory is up to the user.
func lockFile(name string) (io.Closer, error) {
	return os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
}
