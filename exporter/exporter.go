// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/spect-tools/spect-go/convert"
)

// Exporter gathers finished OpenTelemetry spans into sessions and delivers each
// session to the Spect collector. Make one with [New].
//
// It is a [sdktrace.SpanExporter], for sdktrace.WithBatcher and
// sdktrace.WithSyncer; behind [NewSpanProcessor], the recommended way, it sees
// more. It is safe for concurrent use. A nil Exporter does nothing.
type Exporter struct {
	cfg      *config
	intake   *intake
	live     liveTraces
	counters unguarded
	scopes   scopes
	// suppressed are spans whose context says what of them may be sent.
	suppressed suppressed
	gatherer   *gatherer
	delivery   *delivery
	doctor     doctor
	stop       context.CancelFunc

	// gathered is closed when the gatherer has ended, and what it held is counted.
	gathered chan struct{}
	// processors counts those that have not been shut down: the last shuts the
	// exporter down.
	processors atomic.Int64
	// closing is set by the first Shutdown; down is closed when it begins, and
	// closed with downErr set when it is over.
	closing atomic.Bool
	down    chan struct{}
	closed  chan struct{}
	downErr error
}

var _ sdktrace.SpanExporter = (*Exporter)(nil)

// errShutdown is what a call after Shutdown gets.
var errShutdown = errors.New("spect: the exporter is shut down")

// New returns an Exporter. Options win over the environment, which wins over
// the defaults; the package's documentation names every variable. A
// configuration that cannot work is an error that says what to set.
//
// The caller must shut the exporter down, which shutting down the provider that
// it is registered with does.
func New(opts ...Option) (*Exporter, error) {
	cfg, err := newConfig(opts)
	if err != nil {
		return nil, err
	}
	e := &Exporter{cfg: cfg, gathered: make(chan struct{}), down: make(chan struct{}), closed: make(chan struct{})}
	if cfg.disabled {
		return e, nil
	}
	ctx, stop := context.WithCancel(context.Background())
	e.stop = stop
	report := newReporter(cfg.errorHandler)
	e.intake = newIntake(max(cfg.maxBytes/intakeShare, minIntakeBytes), guarded(cfg.onDrop, report.report))
	cfg.include = guardedInclude(cfg.include, report)
	res := &resources{}
	e.delivery = newDelivery(cfg, e.intake, &e.counters, res, &e.doctor, report)
	e.gatherer = newGatherer(cfg, e.intake, &e.live, &e.counters, res, e.delivery.put, report.report)
	if cfg.meterProvider != nil {
		if err := e.observe(cfg.meterProvider); err != nil {
			err = errors.Join(err, e.delivery.abandon(ctx))
			stop()
			return nil, err
		}
	}
	go func() {
		defer close(e.gathered)
		e.gatherer.run(ctx)
		e.gatherer.abandon()
	}()
	e.delivery.start(ctx)
	return e, nil
}

// off reports whether there is nothing to do: also where New failed, and nobody
// looked at its error.
func (e *Exporter) off() bool { return e == nil || e.cfg == nil || e.cfg.disabled }

// ExportSpans implements [sdktrace.SpanExporter]. It takes the spans in and
// returns; delivery goes on in the background.
func (e *Exporter) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	if e.off() {
		return nil
	}
	over := false
	select {
	case <-e.gathered:
		over = true
	default:
	}
	for _, s := range spans {
		e.export(ctx, s, over)
	}
	select {
	case <-e.down:
		return errShutdown
	default:
		return nil
	}
}

// export takes in one span of the exporter door. Once all is over it can only be
// counted: a batcher behind the processor that was shut down hands over what was
// sent.
func (e *Exporter) export(ctx context.Context, s sdktrace.ReadOnlySpan, over bool) {
	defer e.guard()
	if s == nil {
		return
	}
	if e.cfg.classify(s.Attributes()) == convert.RoleNone {
		e.counters.ignored.Add(1)
		e.intake.put(event{span: s, kind: linkExported})
		return
	}
	if over && e.gatherer.had(s.SpanContext()) {
		e.intake.count(func(l *ledger) {
			l.received++
			l.held++
			l.drop(1, DropDuplicate)
		})
		return
	}
	e.intake.put(event{span: s, kind: spanExported})
	e.deliverNow(ctx, s)
}

// FlushOption configures [Exporter.Flush].
type FlushOption interface{ applyFlush(*flushConfig) }

type flushConfig struct{ open bool }

type flushOption func(*flushConfig)

func (f flushOption) applyFlush(c *flushConfig) { f(c) }

// IncludeOpen has Flush deliver the sessions that have not ended too: what is
// still open is sent with its status and without an end.
func IncludeOpen() FlushOption {
	return flushOption(func(c *flushConfig) { c.open = true })
}

// Flush releases the sessions that are complete, without waiting for their
// grace to pass, and returns when everything that was released has been
// delivered: nil says that it was. It returns an error
//
//   - when sessions were given up meanwhile, with the [DeliveryError] of the
//     last of them where the collector is why;
//   - when ctx was done before; deliveries go on;
//   - at once, with a [DeliveryError], while the collector refuses the key:
//     sessions wait until it accepts it;
//   - with a spool ([WithSpool]), when the collector does not take what is then
//     safe on disk.
//
// The error handler hears of the first and the last two as well.
func (e *Exporter) Flush(ctx context.Context, opts ...FlushOption) error {
	if e.off() {
		return nil
	}
	if ctx == nil {
		ctx = context.Background()
	}
	var cfg flushConfig
	for _, opt := range opts {
		if opt != nil {
			opt.applyFlush(&cfg)
		}
	}
	before := e.delivery.lost.count()
	if err := e.flush(ctx, cfg.open); err != nil {
		return err
	}
	return e.delivery.lost.since(before)
}

// flush is Flush, less what is said of sessions that were given up.
func (e *Exporter) flush(ctx context.Context, open bool) error {
	if err := e.gatherer.flushNow(ctx, open, ReleaseFlush); err != nil {
		return err
	}
	return e.delivery.wait(ctx)
}

// Shutdown releases all sessions, those that are open too, delivers what it can
// until ctx is done or the exporter's own shutdown timeout has passed, and
// stops. What could not be delivered is dropped, and counted; with a spool it
// stays on disk for the next start. An error says that there was too little
// time. That the collector refused something is no error here, as programs make
// their exit status of it; the error handler hears of it, and [Exporter.Flush],
// called before, returns it. Of several calls of Shutdown the first does it; the
// others wait for it, or for their own ctx. A callback of the application's that
// does not return, be it that it waits for Shutdown, does not hold it up for much
// longer; what is under way is counted once the callback has returned.
func (e *Exporter) Shutdown(ctx context.Context) error {
	if e.off() {
		return nil
	}
	if ctx == nil {
		ctx = context.Background()
	}
	if !e.closing.CompareAndSwap(false, true) {
		select {
		case <-e.closed:
		case <-ctx.Done():
			select {
			case <-e.closed:
			default:
				return fmt.Errorf("spect: the exporter is still being shut down: %w", ctx.Err())
			}
		}
		return e.downErr
	}
	ctx, cancel := context.WithTimeout(ctx, e.cfg.shutdownTimeout)
	e.intake.close()
	close(e.down)
	over := make(chan error, 1)
	go func() {
		defer cancel()
		over <- e.end(ctx)
	}()
	select {
	case e.downErr = <-over:
	case <-ctx.Done():
		select {
		case e.downErr = <-over:
		case <-time.After(overtime):
			e.downErr = fmt.Errorf("spect: a callback of the application's, or its logger, does not return: %w", ctx.Err())
		}
	}
	close(e.closed)
	return e.downErr
}

// overtime is how long Shutdown takes beyond its deadline to count what is left.
const overtime = 100 * time.Millisecond

// end is Shutdown, for as long as the callbacks take.
func (e *Exporter) end(ctx context.Context) error {
	err := errors.Join(
		e.gatherer.flushNow(ctx, true, ReleaseShutdown),
		e.delivery.close(ctx))
	e.stop()
	<-e.gathered
	e.cfg.logger.closed(e.Diagnose(), e.Stats())
	return err
}

// Stats tells what became of the spans by now.
func (e *Exporter) Stats() Stats {
	if e.off() {
		return Stats{}
	}
	s, _ := e.account()
	return s
}

// account is Stats, and the number of spans that counted as received for a while.
func (e *Exporter) account() (s Stats, returned uint64) {
	e.intake.count(func(l *ledger) { s, returned = l.snapshot(), l.returned })
	s.Ignored, s.Retries = e.counters.ignored.Load(), e.counters.retries.Load()
	s.Withheld = e.counters.withheld.Load()
	return s, returned
}

// Format implements [fmt.Formatter]: whatever the verb, only who the exporter
// sends for is printed. Its inner life changes while fmt would read it, and
// holds what is not for logs.
func (e *Exporter) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, e.describe()) }

// MarshalLog is what OpenTelemetry logs of the exporter.
func (e *Exporter) MarshalLog() any { return e.describe() }

func (e *Exporter) describe() string {
	switch {
	case e == nil || e.cfg == nil:
		return "spect.Exporter{}"
	case e.cfg.disabled:
		return "spect.Exporter{disabled}"
	}
	return fmt.Sprintf("spect.Exporter{organization: %q}", e.cfg.organizationID)
}

// guarded keeps the panics of a drop callback to itself.
func guarded(onDrop func(Drop), report func(error)) func(Drop) {
	if onDrop == nil {
		return nil
	}
	return func(d Drop) {
		apart(func() {
			defer func() {
				if r := recover(); r != nil {
					report(fmt.Errorf("spect: the callback of exporter.WithOnDrop panicked: %s", panicText(r)))
				}
			}()
			onDrop(d)
		})
	}
}

// guardedInclude keeps the panics of an include callback to itself: what it
// cannot say anything of stays out.
func guardedInclude(include func(sdktrace.ReadOnlySpan) bool, report *reporter) func(sdktrace.ReadOnlySpan) bool {
	if include == nil {
		return nil
	}
	return func(s sdktrace.ReadOnlySpan) (in bool) {
		apart(func() {
			defer func() {
				if r := recover(); r != nil {
					report.failed(&deliveryError{fmt.Sprintf("the callback of exporter.WithInclude panicked: %s", panicText(r))})
				}
			}()
			in = include(s)
		})
		return in
	}
}
