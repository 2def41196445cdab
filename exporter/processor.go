// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"sync/atomic"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/spect-tools/spect-go/convert"
	"github.com/spect-tools/spect-go/internal/side"
)

// spanProcessor is the recommended door: it sees spans start, sees those that
// are recorded but not sampled, and has the flush and shutdown of its provider.
type spanProcessor struct {
	exporter *Exporter
	shutdown atomic.Bool
}

var _ sdktrace.SpanProcessor = (*spanProcessor)(nil)

// NewSpanProcessor returns the processor that feeds e, for
// sdktrace.WithSpanProcessor. One exporter may stand behind several processors:
// the last that is shut down shuts it down. A nil e gives a processor that does
// nothing.
//
// Register it before other processors: a provider shuts its processors down one
// after the other, and one that hangs leaves no time for those behind it.
func NewSpanProcessor(e *Exporter) sdktrace.SpanProcessor {
	if e.off() {
		return idleProcessor{}
	}
	e.processors.Add(1)
	return &spanProcessor{exporter: e}
}

// OnStart implements [sdktrace.SpanProcessor].
func (p *spanProcessor) OnStart(ctx context.Context, s sdktrace.ReadWriteSpan) {
	e := p.exporter
	defer e.guard()
	if e.closing.Load() {
		claim(ctx, s)
		return // nobody would forget the trace again
	}
	sc := s.SpanContext()
	if scope := s.InstrumentationScope().Name; scope == side.ScopeName {
		if r := side.FromContext(ctx); r != nil && r.BelongsTo(sc) {
			e.tell(event{span: s, record: r, kind: spanStarted})
			return
		}
	} else if s := e.suppressed.started(ctx, s); e.scopes.watched(scope) {
		if role := e.cfg.classify(s.Attributes()); role != convert.RoleNone {
			e.scopes.makesOurs(scope)
			e.tell(event{span: s, kind: spanStarted, topmost: role.Foreign() && isTopmost(ctx)})
			return
		}
	}
	if e.live.has(sc.TraceID()) {
		e.intake.put(event{span: s, kind: linkSeen})
	}
}

// isTopmost reports whether the span that starts in ctx has a parent in this
// process that is not recorded, so that nobody will hear of it.
func isTopmost(ctx context.Context) bool {
	sc, recorded := localParent(ctx)
	return sc.IsValid() && !recorded
}

// tell tells the gatherer of a span of ours, by which its trace is live at once:
// the next span in it may be here before the gatherer has heard of this one.
func (e *Exporter) tell(what event) {
	id := what.span.SpanContext().TraceID()
	what.live = true
	e.live.add(id)
	if !e.intake.put(what) {
		e.live.remove(id)
	}
}

// OnEnd implements [sdktrace.SpanProcessor].
func (p *spanProcessor) OnEnd(s sdktrace.ReadOnlySpan) {
	e := p.exporter
	defer e.guard()
	// A span of tracer's is ours, even where a limit took all its attributes.
	scope := s.InstrumentationScope().Name
	if scope != side.ScopeName {
		s = e.suppressed.ended(s)
	}
	if scope == side.ScopeName || e.cfg.classify(s.Attributes()) != convert.RoleNone {
		if scope == side.ScopeName { // its start was seen
			e.intake.put(event{span: s, kind: spanEnded})
		} else {
			e.scopes.makesOurs(scope)
			e.tell(event{span: s, kind: spanEnded})
		}
		e.deliverNow(context.Background(), s)
		return
	}
	e.counters.ignored.Add(1)
	if e.live.has(s.SpanContext().TraceID()) {
		e.intake.put(event{span: s, kind: linkEnded})
	}
}

// deliverNow is WithImmediate: it delivers the session whose root s is.
func (e *Exporter) deliverNow(ctx context.Context, s sdktrace.ReadOnlySpan) {
	if !e.cfg.immediate || convert.Classify(s.Attributes()) != convert.RoleSession {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, e.cfg.timeout)
	defer cancel()
	if err := e.flush(ctx, false); err != nil {
		e.gatherer.report(err)
	}
}

// ForceFlush implements [sdktrace.SpanProcessor]. See [Exporter.Flush].
func (p *spanProcessor) ForceFlush(ctx context.Context) error { return p.exporter.Flush(ctx) }

// Shutdown implements [sdktrace.SpanProcessor].
func (p *spanProcessor) Shutdown(ctx context.Context) error {
	e := p.exporter
	first := p.shutdown.CompareAndSwap(false, true)
	switch {
	case first && e.processors.Add(-1) > 0:
		ctx, cancel := context.WithTimeout(ctx, e.cfg.shutdownTimeout)
		defer cancel()
		return e.flush(ctx, false)
	case e.processors.Load() > 0:
		return nil
	}
	return e.Shutdown(ctx)
}

// Format implements [fmt.Formatter]. See [Exporter.Format].
func (p *spanProcessor) Format(f fmt.State, verb rune) { p.exporter.Format(f, verb) }

// MarshalLog is what OpenTelemetry logs of the processor.
func (p *spanProcessor) MarshalLog() any { return p.exporter.MarshalLog() }

// guard keeps a panic of ours off the application.
func (e *Exporter) guard() {
	if r := recover(); r != nil {
		e.gatherer.report(fmt.Errorf("spect: a span could not be taken in: panic: %s", panicText(r)))
	}
}

// claim has tracer know that a span of its own was seen, where it goes no
// further: that is as it was asked for, and nothing to warn of.
func claim(ctx context.Context, s sdktrace.ReadWriteSpan) {
	if r := side.FromContext(ctx); r != nil && s.InstrumentationScope().Name == side.ScopeName {
		r.BelongsTo(s.SpanContext())
	}
}

type idleProcessor struct{}

func (idleProcessor) OnStart(ctx context.Context, s sdktrace.ReadWriteSpan) { claim(ctx, s) }

func (idleProcessor) OnEnd(sdktrace.ReadOnlySpan)      {}
func (idleProcessor) ForceFlush(context.Context) error { return nil }
func (idleProcessor) Shutdown(context.Context) error   { return nil }

// scopes tells the instrumentation scopes apart that make spans of ours with
// their own hands from those that never did. Reading the attributes of a live
// span makes the SDK copy them at their next change, which other people's spans
// are not to pay for; so a scope is watched while it is new, and for good once
// a span of ours has come from it.
type scopes struct {
	mu    sync.Mutex
	known atomic.Pointer[map[string]*scopeState]
}

type scopeState struct {
	ours    atomic.Bool
	started atomic.Int64
}

const (
	// newScope is the number of spans for which a scope counts as new.
	newScope = 1000
	// maxScopes bounds what is remembered; the scopes beyond are always watched.
	maxScopes = 1000
)

func (s *scopes) state(name string) *scopeState {
	if known := s.known.Load(); known != nil {
		if st, ok := (*known)[name]; ok {
			return st
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	next := make(map[string]*scopeState)
	if known := s.known.Load(); known != nil {
		if st, ok := (*known)[name]; ok {
			return st
		}
		if len(*known) >= maxScopes {
			return nil
		}
		maps.Copy(next, *known)
	}
	st := &scopeState{}
	next[name] = st
	s.known.Store(&next)
	return st
}

func (s *scopes) watched(name string) bool {
	st := s.state(name)
	if st == nil || st.ours.Load() {
		return true
	}
	return st.started.Load() < newScope && st.started.Add(1) <= newScope
}

func (s *scopes) makesOurs(name string) {
	if st := s.state(name); st != nil && !st.ours.Load() {
		st.ours.Store(true)
	}
}
