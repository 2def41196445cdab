// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package tracer_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/exporter"
	"github.com/spect-tools/spect-go/tracer"
)

// handled are the errors that OpenTelemetry's handler was given.
type handled struct {
	mu   sync.Mutex
	told []string
}

func (h *handled) Handle(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.told = append(h.told, err.Error())
}

// take returns what was told since.
func (h *handled) take() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	told := h.told
	h.told = nil
	return told
}

func handler(t *testing.T) *handled {
	before, h := otel.GetErrorHandler(), new(handled)
	t.Cleanup(func() { otel.SetErrorHandler(before) })
	otel.SetErrorHandler(h)
	return h
}

func sampledBy(s sdktrace.Sampler, processors ...sdktrace.SpanProcessor) trace.TracerProvider {
	opts := []sdktrace.TracerProviderOption{sdktrace.WithSampler(s)}
	for _, p := range processors {
		opts = append(opts, sdktrace.WithSpanProcessor(p))
	}
	return sdktrace.NewTracerProvider(opts...)
}

// processor is of an exporter that sends nothing.
func processor(t *testing.T, opts ...exporter.Option) sdktrace.SpanProcessor {
	exp, err := exporter.New(append(opts, exporter.WithOrganizationID("o"), exporter.WithLocal())...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = exp.Shutdown(context.Background()) })
	return exporter.NewSpanProcessor(exp)
}

// That a head sampler drops sessions is said once, however many there are, and
// with what is to be done; so is that nobody hears of those that it does not
// sample. That nothing is traced at all, or nothing lost, is not.
func TestDroppedSessionsAreReportedOnce(t *testing.T) {
	h := handler(t)
	remote := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}, Remote: true})
	const sampler, ourProcessor = "exporter.Sampler", "exporter.NewSpanProcessor"
	never, asTheCaller := sdktrace.NeverSample(), sdktrace.ParentBased(sdktrace.AlwaysSample())
	batcher := sdktrace.NewBatchSpanProcessor(tracetest.NewInMemoryExporter())
	t.Cleanup(func() { _ = batcher.Shutdown(context.Background()) })
	for name, test := range map[string]struct {
		tp   trace.TracerProvider
		says string
	}{
		"never sampled":                {sampledBy(never, processor(t)), sampler},
		"as the caller says":           {sampledBy(asTheCaller, processor(t)), sampler},
		"our sampler":                  {sampledBy(exporter.Sampler(never), processor(t)), ""},
		"as the caller says, but ours": {sampledBy(exporter.Sampler(asTheCaller), batcher, processor(t)), ""},
		"our sampler, but a batcher":   {sampledBy(exporter.Sampler(never), batcher), ourProcessor},
		"our sampler alone":            {sampledBy(exporter.Sampler(asTheCaller)), ourProcessor},
		"a disabled exporter":          {sampledBy(exporter.Sampler(never), processor(t, exporter.WithDisabled())), ""},
		"always sampled":               {sampledBy(sdktrace.AlwaysSample(), batcher), ""},
		"no SDK":                       {noop.NewTracerProvider(), ""},
		"no SDK yet":                   {otel.GetTracerProvider(), ""},
	} {
		for what, play := range map[string]func(context.Context, *tracer.Tracer){
			"sessions": func(ctx context.Context, tr *tracer.Tracer) {
				ctx, s := tr.StartSession(ctx, "s")
				_, inner := tr.StartSession(ctx, "inner")
				inner.End()
				s.End()
			},
			"spans outside of any": func(ctx context.Context, tr *tracer.Tracer) {
				ctx, s := tr.Start(ctx, contracts.KindGenerate, "s")
				_, inner := tr.Start(ctx, contracts.KindReasoning, "inner")
				inner.End()
				s.End()
			},
		} {
			tr := tracer.New(test.tp)
			var all sync.WaitGroup
			for range 20 {
				all.Go(func() { play(trace.ContextWithRemoteSpanContext(t.Context(), remote), tr) })
			}
			all.Wait()
			switch told := h.take(); {
			case test.says == "" && len(told) > 0, test.says != "" && (len(told) != 1 || !strings.Contains(told[0], test.says)):
				t.Errorf("%s, %s: reported %q, want %q in it, once", what, name, told, test.says)
			}
		}
	}
}

// dropsBy drops the spans of some names.
type dropsBy struct{ names []string }

func (d dropsBy) ShouldSample(p sdktrace.SamplingParameters) sdktrace.SamplingResult {
	if slices.Contains(d.names, p.Name) {
		return sdktrace.SamplingResult{Decision: sdktrace.Drop}
	}
	return sdktrace.SamplingResult{Decision: sdktrace.RecordAndSample}
}

func (dropsBy) Description() string { return "dropsBy" }

// It is said again after an hour, while it goes on, with how much was lost
// meanwhile; and never what.
func TestDroppedSessionsAreReportedAgain(t *testing.T) {
	h := handler(t)
	synctest.Test(t, func(t *testing.T) {
		const secret = "s3cr3t"
		tr := tracer.New(sampledBy(dropsBy{[]string{secret, "torn"}}))
		lose := func() {
			ctx, s := tr.StartSession(t.Context(), secret, tracer.Metadata(map[string]string{secret: secret}))
			_, in := tr.Start(ctx, contracts.KindGenerate, secret, tracer.Attributes(attribute.String(secret, secret)))
			in.End() // one with its session
			s.End()
			ctx, s = tr.StartSession(t.Context(), "kept")
			_, in = tr.Start(ctx, contracts.KindGenerate, "torn")
			in.End()
			s.End()
		}
		var told []string
		for range 3 * 60 { // in each minute
			lose()
			told = append(told, h.take()...)
			time.Sleep(time.Minute)
		}
		counts := []string{"(1, and 0 spans", "(60, and 60 spans", "(60, and 60 spans"}
		for i, text := range told {
			if i >= len(counts) || !strings.Contains(text, counts[i]) || strings.Contains(text, secret) {
				t.Errorf("reported %q", text)
			}
		}
		if len(told) != len(counts) {
			t.Errorf("reported %d times, want %d: %q", len(told), len(counts), told)
		}
	})
}

// A span that is dropped out of a session that is not is said too.
func TestDroppedSpansAreReported(t *testing.T) {
	h := handler(t)
	tr := tracer.New(sampledBy(dropsBy{[]string{"torn"}}))
	ctx, s := tr.StartSession(t.Context(), "kept")
	for range 3 {
		_, in := tr.Start(ctx, contracts.KindGenerate, "torn")
		in.End()
	}
	s.End()
	if told := h.take(); len(told) != 1 || !strings.Contains(told[0], "(0, and 1 spans") {
		t.Errorf("reported %q", told)
	}
}

// What is started after the exporter was shut down is not told of as if there
// were none.
func TestNothingIsReportedAfterShutdown(t *testing.T) {
	h := handler(t)
	p := processor(t)
	tr := tracer.New(sampledBy(exporter.Sampler(sdktrace.NeverSample()), p))
	if err := p.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, s := tr.StartSession(t.Context(), "s")
	s.End()
	if told := h.take(); len(told) != 0 {
		t.Errorf("reported %q", told)
	}
}
