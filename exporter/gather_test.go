// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/exporter"
)

// A day of steady load, with spans and sessions that never end, and a trace
// that never ends: what is remembered does not grow.
func TestNoGrowth(t *testing.T) {
	for name, door := range map[string]func(*exporter.Exporter) sdktrace.TracerProviderOption{
		"processor": func(e *exporter.Exporter) sdktrace.TracerProviderOption {
			return sdktrace.WithSpanProcessor(exporter.NewSpanProcessor(e))
		},
		"exporter": func(e *exporter.Exporter) sdktrace.TracerProviderOption { return sdktrace.WithSyncer(e) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { noGrowth(t, door) })
		})
	}
}

func noGrowth(t *testing.T, door func(*exporter.Exporter) sdktrace.TracerProviderOption) {
	const (
		every = 15 * time.Second
		look  = 10 * time.Minute
		hour  = int(time.Hour / look)
	)
	sessions := 0
	exp, err := exporter.New(exporter.WithOrganizationID("org"), exporter.WithLocal(),
		exporter.WithOnTrace(func(p contracts.CollectorTracePayload) {
			if sessions++; p.Name == "in the long trace" && len(p.Metadata.Result.Spans) != 2 {
				t.Errorf("session %d has %d entries, want 2", sessions, len(p.Metadata.Result.Spans))
			}
		}), exporter.WithWorkers(1))
	if err != nil {
		t.Fatal(err)
	}
	tp := sdktrace.NewTracerProvider(door(exp))
	l := load{tr: tp.Tracer("app")}
	long, root := l.start(context.Background(), "worker", "")
	var seen []footprint
	var sum footprint
	began, looked := time.Now(), time.Now()
	for n := 0; time.Since(began) < 24*time.Hour; n++ {
		l.trace(n)
		l.inLongTrace(long)
		time.Sleep(every)
		synctest.Wait()
		sum = most(sum, footprint(exporter.FootprintOf(exp)))
		if time.Since(looked) >= look {
			seen = append(seen, sum)
			sum, looked = footprint{}, time.Now()
		}
	}
	var early, late footprint
	for _, p := range seen[hour : 3*hour] { // from when the first of the leaked are an hour old
		early = most(early, p)
	}
	for _, p := range seen[len(seen)-2*hour:] {
		late = most(late, p)
	}
	if bound := early.plusHalf(); most(bound, late) != bound {
		t.Errorf("from the first hours to the last it grew from\n%+v to\n%+v", early, late)
	}
	t.Logf("%d sessions; at most %+v, then %+v", sessions, early, late)
	l.endAll()
	root.End()
	time.Sleep(2 * time.Hour)
	synctest.Wait()
	if p := exporter.FootprintOf(exp); p != (exporter.Footprint{}) {
		t.Errorf("in the end there is left %+v", p)
	}
	if err := tp.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
	if err := exp.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
	balanced(t, exp)
	if s := exp.Stats(); len(s.Dropped) > 1 || s.Dropped[exporter.DropLate] == 0 != (len(s.Dropped) == 0) {
		t.Errorf("dropped %v", s.Dropped)
	}
}

type footprint exporter.Footprint

// most takes the larger of each number.
func most(a, b footprint) footprint {
	return footprint{
		Traces: max(a.Traces, b.Traces), Live: max(a.Live, b.Live), Nodes: max(a.Nodes, b.Nodes), Units: max(a.Units, b.Units),
		Held: max(a.Held, b.Held), Open: max(a.Open, b.Open), Waiting: max(a.Waiting, b.Waiting), Room: max(a.Room, b.Room),
		Plans: max(a.Plans, b.Plans), Queued: max(a.Queued, b.Queued), QueuedBytes: max(a.QueuedBytes, b.QueuedBytes),
	}
}

// plusHalf makes each number larger by a half, and a few.
func (p footprint) plusHalf() footprint {
	more := func(n int) int { return n + n/2 + 10 }
	return footprint{
		Traces: more(p.Traces), Live: more(p.Live), Nodes: more(p.Nodes), Units: more(p.Units),
		Held: more(p.Held), Open: more(p.Open), Waiting: more(p.Waiting), Room: more(p.Room),
		Plans: more(p.Plans), Queued: more(p.Queued), QueuedBytes: more(p.QueuedBytes),
	}
}

// load is what an application does all day.
type load struct {
	tr trace.Tracer
	// later are spans that end long after they were given up.
	later []trace.Span
	// before are the spans of the session before in the long trace.
	before []trace.Span
}

func (l *load) start(ctx context.Context, name, kind string) (context.Context, trace.Span) {
	attrs := []attribute.KeyValue{contracts.ModelIDKey.String("m")}
	if kind != "" {
		attrs = append(attrs, contracts.KindKey.String(kind))
	}
	return l.tr.Start(ctx, name, trace.WithAttributes(attrs...))
}

// trace is one request; now and then something of it is leaked.
func (l *load) trace(n int) {
	ctx, server := l.start(context.Background(), "server", "")
	ctx, session := l.start(ctx, fmt.Sprint("session ", n), contracts.SessionKind)
	ctx, model := l.start(ctx, "model", "generate")
	ctx, client := l.start(ctx, "client", "")
	_, tool := l.start(ctx, "tool", "tool-call")
	_, inner := l.start(ctx, "inner", contracts.SessionKind)
	spans := []trace.Span{inner, tool, client, model, session, server}
	if n%10 < len(spans) {
		if n%20 < 10 {
			l.later = append(l.later, spans[n%10])
		}
		spans = slices.Delete(spans, n%10, n%10+1)
	}
	for _, s := range spans {
		s.End()
	}
	if len(l.later) > 500 { // hours after they were given up
		l.later[0].End()
		l.later = l.later[1:]
	}
}

// inLongTrace is one more session in a trace that never ends. The next begins
// before it ends, so that there always is one.
func (l *load) inLongTrace(ctx context.Context) {
	_, other := l.start(ctx, "other", "")
	other.End()
	ctx, session := l.start(ctx, "in the long trace", contracts.SessionKind)
	ctx, client := l.start(ctx, "client", "")
	_, model := l.start(ctx, "model", "generate")
	_, tool := l.start(ctx, "tool", "tool-call")
	tool.End()
	for _, s := range l.before {
		s.End()
	}
	l.before = []trace.Span{model, client, session}
}

func (l *load) endAll() {
	for _, s := range slices.Concat(l.before, l.later) {
		s.End()
	}
}

// A session is not released by the leak timeout of another, whose place it took.
func TestLeakTimeoutOfAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		exp, _ := open(t, exporter.WithOrganizationID("org"), exporter.WithLocal(), exporter.WithGrace(0), exporter.WithLeakTimeout(30*time.Second))
		tr := provider(exp).Tracer("app")
		ctx, held := session(t.Context(), tr, "held") // keeps the trace
		at, a := session(ctx, tr, "a")
		_, child := entry(at, tr, "child of a")
		a.End() // is given 30 s
		child.End()
		synctest.Wait()
		bt, b := session(ctx, tr, "b")
		_, leaked := entry(bt, tr, "child of b")
		time.Sleep(10 * time.Second)
		b.End()
		for _, step := range []struct {
			sleep time.Duration
			leaks uint64
		}{{25 * time.Second, 0}, {10 * time.Second, 1}} {
			time.Sleep(step.sleep)
			synctest.Wait()
			if n := exp.Stats().Released[exporter.ReleaseLeak]; n != step.leaks {
				t.Errorf("after %v more %d sessions were released as leaking, want %d", step.sleep, n, step.leaks)
			}
		}
		leaked.End()
		held.End()
	})
}

// The memory of traces that were many at once serves those that come next, and is
// given back when they are few.
func TestMemoryOfARushIsGivenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		exp, _ := open(t, exporter.WithOrganizationID("org"), exporter.WithLocal())
		tr := provider(exp).Tracer("app")
		rush := func(n int) {
			var open []trace.Span
			for range n {
				_, s := session(t.Context(), tr, "s")
				open = append(open, s)
			}
			synctest.Wait()
			for _, s := range open {
				s.End()
			}
			flush(t, exp)
		}
		rush(500)
		if n := exporter.UnusedOf(exp); n != 500 {
			t.Errorf("after 500 sessions at once the memory of %d is kept", n)
		}
		rush(100)
		if n := exporter.UnusedOf(exp); n != 500 {
			t.Errorf("after 100 more at once, it is that of %d", n)
		}
		for range 10 { // 100 at once now and then
			rush(100)
			time.Sleep(6 * time.Second)
			synctest.Wait()
		}
		if n := exporter.UnusedOf(exp); n != 100 {
			t.Errorf("where there were 100 at once, the memory of %d is kept", n)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if n := exporter.UnusedOf(exp); n > 16 {
			t.Errorf("where there were none for a minute, the memory of %d is kept", n)
		}
	})
}

// A large session that has gone leaves nothing behind, though it was planned to go
// at another time too; and many plans leave none either.
func TestPlansHoldNoMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t)
		tr := provider(l.exp).Tracer("app")
		ctx, s := session(t.Context(), tr, "large")
		var open []trace.Span
		for range 1000 {
			_, e := entry(ctx, tr, "e")
			open = append(open, e)
		}
		s.End()
		for _, e := range open {
			e.End()
		}
		for range 3000 {
			_, s := tr.Start(t.Context(), "small", trace.WithAttributes(contracts.KindKey.String(contracts.SessionKind)))
			s.End()
		}
		time.Sleep(time.Second)
		l.col.RequireSession(t, "large")
		if nodes, plans := exporter.Unneeded(l.exp); nodes > 100 || plans > 1100 {
			t.Errorf("plans take the memory of %d nodes and of %d plans", nodes, plans)
		}
	})
}
