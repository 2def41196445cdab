// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter

import "go.opentelemetry.io/otel/trace"

// WithMaxInside bounds the spans of others between those of sessions.
func WithMaxInside(n int) Option { return option(func(c *config) { c.maxInside = n }) }

// WithoutLinger has each span taken in at once.
func WithoutLinger() Option { return option(func(c *config) { c.linger = 0 }) }

// Footprint is what an exporter remembers of spans that are under way.
type Footprint struct {
	// Traces are the traces with something of ours, Live those that the
	// processor takes for such, Nodes the spans in them, Units the sessions.
	Traces, Live, Nodes, Units int
	// Held are the ended spans, Open those that have not ended, Waiting those
	// whose parents have not come, Room the memory for their content.
	Held, Open, Waiting, Room int
	// Plans are the releases that are planned, some of them overtaken.
	Plans int
	// Logs are the log records that are held, LogBytes the memory for those of no
	// trace with anything of ours.
	Logs, LogBytes int
	// Queued are the sessions that wait for delivery, QueuedBytes their size.
	Queued, QueuedBytes int
	// Bytes are what WithMaxHeld counts.
	Bytes int
}

// FootprintOf measures an exporter that nothing happens to meanwhile.
func FootprintOf(e *Exporter) Footprint {
	g, d := e.gatherer, e.delivery
	// Whatever the gatherer does next, it looks at its intake before.
	e.intake.mu.Lock()
	defer e.intake.mu.Unlock()
	p := Footprint{
		Traces: len(g.fragments), Live: int(e.live.count.Load()), Held: g.heldSpans, Room: g.heldBytes, Bytes: g.bytes(),
		Logs: g.logs.records, LogBytes: g.logs.unclaimed,
		Plans: len(g.graces.queue) - g.graces.head + len(g.leaks.queue) - g.leaks.head,
	}
	for _, f := range g.fragments {
		p.Nodes += len(f.nodes)
		p.Units += len(f.units)
		p.Open += len(f.open)
		p.Waiting += len(f.waiting)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if p.Queued, p.QueuedBytes = len(d.pending.open), d.bytes; p.Queued == 0 {
		g.store.mu.Lock()
		defer g.store.mu.Unlock()
		p.Room = g.store.inUse
	}
	return p
}

// Holds reports whether an exporter that nothing happens to holds a span.
func Holds(e *Exporter, id trace.TraceID, span trace.SpanID) bool {
	e.intake.mu.Lock()
	defer e.intake.mu.Unlock()
	f := e.gatherer.fragments[id]
	if f == nil {
		return false
	}
	_, known := f.find(span)
	return known
}

// UnusedOf is the number of traces whose memory an exporter that nothing happens
// to keeps for others.
func UnusedOf(e *Exporter) int {
	e.intake.mu.Lock()
	defer e.intake.mu.Unlock()
	return len(e.gatherer.unused)
}

// Unneeded is the memory, in nodes and plans, that an exporter that nothing happens
// to has for plans, beside that of the traces it holds.
func Unneeded(e *Exporter) (nodes, planned int) {
	e.intake.mu.Lock()
	defer e.intake.mu.Unlock()
	g := e.gatherer
	for _, ps := range [...]*plans{&g.graces, &g.leaks} {
		planned += cap(ps.queue)
		for _, p := range ps.queue[ps.head:] {
			if f := p.fragment; g.fragments[f.id] != f {
				nodes += cap(f.nodes)
			}
		}
	}
	return nodes, planned
}

// Corrupt breaks what an exporter that nothing happens to holds of sessions.
func Corrupt(e *Exporter) {
	e.intake.mu.Lock()
	defer e.intake.mu.Unlock()
	for _, f := range e.gatherer.fragments {
		for i := range f.units {
			f.units[i].first = 1 << 30
		}
	}
}

// Overwrite overwrites, of the memory that an exporter keeps to use it again, what
// is free at the moment and can be come by.
func Overwrite(e *Exporter, with byte) {
	s := e.gatherer.store
	s.mu.Lock()
	for _, l := range s.slabs {
		if l == nil || l.own {
			continue
		}
		for at := l.seek(0, granules, false); at < granules; {
			end := l.seek(at, granules, true)
			fill(l.b[at*granule:end*granule], with)
			at = l.seek(end, granules, false)
		}
	}
	s.mu.Unlock()
	encode := e.delivery.sender.(*guardSender).next.(*encodeSender)
	var all []*encoder
	for range 3 {
		enc := encode.encoders.Get().(*encoder)
		fill(enc.body[:cap(enc.body)], with)
		all = append(all, enc)
	}
	for _, enc := range all {
		encode.encoders.Put(enc)
	}
}

func fill(b []byte, with byte) {
	for i := range b {
		b[i] = with
	}
}
