// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package shapetest

import (
	"slices"
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
	// on the machine, so that the median of several rounds counts.
	var ratios []float64
	for len(ratios) < 5 {
		small, large := elapsed(size), elapsed(size*times)
		ratio := float64(large) / float64(small)
		if large < time.Second || ratio < 2*times {
			return
		}
		ratios = append(ratios, ratio)
	}
	slices.Sort(ratios)
	if median := ratios[len(ratios)/2]; median > 4*times {
		t.Errorf("%d times as many elements take %.0f times as long", times, median)
	}
}
