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
	}
	return x
}

// list is a list of fragments, by the time of their last look; each is in it
// once.
type list struct{ first, last *fragment }

// insert puts a fragment behind all that were looked at before it. As a rule
// these are all there are.
func (l *list) insert(f *fragment) {
	f.before, f.after = l.last, nil
	for f.before != nil && f.before.looked > f.looked {
		f.before, f.after = f.before.before, f.before
	}
	if f.before == nil {
		l.first = f
	} else {
		f.before.after = f
	}
	if f.after == nil {
		l.last = f
	} else {
		f.after.before = f
	}
}

func (l *list) remove(f *fragment) {
	if f.before == nil {
		l.first = f.after
	} else {
		f.before.after = f.after
	}
	if f.after == nil {
		l.last = f.before
	} else {
		f.after.before = f.before
	}
	f.before, f.after = nil, nil
}
