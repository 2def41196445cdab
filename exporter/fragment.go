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
	// captured holds the spans that came before their unit was known.
	captured chain
	// strays counts the captured spans in that chain.
	strays int
	// links counts the nodes that are not ours and in no unit.
	links int
	// looked is when the fragment began or, of one that was looked at for its
	// age, when the oldest unit left in it began.
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
	// off and len tell where the span's bytes are: in its unit's chain, or in
	// the fragment's when stray.
	off, len int
	stray    bool
	ended    bool
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
		f.wait(f.nodes[parent].SpanID, i)
		return false
	case known && f.nodes[parent].unit != outside:
		f.join(i, f.nodes[parent].unit)
	case !known && n.ParentID.IsValid() && !sawStarts:
		f.wait(n.ParentID, i)
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

func (f *fragment) wait(id trace.SpanID, i int32) {
	if f.waiting == nil {
		f.waiting = make(map[trace.SpanID][]int32)
	}
	f.waiting[id] = append(f.waiting[id], i)
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

// oldest is when the oldest unit began, now where there is none.
func (f *fragment) oldest(now time.Time) time.Time {
	for i := range f.units {
		if u := &f.units[i]; u.inUse && u.born.Before(now) {
			now = u.born
		}
	}
	return now
}

// complete reports whether all of a unit's spans have ended.
func (u *unit) complete() bool { return u.rootEnded && u.open == 0 }

// remove forgets a unit and its nodes.
func (f *fragment) remove(at int32) {
	u := &f.units[at]
	for i := u.first; i != noNode; {
		next := f.nodes[i].next
		delete(f.index, f.nodes[i].SpanID)
		delete(f.open, i)
		f.nodes[i] = node{unit: outside, next: noNode}
		f.free = append(f.free, i)
		i = next
	}
	*u = unit{release: u.release + 1}
	f.spare = append(f.spare, at)
}

// idle reports whether nothing of ours is in the fragment.
func (f *fragment) idle() bool {
	return f.strays == 0 && len(f.open) == 0 && len(f.spare) == len(f.units)
}
