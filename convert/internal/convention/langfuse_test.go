// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convention

import (
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
)

func TestLangfuseRecorded(t *testing.T) {
	checkRecordings(t, []recording{
		{trace: "fw-langfuse", expected: "oa_tool_rt", lost: []string{factRequestModel, factResponseID, factFinish}},
	})
}

func TestLangfuseRole(t *testing.T) {
	for kind, want := range map[string]Role{
		"generation": LLM, "embedding": LLM, "agent": Agent, "tool": Tool, "span": None, "": None,
		"chain": Struct, "retriever": Struct, "evaluator": Struct, "guardrail": Struct, "event": Struct,
	} {
		if got := RoleOf([]attribute.KeyValue{attribute.String("langfuse.observation.type", kind)}); got != want {
			t.Errorf("%s: %d, want %d", kind, got, want)
		}
	}
	// What Langfuse calls a generation is to the AI SDK a run of several calls.
	if got := RoleOf([]attribute.KeyValue{
		attribute.String("langfuse.observation.type", "generation"), attribute.String("ai.operationId", "ai.generateText"),
	}); got != Agent {
		t.Errorf("the AI SDK's: %d", got)
	}
}

var langfuseForms = []struct{ name, input, output, asked, answered string }{
	{
		"OpenAI's messages",
		`[{"role":"system","content":"Be brief."},{"role":"user","content":"Hi"}]`,
		`{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]}`,
		`[{"role":"system","content":"Be brief."},{"role":"user","content":[{"type":"text","text":"Hi"}]}]`,
		`[{"role":"assistant","content":[{"type":"tool-call","toolCallId":"c1","toolName":"f","input":{"a":1}}]}]`,
	},
	{
		"with tools",
		`{"messages":[{"role":"user","content":"Hi"}],"tools":[{"type":"function","function":{"name":"f"}}]}`,
		`"Hello"`,
		`[{"role":"user","content":[{"type":"text","text":"Hi"}]}]`,
		`[{"role":"assistant","content":[{"type":"text","text":"Hello"}]}]`,
	},
	{
		"OpenAI's Responses, with tools",
		`{"input":[{"role":"system","content":"Be brief."},{"role":"user","content":"Hi"}],"tools":[{"type":"function","name":"f"}]}`,
		`[{"type":"message","role":"assistant","content":[{"type":"output_text","text":"Hello"}]}]`,
		`[{"role":"system","content":"Be brief."},{"role":"user","content":[{"type":"text","text":"Hi"}]}]`,
		`[{"role":"assistant","content":[{"type":"text","text":"Hello"}]}]`,
	},
	{
		"only instructions beside the input",
		`{"instructions":"Be brief.","input":"Hi"}`,
		`{"type":"function_call","id":"fc_1","call_id":"c1","name":"f","arguments":"{\"a\":1}","status":"completed"}`,
		`[{"role":"system","content":"Be brief."},{"role":"user","content":[{"type":"text","text":"Hi"}]}]`,
		`[{"role":"assistant","content":[{"type":"tool-call","toolCallId":"c1","toolName":"f","input":{"a":1},"providerOptions":{"openai":{"itemId":"fc_1","status":"completed"}}}]}]`,
	},
	{
		"texts", `Hi`, `Hello`,
		`[{"role":"user","content":[{"type":"text","text":"Hi"}]}]`,
		`[{"role":"assistant","content":[{"type":"text","text":"Hello"}]}]`,
	},
	{
		"what an application has of its own", `{"question":"Hi","style":3}`, `{"answer":"Hello"}`,
		`[{"role":"user","content":[{"type":"text","text":"{\"question\":\"Hi\",\"style\":3}"}]}]`,
		`[{"role":"assistant","content":[{"type":"text","text":"{\"answer\":\"Hello\"}"}]}]`,
	},
	{
		"cut", `[{"role":"user","content":"H`, ``,
		`[{"role":"user","content":[{"type":"text","text":"[{\"role\":\"user\",\"content\":\"H"}]}]`,
		``,
	},
	{
		"LangChain's messages, a tool's under its name",
		`[{"role":"user","content":"Hi"},{"role":"assistant","content":"","tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"f","content":"2"}]`,
		`{"role":"assistant","content":"Two."}`,
		`[{"role":"user","content":[{"type":"text","text":"Hi"}]},
		{"role":"assistant","content":[{"type":"tool-call","toolCallId":"c1","toolName":"f","input":{}}]},
		{"role":"tool","content":[{"type":"tool-result","toolCallId":"c1","toolName":"f","output":{"type":"text","value":"2"}}]}]`,
		`[{"role":"assistant","content":[{"type":"text","text":"Two."}]}]`,
	},
}

func TestLangfuseGeneration(t *testing.T) {
	for _, c := range langfuseForms {
		t.Run(c.name, func(t *testing.T) {
			attrs := []attribute.KeyValue{
				attribute.String("langfuse.observation.type", "generation"),
				attribute.String("langfuse.observation.input", c.input),
			}
			if c.output != "" {
				attrs = append(attrs, attribute.String("langfuse.observation.output", c.output))
			}
			f := factsOf(t, attrs...)
			sameMessages(t, "input", f.Request.Messages, c.asked)
			sameMessages(t, "answer", f.Response.Messages, c.answered)
			if len(f.Metadata) > 0 {
				t.Errorf("said twice, in the metadata too: %v", f.Metadata)
			}
		})
	}
}

func TestLangfuseDetails(t *testing.T) {
	f := factsOf(t,
		attribute.String("langfuse.observation.type", "generation"),
		attribute.String("langfuse.observation.input", `"Hi"`),
		attribute.String("langfuse.observation.output", `"Hello"`),
		attribute.String("langfuse.observation.model.name", "gpt-4o"),
		attribute.String("langfuse.observation.model.parameters", `{"temperature":0.5,"max_tokens":"Infinity"}`),
		attribute.String("langfuse.observation.level", "ERROR"),
		attribute.String("langfuse.observation.status_message", "it broke"),
		attribute.String("langfuse.observation.metadata.team", "a"),
		attribute.String("langfuse.session.id", "s"),
		attribute.String("langfuse.user.id", "u"),
		attribute.StringSlice("langfuse.trace.tags", []string{"x"}),
	)
	if f.Response.Model != "gpt-4o" || f.ConversationID != "s" || f.Error == nil || f.Error.Message != "it broke" {
		t.Errorf("%+v", f)
	}
	sameMembers(t, "settings", f.Request.Settings, `{"temperature":0.5,"max_tokens":"Infinity"}`)
	for _, key := range []string{"langfuse.observation.metadata.team", "langfuse.user.id", "langfuse.trace.tags"} {
		if !has(f.Metadata, key) {
			t.Errorf("%s is lost", key)
		}
	}
}

func TestLangfuseUsage(t *testing.T) {
	for _, c := range []struct{ name, details, want string }{
		{"own names", `{"input":10,"output":4,"total":14}`, `{"inputTokens":10,"outputTokens":4,"totalTokens":14}`},
		{
			"own names, where the cache and the reasoning are counted apart",
			`{"input":4,"input_cached_tokens":1163,"output":10,"output_reasoning_tokens":202,"total":1379}`,
			`{"inputTokens":1167,"outputTokens":212,"totalTokens":1379,"cachedInputTokens":1163,"reasoningTokens":202}`,
		},
		{
			"and nobody adds them up",
			`{"input":2000,"input_cached_tokens":100,"output":10}`,
			`{"inputTokens":2100,"outputTokens":10,"totalTokens":2110,"cachedInputTokens":100}`,
		},
		{
			"Anthropic's for the cache",
			`{"input":4,"cache_read_input_tokens":1163,"cache_creation_input_tokens":10,"output":5}`,
			`{"inputTokens":1177,"outputTokens":5,"totalTokens":1182,"cachedInputTokens":1163,"cacheWriteTokens":10}`,
		},
		{
			"OpenAI's",
			`{"prompt_tokens":10,"completion_tokens":4,"total_tokens":14,"prompt_tokens_details":{"cached_tokens":6},"completion_tokens_details":{"reasoning_tokens":2}}`,
			`{"inputTokens":10,"outputTokens":4,"totalTokens":14,"cachedInputTokens":6,"reasoningTokens":2}`,
		},
		{
			"as the handler for LangChain writes it: parts beside a whole",
			`{"input":10,"output":4,"total":14,"input_cache_read":6}`,
			`{"inputTokens":10,"outputTokens":4,"totalTokens":14,"cachedInputTokens":6}`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := factsOf(t,
				attribute.String("langfuse.observation.type", "generation"),
				attribute.String("langfuse.observation.usage_details", c.details),
			)
			sameJSON(t, "usage", string(f.Response.Usage.AppendJSON(nil)), c.want)
		})
	}
}

func TestLangfuseToolAndAgent(t *testing.T) {
	f := factsOf(t,
		attribute.String("langfuse.observation.type", "tool"),
		attribute.String("langfuse.observation.input", `{"args":[],"kwargs":{"city":"Paris"}}`),
		attribute.String("langfuse.observation.output", `20 degrees`),
	)
	sameJSON(t, "arguments", f.Tool.Arguments, `{"city":"Paris"}`)
	sameJSON(t, "result", f.Tool.Result, `"20 degrees"`)
	f = factsOf(t,
		attribute.String("langfuse.observation.type", "agent"),
		attribute.String("langfuse.observation.input", `{"args":["Plan my day."],"kwargs":{}}`),
		attribute.String("langfuse.observation.output", `"Sleep."`),
	)
	sameMessages(t, "asked", f.Request.Messages, `[{"role":"user","content":[{"type":"text","text":"Plan my day."}]}]`)
	sameMessages(t, "answered", f.Response.Messages, `[{"role":"assistant","content":[{"type":"text","text":"Sleep."}]}]`)
}

// Of a call that another convention tells of too, that convention is believed.
func TestLangfuseBesideAnother(t *testing.T) {
	f := factsOf(t,
		attribute.String("langfuse.observation.type", "generation"),
		attribute.String("langfuse.observation.model.name", "alias"),
		attribute.String("gen_ai.operation.name", "chat"),
		attribute.String("gen_ai.request.model", "gpt-4o"),
		attribute.String("gen_ai.response.model", "gpt-4o-2024-08-06"),
	)
	if got := strings.Join([]string{f.Request.Model, f.Response.Model}, " "); got != "gpt-4o gpt-4o-2024-08-06" {
		t.Errorf("models %s", got)
	}
}
