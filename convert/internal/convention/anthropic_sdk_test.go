// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convention

import (
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
)

// The SDK's own span beside an instrumentation's: the same call without content.
func TestAnthropicRecorded(t *testing.T) {
	want := providerCalls(t, "an_thinking")[0]
	found := false
	for _, span := range recordedSpans(t, "tl-an-thinking") {
		if !strings.HasPrefix(span.Scope, "com.anthropic.sdk") {
			continue
		}
		found = true
		f := Read(recordedSource(&span))
		if f == nil || f.Role != LLM {
			t.Fatalf("no call of a model: %+v", f)
		}
		checkFacts(t, f)
		r := &recordedCall{recording: &recording{lost: []string{factAnswer}}}
		r.equal(t, factResponseID, f.Response.ID, want.ResponseID)
		r.equal(t, factRequestModel, f.Request.Model, want.RequestModel)
		r.equal(t, factResponseModel, f.Response.Model, want.ResponseModel)
		r.equal(t, factFinish, finishReasons(f), want.Finish)
		r.checkUsage(t, f.Response.Usage, want.Usage)
		r.checkAnswer(t, f, &want)
		if len(f.Request.Messages) > 0 {
			t.Errorf("messages, which are not recorded: %v", f.Request.Messages)
		}
	}
	if !found {
		t.Error("no span of the SDK")
	}
}

func TestAnthropicDetails(t *testing.T) {
	f := factsOf(t,
		attribute.String("gen_ai.operation.name", "chat"),
		attribute.String("gen_ai.provider.name", "anthropic"),
		attribute.String("anthropic.message.stop_reason", "tool_use"),
		attribute.String("anthropic.thinking.type", "enabled"),
		attribute.Int("anthropic.thinking.budget_tokens", 1024),
		attribute.String("anthropic.response.service_tier", "standard"),
		attribute.Int("anthropic.usage.server_tool_use.web_search_requests", 2),
		attribute.Int("anthropic.usage.server_tool_use.web_fetch_requests", 0),
		attribute.Bool("anthropic.content.truncated", true),
		attribute.String("anthropic.what.comes.next", "x"),
	)
	if got := strings.Join(f.Response.FinishReasons, " "); got != "tool_use" {
		t.Errorf("finish reasons %q", got)
	}
	sameMembers(t, "settings", f.Request.Settings, `{"thinking.type":"enabled","thinking.budget_tokens":1024}`)
	sameMembers(t, "said beside the answer", f.Response.Metadata, `{"service_tier":"standard"}`)
	sameMembers(t, "counts", f.Response.Usage.Details, `{"server_tool_use.web_search_requests":2}`)
	sameMembers(t, "metadata", f.Metadata, `{"anthropic.what.comes.next":"x"}`)
	if len(f.Partial) == 0 {
		t.Error("nothing says that content was left out")
	}
}

func TestAnthropicTool(t *testing.T) {
	for blocks, want := range map[string]string{
		`[{"type":"text","text":"20 degrees"}]`:                                    `"20 degrees"`,
		`[{"type":"text","text":"a"},{"type":"text","text":"b"}]`:                  `[{"type":"text","text":"a"},{"type":"text","text":"b"}]`,
		`[{"type":"image","source":{"type":"url","url":"https://example.com/a"}}]`: `[{"type":"image","source":{"type":"url","url":"https://example.com/a"}}]`,
		`[{"type":"te`: `"[{\"type\":\"te"`,
	} {
		f := factsOf(t,
			attribute.String("gen_ai.operation.name", "execute_tool"),
			attribute.String("gen_ai.tool.name", "weather"),
			attribute.String("anthropic.tool_result.content", blocks),
		)
		sameJSON(t, blocks, f.Tool.Result, want)
	}
}
