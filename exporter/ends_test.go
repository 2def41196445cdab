// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/exporter"
	"github.com/spect-tools/spect-go/exporter/redact"
)

// A callback that ends its goroutine, as Fatal of a test does, costs at most the
// session that it was called for, which is counted; the exporter goes on.
func TestCallbacksEndTheirGoroutine(t *testing.T) {
	for name, test := range map[string]struct {
		opt exporter.Option
		// spans of each session are dropped
		dropped uint64
	}{
		"OnTrace":         {exporter.WithOnTrace(func(contracts.CollectorTracePayload) { runtime.Goexit() }), 0},
		"Include":         {exporter.WithInclude(func(sdktrace.ReadOnlySpan) bool { runtime.Goexit(); return true }), 0},
		"Logger":          {exporter.WithLogger(slog.New(exiting{})), 0},
		"ContentResolver": {exporter.WithContentResolver(func(exporter.ContentSession) exporter.ContentPolicy { runtime.Goexit(); return 0 }), 1},
		"Redactor": {exporter.WithRedactor(redact.Func(func(redact.Place, string) (string, error) {
			runtime.Goexit()
			return "", nil
		})), 1},
		"Transport": {exporter.WithTransport(roundTrip(func(*http.Request) (*http.Response, error) {
			runtime.Goexit()
			return nil, nil
		})), 1},
	} {
		for _, spooled := range []bool{false, true} {
			t.Run(fmt.Sprint(name, " spooled ", spooled), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					opts := []exporter.Option{
						exporter.WithOrganizationID("o"), exporter.WithAPIKey("k"), exporter.WithWorkers(1),
						exporter.WithTransport(new(bodies)), test.opt,
					}
					if spooled {
						opts = append(opts, exporter.WithSpool(exporter.Spool{Dir: t.TempDir()}))
					}
					exp, _ := open(t, opts...)
					tr := provider(exp).Tracer("app")
					const n = 6
					for range n {
						ctx, s := session(t.Context(), tr, "s")
						_, guest := foreign(ctx, tr, "guest")
						guest.End()
						s.End()
						time.Sleep(time.Second)
					}
					ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
					defer cancel()
					if err := exp.Flush(ctx); errors.Is(err, context.DeadlineExceeded) {
						t.Errorf("a flush took a minute: %v", err)
					}
					stats := exp.Stats()
					if stats.Received != n || stats.Dropped[exporter.DropPanic] != n*test.dropped || stats.Delivered != n*(1-test.dropped) {
						t.Errorf("%+v", stats)
					}
					begin := time.Now()
					if err := exp.Shutdown(context.Background()); err != nil || time.Since(begin) > time.Second {
						t.Errorf("Shutdown took %v: %v", time.Since(begin), err)
					}
				})
			})
		}
	}
}

// exiting is a log handler that ends its goroutine.
type exiting struct{}

func (exiting) Enabled(context.Context, slog.Level) bool  { return true }
func (exiting) Handle(context.Context, slog.Record) error { runtime.Goexit(); return nil }
func (h exiting) WithAttrs([]slog.Attr) slog.Handler      { return h }
func (h exiting) WithGroup(string) slog.Handler           { return h }

// A log handler may keep what it gets, as one does that writes later.
func TestLoggerKeepsRecords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kept := &keeping{}
		l := newLine(t, exporter.WithWorkers(1), exporter.WithLogger(slog.New(kept)))
		for i := range 20 {
			l.send(t, fmt.Sprintf("session %02d", i))
			flush(t, l.exp)
		}
		for i, r := range kept.records {
			want := fmt.Sprintf("session %02d", i)
			r.Attrs(func(a slog.Attr) bool {
				if a.Key == "name" && a.Value.String() != want {
					t.Errorf("the record of %q became one of %q", want, a.Value)
				}
				return true
			})
		}
		if len(kept.records) != 20 {
			t.Errorf("%d records", len(kept.records))
		}
	})
}

// keeping is a log handler that keeps the records it gets.
type keeping struct {
	slog.Handler
	records []slog.Record
}

func (*keeping) Enabled(context.Context, slog.Level) bool { return true }

func (k *keeping) Handle(_ context.Context, r slog.Record) error {
	k.records = append(k.records, r)
	return nil
}
