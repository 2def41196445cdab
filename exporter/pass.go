// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/spect-tools/spect-go/internal/spool"
)

// pass sends all that is in the spool, and what comes meanwhile, until nothing is
// left, or a failure that time may mend. It replies to those who asked, and tells
// whether anything went well.
func (s *spooler) pass(ctx context.Context, asked []ask) (went bool, failure error) {
	p := &pass{
		spooler: s, asked: asked, last: s.culprit, wraps: s.culprit > 0,
		most: s.concurrency, under: make(map[spool.ID]bool), ended: make(chan attempt),
	}
	if s.failing.Load() {
		p.most = 1
	}
	s.due = time.Time{}
	if len(asked) > 0 {
		s.aside.hurry()
	}
	for {
		p.send(ctx)
		stopped := p.failure != nil || ctx.Err() != nil
		if len(p.under) == 0 && (stopped || !p.left) {
			break
		}
		if !stopped {
			p.reply()
		}
		select {
		case a := <-p.ended:
			p.settle(a)
		case <-s.wake:
		case a := <-s.asks:
			p.asked = append(p.asked, a)
			s.aside.hurry()
			s.due = time.Now()
		}
	}
	for _, a := range p.asked {
		a.reply <- cmp.Or(p.failure, ctx.Err(), s.aside.failure(a.newest))
	}
	return p.went, p.failure
}

// pass is one go of the spooler's over what is in the spool.
type pass struct {
	*spooler
	asked []ask
	// last is up to where it has looked, and left says that there may be more behind
	// it. One that began behind a culprit wraps: from the end it goes on with the
	// oldest.
	last        spool.ID
	wraps, left bool
	// under are the payloads that are under way, most at once, and whether they were
	// aside; ended tells of each.
	under map[spool.ID]bool
	most  int
	ended chan attempt
	// went says that something went well; failure ends the pass.
	went    bool
	failure error
}

type attempt struct {
	id  spool.ID
	err error
}

// send has as many payloads under way as may be.
func (p *pass) send(ctx context.Context) {
	p.left = true
	for len(p.under) < p.most && p.failure == nil && ctx.Err() == nil {
		now := time.Now()
		if !p.due.IsZero() && !now.Before(p.due) { // something aside
			p.last, p.wraps, p.due = 0, false, time.Time{}
		}
		e, ok := p.next(p.last)
		switch {
		case !ok && p.wraps:
			p.last, p.wraps = 0, false
			continue
		case !ok:
			p.left = false
			return
		}
		p.last = e.ID
		a, failed := p.aside.get(e.ID)
		_, sending := p.under[e.ID]
		switch {
		case sending:
		case e.Organization != p.organization:
			p.report.failed(&deliveryError{"the spool holds sessions of another organization: they stay there until they are too old (`spect spool` looks at them)"})
		case failed && now.Before(a.due):
			p.tryAt(a.due)
		default:
			p.under[e.ID] = failed
			again := e.ID <= p.tried
			go func() {
				result := attempt{id: e.ID}
				defer func() { p.ended <- result }()
				result.err = p.deliver(ctx, e, again)
			}()
		}
	}
}

// reply tells those who asked for what has been tried by now.
func (p *pass) reply() {
	if p.wraps {
		return
	}
	p.asked = slices.DeleteFunc(p.asked, func(a ask) bool {
		if p.left && p.last < a.newest {
			return false
		}
		for id := range p.under {
			if id <= a.newest {
				return false
			}
		}
		a.reply <- p.aside.failure(a.newest)
		return true
	})
}

// settle takes in how an attempt went. One that went well while another failed
// tells that it is not the collector's fault: that one is set aside.
func (p *pass) settle(a attempt) {
	wasAside := p.under[a.id]
	delete(p.under, a.id)
	switch {
	case a.err != nil && wasAside:
		p.tryAt(p.aside.put(a.id, a.err))
	case a.err != nil:
		p.culprit, p.why = a.id, a.err
		p.tried = max(p.tried, a.id)
		p.failure = cmp.Or(p.failure, a.err)
	default:
		if p.culprit != 0 && p.culprit != a.id {
			p.tryAt(p.aside.put(p.culprit, p.why))
		}
		p.culprit = 0
		if p.wraps { // back to the oldest
			p.last, p.wraps = 0, false
		}
		p.went, p.most = true, p.concurrency
		p.failing.Store(false)
	}
}
