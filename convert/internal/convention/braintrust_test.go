// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convention

import (
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
)

func TestBraintrustRecorded(t *testing.T) {
	checkRecordings(t, []recording{
		{trace: "go-braintrust-openai-tool-rt", expected: "oa_tool_rt", lost: []string{factResponseModel}},
		{trace: "go-braintrust-anthropic-thinking-tools", expected: "an_agent_thinking", lost: []string{factRequestModel, factResponseID}},
	})
}

func TestBraintrustRole(t *testing.T) {
	input := attribute.String("braintrust.input_json", `[]`)
	for _, c := range []struct {
		attrs []attribute.KeyValue
		want  Role
	}{
		{[]attribute.KeyValue{input, attribute.String("braintrust.metadata", `{"endpoint":"/v1/chat/completions"}`)}, LLM},
		{[]attribute.KeyValue{input, attribute.String("braintrust.metadata", `{}`)}, None},
		{[]attribute.KeyValue{attribute.String("braintrust.metadata", `{"endpoint":"/v1/chat/completions"}`)}, None},
		{[]attribute.KeyValue{input}, None},
		{[]attribute.KeyValue{input, attribute.String("braintrust.span_attributes", `{"type":"llm"}`)}, LLM},
		{[]attribute.KeyValue{input, attribute.String("braintrust.span_attributes", `{"type":"tool"}`)}, Tool},
		{[]attribute.KeyValue{input, attribute.String("braintrust.span_attributes", `{"type":"task"}`)}, Struct},
		{[]attribute.KeyValue{attribute.String("braintrust.metadata", `{"endpoint`)}, None},
	} {
		if got := RoleOf(c.attrs); got != c.want {
			t.Errorf("%v: %d, want %d", c.attrs, got, c.want)
		}
	}
}

func TestBraintrustResponses(t *testing.T) {
	f := factsOf(t,
		attribute.String("braintrust.input_json", `"Hi"`),
		attribute.String("braintrust.output_json", `[{"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"Hm."}]},
			{"type":"message","role":"assistant","content":[{"type":"output_text","text":"Hello"}]}]`),
		attribute.String("braintrust.metadata", `{"endpoint":"/v1/responses","provider":"openai","model":"gpt-5","id":"resp_1","instructions":"Be brief.",
			"tools":[{"type":"mcp"}],"mcp_servers":[{"url":"https://example.com","authorization_token":"key"}],"stream":true,"temperature":0.5}`),
		attribute.String("braintrust.metrics", `{"prompt_tokens":10,"completion_tokens":4,"tokens":14,"prompt_cached_tokens":6,
			"prompt_cache_creation_tokens":0,"completion_reasoning_tokens":2,"time_to_first_token":0.25}`),
	)
	if f.Provider != "openai" || f.Request.Model != "gpt-5" || f.Response.ID != "resp_1" || !f.Streamed || f.TimeToFirstToken != 250*time.Millisecond {
		t.Errorf("%+v", f)
	}
	sameMessages(t, "input", f.Request.Messages, `[{"role":"system","content":"Be brief."},{"role":"user","content":[{"type":"text","text":"Hi"}]}]`)
	sameMessages(t, "answer", f.Response.Messages, `[{"role":"assistant","content":[
		{"type":"reasoning","text":"Hm.","providerOptions":{"openai":{"itemId":"rs_1"}}},{"type":"text","text":"Hello"}]}]`)
	sameJSON(t, "usage", string(f.Response.Usage.AppendJSON(nil)),
		`{"inputTokens":10,"outputTokens":4,"totalTokens":14,"reasoningTokens":2,"cachedInputTokens":6,"cacheWriteTokens":0}`)
	settings := string(objectOf(f.Request.Settings))
	if !strings.Contains(settings, `"temperature":0.5`) || !strings.Contains(settings, "https://example.com") || strings.Contains(settings, "key") {
		t.Errorf("settings %s", settings)
	}
	if len(f.Metadata) > 0 {
		t.Errorf("said twice, in the metadata too: %v", f.Metadata)
	}
}

func TestBraintrustGemini(t *testing.T) {
	f := factsOf(t,
		attribute.String("braintrust.input_json", `{"model":"gemini-2.5-pro","contents":[{"role":"user","parts":[{"text":"Hi"}]}]}`),
		attribute.String("braintrust.output_json", `{"candidates":[{"content":{"role":"model","parts":[{"text":"Hello"}]},"finishReason":"STOP"}],"responseId":"r1"}`),
		attribute.String("braintrust.metadata", `{"endpoint":"generateContent","provider":"gemini","model":"gemini-2.5-pro-001","systemInstruction":{"parts":[{"text":"Be brief."}]}}`),
	)
	if f.Request.Model != "gemini-2.5-pro" || f.Response.Model != "gemini-2.5-pro-001" || f.Response.ID != "r1" {
		t.Errorf("%+v", f)
	}
	sameMessages(t, "input", f.Request.Messages, `[{"role":"system","content":"Be brief."},{"role":"user","content":[{"type":"text","text":"Hi"}]}]`)
	sameMessages(t, "answer", f.Response.Messages, `[{"role":"assistant","content":[{"type":"text","text":"Hello"}]}]`)
}

func TestBraintrustByHand(t *testing.T) {
	f := factsOf(t,
		attribute.String("braintrust.span_attributes", `{"type":"tool","name":"weather"}`),
		attribute.String("braintrust.input_json", `{"city":"Paris"}`),
		attribute.String("braintrust.output_json", `20`),
	)
	sameJSON(t, "arguments", f.Tool.Arguments, `{"city":"Paris"}`)
	sameJSON(t, "result", f.Tool.Result, `20`)
	f = factsOf(t,
		attribute.String("braintrust.span_attributes", `{"type":"llm"}`),
		attribute.String("braintrust.input_json", `[{"role":"user","content":"H`),
		attribute.String("braintrust.output_json", `{"answer":"Hello"}`),
	)
	sameMessages(t, "input", f.Request.Messages, `[{"role":"user","content":[{"type":"text","text":"[{\"role\":\"user\",\"content\":\"H"}]}]`)
	if len(f.Partial) == 0 {
		t.Error("nothing says that the input was cut")
	}
	sameMessages(t, "answer", f.Response.Messages, `[{"role":"assistant","content":[{"type":"text","text":"Hello"}]}]`)
}

// Bedrock's messages, as trace/contrib/bedrockruntime/converse.go writes them.
func TestBraintrustConverse(t *testing.T) {
	f := factsOf(t,
		attribute.String("braintrust.span_attributes", `{"type":"llm"}`),
		attribute.String("braintrust.metadata", `{"provider":"bedrock","endpoint":"converse-stream","model":"m","stream":true,"stop_reason":"tool_use"}`),
		attribute.String("braintrust.input_json", `[{"role":"system","content":[{"type":"text","text":"Be brief."}]},
			{"role":"user","content":[{"type":"text","text":"Q"},{"type":"image","image":{"format":"png","source":{"bytes":"iVBORw0KGgo="}}}]},
			{"role":"assistant","content":[{"type":"tool_use","id":"t1","name":"f","input":{"a":1}}]},
			{"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","status":"success","content":[{"type":"json","json":{"x":2}}]}]}]`),
		attribute.String("braintrust.output_json", `[{"role":"assistant","content":[{"type":"reasoning","text":"Hm.","signature":"c2ln"},
			{"type":"text","text":"A"},{"type":"tool_use","id":"t2","name":"g","input":{"b":2}}]}]`),
	)
	sameMessages(t, "input", f.Request.Messages, `[{"role":"system","content":"Be brief."},
		{"role":"user","content":[{"type":"text","text":"Q"},{"type":"file","mediaType":"image/png","data":"iVBORw0KGgo="}]},
		{"role":"assistant","content":[{"type":"tool-call","toolCallId":"t1","toolName":"f","input":{"a":1}}]},
		{"role":"tool","content":[{"type":"tool-result","toolCallId":"t1","toolName":"f","output":{"type":"json","value":{"x":2}}}]}]`)
	sameMessages(t, "output", f.Response.Messages, `[{"role":"assistant","content":[
		{"type":"reasoning","text":"Hm.","providerOptions":{"bedrock":{"signature":"c2ln"}}},{"type":"text","text":"A"},
		{"type":"tool-call","toolCallId":"t2","toolName":"g","input":{"b":2}}]}]`)
	if f.Request.Model != "m" || f.Response.Model != "" || !f.Streamed {
		t.Errorf("asked %q, answered %q, streamed %v", f.Request.Model, f.Response.Model, f.Streamed)
	}
}

// A setting that is given twice stands once.
func TestBraintrustSettingsOnce(t *testing.T) {
	f := Read(&Source{Attributes: []attribute.KeyValue{
		attribute.String("braintrust.input_json", `[{"role":"user","content":"a"}]`),
		attribute.String("braintrust.metadata", `{"endpoint":"/v1/chat/completions","seed":1,"seed":2}`),
	}})
	n := 0
	for _, m := range f.Request.Settings {
		if m.Name == "seed" {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d times: %v", n, f.Request.Settings)
	}
}
