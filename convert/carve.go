// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"cmp"
	"slices"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/attr"
	"github.com/spect-tools/spect-go/convert/internal/convention"
	"github.com/spect-tools/spect-go/convert/internal/memory"
)

// Role is what a span is to a session.
type Role uint8

const (
	// RoleNone is a span that is none of ours. Of it only the parent matters:
	// its children move up to the nearest kept ancestor.
	RoleNone Role = iota
	// RoleEntry is a span of a session. Outside any session it is one by itself.
	RoleEntry
	// RoleSession is the root of a session; it is no entry itself.
	RoleSession
	// RoleGuest is a span of others that is let in: an entry of the session that
	// it stands in, and outside any session the same as RoleNone.
	RoleGuest
	// RoleModel is a span of another convention for one call of a model. It is an
	// entry as Spect's own are.
	RoleModel
	// RoleAgent is a span of another convention for one run of an agent. It is an
	// entry; outside any session it is the root of one, and no entry of it.
	RoleAgent
	// RoleTool is a span of another convention for one run of a tool: an entry of
	// the session that it stands in, and outside any session the same as RoleNone.
	RoleTool
)

// Classify tells a span's role by its attributes. A guest is none by its
// attributes: somebody must invite it. It does not allocate.
func Classify(attrs []attribute.KeyValue) Role {
	v, ok := attr.Lookup(attrs, contracts.KindKey)
	switch {
	case !ok:
		return foreignRole(attrs)
	case v.Type() == attribute.STRING && v.AsString() == contracts.SessionKind:
		return RoleSession
	}
	return RoleEntry
}

// foreignRole is the role that other conventions give a span.
func foreignRole(attrs []attribute.KeyValue) Role { return roleOf(convention.RoleOf(attrs)) }

func roleOf(role convention.Role) Role {
	switch role {
	case convention.LLM:
		return RoleModel
	case convention.Agent:
		return RoleAgent
	case convention.Tool:
		return RoleTool
	case convention.None, convention.Struct:
	}
	return RoleNone
}

// Foreign reports whether the role is one that another convention gives.
func (r Role) Foreign() bool { return r == RoleModel || r == RoleAgent || r == RoleTool }

// whole reports whether all that a span of the role says may count.
func (r Role) whole() bool { return r == RoleGuest || r.Foreign() }

// invited reports whether a span of the role is kept only inside a session.
func (r Role) invited() bool { return r == RoleGuest || r == RoleTool }

// NoSeq is the Seq of a span that has none.
const NoSeq = -1

// Node is what carving needs to know of one span.
type Node struct {
	SpanID trace.SpanID
	// ParentID and EnclosingID are as in [Span]; a remote parent is zero here.
	ParentID, EnclosingID trace.SpanID
	// Start is in Unix nanoseconds, and so is End, zero on a span that has not
	// ended.
	Start, End int64
	// Seq is the value of contracts.SeqKey, or NoSeq. Spans of other conventions
	// have none.
	Seq int64
	// Call is the same on all spans of one model call, where they say which it
	// is; else zero.
	Call uint64
	// Part is what of that call the span tells.
	Part CallPart
	Role Role
}

// NodeOf reads a node off a span.
func NodeOf(s *Span) Node {
	n := Node{SpanID: s.SpanID, EnclosingID: s.EnclosingID, Role: Classify(s.Attributes), Start: s.StartTime.UnixNano(), Seq: NoSeq}
	if s.Ended() {
		n.End = s.EndTime.UnixNano()
	}
	if !s.ParentRemote {
		n.ParentID = s.ParentID
	}
	switch {
	case n.Role == RoleModel:
		n.Call, n.Part = callOf(s.Attributes)
	case !n.Role.Foreign():
		if v, ok := attr.Lookup(s.Attributes, contracts.SeqKey); ok && v.Type() == attribute.INT64 {
			n.Seq = v.AsInt64()
		}
	}
	return n
}

// Group is one session among nodes: indexes into them.
type Group struct {
	// Root is the session's root. Of an implicit session, one that no span is
	// the explicit root of, it is an entry too, unless it is a RoleAgent.
	Root     int
	Implicit bool
	// Entries are the session's spans in call order.
	Entries []int
	// Parents tells for each entry which entry it stands below: an index into
	// Entries, or -1 at the top of the session.
	Parents []int
	// Outer is the nearest kept node above the root, of another session; -1
	// when there is none.
	Outer int
}

// Carve finds the sessions among the spans of one trace. Each RoleSession node
// is the root of one; an entry belongs to the session of its nearest ancestor
// that has one; an entry without such an ancestor is the root of an implicit
// session. A span that tells of the same model call as a sibling counts as below
// it. Of nodes with the same span id only the first counts. Parents that are not
// among the nodes, and cycles, end the way up.
//
// It takes time linear in the nodes, but for sorting.
func Carve(nodes []Node) []Group { return new(Carver).Carve(nodes) }

// Carve carves as the function [Carve] does. What it returns is valid until the
// next call.
func (c *Carver) Carve(nodes []Node) []Group {
	c.nodes, c.groups = nodes, c.groups[:0]
	c.above, c.group, c.at = sized(c.above, len(nodes)), sized(c.group, len(nodes)), sized(c.at, len(nodes))
	c.index = memory.Emptied(c.index)
	if len(nodes) > few {
		if c.index == nil {
			c.index = make(map[trace.SpanID]int, len(nodes))
		}
		for i := range nodes {
			if _, twice := c.index[nodes[i].SpanID]; !twice {
				c.index[nodes[i].SpanID] = i
			}
		}
	}
	for i := range nodes {
		c.above[i], c.group[i], c.at[i] = unvisited, unvisited, none
	}
	c.twins = twins(nodes, c.counts)
	for i := range nodes {
		if nodes[i].Role != RoleNone && c.counts(i) {
			c.visit(i)
		}
	}
	for g := range c.groups {
		c.order(&c.groups[g])
	}
	return c.groups
}

// sized is a slice of n elements, of any value.
func sized(s []int, n int) []int { return slices.Grow(s[:0], n)[:n] }

// find is the first node with an id.
func (c *Carver) find(id trace.SpanID) (int, bool) {
	if len(c.nodes) > few {
		i, ok := c.index[id]
		return i, ok
	}
	for i := range c.nodes {
		if c.nodes[i].SpanID == id {
			return i, true
		}
	}
	return 0, false
}

// counts reports whether a node is the first with its id.
func (c *Carver) counts(i int) bool {
	first, _ := c.find(c.nodes[i].SpanID)
	return first == i
}

const (
	none      = -1
	unvisited = -2
	visiting  = -3
)

// Carver carves, one set of nodes after the other, reusing its memory. The zero
// Carver is ready. It is not safe for concurrent use.
type Carver struct {
	nodes []Node
	// index finds nodes by their id, where they are more than a few.
	index map[trace.SpanID]int
	// above is each node's nearest kept ancestor; group the group of the node
	// or, of a node that is not kept, of that ancestor; at its place in it.
	above  []int
	group  []int
	at     []int
	groups []Group
	path   []int
	// twins are the siblings that nodes count as below.
	twins map[int]int
}

func (c *Carver) parent(i int) int {
	if p, ok := c.twins[i]; ok {
		return p
	}
	n := &c.nodes[i]
	for _, id := range [...]trace.SpanID{n.ParentID, n.EnclosingID} {
		if !id.IsValid() {
			continue
		}
		if p, ok := c.find(id); ok && p != i {
			return p
		}
	}
	return none
}

// visit settles i and all above it, without recursion: a trace may be one long
// chain.
func (c *Carver) visit(i int) {
	c.path = c.path[:0]
	for i != none && c.group[i] == unvisited {
		c.group[i] = visiting
		c.path = append(c.path, i)
		i = c.parent(i)
	}
	if i != none && c.group[i] == visiting {
		i = none // a cycle
	}
	for _, j := range slices.Backward(c.path) {
		if c.above[j] = none; i != none {
			if c.above[j] = i; !c.kept(i) {
				c.above[j] = c.above[i]
			}
		}
		c.settle(j)
		i = j
	}
}

// kept reports whether a settled node is part of a session.
func (c *Carver) kept(i int) bool {
	role := c.nodes[i].Role
	return role != RoleNone && (!role.invited() || c.group[i] != none)
}

func (c *Carver) settle(j int) {
	above := c.above[j]
	switch role := c.nodes[j].Role; {
	case role == RoleNone, role.invited() && above == none:
		c.group[j] = none
		if above != none {
			c.group[j] = c.group[above]
		}
		return
	case role == RoleSession || above == none:
		c.group[j] = len(c.groups)
		c.begin(Group{Root: j, Implicit: role != RoleSession, Outer: above})
	default:
		c.group[j] = c.group[above]
	}
	g := &c.groups[c.group[j]]
	if role := c.nodes[j].Role; role != RoleSession && (role != RoleAgent || g.Root != j) {
		g.Entries = append(g.Entries, j)
	}
}

// begin adds a group, with the memory of one that was there before.
func (c *Carver) begin(g Group) {
	if n := len(c.groups); n < cap(c.groups) {
		old := &c.groups[:n+1][n]
		g.Entries, g.Parents = old.Entries[:0], old.Parents[:0]
	}
	c.groups = append(c.groups, g)
}

// bySeq sorts entries by the order that they were given, if each was given one.
// Where two have the same, or one comes before what it stands below, not all
// were counted by one counter: a span that was started with nothing but its
// parent's span in the context begins a count.
func (c *Carver) bySeq(entries []int) bool {
	if slices.ContainsFunc(entries, func(i int) bool { return c.nodes[i].Seq < 0 }) {
		return false
	}
	slices.SortFunc(entries, func(i, j int) int { return cmp.Compare(c.nodes[i].Seq, c.nodes[j].Seq) })
	for k, i := range entries {
		seq := c.nodes[i].Seq
		if k > 0 && c.nodes[entries[k-1]].Seq == seq {
			return false
		}
		if above := c.above[i]; above != none && c.group[above] == c.group[i] && c.nodes[above].Role != RoleSession && c.nodes[above].Seq >= seq {
			return false
		}
	}
	return true
}

// order sorts the entries into call order and finds their parents among them.
func (c *Carver) order(g *Group) {
	if !c.bySeq(g.Entries) {
		slices.SortStableFunc(g.Entries, func(i, j int) int {
			a, b := &c.nodes[i], &c.nodes[j]
			return cmp.Or(cmp.Compare(a.Start, b.Start), slices.Compare(a.SpanID[:], b.SpanID[:]))
		})
	}
	for k, i := range g.Entries {
		c.at[i] = k
	}
	g.Parents = sized(g.Parents, len(g.Entries))
	for k, i := range g.Entries {
		g.Parents[k] = none
		if above := c.above[i]; above != none && i != g.Root && c.group[above] == c.group[i] {
			g.Parents[k] = c.at[above]
		}
	}
}
