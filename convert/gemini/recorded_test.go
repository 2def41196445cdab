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

var shape = st.Shape{
	Request: gemini.Request, Response: gemini.Response, Messages: gemini.Contents, Content: gemini.Content, Error: gemini.Error,
	NewStream: func() llm.Stream { return new(gemini.Stream) },
}

var requests = []st.Recorded{
	{"file_search.request.json", `{
		"tools":[{"fileSearch":{"file_search_store_names":["fileSearchStores/testfilesearchstore-q7prdj5dqu8p"]}}],
		"settings":{"generationConfig":{"responseModalities":["TEXT"]}},
		"messages":[
			{"role":"system","content":"You are a helpful assistant."},
			{"role":"user","content":[{"type":"text","text":"What is the capital of France?"}]},
			{"role":"assistant","content":[{"type":"text","text":"$contents.1.parts.0.text"}]},
			{"role":"user","content":[{"type":"text","text":"Tell me about the Eiffel Tower."}]}]}`},
	{"function_response.request.json", `{
		"tools":"$tools","settings":{"generationConfig":{"responseModalities":["TEXT"]}},
		"messages":[
			{"role":"user","content":[{"type":"text","text":"What is the capital of the user country? Call the tool"}]},
			{"role":"assistant","content":[
				{"type":"tool-call","toolCallId":"pyd_ai_29bf73b69e02448588e15893d47a3e7e","toolName":"get_country","input":{},
					"providerOptions":{"google":{"thoughtSignature":"$contents.1.parts.0.thoughtSignature"}}}]},
			{"role":"tool","content":[
				{"type":"tool-result","toolCallId":"pyd_ai_29bf73b69e02448588e15893d47a3e7e","toolName":"get_country",
					"output":{"type":"json","value":{"return_value":"Mexico"}}}]}]}`},
}

func TestRecordedRequests(t *testing.T) { shape.RecordedRequests(t, requests) }

var responses = []st.Recorded{
	{"signature.response.json", `{
		"id":"DniLab2dFPeSxN8PpqXY4Ag","model":"gemini-3-pro-preview","finish":["STOP"],
		"usage":{"inputTokens":9,"outputTokens":287,"totalTokens":296,"reasoningTokens":258,"promptTokensDetails":[{"modality":"TEXT","tokenCount":9}]},
		"messages":[{"role":"assistant","content":[{"type":"text","text":"$candidates.0.content.parts.0.text",
			"providerOptions":{"google":{"thoughtSignature":"$candidates.0.content.parts.0.thoughtSignature"}}}]}]}`},
	{"max_tokens.response.json", `{
		"id":"fH8oaunbEbr9qtsPjYGX4A0","model":"gemini-2.5-pro","finish":["MAX_TOKENS"],
		"usage":{"inputTokens":15,"outputTokens":2,"totalTokens":17,"reasoningTokens":2,"promptTokensDetails":[{"modality":"TEXT","tokenCount":15}]},
		"metadata":{"serviceTier":"standard"}}`},
	{"file_search.response.json", `{
		"id":"0hkqacGsFZXjz7IPwIXNwA8","model":"gemini-2.5-pro","finish":["STOP"],
		"usage":{"inputTokens":15,"outputTokens":297,"totalTokens":600,"reasoningTokens":257,"promptTokensDetails":[{"modality":"TEXT","tokenCount":15}],
			"toolUsePromptTokenCount":288,"toolUsePromptTokensDetails":[{"modality":"TEXT","tokenCount":288}]},
		"messages":[{"role":"assistant","content":[{"type":"text","text":"$candidates.0.content.parts.0.text",
			"providerOptions":{"google":{"groundingMetadata":"$candidates.0.groundingMetadata"}}}]}]}`},
	{"google_search.response.json", `{
		"id":"btnJaOrqE4_6qtsP7bOboQs","model":"gemini-2.5-pro","finish":["STOP"],
		"usage":{"inputTokens":17,"outputTokens":414,"totalTokens":550,"reasoningTokens":213,"promptTokensDetails":"$usageMetadata.promptTokensDetails",
			"toolUsePromptTokenCount":119,"toolUsePromptTokensDetails":"$usageMetadata.toolUsePromptTokensDetails"},
		"messages":[{"role":"assistant","content":[{"type":"text","text":"$candidates.0.content.parts.0.text",
			"providerOptions":{"google":{"groundingMetadata":"$candidates.0.groundingMetadata"}}}]}]}`},
	{"url_context.response.json", `{
		"id":"qgqkaI-iDLrTjMcP0bP24A4","model":"gemini-2.5-flash","finish":["STOP"],
		"usage":{"inputTokens":32,"outputTokens":88,"totalTokens":2515,"reasoningTokens":47,"promptTokensDetails":"$usageMetadata.promptTokensDetails",
			"toolUsePromptTokenCount":2395,"toolUsePromptTokensDetails":"$usageMetadata.toolUsePromptTokensDetails"},
		"messages":[{"role":"assistant","content":[{"type":"text","text":"$candidates.0.content.parts.0.text",
			"providerOptions":{"google":{"groundingMetadata":"$candidates.0.groundingMetadata","urlContextMetadata":"$candidates.0.urlContextMetadata"}}}]}]}`},
	{"quota.response.json", `{
		"error":{"message":"You exceeded your current quota, please check your plan.","type":"RESOURCE_EXHAUSTED","code":"429"},
		"metadata":{"errorDetails":"$error.details"}}`},
	{"interaction.response.json", `{
		"id":"$id","model":"gemini-2.5-flash","finish":["requires_action"],
		"usage":{"inputTokens":53,"outputTokens":56,"totalTokens":109,"reasoningTokens":41,"cachedInputTokens":0,
			"input_tokens_by_modality":[{"modality":"text","tokens":53}],"total_tool_use_tokens":0},
		"metadata":{"created":"2026-05-15T18:52:00Z","updated":"2026-05-15T18:52:00Z","service_tier":"standard"},
		"messages":[{"role":"assistant","content":[
			{"type":"reasoning","text":"","providerOptions":{"google":{"signature":"$steps.0.signature"}}},
			{"type":"tool-call","toolCallId":"zggxzq8r","toolName":"getWeather","input":{"location":"San Francisco"}}]}]}`},
}

func TestRecordedResponses(t *testing.T) { shape.RecordedResponses(t, responses) }

// Calls have no id in the recordings: TestCallIDs is about theirs.
var streams = []st.Recorded{
	{"text.stream.jsonl", `{
		"id":"w1peaMz6INOvnvgPgYfPiQY","model":"gemini-2.0-flash-exp","finish":["STOP"],
		"usage":{"inputTokens":13,"outputTokens":8,"totalTokens":21,"promptTokensDetails":[{"modality":"TEXT","tokenCount":13}],
			"candidatesTokensDetails":[{"modality":"TEXT","tokenCount":8}]},
		"messages":[{"role":"assistant","content":[{"type":"text","text":"The capital of France is Paris.\n"}]}]}`},
	{"function_call.stream.jsonl", `{
		"id":"QUVVadTSNJ6_qtsPvN7J8Q0","model":"gemini-3-pro-preview","finish":["STOP"],
		"usage":{"inputTokens":29,"outputTokens":212,"totalTokens":241,"reasoningTokens":202,"promptTokensDetails":[{"modality":"TEXT","tokenCount":29}]},
		"messages":[{"role":"assistant","content":[{"type":"tool-call","toolCallId":"","toolName":"get_country","input":{},
			"providerOptions":{"google":{"thoughtSignature":"$0.candidates.0.content.parts.0.thoughtSignature"}}}]}]}`},
	{"function_response.stream.jsonl", `{
		"id":"REVVabaiCdq4qtsPnZu96Qo","model":"gemini-3-pro-preview","finish":["STOP"],
		"usage":{"inputTokens":257,"outputTokens":8,"totalTokens":265,"promptTokensDetails":[{"modality":"TEXT","tokenCount":257}]},
		"messages":[{"role":"assistant","content":[{"type":"text","text":"The capital of Mexico is Mexico City."}]}]}`},
	{"partial_args.stream.jsonl", `{
		"id":"dqHOab6xGLzWodAPkPuViA4","model":"gemini-3.1-pro-preview","finish":["STOP"],
		"usage":{"inputTokens":26,"outputTokens":155,"totalTokens":181,"reasoningTokens":132,"promptTokensDetails":[{"modality":"TEXT","tokenCount":26}],
			"candidatesTokensDetails":[{"modality":"TEXT","tokenCount":23}]},
		"metadata":{"trafficType":"ON_DEMAND","createTime":"2026-04-02T17:03:50.399550Z"},
		"messages":[{"role":"assistant","content":[
			{"type":"tool-call","toolCallId":"","toolName":"getWeather","input":{"location":"Boston"},
				"providerOptions":{"google":{"thoughtSignature":"$0.candidates.0.content.parts.0.thoughtSignature"}}},
			{"type":"tool-call","toolCallId":"","toolName":"getWeather","input":{"location":"San Francisco"}}]}]}`},
}

func TestRecordedStreams(t *testing.T) {
	for _, c := range streams {
		t.Run(c.File(), func(t *testing.T) {
			events := st.Events(t, c.File())
			r := st.Fold(new(gemini.Stream), events...)
			st.CheckResponse(t, r)
			// A stream that was not asked for as events comes as a list.
			st.Same(t, "list", st.Response(gemini.Response(st.List(events))), st.Response(r), "")
			withoutCallIDs(r.Messages)
			st.Same(t, "response", st.Response(r), c.Want(), st.List(events))
		})
	}
}

func withoutCallIDs(messages []contracts.ConversationMessage) {
	for i := range messages {
		for k, p := range messages[i].Content.Parts() {
			if call, ok := p.(contracts.ToolCallContentPart); ok {
				call.ToolCallID = ""
				messages[i].Content.Parts()[k] = call
			}
		}
	}
}
