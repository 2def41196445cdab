// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package live

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/anthropics/anthropic-sdk-go"
	"github.com/anthropics/anthropic-sdk-go/option"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/spect-tools/spect-go/internal/livetest"
)

func anthropicClient(tp *sdktrace.TracerProvider, url string) anthropic.Client {
	return anthropic.NewClient(option.WithBaseURL(url), option.WithAPIKey("test"), option.WithMaxRetries(0),
		option.WithTracerProvider(tp), option.WithOpenTelemetryTracesContentMode(option.OpenTelemetryContentModeContent))
}

// The SDK makes a span of a stream by itself.
func TestAnthropicStream(t *testing.T) {
	const request, answer = "anthropic-stream.request.json", "anthropic-stream.answer.sse"
	p := livetest.One(t, livetest.Sessions(t, func(ctx context.Context, t *testing.T, tp *sdktrace.TracerProvider, url string) {
		client := anthropicClient(tp, url)
		var params anthropic.MessageNewParams
		if err := json.Unmarshal(livetest.Recorded(t, request), &params); err != nil {
			t.Fatal(err)
		}
		stream := client.Messages.NewStreaming(ctx, params)
		for stream.Next() {
		}
		if err := stream.Err(); err != nil {
			t.Fatal(err)
		}
	}, answer))
	said := pieces(t, answer) // a text and the arguments of two calls
	livetest.Tells(t, p,
		"user: "+livetest.In(t, request, "messages", 0, "content"),
		"assistant: "+said[0],
		"assistant calls get_weather toolu_014x5X91kx3fvdhpLvwXZWE2 "+compact(said[1]),
		"assistant calls get_time toolu_0121kXsENLvoDZ72LCuAnCCz "+compact(said[2]),
		"stream: anthropic claude-3-5-sonnet-20240620, in 506, out 153, [\"tool-calls\"]",
	)
}

func compact(j string) string {
	return strings.NewReplacer(`": "`, `":"`, `", "`, `","`).Replace(j)
}

// pieces are the texts and arguments in the pieces of a stream, by block.
func pieces(t *testing.T, file string) (blocks [3]string) {
	for line := range strings.Lines(string(livetest.Recorded(t, file))) {
		data, ok := strings.CutPrefix(line, "data: ")
		if !ok {
			continue
		}
		var event struct {
			Index int
			Delta struct {
				Text        string
				PartialJSON string `json:"partial_json"`
			}
		}
		if err := json.Unmarshal([]byte(data), &event); err != nil {
			t.Fatal(err)
		}
		blocks[event.Index] += event.Delta.Text + event.Delta.PartialJSON
	}
	return blocks
}

// country is the tool of the recording.
type country struct{}

func (country) Name() string        { return "get_user_country" }
func (country) Description() string { return "" }
func (country) InputSchema() anthropic.BetaToolInputSchemaParam {
	return anthropic.BetaToolInputSchemaParam{}
}

func (country) Execute(context.Context, json.RawMessage) ([]anthropic.BetaToolResultBlockParamContentUnion, error) {
	return []anthropic.BetaToolResultBlockParamContentUnion{{OfText: &anthropic.BetaTextBlockParam{Text: "Mexico"}}}, nil
}

// The SDK's tool runner is an agent.
func TestAnthropicToolRunner(t *testing.T) {
	const request, first, second = "anthropic-tools-1.request.json", "anthropic-tools-1.answer.json", "anthropic-tools-2.answer.json"
	p := livetest.One(t, livetest.Sessions(t, func(ctx context.Context, t *testing.T, tp *sdktrace.TracerProvider, url string) {
		client := anthropicClient(tp, url)
		var params anthropic.BetaMessageNewParams
		if err := json.Unmarshal(livetest.Recorded(t, request), &params); err != nil {
			t.Fatal(err)
		}
		params.Tools = nil
		runner := client.Beta.Messages.NewToolRunner([]anthropic.BetaTool{country{}}, anthropic.BetaToolRunnerParams{BetaMessageNewParams: params})
		if _, err := runner.RunToCompletion(ctx); err != nil {
			t.Fatal(err)
		}
	}, first, second))
	call := livetest.In(t, first, "content", 2, "id")
	livetest.Tells(t, p,
		"user: "+livetest.In(t, request, "messages", 0, "content", 0, "text"),
		"assistant thinks: "+livetest.In(t, first, "content", 0, "thinking"),
		"assistant: "+livetest.In(t, first, "content", 1, "text"),
		"assistant calls get_user_country "+call+" {}",
		"generate: anthropic "+livetest.In(t, first, "model")+", in "+livetest.In(t, first, "usage", "input_tokens")+", out "+livetest.In(t, first, "usage", "output_tokens")+`, ["tool-calls"]`,
		"run of get_user_country "+call+" {}",
		"tool get_user_country "+call+`: "Mexico"`,
		"assistant: "+livetest.In(t, second, "content", 0, "text"),
		"generate: anthropic "+livetest.In(t, second, "model")+", in "+livetest.In(t, second, "usage", "input_tokens")+", out "+livetest.In(t, second, "usage", "output_tokens")+`, ["stop"]`,
	)
	livetest.Ends(t, p, livetest.In(t, second, "content", 0, "text"), "964", "281") // 398 + 566, 155 + 126
}
