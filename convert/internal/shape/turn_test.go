// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package shape

import (
	"testing"

	"github.com/spect-tools/spect-go/contracts"
)

func TestTurn(t *testing.T) {
	parts := []struct {
		part contracts.ContentPart
		raw  contracts.JSON
	}{
		{contracts.TextContentPart{Text: "a", ProviderOptions: `{"p":{"x":1}}`}, `{"type":"text","text":"a"}`},
		{contracts.ToolResultContentPart{ToolCallID: "1", Output: TextOutput("r")}, `{"type":"result"}`},
		{contracts.ReasoningContentPart{Text: "hm"}, `{"type":"thinking"}`},
		{contracts.ToolCallContentPart{ToolCallID: "2", Input: "{}"}, `{"type":"call"}`},
		{contracts.FileContentPart{MediaType: "image/png", Data: `"x"`}, `{"type":"image"}`},
	}
	const result = `{"type":"tool-result","toolCallId":"1","toolName":"","output":{"type":"text","value":"r"}}`
	const text = `{"type":"text","text":"a","providerOptions":{"p":{"x":1}}}`
	const file = `{"type":"file","mediaType":"image/png","data":"x"}`
	for role, want := range map[contracts.Role]string{
		"assistant": `[{"role":"assistant","content":[` + text + `,` + result + `,{"type":"reasoning","text":"hm"},` +
			`{"type":"tool-call","toolCallId":"2","toolName":"","input":{}},` + file + `]}]`,
		"user": `[{"role":"tool","content":[` + result + `]},` +
			`{"role":"user","content":[` + text + `,{"type":"thinking"},{"type":"call"},` + file + `]}]`,
		"tool": `[{"role":"tool","content":[` + result + `]},` +
			`{"role":"user","content":[` + text + `,{"type":"thinking"},{"type":"call"},` + file + `]}]`,
		"system": `[{"role":"system","content":"a","providerOptions":{"p":{"x":1}}},` +
			`{"role":"system","content":"{\"type\":\"thinking\"}"},{"role":"system","content":"{\"type\":\"call\"}"},` +
			`{"role":"system","content":"{\"type\":\"image\"}"},{"role":"tool","content":[` + result + `]}]`,
	} {
		turn := Turn{Role: role}
		for _, p := range parts {
			turn.Add(p.part, p.raw)
		}
		if got := contracts.MakeMessages(turn.Append(nil)...); string(got) != want {
			t.Errorf("%s:\nhave %s\nwant %s", role, got, want)
		}
	}
	var empty Turn
	if got := empty.Append(nil); got != nil {
		t.Errorf("a turn without parts has messages: %v", got)
	}
}

func TestTextMessage(t *testing.T) {
	for role, want := range map[contracts.Role]string{
		"system":    `{"role":"system","content":"a"}`,
		"user":      `{"role":"user","content":[{"type":"text","text":"a"}]}`,
		"assistant": `{"role":"assistant","content":[{"type":"text","text":"a"}]}`,
		"tool":      `{"role":"tool","content":[{"type":"tool-result","toolCallId":"","toolName":"","output":{"type":"text","value":"a"}}]}`,
	} {
		m := TextMessage(role, "a")
		if got := string(m.AppendJSON(nil)); got != want {
			t.Errorf("%s: %s", role, got)
		}
	}
}

// The same call spelled in another way has the same id; another call has not.
func TestCallIDWhateverTheSpelling(t *testing.T) {
	same := []contracts.JSON{
		`{"a":1,"b":["x",{"c":null}],"d":-0.5}`,
		`{ "d" : -0.5, "b" : [ "\u0078", { "c" : null } ], "a" : 1.0 }`,
	}
	for _, input := range same {
		if CallID("f", input) != CallID("f", same[0]) {
			t.Errorf("%s has an id of its own", input)
		}
	}
	seen := map[string]contracts.JSON{}
	for _, input := range []contracts.JSON{
		same[0], `{}`, `[]`, `""`, `0`, `null`, `true`, `false`, `[[]]`, `[{}]`, `{"a":{}}`, `{"a":"b"}`, `{"b":"a"}`, `["a","b"]`, `["b","a"]`,
		`["ab"]`, `{"a":1}`, `{"a":"1"}`, `{"a":2}`, `{"a":1,"b":2}`, `{"a":2,"b":1}`, `{"a":[1,2]}`, `{"a":[2,1]}`, `{"a":[1],"b":[2]}`,
	} {
		id := CallID("f", input)
		if other, ok := seen[id]; ok {
			t.Errorf("%s and %s have the same id", input, other)
		}
		seen[id] = input
	}
}

func TestFold(t *testing.T) {
	var f Fields
	f.Set("a", "1")
	f.Set("b", "")
	f.Set("b", "null")
	f.SetAll(`{"c":2,"a":null,"d":3}`)
	var o Object
	o.Read(`{"c":4,"e":5}`)
	o.Take("e")
	f.SetRest(&o)
	var list List
	b := list.Append(f.Append([]byte{'{'}), "none")
	list.AddAll(`[1,2]`)
	list.Add(`{"x":3}`)
	if got := string(list.Append(b, "list")) + "}"; got != `{"a":1,"c":4,"d":3,"list":[1,2,{"x":3}]}` {
		t.Error(got)
	}
	if f.Get("c") != "4" || f.Get("b") != "" || f.Empty() || len(f.Members()) != 3 {
		t.Errorf("%v", f.Members())
	}
}

func TestReadCamel(t *testing.T) {
	var o Object
	o.ReadCamel(`{"thought_signature":"s","id":1,"fileUri":null,"a_b":{"c_d":1}}`)
	if o.Text("thoughtSignature") != "s" || o.Text("id") != "1" || o.RestJSON() != `{"aB":{"c_d":1}}` {
		t.Errorf("%s", o.RestJSON())
	}
	o.Take("aB")
	if o.RestJSON() != "" {
		t.Error("nothing left is something")
	}
}
