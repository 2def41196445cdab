// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"encoding/binary"

	"go.opentelemetry.io/otel/trace"
)

// recent remembers the last spans of some kind: so many for certain, and up to
// twice as many.
type recent[T any] struct {
	size int
	// young holds the latest; when it is full it is the old one's turn to go.
	young, old *generation[T]
}

// generation is some spans, and a mark for each: most spans that are looked for
// are not there, and a mark is found without a look at the map.
type generation[T any] struct {
	spans map[spanKey]T
	marks [1 << markBits / 64]uint64
}

// markBits makes so many more marks than a generation has spans that few meet.
const markBits = 18

type spanKey struct {
	trace trace.TraceID
	span  trace.SpanID
}

func newRecent[T any](size int) *recent[T] { return &recent[T]{size: size} }

func (r *recent[T]) put(id trace.TraceID, span trace.SpanID, v T) {
	if r.young == nil {
		r.young = newGeneration[T]()
	}
	if len(r.young.spans) >= r.size {
		if r.old == nil {
			r.old = newGeneration[T]()
		}
		r.old, r.young = r.young, r.old
		clear(r.young.spans) // and take their room
		clear(r.young.marks[:])
	}
	r.young.put(id, span, v)
}

func (r *recent[T]) get(id trace.TraceID, span trace.SpanID) (v T, ok bool) {
	if r.young == nil || !span.IsValid() {
		return v, false
	}
	if v, ok = r.young.get(id, span); !ok && r.old != nil {
		v, ok = r.old.get(id, span)
	}
	return v, ok
}

func newGeneration[T any]() *generation[T] {
	return &generation[T]{spans: make(map[spanKey]T)}
}

func (g *generation[T]) put(id trace.TraceID, span trace.SpanID, v T) {
	word, bit := mark(span)
	g.marks[word] |= bit
	g.spans[spanKey{id, span}] = v
}

func (g *generation[T]) get(id trace.TraceID, span trace.SpanID) (v T, ok bool) {
	if word, bit := mark(span); g.marks[word]&bit == 0 {
		return v, false
	}
	v, ok = g.spans[spanKey{id, span}]
	return v, ok
}

func mark(span trace.SpanID) (word int, bit uint64) {
	at := binary.LittleEndian.Uint64(span[:]) * 0x9e3779b97f4a7c15 >> (64 - markBits) // ids may be numbers in a row
	return int(at / 64), 1 << (at % 64)
}
