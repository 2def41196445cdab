// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	linked "container/list"
	"slices"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/spect-tools/spect-go/convert"
)

// LogStats is what became of log records by now. At any moment
//
//	Received = Joined + Held + all of Dropped
//
// A record is joined when its session is released with it: what becomes of the
// session is counted in spans.
type LogStats struct {
	// Received are the records with content of spans that came in.
	Received uint64
	// Joined are the records that went on with their sessions.
	Joined uint64
	// Held are the records that wait for their session.
	Held uint64
	// Dropped are the others, by reason: [DropUnclaimed], [DropLate],
	// [DropSampled], [DropIntakeFull], [DropShutdown], [DropPanic]. Reasons that
	// did not occur are not in it.
	Dropped map[DropReason]uint64
}

var logDropReasons = [...]DropReason{
	DropUnclaimed, DropLate, DropSampled, DropIntakeFull, DropShutdown, DropPanic,
}

// logLedger is the part of the ledger that counts log records.
type logLedger struct {
	received, joined, held uint64

	dropped [len(logDropReasons)]uint64
}

func (l *logLedger) drop(n int, why DropReason) {
	l.held -= uint64(n)
	l.dropped[indexOf(logDropReasons[:], why)] += uint64(n)
}

func (l *logLedger) snapshot() LogStats {
	s := LogStats{Received: l.received, Joined: l.joined, Held: l.held, Dropped: map[DropReason]uint64{}}
	for i, n := range l.dropped {
		if n > 0 {
			s.Dropped[logDropReasons[i]] = n
		}
	}
	return s
}

// dropLogs counts log records that were taken in and go into no session.
func (q *intake) dropLogs(n int, why DropReason) {
	if n > 0 {
		q.count(func(l *ledger) { l.logs.drop(n, why) })
	}
}

// AddLog takes in a log record that holds content of a model call: some
// conventions put it there, and not on the span. The record goes into the
// session of the span that it names. It may come before that span ends or even
// starts, and after, as long as the session has not been sent; where no session
// comes that has its span it is dropped, after ten minutes.
// See [Stats].
//
// Package github.com/spect-tools/spect-go/exporter/logs, a module of its own,
// has the log processor that calls it.
//
// A record that no conversion reads, see [convert.UsesLog], and one that names
// no span, are passed over at once. Nothing of l is kept: it is copied. AddLog
// does not block, and is safe for concurrent use.
func (e *Exporter) AddLog(l convert.Log) {
	if e.off() || e.cfg.spectOnly || !convert.UsesLog(l.Name) || !l.TraceID.IsValid() || !l.SpanID.IsValid() {
		return
	}
	defer e.guard()
	size := logBytes + len(l.Name) + sizeOf(l.Body)
	for i := range l.Attributes {
		size += len(l.Attributes[i].Key) + sizeOf(l.Attributes[i].Value)
	}
	e.intake.put(event{log: appendLog(make([]byte, 0, size), &l), kind: logAdded})
}

// logBytes is about what a log record takes beside its texts.
const logBytes = 128

// sizeOf is about what a value takes, its texts above all.
func sizeOf(v attribute.Value) int {
	n := 16
	switch v.Type() {
	case attribute.STRING:
		n += len(v.AsString())
	case attribute.BYTESLICE:
		n += len(v.AsByteSlice())
	case attribute.STRINGSLICE:
		for _, text := range v.AsStringSlice() {
			n += 16 + len(text)
		}
	case attribute.INT64SLICE:
		n += 8 * len(v.AsInt64Slice())
	case attribute.FLOAT64SLICE:
		n += 8 * len(v.AsFloat64Slice())
	case attribute.BOOLSLICE:
		n += len(v.AsBoolSlice())
	case attribute.MAP:
		for _, kv := range v.AsMap() {
			n += len(kv.Key) + sizeOf(kv.Value)
		}
	case attribute.SLICE:
		for _, item := range v.AsSlice() {
			n += sizeOf(item)
		}
	}
	return n
}

// appendLog appends a log record, the ids of its span first.
func appendLog(dst []byte, l *convert.Log) []byte {
	dst = append(dst, l.TraceID[:]...)
	dst = append(dst, l.SpanID[:]...)
	dst = appendText(dst, l.Name)
	dst = appendInstant(dst, l.Time)
	dst = appendValue(dst, l.Body)
	return appendAttributes(dst, l.Attributes)
}

// log reads one log record. Its strings share the reader's bytes.
func (r *reader) log() convert.Log {
	return convert.Log{
		TraceID: trace.TraceID(r.bytes(16)), SpanID: trace.SpanID(r.bytes(8)),
		Name: r.text(), Time: r.instant(), Body: r.value(), Attributes: r.attributes(nil),
	}
}

// logsWait is how long log records wait at least for the first span of ours in
// their trace. That comes when it starts, or when it ends, where only then it is
// known for ours: a call of a model may take some minutes.
const logsWait = 10 * time.Minute

// What it takes to hold the log records of a trace, and those of a span in it,
// beside the records themselves.
const (
	traceLogsBytes = 300
	spanLogsBytes  = 100
)

// heldLogs are the log records that wait for their sessions, in traces. The
// records of a trace with spans of ours are claimed: they stay as long as the
// trace does.
type heldLogs struct {
	traces map[trace.TraceID]*traceLogs
	// records counts them all, spans those that they are of. unclaimed is the
	// memory of those in traces without spans of ours.
	records, spans, unclaimed int
	// waiting are the traces without spans of ours, the one in which nothing has
	// happened for longest first.
	waiting linked.List
}

type traceLogs struct {
	spans map[trace.SpanID]*spanLogs
	// active is when something last happened in a trace that waits.
	active time.Time
	bytes  int
	id     trace.TraceID
	// at is the place among the traces that wait; nil where the records are claimed.
	at *linked.Element
}

// spanLogs are the log records of one span.
type spanLogs struct{ records []copied }

func newHeldLogs() *heldLogs { return &heldLogs{traces: make(map[trace.TraceID]*traceLogs)} }

func (h *heldLogs) overhead() int { return len(h.traces)*traceLogsBytes + h.spans*spanLogsBytes }

// bytes is the memory that the records of a trace take.
func (h *heldLogs) bytes(id trace.TraceID) int {
	if t := h.traces[id]; t != nil {
		return t.bytes
	}
	return 0
}

// grow changes the bytes of a trace.
func (h *heldLogs) grow(t *traceLogs, by int) {
	if t.bytes += by; t.at != nil {
		h.unclaimed += by
	}
}

func (h *heldLogs) claim(id trace.TraceID) {
	if t := h.traces[id]; t != nil && t.at != nil {
		h.waiting.Remove(t.at)
		t.at = nil
		h.unclaimed -= t.bytes
	}
}

// unclaim has the records of a trace wait, behind all that wait already.
func (h *heldLogs) unclaim(id trace.TraceID, active time.Time) {
	if t := h.traces[id]; t != nil && t.at == nil {
		t.active = active
		if last := h.waiting.Back(); last != nil && last.Value.(*traceLogs).active.After(active) {
			t.active = last.Value.(*traceLogs).active
		}
		t.at = h.waiting.PushBack(t)
		h.unclaimed += t.bytes
	}
}

// next is when the first have waited for long enough.
func (h *heldLogs) next() (at time.Time, ok bool) {
	if h.waiting.Len() == 0 {
		return at, false
	}
	return h.first().active.Add(logsWait), true
}

func (h *heldLogs) first() *traceLogs { return h.waiting.Front().Value.(*traceLogs) }

// trace makes the place for the log records of a trace.
func (h *heldLogs) trace(id trace.TraceID, claimed bool, now time.Time) *traceLogs {
	t := &traceLogs{id: id, spans: make(map[trace.SpanID]*spanLogs)}
	h.traces[id] = t
	h.grow(t, traceLogsBytes)
	if !claimed {
		h.unclaim(id, now)
	}
	return t
}

// addLog takes in a log record.
func (g *gatherer) addLog(raw []byte, now time.Time) {
	rd := reader{raw}
	id, span := trace.TraceID(rd.bytes(16)), trace.SpanID(rd.bytes(8))
	if sent, ok := g.sent.get(id, span); ok && !(sent.link && sent.open) {
		why := DropLate
		if sent.link {
			why = DropUnclaimed
		}
		g.intake.dropLogs(1, why)
		return
	}
	h, f := g.logs, g.fragments[id]
	t := h.traces[id]
	if t == nil {
		t = h.trace(id, f != nil, now)
	}
	if t.at != nil {
		t.active = now
		h.waiting.MoveToBack(t.at)
	}
	s := t.spans[span]
	if s == nil {
		s = new(spanLogs)
		t.spans[span] = s
		h.spans++
		h.grow(t, spanLogsBytes)
	}
	at, room := g.store.take(len(raw))
	copy(room, raw)
	s.records = append(s.records, copied{at, int32(len(raw))})
	g.heldBytes += roomOf(len(raw))
	g.trims = true
	h.grow(t, roomOf(len(raw)))
	h.records++
	if f != nil {
		if i, known := f.find(span); known {
			g.limitUnit(f, f.nodes[i].unit)
		}
	}
}

// readLogs copies the log records of a unit's spans to its release.
func (g *gatherer) readLogs(f *fragment, u *unit, r *release) {
	t := g.logs.traces[f.id]
	if t == nil {
		return
	}
	for i := u.first; i != noNode; i = f.nodes[i].next {
		s := t.spans[f.nodes[i].SpanID]
		if s == nil || !f.nodes[i].Role.Foreign() { // of Spect's own nobody reads them
			continue
		}
		for _, c := range s.records {
			raw := slices.Clone(g.store.read(c.at, int(c.len)))
			r.logs = append(r.logs, raw)
			r.bytes += len(raw)
		}
	}
}

// readLogs reads the log records of a release.
func (r *release) readLogs() (logs []convert.Log) {
	for _, raw := range r.logs {
		rd := reader{raw}
		logs = append(logs, rd.log())
	}
	return logs
}

// forgetLogs forgets the log records of a unit's spans, and counts them. r is nil
// where the unit could not be released.
func (g *gatherer) forgetLogs(f *fragment, u *unit, r *release, keep bool) {
	t := g.logs.traces[f.id]
	if t == nil {
		return
	}
	joined, all := 0, 0
	if r != nil {
		joined = len(r.logs)
	}
	for i := u.first; i != noNode; i = f.nodes[i].next {
		if n := &f.nodes[i]; n.Role != convert.RoleNone || n.ended { // else it may become ours when it ends
			all += g.forgetSpanLogs(t, n.SpanID)
		}
	}
	if len(t.spans) == 0 {
		g.forgetTraceLogs(t)
	}
	why := DropSampled
	if r == nil {
		why, joined = DropPanic, all
	}
	g.intake.count(func(l *ledger) {
		if r != nil && keep {
			l.logs.held -= uint64(joined)
			l.logs.joined += uint64(joined)
		} else {
			l.logs.drop(joined, why)
		}
		l.logs.drop(all-joined, DropUnclaimed)
	})
}

func (g *gatherer) forgetSpanLogs(t *traceLogs, id trace.SpanID) (records int) {
	s := t.spans[id]
	if s == nil {
		return 0
	}
	g.logs.records -= len(s.records)
	g.logs.spans--
	g.logs.grow(t, -spanLogsBytes)
	for _, c := range s.records {
		g.logs.grow(t, -roomOf(int(c.len)))
		g.heldBytes -= roomOf(int(c.len))
		g.store.free(c.at, int(c.len))
	}
	delete(t.spans, id)
	return len(s.records)
}

func (g *gatherer) forgetTraceLogs(t *traceLogs) (records int) {
	for span := range t.spans {
		records += g.forgetSpanLogs(t, span)
	}
	g.logs.claim(t.id)
	delete(g.logs.traces, t.id)
	return records
}

// expireLogs drops the log records that have waited too long for a span of ours
// in their trace.
func (g *gatherer) expireLogs(now time.Time) {
	for at, ok := g.logs.next(); ok && !at.After(now); at, ok = g.logs.next() {
		g.dropLogs(g.logs.first())
	}
}

// dropOldestLogs drops the records of traces without spans of ours, the oldest
// first, while there are too many.
func (g *gatherer) dropOldestLogs(tooMany func() bool) {
	for g.logs.waiting.Len() > 0 && tooMany() {
		g.dropLogs(g.logs.first())
	}
}

func (g *gatherer) dropLogs(t *traceLogs) { g.intake.dropLogs(g.forgetTraceLogs(t), DropUnclaimed) }
