// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convert_test

import (
	"fmt"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/spect-tools/spect-go/convert"
)

// A call of a model, traced by an instrumentation that follows OpenTelemetry's
// conventions and puts the content into log records.
func Example() {
	began := time.UnixMilli(1_777_000_000_000)
	spans := []convert.Span{{
		TraceID: trace.TraceID{1}, SpanID: trace.SpanID{1}, Name: "chat gpt-4.1",
		StartTime: began, EndTime: began.Add(time.Second),
		Attributes: []attribute.KeyValue{
			attribute.String("gen_ai.operation.name", "chat"),
			attribute.String("gen_ai.system", "openai"),
			attribute.String("gen_ai.request.model", "gpt-4.1"),
			attribute.Int("gen_ai.usage.input_tokens", 12),
			attribute.Int("gen_ai.usage.output_tokens", 3),
		},
	}}
	convert.JoinLogs(spans, []convert.Log{
		{
			TraceID: trace.TraceID{1}, SpanID: trace.SpanID{1}, Name: "gen_ai.user.message", Time: began,
			Body: attribute.MapValue(attribute.String("content", "How many ships?")),
		},
		{
			TraceID: trace.TraceID{1}, SpanID: trace.SpanID{1}, Name: "gen_ai.choice", Time: began.Add(time.Second),
			Body: attribute.MapValue(attribute.Map("message", attribute.String("content", "Seven."))),
		},
	})

	converter := convert.Converter{OrganizationID: "org_123"}
	for _, session := range convert.Sessions(spans) {
		payload := converter.Payload(&session)
		fmt.Println(payload.Name, *payload.Response.Text, payload.Response.Usage)
		for _, span := range payload.Metadata.Result.Spans {
			for message := range span.Messages.All() {
				fmt.Println(" ", span.Kind, message.Content.Text())
			}
		}
	}
	// Output:
	// chat gpt-4.1 Seven. {"inputTokens":12,"outputTokens":3,"totalTokens":15}
	//   user How many ships?
	//   generate Seven.
}
