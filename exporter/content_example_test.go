// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter_test

import (
	"context"
	"fmt"
	"strings"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/exporter"
	"github.com/spect-tools/spect-go/tracer"
)

// Roles, sizes, models, usage and times, but nothing of what was said.
func ExampleWithContent() {
	ctx := context.Background()
	exp, err := exporter.New(
		exporter.WithContent(exporter.MetadataOnly),
		exporter.WithLocal(),
		exporter.WithOrganizationID("org_123"),
		exporter.WithOnTrace(func(p contracts.CollectorTracePayload) {
			for _, s := range p.Metadata.Result.Spans {
				for m, err := range s.Messages.All() {
					if err == nil {
						fmt.Printf("%s: %s\n", m.Role, m.Content.Text())
					}
				}
			}
		}))
	if err != nil {
		fmt.Println(err)
		return
	}
	tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(exporter.NewSpanProcessor(exp)))

	exampleAnswer(ctx, tracer.New(tp))
	_ = tp.Shutdown(ctx)

	// Output:
	// user: [withheld, 15 bytes]
	// assistant: [withheld, 13 bytes]
}

// Customers who want nothing of theirs sent.
func ExampleWithContentResolver() {
	ctx := context.Background()
	exp, err := exporter.New(
		exporter.WithContentResolver(func(s exporter.ContentSession) exporter.ContentPolicy {
			if s.Metadata.Member("plan") == `"private"` {
				return exporter.NoContent
			}
			return exporter.FullContent
		}),
		exporter.WithWorkers(1),
		exporter.WithLocal(),
		exporter.WithOrganizationID("org_123"),
		exporter.WithOnTrace(func(p contracts.CollectorTracePayload) { fmt.Println(*p.Response.Text) }))
	if err != nil {
		fmt.Println(err)
		return
	}
	tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(exporter.NewSpanProcessor(exp)))
	tr := tracer.New(tp)

	for _, plan := range []string{"public", "private"} {
		_, s := tr.StartSession(ctx, "answer", tracer.Metadata(map[string]string{"plan": plan}))
		s.SetResult(tracer.Result{Text: "8,611 metres."})
		s.End()
		_ = exp.Flush(ctx)
	}
	_ = tp.Shutdown(ctx)

	// Output:
	// 8,611 metres.
	// [withheld, 13 bytes]
}

// Another vendor's exporter learns that a model was called, and not what it said.
func ExampleWithoutContent() {
	ctx := context.Background()
	exp, err := exporter.New(exampleOptions...)
	if err != nil {
		fmt.Println(err)
		return
	}
	otlp := tracetest.NewInMemoryExporter() // say otlptracegrpc
	tp := sdktrace.NewTracerProvider(
		sdktrace.WithSpanProcessor(exporter.NewSpanProcessor(exp)),
		sdktrace.WithSyncer(exporter.WithoutContent(otlp)), // or WithBatcher
	)

	exampleAnswer(ctx, tracer.New(tp))
	_ = tp.ForceFlush(ctx)
	for _, s := range otlp.GetSpans() {
		var keys []string
		for _, kv := range s.Attributes {
			keys = append(keys, string(kv.Key))
		}
		fmt.Println(s.Name, strings.Join(keys, " "))
	}
	_ = tp.Shutdown(ctx)

	// Output:
	// session answer, 2 spans
	// user spect.kind spect.seq
	// assistant spect.kind spect.seq
	// answer spect.kind spect.session.id spect.model.id
}
