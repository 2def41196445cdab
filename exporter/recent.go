// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter

import "go.opentelemetry.io/otel/trace"

// recent remembers the last spans of some kind: so many for certain, and up to
// twice as many.
type recent[T any] struct {
	size int
	// young holds the latest; when it is full it is the old one's turn to go.
	young, old map[spanKey]T
}

type spanKey struct {
	trace trace.TraceID
	span  trace.SpanID
}

func newRecent[T any](size int) *recent[T] { return &recent[T]{size: size} }

func (r *recent[T]) put(id trace.TraceID, span trace.SpanID, v T) {
	if len(r.young) >= r.size {
		r.old, r.young = r.young, r.old
		clear(r.young) // and take their room
	}
	if r.young == nil {
		r.young = make(map[spanKey]T)
	}
	r.young[spanKey{id, span}] = v
}

func (r *recent[T]) get(id trace.TraceID, span trace.SpanID) (v T, ok bool) {
	if r.young == nil || !span.IsValid() {
		return v, false
	}
	if v, ok = r.young[spanKey{id, span}]; !ok {
		v, ok = r.old[spanKey{id, span}]
	}
	return v, ok
}
