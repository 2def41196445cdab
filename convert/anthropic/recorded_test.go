// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package anthropic_test

import (
	"testing"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/anthropic"
	st "github.com/spect-tools/spect-go/convert/internal/shapetest"
	"github.com/spect-tools/spect-go/convert/llm"
)

var shape = st.Shape{
	Request: anthropic.Request, Response: anthropic.Response, Messages: anthropic.Messages, Content: anthropic.Content, Error: anthropic.Error,
	NewStream: func() llm.Stream { return new(anthropic.Stream) },
}

var requests = []st.Recorded{
	{"thinking_tool_result.request.json", `{
		"model":"claude-sonnet-4-0","tools":"$tools",
		"settings":{"max_tokens":4096,"thinking":{"budget_tokens":3000,"type":"enabled"},"tool_choice":{"type":"auto"}},
		"messages":[
			{"role":"user","content":[{"type":"text","text":"What is the largest city in the user country?"}]},
			{"role":"assistant","content":[
				{"type":"reasoning","text":"$messages.1.content.0.thinking","providerOptions":{"anthropic":{"signature":"$messages.1.content.0.signature"}}},
				{"type":"text","text":"$messages.1.content.1.text"},
				{"type":"tool-call","toolCallId":"toolu_01YGzqpRE16Vricda3Aqcejo","toolName":"get_user_country","input":{}}]},
			{"role":"tool","content":[
				{"type":"tool-result","toolCallId":"toolu_01YGzqpRE16Vricda3Aqcejo","toolName":"get_user_country","output":{"type":"text","value":"Mexico"}}]}]}`},
	{"tool_history.request.json", `{
		"model":"claude-3-5-haiku-20241022","tools":"$tools","settings":{"max_tokens":1024},
		"messages":[
			{"role":"user","content":[{"type":"text","text":"What is the weather and current time in San Francisco?"}]},
			{"role":"assistant","content":[
				{"type":"text","text":"I'll help you get the weather and current time in San Francisco."},
				{"type":"tool-call","toolCallId":"call_1","toolName":"get_weather","input":{"location":"San Francisco, CA"}}]},
			{"role":"tool","content":[
				{"type":"tool-result","toolCallId":"call_1","toolName":"get_weather","output":{"type":"text","value":"Sunny and 65 degrees Fahrenheit"}}]}]}`},
	{"memory_tool.request.json", `{
		"model":"claude-sonnet-4-5","tools":[{"name":"memory","type":"memory_20250818"}],
		"settings":{"max_tokens":4096,"tool_choice":{"type":"auto"}},
		"messages":[
			{"role":"user","content":[{"type":"text","text":"Where do I live?"}]},
			{"role":"assistant","content":[
				{"type":"text","text":"I'll check my memory to see if I have information about where you live."},
				{"type":"tool-call","toolCallId":"toolu_01YC8RhZeDTZRbb8n1gUFTmb","toolName":"memory","input":{"command":"view","path":"/memories"}}]},
			{"role":"tool","content":[
				{"type":"tool-result","toolCallId":"toolu_01YC8RhZeDTZRbb8n1gUFTmb","toolName":"memory","output":{"type":"text","value":"The user lives in Mexico City."}}]}]}`},
	{"code_execution.request.json", `{
		"model":"claude-sonnet-4-6","tools":[{"name":"code_execution","type":"code_execution_20260120"}],
		"settings":{"max_tokens":4096,"thinking":{"budget_tokens":3000,"type":"enabled"},"tool_choice":{"type":"auto"}},
		"messages":[
			{"role":"system","content":"Always use the code execution tool for math."},
			{"role":"user","content":[{"type":"text","text":"How much is 3 * 12390?"}]}]}`},
	{"prompt_caching.request.json", `{
		"model":"claude-3-5-sonnet-20240620","settings":{"max_tokens":1024},
		"messages":[
			{"role":"system","content":"$system.0.text"},
			{"role":"user","content":[{"type":"text","text":"$messages.0.content.0.text","providerOptions":{"anthropic":{"cacheControl":{"type":"ephemeral"}}}}]}]}`},
	{"image_url.request.json", `{
		"model":"claude-haiku-4-5","settings":{"max_tokens":4096},
		"messages":[{"role":"user","content":[
			{"type":"text","text":"What is this vegetable?"},
			{"type":"file","mediaType":"image/jpeg","data":"$messages.0.content.1.source.url"}]}]}`},
	{"document.request.json", `{
		"model":"claude-sonnet-4-5","settings":{"max_tokens":4096},
		"messages":[{"role":"user","content":[
			{"type":"text","text":"What is the main content on this document?"},
			{"type":"file","mediaType":"application/pdf","data":"$messages.0.content.1.source.data"}]}]}`},
}

func TestRecordedRequests(t *testing.T) { shape.RecordedRequests(t, requests) }

var responses = []st.Recorded{
	{"thinking_tool_use.response.json", `{
		"id":"msg_01WvueFjZVbHcj4H4zUzeGv2","model":"claude-sonnet-4-20250514","finish":["tool_use"],
		"usage":{"inputTokens":398,"outputTokens":155,"totalTokens":553,"cachedInputTokens":0,"cacheWriteTokens":0,
			"cache_creation":{"ephemeral_1h_input_tokens":0,"ephemeral_5m_input_tokens":0}},
		"metadata":{"inference_geo":"not_available","service_tier":"standard"},
		"messages":[{"role":"assistant","content":[
			{"type":"reasoning","text":"$content.0.thinking","providerOptions":{"anthropic":{"signature":"$content.0.signature"}}},
			{"type":"text","text":"$content.1.text"},
			{"type":"tool-call","toolCallId":"toolu_01YGzqpRE16Vricda3Aqcejo","toolName":"get_user_country","input":{}}]}]}`},
	{"code_execution.response.json", `{
		"id":"msg_01FzttSG1H2WSfUwv2J5qbMB","model":"claude-sonnet-4-6","finish":["end_turn"],
		"usage":{"inputTokens":4692,"outputTokens":106,"totalTokens":4798,"cachedInputTokens":0,"cacheWriteTokens":0,
			"cache_creation":{"ephemeral_1h_input_tokens":0,"ephemeral_5m_input_tokens":0},
			"server_tool_use":{"web_fetch_requests":0,"web_search_requests":0}},
		"metadata":{"container":{"expires_at":"2026-04-24T11:19:38.758845Z","id":"container_011CaNRhtVsGiXZx1CgSETLH"},
			"inference_geo":"global","service_tier":"standard"},
		"messages":[{"role":"assistant","content":[
			{"type":"reasoning","text":"The user wants to calculate 3 * 12390.","providerOptions":{"anthropic":{"signature":"$content.0.signature"}}},
			{"type":"tool-call","toolCallId":"srvtoolu_01Y5A969cu9rsnDkHF6brfKF","toolName":"bash_code_execution","input":{"command":"echo $((3 * 12390))"},
				"providerExecuted":true},
			{"type":"tool-result","toolCallId":"srvtoolu_01Y5A969cu9rsnDkHF6brfKF","toolName":"bash_code_execution",
				"output":{"type":"json","value":{"content":[],"return_code":0,"stderr":"","stdout":"37170\n","type":"bash_code_execution_result"}},
				"providerExecuted":true},
			{"type":"text","text":"The result of **3 × 12,390 = 37,170**."}]}]}`},
	{"mcp.response.json", `{
		"id":"msg_01P81KJc28LkYyoDAYG1bWVb","model":"claude-sonnet-4-5-20250929","finish":["end_turn"],
		"usage":{"inputTokens":1250,"outputTokens":88,"totalTokens":1338,"cachedInputTokens":0,"cacheWriteTokens":0,
			"cache_creation":"$usage.cache_creation","server_tool_use":"$usage.server_tool_use"},
		"metadata":{"service_tier":"standard"},
		"messages":[{"role":"assistant","content":[
			{"type":"tool-call","toolCallId":"mcptoolu_015oTj2fXVKLrDohFetJd5UL","toolName":"echo","input":{"message":"hello world"},
				"providerOptions":{"anthropic":{"serverName":"echo"}},"providerExecuted":true},
			{"type":"tool-result","toolCallId":"mcptoolu_015oTj2fXVKLrDohFetJd5UL","toolName":"echo","output":{"type":"text","value":"Tool echo: hello world"},
				"providerExecuted":true},
			{"type":"text","text":"$content.2.text"}]}]}`},
	{"tool_search.response.json", `{
		"id":"msg_014rjTcNMwWRYQkjnCre2pi4","model":"claude-sonnet-4-5-20250929","finish":["tool_use"],
		"usage":{"inputTokens":1676,"outputTokens":184,"totalTokens":1860,"cachedInputTokens":0,"cacheWriteTokens":0,
			"cache_creation":"$usage.cache_creation","server_tool_use":{"web_search_requests":0}},
		"metadata":{"service_tier":"standard"},
		"messages":[{"role":"assistant","content":[
			{"type":"tool-call","toolCallId":"srvtoolu_01SACvPAnp6ucMJsstB5qb3f","toolName":"tool_search_tool_regex","input":"$content.0.input",
				"providerOptions":{"anthropic":{"caller":{"type":"direct"}}},"providerExecuted":true},
			{"type":"tool-result","toolCallId":"srvtoolu_01SACvPAnp6ucMJsstB5qb3f","toolName":"tool_search_tool_regex",
				"output":{"type":"json","value":"$content.1.content"},"providerExecuted":true},
			{"type":"text","text":"$content.2.text"},
			{"type":"tool-call","toolCallId":"toolu_01X4r989CAhzqnFqDJn1gVvp","toolName":"get_temp_data",
				"input":{"location":"San Francisco, CA","unit":"fahrenheit"},"providerOptions":{"anthropic":{"caller":{"type":"direct"}}}}]}]}`},
	{"web_search.response.json", `{
		"id":"msg_0119wM5YxCLg3hwUWrxEQ9Y8","model":"claude-sonnet-4-20250514","finish":["end_turn"],
		"usage":{"inputTokens":8984,"outputTokens":520,"totalTokens":9504,"cachedInputTokens":0,"cacheWriteTokens":0,
			"cache_creation":"$usage.cache_creation","server_tool_use":{"web_fetch_requests":0,"web_search_requests":1}},
		"metadata":{"service_tier":"standard"},
		"messages":[{"role":"assistant","content":[
			{"type":"reasoning","text":"$content.0.thinking","providerOptions":{"anthropic":{"signature":"$content.0.signature"}}},
			{"type":"tool-call","toolCallId":"srvtoolu_01EoSNE7k4dUJyGatASCV5qs","toolName":"web_search",
				"input":{"query":"San Francisco weather today"},"providerExecuted":true},
			{"type":"tool-result","toolCallId":"srvtoolu_01EoSNE7k4dUJyGatASCV5qs","toolName":"web_search",
				"output":{"type":"json","value":[{"type":"web_search_result","title":"National Weather Service","page_age":"1 week ago",
					"url":"https://forecast.weather.gov/MapClick.php?lat=37.7771&lon=-122.4196",
					"encrypted_content":"$content.2.content.0.encrypted_content"}]},
				"providerExecuted":true},
			{"type":"text","text":"$content.3.text"},
			{"type":"text","text":"Temperature: 66°F with clear skies","providerOptions":{"anthropic":{"citations":"$content.4.citations"}}},
			{"type":"text","text":"\n- "},
			{"type":"text","text":"Wind: W at 3 mph with gusts up to 5 mph","providerOptions":{"anthropic":{"citations":"$content.6.citations"}}}]}]}`},
	{"advisor.response.json", `{
		"id":"msg_011CdD8kymr8deshk2jea6kJ","model":"claude-sonnet-5","finish":["end_turn"],
		"usage":{"inputTokens":2482,"outputTokens":166,"totalTokens":2648,"reasoningTokens":71,"cachedInputTokens":0,"cacheWriteTokens":0,
			"cache_creation":"$usage.cache_creation","iterations":"$usage.iterations","output_tokens_details":{"thinking_tokens":71},
			"server_tool_use":"$usage.server_tool_use"},
		"metadata":{"inference_geo":"global","service_tier":"standard"},
		"messages":[{"role":"assistant","content":[
			{"type":"reasoning","text":"","providerOptions":{"anthropic":{"signature":"$content.0.signature"}}},
			{"type":"text","text":"$content.1.text"},
			{"type":"tool-call","toolCallId":"srvtoolu_01F41jVTJWt437pMYJ8rmuGn","toolName":"advisor","input":{},"providerExecuted":true},
			{"type":"tool-result","toolCallId":"srvtoolu_01F41jVTJWt437pMYJ8rmuGn","toolName":"advisor",
				"output":{"type":"json","value":{"type":"advisor_redacted_result","stop_reason":"end_turn","encrypted_content":"$content.3.content.encrypted_content"}},
				"providerExecuted":true},
			{"type":"text","text":"2 + 2 = 4"}]}]}`},
	{"compaction.response.json", `{
		"id":"msg_01D55QDk6AZP2o6n9ko7TkDJ","model":"claude-opus-4-6","finish":["end_turn"],
		"usage":{"inputTokens":682,"outputTokens":1320,"totalTokens":2002,"cachedInputTokens":0,"cacheWriteTokens":0,
			"cache_creation":"$usage.cache_creation","iterations":"$usage.iterations","server_tool_use":"$usage.server_tool_use"},
		"metadata":{"context_management":{"applied_edits":[]},"service_tier":"standard","inference_geo":"global"},
		"messages":[{"role":"assistant","content":["$content.0",{"type":"text","text":"$content.1.text"}]}]}`},
	{"fallback.response.json", `{
		"id":"msg_01FallbackExampleAbcdefghij","model":"claude-opus-4-8","finish":["end_turn"],
		"usage":{"inputTokens":412,"outputTokens":264,"totalTokens":676,"cachedInputTokens":0,"cacheWriteTokens":0,"iterations":"$usage.iterations"},
		"messages":[{"role":"assistant","content":[
			{"type":"fallback","from":{"model":"claude-fable-5"},"to":{"model":"claude-opus-4-8"}},
			{"type":"text","text":"The printing press was invented by Johannes Gutenberg around 1440."}]}]}`},
	{"refusal.response.json", `{
		"id":"msg_01RefusalExampleAbcdefghijk","model":"claude-fable-5","finish":["refusal"],
		"usage":{"inputTokens":18,"outputTokens":5,"totalTokens":23,"cachedInputTokens":0,"cacheWriteTokens":0,"cache_creation":"$usage.cache_creation"},
		"metadata":{"stop_details":"$stop_details","service_tier":"standard","inference_geo":"not_available"}}`},
	{"tool_history.response.json", `{
		"id":"msg_01QJDheQSo4hSrxgtLpEJFkA","model":"claude-3-5-haiku-20241022","finish":["tool_use"],
		"usage":{"inputTokens":568,"outputTokens":58,"totalTokens":626,"cachedInputTokens":0,"cacheWriteTokens":0},
		"metadata":{"service_tier":"standard"},
		"messages":[{"role":"assistant","content":[
			{"type":"tool-call","toolCallId":"toolu_01K5KhMEdg2McN7dAkB4Y4hi","toolName":"get_time","input":{"timezone":"America/Los_Angeles"}}]}]}`},
	{"cache.response.json", `{
		"id":"msg_01KPaKTJSqAKoZri7Ujrny58","model":"claude-sonnet-4-5-20250929","finish":["end_turn"],
		"usage":{"inputTokens":1532,"outputTokens":33,"totalTokens":1565,"cachedInputTokens":1111,"cacheWriteTokens":418,
			"cache_creation":{"ephemeral_1h_input_tokens":0,"ephemeral_5m_input_tokens":418}},
		"metadata":{"inference_geo":"not_available","service_tier":"standard"},
		"messages":[{"role":"assistant","content":[{"type":"text","text":"$content.0.text"}]}]}`},
	{"not_found.response.json", `{
		"error":{"message":"model: claude-does-not-exist","type":"not_found_error"},
		"metadata":{"request_id":"req_011CVEA3SF7rnb3DuBZytqQa"}}`},
}

func TestRecordedResponses(t *testing.T) { shape.RecordedResponses(t, responses) }

// Text that a stream brings in pieces has no one value in the recording: it is
// joined here by hand.
var streams = []st.Recorded{
	{"tools.stream.jsonl", `{
		"id":"msg_0138UNF3YbNp49KkqZtUBWqz","model":"claude-3-5-sonnet-20240620","finish":["tool_use"],
		"usage":{"inputTokens":506,"outputTokens":153,"totalTokens":659,"cachedInputTokens":0,"cacheWriteTokens":0},
		"metadata":{"service_tier":"standard"},
		"messages":[{"role":"assistant","content":[
			{"type":"text","text":"Certainly! I can help you with that information. To get the weather and current time in San Francisco, I'll need to use two separate functions. Let me fetch that data for you."},
			{"type":"tool-call","toolCallId":"toolu_014x5X91kx3fvdhpLvwXZWE2","toolName":"get_weather","input":{"location":"San Francisco, CA","unit":"celsius"}},
			{"type":"tool-call","toolCallId":"toolu_0121kXsENLvoDZ72LCuAnCCz","toolName":"get_time","input":{"timezone":"America/Los_Angeles"}}]}]}`},
	{"tool_no_args.stream.jsonl", `{
		"id":"msg_01GE2RKp1VYsPzdFs3sS9z5S","model":"claude-sonnet-4-5-20250929","finish":["tool_use"],
		"usage":{"inputTokens":565,"outputTokens":48,"totalTokens":613,"cachedInputTokens":0,"cacheWriteTokens":0,
			"cache_creation":"$0.message.usage.cache_creation"},
		"metadata":{"service_tier":"standard"},
		"messages":[{"role":"assistant","content":[
			{"type":"text","text":"I'll update the issue list for you."},
			{"type":"tool-call","toolCallId":"toolu_01QE1WLsSVp5hy5Q3GmGTmjP","toolName":"updateIssueList","input":{}}]}]}`},
	{"redacted_thinking.stream.jsonl", `{
		"id":"msg_018XZkwvj9asBiffg3fXt88s","model":"claude-sonnet-4-5-20250929","finish":["end_turn"],
		"usage":{"inputTokens":92,"outputTokens":189,"totalTokens":281,"cachedInputTokens":0,"cacheWriteTokens":0,
			"cache_creation":"$0.message.usage.cache_creation"},
		"metadata":{"service_tier":"standard"},
		"messages":[{"role":"assistant","content":[
			{"type":"reasoning","text":"","providerOptions":{"anthropic":{"redactedData":"$1.content_block.data"}}},
			{"type":"reasoning","text":"","providerOptions":{"anthropic":{"redactedData":"$3.content_block.data"}}},
			{"type":"text","text":"I notice that you've sent what appears to be some kind of test string or command. I don't have any special \"magic string\" triggers or backdoor commands that would expose internal systems or change my behavior.\n\nI'm Claude, an AI assistant created by Anthropic to be helpful, harmless, and honest. How can I assist you today with a legitimate task or question?"}]}]}`},
}

func TestRecordedStreams(t *testing.T) {
	for _, c := range streams {
		t.Run(c.File(), func(t *testing.T) {
			events := st.Events(t, c.File())
			r := st.Fold(new(anthropic.Stream), events...)
			st.CheckResponse(t, r)
			st.Same(t, "response", st.Response(r), c.Want(), st.List(events))
		})
	}
}

// The deltas of a stream, joined by another reader, are the text, the reasoning
// and the signature.
func TestRecordedThinkingStream(t *testing.T) {
	events := st.Events(t, "thinking.stream.jsonl")
	joined := map[string]string{}
	for _, e := range events {
		var event struct {
			Delta struct{ Thinking, Signature, Text string }
		}
		if err := e.Decode(&event); err != nil {
			t.Fatal(err)
		}
		joined["thinking"] += event.Delta.Thinking
		joined["signature"] += event.Delta.Signature
		joined["text"] += event.Delta.Text
	}
	r := st.Fold(new(anthropic.Stream), events...)
	st.Same(t, "messages", st.Messages(r.Messages), `[{"role":"assistant","content":[
		{"type":"reasoning","text":"$thinking","providerOptions":{"anthropic":{"signature":"$signature"}}},
		{"type":"text","text":"$text"}]}]`, contracts.MakeJSON(joined))
	if r.Usage.Output.N != 282 { // what the last event says, not the sum
		t.Errorf("output of %d tokens", r.Usage.Output.N)
	}
}
