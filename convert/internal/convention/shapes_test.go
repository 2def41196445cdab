// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convention

import (
	"strings"
	"testing"

	"github.com/spect-tools/spect-go/contracts"
)

func TestNativeRequestShape(t *testing.T) {
	for _, c := range []struct {
		name, body string
		want       nativeShape
	}{
		{"chat", `{"model":"gpt-4o","messages":[{"role":"system","content":"a"},{"role":"user","content":"b"}]}`, chatShape},
		{"chat, with parts that others have too", `{"messages":[{"role":"user","content":[{"type":"text","text":"a"}]}]}`, chatShape},
		{"chat, a call", `{"messages":[{"role":"assistant","content":null,"tool_calls":[]}]}`, chatShape},
		{"completion", `{"model":"babbage-002","prompt":"Once"}`, chatShape},
		{"Responses", `{"model":"gpt-5","input":[{"role":"user","content":"a"}]}`, responsesShape},
		{"Responses, a text", `{"model":"gpt-5","input":"a"}`, responsesShape},
		{"Responses, without a model", `{"instructions":"a","input":"b"}`, responsesShape},
		{"Responses, tools without a model", `{"tools":[],"input":[{"role":"user","content":"a"}]}`, responsesShape},
		{"a function that takes a member called input", `{"input":"a"}`, noShape},
		{"Anthropic, by its instructions", `{"system":"a","messages":[{"role":"user","content":"b"}]}`, anthropicShape},
		{"Anthropic, instructions in blocks", `{"system":[{"type":"text","text":"a"}],"messages":[]}`, anthropicShape},
		{"Anthropic, by a block", `{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":[{"type":"tool_use","id":"1","name":"f","input":{}}]}]}`, anthropicShape},
		{"Anthropic, by its tools", `{"messages":[{"role":"user","content":"a"}],"tools":[{"name":"f","input_schema":{}}]}`, anthropicShape},
		{"Anthropic, by its version", `{"anthropic_version":"bedrock-2023-05-31","messages":[{"role":"user","content":"a"}]}`, anthropicShape},
		{"Bedrock", `{"modelId":"amazon.nova","messages":[{"role":"user","content":[{"text":"a"}]}]}`, bedrockShape},
		{"Bedrock, instructions", `{"system":[{"text":"a"}],"messages":[{"role":"user","content":[{"text":"a"}]}]}`, bedrockShape},
		{"Bedrock, by a block", `{"messages":[{"role":"user","content":[{"text":"a"}]}]}`, bedrockShape},
		{"Gemini", `{"contents":[{"role":"user","parts":[{"text":"a"}]}]}`, geminiShape},
		{"no request", `{"city":"Paris"}`, noShape},
		{"a list", `[{"role":"user","content":"a"}]`, noShape},
		{"a text", `"a"`, noShape},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := nativeRequestShape(contracts.JSON(c.body)); got != c.want {
				t.Errorf("%d, want %d", got, c.want)
			}
		})
	}
}

func TestMessagesShape(t *testing.T) {
	for _, c := range []struct {
		list string
		want nativeShape
	}{
		{`[{"role":"user","content":"a"}]`, chatShape},
		{`[{"role":"user","content":"a"},{"type":"function_call","call_id":"c","name":"f","arguments":"{}"}]`, responsesShape},
		{`[{"type":"message","role":"user","content":"a"}]`, responsesShape},
		{`[{"role":"user","content":[{"type":"input_text","text":"a"}]}]`, responsesShape},
		{`[{"role":"user","content":[{"type":"document","source":{}}]}]`, anthropicShape},
		{`[{"role":"user","content":[{"type":"image","source":{}}]}]`, anthropicShape},
		{`[{"role":"user","content":[{"type":"image","image":"x"}]}]`, vercelShape},
		{`[{"role":"user","content":[{"type":"file","data":"x"}]}]`, vercelShape},
		{`[{"role":"user","content":[{"type":"file","file":{"file_id":"x"}}]}]`, chatShape},
		{`[{"role":"assistant","content":[{"type":"thinking","thinking":[{"type":"text","text":"a"}]}]}]`, chatShape},
		{`[{"role":"assistant","content":[{"type":"thinking","thinking":"a"}]}]`, anthropicShape},
		{`[{"role":"model","parts":[{"text":"a"}]}]`, geminiShape},
		{`[{"role":"user","parts":[{"type":"text","content":"a"}]}]`, otelShape},
		{`[{"type":"human","content":"a"}]`, langChainShape},
		{`[["human","a"]]`, langChainShape},
		{`[[{"lc":1,"type":"constructor","id":["x","HumanMessage"],"kwargs":{"content":"a"}}]]`, langChainShape},
		{`[{"role":"user","content":"a"},{"city":"Paris"}]`, noShape},
		{`["a","b"]`, noShape},
		{`[]`, noShape},
		{`{}`, noShape},
	} {
		if got := messagesShape(contracts.JSON(c.list)); got != c.want {
			t.Errorf("%s: %d, want %d", c.list, got, c.want)
		}
	}
}

func TestNativeResponse(t *testing.T) {
	const hello = `[{"role":"assistant","content":[{"type":"text","text":"Hello"}]}]`
	for _, c := range []struct{ name, body, want, id, finish string }{
		{"chat", `{"id":"chatcmpl-1","choices":[{"message":{"role":"assistant","content":"Hello"},"finish_reason":"stop"}]}`, hello, "chatcmpl-1", "stop"},
		{"a choice", `{"message":{"role":"assistant","content":"Hello"},"finish_reason":"stop"}`, hello, "", "stop"},
		{"choices", `[{"message":{"role":"assistant","content":"Hello"},"finish_reason":"stop"}]`, hello, "", "stop"},
		{"a message", `{"role":"assistant","content":"Hello"}`, hello, "", ""},
		{"Responses", `{"id":"resp_1","status":"completed","output":[{"type":"message","role":"assistant","content":[{"type":"output_text","text":"Hello"}]}]}`, hello, "resp_1", "completed"},
		{"items", `[{"type":"message","role":"assistant","content":[{"type":"output_text","text":"Hello"}]}]`, hello, "", ""},
		{"Anthropic", `{"id":"msg_1","type":"message","role":"assistant","content":[{"type":"text","text":"Hello"}],"stop_reason":"end_turn"}`, hello, "msg_1", "end_turn"},
		{"Bedrock", `{"output":{"message":{"role":"assistant","content":[{"text":"Hello"}]}},"stopReason":"end_turn"}`, hello, "", "end_turn"},
		{"Gemini", `{"responseId":"r1","candidates":[{"content":{"role":"model","parts":[{"text":"Hello"}]},"finishReason":"STOP"}]}`, hello, "r1", "STOP"},
		{
			"LangChain", `{"generations":[[{"text":"Hello","message":{"lc":1,"type":"constructor","id":["x","AIMessage"],
				"kwargs":{"content":"Hello","type":"ai","response_metadata":{"id":"chatcmpl-1","model_name":"gpt-4o","finish_reason":"stop"}}}}]]}`,
			hello, "chatcmpl-1", "stop",
		},
		{
			"calls of the AI SDK's", `[{"toolCallId":"c1","toolName":"f","args":{"a":1}}]`,
			`[{"role":"assistant","content":[{"type":"tool-call","toolCallId":"c1","toolName":"f","input":{"a":1}}]}]`, "", "",
		},
		{
			"images", `{"created":1,"data":[{"b64_json":"iVBORw0KGgo="},{"url":"https://example.com/a.webp","revised_prompt":"a"}]}`,
			`[{"role":"assistant","content":[{"type":"file","mediaType":"image/png","data":"iVBORw0KGgo="},
				{"type":"file","mediaType":"image/webp","data":"https://example.com/a.webp"}]}]`, "", "",
		},
		{"a transcription", `{"text":"Hello","usage":{"type":"tokens","input_tokens":1,"output_tokens":1,"total_tokens":2}}`, hello, "", ""},
		{"an object of the application's", `{"text":"Hello"}`, ``, "", ""},
		{"embeddings", `{"data":[{"embedding":[0.1]}]}`, ``, "", ""},
		{"what a tool gave", `{"output":"x","content":"y"}`, ``, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, ok := nativeResponse(contracts.JSON(c.body))
			if ok != (c.want != "") {
				t.Errorf("known: %v", ok)
			}
			sameMessages(t, "answer", r.Messages, c.want)
			if got := strings.Join(r.FinishReasons, " "); r.ID != c.id || got != c.finish {
				t.Errorf("id %q, finish reasons %q", r.ID, got)
			}
			checkMessages(t, r.Messages)
		})
	}
}

func TestLangChainMessages(t *testing.T) {
	for _, c := range []struct{ name, list, want string }{
		{
			"written out by its constructor",
			`[{"lc":1,"type":"constructor","id":["langchain","schema","messages","AIMessage"],"kwargs":{"content":"","additional_kwargs":{"tool_calls":[
				{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]},"tool_calls":[{"id":"c1","name":"f","args":{"a":1},"type":"tool_call"}]}},
			{"lc":1,"type":"constructor","id":["langchain","schema","messages","ToolMessage"],"kwargs":{"content":"2","tool_call_id":"c1","status":"error"}}]`,
			`[{"role":"assistant","content":[{"type":"tool-call","toolCallId":"c1","toolName":"f","input":{"a":1}}]},
			{"role":"tool","content":[{"type":"tool-result","toolCallId":"c1","toolName":"","output":{"type":"error-text","value":"2"}}]}]`,
		},
		{
			"by its type",
			`[{"type":"system","content":"a"},{"type":"HumanMessageChunk","content":"b"},{"type":"ai","data":{"content":[{"type":"text","text":"c"}]}}]`,
			`[{"role":"system","content":"a"},{"role":"user","content":[{"type":"text","text":"b"}]},{"role":"assistant","content":[{"type":"text","text":"c"}]}]`,
		},
		{
			"in pairs", `[["system","a"],["human","b"]]`,
			`[{"role":"system","content":"a"},{"role":"user","content":[{"type":"text","text":"b"}]}]`,
		},
		{
			"thoughts that stand beside", `[{"type":"ai","content":"a","additional_kwargs":{"reasoning_content":"Hm."}}]`,
			`[{"role":"assistant","content":[{"type":"reasoning","text":"Hm."},{"type":"text","text":"a"}]}]`,
		},
		{
			"a call that is a block too", `[{"type":"ai","content":[{"type":"tool_use","id":"toolu_1","name":"f","input":{}}],"tool_calls":[{"id":"toolu_1","name":"f","args":{}}]}]`,
			`[{"role":"assistant","content":[{"type":"tool-call","toolCallId":"toolu_1","toolName":"f","input":{}}]}]`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			messages, ok := nativeMessages(contracts.JSON(c.list))
			if !ok {
				t.Error("no messages")
			}
			sameMessages(t, "messages", messages, c.want)
		})
	}
}

func TestAgentInputAndAnswer(t *testing.T) {
	for _, c := range []struct{ given, messages, input, answer string }{
		{`"Hi"`, `[{"role":"user","content":[{"type":"text","text":"Hi"}]}]`, ``, `Hi`},
		{`""`, ``, ``, ``},
		{`{"question":"Hi"}`, `[{"role":"user","content":[{"type":"text","text":"Hi"}]}]`, ``, `Hi`},
		{`{"args":["Hi"],"kwargs":{}}`, `[{"role":"user","content":[{"type":"text","text":"Hi"}]}]`, ``, `{"args":["Hi"],"kwargs":{}}`},
		{`{"city":"Paris","days":3}`, ``, `{"city":"Paris","days":3}`, `{"city":"Paris","days":3}`},
		{
			`{"messages":[{"type":"human","content":"Hi"},{"type":"ai","content":"Hello"}]}`,
			`[{"role":"user","content":[{"type":"text","text":"Hi"}]},{"role":"assistant","content":[{"type":"text","text":"Hello"}]}]`, ``, `Hello`,
		},
		{`{"messages":[{"role":"user","content":"Hi"}]}`, `[{"role":"user","content":[{"type":"text","text":"Hi"}]}]`, ``, ``},
		{`null`, ``, `null`, ``},
	} {
		messages, input := agentInput(contracts.JSON(c.given))
		sameMessages(t, "input of "+c.given, messages, c.messages)
		sameJSON(t, "input of "+c.given, input, c.input)
		answer := ""
		if said := agentAnswer(contracts.JSON(c.given)); len(said) > 0 {
			answer = said[0].Content.Text()
		}
		if answer != c.answer {
			t.Errorf("answer of %s: %q, want %q", c.given, answer, c.answer)
		}
	}
}

// Roles mean the same in capitals, as some frameworks of the JVM write them.
func TestRolesInCapitals(t *testing.T) {
	for _, c := range []struct{ list, want string }{
		{ // OpenAI's chat
			`[{"role":"SYSTEM","content":"a"},{"role":"USER","content":"b"},{"role":"ASSISTANT","content":"c","tool_calls":[{"id":"1","function":{"name":"f","arguments":"{}"}}]},{"role":"TOOL","tool_call_id":"1","content":"d"}]`,
			`[{"role":"system","content":"a"},{"role":"user","content":[{"type":"text","text":"b"}]},
			{"role":"assistant","content":[{"type":"text","text":"c"},{"type":"tool-call","toolCallId":"1","toolName":"f","input":{}}]},
			{"role":"tool","content":[{"type":"tool-result","toolCallId":"1","toolName":"f","output":{"type":"text","value":"d"}}]}]`,
		},
		{ // OpenAI's Responses
			`[{"type":"message","role":"Assistant","content":[{"type":"output_text","text":"c"}]}]`,
			`[{"role":"assistant","content":[{"type":"text","text":"c"}]}]`,
		},
		{ // Anthropic
			`[{"role":"ASSISTANT","content":[{"type":"tool_use","id":"1","name":"f","input":{}}]}]`,
			`[{"role":"assistant","content":[{"type":"tool-call","toolCallId":"1","toolName":"f","input":{}}]}]`,
		},
		{ // Bedrock
			`[{"role":"ASSISTANT","content":[{"text":"c"}]}]`,
			`[{"role":"assistant","content":[{"type":"text","text":"c"}]}]`,
		},
		{ // Gemini
			`[{"role":"MODEL","parts":[{"text":"c"}]}]`,
			`[{"role":"assistant","content":[{"type":"text","text":"c"}]}]`,
		},
	} {
		messages, _ := nativeMessages(contracts.JSON(c.list))
		sameMessages(t, c.list, messages, c.want)
	}
}
