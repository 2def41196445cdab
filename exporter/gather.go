// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"context"
	"fmt"
	"slices"
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

// link is a span that is not ours.
type link struct {
	convert.Node
	conversation string
	ended        bool
}

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
		g.leaks.add(plan{at: now.Add(g.cfg.leakTimeout), fragment: f, unit: at, release: u.firstRelease})
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
		if u, there := g.planned(p); there && u.firstRelease == p.release && u.rootEnded {
			why := ReleaseLeak
			if u.complete() { // in its grace
				why = ReleaseComplete
			}
			g.release(p.fragment, p.unit, why)
		}
	}
	for f := g.idling.first; f != nil && g.common.at(now)-f.active >= g.cfg.idleTimeout; f = g.idling.first {
		g.idling.remove(f)
		g.idle(f, now)
	}
	if g.trims && now.Sub(g.trimmed) >= trimEvery {
		g.trims, g.trimmed = g.trim(), now
	}
	for f := g.byAge.first; f != nil && g.common.at(now)-f.looked >= g.cfg.maxAge; f = g.byAge.first {
		g.settle(f, now.Add(-g.cfg.maxAge), whoever)
		g.releaseAll(f, ReleaseAge, func(u *unit) bool { return g.common.at(now)-u.born >= g.cfg.maxAge })
		if g.fragments[f.id] == f { // a trace that goes on, with younger sessions
			f.looked = f.since(g.common.at(now))
			g.byAge.remove(f)
			g.byAge.insert(f)
		}
	}
	g.expireLogs(now)
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
		at, ok = g.common.began.Add(f.looked+g.cfg.maxAge), true
	}
	if f := g.idling.first; f != nil {
		if t := g.common.began.Add(f.active + g.cfg.idleTimeout); !ok || t.Before(at) {
			at, ok = t, true
		}
	}
	if g.trims {
		if t := g.trimmed.Add(trimEvery); !ok || t.Before(at) {
			at, ok = t, true
		}
	}
	if t, some := g.logs.next(); some && (!ok || t.Before(at)) {
		at, ok = t, true
	}
	for _, ps := range [...]*plans{&g.graces, &g.leaks} {
		if t, some := ps.next(); some && (!ok || t.Before(at)) {
			at, ok = t, true
		}
	}
	return at, ok
}

// settle gives up what spans have waited for since then, or longer, and places
// them.
func (g *gatherer) settle(f *fragment, since time.Time, which func(*node) bool) {
	for i := range f.nodes {
		if n := &f.nodes[i]; !n.waits() || f.waits[int32(i)].since > g.common.at(since) || !which(n) {
			continue
		}
		top := f.top(int32(i))
		id := f.waits[top].of
		waiting := append(f.waiting[id], top)
		delete(f.waiting, id)
		g.placeAll(f, waiting, placing{sawStarts: true, givenUp: true}, since)
		if f.nodes[i].waits() { // for itself: a cycle of parents
			f.join(int32(i), f.newUnit(int32(i), since))
		}
	}
	g.placed = g.placed[:0] // whoever settles looks at all units
}

func whoever(*node) bool { return true }

// idle gives up what spans of other conventions wait for, when nothing has
// happened in their trace for long. What then still waits has come through the
// exporter door, and does not before something happens again.
func (g *gatherer) idle(f *fragment, now time.Time) {
	g.settle(f, now, func(n *node) bool { return n.Role.Foreign() })
	for i := range f.units {
		g.consider(f, int32(i), now)
	}
	g.idling.remove(f) // where settling put it again
	g.dropIdle(f)
}

func (g *gatherer) flush(r flushRequest) {
	if !r.all {
		g.releaseComplete(r.why)
		return
	}
	now := time.Now()
	for _, f := range g.fragments {
		g.settle(f, now, whoever)
		g.releaseAll(f, r.why, func(*unit) bool { return true })
	}
}

// releaseComplete releases the sessions that are complete. They are all in their
// grace: to look through all that is under way, for them, would take long.
func (g *gatherer) releaseComplete(why ReleaseReason) {
	for p, ok := g.graces.oldest(); ok; p, ok = g.graces.oldest() {
		if u, there := g.planned(p); there && u.release == p.release && u.complete() {
			g.releaseAll(p.fragment, why, (*unit).complete)
		}
	}
}

// What it takes to hold a trace, a span in it, and that more while it is open,
// beside what is captured of them: measured on 64-bit systems by BenchmarkHeld.
const (
	fragmentBytes = 376
	nodeBytes     = 66
	openBytes     = 48
)

// bytes is the memory that is held.
func (g *gatherer) bytes() int {
	return g.heldBytes + len(g.fragments)*fragmentBytes + g.common.nodes*nodeBytes + g.common.open*openBytes + g.logs.overhead()
}

func (g *gatherer) overLimit() bool {
	return g.heldSpans > g.cfg.maxSpans || g.common.inside > g.cfg.maxInside || g.bytes() > g.cfg.maxBytes
}

// enforceLimits makes room while too much is held: sessions that are complete go
// first, and then the oldest traces, as they are.
func (g *gatherer) enforceLimits(now time.Time) {
	g.dropOldestLogs(func() bool { return g.logs.unclaimed > g.cfg.maxBytes/limitShare })
	for g.overLimit() {
		p, ok := g.graces.oldest()
		if !ok {
			break
		}
		if u, there := g.planned(p); there && u.release == p.release && u.complete() {
			g.release(p.fragment, p.unit, ReleaseLimit)
		}
	}
	g.dropOldestLogs(g.overLimit)
	for g.overLimit() {
		f := g.byAge.first
		if f == nil {
			return
		}
		g.settle(f, now, whoever)
		g.releaseAll(f, ReleaseLimit, func(*unit) bool { return true })
		if g.fragments[f.id] == f {
			g.drop(f) // nothing of ours is left in it
		}
	}
}

// limitShare is the share of what may be held that one session may take, and
// the log records for which there is none.
const limitShare = 4

// limitUnit releases a session that takes so much of what may be held that it
// would push out the others.
func (g *gatherer) limitUnit(f *fragment, at int32) {
	const most = 1 << 30 // nodes count bytes in 32 bits
	if at < 0 {
		return
	}
	u := &f.units[at]
	if u.inUse && u.bytes+int(u.spans)*nodeBytes+g.logs.bytes(f.id) > min(g.cfg.maxBytes/limitShare, most) {
		g.release(f, at, ReleaseLimit)
	}
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
