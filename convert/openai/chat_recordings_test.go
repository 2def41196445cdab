// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package openai_test

import (
	"strings"
	"testing"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/shape"
	"github.com/spect-tools/spect-go/convert/internal/shapetest"
	"github.com/spect-tools/spect-go/convert/llm"
	"github.com/spect-tools/spect-go/convert/openai"
)

func TestChatRequestRecordings(t *testing.T) {
	for _, c := range []struct {
		file                      string
		messages, tools, settings contracts.JSON
	}{
		{
			"tool-round-trip", `[
			{"role":"system","content":"$messages.0.content"},
			{"role":"user","content":[{"type":"text","text":"$messages.1.content"}]},
			{"role":"assistant","content":[
			 {"type":"tool-call","toolCallId":"$messages.2.tool_calls.0.id","toolName":"get_current_weather","input":"$json messages.2.tool_calls.0.function.arguments"},
			 {"type":"tool-call","toolCallId":"$messages.2.tool_calls.1.id","toolName":"get_current_weather","input":"$json messages.2.tool_calls.1.function.arguments"}]},
			{"role":"tool","content":[{"type":"tool-result","toolCallId":"$messages.2.tool_calls.0.id","toolName":"get_current_weather","output":{"type":"text","value":"$messages.3.content"}}]},
			{"role":"tool","content":[{"type":"tool-result","toolCallId":"$messages.2.tool_calls.1.id","toolName":"get_current_weather","output":{"type":"text","value":"$messages.4.content"}}]}]`,
			"", "",
		},
		{
			"choices-request", `[
			{"role":"system","content":"$messages.0.content"},
			{"role":"user","content":[{"type":"text","text":"$messages.1.content"}]}]`,
			"", `{"n":2,"stream_options":{"include_usage":true}}`,
		},
		{
			"functions", `[{"role":"user","content":[{"type":"text","text":"$messages.0.content"}]}]`,
			`"$functions"`, `{"function_call":"auto"}`,
		},
		{
			"audio-input", `[{"role":"user","content":[
			{"type":"text","text":"$messages.0.content.0.text"},
			{"type":"file","mediaType":"audio/wav","data":"$messages.0.content.1.input_audio.data","providerOptions":{"openai":{"format":"wav"}}}]}]`,
			"", "",
		},
		{
			"vision", `[{"role":"user","content":[
			{"type":"text","text":"$messages.0.content.0.text"},
			{"type":"file","mediaType":"image/*","data":"$messages.0.content.1.image_url.url"}]}]`,
			"", "",
		},
		{
			"json-schema", `[
			{"role":"system","content":"$messages.0.content"},
			{"role":"user","content":[{"type":"text","text":"$messages.1.content"}]}]`,
			"", `{"response_format":"$response_format"}`,
		},
		{
			"completion", `[{"role":"user","content":[{"type":"text","text":"$prompt"}]}]`,
			"", `{"max_tokens":25,"temperature":0.4,"top_p":0.9}`,
		},
	} {
		t.Run(c.file, func(t *testing.T) {
			recorded := shapetest.Recording(t, "chat/"+c.file+".request.json")
			r := openai.ChatRequest(recorded)
			shapetest.Same(t, "model", contracts.QuoteJSON(r.Model), `"$model"`, recorded)
			shapetest.Same(t, "messages", shapetest.Messages(r.Messages), c.messages, recorded)
			shapetest.Same(t, "tools", r.Tools, c.tools, recorded)
			shapetest.Same(t, "settings", shapetest.Members(r.Settings), c.settings, recorded)
			if r.Stream != (recorded.Member("stream") == "true") {
				t.Errorf("stream: %t", r.Stream)
			}
			shapetest.CheckRequest(t, r)
		})
	}
}

// chatAnswers are what recorded answers say: of streams the events are in a list.
var chatAnswers = []struct {
	file string
	want contracts.JSON
}{
	{"tool-calls.response.json", `{"id":"$id","model":"$model","finish":["tool_calls"],
		"messages":[{"role":"assistant","content":[
		 {"type":"tool-call","toolCallId":"$choices.0.message.tool_calls.0.id","toolName":"get_current_weather","input":"$json choices.0.message.tool_calls.0.function.arguments"},
		 {"type":"tool-call","toolCallId":"$choices.0.message.tool_calls.1.id","toolName":"get_current_weather","input":"$json choices.0.message.tool_calls.1.function.arguments"}]}],
		"usage":{"inputTokens":75,"outputTokens":51,"totalTokens":126,"reasoningTokens":0,"cachedInputTokens":0,
		 "prompt_tokens_details.audio_tokens":0,"completion_tokens_details.audio_tokens":0,
		 "completion_tokens_details.accepted_prediction_tokens":0,"completion_tokens_details.rejected_prediction_tokens":0},
		"metadata":{"created":"$created","system_fingerprint":"$system_fingerprint"}}`},
	{"parallel-tools-answer.response.json", `{"id":"$id","model":"$model","finish":["tool_calls"],
		"messages":[{"role":"assistant","content":[
		 {"type":"tool-call","toolCallId":"$choices.0.message.tool_calls.0.id","toolName":"get_current_weather","input":{"location":"San Francisco"}},
		 {"type":"tool-call","toolCallId":"$choices.0.message.tool_calls.1.id","toolName":"get_current_weather","input":{"location":"Boston"}}]}],
		"usage":{"inputTokens":70,"outputTokens":46,"totalTokens":116,"reasoningTokens":0,"cachedInputTokens":0,
		 "prompt_tokens_details.audio_tokens":0,"completion_tokens_details.audio_tokens":0,
		 "completion_tokens_details.accepted_prediction_tokens":0,"completion_tokens_details.rejected_prediction_tokens":0},
		"metadata":{"created":"$created","service_tier":"default"}}`},
	{"parallel-tools.stream.txt", `{"id":"$0.id","model":"$0.model","finish":["tool_calls"],
		"messages":[{"role":"assistant","content":[
		 {"type":"tool-call","toolCallId":"$join choices.0.delta.tool_calls.0.id choices.0.delta.tool_calls.0.index=0","toolName":"get_current_weather",
		  "input":"$json join choices.0.delta.tool_calls.0.function.arguments choices.0.delta.tool_calls.0.index=0"},
		 {"type":"tool-call","toolCallId":"$join choices.0.delta.tool_calls.0.id choices.0.delta.tool_calls.0.index=1","toolName":"get_current_weather",
		  "input":"$json join choices.0.delta.tool_calls.0.function.arguments choices.0.delta.tool_calls.0.index=1"}]}],
		"metadata":{"created":"$0.created","service_tier":"default"}}`},
	{"choices.response.json", `{"id":"$id","model":"$model","finish":["stop","stop"],
		"messages":[{"role":"assistant","content":[{"type":"text","text":"$choices.0.message.content"}]},
		 {"role":"assistant","content":[{"type":"text","text":"$choices.1.message.content"}]}],
		"usage":{"inputTokens":12,"outputTokens":24,"totalTokens":36,"reasoningTokens":0,"cachedInputTokens":0,
		 "prompt_tokens_details.audio_tokens":0,"completion_tokens_details.audio_tokens":0,
		 "completion_tokens_details.accepted_prediction_tokens":0,"completion_tokens_details.rejected_prediction_tokens":0},
		"metadata":{"created":"$created","system_fingerprint":"$system_fingerprint"}}`},
	{"choices-stream.stream.txt", `{"id":"$0.id","model":"$0.model","finish":["stop","stop"],
		"messages":[{"role":"assistant","content":[{"type":"text","text":"$join choices.0.delta.content choices.0.index=0"}]},
		 {"role":"assistant","content":[{"type":"text","text":"$join choices.0.delta.content choices.0.index=1"}]}],
		"usage":{"inputTokens":"$-1.usage.prompt_tokens","outputTokens":"$-1.usage.completion_tokens","totalTokens":130,"reasoningTokens":0,"cachedInputTokens":0,
		 "prompt_tokens_details.audio_tokens":0,"completion_tokens_details.audio_tokens":0,
		 "completion_tokens_details.accepted_prediction_tokens":0,"completion_tokens_details.rejected_prediction_tokens":0},
		"metadata":{"created":"$0.created","system_fingerprint":"$0.system_fingerprint"}}`},
	{"function-call.response.json", `{"id":"$id","model":"$model","finish":["function_call"],
		"messages":[{"role":"assistant","content":[{"type":"tool-call","toolCallId":"` + contracts.JSON(shape.CallID("get_current_weather", `{"location":"Boston"}`)) + `","toolName":"$choices.0.message.function_call.name",
		 "input":"$json choices.0.message.function_call.arguments"}]}],
		"usage":{"inputTokens":82,"outputTokens":16,"totalTokens":98,"reasoningTokens":0,"cachedInputTokens":0,
		 "prompt_tokens_details.audio_tokens":0,"completion_tokens_details.audio_tokens":0,
		 "completion_tokens_details.accepted_prediction_tokens":0,"completion_tokens_details.rejected_prediction_tokens":0},
		"metadata":{"created":"$created","service_tier":"default"}}`},
	{"refusal.response.json", `{"id":"$id","model":"$model","finish":["stop"],
		"messages":[{"role":"assistant","content":[{"type":"text","text":"$choices.0.message.refusal","providerOptions":{"openai":{"refusal":true}}}]}],
		"usage":{"inputTokens":65,"outputTokens":13,"totalTokens":78,"reasoningTokens":0,"cachedInputTokens":0,
		 "prompt_tokens_details.audio_tokens":0,"completion_tokens_details.audio_tokens":0,
		 "completion_tokens_details.accepted_prediction_tokens":0,"completion_tokens_details.rejected_prediction_tokens":0},
		"metadata":{"created":"$created","service_tier":"default","system_fingerprint":"$system_fingerprint"}}`},
	{"audio-input-answer.response.json", `{"id":"$id","model":"$model","finish":["stop"],
		"messages":[{"role":"assistant","content":[{"type":"text","text":"$choices.0.message.content"}]}],
		"usage":{"inputTokens":28,"outputTokens":17,"totalTokens":45,"reasoningTokens":0,"cachedInputTokens":0,
		 "prompt_tokens_details.audio_tokens":1,"prompt_tokens_details.text_tokens":27,"prompt_tokens_details.image_tokens":0,
		 "completion_tokens_details.audio_tokens":0,"completion_tokens_details.text_tokens":17,
		 "completion_tokens_details.accepted_prediction_tokens":0,"completion_tokens_details.rejected_prediction_tokens":0},
		"metadata":{"created":"$created","service_tier":"default","system_fingerprint":"$system_fingerprint"}}`},
	{"vision-error.response.json", `{
		"error":{"message":"$error.message","type":"invalid_request_error","code":"invalid_image_url"}}`},
	{"bad-request.response.json", `{
		"error":{"message":"$error.message","type":"invalid_request_error","code":"unsupported_parameter","param":"max_tokens"}}`},
	{"azure-error.response.json", `{
		"error":{"message":"$error.message","code":"content_filter","param":"prompt","status":400,"innererror":"$error.innererror"}}`},
	{"azure-answer.response.json", `{"id":"$id","model":"$model","finish":["stop"],
		"messages":[{"role":"assistant","content":[{"type":"text","text":"$choices.0.message.content"}],
		 "providerOptions":{"openai":{"contentFilterResults":"$choices.0.content_filter_results"}}}],
		"usage":{"inputTokens":16,"outputTokens":19,"totalTokens":35,"reasoningTokens":0,"cachedInputTokens":0,
		 "prompt_tokens_details.audio_tokens":0,"completion_tokens_details.audio_tokens":0,
		 "completion_tokens_details.accepted_prediction_tokens":0,"completion_tokens_details.rejected_prediction_tokens":0},
		"metadata":{"created":"$created","prompt_filter_results":"$prompt_filter_results","system_fingerprint":"$system_fingerprint"}}`},
	{"reasoning-tokens.response.json", `{"id":"$id","model":"$model","finish":["stop"],
		"messages":[{"role":"assistant","content":[{"type":"text","text":"$choices.0.message.content"}]}],
		"usage":{"inputTokens":27,"outputTokens":267,"totalTokens":294,"reasoningTokens":192,"cachedInputTokens":0,
		 "prompt_tokens_details.audio_tokens":0,"completion_tokens_details.audio_tokens":0,
		 "completion_tokens_details.accepted_prediction_tokens":0,"completion_tokens_details.rejected_prediction_tokens":0},
		"metadata":{"created":"$created","service_tier":"default"}}`},
	{"completion-answer.response.json", `{"id":"$id","model":"$model","finish":["length"],
		"messages":[{"role":"assistant","content":[{"type":"text","text":"$choices.0.text"}]}],
		"usage":{"inputTokens":31,"outputTokens":25,"totalTokens":56},"metadata":{"created":"$created"}}`},
	{"completion-stream.stream.txt", `{"id":"$0.id","model":"$0.model","finish":["length"],
		"messages":[{"role":"assistant","content":[{"type":"text","text":"$join choices.0.text"}]}],
		"usage":{"inputTokens":31,"outputTokens":25,"totalTokens":56},"metadata":{"created":"$0.created"}}`},
	{"web-search.stream.txt", `{"id":"$0.id","model":"$0.model","finish":["stop"],
		"messages":[{"role":"assistant","content":[{"type":"text","text":"$join choices.0.delta.content"}]}],
		"metadata":{"created":"$0.created","service_tier":"default"}}`},
	{"deepseek.stream.txt", `{"id":"$0.id","model":"deepseek-reasoner","finish":["tool_calls"],
		"messages":[{"role":"assistant","content":[
		 {"type":"reasoning","text":"$join choices.0.delta.reasoning_content"},
		 {"type":"tool-call","toolCallId":"$join choices.0.delta.tool_calls.0.id","toolName":"weather","input":"$json join choices.0.delta.tool_calls.0.function.arguments"}]}],
		"usage":{"inputTokens":339,"outputTokens":83,"totalTokens":422,"reasoningTokens":39,"cachedInputTokens":320,"prompt_cache_miss_tokens":19},
		"metadata":{"created":"$0.created","system_fingerprint":"$0.system_fingerprint"}}`},
	{"groq.response.json", `{"id":"$id","model":"qwen/qwen3-32b","finish":["stop"],
		"messages":[{"role":"assistant","content":[{"type":"reasoning","text":"$choices.0.message.reasoning"},{"type":"text","text":"$choices.0.message.content"}]}],
		"usage":{"inputTokens":17,"outputTokens":649,"totalTokens":666,"reasoningTokens":570,
		 "queue_time":0.335637089,"prompt_time":0.000658349,"completion_time":1.231022196,"total_time":1.231680545},
		"metadata":{"created":"$created","system_fingerprint":"$system_fingerprint","x_groq":"$x_groq","service_tier":"on_demand"}}`},
	{"openrouter.stream.txt", `{"id":"$0.id","model":"google/gemini-2.5-flash","finish":["stop"],
		"messages":[{"role":"assistant","providerOptions":{"openai":{"nativeFinishReason":"STOP"}},"content":[
		 {"type":"reasoning","text":"$join choices.0.delta.reasoning_details.0.text","providerOptions":{"openai":{"type":"reasoning.text","provider":"google-vertex"}}},
		 {"type":"text","text":"$join choices.0.delta.content"}]}],
		"usage":{"inputTokens":13,"outputTokens":1003,"totalTokens":1016},"metadata":{"created":"$0.created","provider":"Google"}}`},
}

func TestChatAnswerRecordings(t *testing.T) {
	for _, c := range chatAnswers {
		t.Run(c.file, func(t *testing.T) {
			r, recorded := answer(t, "chat/"+c.file, openai.ChatResponse, &openai.ChatStream{})
			shapetest.Same(t, "answer", shapetest.Response(r), c.want, recorded)
			shapetest.CheckResponse(t, r)
		})
	}
}

// answer reads a recorded answer, in one piece or as a stream. In the recording of
// a stream, the events are in a list.
func answer(t *testing.T, name string, read func(contracts.JSON) llm.Response, s llm.Stream) (_ llm.Response, recorded contracts.JSON) {
	t.Helper()
	if strings.HasSuffix(name, ".txt") {
		events := shapetest.Events(t, name)
		return shapetest.Fold(s, events...), shapetest.List(events)
	}
	recorded = shapetest.Recording(t, name)
	return read(recorded), recorded
}
