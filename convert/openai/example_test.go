// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package openai_test

import (
	"fmt"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/llm"
	"github.com/spect-tools/spect-go/convert/openai"
)

// show prints messages, one a line.
func show(messages []contracts.ConversationMessage) {
	for i := range messages {
		fmt.Printf("%s\n", messages[i].AppendJSON(nil))
	}
}

func ExampleChatRequest() {
	r := openai.ChatRequest(`{
		"model": "gpt-4o",
		"temperature": 0.2,
		"messages": [
			{"role": "developer", "content": "Be brief."},
			{"role": "user", "content": [
				{"type": "text", "text": "What is this?"},
				{"type": "image_url", "image_url": {"url": "https://example.com/cat.png", "detail": "low"}}
			]}
		]
	}`)
	fmt.Println(r.Model, r.Settings)
	show(r.Messages)
	// Output:
	// gpt-4o [{temperature 0.2}]
	// {"role":"system","content":"Be brief.","providerOptions":{"openai":{"role":"developer"}}}
	// {"role":"user","content":[{"type":"text","text":"What is this?"},{"type":"file","mediaType":"image/png","data":"https://example.com/cat.png","providerOptions":{"openai":{"detail":"low"}}}]}
}

func ExampleChatResponse() {
	r := openai.ChatResponse(`{
		"id": "chatcmpl-1",
		"model": "gpt-4o-2024-08-06",
		"choices": [{"index": 0, "finish_reason": "tool_calls", "message": {"role": "assistant", "content": null, "tool_calls": [
			{"id": "call_1", "type": "function", "function": {"name": "get_weather", "arguments": "{\"city\":\"Paris\"}"}}
		]}}],
		"usage": {"prompt_tokens": 75, "completion_tokens": 17, "total_tokens": 92, "prompt_tokens_details": {"cached_tokens": 0}}
	}`)
	fmt.Println(r.ID, r.Model, llm.FinishReason(r.FinishReasons[0]))
	fmt.Printf("%s\n", r.Usage.AppendJSON(nil))
	show(r.Messages)
	// Output:
	// chatcmpl-1 gpt-4o-2024-08-06 tool-calls
	// {"inputTokens":75,"outputTokens":17,"totalTokens":92,"cachedInputTokens":0}
	// {"role":"assistant","content":[{"type":"tool-call","toolCallId":"call_1","toolName":"get_weather","input":{"city":"Paris"}}]}
}

// A stream says at any time what has come so far.
func ExampleChatStream() {
	var s openai.ChatStream
	for _, event := range []contracts.JSON{
		`{"id":"chatcmpl-1","model":"gpt-4o","choices":[{"index":0,"delta":{"role":"assistant","content":"Hel"},"finish_reason":null}]}`,
		`{"id":"chatcmpl-1","model":"gpt-4o","choices":[{"index":0,"delta":{"content":"lo"},"finish_reason":"stop"}]}`,
		`{"id":"chatcmpl-1","model":"gpt-4o","choices":[],"usage":{"prompt_tokens":8,"completion_tokens":2,"total_tokens":10}}`,
	} {
		s.Add(event)
		fmt.Println(s.Response().Messages[0].Content.Text())
	}
	fmt.Println(s.Response().FinishReasons, s.Response().Usage.Total.N)
	// Output:
	// Hel
	// Hello
	// Hello
	// [stop] 10
}

// What a model thought, which tools of OpenAI's it used, and what it said are
// one message.
func ExampleResponsesResponse() {
	r := openai.ResponsesResponse(`{
		"id": "resp_1",
		"model": "gpt-5",
		"status": "completed",
		"output": [
			{"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "gAAA"},
			{"type": "web_search_call", "id": "ws_1", "status": "completed", "action": {"type":"search","query":"tide table"}},
			{"type": "message", "id": "msg_1", "role": "assistant", "content": [{"type": "output_text", "text": "High tide is at noon.", "annotations": []}]}
		]
	}`)
	for _, part := range r.Messages[0].Content.Parts() {
		fmt.Printf("%s\n", part.AppendJSON(nil))
	}
	// Output:
	// {"type":"reasoning","text":"","providerOptions":{"openai":{"itemId":"rs_1","encryptedContent":"gAAA"}}}
	// {"type":"tool-call","toolCallId":"ws_1","toolName":"web_search_call","input":{"type":"search","query":"tide table"},"providerOptions":{"openai":{"status":"completed"}},"providerExecuted":true}
	// {"type":"text","text":"High tide is at noon.","providerOptions":{"openai":{"itemId":"msg_1"}}}
}

func ExampleResponsesItems() {
	show(openai.ResponsesItems(`[
		{"role": "user", "content": "What time is it?"},
		{"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "get_time", "arguments": "{}"},
		{"type": "function_call_output", "call_id": "call_1", "output": "noon"}
	]`))
	// Output:
	// {"role":"user","content":[{"type":"text","text":"What time is it?"}]}
	// {"role":"assistant","content":[{"type":"tool-call","toolCallId":"call_1","toolName":"get_time","input":{},"providerOptions":{"openai":{"itemId":"fc_1"}}}]}
	// {"role":"tool","content":[{"type":"tool-result","toolCallId":"call_1","toolName":"get_time","output":{"type":"text","value":"noon"}}]}
}

func ExampleError() {
	err := openai.Error(`{"error": {"message": "Rate limit reached", "type": "requests", "param": null, "code": "rate_limit_exceeded"}}`)
	fmt.Println(err.Message, err.Type, err.Code)
	fmt.Println(openai.Error(`{"id": "resp_1", "error": null}`) == nil)
	// Output:
	// Rate limit reached requests rate_limit_exceeded
	// true
}
