// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package genkit

import (
	"context"
	"testing"
	"time"

	"github.com/firebase/genkit/go/ai"
	"github.com/firebase/genkit/go/genkit"
	"github.com/firebase/genkit/go/plugins/compat_oai/openai"
	"github.com/openai/openai-go/option"
	"go.opentelemetry.io/otel"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/spect-tools/spect-go/internal/livetest"
)

type place struct {
	Location string `json:"location"`
}

var weather = map[string]string{"Seattle, WA": "50 degrees and raining", "San Francisco, CA": "70 degrees and sunny"}

// A flow of Genkit's is a session; Genkit calls the tools by itself.
func TestGenkitFlow(t *testing.T) {
	const request, first, second = "openai-tools-1.request.json", "openai-tools-1.answer.json", "openai-tools-2.answer.json"
	system, question := livetest.In(t, request, "messages", 0, "content"), livetest.In(t, request, "messages", 1, "content")
	p := livetest.One(t, livetest.Sessions(t, func(ctx context.Context, t *testing.T, tp *sdktrace.TracerProvider, url string) {
		otel.SetTracerProvider(tp) // where Genkit looks for it
		g := genkit.Init(ctx, genkit.WithPlugins(&openai.OpenAI{APIKey: "test", Opts: []option.RequestOption{option.WithBaseURL(url)}}))
		tool := genkit.DefineTool(g, "get_current_weather", "Get the current weather in a given location",
			func(_ *ai.ToolContext, at place) (string, error) {
				if at.Location != "Seattle, WA" {
					time.Sleep(50 * time.Millisecond) // the tools run at the same time: one ends first
				}
				return weather[at.Location], nil
			})
		flow := genkit.DefineFlow(g, "forecast", func(ctx context.Context, question string) (string, error) {
			return genkit.GenerateText(ctx, g, ai.WithModelName("openai/gpt-4o-mini"), ai.WithSystem(system), ai.WithPrompt(question), ai.WithTools(tool))
		})
		answer, err := flow.Run(ctx, question)
		if err != nil {
			t.Fatal(err)
		}
		if want := livetest.In(t, second, "choices", 0, "message", "content"); answer != want {
			t.Errorf("the flow returned %q, want %q", answer, want)
		}
	}, first, second))
	call := func(i int, member string) string {
		return livetest.In(t, first, "choices", 0, "message", "tool_calls", i, member)
	}
	livetest.Tells(t, p,
		"system: "+system,
		"user: "+question,
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
