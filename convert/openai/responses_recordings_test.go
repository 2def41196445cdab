// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package openai_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/shapetest"
	"github.com/spect-tools/spect-go/convert/openai"
)

func TestResponsesRequestRecordings(t *testing.T) {
	for _, c := range []struct {
		file                      string
		messages, tools, settings contracts.JSON
	}{
		{
			"reasoning-tools", `[
			{"role":"system","content":"$instructions"},
			{"role":"user","content":[{"type":"text","text":"$input.0.content"}]},
			{"role":"assistant","content":[
			 {"type":"reasoning","text":"$input.1.summary.0.text","providerOptions":{"openai":{"itemId":"$input.1.id","encryptedContent":"$input.1.encrypted_content"}}},
			 {"type":"reasoning","text":"$input.1.summary.1.text","providerOptions":{"openai":{"itemId":"$input.1.id"}}},
			 {"type":"reasoning","text":"$input.1.summary.2.text","providerOptions":{"openai":{"itemId":"$input.1.id"}}},
			 {"type":"reasoning","text":"$input.1.summary.3.text","providerOptions":{"openai":{"itemId":"$input.1.id"}}},
			 {"type":"reasoning","text":"$input.1.summary.4.text","providerOptions":{"openai":{"itemId":"$input.1.id"}}},
			 {"type":"tool-call","toolCallId":"$input.2.call_id","toolName":"update_plan","input":"$json input.2.arguments","providerOptions":{"openai":{"itemId":"$input.2.id"}}}]},
			{"role":"tool","content":[{"type":"tool-result","toolCallId":"$input.2.call_id","toolName":"update_plan","output":{"type":"text","value":"plan updated"}}]}]`,
			`"$tools"`, `{"include":["reasoning.encrypted_content"],"reasoning":{"effort":"low","summary":"detailed"},"tool_choice":"auto"}`,
		},
		{
			"web-search-history", `[
			{"role":"system","content":"$instructions"},
			{"role":"user","content":[{"type":"text","text":"$input.0.content"}]},
			{"id":"$input.4.id","role":"assistant","content":[
			 {"type":"reasoning","text":"","providerOptions":{"openai":{"itemId":"$input.1.id","encryptedContent":"$input.1.encrypted_content"}}},
			 {"type":"tool-call","toolCallId":"$input.2.id","toolName":"web_search_call","input":"$input.2.action","providerExecuted":true,"providerOptions":{"openai":{"status":"completed"}}},
			 {"type":"reasoning","text":"","providerOptions":{"openai":{"itemId":"$input.3.id","encryptedContent":"$input.3.encrypted_content"}}},
			 {"type":"text","text":"$input.4.content.0.text","providerOptions":{"openai":{"itemId":"$input.4.id","status":"completed"}}}]},
			{"role":"user","content":[{"type":"text","text":"$input.5.content"}]}]`,
			`"$tools"`, `{"include":["reasoning.encrypted_content"],"tool_choice":"auto"}`,
		},
		{
			"phase", `[
			{"role":"system","content":"$instructions"},
			{"role":"user","content":[{"type":"text","text":"$input.0.content"}]},
			{"id":"$input.2.id","role":"assistant","content":[
			 {"type":"reasoning","text":"","providerOptions":{"openai":{"itemId":"$input.1.id","encryptedContent":"$input.1.encrypted_content"}}},
			 {"type":"text","text":"$input.2.content.0.text","providerOptions":{"openai":{"itemId":"$input.2.id","phase":"commentary","status":"completed"}}},
			 {"type":"tool-call","toolCallId":"$input.3.call_id","toolName":"get_capital","input":{"country":"PotatoLand"},"providerOptions":{"openai":{"itemId":"$input.3.id"}}}]},
			{"role":"tool","content":[{"type":"tool-result","toolCallId":"$input.3.call_id","toolName":"get_capital","output":{"type":"text","value":"Potato City"}}]}]`,
			`"$tools"`, `{"include":["reasoning.encrypted_content"],"tool_choice":"auto"}`,
		},
	} {
		t.Run(c.file, func(t *testing.T) {
			recorded := shapetest.Recording(t, "responses/"+c.file+".request.json")
			r := openai.ResponsesRequest(recorded)
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

// responsesAnswers are what recorded responses say: of streams the events are in
// a list. parts are those of the one message.
var responsesAnswers = []struct {
	file             string
	id, parts, usage contracts.JSON
}{
	{
		"reasoning-tools-answer.response.json", "", `[
		{"type":"reasoning","text":"$output.0.summary.0.text","providerOptions":{"openai":{"itemId":"$output.0.id","encryptedContent":"$output.0.encrypted_content"}}},
		{"type":"reasoning","text":"$output.0.summary.1.text","providerOptions":{"openai":{"itemId":"$output.0.id"}}},
		{"type":"reasoning","text":"$output.0.summary.2.text","providerOptions":{"openai":{"itemId":"$output.0.id"}}},
		{"type":"reasoning","text":"$output.0.summary.3.text","providerOptions":{"openai":{"itemId":"$output.0.id"}}},
		{"type":"reasoning","text":"$output.0.summary.4.text","providerOptions":{"openai":{"itemId":"$output.0.id"}}},
		{"type":"tool-call","toolCallId":"$output.1.call_id","toolName":"update_plan","input":"$json output.1.arguments","providerOptions":{"openai":{"itemId":"$output.1.id","status":"completed"}}}]`,
		`{"inputTokens":124,"outputTokens":1926,"totalTokens":2050,"reasoningTokens":1792,"cachedInputTokens":0}`,
	},
	{
		"encrypted.response.json", "$output.1.id", `[
		{"type":"reasoning","text":"$output.0.summary.0.text","providerOptions":{"openai":{"itemId":"$output.0.id","encryptedContent":"$output.0.encrypted_content"}}},
		{"type":"text","text":"$output.1.content.0.text","providerOptions":{"openai":{"itemId":"$output.1.id","status":"completed"}}}]`,
		`{"inputTokens":865,"outputTokens":163,"totalTokens":1028,"reasoningTokens":128,"cachedInputTokens":0}`,
	},
	{
		"web-search.response.json", "$output.7.id", `[
		{"type":"reasoning","text":"","providerOptions":{"openai":{"itemId":"$output.0.id"}}},
		{"type":"tool-call","toolCallId":"$output.1.id","toolName":"web_search_call","input":{"type":"search","query":"$output.1.action.query"},"providerExecuted":true,"providerOptions":{"openai":{"status":"completed"}}},
		{"type":"tool-result","toolCallId":"$output.1.id","toolName":"web_search_call","providerExecuted":true,"output":{"type":"json","value":"$output.1.action.sources"}},
		{"type":"reasoning","text":"","providerOptions":{"openai":{"itemId":"$output.2.id"}}},
		{"type":"tool-call","toolCallId":"$output.3.id","toolName":"web_search_call","input":"$output.3.action","providerExecuted":true,"providerOptions":{"openai":{"status":"completed"}}},
		{"type":"reasoning","text":"","providerOptions":{"openai":{"itemId":"$output.4.id"}}},
		{"type":"tool-call","toolCallId":"$output.5.id","toolName":"web_search_call","input":"$output.5.action","providerExecuted":true,"providerOptions":{"openai":{"status":"completed"}}},
		{"type":"reasoning","text":"","providerOptions":{"openai":{"itemId":"$output.6.id"}}},
		{"type":"text","text":"$output.7.content.0.text","providerOptions":{"openai":{"itemId":"$output.7.id","status":"completed","annotations":"$output.7.content.0.annotations"}}}]`,
		`{"inputTokens":19681,"outputTokens":3773,"totalTokens":23454,"reasoningTokens":3136,"cachedInputTokens":3712}`,
	},
	{
		"file-search.response.json", "$output.1.id", `[
		{"type":"tool-call","toolCallId":"$output.0.id","toolName":"file_search_call","input":{"queries":"$output.0.queries"},"providerExecuted":true,"providerOptions":{"openai":{"status":"completed"}}},
		{"type":"tool-result","toolCallId":"$output.0.id","toolName":"file_search_call","providerExecuted":true,"output":{"type":"json","value":"$output.0.results"}},
		{"type":"text","text":"$output.1.content.0.text","providerOptions":{"openai":{"itemId":"$output.1.id","status":"completed","annotations":"$output.1.content.0.annotations"}}}]`,
		`{"inputTokens":1178,"outputTokens":45,"totalTokens":1223,"reasoningTokens":0,"cachedInputTokens":0}`,
	},
	{
		"code-interpreter.response.json", "$output.7.id", `[
		{"type":"reasoning","text":"","providerOptions":{"openai":{"itemId":"$output.0.id"}}},
		{"type":"tool-call","toolCallId":"$output.1.id","toolName":"code_interpreter_call","input":{"code":"$output.1.code","container_id":"$output.1.container_id"},"providerExecuted":true,"providerOptions":{"openai":{"status":"completed"}}},
		{"type":"tool-result","toolCallId":"$output.1.id","toolName":"code_interpreter_call","providerExecuted":true,"output":{"type":"content","value":[{"type":"text","text":"(10000, 70024)"}]}},
		{"type":"reasoning","text":"","providerOptions":{"openai":{"itemId":"$output.2.id"}}},
		{"type":"tool-call","toolCallId":"$output.3.id","toolName":"code_interpreter_call","input":{"code":"$output.3.code","container_id":"$output.3.container_id"},"providerExecuted":true,"providerOptions":{"openai":{"status":"completed"}}},
		{"type":"reasoning","text":"","providerOptions":{"openai":{"itemId":"$output.4.id"}}},
		{"type":"tool-call","toolCallId":"$output.5.id","toolName":"code_interpreter_call","input":{"code":"$output.5.code","container_id":"$output.5.container_id"},"providerExecuted":true,"providerOptions":{"openai":{"status":"completed"}}},
		{"type":"tool-result","toolCallId":"$output.5.id","toolName":"code_interpreter_call","providerExecuted":true,"output":{"type":"content","value":[{"type":"text","text":"$output.5.outputs.0.logs"}]}},
		{"type":"reasoning","text":"","providerOptions":{"openai":{"itemId":"$output.6.id"}}},
		{"type":"text","text":"$output.7.content.0.text","providerOptions":{"openai":{"itemId":"$output.7.id","status":"completed","annotations":"$output.7.content.0.annotations"}}}]`,
		`{"inputTokens":2283,"outputTokens":1928,"totalTokens":4211,"reasoningTokens":1792,"cachedInputTokens":0}`,
	},
	{
		"image-generation.response.json", "$output.3.id", `[
		{"type":"reasoning","text":"","providerOptions":{"openai":{"itemId":"$output.0.id"}}},
		{"type":"tool-call","toolCallId":"$output.1.id","toolName":"image_generation_call","input":{},"providerExecuted":true,"providerOptions":{"openai":{
		  "status":"completed","background":"opaque","outputFormat":"webp","quality":"low","revisedPrompt":"$output.1.revised_prompt","size":"1024x1024"}}},
		{"type":"tool-result","toolCallId":"$output.1.id","toolName":"image_generation_call","providerExecuted":true,"output":{"type":"content","value":[
		  {"type":"file","mediaType":"image/webp","data":"$output.1.result"}]}},
		{"type":"reasoning","text":"","providerOptions":{"openai":{"itemId":"$output.2.id"}}},
		{"type":"text","text":"","providerOptions":{"openai":{"itemId":"$output.3.id","status":"completed"}}}]`,
		`{"inputTokens":3151,"outputTokens":1970,"totalTokens":5121,"reasoningTokens":1920,"cachedInputTokens":0}`,
	},
	{
		"local-shell.response.json", "", `[
		{"type":"reasoning","text":"","providerOptions":{"openai":{"itemId":"$output.0.id"}}},
		{"type":"tool-call","toolCallId":"$output.1.call_id","toolName":"local_shell","input":"$output.1.action","providerOptions":{"openai":{"type":"local_shell_call","itemId":"$output.1.id","status":"completed"}}}]`,
		`{"inputTokens":407,"outputTokens":24,"totalTokens":431,"reasoningTokens":0,"cachedInputTokens":0}`,
	},
	{
		"apply-patch.response.json", "", `[
		{"type":"tool-call","toolCallId":"$output.0.call_id","toolName":"apply_patch","input":"$output.0.operation","providerOptions":{"openai":{"type":"apply_patch_call","itemId":"$output.0.id","status":"completed"}}}]`,
		`{"inputTokens":642,"outputTokens":67,"totalTokens":709,"reasoningTokens":0,"cachedInputTokens":0}`,
	},
	{
		"tool-search.response.json", "", `[
		{"type":"tool-call","toolCallId":"$output.0.call_id","toolName":"tool_search_call","input":"$output.0.arguments","providerOptions":{"openai":{"itemId":"$output.0.id","status":"completed","execution":"client"}}}]`,
		`{"inputTokens":65,"outputTokens":28,"totalTokens":93,"reasoningTokens":0,"cachedInputTokens":0}`,
	},
	{
		"custom-tool.response.json", "", `[
		{"type":"tool-call","toolCallId":"$output.0.call_id","toolName":"write_sql","input":"SELECT * FROM users WHERE age > 25","providerOptions":{"openai":{"type":"custom_tool_call","itemId":"$output.0.id","status":"completed"}}}]`,
		`{"inputTokens":50,"outputTokens":20,"totalTokens":70,"reasoningTokens":0,"cachedInputTokens":0}`,
	},
	{
		"custom-tool-stream.stream.txt", "", `[
		{"type":"tool-call","toolCallId":"$2.item.call_id","toolName":"write_sql","input":"$join delta","providerOptions":{"openai":{"type":"custom_tool_call","itemId":"$2.item.id","status":"completed"}}}]`,
		`{"inputTokens":50,"outputTokens":20,"totalTokens":70,"reasoningTokens":0,"cachedInputTokens":0}`,
	},
	{
		"mcp-list-tools.response.json", "$output.2.id", `[
		"$output.0",
		{"type":"reasoning","text":"","providerOptions":{"openai":{"itemId":"$output.1.id"}}},
		{"type":"text","text":"$output.2.content.0.text","providerOptions":{"openai":{"itemId":"$output.2.id","status":"completed"}}}]`,
		`{"inputTokens":592,"outputTokens":421,"totalTokens":1013,"reasoningTokens":320,"cachedInputTokens":0}`,
	},
	{
		"program.response.json", "", `[
		{"type":"reasoning","text":"","providerOptions":{"openai":{"itemId":"$output.0.id","encryptedContent":"$output.0.encrypted_content"}}},
		"$output.1",
		{"type":"tool-call","toolCallId":"$output.2.call_id","toolName":"getInventory","input":{"sku":"sku_123"},"providerOptions":{"openai":{"itemId":"$output.2.id","status":"in_progress","caller":"$output.2.caller"}}}]`,
		`{"inputTokens":631,"outputTokens":139,"totalTokens":770,"reasoningTokens":55,"cachedInputTokens":0,"cacheWriteTokens":0}`,
	},
	{
		"phase-stream.stream.txt", "$-1.response.output.1.id", `[
		{"type":"reasoning","text":"","providerOptions":{"openai":{"itemId":"$-1.response.output.0.id","encryptedContent":"$-1.response.output.0.encrypted_content"}}},
		{"type":"text","text":"$join delta content_index=0","providerOptions":{"openai":{"itemId":"$-1.response.output.1.id","phase":"commentary","status":"completed"}}},
		{"type":"tool-call","toolCallId":"$-1.response.output.2.call_id","toolName":"get_capital","input":"$json join delta output_index=2","providerOptions":{"openai":{"itemId":"$-1.response.output.2.id","status":"completed"}}}]`,
		`{"inputTokens":63,"outputTokens":69,"totalTokens":132,"reasoningTokens":26,"cachedInputTokens":0,"cacheWriteTokens":0}`,
	},
	{
		"logprobs.stream.txt", "$-1.response.output.0.id", `[
		{"type":"text","text":"$join delta","providerOptions":{"openai":{"itemId":"$-1.response.output.0.id","status":"completed","logprobs":"$-1.response.output.0.content.0.logprobs"}}}]`,
		`{"inputTokens":25,"outputTokens":10,"totalTokens":35,"reasoningTokens":0,"cachedInputTokens":0}`,
	},
	{
		"raw-reasoning.stream.txt", "$-1.response.output.1.id", `[
		{"type":"reasoning","text":"$join delta output_index=0","providerOptions":{"openai":{"itemId":"$-1.response.output.0.id","type":"reasoning_text"}}},
		{"type":"text","text":"4","providerOptions":{"openai":{"itemId":"$-1.response.output.1.id","status":"completed"}}}]`,
		`{"inputTokens":78,"outputTokens":37,"totalTokens":115,"reasoningTokens":22,"cachedInputTokens":0,"cost":0.0000113,"is_byok":false,"cost_details":"$-1.response.usage.cost_details"}`,
	},
}

func TestResponsesAnswerRecordings(t *testing.T) {
	for _, c := range responsesAnswers {
		t.Run(c.file, func(t *testing.T) {
			r, recorded := answer(t, "responses/"+c.file, openai.ResponsesResponse, &openai.ResponsesStream{})
			if strings.HasSuffix(c.file, ".txt") {
				shapetest.Same(t, "ids", contracts.MakeJSON([]string{r.ID, r.Model}), `["$-1.response.id","$-1.response.model"]`, recorded)
			} else {
				shapetest.Same(t, "ids", contracts.MakeJSON([]string{r.ID, r.Model}), `["$id","$model"]`, recorded)
			}
			message := `[{"role":"assistant","content":` + c.parts + `}]`
			if c.id != "" {
				message = `[{"id":"` + c.id + `","role":"assistant","content":` + c.parts + `}]`
			}
			shapetest.Same(t, "message", shapetest.Messages(r.Messages), message, recorded)
			shapetest.Same(t, "usage", contracts.JSON(r.Usage.AppendJSON(nil)), c.usage, recorded)
			shapetest.Same(t, "finish", contracts.MakeJSON(r.FinishReasons), `["completed"]`, "")
			if r.Error != nil {
				t.Errorf("error: %v", r.Error)
			}
			for _, name := range []string{"created_at", "service_tier", "store"} {
				var whole contracts.JSON
				for _, e := range each(recorded) {
					whole = e // the last event of a stream
				}
				if in := whole.Member("response"); in != "" {
					whole = in
				}
				shapetest.Same(t, name, membersOf(r.Metadata, name), whole.Member(name), "")
			}
			for _, name := range []string{"output", "tools", "instructions", "input", "usage", "id", "model", "status", "object", "error"} {
				if membersOf(r.Metadata, name) != "" {
					t.Errorf("%s is told twice", name)
				}
			}
			shapetest.CheckResponse(t, r)
		})
	}
}

// each is the elements of an array, or the one value.
func each(j contracts.JSON) []contracts.JSON {
	if !j.IsArray() {
		return []contracts.JSON{j}
	}
	return slices.Collect(j.Elements())
}

func membersOf(members contracts.Members, name string) contracts.JSON {
	for _, m := range members {
		if m.Name == name {
			return m.Value
		}
	}
	return ""
}

func TestResponsesErrorRecordings(t *testing.T) {
	recorded := shapetest.Recording(t, "responses/bad-request.response.json")
	const want = `{"message":"$error.message","type":"invalid_request_error","code":"decimal_below_min_value","param":"temperature"}`
	shapetest.Same(t, "answer", shapetest.Response(openai.ResponsesResponse(recorded)), `{"error":`+want+`}`, recorded)
	shapetest.Same(t, "error", shapetest.Error(openai.Error(recorded)), want, recorded)

	// The error event has a type that the response lacks.
	r, recorded := answer(t, "responses/failed.stream.txt", nil, &openai.ResponsesStream{})
	shapetest.Same(t, "error", shapetest.Error(r.Error),
		`{"message":"$-1.response.error.message","type":"insufficient_quota","code":"insufficient_quota"}`, recorded)
	if len(r.Messages) > 0 || strings.Join(r.FinishReasons, " ") != "failed" || r.Usage.Known() {
		t.Errorf("%s", shapetest.Response(r))
	}
}
