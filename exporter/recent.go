// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"encoding/binary"

	"go.opentelemetry.io/otel/trace"
)

// recent remembers the last spans of some kind, a bounded number of them: a
// newer span takes the place of an older one.
type recent[T any] struct {
	slots []recentSlot[T]
}

type recentSlot[T any] struct {
	trace trace.TraceID
	span  trace.SpanID
	value T
}

// newRecent makes room for size spans, a power of two.
func newRecent[T any](size int) *recent[T] { return &recent[T]{slots: make([]recentSlot[T], size)} }

// slot finds a span's place. Span ids are random enough to be their own hash.
func (r *recent[T]) slot(span trace.SpanID) *recentSlot[T] {
	return &r.slots[binary.BigEndian.Uint64(span[:])%uint64(len(r.slots))]
}

func (r *recent[T]) put(id trace.TraceID, span trace.SpanID, v T) {
	*r.slot(span) = recentSlot[T]{id, span, v}
}

func (r *recent[T]) get(id trace.TraceID, span trace.SpanID) (v T, ok bool) {
	if s := r.slot(span); span.IsValid() && s.span == span && s.trace == id {
		return s.value, true
	}
	return v, false
}
