// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert"
	"github.com/spect-tools/spect-go/exporter"
	"github.com/spect-tools/spect-go/exporter/exportertest"
)

// A callback that panics for a span leaves that span out, and nothing else; it is
// reported once, however many spans there are.
func TestIncludePanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t, exporter.WithInclude(func(s sdktrace.ReadOnlySpan) bool {
			if strings.HasPrefix(s.Name(), "bad") {
				panic("in the callback")
			}
			return true
		}))
		tr := provider(l.exp).Tracer("app")
		ctx, s := session(t.Context(), tr, "s")
		for _, name := range []string{"bad 1", "good", "bad 2"} {
			ctx, guest := foreign(ctx, tr, name)
			_, e := entry(ctx, tr, "below "+name)
			e.End()
			guest.End()
		}
		s.End()
		flush(t, l.exp)
		p := l.col.RequireSession(t, "s")
		if have, want := tree(p), "s: below bad 1 good(below good) below bad 2"; have != want {
			t.Errorf("it is %s, want %s", have, want)
		}
		if text := l.out.one(t); !strings.Contains(text, "WithInclude") || !strings.Contains(text, "(panics_test.go:") || strings.Contains(text, "in the callback") {
			t.Errorf("reported: %s", text)
		}
	})
}

// A callback that ends its goroutine, as Fatal of a test does, costs nothing.
func TestOnTraceEndsItsGoroutine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t, exporter.WithWorkers(1), exporter.WithOnTrace(func(contracts.CollectorTracePayload) { runtime.Goexit() }))
		for i := range 3 {
			l.send(t, fmt.Sprint(i))
		}
		flush(t, l.exp)
		if s := l.exp.Stats(); s.Delivered != 3 {
			t.Errorf("%+v", s)
		}
	})
}

// What decides on a proxy and panics costs the session on its way.
func TestProxyPanics(t *testing.T) {
	col := exportertest.NewCollector(t)
	calls := 0
	exp, told := open(t, col.Options(exporter.WithWorkers(1), exporter.WithProxy(func(*http.Request) (*url.URL, error) {
		if calls++; calls == 1 {
			panic("no proxy")
		}
		return nil, nil
	}))...)
	l := &line{exp, col, told}
	for range 2 {
		l.send(t, "s")
		flush(t, exp)
	}
	if s := exp.Stats(); s.Dropped[exporter.DropPanic] != 1 || s.Delivered != 1 {
		t.Errorf("%+v", s)
	}
	if text := told.one(t); !strings.Contains(text, "(panics_test.go:") || strings.Contains(text, "no proxy") {
		t.Errorf("reported: %s", text)
	}
}

// A provider of metrics that panics, or has no meter, is an error of New's, which
// gives back what it had taken.
func TestMeterProviderPanics(t *testing.T) {
	dir := t.TempDir()
	for name, mp := range map[string]metric.MeterProvider{
		"panics": panickingProvider{}, "no meter": emptyProvider{}, "nil": (*panickingProvider)(nil),
	} {
		t.Run(name, func(t *testing.T) {
			exp, err := exporter.New(exporter.WithLocal(), exporter.WithOrganizationID("o"), exporter.WithMeterProvider(mp),
				exporter.WithSpool(exporter.Spool{Dir: dir}))
			if exp != nil || err == nil || !strings.Contains(err.Error(), "metrics") {
				t.Errorf("New returned %v, %v", exp, err)
			}
		})
	}
}

type panickingProvider struct{ noop.MeterProvider }

func (panickingProvider) Meter(string, ...metric.MeterOption) metric.Meter { panic("no meter") }

type emptyProvider struct{ noop.MeterProvider }

func (emptyProvider) Meter(string, ...metric.MeterOption) metric.Meter { return nil }

// An exporter that there is not, since nobody looked at New's error, is as one
// that is switched off.
func TestNoExporter(t *testing.T) {
	for name, exp := range map[string]*exporter.Exporter{"nil": nil, "zero": {}} {
		t.Run(name, func(t *testing.T) {
			tp := sdktrace.NewTracerProvider(
				sdktrace.WithSpanProcessor(exporter.NewSpanProcessor(exp)), sdktrace.WithBatcher(exp), sdktrace.WithSyncer(exp))
			_, s := session(t.Context(), tp.Tracer("app"), "s")
			s.End()
			if err := tp.ForceFlush(t.Context()); err != nil {
				t.Error(err)
			}
			if err := exp.Flush(t.Context(), exporter.IncludeOpen()); err != nil {
				t.Error(err)
			}
			if err := tp.Shutdown(t.Context()); err != nil {
				t.Error(err)
			}
			if err := exp.Shutdown(t.Context()); err != nil {
				t.Error(err)
			}
			if s := exp.Stats(); s.Received != 0 {
				t.Errorf("%+v", s)
			}
			if found := exp.Diagnose(); found != nil {
				t.Errorf("found %v", found)
			}
			exp.AddLog(convert.Log{})
			if err := exporter.Register(tp, exp); err == nil || !strings.Contains(err.Error(), "exporter.New") {
				t.Errorf("registered: %v", err)
			}
			_ = fmt.Sprintf("%v %+v %#v %s %d", exp, exp, exp, exp, exp)
			_ = exp.MarshalLog()
		})
	}
}

// Nothing at all, where something is due.
func TestNilArguments(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t, nil, exporter.WithInclude(nil), exporter.WithOnDrop(nil), exporter.WithOnTrace(nil), exporter.WithMeterProvider(nil))
		var none context.Context
		p := exporter.NewSpanProcessor(l.exp)
		p.OnStart(none, nil)
		p.OnEnd(nil)
		if err := l.exp.ExportSpans(none, nil); err != nil {
			t.Error(err)
		}
		if err := l.exp.ExportSpans(none, []sdktrace.ReadOnlySpan{nil}); err != nil {
			t.Error(err)
		}
		l.send(t, "s")
		if err := p.ForceFlush(none); err != nil {
			t.Error(err)
		}
		if err := l.exp.Flush(none, nil); err != nil {
			t.Error(err)
		}
		l.col.RequireSession(t, "s")
		if err := l.exp.Shutdown(none); err != nil {
			t.Error(err)
		}
	})
}

// A callback may trace, and look at the account: nothing that it would wait for
// waits for it.
func TestCallbacksTrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var (
			l     *line
			tp    *sdktrace.TracerProvider
			mu    sync.Mutex
			calls = map[string]int{}
		)
		trace := func(callback string) {
			mu.Lock()
			calls[callback]++
			n := calls[callback]
			mu.Unlock()
			_ = l.exp.Stats()
			ctx, s := session(context.Background(), tp.Tracer("app"), "of "+callback)
			if _, e := entry(ctx, tp.Tracer("app"), "e"); n == 1 { // and not for ever
				e.End()
				s.End()
			}
		}
		l = newLine(t, exporter.WithWorkers(1), exporter.WithGrace(0),
			exporter.WithOnTrace(func(contracts.CollectorTracePayload) { trace("OnTrace") }),
			exporter.WithOnDrop(func(exporter.Drop) { trace("OnDrop") }),
			exporter.WithErrorHandler(func(error) { trace("ErrorHandler") }),
			exporter.WithInclude(func(sdktrace.ReadOnlySpan) bool { trace("Include"); return true }))
		l.col.Respond(exportertest.Status(400))
		tp = provider(l.exp)
		ctx, s := session(t.Context(), tp.Tracer("app"), "s")
		_, guest := foreign(ctx, tp.Tracer("app"), "guest")
		guest.End()
		s.End()
		time.Sleep(time.Second)
		flush(t, l.exp)
		shutdown(t, l.exp)
		for _, callback := range []string{"OnTrace", "OnDrop", "ErrorHandler", "Include"} {
			l.col.RequireSession(t, "of "+callback)
		}
	})
}
