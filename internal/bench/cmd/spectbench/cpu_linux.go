// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"time"

	"golang.org/x/sys/unix"
)

// threadCPU is the user and system time of the calling thread. Getrusage tells
// that of a thread as of the last tick only.
func threadCPU() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t); err != nil {
		panic(err) // it has no reason to fail
	}
	return time.Duration(t.Nano())
}
