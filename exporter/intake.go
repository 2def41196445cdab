// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"slices"
	"sync"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/internal/side"
)

// event is what a door tells the gatherer.
type event struct {
	// span is the live span of a start, the finished span of an end.
	span sdktrace.ReadOnlySpan
	// record is tracer's, where it made the span.
	record *side.Record
	// log is a log record, captured; there is no span then.
	log  []byte
	kind eventKind
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
	// logAdded is a log record of a span.
	logAdded
)

func (k eventKind) counts() bool { return k == spanEnded || k == spanExported }

func (k eventKind) starts() bool { return k == spanStarted || k == linkSeen }

// The memory that events keep from being freed, as far as it is the same for all.
const (
	eventBytes     = 128
	endedBytes     = 1024
	attributeBytes = 64
)

// bytes is the memory that an event keeps from being freed. A span that has
// started is the application's. One that panics, which the SDK's do not, is left
// to the gatherer.
func (e *event) bytes() (n int) {
	n = eventBytes
	switch {
	case e.kind.starts():
		return n
	case e.kind == logAdded:
		return n + cap(e.log)
	}
	defer func() { _ = recover() }()
	n += endedBytes + textBytes(e.span.Attributes())
	for _, happened := range e.span.Events() {
		n += attributeBytes + textBytes(happened.Attributes)
	}
	return n
}

// maxAside bounds what a span may say to be held beside it: anybody can say that.
const maxAside = 1 << 30

func textBytes(attrs []attribute.KeyValue) int {
	n := len(attrs) * attributeBytes
	for i := range attrs {
		switch v := &attrs[i].Value; v.Type() {
		case attribute.STRING:
			n += len(v.AsString())
		case attribute.INT64:
			if attrs[i].Key == contracts.ContentAsideKey {
				n += int(min(max(0, v.AsInt64()), maxAside))
			}
		case attribute.BOOL, attribute.FLOAT64:
		default:
			// To look at what is inside of a value allocates, and these are a few words.
			if attrs[i].Key != contracts.ResponseFinishReasonsKey {
				n += sizeOf(*v)
			}
		}
	}
	return n
}

// enough is how many bytes of events the gatherer does not leave lying about.
const enough = 1 << 20

// intake is the one place where application goroutines meet the exporter's: a
// bounded list of events, in order, that the gatherer takes whole.
type intake struct {
	mu sync.Mutex
	// chunks are the events, in order: all but the last are full.
	chunks [][]event
	// bytes is the memory that the events take, those included that the gatherer
	// took last: taken.
	bytes, taken, limit int
	closed              bool
	ledger              ledger
	// unheard counts the spans that put refused since they were last told of, and
	// unseen the starts.
	unheard map[DropReason]int
	unseen  int
	onDrop  func(Drop)
	waiting bool
	wake    chan struct{}
}

// eventsPerChunk keeps a burst from copying what came before.
const eventsPerChunk = 512

// newIntake makes an intake for events that take limit bytes. onDrop, which may
// be nil, hears of the spans that are dropped, here or later.
func newIntake(limit int, onDrop func(Drop)) *intake {
	return &intake{limit: limit, onDrop: onDrop, unheard: make(map[DropReason]int), wake: make(chan struct{}, 1)}
}

// put adds an event, and reports whether there was room. It never blocks.
func (q *intake) put(e event) (taken bool) {
	size := e.bytes()
	room := q.limit
	if e.kind.starts() {
		// A span whose end is lost is lost; one whose start is, takes its session apart.
		room += room / 4
	}
	q.mu.Lock()
	switch {
	case e.kind.counts():
		q.ledger.received++
		q.ledger.held++
	case e.kind == logAdded:
		q.ledger.logs.received++
		q.ledger.logs.held++
	}
	wake := false
	switch {
	case q.closed:
		q.refuse(e, DropShutdown)
	case q.bytes+size > room && q.bytes > 0:
		q.refuse(e, DropIntakeFull)
	default:
		before := q.bytes - q.taken
		q.add(e)
		q.bytes += size
		much := min(enough, q.limit/4)
		wake, q.waiting, taken = q.waiting || before < much && before+size >= much, false, true
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

func (q *intake) add(e event) {
	last := len(q.chunks) - 1
	if last < 0 || len(q.chunks[last]) == eventsPerChunk {
		last++
		if last < cap(q.chunks) { // with a chunk that recycle kept
			q.chunks = q.chunks[:last+1]
		} else {
			q.chunks = append(q.chunks, nil)
		}
		if q.chunks[last] == nil {
			q.chunks[last] = make([]event, 0, eventsPerChunk)
		}
	}
	q.chunks[last] = append(q.chunks[last], e)
}

func (q *intake) refuse(e event, why DropReason) {
	switch {
	case e.kind == spanStarted && why == DropIntakeFull:
		q.unseen++
	case e.kind.counts():
		q.ledger.drop(1, why)
		if q.onDrop != nil {
			q.unheard[why]++
		}
	}
	if e.kind == logAdded {
		q.ledger.logs.drop(1, why)
	}
}

// tellRefused tells of the spans that put refused, and returns the number of
// starts: not on the application's goroutines, and all at once.
func (q *intake) tellRefused() (starts int) {
	q.mu.Lock()
	var refused map[DropReason]int
	if len(q.unheard) > 0 {
		refused, q.unheard = q.unheard, make(map[DropReason]int)
	}
	starts, q.unseen = q.unseen, 0
	q.mu.Unlock()
	for why, n := range refused {
		q.onDrop(Drop{Reason: why, Spans: n})
	}
	return starts
}

// take returns the events so far, in chunks, and leaves spare in their place.
// When there are none, the next put will wake the gatherer. What was taken before
// is done with.
func (q *intake) take(spare [][]event) [][]event {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.bytes -= q.taken
	q.taken = q.bytes
	if len(q.chunks) == 0 {
		q.waiting = true
		return spare[:0]
	}
	out := q.chunks
	q.chunks = spare[:0]
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

// recycle forgets what events point to, so that their memory can be used again.
// A burst's is not kept.
func recycle(chunks [][]event) [][]event {
	const keep = 8
	for i := range chunks {
		clear(chunks[i])
		chunks[i] = chunks[i][:0]
	}
	if len(chunks) > keep {
		return slices.Clone(chunks[:keep])[:0]
	}
	return chunks[:0]
}
