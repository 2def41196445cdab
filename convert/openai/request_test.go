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

// Requests that no recording has, and bodies that are none.
func TestRequests(t *testing.T) {
	for _, c := range []struct {
		name                      string
		read                      func(contracts.JSON) llm.Request
		body                      contracts.JSON
		model, conversation       string
		stream                    bool
		messages, tools, settings contracts.JSON
	}{
		{
			name: "chat", read: openai.ChatRequest,
			body: `{"model":"m","messages":[{"role":"user","content":"Hi"}],"stream":true,"tools":[{"type":"function","function":{"name":"f"}}],
				"tool_choice":"auto","temperature":0,"stop":["a"],"seed":null,"metadata":{"k":"v"},"reasoning_effort":"low"}`,
			model: "m", stream: true,
			messages: `[{"role":"user","content":[{"type":"text","text":"Hi"}]}]`, tools: `[{"type":"function","function":{"name":"f"}}]`,
			settings: `{"tool_choice":"auto","temperature":0,"stop":["a"],"metadata":{"k":"v"},"reasoning_effort":"low"}`,
		},
		{name: "no tools", read: openai.ChatRequest, body: `{"model":"m","messages":[],"tools":[],"stream":false}`, model: "m"},
		{
			name: "tools and functions", read: openai.ChatRequest, body: `{"tools":[{"a":1}],"functions":[{"b":1}]}`,
			tools: `[{"a":1}]`, settings: `{"functions":[{"b":1}]}`,
		},
		{
			name: "several prompts", read: openai.ChatRequest, body: `{"prompt":["a","b"],"suffix":"c"}`,
			messages: `[{"role":"user","content":[{"type":"text","text":"a"}]},{"role":"user","content":[{"type":"text","text":"b"}]}]`, settings: `{"suffix":"c"}`,
		},
		{name: "prompt of tokens", read: openai.ChatRequest, body: `{"prompt":[1,2]}`, messages: `[{"role":"user","content":[{"type":"unknown","value":[1,2]}]}]`},
		{name: "prompt of text and tokens", read: openai.ChatRequest, body: `{"prompt":["a",2]}`, messages: `[{"role":"user","content":[{"type":"unknown","value":["a",2]}]}]`},
		{
			name: "prompts of tokens", read: openai.ChatRequest, body: `{"prompt":[[1],[2]]}`,
			messages: `[{"role":"user","content":[{"type":"unknown","value":[1]}]},{"role":"user","content":[{"type":"unknown","value":[2]}]}]`,
		},
		{name: "wrong types", read: openai.ChatRequest, body: `{"model":["m"],"messages":"Hi","stream":"yes","tools":{},"prompt":7}`, settings: `{"model":["m"],"messages":"Hi","stream":"yes","tools":{},"prompt":7}`},
		{name: "member given twice", read: openai.ChatRequest, body: `{"model":"a","model":"b","top_p":1}`, model: "b", settings: `{"top_p":1}`},
		{name: "cut", read: openai.ChatRequest, body: `{"model":"m","temperature":1,"messages":[{"role":"user","content":"Hi`, model: "m", settings: `{"temperature":1}`},
		{name: "an array", read: openai.ChatRequest, body: `[{"role":"user","content":"Hi"}]`},
		{name: "nothing", read: openai.ChatRequest},
		{name: "an embedding", read: openai.ChatRequest, body: `{"model":"e","input":["a"]}`, model: "e", settings: `{"input":["a"]}`},

		{
			name: "response", read: openai.ResponsesRequest,
			body: `{"model":"m","instructions":"Be brief.","input":"Hi","stream":true,"previous_response_id":"resp_0","conversation":"conv_1",
				"prompt":{"id":"pmpt_1","variables":{"a":"b"}},"truncation":"auto","tools":[{"type":"web_search"}]}`,
			model: "m", conversation: "conv_1", stream: true,
			messages: `[{"role":"system","content":"Be brief."},{"role":"user","content":[{"type":"text","text":"Hi"}]}]`,
			tools:    `[{"type":"web_search"}]`,
			settings: `{"previous_response_id":"resp_0","prompt":{"id":"pmpt_1","variables":{"a":"b"}},"truncation":"auto"}`,
		},
		{
			name: "instructions are items, conversation an object", read: openai.ResponsesRequest,
			body:         `{"instructions":[{"role":"developer","content":"Be brief."}],"conversation":{"id":"conv_1"},"input":{"role":"user","content":"Hi"}}`,
			conversation: "conv_1",
			messages: `[{"role":"system","content":"Be brief.","providerOptions":{"openai":{"role":"developer"}}},
				{"role":"user","content":[{"type":"text","text":"Hi"}]}]`,
			settings: `{"conversation":{"id":"conv_1"}}`,
		},
		{name: "wrong types, response", read: openai.ResponsesRequest, body: `{"model":{},"instructions":{},"input":7,"conversation":[]}`, settings: `{"model":{},"instructions":{},"input":7,"conversation":[]}`},
		{name: "empty instructions", read: openai.ResponsesRequest, body: `{"instructions":"","input":[]}`},
		{name: "cut, response", read: openai.ResponsesRequest, body: `{"model":"m","input":[{"role":"user","content":"H`, model: "m"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := c.read(c.body)
			if r.Model != c.model || r.Stream != c.stream || r.ConversationID != c.conversation {
				t.Errorf("model %q, stream %t, conversation %q", r.Model, r.Stream, r.ConversationID)
			}
			shapetest.Same(t, "messages", shapetest.Messages(r.Messages), c.messages, "")
			shapetest.Same(t, "tools", r.Tools, c.tools, "")
			shapetest.Same(t, "settings", shapetest.Members(r.Settings), c.settings, "")
			shapetest.CheckRequest(t, r)
		})
	}
}
