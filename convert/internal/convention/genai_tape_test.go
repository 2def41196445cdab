// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convention

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/internal/hostile"
)

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
	messages, finish := said(t, list, list, list)
	for seed := range uint64(respellings) {
		other := hostile.Respell(rand.New(rand.NewPCG(seed, 0)), list)
		same, too := said(t, other, other, other)
		sameJSON(t, list+" spelled "+other, same, messages)
		if finish != too {
			t.Errorf("%s spelled %s ended for %s, want %s", list, other, too, finish)
		}
	}
}

// respellings is in how many ways a list is spelled: enough that each string of it is
// written as we write it in some, and in another way in others.
const respellings = 20

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
	`["role"]`,
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
	for _, list := range []string{`[[]]`, `[["role","user","parts",[{"type":"text","content":"a"}]]]`, `[["role"]]`, `[[{"role":"user","parts":[]}]]`} {
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
