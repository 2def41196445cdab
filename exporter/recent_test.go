// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"encoding/binary"
	"testing"

	"go.opentelemetry.io/otel/trace"
)

// The last spans are remembered, every one of them, and not many more.
func TestRecent(t *testing.T) {
	id := func(i int) (s trace.SpanID) {
		binary.BigEndian.PutUint64(s[:], uint64(i)<<32|1) // alike where a hash would look
		return s
	}
	const size = 100
	r := newRecent[int](size)
	tr := trace.TraceID{1}
	for i := 1; i <= 1000; i++ {
		r.put(tr, id(i), i)
		for k := max(1, i-size+1); k <= i; k++ {
			if v, ok := r.get(tr, id(k)); !ok || v != k {
				t.Fatalf("after %d, %d is remembered as %d, %v", i, k, v, ok)
			}
		}
		if _, ok := r.get(tr, id(i-2*size)); ok && i > 2*size {
			t.Fatalf("after %d, %d is still remembered", i, i-2*size)
		}
	}
	if _, ok := r.get(trace.TraceID{2}, id(1000)); ok {
		t.Error("a span of another trace is taken for it")
	}
	r.put(tr, id(1000), -1)
	if v, _ := r.get(tr, id(1000)); v != -1 {
		t.Errorf("the later value is lost: %d", v)
	}
	r.put(tr, trace.SpanID{}, 5)
	if _, ok := r.get(tr, trace.SpanID{}); ok {
		t.Error("no span is remembered as one")
	}
}
