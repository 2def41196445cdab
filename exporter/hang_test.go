// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter_test

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/spect-tools/spect-go/exporter"
	"github.com/spect-tools/spect-go/exporter/exportertest"
)

// slack is how long a shutdown may last beyond its deadline while a callback of
// the application's holds it up.
const slack = 200 * time.Millisecond

// callbacks are options that have f called; provoke has that happen.
func callbacks(f func()) map[string]exporter.Option {
	return map[string]exporter.Option{
		"include": exporter.WithInclude(func(sdktrace.ReadOnlySpan) bool { f(); return false }),
		"drop":    exporter.WithOnDrop(func(exporter.Drop) { f() }),
		"error":   exporter.WithErrorHandler(func(error) { f() }),
	}
}

// provoke has an exporter call its callbacks: a session is refused, a span comes
// twice, and there is one of others.
func provoke(t *testing.T, l *line, p sdktrace.SpanProcessor) {
	t.Helper()
	l.col.Respond(exportertest.Status(400), exportertest.Status(400))
	rec := new(recorder)
	tr := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(p), sdktrace.WithSpanProcessor(rec)).Tracer("app")
	ctx, s := session(t.Context(), tr, "s")
	_, f := foreign(ctx, tr, "f")
	f.End()
	s.End()
	p.OnEnd(rec.spans[1]) // a duplicate
	time.Sleep(10 * time.Second)
}

// A callback that never returns does not hold Shutdown up, whichever goroutine it
// is on, nor those who call it again.
func TestCallbackHangs(t *testing.T) {
	for name := range callbacks(nil) {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				hang := make(chan struct{})
				l := newLine(t, callbacks(func() { <-hang })[name])
				p := exporter.NewSpanProcessor(l.exp)
				provoke(t, l, p)
				begin := time.Now()
				err := l.exp.Shutdown(context.Background())
				if took := time.Since(begin); !errors.Is(err, context.DeadlineExceeded) || took > 5*time.Second+slack {
					t.Errorf("it returned %v after %v", err, took)
				}
				if again := p.Shutdown(context.Background()); !errors.Is(again, context.DeadlineExceeded) {
					t.Errorf("again: %v", again)
				}
				rec := new(recorder)
				_, late := session(t.Context(), sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(rec)).Tracer("app"), "late")
				late.End()
				close(hang)
				if err := l.exp.ExportSpans(t.Context(), rec.spans); err == nil { // while the rest comes to its end
					t.Error("a span is taken in after the shutdown")
				}
				synctest.Wait()
				balanced(t, l.exp)
				if stats := l.exp.Stats(); stats.Held != 0 {
					t.Errorf("%+v", stats)
				}
			})
		})
	}
}

// A callback may shut the exporter down, though that cannot end well.
func TestCallbackShutsDown(t *testing.T) {
	for name := range callbacks(nil) {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var (
					l *line
					p sdktrace.SpanProcessor
				)
				l = newLine(t, callbacks(func() {
					_ = l.exp.Shutdown(context.Background())
					_ = p.Shutdown(context.Background())
				})[name], exporter.WithWorkers(1))
				p = exporter.NewSpanProcessor(l.exp)
				provoke(t, l, p)
				_ = p.Shutdown(context.Background())
				synctest.Wait()
				if stats := l.exp.Stats(); stats.Held != 0 {
					t.Errorf("%+v", stats)
				}
			})
		})
	}
}

// What Shutdown itself tells of may be answered by another Shutdown.
func TestDropCallbackShutsDownAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p sdktrace.SpanProcessor
		l := newLine(t, exporter.WithWorkers(1), exporter.WithOnDrop(func(exporter.Drop) { _ = p.Shutdown(context.Background()) }))
		l.col.Respond(exportertest.Stall())
		p = exporter.NewSpanProcessor(l.exp)
		tr := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(p)).Tracer("app")
		for range 100 {
			_, s := session(t.Context(), tr, "s")
			s.End()
		}
		begin := time.Now()
		err := p.Shutdown(context.Background())
		if took := time.Since(begin); !errors.Is(err, context.DeadlineExceeded) || took > 5*time.Second+slack {
			t.Errorf("it returned %v after %v", err, took)
		}
		synctest.Wait()
		balanced(t, l.exp)
		if stats := l.exp.Stats(); stats.Held != 0 {
			t.Errorf("%+v", stats)
		}
	})
}

// A callback that ends its goroutine, as a test's Fatal does, ends none of the
// exporter's.
func TestCallbackEndsItsGoroutine(t *testing.T) {
	for _, name := range []string{"drop", "error"} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLine(t, callbacks(runtime.Goexit)[name], exporter.WithWorkers(1))
				provoke(t, l, exporter.NewSpanProcessor(l.exp))
				l.send(t, "later") // refused too
				flush(t, l.exp)
				l.send(t, "last")
				flush(t, l.exp)
				l.col.RequireSession(t, "last")
			})
		})
	}
}

// A processor that is shut down twice counts once: the exporter goes on for the
// other.
func TestProcessorShutsDownTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t)
		first, second := exporter.NewSpanProcessor(l.exp), exporter.NewSpanProcessor(l.exp)
		tr := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(second)).Tracer("app")
		for range 3 {
			if err := first.Shutdown(t.Context()); err != nil {
				t.Error(err)
			}
		}
		_, s := session(t.Context(), tr, "s")
		s.End()
		for range 2 {
			if err := second.Shutdown(t.Context()); err != nil {
				t.Error(err)
			}
		}
		l.col.RequireSession(t, "s")
	})
}
