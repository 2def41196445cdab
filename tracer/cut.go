// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package tracer

import (
	"fmt"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/trace"
)

// cuts counts what a sampler drops of what a Tracer starts, and says so.
//
// Nobody else can: a span that is dropped reaches no processor, and the sampler
// is not ours.
type cuts struct {
	// sessions counts the sessions, and torn the spans of others, that are lost
	// and were not told of. told is when that was last said, in Unix nanoseconds.
	sessions, torn, told atomic.Int64
}

// tellAgain is how long it is not said again that sessions are lost.
const tellAgain = time.Hour

// consider takes in a span that is not recorded, and that was started below
// parent.
func (c *cuts) consider(s *Span, parent trace.SpanContext) {
	// A provider that does nothing gives a span no id of its own.
	sc := s.otel.SpanContext()
	if !sc.IsValid() || sc.SpanID() == parent.SpanID() {
		return
	}
	root := s.record.Session.Root
	switch content, _ := root.Content.(*Span); {
	case root == &s.record:
		c.sessions.Add(1)
	case content != nil && content.recording:
		c.torn.Add(1)
	default:
		return // inside of what was told of
	}
	now, last := time.Now().UnixNano(), c.told.Load()
	if last != 0 && now-last < int64(tellAgain) || !c.told.CompareAndSwap(last, now) {
		return
	}
	otel.Handle(fmt.Errorf("spect: sessions are lost to the sampler of the tracer provider (%d, and %d spans of other sessions, "+
		"since this was last said): wrap it in exporter.Sampler to keep them all", c.sessions.Swap(0), c.torn.Swap(0)))
}
