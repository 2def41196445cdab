// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/exporter"
	"github.com/spect-tools/spect-go/exporter/exportertest"
	"github.com/spect-tools/spect-go/tracer"
)

// Everything at once, with a collector that fails now and then: every span is
// accounted for, and every session that is said to be delivered arrived, whole.
func TestConcurrentUse(t *testing.T) {
	for name, door := range map[string]func(*exporter.Exporter) sdktrace.TracerProviderOption{
		"processor": func(e *exporter.Exporter) sdktrace.TracerProviderOption {
			return sdktrace.WithSpanProcessor(exporter.NewSpanProcessor(e))
		},
		"syncer": func(e *exporter.Exporter) sdktrace.TracerProviderOption { return sdktrace.WithSyncer(e) },
	} {
		t.Run(name, func(t *testing.T) {
			const goroutines, sessions, spans = 8, 25, 6
			col := exportertest.NewCollector(t)
			for range 10 {
				col.Respond(exportertest.Accept(), exportertest.Reset(), exportertest.Accept(), exportertest.RetryAfter(503, 0), exportertest.Truncated())
			}
			exp, _ := open(t, col.Options(exporter.WithGrace(time.Millisecond), exporter.WithWorkers(8), exporter.WithShutdownTimeout(time.Minute))...)
			tp := sdktrace.NewTracerProvider(door(exp))
			tr := tracer.New(tp)

			stop := make(chan struct{})
			var observers, workers sync.WaitGroup
			for range 2 {
				observers.Go(func() {
					for {
						select {
						case <-stop:
							return
						default:
							balanced(t, exp)
							_ = exp.Flush(context.Background())
							_ = fmt.Sprintf("%v %+v %s", exp, exp, exp)
							time.Sleep(time.Millisecond)
						}
					}
				})
			}
			for g := range goroutines {
				workers.Go(func() {
					for i := range sessions {
						ctx, s := tr.StartSession(t.Context(), fmt.Sprintf("%d/%d", g, i), tracer.Model("m"))
						var children sync.WaitGroup
						for range spans - 1 {
							children.Go(func() {
								_, sp := tr.Start(ctx, contracts.KindGenerate, "gen")
								sp.AddDelta(tracer.Delta{Text: "a"})
								sp.Add(contracts.AssistantText("b"))
								sp.End()
							})
						}
						children.Wait()
						s.End()
					}
				})
			}
			workers.Wait()
			close(stop)
			observers.Wait()
			shutdown(t, exp)

			stats := exp.Stats()
			if want := uint64(goroutines * sessions * spans); stats.Received != want || stats.Delivered != want {
				t.Errorf("want %d spans: %+v", want, stats)
			}
			seen := map[string]bool{}
			for _, p := range col.Sessions() {
				if len(p.Metadata.Result.Spans) != spans-1 {
					t.Errorf("session %s has %d spans", p.Name, len(p.Metadata.Result.Spans))
				}
				seen[p.Name] = true
			}
			if len(seen) != goroutines*sessions {
				t.Errorf("%d sessions arrived, want %d", len(seen), goroutines*sessions)
			}
		})
	}
}

// Spans that end during a shutdown neither block nor get lost uncounted.
func TestEndsDuringShutdown(t *testing.T) {
	for range 10 {
		var sent bodies
		exp := sent.exporter(t)
		tr := provider(exp).Tracer("app")
		var wg sync.WaitGroup
		begun := make(chan struct{}, 4)
		for range 4 {
			wg.Go(func() {
				for i := range 100 {
					if i == 10 {
						begun <- struct{}{}
					}
					ctx, s := tr.Start(t.Context(), "s", withKind(contracts.SessionKind))
					_, e := tr.Start(ctx, "e", withKind("generate"))
					e.End()
					s.End()
				}
			})
		}
		<-begun
		for range 2 {
			wg.Go(func() { shutdown(t, exp) })
		}
		wg.Wait()
		balanced(t, exp)
		if stats := exp.Stats(); stats.Received != 800 || stats.Held != 0 {
			t.Errorf("%+v", stats)
		}
	}
}
