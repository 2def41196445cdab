// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package openai_test

import (
	"testing"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/shapetest"
	"github.com/spect-tools/spect-go/convert/llm"
	"github.com/spect-tools/spect-go/convert/openai"
)

// responsesItems are items as the API's reference gives them: input, and what of
// the output no recording has.
var responsesItems = []struct {
	name        string
	items, want contracts.JSON
}{
	{
		"messages without a type", `{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello"},{"role":"developer","content":"Be brief."}`,
		`[{"role":"user","content":[{"type":"text","text":"Hi"}]},
		  {"role":"assistant","content":[{"type":"text","text":"Hello"}]},
		  {"role":"system","content":"Be brief.","providerOptions":{"openai":{"role":"developer"}}}]`,
	},
	{
		"instructions in parts",
		`{"type":"message","id":"msg_1","role":"system","content":[{"type":"input_text","text":"One."},{"type":"input_text","text":"Two."}],"status":"completed"}`,
		`[{"id":"msg_1","role":"system","content":"One.","providerOptions":{"openai":{"status":"completed"}}},
		  {"role":"system","content":"Two.","providerOptions":{"openai":{"status":"completed"}}}]`,
	},
	{
		"input of every kind",
		`{"type":"message","role":"user","id":"msg_1","status":"completed","content":[
		  {"type":"input_text","text":"Look"},
		  {"type":"input_image","image_url":"data:image/jpeg;base64,/9j/4AAQ","detail":"high"},
		  {"type":"input_image","file_id":"file-1","detail":"auto"},
		  {"type":"input_file","file_url":"https://e.x/a.pdf"},
		  {"type":"input_file","file_data":"data:text/csv;base64,YSxi","filename":"t.csv"},
		  {"type":"input_file","file_id":"file-2"},
		  {"type":"input_image","image_url":"https://e.x/a.gif","file_id":"file-3"},
		  {"type":"input_audio","input_audio":{"data":"UklGRiQAAABXQVZF","format":"wav"}}]}`,
		`[{"id":"msg_1","role":"user","providerOptions":{"openai":{"status":"completed"}},"content":[
		  {"type":"text","text":"Look"},
		  {"type":"file","mediaType":"image/jpeg","data":"/9j/4AAQ","providerOptions":{"openai":{"detail":"high"}}},
		  {"type":"file","mediaType":"image/*","data":"file-1","providerOptions":{"openai":{"fileId":"file-1","detail":"auto"}}},
		  {"type":"file","mediaType":"application/pdf","data":"https://e.x/a.pdf"},
		  {"type":"file","mediaType":"text/csv","filename":"t.csv","data":"YSxi"},
		  {"type":"file","mediaType":"application/octet-stream","data":"file-2","providerOptions":{"openai":{"fileId":"file-2"}}},
		  {"type":"file","mediaType":"image/gif","data":"https://e.x/a.gif","providerOptions":{"openai":{"fileId":"file-3"}}},
		  {"type":"file","mediaType":"audio/wav","data":"UklGRiQAAABXQVZF","providerOptions":{"openai":{"format":"wav"}}}]}]`,
	},
	{
		"refusal, citation, log probabilities, phase",
		`{"type":"message","id":"msg_1","role":"assistant","status":"completed","phase":"final_answer","content":[
		  {"type":"output_text","text":"A","annotations":[{"type":"url_citation","start_index":0,"end_index":1,"url":"https://e.x","title":"T"}],"logprobs":[{"token":"A","logprob":-0.5}]},
		  {"type":"refusal","refusal":"No."}]}`,
		`[{"id":"msg_1","role":"assistant","content":[
		  {"type":"text","text":"A","providerOptions":{"openai":{"itemId":"msg_1","status":"completed","phase":"final_answer",
		    "annotations":[{"type":"url_citation","start_index":0,"end_index":1,"url":"https://e.x","title":"T"}],"logprobs":[{"token":"A","logprob":-0.5}]}}},
		  {"type":"text","text":"No.","providerOptions":{"openai":{"itemId":"msg_1","status":"completed","phase":"final_answer","refusal":true}}}]}]`,
	},
	{
		"reasoning: summary, text, neither",
		`{"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"A"},{"type":"summary_text","text":"B"}],"encrypted_content":"gA==","status":"completed"},
		 {"type":"reasoning","id":"rs_2","summary":[],"content":[{"type":"reasoning_text","text":"C"}]},
		 {"type":"reasoning","id":"rs_3","summary":[],"content":[],"encrypted_content":"gB=="}`,
		`[{"role":"assistant","content":[
		  {"type":"reasoning","text":"A","providerOptions":{"openai":{"itemId":"rs_1","encryptedContent":"gA==","status":"completed"}}},
		  {"type":"reasoning","text":"B","providerOptions":{"openai":{"itemId":"rs_1"}}},
		  {"type":"reasoning","text":"C","providerOptions":{"openai":{"itemId":"rs_2","type":"reasoning_text"}}},
		  {"type":"reasoning","text":"","providerOptions":{"openai":{"itemId":"rs_3","encryptedContent":"gB=="}}}]}]`,
	},
	{
		"a round of calls is a message, and so is each result",
		`{"role":"user","content":"Weather?"},
		 {"type":"function_call","id":"fc_1","call_id":"call_1","name":"f","arguments":"{\"c\":1}","status":"completed","namespace":"crm","caller":{"type":"direct"}},
		 {"type":"function_call","id":"fc_2","call_id":"call_2","name":"g","arguments":"no JSON"},
		 {"type":"function_call_output","call_id":"call_2","output":"sunny","id":"fco_1","status":"completed"},
		 {"type":"function_call_output","call_id":"call_1","output":"{\"t\":20}"},
		 {"type":"function_call_output","call_id":"call_1","output":[{"type":"input_text","text":"see"},{"type":"input_image","image_url":"https://e.x/a.png"}]},
		 {"type":"function_call_output","call_id":"call_0","output":""},
		 {"role":"assistant","content":"Fine."}`,
		`[{"role":"user","content":[{"type":"text","text":"Weather?"}]},
		  {"role":"assistant","content":[
		    {"type":"tool-call","toolCallId":"call_1","toolName":"f","input":{"c":1},"providerOptions":{"openai":{"itemId":"fc_1","status":"completed","namespace":"crm","caller":{"type":"direct"}}}},
		    {"type":"tool-call","toolCallId":"call_2","toolName":"g","input":"no JSON","providerOptions":{"openai":{"itemId":"fc_2"}}}]},
		  {"role":"tool","content":[{"type":"tool-result","toolCallId":"call_2","toolName":"g","output":{"type":"text","value":"sunny"},"providerOptions":{"openai":{"itemId":"fco_1","status":"completed"}}}]},
		  {"role":"tool","content":[{"type":"tool-result","toolCallId":"call_1","toolName":"f","output":{"type":"json","value":{"t":20}}}]},
		  {"role":"tool","content":[{"type":"tool-result","toolCallId":"call_1","toolName":"f","output":{"type":"content","value":[
		    {"type":"text","text":"see"},{"type":"file","mediaType":"image/png","data":"https://e.x/a.png"}]}}]},
		  {"role":"tool","content":[{"type":"tool-result","toolCallId":"call_0","toolName":"","output":{"type":"text","value":""}}]},
		  {"role":"assistant","content":[{"type":"text","text":"Fine."}]}]`,
	},
	{
		"custom tool: its input and its result are text",
		`{"type":"custom_tool_call","id":"ctc_1","call_id":"call_1","name":"sql","input":"{\"q\":1}"},
		 {"type":"custom_tool_call_output","call_id":"call_1","output":"[1]"}`,
		`[{"role":"assistant","content":[{"type":"tool-call","toolCallId":"call_1","toolName":"sql","input":"{\"q\":1}","providerOptions":{"openai":{"type":"custom_tool_call","itemId":"ctc_1"}}}]},
		  {"role":"tool","content":[{"type":"tool-result","toolCallId":"call_1","toolName":"sql","output":{"type":"text","value":"[1]"},"providerOptions":{"openai":{"type":"custom_tool_call_output"}}}]}]`,
	},
	{
		"web search",
		`{"type":"web_search_call","id":"ws_1","status":"completed","action":{"type":"search","query":"q","sources":[{"type":"url","url":"https://e.x"}]}},
		 {"type":"web_search_call","id":"ws_2","status":"failed"}`,
		`[{"role":"assistant","content":[
		  {"type":"tool-call","toolCallId":"ws_1","toolName":"web_search_call","input":{"type":"search","query":"q"},"providerExecuted":true,"providerOptions":{"openai":{"status":"completed"}}},
		  {"type":"tool-result","toolCallId":"ws_1","toolName":"web_search_call","providerExecuted":true,"output":{"type":"json","value":[{"type":"url","url":"https://e.x"}]}},
		  {"type":"tool-call","toolCallId":"ws_2","toolName":"web_search_call","input":{},"providerExecuted":true,"providerOptions":{"openai":{"status":"failed"}}}]}]`,
	},
	{
		"file search without results", `{"type":"file_search_call","id":"fs_1","status":"completed","queries":["q"],"results":null}`,
		`[{"role":"assistant","content":[{"type":"tool-call","toolCallId":"fs_1","toolName":"file_search_call","input":{"queries":["q"]},"providerExecuted":true,"providerOptions":{"openai":{"status":"completed"}}}]}]`,
	},
	{
		"code that drew",
		`{"type":"code_interpreter_call","id":"ci_1","status":"completed","code":"plot()","container_id":"cntr_1","outputs":[
		  {"type":"logs","logs":"ok"},{"type":"image","url":"https://e.x/plot.png"},{"type":"video","x":1}]}`,
		`[{"role":"assistant","content":[
		  {"type":"tool-call","toolCallId":"ci_1","toolName":"code_interpreter_call","input":{"code":"plot()","container_id":"cntr_1"},"providerExecuted":true,"providerOptions":{"openai":{"status":"completed"}}},
		  {"type":"tool-result","toolCallId":"ci_1","toolName":"code_interpreter_call","providerExecuted":true,"output":{"type":"content","value":[
		    {"type":"text","text":"ok"},{"type":"file","mediaType":"image/png","data":"https://e.x/plot.png"},{"type":"video","x":1}]}}]}]`,
	},
	{
		"an image, and one that was refused",
		`{"type":"image_generation_call","id":"ig_1","status":"completed","result":"iVBORw0KGgo="},
		 {"type":"image_generation_call","id":"ig_2","status":"failed","error":{"code":"moderation_blocked","message":"No."}}`,
		`[{"role":"assistant","content":[
		  {"type":"tool-call","toolCallId":"ig_1","toolName":"image_generation_call","input":{},"providerExecuted":true,"providerOptions":{"openai":{"status":"completed"}}},
		  {"type":"tool-result","toolCallId":"ig_1","toolName":"image_generation_call","providerExecuted":true,"output":{"type":"content","value":[{"type":"file","mediaType":"image/png","data":"iVBORw0KGgo="}]}},
		  {"type":"tool-call","toolCallId":"ig_2","toolName":"image_generation_call","input":{},"providerExecuted":true,"providerOptions":{"openai":{"status":"failed"}}},
		  {"type":"tool-result","toolCallId":"ig_2","toolName":"image_generation_call","providerExecuted":true,"output":{"type":"error-json","value":{"code":"moderation_blocked","message":"No."}}}]}]`,
	},
	{
		"MCP: asked, allowed, called, failed",
		`{"type":"mcp_approval_request","id":"mcpr_1","server_label":"zip","name":"shorten","arguments":"{\"url\":\"u\"}"},
		 {"type":"mcp_approval_response","approval_request_id":"mcpr_1","approve":true},
		 {"type":"mcp_call","id":"mcp_1","server_label":"zip","name":"shorten","arguments":"{\"url\":\"u\"}","approval_request_id":"mcpr_1","output":"{\"short\":\"s\"}","error":null,"status":"completed"},
		 {"type":"mcp_call","id":"mcp_2","server_label":"zip","name":"stats","arguments":"{}","output":null,"error":"no such code"},
		 {"type":"mcp_call","id":"mcp_3","server_label":"zip","name":"stats","arguments":"{}","error":{"type":"http_error","code":500,"message":"m"}}`,
		`[{"role":"assistant","content":[
		    {"type":"tool-call","toolCallId":"mcpr_1","toolName":"shorten","input":{"url":"u"},"providerExecuted":true,"providerOptions":{"openai":{"type":"mcp_approval_request","serverLabel":"zip"}}}]},
		  {"role":"tool","content":[{"type":"mcp_approval_response","approval_request_id":"mcpr_1","approve":true}]},
		  {"role":"assistant","content":[
		    {"type":"tool-call","toolCallId":"mcp_1","toolName":"shorten","input":{"url":"u"},"providerExecuted":true,"providerOptions":{"openai":{"type":"mcp_call","serverLabel":"zip","approvalRequestId":"mcpr_1","status":"completed"}}},
		    {"type":"tool-result","toolCallId":"mcp_1","toolName":"shorten","providerExecuted":true,"output":{"type":"json","value":{"short":"s"}}},
		    {"type":"tool-call","toolCallId":"mcp_2","toolName":"stats","input":{},"providerExecuted":true,"providerOptions":{"openai":{"type":"mcp_call","serverLabel":"zip"}}},
		    {"type":"tool-result","toolCallId":"mcp_2","toolName":"stats","providerExecuted":true,"output":{"type":"error-text","value":"no such code"}},
		    {"type":"tool-call","toolCallId":"mcp_3","toolName":"stats","input":{},"providerExecuted":true,"providerOptions":{"openai":{"type":"mcp_call","serverLabel":"zip"}}},
		    {"type":"tool-result","toolCallId":"mcp_3","toolName":"stats","providerExecuted":true,"output":{"type":"error-json","value":{"type":"http_error","code":500,"message":"m"}}}]}]`,
	},
	{
		"computer",
		`{"type":"computer_call","id":"cu_1","call_id":"call_1","action":{"type":"click","x":1,"y":2,"button":"left"},"pending_safety_checks":[{"id":"sc_1","code":"malicious","message":"m"}],"status":"completed"},
		 {"type":"computer_call","id":"cu_2","call_id":"call_2","actions":[{"type":"screenshot"}],"pending_safety_checks":[]},
		 {"type":"computer_call_output","call_id":"call_1","acknowledged_safety_checks":[{"id":"sc_1"}],"output":{"type":"computer_screenshot","image_url":"data:image/png;base64,iVBORw0KGgo="}},
		 {"type":"computer_call_output","call_id":"call_2","output":{"type":"computer_screenshot","file_id":"file-1"}}`,
		`[{"role":"assistant","content":[
		    {"type":"tool-call","toolCallId":"call_1","toolName":"computer","input":{"type":"click","x":1,"y":2,"button":"left"},"providerOptions":{"openai":{"type":"computer_call","itemId":"cu_1","status":"completed",
		      "pendingSafetyChecks":[{"id":"sc_1","code":"malicious","message":"m"}]}}},
		    {"type":"tool-call","toolCallId":"call_2","toolName":"computer","input":{"actions":[{"type":"screenshot"}]},"providerOptions":{"openai":{"type":"computer_call","itemId":"cu_2"}}}]},
		  {"role":"tool","content":[{"type":"tool-result","toolCallId":"call_1","toolName":"computer","output":{"type":"content","value":[{"type":"file","mediaType":"image/png","data":"iVBORw0KGgo="}]},
		    "providerOptions":{"openai":{"type":"computer_call_output","acknowledgedSafetyChecks":[{"id":"sc_1"}]}}}]},
		  {"role":"tool","content":[{"type":"tool-result","toolCallId":"call_2","toolName":"computer","output":{"type":"content","value":[
		    {"type":"file","mediaType":"image/*","data":"file-1","providerOptions":{"openai":{"fileId":"file-1"}}}]},"providerOptions":{"openai":{"type":"computer_call_output"}}}]}]`,
	},
	{
		"shells and patches, which the client runs",
		`{"type":"local_shell_call","id":"lsh_1","call_id":"call_1","action":{"type":"exec","command":["ls"]},"status":"completed"},
		 {"type":"local_shell_call_output","id":"call_1","output":"{\"stdout\":\"a\"}"},
		 {"type":"shell_call","id":"sh_1","call_id":"call_2","action":{"commands":["ls"],"timeout_ms":1},"environment":{"type":"local"}},
		 {"type":"shell_call_output","call_id":"call_2","max_output_length":9,"output":[{"stdout":"a","stderr":"","outcome":{"type":"exit","exit_code":0}}]},
		 {"type":"apply_patch_call","id":"apc_1","call_id":"call_3","operation":{"type":"delete_file","path":"p"}},
		 {"type":"apply_patch_call_output","call_id":"call_3","status":"failed","output":"no such file"},
		 {"type":"apply_patch_call_output","call_id":"call_3","status":"completed"}`,
		`[{"role":"assistant","content":[{"type":"tool-call","toolCallId":"call_1","toolName":"local_shell","input":{"type":"exec","command":["ls"]},"providerOptions":{"openai":{"type":"local_shell_call","itemId":"lsh_1","status":"completed"}}}]},
		  {"role":"tool","content":[{"type":"tool-result","toolCallId":"call_1","toolName":"local_shell","output":{"type":"json","value":{"stdout":"a"}},"providerOptions":{"openai":{"type":"local_shell_call_output"}}}]},
		  {"role":"assistant","content":[{"type":"tool-call","toolCallId":"call_2","toolName":"shell","input":{"commands":["ls"],"timeout_ms":1},"providerOptions":{"openai":{"type":"shell_call","itemId":"sh_1","environment":{"type":"local"}}}}]},
		  {"role":"tool","content":[{"type":"tool-result","toolCallId":"call_2","toolName":"shell","output":{"type":"json","value":[{"stdout":"a","stderr":"","outcome":{"type":"exit","exit_code":0}}]},
		    "providerOptions":{"openai":{"type":"shell_call_output","maxOutputLength":9}}}]},
		  {"role":"assistant","content":[{"type":"tool-call","toolCallId":"call_3","toolName":"apply_patch","input":{"type":"delete_file","path":"p"},"providerOptions":{"openai":{"type":"apply_patch_call","itemId":"apc_1"}}}]},
		  {"role":"tool","content":[{"type":"tool-result","toolCallId":"call_3","toolName":"apply_patch","output":{"type":"error-text","value":"no such file"},"providerOptions":{"openai":{"type":"apply_patch_call_output","status":"failed"}}}]},
		  {"role":"tool","content":[{"type":"tool-result","toolCallId":"call_3","toolName":"apply_patch","output":{"type":"text","value":""},"providerOptions":{"openai":{"type":"apply_patch_call_output","status":"completed"}}}]}]`,
	},
	{
		"a shell in a container of the provider's",
		`{"type":"shell_call","id":"sh_1","call_id":"call_1","action":{"commands":["ls"]},"environment":{"type":"container_reference","container_id":"cntr_1"}},
		 {"type":"shell_call_output","id":"sho_1","call_id":"call_1","output":[{"stdout":"a"}]},
		 {"role":"assistant","content":"Done."}`,
		`[{"role":"assistant","content":[
		  {"type":"tool-call","toolCallId":"call_1","toolName":"shell","input":{"commands":["ls"]},"providerExecuted":true,"providerOptions":{"openai":{"type":"shell_call","itemId":"sh_1","environment":{"type":"container_reference","container_id":"cntr_1"}}}},
		  {"type":"tool-result","toolCallId":"call_1","toolName":"shell","providerExecuted":true,"output":{"type":"json","value":[{"stdout":"a"}]},"providerOptions":{"openai":{"type":"shell_call_output","itemId":"sho_1"}}},
		  {"type":"text","text":"Done."}]}]`,
	},
	{
		"tool search, of the provider and of the client",
		`{"type":"tool_search_call","id":"tsc_1","call_id":null,"execution":"server","arguments":{"paths":["crm"]},"status":"completed"},
		 {"type":"tool_search_output","id":"tso_1","call_id":null,"execution":"server","tools":[{"type":"function","name":"f"}],"status":"completed"},
		 {"type":"tool_search_call","id":"tsc_2","call_id":"call_2","execution":"client","arguments":{"goal":"g"}},
		 {"type":"tool_search_output","call_id":"call_2","execution":"client","tools":[]}`,
		`[{"role":"assistant","content":[
		    {"type":"tool-call","toolCallId":"tsc_1","toolName":"tool_search_call","input":{"paths":["crm"]},"providerExecuted":true,"providerOptions":{"openai":{"execution":"server","status":"completed"}}},
		    {"type":"tool-result","toolCallId":"tsc_1","toolName":"tool_search_call","providerExecuted":true,"output":{"type":"json","value":[{"type":"function","name":"f"}]},
		      "providerOptions":{"openai":{"type":"tool_search_output","itemId":"tso_1","execution":"server","status":"completed"}}},
		    {"type":"tool-call","toolCallId":"call_2","toolName":"tool_search_call","input":{"goal":"g"},"providerOptions":{"openai":{"itemId":"tsc_2","execution":"client"}}}]},
		  {"role":"tool","content":[{"type":"tool-result","toolCallId":"call_2","toolName":"tool_search_call","output":{"type":"json","value":[]},"providerOptions":{"openai":{"type":"tool_search_output","execution":"client"}}}]}]`,
	},
	{
		"a result without the id of its call",
		`{"type":"web_search_call","id":"ws_1"},{"type":"function_call","call_id":"call_1","name":"f"},{"type":"function_call_output","output":"x"}`,
		`[{"role":"assistant","content":[
		    {"type":"tool-call","toolCallId":"ws_1","toolName":"web_search_call","input":{},"providerExecuted":true},
		    {"type":"tool-call","toolCallId":"call_1","toolName":"f","input":{}}]},
		  {"role":"tool","content":[{"type":"tool-result","toolCallId":"call_1","toolName":"f","output":{"type":"text","value":"x"}}]}]`,
	},
	{
		"what no message has a word for",
		`{"type":"program","id":"cm_1","call_id":"call_1","code":"x","fingerprint":"f"},
		 {"type":"program_output","call_id":"call_1","result":"r","status":"completed"},
		 {"type":"compaction","id":"cmp_1","encrypted_content":"gA=="},
		 {"type":"item_reference","id":"rs_1"},
		 {"id":"rs_2"},
		 {"type":"mcp_list_tools","id":"mcpl_1","server_label":"zip","tools":[]},
		 {"type":"additional_tools","role":"developer","tools":[]},
		 {"type":"compaction_trigger"},
		 {"type":"of_tomorrow","a":1},
		 7`,
		`[{"role":"assistant","content":[
		    {"type":"program","id":"cm_1","call_id":"call_1","code":"x","fingerprint":"f"},
		    {"type":"program_output","call_id":"call_1","result":"r","status":"completed"},
		    {"type":"compaction","id":"cmp_1","encrypted_content":"gA=="},
		    {"type":"item_reference","id":"rs_1"},
		    {"type":"unknown","value":{"id":"rs_2"}},
		    {"type":"mcp_list_tools","id":"mcpl_1","server_label":"zip","tools":[]}]},
		  {"role":"user","content":[{"type":"additional_tools","role":"developer","tools":[]}]},
		  {"role":"user","content":[{"type":"compaction_trigger"}]},
		  {"role":"assistant","content":[{"type":"of_tomorrow","a":1}]},
		  {"role":"user","content":[{"type":"unknown","value":7}]}]`,
	},
}

func TestResponsesItems(t *testing.T) {
	for _, c := range responsesItems {
		t.Run(c.name, func(t *testing.T) {
			got := openai.ResponsesItems("[" + c.items + "]")
			shapetest.Same(t, "messages", shapetest.Messages(got), c.want, "")
			shapetest.CheckMessages(t, got)
		})
	}
}

func TestResponsesItemsTakesTextAndOne(t *testing.T) {
	for _, items := range []contracts.JSON{`"Hi"`, ` {"role":"user","content":"Hi"}`, `[{"role":"user","content":"Hi"}]`} {
		shapetest.Same(t, string(items), shapetest.Messages(openai.ResponsesItems(items)), `[{"role":"user","content":[{"type":"text","text":"Hi"}]}]`, "")
	}
	for _, none := range []contracts.JSON{"", "hello", `[`, `{"role":"user","content":"cu`} {
		if got := openai.ResponsesItems(none); len(got) > 0 {
			t.Errorf("%q: %s", none, shapetest.Messages(got))
		}
	}
}

// The output of a response is one message, whatever the items are.
func TestOutputIsOneMessage(t *testing.T) {
	for _, c := range responsesItems {
		t.Run(c.name, func(t *testing.T) {
			r := openai.ResponsesResponse(`{"output":[` + c.items + `]}`)
			if len(r.Messages) != 1 || r.Messages[0].Role != contracts.RoleAssistant {
				t.Errorf("%s", shapetest.Messages(r.Messages))
			}
			shapetest.CheckResponse(t, r)
			for _, p := range r.Messages[0].Content.Parts() {
				if _, ok := p.(contracts.ToolResultContentPart); ok && !llm.IsProviderExecuted(p) {
					t.Errorf("a result that the provider gave, and another had run: %s", p.AppendJSON(nil))
				}
			}
		})
	}
}
