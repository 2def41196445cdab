// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package openai_test

import (
	"testing"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/shapetest"
	"github.com/spect-tools/spect-go/convert/openai"
)

// Answers that no recording has.
func TestChatResponses(t *testing.T) {
	for _, c := range []struct {
		name       string
		body, want contracts.JSON
	}{
		{
			"log probabilities", `{"choices":[{"index":0,"message":{"role":"assistant","content":"A"},"logprobs":{"content":[{"token":"A","logprob":-0.10}],"refusal":null},"finish_reason":"stop"}]}`,
			`{"finish":["stop"],
			"messages":[{"role":"assistant","content":[{"type":"text","text":"A","providerOptions":{"openai":{"logprobs":{"content":[{"token":"A","logprob":-0.10}],"refusal":null}}}}]}]}`,
		},
		{
			"log probabilities of a call", `{"choices":[{"message":{"content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},"logprobs":{"content":[]},"finish_reason":"tool_calls"}]}`,
			`{"finish":["tool_calls"],
			"messages":[{"role":"assistant","content":[{"type":"tool-call","toolCallId":"c","toolName":"f","input":{}}],"providerOptions":{"openai":{"logprobs":{"content":[]}}}}]}`,
		},
		{
			"nothing was said", `{"id":"i","choices":[{"index":0,"message":{"role":"assistant","content":""},"finish_reason":"content_filter"}]}`,
			`{"id":"i","finish":["content_filter"]}`,
		},
		{
			"an error of one choice", `{"choices":[{"error":{"code":502,"message":"upstream"},"message":{"content":"Half a"},"finish_reason":"error"}]}`,
			`{"finish":["error"],"error":{"message":"upstream","code":"502"},
			"messages":[{"role":"assistant","content":[{"type":"text","text":"Half a"}]}]}`,
		},
		{
			"what one would miss", `{"object":"chat.completion","choices":[],"service_tier":"flex","system_fingerprint":"fp","citations":["https://e.x"],"warnings":[],"note":""}`,
			`{"metadata":{"service_tier":"flex","system_fingerprint":"fp","citations":["https://e.x"]}}`,
		},
		{
			"text completion", `{"choices":[{"text":"a","index":0,"logprobs":{"tokens":["a"],"token_logprobs":[-1]},"finish_reason":"length"},{"text":"b","index":1}]}`,
			`{"finish":["length"],"messages":[
			{"role":"assistant","content":[{"type":"text","text":"a","providerOptions":{"openai":{"logprobs":{"tokens":["a"],"token_logprobs":[-1]}}}}]},
			{"role":"assistant","content":[{"type":"text","text":"b"}]}]}`,
		},
		{
			"a chunk", `{"choices":[{"index":0,"delta":{"role":"assistant","content":"Hi"},"finish_reason":null}]}`,
			`{"messages":[{"role":"assistant","content":[{"type":"text","text":"Hi"}]}]}`,
		},
		{"none", `[1]`, `{}`},
		{"cut", `{"id":"i","model":"m","choices":[{"message":{"content":"Hi`, `{"id":"i","model":"m"}`},
		{
			"wrong types", `{"id":7,"model":null,"choices":{"a":1},"usage":"many"}`,
			`{"id":"7"}`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := openai.ChatResponse(c.body)
			shapetest.Same(t, "answer", shapetest.Response(r), c.want, "")
			shapetest.CheckResponse(t, r)
		})
	}
}

func TestResponsesResponses(t *testing.T) {
	for _, c := range []struct {
		name       string
		body, want contracts.JSON
	}{
		{
			"incomplete", `{"id":"r","model":"m","status":"incomplete","incomplete_details":{"reason":"max_output_tokens"},"output":[{"type":"message","content":[{"type":"output_text","text":"Half a"}]}],"previous_response_id":"resp_0","conversation":{"id":"conv_1"},"service_tier":"default"}`,
			`{"id":"r","model":"m","finish":["max_output_tokens"],
			"messages":[{"role":"assistant","content":[{"type":"text","text":"Half a"}]}],
			"metadata":{"incomplete_details":{"reason":"max_output_tokens"},"previous_response_id":"resp_0","conversation":{"id":"conv_1"},"service_tier":"default"}}`,
		},
		{
			"failed", `{"id":"r","status":"failed","error":{"code":"server_error","message":"sorry"},"output":[]}`,
			`{"id":"r","finish":["failed"],"error":{"message":"sorry","code":"server_error"}}`,
		},
		{
			"queued", `{"id":"r","status":"queued","background":true,"output":[],"usage":null}`,
			`{"id":"r","metadata":{"status":"queued","background":true}}`,
		},
		{"wrong types", `{"id":"r","output":"text","status":7}`, `{"id":"r","metadata":{"output":"text","status":7}}`},
		{"none", `7`, `{}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := openai.ResponsesResponse(c.body)
			shapetest.Same(t, "response", shapetest.Response(r), c.want, "")
			shapetest.CheckResponse(t, r)
		})
	}
}

func TestUsage(t *testing.T) {
	for _, c := range []struct {
		name        string
		usage, want contracts.JSON
	}{
		{"zero and absent", `{"prompt_tokens":0,"completion_tokens":0}`, `{"inputTokens":0,"outputTokens":0,"totalTokens":0}`},
		{"absent", `{"prompt_tokens":5}`, `{"inputTokens":5}`},
		{"null", `{"prompt_tokens":5,"completion_tokens":null,"prompt_tokens_details":null}`, `{"inputTokens":5}`},
		{"floats and text", `{"prompt_tokens":5.0,"completion_tokens":"7","total_tokens":"1.2e1"}`, `{"inputTokens":5,"outputTokens":7,"totalTokens":12}`},
		{"no counts", `{"prompt_tokens":-1,"completion_tokens":[2],"total_tokens":"many"}`, `{"prompt_tokens":-1,"completion_tokens":[2],"total_tokens":"many"}`},
		{"a total of its own", `{"prompt_tokens":5,"completion_tokens":7,"total_tokens":20}`, `{"inputTokens":5,"outputTokens":7,"totalTokens":20}`},
		{
			"OpenAI",
			`{"prompt_tokens":9,"completion_tokens":8,"total_tokens":17,"prompt_tokens_details":{"cached_tokens":4,"cache_write_tokens":3,"audio_tokens":1},"completion_tokens_details":{"reasoning_tokens":2,"accepted_prediction_tokens":1}}`,
			`{"inputTokens":9,"outputTokens":8,"totalTokens":17,"reasoningTokens":2,"cachedInputTokens":4,"cacheWriteTokens":3,"prompt_tokens_details.audio_tokens":1,"completion_tokens_details.accepted_prediction_tokens":1}`,
		},
		{
			"Responses", `{"input_tokens":9,"input_tokens_details":{"cached_tokens":4},"output_tokens":8,"output_tokens_details":{"reasoning_tokens":2},"total_tokens":17}`,
			`{"inputTokens":9,"outputTokens":8,"totalTokens":17,"reasoningTokens":2,"cachedInputTokens":4}`,
		},
		{
			"xAI counts reasoning apart, as its total shows", `{"prompt_tokens":32,"completion_tokens":9,"total_tokens":135,"completion_tokens_details":{"reasoning_tokens":94}}`,
			`{"inputTokens":32,"outputTokens":103,"totalTokens":135,"reasoningTokens":94}`,
		},
		{
			"DeepSeek", `{"prompt_tokens":9,"completion_tokens":8,"prompt_cache_hit_tokens":4,"prompt_cache_miss_tokens":5}`,
			`{"inputTokens":9,"outputTokens":8,"totalTokens":17,"cachedInputTokens":4,"prompt_cache_miss_tokens":5}`,
		},
		{
			"an input that leaves out what was cached", `{"prompt_tokens":4,"completion_tokens":8,"prompt_tokens_details":{"cached_tokens":1163}}`,
			`{"inputTokens":1167,"outputTokens":8,"totalTokens":1175,"cachedInputTokens":1163}`,
		},
		{
			"OpenRouter", `{"prompt_tokens":9,"completion_tokens":8,"total_tokens":17,"cost":0.0012,"cost_details":{"upstream_inference_cost":null}}`,
			`{"inputTokens":9,"outputTokens":8,"totalTokens":17,"cost":0.0012,"cost_details":{"upstream_inference_cost":null}}`,
		},
		{"none", `"none"`, `{}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			shapetest.Same(t, "chat", contracts.JSON(openai.ChatResponse(`{"usage":`+c.usage+`}`).Usage.AppendJSON(nil)), c.want, "")
			shapetest.Same(t, "responses", contracts.JSON(openai.ResponsesResponse(`{"usage":`+c.usage+`}`).Usage.AppendJSON(nil)), c.want, "")
		})
	}
}

func TestError(t *testing.T) {
	for _, c := range []struct {
		name       string
		body, want contracts.JSON
	}{
		{"OpenAI", `{"error":{"message":"m","type":"t","param":null,"code":"c"}}`, `{"message":"m","type":"t","code":"c"}`},
		{"a number for a code", `{"error":{"code":429,"message":"m","metadata":{"provider_name":"p"}},"user_id":"u"}`, `{"message":"m","code":"429","metadata":{"provider_name":"p"}}`},
		{"xAI", `{"code":"invalid-argument","error":"m"}`, `{"message":"m","code":"invalid-argument"}`},
		{"Mistral", `{"object":"error","message":"m","type":"t","param":null,"code":"3051"}`, `{"message":"m","type":"t","code":"3051"}`},
		{"Mistral, where the request was wrong", `{"object":"error","message":{"detail":[{"msg":"x"}]},"type":"t"}`, `{"message":"{\"detail\":[{\"msg\":\"x\"}]}","type":"t"}`},
		{"Mistral, where the key was wrong", `{"message":"Unauthorized","request_id":"r"}`, `{"message":"Unauthorized","request_id":"r"}`},
		{"FastAPI", `{"detail":"Not Found"}`, `{"message":"Not Found"}`},
		{"in an array, as Google's compatible API has it", `[{"error":{"code":400,"message":"m","status":"INVALID_ARGUMENT"}}]`, `{"message":"m","code":"400","status":"INVALID_ARGUMENT"}`},
		{"event", `{"type":"error","code":"c","message":"m","param":null,"sequence_number":3}`, `{"message":"m","code":"c"}`},
		{"odd types", `{"error":{"message":["m"],"type":{},"code":[1],"stack":7}}`, `{"message":"[\"m\"]","type":"{}","code":"[1]","stack":"7"}`},
		{"null", `{"error":null,"id":"r"}`, ""},
		{"empty", `{"error":{}}`, ""},
		{"empty text", `{"error":""}`, ""},
		{"event that says nothing more", `{"type":"error"}`, `{"message":"","type":"error"}`},
		{"an answer", `{"object":"chat.completion","choices":[{"message":{"content":"m"}}]}`, ""},
		{"a choice", `{"index":0,"message":{"content":"m"}}`, ""},
		{"no object", `"m"`, ""},
		{"no JSON", `502 Bad Gateway`, ""},
		{"cut", `{"error":{"message":"m`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := openai.Error(c.body)
			shapetest.Same(t, "error", shapetest.Error(err), c.want, "")
			shapetest.CheckError(t, err)
		})
	}
}
