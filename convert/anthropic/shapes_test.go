// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package anthropic_test

import (
	"strings"
	"testing"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/anthropic"
	st "github.com/spect-tools/spect-go/convert/internal/shapetest"
	"github.com/spect-tools/spect-go/convert/llm"
)

// contents are shapes of the API's reference that no recording has.
var contents = []struct {
	name    string
	role    contracts.Role
	content contracts.JSON
	want    contracts.JSON
}{
	{"user, text", "user", `"Hi"`, `[{"role":"user","content":[{"type":"text","text":"Hi"}]}]`},
	{"user, empty text", "user", `""`, `[{"role":"user","content":""}]`},
	{"assistant, text", "assistant", `"Hi"`, `[{"role":"assistant","content":[{"type":"text","text":"Hi"}]}]`},
	{"system, text", "system", `"Be brief."`, `[{"role":"system","content":"Be brief."}]`},
	{"nothing", "user", ``, ``},
	{"null", "user", `null`, ``},
	{"no blocks", "assistant", `[]`, ``},
	{
		"text among blocks", "user", `["Hi",{"type":"text","text":"there"}]`,
		`[{"role":"user","content":[{"type":"text","text":"Hi"},{"type":"text","text":"there"}]}]`,
	},
	{
		"system, blocks", "system", `[{"type":"text","text":"One."},{"type":"text","text":"Two.","cache_control":{"type":"ephemeral","ttl":"1h"}}]`,
		`[{"role":"system","content":"One."},
		  {"role":"system","content":"Two.","providerOptions":{"anthropic":{"cacheControl":{"type":"ephemeral","ttl":"1h"}}}}]`,
	},
	{
		"system, a block that is no text", "system", `[{"type":"tool_removal","tool":{"name":"x"}}]`,
		`[{"role":"system","content":"{\"type\":\"tool_removal\",\"tool\":{\"name\":\"x\"}}"}]`,
	},

	{
		"results before the rest, in order", "user", `[
		{"type":"text","text":"Go on."},
		{"type":"tool_result","tool_use_id":"a","content":"1"},
		{"type":"tool_result","tool_use_id":"b","content":"2"}]`,
		`[{"role":"tool","content":[
			{"type":"tool-result","toolCallId":"a","toolName":"","output":{"type":"text","value":"1"}},
			{"type":"tool-result","toolCallId":"b","toolName":"","output":{"type":"text","value":"2"}}]},
		  {"role":"user","content":[{"type":"text","text":"Go on."}]}]`,
	},
	{
		"result that is an error", "user", `[{"type":"tool_result","tool_use_id":"a","is_error":true,"content":"no such city"}]`,
		`[{"role":"tool","content":[{"type":"tool-result","toolCallId":"a","toolName":"","output":{"type":"error-text","value":"no such city"}}]}]`,
	},
	{
		"result without content", "user", `[{"type":"tool_result","tool_use_id":"a"},{"type":"tool_result","tool_use_id":"b","content":[]}]`,
		`[{"role":"tool","content":[
			{"type":"tool-result","toolCallId":"a","toolName":"","output":{"type":"text","value":""}},
			{"type":"tool-result","toolCallId":"b","toolName":"","output":{"type":"text","value":""}}]}]`,
	},
	{
		"result that looks like JSON stays text", "user", `[{"type":"tool_result","tool_use_id":"a","content":"{\"t\":21}"}]`,
		`[{"role":"tool","content":[{"type":"tool-result","toolCallId":"a","toolName":"","output":{"type":"text","value":"{\"t\":21}"}}]}]`,
	},
	{
		"result of one text", "user", `[{"type":"tool_result","tool_use_id":"a","cache_control":{"type":"ephemeral"},
		"content":[{"type":"text","text":"21","citations":[{"cited_text":"21"}]}]}]`,
		`[{"role":"tool","content":[{"type":"tool-result","toolCallId":"a","toolName":"","output":{"type":"text","value":"21"},
			"providerOptions":{"anthropic":{"citations":[{"cited_text":"21"}],"cacheControl":{"type":"ephemeral"}}}}]}]`,
	},
	{
		"result of blocks", "user", `[{"type":"tool_result","tool_use_id":"a","content":[
		{"type":"text","text":"see"},
		{"type":"image","source":{"type":"base64","media_type":"image/png","data":"iVBORw0KGgo="}},
		{"type":"document","source":{"type":"url","url":"https://e.x/a.pdf"},"title":"A"},
		{"type":"search_result","source":"s","title":"t","content":[{"type":"text","text":"x"}]},
		{"type":"tool_reference","tool_name":"f"}]}]`,
		`[{"role":"tool","content":[{"type":"tool-result","toolCallId":"a","toolName":"","output":{"type":"content","value":[
			{"type":"text","text":"see"},
			{"type":"file","mediaType":"image/png","data":"iVBORw0KGgo="},
			{"type":"file","mediaType":"application/pdf","filename":"A","data":"https://e.x/a.pdf"},
			{"type":"search_result","source":"s","title":"t","content":[{"type":"text","text":"x"}]},
			{"type":"tool_reference","tool_name":"f"}]}}]}]`,
	},
	{
		"result of blocks that is an error", "user", `[{"type":"tool_result","tool_use_id":"a","is_error":true,"content":[
		{"type":"text","text":"a"},{"type":"text","text":"b"}]}]`,
		`[{"role":"tool","content":[{"type":"tool-result","toolCallId":"a","toolName":"",
			"output":{"type":"error-json","value":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}}]}]`,
	},
	{
		"result in a tool's message", "tool", `"21"`,
		`[{"role":"tool","content":[{"type":"tool-result","toolCallId":"","toolName":"","output":{"type":"text","value":"21"}}]}]`,
	},

	{
		"server tools that fail", "assistant", `[
		{"type":"server_tool_use","id":"a","name":"web_search","input":{"query":"x"}},
		{"type":"web_search_tool_result","tool_use_id":"a","content":{"type":"web_search_tool_result_error","error_code":"max_uses_exceeded"}},
		{"type":"mcp_tool_use","id":"b","name":"ask","server_name":"wiki","input":{}},
		{"type":"mcp_tool_result","tool_use_id":"b","is_error":true,"content":[{"type":"text","text":"down"}]}]`,
		`[{"role":"assistant","content":[
			{"type":"tool-call","toolCallId":"a","toolName":"web_search","input":{"query":"x"},"providerExecuted":true},
			{"type":"tool-result","toolCallId":"a","toolName":"web_search",
				"output":{"type":"error-json","value":{"type":"web_search_tool_result_error","error_code":"max_uses_exceeded"}},"providerExecuted":true},
			{"type":"tool-call","toolCallId":"b","toolName":"ask","input":{},"providerOptions":{"anthropic":{"serverName":"wiki"}},"providerExecuted":true},
			{"type":"tool-result","toolCallId":"b","toolName":"ask","output":{"type":"error-text","value":"down"},"providerExecuted":true}]}]`,
	},
	{
		"server tool's result without its call", "assistant", `[
		{"type":"web_fetch_tool_result","tool_use_id":"a","content":{"type":"web_fetch_result","url":"https://e.x"},"caller":{"type":"direct"}},
		{"type":"code_execution_tool_result","tool_use_id":"b","content":{"type":"encrypted_code_execution_result","encrypted_stdout":"x","return_code":0}},
		{"type":"text_editor_code_execution_tool_result","tool_use_id":"c","content":{"type":"text_editor_code_execution_create_result"}}]`,
		`[{"role":"assistant","content":[
			{"type":"tool-result","toolCallId":"a","toolName":"web_fetch","output":{"type":"json","value":{"type":"web_fetch_result","url":"https://e.x"}},
				"providerOptions":{"anthropic":{"caller":{"type":"direct"}}},"providerExecuted":true},
			{"type":"tool-result","toolCallId":"b","toolName":"code_execution",
				"output":{"type":"json","value":{"type":"encrypted_code_execution_result","encrypted_stdout":"x","return_code":0}},"providerExecuted":true},
			{"type":"tool-result","toolCallId":"c","toolName":"text_editor_code_execution",
				"output":{"type":"json","value":{"type":"text_editor_code_execution_create_result"}},"providerExecuted":true}]}]`,
	},
	{
		"call without input", "assistant", `[{"type":"tool_use","id":"a","name":"f"},{"type":"tool_use","id":"b","name":"f","input":null}]`,
		`[{"role":"assistant","content":[
			{"type":"tool-call","toolCallId":"a","toolName":"f","input":{}},{"type":"tool-call","toolCallId":"b","toolName":"f","input":{}}]}]`,
	},
	{
		"call of a set of tools", "assistant", `[{"type":"tool_use","id":"a","name":"click","toolset_name":"browser","input":{"x":1}}]`,
		`[{"role":"assistant","content":[{"type":"tool-call","toolCallId":"a","toolName":"click","input":{"x":1},
			"providerOptions":{"anthropic":{"toolsetName":"browser"}}}]}]`,
	},

	{
		"files", "user", `[
		{"type":"image","source":{"type":"file","file_id":"file_1"}},
		{"type":"image","source":{"type":"url","url":"https://e.x/pic"}},
		{"type":"image","source":{"type":"base64","data":"/9j/4AAQ"},"cache_control":{"type":"ephemeral"}},
		{"type":"document","source":{"type":"text","media_type":"text/plain","data":"Once upon"},"title":"Tale","context":"a book","citations":{"enabled":true}},
		{"type":"document","source":{"type":"content","content":[{"type":"text","text":"x"}]}},
		{"type":"document","source":{"type":"url","url":"https://e.x/paper"}},
		{"type":"document","source":{"type":"file","file_id":"file_2"},"title":"B"},
		{"type":"container_upload","file_id":"file_3"}]`,
		`[{"role":"user","content":[
			{"type":"file","mediaType":"image/*","data":"file_1","providerOptions":{"anthropic":{"source":{"type":"file"}}}},
			{"type":"file","mediaType":"image/*","data":"https://e.x/pic"},
			{"type":"file","mediaType":"image/jpeg","data":"/9j/4AAQ","providerOptions":{"anthropic":{"cacheControl":{"type":"ephemeral"}}}},
			{"type":"file","mediaType":"text/plain","filename":"Tale","data":"Once upon",
				"providerOptions":{"anthropic":{"source":{"type":"text"},"context":"a book","citations":{"enabled":true}}}},
			{"type":"file","mediaType":"application/octet-stream","data":[{"type":"text","text":"x"}],"providerOptions":{"anthropic":{"source":{"type":"content"}}}},
			{"type":"file","mediaType":"application/pdf","data":"https://e.x/paper"},
			{"type":"file","mediaType":"application/octet-stream","filename":"B","data":"file_2","providerOptions":{"anthropic":{"source":{"type":"file"}}}},
			{"type":"file","mediaType":"application/octet-stream","data":"file_3","providerOptions":{"anthropic":{"type":"container_upload"}}}]}]`,
	},

	{
		"blocks without a like", "assistant", `[{"type":"mcp_tool_listing","mcp_server_name":"s","tools":[]},{"type":"later","x":null}]`,
		`[{"role":"assistant","content":[{"type":"mcp_tool_listing","mcp_server_name":"s","tools":[]},{"type":"later","x":null}]}]`,
	},
	{
		"blocks in the wrong place", "user", `[{"type":"thinking","thinking":"hm","signature":"s"},{"type":"tool_use","id":"a","name":"f","input":{}}]`,
		`[{"role":"user","content":[{"type":"thinking","thinking":"hm","signature":"s"},{"type":"tool_use","id":"a","name":"f","input":{}}]}]`,
	},
	{
		"blocks that are not what they say", "assistant", `[{"type":"text"},{"type":"image","source":{"type":"base64"}},{"type":"thinking"},7,{"type":5},{"type":"file","data":1}]`,
		`[{"role":"assistant","content":[
			{"type":"unknown","value":{"type":"text"}},{"type":"image","source":{"type":"base64"}},{"type":"thinking"},
			{"type":"unknown","value":7},{"type":"unknown","value":{"type":5}},{"type":"unknown","value":{"type":"file","data":1}}]}]`,
	},
}

func TestContent(t *testing.T) {
	for _, c := range contents {
		t.Run(c.name, func(t *testing.T) {
			got := anthropic.Content(c.role, c.content)
			st.CheckMessages(t, got)
			st.Same(t, "messages", st.Messages(got), c.want, "")
		})
	}
}

// A result gets the name of the tool from its call earlier in the list, also from
// one of several calls.
func TestMessagesNameResults(t *testing.T) {
	got := anthropic.Messages(`[
		{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"f","input":{}},{"type":"tool_use","id":"b","name":"g","input":{}}]},
		{"role":"user","content":[{"type":"tool_result","tool_use_id":"b","content":"2"},{"type":"tool_result","tool_use_id":"a","content":"1"},
			{"type":"tool_result","tool_use_id":"c","content":"3"}]}]`)
	var names []string
	for _, p := range got[1].Content.Parts() {
		names = append(names, p.(contracts.ToolResultContentPart).ToolName)
	}
	if strings.Join(names, ",") != "g,f," {
		t.Errorf("the results are of %q", names)
	}
}

func TestRequest(t *testing.T) {
	shape.Requests(t, []st.Case{
		{
			"system, stream, settings", `{"model":"claude-x","stream":true,"system":"Be brief.","tools":[],"temperature":0.0,"stop_sequences":["\n"],
				"metadata":{"user_id":"u"},"top_k":null,"messages":[{"role":"system","content":"Mid."},{"role":"user","content":"Hi","clear_at":"x","id":"m1"}]}`,
			`{"model":"claude-x","stream":true,"settings":{"temperature":0.0,"stop_sequences":["\n"],"metadata":{"user_id":"u"}},
				"messages":[{"role":"system","content":"Be brief."},{"role":"system","content":"Mid."},
					{"id":"m1","role":"user","content":[{"type":"text","text":"Hi"}],"providerOptions":{"anthropic":{"clearAt":"x"}}}]}`,
		},
		{
			"tokens of MCP servers are left out", `{"mcp_servers":[{"type":"url","url":"https://e.x","name":"s","authorization_token":"secret"},{"name":"t"},7]}`,
			`{"settings":{"mcp_servers":[{"type":"url","url":"https://e.x","name":"s"},{"name":"t"},7]}}`,
		},
		{"of the wrong types", `{"model":["x"],"messages":{"role":"user"},"system":7,"stream":"yes"}`, `{"settings":{"model":["x"]}}`},
		{"no object", `[1]`, `{}`},
		{"nothing", ``, `{}`},
	})
}

func TestFinishReasons(t *testing.T) {
	shape.FinishReasons(t, func(native string) string { return `{"type":"message","stop_reason":"` + native + `"}` }, map[string]string{
		"end_turn": llm.FinishStop, "max_tokens": llm.FinishLength, "stop_sequence": llm.FinishStop, "tool_use": llm.FinishToolCalls,
		"pause_turn": llm.FinishOther, "refusal": llm.FinishContentFilter, "model_context_window_exceeded": llm.FinishLength,
		"compaction": llm.FinishOther,
	})
	r := anthropic.Response(`{"stop_reason":"stop_sequence","stop_sequence":"###"}`)
	st.Same(t, "metadata", st.Members(r.Metadata), `{"stop_sequence":"###"}`, "")
}

// The counts are of Anthropic's documentation of prompt caching: what was read
// and written is beside the input tokens, also by how long it is kept.
func TestUsage(t *testing.T) {
	r := anthropic.Response(`{"usage":{"input_tokens":50,"cache_read_input_tokens":100000,"cache_creation_input_tokens":248,
		"output_tokens":503,"cache_creation":{"ephemeral_5m_input_tokens":148,"ephemeral_1h_input_tokens":100}}}`)
	st.Same(t, "usage", contracts.JSON(r.Usage.AppendJSON(nil)), `{"inputTokens":100298,"outputTokens":503,"totalTokens":100801,
		"cachedInputTokens":100000,"cacheWriteTokens":248,"cache_creation":{"ephemeral_5m_input_tokens":148,"ephemeral_1h_input_tokens":100}}`, "")
	if u := anthropic.Response(`{"usage":{"output_tokens":0,"input_tokens":null}}`).Usage; u.Input.Known || !u.Output.Known {
		t.Errorf("none and 0 are not kept apart: %+v", u)
	}
}

func TestError(t *testing.T) {
	shape.Errors(t, map[contracts.JSON]contracts.JSON{
		`{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"req_1"}`: `{"message":"Overloaded","type":"overloaded_error"}`,
		`{"error":"bad gateway"}`:         `{"message":"bad gateway"}`,
		`{"type":"message","error":null}`: ``,
		`{"type":"message"}`:              ``,
		`<html>`:                          ``,
		``:                                ``,
	})
}
