// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"sync"

	"github.com/spect-tools/spect-go/convert"
)

// This file has the gatherer decide which sessions are sent, by what it knows of
// the sessions around them.

// sample decides whether a session is sent. The nearest word counts: the
// session's own, or that of a session around it; else the fate of one around it
// that was decided before; else the rules, by the outermost session.
func (g *gatherer) sample(f *fragment, u *unit, r *release, root *convert.Span) bool {
	sampling := g.cfg.sampling
	if sampling == nil {
		alone := r.continues == unknownFate && r.outer.TraceID == ""
		if alone && (&candidate{root: root}).override() == nil {
			return true // as most are
		}
		sampling = new(Sampling)
	}
	own := &candidate{root: root, outline: sync.OnceValue(func() convert.Outline {
		e := encoder{resources: g.resources}
		e.read(r)
		return e.converter.Outline(&e.session)
	})}
	traceID := r.traceID
	if traceID == r.id && r.outer.TraceID != "" {
		traceID = r.outer.TraceID
	}
	word := own.override()
	outermost, fate := own, r.continues
	for above := range g.around(f, u, &fate) {
		outermost = above
		if word == nil {
			word = above.override()
		}
	}
	about := outermost.facts(traceID)
	switch {
	case word != nil:
		return word.keep(about, own)
	case fate == kept:
		return true
	case fate == dropped:
		// What came too late for the payload of a session is dropped with it. A
		// session may be worth more than the one that it was inside of.
		return !isContinuation(r, root) && sampling.promotes(about, own)
	}
	return sampling.keep(about, own)
}

// isContinuation reports whether a release is but the rest of another session.
func isContinuation(r *release, root *convert.Span) bool {
	role := convert.Classify(root.Attributes)
	return r.continues != unknownFate && role != convert.RoleSession && role != convert.RoleAgent
}

// maxAround bounds the sessions around another that are read for it, beside the
// outermost.
const maxAround = 32

// around yields the sessions around a unit that are under way, the nearest
// first, and then sets the fate of the one above all these that was released, if
// there is one. Of many it leaves some out, never the outermost.
func (g *gatherer) around(f *fragment, u *unit, fate *fate) func(yield func(*candidate) bool) {
	return func(yield func(*candidate) bool) {
		var top *unit
		n := 0
		for range f.units { // a cycle ends
			if u.continues != unknownFate {
				*fate = u.continues
				break
			}
			p, _ := g.climb(f, &f.nodes[u.root])
			if p == noNode {
				_, *fate, _ = g.sentAbove(f, &f.nodes[u.root])
				break
			}
			if f.nodes[p].unit < 0 || &f.units[f.nodes[p].unit] == u {
				break
			}
			u = &f.units[f.nodes[p].unit]
			top = u
			if n++; n <= maxAround {
				if top = nil; !yield(g.candidate(f, u)) {
					return
				}
			}
		}
		if top != nil {
			yield(g.candidate(f, top))
		}
	}
}

// candidate is a session that is under way, as far as its root tells.
func (g *gatherer) candidate(f *fragment, u *unit) *candidate {
	root := g.read(f, u.root)
	return &candidate{root: root, outline: sync.OnceValue(func() convert.Outline {
		s := convert.Session{Root: root, ConversationID: u.conversation}
		if role := convert.Classify(root.Attributes); role != convert.RoleSession && role != convert.RoleAgent {
			s.Spans, s.Parents = []*convert.Span{root}, []int{-1}
		}
		var c convert.Converter
		return c.Outline(&s)
	})}
}
