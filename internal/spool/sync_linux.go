// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package spool

import (
	"errors"
	"os"
	"syscall"
)

// syncData leaves out what of the file's metadata is not needed to read it.
func syncData(f *os.File) error {
	conn, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = conn.Control(func(fd uintptr) {
		for {
			if failed = syscall.Fdatasync(int(fd)); !errors.Is(failed, syscall.EINTR) {
				return
			}
		}
	})
	if err == nil && failed != nil {
		err = &os.PathError{Op: "fdatasync", Path: f.Name(), Err: failed}
	}
	return err
}
