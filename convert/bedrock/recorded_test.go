// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package bedrock_test

import (
	"testing"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/bedrock"
	st "github.com/spect-tools/spect-go/convert/internal/shapetest"
	"github.com/spect-tools/spect-go/convert/llm"
)

var shape = st.Shape{
	Request: bedrock.Request, Response: bedrock.Response, Messages: bedrock.Messages, Content: bedrock.Content, Error: bedrock.Error,
	NewStream: func() llm.Stream { return new(bedrock.Stream) },
}

var requests = []st.Recorded{
	{"thinking_tool_result.request.json", `{
		"tools":"$toolConfig.tools","settings":{"additionalModelRequestFields":{"thinking":{"type":"enabled","budget_tokens":1024}}},
		"messages":[
			{"role":"user","content":[{"type":"text","text":"What is the largest city in the user country?"}]},
			{"role":"assistant","content":[
				{"type":"reasoning","text":"$messages.1.content.0.reasoningContent.reasoningText.text",
					"providerOptions":{"bedrock":{"signature":"$messages.1.content.0.reasoningContent.reasoningText.signature"}}},
				{"type":"text","text":"I'll need to check what country you're from to answer that question."},
				{"type":"tool-call","toolCallId":"tooluse_W9DaUFg4Tj2cRPpndqxWSg","toolName":"get_user_country","input":{}}]},
			{"role":"tool","content":[
				{"type":"tool-result","toolCallId":"tooluse_W9DaUFg4Tj2cRPpndqxWSg","toolName":"get_user_country","output":{"type":"text","value":"Mexico"}}]}]}`},
	{"code_interpreter.request.json", `{
		"tools":"$toolConfig.tools","settings":{"toolConfig":{"toolChoice":{"any":{}}}},
		"messages":[
			{"role":"system","content":"You are a helpful chatbot."},
			{"role":"user","content":[{"type":"text","text":"What is 1234 * 5678?"}]},
			{"role":"assistant","content":[
				{"type":"tool-call","toolCallId":"tooluse_dV5ehBNfl1hUE-UTM9cIww","toolName":"nova_code_interpreter","input":{"snippet":"1234 * 5678"},
					"providerExecuted":true},
				{"type":"tool-result","toolCallId":"tooluse_dV5ehBNfl1hUE-UTM9cIww","toolName":"nova_code_interpreter",
					"output":{"type":"json","value":{"stdOut":"7006652","stdErr":"","exitCode":0,"isError":false}},
					"providerOptions":{"bedrock":{"type":"nova_code_interpreter_result"}},"providerExecuted":true},
				{"type":"tool-call","toolCallId":"tooluse_DaRsVjwcShCI_3pOsIsWqg","toolName":"final_result","input":{"result":7006652.0}}]},
			{"role":"tool","content":[
				{"type":"tool-result","toolCallId":"tooluse_DaRsVjwcShCI_3pOsIsWqg","toolName":"final_result",
					"output":{"type":"text","value":"Final result processed."}}]},
			{"role":"user","content":[{"type":"text","text":"Now multiply that by 2"}]}]}`},
	{"cache.request.json", `{
		"tools":"$toolConfig.tools","settings":{"toolConfig":{"toolChoice":{"auto":{}}}},
		"messages":[
			{"role":"system","content":"$system.0.text","providerOptions":{"bedrock":{"cachePoint":{"type":"default"}}}},
			{"role":"user","content":[
				{"type":"text","text":"$messages.0.content.0.text"},
				{"type":"file","mediaType":"text/plain","filename":"Document 1","data":"WW91IGFyZSBhIGdyZWF0IG1hdGhlbWF0aWNpYW4="},
				{"type":"text","text":"\n","providerOptions":{"bedrock":{"cachePoint":{"type":"default"}}}},
				{"type":"text","text":"What is 10 + 11?","providerOptions":{"bedrock":{"cachePoint":{"type":"default"}}}}]}]}`},
	{"document.request.json", `{
		"messages":[
			{"role":"system","content":"You are a helpful chatbot."},
			{"role":"user","content":[
				{"type":"text","text":"What is the main content on this document?"},
				{"type":"file","mediaType":"text/plain","filename":"Document 1","data":"$messages.0.content.1.document.source.bytes"}]}]}`},
}

func TestRecordedRequests(t *testing.T) { shape.RecordedRequests(t, requests) }

var responses = []st.Recorded{
	{"reasoning.response.json", `{
		"finish":["end_turn"],"usage":{"inputTokens":51,"outputTokens":78,"totalTokens":129,"cachedInputTokens":0,"cacheWriteTokens":0},
		"metadata":{"metrics":{"latencyMs":2202}},
		"messages":[{"role":"assistant","content":[
			{"type":"reasoning","text":"$output.message.content.0.reasoningContent.reasoningText.text",
				"providerOptions":{"bedrock":{"signature":"$output.message.content.0.reasoningContent.reasoningText.signature"}}},
			{"type":"text","text":"$output.message.content.1.text"}]}]}`},
	{"thinking_tool_use.response.json", `{
		"finish":["tool_use"],"usage":{"inputTokens":397,"outputTokens":130,"totalTokens":527,"cachedInputTokens":0,"cacheWriteTokens":0},
		"metadata":{"metrics":{"latencyMs":3896}},
		"messages":[{"role":"assistant","content":[
			{"type":"reasoning","text":"$output.message.content.0.reasoningContent.reasoningText.text",
				"providerOptions":{"bedrock":{"signature":"$output.message.content.0.reasoningContent.reasoningText.signature"}}},
			{"type":"text","text":"$output.message.content.1.text"},
			{"type":"tool-call","toolCallId":"tooluse_W9DaUFg4Tj2cRPpndqxWSg","toolName":"get_user_country","input":{}}]}]}`},
	{"redacted.response.json", `{
		"finish":["end_turn"],"usage":{"inputTokens":92,"outputTokens":176,"totalTokens":268,"cachedInputTokens":0,"cacheWriteTokens":0},
		"metadata":{"metrics":{"latencyMs":5846}},
		"messages":[{"role":"assistant","content":[
			{"type":"reasoning","text":"","providerOptions":{"bedrock":{"redactedData":"$output.message.content.0.reasoningContent.redactedContent"}}},
			{"type":"text","text":"$output.message.content.1.text"}]}]}`},
	{"code_interpreter.response.json", `{
		"finish":["tool_use"],"usage":{"inputTokens":1002,"outputTokens":59,"totalTokens":1061},
		"metadata":{"metrics":{"latencyMs":1604}},
		"messages":[{"role":"assistant","content":[
			{"type":"tool-call","toolCallId":"tooluse_dV5ehBNfl1hUE-UTM9cIww","toolName":"nova_code_interpreter","input":{"snippet":"1234 * 5678"},
				"providerExecuted":true},
			{"type":"tool-result","toolCallId":"tooluse_dV5ehBNfl1hUE-UTM9cIww","toolName":"nova_code_interpreter",
				"output":{"type":"json","value":{"stdOut":"7006652","stdErr":"","exitCode":0,"isError":false}},
				"providerOptions":{"bedrock":{"type":"nova_code_interpreter_result"}},"providerExecuted":true},
			{"type":"tool-call","toolCallId":"tooluse_DaRsVjwcShCI_3pOsIsWqg","toolName":"final_result","input":{"result":7006652.0}}]}]}`},
	{"cache_write.response.json", `{
		"finish":["end_turn"],"usage":{"inputTokens":1324,"outputTokens":5,"totalTokens":1329,"cachedInputTokens":0,"cacheWriteTokens":1322},
		"metadata":{"metrics":{"latencyMs":2023}},"messages":[{"role":"assistant","content":[{"type":"text","text":"21"}]}]}`},
	{"cache_read.response.json", `{
		"finish":["end_turn"],"usage":{"inputTokens":1324,"outputTokens":5,"totalTokens":1329,"cachedInputTokens":1322,"cacheWriteTokens":0},
		"metadata":{"metrics":{"latencyMs":1990}},"messages":[{"role":"assistant","content":[{"type":"text","text":"21"}]}]}`},
}

func TestRecordedResponses(t *testing.T) { shape.RecordedResponses(t, responses) }

// The events are as the SDKs have them; in the binary stream the type of each
// stands in a header. Both say the same.
func TestRecordedStream(t *testing.T) {
	events := st.Events(t, "text.stream.jsonl")
	var flat []contracts.JSON
	var text string
	for _, e := range events {
		for _, inner := range e.Members() {
			flat = append(flat, inner)
			piece, _ := inner.Member("delta").Member("text").Text()
			text += piece
		}
	}
	want := contracts.JSON(`{"finish":["end_turn"],"usage":{"inputTokens":13,"outputTokens":82,"totalTokens":95},
		"metadata":{"metrics":{"latencyMs":522}},"messages":[{"role":"assistant","content":[{"type":"text","text":"$text"}]}]}`)
	recorded := contracts.MakeJSON(map[string]string{"text": text})
	r := st.Fold(new(bedrock.Stream), events...)
	st.CheckResponse(t, r)
	st.Same(t, "response", st.Response(r), want, recorded)
	st.Same(t, "flat", st.Response(st.Fold(new(bedrock.Stream), flat...)), want, recorded)
}
