// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convention

import (
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/llm"
	"github.com/spect-tools/spect-go/internal/jsonscan"
)

// chatOf reads a call of a model with these attributes.
func chatOf(t testing.TB, attrs ...attribute.KeyValue) *Facts {
	t.Helper()
	return factsOf(t, append(attrs, attribute.String(operationKey, "chat"))...)
}

// TestParts reads what OpenTelemetry's conventions, and those who follow them,
// have for parts.
func TestParts(t *testing.T) {
	ciphertext := strings.Repeat("EvgFCkYI", 30)
	for _, tt := range []struct{ name, role, parts, want string }{
		{"text", "user", `[{"type":"text","content":"hi"}]`, `[{"role":"user","content":[{"type":"text","text":"hi"}]}]`},
		{"no parts", "user", `[]`, `null`},
		{"text that was not recorded", "user", `[{"type":"text"}]`, `null`},
		{"text as a string", "user", `["hi"]`, `[{"role":"user","content":[{"type":"text","text":"hi"}]}]`},
		{
			"what else a text has", "user", `[{"type":"text","content":"hi","cache_control":{"type":"ephemeral"}}]`,
			`[{"role":"user","content":[{"type":"text","text":"hi","providerOptions":{"otel":{"cacheControl":{"type":"ephemeral"}}}}]}]`,
		},
		{
			"reasoning", "assistant", `[{"type":"reasoning","content":"hm"},{"type":"thinking","content":"so"}]`,
			`[{"role":"assistant","content":[{"type":"reasoning","text":"hm"},{"type":"reasoning","text":"so"}]}]`,
		},
		{
			"Anthropic's own block", "assistant", `[{"type":"thinking","thinking":"hm","signature":"sig"}]`,
			`[{"role":"assistant","content":[{"type":"reasoning","text":"hm","providerOptions":{"anthropic":{"signature":"sig"}}}]}]`,
		},
		{
			"a summary", "assistant", `[{"type":"reasoning","content":"[{\"text\":\"one\",\"type\":\"summary_text\"},{\"text\":\"two\",\"type\":\"summary_text\"}]"}]`,
			`[{"role":"assistant","content":[{"type":"reasoning","text":"one"},{"type":"reasoning","text":"two"}]}]`,
		},
		{
			"redacted", "assistant", `[{"type":"redacted_thinking","data":"x"},{"type":"reasoning","content":"` + ciphertext + `"}]`,
			`[{"role":"assistant","content":[{"type":"reasoning","text":"","providerOptions":{"anthropic":{"redactedData":"x"}}},
				{"type":"reasoning","text":"","providerOptions":{"anthropic":{"redactedData":"` + ciphertext + `"}}}]}]`,
		},
		{
			"blocks of Bedrock's as OpenLLMetry 0.62.4 has them", "assistant",
			`[{"type":"text","content":"{\"reasoningContent\": {\"reasoningText\": {\"text\": \"hm\", \"signature\": \"sig\"}}}"},
				{"type":"text","content":"{\"reasoningContent\": 1, \"b\": 2}"},{"type":"text","content":"{\"reasoningContent\": "}]`,
			`[{"role":"assistant","content":[{"type":"reasoning","text":"hm","providerOptions":{"bedrock":{"signature":"sig"}}},
				{"type":"text","text":"{\"reasoningContent\": 1, \"b\": 2}"},{"type":"text","text":"{\"reasoningContent\": "}]}]`,
		},
		{
			"pieces of a call that Gemini streamed, as google-genai 1.3b0 has them", "assistant",
			`[{"arguments":null,"name":"f","id":"f_0","type":"tool_call"},{"arguments":null,"name":"","id":"1","type":"tool_call"},
				{"type":"tool_call","id":"","name":"","arguments":{}},{"type":"tool_call","id":"c","name":"","arguments":{}}]`,
			`[{"role":"assistant","content":[{"type":"tool-call","toolCallId":"f_0","toolName":"f","input":{}},
				{"type":"tool-call","toolCallId":"c","toolName":"","input":{}}]}]`,
		},
		{
			"calls", "assistant",
			`[{"type":"tool_call","id":"a","name":"f","arguments":{"x":1.0}},{"type":"tool_call","id":"b","name":"f","arguments":"{\"x\": 1}"},
			  {"type":"tool_call","id":"c","name":"f","arguments":"not JSON"},{"type":"tool_call","id":"d","name":"f","arguments":null},
			  {"type":"tool_call","id":"e","name":"f","builtin":true}]`,
			`[{"role":"assistant","content":[{"type":"tool-call","toolCallId":"a","toolName":"f","input":{"x":1.0}},
			  {"type":"tool-call","toolCallId":"b","toolName":"f","input":{"x": 1}},{"type":"tool-call","toolCallId":"c","toolName":"f","input":"not JSON"},
			  {"type":"tool-call","toolCallId":"d","toolName":"f","input":{}},{"type":"tool-call","toolCallId":"e","toolName":"f","input":{},"providerExecuted":true}]}]`,
		},
		{
			"results", "user",
			`[{"type":"tool_call_response","id":"a","response":"sunny"},{"type":"tool_call_response","id":"b","result":{"t":1}},
			  {"type":"tool_call_response","id":"c","name":"f","response":"{\"t\":1}"},{"type":"tool_call_response","id":"d","response":null}]`,
			`[{"role":"tool","content":[{"type":"tool-result","toolCallId":"a","toolName":"","output":{"type":"text","value":"sunny"}},
			  {"type":"tool-result","toolCallId":"b","toolName":"","output":{"type":"json","value":{"t":1}}},
			  {"type":"tool-result","toolCallId":"c","toolName":"f","output":{"type":"json","value":{"t":1}}},
			  {"type":"tool-result","toolCallId":"d","toolName":"","output":{"type":"json","value":null}}]}]`,
		},
		{
			"results in blocks", "tool",
			`[{"type":"tool_call_response","id":"a","response":[{"text":"sunny"}]},{"type":"tool_call_response","id":"b","response":[{"json":{"t":1}}]},
			  {"type":"tool_call_response","id":"c","response":"[{\"text\":\"a\"},{\"text\":\"b\"}]"},
			  {"type":"tool_call_response","id":"d","response":[{"json":1},{"text":"b"}]}]`,
			`[{"role":"tool","content":[{"type":"tool-result","toolCallId":"a","toolName":"","output":{"type":"text","value":"sunny"}},
			  {"type":"tool-result","toolCallId":"b","toolName":"","output":{"type":"json","value":{"t":1}}},
			  {"type":"tool-result","toolCallId":"c","toolName":"","output":{"type":"content","value":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}},
			  {"type":"tool-result","toolCallId":"d","toolName":"","output":{"type":"json","value":[{"json":1},{"text":"b"}]}}]}]`,
		},
		{
			"results that failed", "tool",
			`[{"type":"tool_call_response","id":"a","response":"no","is_error":true},{"type":"tool_call_response","id":"b","response":{"isError":true,"content":[]}}]`,
			`[{"role":"tool","content":[{"type":"tool-result","toolCallId":"a","toolName":"","output":{"type":"error-text","value":"no"}},
			  {"type":"tool-result","toolCallId":"b","toolName":"","output":{"type":"error-json","value":{"isError":true,"content":[]}}}]}]`,
		},
		{
			"a result and its text again", "tool", `[{"type":"text","content":"sunny"},{"type":"tool_call_response","id":"a","result":"sunny"}]`,
			`[{"role":"tool","content":[{"type":"tool-result","toolCallId":"a","toolName":"","output":{"type":"text","value":"sunny"}}]}]`,
		},
		{
			"a result of Anthropic's", "user", `[{"type":"tool_result","tool_use_id":"a","is_error":true,"content":[{"type":"text","text":"no"}]}]`,
			`[{"role":"tool","content":[{"type":"tool-result","toolCallId":"a","toolName":"","output":{"type":"error-text","value":"no"}}]}]`,
		},
		{
			"a file of OpenAI's", "user", `[{"type":"file","file":{"file_id":"f"}}]`,
			`[{"role":"user","content":[{"type":"file","mediaType":"application/octet-stream","data":"f","providerOptions":{"openai":{"fileId":"f"}}}]}]`,
		},
		{
			"a result among the user's words", "user", `[{"type":"text","content":"and"},{"type":"tool_call_response","id":"a","response":"sunny"}]`,
			`[{"role":"tool","content":[{"type":"tool-result","toolCallId":"a","toolName":"","output":{"type":"text","value":"sunny"}}]},
			  {"role":"user","content":[{"type":"text","text":"and"}]}]`,
		},
		{
			"a tool of the provider", "assistant",
			`[{"type":"server_tool_call","id":"s","name":"bash","server_tool_call":{"type":"bash","input":{"command":"ls"}}},
			  {"type":"server_tool_call_response","id":"s","server_tool_call_response":{"type":"bash","content":{"type":"bash_error","code":1}}}]`,
			`[{"role":"assistant","content":[{"type":"tool-call","toolCallId":"s","toolName":"bash","input":{"command":"ls"},"providerExecuted":true},
			  {"type":"tool-result","toolCallId":"s","toolName":"bash","output":{"type":"error-json","value":{"type":"bash_error","code":1}},"providerExecuted":true}]}]`,
		},
		{
			// https://github.com/vercel/ai/blob/main/packages/otel/src/gen-ai-format-messages.ts
			"calls that are answered in the same message, as the AI SDK has the provider's", "assistant",
			`[{"type":"text","content":"Hi"},{"type":"tool_call","id":"a","name":"web_search","arguments":{}},{"type":"tool_call","id":"b","name":"f","arguments":{}},
			  {"type":"tool_call_response","id":"a","response":{"action":1}}]`,
			`[{"role":"assistant","content":[{"type":"text","text":"Hi"},{"type":"tool-call","toolCallId":"a","toolName":"web_search","input":{},"providerExecuted":true},
			  {"type":"tool-call","toolCallId":"b","toolName":"f","input":{}},
			  {"type":"tool-result","toolCallId":"a","toolName":"web_search","output":{"type":"json","value":{"action":1}},"providerExecuted":true}]}]`,
		},
		{
			"a call whose id is the provider's", "assistant",
			`[{"type":"tool_call","id":"srvtoolu_1","name":"web_search","arguments":{}}]`,
			`[{"role":"assistant","content":[{"type":"tool-call","toolCallId":"srvtoolu_1","toolName":"web_search","input":{},"providerExecuted":true}]}]`,
		},
		{
			"parts that a tool answered, as the AI SDK has them", "tool",
			`[{"type":"tool_call_response","id":"a","response":{"type":"content","value":[{"type":"text","text":"see"},{"type":"file","mediaType":"image/png","data":{"type":"data","data":"aGk="}}]}},
			  {"type":"tool_call_response","id":"b","response":{"content":"type","value":[]}}]`,
			`[{"role":"tool","content":[{"type":"tool-result","toolCallId":"a","toolName":"","output":{"type":"content","value":[{"type":"text","text":"see"},{"type":"file","mediaType":"image/png","data":"aGk="}]}},
			  {"type":"tool-result","toolCallId":"b","toolName":"","output":{"type":"json","value":{"content":"type","value":[]}}}]}]`,
		},
		{
			// https://github.com/strands-agents/sdk-python/blob/main/src/strands/telemetry/tracer.py
			"blocks of Bedrock's that Strands made parts", "assistant",
			`[{"type":"reasoningContent","content":{"reasoningText":{"text":"hm","signature":"c2ln"}}},{"type":"reasoningContent","content":{"redactedContent":"ZGF0YQ=="}},
			  {"type":"citationsContent","content":{"content":[{"text":"So it is."}],"citations":[{"title":"T"}]}},{"type":"image","content":{"format":"png","source":{"bytes":"aGk="}}},
			  {"type":"other","content":{"a":1}}]`,
			`[{"role":"assistant","content":[{"type":"reasoning","text":"hm","providerOptions":{"bedrock":{"signature":"c2ln"}}},
			  {"type":"reasoning","text":"","providerOptions":{"bedrock":{"redactedData":"ZGF0YQ=="}}},
			  {"type":"text","text":"So it is.","providerOptions":{"bedrock":{"citations":[{"title":"T"}]}}},{"type":"file","mediaType":"image/png","data":"aGk="},
			  {"type":"other","content":{"a":1}}]}]`,
		},
		{
			"blocks of Bedrock's that a tool answered", "tool",
			`[{"type":"tool_call_response","id":"a","response":[{"text":"see"},{"image":{"format":"png","source":{"bytes":"aGk="}}},{"json":{"b":1}}]}]`,
			`[{"role":"tool","content":[{"type":"tool-result","toolCallId":"a","toolName":"","output":{"type":"content","value":[{"type":"text","text":"see"},
			  {"type":"file","mediaType":"image/png","data":"aGk="},{"type":"text","text":"{\"b\":1}"}]}}]}]`,
		},
		{
			// https://github.com/microsoft/agent-framework/blob/main/python/packages/core/agent_framework/_types.py
			"tools of agent-framework that are no functions", "assistant",
			`[{"type":"search_tool_call","call_id":"ws","arguments":{"query":"q"},"status":"completed","tool_name":"web_search","additional_properties":{}},
			  {"type":"search_tool_result","call_id":"ws","result":{"action":1},"status":"completed","tool_name":"web_search","additional_properties":{}},
			  {"type":"code_interpreter_tool_call","call_id":"ci","inputs":[{"type":"text","text":"1+1"}],"additional_properties":{}},
			  {"type":"mcp_server_tool_call","call_id":"m","arguments":{"a":1},"tool_name":"ask","server_name":"wiki","additional_properties":{"b":1}},
			  {"type":"shell_tool_call","call_id":"sh","commands":["ls"],"additional_properties":{}}]`,
			`[{"role":"assistant","content":[{"type":"tool-call","toolCallId":"ws","toolName":"web_search","input":{"query":"q"},"providerOptions":{"otel":{"status":"completed"}},"providerExecuted":true},
			  {"type":"tool-result","toolCallId":"ws","toolName":"web_search","output":{"type":"json","value":{"action":1}},"providerOptions":{"otel":{"status":"completed"}},"providerExecuted":true},
			  {"type":"tool-call","toolCallId":"ci","toolName":"code_interpreter","input":{"inputs":[{"type":"text","text":"1+1"}]},"providerExecuted":true},
			  {"type":"tool-call","toolCallId":"m","toolName":"ask","input":{"a":1},"providerOptions":{"otel":{"serverName":"wiki","additionalProperties":{"b":1}}},"providerExecuted":true},
			  {"type":"tool-call","toolCallId":"sh","toolName":"shell","input":{"commands":["ls"]}}]}]`,
		},
		{
			"a call of MCP with its outcome", "assistant",
			`[{"type":"server_tool_call","id":"m","name":"ask","server_tool_call":{"type":"mcp_call","server_label":"wiki","arguments":"{\"q\":1}","output":"done","error":null}}]`,
			`[{"role":"assistant","content":[{"type":"tool-call","toolCallId":"m","toolName":"ask","input":{"q":1},"providerOptions":{"otel":{"serverLabel":"wiki"}},"providerExecuted":true},
			  {"type":"tool-result","toolCallId":"m","toolName":"ask","output":{"type":"text","value":"done"},"providerExecuted":true}]}]`,
		},
		{
			"files", "user",
			`[{"type":"blob","modality":"image","mime_type":"image/png","content":"aGk="},{"type":"blob","modality":"image","mime_type":null,"content":"/9j/4AAQ"},
			  {"type":"uri","modality":"image","mime_type":null,"uri":"https://example.com/a.webp?x=1"},{"type":"uri","modality":"video","uri":"https://example.com/watch"},
			  {"type":"uri","uri":"data:image/gif;base64,R0lGOD"},{"type":"file","modality":"document","mime_type":"application/pdf","file_id":"file-1"},
			  {"type":"file_data","mime_type":"","uri":"gs://bucket/a.pdf"},{"type":"binary","media_type":"audio/wav","content":"aGk="},
			  {"type":"image-url","url":"https://example.com/x"}]`,
			`[{"role":"user","content":[{"type":"file","mediaType":"image/png","data":"aGk="},{"type":"file","mediaType":"image/jpeg","data":"/9j/4AAQ"},
			  {"type":"file","mediaType":"image/webp","data":"https://example.com/a.webp?x=1"},{"type":"file","mediaType":"video/*","data":"https://example.com/watch"},
			  {"type":"file","mediaType":"image/gif","data":"R0lGOD"},
			  {"type":"file","mediaType":"application/pdf","data":"file-1","providerOptions":{"otel":{"fileId":"file-1"}}},
			  {"type":"file","mediaType":"application/pdf","data":"gs://bucket/a.pdf"},{"type":"file","mediaType":"audio/wav","data":"aGk="},
			  {"type":"file","mediaType":"image/*","data":"https://example.com/x"}]}]`,
		},
		{
			"refusal", "assistant", `[{"type":"refusal","content":"no"}]`,
			`[{"role":"assistant","content":[{"type":"text","text":"no","providerOptions":{"openai":{"refusal":true}}}]}]`,
		},
		{
			"parts that nobody knows", "user", `[{"type":"compaction","id":"c"},{"type":"interrupt_response","id":"i","response":1},{"x":1}]`,
			`[{"role":"user","content":[{"type":"compaction","id":"c"},{"type":"interrupt_response","id":"i","response":1},{"type":"unknown","value":{"x":1}}]}]`,
		},
		{
			"parts of a provider", "user", `[{"type":"input_image","image_url":"https://example.com/a.png"},{"text":"hi"}]`,
			`[{"role":"user","content":[{"type":"file","mediaType":"image/png","data":"https://example.com/a.png"},{"type":"text","text":"hi"}]}]`,
		},
		{"instructions", "system", `[{"type":"text","content":"a"},{"type":"text","content":"b"}]`, `[{"role":"system","content":"a"},{"role":"system","content":"b"}]`},
		{"a developer's", "developer", `[{"type":"text","content":"a"}]`, `[{"role":"system","content":"a"}]`},
		{"a model's", "model", `[{"type":"text","content":"a"}]`, `[{"role":"assistant","content":[{"type":"text","text":"a"}]}]`},
		{
			"no role", "", `[{"type":"tool_call_response","id":"a","response":"x"}]`,
			`[{"role":"tool","content":[{"type":"tool-result","toolCallId":"a","toolName":"","output":{"type":"text","value":"x"}}]}]`,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			messages := `[{"role":"` + tt.role + `","parts":` + tt.parts + `}]`
			sameMessages(t, "as text", chatOf(t, attribute.String(inputKey, messages)).Request.Messages, tt.want)
			sameMessages(t, "structured", chatOf(t, attribute.KeyValue{Key: inputKey, Value: structured(t, contracts.JSON(messages))}).Request.Messages, tt.want)
		})
	}
}

// structured is JSON as a structured attribute.
func structured(t testing.TB, j contracts.JSON) attribute.Value {
	t.Helper()
	switch {
	case j.IsArray():
		var values []attribute.Value
		for e := range j.Elements() {
			values = append(values, structured(t, e))
		}
		return attribute.SliceValue(values...)
	case j.IsObject():
		var members []attribute.KeyValue
		for name, value := range j.Members() {
			members = append(members, attribute.KeyValue{Key: attribute.Key(name), Value: structured(t, value)})
		}
		return attribute.MapValue(members...)
	}
	if text, ok := j.Text(); ok {
		return attribute.StringValue(text)
	}
	switch text := jsonscan.TrimSpace(string(j)); text {
	case "true", "false":
		return attribute.BoolValue(text == "true")
	case "null":
		return attribute.Value{}
	default:
		v, err := strconv.ParseFloat(text, 64)
		if err != nil && !errors.Is(err, strconv.ErrRange) { // infinite is a value too
			t.Fatal(err)
		}
		return attribute.Float64Value(v)
	}
}

// TestResultsFindTheirCalls gives results the names of their calls, and the ids
// where nobody has one.
func TestResultsFindTheirCalls(t *testing.T) {
	f := chatOf(t, attribute.String(inputKey, `[
		{"role":"assistant","parts":[{"type":"tool_call","id":"a","name":"f","arguments":{}},{"type":"tool_call","id":null,"name":"g","arguments":{}}]},
		{"role":"tool","parts":[{"type":"tool_call_response","id":null,"name":"g","response":"2"},{"type":"tool_call_response","id":"a","response":"1"}]}]`))
	calls, results := f.Request.Messages[0].Content.Parts(), f.Request.Messages[1].Content.Parts()
	made := calls[1].(contracts.ToolCallContentPart).ToolCallID
	if made == "" {
		t.Error("a call without an id")
	}
	for i, want := range [][2]string{{made, "g"}, {"a", "f"}} {
		if r := results[i].(contracts.ToolResultContentPart); r.ToolCallID != want[0] || r.ToolName != want[1] {
			t.Errorf("result %d is of call %q of %q, want %v", i, r.ToolCallID, r.ToolName, want)
		}
	}
}

// ADK numbers calls and results without an id by where they stand in their own
// message: get_weather_1 is not the result of the call get_weather_1.
//
// https://github.com/google/adk-python/blob/main/src/google/adk/telemetry/_experimental_semconv.py
func TestNumberedResults(t *testing.T) {
	f := chatOf(t, attribute.String(inputKey, `[
		{"role":"assistant","parts":[{"type":"text","content":"Hm."},{"type":"tool_call","id":"f_1","name":"f","arguments":{"a":1}},
			{"type":"tool_call","id":"f_2","name":"f","arguments":{"a":2}},{"type":"tool_call","id":"g_h_3","name":"g_h","arguments":{}},
			{"type":"tool_call","id":"call_4","name":"i","arguments":{}}]},
		{"role":"user","parts":[{"type":"tool_call_response","id":"f_0","response":"1"},{"type":"tool_call_response","id":"f_1","response":"2"},
			{"type":"tool_call_response","id":"g_h_2","response":"3"},{"type":"tool_call_response","id":"call_4","response":"4"}]}]`))
	results := f.Request.Messages[1].Content.Parts()
	for i, want := range [][2]string{{"f_1", "f"}, {"f_2", "f"}, {"g_h_3", "g_h"}, {"call_4", "i"}} {
		if r := results[i].(contracts.ToolResultContentPart); r.ToolCallID != want[0] || r.ToolName != want[1] {
			t.Errorf("result %d is of call %q of %q, want %v", i, r.ToolCallID, r.ToolName, want)
		}
	}
}

// TestResultAndItsText has what a tool answered twice, once without its call.
func TestResultAndItsText(t *testing.T) {
	f := chatOf(t, attribute.String(inputKey, `[
		{"role":"assistant","parts":[{"type":"tool_call","id":"a","name":"f","arguments":{}},{"type":"tool_call","id":"b","name":"g","arguments":{}}]},
		{"role":"tool","parts":[{"type":"text","content":"1"},{"type":"tool_call_response","id":"a","result":"1"}]},
		{"role":"tool","parts":[{"type":"text","content":"2"}]}]`))
	sameMessages(t, "results", f.Request.Messages[1:], `[
		{"role":"tool","content":[{"type":"tool-result","toolCallId":"a","toolName":"f","output":{"type":"text","value":"1"}}]},
		{"role":"tool","content":[{"type":"tool-result","toolCallId":"b","toolName":"g","output":{"type":"text","value":"2"}}]}]`)
}

func TestInstructions(t *testing.T) {
	const want = `[{"role":"system","content":"a"},{"role":"system","content":"b"},{"role":"user","content":[{"type":"text","text":"hi"}]}]`
	input := attribute.String(inputKey, `[{"role":"user","parts":[{"type":"text","content":"hi"}]}]`)
	for _, tt := range []struct{ name, instructions string }{
		{"parts", `[{"type":"text","content":"a"},{"type":"text","content":"b"}]`},
		{"an empty one among them", `[{"type":"text","content":"a"},{"type":"text","content":""},{"type":"text","content":"b"}]`},
		{"texts", `["a","b"]`},
		{"messages", `[{"role":"system","parts":[{"type":"text","content":"a"}]},{"role":"system","parts":[{"type":"text","content":"b"}]}]`},
	} {
		sameMessages(t, tt.name, chatOf(t, input, attribute.String(instructionsKey, tt.instructions)).Request.Messages, want)
	}
	f := chatOf(t, attribute.String(instructionsKey, "Be brief."))
	sameMessages(t, "a text", f.Request.Messages, `[{"role":"system","content":"Be brief."}]`)
	// Some have them in both places.
	f = chatOf(t, attribute.String(instructionsKey, `[{"type":"text","content":"a"}]`),
		attribute.String(inputKey, `[{"role":"system","parts":[{"type":"text","content":"a"}]}]`))
	sameMessages(t, "twice", f.Request.Messages, `[{"role":"system","content":"a"}]`)
}

// TestMessagesOfOthers reads what some write under the names of OpenTelemetry.
func TestMessagesOfOthers(t *testing.T) {
	const hi = `[{"role":"user","content":[{"type":"text","text":"hi"}]}]`
	for _, tt := range []struct{ name, messages, want string }{
		{"one message", `{"role":"user","parts":[{"type":"text","content":"hi"}]}`, hi},
		{"an object that holds them", `{"messages":[{"role":"user","parts":[{"type":"text","content":"hi"}]}]}`, hi},
		{"a text", `hi`, hi},
		{"a JSON string", `"hi"`, hi},
		{"JSON in a JSON string", `"[{\"role\":\"user\",\"parts\":[{\"type\":\"text\",\"content\":\"hi\"}]}]"`, hi},
		{"a list of JSON texts", `["{\"role\":\"user\",\"parts\":[{\"type\":\"text\",\"content\":\"hi\"}]}"]`, hi},
		{"Gemini's", `[{"role":"user","parts":[{"text":"hi"}]},{"role":"model","parts":[{"text":"yo"}]}]`, `[
			{"role":"user","content":[{"type":"text","text":"hi"}]},{"role":"assistant","content":[{"type":"text","text":"yo"}]}]`},
		{"Bedrock's", `[{"role":"user","content":[{"text":"hi"}]}]`, hi},
		{"null", `null`, `null`},
		{"a number", `7`, `null`},
		{"an empty list", `[]`, `null`},
	} {
		sameMessages(t, tt.name, chatOf(t, attribute.String(inputKey, tt.messages)).Request.Messages, tt.want)
	}
	f := chatOf(t, attribute.StringSlice(inputKey, []string{`{"role":"user","parts":[{"type":"text","content":"hi"}]}`}))
	sameMessages(t, "a slice of JSON texts", f.Request.Messages, hi)
	// Each in its own words, but the same.
	f = chatOf(t, attribute.String(inputKey, `[{"role":"user","content":"hi"},{"role":"assistant","content":null,"tool_calls":[
		{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"c","content":"x"}]`))
	if len(f.Request.Messages) != 3 || f.Request.Messages[2].Role != contracts.RoleTool {
		t.Errorf("OpenAI's messages: %v", f.Request.Messages)
	}
}

func TestMessagesThatWereCut(t *testing.T) {
	const cut = `[{"role":"user","parts":[{"type":"text","content":"What's the wea`
	f := chatOf(t, attribute.String(inputKey, cut), attribute.String(outputKey, cut), attribute.String(instructionsKey, cut),
		attribute.String("gen_ai.tool.definitions", `[{"name":`))
	text := string(contracts.QuoteJSON(cut))
	sameMessages(t, "request", f.Request.Messages, `[{"role":"system","content":`+text+`},{"role":"user","content":[{"type":"text","text":`+text+`}]}]`)
	sameMessages(t, "response", f.Response.Messages, `[{"role":"assistant","content":[{"type":"text","text":`+text+`}]}]`)
	for _, key := range []string{inputKey, outputKey, instructionsKey, "gen_ai.tool.definitions"} {
		if !strings.HasPrefix(note(f, key), "cut, or else no JSON") {
			t.Errorf("%s: note %q", key, note(f, key))
		}
	}
	if f.Request.Tools != "" || value(f.Metadata, "gen_ai.tool.definitions") == "" {
		t.Errorf("tools %s, metadata %v", f.Request.Tools, f.Metadata)
	}
}

// TestSeveralAnswers tells choices from pieces of one answer.
func TestSeveralAnswers(t *testing.T) {
	text := func(s string) string {
		return `{"role":"assistant","parts":[{"type":"text","content":"` + s + `"}],"finish_reason":"stop"}`
	}
	two := attribute.String(outputKey, `[`+text("a")+`,`+text("b")+`]`)
	call := `{"role":"assistant","parts":[{"type":"tool_call","id":"c","name":"f","arguments":{}}],"finish_reason":"tool_call"}`
	reasons := func(r ...string) attribute.KeyValue {
		return attribute.StringSlice("gen_ai.response.finish_reasons", r)
	}
	for _, tt := range []struct {
		name  string
		attrs []attribute.KeyValue
		want  bool // fragments
	}{
		{"one", []attribute.KeyValue{attribute.String(outputKey, `[`+text("a")+`]`)}, false},
		{"two were asked for", []attribute.KeyValue{two, attribute.Int("gen_ai.request.choice.count", 2)}, false},
		{"one was asked for", []attribute.KeyValue{two, attribute.Int("gen_ai.request.choice.count", 1)}, true},
		{"two reasons for two texts", []attribute.KeyValue{two, reasons("stop", "stop")}, false},
		{"one reason for two texts", []attribute.KeyValue{two, reasons("stop")}, true},
		{"items of one answer", []attribute.KeyValue{attribute.String(outputKey, `[`+call+`,`+text("a")+`]`), reasons("stop", "stop")}, true},
	} {
		if f := chatOf(t, tt.attrs...); f.Fragments != tt.want {
			t.Errorf("%s: fragments is %v", tt.name, f.Fragments)
		}
	}
}

// A stream of ADK's is its pieces and then all of it.
func TestStreamAndItsWhole(t *testing.T) {
	piece := func(text, reason string) string {
		return `{"role":"assistant","parts":[{"type":"text","content":"` + text + `"}],"finish_reason":"` + reason + `"}`
	}
	for _, c := range []struct{ name, output, want string }{
		{"pieces and the whole", piece("It ", "") + `,` + piece("is.", "") + `,` + piece("It is.", "stop"), "It is."},
		{"pieces alone", piece("It ", "") + `,` + piece("is.", "stop"), "It is."},
		{"another at the end", piece("It ", "") + `,` + piece("It is.", "stop"), "It It is."},
		{"the same twice", piece("It is.", "stop") + `,` + piece("It is.", "stop"), "It is.It is."},
	} {
		f := chatOf(t, attribute.String(outputKey, `[`+c.output+`]`), attribute.Int("gen_ai.request.choice.count", 1))
		var text string
		for _, m := range f.Response.Messages {
			text += m.Content.Text()
		}
		if text != c.want {
			t.Errorf("%s: %q, want %q", c.name, text, c.want)
		}
	}
}

func TestFinishReasons(t *testing.T) {
	output := attribute.String(outputKey, `[{"role":"assistant","parts":[{"type":"text","content":"a"}],"finish_reason":"end_turn"}]`)
	// Pydantic AI has reasons on messages of the history too.
	input := attribute.String(inputKey, `[{"role":"assistant","parts":[{"type":"text","content":"a"}],"finish_reason":"tool_call"}]`)
	key := attribute.Key("gen_ai.response.finish_reasons")
	for _, tt := range []struct {
		name  string
		attrs []attribute.KeyValue
		want  string
	}{
		{"a list", []attribute.KeyValue{key.StringSlice([]string{"stop"}), output}, "stop"},
		{"JSON", []attribute.KeyValue{key.String(`["stop"]`), output}, "stop"},
		{"a text", []attribute.KeyValue{key.String("stop"), output}, "stop"},
		{"on the message", []attribute.KeyValue{input, output}, "end_turn"},
		{"nowhere", []attribute.KeyValue{input}, ""},
	} {
		if got := strings.Join(chatOf(t, tt.attrs...).Response.FinishReasons, ","); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestGenAIUsage(t *testing.T) {
	for _, tt := range []struct {
		name string
		keys []string
		of   func(*llm.Usage) llm.Count
	}{
		{"input", []string{"gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens"}, func(u *llm.Usage) llm.Count { return u.Input }},
		{"output", []string{"gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens"}, func(u *llm.Usage) llm.Count { return u.Output }},
		{"total", []string{"gen_ai.usage.total_tokens", "llm.usage.total_tokens"}, func(u *llm.Usage) llm.Count { return u.Total }},
		{"cached", []string{
			"gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_read_input_tokens", "gen_ai.usage.details.cache_read_tokens",
			"gen_ai.usage.details.cache_read_input_tokens",
		}, func(u *llm.Usage) llm.Count { return u.CachedInput }},
		{"cache write", []string{
			"gen_ai.usage.cache_write.input_tokens", "gen_ai.usage.cache_creation.input_tokens", "gen_ai.usage.cache_creation_input_tokens",
			"gen_ai.usage.details.cache_creation_input_tokens",
		}, func(u *llm.Usage) llm.Count { return u.CacheWrite }},
		{"reasoning", []string{
			"gen_ai.usage.reasoning.output_tokens", "gen_ai.usage.reasoning_tokens", "llm.usage.reasoning_tokens", "gen_ai.usage.details.reasoning_tokens",
		}, func(u *llm.Usage) llm.Count { return u.Reasoning }},
	} {
		for _, key := range tt.keys {
			for _, kv := range []attribute.KeyValue{attribute.Int(key, 7), attribute.Float64(key, 7), attribute.String(key, "7")} {
				f := chatOf(t, kv)
				if got := tt.of(&f.Response.Usage); got != llm.Tokens(7) || len(f.Metadata) > 0 {
					t.Errorf("%s from %s (%s): %v, metadata %v", tt.name, key, kv.Value.Type(), got, f.Metadata)
				}
			}
			f := chatOf(t, attribute.Int(key, 0))
			if got := tt.of(&f.Response.Usage); got != llm.Tokens(0) {
				t.Errorf("%s from %s: %v, want a known 0", tt.name, key, got)
			}
			newest := attribute.Int(tt.keys[0], 7)
			for _, attrs := range [][]attribute.KeyValue{{newest, attribute.Int(key, 5)}, {attribute.Int(key, 5), newest}} {
				if key == tt.keys[0] || strings.HasPrefix(key, "llm.") { // itself, or another decoder's, which is asked before
					break
				}
				if f := chatOf(t, attrs...); tt.of(&f.Response.Usage) != llm.Tokens(7) || len(f.Metadata) > 0 {
					t.Errorf("%s beside %s: %v, metadata %v", tt.keys[0], key, tt.of(&f.Response.Usage), f.Metadata)
				}
			}
			if f = chatOf(t, attribute.String(key, "many")); f.Response.Usage.Known() {
				t.Errorf("%s: a count of %q", key, "many")
			}
		}
	}
	f := chatOf(t, attribute.Int("gen_ai.usage.audio.input_tokens", 3), attribute.String("gen_ai.usage.raw",
		`{"input_tokens":4,"input_tokens_details":{"cached_tokens":2},"output_tokens_details":{"reasoning_tokens":1},"total_tokens":9}`))
	sameJSON(t, "usage", string(f.Response.Usage.AppendJSON(nil)), `{"totalTokens":9,"reasoningTokens":1,"cachedInputTokens":2,"audio.input_tokens":3}`)
}

func TestGenAIRequest(t *testing.T) {
	f := chatOf(t,
		attribute.String("gen_ai.system", "openai"), attribute.String("gen_ai.request.model", "asked"), attribute.String("gen_ai.response.model", "answered"),
		attribute.String("gen_ai.response.id", "r"), attribute.Float64("gen_ai.request.temperature", 0.5), attribute.Int("gen_ai.request.top_k", 4),
		attribute.StringSlice("gen_ai.request.stop_sequences", []string{"x"}), attribute.String("gen_ai.tool.definitions", `[{"name":"f"}]`),
		attribute.String("gen_ai.output.type", "json"), attribute.String("error.type", "timeout"), attribute.Int("http.response.status_code", 504))
	if f.Provider != "openai" || f.Request.Model != "asked" || f.Response.Model != "answered" || f.Response.ID != "r" {
		t.Errorf("provider %q, models %q and %q, id %q", f.Provider, f.Request.Model, f.Response.Model, f.Response.ID)
	}
	sameMembers(t, "settings", f.Request.Settings, `{"temperature":0.5,"top_k":4,"stop_sequences":["x"]}`)
	sameJSON(t, "tools", f.Request.Tools, `[{"name":"f"}]`)
	sameMembers(t, "metadata", f.Metadata, `{"gen_ai.output.type":"json","http.response.status_code":504}`)
	if f.Error == nil || f.Error.Type != "timeout" || f.Error.Code != "504" {
		t.Errorf("error %+v", f.Error)
	}
	if f = chatOf(t, attribute.String("error.type", "429")); f.Error == nil || f.Error.Code != "429" || f.Error.Type != "" {
		t.Errorf("error %+v", f.Error)
	}
	if f = chatOf(t, attribute.Int("http.response.status_code", 200)); f.Error != nil {
		t.Errorf("error %+v of a call that went well", f.Error)
	}
}

func TestGenAIStreamed(t *testing.T) {
	for _, tt := range []struct {
		kv    attribute.KeyValue
		want  bool
		first time.Duration
	}{
		{attribute.Bool("gen_ai.request.stream", true), true, 0},
		{attribute.Bool("gen_ai.request.stream", false), false, 0},
		{attribute.Bool("gen_ai.is_streaming", true), true, 0},
		{attribute.Float64("gen_ai.response.time_to_first_chunk", 0.25), true, 250 * time.Millisecond},
		{attribute.Float64("gen_ai.response.time_to_first_chunk", -1), false, 0},
		{attribute.Int("gen_ai.server.time_to_first_token", 718), true, 718 * time.Millisecond},
		{attribute.String("code.function.name", "google.genai.Models.generate_content_stream"), true, 0},
		{attribute.String("code.function.name", "google.genai.Models.generate_content"), false, 0},
	} {
		if f := chatOf(t, tt.kv); f.Streamed != tt.want || f.TimeToFirstToken != tt.first {
			t.Errorf("%s = %v: streamed %v, first token after %v", tt.kv.Key, tt.kv.Value.AsInterface(), f.Streamed, f.TimeToFirstToken)
		}
	}
}

func TestGenAITool(t *testing.T) {
	key := func(name string) attribute.Key { return attribute.Key("gen_ai.tool." + name) }
	for _, tt := range []struct {
		name              string
		attrs             []attribute.KeyValue
		arguments, result string
		failed            bool
	}{
		{"nothing", nil, `null`, `null`, false},
		{"text", []attribute.KeyValue{key("call.arguments").String(`{"a":1}`), key("call.result").String("sunny")}, `{"a":1}`, `"sunny"`, false},
		{"JSON", []attribute.KeyValue{key("call.result").String(`{"t":1}`)}, `null`, `{"t":1}`, false},
		{"a JSON string", []attribute.KeyValue{key("call.result").String(`"Mexico"`)}, `null`, `"Mexico"`, false},
		{"structured", []attribute.KeyValue{key("call.arguments").Map(attribute.Int("a", 1)), key("call.result").Float64(1.5)}, `{"a":1}`, `1.5`, false},
		{"blocks", []attribute.KeyValue{key("call.result").String(`[{"text":"sunny"}]`), key("status").String("success")}, `null`, `"sunny"`, false},
		{"failed", []attribute.KeyValue{key("status").String("error")}, `null`, `null`, true},
		{"failed in MCP", []attribute.KeyValue{key("call.result").String(`{"isError":true}`)}, `null`, `{"isError":true}`, true},
	} {
		f := factsOf(t, append(tt.attrs, attribute.String(operationKey, "execute_tool"), key("name").String("f"), key("call.id").String("c"))...)
		sameJSON(t, tt.name+": arguments", f.Tool.Arguments, tt.arguments)
		sameJSON(t, tt.name+": result", f.Tool.Result, tt.result)
		if f.Tool.Failed != tt.failed || f.Tool.Name != "f" || f.Tool.CallID != "c" {
			t.Errorf("%s: tool %+v", tt.name, f.Tool)
		}
	}
	if f := factsOf(t, attribute.String(operationKey, "execute_tool"), key("call.id").String("<not specified>")); f.Tool.CallID != "" {
		t.Errorf("call id %q", f.Tool.CallID)
	}
}

func TestGenAIAgent(t *testing.T) {
	f := factsOf(t, attribute.String(operationKey, "invoke_agent"), attribute.String("gen_ai.agent.name", "a"), attribute.String("gen_ai.agent.id", "1"),
		attribute.String(inputKey, `[{"role":"user","parts":[{"type":"text","content":"hi"}]}]`),
		attribute.String(outputKey, `[{"role":"assistant","parts":[{"type":"tool_call","id":"c","name":"f","arguments":{}}]},
			{"role":"tool","parts":[{"type":"tool_call_response","id":"c","response":"x"}]},
			{"role":"assistant","parts":[{"type":"reasoning","content":"hm"},{"type":"text","content":"done"},{"type":"tool_call","id":"c","name":"f","arguments":{}}]}]`))
	if f.Agent.Name != "a" || f.Agent.ID != "1" || f.Fragments {
		t.Errorf("agent %+v, fragments %v", f.Agent, f.Fragments)
	}
	sameMessages(t, "asked", f.Request.Messages, `[{"role":"user","content":[{"type":"text","text":"hi"}]}]`)
	sameMessages(t, "answered", f.Response.Messages, `[{"role":"assistant","content":[{"type":"text","text":"done"}]}]`)
}

func TestExceptionRecord(t *testing.T) {
	f := Read(&Source{
		Attributes: []attribute.KeyValue{attribute.String(operationKey, "chat")},
		Logs: []Log{{Name: "gen_ai.client.operation.exception", Attributes: []attribute.KeyValue{
			attribute.String("exception.type", "Timeout"), attribute.String("exception.message", "too late"), attribute.String("exception.stacktrace", "at x"),
		}}},
	})
	if e := f.Error; e == nil || e.Type != "Timeout" || e.Message != "too late" || e.Stack != "at x" {
		t.Errorf("error %+v", e)
	}
}

// TestDeepNesting has JSON that is valid by itself and would not be in a payload.
func TestDeepNesting(t *testing.T) {
	for _, depth := range []int{5000, 9890, 9950, 20000} {
		deep := strings.Repeat("[", depth) + strings.Repeat("]", depth)
		f := chatOf(t, attribute.String(inputKey, deep),
			attribute.String(outputKey, `[{"role":"assistant","parts":[{"type":"tool_call","id":"c","name":"f","arguments":`+deep+`},{"type":"odd","x":`+deep+`}]}]`),
			attribute.String("gen_ai.tool.definitions", deep), attribute.String("events", deep), attribute.String("request_data", `{"messages":`+deep+`}`))
		if len(f.Response.Messages) != 1 {
			t.Errorf("%d levels: response %v", depth, f.Response.Messages)
		}
		f = factsOf(t, attribute.String(operationKey, "execute_tool"), attribute.String("gen_ai.tool.call.arguments", deep),
			attribute.String("gen_ai.tool.call.result", deep))
		if f.Tool.Arguments == "" || f.Tool.Result == "" {
			t.Errorf("%d levels: nothing of the tool", depth)
		}
	}
}
