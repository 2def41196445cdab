// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/spect-tools/spect-go/convert"
	"github.com/spect-tools/spect-go/internal/ids"
)

// This file keeps what the gatherer must know of spans that are not ours: what they
// stand below, and the conversation that they say.

// link is a span that is not ours.
type link struct {
	convert.Node
	conversation string
	ended        bool
}

// link takes in the parent of a span that is not ours, or the whole span when
// it is invited.
func (g *gatherer) link(e *event, now time.Time) {
	sawStarts := e.kind != linkExported
	sc, parent := e.span.SpanContext(), e.span.Parent()
	l := link{Node: convert.Node{SpanID: sc.SpanID(), Seq: convert.NoSeq}}
	if !parent.IsRemote() {
		l.ParentID = parent.SpanID()
	}
	if l.ended = e.kind != linkSeen; l.ended {
		l.End = e.span.EndTime().UnixNano()
	}
	if !sawStarts {
		l.conversation = convert.ConversationID(e.span.Attributes())
		g.links.put(sc.TraceID(), l.SpanID, l) // a fragment forgets it when all in it is released
	}
	f, ok := g.fragments[sc.TraceID()]
	if !ok {
		return
	}
	g.touch(f, now)
	g.addLink(f, &l, e, now)
	g.considerPlaced(f, now)
	if g.cfg.include != nil && e.kind != linkSeen && g.cfg.include(e.span) {
		g.invite(f, e)
	}
	g.dropIdle(f)
}

// invite makes an ended span of others an entry of the session that it stands
// in, if there is one. Until then it counted as ignored.
func (g *gatherer) invite(f *fragment, e *event) {
	i, ok := f.find(e.span.SpanContext().SpanID())
	if !ok || f.nodes[i].Role != convert.RoleNone || f.nodes[i].unit < 0 {
		return
	}
	guest := f.view(&f.nodes[i])
	guest.Role, guest.Start, guest.End = convert.RoleGuest, e.span.StartTime().UnixNano(), e.span.EndTime().UnixNano()
	g.copy(e, &guest)
	n := &f.nodes[i]
	n.Role, n.Start, n.End, n.ended = guest.Role, guest.Start, guest.End, true
	f.common.inside--
	g.counters.ignored.Add(^uint64(0))
	g.intake.count(func(l *ledger) {
		l.received++
		l.held++
	})
	g.capture(f, i)
}

func (g *gatherer) addLink(f *fragment, l *link, e *event, now time.Time) {
	sawStarts := e.kind != linkExported
	if i, known := f.find(l.SpanID); known {
		if n := &f.nodes[i]; e.kind != linkSeen && n.Role == convert.RoleNone && !n.ended {
			n.ended = true
			if len(f.waiting[l.SpanID]) > 0 {
				f.converses(i, convert.ConversationID(e.span.Attributes()))
				waiting := f.waiting[l.SpanID]
				delete(f.waiting, l.SpanID)
				g.placeAll(f, waiting, placing{sawStarts: sawStarts}, now)
			}
		}
		return
	}
	if _, above := f.find(l.ParentID); !above && len(f.waiting[l.SpanID]) == 0 {
		n := newNode(&l.Node)
		if outer, fate, ok := g.sentAbove(f, &n); ok {
			g.sent.put(f.id, l.SpanID, sentSpan{of: g.sent.session(outer.TraceID, outer.ParentID), fate: fate, link: true, root: true})
			return
		}
		// Where starts are seen, nothing of ours that is held is above a parent
		// that is not known: not to know this one either says the same of its
		// children. Where they are not, it is found again among g.links. So spans
		// of others cost a trace that goes on for long nothing.
		return
	}
	if sawStarts && e.kind != linkSeen {
		l.conversation = convert.ConversationID(e.span.Attributes())
	}
	g.keepLink(f, l, sawStarts, now)
}

func (g *gatherer) keepLink(f *fragment, l *link, sawStarts bool, now time.Time) {
	if f.links >= maxLinks {
		f.forgetLinks() // the latest are among g.links
	}
	i := f.add(l.Node)
	f.nodes[i].ended = l.ended
	f.converses(i, l.conversation)
	g.place(f, i, sawStarts, now)
}

// continued ties a session without a known parent to the session that was sent
// before with that parent in it.
func (g *gatherer) continued(f *fragment, i int32) {
	n := &f.nodes[i]
	if n.unit < 0 || f.units[n.unit].root != i || f.units[n.unit].continues != unknownFate {
		return
	}
	if outer, fate, ok := g.sentAbove(f, n); ok {
		f.units[n.unit].outer, f.units[n.unit].continues = outer, fate
	}
}

// climb finds the nearest span of ours above n that the fragment holds; or else
// noNode, and the id above all that is known there.
func (g *gatherer) climb(f *fragment, n *node) (ours int32, above trace.SpanID) {
	for range len(f.nodes) + maxLinks { // a cycle ends
		p, known := f.parent(n)
		if !known {
			link, known := g.links.get(f.id, n.ParentID)
			if !known {
				break
			}
			next := newNode(&link.Node)
			n = &next
			continue
		}
		if n = &f.nodes[p]; n.Role != convert.RoleNone {
			return p, above
		}
	}
	return noNode, n.ParentID
}

// sentAbove finds the nearest span of ours above a node, when it was released.
func (g *gatherer) sentAbove(f *fragment, n *node) (outer convert.Outer, was fate, ok bool) {
	ours, above := g.climb(f, n)
	if ours != noNode {
		return outer, was, false
	}
	for _, id := range [...]trace.SpanID{above, f.enclosingID(n)} {
		if sent, ok := g.sent.get(f.id, id); ok {
			outer = convert.Outer{TraceID: g.sent.of(sent).traceID.String(), ParentID: g.sent.idOf(sent)}
			if outer.ParentID == "" {
				outer.ParentID = recordID(f.id, id, sent.start)
			}
			return outer, sent.fate, true
		}
	}
	return outer, was, false
}

func recordID(traceID trace.TraceID, span trace.SpanID, start int64) string {
	return string(ids.Append(nil, ids.Derive(traceID, span, time.Unix(0, start), ids.Span)))
}
