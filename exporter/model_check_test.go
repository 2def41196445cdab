// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter_test

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing/synctest"
	"time"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/exporter"
)

// foreseeable says that the model knows when sessions are released.
func (w *modelWorld) foreseeable() bool { return w.config.maxBytes == 0 }

// settle lets the exporter do all it can by now, and checks what it did.
func (w *modelWorld) settle() error {
	synctest.Wait()
	w.limit()
	w.advance(time.Now())
	w.waiting = 0
	for _, s := range w.sessions {
		if s.released && s.outcome == "" {
			if w.waiting += len(s.entries); s.explicit() {
				w.waiting++
			}
		}
	}
	requests, err := w.collector.finished()
	if err != nil {
		return err
	}
	for _, r := range requests {
		if err := w.check(r); err != nil {
			return fmt.Errorf("%w in the payload %s", err, r.body)
		}
	}
	w.mu.Lock()
	drops := w.drops
	w.drops = nil
	w.mu.Unlock()
	for _, d := range drops {
		if err := w.checkDrop(d); err != nil {
			return fmt.Errorf("%w: %+v", err, d)
		}
	}
	if err := w.checkStats(); err != nil {
		return err
	}
	return w.checkFootprint()
}

// checkFootprint holds that the exporter remembers what it must, and no more.
func (w *modelWorld) checkFootprint() error {
	p, traces := exporter.FootprintOf(w.exp), len(w.byAge())
	if w.foreseeable() && (p.Traces != traces || p.Held != w.holds()) {
		return fmt.Errorf("%d traces with %d ended spans are held, want %d, %d", p.Traces, p.Held, traces, w.holds())
	}
	nothing := exporter.Footprint{Plans: p.Plans, Queued: p.Queued, QueuedBytes: p.QueuedBytes}
	switch {
	case p.Live != p.Traces:
		return fmt.Errorf("%d traces are held, and %d live", p.Traces, p.Live)
	case p.Traces == 0 && p != nothing:
		return fmt.Errorf("of no trace there is left %+v", p)
	case p.Queued == 0 && p.QueuedBytes != 0:
		return fmt.Errorf("of an empty queue %d bytes are left", p.QueuedBytes)
	}
	return nil
}

// check holds a request that was answered against the model.
func (w *modelWorld) check(r modelRequest) error {
	p := r.payload
	if r.answer.accepts() {
		w.payloads++
	}
	if !w.foreseeable() {
		return nil
	}
	at := slices.IndexFunc(w.sessions, func(s *modelSession) bool { return s.id() == p.ID })
	if at < 0 {
		return errors.New("a session that should not be")
	}
	s := w.sessions[at]
	switch {
	case !s.released:
		return errors.New("a session that is not due")
	case s.outcome != "":
		return fmt.Errorf("a session that was %s", s.outcome)
	case p.Name != s.root.name(), p.OrganizationID != "org":
		return errors.New("name or organization are wrong")
	}
	if !slices.Contains(s.ties.traces, p.TraceID) && !(s.ties.none && p.TraceID == p.ID) ||
		!slices.Contains(s.ties.parents, p.ParentID) && !(s.ties.none && p.ParentID == "") {
		return fmt.Errorf("traceId %s, parentId %q: want one of %v, %v (or none: %v)", p.TraceID, p.ParentID, s.ties.traces, s.ties.parents, s.ties.none)
	}
	if s.seen = p.TraceID; r.answer.accepts() {
		s.outcome = delivered
		if err := w.sampledAlike(s, true); err != nil {
			return err
		}
	}
	spans := p.Metadata.Result.Spans
	if len(spans) != len(s.entries) {
		return fmt.Errorf("%d entries, want %d", len(spans), len(s.entries))
	}
	at = 0
	for _, want := range s.entries {
		i := slices.IndexFunc(spans, func(e contracts.SpanRecord) bool { return e.ID == want.span.recordID })
		if i < 0 {
			return fmt.Errorf("%s is missing", want.span.name())
		}
		have, parent := &spans[i], ""
		if want.parent >= 0 {
			parent = s.entries[want.parent].span.recordID
		}
		switch id, _ := have.Metadata.Member("otel").Member("spanId").Text(); {
		case id != want.span.spanID.String() || have.Name != want.span.name():
			return fmt.Errorf("%s came as %s, %s", want.span.name(), have.Name, id)
		case have.ParentID != parent:
			return fmt.Errorf("%s stands below %q, want %q", have.Name, have.ParentID, parent)
		case have.EndTime.IsZero() == want.ended:
			return fmt.Errorf("%s ended: %v, want %v", have.Name, !have.EndTime.IsZero(), want.ended)
		case have.EndTime.IsZero() != (have.Status == contracts.StatusUnset):
			return fmt.Errorf("%s has the status %s", have.Name, have.Status)
		case i < at && s.ordered():
			return fmt.Errorf("%s is not where it was called", have.Name)
		}
		at = i
	}
	return nil
}

// sampledAlike holds that a session was rightly kept or dropped, and with it
// those that continue each other.
func (w *modelWorld) sampledAlike(s *modelSession, kept bool) error {
	if !w.config.sampled || !s.ties.sure {
		return nil
	}
	traceID := s.ties.traces[0]
	sum := sha256.Sum256([]byte(traceID + "\n"))
	if want := binary.BigEndian.Uint64(sum[:8]) < 1<<63; kept != want {
		return fmt.Errorf("a session of %s is kept: %v, want %v", traceID, kept, want)
	}
	return nil
}

// checkDrop holds a drop against the model.
func (w *modelWorld) checkDrop(d exporter.Drop) error {
	w.dropped[d.Reason] += uint64(d.Spans)
	if d.Reason == exporter.DropLate || d.Reason == exporter.DropDuplicate || d.SessionID == "" || !w.foreseeable() {
		return nil
	}
	at := slices.IndexFunc(w.sessions, func(s *modelSession) bool { return s.id() == d.SessionID })
	if at < 0 {
		return errors.New("the drop of a session that should not be")
	}
	s := w.sessions[at]
	if d.Reason == exporter.DropShutdown && w.closed && s.outcome == delivered {
		// It arrived at the moment at which Shutdown gave it up.
		s.outcome = ""
		w.payloads--
	}
	if !s.released || s.outcome != "" || s.count != d.Spans {
		return fmt.Errorf("the drop of a session with %d spans, released: %v %s", s.count, s.released, s.outcome)
	}
	s.outcome = string(d.Reason)
	if d.Reason == exporter.DropSampled {
		if err := w.sampledAlike(s, false); err != nil {
			return err
		}
	}
	return w.justified(s, d.Reason)
}

// justified holds that a session was not dropped for nothing.
func (w *modelWorld) justified(s *modelSession, why exporter.DropReason) error {
	var answers []modelAnswer
	for _, r := range w.collector.all() {
		if r.payload.ID == s.id() {
			answers = append(answers, r.answer)
		}
	}
	just := false
	switch why {
	case exporter.DropSampled:
		just = w.config.sampled && len(answers) == 0
	case exporter.DropQueueFull:
		const atMost = 400 // bytes are queued of each of these spans
		just = w.config.queueBytes > 0 && len(answers) == 0 && w.waiting*atMost > w.config.queueBytes
	case exporter.DropRejected:
		just = len(answers) > 0 && answers[len(answers)-1].refuses()
	case exporter.DropRetriesExhausted:
		just = len(answers) > 0 && !answers[len(answers)-1].refuses() && !answers[len(answers)-1].accepts()
	case exporter.DropPanic:
		just = len(answers) > 0 && answers[len(answers)-1] == modelPanic
	case exporter.DropShutdown:
		just = w.closed
	}
	if !just {
		return fmt.Errorf("a drop without cause: the collector's answers were %v", answers)
	}
	return nil
}

// checkStats holds the exporter's account against the model's.
func (w *modelWorld) checkStats() error {
	have := w.exp.Stats()
	sum := have.Delivered + have.Held
	for _, n := range have.Dropped {
		sum += n
	}
	if have.Received != sum {
		return fmt.Errorf("received %d spans, accounted for %d: %+v", have.Received, sum, have)
	}
	if have.Received != w.received || have.Ignored != w.ignored || have.Sessions != uint64(w.payloads) && (w.foreseeable() || !w.closed) {
		return fmt.Errorf("received %d, ignored %d, %d sessions; want %d, %d, %d",
			have.Received, have.Ignored, have.Sessions, w.received, w.ignored, w.payloads)
	}
	told := maps.Clone(w.dropped)
	if w.closed { // nobody tells of what came after
		for _, why := range []exporter.DropReason{exporter.DropShutdown, exporter.DropDuplicate} {
			told[why] = have.Dropped[why]
		}
	}
	maps.DeleteFunc(told, func(_ exporter.DropReason, n uint64) bool { return n == 0 })
	if !maps.Equal(have.Dropped, told) {
		return fmt.Errorf("dropped %v, and told of %v", have.Dropped, told)
	}
	if !w.foreseeable() {
		return nil
	}
	if !maps.Equal(have.Released, w.released) {
		return fmt.Errorf("released %v, want %v", have.Released, w.released)
	}
	want := exporter.Stats{
		Held:    uint64(w.holds()),
		Dropped: map[exporter.DropReason]uint64{exporter.DropLate: w.late, exporter.DropDuplicate: w.duplicate, exporter.DropShutdown: w.refused},
	}
	for _, s := range w.sessions {
		switch n := uint64(s.count); {
		case !s.released:
		case s.outcome == delivered:
			want.Delivered += n
		case s.outcome == "":
			want.Held += n
		default:
			want.Dropped[exporter.DropReason(s.outcome)] += n
		}
	}
	maps.DeleteFunc(want.Dropped, func(_ exporter.DropReason, n uint64) bool { return n == 0 })
	if have.Held != want.Held || have.Delivered != want.Delivered || !maps.Equal(have.Dropped, want.Dropped) {
		return fmt.Errorf("held %d, delivered %d, dropped %v; want %d, %d, %v",
			have.Held, have.Delivered, have.Dropped, want.Held, want.Delivered, want.Dropped)
	}
	return nil
}

// checkTree holds all that was accepted against the tree of spans alone: it
// knows nothing of when sessions are released. Each span is in one payload, in
// that of its nearest session where it is not the root of one itself, and below
// its nearest span of ours there. It returns which span arrived in which session.
func (w *modelWorld) checkTree() (in map[*modelSpan]string, err error) {
	spans := map[string]*modelSpan{}
	for _, s := range w.spans {
		spans[s.spanID.String()] = s
	}
	in = map[*modelSpan]string{}
	ended := uint64(0)
	for _, r := range w.collector.all() {
		if !r.answered || !r.answer.accepts() {
			continue
		}
		p := r.payload
		rootID, _ := p.Metadata.OTel.Member("spanId").Text()
		traceID, _ := p.Metadata.OTel.Member("traceId").Text()
		root := spans[rootID]
		if root == nil || root.traceID.String() != traceID || p.ID != root.sessionID {
			return nil, fmt.Errorf("a session that nobody started: %s", r.body)
		}
		records := map[*modelSpan]*contracts.SpanRecord{}
		explicit := true
		for i := range p.Metadata.Result.Spans {
			e := &p.Metadata.Result.Spans[i]
			id, _ := e.Metadata.Member("otel").Member("spanId").Text()
			s := spans[id]
			if s == nil || s.kind == kindForeign || s.traceID != root.traceID {
				return nil, fmt.Errorf("an entry %s that nobody started: %s", e.Name, r.body)
			}
			if records[s] = e; s == root {
				explicit = false
			}
			if in[s] != "" {
				return nil, fmt.Errorf("span %d is in the sessions %s and %s", s.label, in[s], p.Name)
			}
			in[s] = p.Name
			if !e.EndTime.IsZero() && s.ended {
				ended++
			}
		}
		if explicit {
			if in[root] != "" {
				return nil, fmt.Errorf("span %d is in the sessions %s and %s", root.label, in[root], p.Name)
			}
			in[root] = p.Name
			if root.ended && !slices.ContainsFunc(p.Metadata.Result.Extra, func(m contracts.Member) bool { return m.Name == "partial" }) {
				ended++ // it is not noted as sent before its end
			}
		}
		for s, e := range records {
			if s == root {
				continue
			}
			parent := s.parent
			for parent != nil && parent != root && records[parent] == nil {
				if parent.kind == kindEntry || parent.kind == kindSession {
					return nil, fmt.Errorf("span %d is not in the session of span %d, below which it is: %s", s.label, parent.label, r.body)
				}
				parent = parent.parent
			}
			want := ""
			switch {
			case parent == nil:
				return nil, fmt.Errorf("span %d is not below the root of its session: %s", s.label, r.body)
			case parent != root || !explicit:
				want = records[parent].ID
			}
			if e.ParentID != want {
				return nil, fmt.Errorf("span %d stands below %q, want %q: %s", s.label, e.ParentID, want, r.body)
			}
		}
	}
	if stats := w.exp.Stats(); stats.Delivered > ended {
		return nil, fmt.Errorf("delivered %d spans, and %d arrived", stats.Delivered, ended)
	}
	return in, nil
}
