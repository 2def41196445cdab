// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter_test

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/spect-tools/spect-go/exporter"
)

// oracle is the model: it knows every span with its true parent, and tells what
// the documentation promises of them. It looks at all spans and sessions at
// every step, and optimizes nothing.
type oracle struct {
	config *modelConfig
	now    time.Time
	traces map[trace.TraceID]*modelTrace
	spans  []*modelSpan
	// sessions are all there ever were, in the order in which they began.
	sessions []*modelSession
	begun    int // traces
	graces   int
	closed   bool
	// holdsSpan tells which spans the exporter holds, for what is left to it.
	holdsSpan func(*modelSpan) bool

	received, ignored, late, duplicate, refused uint64
	released                                    map[exporter.ReleaseReason]uint64
}

// modelTrace is one trace, while something of it is held.
type modelTrace struct {
	held    []*modelSession
	waiting []*modelSpan // for their parents, through the exporter door
	givenUp []*modelSpan // what is waited for in vain
	live    bool
	looked  time.Time // when it began to be held, or its oldest session did
	order   int
}

// modelSpan is one span, and what the exporter knows of it.
type modelSpan struct {
	label    int
	trace    *modelTrace
	parent   *modelSpan // in this process
	kind     modelKind
	byTracer bool
	recorded bool
	traceID  trace.TraceID
	spanID   trace.SpanID
	// recordID is its id as an entry, sessionID as a session.
	recordID, sessionID string
	// around is what package tracer takes to be around the span, tie what it
	// wrote on the span of it; carries is what the span's context has for others.
	around, tie, carries *modelSide
	// count is what package tracer counts the span by, number what it counted.
	count  *modelCount
	number int

	known bool // it is held, or in memory as a parent
	gone  bool // it was released
	ours  bool // it is known to be ours
	ended bool // it is known to have ended
	over  bool // it has ended, whether known or not
	came  time.Time
	// home is its session. A span of others that is in none is outside.
	home    *modelSession
	outside bool
}

// modelSide is a span as package tracer tells of it in contexts.
type modelSide struct {
	span        *modelSpan // nil when it is remote
	id, traceID string
	count       *modelCount
}

// modelCount is one count of spans, and the first of them.
type modelCount struct {
	next int
	root *modelSpan
}

// id is what a session below the span names as its parent.
func (s *modelSpan) id() string {
	if s.home != nil && s.home.root == s && s.isSession() {
		return s.sessionID
	}
	return s.recordID
}

// name is its name: guests are to be known by it.
func (s *modelSpan) name() string {
	if s.kind == kindGuest {
		return fmt.Sprintf("guest%d", s.label)
	}
	return fmt.Sprintf("s%d", s.label)
}

// others reports whether s is none of ours; a guest is one all the same.
func (s *modelSpan) others() bool { return s.kind == kindForeign || s.kind == kindGuest }

func (s *modelSpan) isSession() bool { return s.kind == kindSession || s.kind == kindLateSession }

// modelSession is one session: what is released as one payload.
type modelSession struct {
	root    *modelSpan
	members []*modelSpan // those of others too
	born    time.Time
	// graceAt and leakAt are when it will be released, if ever.
	graceAt, leakAt time.Time
	graced          int // which grace of all it is in; those that begin at once have the same
	// sure says that what is around it was known when it began.
	sure bool

	// What it was released as.
	released bool
	entries  []modelEntry
	count    int // its ended spans
	ties     modelTies
	// outcome is what became of it: delivered, or the reason of its drop.
	outcome string
	// seen is the traceId that its payload had.
	seen string
}

// ordered reports whether the order of the entries is known: not when they were
// counted by several counts, of which one began elsewhere.
func (s *modelSession) ordered() bool {
	begun := map[*modelCount]bool{}
	for _, e := range s.entries {
		begun[e.span.count] = begun[e.span.count] || e.span.number == 0
	}
	if _, byHand := begun[nil]; byHand || len(begun) == 1 {
		return true // by their starts, or by the one count
	}
	for _, whole := range begun {
		if !whole {
			return false
		}
	}
	return true
}

// modelEntry is an entry of a payload.
type modelEntry struct {
	span   *modelSpan
	parent int // in the payload's entries; -1 at the top
	ended  bool
}

// modelTies are the ties to other sessions that are right for a session.
type modelTies struct {
	parents, traces []string
	// none: without a tie is right too.
	none bool
	// sure: there is but one traceId that is right.
	sure bool
}

const delivered = "delivered"

func newOracle(cfg *modelConfig, now time.Time) *oracle {
	return &oracle{
		config: cfg, now: now, traces: map[trace.TraceID]*modelTrace{}, released: map[exporter.ReleaseReason]uint64{},
	}
}

// id is the payload's.
func (s *modelSession) id() string { return s.root.sessionID }

func (s *modelSession) explicit() bool { return s.root.isSession() }

// complete: the root and all spans that were seen to start have ended.
func (s *modelSession) complete() bool {
	return s.root.ended && !slices.ContainsFunc(s.members, func(m *modelSpan) bool { return m.ours && !m.ended })
}

// What happens.

// start: the processor sees a span start.
func (o *oracle) start(s *modelSpan) {
	if o.closed || o.config.door == exporterDoor || !s.recorded {
		return
	}
	if s.kind == kindEntry || s.kind == kindSession {
		s.ours, s.known = true, true
		o.hold(s.trace)
		o.place(s, o.now)
		o.consider(s.home)
		return
	}
	o.sight(s)
}

// end: the processor sees a span end.
func (o *oracle) end(s *modelSpan) {
	s.over = true
	if o.config.door == exporterDoor || !s.recorded {
		return
	}
	if s.others() {
		if o.ignored++; o.closed {
			return
		}
		if o.sight(s); s.kind == kindGuest && o.config.guests && s.known && s.home != nil {
			s.ours, s.ended = true, true
			o.received++
			o.ignored--
		}
		return
	}
	o.received++
	switch {
	case o.closed:
		o.refused++
	case s.ours && s.gone:
		s.ended = true
		o.late++
	case s.ours:
		s.ended = true
		o.consider(s.home)
	default: // it is ours from now on
		s.ours, s.ended = true, true
		o.hold(s.trace)
		if !s.known || s.home == nil {
			s.known, s.gone, s.home, s.outside = true, false, nil, false
			o.place(s, o.now)
		}
		o.consider(s.home)
	}
}

// arrive: a span comes through the exporter door.
func (o *oracle) arrive(s *modelSpan) {
	if s.others() {
		o.ignored++
		switch {
		case o.closed:
		case o.config.door == bothDoors:
			o.sight(s)
		default:
			s.known = true
			o.placeWaiting(s.trace, o.now, nil)
		}
		return
	}
	o.received++
	switch {
	case o.closed && !s.ended:
		o.refused++
	case s.known, s.gone:
		o.duplicate++
	default:
		s.ours, s.known, s.ended = true, true, true
		o.hold(s.trace)
		s.came, s.trace.waiting = o.now, append(s.trace.waiting, s)
		o.placeWaiting(s.trace, o.now, nil)
	}
}

// flush releases what is complete, or all.
func (o *oracle) flush(all bool, why exporter.ReleaseReason) {
	for _, t := range o.byAge() {
		if all {
			o.placeWaiting(t, o.now, t.waiting)
		}
		for _, s := range slices.Clone(t.held) {
			if all || s.complete() {
				o.release(s, why)
			}
		}
	}
}

// limit releases what is complete while too much is held, in the order in which
// it became so, and then the oldest. Of those that became so at once it is the
// exporter's choice.
func (o *oracle) limit() {
	for o.config.maxSpans > 0 && o.holds() > o.config.maxSpans {
		var first *modelSession
		for _, s := range o.sessions {
			if s.released || !s.complete() || s.graceAt.IsZero() {
				continue
			}
			if first == nil || s.graced < first.graced || s.graced == first.graced && o.holdsSpan(first.root) {
				first = s
			}
		}
		if first == nil {
			break
		}
		o.release(first, exporter.ReleaseLimit)
	}
	for o.config.maxSpans > 0 && o.holds() > o.config.maxSpans {
		o.releaseTrace(o.byAge()[0], exporter.ReleaseLimit)
	}
}

func (o *oracle) releaseTrace(t *modelTrace, why exporter.ReleaseReason) {
	o.placeWaiting(t, o.now, t.waiting)
	for _, s := range slices.Clone(t.held) {
		o.release(s, why)
	}
}

// holds counts the ended spans that are not released.
func (o *oracle) holds() int {
	n := 0
	for _, s := range o.spans {
		if s.known && s.ours && s.ended && !s.gone {
			n++
		}
	}
	return n
}

// advance lets time pass.
func (o *oracle) advance(to time.Time) {
	for {
		next := to.Add(1)
		for _, s := range o.sessions {
			for _, at := range [...]time.Time{s.graceAt, s.leakAt} {
				if !s.released && !at.IsZero() && at.Before(next) {
					next = at
				}
			}
		}
		for _, t := range o.byAge() {
			if at := t.looked.Add(o.config.age); at.Before(next) {
				next = at
			}
		}
		if next.After(to) {
			o.now = to
			return
		}
		o.now = next
		o.expire()
	}
}

// expire releases what is due now.
func (o *oracle) expire() {
	due := func(at time.Time) bool { return !at.IsZero() && !at.After(o.now) }
	for _, s := range slices.Clone(o.sessions) {
		if !s.released && due(s.graceAt) {
			o.release(s, exporter.ReleaseComplete)
		}
	}
	for _, s := range slices.Clone(o.sessions) {
		switch {
		case s.released || !due(s.leakAt):
		case s.complete():
			o.release(s, exporter.ReleaseComplete)
		default:
			o.release(s, exporter.ReleaseLeak)
		}
	}
	for _, t := range o.byAge() {
		if o.now.Sub(t.looked) < o.config.age {
			continue
		}
		var old []*modelSpan
		for _, s := range t.waiting {
			if o.now.Sub(s.came) >= o.config.age {
				old = append(old, s)
			}
		}
		o.placeWaiting(t, o.now.Add(-o.config.age), old)
		for _, s := range slices.Clone(t.held) {
			if o.now.Sub(s.born) >= o.config.age {
				o.release(s, exporter.ReleaseAge)
			}
		}
		if t.live { // younger ones are left
			t.looked = o.now
			for _, s := range t.held {
				t.looked = earlier(t.looked, s.born)
			}
			for _, s := range t.waiting {
				t.looked = earlier(t.looked, s.came)
			}
			o.begun++
			t.order = o.begun
		}
	}
}

// Where spans belong.

func (o *oracle) hold(t *modelTrace) {
	if !t.live {
		o.begun++
		t.live, t.looked, t.order = true, o.now, o.begun
	}
}

// byAge returns the traces that are held, the oldest first.
func (o *oracle) byAge() []*modelTrace {
	var live []*modelTrace
	for _, t := range o.traces {
		if t.live {
			live = append(live, t)
		}
	}
	slices.SortFunc(live, func(a, b *modelTrace) int { return cmp.Or(a.looked.Compare(b.looked), cmp.Compare(a.order, b.order)) })
	return live
}

// sight: the processor sees a span of others, which matters in the traces that
// hold a session.
func (o *oracle) sight(s *modelSpan) {
	if !s.trace.live || s.known {
		return
	}
	if p := s.parent; s.gone && (p == nil || !p.known || p.home == nil) {
		return
	}
	s.known, s.gone, s.home, s.outside = true, false, nil, false
	if o.place(s, o.now); s.outside {
		// It is as if it were not known, but that it is below what was released.
		s.known, s.outside, s.gone = false, false, s.parent != nil && s.parent.gone
	}
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// placeWaiting places the spans whose parents have come, and those that wait for
// the same as those that have waited for too long.
func (o *oracle) placeWaiting(t *modelTrace, born time.Time, tooLong []*modelSpan) {
	for _, s := range tooLong {
		t.givenUp = append(t.givenUp, s.missing())
	}
	var placed []*modelSpan
	for again := true; again; {
		again = false
		for i, s := range t.waiting {
			if o.place(s, born) {
				t.waiting = slices.Delete(t.waiting, i, i+1)
				placed, again = append(placed, s), true
				break
			}
		}
	}
	t.givenUp = nil
	if len(tooLong) > 0 {
		return // all are looked at
	}
	for _, s := range placed {
		o.consider(s.home)
	}
	for _, s := range placed {
		s.home.graced = o.graces
	}
}

// missing is the span that s waits for.
func (s *modelSpan) missing() *modelSpan {
	p := s.parent
	for p.known && !p.gone {
		p = p.parent
	}
	return p
}

// place finds the session of a span, and reports whether it is known.
func (o *oracle) place(s *modelSpan, born time.Time) bool {
	p := s.parent
	switch {
	case s.home != nil, s.outside:
	case s.ours && s.isSession(), p == nil, p.gone:
		o.top(s, born)
	case !p.known && o.config.door == exporterDoor:
		if !slices.Contains(s.trace.givenUp, p) {
			return false
		}
		o.top(s, born)
	case !p.known:
		// Package tracer says what is around its spans.
		if a := s.around; s.byTracer && a != nil && a.span != nil && a.span.known {
			o.join(s, a.span.home)
		} else {
			o.top(s, born)
		}
	case p.home == nil && !p.outside && !o.place(p, born):
		return false
	case p.home == nil:
		o.top(s, born)
	default:
		o.join(s, p.home)
	}
	return true
}

// top: there is no session above.
func (o *oracle) top(s *modelSpan, born time.Time) {
	if !s.ours {
		s.outside = true
		return
	}
	session := &modelSession{root: s, born: born, sure: s.knowsAround()}
	o.sessions = append(o.sessions, session)
	s.trace.held = append(s.trace.held, session)
	o.join(s, session)
}

func (o *oracle) join(s *modelSpan, to *modelSession) {
	s.home = to
	to.members = append(to.members, s)
}

// consider plans the release of a session in which something has changed.
func (o *oracle) consider(s *modelSession) {
	switch {
	case s.released || !s.root.ended:
	case !s.complete():
		if s.graceAt = (time.Time{}); s.leakAt.IsZero() {
			s.leakAt = o.now.Add(o.config.leak)
		}
	case o.config.grace == 0:
		o.release(s, exporter.ReleaseComplete)
	default:
		o.graces++
		s.graceAt, s.graced = o.now.Add(o.config.grace), o.graces
	}
}

// release settles what the session's payload is.
func (o *oracle) release(s *modelSession, why exporter.ReleaseReason) {
	s.released = true
	o.released[why]++
	for _, m := range s.members {
		if m.ours && m.ended {
			s.count++
		}
		if m.ours && (m != s.root || !s.explicit()) {
			s.entries = append(s.entries, modelEntry{span: m, parent: -1, ended: m.over})
		}
	}
	slices.SortFunc(s.entries, func(a, b modelEntry) int { return cmp.Compare(a.span.label, b.span.label) })
	for i := range s.entries {
		e := &s.entries[i]
		for p := e.span.parent; p != nil && e.span != s.root; p = p.parent {
			if e.parent = slices.IndexFunc(s.entries, func(e modelEntry) bool { return e.span == p }); e.parent >= 0 {
				break
			}
		}
	}
	s.ties = o.ties(s)
	t := s.root.trace
	for _, m := range s.members {
		m.known, m.gone = false, true
	}
	t.held = slices.DeleteFunc(t.held, func(h *modelSession) bool { return h == s })
	if t.live = len(t.held)+len(t.waiting) > 0; t.live {
		return
	}
	// Of the trace, nothing is held.
	for _, other := range o.spans {
		if other.trace == t && !other.ours && !other.gone {
			other.outside, other.home = false, nil
			other.known = other.known && o.config.door == exporterDoor
		}
	}
}

// above is the nearest span of ours above s.
func (s *modelSpan) above() *modelSpan {
	p := s.parent
	for p != nil && !p.ours {
		p = p.parent
	}
	return p
}

// knowsAround reports whether the exporter can know the nearest span of ours
// above s.
func (s *modelSpan) knowsAround() bool {
	for p := s.parent; p != nil; p = p.parent {
		switch {
		case p.gone, p.ours && p.home != nil:
			return true
		case p.ours || !p.known:
			return false
		}
	}
	return true
}

// ties finds what a session is to be tied to.
func (o *oracle) ties(s *modelSession) modelTies {
	var t modelTies
	root := s.root
	if root.tie != nil {
		t.parents, t.traces = append(t.parents, root.tie.id), append(t.traces, root.tie.traceID)
	}
	for around := root.above(); around != nil && around.home != nil; around = around.above() {
		t.parents = append(t.parents, around.id())
		t.traces = append(t.traces, o.traceIDs(around.home)...)
		if root.parent != around { // of the spans between, only the session may be known
			t.parents = append(t.parents, around.home.id())
		}
		if around.kind == kindEntry || around.kind == kindSession {
			break // what was known when root started
		}
	}
	byContext := false
	if a := root.around; root.byTracer && a != nil && a.span != nil && o.config.door != exporterDoor {
		if byContext = a.span == root.above(); !byContext && a.span.home != nil { // what is between was started by hand
			t.parents, t.traces = append(t.parents, a.id), append(t.traces, o.traceIDs(a.span.home)...)
		}
	}
	t.none = root.tie == nil && (len(t.parents) == 0 || !s.sure && !root.knowsAround() && !byContext)
	if len(t.traces) == 0 {
		t.traces, t.sure = []string{s.id()}, true
	} else {
		slices.Sort(t.traces)
		t.traces = slices.Compact(t.traces)
		t.sure = !t.none && len(t.traces) == 1
	}
	for a := root.above(); a != nil && a.home != nil; a = nil {
		if around := a.home; around.released {
			t.sure = t.sure && around.ties.sure
		} else {
			t.sure = t.sure && o.ties(around).sure
		}
	}
	return t
}

// traceIDs are the traceIds that are right for a session.
func (o *oracle) traceIDs(s *modelSession) []string {
	if s.seen != "" {
		return []string{s.seen}
	}
	t := s.ties
	if !s.released {
		t = o.ties(s)
	}
	if t.none {
		return append(t.traces, s.id())
	}
	return t.traces
}
