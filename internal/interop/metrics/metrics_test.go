// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package metrics

import (
	"context"
	"errors"
	"maps"
	"slices"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/semconv/v1.43.0/otelconv"
	"go.opentelemetry.io/otel/trace"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/exporter"
	"github.com/spect-tools/spect-go/exporter/exportertest"
	"github.com/spect-tools/spect-go/tracer"
)

// The account of Stats, in metrics: with the names and units of OpenTelemetry's
// conventions, and the same numbers, also after a shutdown.
func TestMetrics(t *testing.T) {
	reader := sdkmetric.NewManualReader()
	mp := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))
	rate := 0.0
	col := exportertest.NewCollector(t, exportertest.WithResponses(
		exportertest.RetryAfter(503, 0), exportertest.Accept(), exportertest.Status(400)))
	exp, err := exporter.New(col.Options(exporter.WithMeterProvider(mp), exporter.WithWorkers(1), exporter.WithErrorHandler(func(error) {}),
		exporter.WithSampling(exporter.Sampling{Rules: []exporter.SamplingRule{
			{Match: exporter.SamplingMatch{OperationName: "sampled out"}, SampleRate: &rate},
		}}))...)
	if err != nil {
		t.Fatal(err)
	}
	tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(exporter.NewSpanProcessor(exp)))
	tr := tracer.New(tp)
	play := func(name string, flush ...exporter.FlushOption) {
		ctx, s := tr.StartSession(t.Context(), name, tracer.Model("m"))
		_, gen := tr.Start(ctx, contracts.KindGenerate, "gen")
		gen.End()
		if name == "held" {
			return
		}
		if len(flush) == 0 {
			s.End()
		}
		if err := exp.Flush(t.Context(), flush...); (err != nil) != (name == "refused") {
			t.Errorf("%s: %v", name, err)
		}
		s.End()
	}
	play("accepted after a retry")
	play("refused")
	play("sampled out")
	play("ends after it was sent", exporter.IncludeOpen())
	play("held")
	_, other := tp.Tracer("app").Start(t.Context(), "not ours")
	other.End()
	if err := exp.Flush(t.Context()); err != nil {
		t.Error(err)
	}

	s := exp.Stats()
	for why, n := range map[exporter.DropReason]uint64{exporter.DropRejected: 2, exporter.DropSampled: 2, exporter.DropLate: 1} {
		if s.Dropped[why] != n {
			t.Errorf("%d spans dropped: %s, want %d", s.Dropped[why], why, n)
		}
	}
	if s.Held != 1 || s.Delivered != 3 || s.Retries != 1 {
		t.Errorf("%+v", s)
	}
	compare(t, s, read(t, reader))
	if err := tp.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
	compare(t, exp.Stats(), read(t, reader))
}

// A counter does not fall, where a span turns out to be none of ours after all.
func TestCountersNeverFall(t *testing.T) {
	reader := sdkmetric.NewManualReader()
	mp := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))
	exp, err := exporter.New(exporter.WithLocal(), exporter.WithOrganizationID("o"), exporter.WithMeterProvider(mp))
	if err != nil {
		t.Fatal(err)
	}
	tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(exporter.NewSpanProcessor(exp)))
	ctx, server := tp.Tracer("app").Start(t.Context(), "server")
	_, tool := tp.Tracer("app").Start(ctx, "tool", trace.WithAttributes(attribute.String("gen_ai.operation.name", "execute_tool")))
	tool.End() // which is ours if the server's span is an agent's
	const name = "otel.sdk.processor.span.processed"
	if n := read(t, reader)[name][""]; n != 1 {
		t.Errorf("%d spans were processed, want 1", n)
	}
	server.End()
	if err := tp.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
	if s := exp.Stats(); s.Received != 0 || s.Ignored != 2 {
		t.Errorf("%+v", s)
	}
	if n := read(t, reader)[name][""]; n != 1 {
		t.Errorf("%d spans were processed, and then %d", 1, n)
	}
}

// numbers are the values of one metric: by what tells them apart, or "".
type numbers map[string]uint64

// What waits in a spool, and what was found there.
func TestMetricsOfSpool(t *testing.T) {
	dir := t.TempDir()
	start := func(response exportertest.Response) (*exporter.Exporter, sdkmetric.Reader) {
		reader := sdkmetric.NewManualReader()
		col := exportertest.NewCollector(t, exportertest.WithDefault(response))
		exp, err := exporter.New(col.Options(exporter.WithSpool(exporter.Spool{Dir: dir}), exporter.WithErrorHandler(func(error) {}),
			exporter.WithMeterProvider(sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))))...)
		if err != nil {
			t.Fatal(err)
		}
		return exp, reader
	}
	exp, reader := start(exportertest.Status(503))
	tr := tracer.New(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(exporter.NewSpanProcessor(exp))))
	for range 3 {
		ctx, s := tr.StartSession(t.Context(), "s", tracer.Model("m"))
		_, gen := tr.Start(ctx, contracts.KindGenerate, "gen")
		gen.End()
		s.End()
	}
	if err := exp.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	have := read(t, reader)
	compare(t, exp.Stats(), have)
	if n := have["spect.exporter.span.spooled"][""]; n != 6 {
		t.Errorf("%d spans are in the spool, want 6", n)
	}

	exp, reader = start(exportertest.Accept())
	if err := exp.Flush(t.Context()); err != nil {
		t.Error(err)
	}
	have = read(t, reader)
	compare(t, exp.Stats(), have)
	if found, left := have["spect.exporter.span.recovered"][""], have["spect.exporter.span.spooled"][""]; found != 6 || left != 0 {
		t.Errorf("%d spans were found, %d are left, want 6 and 0", found, left)
	}
	if err := exp.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}

// goUpAndDown are the metrics that are no counters.
var goUpAndDown = []string{otelconv.SDKExporterSpanInflight{}.Name(), "spect.exporter.span.spooled"}

// read reads all metrics of the exporter.
func read(t *testing.T, reader sdkmetric.Reader) map[string]numbers {
	t.Helper()
	var all metricdata.ResourceMetrics
	if err := reader.Collect(context.Background(), &all); err != nil {
		t.Fatal(err)
	}
	units := map[string]string{
		otelconv.SDKExporterSpanExported{}.Name():   otelconv.SDKExporterSpanExported{}.Unit(),
		otelconv.SDKExporterSpanInflight{}.Name():   otelconv.SDKExporterSpanInflight{}.Unit(),
		otelconv.SDKProcessorSpanProcessed{}.Name(): otelconv.SDKProcessorSpanProcessed{}.Unit(),
		"spect.exporter.span.spooled":               "{span}",
		"spect.exporter.span.recovered":             "{span}",
		"spect.exporter.session.released":           "{session}",
		"spect.exporter.retries":                    "{request}",
	}
	out := map[string]numbers{}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			sum, ok := m.Data.(metricdata.Sum[int64])
			if !ok || m.Unit != units[m.Name] || sum.IsMonotonic == slices.Contains(goUpAndDown, m.Name) {
				t.Errorf("%s is %T, in %q", m.Name, m.Data, m.Unit)
			}
			out[m.Name] = numbers{}
			for _, p := range sum.DataPoints {
				if p.Attributes.Len() < 2 || !p.Attributes.HasValue("otel.component.name") || !p.Attributes.HasValue("otel.component.type") {
					t.Errorf("%s does not say of what: %v", m.Name, p.Attributes.ToSlice())
				}
				why := ""
				for _, key := range []attribute.Key{"error.type", "spect.release.reason"} {
					if v, ok := p.Attributes.Value(key); ok {
						why = v.AsString()
					}
				}
				out[m.Name][why] = uint64(p.Value)
			}
		}
	}
	return out
}

func compare(t *testing.T, s exporter.Stats, have map[string]numbers) {
	t.Helper()
	exported, released := numbers{"": s.Delivered}, numbers{}
	for why, n := range s.Dropped {
		exported[string(why)] = n
	}
	for why, n := range s.Released {
		released[string(why)] = n
	}
	for name, want := range map[string]numbers{
		"otel.sdk.processor.span.processed": {"": s.Received},
		"otel.sdk.exporter.span.exported":   exported,
		"otel.sdk.exporter.span.inflight":   {"": s.Held},
		"spect.exporter.span.spooled":       {"": s.Spooled},
		"spect.exporter.span.recovered":     {"": s.Recovered},
		"spect.exporter.session.released":   released,
		"spect.exporter.retries":            {"": s.Retries},
	} {
		if !maps.Equal(have[name], want) {
			t.Errorf("%s is %v, want %v", name, have[name], want)
		}
	}
}

// A provider of metrics that makes none is an error of the exporter's.
func TestNoMetrics(t *testing.T) {
	broken := errors.New("no instruments today")
	_, err := exporter.New(exporter.WithLocal(), exporter.WithOrganizationID("o"), exporter.WithMeterProvider(brokenProvider{
		MeterProvider: sdkmetric.NewMeterProvider(), err: broken,
	}))
	if !errors.Is(err, broken) {
		t.Errorf("the error is %v", err)
	}
}

type brokenProvider struct {
	metric.MeterProvider
	err error
}

// Meter implements metric.MeterProvider.
func (p brokenProvider) Meter(name string, opts ...metric.MeterOption) metric.Meter {
	return brokenMeter{p.MeterProvider.Meter(name, opts...), p.err}
}

type brokenMeter struct {
	metric.Meter
	err error
}

// Int64ObservableCounter implements metric.Meter.
func (m brokenMeter) Int64ObservableCounter(string, ...metric.Int64ObservableCounterOption) (metric.Int64ObservableCounter, error) {
	return nil, m.err
}
