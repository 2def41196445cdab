// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package shapetest

import (
	"testing"
	"time"
)

// CheckLinear fails the test where work takes much more than n times as long on n
// times the input. Size is the input's number of elements, of whatever kind.
func CheckLinear(t testing.TB, work func(size int)) {
	t.Helper()
	const size, times = 2000, 16
	elapsed := func(size int) time.Duration {
		start := time.Now()
		work(size)
		return time.Since(start)
	}
	// A quadratic one takes 256 times as long, and seconds. Others may be at work
	// on the machine: one round in which it is linear is enough.
	var small, large time.Duration
	for range 5 {
		small, large = elapsed(size), elapsed(size*times)
		if large <= 4*times*small || large < time.Second {
			return
		}
	}
	t.Errorf("%d elements took %v, %d took %v", size, small, size*times, large)
}
