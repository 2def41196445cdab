// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"context"
	"fmt"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert"
	"github.com/spect-tools/spect-go/internal/ids"
)

// gatherer collects spans into sessions, and releases a session when it is
// whole. One goroutine owns it: run. Nothing in it is shared but the intake,
// through which all it learns comes, and the live traces, which it tells the
// processor.
type gatherer struct {
	cfg       *config
	intake    *intake
	live      *liveTraces
	counters  *unguarded
	resources *resources
	// deliver takes a released session. It does not block.
	deliver func(*release)
	report  func(error)

	requests chan flushRequest
	done     chan struct{}

	store     *store
	fragments map[trace.TraceID]*fragment
	heldSpans int
	scratch   []byte
	// links are the parents of spans that came through the exporter door and
	// are not ours: a child of theirs may come later.
	links *recent[convert.Node]
	// sent are the spans of sessions that were released.
	sent *recent[sentSpan]

	// Plans, each with the same delay, so in the order of their time.
	graces, leaks plans
	// byAge are the fragments, the one that was looked at longest ago first.
	byAge list
}

// sentSpan is what is left of a span whose session was released.
type sentSpan struct {
	traceID string // the payload's
	start   int64
	session string // the session's id, on its root
	fate    fate
	open    bool // released before it ended
}

// fate is what became of a session.
type fate uint8

const (
	unknownFate fate = iota
	kept
	dropped
)

// release is a session on its way to delivery.
type release struct {
	why ReleaseReason
	// buf holds the session's captured spans; spans tells where.
	buf   []byte
	spans []releasedSpan
	nodes []convert.Node
	root  int
	outer convert.Outer
	// count is what the session weighs in the ledger: its ended spans.
	count int
	// continues is the fate of the released session that this one continues.
	continues fate
	// id is the session's, traceID its payload's traceId as far as the root says it.
	id, traceID, name string
}

type releasedSpan struct{ off, len int }

// flushRequest asks the gatherer to release what is complete or, with all,
// everything. The reply is closed when that has happened.
type flushRequest struct {
	all   bool
	why   ReleaseReason
	reply chan struct{}
}

const (
	rememberedLinks = 1 << 12
	rememberedSent  = 1 << 14
	// maxStale is how many traces may be marked live for nothing, because the
	// start that marked them found the intake full.
	maxStale = 1 << 12
	// maxLinks bounds the spans of others that a fragment keeps.
	maxLinks = 1 << 14
)

func newGatherer(cfg *config, in *intake, live *liveTraces, counters *unguarded, res *resources, deliver func(*release), report func(error)) *gatherer {
	return &gatherer{
		cfg: cfg, intake: in, live: live, counters: counters, resources: res, deliver: deliver, report: report,
		requests:  make(chan flushRequest),
		done:      make(chan struct{}),
		store:     newStore(),
		fragments: make(map[trace.TraceID]*fragment),
		links:     newRecent[convert.Node](rememberedLinks),
		sent:      newRecent[sentSpan](rememberedSent),
	}
}

// run gathers until ctx is done.
func (g *gatherer) run(ctx context.Context) {
	defer close(g.done)
	timer := time.NewTimer(0)
	defer timer.Stop()
	var batch []event
	for {
		batch = g.drain(batch)
		g.intake.tellRefused()
		now := time.Now()
		g.expire(now)
		if next, ok := g.nextPlan(); ok {
			timer.Reset(max(0, next.Sub(now)))
		} else {
			timer.Stop()
		}
		select {
		case <-ctx.Done():
			return
		case <-g.intake.wake:
		case <-timer.C:
		case r := <-g.requests:
			batch = g.drain(batch)
			g.flush(r)
			close(r.reply)
		}
	}
}

// flushNow has the gatherer flush, and waits until it has.
func (g *gatherer) flushNow(ctx context.Context, all bool, why ReleaseReason) error {
	r := flushRequest{all: all, why: why, reply: make(chan struct{})}
	select {
	case g.requests <- r:
	case <-g.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-r.reply:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// drain takes in all there is.
func (g *gatherer) drain(batch []event) []event {
	for {
		batch = g.intake.take(recycle(batch))
		if len(batch) == 0 {
			return batch
		}
		now := time.Now()
		for i := range batch {
			g.handle(&batch[i], now)
		}
		g.enforceLimits(now)
	}
}

// handle takes in one event. A panic, which only foreign span implementations
// could cause, costs that span.
func (g *gatherer) handle(e *event, now time.Time) {
	defer func() {
		if r := recover(); r != nil {
			if e.kind.counts() {
				g.intake.drop(1, DropPanic, "")
			}
			g.report(fmt.Errorf("spect: a span could not be taken in: panic: %v", r))
		}
	}()
	switch e.kind {
	case spanStarted:
		g.start(e, now)
	case spanEnded, spanExported:
		g.end(e, now)
	case linkSeen, linkExported:
		g.link(e, now)
	}
}

func (g *gatherer) fragment(id trace.TraceID, now time.Time) *fragment {
	f, ok := g.fragments[id]
	if !ok {
		f = newFragment(id)
		g.fragments[id] = f
		g.live.add(id)
		f.looked = now
		g.byAge.push(f)
	}
	return f
}

func (g *gatherer) start(e *event, now time.Time) {
	sc := e.span.SpanContext()
	f := g.fragment(sc.TraceID(), now)
	if _, known := f.find(sc.SpanID()); known {
		return // a second processor saw the start too
	}
	i := f.add(g.node(e))
	if f.open == nil {
		f.open = make(map[int32]openSpan)
	}
	f.open[i] = openSpan{e.span, e.record}
	f.place(i, true, now)
	g.continued(f, i, now)
}

// node reads a node off an event of ours.
func (g *gatherer) node(e *event) convert.Node {
	n := convert.Node{SpanID: e.span.SpanContext().SpanID(), Start: e.span.StartTime().UnixNano(), Seq: convert.NoSeq, Role: convert.RoleEntry}
	if p := e.span.Parent(); !p.IsRemote() {
		n.ParentID = p.SpanID()
	}
	var list []attribute.KeyValue
	if e.record == nil {
		list = e.span.Attributes()
	} else {
		list, _ = e.record.Content.SpectAttributes()
		if p := e.record.Parent; p.TraceID() == e.span.SpanContext().TraceID() {
			n.EnclosingID = p.SpanID()
		}
	}
	if role := convert.Classify(list); role != convert.RoleNone {
		n.Role = role
	}
	if v, ok := find(list, contracts.SeqKey); ok {
		n.Seq = v.AsInt64()
	}
	return n
}

func (g *gatherer) end(e *event, now time.Time) {
	sc := e.span.SpanContext()
	if sent, ok := g.sent.get(sc.TraceID(), sc.SpanID()); ok {
		why := DropDuplicate
		if sent.open {
			why = DropLate
			sent.open = false
			g.sent.put(sc.TraceID(), sc.SpanID(), sent)
		}
		g.intake.drop(1, why, sent.session)
		return
	}
	f := g.fragment(sc.TraceID(), now)
	i, known := f.find(sc.SpanID())
	if known && e.record == nil {
		e.record = f.open[i].record
	}
	switch {
	case !known:
		i = f.add(g.node(e))
		f.nodes[i].ended = true
		f.place(i, e.kind == spanEnded, now)
		g.continued(f, i, now)
	case f.nodes[i].ended:
		g.intake.drop(1, DropDuplicate, "")
		return
	case f.nodes[i].Role == convert.RoleNone:
		g.promote(f, i, e, now)
	default:
		// What tells the order may have been set after the start.
		f.nodes[i].Seq = g.node(e).Seq
	}
	g.capture(f, i, e)
	delete(f.open, i)
	f.end(i)
	g.consider(f, f.nodes[i].unit, now)
}

// capture copies an ended span to where its session is, or waits for it.
func (g *gatherer) capture(f *fragment, i int32, e *event) {
	n := &f.nodes[i]
	g.scratch = appendSpan(g.scratch[:0], e.span, e.record, &n.Node, g.resources.number(e.span.Resource()))
	n.len = len(g.scratch)
	if n.unit >= 0 {
		u := &f.units[n.unit]
		n.off = g.store.write(&u.captured, g.scratch)
		u.spans++
	} else {
		n.off, n.stray = g.store.write(&f.captured, g.scratch), true
		f.strays++
	}
	g.heldSpans++
}

// promote makes a span ours that did not look it when it started.
func (g *gatherer) promote(f *fragment, i int32, e *event, now time.Time) {
	n := &f.nodes[i]
	role := g.node(e).Role
	switch {
	case n.unit >= 0:
		n.Role = convert.RoleEntry // inside a session it cannot become another
		f.units[n.unit].open++     // until end takes it back
	case n.unit == outside:
		f.links--
		fallthrough
	default:
		n.Role, n.unit = role, unplaced
		f.place(i, e.kind == spanEnded, now)
	}
}

// link takes in the parent of a span that is not ours, or the whole span when
// it is invited.
func (g *gatherer) link(e *event, now time.Time) {
	sawStarts := e.kind == linkSeen
	sc, parent := e.span.SpanContext(), e.span.Parent()
	n := convert.Node{SpanID: sc.SpanID(), Seq: convert.NoSeq}
	if !parent.IsRemote() {
		n.ParentID = parent.SpanID()
	}
	f, ok := g.fragments[sc.TraceID()]
	if !ok {
		if !sawStarts {
			g.links.put(sc.TraceID(), n.SpanID, n)
		}
		return
	}
	g.addLink(f, n, sawStarts, now)
	if g.cfg.include != nil && !e.span.EndTime().IsZero() && g.cfg.include(e.span) {
		g.invite(f, e)
	}
}

// invite makes an ended span of others an entry of the session that it stands
// in, if there is one. Until then it counted as ignored.
func (g *gatherer) invite(f *fragment, e *event) {
	i, ok := f.find(e.span.SpanContext().SpanID())
	if !ok || f.nodes[i].Role != convert.RoleNone || f.nodes[i].unit < 0 {
		return
	}
	n := &f.nodes[i]
	n.Role, n.Start, n.ended = convert.RoleGuest, e.span.StartTime().UnixNano(), true
	g.counters.ignored.Add(^uint64(0))
	g.intake.count(func(l *ledger) {
		l.received++
		l.held++
	})
	g.capture(f, i, e)
}

func (g *gatherer) addLink(f *fragment, n convert.Node, sawStarts bool, now time.Time) {
	if _, known := f.find(n.SpanID); known || f.links >= maxLinks {
		return
	}
	i := f.add(n)
	waited := f.waiting[n.SpanID]
	f.place(i, sawStarts, now)
	for _, w := range waited {
		g.consider(f, f.nodes[w].unit, now)
	}
}

// continued ties a session without a known parent to the session that was sent
// before with that parent in it.
func (g *gatherer) continued(f *fragment, i int32, now time.Time) {
	n := &f.nodes[i]
	if n.unit == unplaced {
		// Through the exporter door a parent that is not ours may have come first.
		for id, more := n.ParentID, true; more && id.IsValid(); {
			link, ok := g.links.get(f.id, id)
			if !ok {
				break
			}
			g.addLink(f, link, false, now)
			id, more = link.ParentID, f.nodes[i].unit == unplaced
		}
		return
	}
	if n.unit < 0 || f.units[n.unit].root != i {
		return
	}
	for _, id := range [...]trace.SpanID{n.ParentID, n.EnclosingID} {
		if sent, ok := g.sent.get(f.id, id); ok {
			outer := convert.Outer{TraceID: sent.traceID, ParentID: sent.session}
			if outer.ParentID == "" {
				outer.ParentID = recordID(f.id, id, sent.start)
			}
			f.units[n.unit].outer, f.units[n.unit].continues = outer, sent.fate
			return
		}
	}
}

func recordID(traceID trace.TraceID, span trace.SpanID, start int64) string {
	return string(ids.Append(nil, ids.Derive(traceID, span, time.Unix(0, start), ids.Span)))
}

// consider plans the release of a unit when it may be due.
func (g *gatherer) consider(f *fragment, at int32, now time.Time) {
	if at < 0 {
		return
	}
	u := &f.units[at]
	switch {
	case !u.inUse || !u.rootEnded:
	case u.open == 0 && g.cfg.grace <= 0:
		g.release(f, at, ReleaseComplete)
	case u.open == 0:
		u.release++
		g.graces.add(plan{at: now.Add(g.cfg.grace), fragment: f, unit: at, release: u.release})
	case !u.planned:
		u.planned = true
		g.leaks.add(plan{at: now.Add(g.cfg.leakTimeout), fragment: f, unit: at, born: u.born})
	}
}

// expire does what is due.
func (g *gatherer) expire(now time.Time) {
	for p, ok := g.graces.due(now); ok; p, ok = g.graces.due(now) {
		if u, there := g.planned(p); there && u.release == p.release && u.complete() {
			g.release(p.fragment, p.unit, ReleaseComplete)
		}
	}
	for p, ok := g.leaks.due(now); ok; p, ok = g.leaks.due(now) {
		if u, there := g.planned(p); there && u.born.Equal(p.born) && u.rootEnded {
			g.release(p.fragment, p.unit, ReleaseLeak)
		}
	}
	for f := g.byAge.first; f != nil && now.Sub(f.looked) >= g.cfg.maxAge; f = g.byAge.first {
		g.settle(f, now)
		for i := range f.units {
			if f.units[i].inUse && now.Sub(f.units[i].born) >= g.cfg.maxAge {
				g.release(f, int32(i), ReleaseAge)
			}
		}
		if g.fragments[f.id] == f { // a trace that goes on
			f.looked = now
			g.byAge.remove(f)
			g.byAge.push(f)
		}
	}
	if g.live.count.Load() > int64(len(g.fragments))+maxStale {
		g.live.retain(func(id trace.TraceID) bool { return g.fragments[id] != nil })
	}
}

// planned returns the unit that a plan speaks of, if it still stands.
func (g *gatherer) planned(p plan) (*unit, bool) {
	f := p.fragment
	if g.fragments[f.id] != f || int(p.unit) >= len(f.units) || !f.units[p.unit].inUse {
		return nil, false
	}
	return &f.units[p.unit], true
}

func (g *gatherer) nextPlan() (at time.Time, ok bool) {
	if f := g.byAge.first; f != nil {
		at, ok = f.looked.Add(g.cfg.maxAge), true
	}
	for _, ps := range [...]*plans{&g.graces, &g.leaks} {
		if t, some := ps.next(); some && (!ok || t.Before(at)) {
			at, ok = t, true
		}
	}
	return at, ok
}

// settle places the nodes of a fragment whose parents will not come.
func (g *gatherer) settle(f *fragment, now time.Time) {
	for i := range f.nodes {
		if n := &f.nodes[i]; n.unit == unplaced && n.SpanID.IsValid() {
			f.place(int32(i), true, now)
		}
	}
	clear(f.waiting)
	// A cycle of parents leaves nodes that wait for each other.
	for i := range f.nodes {
		if n := &f.nodes[i]; n.unit == unplaced && n.SpanID.IsValid() {
			if n.unit = outside; n.Role != convert.RoleNone {
				f.join(int32(i), f.newUnit(int32(i), now))
			}
		}
	}
}

func (g *gatherer) flush(r flushRequest) {
	now := time.Now()
	for _, f := range g.fragments {
		if r.all {
			g.settle(f, now)
		}
		for i := range f.units {
			if u := &f.units[i]; u.inUse && (r.all || u.complete()) {
				g.release(f, int32(i), r.why)
			}
		}
	}
}

// enforceLimits releases the oldest fragments while too much is held.
func (g *gatherer) enforceLimits(now time.Time) {
	for g.heldSpans > g.cfg.maxSpans || g.store.bytes() > g.cfg.maxBytes {
		f := g.byAge.first
		if f == nil {
			return
		}
		g.settle(f, now)
		for i := range f.units {
			if f.units[i].inUse {
				g.release(f, int32(i), ReleaseLimit)
			}
		}
		if g.fragments[f.id] == f {
			g.drop(f) // nothing of ours is left in it
		}
	}
}

// release hands a unit to delivery and forgets it.
func (g *gatherer) release(f *fragment, at int32, why ReleaseReason) {
	u := &f.units[at]
	r := &release{why: why, count: u.spans, outer: u.outer, continues: u.continues, root: -1}
	r.buf = g.store.read(make([]byte, 0, u.captured.len), &u.captured, 0, u.captured.len)
	for i := u.first; i != noNode; i = f.nodes[i].next {
		n := &f.nodes[i]
		if n.Role != convert.RoleNone || i == u.root {
			span := releasedSpan{off: n.off, len: n.len}
			switch {
			case !n.ended:
				span.off = len(r.buf)
				r.buf = g.captureOpen(r.buf, f, i)
				span.len = len(r.buf) - span.off
			case n.stray:
				span.off = len(r.buf)
				r.buf = g.store.read(r.buf, &f.captured, n.off, n.len)
			}
			if i == u.root {
				r.root = len(r.nodes)
			}
			r.spans = append(r.spans, span)
		} else {
			r.spans = append(r.spans, releasedSpan{})
		}
		r.nodes = append(r.nodes, n.Node)
	}
	root := r.read(g.resources)
	g.outer(f, u, r)
	keep := g.cfg.sampling == nil || g.sample(r, root)
	g.remember(f, u, r, keep)
	g.heldSpans -= u.spans
	g.store.release(&u.captured)
	f.remove(at)
	if f.idle() {
		g.drop(f)
	}
	g.intake.count(func(l *ledger) { l.released[indexOf(releaseReasons[:], why)]++ })
	if !keep {
		g.intake.drop(r.count, DropSampled, r.id)
		return
	}
	g.deliver(r)
}

// sample decides whether a session is sent. What continues a session that was
// released shares its fate.
func (g *gatherer) sample(r *release, root *convert.Span) bool {
	if r.continues != unknownFate {
		return r.continues == kept
	}
	return g.cfg.sampling.keep(newFacts(r, root, g.resources))
}

// captureOpen captures a span as it stands.
func (g *gatherer) captureOpen(dst []byte, f *fragment, i int32) []byte {
	o := f.open[i]
	return appendSpan(dst, o.span, o.record, &f.nodes[i].Node, g.resources.number(o.span.Resource()))
}

// read takes off the root what is known of the session from now on.
func (r *release) read(res *resources) *convert.Span {
	root := new(convert.Span)
	rd := reader{r.buf[r.spans[r.root].off:]}
	rd.span(root, res)
	r.id, r.name = strings.Clone(convert.SessionID(root)), strings.Clone(root.Name)
	r.traceID = strings.Clone(convert.TraceIDOf(root))
	return root
}

// outer finds the session around a session: the nearest span of ours above its
// root.
func (g *gatherer) outer(f *fragment, u *unit, r *release) {
	if r.outer.TraceID != "" {
		return
	}
	n := &f.nodes[u.root]
	for range f.nodes { // no more steps than nodes: a cycle ends
		p, ok := f.parent(n)
		if !ok {
			return
		}
		if n = &f.nodes[p]; n.Role == convert.RoleNone {
			continue
		}
		if n.unit < 0 {
			return
		}
		around := &f.units[n.unit]
		r.outer.ParentID = recordID(f.id, n.SpanID, n.Start)
		if n.Role == convert.RoleSession {
			r.outer.ParentID = g.rootSays(f, p, convert.SessionID)
		}
		if r.outer.TraceID = around.outer.TraceID; r.outer.TraceID == "" {
			r.outer.TraceID = g.outermost(f, around)
		}
		return
	}
}

// outermost is the id of the session that a unit and all around it belong to.
func (g *gatherer) outermost(f *fragment, u *unit) string {
	for range f.units {
		n := &f.nodes[u.root]
		p, ok := f.parent(n)
		for range f.nodes {
			if !ok || f.nodes[p].Role != convert.RoleNone {
				break
			}
			p, ok = f.parent(&f.nodes[p])
		}
		if !ok || f.nodes[p].unit < 0 {
			break
		}
		u = &f.units[f.nodes[p].unit]
	}
	return g.rootSays(f, u.root, convert.TraceIDOf)
}

// rootSays is what of says of the root at node i.
func (g *gatherer) rootSays(f *fragment, i int32, of func(*convert.Span) string) string {
	n := &f.nodes[i]
	var s convert.Span
	var b []byte
	switch {
	case !n.ended:
		b = g.captureOpen(nil, f, i)
	case n.stray:
		b = g.store.read(nil, &f.captured, n.off, n.len)
	default:
		b = g.store.read(nil, &f.units[n.unit].captured, n.off, n.len)
	}
	rd := reader{b}
	rd.span(&s, g.resources)
	return strings.Clone(of(&s))
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
	for i := u.first; i != noNode; i = f.nodes[i].next {
		n := &f.nodes[i]
		s := sentSpan{traceID: traceID, start: n.Start, fate: fate, open: !n.ended && n.Role != convert.RoleNone}
		if i == u.root && n.Role == convert.RoleSession || n.Role == convert.RoleNone {
			s.session = r.id
		}
		g.sent.put(f.id, n.SpanID, s)
	}
}

// drop forgets a fragment that holds nothing of ours.
func (g *gatherer) drop(f *fragment) {
	g.store.release(&f.captured)
	delete(g.fragments, f.id)
	g.byAge.remove(f)
	g.live.remove(f.id)
}

// abandon counts what is still held when there is no more time, once run has
// returned.
func (g *gatherer) abandon() {
	left := g.heldSpans
	for _, e := range g.intake.take(nil) {
		if e.kind.counts() {
			left++
		}
	}
	g.intake.tellRefused()
	if left > 0 {
		g.intake.drop(left, DropShutdown, "")
	}
}
