// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"fmt"
	"strings"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/spect-tools/spect-go/convert"
)

// This file takes a session out of the gatherer, for delivery.

// release is a session on its way to delivery.
type release struct {
	why ReleaseReason
	// spans are the session's copied spans; bytes is how many they have.
	spans []releasedSpan
	bytes int
	store *store
	trace trace.TraceID
	nodes []convert.Node
	root  int
	outer convert.Outer
	// count is what the session weighs in the ledger: its ended spans.
	count int
	// continues is the fate of the released session that this one continues.
	continues fate
	// conversation is what the spans above the session say of the conversation.
	conversation string
	// logs are the copied log records of the spans.
	logs [][]byte
	// id is the session's, traceID its payload's traceId as far as the root says it.
	id, traceID, name string
}

// releasedSpan is the copy of a span; one that is nowhere in the store was made
// at the release.
type releasedSpan struct {
	copied
	bytes []byte
}

// copied is where the copy of a span is; the zero value is none.
type copied struct {
	at  spot
	len int32
}

// free gives the room of the copies back, which nothing reads any more.
func (r *release) free() {
	for i := range r.spans {
		if s := &r.spans[i]; s.len > 0 {
			r.store.free(s.at, int(s.len))
		}
		r.spans[i] = releasedSpan{}
	}
}

// span reads the copy of a span into s, which shares the copy's memory. Of one
// that is none of ours there is no copy.
func (r *release) span(i int, s *convert.Span, res *resources) {
	if r.spans[i].bytes == nil {
		*s = convert.Span{Attributes: s.Attributes[:0], Events: s.Events[:0]}
		return
	}
	rd := reader{r.spans[i].bytes}
	rd.span(s, r.trace, &r.nodes[i], res)
}

// releaseAll releases the units that are due. What they are inside of is found
// first: a release takes it away from those that follow.
func (g *gatherer) releaseAll(f *fragment, why ReleaseReason, due func(*unit) bool) {
	var all []int32
	for i := range f.units {
		u := &f.units[i]
		if !u.inUse || !due(u) {
			continue
		}
		all = append(all, int32(i))
		g.enclose(f, u)
	}
	for _, i := range all {
		g.release(f, i, why)
	}
}

// release hands a unit to delivery and forgets it.
func (g *gatherer) release(f *fragment, at int32, why ReleaseReason) {
	g.settled = true
	u := &f.units[at]
	r, keep := g.collect(f, u)
	if r != nil {
		r.why = why
		g.remember(f, u, r, keep)
	}
	count := int(u.spans)
	g.forgetLogs(f, u, r, keep)
	for i := u.first; i != noNode; i = f.nodes[i].next {
		if n := &f.nodes[i]; n.captured.len > 0 {
			g.heldBytes -= roomOf(int(n.captured.len))
			if r == nil {
				g.store.free(n.captured.at, int(n.captured.len))
			}
		}
	}
	f.remove(at)
	g.dropIdle(f)
	g.heldSpans -= count
	if r == nil {
		g.intake.drop(count, DropPanic, "")
		return
	}
	g.intake.count(func(l *ledger) { l.released[indexOf(releaseReasons[:], why)]++ })
	if !keep {
		r.free()
		g.intake.drop(r.count, DropSampled, r.id)
		return
	}
	g.deliver(r)
}

// collect makes a release of a unit, and tells whether it is to be sent. It is
// nil after a panic, which only foreign span implementations could cause.
func (g *gatherer) collect(f *fragment, u *unit) (r *release, keep bool) {
	defer func() {
		if p := recover(); p != nil {
			g.report(fmt.Errorf("spect: a session was lost to a panic at its release: %s", panicText(p)))
			r = nil
		}
	}()
	g.enclose(f, u)
	r = &release{count: int(u.spans), outer: u.outer, continues: u.continues, conversation: u.conversation, root: -1, trace: f.id, store: g.store}
	count := 0
	for i := u.first; i != noNode; i = f.nodes[i].next {
		count++
	}
	r.nodes, r.spans = make([]convert.Node, 0, count), make([]releasedSpan, 0, count)
	for i := u.first; i != noNode; i = f.nodes[i].next {
		n := &f.nodes[i]
		if n.Role != convert.RoleNone || i == u.root {
			span := releasedSpan{copied: n.captured}
			switch {
			case span.len > 0:
				span.bytes = g.store.read(span.at, int(span.len))
			case !n.ended:
				span.bytes = g.captureOpen(f, i)
			}
			r.bytes += len(span.bytes)
			if i == u.root {
				r.root = len(r.nodes)
			}
			r.spans = append(r.spans, span)
		} else {
			r.spans = append(r.spans, releasedSpan{})
		}
		r.nodes = append(r.nodes, f.view(n))
	}
	g.readLogs(f, u, r)
	root := &g.root
	r.read(root, g.resources)
	return r, g.sample(f, u, r, root)
}

// captureOpen copies a span as it stands.
func (g *gatherer) captureOpen(f *fragment, i int32) []byte {
	o, n := f.opened(i), f.view(&f.nodes[i])
	return g.copier.append(o.span, o.record, &n, func(about int) []byte { return make([]byte, 0, about) })
}

// read takes off the root what is known of the session from now on.
func (r *release) read(root *convert.Span, res *resources) {
	r.span(r.root, root, res)
	r.id, r.name = strings.Clone(convert.SessionID(root)), strings.Clone(root.Name)
	if r.traceID = r.id; convert.TraceIDOf(root) != r.id {
		r.traceID = strings.Clone(convert.TraceIDOf(root))
	}
}

// enclose finds the session around a unit: that of the nearest span of ours above
// its root, under way or released.
func (g *gatherer) enclose(f *fragment, u *unit) {
	if u.outer.TraceID != "" {
		return
	}
	root := &f.nodes[u.root]
	p, _ := g.climb(f, root)
	if p == noNode {
		u.outer, u.continues, _ = g.sentAbove(f, root)
	} else if n := &f.nodes[p]; n.unit >= 0 {
		u.outer = g.underWay(f, p)
	}
}

// underWay is the session around what node p encloses.
func (g *gatherer) underWay(f *fragment, p int32) (outer convert.Outer) {
	n := &f.nodes[p]
	around := &f.units[n.unit]
	outer.ParentID = recordID(f.id, n.SpanID, n.Start)
	if n.Role == convert.RoleSession || n.Role == convert.RoleAgent && around.root == p {
		outer.ParentID = g.rootSays(f, p, convert.SessionID)
	}
	if outer.TraceID = around.outer.TraceID; outer.TraceID == "" {
		outer.TraceID = g.outermost(f, around)
	}
	return outer
}

// outermost is the id of the session that a unit and all around it belong to.
func (g *gatherer) outermost(f *fragment, u *unit) string {
	for range f.units {
		root := &f.nodes[u.root]
		p, _ := g.climb(f, root)
		if p == noNode {
			if outer, _, released := g.sentAbove(f, root); released {
				return outer.TraceID
			}
			break
		}
		if f.nodes[p].unit < 0 {
			break
		}
		if u = &f.units[f.nodes[p].unit]; u.outer.TraceID != "" {
			return u.outer.TraceID
		}
	}
	return g.rootSays(f, u.root, convert.TraceIDOf)
}

// rootSays is what of says of the root at node i.
func (g *gatherer) rootSays(f *fragment, i int32, of func(*convert.Span) string) string {
	return strings.Clone(of(g.read(f, i)))
}

// read reads the span at node i, as it stands. Of one that cannot be read, as
// one of a foreign implementation, its ids are known.
func (g *gatherer) read(f *fragment, i int32) (s *convert.Span) {
	n := &f.nodes[i]
	defer func() {
		if p := recover(); p != nil {
			g.report(fmt.Errorf("spect: a span could not be read: panic: %s", panicText(p)))
			s = &convert.Span{TraceID: f.id, SpanID: n.SpanID, StartTime: time.Unix(0, n.Start)}
		}
	}()
	s = new(convert.Span)
	var b []byte
	switch {
	case !n.ended:
		b = g.captureOpen(f, i)
	default:
		b = g.store.read(n.captured.at, int(n.captured.len))
	}
	rd, view := reader{b}, f.view(n)
	rd.span(s, f.id, &view, g.resources)
	return s
}

// remember keeps what a late span needs to know of a session that is gone.
func (g *gatherer) remember(f *fragment, u *unit, r *release, keep bool) {
	fate := dropped
	if keep {
		fate = kept
	}
	traceID := r.traceID
	if traceID == r.id && r.outer.TraceID != "" {
		traceID = r.outer.TraceID
	}
	of := g.sent.session(traceID, r.id)
	for i := u.first; i != noNode; i = f.nodes[i].next {
		n := &f.nodes[i]
		s := sentSpan{of: of, start: n.Start, fate: fate, open: !n.ended, link: n.Role == convert.RoleNone}
		s.root = s.link || i == u.root && (n.Role == convert.RoleSession || n.Role == convert.RoleAgent)
		g.sent.put(f.id, n.SpanID, s)
	}
}
