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

// contents are shapes of the API's reference that no recording has.
var contents = []struct {
	name          string
	role          contracts.Role
	content, want contracts.JSON
}{
	{"user, text", "user", `[{"text":"Hi"}]`, `[{"role":"user","content":[{"type":"text","text":"Hi"}]}]`},
	{"a string", "assistant", `"Hi"`, `[{"role":"assistant","content":[{"type":"text","text":"Hi"}]}]`},
	{"nothing", "user", ``, ``},
	{"no blocks", "assistant", `[]`, ``},
	{
		"system", "system", `[{"text":"One."},{"cachePoint":{"type":"default","ttl":"1h"}},{"guardContent":{"text":{"text":"Two.","qualifiers":["query"]}}},{"text":"Three."}]`,
		`[{"role":"system","content":"One.","providerOptions":{"bedrock":{"cachePoint":{"type":"default","ttl":"1h"}}}},
		  {"role":"system","content":"Two.","providerOptions":{"bedrock":{"guardContent":{"qualifiers":["query"]}}}},
		  {"role":"system","content":"Three."}]`,
	},
	{
		"results before the rest, in order", "user", `[{"text":"Go on."},
			{"toolResult":{"toolUseId":"a","content":[{"json":{"t":21}}],"status":"success"}},
			{"toolResult":{"toolUseId":"b","content":[{"text":"no such city"}],"status":"error"}},
			{"toolResult":{"toolUseId":"c","content":[{"json":{"code":7}}],"status":"error"}},
			{"toolResult":{"toolUseId":"d","content":[]}},{"toolResult":{"toolUseId":"e"}},{"cachePoint":{"type":"default"}}]`,
		`[{"role":"tool","content":[
			{"type":"tool-result","toolCallId":"a","toolName":"","output":{"type":"json","value":{"t":21}}},
			{"type":"tool-result","toolCallId":"b","toolName":"","output":{"type":"error-text","value":"no such city"}},
			{"type":"tool-result","toolCallId":"c","toolName":"","output":{"type":"error-json","value":{"code":7}}},
			{"type":"tool-result","toolCallId":"d","toolName":"","output":{"type":"text","value":""}},
			{"type":"tool-result","toolCallId":"e","toolName":"","output":{"type":"text","value":""},"providerOptions":{"bedrock":{"cachePoint":{"type":"default"}}}}]},
		  {"role":"user","content":[{"type":"text","text":"Go on."}]}]`,
	},
	{
		"result of several blocks", "user", `[{"toolResult":{"toolUseId":"a","content":[{"text":"see"},{"json":{"t":21}},
			{"image":{"format":"png","source":{"bytes":"iVBORw0KGgo="}}},{"document":{"format":"pdf","name":"A","source":{"s3Location":{"uri":"s3://b/a.pdf","bucketOwner":"1"}}}},
			{"video":{"format":"three_gp","source":{"bytes":"x"}}},{"searchResult":{"source":"s","title":"t","content":[{"text":"x"}]}}]}}]`,
		`[{"role":"tool","content":[{"type":"tool-result","toolCallId":"a","toolName":"","output":{"type":"content","value":[
			{"type":"text","text":"see"},{"type":"text","text":"{\"t\":21}"},
			{"type":"file","mediaType":"image/png","data":"iVBORw0KGgo="},
			{"type":"file","mediaType":"application/pdf","filename":"A","data":"s3://b/a.pdf","providerOptions":{"bedrock":{"source":{"bucketOwner":"1"}}}},
			{"type":"file","mediaType":"video/3gpp","data":"x"},
			{"type":"unknown","value":{"searchResult":{"source":"s","title":"t","content":[{"text":"x"}]}}}]}}]}]`,
	},
	{
		"result of several blocks that is an error", "user", `[{"toolResult":{"toolUseId":"a","content":[{"text":"a"},{"text":"b"}],"status":"error"}}]`,
		`[{"role":"tool","content":[{"type":"tool-result","toolCallId":"a","toolName":"",
			"output":{"type":"error-json","value":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}}]}]`,
	},
	{
		"calls and results of Bedrock's own", "assistant", `[
			{"toolUse":{"toolUseId":"a","name":"nova_grounding","input":{},"type":"server_tool_use"}},
			{"toolResult":{"toolUseId":"a","content":[{"text":"x"}],"type":"nova_grounding_result"}},
			{"toolUse":{"toolUseId":"b","name":"f","input":{"a":1},"type":"tool_use"}},{"toolUse":{"toolUseId":"c","name":"f"}}]`,
		`[{"role":"assistant","content":[
			{"type":"tool-call","toolCallId":"a","toolName":"nova_grounding","input":{},"providerExecuted":true},
			{"type":"tool-result","toolCallId":"a","toolName":"nova_grounding","output":{"type":"text","value":"x"},
				"providerOptions":{"bedrock":{"type":"nova_grounding_result"}},"providerExecuted":true},
			{"type":"tool-call","toolCallId":"b","toolName":"f","input":{"a":1}},{"type":"tool-call","toolCallId":"c","toolName":"f","input":{}}]}]`,
	},
	{
		"files", "user", `[
			{"image":{"format":"jpeg","source":{"s3Location":{"uri":"s3://b/a"}}}},{"image":{"format":"avif","source":{"bytes":"x"}}},
			{"image":{"format":"later","source":{"bytes":"x"}}},{"image":{"error":{"message":"blocked"}}},
			{"document":{"format":"csv","name":"A","source":{"bytes":"x"}}},
			{"document":{"format":"docx","name":"B","source":{"bytes":"x"},"context":"c","citations":{"enabled":true}}},
			{"document":{"name":"C","source":{"text":"Once upon"}}},{"document":{"format":"md","name":"D","source":{"content":[{"text":"x"}]}}},
			{"document":{"format":"later","name":"E","source":{"bytes":"x"}}},
			{"video":{"format":"mkv","source":{"bytes":"x"}}},
			{"audio":{"format":"mp4","source":{"bytes":"x"}}},{"audio":{"format":"mp3","source":{"bytes":"x"}}},{"audio":{"source":{"bytes":"x"}}}]`,
		`[{"role":"user","content":[
			{"type":"file","mediaType":"image/jpeg","data":"s3://b/a"},{"type":"file","mediaType":"image/avif","data":"x"},
			{"type":"file","mediaType":"image/later","data":"x"},
			{"type":"file","mediaType":"image/*","data":"","providerOptions":{"bedrock":{"error":{"message":"blocked"}}}},
			{"type":"file","mediaType":"text/csv","filename":"A","data":"x"},
			{"type":"file","mediaType":"application/vnd.openxmlformats-officedocument.wordprocessingml.document","filename":"B","data":"x",
				"providerOptions":{"bedrock":{"context":"c","citations":{"enabled":true}}}},
			{"type":"file","mediaType":"application/octet-stream","filename":"C","data":"Once upon","providerOptions":{"bedrock":{"source":{"type":"text"}}}},
			{"type":"file","mediaType":"text/markdown","filename":"D","data":[{"text":"x"}],"providerOptions":{"bedrock":{"source":{"type":"content"}}}},
			{"type":"file","mediaType":"application/octet-stream","filename":"E","data":"x","providerOptions":{"bedrock":{"format":"later"}}},
			{"type":"file","mediaType":"video/x-matroska","data":"x"},
			{"type":"file","mediaType":"audio/mp4","data":"x"},{"type":"file","mediaType":"audio/mpeg","data":"x"},{"type":"file","mediaType":"audio/*","data":"x"}]}]`,
	},
	{
		"citations", "assistant", `[{"citationsContent":{"content":[{"text":"It is "},{"text":"21."}],"citations":[{"title":"T","location":{"web":{"url":"u"}}}]}}]`,
		`[{"role":"assistant","content":[{"type":"text","text":"It is 21.",
			"providerOptions":{"bedrock":{"citations":[{"title":"T","location":{"web":{"url":"u"}}}]}}}]}]`,
	},
	{
		"what a guardrail looks at", "user", `[{"guardContent":{"text":{"text":"Hi"}}},{"guardContent":{"image":{"format":"png","source":{"bytes":"x"}}}},{"cachePoint":{"type":"default"}}]`,
		`[{"role":"user","content":[{"type":"text","text":"Hi","providerOptions":{"bedrock":{"guardContent":{}}}},
			{"type":"file","mediaType":"image/png","data":"x","providerOptions":{"bedrock":{"guardContent":{},"cachePoint":{"type":"default"}}}}]}]`,
	},
	{
		"blocks without a like", "user", `[{"cachePoint":{"type":"default"}},{"searchResult":{"title":"t"}},{"toolAddition":{"tool":{"name":"x"}}},
			{"toolRemoval":{"tool":{"name":"x"}}},{"later":1},7]`,
		`[{"role":"user","content":[{"type":"unknown","value":{"cachePoint":{"type":"default"}}},{"type":"unknown","value":{"searchResult":{"title":"t"}}},
			{"type":"unknown","value":{"toolAddition":{"tool":{"name":"x"}}}},{"type":"unknown","value":{"toolRemoval":{"tool":{"name":"x"}}}},
			{"type":"unknown","value":{"later":1}},{"type":"unknown","value":7}]}]`,
	},
	{
		"blocks in the wrong place, or not what they say", "user", `[{"reasoningContent":{"reasoningText":{"text":"hm"}}},{"toolUse":{"toolUseId":"a"}},
			{"reasoningContent":{}},{"citationsContent":{"content":[{"later":1}]}},{"guardContent":{}},{"text":7},{"toolUse":"x"}]`,
		`[{"role":"user","content":[{"type":"unknown","value":{"reasoningContent":{"reasoningText":{"text":"hm"}}}},{"type":"unknown","value":{"toolUse":{"toolUseId":"a"}}},
			{"type":"unknown","value":{"reasoningContent":{}}},{"type":"unknown","value":{"citationsContent":{"content":[{"later":1}]}}},
			{"type":"unknown","value":{"guardContent":{}}},{"type":"unknown","value":{"text":7}},{"type":"unknown","value":{"toolUse":"x"}}]}]`,
	},
}

func TestContent(t *testing.T) {
	for _, c := range contents {
		t.Run(c.name, func(t *testing.T) {
			got := bedrock.Content(c.role, c.content)
			st.CheckMessages(t, got)
			st.Same(t, "messages", st.Messages(got), c.want, "")
		})
	}
}

func TestMessages(t *testing.T) {
	got := bedrock.Messages(`[{"role":"assistant","content":[{"toolUse":{"toolUseId":"a","name":"f","input":{}}}]},
		{"role":"user","content":[{"toolResult":{"toolUseId":"a","content":[{"text":"1"}]}}]},{"role":"user"}]`)
	st.Same(t, "messages", st.Messages(got), `[
		{"role":"assistant","content":[{"type":"tool-call","toolCallId":"a","toolName":"f","input":{}}]},
		{"role":"tool","content":[{"type":"tool-result","toolCallId":"a","toolName":"f","output":{"type":"text","value":"1"}}]}]`, "")
}

func TestRequest(t *testing.T) {
	shape.Requests(t, []st.Case{
		{
			"of an SDK", `{"modelId":"amazon.nova-micro-v1:0","messages":[{"role":"user","content":[{"text":"Hi"}]}],"system":[],
				"inferenceConfig":{"temperature":0.0},"toolConfig":{"tools":[]},"requestMetadata":{"a":"b"},"guardrailConfig":{}}`,
			`{"model":"amazon.nova-micro-v1:0","settings":{"inferenceConfig":{"temperature":0.0},"requestMetadata":{"a":"b"}},
				"messages":[{"role":"user","content":[{"type":"text","text":"Hi"}]}]}`,
		},
		{
			"of an Anthropic model", `{"anthropic_version":"bedrock-2023-05-31","max_tokens":9,"messages":[{"role":"user","content":"Hi"}]}`,
			`{"settings":{"anthropic_version":"bedrock-2023-05-31","max_tokens":9},"messages":[{"role":"user","content":[{"type":"text","text":"Hi"}]}]}`,
		},
		{"of the wrong types", `{"messages":7,"toolConfig":7,"modelId":{"a":1}}`, `{"settings":{"modelId":{"a":1}}}`},
		{"nothing", ``, `{}`},
	})
}

func TestResponse(t *testing.T) {
	shape.Responses(t, []st.Case{
		{
			"a guardrail, a router, a tier", `{"output":{"message":{"role":"assistant","content":[{"text":"No."}]}},"stopReason":"guardrail_intervened",
				"trace":{"guardrail":{"inputAssessment":{}},"promptRouter":{"invokedModelId":"arn:m"}},"serviceTier":{"type":"flex"},
				"additionalModelResponseFields":{"stop_sequence":"#"},"usage":{"inputTokens":1,"outputTokens":2,"totalTokens":3,"cacheDetails":[{"ttl":"5m","inputTokens":1}],"serverToolUsage":{}}}`,
			`{"model":"arn:m","finish":["guardrail_intervened"],"usage":{"inputTokens":1,"outputTokens":2,"totalTokens":3,"cacheDetails":[{"ttl":"5m","inputTokens":1}]},
				"metadata":{"trace":{"guardrail":{"inputAssessment":{}},"promptRouter":{"invokedModelId":"arn:m"}},"serviceTier":{"type":"flex"},
					"additionalModelResponseFields":{"stop_sequence":"#"}},
				"messages":[{"role":"assistant","content":[{"type":"text","text":"No."}]}]}`,
		},
		{
			"the message by itself", `{"role":"assistant","content":[{"text":"Hi"}]}`,
			`{"messages":[{"role":"assistant","content":[{"type":"text","text":"Hi"}]}]}`,
		},
		{
			"of InvokeModel of Nova", `{"output":{"message":{"content":[{"text":"Hi"}]}},"usage":{"inputTokens":1,"outputTokens":2,"cacheReadInputTokenCount":4}}`,
			`{"usage":{"inputTokens":5,"outputTokens":2,"totalTokens":7,"cachedInputTokens":4},"messages":[{"role":"assistant","content":[{"type":"text","text":"Hi"}]}]}`,
		},
		{
			"of InvokeModel of Claude", `{"id":"msg_1","type":"message","model":"claude-x","content":[{"type":"text","text":"Hi"}],"stop_reason":"end_turn",
				"usage":{"input_tokens":1,"output_tokens":2}}`,
			`{"id":"msg_1","model":"claude-x","finish":["end_turn"],"usage":{"inputTokens":1,"outputTokens":2,"totalTokens":3},
				"messages":[{"role":"assistant","content":[{"type":"text","text":"Hi"}]}]}`,
		},
		{"nothing", ``, `{}`},
		{"of the wrong types", `{"output":7,"usage":[],"stopReason":{}}`, `{}`},
	})
}

func TestFinishReasons(t *testing.T) {
	shape.FinishReasons(t, func(native string) string { return `{"stopReason":"` + native + `"}` }, map[string]string{
		"end_turn": llm.FinishStop, "tool_use": llm.FinishToolCalls, "max_tokens": llm.FinishLength, "stop_sequence": llm.FinishStop,
		"guardrail_intervened": llm.FinishContentFilter, "content_filtered": llm.FinishContentFilter,
		"malformed_model_output": llm.FinishError, "malformed_tool_use": llm.FinishError, "model_context_window_exceeded": llm.FinishLength,
	})
}

func TestError(t *testing.T) {
	shape.Errors(t, map[contracts.JSON]contracts.JSON{
		`{"message":"The provided model identifier is invalid."}`:                          `{"message":"The provided model identifier is invalid."}`,
		`{"__type":"com.amazon.coral.service#AccessDeniedException","Message":"no"}`:       `{"message":"no","type":"AccessDeniedException"}`,
		`{"__type":"ValidationException:http://internal.amazon.com/x","message":"bad"}`:    `{"message":"bad","type":"ValidationException"}`,
		`{"throttlingException":{"message":"Too many requests"}}`:                          `{"message":"Too many requests","type":"throttlingException"}`,
		`{"Error":{"Code":"ValidationException","Message":"bad"},"ResponseMetadata":{}}`:   `{"message":"bad","type":"ValidationException"}`,
		`{"type":"error","error":{"type":"invalid_request_error","message":"bad"}}`:        `{"message":"bad","type":"invalid_request_error"}`,
		`{"output":{"message":{"role":"assistant","content":[]}},"stopReason":"end_turn"}`: ``,
		`{"modelStreamErrorException":{"message":"m","originalStatusCode":500}}`:           `{"message":"m","type":"modelStreamErrorException"}`,
		`<html>`: ``,
		``:       ``,
	})
}
