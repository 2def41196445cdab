// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convention

import (
	"testing"

	"go.opentelemetry.io/otel/attribute"
)

func TestGenkitRecorded(t *testing.T) {
	checkRecordings(t, []recording{
		{trace: "go-genkit-tool-rt", expected: "oa_tool_rt"},
	})
}

func TestGenkitTools(t *testing.T) {
	calls := providerCalls(t, "oa_tool_rt")
	tools := recordedFacts(t, "go-genkit-tool-rt", Tool)
	if len(tools) != 2 {
		t.Fatalf("%d tools, want 2", len(tools))
	}
	want := make(map[string]string) // arguments and results
	for i, result := range calls[1].inputTexts("tool") {
		arguments, _ := calls[0].Choices[0].ToolCalls[i].Input.(map[string]any)
		location, _ := arguments["location"].(string)
		want[location] = result
	}
	for _, f := range tools {
		location, _ := f.Tool.Arguments.Member("location").Text()
		if result, _ := f.Tool.Result.Text(); result == "" || result != want[location] || f.Tool.Name != "get_current_weather" {
			t.Errorf("%s of %q gave %s, want %q", f.Tool.Name, location, f.Tool.Result, want[location])
		}
	}
}

func TestGenkitRole(t *testing.T) {
	for kind, want := range map[string]Role{
		"model": LLM, "tool": Tool, "tool.v2": Tool, "flow": Agent, "util": Struct, "prompt": Struct, "embedder": Struct, "": None,
	} {
		if got := RoleOf([]attribute.KeyValue{attribute.String("genkit:metadata:subtype", kind)}); got != want {
			t.Errorf("%s: %d, want %d", kind, got, want)
		}
	}
}

func TestGenkitModel(t *testing.T) {
	f := factsOf(t,
		attribute.String("genkit:metadata:subtype", "model"),
		attribute.String("genkit:name", "googleai/gemini-2.5-pro"),
		attribute.String("genkit:path", "/{chat}"),
		attribute.String("genkit:input", `{"messages":[
			{"role":"system","content":[{"text":"Be brief."}]},
			{"role":"user","content":[{"text":"See?"},{"media":{"url":"data:image/png;base64,iVBORw0KGgo=","contentType":"image/png"}}]},
			{"role":"model","content":[{"reasoning":"Hm.","metadata":{"signature":"c2ln"}},{"toolRequest":{"ref":"1","name":"f","input":{"a":1}}}]},
			{"role":"tool","content":[{"toolResponse":{"ref":"1","name":"f","output":{"b":2}}}]}],
			"tools":[{"name":"f"}],"config":{"temperature":0.5,"apiKey":"key"},"output":{"format":"json"}}`),
		attribute.String("genkit:output", `{"message":{"role":"model","content":[{"text":"A cat."}]},"finishReason":"stop",
			"usage":{"inputTokens":29,"outputTokens":10,"totalTokens":241,"thoughtsTokens":202,"cachedContentTokens":0},"latencyMs":12.5}`),
	)
	if f.Provider != "google" || f.Request.Model != "gemini-2.5-pro" {
		t.Errorf("%q %q", f.Provider, f.Request.Model)
	}
	sameMessages(t, "input", f.Request.Messages, `[{"role":"system","content":"Be brief."},
		{"role":"user","content":[{"type":"text","text":"See?"},{"type":"file","mediaType":"image/png","data":"iVBORw0KGgo="}]},
		{"role":"assistant","content":[{"type":"reasoning","text":"Hm.","providerOptions":{"genkit":{"signature":"c2ln"}}},
			{"type":"tool-call","toolCallId":"1","toolName":"f","input":{"a":1}}]},
		{"role":"tool","content":[{"type":"tool-result","toolCallId":"1","toolName":"f","output":{"type":"json","value":{"b":2}}}]}]`)
	sameMessages(t, "answer", f.Response.Messages, `[{"role":"assistant","content":[{"type":"text","text":"A cat."}]}]`)
	sameJSON(t, "tools", f.Request.Tools, `[{"name":"f"}]`)
	// Whoever lets the key be in the configuration does not want it shown.
	sameMembers(t, "settings", f.Request.Settings, `{"temperature":0.5,"output":{"format":"json"}}`)
	// Google counts thoughts apart: 29 + 10 + 202 = 241.
	sameJSON(t, "usage", string(f.Response.Usage.AppendJSON(nil)),
		`{"inputTokens":29,"outputTokens":212,"totalTokens":241,"reasoningTokens":202,"cachedInputTokens":0}`)
	if len(f.Response.FinishReasons) != 1 || f.Response.FinishReasons[0] != "stop" {
		t.Errorf("finish reasons %q", f.Response.FinishReasons)
	}
}

func TestGenkitFlow(t *testing.T) {
	f := factsOf(t,
		attribute.String("genkit:metadata:subtype", "flow"),
		attribute.String("genkit:name", "menu"),
		attribute.String("genkit:input", `{"theme":"sea","guests":3}`),
		attribute.String("genkit:output", `"Fish."`),
		attribute.String("genkit:state", "error"),
		attribute.String("genkit:sessionId", "s"),
	)
	if f.Agent.Name != "menu" || f.Error == nil || f.ConversationID != "s" {
		t.Errorf("%+v", f)
	}
	sameJSON(t, "input", f.Agent.Input, `{"theme":"sea","guests":3}`)
	sameMessages(t, "answered", f.Response.Messages, `[{"role":"assistant","content":[{"type":"text","text":"Fish."}]}]`)
}

func TestGenkitTool(t *testing.T) {
	for _, c := range []struct{ subtype, output, want string }{
		{"tool", `{"output":1}`, `{"output":1}`},
		{"tool.v2", `{"output":{"b":2}}`, `{"b":2}`},
		{"tool.v2", `{"output":1,"content":[{"text":"x"}]}`, `{"output":1,"content":[{"text":"x"}]}`},
	} {
		f := factsOf(t,
			attribute.String("genkit:metadata:subtype", c.subtype),
			attribute.String("genkit:name", "f"),
			attribute.String("genkit:input", `{"a":1}`),
			attribute.String("genkit:output", c.output),
		)
		if f.Tool.Name != "f" {
			t.Errorf("%+v", f.Tool)
		}
		sameJSON(t, "arguments", f.Tool.Arguments, `{"a":1}`)
		sameJSON(t, c.subtype, f.Tool.Result, c.want)
	}
}
