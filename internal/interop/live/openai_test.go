// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package live

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/spect-tools/spect-go/internal/livetest"
)

// traced is the middleware that a user would write: a span for each call, with
// OpenTelemetry's GenAI attributes. The messages are as the provider has them.
func traced(tr trace.Tracer) option.Middleware {
	return func(req *http.Request, next option.MiddlewareNext) (*http.Response, error) {
		var call struct {
			Model    string          `json:"model"`
			Messages json.RawMessage `json:"messages"`
		}
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(body, &call); err != nil {
			return nil, err
		}
		ctx, span := tr.Start(req.Context(), "chat "+call.Model, trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(
			attribute.String("gen_ai.operation.name", "chat"), attribute.String("gen_ai.provider.name", "openai"),
			attribute.String("gen_ai.request.model", call.Model), attribute.String("gen_ai.prompt", string(call.Messages))))
		defer span.End()
		req = req.WithContext(ctx)
		req.Body = io.NopCloser(bytes.NewReader(body))
		resp, err := next(req)
		if err != nil {
			span.SetStatus(codes.Error, err.Error())
			return resp, err
		}
		body, err = io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		resp.Body = io.NopCloser(bytes.NewReader(body))
		if err != nil {
			return resp, err
		}
		var answer openai.ChatCompletion
		if resp.Header.Get("Content-Type") != "application/json" || json.Unmarshal(body, &answer) != nil {
			return resp, nil
		}
		describe(span, &answer)
		return resp, nil
	}
}

// describe tells a span of an answer.
func describe(span trace.Span, answer *openai.ChatCompletion) {
	span.SetAttributes(
		attribute.String("gen_ai.response.id", answer.ID), attribute.String("gen_ai.response.model", answer.Model),
		attribute.Int64("gen_ai.usage.input_tokens", answer.Usage.PromptTokens),
		attribute.Int64("gen_ai.usage.output_tokens", answer.Usage.CompletionTokens))
	var reasons []string
	var messages []json.RawMessage
	for _, choice := range answer.Choices {
		reasons = append(reasons, choice.FinishReason)
		b, err := json.Marshal(choice.Message)
		if err != nil {
			return
		}
		messages = append(messages, b)
	}
	b, err := json.Marshal(messages)
	if err != nil {
		return
	}
	span.SetAttributes(attribute.StringSlice("gen_ai.response.finish_reasons", reasons), attribute.String("gen_ai.completion", string(b)))
}

type place struct {
	Location string `json:"location"`
}

var weather = map[string]string{"Seattle, WA": "50 degrees and raining", "San Francisco, CA": "70 degrees and sunny"}

// A loop of a user's, with a span around it and one for each run of a tool.
func TestOpenAITools(t *testing.T) {
	const request, first, second = "openai-tools-1.request.json", "openai-tools-1.answer.json", "openai-tools-2.answer.json"
	p := livetest.One(t, livetest.Sessions(t, func(ctx context.Context, t *testing.T, tp *sdktrace.TracerProvider, url string) {
		tr := tp.Tracer("app")
		client := openai.NewClient(option.WithBaseURL(url), option.WithAPIKey("test"), option.WithMiddleware(traced(tr)))
		var params openai.ChatCompletionNewParams
		if err := json.Unmarshal(livetest.Recorded(t, request), &params); err != nil {
			t.Fatal(err)
		}
		ctx, agent := tr.Start(ctx, "invoke_agent forecast", trace.WithAttributes(
			attribute.String("gen_ai.operation.name", "invoke_agent"), attribute.String("gen_ai.agent.name", "forecast")))
		defer agent.End()
		for {
			answer, err := client.Chat.Completions.New(ctx, params)
			if err != nil {
				t.Fatal(err)
			}
			message := answer.Choices[0].Message
			params.Messages = append(params.Messages, message.ToParam())
			if len(message.ToolCalls) == 0 {
				return
			}
			for _, call := range message.ToolCalls {
				params.Messages = append(params.Messages, openai.ToolMessage(forecast(ctx, t, tr, &call), call.ID))
			}
		}
	}, first, second))
	call := func(i int, member string) string {
		return livetest.In(t, first, "choices", 0, "message", "tool_calls", i, member)
	}
	livetest.Tells(t, p,
		"system: "+livetest.In(t, request, "messages", 0, "content"),
		"user: "+livetest.In(t, request, "messages", 1, "content"),
		"assistant calls get_current_weather "+call(0, "id")+` {"location":"Seattle, WA"}`,
		"assistant calls get_current_weather "+call(1, "id")+` {"location":"San Francisco, CA"}`,
		"generate: openai "+livetest.In(t, first, "model")+", in "+livetest.In(t, first, "usage", "prompt_tokens")+", out "+livetest.In(t, first, "usage", "completion_tokens")+`, ["tool-calls"]`,
		"run of get_current_weather "+call(0, "id")+` {"location":"Seattle, WA"}`,
		"run of get_current_weather "+call(1, "id")+` {"location":"San Francisco, CA"}`,
		"tool get_current_weather "+call(0, "id")+`: "50 degrees and raining"`,
		"tool get_current_weather "+call(1, "id")+`: "70 degrees and sunny"`,
		"assistant: "+livetest.In(t, second, "choices", 0, "message", "content"),
		"generate: openai "+livetest.In(t, second, "model")+", in "+livetest.In(t, second, "usage", "prompt_tokens")+", out "+livetest.In(t, second, "usage", "completion_tokens")+`, ["stop"]`,
	)
	livetest.Ends(t, p, livetest.In(t, second, "choices", 0, "message", "content"), "174", "76") // 75 + 99, 51 + 25
}

// forecast runs a tool.
func forecast(ctx context.Context, t *testing.T, tr trace.Tracer, call *openai.ChatCompletionMessageToolCallUnion) string {
	_, span := tr.Start(ctx, "execute_tool "+call.Function.Name, trace.WithAttributes(
		attribute.String("gen_ai.operation.name", "execute_tool"), attribute.String("gen_ai.tool.name", call.Function.Name),
		attribute.String("gen_ai.tool.call.id", call.ID), attribute.String("gen_ai.tool.call.arguments", call.Function.Arguments)))
	defer span.End()
	var at place
	if err := json.Unmarshal([]byte(call.Function.Arguments), &at); err != nil {
		t.Error(err)
	}
	span.SetAttributes(attribute.String("gen_ai.tool.call.result", weather[at.Location]))
	return weather[at.Location]
}

// A stream, whose answer the SDK's accumulator puts together.
func TestOpenAIStream(t *testing.T) {
	const request, answer = "openai-stream.request.json", "openai-stream.answer.sse"
	p := livetest.One(t, livetest.Sessions(t, func(ctx context.Context, t *testing.T, tp *sdktrace.TracerProvider, url string) {
		client := openai.NewClient(option.WithBaseURL(url), option.WithAPIKey("test"))
		var params openai.ChatCompletionNewParams
		if err := json.Unmarshal(livetest.Recorded(t, request), &params); err != nil {
			t.Fatal(err)
		}
		messages, err := json.Marshal(params.Messages)
		if err != nil {
			t.Fatal(err)
		}
		ctx, span := tp.Tracer("app").Start(ctx, "chat", trace.WithAttributes(
			attribute.String("gen_ai.operation.name", "chat"), attribute.String("gen_ai.provider.name", "openai"),
			attribute.Bool("gen_ai.request.stream", true), attribute.String("gen_ai.request.model", params.Model),
			attribute.String("gen_ai.prompt", string(messages))))
		defer span.End()
		var whole openai.ChatCompletionAccumulator
		stream := client.Chat.Completions.NewStreaming(ctx, params)
		for stream.Next() {
			whole.AddChunk(stream.Current())
		}
		if err := stream.Err(); err != nil {
			t.Fatal(err)
		}
		describe(span, &whole.ChatCompletion)
	}, answer))
	livetest.Tells(t, p,
		"user: "+livetest.In(t, request, "messages", 0, "content"),
		"assistant calls get_current_weather call_P9Ayqu3UQNYuTBVAg2sLimh9 "+arguments(t, answer),
		"stream: openai gpt-3.5-turbo-0125, in 0, out 0, [\"tool-calls\"]", // the recording has no usage, and the SDK none but zeros
	)
}

// arguments are those of the one call in the pieces of a stream.
func arguments(t *testing.T, file string) (all string) {
	for line := range strings.Lines(string(livetest.Recorded(t, file))) {
		data, ok := strings.CutPrefix(line, "data: {")
		if !ok {
			continue
		}
		var chunk struct {
			Choices []struct {
				Delta struct {
					ToolCalls []struct{ Function struct{ Arguments string } } `json:"tool_calls"`
				}
			}
		}
		if err := json.Unmarshal([]byte("{"+data), &chunk); err != nil {
			t.Fatal(err)
		}
		for _, call := range chunk.Choices[0].Delta.ToolCalls {
			all += call.Function.Arguments
		}
	}
	return all
}
