// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

//go:build unix

package exporter

import (
	"errors"
	"net"
	"syscall"
)

// canLook says that it can be seen whether a connection is still there.
const canLook = true

// isQuiet reports whether a connection is there, and nothing has come by it.
func isQuiet(c net.Conn) bool {
	sc, ok := c.(syscall.Conn)
	if !ok {
		return false
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return false
	}
	quiet := false
	err = raw.Read(func(fd uintptr) bool {
		var b [1]byte
		_, err := syscall.Read(int(fd), b[:])
		quiet = errors.Is(err, syscall.EAGAIN) || errors.Is(err, syscall.EWOULDBLOCK)
		return true
	})
	return err == nil && quiet
}
