// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convention

import (
	"testing"

	"go.opentelemetry.io/otel/attribute"
)

func TestLangSmithRecorded(t *testing.T) {
	checkRecordings(t, []recording{
		{trace: "go-langsmith-openai-tool-rt", expected: "oa_tool_rt", lost: []string{factResponseModel, factResponseID, factFinish}},
		{trace: "go-langsmith-anthropic-thinking-tools", expected: "an_agent_thinking", lost: []string{factResponseID}},
		{trace: "go-langsmith-openai-responses", expected: "oa_resp_agent", lost: []string{factResponseModel, factResponseID, factFinish}},
	})
}

func TestLangSmithCall(t *testing.T) {
	f := factsOf(t,
		attribute.String("gen_ai.operation.name", "chat"),
		attribute.String("gen_ai.prompt", `{"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"[reasoning] Hm."}],
			"tools":[{"type":"function","function":{"name":"f"}}],"temperature":0.5}`),
		attribute.String("gen_ai.completion", `{"messages":[{"role":"assistant","content":"a","finish_reason":"stop"},{"role":"assistant","content":"b","finish_reason":"length"}]}`),
		attribute.String("langsmith.usage_metadata", `{"input_tokens":1167,"output_tokens":212,"total_tokens":1379,
			"input_token_details":{"flex_cache_read":1163,"ephemeral_5m_input_tokens":4,"audio":1},"output_token_details":{"reasoning":202}}`),
		attribute.String("langsmith.metadata.thread_id", "s"),
		attribute.String("langsmith.metadata.team", "a"),
	)
	if f.ConversationID != "s" {
		t.Errorf("conversation %q", f.ConversationID)
	}
	sameMessages(t, "input", f.Request.Messages, `[{"role":"user","content":[{"type":"text","text":"Hi"}]},{"role":"assistant","content":[{"type":"reasoning","text":"Hm."}]}]`)
	sameMessages(t, "answer", f.Response.Messages, `[{"role":"assistant","content":[{"type":"text","text":"a"}]},{"role":"assistant","content":[{"type":"text","text":"b"}]}]`)
	sameJSON(t, "tools", f.Request.Tools, `[{"type":"function","function":{"name":"f"}}]`)
	sameMembers(t, "settings", f.Request.Settings, `{"temperature":0.5}`)
	sameJSON(t, "usage", string(f.Response.Usage.AppendJSON(nil)), `{"inputTokens":1167,"outputTokens":212,"totalTokens":1379,
		"reasoningTokens":202,"cachedInputTokens":1163,"cacheWriteTokens":4,"input_audio":1}`)
	sameMembers(t, "metadata", f.Metadata, `{"langsmith.metadata.team":"a"}`)
	if got := f.Response.FinishReasons; len(got) != 2 || got[0] != "stop" || got[1] != "length" {
		t.Errorf("finish reasons %q", got)
	}
}

// Texts under the same keys are not LangSmith's.
func TestLangSmithLeavesTextsAlone(t *testing.T) {
	for _, text := range []string{"Hi", `["Hi"]`, `{"messages":[`} {
		s := &Source{Attributes: []attribute.KeyValue{attribute.String("gen_ai.prompt", text)}}
		s.index()
		if got := s.langSmithObject("gen_ai.prompt"); got != "" || s.used[0] {
			t.Errorf("%s was read: %s", text, got)
		}
	}
}

func TestLangSmithTool(t *testing.T) {
	f := factsOf(t,
		attribute.String("gen_ai.operation.name", "execute_tool"),
		attribute.String("gen_ai.tool.name", "weather"),
		attribute.String("gen_ai.prompt", `{"city":"Paris"}`),
		attribute.String("gen_ai.completion", `{"degrees":20}`),
	)
	sameJSON(t, "arguments", f.Tool.Arguments, `{"city":"Paris"}`)
	sameJSON(t, "result", f.Tool.Result, `{"degrees":20}`)
}

// Of OpenAI's Responses the calls of tools that the provider ran are calls like
// others, but for their ids.
func TestLangSmithHosted(t *testing.T) {
	f := factsOf(t,
		attribute.String("gen_ai.operation.name", "chat"),
		attribute.String("gen_ai.prompt", `{"messages":[{"role":"user","content":"Run it"}]}`),
		attribute.String("gen_ai.completion", `{"messages":[{"role":"assistant","content":"Done.","tool_calls":[
			{"id":"ci_68cdba5af39881a393a01eebb253854e09b7445677780c8f","type":"function","function":{"name":"code_interpreter","arguments":"{}"}},
			{"id":"call_1","type":"function","function":{"name":"f","arguments":"{}"}}]}]}`),
	)
	sameMessages(t, "answer", f.Response.Messages, `[{"role":"assistant","content":[{"type":"text","text":"Done."},
		{"type":"tool-call","toolCallId":"ci_68cdba5af39881a393a01eebb253854e09b7445677780c8f","toolName":"code_interpreter","input":{},"providerExecuted":true},
		{"type":"tool-call","toolCallId":"call_1","toolName":"f","input":{}}]}]`)
}
