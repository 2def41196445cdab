// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter_test

import (
	"context"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/spect-tools/spect-go/exporter"
)

// TestSpansOfOthersCostNoAllocation holds the processor to what a service pays
// for it at each span that is not Spect's: not one allocation, once the span's
// scope is not new any more.
func TestSpansOfOthersCostNoAllocation(t *testing.T) {
	exp, _ := open(t, exporter.WithLocal(), exporter.WithOrganizationID("org"))
	ours := provider(exp)
	defer func() { _ = ours.Shutdown(context.Background()) }()
	// Another trace holds a session, so the processor has to tell traces apart.
	_, root := session(context.Background(), ours.Tracer("app"), "open")
	defer root.End()
	flush(t, exp)

	none := allocations(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(&idle{})))
	if with := allocations(ours); with > none {
		t.Errorf("a span of others takes %v allocations with the processor, %v without", with, none)
	}
}

// idle is a processor that does nothing.
type idle struct{}

func (*idle) OnStart(context.Context, sdktrace.ReadWriteSpan) {}
func (*idle) OnEnd(sdktrace.ReadOnlySpan)                     {}
func (*idle) ForceFlush(context.Context) error                { return nil }
func (*idle) Shutdown(context.Context) error                  { return nil }

// allocations counts those of a span with attributes set at its start and
// after it.
func allocations(tp trace.TracerProvider) float64 {
	tr := tp.Tracer("example.com/http")
	one := func() {
		_, span := tr.Start(context.Background(), "GET", trace.WithAttributes(
			attribute.String("http.request.method", "GET"), attribute.String("server.address", "example.com"), attribute.Int("server.port", 443)))
		// One by one: the SDK has room for what comes after the first, unless
		// somebody has read the attributes and so made them shared.
		span.SetAttributes(attribute.Int("http.response.status_code", 200))
		span.SetAttributes(attribute.Bool("cache.hit", false))
		span.SetAttributes(attribute.String("network.protocol.version", "1.1"))
		span.End()
	}
	for range 1500 { // more than a scope is new for
		one()
	}
	return testing.AllocsPerRun(500, one)
}
