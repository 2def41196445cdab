// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package logs_test

import (
	"context"
	"fmt"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/log"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/exporter"
	"github.com/spect-tools/spect-go/exporter/logs"
)

// An instrumentation that keeps content off its spans: one processor for the
// spans, one for the log records, and one exporter behind both.
func Example() {
	ctx := context.Background()
	exp, err := exporter.New(
		exporter.WithOrganizationID("org_123"), exporter.WithLocal(), // nothing is sent: each session is printed
		exporter.WithOnTrace(func(p contracts.CollectorTracePayload) {
			for _, s := range p.Metadata.Result.Spans {
				for m := range s.Messages.All() {
					fmt.Printf("%s: %s\n", m.Role, m.Content.Text())
				}
			}
		}),
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(exporter.NewSpanProcessor(exp)))
	defer tp.Shutdown(ctx)
	lp := sdklog.NewLoggerProvider(sdklog.WithProcessor(logs.NewProcessor(exp)))
	defer lp.Shutdown(ctx) // before the spans' provider

	instrumented(ctx, tp.Tracer("instrumentation"), lp.Logger("instrumentation"))

	// Output:
	// user: How tall is K2?
	// assistant: 8,611 metres.
}

// instrumented is what an instrumentation makes of a call.
func instrumented(ctx context.Context, tr trace.Tracer, l log.Logger) {
	ctx, span := tr.Start(ctx, "chat gpt-4.1", trace.WithAttributes(
		attribute.String("gen_ai.operation.name", "chat"), attribute.String("gen_ai.request.model", "gpt-4.1")))
	defer span.End()
	emit := func(name string, body ...attribute.KeyValue) {
		var r log.Record
		r.SetEventName(name)
		r.SetBody(attribute.MapValue(body...))
		l.Emit(ctx, r)
	}
	emit("gen_ai.user.message", attribute.String("content", "How tall is K2?"))
	emit("gen_ai.choice", attribute.Int("index", 0), attribute.Map("message", attribute.String("content", "8,611 metres.")))
}
