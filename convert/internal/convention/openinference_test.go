// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convention

import (
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/llm"
)

func TestOpenInferenceRecorded(t *testing.T) {
	checkRecordings(t, []recording{
		{trace: "oi-oa-resp-agent", expected: "oa_resp_agent"},
		{trace: "oi-oa-resp-web", expected: "oa_resp_web"},
		{trace: "oi-oa-choices-stream", expected: "oa_choices_stream"},
		{trace: "oi-an-agent-thinking", expected: "an_agent_thinking"},
		{trace: "oi-an-codeexec", expected: "an_codeexec"},
		{trace: "oi-ge-stream-tool", expected: "ge_stream_tool", lost: []string{factRequestModel, factStreamed}},
		{
			trace: "oi-br-tool", expected: "br_tool",
			// One name stands for both models. What the tools said is cut in the
			// expected file.
			differs: []string{factRequestModel, factResponseModel, factInput + " tool"},
		},
		{trace: "oi-langgraph", expected: "oa_tool_rt"},
		{
			trace: "oi-valuelimit", expected: "oa_tool_rt", calls: []int{1},
			// Eighty messages that were made up, and the end of the values cut.
			differs: []string{factInput + " user", factInput + " assistant", factInput + " tool"},
		},
		{trace: "go-oi-openai-tool-rt", expected: "oa_tool_rt", lost: []string{factResponseID}},
	})
}

// The answer as the provider gave it holds more than the flattened messages.
func TestOpenInferenceProviderExecuted(t *testing.T) {
	calls := recordedFacts(t, "oi-an-codeexec", LLM)
	var kinds []string
	for _, part := range calls[0].Response.Messages[0].Content.Parts() {
		kinds = append(kinds, part.Type())
		switch part := part.(type) {
		case contracts.ToolCallContentPart:
			if !llm.IsProviderExecuted(part) || !strings.HasPrefix(part.ToolCallID, "srvtoolu_") {
				t.Errorf("a call of the application: %+v", part)
			}
		case contracts.ReasoningContentPart:
			if signature, _ := part.ProviderOptions.Member("anthropic").Member("signature").Text(); signature == "" {
				t.Error("reasoning without its signature")
			}
		}
	}
	// The blocks of the answer, in the recorded bytes.
	if got, want := strings.Join(kinds, " "), "reasoning tool-call tool-result text"; got != want {
		t.Errorf("parts %s, want %s", got, want)
	}
}

func TestOpenInferenceTools(t *testing.T) {
	tools := recordedFacts(t, "oi-langgraph", Tool)
	if len(tools) != 2 {
		t.Fatalf("%d tools, want 2", len(tools))
	}
	want := map[string][2]string{ // by the calls of the model
		"call_JpNb8OiAkbIbHzDggfpdDHpi": {"Seattle, WA", "50 degrees and raining"},
		"call_vaFQc3zK6hHTRZKXRI5Eo2cJ": {"San Francisco, CA", "70 degrees and sunny"},
	}
	for _, f := range tools {
		w, ok := want[f.Tool.CallID]
		if !ok || f.Tool.Name != "get_current_weather" {
			t.Errorf("a run of %q for call %q", f.Tool.Name, f.Tool.CallID)
		}
		if !strings.Contains(string(f.Tool.Arguments), w[0]) {
			t.Errorf("arguments %s, want %s", f.Tool.Arguments, w[0])
		}
		if text, _ := f.Tool.Result.Text(); text != w[1] {
			t.Errorf("result %s, want %s", f.Tool.Result, w[1])
		}
	}
}

func TestOpenInferenceRole(t *testing.T) {
	for kind, want := range map[string]Role{
		"LLM": LLM, "llm": LLM, "TOOL": Tool, "AGENT": Agent, "": None,
		"CHAIN": Struct, "RETRIEVER": Struct, "EMBEDDING": Struct, "RERANKER": Struct, "GUARDRAIL": Struct, "EVALUATOR": Struct,
		"PROMPT": Struct, "UNKNOWN": Struct, "what comes next": Struct,
	} {
		if got := RoleOf([]attribute.KeyValue{attribute.String("openinference.span.kind", kind)}); got != want {
			t.Errorf("%s: %d, want %d", kind, got, want)
		}
	}
	if got := RoleOf([]attribute.KeyValue{attribute.Int("openinference.span.kind", 1)}); got != None {
		t.Errorf("a number: %d", got)
	}
}

// openInferenceMessages are flattened messages as the specification of
// OpenInference has them.
var openInferenceMessages = []struct {
	name  string
	attrs []attribute.KeyValue
	want  string
}{
	{
		"instructions, of the system and of the developer",
		[]attribute.KeyValue{
			attribute.String("llm.input_messages.0.message.role", "system"),
			attribute.String("llm.input_messages.0.message.content", "Be brief."),
			attribute.String("llm.input_messages.1.message.role", "developer"),
			attribute.String("llm.input_messages.1.message.content", "Be kind."),
		},
		`[{"role":"system","content":"Be brief."},{"role":"system","content":"Be kind.","providerOptions":{"openai":{"role":"developer"}}}]`,
	},
	{
		"a call, its result, and no arguments",
		[]attribute.KeyValue{
			attribute.String("llm.input_messages.1.message.role", "assistant"),
			attribute.String("llm.input_messages.1.message.tool_calls.0.tool_call.id", "call_1"),
			attribute.String("llm.input_messages.1.message.tool_calls.0.tool_call.function.name", "now"),
			attribute.String("llm.input_messages.3.message.role", "tool"),
			attribute.String("llm.input_messages.3.message.content", "noon"),
			attribute.String("llm.input_messages.3.message.tool_call_id", "call_1"),
		},
		`[{"role":"assistant","content":[{"type":"tool-call","toolCallId":"call_1","toolName":"now","input":{}}]},
		{"role":"tool","content":[{"type":"tool-result","toolCallId":"call_1","toolName":"now","output":{"type":"text","value":"noon"}}]}]`,
	},
	{
		"a call that stands among the contents too",
		[]attribute.KeyValue{
			attribute.String("llm.input_messages.0.message.role", "assistant"),
			attribute.String("llm.input_messages.0.message.content", "I look."),
			attribute.String("llm.input_messages.0.message.contents.0.message_content.type", "reasoning"),
			attribute.String("llm.input_messages.0.message.contents.0.message_content.text", "Hm."),
			attribute.String("llm.input_messages.0.message.contents.0.message_content.signature", "c2ln"),
			attribute.String("llm.input_messages.0.message.contents.1.message_content.type", "text"),
			attribute.String("llm.input_messages.0.message.contents.1.message_content.text", "I look."),
			attribute.String("llm.input_messages.0.message.contents.2.message_content.type", "tool_use"),
			attribute.String("llm.input_messages.0.message.contents.2.tool_call.id", "toolu_1"),
			attribute.String("llm.input_messages.0.message.contents.2.tool_call.function.name", "find"),
			attribute.String("llm.input_messages.0.message.contents.2.tool_call.function.arguments", `{"q": "x"}`),
			attribute.String("llm.input_messages.0.message.tool_calls.0.tool_call.id", "toolu_1"),
			attribute.String("llm.input_messages.0.message.tool_calls.0.tool_call.function.name", "find"),
			attribute.String("llm.input_messages.0.message.tool_calls.0.tool_call.function.arguments", `{"q": "x"}`),
		},
		`[{"role":"assistant","content":[
			{"type":"reasoning","text":"Hm.","providerOptions":{"anthropic":{"signature":"c2ln"}}},
			{"type":"text","text":"I look."},
			{"type":"tool-call","toolCallId":"toolu_1","toolName":"find","input":{"q":"x"}}]}]`,
	},
	{
		"reasoning that was encrypted, and what was said twice",
		[]attribute.KeyValue{
			attribute.String("llm.system", "openai"),
			attribute.String("llm.input_messages.0.message.role", "assistant"),
			attribute.String("llm.input_messages.0.message.content", "Done."),
			attribute.String("llm.input_messages.0.message.contents.0.message_content.type", "reasoning"),
			attribute.String("llm.input_messages.0.message.contents.0.message_content.id", "rs_1"),
			attribute.String("llm.input_messages.0.message.contents.0.message_content.encrypted_content", "gAAA"),
		},
		`[{"role":"assistant","content":[
			{"type":"reasoning","text":"","providerOptions":{"openai":{"itemId":"rs_1","encryptedContent":"gAAA"}}},
			{"type":"text","text":"Done."}]}]`,
	},
	{
		"an image and a sound",
		[]attribute.KeyValue{
			attribute.String("llm.input_messages.0.message.role", "user"),
			attribute.String("llm.input_messages.0.message.contents.0.message_content.type", "text"),
			attribute.String("llm.input_messages.0.message.contents.0.message_content.text", "What is this?"),
			attribute.String("llm.input_messages.0.message.contents.1.message_content.type", "image"),
			attribute.String("llm.input_messages.0.message.contents.1.message_content.image.image.url", "data:image/png;base64,iVBORw0KGgo="),
			attribute.String("llm.input_messages.0.message.contents.2.message_content.type", "audio"),
			attribute.String("llm.input_messages.0.message.contents.2.message_content.audio.audio.url", "https://example.com/a"),
			attribute.String("llm.input_messages.0.message.contents.2.message_content.audio.audio.mime_type", "audio/wav"),
		},
		`[{"role":"user","content":[{"type":"text","text":"What is this?"},
			{"type":"file","mediaType":"image/png","data":"iVBORw0KGgo="},
			{"type":"file","mediaType":"audio/wav","data":"https://example.com/a"}]}]`,
	},
	{
		// As the convention has them, spec/multimodal_attributes.md.
		"a file, one that only its provider has, and a video",
		[]attribute.KeyValue{
			attribute.String("llm.input_messages.0.message.role", "user"),
			attribute.String("llm.input_messages.0.message.contents.0.message_content.type", "file"),
			attribute.String("llm.input_messages.0.message.contents.0.message_content.file.file.url", "data:application/pdf;base64,JVBERi0="),
			attribute.String("llm.input_messages.0.message.contents.0.message_content.file.file.mime_type", "application/pdf"),
			attribute.String("llm.input_messages.0.message.contents.0.message_content.file.file.name", "report.pdf"),
			attribute.String("llm.input_messages.0.message.contents.1.message_content.type", "file"),
			attribute.String("llm.input_messages.0.message.contents.1.message_content.file.file.id", "file-abc123"),
			attribute.String("llm.input_messages.0.message.contents.2.message_content.type", "video"),
			attribute.String("llm.input_messages.0.message.contents.2.message_content.video.video.url", "gs://bucket/clip"),
			attribute.String("llm.input_messages.0.message.contents.2.message_content.video.video.mime_type", "video/mp4"),
		},
		`[{"role":"user","content":[
			{"type":"file","mediaType":"application/pdf","filename":"report.pdf","data":"JVBERi0="},
			{"type":"file","mediaType":"application/octet-stream","data":"file-abc123","providerOptions":{"openinference":{"fileId":"file-abc123"}}},
			{"type":"file","mediaType":"video/mp4","data":"gs://bucket/clip"}]}]`,
	},
	{
		"a sound that was answered, by its id",
		[]attribute.KeyValue{
			attribute.String("llm.input_messages.0.message.role", "assistant"),
			attribute.String("llm.input_messages.0.message.contents.0.message_content.type", "audio"),
			attribute.String("llm.input_messages.0.message.contents.0.message_content.id", "audio-abc123"),
			attribute.String("llm.input_messages.0.message.contents.0.message_content.audio.audio.url", "data:audio/wav;base64,UklGRg=="),
			attribute.String("llm.input_messages.0.message.contents.0.message_content.audio.audio.mime_type", "audio/wav"),
			attribute.String("llm.input_messages.0.message.contents.0.message_content.audio.audio.transcript", "Hello there!"),
		},
		`[{"role":"assistant","content":[{"type":"file","mediaType":"audio/wav","data":"UklGRg==",
			"providerOptions":{"openinference":{"fileId":"audio-abc123","transcript":"Hello there!"}}}]}]`,
	},
	{
		"a function of old",
		[]attribute.KeyValue{
			attribute.String("llm.input_messages.0.message.role", "assistant"),
			attribute.String("llm.input_messages.0.message.function_call_name", "now"),
			attribute.String("llm.input_messages.0.message.function_call_arguments_json", `{"zone":"UTC"}`),
			attribute.String("llm.input_messages.1.message.role", "function"),
			attribute.String("llm.input_messages.1.message.name", "now"),
			attribute.String("llm.input_messages.1.message.content", "noon"),
		},
		`[{"role":"assistant","content":[{"type":"tool-call","toolCallId":"ID","toolName":"now","input":{"zone":"UTC"}}]},
		{"role":"tool","content":[{"type":"tool-result","toolCallId":"ID","toolName":"now","output":{"type":"text","value":"noon"}}]}]`,
	},
	{
		"a prompt",
		[]attribute.KeyValue{attribute.String("llm.prompts.0.prompt.text", "Once")},
		`[{"role":"user","content":[{"type":"text","text":"Once"}]}]`,
	},
	{
		"only a text",
		[]attribute.KeyValue{attribute.String("input.value", "Once")},
		`[{"role":"user","content":[{"type":"text","text":"Once"}]}]`,
	},
}

func TestOpenInferenceMessages(t *testing.T) {
	for _, c := range openInferenceMessages {
		t.Run(c.name, func(t *testing.T) {
			f := factsOf(t, append(c.attrs, attribute.String("openinference.span.kind", "LLM"))...)
			sameMessages(t, "input", f.Request.Messages, strings.ReplaceAll(c.want, `"ID"`, `"`+firstCall(f.Request.Messages)+`"`))
			if len(f.Metadata) > 0 {
				t.Errorf("said twice, in the metadata too: %v", f.Metadata)
			}
		})
	}
}

// firstCall is the id of the first call, which is made up where there is none.
func firstCall(messages []contracts.ConversationMessage) string {
	for i := range messages {
		for _, part := range messages[i].Content.Parts() {
			if call, ok := part.(contracts.ToolCallContentPart); ok {
				return call.ToolCallID
			}
		}
	}
	return ""
}

func TestOpenInferenceCall(t *testing.T) {
	f := factsOf(t,
		attribute.String("openinference.span.kind", "LLM"),
		attribute.String("llm.system", "openai"),
		attribute.String("llm.provider", "azure"),
		attribute.String("llm.model_name", "gpt-4o-2024-08-06"),
		attribute.String("llm.invocation_parameters", `{"model": "gpt-4o", "temperature": 0.50, "stream": true, "n": 1, "user": null}`),
		attribute.String("llm.tools.1.tool.json_schema", `{"name":"b"}`),
		attribute.String("llm.tools.0.tool.json_schema", `{"name":"a"}`),
		attribute.String("llm.input_messages.0.message.role", "user"),
		attribute.String("llm.input_messages.0.message.content", "Hi"),
		attribute.String("llm.output_messages.0.message.role", "assistant"),
		attribute.String("llm.output_messages.0.message.content", "Hello"),
		attribute.String("llm.finish_reason", "stop"),
		attribute.Int("llm.token_count.prompt", 10),
		attribute.Float64("llm.token_count.completion", 4),
		attribute.String("llm.token_count.total", "14"),
		attribute.Int("llm.token_count.prompt_details.cache_read", 6),
		attribute.Int("llm.token_count.prompt_details.cache_write", 2),
		attribute.Int("llm.token_count.completion_details.reasoning", 0),
		attribute.String("metadata", `{"team": "a"}`),
		attribute.StringSlice("tag.tags", []string{"x"}),
		attribute.String("session.id", "s"),
	)
	if f.Provider != "azure" || f.Request.Model != "gpt-4o" || f.Response.Model != "gpt-4o-2024-08-06" || !f.Streamed || f.ConversationID != "s" {
		t.Errorf("%+v", f)
	}
	sameJSON(t, "usage", string(f.Response.Usage.AppendJSON(nil)),
		`{"inputTokens":10,"outputTokens":4,"totalTokens":14,"reasoningTokens":0,"cachedInputTokens":6,"cacheWriteTokens":2}`)
	sameJSON(t, "tools", f.Request.Tools, `[{"name":"a"},{"name":"b"}]`)
	sameMembers(t, "settings", f.Request.Settings, `{"temperature":0.50,"n":1}`)
	if value := string(f.Request.Settings[0].Value); value != "0.50" {
		t.Errorf("a number was written anew: %s", value)
	}
	sameMembers(t, "metadata", f.Metadata, `{"metadata":{"team":"a"},"tag.tags":["x"]}`)
	sameMessages(t, "answer", f.Response.Messages, `[{"role":"assistant","content":[{"type":"text","text":"Hello"}]}]`)
	if got := strings.Join(f.Response.FinishReasons, " "); got != "stop" {
		t.Errorf("finish reasons %s", got)
	}
}

// What the instrumentation was told to hide is not read from elsewhere.
func TestOpenInferenceHidden(t *testing.T) {
	f := factsOf(t,
		attribute.String("openinference.span.kind", "LLM"),
		attribute.String("input.value", `{"model":"gpt-4o","messages":[{"role":"user","content":"secret"}]}`),
		attribute.String("input.mime_type", "application/json"),
		attribute.String("llm.input_messages.0.message.role", "user"),
		attribute.String("llm.input_messages.0.message.content", "__REDACTED__"),
	)
	sameMessages(t, "input", f.Request.Messages, `[{"role":"user","content":[{"type":"text","text":"__REDACTED__"}]}]`)
	for _, m := range f.Metadata {
		if strings.Contains(string(m.Value), "secret") {
			t.Errorf("%s tells it: %s", m.Name, m.Value)
		}
	}
}

func TestOpenInferenceTool(t *testing.T) {
	for _, c := range []struct {
		name                      string
		attrs                     []attribute.KeyValue
		callID, arguments, result string
		failed                    bool
	}{
		{
			"input and output",
			[]attribute.KeyValue{
				attribute.String("tool.id", "call_1"),
				attribute.String("input.value", `{"city": "Paris"}`),
				attribute.String("output.value", `{"degrees": 20}`),
			},
			"call_1", `{"city": "Paris"}`, `{"degrees": 20}`, false,
		},
		{
			"a schema is not what it was called with",
			[]attribute.KeyValue{attribute.String("tool.parameters", `{"type":"object","properties":{"city":{"type":"string"}}}`)},
			"", "", "", false,
		},
		{
			"parameters are, where there is no input",
			[]attribute.KeyValue{attribute.String("tool.parameters", `{"city":"Paris"}`)},
			"", `{"city":"Paris"}`, "", false,
		},
		{
			"an object with a member called type",
			[]attribute.KeyValue{attribute.String("tool.parameters", `{"type":"object"}`)},
			"", `{"type":"object"}`, "", false,
		},
		{
			"a message of LangChain's",
			[]attribute.KeyValue{
				attribute.String("output.value", `{"type":"tool","data":{"content":"it broke","tool_call_id":"call_2","status":"error"}}`),
				attribute.String("output.mime_type", "application/json"),
			},
			"call_2", "", `"it broke"`, true,
		},
		{
			"what looks like a number is a text",
			[]attribute.KeyValue{attribute.String("output.value", "42")},
			"", "", `"42"`, false,
		},
		{
			"unless it is said to be JSON",
			[]attribute.KeyValue{attribute.String("output.value", "42"), attribute.String("output.mime_type", "application/json")},
			"", "", "42", false,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := factsOf(t, append(c.attrs, attribute.String("openinference.span.kind", "TOOL"), attribute.String("tool.name", "weather"))...)
			if f.Tool.Name != "weather" || f.Tool.CallID != c.callID || f.Tool.Failed != c.failed {
				t.Errorf("%+v", f.Tool)
			}
			sameJSON(t, "arguments", f.Tool.Arguments, c.arguments)
			sameJSON(t, "result", f.Tool.Result, c.result)
		})
	}
}

func TestOpenInferenceAgent(t *testing.T) {
	f := factsOf(t,
		attribute.String("openinference.span.kind", "AGENT"),
		attribute.String("agent.name", "planner"),
		attribute.String("input.value", `{"messages":[["human","Plan my day."]]}`),
		attribute.String("input.mime_type", "application/json"),
		attribute.String("output.value", "Sleep."),
	)
	if f.Agent.Name != "planner" {
		t.Errorf("%+v", f.Agent)
	}
	sameMessages(t, "asked", f.Request.Messages, `[{"role":"user","content":[{"type":"text","text":"Plan my day."}]}]`)
	sameMessages(t, "answered", f.Response.Messages, `[{"role":"assistant","content":[{"type":"text","text":"Sleep."}]}]`)
}
