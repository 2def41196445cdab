// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter_test

import (
	"context"
	"strings"
	"testing"

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
