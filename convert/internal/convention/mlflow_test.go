// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convention

import (
	"testing"

	"go.opentelemetry.io/otel/attribute"

	"github.com/spect-tools/spect-go/contracts"
)

func TestMLflowRecorded(t *testing.T) {
	checkRecordings(t, []recording{
		{trace: "mlflow-tool-rt", expected: "oa_tool_rt"},
	})
	// What a request has stands in attributes of their own too.
	for _, f := range recordedFacts(t, "mlflow-tool-rt", LLM) {
		if len(f.Metadata) > 0 {
			t.Errorf("said twice, in the metadata too: %v", f.Metadata)
		}
	}
}

func TestMLflowToolsAndAgent(t *testing.T) {
	calls := providerCalls(t, "oa_tool_rt")
	tools := recordedFacts(t, "mlflow-tool-rt", Tool)
	if len(tools) != 2 {
		t.Fatalf("%d tools, want 2", len(tools))
	}
	results := calls[1].inputTexts("tool")
	for i, f := range tools {
		call := calls[0].Choices[0].ToolCalls[i]
		sameJSON(t, "arguments", f.Tool.Arguments, string(contracts.MakeJSON(call.Input)))
		if result, _ := f.Tool.Result.Text(); result != results[i] || f.Tool.Name != call.Name {
			t.Errorf("%s gave %s, want %q", f.Tool.Name, f.Tool.Result, results[i])
		}
	}
	agents := recordedFacts(t, "mlflow-tool-rt", Agent)
	if len(agents) != 1 || len(agents[0].Response.Messages) != 1 || agents[0].Response.Messages[0].Content.Text() != calls[1].Choices[0].Text {
		t.Errorf("agents: %+v", agents)
	}
}

func TestMLflowRole(t *testing.T) {
	for kind, want := range map[string]Role{
		"LLM": LLM, "CHAT_MODEL": LLM, "TOOL": Tool, "AGENT": Agent, "UNKNOWN": None, "": None,
		"CHAIN": Struct, "RETRIEVER": Struct, "PARSER": Struct, "EMBEDDING": Struct, "RERANKER": Struct, "MEMORY": Struct, "CUSTOM": Struct,
	} {
		for _, text := range []string{kind, `"` + kind + `"`} { // Python writes all values as JSON
			if got := RoleOf([]attribute.KeyValue{attribute.String("mlflow.spanType", text)}); got != want {
				t.Errorf("%s: %d, want %d", text, got, want)
			}
		}
	}
}

func TestMLflowCall(t *testing.T) {
	f := factsOf(t,
		attribute.String("mlflow.spanType", `"CHAT_MODEL"`),
		attribute.String("mlflow.traceRequestId", `"tr-1"`),
		attribute.String("mlflow.message.format", `"openai"`),
		attribute.String("mlflow.llm.model", `"gpt-4o-mini-2024-07-18"`),
		attribute.String("mlflow.llm.provider", `"openai"`),
		attribute.String("mlflow.spanInputs", `{"model":"gpt-4o-mini","messages":[{"role":"user","content":"Hi"}],"temperature":0.50}`),
		attribute.String("mlflow.spanOutputs", `{"id":"chatcmpl-1","model":"gpt-4o-mini-2024-07-18","choices":[{"message":{"role":"assistant","content":"Hello"},"finish_reason":"stop"}]}`),
		attribute.String("mlflow.chat.tokenUsage", `{"input_tokens":10,"output_tokens":4,"total_tokens":14,"cache_read_input_tokens":6}`),
		attribute.String("mlflow.chat.tools", `[{"type":"function","function":{"name":"f"}}]`),
		attribute.String("temperature", `0.50`),
		attribute.String("team", `"a"`),
	)
	if f.Provider != "openai" || f.Request.Model != "gpt-4o-mini" || f.Response.Model != "gpt-4o-mini-2024-07-18" || f.Response.ID != "chatcmpl-1" {
		t.Errorf("%+v", f)
	}
	sameMessages(t, "input", f.Request.Messages, `[{"role":"user","content":[{"type":"text","text":"Hi"}]}]`)
	sameMessages(t, "answer", f.Response.Messages, `[{"role":"assistant","content":[{"type":"text","text":"Hello"}]}]`)
	sameMembers(t, "settings", f.Request.Settings, `{"temperature":0.50}`)
	sameJSON(t, "tools", f.Request.Tools, `[{"type":"function","function":{"name":"f"}}]`)
	sameJSON(t, "usage", string(f.Response.Usage.AppendJSON(nil)), `{"inputTokens":10,"outputTokens":4,"totalTokens":14,"cachedInputTokens":6}`)
	sameMembers(t, "metadata", f.Metadata, `{"team":"\"a\""}`)
}

// Anthropic's own counts leave the cache out; the answer tells, the summary that
// MLflow makes of it does not.
func TestMLflowCountsOfTheAnswer(t *testing.T) {
	f := factsOf(t,
		attribute.String("mlflow.spanType", `"CHAT_MODEL"`),
		attribute.String("mlflow.spanOutputs", `{"id":"msg_1","role":"assistant","content":[{"type":"text","text":"Hello"}],"stop_reason":"end_turn",
			"usage":{"input_tokens":4,"cache_read_input_tokens":1163,"cache_creation_input_tokens":0,"output_tokens":5}}`),
		attribute.String("mlflow.chat.tokenUsage", `{"input_tokens":4,"output_tokens":5,"total_tokens":9}`),
	)
	if got := f.Response.Usage.Input.N; got != 1167 {
		t.Errorf("input %d, want 1167", got)
	}
}

func TestMLflowFunctions(t *testing.T) {
	f := factsOf(t,
		attribute.String("mlflow.spanType", `"TOOL"`),
		attribute.String("mlflow.spanFunctionName", `"weather"`),
		attribute.String("mlflow.spanInputs", `{"city":"Paris"}`),
		attribute.String("mlflow.spanOutputs", `"20 degrees"`),
	)
	if f.Tool.Name != "weather" {
		t.Errorf("%+v", f.Tool)
	}
	sameJSON(t, "arguments", f.Tool.Arguments, `{"city":"Paris"}`)
	sameJSON(t, "result", f.Tool.Result, `"20 degrees"`)
	f = factsOf(t,
		attribute.String("mlflow.spanType", `"AGENT"`),
		attribute.String("mlflow.spanInputs", `{"question":"Plan my day."}`),
		attribute.String("mlflow.spanOutputs", `"Sleep."`),
	)
	sameMessages(t, "asked", f.Request.Messages, `[{"role":"user","content":[{"type":"text","text":"Plan my day."}]}]`)
	sameMessages(t, "answered", f.Response.Messages, `[{"role":"assistant","content":[{"type":"text","text":"Sleep."}]}]`)
}

func TestMLflowCut(t *testing.T) {
	f := factsOf(t,
		attribute.String("mlflow.spanType", `"CHAT_MODEL"`),
		attribute.String("mlflow.spanInputs", `{"messages":[{"role":"user","content":"H`),
	)
	if len(f.Request.Messages) != 1 || len(f.Partial) == 0 {
		t.Errorf("%+v", f)
	}
}
