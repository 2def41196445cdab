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

// fullAnswer has all that an answer of Chat Completions can hold.
const fullAnswer = `{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"m","service_tier":"default","system_fingerprint":"fp",
 "choices":[
  {"index":0,"finish_reason":"tool_calls","native_finish_reason":"tool_use",
   "logprobs":{"content":[{"token":"Hé","logprob":-0.5,"top_logprobs":[]},{"token":"llo","logprob":-1,"top_logprobs":[]}],"refusal":[{"token":"No","logprob":-2}]},
   "message":{"role":"assistant","content":"Héllo \"wörld\" 😀","refusal":"No, rather not.","mood":{"a":1},
    "annotations":[{"type":"url_citation","url_citation":{"url":"https://e.x","start_index":0}},{"type":"url_citation","url_citation":{"url":"https://e.y","start_index":1}}],
    "audio":{"id":"audio_1","data":"UklGRiQAAABXQVZFZm10IA==","transcript":"Hello there","expires_at":7},
    "reasoning_content":"Let me think about it.",
    "tool_calls":[
     {"id":"c1","type":"function","function":{"name":"f","arguments":"{\"city\":\"Zürich\",\"n\":[1,2.50]}"}},
     {"id":"c2","type":"function","function":{"name":"f","arguments":"{\"city\":\"Bern\"}"}},
     {"id":"c3","type":"custom","custom":{"name":"sql","input":"SELECT *\nFROM t"}}]}},
  {"index":1,"finish_reason":"function_call","message":{"role":"assistant","content":null,
   "reasoning":"Hm, yes.","reasoning_details":[{"type":"reasoning.text","text":"Hm, yes.","index":0,"signature":"sig"},{"type":"reasoning.encrypted","data":"gA","index":1}],
   "function_call":{"name":"g","arguments":"{\"a\":1}"}}}],
 "usage":{"prompt_tokens":9,"completion_tokens":8,"total_tokens":17,"completion_tokens_details":{"reasoning_tokens":0}}}`

// chunks makes of an answer the stream that would have brought it: texts in pieces
// of three characters, the choices in turns.
func chunks(t *testing.T, answer contracts.JSON) (out []contracts.JSON) {
	t.Helper()
	whole := decode(t, answer)
	head := maps.Clone(whole)
	delete(head, "usage")
	chunk := func(choices []any) {
		c := maps.Clone(head)
		c["object"], c["choices"], c["obfuscation"] = "chat.completion.chunk", choices, "xyz"
		out = append(out, contracts.MakeJSON(c))
	}
	var perChoice [][]any
	choices, _ := whole["choices"].([]any)
	for _, c := range choices {
		perChoice = append(perChoice, choiceChunks(c.(map[string]any)))
	}
	for i, more := 0, true; more; i++ {
		more = false
		for _, list := range perChoice {
			if i < len(list) {
				more = true
				chunk([]any{list[i]})
			}
		}
	}
	if usage := whole["usage"]; usage != nil {
		head["usage"] = usage
		chunk([]any{})
	}
	return append(out, "[DONE]")
}

func pieces(text any) (out []any) {
	s, _ := text.(string)
	rest := []rune(s)
	for len(rest) > 0 {
		n := min(3, len(rest))
		out = append(out, string(rest[:n]))
		rest = rest[n:]
	}
	return out
}

type object = map[string]any

func decode(t *testing.T, j contracts.JSON) (o object) {
	t.Helper()
	if err := j.Decode(&o); err != nil {
		t.Fatal(err)
	}
	return o
}

func choiceChunks(c object) (out []any) {
	delta := func(members object) {
		out = append(out, object{"index": c["index"], "delta": members, "finish_reason": nil, "logprobs": nil})
	}
	grow := func(text any, in func(piece any) object) {
		for _, p := range pieces(text) {
			delta(in(p))
		}
	}
	end := object{"index": c["index"], "delta": object{}}
	first := object{"role": "assistant", "content": ""}
	message, _ := c["message"].(object)
	for name, v := range message {
		switch name {
		case "role", "content", "refusal", "annotations", "audio", "reasoning", "reasoning_content", "reasoning_details", "tool_calls", "function_call":
		default:
			first[name] = v
		}
	}
	delta(first)
	for _, name := range []string{"reasoning_content", "reasoning", "content", "refusal"} {
		grow(message[name], func(p any) object { return object{name: p} })
	}
	if details, ok := message["reasoning_details"].([]any); ok {
		for _, d := range details {
			d := maps.Clone(d.(object))
			text, signature := d["text"], d["signature"]
			delete(d, "text")
			delete(d, "signature")
			for _, p := range pieces(text) {
				d := maps.Clone(d)
				d["text"] = p
				delta(object{"reasoning_details": []any{d}})
			}
			if text == nil || signature != nil {
				if signature != nil {
					d["signature"] = signature
				}
				delta(object{"reasoning_details": []any{d}})
			}
		}
	}
	if annotations, ok := message["annotations"].([]any); ok {
		for _, a := range annotations {
			delta(object{"annotations": []any{a}})
		}
	}
	if audio, ok := message["audio"].(object); ok {
		delta(object{"audio": object{"id": audio["id"]}})
		grow(audio["transcript"], func(p any) object { return object{"audio": object{"transcript": p}} })
		grow(audio["data"], func(p any) object { return object{"audio": object{"data": p}} })
		delta(object{"audio": object{"expires_at": audio["expires_at"]}})
	}
	if calls, ok := message["tool_calls"].([]any); ok {
		for i, call := range calls {
			call := call.(object)
			of, input := "function", "arguments"
			if call["type"] == "custom" {
				of, input = "custom", "input"
			}
			f := call[of].(object)
			delta(object{"tool_calls": []any{object{"index": i, "id": call["id"], "type": call["type"], of: object{"name": f["name"], input: ""}}}})
			grow(f[input], func(p any) object {
				return object{"tool_calls": []any{object{"index": i, of: object{input: p}}}}
			})
		}
	}
	if f, ok := message["function_call"].(object); ok {
		delta(object{"function_call": object{"name": f["name"], "arguments": ""}})
		grow(f["arguments"], func(p any) object { return object{"function_call": object{"arguments": p}} })
	}
	if text, ok := c["text"].(string); ok {
		for _, p := range pieces(text) {
			out = append(out, object{"index": c["index"], "text": p, "finish_reason": nil})
		}
	}
	if logprobs, ok := c["logprobs"].(object); ok {
		for name, list := range logprobs {
			for _, e := range list.([]any) {
				out = append(out, object{"index": c["index"], "delta": object{}, "logprobs": object{name: []any{e}}})
			}
		}
	}
	for name, v := range c {
		switch name {
		case "index", "message", "text", "logprobs":
		default:
			end[name] = v
		}
	}
	return append(out, end)
}

// An answer that came as a stream is the answer in one piece.
func TestChatStreamIsTheAnswer(t *testing.T) {
	answers := map[string]contracts.JSON{"full": fullAnswer}
	files, _ := filepath.Glob("testdata/chat/*.response.json")
	for _, f := range files {
		f = strings.TrimPrefix(filepath.ToSlash(f), "testdata/")
		if r := shapetest.Recording(t, f); r.Member("choices") != "" {
			answers[f] = r
		}
	}
	if len(answers) < 9 {
		t.Fatal("where are the recordings?")
	}
	for name, answer := range answers {
		t.Run(name, func(t *testing.T) {
			got := shapetest.Fold(&openai.ChatStream{}, chunks(t, answer)...)
			shapetest.Same(t, "answer", shapetest.Response(got), shapetest.Response(openai.ChatResponse(answer)), "")
			shapetest.CheckResponse(t, got)
		})
	}
}

// A stream says at any time what has come so far: a text grows, and so do the
// arguments of a call, which are JSON at the end alone.
func TestChatStreamSoFar(t *testing.T) {
	var texts, calls openai.ChatStream
	said := ""
	for i, e := range shapetest.Events(t, "chat/web-search.stream.txt") {
		texts.Add(e)
		r := texts.Response()
		if len(r.Messages) == 0 {
			if i > 0 {
				t.Fatalf("nothing after %d events", i+1)
			}
			continue
		}
		now := r.Messages[0].Content.Text()
		if !strings.HasPrefix(now, said) {
			t.Fatalf("%q became %q", said, now)
		}
		said = now
	}
	var inputs []string
	for _, e := range shapetest.Events(t, "chat/parallel-tools.stream.txt") {
		calls.Add(e)
		for _, m := range calls.Response().Messages {
			call := m.Content.Parts()[0].(contracts.ToolCallContentPart)
			inputs = append(inputs, string(call.Input))
		}
	}
	if len(inputs) < 5 || inputs[0] != "{}" || inputs[1] != `"{\"lo"` || inputs[len(inputs)-1] != `{"location": "San Francisco"}` {
		t.Errorf("the first call became %s", inputs)
	}
}

// delta is a chunk of one choice.
func delta(members string) contracts.JSON {
	return contracts.JSON(`{"choices":[{"index":0,"delta":` + members + `}]}`)
}

func TestChatStreamShapes(t *testing.T) {
	for _, c := range []struct {
		name   string
		events []contracts.JSON
		want   contracts.JSON // the messages
	}{
		{
			"parallel calls, mixed up",
			[]contracts.JSON{
				delta(`{"tool_calls":[{"index":1,"id":"b","function":{"name":"g","arguments":""}}]}`),
				delta(`{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":""}}]}`),
				delta(`{"tool_calls":[{"index":1,"function":{"arguments":"{\"b\":"}},{"index":0,"function":{"arguments":"{\"a\":"}}]}`),
				delta(`{"tool_calls":[{"index":0,"function":{"arguments":"1}"}},{"index":1,"function":{"arguments":"2}"}}]}`),
			},
			`[{"role":"assistant","content":[{"type":"tool-call","toolCallId":"a","toolName":"f","input":{"a":1}},{"type":"tool-call","toolCallId":"b","toolName":"g","input":{"b":2}}]}]`,
		},
		{
			"calls that are whole, all with the index 0",
			[]contracts.JSON{
				delta(`{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{\"a\":1}"}}]}`),
				delta(`{"tool_calls":[{"index":0,"id":"b","function":{"name":"f","arguments":"{\"b\":2}"}}]}`),
			},
			`[{"role":"assistant","content":[{"type":"tool-call","toolCallId":"a","toolName":"f","input":{"a":1}},{"type":"tool-call","toolCallId":"b","toolName":"f","input":{"b":2}}]}]`,
		},
		{
			"an id with each piece, and a new one",
			[]contracts.JSON{
				delta(`{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":""}}]}`),
				delta(`{"tool_calls":[{"index":0,"id":"x","function":{"arguments":"{\"a\":"}}]}`),
				delta(`{"tool_calls":[{"index":0,"id":"y","function":{"name":"","arguments":"1}"}}]}`),
			},
			`[{"role":"assistant","content":[{"type":"tool-call","toolCallId":"a","toolName":"f","input":{"a":1}}]}]`,
		},
		{
			"calls without an index",
			[]contracts.JSON{
				delta(`{"tool_calls":[{"id":"a","function":{"name":"f","arguments":"{"}}]}`),
				delta(`{"tool_calls":[{"function":{"arguments":"}"}}]}`),
				delta(`{"tool_calls":[{"id":"b","function":{"name":"g","arguments":"{"}}]}`),
				delta(`{"tool_calls":[{"function":{"arguments":"}"}}]}`),
			},
			`[{"role":"assistant","content":[{"type":"tool-call","toolCallId":"a","toolName":"f","input":{}},{"type":"tool-call","toolCallId":"b","toolName":"g","input":{}}]}]`,
		},
		{
			"a name in pieces, and one that is repeated",
			[]contracts.JSON{
				delta(`{"tool_calls":[{"index":0,"id":"a","function":{"name":"get_"}}]}`),
				delta(`{"tool_calls":[{"index":0,"function":{"name":"time"}}]}`),
				delta(`{"tool_calls":[{"index":1,"id":"b","function":{"name":"g"}}]}`),
				delta(`{"tool_calls":[{"index":1,"id":"b","function":{"name":"g","arguments":{"an":"object"}}}]}`),
			},
			`[{"role":"assistant","content":[{"type":"tool-call","toolCallId":"a","toolName":"get_time","input":{}},{"type":"tool-call","toolCallId":"b","toolName":"g","input":{"an":"object"}}]}]`,
		},
		{
			"arguments that were cut",
			[]contracts.JSON{delta(`{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{\"a\":"}}]}`)},
			`[{"role":"assistant","content":[{"type":"tool-call","toolCallId":"a","toolName":"f","input":"{\"a\":"}]}]`,
		},
		{
			"Mistral's parts",
			[]contracts.JSON{
				delta(`{"content":[{"type":"thinking","thinking":[{"type":"text","text":"2"}]}]}`),
				delta(`{"content":[{"type":"thinking","thinking":[{"type":"text","text":"+2"}]}]}`),
				delta(`{"content":[{"type":"text","text":"It is "}]}`),
				delta(`{"content":"4"}`),
				delta(`{"content":[{"type":"reference","reference_ids":[1]}]}`),
			},
			`[{"role":"assistant","content":[{"type":"reasoning","text":"2+2"},{"type":"text","text":"It is 4"},{"type":"reference","reference_ids":[1]}]}]`,
		},
		{
			"details of reasoning that go on, and that do not",
			[]contracts.JSON{
				delta(`{"reasoning_details":[{"type":"reasoning.text","text":"a","index":0}]}`),
				delta(`{"reasoning_details":[{"type":"reasoning.text","text":"b","index":0}]}`),
				delta(`{"reasoning_details":[{"type":"reasoning.text","text":"c","index":1}]}`),
				delta(`{"reasoning_details":[{"type":"reasoning.encrypted","data":"x"},{"type":"reasoning.encrypted","data":"y"}]}`),
			},
			`[{"role":"assistant","content":[
			  {"type":"reasoning","text":"ab","providerOptions":{"openai":{"type":"reasoning.text","index":0}}},
			  {"type":"reasoning","text":"c","providerOptions":{"openai":{"type":"reasoning.text","index":1}}},
			  {"type":"reasoning","text":"","providerOptions":{"openai":{"type":"reasoning.encrypted","data":"x"}}},
			  {"type":"reasoning","text":"","providerOptions":{"openai":{"type":"reasoning.encrypted","data":"y"}}}]}]`,
		},
		{
			"what is no text",
			[]contracts.JSON{delta(`{"content":"x","reasoning":{"a":1},"refusal":false}`)},
			`[{"role":"assistant","content":[{"type":"text","text":"x"}],"providerOptions":{"openai":{"reasoning":{"a":1},"refusal":false}}}]`,
		},
		{
			"a whole message for a chunk",
			[]contracts.JSON{`{"choices":[{"index":0,"message":{"role":"assistant","content":"4"}}]}`},
			`[{"role":"assistant","content":[{"type":"text","text":"4"}]}]`,
		},
		{"no event", []contracts.JSON{"", "[DONE]", "7", "null", `{"choices":7}`, `{"choices":[7,{"delta":7}]}`, ": comment"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := shapetest.Fold(&openai.ChatStream{}, c.events...)
			shapetest.Same(t, "messages", shapetest.Messages(r.Messages), c.want, "")
			shapetest.CheckResponse(t, r)
		})
	}
}

// Azure begins with a chunk that has no choice, and an empty id and model.
func TestChatStreamOfAzure(t *testing.T) {
	r := shapetest.Fold(&openai.ChatStream{},
		`{"id":"","object":"","created":0,"model":"","prompt_filter_results":[{"prompt_index":0,"content_filter_results":{"hate":{"filtered":false}}}],"choices":[]}`,
		`{"id":"chatcmpl-1","object":"chat.completion.chunk","created":5,"model":"gpt-4o","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null,"content_filter_results":{}}]}`,
		`{"id":"chatcmpl-1","object":"chat.completion.chunk","created":5,"model":"gpt-4o","choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":null,"content_filter_results":{"hate":{"filtered":false}}}]}`,
		`{"id":"","model":"","choices":[{"index":0,"delta":{},"finish_reason":"content_filter"}]}`,
	)
	shapetest.Same(t, "answer", shapetest.Response(r), `{"id":"chatcmpl-1","model":"gpt-4o","finish":["content_filter"],
		"messages":[{"role":"assistant","content":[{"type":"text","text":"Hi"}],"providerOptions":{"openai":{"contentFilterResults":{"hate":{"filtered":false}}}}}],
		"metadata":{"created":5,"prompt_filter_results":[{"prompt_index":0,"content_filter_results":{"hate":{"filtered":false}}}]}}`, "")
}

// A stream that breaks off with an error keeps what came before.
func TestChatStreamThatFails(t *testing.T) {
	r := shapetest.Fold(&openai.ChatStream{}, delta(`{"content":"Half a"}`), `{"error":{"message":"overloaded","type":"server_error","code":503,"param":null}}`)
	shapetest.Same(t, "messages", shapetest.Messages(r.Messages), `[{"role":"assistant","content":[{"type":"text","text":"Half a"}]}]`, "")
	shapetest.Same(t, "error", shapetest.Error(r.Error), `{"message":"overloaded","type":"server_error","code":"503"}`, "")
}

func TestChatStreamUsage(t *testing.T) {
	for name, events := range map[string][]contracts.JSON{
		"last of several": {`{"usage":{"prompt_tokens":1,"completion_tokens":1}}`, `{"usage":null}`, `{"usage":{"prompt_tokens":7,"completion_tokens":2,"total_tokens":9}}`},
		"of Groq":         {delta(`{"content":"x"}`), `{"choices":[],"x_groq":{"id":"r","usage":{"prompt_tokens":7,"completion_tokens":2,"total_tokens":9}}}`},
	} {
		shapetest.Same(t, name, contracts.JSON(shapetest.Fold(&openai.ChatStream{}, events...).Usage.AppendJSON(nil)), `{"inputTokens":7,"outputTokens":2,"totalTokens":9}`, "")
	}
}
