// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convention

import (
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"

	"github.com/spect-tools/spect-go/contracts"
)

func TestVercelRecorded(t *testing.T) {
	checkRecordings(t, []recording{
		{trace: "vercel-ai4-tool-roundtrip", expected: "oa_tool_rt", lost: []string{factUsage + " total"}},
		{trace: "vercel-ai6-anthropic-thinking-tools", expected: "an_agent_thinking"},
		{trace: "vercel-ai6-image", expected: "oa_chat_vision", calls: []int{0}},
	})
}

// The tools and the agent of a recorded trace: what the model called them with,
// and what it was told.
func TestVercelToolsAndAgent(t *testing.T) {
	calls := providerCalls(t, "oa_tool_rt")
	tools := recordedFacts(t, "vercel-ai4-tool-roundtrip", Tool)
	if len(tools) != len(calls[0].Choices[0].ToolCalls) {
		t.Fatalf("%d tools", len(tools))
	}
	results := calls[1].inputTexts(contracts.RoleTool)
	for i, f := range tools {
		call := calls[0].Choices[0].ToolCalls[i]
		var arguments any
		if err := f.Tool.Arguments.Decode(&arguments); err != nil {
			t.Fatal(err)
		}
		result, _ := f.Tool.Result.Text()
		got := answeredCall{f.Tool.CallID, f.Tool.Name, arguments}
		if want := (answeredCall{call.ID, call.Name, call.Input}); !sameCall(got, want) || result != results[i] {
			t.Errorf("have %+v and %q, want %+v and %q", got, result, want, results[i])
		}
	}
	agents := recordedFacts(t, "vercel-ai4-tool-roundtrip", Agent)
	if len(agents) != 1 {
		t.Fatalf("%d agents", len(agents))
	}
	if got, want := agents[0].Response.Messages[0].Content.Text(), calls[1].Choices[0].Text; got != want {
		t.Errorf("the agent answered %q, want %q", got, want)
	}
}

func sameCall(a, b answeredCall) bool {
	return a.id == b.id && a.name == b.name && contracts.MakeJSON(a.input) == contracts.MakeJSON(b.input)
}

// An object that was generated is the text of the answer.
func TestVercelObject(t *testing.T) {
	const object = "vercel-ai7-legacy-object"
	var raw string
	for _, span := range recordedSpans(t, object) {
		for _, kv := range span.Attributes {
			if kv.Key == "ai.response.object" {
				raw = kv.Value.AsString()
			}
		}
	}
	for _, f := range append(recordedFacts(t, object, LLM), recordedFacts(t, object, Agent)...) {
		if len(f.Response.Messages) != 1 {
			t.Fatalf("%d answers", len(f.Response.Messages))
		}
		sameJSON(t, "object", f.Response.Messages[0].Content.Text(), raw)
	}
}

func TestVercelRole(t *testing.T) {
	for operation, want := range map[string]Role{
		"ai.generateText.doGenerate": LLM, "ai.streamText.doStream": LLM, "ai.generateObject.doGenerate": LLM, "ai.streamObject.doStream": LLM,
		"ai.generateText": Agent, "ai.streamText": Agent, "ai.generateObject": Agent, "ai.streamObject": Agent,
		"ai.toolCall": Tool, "ai.embed": Struct, "ai.embed.doEmbed": Struct, "ai.embedMany.doEmbed": Struct, "ai.rerank.doRerank": Struct,
		"": None, "GET /": None,
	} {
		if got := RoleOf([]attribute.KeyValue{attribute.String("ai.operationId", operation)}); got != want {
			t.Errorf("%s: %d, want %d", operation, got, want)
		}
		// Early versions have it before the name of the application's function.
		if got := RoleOf([]attribute.KeyValue{attribute.String("operation.name", operation+" my-function")}); got != want {
			t.Errorf("%s: %d, want %d", operation, got, want)
		}
	}
}

var vercelMessageForms = []struct{ name, messages, want string }{
	{
		"version 4",
		`[{"role":"system","content":"Be brief."},
		{"role":"user","content":[{"type":"image","image":"iVBORw0KGgo=","mimeType":"image/png"}]},
		{"role":"assistant","content":[{"type":"reasoning","text":"Hm.","signature":"c2ln"},{"type":"redacted-reasoning","data":"ZGF0YQ"},
			{"type":"tool-call","toolCallId":"c1","toolName":"f","args":{"a":1}}]},
		{"role":"tool","content":[{"type":"tool-result","toolCallId":"c1","toolName":"f","result":"no","isError":true}]}]`,
		`[{"role":"system","content":"Be brief."},
		{"role":"user","content":[{"type":"file","mediaType":"image/png","data":"iVBORw0KGgo="}]},
		{"role":"assistant","content":[{"type":"reasoning","text":"Hm.","providerOptions":{"anthropic":{"signature":"c2ln"}}},
			{"type":"reasoning","text":"","providerOptions":{"anthropic":{"redactedData":"ZGF0YQ"}}},
			{"type":"tool-call","toolCallId":"c1","toolName":"f","input":{"a":1}}]},
		{"role":"tool","content":[{"type":"tool-result","toolCallId":"c1","toolName":"f","output":{"type":"error-text","value":"no"}}]}]`,
	},
	{
		"media types of version 7 that are none",
		`[{"role":"user","content":[{"type":"file","mediaType":"image","data":"https://example.com/cat.png"},{"type":"file","mediaType":"image","data":"https://example.com/cat"},
			{"type":"file","mediaType":"image","data":{"type":"data","data":"/9j/4AAQ"}}]}]`,
		`[{"role":"user","content":[{"type":"file","mediaType":"image/png","data":"https://example.com/cat.png"},{"type":"file","mediaType":"image/*","data":"https://example.com/cat"},
			{"type":"file","mediaType":"image/jpeg","data":"/9j/4AAQ"}]}]`,
	},
	{
		"versions 5 to 7",
		`[{"role":"user","content":[{"type":"text","text":"Look."},{"type":"file","mediaType":"application/pdf","filename":"a.pdf","data":{"type":"url","url":"https://example.com/a.pdf"}}]},
		{"role":"assistant","content":[{"type":"text","text":"I look.","providerOptions":{"openai":{"itemId":"msg_1"}}},
			{"type":"tool-call","toolCallId":"c1","toolName":"f","input":{"a":1},"providerExecuted":true},
			{"type":"tool-result","toolCallId":"c1","toolName":"f","output":{"type":"json","value":{"b":2}}}]},
		{"role":"tool","content":[{"type":"tool-result","toolCallId":"c2","toolName":"g","output":{"type":"error-json","value":{"code":1}}},
			{"type":"tool-result","toolCallId":"c3","toolName":"g","output":{"type":"content","value":[{"type":"text","text":"x"}]}},
			{"type":"tool-result","toolCallId":"c4","toolName":"g","output":{"type":"execution-denied","reason":"no"}}]}]`,
		`[{"role":"user","content":[{"type":"text","text":"Look."},{"type":"file","mediaType":"application/pdf","filename":"a.pdf","data":"https://example.com/a.pdf"}]},
		{"role":"assistant","content":[{"type":"text","text":"I look.","providerOptions":{"openai":{"itemId":"msg_1"}}},
			{"type":"tool-call","toolCallId":"c1","toolName":"f","input":{"a":1},"providerExecuted":true},
			{"type":"tool-result","toolCallId":"c1","toolName":"f","output":{"type":"json","value":{"b":2}},"providerExecuted":true}]},
		{"role":"tool","content":[{"type":"tool-result","toolCallId":"c2","toolName":"g","output":{"type":"error-json","value":{"code":1}}},
			{"type":"tool-result","toolCallId":"c3","toolName":"g","output":{"type":"content","value":[{"type":"text","text":"x"}]}},
			{"type":"tool-result","toolCallId":"c4","toolName":"g","output":{"type":"error-json","value":{"type":"execution-denied","reason":"no"}}}]}]`,
	},
	{
		"bytes as an array of them is written out",
		`[{"role":"user","content":[{"type":"file","mediaType":"image/png","data":{"0":137,"1":80,"2":78,"3":71}}]}]`,
		`[{"role":"user","content":[{"type":"file","mediaType":"image/png","data":"iVBORw=="}]}]`,
	},
	{
		"instructions that are to be cached",
		`[{"role":"system","content":"Be brief.","providerOptions":{"anthropic":{"cacheControl":{"type":"ephemeral"}}}}]`,
		`[{"role":"system","content":"Be brief.","providerOptions":{"anthropic":{"cacheControl":{"type":"ephemeral"}}}}]`,
	},
	{"nothing that is a message", `[1,"a",null,[]]`, `null`},
}

func TestVercelMessages(t *testing.T) {
	for _, c := range vercelMessageForms {
		t.Run(c.name, func(t *testing.T) {
			f := factsOf(t,
				attribute.String("ai.operationId", "ai.generateText.doGenerate"),
				attribute.String("ai.prompt.messages", c.messages),
			)
			sameMessages(t, "input", f.Request.Messages, c.want)
		})
	}
}

func TestVercelPrompt(t *testing.T) {
	for _, c := range []struct{ prompt, want string }{
		{
			`{"system":"Be brief.","prompt":"Hi"}`,
			`[{"role":"system","content":"Be brief."},{"role":"user","content":[{"type":"text","text":"Hi"}]}]`,
		},
		{
			`{"messages":[{"role":"user","content":"Hi"}]}`,
			`[{"role":"user","content":[{"type":"text","text":"Hi"}]}]`,
		},
		{
			`{"system":{"role":"system","content":"Be brief."},"prompt":[{"role":"user","content":[{"type":"text","text":"Hi"}]}]}`,
			`[{"role":"system","content":"Be brief."},{"role":"user","content":[{"type":"text","text":"Hi"}]}]`,
		},
	} {
		f := factsOf(t, attribute.String("ai.operationId", "ai.streamText"), attribute.String("ai.prompt", c.prompt))
		sameMessages(t, c.prompt, f.Request.Messages, c.want)
	}
}

func TestVercelCall(t *testing.T) {
	f := factsOf(t,
		attribute.String("operation.name", "ai.streamText.doStream chat"),
		attribute.String("resource.name", "chat"),
		attribute.String("ai.operationId", "ai.streamText.doStream"),
		attribute.String("ai.telemetry.functionId", "chat"),
		attribute.String("ai.telemetry.metadata.sessionId", "s"),
		attribute.String("ai.telemetry.metadata.userId", "u"),
		attribute.String("ai.model.id", "claude-sonnet-4-0"),
		attribute.String("ai.model.provider", "anthropic.messages"),
		attribute.Float64("ai.settings.temperature", 0.5),
		attribute.Int("ai.settings.maxRetries", 2),
		attribute.String("ai.request.headers.authorization", "Bearer key"),
		attribute.StringSlice("ai.prompt.tools", []string{`{"name":"a"}`, `{"name":"b"}`}),
		attribute.String("ai.prompt.toolChoice", `{"type":"auto"}`),
		attribute.String("ai.response.text", "Hello"),
		attribute.String("ai.response.reasoning", "Hm."),
		attribute.String("ai.response.toolCalls", `[{"toolCallId":"c1","toolName":"f","input":"{\"a\":1}"}]`),
		attribute.String("ai.response.finishReason", "tool-calls"),
		attribute.Float64("ai.response.msToFirstChunk", 12.5),
		attribute.String("ai.response.providerMetadata", `{"anthropic":{"usage":{"input_tokens":2000,"cache_read_input_tokens":1163,"cache_creation_input_tokens":0}}}`),
		attribute.Int("ai.usage.inputTokens", 2000),
		attribute.Int("ai.usage.outputTokens", 10),
		attribute.Int("ai.usage.totalTokens", 2010),
	)
	if !f.Streamed || f.TimeToFirstToken != 12500*time.Microsecond || f.ConversationID != "s" || f.Provider != "anthropic.messages" {
		t.Errorf("%+v", f)
	}
	sameMessages(t, "answer", f.Response.Messages, `[{"role":"assistant","content":[{"type":"reasoning","text":"Hm."},{"type":"text","text":"Hello"},
		{"type":"tool-call","toolCallId":"c1","toolName":"f","input":{"a":1}}]}]`)
	sameMembers(t, "settings", f.Request.Settings, `{"temperature":0.5,"maxRetries":2,"toolChoice":{"type":"auto"}}`)
	sameJSON(t, "tools", f.Request.Tools, `[{"name":"a"},{"name":"b"}]`)
	// Anthropic counts without the cache: 2000 + 1163.
	sameJSON(t, "usage", string(f.Response.Usage.AppendJSON(nil)),
		`{"inputTokens":3163,"outputTokens":10,"totalTokens":3173,"cachedInputTokens":1163,"cacheWriteTokens":0}`)
	sameMembers(t, "metadata", f.Metadata, `{"ai.telemetry.functionId":"chat","ai.telemetry.metadata.userId":"u"}`)
	if strings.Contains(string(objectOf(f.Metadata)), "Bearer") {
		t.Error("a header")
	}
}

// What was cut is no message: it is kept as it is.
func TestVercelCut(t *testing.T) {
	f := factsOf(t,
		attribute.String("ai.operationId", "ai.generateText.doGenerate"),
		attribute.String("ai.prompt.messages", `[{"role":"user","content":"Hi`),
	)
	sameMessages(t, "input", f.Request.Messages, "")
	sameMembers(t, "metadata", f.Metadata, `{"ai.prompt.messages":"[{\"role\":\"user\",\"content\":\"Hi"}`)
}
