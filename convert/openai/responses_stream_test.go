// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package openai_test

import (
	"maps"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/shapetest"
	"github.com/spect-tools/spect-go/convert/openai"
)

// fullResponse has items whose texts come in pieces.
const fullResponse = `{"id":"resp_1","object":"response","status":"completed","model":"m","created_at":1,"error":null,"output":[
 {"type":"reasoning","id":"rs_1","encrypted_content":"gA==","summary":[{"type":"summary_text","text":"Thinking of it."},{"type":"summary_text","text":"And again."}],"content":[{"type":"reasoning_text","text":"Raw thoughts."}]},
 {"type":"web_search_call","id":"ws_1","status":"completed","action":{"type":"search","query":"q"}},
 {"type":"message","id":"msg_1","role":"assistant","status":"completed","phase":"final_answer","content":[
  {"type":"output_text","text":"Héllo 😀","annotations":[{"type":"url_citation","url":"https://e.x"},{"type":"url_citation","url":"https://e.y"}],"logprobs":[{"token":"a"},{"token":"b"}]},
  {"type":"refusal","refusal":"Rather not."}]},
 {"type":"function_call","id":"fc_1","call_id":"call_1","name":"f","arguments":"{\"city\":\"Zürich\"}","status":"completed"},
 {"type":"function_call","id":"fc_2","call_id":"call_2","name":"f","arguments":"{\"city\":\"Bern\"}","status":"completed"},
 {"type":"custom_tool_call","id":"ctc_1","call_id":"call_3","name":"sql","input":"SELECT *"},
 {"type":"mcp_call","id":"mcp_1","server_label":"s","name":"g","arguments":"{\"a\":1}","status":"completed"},
 {"type":"code_interpreter_call","id":"ci_1","code":"print(1)\nprint(2)","container_id":"cntr_1","status":"completed"},
 {"type":"shell_call","id":"sh_1","call_id":"call_4","status":"completed","action":{"commands":["ls -l","pwd"]}}],
 "usage":{"input_tokens":1,"output_tokens":2,"total_tokens":3}}`

// eventsOf makes of a response the stream that would have brought it. The ends of
// items, or of all, are left out where that is asked for.
func eventsOf(t *testing.T, response contracts.JSON, ends bool) (out []contracts.JSON) {
	t.Helper()
	whole := decode(t, response)
	add := func(kind string, members object) {
		e := object{"type": "response." + kind, "sequence_number": len(out)}
		maps.Copy(e, members)
		out = append(out, contracts.MakeJSON(e))
	}
	begun := maps.Clone(whole)
	begun["status"], begun["output"], begun["usage"] = "in_progress", []any{}, nil
	add("created", object{"response": begun})
	add("in_progress", object{"response": begun})
	output, _ := whole["output"].([]any)
	for i, item := range output {
		item := item.(object)
		emit := func(kind string, members object) {
			e := object{"output_index": i, "item_id": item["id"]}
			maps.Copy(e, members)
			add(kind, e)
		}
		added := maps.Clone(item)
		grow := func(kind, member string) {
			if text, ok := item[member].(string); ok {
				added[member] = ""
				emit("output_item.added", object{"item": added})
				for _, p := range pieces(text) {
					emit(kind+".delta", object{"delta": p, "obfuscation": "x"})
				}
				if ends {
					emit(kind+".done", object{member: text})
				}
			}
		}
		switch item["type"] {
		case "message", "reasoning":
			for _, name := range []string{"content", "summary"} {
				if added[name] != nil {
					added[name] = []any{}
				}
			}
			emit("output_item.added", object{"item": added})
			emitParts(item, emit, ends)
		case "function_call":
			grow("function_call_arguments", "arguments")
		case "mcp_call":
			grow("mcp_call_arguments", "arguments")
		case "custom_tool_call":
			grow("custom_tool_call_input", "input")
		case "code_interpreter_call":
			grow("code_interpreter_call_code", "code")
		case "shell_call":
			commands := item["action"].(object)["commands"].([]any)
			added["action"] = object{"commands": []any{}}
			emit("output_item.added", object{"item": added})
			for n, c := range commands {
				emit("shell_call_command.added", object{"command_index": n, "command": ""})
				for _, p := range pieces(c) {
					emit("shell_call_command.delta", object{"command_index": n, "delta": p})
				}
				if ends {
					emit("shell_call_command.done", object{"command_index": n, "command": c})
				}
			}
		default:
			emit("output_item.added", object{"item": item})
		}
		if ends {
			emit("output_item.done", object{"item": item})
		}
	}
	return out
}

// emitParts emits the events of the parts of a message, or of reasoning.
func emitParts(item object, emit func(kind string, members object), ends bool) {
	for _, of := range []struct{ list, index, part string }{
		{"summary", "summary_index", "reasoning_summary_part"},
		{"content", "content_index", "content_part"},
	} {
		list, _ := item[of.list].([]any)
		for n, part := range list {
			part := part.(object)
			at := func(members object) object { members[of.index] = n; return members }
			kind, member := "output_text", "text"
			switch part["type"] {
			case "refusal":
				kind, member = "refusal", "refusal"
			case "summary_text":
				kind = "reasoning_summary_text"
			case "reasoning_text":
				kind = "reasoning_text"
			}
			begun := object{"type": part["type"], member: ""}
			emit(of.part+".added", at(object{"part": begun}))
			logprobs, _ := part["logprobs"].([]any)
			for i, p := range pieces(part[member]) {
				e := object{"delta": p}
				if i < len(logprobs) {
					e["logprobs"] = logprobs[i : i+1]
				}
				emit(kind+".delta", at(e))
			}
			annotations, _ := part["annotations"].([]any)
			for i, a := range annotations {
				emit("output_text.annotation.added", at(object{"annotation": a, "annotation_index": i}))
			}
			if ends {
				emit(kind+".done", at(object{member: part[member], "logprobs": part["logprobs"]}))
				emit(of.part+".done", at(object{"part": part}))
			}
		}
	}
}

// A response that came as a stream is the response in one piece: as the last
// event has it, as the ends of the items have it, as the pieces make it.
func TestResponsesStreamIsTheResponse(t *testing.T) {
	responses := map[string]contracts.JSON{"full": fullResponse}
	files, _ := filepath.Glob("testdata/responses/*.response.json")
	for _, f := range files {
		f = strings.TrimPrefix(filepath.ToSlash(f), "testdata/")
		if r := shapetest.Recording(t, f); r.Member("output") != "" {
			responses[f] = r
		}
	}
	if len(responses) < 12 {
		t.Fatal("where are the recordings?")
	}
	for name, response := range responses {
		t.Run(name, func(t *testing.T) {
			want := openai.ResponsesResponse(response)
			end := `{"type":"response.completed","response":` + response + `}`
			got := shapetest.Fold(&openai.ResponsesStream{}, append(eventsOf(t, response, true), end)...)
			shapetest.Same(t, "with its end", shapetest.Response(got), shapetest.Response(want), "")

			got = shapetest.Fold(&openai.ResponsesStream{}, eventsOf(t, response, true)...)
			shapetest.Same(t, "without the last event", shapetest.Messages(got.Messages), shapetest.Messages(want.Messages), "")
			if len(got.FinishReasons) > 0 || got.Usage.Known() || got.ID != want.ID || got.Model != want.Model {
				t.Errorf("%s", shapetest.Response(got))
			}

			got = shapetest.Fold(&openai.ResponsesStream{}, eventsOf(t, response, false)...)
			shapetest.Same(t, "of pieces", shapetest.Messages(got.Messages), shapetest.Messages(want.Messages), "")
			shapetest.CheckResponse(t, got)

			// The end may say nothing of the output.
			bare := contracts.JSON(`{"type":"response.completed","response":{"id":"r","status":"completed","output":[],"usage":{"input_tokens":5}}}`)
			got = shapetest.Fold(&openai.ResponsesStream{}, append(eventsOf(t, response, false), bare)...)
			shapetest.Same(t, "with a bare end", shapetest.Messages(got.Messages), shapetest.Messages(want.Messages), "")
			if got.ID != "r" || strings.Join(got.FinishReasons, "") != "completed" || got.Usage.Input.N != 5 {
				t.Errorf("%s", shapetest.Response(got))
			}
		})
	}
}

func TestResponsesStreamRecordingsSoFar(t *testing.T) {
	var s openai.ResponsesStream
	said := ""
	for _, e := range shapetest.Events(t, "responses/logprobs.stream.txt") {
		s.Add(e)
		r := s.Response()
		shapetest.CheckResponse(t, r)
		if len(r.Messages) == 0 {
			continue
		}
		now := r.Messages[0].Content.Text()
		if !strings.HasPrefix(now, said) {
			t.Fatalf("%q became %q", said, now)
		}
		said = now
	}
	if said == "" {
		t.Error("nothing was said")
	}
}

func TestResponsesStreamEnds(t *testing.T) {
	begin := []contracts.JSON{
		`{"type":"response.created","response":{"id":"r","model":"m","status":"in_progress","output":[]}}`,
		`{"type":"response.output_item.added","output_index":0,"item":{"type":"message","id":"msg_1","role":"assistant","content":[]}}`,
		`{"type":"response.output_text.delta","output_index":0,"content_index":0,"delta":"Half a"}`,
	}
	const half = `[{"id":"msg_1","role":"assistant","content":[{"type":"text","text":"Half a","providerOptions":{"openai":{"itemId":"msg_1"}}}]}]`
	for _, c := range []struct {
		name                 string
		end, finish, failure contracts.JSON
	}{
		{"broken off", "", "null", "null"},
		{"incomplete", `{"type":"response.incomplete","response":{"id":"r","model":"m","status":"incomplete","incomplete_details":{"reason":"max_output_tokens"},"output":[]}}`, `["max_output_tokens"]`, "null"},
		{"incomplete, and no reason", `{"type":"response.incomplete","response":{"id":"r","model":"m","status":"incomplete","output":[]}}`, `["incomplete"]`, "null"},
		{"filtered", `{"type":"response.incomplete","response":{"id":"r","model":"m","status":"incomplete","incomplete_details":{"reason":"content_filter"},"output":[]}}`, `["content_filter"]`, "null"},
		{"failed", `{"type":"response.failed","response":{"id":"r","model":"m","status":"failed","error":{"code":"server_error","message":"sorry"},"output":[]}}`, `["failed"]`, `{"message":"sorry","code":"server_error"}`},
		{"failed, and no reason", `{"type":"response.failed","response":{"id":"r","model":"m","status":"failed","error":null,"output":[]}}`, `["failed"]`, `{"message":"the response failed","type":"failed"}`},
		{"cancelled", `{"type":"response.cancelled","response":{"id":"r","model":"m","status":"cancelled","output":[]}}`, `["cancelled"]`, "null"},
		{"an error event", `{"type":"error","code":"rate_limit_exceeded","message":"slow down","param":null,"sequence_number":3}`, "null", `{"message":"slow down","code":"rate_limit_exceeded"}`},
		{"a nested error event", `{"type":"error","error":{"type":"t","code":"c","message":"m"}}`, "null", `{"message":"m","type":"t","code":"c"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := shapetest.Fold(&openai.ResponsesStream{}, append(begin[:3:3], c.end)...)
			shapetest.Same(t, "messages", shapetest.Messages(r.Messages), half, "")
			shapetest.Same(t, "finish", contracts.MakeJSON(r.FinishReasons), c.finish, "")
			shapetest.Same(t, "error", shapetest.Error(r.Error), c.failure, "")
			if r.ID != "r" || r.Model != "m" {
				t.Errorf("id %q, model %q", r.ID, r.Model)
			}
		})
	}
}

// The end of a text tells all of it, and all log probabilities, once more.
func TestResponsesStreamTakesTheEndOfAText(t *testing.T) {
	r := shapetest.Fold(&openai.ResponsesStream{},
		`{"type":"response.output_text.delta","output_index":0,"content_index":0,"delta":"A","logprobs":[{"token":"A"}]}`,
		`{"type":"response.output_text.done","output_index":0,"content_index":0,"text":"A B","logprobs":[{"token":"A"},{"token":" B"}]}`)
	shapetest.Same(t, "messages", shapetest.Messages(r.Messages),
		`[{"role":"assistant","content":[{"type":"text","text":"A B","providerOptions":{"openai":{"logprobs":[{"token":"A"},{"token":" B"}]}}}]}]`, "")
}

// An error event tells what an empty error of the response does not.
func TestResponsesStreamWithAnEmptyError(t *testing.T) {
	r := shapetest.Fold(&openai.ResponsesStream{},
		`{"type":"error","error":{"type":"t","message":"m"}}`,
		`{"type":"response.completed","response":{"error":{},"output":[]}}`)
	shapetest.Same(t, "error", shapetest.Error(r.Error), `{"message":"m","type":"t"}`, "")
}

// A stream that is heard from its middle on, and one with what is no event.
func TestResponsesStreamFromItsMiddle(t *testing.T) {
	r := shapetest.Fold(&openai.ResponsesStream{},
		"", "[DONE]", "7", `{"type":"keepalive"}`, `{"type":"response.of_tomorrow","output_index":9}`, `{"type":7}`,
		`{"type":"response.output_text.delta","output_index":1,"content_index":0,"item_id":"msg_1","delta":"lo"}`,
		`{"type":"response.function_call_arguments.delta","output_index":2,"item_id":"fc_1","delta":"{}"}`,
		`{"type":"response.reasoning_summary_text.delta","output_index":0,"summary_index":0,"item_id":"rs_1","delta":"so"}`,
	)
	shapetest.Same(t, "messages", shapetest.Messages(r.Messages), `[{"id":"msg_1","role":"assistant","content":[
		{"type":"reasoning","text":"so","providerOptions":{"openai":{"itemId":"rs_1"}}},
		{"type":"text","text":"lo","providerOptions":{"openai":{"itemId":"msg_1"}}},
		{"type":"tool-call","toolCallId":"fc_1","toolName":"","input":{}}]}]`, "")
	shapetest.CheckResponse(t, r)
}

// An end that does not repeat the text leaves what came in pieces.
func TestEndWithoutTheText(t *testing.T) {
	r := shapetest.Fold(&openai.ResponsesStream{},
		`{"type":"response.output_text.delta","output_index":0,"content_index":0,"delta":"A B"}`,
		`{"type":"response.output_text.done","output_index":0,"content_index":0}`)
	if len(r.Messages) != 1 || r.Messages[0].Content.Text() != "A B" {
		t.Errorf("the answer is %v", r.Messages)
	}
}
