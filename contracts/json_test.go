// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package contracts_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/spect-tools/spect-go/contracts"
)

type panics struct{}

func (panics) MarshalJSON() ([]byte, error) { panic("boom") }

type fails struct{}

func (fails) MarshalJSON() ([]byte, error) { return nil, errors.New("no") }

type dirty struct{}

func (dirty) MarshalJSON() ([]byte, error) { return []byte("\"a\xff\""), nil }

func TestMakeJSON(t *testing.T) {
	for _, test := range []struct {
		value any
		want  contracts.JSON
	}{
		{nil, ""},
		{"a<b>&\u2028\xff", "\"a<b>&\u2028\uFFFD\""},
		{1.0, "1"},
		{map[string]any{"b": 1, "a": []any{nil, "<"}}, `{"a":[null,"<"],"b":1}`},
		{contracts.JSON(` { "b":1.0 } `), ` { "b":1.0 } `},
		{contracts.JSON(""), ""},
		{contracts.JSON(`{"cut`), `"{\"cut"`},
		{json.RawMessage(`[1e2]`), `[1e2]`},
		{json.RawMessage(`NaN`), `"NaN"`},
		{contracts.TextContentPart{Text: "<"}, `{"type":"text","text":"<"}`},
		{dirty{}, "\"a\uFFFD\""},
		{struct {
			A contracts.JSON `json:"a"`
			B contracts.JSON `json:"b"`
		}{A: `{"x":1.0}`}, `{"a":{"x":1.0},"b":null}`},
	} {
		if got := contracts.MakeJSON(test.value); got != test.want {
			t.Errorf("%#v becomes %s, want %s", test.value, got, test.want)
		}
	}
	for _, v := range []any{panics{}, fails{}, func() {}, make(chan int), map[string]any{"f": panics{}}} {
		j := contracts.MakeJSON(v)
		if reason, ok := j.Member("spect.error").Text(); !ok || reason == "" || !j.Valid() {
			t.Errorf("%T becomes %s", v, j)
		}
	}
}

func TestReadingJSON(t *testing.T) {
	const j = contracts.JSON(` {"a":1.0,"b":[null,"x\u0041"],"":{},"a":2} `)
	var got []string
	for name, value := range j.Members() {
		got = append(got, fmt.Sprintf("%s=%s", name, value))
	}
	if want := []string{"a=1.0", `b=[null,"x\u0041"]`, "={}", "a=2"}; !slices.Equal(got, want) {
		t.Errorf("members %q", got)
	}
	if !j.IsObject() || j.IsArray() || j.Member("a") != "2" || j.Member("c") != "" {
		t.Error("an object is read wrongly")
	}
	elements := slices.Collect(j.Member("b").Elements())
	if len(elements) != 2 || elements[0] != "null" {
		t.Fatalf("elements %q", elements)
	}
	if s, ok := elements[1].Text(); !ok || s != "xA" {
		t.Errorf("text %q", s)
	}
	if _, ok := elements[0].Text(); ok {
		t.Error("null is no text")
	}
	var m struct{ A float64 }
	if err := j.Decode(&m); err != nil || m.A != 2 {
		t.Errorf("decoded %+v: %v", m, err)
	}
	if err := contracts.JSON("").Decode(&m); err == nil {
		t.Error("an absent value is decoded")
	}
	for range contracts.JSON(`[1]`).Members() {
		t.Error("an array has no members")
	}
	for range contracts.JSON(`{"a":1}`).Elements() {
		t.Error("an object has no elements")
	}
	for range j.Members() { // stopping early is fine
		break
	}
	for range contracts.JSON(`[1,2]`).Elements() {
		break
	}
}

// Whatever a program puts into a message, its encoding is JSON.
func TestMessagesAreJSONWhateverTheyAreMadeOf(t *testing.T) {
	const cut = contracts.JSON(`{"cut`)
	extra := contracts.Members{{Name: "later", Value: cut}, {Name: "null"}}
	messages := contracts.MakeMessages(
		contracts.ConversationMessage{Role: "r\xff", Content: contracts.RawContent(cut), Extra: extra},
		contracts.ConversationMessage{Content: contracts.RawContent(`[{"type":]`)},
		contracts.User(
			contracts.TextContentPart{ProviderOptions: cut, Extra: extra},
			contracts.ReasoningContentPart{ProviderOptions: cut, Extra: extra},
			contracts.FileContentPart{Data: cut, ProviderOptions: cut, Extra: extra},
			contracts.ToolCallContentPart{Input: cut, ProviderOptions: cut, Extra: extra},
			contracts.ToolResultContentPart{Output: contracts.ToolResultOutput{Value: cut, Extra: extra}, ProviderOptions: cut, Extra: extra},
			contracts.UnknownContentPart{Raw: cut}, contracts.UnknownContentPart{}, nil,
		),
		contracts.ConversationMessage{},
	)
	if !contracts.JSON(messages).Valid() {
		t.Fatalf("not JSON: %s", messages)
	}
	if n := strings.Count(string(messages), `"{\"cut"`); n != 17 {
		t.Errorf("%d of 17 cut values are kept as text: %s", n, messages)
	}
}

func TestContent(t *testing.T) {
	for _, test := range []struct {
		content contracts.Content
		wire    string
		text    string
		isText  bool
		parts   int
	}{
		{contracts.Content{}, `[]`, "", false, 0},
		{contracts.TextContent("a"), `"a"`, "a", true, 1},
		{contracts.UserText("a").Content, `[{"type":"text","text":"a"}]`, "a", false, 1},
		{contracts.AssistantText("a").Content, `[{"type":"text","text":"a"}]`, "a", false, 1},
		{contracts.SystemText("a").Content, `"a"`, "a", true, 1},
		{
			contracts.PartsContent(contracts.TextContentPart{Text: "a"}, contracts.ReasoningContentPart{Text: "r"}, contracts.TextContentPart{Text: "b"}),
			`[{"type":"text","text":"a"},{"type":"reasoning","text":"r"},{"type":"text","text":"b"}]`, "ab", false, 3,
		},
		{contracts.RawContent(` [ {"type":"text","text":"\u0041"} , 5 ] `), ` [ {"type":"text","text":"\u0041"} , 5 ] `, "A", false, 2},
		{contracts.RawContent(`"\u0041"`), `"A"`, "A", true, 1},
		{contracts.RawContent(`{"a":1.0}`), `"{\"a\":1.0}"`, `{"a":1.0}`, true, 1},
		{contracts.RawContent(``), `""`, "", true, 1},
		{contracts.RawContent(`oops`), `"oops"`, "oops", true, 1},
	} {
		c := test.content
		if got := string(c.AppendJSON(nil)); got != test.wire {
			t.Errorf("have %s, want %s", got, test.wire)
		}
		if c.Text() != test.text || c.IsText() != test.isText || len(c.Parts()) != test.parts {
			t.Errorf("%s: text %q, is text %v, %d parts", test.wire, c.Text(), c.IsText(), len(c.Parts()))
		}
	}
}

func TestMessagesAll(t *testing.T) {
	const text = contracts.Messages(`[{"id":"a","role":"user","content":"x"},{"id":"b","role":5},{"id":"c","content":{}},7,{"role":"system","content":"y"}]`)
	var ids []string
	bad := 0
	for m, err := range text.All() {
		if err != nil {
			bad++
		}
		ids = append(ids, m.ID)
	}
	if want := []string{"a", "b", "c", "", ""}; bad != 3 || !slices.Equal(ids, want) {
		t.Errorf("%d bad, ids %q", bad, ids)
	}
	messages, err := text.Decode()
	if err == nil || len(messages) != 1 {
		t.Errorf("decoded %d messages: %v", len(messages), err)
	}
	for _, err := range text.All() { // stopping early is fine
		if err != nil {
			t.Error(err)
		}
		break
	}
	if messages, err := contracts.Messages("").Decode(); messages != nil || err != nil {
		t.Errorf("an absent transcript has %v, %v", messages, err)
	}
	if got := contracts.MakeMessages(); got != "[]" {
		t.Errorf("an empty transcript is %s", got)
	}
}

func TestEnumerations(t *testing.T) {
	for _, k := range []contracts.SpanKind{"", "generate", "stream", "response", "reasoning", "system", "user", "assistant", "tool-call", "tool-result", "subagent"} {
		if !k.Valid() {
			t.Errorf("kind %q is not valid", k)
		}
	}
	for _, s := range []contracts.SpanStatus{"unset", "ok", "error"} {
		if !s.Valid() {
			t.Errorf("status %q is not valid", s)
		}
	}
	for _, r := range []contracts.Role{"system", "user", "assistant", "tool"} {
		if !r.Valid() {
			t.Errorf("role %q is not valid", r)
		}
	}
	for _, o := range []contracts.ToolResultOutputType{"json", "text", "error-json", "error-text", "content"} {
		if !o.Valid() {
			t.Errorf("output %q is not valid", o)
		}
	}
	if contracts.SpanKind("session").Valid() || contracts.SpanStatus("").Valid() || contracts.Role("").Valid() || contracts.ToolResultOutputType("").Valid() {
		t.Error("what the contract does not know is valid")
	}
}

func TestNormalizedErrorIsAnError(t *testing.T) {
	var none *contracts.NormalizedError
	for want, e := range map[string]*contracts.NormalizedError{
		"<nil>": none, "m": {Message: "m", Type: "T"}, "T": {Type: "T"},
	} {
		if got := e.Error(); got != want {
			t.Errorf("have %q, want %q", got, want)
		}
	}
}

func TestSchemaIsACopy(t *testing.T) {
	first := contracts.Schema()
	if !json.Valid(first) {
		t.Fatal("the schema is not JSON")
	}
	clear(first)
	if !json.Valid(contracts.Schema()) {
		t.Error("a caller can spoil the schema of the others")
	}
}

// Pointers to parts are as the parts; a nil one is as no part.
func TestPointersToParts(t *testing.T) {
	given := []contracts.ContentPart{
		&contracts.TextContentPart{Text: "t"}, &contracts.ReasoningContentPart{Text: "r"}, &contracts.FileContentPart{MediaType: "m", Data: "1"},
		&contracts.ToolCallContentPart{ToolName: "n"}, &contracts.ToolResultContentPart{ToolName: "n"}, &contracts.UnknownContentPart{PartType: "u", Raw: "{}"},
		(*contracts.TextContentPart)(nil), (*contracts.ReasoningContentPart)(nil), (*contracts.FileContentPart)(nil),
		(*contracts.ToolCallContentPart)(nil), (*contracts.ToolResultContentPart)(nil), (*contracts.UnknownContentPart)(nil),
	}
	kept := slices.Clone(given)
	pointers := contracts.PartsContent(given...)
	values := contracts.PartsContent(
		contracts.TextContentPart{Text: "t"}, contracts.ReasoningContentPart{Text: "r"}, contracts.FileContentPart{MediaType: "m", Data: "1"},
		contracts.ToolCallContentPart{ToolName: "n"}, contracts.ToolResultContentPart{ToolName: "n"}, contracts.UnknownContentPart{PartType: "u", Raw: "{}"},
		nil, nil, nil, nil, nil, nil,
	)
	if have, want := string(pointers.AppendJSON(nil)), string(values.AppendJSON(nil)); have != want {
		t.Errorf("encoded as %s, want %s", have, want)
	}
	if !reflect.DeepEqual(pointers, values) || pointers.Text() != "t" {
		t.Errorf("the parts are %+v, want %+v", pointers.Parts(), values.Parts())
	}
	if !slices.Equal(given, kept) {
		t.Error("the caller's slice was changed")
	}
}
