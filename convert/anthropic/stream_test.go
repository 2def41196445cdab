// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package anthropic_test

import (
	"maps"
	"testing"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/anthropic"
	st "github.com/spect-tools/spect-go/convert/internal/shapetest"
)

// streamOf is the stream that would bring a message, as the API's reference has
// it: of each block what comes in pieces in two pieces.
func streamOf(t *testing.T, body contracts.JSON) (events []contracts.JSON) {
	t.Helper()
	var m struct {
		ID, Model  string
		Content    []map[string]contracts.JSON
		StopReason contracts.JSON `json:"stop_reason"`
		Rest       map[string]contracts.JSON
		Usage      map[string]contracts.JSON
	}
	if err := body.Decode(&m); err != nil {
		t.Fatal(err)
	}
	if err := body.Decode(&m.Rest); err != nil {
		t.Fatal(err)
	}
	start := map[string]any{}
	for name, value := range m.Rest {
		if name != "stop_reason" && name != "content" {
			start[name] = value
		}
	}
	usage := map[string]contracts.JSON{}
	maps.Copy(usage, m.Usage)
	usage["output_tokens"] = "1"
	start["usage"], start["content"] = usage, []int{}
	event := func(v map[string]any) { events = append(events, contracts.MakeJSON(v)) }
	event(map[string]any{"type": "message_start", "message": start})
	for i, block := range m.Content {
		pieces := map[string]string{}
		begun := map[string]any{}
		for name, value := range block {
			kind := block["type"]
			switch text, _ := value.Text(); {
			case kind == `"text"` && name == "text", kind == `"thinking"` && name == "thinking":
				pieces[name], begun[name] = text, ""
			case name == "signature":
				pieces[name] = text
			case name == "input":
				pieces["partial_json"], begun[name] = string(value), map[string]any{}
			case name == "citations":
			default:
				begun[name] = value
			}
		}
		event(map[string]any{"type": "content_block_start", "index": i, "content_block": begun})
		for name, text := range pieces {
			kind := map[string]string{"partial_json": "input_json_delta", "signature": "signature_delta", "text": "text_delta", "thinking": "thinking_delta"}[name]
			half := len(text) / 2
			for half > 0 && half < len(text) && text[half]&0xC0 == 0x80 { // not within a character
				half++
			}
			event(map[string]any{"type": "content_block_delta", "index": i, "delta": map[string]any{"type": kind, name: text[:half]}})
			event(map[string]any{"type": "ping"})
			event(map[string]any{"type": "content_block_delta", "index": i, "delta": map[string]any{"type": kind, name: text[half:]}})
		}
		for citation := range block["citations"].Elements() {
			event(map[string]any{"type": "content_block_delta", "index": i, "delta": map[string]any{"type": "citations_delta", "citation": citation}})
		}
		event(map[string]any{"type": "content_block_stop", "index": i})
	}
	event(map[string]any{
		"type": "message_delta", "delta": map[string]any{"stop_reason": m.StopReason},
		"usage": map[string]any{"output_tokens": m.Usage["output_tokens"]},
	})
	event(map[string]any{"type": "message_stop"})
	return events
}

func TestStreamIsTheAnswerInOnePiece(t *testing.T) {
	for _, c := range responses {
		if c.File() == "not_found.response.json" {
			continue
		}
		t.Run(c.File(), func(t *testing.T) {
			body := st.Recording(t, c.File())
			r := st.Fold(new(anthropic.Stream), streamOf(t, body)...)
			st.Same(t, "response", st.Response(r), c.Want(), body)
		})
	}
}

func TestStream(t *testing.T) {
	const start = `{"type":"message_start","message":{"id":"m","model":"claude-x","usage":{"input_tokens":3,"output_tokens":1}}}`
	for _, c := range []struct {
		name   string
		events []contracts.JSON
		want   contracts.JSON
	}{
		{"nothing", nil, `{}`},
		{"an error in the midst of it", []contracts.JSON{
			start,
			`{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}`,
			`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Once"}}`,
			`{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"r"}`,
		}, `{"id":"m","model":"claude-x","usage":{"inputTokens":3,"outputTokens":1,"totalTokens":4},
			"messages":[{"role":"assistant","content":[{"type":"text","text":"Once"}]}],
			"error":{"message":"Overloaded","type":"overloaded_error"},"metadata":{"request_id":"r"}}`},
		{"an input that breaks off", []contracts.JSON{
			`{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"a","name":"f","input":{}}}`,
			`{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\"city\": \"Par"}}`,
		}, `{"messages":[{"role":"assistant","content":[{"type":"tool-call","toolCallId":"a","toolName":"f","input":"{\"city\": \"Par"}]}]}`},
		{"blocks that nobody saw begin", []contracts.JSON{
			`{"type":"content_block_delta","index":4,"delta":{"type":"thinking_delta","thinking":"hm"}}`,
			`{"type":"content_block_delta","index":5,"delta":{"type":"text_delta","text":"a"}}`,
			`{"type":"content_block_delta","index":4,"delta":{"type":"signature_delta","signature":"s"}}`,
			`{"type":"content_block_delta","index":5,"delta":{"type":"text_delta","text":"b"}}`,
			`{"type":"content_block_delta","index":6,"delta":{"type":"input_json_delta","partial_json":"[1]"}}`,
		}, `{"messages":[{"role":"assistant","content":[
			{"type":"reasoning","text":"hm","providerOptions":{"anthropic":{"signature":"s"}}},{"type":"text","text":"ab"},
			{"type":"tool-call","toolCallId":"","toolName":"","input":[1]}]}]}`},
		{"compaction", []contracts.JSON{
			`{"type":"content_block_start","index":0,"content_block":{"type":"compaction","content":null}}`,
			`{"type":"content_block_delta","index":0,"delta":{"type":"compaction_delta","content":"In short","encrypted_content":"e"}}`,
		}, `{"messages":[{"role":"assistant","content":[{"type":"compaction","content":"In short","encrypted_content":"e"}]}]}`},
		{"what comes at the end", []contracts.JSON{
			start,
			`{"type":"message_delta","delta":{"stop_reason":"refusal","stop_sequence":null,"stop_details":{"category":"cyber"}},
				"usage":{"output_tokens":9,"cache_read_input_tokens":2,"input_tokens":null},"context_management":{"applied_edits":[1]}}`,
			`{"type":"message_stop","amazon-bedrock-invocationMetrics":{"inputTokenCount":5}}`,
		}, `{"id":"m","model":"claude-x","finish":["refusal"],"usage":{"inputTokens":5,"outputTokens":9,"totalTokens":14,"cachedInputTokens":2},
			"metadata":{"stop_details":{"category":"cyber"},"context_management":{"applied_edits":[1]},
				"amazon-bedrock-invocationMetrics":{"inputTokenCount":5}}}`},
		{"no events", []contracts.JSON{`{"type":"ping"}`, `[DONE]`, `{"type":"content_block_delta"`, `7`, `{"type":"later","x":1}`}, `{}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := st.Fold(new(anthropic.Stream), c.events...)
			st.CheckResponse(t, r)
			st.Same(t, "response", st.Response(r), c.want, "")
		})
	}
}

// A stream may be asked before it is over, and goes on.
func TestStreamGoesOn(t *testing.T) {
	events := st.Events(t, "tools.stream.jsonl")
	s := new(anthropic.Stream)
	for _, e := range events {
		s.Add(e)
		st.CheckResponse(t, s.Response())
	}
	st.Same(t, "response", st.Response(s.Response()), st.Response(st.Fold(new(anthropic.Stream), events...)), "")
}
