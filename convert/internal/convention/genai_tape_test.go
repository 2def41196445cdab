// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convention

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"

	"github.com/spect-tools/spect-go/contracts"
)

// respelled is the same JSON with the first character of each string that says
// something escaped: no string is as package contracts would write it.
func respelled(j string) string {
	var b strings.Builder
	dec := json.NewDecoder(strings.NewReader(j))
	dec.UseNumber()
	at := 0
	for {
		token, err := dec.Token()
		if err != nil {
			break
		}
		end := int(dec.InputOffset())
		piece := j[at:end]
		at = end
		if s, ok := token.(string); ok && s != "" && s[0] >= ' ' && s[0] < 0x7f {
			quote := strings.IndexByte(piece, '"')
			rest := piece[quote+2:]
			if piece[quote+1] == '\\' {
				rest = piece[quote+3:]
				if piece[quote+2] == 'u' {
					rest = piece[quote+7:]
				}
			}
			piece = piece[:quote+1] + `\u00` + string("01234567"[s[0]>>4]) + string("0123456789abcdef"[s[0]&15]) + rest
		}
		b.WriteString(piece)
	}
	return b.String() + j[at:]
}

// said is what a span says of its messages, as JSON.
func said(t *testing.T, input, output, instructions string) (messages, finish string) {
	t.Helper()
	attrs := []attribute.KeyValue{attribute.String(operationKey, "chat")}
	for key, value := range map[attribute.Key]string{inputKey: input, outputKey: output, instructionsKey: instructions} {
		if value != "" {
			attrs = append(attrs, key.String(value))
		}
	}
	f := Read(&Source{Attributes: attrs})
	all := slices.Concat(f.Request.Messages, f.Response.Messages)
	text, err := json.Marshal(f.Response.FinishReasons)
	if err != nil {
		t.Fatal(err)
	}
	return string(contracts.MakeMessages(all...)), string(text)
}

func checkSpelling(t *testing.T, list string) {
	t.Helper()
	if !contracts.JSON(list).Valid() || !contracts.JSON(list).IsArray() {
		return
	}
	other := respelled(list)
	if !contracts.JSON(other).Valid() {
		t.Fatalf("%s was respelled as %s", list, other)
	}
	messages, finish := said(t, list, list, list)
	same, too := said(t, other, other, other)
	if canonical(t, messages) != canonical(t, same) || finish != too {
		t.Errorf("%s\nsays          %s %s\nrespelled says %s %s", list, messages, finish, same, too)
	}
}

// canonical is JSON in one spelling.
func canonical(t *testing.T, j string) string {
	t.Helper()
	var v any
	dec := json.NewDecoder(strings.NewReader(j))
	dec.UseNumber()
	if err := dec.Decode(&v); err != nil {
		t.Fatal(err, j)
	}
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

var spelledLists = []string{
	`[]`,
	`[{"role":"user","parts":[{"type":"text","content":"What is\n\"this\"?"}]}]`,
	`[{"parts":[{"content":"no role","type":"text"}],"finish_reason":"stop"},{"role":"assistant","parts":[{"type":"text","content":"b"}],"finish_reason":"length"}]`,
	`[{"role":"system","parts":[{"type":"text","content":"a"}]},{"role":"developer","parts":[{"type":"text","content":"b"}]},{"role":"tool","parts":[{"type":"text","content":"c"}]}]`,
	`[{"role":"User","name":null,"parts":[{"type":"text","content":" a "}]},{"role":"user","name":"n","parts":[{"type":"text","content":"a"}]}]`,
	`[{"role":"user","parts":[{"type":"text","content":""}]},{"role":"user","parts":[{"type":"text","content":"a"},{"type":"text","content":"b"}]}]`,
	`[{"role":"user","parts":[{"type":"text","content":"{\"cachePoint\":{\"type\":\"default\"}}"}]}]`,
	`[{"role":"user","parts":[{"type":"text","content":"a","more":1}]},{"role":"user","role":"assistant","parts":[{"type":"text","content":"a"}]}]`,
	`[{"role":"assistant","parts":[{"type":"text","content":"a"},{"type":"tool_call","id":"c1","name":"f","arguments":{"x":1}}]},{"role":"tool","parts":[{"type":"tool_call_response","id":"c1","response":"r"}]}]`,
	`[{"role":"user","parts":[{"type":"text","content":5}]},{"role":"user","parts":[{"type":"text","content":null}]},{"role":null,"parts":[{"type":"text","content":"a"}]}]`,
	`[{"role":"user","parts":[{"type":"text","content":"a"}]},"a text",null,7,{"role":"user","content":"b"}]`,
	`[{"type":"text","content":"an instruction"},{"type":"text","content":"another"}]`,
	`[{"type":"text","content":"an instruction"},{"type":"text","content":""},{"type":"uri","uri":"https://example.com/a.png"}]`,
	`[[]]`, `["role"]`,
	// A list within the list.
	`[{"role":"user","parts":[{"type":"text","content":"a"}]},{"role":"user","content":[{"role":"user","parts":[{"text":"within"}]},{"parts":[{"text":"too"}]}]},{"role":"user","parts":[{"type":"text","content":"c"}]}]`,
}

// How the JSON of messages is spelled is of no matter: those that are read in
// their quotes say what the others say.
func TestSpelling(t *testing.T) {
	for _, list := range spelledLists {
		checkSpelling(t, list)
	}
}

func FuzzSpelling(f *testing.F) {
	f.Add("user", "What is\n\"this\"?", "", "")
	f.Add("assistant", " Paris ", "stop", "")
	f.Add("system", "", "length", "name")
	f.Add("tool", `{"cachePoint":{"type":"default"}}`, "", "tool_call_id")
	f.Add("Developer", `[1, {"a": "b"}]`, "x", "content")
	f.Add("", "\u00e9\u2028\x00", "\\", "parts")
	f.Fuzz(func(t *testing.T, role, text, reason, member string) {
		quote := func(s string) string { return string(contracts.QuoteJSON(s)) }
		part := `{"type":"text","content":` + quote(text) + `}`
		message := `{"role":` + quote(role) + `,"parts":[` + part + `],"finish_reason":` + quote(reason) + `}`
		other := `{"parts":[` + part + `],` + quote(member) + `:` + quote(text) + `}`
		checkSpelling(t, `[`+message+`]`)
		checkSpelling(t, `[`+message+`,`+other+`,{"role":`+quote(role)+`,"parts":[`+part+`,`+part+`]}]`)
	})
}

// A list within a list does not disturb the rest of it.
func TestListWithinList(t *testing.T) {
	messages, _ := said(t, spelledLists[len(spelledLists)-1], "", "")
	for _, text := range []string{"a", "within", "too", "c"} {
		if !strings.Contains(messages, `"text":"`+text+`"`) {
			t.Errorf("%q is not in %s", text, messages)
		}
	}
}

// What looks like a message to one who counts names and values, and is none, is kept
// as it came.
func TestListOfLists(t *testing.T) {
	for _, list := range []string{`[["role","user","parts",[{"type":"text","content":"a"}]]]`, `[["role"]]`, `[[{"role":"user","parts":[]}]]`} {
		messages, _ := said(t, list, "", "")
		want := string(contracts.MakeMessages(contracts.UserText(list[1 : len(list)-1])))
		if messages != want {
			t.Errorf("%s says %s", list, messages)
		}
	}
}

// Most messages stay in their quotes from one end to the other.
func TestTextsStayQuoted(t *testing.T) {
	list := `[{"role": "user", "parts": [{"type": "text", "content": "a \"b\"\n"}], "name": null}]`
	f := Read(&Source{Attributes: []attribute.KeyValue{
		attribute.String(operationKey, "chat"), attribute.String(inputKey, list), attribute.String(outputKey, list),
		attribute.String(instructionsKey, `[{"type":"text","content":"a \"b\"\n"}]`),
	}})
	all := slices.Concat(f.Request.Messages, f.Response.Messages)
	if len(all) != 3 {
		t.Fatalf("%d messages", len(all))
	}
	for _, m := range all {
		if text, ok := m.Content.Quoted(); !ok || text != `"a \"b\"\n"` {
			t.Errorf("the %s's text was read: %s", m.Role, text)
		}
	}
}
