// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package tracer_test

import (
	"context"
	"fmt"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/llm"
	"github.com/spect-tools/spect-go/convert/openai"
	"github.com/spect-tools/spect-go/exporter"
	"github.com/spect-tools/spect-go/tracer"
)

// createResponse stands for the call of the provider's API, as the provider's SDK or a
// plain HTTP client makes it: of either the bodies are to be had as JSON.
func createResponse(context.Context, contracts.JSON) (contracts.JSON, error) {
	return `{"id": "resp_1", "model": "gpt-4.1-2025-04-14", "status": "completed",
		"output": [{"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "8,611 metres."}]}],
		"usage": {"input_tokens": 12, "output_tokens": 6, "total_tokens": 18}}`, nil
}

// A call of the provider is traced by what went over the wire: its messages,
// tools, tokens and errors are read, none is spelled out by hand.
func Example_providerJSON() {
	exp, err := exporter.New(exporter.WithLocal(), exporter.WithOrganizationID("org_123"),
		exporter.WithOnTrace(func(p contracts.CollectorTracePayload) {
			for _, s := range p.Metadata.Result.Spans {
				for m, err := range s.Messages.All() {
					fmt.Println(s.Kind, m.Content.Text(), err)
				}
			}
			fmt.Println(p.Response.Model, p.Response.FinishReasons, p.Response.Usage)
		}))
	if err != nil {
		fmt.Println(err)
		return
	}
	tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(exporter.NewSpanProcessor(exp)))
	tr := tracer.New(tp, tracer.WithProvider("openai"))

	respond := func(ctx context.Context, body contracts.JSON) (res llm.Response, err error) {
		req := openai.ResponsesRequest(body)
		ctx, s := tr.StartSession(ctx, "openai.responses.create", tracer.Model(req.Model))
		defer s.EndErr(&err)
		s.Add(ctx, req.Messages...)

		ctx, gen := tr.Start(ctx, contracts.KindGenerate, "openai.responses.create")
		defer gen.EndErr(&err)
		answer, err := createResponse(ctx, body)
		if err != nil {
			return res, err
		}
		res = openai.ResponsesResponse(answer)
		if res.Error != nil {
			return res, res.Error
		}
		gen.Add(res.Messages...)
		result := tracer.Result{Model: res.Model, ID: res.ID, Usage: res.Usage}
		for _, m := range res.Messages {
			result.Text += m.Content.Text()
		}
		for _, reason := range res.FinishReasons {
			result.FinishReasons = append(result.FinishReasons, llm.FinishReason(reason))
		}
		s.SetResult(result)
		return res, nil
	}
	if _, err := respond(context.Background(), `{"model": "gpt-4.1", "instructions": "Be brief.", "input": "How tall is K2?"}`); err != nil {
		fmt.Println(err)
	}
	_ = tp.Shutdown(context.Background())

	// Output:
	// system Be brief. <nil>
	// user How tall is K2? <nil>
	// generate 8,611 metres. <nil>
	// gpt-4.1-2025-04-14 [stop] {"inputTokens":12,"outputTokens":6,"totalTokens":18}
}
