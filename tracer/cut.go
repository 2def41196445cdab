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

// cuts counts what is lost of what a Tracer starts, and says so.
//
// Nobody else can: a span that is dropped reaches no processor, and the sampler
// is not ours.
type cuts struct {
	// sessions counts the sessions, and torn the spans of others, that were
	// dropped and not told of; unsampled the sessions that nobody hears of.
	sessions, torn, unsampled      atomic.Int64
	toldOfDropped, toldOfUnsampled notice
}

// dropped takes in a span that is not recorded, and that was started below
// parent.
func (c *cuts) dropped(s *Span, parent trace.SpanContext) {
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
	if c.toldOfDropped.due() {
		otel.Handle(fmt.Errorf("spect: the sampler of the tracer provider dropped sessions (%d, and %d spans of other sessions, "+
			"since the last such report): wrap it in exporter.Sampler to keep them all", c.sessions.Swap(0), c.torn.Swap(0)))
	}
}

// unheard takes in a session that is recorded and not sampled, and that no
// processor of Spect's has taken in: others pass it over.
func (c *cuts) unheard() {
	c.unsampled.Add(1)
	if c.toldOfUnsampled.due() {
		otel.Handle(fmt.Errorf("spect: sessions are lost that the tracer provider records and does not sample (%d since the last such report): "+
			"register exporter.NewSpanProcessor with it; a batcher passes on sampled spans only", c.unsampled.Swap(0)))
	}
}

// notice is when something was last said, in Unix nanoseconds; 0 is long ago.
type notice struct{ told atomic.Int64 }

// tellAgain is how long the same is not said again.
const tellAgain = time.Hour

// due reports whether it is to be said, and takes it for said then.
func (n *notice) due() bool {
	now, last := time.Now().UnixNano(), n.told.Load()
	return now-last >= int64(tellAgain) && n.told.CompareAndSwap(last, now)
}
