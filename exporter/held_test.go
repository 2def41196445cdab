// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter_test

import (
	"context"
	"math"
	"runtime"
	"runtime/metrics"
	"strings"
	"testing"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/exporter"
	"github.com/spect-tools/spect-go/tracer"
)

// BenchmarkHeld measures the heap that sessions under way take, for
// docs/sessions.md; once is enough:
//
//	go test ./exporter -run '^$' -bench Held -benchtime 1x
//
// What it prints, for each span of the sessions, and in all:
//
//	heap-B/span     the exporter's part of the heap
//	heap-MB         the same of all spans
//	bound-B/span    what WithMaxHeld counts of it
//	program-B/span  what the open spans cost the program without an exporter
func BenchmarkHeld(b *testing.B) {
	const sessions, spans = 100_000, 10
	for name, shape := range map[string]struct {
		ended bool // all but the root
		bytes int  // of text on each but the root
	}{
		"open":              {ended: false},
		"ended":             {ended: true},
		"ended with 200 B":  {ended: true, bytes: 200},
		"ended with 500 B":  {ended: true, bytes: 500},
		"ended with 2000 B": {ended: true, bytes: 2000},
	} {
		b.Run(name, func(b *testing.B) {
			text := strings.Repeat("x", shape.bytes)
			start := func(tp *sdktrace.TracerProvider) (open []func(...tracer.EndOption)) {
				tr := tracer.New(tp)
				for range sessions {
					ctx, s := tr.StartSession(context.Background(), "support.answer", tracer.Model("gpt-4.1"))
					open = append(open, s.End)
					for range spans - 1 {
						_, gen := tr.Start(ctx, contracts.KindGenerate, "openai.responses.create")
						if text != "" {
							gen.Add(contracts.AssistantText(text))
						}
						if shape.ended {
							gen.End()
						} else {
							open = append(open, gen.End)
						}
					}
					runtime.Gosched() // for what takes them in
				}
				return open
			}
			for b.Loop() {
				before := heap()
				open := start(sdktrace.NewTracerProvider())
				without := heap() - before
				runtime.KeepAlive(open)

				exp, err := exporter.New(exporter.WithOrganizationID("o"), exporter.WithLocal(),
					exporter.WithErrorHandler(func(error) {}), // that a shutdown has no time for all
					exporter.WithMaxSessionAge(24*time.Hour), exporter.WithMaxHeld(math.MaxInt, math.MaxInt))
				if err != nil {
					b.Fatal(err)
				}
				before = heap()
				open = start(provider(exp))
				if err := exp.Flush(context.Background()); err != nil { // it has taken all in then
					b.Fatal(err)
				}
				with := heap() - before
				f := exporter.FootprintOf(exp)
				if f.Nodes < sessions*spans || f.Open+f.Held != sessions*spans {
					b.Fatalf("it holds %+v", f)
				}
				b.ReportMetric((with-without)/1e6, "heap-MB")
				b.ReportMetric((with-without)/sessions/spans, "heap-B/span")
				b.ReportMetric(float64(f.Bytes)/sessions/spans, "bound-B/span")
				b.ReportMetric(without/sessions/spans, "program-B/span")
				b.ReportMetric(0, "ns/op")
				for _, end := range open {
					end()
				}
				_ = exp.Shutdown(context.Background())
			}
		})
	}
}

// heap is the bytes of all objects that are in use.
func heap() float64 {
	runtime.GC()
	runtime.GC() // what pools kept
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return float64(sample[0].Value.Uint64())
}
