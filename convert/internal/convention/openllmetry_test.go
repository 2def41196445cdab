// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convention

import (
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
)

func TestOpenLLMetryRecorded(t *testing.T) {
	checkRecordings(t, []recording{
		{trace: "tlold-an-agent-thinking", expected: "an_agent_thinking"},
		{
			trace: "tlold-oa-resp-agent", expected: "oa_resp_agent",
			// The id of the item stands for that of the call.
			lost: []string{factCallIDs, factInput + " tool", factFinish},
		},
		{trace: "tlold-oa-chat-stream-parallel", expected: "oa_chat_stream_parallel"},
		{trace: "tl-decorators", expected: "oa_tool_rt"},
	})
}

// Functions that a decorator watched: the provider's calls have their arguments,
// and its next request what they returned.
func TestTraceloopTools(t *testing.T) {
	calls := providerCalls(t, "oa_tool_rt")
	tools := recordedFacts(t, "tl-decorators", Tool)
	if len(tools) != 2 {
		t.Fatalf("%d tools, want 2", len(tools))
	}
	results := calls[1].inputTexts("tool")
	for i, f := range tools {
		call := calls[0].Choices[0].ToolCalls[i]
		var arguments any
		if err := f.Tool.Arguments.Decode(&arguments); err != nil {
			t.Fatal(err)
		}
		if got, want := (answeredCall{"", f.Tool.Name, arguments}), (answeredCall{"", call.Name, call.Input}); !sameCall(got, want) {
			t.Errorf("have %+v, want %+v", got, want)
		}
		if result, _ := f.Tool.Result.Text(); result != results[i] {
			t.Errorf("result %s, want %q", f.Tool.Result, results[i])
		}
	}
}

func TestTraceloopRole(t *testing.T) {
	for kind, want := range map[string]Role{
		"tool": Tool, "agent": Agent, "workflow": Struct, "task": Struct, "handoff": Struct, "unknown": Struct, "": None,
	} {
		if got := RoleOf([]attribute.KeyValue{attribute.String("traceloop.span.kind", kind)}); got != want {
			t.Errorf("%s: %d, want %d", kind, got, want)
		}
	}
	for kind, want := range map[string]Role{"chat": LLM, "completion": LLM, "embedding": Struct, "rerank": Struct, "unknown": None, "": None} {
		if got := RoleOf([]attribute.KeyValue{attribute.String("llm.request.type", kind)}); got != want {
			t.Errorf("%s: %d, want %d", kind, got, want)
		}
	}
	// OpenTelemetry's own key tells more than what kind of function it is.
	if got := RoleOf([]attribute.KeyValue{attribute.String("traceloop.span.kind", "task"), attribute.String("gen_ai.operation.name", "chat")}); got != LLM {
		t.Errorf("a task that calls a model: %d", got)
	}
}

var openLLMetryMessageForms = []struct {
	name  string
	attrs []attribute.KeyValue
	want  string
}{
	{
		"texts and a call",
		[]attribute.KeyValue{
			attribute.String("gen_ai.prompt.0.role", "system"),
			attribute.String("gen_ai.prompt.0.content", "Be brief."),
			attribute.String("gen_ai.prompt.1.role", "user"),
			attribute.String("gen_ai.prompt.1.content", "Hi"),
			attribute.String("gen_ai.prompt.2.role", "assistant"),
			attribute.String("gen_ai.prompt.2.tool_calls.0.id", "c1"),
			attribute.String("gen_ai.prompt.2.tool_calls.0.name", "f"),
			attribute.String("gen_ai.prompt.2.tool_calls.0.arguments", `{"a": 1}`),
			attribute.String("gen_ai.prompt.3.role", "tool"),
			attribute.String("gen_ai.prompt.3.tool_call_id", "c1"),
			attribute.String("gen_ai.prompt.3.content", "2"),
		},
		`[{"role":"system","content":"Be brief."},{"role":"user","content":[{"type":"text","text":"Hi"}]},
		{"role":"assistant","content":[{"type":"tool-call","toolCallId":"c1","toolName":"f","input":{"a":1}}]},
		{"role":"tool","content":[{"type":"tool-result","toolCallId":"c1","toolName":"f","output":{"type":"text","value":"2"}}]}]`,
	},
	{
		"the provider's own parts, which have the calls too",
		[]attribute.KeyValue{
			attribute.String("gen_ai.prompt.0.role", "assistant"),
			attribute.String("gen_ai.prompt.0.content", `[{"type":"thinking","thinking":"Hm.","signature":"c2ln"},{"type":"tool_use","id":"toolu_1","name":"f","input":{}}]`),
			attribute.String("gen_ai.prompt.0.tool_calls.0.id", "toolu_1"),
			attribute.String("gen_ai.prompt.0.tool_calls.0.name", "f"),
			attribute.String("gen_ai.prompt.0.tool_calls.0.arguments", `{}`),
			attribute.String("gen_ai.prompt.1.role", "user"),
			attribute.String("gen_ai.prompt.1.content", `[{"type":"tool_result","tool_use_id":"toolu_1","content":"2"}]`),
		},
		`[{"role":"assistant","content":[{"type":"reasoning","text":"Hm.","providerOptions":{"anthropic":{"signature":"c2ln"}}},
			{"type":"tool-call","toolCallId":"toolu_1","toolName":"f","input":{}}]},
		{"role":"tool","content":[{"type":"tool-result","toolCallId":"toolu_1","toolName":"f","output":{"type":"text","value":"2"}}]}]`,
	},
	{
		"an image of OpenAI's",
		[]attribute.KeyValue{
			attribute.String("gen_ai.prompt.0.role", "user"),
			attribute.String("gen_ai.prompt.0.content", `[{"type":"text","text":"See?"},{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw0KGgo="}}]`),
		},
		`[{"role":"user","content":[{"type":"text","text":"See?"},{"type":"file","mediaType":"image/png","data":"iVBORw0KGgo="}]}]`,
	},
	{
		// process_content_block of opentelemetry-instrumentation-openai.
		"an image and a file of OpenAI's Responses, without input_ before their type",
		[]attribute.KeyValue{
			attribute.String("gen_ai.prompt.0.role", "user"),
			attribute.String("gen_ai.prompt.0.content", `[{"type":"text","text":"See?"},{"type":"image","image_url":"data:image/png;base64,iVBORw0KGgo=","detail":null,"file_id":null},{"type":"file","file_id":null,"filename":"a.pdf","file_data":"data:application/pdf;base64,JVBERi0="}]`),
		},
		`[{"role":"user","content":[{"type":"text","text":"See?"},{"type":"file","mediaType":"image/png","data":"iVBORw0KGgo="},
			{"type":"file","mediaType":"application/pdf","filename":"a.pdf","data":"JVBERi0="}]}]`,
	},
	{
		"a list that a person wrote",
		[]attribute.KeyValue{attribute.String("gen_ai.prompt.0.role", "user"), attribute.String("gen_ai.prompt.0.content", `["a","b"]`)},
		`[{"role":"user","content":[{"type":"text","text":"[\"a\",\"b\"]"}]}]`,
	},
	{
		"the oldest keys",
		[]attribute.KeyValue{attribute.String("llm.prompts.0.role", "user"), attribute.String("llm.prompts.0.content", "Hi")},
		`[{"role":"user","content":[{"type":"text","text":"Hi"}]}]`,
	},
}

func TestOpenLLMetryMessages(t *testing.T) {
	for _, c := range openLLMetryMessageForms {
		t.Run(c.name, func(t *testing.T) {
			f := factsOf(t, append(c.attrs, attribute.String("llm.request.type", "chat"))...)
			sameMessages(t, "input", f.Request.Messages, c.want)
			if len(f.Metadata) > 0 {
				t.Errorf("said twice, in the metadata too: %v", f.Metadata)
			}
		})
	}
}

var openLLMetryAnswers = []struct {
	name   string
	attrs  []attribute.KeyValue
	want   string
	finish string
}{
	{
		"choices",
		[]attribute.KeyValue{
			attribute.String("gen_ai.system", "openai"),
			attribute.String("gen_ai.completion.0.role", "assistant"),
			attribute.String("gen_ai.completion.0.content", "a"),
			attribute.String("gen_ai.completion.0.finish_reason", "stop"),
			attribute.String("gen_ai.completion.1.role", "assistant"),
			attribute.String("gen_ai.completion.1.content", "b"),
			attribute.String("gen_ai.completion.1.finish_reason", "length"),
		},
		`[{"role":"assistant","content":[{"type":"text","text":"a"}]},{"role":"assistant","content":[{"type":"text","text":"b"}]}]`,
		"stop length",
	},
	{
		"thoughts that stand before the answer as one of their own",
		[]attribute.KeyValue{
			attribute.String("gen_ai.system", "Anthropic"),
			attribute.String("gen_ai.completion.0.role", "thinking"),
			attribute.String("gen_ai.completion.0.content", "Hm."),
			attribute.String("gen_ai.completion.0.finish_reason", "end_turn"),
			attribute.String("gen_ai.completion.1.role", "assistant"),
			attribute.String("gen_ai.completion.1.content", "a"),
			attribute.String("gen_ai.completion.1.finish_reason", "end_turn"),
		},
		`[{"role":"assistant","content":[{"type":"reasoning","text":"Hm."},{"type":"text","text":"a"}]}]`,
		"end_turn",
	},
	{
		"a summary, and a refusal",
		[]attribute.KeyValue{
			attribute.String("gen_ai.system", "openai"),
			attribute.String("gen_ai.completion.0.role", "assistant"),
			attribute.String("gen_ai.completion.0.reasoning", `[{"text":"One.","type":"summary_text"},{"text":"Two.","type":"summary_text"}]`),
			attribute.String("gen_ai.completion.0.refusal", "No."),
		},
		`[{"role":"assistant","content":[{"type":"reasoning","text":"One."},{"type":"reasoning","text":"Two."},
			{"type":"text","text":"No.","providerOptions":{"openai":{"refusal":true}}}]}]`,
		"",
	},
}

func TestOpenLLMetryAnswers(t *testing.T) {
	for _, c := range openLLMetryAnswers {
		t.Run(c.name, func(t *testing.T) {
			f := factsOf(t, append(c.attrs, attribute.String("llm.request.type", "chat"))...)
			sameMessages(t, "answer", f.Response.Messages, c.want)
			if got := strings.Join(f.Response.FinishReasons, " "); got != c.finish {
				t.Errorf("finish reasons %q, want %q", got, c.finish)
			}
		})
	}
}

func TestOpenLLMetryCall(t *testing.T) {
	f := factsOf(t,
		attribute.String("llm.request.type", "chat"),
		attribute.String("llm.vendor", "openai"),
		attribute.String("llm.request.model", "gpt-4o"),
		attribute.String("llm.response.model", "gpt-4o-2024-08-06"),
		attribute.Bool("llm.is_streaming", true),
		attribute.String("llm.headers", "None"),
		attribute.Float64("llm.temperature", 0.5),
		attribute.String("llm.request.reasoning_effort", "low"),
		attribute.Int("llm.usage.prompt_tokens", 10),
		attribute.Int("llm.usage.completion_tokens", 4),
		attribute.Int("llm.usage.total_tokens", 14),
		attribute.Int("llm.usage.reasoning_tokens", 0),
		attribute.String("llm.request.functions.0.name", "f"),
		attribute.String("llm.request.functions.0.parameters", `{"type":"object"}`),
		attribute.String("llm.completions.0.role", "assistant"),
		attribute.String("llm.completions.0.content", "a"),
		attribute.String("traceloop.association.properties.session_id", "s"),
		attribute.String("traceloop.association.properties.user_id", "u"),
		attribute.String("traceloop.workflow.name", "w"),
	)
	if f.Provider != "openai" || f.Request.Model != "gpt-4o" || f.Response.Model != "gpt-4o-2024-08-06" || !f.Streamed || f.ConversationID != "s" {
		t.Errorf("%+v", f)
	}
	sameMembers(t, "settings", f.Request.Settings, `{"temperature":0.5,"reasoning_effort":"low"}`)
	sameJSON(t, "tools", f.Request.Tools, `[{"name":"f","parameters":{"type":"object"}}]`)
	sameJSON(t, "usage", string(f.Response.Usage.AppendJSON(nil)), `{"inputTokens":10,"outputTokens":4,"totalTokens":14,"reasoningTokens":0}`)
	sameMessages(t, "answer", f.Response.Messages, `[{"role":"assistant","content":[{"type":"text","text":"a"}]}]`)
	sameMembers(t, "metadata", f.Metadata, `{"traceloop.association.properties.user_id":"u","traceloop.workflow.name":"w"}`)
}

func TestTraceloopFunctions(t *testing.T) {
	for _, c := range []struct{ name, input, output, callID, arguments, result string }{
		{"a decorator, named arguments", `{"args": [], "kwargs": {"city": "Paris"}}`, `"20 degrees"`, "", `{"city":"Paris"}`, `"20 degrees"`},
		{"a decorator, one argument", `{"args": ["Paris"], "kwargs": {}}`, `{"degrees": 20}`, "", `"Paris"`, `{"degrees":20}`},
		{"a decorator, several", `{"args": ["a", "b"], "kwargs": {}}`, `null`, "", `["a","b"]`, `null`},
		{"both kinds", `{"args": ["a"], "kwargs": {"b": 1}}`, ``, "", `{"args":["a"],"kwargs":{"b":1}}`, ``},
		{
			"a callback of LangChain's", `{"input_str": "{'city': 'Paris'}", "inputs": {"city": "Paris"}, "tags": [], "kwargs": {"tool_call_id": "call_1"}}`,
			`{"output": {"lc": 1, "type": "constructor", "id": ["langchain", "schema", "messages", "ToolMessage"],
				"kwargs": {"content": "20 degrees", "type": "tool", "tool_call_id": "call_1", "status": "success"}}, "kwargs": {}}`,
			"call_1", `{"city":"Paris"}`, `"20 degrees"`,
		},
		{"cut", `{"args": [], "kwargs": {"ci`, ``, "", `"{\"args\": [], \"kwargs\": {\"ci"`, ``},
	} {
		t.Run(c.name, func(t *testing.T) {
			attrs := []attribute.KeyValue{
				attribute.String("traceloop.span.kind", "tool"), attribute.String("traceloop.entity.name", "weather"),
				attribute.String("traceloop.entity.input", c.input),
			}
			if c.output != "" {
				attrs = append(attrs, attribute.String("traceloop.entity.output", c.output))
			}
			f := factsOf(t, attrs...)
			if f.Tool.Name != "weather" || f.Tool.CallID != c.callID {
				t.Errorf("%+v", f.Tool)
			}
			sameJSON(t, "arguments", f.Tool.Arguments, c.arguments)
			sameJSON(t, "result", f.Tool.Result, c.result)
		})
	}
}
