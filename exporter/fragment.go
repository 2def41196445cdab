// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/spect-tools/spect-go/convert"
	"github.com/spect-tools/spect-go/internal/side"
)

// fragment is what this process knows of one trace: the spans that are ours,
// and of the others how they hang together.
//
// Every span is a node. As soon as its ancestors are known far enough, a node
// belongs to a unit: the spans of one session. Until then it waits.
type fragment struct {
	id    trace.TraceID
	nodes []node
	free  []int32
	index map[trace.SpanID]int32
	units []unit
	// spare are the units that are not in use.
	spare []int32
	// waiting are the nodes that cannot be placed before the span with that id
	// has come.
	waiting map[trace.SpanID][]int32
	// open are the spans of ours that have started and not ended.
	open map[int32]openSpan
	// strays counts the captured spans whose unit is not known.
	strays int
	// links counts the nodes that are not ours and in no unit.
	links int
	// looked is when the fragment began or, of one that was looked at for its
	// age, since when it holds the oldest of what is left in it.
	looked        time.Time
	before, after *fragment
}

type openSpan struct {
	span   sdktrace.ReadOnlySpan
	record *side.Record
}

// node is one span in a fragment.
type node struct {
	convert.Node
	// unit is the unit that the span belongs to, or unplaced, or outside.
	unit int32
	// next is the next node of the same unit.
	next int32
	// off and len tell where the span's bytes are: in its unit's chain or, when
	// it came before its unit was known and is a stray, in a chain of its own.
	off, len int
	stray    bool
	ended    bool
	// since is when it began to wait to be placed, in Unix nanoseconds.
	since int64
}

const (
	// unplaced is a node whose ancestors are not known far enough.
	unplaced = -1
	// outside is a node that is no session's: a span of others above all ours.
	outside = -2
	// noNode ends a list of nodes.
	noNode = -1
)

// unit is the spans of one session under way.
type unit struct {
	inUse bool
	root  int32
	first int32
	// captured holds the spans that have ended, spans counts them.
	captured chain
	spans    int
	// open counts the spans that started and have not ended, the root apart.
	open      int
	rootEnded bool
	outer     convert.Outer
	continues fate
	born      time.Time
	// release counts up whenever a planned release is overtaken by events, and
	// goes on where another unit takes the place. firstRelease is what it began with.
	release, firstRelease uint32
	planned               bool
}

func newFragment(id trace.TraceID) *fragment {
	return &fragment{id: id, index: make(map[trace.SpanID]int32)}
}

func (f *fragment) find(id trace.SpanID) (int32, bool) {
	i, ok := f.index[id]
	return i, ok
}

// add makes a node. It is not placed yet.
func (f *fragment) add(n convert.Node) int32 {
	var i int32
	if k := len(f.free); k > 0 {
		i = f.free[k-1]
		f.free = f.free[:k-1]
	} else {
		i = int32(len(f.nodes))
		f.nodes = append(f.nodes, node{})
	}
	f.nodes[i] = node{Node: n, unit: unplaced, next: noNode}
	f.index[n.SpanID] = i
	return i
}

// place finds the unit of a node, and then of those that waited for it, and
// appends those of ours that have one to placed. Where the fragment has seen all starts,
// a parent that it does not know is not ours.
func (f *fragment) place(i int32, sawStarts bool, now time.Time, placed []int32) []int32 {
	todo := []int32{i}
	// Spans of others above it that came through the exporter door, and wait,
	// do not wait for anything of ours.
	for p := i; sawStarts && len(todo) <= len(f.nodes); todo = append(todo, p) {
		above, known := f.parent(&f.nodes[p])
		if !known || f.nodes[above].unit != unplaced || f.nodes[above].Role != convert.RoleNone {
			break
		}
		p = above
	}
	for len(todo) > 0 {
		i := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if f.nodes[i].unit != unplaced || !f.placeOne(i, sawStarts, now) {
			continue
		}
		if n := &f.nodes[i]; n.unit >= 0 && n.Role != convert.RoleNone {
			placed = append(placed, i)
		}
		id := f.nodes[i].SpanID
		todo = append(todo, f.waiting[id]...)
		delete(f.waiting, id)
	}
	return placed
}

func (f *fragment) placeOne(i int32, sawStarts bool, now time.Time) bool {
	n := &f.nodes[i]
	parent, known := f.parent(n)
	switch {
	case n.Role == convert.RoleSession:
		f.join(i, f.newUnit(i, now))
	case known && f.nodes[parent].unit == unplaced:
		f.wait(f.nodes[parent].SpanID, i, now)
		return false
	case known && f.nodes[parent].unit != outside:
		f.join(i, f.nodes[parent].unit)
	case !known && n.ParentID.IsValid() && !sawStarts:
		f.wait(n.ParentID, i, now)
		return false
	case n.Role == convert.RoleNone:
		n.unit = outside
		f.links++
	default:
		f.join(i, f.newUnit(i, now))
	}
	return true
}

// parent is the node above n, as package convert sees it.
func (f *fragment) parent(n *node) (int32, bool) {
	for _, id := range [...]trace.SpanID{n.ParentID, n.EnclosingID} {
		if p, ok := f.index[id]; ok && f.nodes[p].SpanID != n.SpanID {
			return p, true
		}
	}
	return 0, false
}

func (f *fragment) wait(id trace.SpanID, i int32, now time.Time) {
	if f.waiting == nil {
		f.waiting = make(map[trace.SpanID][]int32)
	}
	f.waiting[id] = append(f.waiting[id], i)
	if n := &f.nodes[i]; n.since == 0 {
		n.since = now.UnixNano()
	}
}

// waits reports whether the node is one of ours that is not placed.
func (n *node) waits() bool {
	return n.unit == unplaced && n.Role != convert.RoleNone && n.SpanID.IsValid()
}

// top is the uppermost of the nodes that i waits for, or i.
func (f *fragment) top(i int32) int32 {
	for range f.nodes { // no more steps than nodes: a cycle ends
		p, known := f.parent(&f.nodes[i])
		if !known || f.nodes[p].unit != unplaced {
			break
		}
		i = p
	}
	return i
}

func (f *fragment) newUnit(root int32, now time.Time) int32 {
	u := unit{inUse: true, root: root, first: noNode, born: now}
	if k := len(f.spare); k > 0 {
		i := f.spare[k-1]
		f.spare = f.spare[:k-1]
		u.release = f.units[i].release
		u.firstRelease = u.release
		f.units[i] = u
		return i
	}
	f.units = append(f.units, u)
	return int32(len(f.units) - 1)
}

func (f *fragment) join(i, to int32) {
	n, u := &f.nodes[i], &f.units[to]
	n.unit, n.next = to, u.first
	u.first = i
	if n.Role == convert.RoleNone {
		return
	}
	if n.stray {
		u.spans++
		f.strays--
	}
	switch {
	case i == u.root:
		u.rootEnded = n.ended
	case !n.ended:
		u.open++
	}
}

// end marks a node as ended and captured.
func (f *fragment) end(i int32) {
	n := &f.nodes[i]
	if n.ended {
		return
	}
	n.ended = true
	if n.unit < 0 {
		return
	}
	if u := &f.units[n.unit]; i == u.root {
		u.rootEnded = true
	} else {
		u.open--
	}
}

// since is when the oldest unit began, or the first of the nodes that wait to be
// placed, whichever was first; now where there is neither.
func (f *fragment) since(now time.Time) time.Time {
	for i := range f.units {
		if u := &f.units[i]; u.inUse && u.born.Before(now) {
			now = u.born
		}
	}
	for i := range f.nodes {
		if n := &f.nodes[i]; n.waits() && n.since < now.UnixNano() {
			now = time.Unix(0, n.since)
		}
	}
	return now
}

// complete reports whether all of a unit's spans have ended.
func (u *unit) complete() bool { return u.rootEnded && u.open == 0 }

// forget makes room for another node.
func (f *fragment) forget(i int32) {
	delete(f.index, f.nodes[i].SpanID)
	f.nodes[i] = node{unit: outside, next: noNode}
	f.free = append(f.free, i)
}

// forgetLinks forgets the nodes that are outside.
func (f *fragment) forgetLinks() {
	for i := range f.nodes {
		if n := &f.nodes[i]; n.unit == outside && n.SpanID.IsValid() {
			f.forget(int32(i))
		}
	}
	f.links = 0
}

// remove forgets a unit and its nodes.
func (f *fragment) remove(at int32) {
	u := &f.units[at]
	for i := u.first; i != noNode; {
		next := f.nodes[i].next
		delete(f.open, i)
		f.forget(i)
		i = next
	}
	*u = unit{release: u.release + 1}
	f.spare = append(f.spare, at)
}

// idle reports whether nothing of ours is in the fragment.
func (f *fragment) idle() bool {
	return f.strays == 0 && len(f.open) == 0 && len(f.spare) == len(f.units)
}
