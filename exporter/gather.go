// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"context"
	"fmt"
	"slices"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert"
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
	// unused are some that were dropped, for their memory; needless is how many of
	// them nobody needed since the last trim.
	unused   []*fragment
	needless int
	// dropped are large ones that were dropped in the step under way: a plan may
	// speak of them for some time.
	dropped   []*fragment
	heldSpans int
	common    common
	// heldBytes is the room that the copies of what is held take.
	heldBytes int
	copier    copier
	// root is the memory to read the root of a session in, some that for the
	// attributes that a span of tracer's starts with.
	root convert.Span
	some [2]attribute.KeyValue
	// copied is the copy of the span of the event under way; settled says that the
	// event has changed what is held.
	copied  copied
	settled bool
	// trimmed is when the store was last trimmed; trims is set while it is to
	// be again.
	trimmed time.Time
	trims   bool
	logs    *heldLogs
	// links are the parents of spans that came through the exporter door and
	// are not ours: a child of theirs may come later.
	links *recent[link]
	// sent are the spans of sessions that were released.
	sent *sentSpans

	// Plans, each with the same delay, so in the order of their time.
	graces, leaks plans
	// byAge are the fragments, the one that was looked at longest ago first; idling
	// those in which spans wait, the one where nothing has happened for longest first.
	byAge, idling list
	// placed are the nodes that the event under way found a unit for.
	placed []int32
	// unseen counts the starts that were refused since that was told, and when.
	unseen     int
	toldUnseen time.Time
}

const (
	rememberedLinks = 1 << 12
	rememberedSent  = 1 << 14
	// maxLinks bounds the spans of others that a fragment keeps, those in its
	// sessions apart.
	maxLinks = rememberedLinks
	// maxUnused bounds the fragments whose memory is kept, and fewUnused those that
	// are whether they are needed or not; maxKept bounds the nodes in each.
	maxUnused, fewUnused, maxKept = 1024, 16, 64
	// trimEvery is how often memory that a rush took is given back.
	trimEvery = 10 * time.Second
)

func newGatherer(cfg *config, in *intake, live *liveTraces, counters *unguarded, res *resources, deliver func(*release), report func(error)) *gatherer {
	return &gatherer{
		cfg: cfg, intake: in, live: live, counters: counters, resources: res, deliver: deliver, report: report,
		requests:  make(chan flushRequest),
		done:      make(chan struct{}),
		store:     &store{},
		copier:    copier{resources: res},
		fragments: make(map[trace.TraceID]*fragment),
		common:    common{began: time.Now()},
		idling:    list{which: byActive},
		logs:      newHeldLogs(),
		links:     newRecent[link](rememberedLinks),
		sent:      newSentSpans(rememberedSent),
	}
}

// run gathers until ctx is done.
func (g *gatherer) run(ctx context.Context) {
	defer close(g.done)
	timer := time.NewTimer(0)
	defer timer.Stop()
	var batch [][]event
	for {
		batch = g.drain(batch)
		now := time.Now()
		g.guarded(func() { g.expire(now) })
		next, ok := g.nextPlan()
		wait := next.Sub(now)
		if len(batch) > 0 && (!ok || wait > g.cfg.linger) {
			// More will come. Many are taken in at once for less than one by one.
			ok, wait = true, g.cfg.linger
		}
		if ok {
			timer.Reset(max(0, wait))
		} else {
			timer.Stop()
		}
		select {
		case <-ctx.Done():
			return
		case r := <-g.requests:
			batch = g.drain(batch)
			g.guarded(func() { g.flush(r) })
			close(r.reply)
		case <-g.intake.wake:
		case <-timer.C:
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

// drain takes in all there is by now, and not what comes meanwhile. It returns
// what it took, to be used again.
func (g *gatherer) drain(batch [][]event) [][]event {
	batch = g.intake.take(recycle(batch))
	now := time.Now()
	for _, events := range batch {
		for i := range events {
			g.handle(&events[i], now)
		}
		g.guarded(func() { g.enforceLimits(now) })
	}
	g.guarded(func() { g.enforceLimits(now) })
	g.tellRefused(now)
	return batch
}

// guarded does a step, and what is to be done behind each. A panic, which only a defect of ours could cause, is kept
// off the application: it costs what is held.
func (g *gatherer) guarded(step func()) {
	defer func() {
		if r := recover(); r != nil {
			g.startOver(r)
		}
	}()
	step()
	for _, f := range g.dropped {
		*f = fragment{id: f.id} // which no plan finds
	}
	g.dropped = g.dropped[:0]
}

// startOver gives up all that is held, after a panic that left nobody knows what.
func (g *gatherer) startOver(panicked any) {
	left, logs := g.heldSpans, g.logs.records
	for id := range g.fragments {
		g.live.remove(id)
	}
	clear(g.fragments)
	g.unused, g.dropped, g.placed, g.copied = nil, nil, nil, copied{}
	g.common = common{began: g.common.began}
	g.heldSpans, g.heldBytes = 0, 0
	g.store = &store{} // what is on its way to delivery has the old one
	g.logs = newHeldLogs()
	g.graces, g.leaks, g.byAge, g.idling = plans{}, plans{}, list{}, list{which: byActive}
	g.intake.dropLogs(logs, DropPanic)
	g.intake.drop(left, DropPanic, "")
	g.report(fmt.Errorf("spect: the sessions under way were lost to a panic: %s", panicText(panicked)))
}

// tellRefused tells of what there was no room for.
func (g *gatherer) tellRefused(now time.Time) {
	if g.unseen += g.intake.tellRefused(); g.unseen > 0 && now.Sub(g.toldUnseen) >= reportAgain {
		g.report(fmt.Errorf("spect: %d spans started faster than they could be taken in: their sessions may arrive in parts; "+
			"WithMaxHeld gives more room", g.unseen))
		g.unseen, g.toldUnseen = 0, now
	}
}

// handle takes in one event. A panic, which only foreign span implementations
// could cause, costs that span.
func (g *gatherer) handle(e *event, now time.Time) {
	g.settled = false
	defer func() {
		if r := recover(); r != nil {
			if g.settled {
				g.startOver(r)
				return
			}
			if e.kind.counts() {
				g.intake.drop(1, DropPanic, "")
			}
			g.report(fmt.Errorf("spect: a span could not be taken in: panic: %s", panicText(r)))
		}
	}()
	defer g.discard()
	g.placed = g.placed[:0]
	if e.live {
		defer g.live.remove(e.span.SpanContext().TraceID())
	}
	switch e.kind {
	case spanStarted:
		g.start(e, now)
	case spanEnded, spanExported:
		g.end(e, now)
	case linkSeen, linkEnded, linkExported:
		g.link(e, now)
	case logAdded:
		g.addLog(e.log, now)
	}
}

func (g *gatherer) fragment(id trace.TraceID, now time.Time) *fragment {
	f, ok := g.fragments[id]
	if !ok {
		f = g.newFragment(id)
		g.fragments[id] = f
		g.live.add(id)
		g.logs.claim(id)
		f.looked = g.common.at(now)
		g.byAge.insert(f)
	}
	g.touch(f, now)
	return f
}

// touch says that something happens in a trace.
func (g *gatherer) touch(f *fragment, now time.Time) {
	f.active = g.common.at(now)
	if g.idling.has(f) && g.idling.last != f {
		g.idling.remove(f)
		g.idling.insert(f)
	}
}

func (g *gatherer) start(e *event, now time.Time) {
	sc, own := e.span.SpanContext(), g.node(e)
	f := g.fragment(sc.TraceID(), now)
	if _, known := f.find(sc.SpanID()); known {
		return // a second processor saw the start too
	}
	if e.topmost {
		own.ParentID = trace.SpanID{}
	}
	i := f.add(own)
	f.opens(i, e.span, e.record)
	g.place(f, i, true, now)
	g.continued(f, i)
	// Where the root has ended, this span's delay of it is bounded from now on.
	g.considerPlaced(f, now)
}

// place finds the unit of a node, and of those that waited for it.
func (g *gatherer) place(f *fragment, i int32, sawStarts bool, now time.Time) {
	n := &f.nodes[i]
	p := placing{sawStarts: sawStarts}
	if !sawStarts {
		// A parent that is not ours may have come first.
		if link, ok := g.links.get(f.id, n.ParentID); ok {
			if _, known := f.find(link.SpanID); !known {
				g.keepLink(f, &link, false, now)
			}
		}
	}
	if !sawStarts || n.Role.Foreign() {
		// One that was released does not come again.
		if _, _, released := g.sentAbove(f, &f.nodes[i]); released {
			p = placing{sawStarts: true, givenUp: true}
		}
	}
	g.placeAll(f, []int32{i}, p, now)
}

func (g *gatherer) placeAll(f *fragment, nodes []int32, p placing, now time.Time) {
	g.placed = f.place(nodes, p, now, g.placed)
	for _, i := range g.common.loose {
		g.loosen(f, i)
	}
	g.common.loose = g.common.loose[:0]
	if len(f.waiting) > 0 && !g.idling.has(f) {
		g.idling.insert(f)
	}
}

// loosen makes a span one of others, that is ours in a session only and is in
// none.
func (g *gatherer) loosen(f *fragment, i int32) {
	n := &f.nodes[i]
	f.closes(i)
	if n.captured.len == 0 {
		return // it has not ended, or its end is being taken in
	}
	g.heldBytes -= roomOf(int(n.captured.len))
	g.store.free(n.captured.at, int(n.captured.len))
	n.captured = copied{}
	f.strays--
	g.heldSpans--
	g.ignore()
}

// ignore counts a span as one of others that was received as ours.
func (g *gatherer) ignore() {
	g.settled = true
	g.counters.ignored.Add(1)
	g.intake.count(func(l *ledger) {
		l.received--
		l.held--
		l.returned++
	})
}

// considerPlaced considers the units of the nodes that were placed.
func (g *gatherer) considerPlaced(f *fragment, now time.Time) {
	last := int32(unplaced)
	for _, i := range g.placed {
		g.continued(f, i)
		if at := f.nodes[i].unit; at != last {
			g.consider(f, at, now)
			last = at
		}
	}
	g.placed = g.placed[:0]
}

// node reads a node off an event of ours.
func (g *gatherer) node(e *event) convert.Node {
	sc, parent := e.span.SpanContext(), e.span.Parent()
	s := convert.Span{
		SpanID: sc.SpanID(), ParentID: parent.SpanID(), ParentRemote: parent.IsRemote(),
		StartTime: e.span.StartTime(), EndTime: e.span.EndTime(),
	}
	if e.record == nil {
		s.Attributes = e.span.Attributes()
	} else {
		s.Attributes = g.some[:0]
		for _, key := range [...]attribute.Key{contracts.KindKey, contracts.SeqKey} {
			if v, ok := e.record.Content.SpectAttribute(key); ok {
				s.Attributes = append(s.Attributes, attribute.KeyValue{Key: key, Value: v})
			}
		}
		// A parent that was released is known: the span is in nothing that is above it.
		id := sc.TraceID()
		if _, released := g.sent.get(id, s.ParentID); !released && e.record.Parent.TraceID() == id {
			s.EnclosingID = e.record.Parent.SpanID()
		}
	}
	n := convert.NodeOf(&s)
	if n.Role == convert.RoleNone { // tracer's, without any attribute
		n.Role = convert.RoleEntry
	}
	return n
}

func (g *gatherer) end(e *event, now time.Time) {
	sc := e.span.SpanContext()
	if sent, ok := g.sent.get(sc.TraceID(), sc.SpanID()); ok && !sent.link {
		why := DropDuplicate
		if sent.open {
			why = DropLate
			sent.open = false
			g.sent.put(sc.TraceID(), sc.SpanID(), sent)
		}
		g.intake.drop(1, why, g.sent.idOf(sent))
		return
	}
	f, i, known := g.fragments[sc.TraceID()], int32(noNode), false
	if f != nil {
		i, known = f.find(sc.SpanID())
	}
	if known {
		if f.nodes[i].ended {
			g.intake.drop(1, DropDuplicate, "")
			return
		}
		if e.record == nil {
			e.record = f.opened(i).record
		}
	}
	// What may panic, with a span that is not the SDK's, comes before any change.
	var own convert.Node
	if known && e.record != nil && f.nodes[i].Role != convert.RoleNone {
		own = f.view(&f.nodes[i]) // tracer has said it all at the start
		own.End = e.span.EndTime().UnixNano()
	} else {
		own = g.node(e)
	}
	g.copy(e, &own)
	f = g.fragment(sc.TraceID(), now)
	sawStarts := e.kind == spanEnded
	switch {
	case !known:
		i = f.add(own)
		f.nodes[i].ended = true
		g.place(f, i, sawStarts, now)
		g.continued(f, i)
	case f.nodes[i].Role == convert.RoleNone:
		g.promote(f, i, own, sawStarts, now)
	default:
		f.nodes[i].learn(&own)
	}
	if f.nodes[i].Role == convert.RoleNone { // after all
		f.nodes[i].ended = true
		g.ignore()
	} else {
		g.capture(f, i)
		f.closes(i)
		f.end(i)
		g.placed = append(g.placed, i)
	}
	at := f.nodes[i].unit
	g.decided(f, sc.SpanID(), sawStarts, now)
	g.considerPlaced(f, now)
	g.limitUnit(f, at)
}

// decided places what waited for the end of a span.
func (g *gatherer) decided(f *fragment, id trace.SpanID, sawStarts bool, now time.Time) {
	if waiting := f.waiting[id]; len(waiting) > 0 {
		delete(f.waiting, id)
		g.placeAll(f, waiting, placing{sawStarts: sawStarts}, now)
	}
	if f.idle() {
		g.drop(f)
	}
}

// copy copies an ended span.
func (g *gatherer) copy(e *event, n *convert.Node) {
	b := g.copier.append(e.span, e.record, n, func(about int) []byte {
		at, room := g.store.take(about)
		g.copied = copied{at, int32(about)}
		return room[:0]
	})
	if len(b) > int(g.copied.len) { // it was more than that, and is elsewhere
		g.discard()
		at, room := g.store.take(len(b))
		g.copied = copied{at, int32(len(b))}
		copy(room, b)
		return
	}
	g.store.shrink(g.copied.at, int(g.copied.len), len(b))
	g.copied.len = int32(len(b))
}

// discard forgets a copy that was not captured.
func (g *gatherer) discard() {
	if g.copied.len > 0 {
		g.store.free(g.copied.at, int(g.copied.len))
		g.copied = copied{}
	}
}

// capture puts the copied span to its session, or to those that wait for theirs.
func (g *gatherer) capture(f *fragment, i int32) {
	n := &f.nodes[i]
	g.settled = true
	n.captured, g.copied = g.copied, copied{}
	if n.unit >= 0 {
		u := &f.units[n.unit]
		u.spans++
		u.bytes += int(n.captured.len)
	} else {
		f.strays++
	}
	g.heldSpans++
	g.heldBytes += roomOf(int(n.captured.len))
	g.trims = true
}

// promote makes a span ours that did not look it when it started.
func (g *gatherer) promote(f *fragment, i int32, own convert.Node, sawStarts bool, now time.Time) {
	n := &f.nodes[i]
	n.Start, n.Role, n.ended = own.Start, own.Role, true
	n.learn(&own)
	switch {
	case n.unit >= 0:
		if n.Role == convert.RoleSession {
			n.Role = convert.RoleEntry // inside a session it cannot become another
		}
		f.common.inside--
		f.units[n.unit].open++ // until end takes it back
		n.ended = false
	case n.unit == outside:
		f.links--
		fallthrough
	default:
		n.unit = unplaced
		g.place(f, i, sawStarts, now)
	}
}

// dropIdle drops a fragment that holds nothing of ours any more.
func (g *gatherer) dropIdle(f *fragment) {
	if g.fragments[f.id] == f && f.idle() {
		g.drop(f)
	}
}

// drop forgets a fragment that holds nothing of ours.
func (g *gatherer) drop(f *fragment) {
	for i := range f.nodes {
		if f.nodes[i].unit != vacant {
			g.common.nodes--
		}
	}
	g.common.open -= len(f.open)
	delete(g.fragments, f.id)
	g.byAge.remove(f)
	g.idling.remove(f)
	g.live.remove(f.id)
	g.logs.unclaim(f.id, g.common.began.Add(f.active))
	switch {
	case !f.reusable():
		g.dropped = append(g.dropped, f)
	case len(g.unused) < maxUnused:
		g.unused = append(g.unused, f)
	}
}

// newFragment makes a fragment, perhaps of the memory of one that was dropped.
func (g *gatherer) newFragment(id trace.TraceID) *fragment {
	n := len(g.unused)
	if n == 0 {
		return newFragment(id, &g.common)
	}
	f := g.unused[n-1]
	g.unused[n-1] = nil
	g.unused = g.unused[:n-1]
	g.needless = min(g.needless, n-1)
	f.reset(id)
	return f
}

// trim gives the memory of a rush back when it is over. It reports whether there
// may be more to give back later.
func (g *gatherer) trim() (more bool) {
	if drop := min(g.needless, len(g.unused)-fewUnused); drop > 0 {
		g.unused = slices.Delete(g.unused, 0, drop) // the last one serves first
	}
	g.needless = len(g.unused)
	more = g.store.trim()
	return more || len(g.unused) > fewUnused
}

// had reports whether a span came in with its end, as far as it is remembered. It
// is for when nothing is gathered any more, and may be called by several
// goroutines then.
func (g *gatherer) had(sc trace.SpanContext) bool {
	if sent, ok := g.sent.get(sc.TraceID(), sc.SpanID()); ok {
		return !sent.link && !sent.open
	}
	f := g.fragments[sc.TraceID()]
	if f == nil {
		return false
	}
	i, known := f.find(sc.SpanID())
	return known && f.nodes[i].ended
}

// abandon counts what is still held when there is no more time, once run has
// returned.
func (g *gatherer) abandon() {
	left, logs := g.heldSpans, g.logs.records
	for _, events := range g.intake.take(nil) {
		for i := range events {
			switch kind := events[i].kind; {
			case kind.counts():
				left++
			case kind == logAdded:
				logs++
			}
		}
	}
	g.tellRefused(time.Now())
	g.intake.dropLogs(logs, DropShutdown)
	if left > 0 {
		g.intake.drop(left, DropShutdown, "")
	}
}
