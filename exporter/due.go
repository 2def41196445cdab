// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter

import "time"

// This file tells when the gatherer releases a session: when it is whole and its
// grace is over, when nothing happens in it any more, when somebody asks for it, or
// when too much is held.

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

// flushRequest asks the gatherer to release what is complete or, with all,
// everything. The reply is closed when that has happened.
type flushRequest struct {
	all   bool
	why   ReleaseReason
	reply chan struct{}
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
