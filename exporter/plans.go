// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter

import "time"

// plan is something to look at, at a time.
type plan struct {
	at       time.Time
	fragment *fragment
	unit     int32
	// release tells whether the unit still is what it was: of a grace its
	// release, of a leak its first.
	release uint32
}

// keptPlans bounds the memory that a queue keeps when nothing is in it.
const keptPlans = 1024

// plans is a queue of plans that all have the same delay, and so come due in
// the order in which they were made.
type plans struct {
	queue []plan
	head  int
}

func (p *plans) add(x plan) { p.queue = append(p.queue, x) }

func (p *plans) next() (time.Time, bool) {
	if p.head == len(p.queue) {
		return time.Time{}, false
	}
	return p.queue[p.head].at, true
}

// due returns the next plan whose time has come.
func (p *plans) due(now time.Time) (plan, bool) {
	if at, ok := p.next(); !ok || at.After(now) {
		return plan{}, false
	}
	return p.pop(), true
}

// oldest takes the plan that is due next, whenever that is.
func (p *plans) oldest() (plan, bool) {
	if p.head == len(p.queue) {
		return plan{}, false
	}
	return p.pop(), true
}

func (p *plans) pop() plan {
	x := p.queue[p.head]
	p.queue[p.head] = plan{}
	p.head++
	if p.head*2 >= len(p.queue) {
		n := copy(p.queue, p.queue[p.head:])
		clear(p.queue[n:])
		p.queue, p.head = p.queue[:n], 0
		if n == 0 && cap(p.queue) > keptPlans {
			p.queue = nil
		}
	}
	return x
}

// list is a list of fragments in the order of a time that they have; each is in
// it once, or not at all.
type list struct {
	which       whichList
	first, last *fragment
}

type whichList uint8

const (
	// byLooked has all fragments, byActive those in which spans wait for others.
	byLooked whichList = iota
	byActive
	lists
)

// place is a fragment's place in a list.
type place struct{ before, after *fragment }

// time is the time that the list goes by.
func (l *list) time(f *fragment) time.Duration {
	if l.which == byActive {
		return f.active
	}
	return f.looked
}

func (l *list) has(f *fragment) bool { return l.first == f || f.in[l.which].before != nil }

// insert puts a fragment behind all whose time was before its own. As a rule
// these are all there are.
func (l *list) insert(f *fragment) {
	p := &f.in[l.which]
	*p = place{before: l.last}
	for p.before != nil && l.time(p.before) > l.time(f) {
		p.before, p.after = p.before.in[l.which].before, p.before
	}
	if p.before == nil {
		l.first = f
	} else {
		p.before.in[l.which].after = f
	}
	if p.after == nil {
		l.last = f
	} else {
		p.after.in[l.which].before = f
	}
}

// remove takes a fragment out, if it is there.
func (l *list) remove(f *fragment) {
	if !l.has(f) {
		return
	}
	p := &f.in[l.which]
	if p.before == nil {
		l.first = p.after
	} else {
		p.before.in[l.which].after = p.after
	}
	if p.after == nil {
		l.last = p.before
	} else {
		p.after.in[l.which].before = p.before
	}
	*p = place{}
}
