// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"slices"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/attr"
	"github.com/spect-tools/spect-go/convert/internal/convention"
	"github.com/spect-tools/spect-go/internal/ids"
)

// Session is one session's spans, as [Converter.Payload] takes them.
type Session struct {
	// Root is the session's root; of an implicit session it is one of Spans too.
	Root *Span
	// Spans are the session's entries in call order, Parents for each the index
	// of the entry that it stands below, -1 at the top.
	Spans   []*Span
	Parents []int
	// Outer is what the session continues; the zero Outer is nothing.
	Outer Outer
	// Continuation says that the session is what came too late for the payload of
	// the session that it continues.
	Continuation bool
	// ConversationID names the conversation that the session is part of, where
	// the session's own spans do not say: [Sessions] has it from the spans above
	// the root, and a caller who knows better may set it.
	ConversationID string
}

// Outer is the session or span that a session continues.
type Outer struct {
	// TraceID is the payload's traceId, ParentID its parentId.
	TraceID  string
	ParentID string
}

// Sessions carves the sessions out of the spans of one or several traces. A
// span that comes twice counts once. The sessions share the spans.
func Sessions(spans []Span) []Session {
	var out []Session
	byTrace := make(map[trace.TraceID][]int)
	var order []trace.TraceID
	adopted := adoptions(spans)
	for i := range spans {
		id := spans[i].TraceID
		if twin, ok := adopted[idOf(&spans[i])]; ok {
			id = spans[twin].TraceID
		}
		if _, ok := byTrace[id]; !ok {
			order = append(order, id)
		}
		byTrace[id] = append(byTrace[id], i)
	}
	for _, id := range order {
		which := byTrace[id]
		nodes := make([]Node, len(which))
		for k, i := range which {
			nodes[k] = NodeOf(&spans[i])
			if twin, ok := adopted[idOf(&spans[i])]; ok {
				nodes[k].ParentID = spans[twin].SpanID
			}
		}
		at := func(node int) *Span { return &spans[which[node]] }
		groups := Carve(nodes)
		above := ancestry{at: at, nodes: nodes}
		owner := make(map[int]*Group, len(nodes))
		for g := range groups {
			owner[groups[g].Root] = &groups[g]
			for _, i := range groups[g].Entries {
				owner[i] = &groups[g]
			}
		}
		lineage := lineage{at: at, owner: owner, known: make(map[*Group]string)}
		for g := range groups {
			s := Session{Root: at(groups[g].Root), Parents: groups[g].Parents, ConversationID: above.conversation(groups[g].Root)}
			for _, i := range groups[g].Entries {
				s.Spans = append(s.Spans, at(i))
			}
			if outer := groups[g].Outer; outer != none {
				s.Outer.TraceID = lineage.traceID(outer)
				s.Outer.ParentID = RecordID(at(outer))
				if owner[outer].Root == outer && nodes[outer].Role == RoleAgent {
					s.Outer.ParentID = SessionID(at(outer))
				}
			}
			out = append(out, s)
		}
	}
	return out
}

// ConversationID is the id of the conversation that a span's attributes name, by
// whichever convention; empty where they name none.
func ConversationID(attrs []attribute.KeyValue) string { return convention.ConversationID(attrs) }

// spanID tells spans of several traces apart.
type spanID struct {
	trace trace.TraceID
	span  trace.SpanID
}

func idOf(s *Span) spanID { return spanID{s.TraceID, s.SpanID} }

// adoptions finds, for roots of traces that tell of the same model call as the
// root of another trace, that other: without a span around the call, each
// instrumentation begins a trace of its own.
func adoptions(spans []Span) map[spanID]int {
	seen := make(map[spanID]bool)
	var which []int
	var roots []Node
	for i := range spans {
		own := idOf(&spans[i])
		if spans[i].ParentID.IsValid() || seen[own] || Classify(spans[i].Attributes) != RoleModel {
			continue
		}
		seen[own] = true
		which, roots = append(which, i), append(roots, NodeOf(&spans[i]))
	}
	found := make(map[spanID]int)
	for i, twin := range twins(roots, func(int) bool { return true }) {
		found[idOf(&spans[which[i]])] = which[twin]
	}
	return found
}

// ancestry reads what the spans above others say.
type ancestry struct {
	nodes []Node
	at    func(node int) *Span
	index map[trace.SpanID]int
	// known is what was found out of nodes: the conversation of each.
	known map[int]string
}

// conversation is the id of the conversation that the nearest span above a node
// names, or else the node's resource.
func (a *ancestry) conversation(node int) string {
	if a.index == nil {
		a.index, a.known = make(map[trace.SpanID]int, len(a.nodes)), make(map[int]string)
		for i := range slices.Backward(a.nodes) { // of a span that comes twice the first counts
			a.index[a.nodes[i].SpanID] = i
		}
	}
	var passed []int
	id := ""
	for i, ok := a.parent(node); ok; i, ok = a.parent(i) {
		known, done := a.known[i]
		if id = known; done {
			break
		}
		a.known[i] = "" // a cycle ends here
		passed = append(passed, i)
		if id = convention.ConversationID(a.at(i).Attributes); id != "" {
			break
		}
	}
	for _, i := range passed {
		a.known[i] = id
	}
	if id == "" {
		id, _ = a.at(node).Resource.Member("session.id").Text()
	}
	return id
}

func (a *ancestry) parent(node int) (int, bool) {
	id := a.nodes[node].ParentID
	if !id.IsValid() {
		return 0, false
	}
	i, ok := a.index[id]
	return i, ok
}

// lineage knows which session another is within, and the outermost of all.
type lineage struct {
	at    func(node int) *Span
	owner map[int]*Group
	// known are the traceIds that were found out.
	known map[*Group]string
}

// traceID is the traceId of the outermost session around a node.
func (l *lineage) traceID(node int) string {
	var passed []*Group
	g := l.owner[node]
	id, done := l.known[g]
	for ; !done && g.Outer != none; id, done = l.known[g] {
		passed = append(passed, g)
		g = l.owner[g.Outer]
	}
	if !done {
		id = TraceIDOf(l.at(g.Root))
		passed = append(passed, g)
	}
	for _, g := range passed {
		l.known[g] = id
	}
	return id
}

// SessionID is the id of the session whose root is s.
func SessionID(s *Span) string {
	if v, ok := attr.Lookup(s.Attributes, contracts.SessionIDKey); ok {
		if id := attr.Text(v); ids.IsUUID(id) {
			return id
		}
	}
	return string(ids.Append(nil, ids.Derive(s.TraceID, s.SpanID, s.StartTime, ids.Session)))
}

// TraceIDOf is the traceId of the payload of the session whose root is s, as
// far as s itself says it.
func TraceIDOf(s *Span) string {
	if v, ok := attr.Lookup(s.Attributes, contracts.SessionTraceIDKey); ok {
		if id := attr.Text(v); ids.IsUUID(id) {
			return id
		}
	}
	return SessionID(s)
}

// RecordID is the id that s has as an entry, or as the root of a session.
func RecordID(s *Span) string {
	if Classify(s.Attributes) == RoleSession {
		return SessionID(s)
	}
	return string(ids.Append(nil, ids.Derive(s.TraceID, s.SpanID, s.StartTime, ids.Span)))
}
