// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter_test

import (
	"context"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/exporter"
)

// BenchmarkSession makes sessions of ten spans by hand, up to their payloads:
// what it costs to gather, to convert and to encode, and OpenTelemetry's own part.
func BenchmarkSession(b *testing.B) {
	exp, err := exporter.New(exporter.WithLocal(), exporter.WithOrganizationID("o"))
	if err != nil {
		b.Fatal(err)
	}
	tp := provider(exp)
	tr := tp.Tracer("bench")
	messages := contracts.MessagesKey.String(string(contracts.MakeMessages(contracts.UserText(strings.Repeat("what is said ", 40)))))
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		ctx, root := tr.Start(context.Background(), "s", trace.WithAttributes(
			contracts.KindKey.String(contracts.SessionKind), contracts.ModelIDKey.String("m")))
		for k := range 9 {
			_, span := tr.Start(ctx, "call", trace.WithAttributes(
				contracts.KindKey.String(string(contracts.KindGenerate)), contracts.SeqKey.Int(k),
				contracts.ModelIDKey.String("m"), contracts.ModelProviderKey.String("p"),
				contracts.MetadataKey.String(`{"temperature":0.2}`)))
			span.SetAttributes(messages)
			span.End()
		}
		root.End()
		if i%50 == 49 {
			if err := exp.Flush(context.Background()); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(10*b.N), "ns/span")
	if err := tp.Shutdown(context.Background()); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkForeignSpan makes spans that are none of ours: what having the
// processor costs everybody else.
func BenchmarkForeignSpan(b *testing.B) {
	exp, err := exporter.New(exporter.WithLocal(), exporter.WithOrganizationID("o"))
	if err != nil {
		b.Fatal(err)
	}
	spect := provider(exp)
	for name, tp := range map[string]trace.TracerProvider{
		"nothing": sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(nothing{})),
		"spect":   spect,
	} {
		b.Run(name, func(b *testing.B) {
			tr := tp.Tracer("http")
			b.ReportAllocs()
			for b.Loop() {
				_, span := tr.Start(context.Background(), "GET /items/{id}", trace.WithAttributes(
					attribute.String("http.request.method", "GET"),
					attribute.String("url.full", "https://api.example.com/items/1042"),
					attribute.String("server.address", "api.example.com"),
					attribute.Int("server.port", 443),
					attribute.String("user_agent.original", "items/2.1"),
					attribute.String("network.protocol.name", "http")))
				span.SetAttributes(
					attribute.Int("http.response.status_code", 200),
					attribute.Int("http.response.body.size", 2048),
					attribute.String("network.protocol.version", "1.1"),
					attribute.Bool("cache.hit", false))
				span.End()
			}
		})
	}
	if err := spect.Shutdown(context.Background()); err != nil {
		b.Fatal(err)
	}
}

// nothing is a processor that does nothing.
type nothing struct{}

func (nothing) OnStart(context.Context, sdktrace.ReadWriteSpan) {}
func (nothing) OnEnd(sdktrace.ReadOnlySpan)                     {}
func (nothing) ForceFlush(context.Context) error                { return nil }
func (nothing) Shutdown(context.Context) error                  { return nil }
