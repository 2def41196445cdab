// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package openai_test

import (
	"testing"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/shape"
	"github.com/spect-tools/spect-go/convert/internal/shapetest"
	"github.com/spect-tools/spect-go/convert/openai"
)

// The ids of calls that came without one.
var (
	f1 = contracts.JSON(shape.CallID("f", `{"a":1}`))
	f2 = contracts.JSON(shape.CallID("f", `{"a":2}`))
	g2 = contracts.JSON(shape.CallID("g", `{"a":2}`))
)

// chatMessages are shapes that no recording has, as the API's reference and those
// of the compatible APIs give them.
var chatMessages = []struct {
	name          string
	message, want contracts.JSON
}{
	{"system", `{"role":"system","content":"Be brief."}`, `[{"role":"system","content":"Be brief."}]`},
	{
		"developer", `{"role":"developer","content":"Be brief.","name":"ops"}`,
		`[{"role":"system","content":"Be brief.","name":"ops","providerOptions":{"openai":{"role":"developer"}}}]`,
	},
	{
		"system in parts",
		`{"role":"system","content":[{"type":"text","text":"One."},{"type":"text","text":"Two.","cache_control":{"type":"ephemeral"}}]}`,
		`[{"role":"system","content":"One."},
		  {"role":"system","content":"Two.","providerOptions":{"openai":{"cacheControl":{"type":"ephemeral"}}}}]`,
	},
	{
		"system with a part that is no text", `{"role":"system","content":[{"type":"image_url","image_url":{"url":"https://e.x/a"}}]}`,
		`[{"role":"system","content":"{\"type\":\"image_url\",\"image_url\":{\"url\":\"https://e.x/a\"}}"}]`,
	},
	{"system without parts", `{"role":"system","content":[ ]}`, `[{"role":"system","content":""}]`},
	{"user", `{"role":"user","content":"Hi","name":"ann"}`, `[{"role":"user","content":[{"type":"text","text":"Hi"}],"name":"ann"}]`},
	{"user, empty", `{"role":"user","content":""}`, `[{"role":"user","content":""}]`},
	{"user, null", `{"role":"user","content":null}`, `[{"role":"user","content":""}]`},
	{"user, no content", `{"role":"user"}`, `[{"role":"user","content":""}]`},
	{"role unknown", `{"role":"critic","content":"No."}`, `[{"role":"user","content":[{"type":"text","text":"No."}],"providerOptions":{"openai":{"role":"critic"}}}]`},
	{"member unknown", `{"id":"m1","role":"user","content":"Hi","mood":{"a":[1,null]}}`, `[{"id":"m1","role":"user","content":[{"type":"text","text":"Hi"}],"providerOptions":{"openai":{"mood":{"a":[1,null]}}}}]`},

	{
		"images",
		`{"role":"user","content":[
		  {"type":"image_url","image_url":{"url":"https://e.x/cat.JPG?w=2","detail":"low"}},
		  {"type":"image_url","image_url":{"url":"https://e.x/cat"}},
		  {"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw0KGgo="}},
		  {"type":"image_url","image_url":"https://e.x/mistral.webp"},
		  {"type":"image_url","image_url":{"url":"data:;base64,R0lGODlhAQ=="}},
		  {"type":"image_url","image_url":{"url":"data:image/svg+xml,%3Csvg/%3E"}}]}`,
		`[{"role":"user","content":[
		  {"type":"file","mediaType":"image/jpeg","data":"https://e.x/cat.JPG?w=2","providerOptions":{"openai":{"detail":"low"}}},
		  {"type":"file","mediaType":"image/*","data":"https://e.x/cat"},
		  {"type":"file","mediaType":"image/png","data":"iVBORw0KGgo="},
		  {"type":"file","mediaType":"image/webp","data":"https://e.x/mistral.webp"},
		  {"type":"file","mediaType":"image/gif","data":"R0lGODlhAQ=="},
		  {"type":"file","mediaType":"image/*","data":"data:image/svg+xml,%3Csvg/%3E"}]}]`,
	},
	{
		"audio", `{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"SUQzBAAA","format":"mp3"}}]}`,
		`[{"role":"user","content":[{"type":"file","mediaType":"audio/mpeg","data":"SUQzBAAA","providerOptions":{"openai":{"format":"mp3"}}}]}]`,
	},
	{
		"files",
		`{"role":"user","content":[
		  {"type":"file","file":{"file_data":"data:application/pdf;base64,JVBERi0=","filename":"a.pdf"}},
		  {"type":"file","file":{"file_id":"file-1"}},
		  {"type":"file","file":{"file_data":"JVBERi0=","filename":"b"}},
		  {"type":"file","file":{"file_data":"YWJj","filename":"c.csv"}},
		  {"type":"document_url","document_url":"https://e.x/d.docx","document_name":"d"}]}`,
		`[{"role":"user","content":[
		  {"type":"file","mediaType":"application/pdf","filename":"a.pdf","data":"JVBERi0="},
		  {"type":"file","mediaType":"application/octet-stream","data":"file-1","providerOptions":{"openai":{"fileId":"file-1"}}},
		  {"type":"file","mediaType":"application/pdf","filename":"b","data":"JVBERi0="},
		  {"type":"file","mediaType":"text/csv","filename":"c.csv","data":"YWJj"},
		  {"type":"file","mediaType":"application/vnd.openxmlformats-officedocument.wordprocessingml.document","filename":"d","data":"https://e.x/d.docx"}]}]`,
	},
	{
		"parts that are not as they should be",
		`{"role":"user","content":["bare",5,{"type":"text","text":7},{"type":"file","file":{}},{"type":"hologram","x":1},{"x":2}]}`,
		`[{"role":"user","content":[
		  {"type":"text","text":"bare"},
		  {"type":"unknown","value":5},
		  {"type":"unknown","value":{"type":"text","text":7}},
		  {"type":"unknown","value":{"type":"file","file":{}}},
		  {"type":"hologram","x":1},
		  {"type":"unknown","value":{"x":2}}]}]`,
	},

	{"assistant", `{"role":"assistant","content":"Hi","refusal":null,"annotations":[]}`, `[{"role":"assistant","content":[{"type":"text","text":"Hi"}]}]`},
	{"assistant, nothing", `{"role":"assistant","content":null}`, `[{"role":"assistant","content":""}]`},
	{
		"assistant, parts", `{"role":"assistant","content":[{"type":"text","text":"A"},{"type":"refusal","refusal":"B"}]}`,
		`[{"role":"assistant","content":[{"type":"text","text":"A"},{"type":"text","text":"B","providerOptions":{"openai":{"refusal":true}}}]}]`,
	},
	{
		"refusal beside text", `{"role":"assistant","content":"A","refusal":"B"}`,
		`[{"role":"assistant","content":[{"type":"text","text":"A"},{"type":"text","text":"B","providerOptions":{"openai":{"refusal":true}}}]}]`,
	},
	{
		"citations",
		`{"role":"assistant","content":"A","annotations":[{"type":"url_citation","url_citation":{"start_index":0,"end_index":1,"title":"T","url":"https://e.x"}}]}`,
		`[{"role":"assistant","content":[{"type":"text","text":"A","providerOptions":{"openai":{
		  "annotations":[{"type":"url_citation","url_citation":{"start_index":0,"end_index":1,"title":"T","url":"https://e.x"}}]}}}]}]`,
	},
	{
		"calls",
		`{"role":"assistant","content":"","tool_calls":[
		  {"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\": 1.50, \"b\": null}"}},
		  {"id":"c2","type":"function","function":{"name":"g","arguments":""}},
		  {"id":"c3","type":"function","function":{"name":"h","arguments":"{\"a\":"}},
		  {"id":"c4","type":"custom","custom":{"name":"sql","input":"{\"looks\":\"like JSON\"}"}},
		  {"index":4,"id":"c5","type":"function","function":{"name":"i","arguments":{"an":"object"}},"extra_content":{"google":{"thought_signature":"s"}}},
		  {"id":"c6","type":"builtin_function","function":{"name":"web_search","arguments":"{}"}}]}`,
		`[{"role":"assistant","content":[
		  {"type":"tool-call","toolCallId":"c1","toolName":"f","input":{"a":1.50,"b":null}},
		  {"type":"tool-call","toolCallId":"c2","toolName":"g","input":{}},
		  {"type":"tool-call","toolCallId":"c3","toolName":"h","input":"{\"a\":"},
		  {"type":"tool-call","toolCallId":"c4","toolName":"sql","input":"{\"looks\":\"like JSON\"}","providerOptions":{"openai":{"type":"custom"}}},
		  {"type":"tool-call","toolCallId":"c5","toolName":"i","input":{"an":"object"},"providerOptions":{"openai":{"extraContent":{"google":{"thought_signature":"s"}}}}},
		  {"type":"tool-call","toolCallId":"c6","toolName":"web_search","input":{},"providerOptions":{"openai":{"type":"builtin_function"}}}]}]`,
	},
	{
		"calls that are none", `{"role":"assistant","tool_calls":[{"type":"code","x":1},7]}`,
		`[{"role":"assistant","content":[{"type":"code","x":1},{"type":"unknown","value":7}]}]`,
	},
	{
		"spoken", `{"role":"assistant","content":null,"audio":{"id":"audio_1","data":"UklGRiQAAABXQVZFZm10IA==","transcript":"Hello","expires_at":1729018505}}`,
		`[{"role":"assistant","content":[
		  {"type":"file","mediaType":"audio/wav","data":"UklGRiQAAABXQVZFZm10IA==","providerOptions":{"openai":{"itemId":"audio_1","expiresAt":1729018505}}},
		  {"type":"text","text":"Hello"}]}]`,
	},
	{
		// Of OpenAI's SDK for Go an answer has all members there are.
		"as Go writes it", `{"content":"","refusal":"","role":"assistant","annotations":null,"audio":{"id":"","data":"","expires_at":0,"transcript":""},` +
			`"function_call":{"arguments":"","name":""},"tool_calls":[` +
			`{"id":"call_1","function":{"arguments":"{}","name":"now"},"type":"function","custom":{"input":"","name":""}},` +
			`{"id":"call_2","function":{"arguments":"","name":""},"type":"custom","custom":{"input":"SELECT 1","name":"sql"}}]}`,
		`[{"role":"assistant","content":[
		  {"type":"tool-call","toolCallId":"call_1","toolName":"now","input":{}},
		  {"type":"tool-call","toolCallId":"call_2","toolName":"sql","input":"SELECT 1","providerOptions":{"openai":{"type":"custom"}}}]}]`,
	},
	{
		"spoken before", `{"role":"assistant","audio":{"id":"audio_1"}}`,
		`[{"role":"assistant","content":[{"type":"file","mediaType":"audio/*","data":"audio_1","providerOptions":{"openai":{"fileId":"audio_1","itemId":"audio_1"}}}]}]`,
	},
	{
		"reasoning of DeepSeek", `{"role":"assistant","content":"4","reasoning_content":"2+2"}`,
		`[{"role":"assistant","content":[{"type":"reasoning","text":"2+2"},{"type":"text","text":"4"}]}]`,
	},
	{
		"reasoning under two names", `{"role":"assistant","content":"4","reasoning_content":"2+2","reasoning":"2+2"}`,
		`[{"role":"assistant","content":[{"type":"reasoning","text":"2+2"},{"type":"text","text":"4"}]}]`,
	},
	{
		"reasoning of OpenRouter",
		`{"role":"assistant","content":"4","reasoning":"2+2 is 4","reasoning_details":[
		  {"type":"reasoning.text","text":"2+2","signature":"sig","format":"anthropic-claude-v1","index":0},
		  {"type":"reasoning.summary","summary":" is 4","id":"rs_1","index":1},
		  {"type":"reasoning.encrypted","data":"gAAA","index":2}]}`,
		`[{"role":"assistant","content":[
		  {"type":"reasoning","text":"2+2","providerOptions":{"openai":{"type":"reasoning.text","signature":"sig","format":"anthropic-claude-v1","index":0}}},
		  {"type":"reasoning","text":" is 4","providerOptions":{"openai":{"type":"reasoning.summary","itemId":"rs_1","index":1}}},
		  {"type":"reasoning","text":"","providerOptions":{"openai":{"type":"reasoning.encrypted","data":"gAAA","index":2}}},
		  {"type":"text","text":"4"}]}]`,
	},
	{
		"reasoning that is encrypted, and told",
		`{"role":"assistant","content":"4","reasoning":"2+2","reasoning_details":[{"type":"reasoning.encrypted","data":"gAAA"}]}`,
		`[{"role":"assistant","content":[
		  {"type":"reasoning","text":"2+2"},
		  {"type":"reasoning","text":"","providerOptions":{"openai":{"type":"reasoning.encrypted","data":"gAAA"}}},
		  {"type":"text","text":"4"}]}]`,
	},
	{
		"reasoning that is not the sum of its details",
		`{"role":"assistant","content":"4","reasoning":"other","reasoning_details":[{"type":"reasoning.text","text":"2+2"}]}`,
		`[{"role":"assistant","providerOptions":{"openai":{"reasoning":"other"}},"content":[
		  {"type":"reasoning","text":"2+2","providerOptions":{"openai":{"type":"reasoning.text"}}},{"type":"text","text":"4"}]}]`,
	},
	{
		"reasoning of Mistral",
		`{"role":"assistant","content":[{"type":"thinking","thinking":[{"type":"text","text":"2"},{"type":"text","text":"+2"}]},{"type":"text","text":"4"}]}`,
		`[{"role":"assistant","content":[{"type":"reasoning","text":"2+2"},{"type":"text","text":"4"}]}]`,
	},
	{
		"reasoning that cites",
		`{"role":"assistant","content":[{"type":"thinking","thinking":[{"type":"reference","reference_ids":[1]}]}]}`,
		`[{"role":"assistant","content":[{"type":"thinking","thinking":[{"type":"reference","reference_ids":[1]}]}]}]`,
	},
	{
		"function of old, twice",
		`{"role":"assistant","content":null,"function_call":{"name":"f","arguments":"{\"a\":1}"}},
		 {"role":"function","name":"f","content":"one"},
		 {"role":"assistant","content":null,"function_call":{"name":"f","arguments":"{\"a\":2}"}},
		 {"role":"function","name":"f","content":"two"}`,
		`[{"role":"assistant","content":[{"type":"tool-call","toolCallId":"` + f1 + `","toolName":"f","input":{"a":1}}]},
		  {"role":"tool","content":[{"type":"tool-result","toolCallId":"` + f1 + `","toolName":"f","output":{"type":"text","value":"one"},"providerOptions":{"openai":{"role":"function"}}}]},
		  {"role":"assistant","content":[{"type":"tool-call","toolCallId":"` + f2 + `","toolName":"f","input":{"a":2}}]},
		  {"role":"tool","content":[{"type":"tool-result","toolCallId":"` + f2 + `","toolName":"f","output":{"type":"text","value":"two"},"providerOptions":{"openai":{"role":"function"}}}]}]`,
	},
	{
		"function without its call", `{"role":"function","name":"f","content":"one"}`,
		`[{"role":"tool","content":[{"type":"tool-result","toolCallId":"f","toolName":"f","output":{"type":"text","value":"one"},"providerOptions":{"openai":{"role":"function"}}}]}]`,
	},
	{
		"results",
		`{"role":"assistant","tool_calls":[{"id":"c1","function":{"name":"f","arguments":"{}"}},{"id":"c2","function":{"name":"g","arguments":"{}"}}]},
		 {"role":"tool","tool_call_id":"c2","content":" {\"t\": 20.0}"},
		 {"role":"tool","tool_call_id":"c1","content":[{"type":"text","text":"[1, 2]"}]},
		 {"role":"tool","tool_call_id":"c1","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]},
		 {"role":"tool","tool_call_id":"c9","name":"h","content":"[not JSON"},
		 {"role":"tool","tool_call_id":"c1","content":"7"},
		 {"role":"tool","tool_call_id":"c1","content":{"not":"allowed"}},
		 {"role":"tool","tool_call_id":"c1"}`,
		`[{"role":"assistant","content":[{"type":"tool-call","toolCallId":"c1","toolName":"f","input":{}},{"type":"tool-call","toolCallId":"c2","toolName":"g","input":{}}]},
		  {"role":"tool","content":[{"type":"tool-result","toolCallId":"c2","toolName":"g","output":{"type":"json","value":{"t":20.0}}}]},
		  {"role":"tool","content":[{"type":"tool-result","toolCallId":"c1","toolName":"f","output":{"type":"json","value":[1,2]}}]},
		  {"role":"tool","content":[{"type":"tool-result","toolCallId":"c1","toolName":"f","output":{"type":"content","value":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}}]},
		  {"role":"tool","content":[{"type":"tool-result","toolCallId":"c9","toolName":"h","output":{"type":"text","value":"[not JSON"}}]},
		  {"role":"tool","content":[{"type":"tool-result","toolCallId":"c1","toolName":"f","output":{"type":"text","value":"7"}}]},
		  {"role":"tool","content":[{"type":"tool-result","toolCallId":"c1","toolName":"f","output":{"type":"json","value":{"not":"allowed"}}}]},
		  {"role":"tool","content":[{"type":"tool-result","toolCallId":"c1","toolName":"f","output":{"type":"text","value":""}}]}]`,
	},
	{
		"calls and results without ids, as some compatible APIs have them",
		`{"role":"assistant","tool_calls":[{"function":{"name":"f","arguments":"{\"a\":1}"}},{"function":{"name":"g","arguments":"{\"a\":2}"}}]},
		 {"role":"tool","name":"g","content":"of g"},
		 {"role":"tool","content":"of f"}`,
		`[{"role":"assistant","content":[{"type":"tool-call","toolCallId":"` + f1 + `","toolName":"f","input":{"a":1}},{"type":"tool-call","toolCallId":"` + g2 + `","toolName":"g","input":{"a":2}}]},
		  {"role":"tool","content":[{"type":"tool-result","toolCallId":"` + g2 + `","toolName":"g","output":{"type":"text","value":"of g"}}]},
		  {"role":"tool","content":[{"type":"tool-result","toolCallId":"` + f1 + `","toolName":"f","output":{"type":"text","value":"of f"}}]}]`,
	},
	{
		"no role", `{"content":"Hi"},{"tool_calls":[{"id":"c","function":{"name":"f"}}]},{"tool_call_id":"c","content":"x"}`,
		`[{"role":"user","content":[{"type":"text","text":"Hi"}]},
		  {"role":"assistant","content":[{"type":"tool-call","toolCallId":"c","toolName":"f","input":{}}]},
		  {"role":"tool","content":[{"type":"tool-result","toolCallId":"c","toolName":"f","output":{"type":"text","value":"x"}}]}]`,
	},
	{"no message", `"Hi",7`, `[{"role":"user","content":[{"type":"text","text":"Hi"}]},{"role":"user","content":[{"type":"unknown","value":7}]}]`},
}

func TestChatMessages(t *testing.T) {
	for _, c := range chatMessages {
		t.Run(c.name, func(t *testing.T) {
			got := openai.ChatMessages("[" + c.message + "]")
			shapetest.Same(t, "messages", shapetest.Messages(got), c.want, "")
			shapetest.CheckMessages(t, got)
		})
	}
}

func TestChatMessagesTakesOne(t *testing.T) {
	shapetest.Same(t, "one", shapetest.Messages(openai.ChatMessages(`{"role":"user","content":"Hi"}`)), `[{"role":"user","content":[{"type":"text","text":"Hi"}]}]`, "")
	for _, none := range []contracts.JSON{"", " ", "null[", "hello", `{"role":"user","content":"cu`, `[`} {
		if got := openai.ChatMessages(none); len(got) > 0 {
			t.Errorf("%q: %s", none, shapetest.Messages(got))
		}
	}
}

// What was cut is read up to the cut.
func TestChatMessagesOfCutText(t *testing.T) {
	got := openai.ChatMessages(`[{"role":"user","content":"whole"},{"role":"assistant","content":"cu`)
	shapetest.Same(t, "messages", shapetest.Messages(got), `[{"role":"user","content":[{"type":"text","text":"whole"}]}]`, "")
}

func TestInvalidTextIsMended(t *testing.T) {
	got := openai.ChatMessages("[{\"role\":\"user\",\"content\":\"a\xffb\",\"x\":\"\xfe\"}]")
	shapetest.Same(t, "messages", shapetest.Messages(got), "[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"a\uFFFDb\"}],\"providerOptions\":{\"openai\":{\"x\":\"\uFFFD\"}}}]", "")
	shapetest.CheckMessages(t, got)
}

// JSON goes through byte for byte: the spelling of numbers, the order of members,
// white space.
func TestBytesAreKept(t *testing.T) {
	got := openai.ChatMessages(`[{"role":"assistant","tool_calls":[{"id":"c","function":{"name":"f","arguments":"{\"b\" : 1.0e2, \"a\":[ ]}"}}],"x":{"b" : 1.0e2, "a":[ ]}}]`)
	call := got[0].Content.Parts()[0].(contracts.ToolCallContentPart)
	if want := contracts.JSON(`{"b" : 1.0e2, "a":[ ]}`); call.Input != want {
		t.Errorf("input: %s", call.Input)
	}
	if want := contracts.JSON(`{"openai":{"x":{"b" : 1.0e2, "a":[ ]}}}`); got[0].Extra[0].Value != want {
		t.Errorf("rest: %s", got[0].Extra[0].Value)
	}
}
