// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/exporter"
	"github.com/spect-tools/spect-go/internal/ids"
	"github.com/spect-tools/spect-go/tracer"
)

// modelWorld is an application with its exporter and collector, and the model
// beside it.
type modelWorld struct {
	*oracle
	exp       *exporter.Exporter
	collector *modelCollector
	providers []*modelProvider
	byLabel   map[int]*worldSpan
	lastStart time.Time

	mu     sync.Mutex
	tapped map[trace.SpanID]sdktrace.ReadOnlySpan
	drops  []exporter.Drop
	err    error // of setting up

	// dropped is what the drop callback was told.
	dropped  map[exporter.DropReason]uint64
	payloads int
	// waiting are the spans that waited for delivery, at most, since the last look.
	waiting int
}

type modelProvider struct {
	sdk    *sdktrace.TracerProvider
	hand   trace.Tracer
	tracer *tracer.Tracer
	closed bool
}

// worldSpan is a span as the application holds it.
type worldSpan struct {
	*modelSpan
	ctx      context.Context
	span     trace.Span
	end      func()
	provider *modelProvider
}

func newModelWorld(cfg modelConfig) *modelWorld {
	w := &modelWorld{
		oracle:    newOracle(&cfg, time.Now()),
		collector: &modelCollector{answers: slices.Clone(cfg.answers)},
		byLabel:   map[int]*worldSpan{}, tapped: map[trace.SpanID]sdktrace.ReadOnlySpan{},
		dropped: map[exporter.DropReason]uint64{},
	}
	w.holdsSpan = func(s *modelSpan) bool { return exporter.Holds(w.exp, s.traceID, s.spanID) }
	options := []exporter.Option{
		exporter.WithOrganizationID("org"), exporter.WithAPIKey("key"), exporter.WithCollectorURL("https://collector.test"),
		exporter.WithTransport(w.collector), exporter.WithErrorHandler(func(error) {}), exporter.WithOnDrop(w.onDrop),
		exporter.WithGrace(cfg.grace), exporter.WithLeakTimeout(cfg.leak), exporter.WithMaxSessionAge(cfg.age),
		exporter.WithMaxHeld(cfg.maxSpans, cfg.maxBytes), exporter.WithQueueBytes(cfg.queueBytes),
		exporter.WithWorkers(cfg.workers), exporter.WithTimeout(cfg.timeout), exporter.WithoutLinger(),
	}
	if len(cfg.answers) > 0 {
		options = append(options, exporter.WithRetryTimeout(cfg.retrying))
	}
	if cfg.guests {
		options = append(options, exporter.WithInclude(func(s sdktrace.ReadOnlySpan) bool { return strings.HasPrefix(s.Name(), "guest") }))
	}
	if cfg.sampled {
		rate := 0.5
		options = append(options, exporter.WithSampling(exporter.Sampling{Rate: &rate}))
	}
	if w.exp, w.err = exporter.New(options...); w.err != nil {
		return w
	}
	ids := &seededIDs{r: rand.New(rand.NewPCG(7, 7))}
	for range max(1, cfg.providers) {
		var options []sdktrace.TracerProviderOption
		if !cfg.parallel { // its lock would order what goroutines do
			options = append(options, sdktrace.WithIDGenerator(ids))
		}
		if cfg.headSampled {
			options = append(options, sdktrace.WithSampler(exporter.Sampler(sdktrace.NeverSample())))
		}
		if cfg.door != processorDoor {
			options = append(options, sdktrace.WithSpanProcessor(modelTap{w}))
		}
		// The last, for a provider that has no time for all of them keeps those that are left.
		if cfg.door != exporterDoor {
			options = append(options, sdktrace.WithSpanProcessor(exporter.NewSpanProcessor(w.exp)))
		}
		sdk := sdktrace.NewTracerProvider(options...)
		w.providers = append(w.providers, &modelProvider{sdk: sdk, hand: sdk.Tracer("app"), tracer: tracer.New(sdk)})
	}
	return w
}

func (w *modelWorld) onDrop(d exporter.Drop) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.drops = append(w.drops, d)
}

// modelTap keeps what a batcher would export.
type modelTap struct{ w *modelWorld }

func (modelTap) OnStart(context.Context, sdktrace.ReadWriteSpan) {}
func (modelTap) ForceFlush(context.Context) error                { return nil }
func (modelTap) Shutdown(context.Context) error                  { return nil }

func (t modelTap) OnEnd(s sdktrace.ReadOnlySpan) {
	if s.SpanContext().IsSampled() {
		t.w.tapped[s.SpanContext().SpanID()] = s
	}
}

type seededIDs struct{ r *rand.Rand }

func (g *seededIDs) NewSpanID(context.Context, trace.TraceID) (id trace.SpanID) {
	for i := range id {
		id[i] = byte(g.r.Uint32())
	}
	return id
}

func (g *seededIDs) NewIDs(ctx context.Context) (id trace.TraceID, _ trace.SpanID) {
	for i := range id {
		id[i] = byte(g.r.Uint32())
	}
	return id, g.NewSpanID(ctx, id)
}

// play plays the steps.
func (w *modelWorld) play(steps []modelStep) error {
	if w.err != nil {
		return w.err
	}
	defer w.close()
	for i, step := range steps {
		if err := w.step(step); err != nil {
			return fmt.Errorf("after step %d (%v): %w", i, step, err)
		}
	}
	if err := w.shutdown(modelStep{open: true, wait: time.Hour}); err != nil {
		return fmt.Errorf("at the end: %w", err)
	}
	return nil
}

// close ends all that runs, whatever is left.
func (w *modelWorld) close() {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_ = w.exp.Shutdown(ctx)
	for _, p := range w.providers {
		_ = p.sdk.Shutdown(ctx)
	}
	synctest.Wait()
}

func (w *modelWorld) step(step modelStep) error {
	switch step.op {
	case opStart:
		if !w.config.burst {
			time.Sleep(time.Microsecond)
			if err := w.settle(); err != nil {
				return err
			}
		}
		if err := w.startSpan(step); err != nil || w.config.burst {
			return err
		}
	case opEnd:
		if s := w.byLabel[step.span]; s != nil {
			s.end()
			if !s.provider.closed {
				w.end(s.modelSpan)
			} else {
				s.over = true
			}
		}
		if w.config.burst {
			return nil
		}
	case opSleep:
		time.Sleep(step.wait)
	case opFlush:
		var options []exporter.FlushOption
		if step.open {
			options = append(options, exporter.IncludeOpen())
		}
		return w.flushing(step.wait, step.open, func(ctx context.Context) error {
			lost := givenUp(w.exp)
			err := w.exp.Flush(ctx, options...)
			if err == nil && givenUp(w.exp) > lost {
				err = errors.New("nothing, and sessions were given up")
			}
			return err
		})
	case opForceFlush:
		p := w.providers[step.provider]
		if w.config.door == exporterDoor || p.closed {
			return p.sdk.ForceFlush(context.Background())
		}
		return w.flushing(step.wait, false, p.sdk.ForceFlush)
	case opExport:
		var batch []sdktrace.ReadOnlySpan
		for _, label := range step.spans {
			s := w.byLabel[label]
			if s == nil || w.tapped[s.spanID] == nil {
				continue
			}
			batch = append(batch, w.tapped[s.spanID])
			w.arrive(s.modelSpan)
		}
		if err := w.exp.ExportSpans(context.Background(), batch); (err != nil) != w.closed {
			return fmt.Errorf("ExportSpans returned %w", err)
		}
	case opCloseProvider:
		if step.provider < len(w.providers) {
			return w.closeProvider(w.providers[step.provider], step.wait)
		}
	case opShutdown:
		return w.shutdown(step)
	}
	return w.settle()
}

// flushing has f flush, and checks that it delivered.
func (w *modelWorld) flushing(wait time.Duration, all bool, f func(context.Context) error) error {
	if !w.closed {
		w.flush(all, exporter.ReleaseFlush)
	}
	var waits []*modelSession
	for _, s := range w.sessions {
		if s.released && s.count > 0 && w.foreseeable() {
			waits = append(waits, s)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), wait)
	defer cancel()
	began := time.Now()
	err := f(ctx)
	took := time.Since(began)
	if err := w.settle(); err != nil {
		return err
	}
	switch {
	case w.closed:
		return nil
	case saysGivenUp(err):
		return nil
	case err != nil && (!errors.Is(err, context.DeadlineExceeded) || took < wait):
		return fmt.Errorf("the flush returned %w after %v", err, took)
	case err != nil:
		return nil
	}
	for _, s := range waits {
		if s.outcome == "" {
			return fmt.Errorf("the flush returned, and session %d is neither delivered nor dropped", s.root.label)
		}
	}
	return nil
}

// saysGivenUp reports whether an error says that sessions were given up: they
// need not have had a span that had ended.
func saysGivenUp(err error) bool {
	return err != nil && strings.Contains(err.Error(), "sessions given up: ")
}

// closeProvider shuts one provider down; the last takes the exporter along.
func (w *modelWorld) closeProvider(p *modelProvider, wait time.Duration) error {
	if p.closed {
		return w.settle()
	}
	p.closed = true
	shut := func(ctx context.Context) error { return p.sdk.Shutdown(ctx) }
	last := !slices.ContainsFunc(w.providers, func(p *modelProvider) bool { return !p.closed })
	switch {
	case w.config.door == exporterDoor:
		return shut(context.Background())
	case !last:
		return w.flushing(min(wait, 5*time.Second), false, shut)
	}
	return w.ended(wait, shut)
}

func (w *modelWorld) shutdown(step modelStep) error {
	if !step.open {
		for _, p := range w.providers {
			if err := w.closeProvider(p, step.wait); err != nil {
				return err
			}
		}
	}
	return w.ended(step.wait, w.exp.Shutdown)
}

// ended has f shut the exporter down, and checks that nothing is left.
func (w *modelWorld) ended(wait time.Duration, f func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), wait)
	defer cancel()
	again := w.closed
	if !again {
		w.flush(true, exporter.ReleaseShutdown)
		w.closed = true
	}
	began := time.Now()
	err := f(ctx)
	took := time.Since(began)
	if err := w.settle(); err != nil {
		return err
	}
	if limit := min(wait, 5*time.Second); took > limit || err != nil && took < limit && !again {
		return fmt.Errorf("Shutdown returned %w after %v", err, took)
	}
	if stats := w.exp.Stats(); stats.Held != 0 {
		return fmt.Errorf("%d spans are held after Shutdown: %+v", stats.Held, stats)
	}
	for _, s := range w.sessions {
		if s.outcome == "" && s.count > 0 && w.foreseeable() {
			return fmt.Errorf("session %d was neither delivered nor dropped", s.root.label)
		}
	}
	_, err = w.checkTree()
	return err
}

// startSpan starts a span.
func (w *modelWorld) startSpan(step modelStep) error {
	p := w.providers[min(step.provider, len(w.providers)-1)]
	if p.closed {
		return nil
	}
	// No two spans start at once, so that their order is known.
	at := time.Now()
	if !at.After(w.lastStart) {
		at = w.lastStart.Add(time.Microsecond)
	}
	w.lastStart = at
	var parent *worldSpan
	if step.parent >= 0 {
		parent = w.byLabel[step.parent]
	}
	s, err := p.start(step, parent, at)
	if err != nil {
		return err
	}
	w.know(s)
	w.start(s.modelSpan)
	return nil
}

// know adds a span to those that were started.
func (w *modelWorld) know(s *worldSpan) {
	s.carries = s.around
	if s.byTracer {
		s.carry()
	}
	if s.trace = w.traces[s.traceID]; s.trace == nil {
		s.trace = new(modelTrace)
		w.traces[s.traceID] = s.trace
	}
	w.byLabel[s.label] = s
	w.spans = append(w.spans, s.modelSpan)
}

// start starts a span, below parent where that is not nil.
func (p *modelProvider) start(step modelStep, parent *worldSpan, at time.Time) (*worldSpan, error) {
	s := &worldSpan{modelSpan: &modelSpan{label: step.span, kind: step.kind, byTracer: step.tracer}, provider: p}
	ctx := s.below(parent, step.link)
	name, attrs := s.name(), []attribute.KeyValue{contracts.ModelIDKey.String("m")}
	s.end = func() { s.span.End() }
	switch {
	case step.tracer && step.kind == kindSession:
		var session *tracer.Session
		s.ctx, session = p.tracer.StartSession(ctx, name, tracer.StartTime(at), tracer.Attributes(attrs...))
		s.span, s.sessionID, s.end = session.OTel(), session.ID(), func() { session.End() }
	case step.tracer:
		var span *tracer.Span
		s.ctx, span = p.tracer.Start(ctx, contracts.KindGenerate, name, tracer.StartTime(at), tracer.Attributes(attrs...))
		s.span, s.end = span.OTel(), func() { span.End() }
	default:
		kind := contracts.KindKey.String(string(contracts.KindGenerate))
		if s.isSession() {
			kind = contracts.KindKey.String(contracts.SessionKind)
		}
		switch step.kind {
		case kindEntry, kindSession:
			attrs = append(attrs, kind)
		case kindLateEntry, kindLateSession:
			s.end = func() {
				s.span.SetAttributes(kind)
				s.span.End()
			}
		}
		s.ctx, s.span = p.hand.Start(ctx, name, trace.WithTimestamp(at), trace.WithAttributes(attrs...))
	}
	sc := s.span.SpanContext()
	s.traceID, s.spanID, s.recorded = sc.TraceID(), sc.SpanID(), s.span.IsRecording()
	started, ok := s.span.(sdktrace.ReadOnlySpan)
	if s.recorded != ok || !s.recorded && (step.kind == kindEntry || step.kind == kindSession || s.parent != nil) {
		return nil, fmt.Errorf("span %d is not recorded", step.span)
	}
	if ok {
		s.recordID = ids.Derive(s.traceID, s.spanID, started.StartTime(), ids.Span).String()
		if s.sessionID == "" {
			s.sessionID = ids.Derive(s.traceID, s.spanID, started.StartTime(), ids.Session).String()
		}
	}
	return s, nil
}

// below makes the context to start s with.
func (s *worldSpan) below(parent *worldSpan, link modelLink) context.Context {
	ctx := context.Background()
	if parent == nil {
		return ctx
	}
	switch link {
	case linkContext:
		ctx, s.around = parent.ctx, parent.carries
	case linkSpan:
		ctx = trace.ContextWithSpan(ctx, parent.span)
	case linkRemote, linkCarried:
		ctx = trace.ContextWithRemoteSpanContext(ctx, parent.span.SpanContext())
	}
	if link == linkCarried {
		carrier := propagation.MapCarrier{}
		tracer.Propagator{}.Inject(parent.ctx, carrier)
		ctx = tracer.Propagator{}.Extract(ctx, carrier)
		if c := parent.carries; c != nil {
			s.around = &modelSide{id: c.id, traceID: c.traceID}
		}
	}
	if link <= linkSpan && parent.recorded {
		s.parent = parent.modelSpan
	}
	return ctx
}

// carry tells what package tracer writes on its span, and says of it in the
// context.
func (s *modelSpan) carry() {
	a := s.around
	s.carries = &modelSide{span: s, id: s.recordID, traceID: s.sessionID}
	if a != nil {
		s.carries.traceID = a.traceID
	}
	switch {
	case s.isSession():
		s.carries.id, s.carries.count = s.sessionID, &modelCount{root: s}
	case a == nil || a.span == nil:
		s.count = &modelCount{root: s}
	default:
		s.count = a.count
	}
	if s.count != nil {
		s.carries.count, s.number = s.count, s.count.next
		s.count.next++
	}
	if a != nil && (s.isSession() || a.span == nil || s.count.root.over) {
		s.tie = a
	}
}
