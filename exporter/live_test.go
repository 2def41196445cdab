// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"testing"

	"go.opentelemetry.io/otel/trace"
)

// A trace stays live while a start is on its way to the gatherer, though what
// the gatherer had of it is released meanwhile.
func TestLiveTraceStays(t *testing.T) {
	var l liveTraces
	a, b := trace.TraceID{1}, trace.TraceID{2}
	steps := []struct {
		what   string
		do     func(trace.TraceID)
		id     trace.TraceID
		a, b   bool
		traces int64
	}{
		{"a start", l.add, a, true, false, 1},
		{"its fragment", l.add, a, true, false, 1},
		{"the start was taken in", l.remove, a, true, false, 1},
		{"another start", l.add, a, true, false, 1},
		{"the fragment went", l.remove, a, true, false, 1},
		{"a start in another trace", l.add, b, true, true, 2},
		{"the other start was refused", l.remove, a, false, true, 1},
		{"the one in the other trace too", l.remove, b, false, false, 0},
	}
	for _, s := range steps {
		s.do(s.id)
		if l.has(a) != s.a || l.has(b) != s.b || l.count.Load() != s.traces {
			t.Fatalf("%s: live are %v, %v, %d; want %v, %v, %d", s.what, l.has(a), l.has(b), l.count.Load(), s.a, s.b, s.traces)
		}
	}
}
