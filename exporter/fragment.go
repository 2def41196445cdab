// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"slices"
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
//
// How far is far enough depends on the span. One of Spect's own is where its
// start says it is. Of one that another convention makes ours, nobody knows
// before its ancestors have ended whether one of them is ours too: it waits for
// the span at the top, and then all that waited for it are carved at once.
type fragment struct {
	id trace.TraceID
	// nodes are the spans, and between them places that are vacant. index finds
	// them, once they are too many to look at one by one.
	nodes []node
	index map[trace.SpanID]int32
	// units are the sessions, and between them some that are not in use.
	units []unit
	// free begins the list of the vacant nodes, spare that of the units not in use;
	// spares counts these.
	free, spare, spares int32
	// strays counts the captured spans whose unit is not known, links the nodes that
	// are not ours and in no unit.
	strays, links int32
	// active is when something last happened, looked when the fragment began or, of
	// one that was looked at for its age, since when it holds the oldest of what is
	// left in it; as common counts time.
	active, looked time.Duration
	// waiting are the nodes that cannot be placed before the span with that id
	// has come, or ended; waits is the same by the nodes.
	waiting map[trace.SpanID][]int32
	waits   map[int32]wait
	// open are the spans of ours that have started and not ended.
	open []openSpan
	// conversations are what spans that are not ours say of the conversation, by
	// their nodes.
	conversations map[int32]string
	// enclosing are the spans of tracer's that enclose others without being their
	// parents, by those.
	enclosing map[trace.SpanID]trace.SpanID
	common    *common
	// in are its places in lists.
	in [lists]place
}

// common is what all fragments share.
type common struct {
	// nodes counts their nodes, open those whose span is open, and inside those of
	// others that are in a unit.
	nodes, open, inside int
	// loose are the nodes of the fragment under way whose spans are ours in a
	// session only, and in none.
	loose []int32
	// began is what times are counted from: what there are many of is small.
	began time.Time
}

// at is a time as fragments count it.
func (c *common) at(t time.Time) time.Duration { return t.Sub(c.began) }

// wait is a node's wait to be placed: for which span, and since when.
type wait struct {
	of    trace.SpanID
	since time.Duration
}

type openSpan struct {
	span   sdktrace.ReadOnlySpan
	record *side.Record
	node   int32
}

// node is one span in a fragment: a [convert.Node] and its place. There are many:
// its size is what a span that waits costs beside what it says, and without a
// pointer in it the garbage collector need not look at it.
type node struct {
	SpanID, ParentID trace.SpanID
	Start, End       int64
	// order is Call of a span of another convention, and Seq of any other.
	order int64
	Part  convert.CallPart
	Role  convert.Role
	// inside says which span encloses it.
	inside enclosure
	// ended says that the span has ended.
	ended bool
	// unit is the unit that the span belongs to, or unplaced, or outside.
	unit int32
	// next is the next node of the same unit, or the next that is vacant.
	next int32
	// opened is the span's place in open, from 1 on; 0 when it is in none.
	opened int32
	// captured is the span's copy, when it has ended. Before its unit is known, the
	// node is a stray with it.
	captured copied
}

// enclosure is which span of tracer's encloses a span; the zero value says that
// none does.
type enclosure uint8

const (
	// inParent is where the parent does, as a rule.
	inParent enclosure = iota + 1
	// inAnother is where one does that the fragment knows by this one.
	inAnother
)

func newNode(v *convert.Node) node {
	n := node{SpanID: v.SpanID, ParentID: v.ParentID, Start: v.Start, Role: v.Role, unit: unplaced, next: noNode}
	n.learn(v)
	return n
}

// learn takes over what may have been said after the start. A span that was
// Spect's own stays that, and so does one of another convention.
func (n *node) learn(v *convert.Node) {
	n.End, n.Part, n.order = v.End, v.Part, v.Seq
	if n.Role.Foreign() {
		n.order = int64(v.Call)
		if v.Role.Foreign() {
			n.Role = v.Role
		}
	}
}

// view is a node as package convert sees it.
func (f *fragment) view(n *node) convert.Node {
	v := convert.Node{
		SpanID: n.SpanID, ParentID: n.ParentID, EnclosingID: f.enclosingID(n), Start: n.Start, End: n.End,
		Seq: n.order, Part: n.Part, Role: n.Role,
	}
	if n.Role.Foreign() {
		v.Seq, v.Call = convert.NoSeq, uint64(n.order)
	}
	return v
}

// enclosingID is the id of the span of tracer's that encloses a node's.
func (f *fragment) enclosingID(n *node) (id trace.SpanID) {
	switch n.inside {
	case inParent:
		id = n.ParentID
	case inAnother:
		id = f.enclosing[n.SpanID]
	}
	return id
}

const (
	// unplaced is a node whose ancestors are not known far enough.
	unplaced = -1
	// outside is a node that is no session's: a span of others above all ours.
	outside = -2
	// deciding is a node, while it is being placed, whose ancestors are known and
	// which is to be carved with those that wait for it.
	deciding = -3
	// vacant is a place without a node.
	vacant = -4
	// noNode ends a list of nodes, and one of units.
	noNode = -1
	// fewNodes are as many as are looked at one by one.
	fewNodes = 16
)

// unit is the spans of one session under way.
type unit struct {
	outer convert.Outer
	// conversation is what the spans above say of the conversation.
	conversation string
	born         time.Duration // as common counts time
	// spans counts the spans that have ended, bytes those of their copies.
	bytes int
	spans int32
	// open counts the spans that started and have not ended, the root apart.
	open int32
	// first begins the list of the unit's nodes. Of one that is not in use it is
	// the next such.
	root, first int32
	inUse       bool
	rootEnded   bool
	continues   fate
	planned     bool
	// release counts up whenever a planned release is overtaken by events, and
	// goes on where another unit takes the place. firstRelease is what it began with.
	release, firstRelease uint32
}

func newFragment(id trace.TraceID, c *common) *fragment {
	return &fragment{id: id, common: c, free: noNode, spare: noNode}
}

// reusable reports whether the memory of a fragment that was dropped may serve
// another. The units and their counts stay, so that no plan for one of them
// holds for what takes its place.
func (f *fragment) reusable() bool {
	return cap(f.nodes) <= maxKept && len(f.units) <= maxKept && f.unused()
}

// reset makes a reusable fragment a new one.
func (f *fragment) reset(id trace.TraceID) {
	clear(f.waiting)
	clear(f.waits)
	clear(f.conversations)
	clear(f.enclosing)
	clear(f.open)
	*f = fragment{
		id: id, common: f.common, nodes: f.nodes[:0], free: noNode, units: f.units, spare: f.spare, spares: f.spares,
		waiting: f.waiting, waits: f.waits, open: f.open[:0], conversations: f.conversations, enclosing: f.enclosing,
	}
}

func (f *fragment) find(id trace.SpanID) (int32, bool) {
	if f.index != nil {
		i, ok := f.index[id]
		return i, ok
	}
	for i := range f.nodes {
		if n := &f.nodes[i]; n.SpanID == id && n.unit != vacant {
			return int32(i), true
		}
	}
	return 0, false
}

// add makes a node. It is not placed yet.
func (f *fragment) add(n convert.Node) int32 {
	i := f.free
	if i != noNode {
		f.free = f.nodes[i].next
	} else {
		i = int32(len(f.nodes))
		f.nodes = append(roomy(f.nodes), node{})
	}
	f.nodes[i] = newNode(&n)
	switch {
	case !n.EnclosingID.IsValid():
	case n.EnclosingID == n.ParentID:
		f.nodes[i].inside = inParent
	default:
		if f.enclosing == nil {
			f.enclosing = make(map[trace.SpanID]trace.SpanID)
		}
		f.enclosing[n.SpanID], f.nodes[i].inside = n.EnclosingID, inAnother
	}
	f.common.nodes++
	switch {
	case f.index != nil:
		f.index[n.SpanID] = i
	case i == fewNodes:
		f.index = make(map[trace.SpanID]int32, 2*fewNodes)
		for k := range f.nodes {
			if n := &f.nodes[k]; n.unit != vacant {
				f.index[n.SpanID] = int32(k)
			}
		}
	}
	return i
}

// roomy makes room for one more, and a few: append would double what there is,
// and many traces have but one span of ours.
func roomy(s []node) []node {
	k := cap(s)
	switch {
	case len(s) < k:
		return s
	case k == 0:
		return make([]node, 0, 1)
	}
	return append(make([]node, 0, k+max(3, k/4)), s...)
}

// opens says that the span of a node is open.
func (f *fragment) opens(i int32, span sdktrace.ReadOnlySpan, record *side.Record) {
	f.open = append(f.open, openSpan{span, record, i})
	f.nodes[i].opened = int32(len(f.open))
	f.common.open++
}

// opened is the open span of a node; empty where it is not open.
func (f *fragment) opened(i int32) (o openSpan) {
	if at := f.nodes[i].opened; at > 0 {
		o = f.open[at-1]
	}
	return o
}

// closes says that the span of a node is open no longer.
func (f *fragment) closes(i int32) {
	at := f.nodes[i].opened
	if at == 0 {
		return
	}
	last := len(f.open) - 1
	moved := f.open[last]
	f.open[at-1], f.open[last] = moved, openSpan{}
	f.nodes[moved.node].opened = at
	f.nodes[i].opened = 0
	f.common.open--
	if f.open = f.open[:last]; last == 0 && cap(f.open) > fewNodes {
		f.open = nil
	}
}

// placing says what may be taken for granted when nodes are placed.
type placing struct {
	// sawStarts: a parent of one of Spect's own spans that is not known is not
	// ours, or its start would have been seen.
	sawStarts bool
	// givenUp: what is waited for will not come.
	givenUp bool
}

// place finds the units of nodes, and then of those that waited for them, the
// first of them first, and appends those of ours that have one to placed. It uses
// up todo.
func (f *fragment) place(todo []int32, p placing, now time.Time, placed []int32) []int32 {
	slices.Reverse(todo) // the first is on top
	if p.sawStarts {
		// Spans of others above that came through the exporter door, and wait, do
		// not wait for anything of ours.
		for k := 0; k < len(todo) && k <= len(f.nodes); k++ {
			above, known := f.parent(&f.nodes[todo[k]])
			if known && f.nodes[above].unit == unplaced && f.nodes[above].Role == convert.RoleNone {
				todo = append(todo, above)
			}
		}
	}
	var decided []int32
	for len(todo) > 0 {
		i := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		n := &f.nodes[i]
		if n.unit != unplaced || !f.placeOne(i, p, now) {
			continue
		}
		switch {
		case n.unit == deciding:
			decided = append(decided, i)
		case n.unit >= 0 && n.Role != convert.RoleNone:
			placed = append(placed, i)
		}
		id := n.SpanID
		for _, waiter := range slices.Backward(f.waiting[id]) {
			todo = append(todo, waiter)
		}
		delete(f.waiting, id)
	}
	if len(decided) > 0 {
		placed = f.carve(decided, now, placed)
	}
	return placed
}

func (f *fragment) placeOne(i int32, p placing, now time.Time) bool {
	n := &f.nodes[i]
	above, known := f.parent(n)
	switch {
	case n.Role == convert.RoleSession:
		f.join(i, f.newUnit(i, now))
	case known && f.nodes[above].unit == unplaced:
		f.wait(f.nodes[above].SpanID, i, now)
		return false
	case known && f.nodes[above].unit == deciding:
		n.unit = deciding
	case known && f.nodes[above].unit != outside:
		f.join(i, f.nodes[above].unit)
	case n.Role.Foreign():
		if id, undecided := f.undecided(n); undecided && !p.givenUp {
			f.wait(id, i, now)
			return false
		}
		n.unit = deciding
	case !known && n.ParentID.IsValid() && !p.sawStarts:
		f.wait(n.ParentID, i, now)
		return false
	case n.Role == convert.RoleNone:
		f.leaveOutside(i)
	default:
		f.join(i, f.newUnit(i, now))
	}
	return true
}

func (f *fragment) leaveOutside(i int32) {
	f.nodes[i].unit = outside
	f.links++
}

// undecided is the nearest span above n of which it is not known yet whether it
// is ours: it has not come, or not ended.
func (f *fragment) undecided(n *node) (id trace.SpanID, ok bool) {
	for range f.nodes { // no more steps than nodes: a cycle ends
		above, known := f.parent(n)
		if !known {
			return n.ParentID, n.ParentID.IsValid()
		}
		if n = &f.nodes[above]; !n.ended {
			return n.SpanID, true
		}
	}
	return id, false
}

// carve finds the sessions among nodes whose ancestors are known.
func (f *fragment) carve(decided []int32, now time.Time, placed []int32) []int32 {
	all := append(slices.Clip(decided), f.between(decided)...)
	nodes := make([]convert.Node, len(all))
	for k, i := range all {
		nodes[k] = f.view(&f.nodes[i])
	}
	for _, g := range convert.Carve(nodes) {
		root := all[g.Root]
		to := f.newUnit(root, now)
		f.units[to].conversation = f.conversation(&f.nodes[root])
		for _, k := range g.Entries {
			f.join(all[k], to)
			placed = append(placed, all[k])
		}
		if f.nodes[root].unit == deciding { // no entry of its own session
			f.join(root, to)
			placed = append(placed, root)
		}
	}
	// The others are above all sessions or in one, where that is above them.
	for _, i := range all[len(decided):] {
		if above, known := f.parent(&f.nodes[i]); known && f.nodes[above].unit >= 0 {
			f.links--
			f.join(i, f.nodes[above].unit)
		}
	}
	for _, i := range decided {
		n := &f.nodes[i]
		if n.unit != deciding {
			continue
		}
		if n.Role != convert.RoleNone {
			n.Role, n.order = convert.RoleNone, convert.NoSeq
			f.common.loose = append(f.common.loose, i)
		}
		if above, known := f.parent(n); known && f.nodes[above].unit >= 0 {
			f.join(i, f.nodes[above].unit)
		} else {
			f.leaveOutside(i)
		}
	}
	return placed
}

// between are the spans of others above nodes, each after those above it.
func (f *fragment) between(nodes []int32) (links []int32) {
	seen := make(map[int32]bool)
	for _, i := range nodes {
		from := len(links)
		for {
			above, known := f.parent(&f.nodes[i])
			if i = above; !known || f.nodes[i].unit != outside || seen[i] {
				break
			}
			seen[i] = true
			links = append(links, i)
		}
		slices.Reverse(links[from:])
	}
	return links
}

// conversation is what the nearest span above n says that says anything.
func (f *fragment) conversation(n *node) string {
	for range f.nodes {
		above, known := f.parent(n)
		if !known {
			break
		}
		n = &f.nodes[above]
		if c := f.conversations[above]; c != "" {
			return c
		}
	}
	return ""
}

// converses says what a span that is not ours says of the conversation.
func (f *fragment) converses(i int32, conversation string) {
	if conversation == "" {
		return
	}
	if f.conversations == nil {
		f.conversations = make(map[int32]string)
	}
	f.conversations[i] = conversation
}

// parent is the node above n, as package convert sees it.
func (f *fragment) parent(n *node) (int32, bool) {
	for _, id := range [...]trace.SpanID{n.ParentID, f.enclosingID(n)} {
		if id == n.SpanID || !id.IsValid() {
			continue
		}
		if p, ok := f.find(id); ok {
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
	if f.waits == nil {
		f.waits = make(map[int32]wait)
	}
	w, again := f.waits[i]
	if !again {
		w.since = f.common.at(now)
	}
	w.of = id
	f.waits[i] = w
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
	u := unit{inUse: true, root: root, first: noNode, born: f.common.at(now)}
	if i := f.spare; i != noNode {
		f.spare = f.units[i].first
		f.spares--
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
		f.common.inside++
		return
	}
	if n.captured.len > 0 {
		u.spans++
		u.bytes += int(n.captured.len)
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
func (f *fragment) since(now time.Duration) time.Duration {
	for i := range f.units {
		if u := &f.units[i]; u.inUse {
			now = min(now, u.born)
		}
	}
	for i, w := range f.waits {
		if f.nodes[i].waits() {
			now = min(now, w.since)
		}
	}
	return now
}

// complete reports whether all of a unit's spans have ended.
func (u *unit) complete() bool { return u.rootEnded && u.open == 0 }

// forget makes room for another node.
func (f *fragment) forget(i int32) {
	if f.index != nil {
		delete(f.index, f.nodes[i].SpanID)
	}
	delete(f.conversations, i)
	delete(f.waits, i)
	if f.nodes[i].inside == inAnother {
		delete(f.enclosing, f.nodes[i].SpanID)
	}
	f.closes(i)
	f.common.nodes--
	f.nodes[i] = node{unit: vacant, next: f.free}
	f.free = i
}

// forgetLinks forgets the nodes that are outside.
func (f *fragment) forgetLinks() {
	for i := range f.nodes {
		if f.nodes[i].unit == outside {
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
		if f.nodes[i].Role == convert.RoleNone {
			f.common.inside--
		}
		f.forget(i)
		i = next
	}
	*u = unit{release: u.release + 1, first: f.spare}
	f.spare = at
	f.spares++
}

// unused reports whether no unit is in use.
func (f *fragment) unused() bool { return int(f.spares) == len(f.units) }

// idle reports whether nothing of ours is in the fragment.
func (f *fragment) idle() bool {
	return f.strays == 0 && len(f.open) == 0 && f.unused()
}
