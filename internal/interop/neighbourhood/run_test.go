// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package neighbourhood

import (
	"context"
	"encoding/binary"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/spect-tools/spect-go/tracer"
)

// counting gives the same ids in each run.
type counting struct {
	mu sync.Mutex
	n  uint64
}

// spread makes numbers of which a sampler by ratio takes its ratio.
func spread(n uint64) uint64 { return n * 0x9e3779b97f4a7c15 }

func (c *counting) next() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n++
	return binary.BigEndian.AppendUint64(nil, spread(c.n))
}

// NewIDs implements sdktrace.IDGenerator.
func (c *counting) NewIDs(context.Context) (id trace.TraceID, span trace.SpanID) {
	copy(id[:8], c.next())
	copy(id[8:], c.next())
	copy(span[:], c.next())
	return id, span
}

// NewSpanID implements sdktrace.IDGenerator.
func (c *counting) NewSpanID(context.Context, trace.TraceID) (span trace.SpanID) {
	copy(span[:], c.next())
	return span
}

// program is the service and how it is set up. What is nil is as without Spect.
type program struct {
	rounds int
	base   sdktrace.Sampler
	// carries puts tracer.Propagator beside those of W3C.
	carries bool

	// sampler goes around base, and processors around that of OTLP.
	sampler    func(base sdktrace.Sampler) sdktrace.Sampler
	processors func(otlp sdktrace.SpanProcessor) []sdktrace.SpanProcessor
	propagator func(propagation.TextMapPropagator) propagation.TextMapPropagator
	// registered is called with the provider once it is there.
	registered func(*sdktrace.TracerProvider)
}

// spectError begins the errors that Spect reports.
const spectError = "spect: "

// run runs the program from its start to its end.
func (p *program) run(t *testing.T) (out observed) {
	t.Helper()
	rcv := &receiver{}
	server := httptest.NewServer(rcv)
	defer server.Close()
	res := resource.NewSchemaless(attribute.String("service.name", "shop"), attribute.String("service.version", "1.2.3"))

	// What the service does for itself: nothing of it is Spect's.
	own := newGlobals()
	own.set(t)
	otlp, err := otlptracehttp.New(t.Context(), otlptracehttp.WithEndpointURL(server.URL+"/v1/traces"))
	if err != nil {
		t.Fatal(err)
	}
	reader := metric.NewManualReader()
	mp := metric.NewMeterProvider(metric.WithReader(reader), metric.WithResource(res))
	otel.SetMeterProvider(mp)
	propagator := propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{})
	if p.carries {
		propagator = propagation.NewCompositeTextMapPropagator(propagator, tracer.Propagator{})
	}
	if p.propagator != nil {
		propagator = p.propagator(propagator)
	}
	otel.SetTextMapPropagator(propagator) // for the model's SDK
	before := takeGlobals()

	// What is different with Spect.
	batcher := sdktrace.NewBatchSpanProcessor(otlp, sdktrace.WithMaxQueueSize(1<<16), sdktrace.WithBatchTimeout(50*time.Millisecond))
	processors, sampler := []sdktrace.SpanProcessor{batcher}, p.base
	if p.processors != nil {
		processors = p.processors(batcher)
	}
	if p.sampler != nil {
		sampler = p.sampler(p.base)
	}

	options := []sdktrace.TracerProviderOption{sdktrace.WithResource(res), sdktrace.WithIDGenerator(new(counting)), sdktrace.WithSampler(sampler)}
	for _, sp := range processors {
		options = append(options, sdktrace.WithSpanProcessor(sp))
	}
	tp := sdktrace.NewTracerProvider(options...)
	if p.registered != nil {
		p.registered(tp)
	}
	before.same(t, "before the first request")
	otel.SetTracerProvider(tp)
	before = takeGlobals()

	s, stop := start(t, tp, mp, propagator)
	s.call(t, p.rounds)
	var measured metricdata.ResourceMetrics
	stop()
	if err := reader.Collect(context.Background(), &measured); err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	_ = tp.Shutdown(ctx) // where Spect's collector fails, this tells of it
	before.same(t, "after the shutdown")
	own.heardOf(t)
	if err := mp.Shutdown(ctx); err != nil {
		t.Error(err)
	}

	if rcv.err != nil {
		t.Error(rcv.err)
	}
	for i := range s.heard.all {
		s.heard.all[i] = steady(s.heard.all[i])
	}
	return observed{saidSpans(rcv.got), s.heard.all, saidMetrics(&measured), own.errorsOfOthers()}
}
