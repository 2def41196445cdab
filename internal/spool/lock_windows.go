// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package spool

import (
	"errors"
	"io"
	"os"
	"syscall"
)

// lockFile takes the lock that the file stands for: it is opened so that nobody
// else can open it. The system closes it when the process ends, however it ends.
func lockFile(name string) (io.Closer, error) {
	path, err := syscall.UTF16PtrFromString(name)
	if err != nil {
		return nil, &os.PathError{Op: "lock", Path: name, Err: err}
	}
	const (
		shareNothing     = 0
		sharingViolation = syscall.Errno(32)
	)
	h, err := syscall.CreateFile(path, syscall.GENERIC_READ|syscall.GENERIC_WRITE, shareNothing, nil,
		syscall.OPEN_ALWAYS, syscall.FILE_ATTRIBUTE_NORMAL, 0)
	switch {
	case err == nil:
		return os.NewFile(uintptr(h), name), nil
	case errors.Is(err, sharingViolation):
		return nil, ErrLocked
	}
	return nil, &os.PathError{Op: "lock", Path: name, Err: err}
}
