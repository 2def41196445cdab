// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter_test

import (
	"strings"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/exporter"
	"github.com/spect-tools/spect-go/exporter/exportertest"
	"github.com/spect-tools/spect-go/tracer"
)

// An image that is too large gives way to its hash; the texts beside it stay.
func TestMaxPayloadBytes(t *testing.T) {
	const limit = 10_000
	col := exportertest.NewMemoryCollector(t)
	exp, err := exporter.New(append(col.Options(), exporter.WithMaxPayloadBytes(limit))...)
	if err != nil {
		t.Fatal(err)
	}
	tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(exporter.NewSpanProcessor(exp)))
	ctx, s := tracer.New(tp).StartSession(t.Context(), "vision", tracer.Model("m"))
	s.Add(ctx, contracts.User(
		contracts.TextContentPart{Text: "What is this?"},
		contracts.FileContentPart{MediaType: "image/png", Data: contracts.QuoteJSON(strings.Repeat("AAAA", limit))}))
	s.End()
	if err := tp.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := len(col.Requests()[0].Body); n > limit {
		t.Errorf("%d bytes were posted, more than %d", n, limit)
	}
	span := col.RequireSession(t, "vision").Metadata.Result.Spans[0]
	messages, err := span.Messages.Decode()
	if err != nil {
		t.Fatal(err)
	}
	parts := messages[0].Content.Parts()
	file := parts[1].(contracts.FileContentPart)
	if text := parts[0].(contracts.TextContentPart).Text; text != "What is this?" || file.MediaType != "image/png" || file.Data.Member("sha256") == "" {
		t.Errorf("the message is now %s", span.Messages)
	}
	if span.Metadata.Member("partial") == "" {
		t.Errorf("the metadata does not say what was cut: %s", span.Metadata)
	}
}
