// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/trace"
)

// The last spans are remembered with their sessions, however many there were.
func TestSentSpans(t *testing.T) {
	const size, each = 32, 3
	s := newSentSpans(size)
	s.next = 1<<32 - 100 // it goes on from the start again
	tr := trace.TraceID{1}
	span := func(session, k int) (id trace.SpanID) {
		binary.BigEndian.PutUint64(id[:], uint64(session*each+k+1))
		return id
	}
	uuid := func(kind string, n int) string {
		return fmt.Sprintf("%s-0000-7000-8000-%012d", strings.Repeat(kind, 8), n)
	}
	s.sessions = make([]sentSession, 2*size)
	for n := range 500 {
		of := s.session(uuid("a", n), uuid("b", n))
		for k := range each {
			s.put(tr, span(n, k), sentSpan{of: of, start: int64(n), root: k == 0})
		}
		for back := range min(n+1, size/each) {
			for k := range each {
				v, ok := s.get(tr, span(n-back, k))
				want := ""
				if k == 0 {
					want = uuid("b", n-back)
				}
				if !ok || s.of(v).traceID.String() != uuid("a", n-back) || s.idOf(v) != want || v.start != int64(n-back) {
					t.Fatalf("after %d: span %d of session %d is %+v, %v, of %s", n, k, n-back, v, ok, s.of(v).traceID)
				}
			}
		}
	}
	// A span that is put again keeps no other's session.
	of := s.session(uuid("a", 1000), "")
	s.put(tr, span(1000, 0), sentSpan{of: of})
	for n := range 2*size + 1 {
		if _, ok := s.get(tr, span(1000, 0)); ok != (n < 2*size) {
			t.Fatalf("%d sessions later it is remembered: %v", n, ok)
		}
		s.session(uuid("a", 2000+n), "")
	}
	if keepID("").String() != "" {
		t.Error("no id is one")
	}
}
