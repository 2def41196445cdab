// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/spect-tools/spect-go/internal/spool"
)

// Spool says where payloads are kept on disk until they are delivered, also
// across restarts and crashes of the program. See docs/spool.md.
type Spool struct {
	// Dir is the directory. It is made where there is none. One process at a time
	// uses it: a second goes on without, and reports that once.
	Dir string
	// MaxBytes bounds the files in it: beyond that the oldest payloads are
	// dropped. Default: 256 MiB; at least 64 KiB.
	MaxBytes int64
	// MaxAge bounds how long a payload is tried. Default: 7 days.
	MaxAge time.Duration
	// NoSync leaves it to the operating system when a payload goes from memory to
	// the disk: faster, and what the last seconds put is lost when the machine
	// crashes, but not when the process does.
	NoSync bool
}

const (
	defaultSpoolBytes = 256 << 20
	defaultSpoolAge   = 7 * 24 * time.Hour
	leastSpoolBytes   = 64 << 10
)

// spooler is delivery by way of the disk. The workers put payloads there, and
// one goroutine has what is there sent, oldest first: several at a time while that
// goes well, and one now and then while it does not.
type spooler struct {
	spool        *spool.Spool
	organization string
	concurrency  int
	// once makes one attempt.
	once sender
	// fallback delivers what cannot be put.
	fallback sender

	intake  *intake
	lost    *losses
	report  *reporter
	retries *atomic.Uint64

	wake chan struct{}
	asks chan ask
	done chan struct{}
	// failing says that the last pass ended with a failure, and nothing has gone
	// well since.
	failing atomic.Bool
	// tried is up to where payloads were tried in vain.
	tried spool.ID
	// culprit is the payload that failed last, and why, unless another has gone
	// well since: the next pass begins behind it.
	culprit spool.ID
	why     error
	// aside are those that fail while others do not; due is when the first of them
	// is to be tried again.
	aside asides
	due   time.Time
}

// ask is somebody who waits until all that was put before has been tried.
type ask struct {
	newest spool.ID
	reply  chan error // it has room
}

// openSpooler opens the spool of a configuration.
func openSpooler(cfg *config, in *intake, counters *unguarded, lost *losses, report *reporter) (*spooler, error) {
	s := &spooler{
		organization: cfg.organizationID, concurrency: cfg.workers,
		intake: in, lost: lost, report: report, retries: &counters.retries,
		wake: make(chan struct{}, 1), asks: make(chan ask), done: make(chan struct{}),
	}
	var err error
	s.spool, err = spool.Open(cfg.spool.Dir, spool.Options{
		MaxBytes: cfg.spool.MaxBytes, MaxAge: cfg.spool.MaxAge, NoSync: cfg.spool.NoSync, OnDrop: s.gaveUp,
	})
	if err != nil {
		return nil, fmt.Errorf("spect: sessions are not kept on disk: %w", err)
	}
	found := s.spool.Stats()
	in.count(func(l *ledger) {
		l.recovered += uint64(found.RecoveredSpans)
		l.spooled += uint64(found.RecoveredSpans)
	})
	if found.Damaged > 0 {
		report.report(fmt.Errorf("spect: %d places in the spool %s are damaged: what was there is lost, the rest is not", found.Damaged, cfg.spool.Dir))
	}
	return s, nil
}

// errAccounted says that what becomes of a session is accounted for elsewhere.
var errAccounted = &deliveryError{"kept on disk"}

// send puts a payload on the disk, from where it is delivered.
func (s *spooler) send(ctx context.Context, sh *shipment) error {
	n := uint64(sh.count)
	s.intake.count(func(l *ledger) { l.held, l.spooled = l.held-n, l.spooled+n })
	_, err := s.spool.Put(ctx, spool.Entry{
		SessionID: sh.id, Organization: s.organization, Spans: sh.count, Payload: sh.body,
	})
	if err != nil {
		s.intake.count(func(l *ledger) { l.held, l.spooled = l.held+n, l.spooled-n })
		if ctx.Err() == nil {
			s.report.failed(fmt.Errorf("spect: a session goes without the spool: %w", err))
		}
		return s.fallback.send(ctx, sh)
	}
	s.signal()
	return errAccounted
}

func (s *spooler) signal() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// gaveUp counts a payload that the spool dropped.
func (s *spooler) gaveUp(d spool.Drop) {
	why := DropSpoolDamaged
	switch d.Reason {
	case spool.DropFull:
		why = DropSpoolFull
	case spool.DropAge:
		why = DropSpoolAge
	case spool.DropDamaged:
	}
	s.aside.forget(d.ID)
	s.intake.dropSpooled(d.Spans, why, d.SessionID)
	s.lost.add(&deliveryError{"the spool gave it up (" + string(why) + ")"})
}

// run sends what is in the spool until ctx is done, and gives the spool back.
// What is in it stays.
func (s *spooler) run(ctx context.Context) {
	defer close(s.done)
	defer func() {
		if err := s.spool.Close(context.WithoutCancel(ctx)); err != nil {
			s.report.report(fmt.Errorf("spect: %w", err))
		}
	}()
	timer := time.NewTimer(0)
	defer timer.Stop()
	var (
		backoff time.Duration
		asked   []ask
	)
	for ctx.Err() == nil {
		went, err := s.pass(ctx, asked)
		asked = nil
		s.failing.Store(err != nil)
		if went {
			backoff = 0
		}
		wake := s.wake
		switch {
		case err != nil:
			var wait time.Duration
			wait, backoff = pause(err, backoff)
			timer.Reset(wait)
			wake = nil
		case s.due.IsZero():
			timer.Stop()
		default:
			timer.Reset(time.Until(s.due))
		}
		select {
		case <-ctx.Done():
		case <-wake:
		case <-timer.C:
		case a := <-s.asks:
			asked = append(asked, a)
		}
	}
	for _, a := range asked {
		a.reply <- ctx.Err()
	}
}

// pause is how long to wait after a failure, and what to wait at least after the
// next.
func pause(err error, last time.Duration) (wait, backoff time.Duration) {
	least, most := firstBackoff, maxBackoff
	e, isAnswer := answered(err)
	if isAnswer && e.unauthorized() {
		least, most = firstProbe, maxProbe
	}
	backoff = min(max(2*last, least), most)
	wait = backoff/2 + rand.N(backoff/2)
	if isAnswer {
		wait = max(wait, min(e.RetryAfter, maxBackoff))
	}
	return wait, backoff
}

// tryAt has what is aside looked at by then.
func (s *spooler) tryAt(due time.Time) {
	if s.due.IsZero() || due.Before(s.due) {
		s.due = due
	}
}

// next returns the next payload that can be read.
func (s *spooler) next(last spool.ID) (spool.Entry, bool) {
	for {
		e, ok, err := s.spool.Next(last)
		if err == nil || !ok {
			return e, ok
		}
		s.report.failed(fmt.Errorf("spect: a session in the spool cannot be read: %w", err))
		last = e.ID
	}
}

// deliver makes one attempt with a payload, again or not, and accounts for what
// came of it. An error is one that time may mend: the payload stays where it is.
// It may end the goroutine, as a callback of the application's may.
func (s *spooler) deliver(ctx context.Context, e spool.Entry, again bool) error {
	sh := &shipment{release: &release{id: e.SessionID, count: e.Spans}, body: e.Payload}
	if again {
		s.retries.Add(1)
	}
	returned := false
	defer func() {
		if !returned {
			_ = s.decide(ctx, e, errGoroutineEnded)
		}
	}()
	err := s.once.send(ctx, sh)
	returned = true
	return s.decide(ctx, e, err)
}

// decide accounts for what came of an attempt with a payload.
func (s *spooler) decide(ctx context.Context, e spool.Entry, err error) error {
	var (
		failure  *DeliveryError
		panicked *panicError
		why      DropReason
	)
	switch {
	case err == nil:
	case errors.As(err, &panicked):
		why = DropPanic
	case errors.As(err, &failure) && !failure.Retryable() && !failure.unauthorized():
		why = DropRejected
	default:
		if ctx.Err() == nil {
			s.report.failed(err)
		}
		return err
	}
	s.aside.forget(e.ID)
	there, markErr := s.spool.Settle(context.WithoutCancel(ctx), e.ID) // it is decided, whoever still waits
	switch {
	case !there: // the spool has given it up meanwhile, and told
	case why != "":
		s.intake.dropSpooled(e.Spans, why, e.SessionID)
		s.lost.add(err)
		s.report.failed(err)
	default:
		s.intake.count(func(l *ledger) {
			l.spooled -= uint64(e.Spans)
			l.delivered += uint64(e.Spans)
			l.sessions++
		})
		s.report.recovered()
	}
	if markErr != nil && ctx.Err() == nil {
		s.report.failed(fmt.Errorf("spect: %w", markErr))
	}
	return nil
}

// flush waits until what is in the spool has been tried, and returns why that
// went wrong, if it did.
func (s *spooler) flush(ctx context.Context) error {
	reply := make(chan error, 1)
	select {
	case s.asks <- ask{s.spool.Newest(), reply}:
	case <-s.done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("spect: sessions wait on disk for their delivery: %w", ctx.Err())
	}
	select {
	case err := <-reply:
		if err != nil {
			return fmt.Errorf("spect: sessions wait on disk for their delivery: %w", inner{err})
		}
		return nil
	case <-ctx.Done():
		return fmt.Errorf("spect: sessions wait on disk for their delivery: %w", ctx.Err())
	}
}

// wait waits until run is over: for a transport that does not obey its context
// no longer than ctx lets it.
func (s *spooler) wait(ctx context.Context) {
	select {
	case <-s.done:
	case <-ctx.Done():
	}
}
