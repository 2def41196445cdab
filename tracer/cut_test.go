// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package tracer_test

import (
	"strings"
	"sync"
	"testing"

	"go.opentelemetry.io/otel"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/spect-tools/spect-go/exporter"
	"github.com/spect-tools/spect-go/tracer"
)

// That a head sampler drops sessions is said once, by each Tracer, and with what
// is to be done; that nothing is traced at all, or nothing dropped, is not.
func TestDroppedSessionsAreReportedOnce(t *testing.T) {
	var mu sync.Mutex
	var told []string
	before := otel.GetErrorHandler()
	t.Cleanup(func() { otel.SetErrorHandler(before) })
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) {
		mu.Lock()
		defer mu.Unlock()
		told = append(told, err.Error())
	}))
	sampled := func(s sdktrace.Sampler) trace.TracerProvider {
		return sdktrace.NewTracerProvider(sdktrace.WithSampler(s))
	}
	remote := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}, Remote: true})
	for name, test := range map[string]struct {
		tp    trace.TracerProvider
		times int
	}{
		"never sampled":                  {sampled(sdktrace.NeverSample()), 1},
		"as the caller says":             {sampled(sdktrace.ParentBased(sdktrace.AlwaysSample())), 1},
		"never sampled, but our sampler": {sampled(exporter.Sampler(sdktrace.NeverSample())), 0},
		"as the caller says, but ours":   {sampled(exporter.Sampler(sdktrace.ParentBased(sdktrace.AlwaysSample()))), 0},
		"always sampled":                 {sampled(sdktrace.AlwaysSample()), 0},
		"no SDK":                         {noop.NewTracerProvider(), 0},
		"no SDK yet":                     {otel.GetTracerProvider(), 0},
	} {
		told = nil
		tr := tracer.New(test.tp)
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				ctx, s := tr.StartSession(trace.ContextWithRemoteSpanContext(t.Context(), remote), "s")
				_, inner := tr.StartSession(ctx, "inner")
				inner.End()
				s.End()
			})
		}
		all.Wait()
		if len(told) != test.times || test.times > 0 && !strings.Contains(told[0], "exporter.Sampler") {
			t.Errorf("%s: reported %d times, want %d: %q", name, len(told), test.times, told)
		}
	}
}
