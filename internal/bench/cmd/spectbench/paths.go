// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/spect-tools/spect-go/exporter"
)

// pipeline takes spans from their end to wherever they go.
type pipeline struct {
	*sdktrace.TracerProvider
	// delivered is how many spans it says it has delivered, after a flush, and
	// an error when it lost any.
	delivered func() (int64, error)
}

func newProvider(opts ...sdktrace.TracerProviderOption) *sdktrace.TracerProvider {
	return sdktrace.NewTracerProvider(append(opts, sdktrace.WithResource(resource.NewSchemaless(
		attribute.String("service.name", "spectbench"),
		attribute.String("service.version", "1.0.0"),
		attribute.String("deployment.environment.name", "bench"))))...)
}

// nop is a processor that does nothing.
type nop struct{}

func (nop) OnStart(context.Context, sdktrace.ReadWriteSpan) {}
func (nop) OnEnd(sdktrace.ReadOnlySpan)                     {}
func (nop) Shutdown(context.Context) error                  { return nil }
func (nop) ForceFlush(context.Context) error                { return nil }

func openNop() *pipeline {
	return &pipeline{newProvider(sdktrace.WithSpanProcessor(nop{})), func() (int64, error) { return 0, nil }}
}

// discarder is an exporter that counts.
type discarder struct{ spans int64 }

func (d *discarder) ExportSpans(_ context.Context, spans []sdktrace.ReadOnlySpan) error {
	d.spans += int64(len(spans))
	return nil
}
func (*discarder) Shutdown(context.Context) error { return nil }

func openBatcher(e sdktrace.SpanExporter, delivered func() (int64, error)) *pipeline {
	return &pipeline{newProvider(sdktrace.WithBatcher(e,
		sdktrace.WithBlocking(), sdktrace.WithExportTimeout(time.Minute))), delivered}
}

func openDiscarding() *pipeline {
	d := new(discarder)
	return openBatcher(d, func() (int64, error) { return d.spans, nil })
}

// openOTLP is otlptracehttp behind a batcher with its defaults, 512 spans a
// batch, but that it waits where it would drop.
func openOTLP(ctx context.Context, addr string, compression otlptracehttp.Compression) (*pipeline, error) {
	e, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpoint(addr), otlptracehttp.WithInsecure(),
		otlptracehttp.WithCompression(compression), otlptracehttp.WithTimeout(time.Minute))
	if err != nil {
		return nil, err
	}
	return openBatcher(e, nil), nil
}

// openSpect is Spect's exporter behind its own processor.
func openSpect(addr string, failed func(error), opts ...exporter.Option) (*pipeline, error) {
	e, err := exporter.New(append([]exporter.Option{
		exporter.WithOrganizationID("org_bench"),
		exporter.WithAPIKey("sk_bench_0123456789"),
		exporter.WithCollectorURL("http://" + addr),
		exporter.WithErrorHandler(failed),
	}, opts...)...)
	if err != nil {
		return nil, err
	}
	return &pipeline{newProvider(sdktrace.WithSpanProcessor(exporter.NewSpanProcessor(e))), func() (int64, error) {
		s := e.Stats()
		if s.Delivered != s.Received {
			return int64(s.Delivered), fmt.Errorf("of %d spans taken in, %d were delivered: held %d, dropped %v", s.Received, s.Delivered, s.Held, s.Dropped)
		}
		return int64(s.Delivered), nil
	}}, nil
}

// path is one way from the making of sessions to the server.
type path struct {
	name string
	// base is the path that makes the same spans and sends none; empty: this is
	// one.
	base string
	emit func(*workload, trace.TracerProvider) emitter
	open func(*bench) (*pipeline, error)
}

// The paths' names.
const (
	pathNopByHand    = "nothing, by hand"
	pathNopTraced    = "nothing, traced"
	pathOTLP         = "otlp"
	pathOTLPGzip     = "otlp gzip"
	pathSpectTraced  = "spect, traced"
	pathSpectGzip    = "spect gzip, traced"
	pathSpectByHand  = "spect, by hand"
	pathSpectWithout = "spect, by hand, no ids"
)

func emitByHand(w *workload, tp trace.TracerProvider) emitter  { return w.byHand(tp, withIDs) }
func emitWithout(w *workload, tp trace.TracerProvider) emitter { return w.byHand(tp, without) }

func openPathNop(*bench) (*pipeline, error) { return openNop(), nil }

func openPathSpect(compression exporter.Compression) func(*bench) (*pipeline, error) {
	return func(b *bench) (*pipeline, error) {
		return openSpect(b.server.Addr, b.failed, append([]exporter.Option{exporter.WithCompression(compression)}, b.options.exporter...)...)
	}
}

func openPathOTLP(compression otlptracehttp.Compression) func(*bench) (*pipeline, error) {
	return func(b *bench) (*pipeline, error) { return openOTLP(b.ctx, b.server.Addr, compression) }
}

// paths take turns in this order.
var paths = []path{
	{pathNopByHand, "", emitByHand, openPathNop},
	{pathNopTraced, "", (*workload).traced, openPathNop},
	{pathOTLP, pathNopByHand, emitByHand, openPathOTLP(otlptracehttp.NoCompression)},
	{pathOTLPGzip, pathNopByHand, emitByHand, openPathOTLP(otlptracehttp.GzipCompression)},
	{pathSpectTraced, pathNopTraced, (*workload).traced, openPathSpect(exporter.NoCompression)},
	{pathSpectGzip, pathNopTraced, (*workload).traced, openPathSpect(exporter.Gzip)},
	{pathSpectByHand, pathNopByHand, emitByHand, openPathSpect(exporter.NoCompression)},
	{pathSpectWithout, pathNopByHand, emitWithout, openPathSpect(exporter.NoCompression)},
}

// close shuts the pipeline down and returns what went wrong with it.
func (p *pipeline) close(ctx context.Context) error {
	err := p.Shutdown(ctx)
	if p.delivered != nil {
		_, lost := p.delivered()
		err = errors.Join(err, lost)
	}
	return err
}
