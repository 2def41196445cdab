// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel/trace"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/spect-tools/spect-go/exporter"
)

// A defect of the exporter's own costs the sessions under way, which are counted,
// and neither the program nor the sessions that come later.
func TestDefect(t *testing.T) {
	for name, step := range map[string]func(*testing.T, *line, trace.Span){
		"expire":   func(*testing.T, *line, trace.Span) { time.Sleep(time.Second) },
		"age":      func(*testing.T, *line, trace.Span) { time.Sleep(2 * time.Hour) },
		"flush":    func(t *testing.T, l *line, _ trace.Span) { flush(t, l.exp) },
		"open":     func(t *testing.T, l *line, _ trace.Span) { flush(t, l.exp, exporter.IncludeOpen()) },
		"an event": func(_ *testing.T, _ *line, s trace.Span) { s.End(); time.Sleep(time.Minute) },
		"shutdown": func(t *testing.T, l *line, _ trace.Span) { shutdown(t, l.exp) },
		"limit": func(t *testing.T, l *line, _ trace.Span) {
			for range 10 {
				_, s := session(t.Context(), provider(l.exp).Tracer("app"), "more")
				s.End()
			}
		},
	} {
		for _, grace := range []time.Duration{0, 250 * time.Millisecond} {
			t.Run(name+" "+grace.String(), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					l := newLine(t, exporter.WithGrace(grace), exporter.WithMaxHeld(4, 1<<30))
					tr := provider(l.exp).Tracer("app")
					ctx, s := session(t.Context(), tr, "open")
					_, a := entry(ctx, tr, "a")
					a.End()
					l.exp.AddLog(asked(ctx, "?"))
					_, b := entry(ctx, tr, "b")
					_, done := session(t.Context(), tr, "done")
					done.End()
					synctest.Wait()
					if grace == 0 {
						_, again := session(t.Context(), tr, "again") // in nothing else's place
						defer again.End()
						synctest.Wait()
					}
					exporter.Corrupt(l.exp)
					step(t, l, s)
					synctest.Wait()
					balanced(t, l.exp)
					b.End()
					s.End()
					_ = l.exp.Flush(t.Context(), exporter.IncludeOpen())
					l.send(t, "later")
					flush(t, l.exp)
					balanced(t, l.exp)
					stats, p := l.exp.Stats(), exporter.FootprintOf(l.exp)
					if stats.Dropped[exporter.DropPanic] == 0 || stats.Held != 0 || p.Live != p.Traces || p.Held != 0 {
						t.Errorf("%+v, %+v", stats, p)
					}
					if name != "shutdown" {
						l.col.RequireSession(t, "later")
					}
					for _, text := range l.out.all() {
						if !strings.Contains(text, "panic") {
							t.Errorf("reported: %s", text)
						}
					}
				})
			})
		}
	}
}

// An open span that panics when it is read costs the session inside its own
// nothing.
func TestOpenSpanAroundPanics(t *testing.T) {
	for name, release := range map[string]func(*testing.T, *exporter.Exporter){
		"flush":    func(t *testing.T, e *exporter.Exporter) { flush(t, e) },
		"complete": func(*testing.T, *exporter.Exporter) { time.Sleep(time.Second) },
		"shutdown": func(t *testing.T, e *exporter.Exporter) { _ = e.Shutdown(t.Context()) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLine(t)
				wrap := &wrapper{SpanProcessor: exporter.NewSpanProcessor(l.exp)}
				tr := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(wrap)).Tracer("app")
				ctx, outer := session(t.Context(), tr, "outer")
				defer outer.End()
				_, s := session(ctx, tr, "s")
				synctest.Wait()
				wrap.panics.Store(true)
				s.End()
				release(t, l.exp)
				l.col.RequireSession(t, "s")
			})
		})
	}
}
