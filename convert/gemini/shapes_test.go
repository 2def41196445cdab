// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package gemini_test

import (
	"testing"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/gemini"
	st "github.com/spect-tools/spect-go/convert/internal/shapetest"
	"github.com/spect-tools/spect-go/convert/llm"
)

// contents are shapes of the API's reference that no recording has. Calls have
// ids, or else the test is about theirs.
var contents = []struct {
	name    string
	content contracts.JSON
	want    contracts.JSON
}{
	{
		"roles", `[
			{"role":"user","parts":[{"text":"a"}]},{"parts":[{"text":"b"}]},{"role":"model","parts":[{"text":"c"}]},
			{"role":"function","parts":[{"functionResponse":{"id":"1","name":"f","response":{"r":1}}}]},{"role":"system","parts":[{"text":"d"}]}]`,
		`[{"role":"user","content":[{"type":"text","text":"a"}]},{"role":"user","content":[{"type":"text","text":"b"}]},
		  {"role":"assistant","content":[{"type":"text","text":"c"}]},
		  {"role":"tool","content":[{"type":"tool-result","toolCallId":"1","toolName":"f","output":{"type":"json","value":{"r":1}}}]},
		  {"role":"system","content":"d"}]`,
	},
	{"what an SDK takes: text", `"Hi"`, `[{"role":"user","content":[{"type":"text","text":"Hi"}]}]`},
	{
		"what an SDK takes: texts and parts", `["Hi",{"text":"there"}]`,
		`[{"role":"user","content":[{"type":"text","text":"Hi"}]},{"role":"user","content":[{"type":"text","text":"there"}]}]`,
	},
	{"what an SDK takes: one content", `{"role":"user","parts":[{"text":"Hi"}]}`, `[{"role":"user","content":[{"type":"text","text":"Hi"}]}]`},
	{"nothing", ``, ``},
	{"no parts", `[{"role":"model"},{"role":"model","parts":[]},{"role":"user","parts":null}]`, ``},
	{
		"thoughts and signatures", `[{"role":"model","parts":[
			{"text":"hm","thought":true},{"text":"so","thought":true,"thoughtSignature":"s1"},{"text":"4","thoughtSignature":"s2"},
			{"text":"","thoughtSignature":"s3"},{"text":""},{"thoughtSignature":"s4"}]}]`,
		`[{"role":"assistant","content":[
			{"type":"reasoning","text":"hm"},
			{"type":"reasoning","text":"so","providerOptions":{"google":{"thoughtSignature":"s1"}}},
			{"type":"text","text":"4","providerOptions":{"google":{"thoughtSignature":"s2"}}},
			{"type":"text","text":"","providerOptions":{"google":{"thoughtSignature":"s3"}}},
			{"type":"text","text":"","providerOptions":{"google":{"thoughtSignature":"s4"}}}]}]`,
	},
	{
		"call and result by id", `[
			{"role":"model","parts":[{"functionCall":{"id":"1","name":"f","args":{"a":1}},"thoughtSignature":"s"},{"functionCall":{"id":"2","name":"g"}}]},
			{"role":"user","parts":[{"text":"Go on."},
				{"functionResponse":{"id":"2","name":"g","response":{"result":"x"},"willContinue":true,"scheduling":"SILENT"}},
				{"functionResponse":{"id":"1","response":{"error":"no such thing"}}}]}]`,
		`[{"role":"assistant","content":[
			{"type":"tool-call","toolCallId":"1","toolName":"f","input":{"a":1},"providerOptions":{"google":{"thoughtSignature":"s"}}},
			{"type":"tool-call","toolCallId":"2","toolName":"g","input":{}}]},
		  {"role":"tool","content":[
			{"type":"tool-result","toolCallId":"2","toolName":"g","output":{"type":"json","value":{"result":"x"}},
				"providerOptions":{"google":{"willContinue":true,"scheduling":"SILENT"}}},
			{"type":"tool-result","toolCallId":"1","toolName":"f","output":{"type":"error-json","value":{"error":"no such thing"}}}]},
		  {"role":"user","content":[{"type":"text","text":"Go on."}]}]`,
	},
	{
		"result with files", `[{"role":"user","parts":[{"functionResponse":{"id":"1","name":"f","response":{"ok":true},"parts":[
			{"inlineData":{"mimeType":"image/png","data":"iVBORw0KGgo=","displayName":"a.png"}},{"fileData":{"fileUri":"gs://b/c.pdf"}},{"x":1}]}},
			{"functionResponse":{"id":"2","name":"f","parts":[{"inlineData":{"data":"R0lGODlhAQ=="}}]}},
			{"functionResponse":{"id":"3","name":"f"}}]}]`,
		`[{"role":"tool","content":[
			{"type":"tool-result","toolCallId":"1","toolName":"f","output":{"type":"content","value":[
				{"type":"text","text":"{\"ok\":true}"},
				{"type":"file","mediaType":"image/png","filename":"a.png","data":"iVBORw0KGgo="},
				{"type":"file","mediaType":"application/pdf","data":"gs://b/c.pdf"},
				{"type":"unknown","value":{"x":1}}]}},
			{"type":"tool-result","toolCallId":"2","toolName":"f","output":{"type":"content","value":[
				{"type":"file","mediaType":"image/gif","data":"R0lGODlhAQ=="}]}},
			{"type":"tool-result","toolCallId":"3","toolName":"f","output":{"type":"json","value":{}}}]}]`,
	},
	{
		"files", `[{"role":"user","parts":[
			{"inlineData":{"mimeType":"audio/wav","data":"UklGRg=="}},
			{"fileData":{"mimeType":"video/mp4","fileUri":"https://e.x/v"},"videoMetadata":{"startOffset":"1s","fps":2}},
			{"fileData":{"fileUri":"https://e.x/v.mov","displayName":"V"}},
			{"inlineData":{}}]}]`,
		`[{"role":"user","content":[
			{"type":"file","mediaType":"audio/wav","data":"UklGRg=="},
			{"type":"file","mediaType":"video/mp4","data":"https://e.x/v","providerOptions":{"google":{"videoMetadata":{"startOffset":"1s","fps":2}}}},
			{"type":"file","mediaType":"video/quicktime","filename":"V","data":"https://e.x/v.mov"},
			{"type":"file","mediaType":"application/octet-stream","data":""}]}]`,
	},
	{
		"code execution", `[{"role":"model","parts":[
			{"executableCode":{"id":"1","language":"PYTHON","code":"print(1)"}},
			{"codeExecutionResult":{"id":"1","outcome":"OUTCOME_OK","output":"1\n"}},
			{"executableCode":{"id":"2","language":"PYTHON","code":"1/0"}},
			{"codeExecutionResult":{"outcome":"OUTCOME_FAILED","output":"ZeroDivisionError"}}]}]`,
		`[{"role":"assistant","content":[
			{"type":"tool-call","toolCallId":"1","toolName":"code_execution","input":{"language":"PYTHON","code":"print(1)"},"providerExecuted":true},
			{"type":"tool-result","toolCallId":"1","toolName":"code_execution","output":{"type":"text","value":"1\n"},
				"providerOptions":{"google":{"outcome":"OUTCOME_OK"}},"providerExecuted":true},
			{"type":"tool-call","toolCallId":"2","toolName":"code_execution","input":{"language":"PYTHON","code":"1/0"},"providerExecuted":true},
			{"type":"tool-result","toolCallId":"2","toolName":"code_execution","output":{"type":"error-text","value":"ZeroDivisionError"},
				"providerOptions":{"google":{"outcome":"OUTCOME_FAILED"}},"providerExecuted":true}]}]`,
	},
	{
		"tools of Google's", `[{"role":"model","parts":[
			{"toolCall":{"id":"1","toolType":"GOOGLE_SEARCH_WEB","args":{"queries":["x"]}},"thoughtSignature":"s"},
			{"toolResponse":{"id":"1","toolType":"GOOGLE_SEARCH_WEB","response":{"chunks":[]}}}]}]`,
		`[{"role":"assistant","content":[
			{"type":"tool-call","toolCallId":"1","toolName":"GOOGLE_SEARCH_WEB","input":{"queries":["x"]},
				"providerOptions":{"google":{"thoughtSignature":"s"}},"providerExecuted":true},
			{"type":"tool-result","toolCallId":"1","toolName":"GOOGLE_SEARCH_WEB","output":{"type":"json","value":{"chunks":[]}},"providerExecuted":true}]}]`,
	},
	{
		"names of the Python SDK", `[{"role":"model","parts":[
			{"text":null,"function_call":{"id":"1","name":"f","args":{"the_city":"x"}},"thought_signature":"s"},
			{"executable_code":{"id":"2","language":"PYTHON","code":"1"}},{"code_execution_result":{"id":"2","outcome":"OUTCOME_OK"}}]},
			{"role":"user","parts":[{"function_response":{"id":"1","name":"f","response":{"the_result":1}}},
				{"inline_data":{"mime_type":"image/png","data":"x"}},{"file_data":{"file_uri":"gs://a"},"video_metadata":{"fps":1}}]}]`,
		`[{"role":"assistant","content":[
			{"type":"tool-call","toolCallId":"1","toolName":"f","input":{"the_city":"x"},"providerOptions":{"google":{"thoughtSignature":"s"}}},
			{"type":"tool-call","toolCallId":"2","toolName":"code_execution","input":{"language":"PYTHON","code":"1"},"providerExecuted":true},
			{"type":"tool-result","toolCallId":"2","toolName":"code_execution","output":{"type":"text","value":""},
				"providerOptions":{"google":{"outcome":"OUTCOME_OK"}},"providerExecuted":true}]},
		  {"role":"tool","content":[{"type":"tool-result","toolCallId":"1","toolName":"f","output":{"type":"json","value":{"the_result":1}}}]},
		  {"role":"user","content":[{"type":"file","mediaType":"image/png","data":"x"},
			{"type":"file","mediaType":"application/octet-stream","data":"gs://a","providerOptions":{"google":{"videoMetadata":{"fps":1}}}}]}]`,
	},
	{
		"parts without a like, and in the wrong place", `[{"role":"user","parts":[{"later":1},{"text":"hm","thought":true},7,null,
			{"functionCall":"f"},{"text":{"a":1}}]}]`,
		`[{"role":"user","content":[{"type":"unknown","value":{"later":1}},{"type":"unknown","value":{"text":"hm","thought":true}},
			{"type":"unknown","value":7},{"type":"unknown","value":null},{"type":"unknown","value":{"functionCall":"f"}},
			{"type":"text","text":"","providerOptions":{"google":{"text":{"a":1}}}}]}]`,
	},
}

func TestContents(t *testing.T) {
	for _, c := range contents {
		t.Run(c.name, func(t *testing.T) {
			got := gemini.Contents(c.content)
			st.CheckMessages(t, got)
			st.Same(t, "messages", st.Messages(got), c.want, "")
		})
	}
}

func TestContent(t *testing.T) {
	for _, c := range []struct {
		role          contracts.Role
		content, want contracts.JSON
	}{
		{"user", `[{"text":"a"},{"text":"b"}]`, `[{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}]`},
		{"assistant", `{"role":"model","parts":[{"text":"a"}]}`, `[{"role":"assistant","content":[{"type":"text","text":"a"}]}]`},
		{"assistant", `"a"`, `[{"role":"assistant","content":[{"type":"text","text":"a"}]}]`},
		{"user", `{"text":"a"}`, `[{"role":"user","content":[{"type":"text","text":"a"}]}]`},
		{"system", `{"parts":[{"text":"a"},{"text":"b"}]}`, `[{"role":"system","content":"a"},{"role":"system","content":"b"}]`},
		{
			"tool", `[{"functionResponse":{"name":"f","response":{"a":1}}}]`,
			`[{"role":"tool","content":[{"type":"tool-result","toolCallId":"","toolName":"f","output":{"type":"json","value":{"a":1}}}]}]`,
		},
	} {
		got := gemini.Content(c.role, c.content)
		st.CheckMessages(t, got)
		st.Same(t, string(c.content), st.Messages(got), c.want, "")
	}
}

// ids are the ids of the calls and results of messages.
func ids(messages []contracts.ConversationMessage) (calls, results []string) {
	for i := range messages {
		for _, p := range messages[i].Content.Parts() {
			switch p := p.(type) {
			case contracts.ToolCallContentPart:
				calls = append(calls, p.ToolCallID)
			case contracts.ToolResultContentPart:
				results = append(results, p.ToolCallID)
			}
		}
	}
	return calls, results
}

// Calls without an id get one, which their results have too, by name and order.
func TestCallIDs(t *testing.T) {
	calls, results := ids(gemini.Contents(`[
		{"role":"model","parts":[
			{"functionCall":{"name":"weather","args":{"city":"Paris","days":1}}},
			{"functionCall":{"name":"time","args":{}}},
			{"functionCall":{"name":"weather","args":{"city":"Oslo"}}}]},
		{"role":"user","parts":[
			{"functionResponse":{"name":"time","response":{"t":1}}},
			{"functionResponse":{"name":"weather","response":{"t":2}}},
			{"functionResponse":{"name":"weather","response":{"t":3}}}]}]`))
	if len(calls) != 3 || calls[0] == calls[2] || calls[0] == "" {
		t.Fatalf("calls %q", calls)
	}
	if results[0] != calls[1] || results[1] != calls[0] || results[2] != calls[2] {
		t.Errorf("results %q of calls %q", results, calls)
	}

	// The answer and the history of the next request spell the call differently.
	answered, _ := ids(gemini.Response(`{"candidates": [{"content": {"parts": [
		{"functionCall": {"name": "weather", "args": {"days": 1.0, "city": "Paris"}}}]}}]}`).Messages)
	if answered[0] != calls[0] {
		t.Errorf("the call is %q in the answer, %q in the history", answered[0], calls[0])
	}

	// Two calls alike in one turn are two.
	twice, _ := ids(gemini.Contents(`[{"role":"model","parts":[{"functionCall":{"name":"roll"}},{"functionCall":{"name":"roll"}}]},
		{"role":"model","parts":[{"functionCall":{"name":"roll"}}]}]`))
	if twice[0] == twice[1] || twice[0] != twice[2] {
		t.Errorf("calls alike are %q", twice)
	}

	if _, results := ids(gemini.Contents(`[{"parts":[{"functionResponse":{"name":"f","response":{}}}]}]`)); results[0] != "" {
		t.Errorf("a result without a call has id %q", results[0])
	}
}

func TestRequest(t *testing.T) {
	shape.Requests(t, []st.Case{
		{
			"of the API", `{"systemInstruction":{"parts":[{"text":"One."},{"text":"Two."}]},"contents":[{"parts":[{"text":"Hi"}]}],
				"toolConfig":{"functionCallingConfig":{"mode":"ANY"}},"safetySettings":[1],"cachedContent":"c","tools":[]}`,
			`{"settings":{"toolConfig":{"functionCallingConfig":{"mode":"ANY"}},"safetySettings":[1],"cachedContent":"c"},
				"messages":[{"role":"system","content":"One."},{"role":"system","content":"Two."},{"role":"user","content":[{"type":"text","text":"Hi"}]}]}`,
		},
		{
			"of the Agent Development Kit", `{"model":"gemini-x","config":{"http_options":{"headers":{"x-key":"secret"}},"system_instruction":"Be brief.",
				"tools":[{"function_declarations":[]}],"temperature":0.5},"contents":[{"parts":[{"text":"Hi"}],"role":"user"}]}`,
			`{"model":"gemini-x","tools":[{"function_declarations":[]}],"settings":{"temperature":0.5},
				"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":[{"type":"text","text":"Hi"}]}]}`,
		},
		{
			"an interaction of text", `{"model":"gemini-x","input":"Hi","system_instruction":"Be brief.","stream":true,"previous_interaction_id":"v1",
				"generation_config":{"top_p":1},"tools":[{"type":"google_search"}]}`,
			`{"model":"gemini-x","stream":true,"tools":[{"type":"google_search"}],"settings":{"previous_interaction_id":"v1","generation_config":{"top_p":1}},
				"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":[{"type":"text","text":"Hi"}]}]}`,
		},
		{
			"an interaction of steps", `{"input":[
				{"type":"user_input","content":[{"type":"text","text":"Hi"},{"type":"image","mime_type":"image/png","data":"x","resolution":"low"},
					{"type":"document","uri":"https://e.x/a.pdf"},{"type":"video","uri":"https://e.x/v"}]},
				{"type":"thought","signature":"s","summary":[{"type":"text","text":"a"},{"type":"text","text":"b"}]},
				{"type":"function_call","id":"1","name":"f","arguments":{"a":1},"signature":""},
				{"type":"function_call","id":"2","name":"g","arguments":{}},
				{"type":"function_result","call_id":"1","result":"r"},
				{"type":"function_result","call_id":"2","result":[{"type":"text","text":"r"}],"is_error":true},
				{"type":"model_output","content":[{"type":"text","text":"ok","annotations":[{"type":"url_citation"}]}]},
				{"type":"later","x":1},
				{"type":"text","text":"loose"}]}`,
			`{"messages":[
				{"role":"user","content":[{"type":"text","text":"Hi"},
					{"type":"file","mediaType":"image/png","data":"x","providerOptions":{"google":{"resolution":"low"}}},
					{"type":"file","mediaType":"application/pdf","data":"https://e.x/a.pdf"},{"type":"file","mediaType":"video/*","data":"https://e.x/v"}]},
				{"role":"assistant","content":[{"type":"reasoning","text":"a\nb","providerOptions":{"google":{"signature":"s"}}},
					{"type":"tool-call","toolCallId":"1","toolName":"f","input":{"a":1}},{"type":"tool-call","toolCallId":"2","toolName":"g","input":{}}]},
				{"role":"tool","content":[{"type":"tool-result","toolCallId":"1","toolName":"f","output":{"type":"text","value":"r"}},
					{"type":"tool-result","toolCallId":"2","toolName":"g","output":{"type":"error-json","value":[{"type":"text","text":"r"}]}}]},
				{"role":"assistant","content":[{"type":"text","text":"ok","providerOptions":{"google":{"annotations":[{"type":"url_citation"}]}}}]},
				{"role":"user","content":[{"type":"later","x":1},{"type":"text","text":"loose"}]}]}`,
		},
		{"of the wrong types", `{"contents":7,"systemInstruction":[],"tools":"x"}`, `{"tools":"x"}`},
		{"nothing", ``, `{}`},
	})
}

func TestResponse(t *testing.T) {
	shape.Responses(t, []st.Case{
		{
			"a prompt that was blocked", `{"promptFeedback":{"blockReason":"PROHIBITED_CONTENT","safetyRatings":[]},"usageMetadata":{"promptTokenCount":5,"totalTokenCount":5}}`,
			`{"finish":["PROHIBITED_CONTENT"],"usage":{"inputTokens":5,"totalTokens":5},
				"metadata":{"promptFeedback":{"blockReason":"PROHIBITED_CONTENT","safetyRatings":[]}}}`,
		},
		{
			"candidates", `{"candidates":[
				{"index":0,"content":{"role":"model","parts":[{"text":"a"},{"functionCall":{"id":"1","name":"f"}}]},"finishReason":"STOP",
					"citationMetadata":{"citationSources":[1]},"safetyRatings":[2],"avgLogprobs":-0.1,"finishMessage":"fine"},
				{"index":1,"content":{"parts":[{"functionCall":{"id":"2","name":"g"}}]},"finishReason":"SAFETY","safetyRatings":[3],"finishMessage":"no"}]}`,
			`{"finish":["STOP","SAFETY"],"metadata":{"finishMessage":"fine","safetyRatings":[3]},"messages":[
				{"role":"assistant","content":[{"type":"text","text":"a","providerOptions":{"google":{"citationMetadata":{"citationSources":[1]},"safetyRatings":[2],"avgLogprobs":-0.1}}},
					{"type":"tool-call","toolCallId":"1","toolName":"f","input":{}}]},
				{"role":"assistant","content":[{"type":"tool-call","toolCallId":"2","toolName":"g","input":{}}]}]}`,
		},
		{
			"of the Python SDK", `{"sdk_http_response":{"headers":{"x":"y"}},"candidates":[{"content":{"parts":[{"text":"a"}],"role":"model"},"finish_reason":"STOP",
				"grounding_metadata":{"web_search_queries":["q"]}}],"model_version":"gemini-x","response_id":"r",
				"usage_metadata":{"prompt_token_count":29,"candidates_token_count":10,"thoughts_token_count":202,"cached_content_token_count":7,"total_token_count":241}}`,
			`{"id":"r","model":"gemini-x","finish":["STOP"],
				"usage":{"inputTokens":29,"outputTokens":212,"totalTokens":241,"reasoningTokens":202,"cachedInputTokens":7},
				"messages":[{"role":"assistant","content":[{"type":"text","text":"a","providerOptions":{"google":{"groundingMetadata":{"web_search_queries":["q"]}}}}]}]}`,
		},
		{
			"of the Agent Development Kit", `{"model_version":"gemini-x","content":{"parts":[{"text":"a"}],"role":"model"},"finish_reason":"STOP",
				"usage_metadata":{"prompt_token_count":2},"partial":false}`,
			`{"model":"gemini-x","finish":["STOP"],"usage":{"inputTokens":2},"metadata":{"partial":false},
				"messages":[{"role":"assistant","content":[{"type":"text","text":"a"}]}]}`,
		},
		{
			"arguments in pieces", `{"candidates":[{"content":{"parts":[{"functionCall":{"id":"1","name":"f","partialArgs":[
				{"jsonPath":"$.place.name","stringValue":"Par","willContinue":true},{"jsonPath":"$.place.name","stringValue":"is"},
				{"jsonPath":"$.days[0]","numberValue":1.50},{"jsonPath":"$.days[1]","numberValue":2},
				{"jsonPath":"$.tags[0]","stringValue":"a"},{"jsonPath":"$.tags[0]","stringValue":"b"},{"jsonPath":"$['a.b'][0][\"c\"]","boolValue":true},
				{"jsonPath":"$.none","nullValue":"NULL_VALUE"},{"jsonPath":"$.place","stringValue":"x"},{"jsonPath":"oops","numberValue":3}]}}]}}]}`,
			`{"messages":[{"role":"assistant","content":[{"type":"tool-call","toolCallId":"1","toolName":"f",
				"input":{"place":{"name":"Paris"},"days":[1.5,2],"tags":["ab"],"a.b":[{"c":true}],"none":null,"$.place":"x","oops":3}}]}]}`,
		},
		{
			"an interaction with tools of Google's", `{"object":"interaction","id":"v1","status":"in_progress","outputs":[
				{"type":"google_search_call","id":"1","arguments":{"queries":["q"]}},
				{"type":"google_search_result","call_id":"1","result":[{"url":"u"}],"signature":"s"},
				{"type":"code_execution_call","id":"2","arguments":{"code":"1/0"}},
				{"type":"code_execution_result","call_id":"2","result":"boom","is_error":true},
				{"type":"mcp_server_tool_call","id":"3","name":"ask","server_name":"w","arguments":{}},
				{"type":"mcp_server_tool_result","call_id":"3","result":[{"type":"text","text":"x"}]},
				{"type":"url_context_result","call_id":"4","result":[]},
				{"type":"text","text":"done"}]}`,
			`{"id":"v1","messages":[{"role":"assistant","content":[
				{"type":"tool-call","toolCallId":"1","toolName":"google_search","input":{"queries":["q"]},"providerExecuted":true},
				{"type":"tool-result","toolCallId":"1","toolName":"google_search","output":{"type":"json","value":[{"url":"u"}]},
					"providerOptions":{"google":{"signature":"s"}},"providerExecuted":true},
				{"type":"tool-call","toolCallId":"2","toolName":"code_execution","input":{"code":"1/0"},"providerExecuted":true},
				{"type":"tool-result","toolCallId":"2","toolName":"code_execution","output":{"type":"error-text","value":"boom"},"providerExecuted":true},
				{"type":"tool-call","toolCallId":"3","toolName":"ask","input":{},"providerOptions":{"google":{"serverName":"w"}},"providerExecuted":true},
				{"type":"tool-result","toolCallId":"3","toolName":"ask","output":{"type":"content","value":[{"type":"text","text":"x"}]},"providerExecuted":true},
				{"type":"tool-result","toolCallId":"4","toolName":"url_context","output":{"type":"json","value":[]},"providerExecuted":true},
				{"type":"text","text":"done"}]}]}`,
		},
		{"nothing", ``, `{}`},
		{"of the wrong types", `{"candidates":{"a":1},"usageMetadata":7,"promptFeedback":"x"}`, `{"metadata":{"promptFeedback":"x"}}`},
	})
}

func TestFinishReasons(t *testing.T) {
	shape.FinishReasons(t, func(native string) string { return `{"candidates":[{"finishReason":"` + native + `"}]}` }, map[string]string{
		"STOP": llm.FinishStop, "MAX_TOKENS": llm.FinishLength, "SAFETY": llm.FinishContentFilter, "RECITATION": llm.FinishContentFilter,
		"BLOCKLIST": llm.FinishContentFilter, "PROHIBITED_CONTENT": llm.FinishContentFilter, "SPII": llm.FinishContentFilter,
		"IMAGE_SAFETY": llm.FinishContentFilter, "IMAGE_RECITATION": llm.FinishContentFilter, "MALFORMED_FUNCTION_CALL": llm.FinishError,
		"UNEXPECTED_TOOL_CALL": llm.FinishError, "TOO_MANY_TOOL_CALLS": llm.FinishError, "OTHER": llm.FinishOther, "LANGUAGE": llm.FinishOther,
		"FINISH_REASON_UNSPECIFIED": llm.FinishUnknown, "FinishReason.STOP": llm.FinishStop,
	})
	for _, native := range []string{"SAFETY", "BLOCKLIST", "PROHIBITED_CONTENT", "IMAGE_SAFETY", "MODEL_ARMOR", "JAILBREAK", "OTHER", "BLOCKED_REASON_UNSPECIFIED"} {
		r := gemini.Response(contracts.JSON(`{"promptFeedback":{"blockReason":"` + native + `"}}`))
		if len(r.FinishReasons) != 1 || llm.FinishReason(r.FinishReasons[0]) != llm.FinishContentFilter {
			t.Errorf("a prompt blocked for %s: %q", native, r.FinishReasons)
		}
	}
}

func TestError(t *testing.T) {
	shape.Errors(t, map[contracts.JSON]contracts.JSON{
		`{"error":{"code":503,"message":"overloaded","status":"UNAVAILABLE"}}`: `{"message":"overloaded","type":"UNAVAILABLE","code":"503"}`,
		`[{"error":{"code":400,"message":"bad"}}]`:                             `{"message":"bad","code":"400"}`,
		`{"error":"bad gateway"}`:                                              `{"message":"bad gateway"}`,
		`{"candidates":[]}`:                                                    ``,
		`<html>`:                                                               ``,
		``:                                                                     ``,
	})
}
