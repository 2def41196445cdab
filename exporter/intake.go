// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"slices"
	"sync"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/spect-tools/spect-go/internal/side"
)

// event is what a door tells the gatherer.
type event struct {
	// span is the live span of a start, the finished span of an end.
	span sdktrace.ReadOnlySpan
	// record is tracer's, where it made the span.
	record *side.Record
	kind   eventKind
	// live says that the event keeps its trace live while it is under way.
	live bool
	// topmost says of a start that nothing above it in this process is recorded.
	topmost bool
}

type eventKind uint8

const (
	// spanStarted is the start of one of our spans.
	spanStarted eventKind = iota
	// spanEnded is the end of one of our spans, seen by the processor.
	spanEnded
	// spanExported is one of our spans that came through the exporter door.
	spanExported
	// linkSeen is the start, linkEnded the end of a span that is not ours, in a
	// trace with spans that are. Only its parent matters, unless it is invited.
	linkSeen
	linkEnded
	// linkExported is a span that is not ours, through the exporter door.
	linkExported
)

func (k eventKind) counts() bool { return k == spanEnded || k == spanExported }

// intake is the one place where application goroutines meet the exporter's: a
// bounded list of events, in order, that the gatherer takes whole.
type intake struct {
	mu     sync.Mutex
	events []event
	limit  int
	closed bool
	ledger ledger
	// unheard counts the spans that put refused since they were last told of.
	unheard map[DropReason]int
	onDrop  func(Drop)
	waiting bool
	wake    chan struct{}
}

// newIntake makes an intake for limit events. onDrop, which may be nil, hears of
// the spans that are dropped, here or later.
func newIntake(limit int, onDrop func(Drop)) *intake {
	return &intake{limit: limit, onDrop: onDrop, unheard: make(map[DropReason]int), wake: make(chan struct{}, 1)}
}

// put adds an event, and reports whether there was room. It never blocks.
func (q *intake) put(e event) (taken bool) {
	q.mu.Lock()
	if e.kind.counts() {
		q.ledger.received++
		q.ledger.held++
	}
	wake := false
	switch {
	case q.closed:
		q.refuse(e, DropShutdown)
	case len(q.events) >= q.limit:
		q.refuse(e, DropIntakeFull)
	default:
		q.events = append(q.events, e)
		wake, q.waiting, taken = q.waiting, false, true
	}
	q.mu.Unlock()
	if wake {
		select {
		case q.wake <- struct{}{}:
		default:
		}
	}
	return taken
}

func (q *intake) refuse(e event, why DropReason) {
	if e.kind.counts() {
		q.ledger.drop(1, why)
		if q.onDrop != nil {
			q.unheard[why]++
		}
	}
}

// tellRefused tells of the spans that put refused: not on the application's
// goroutines, and all at once.
func (q *intake) tellRefused() {
	if q.onDrop == nil {
		return
	}
	q.mu.Lock()
	refused := q.unheard
	if len(refused) > 0 {
		q.unheard = make(map[DropReason]int)
	}
	q.mu.Unlock()
	for why, n := range refused {
		q.onDrop(Drop{Reason: why, Spans: n})
	}
}

// take returns the events so far and leaves spare in their place. When there
// are none, the next put will wake the gatherer.
func (q *intake) take(spare []event) []event {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.events) == 0 {
		q.waiting = true
		return spare[:0]
	}
	out := q.events
	q.events = spare[:0]
	return out
}

// close refuses what comes from now on.
func (q *intake) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
}

// count changes the ledger.
func (q *intake) count(change func(*ledger)) {
	q.mu.Lock()
	defer q.mu.Unlock()
	change(&q.ledger)
}

// drop counts spans that were taken in and will not be delivered, and tells of
// them.
func (q *intake) drop(n int, why DropReason, session string) {
	q.count(func(l *ledger) { l.drop(n, why) })
	q.tell(n, why, session)
}

// dropSpooled is drop for spans that are in the spool.
func (q *intake) dropSpooled(n int, why DropReason, session string) {
	q.count(func(l *ledger) {
		l.held, l.spooled = l.held+uint64(n), l.spooled-uint64(n)
		l.drop(n, why)
	})
	q.tell(n, why, session)
}

func (q *intake) tell(n int, why DropReason, session string) {
	if q.onDrop != nil && n > 0 {
		q.onDrop(Drop{Reason: why, Spans: n, SessionID: session})
	}
}

// recycle forgets what events point to, so that they can be reused. A burst's
// memory is not kept.
func recycle(events []event) []event {
	const keep = 4096
	clear(events)
	if cap(events) > keep {
		return nil
	}
	return slices.Delete(events, 0, len(events))
}
