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
	const size, times = 500, 16
	// The best of several runs: others may be at work on the machine.
	best := func(size int) time.Duration {
		shortest := time.Hour
		for range 5 {
			start := time.Now()
			work(size)
			shortest = min(shortest, time.Since(start))
		}
		return shortest
	}
	small, large := best(size), best(size*times)
	// A quadratic one takes 256 times as long.
	if large > 4*times*max(small, time.Millisecond/4) {
		t.Errorf("%d elements took %v, %d took %v", size, small, size*times, large)
	}
}
