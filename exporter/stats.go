// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"fmt"
	"strings"
	"sync/atomic"
	"time"
)

// DropReason says why spans were not delivered.
type DropReason string

// The reasons for a drop.
const (
	// DropIntakeFull: spans ended faster than they could be taken in.
	DropIntakeFull DropReason = "intake_full"
	// DropDuplicate: the span had come before, for instance because the same
	// exporter stands behind a batcher and behind its own processor.
	DropDuplicate DropReason = "duplicate"
	// DropLate: the span ended after its session had been sent with the span in
	// it, still open.
	DropLate DropReason = "late"
	// DropSampled: sampling decided against the session.
	DropSampled DropReason = "sampled"
	// DropQueueFull: the collector took sessions more slowly than they came.
	DropQueueFull DropReason = "queue_full"
	// DropRejected: the collector refused the session for good.
	DropRejected DropReason = "rejected"
	// DropRetriesExhausted: the collector could not be reached, or would not
	// take the session, for as long as it was retried.
	DropRetriesExhausted DropReason = "retries_exhausted"
	// DropShutdown: the exporter was shut down before the session was delivered.
	DropShutdown DropReason = "shutdown"
	// DropSpoolFull: the payload was the oldest when there was no room in the spool.
	DropSpoolFull DropReason = "spool_full"
	// DropSpoolAge: the payload had waited too long in the spool.
	DropSpoolAge DropReason = "spool_age"
	// DropSpoolDamaged: the payload was intact in the spool, and is not any more.
	DropSpoolDamaged DropReason = "spool_damaged"
	// DropPanic: converting the session panicked, or a transport did, or a callback
	// ended its goroutine.
	DropPanic DropReason = "panic"
	// DropUnclaimed, of log records only: no session came that has their span.
	DropUnclaimed DropReason = "unclaimed"
)

var dropReasons = [...]DropReason{
	DropIntakeFull, DropDuplicate, DropLate, DropSampled, DropQueueFull, DropRejected, DropRetriesExhausted, DropShutdown,
	DropSpoolFull, DropSpoolAge, DropSpoolDamaged, DropPanic,
}

// Drop tells of spans that were dropped.
type Drop struct {
	Reason DropReason
	// Spans is how many.
	Spans int
	// SessionID is the session that they belong to; empty where that is not
	// known, or they were of several.
	SessionID string
}

// ReleaseReason says why a session was sent when it was.
type ReleaseReason string

// The reasons for a release.
const (
	// ReleaseComplete: the session's root and all its spans have ended.
	ReleaseComplete ReleaseReason = "complete"
	// ReleaseLeak: the root has ended, but a span of it did not for long.
	ReleaseLeak ReleaseReason = "leak"
	// ReleaseAge: the session's root did not end for very long.
	ReleaseAge ReleaseReason = "age"
	// ReleaseLimit: too many spans, or bytes of them, were held.
	ReleaseLimit ReleaseReason = "limit"
	// ReleaseFlush: a flush asked for what is complete, or for everything.
	ReleaseFlush ReleaseReason = "flush"
	// ReleaseShutdown: the exporter was shut down.
	ReleaseShutdown ReleaseReason = "shutdown"
)

var releaseReasons = [...]ReleaseReason{
	ReleaseComplete, ReleaseLeak, ReleaseAge, ReleaseLimit, ReleaseFlush, ReleaseShutdown,
}

// Stats is what became of the spans by now. At any moment
//
//	Received + Recovered = Delivered + Held + Spooled + all of Dropped
//
// where all are counted in OpenTelemetry spans.
type Stats struct {
	// Received are the Spect spans that came in.
	Received uint64
	// Recovered are the spans of the sessions that were found in the spool at the
	// start.
	Recovered uint64
	// Ignored are the spans that are none of Spect's.
	Ignored uint64
	// Held are the spans that wait for their session, or for its delivery.
	Held uint64
	// Spooled are the spans of the sessions that are in the spool.
	Spooled uint64
	// Delivered are the spans of the sessions that the collector accepted or,
	// in local mode, that were handed to the callback.
	Delivered uint64
	// Dropped are the spans that were not delivered, by reason. Reasons that
	// did not occur are not in it.
	Dropped map[DropReason]uint64

	// Sessions are the payloads delivered.
	Sessions uint64
	// Released are the sessions that were released, by reason.
	Released map[ReleaseReason]uint64
	// Retries are the requests that were made again.
	Retries uint64
	// Logs are the log records that hold content of spans. They are not spans, and
	// in none of the other counts.
	Logs LogStats
	// Withheld counts the sessions of which content was withheld because a redactor
	// failed on it ([WithRedactor]), or the callback of [WithContentResolver]. They
	// are delivered, or dropped, as all others.
	Withheld uint64
}

// String is all of it that is not zero, in a line for people:
//
//	60 received = 57 delivered + 2 held + 1 dropped (late 1); sessions 19 (complete 19), retries 1
func (s Stats) String() string {
	var b strings.Builder
	count := func(n uint64, what, between string) {
		if n > 0 {
			fmt.Fprintf(&b, "%s%d %s", between, n, what)
		}
	}
	fmt.Fprintf(&b, "%d received", s.Received)
	count(s.Recovered, "recovered", " + ")
	fmt.Fprintf(&b, " = %d delivered", s.Delivered)
	count(s.Held, "held", " + ")
	count(s.Spooled, "spooled", " + ")
	dropped, reasons := sumOf(s.Dropped, dropReasons[:])
	count(dropped, "dropped"+reasons, " + ")
	_, reasons = sumOf(s.Released, releaseReasons[:])
	fmt.Fprintf(&b, "; sessions %d%s, retries %d", s.Sessions, reasons, s.Retries)
	count(s.Ignored, "spans ignored", ", ")
	count(s.Withheld, "sessions withheld in part", ", ")
	if l := s.Logs; l.Received > 0 {
		fmt.Fprintf(&b, "; log records: %d received = %d joined", l.Received, l.Joined)
		count(l.Held, "held", " + ")
		dropped, reasons := sumOf(l.Dropped, logDropReasons[:])
		count(dropped, "dropped"+reasons, " + ")
	}
	return b.String()
}

// sumOf adds counts up, and writes them in brackets in the order of all.
func sumOf[T ~string](counts map[T]uint64, all []T) (sum uint64, text string) {
	var parts []string
	for _, why := range all {
		if n := counts[why]; n > 0 {
			sum += n
			parts = append(parts, fmt.Sprintf("%s %d", why, n))
		}
	}
	if parts == nil {
		return 0, ""
	}
	return sum, " (" + strings.Join(parts, ", ") + ")"
}

// ledger counts what becomes of spans. Its counters are guarded by the intake's
// mutex, so that they add up at any moment.
type ledger struct {
	received, recovered, delivered, held, spooled, sessions uint64
	// returned counts the spans that were received, and then found to be others'.
	returned uint64

	dropped [len(dropReasons)]uint64
	// firstDrop is when each reason first occurred.
	firstDrop [len(dropReasons)]time.Time

	released [len(releaseReasons)]uint64

	logs logLedger
}

// unguarded counters stand outside the sum.
type unguarded struct {
	ignored, retries, withheld atomic.Uint64
}

func indexOf[T comparable](all []T, v T) int {
	for i := range all {
		if all[i] == v {
			return i
		}
	}
	panic("exporter: unlisted reason") // cannot happen: the reasons are constants of this package
}

func (l *ledger) drop(n int, why DropReason) {
	l.held -= uint64(n)
	i := indexOf(dropReasons[:], why)
	if l.dropped[i] == 0 && n > 0 {
		l.firstDrop[i] = time.Now()
	}
	l.dropped[i] += uint64(n)
}

func (l *ledger) snapshot() Stats {
	s := Stats{
		Received: l.received, Recovered: l.recovered, Held: l.held, Spooled: l.spooled,
		Delivered: l.delivered, Sessions: l.sessions,
		Dropped: map[DropReason]uint64{}, Released: map[ReleaseReason]uint64{},
	}
	for i, n := range l.dropped {
		if n > 0 {
			s.Dropped[dropReasons[i]] = n
		}
	}
	for i, n := range l.released {
		if n > 0 {
			s.Released[releaseReasons[i]] = n
		}
	}
	s.Logs = l.logs.snapshot()
	return s
}
