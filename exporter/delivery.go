// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// delivery takes released sessions to the collector: a bounded queue, and
// workers that send what is in it through a chain of senders.
type delivery struct {
	cfg    *config
	intake *intake
	report *reporter
	sender sender

	mu      sync.Mutex
	queue   []*release
	bytes   int
	closed  bool
	more    chan struct{} // one token for each release in the queue, or fewer
	workers sync.WaitGroup
	cancel  context.CancelFunc
	pending pending
	gate    *gate
	lost    *losses
	// spooler is nil without a spool.
	spooler *spooler
	// stopSpooler ends the spooler's goroutine.
	stopSpooler context.CancelFunc
	// disconnect closes the connections that are not in use.
	disconnect func()
}

// sender is one concern of sending. It passes a shipment on to the next sender,
// or ends the chain.
type sender interface {
	send(context.Context, *shipment) error
}

func newDelivery(cfg *config, in *intake, counters *unguarded, res *resources, doc *doctor, report *reporter) *delivery {
	d := &delivery{cfg: cfg, intake: in, report: report, gate: newGate(report.failed), lost: new(losses), more: make(chan struct{}, 1), disconnect: func() {}}
	secrets := cfg.scrubber()
	var s sender
	if cfg.local {
		s = keepSender{}
	} else {
		post := newPostSender(cfg)
		d.disconnect, s = post.close, post
		if cfg.compression == Gzip {
			s = newGzipSender(s)
		}
		attempt := &tooLargeSender{next: s}
		s = &retrySender{cfg: cfg, retries: &counters.retries, report: report.failed, next: attempt}
		s = &gateSender{gate: d.gate, next: s}
		if cfg.spool.Dir != "" {
			// Without it is better than not at all.
			if spooler, err := openSpooler(cfg, in, counters, d.lost, report); err != nil {
				report.report(err)
			} else {
				spooler.once, spooler.fallback = &guardSender{secrets, attempt}, s
				d.spooler, s = spooler, spooler
			}
		}
	}
	if cfg.onTrace != nil {
		s = &notifySender{onTrace: cfg.onTrace, report: report.report, next: s}
	}
	s = &forgetSender{next: s}
	s = &examineSender{doctor: doc, logger: cfg.logger, redacts: len(cfg.redactors) > 0, next: s}
	content := contentStage{cfg.content, &counters.withheld, report.report}
	d.sender = &guardSender{secrets, newEncodeSender(cfg, res, content, newRedaction(cfg, &counters.withheld, report.report), s)}
	return d
}

func (d *delivery) start(ctx context.Context) {
	if d.spooler != nil {
		var sending context.Context
		sending, d.stopSpooler = context.WithCancel(ctx)
		go d.spooler.run(sending)
	}
	ctx, d.cancel = context.WithCancel(ctx)
	for range d.cfg.workers {
		d.workers.Add(1)
		go d.work(ctx)
	}
}

// abandon gives back what newDelivery took, where it was never started.
func (d *delivery) abandon(ctx context.Context) error {
	if d.spooler == nil {
		return nil
	}
	return d.spooler.spool.Close(ctx)
}

// put queues a session. It does not block: when the queue is full, the oldest
// in it make room.
func (d *delivery) put(r *release) {
	d.mu.Lock()
	if d.closed {
		d.mu.Unlock()
		r.free()
		d.intake.drop(r.count, DropShutdown, r.id)
		return
	}
	d.pending.add(r)
	d.queue = append(d.queue, r)
	d.bytes += r.bytes
	var dropped []*release
	if r.bytes > d.cfg.queueBytes && len(d.queue) > 1 {
		// One that is larger than the queue may be does not push out all others.
		d.queue = d.queue[:len(d.queue)-1]
		d.bytes -= r.bytes
		dropped = append(dropped, r)
	}
	for d.bytes > d.cfg.queueBytes && len(d.queue) > 1 {
		dropped = append(dropped, d.pop())
	}
	d.mu.Unlock()
	d.signal()
	for _, r := range dropped {
		d.finish(r, errQueueFull)
	}
}

// pop takes the oldest off a queue that is not empty. It wants the lock.
func (d *delivery) pop() *release {
	r := d.queue[0]
	d.queue[0] = nil
	if d.queue = d.queue[1:]; len(d.queue) == 0 {
		d.queue = nil
	}
	d.bytes -= r.bytes
	return r
}

func (d *delivery) signal() {
	select {
	case d.more <- struct{}{}:
	default:
	}
}

// next waits for a session; nil when there will be none.
func (d *delivery) next(ctx context.Context) *release {
	for {
		d.mu.Lock()
		if len(d.queue) > 0 {
			r := d.pop()
			if len(d.queue) > 0 || d.closed {
				d.signal() // for the other workers
			}
			d.mu.Unlock()
			return r
		}
		closed := d.closed
		d.mu.Unlock()
		if closed {
			d.signal()
			return nil
		}
		select {
		case <-d.more:
		case <-ctx.Done():
			return nil
		}
	}
}

func (d *delivery) work(ctx context.Context) {
	var r *release // under way
	defer func() {
		if r == nil {
			d.workers.Done()
			return
		}
		// A callback of the application's has ended the goroutine: another takes over.
		go d.work(ctx)
		d.finish(r, errGoroutineEnded)
	}()
	for ctx.Err() == nil {
		if r = d.next(ctx); r == nil {
			return
		}
		sent, err := r, d.sender.send(ctx, &shipment{release: r})
		r = nil
		d.finish(sent, err)
	}
}

// guardSender keeps a panic, of a conversion or a transport, to one session.
type guardSender struct {
	secrets *strings.Replacer
	next    sender
}

func (s *guardSender) send(ctx context.Context, sh *shipment) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &panicError{cut(s.secrets.Replace(panicText(p)))}
		}
	}()
	return s.next.send(ctx, sh)
}

// deliveryError is a failure that has no other cause than ourselves.
type deliveryError struct{ text string }

func (e *deliveryError) Error() string { return "spect: " + e.text }

var (
	errQueueFull = &deliveryError{"the queue is full: the collector takes sessions more slowly than they come (exporter.WithQueueBytes, WithWorkers)"}
	errNoTime    = &deliveryError{"shut down before the session could be delivered"}
)

type panicError struct{ text string }

// errGoroutineEnded stands for the error of a call that did not return.
var errGoroutineEnded = &panicError{"a callback of the application's ended its goroutine (runtime.Goexit)"}

func (e *panicError) Error() string {
	return "spect: a session was lost to a panic: " + e.text
}

// finish accounts for a session.
func (d *delivery) finish(r *release, err error) {
	r.free()
	switch {
	case errors.Is(err, errAccounted):
	case err == nil:
		d.intake.count(func(l *ledger) {
			l.held -= uint64(r.count)
			l.delivered += uint64(r.count)
			l.sessions++
		})
		d.report.recovered()
	default:
		d.intake.drop(r.count, dropReason(err), r.id)
		d.lost.add(err)
		d.report.failed(err)
	}
	d.mu.Lock()
	d.pending.done(r)
	d.mu.Unlock()
}

func dropReason(err error) DropReason {
	var (
		panicked *panicError
		failure  *DeliveryError
	)
	switch {
	case errors.Is(err, errQueueFull):
		return DropQueueFull
	case errors.Is(err, errNoTime), errors.Is(err, context.Canceled):
		return DropShutdown
	case errors.As(err, &panicked):
		return DropPanic
	case errors.As(err, &failure) && !failure.Retryable():
		return DropRejected
	}
	return DropRetriesExhausted
}

// wait returns when all that was put before has been delivered or given up, and
// at once when deliveries wait for the collector to accept the key. With a spool
// it returns too when the collector does not take what is safe on disk.
func (d *delivery) wait(ctx context.Context) error {
	err := d.waitQueue(ctx)
	if err == nil && d.spooler != nil {
		err = d.spooler.flush(ctx)
	}
	return err
}

func (d *delivery) waitQueue(ctx context.Context) error {
	d.mu.Lock()
	w := d.pending.all()
	d.mu.Unlock()
	defer func() {
		d.mu.Lock()
		d.pending.forget(w)
		d.mu.Unlock()
	}()
	for {
		gate := d.gate.now()
		select {
		case <-w.done:
			return nil
		default:
		}
		if gate.refusal != nil {
			return fmt.Errorf("spect: sessions still wait for their delivery: %w", inner{gate.refusal})
		}
		select {
		case <-w.done:
		case <-gate.turned:
		case <-ctx.Done():
			return fmt.Errorf("spect: sessions still wait for their delivery: %w", ctx.Err())
		}
	}
}

// close delivers what is queued, until ctx is done, and stops.
func (d *delivery) close(ctx context.Context) error {
	d.mu.Lock()
	d.closed = true
	d.mu.Unlock()
	d.gate.close()
	d.signal()

	finished := make(chan struct{})
	go func() {
		d.workers.Wait()
		close(finished)
	}()
	var err error
	select {
	case <-finished:
	case <-ctx.Done():
		err = fmt.Errorf("spect: not all sessions could be delivered: %w", ctx.Err())
	}
	d.cancel()
	if d.spooler != nil {
		if err == nil && !d.spooler.failing.Load() {
			_ = d.spooler.flush(ctx) // what it cannot deliver stays, and is counted
		}
		d.stopSpooler()
		d.spooler.wait(ctx)
	}
	d.mu.Lock()
	left := d.queue
	d.queue, d.bytes = nil, 0
	d.mu.Unlock()
	for _, r := range left {
		d.finish(r, errNoTime)
	}
	d.disconnect()
	return err
}

// pending knows when everything that was put before some moment is done.
type pending struct {
	open    map[*release]struct{}
	waiting []*waiter
}

type waiter struct {
	left map[*release]struct{}
	done chan struct{}
}

func (p *pending) add(r *release) {
	if p.open == nil {
		p.open = make(map[*release]struct{})
	}
	p.open[r] = struct{}{}
}

func (p *pending) done(r *release) {
	delete(p.open, r)
	still := p.waiting[:0]
	for _, w := range p.waiting {
		if delete(w.left, r); len(w.left) == 0 {
			close(w.done)
			continue
		}
		still = append(still, w)
	}
	clear(p.waiting[len(still):])
	p.waiting = still
}

// all returns one who waits until what is open now is done.
func (p *pending) all() *waiter {
	w := &waiter{left: make(map[*release]struct{}, len(p.open)), done: make(chan struct{})}
	if len(p.open) == 0 {
		close(w.done)
		return w
	}
	for r := range p.open {
		w.left[r] = struct{}{}
	}
	p.waiting = append(p.waiting, w)
	return w
}

// forget is for one who waits no more.
func (p *pending) forget(w *waiter) {
	p.waiting = slices.DeleteFunc(p.waiting, func(other *waiter) bool { return other == w })
}
