// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package redact_test

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/exporter/redact"
)

// canaries fills values with texts that are all different.
type canaries struct{ n int }

func (c *canaries) next() string {
	c.n++
	return fmt.Sprintf("canary%d.", c.n)
}

// fill fills every field that can hold text, so that a field that is added to the
// contract is filled too.
func (c *canaries) fill(v reflect.Value) {
	switch v.Interface().(type) {
	case time.Time:
		v.Set(reflect.ValueOf(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)))
		return
	case contracts.JSON:
		v.SetString(`{"` + c.next() + `":["` + c.next() + `",{"a":"\n` + c.next() + `"}]}`)
		return
	case contracts.Messages:
		v.SetString(string(contracts.MakeMessages(c.conversation()...)))
		return
	case contracts.Members:
		v.Set(reflect.ValueOf(contracts.Members{{Name: c.next(), Value: contracts.QuoteJSON(c.next())}}))
		return
	case contracts.Content:
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(c.next())
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		c.fill(v.Elem())
	case reflect.Struct:
		for i := range v.NumField() {
			c.fill(v.Field(i))
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range v.Len() {
			c.fill(v.Index(i))
		}
	case reflect.Int64, reflect.Bool:
	default:
		panic(fmt.Sprintf("nothing fills a %s", v.Type()))
	}
}

// conversation is messages with every part in them.
func (c *canaries) conversation() []contracts.ConversationMessage {
	var texts []contracts.ConversationMessage
	for range 2 {
		var m contracts.ConversationMessage
		c.fill(reflect.ValueOf(&m).Elem())
		m.Content = contracts.TextContent("\"" + c.next())
		texts = append(texts, m)
	}
	texts[0].Role = contracts.RoleUser
	var parts []contracts.ContentPart
	for _, p := range []contracts.ContentPart{
		&contracts.TextContentPart{}, &contracts.ReasoningContentPart{}, &contracts.FileContentPart{},
		&contracts.ToolCallContentPart{}, &contracts.ToolResultContentPart{}, &contracts.ToolResultContentPart{},
	} {
		v := reflect.ValueOf(p).Elem()
		c.fill(v)
		parts = append(parts, v.Interface().(contracts.ContentPart))
	}
	text := parts[5].(contracts.ToolResultContentPart)
	text.Output.Type, text.Output.Value = contracts.OutputText, contracts.QuoteJSON(c.next())
	parts[5] = text
	parts = append(parts,
		contracts.UnknownContentPart{Raw: contracts.JSON(`{"type":"` + c.next() + `","text":"` + c.next() + `","x":{"y":["` + c.next() + `"]}}`)},
		contracts.UnknownContentPart{Raw: contracts.QuoteJSON(c.next())})
	return append(texts, contracts.Assistant(parts...), contracts.User(contracts.UnknownContentPart{Raw: contracts.JSON(`["` + c.next() + `"]`)}))
}

// whole is a payload with a text in every place.
func whole() (*contracts.CollectorTracePayload, int) {
	p, c := new(contracts.CollectorTracePayload), new(canaries)
	c.fill(reflect.ValueOf(p).Elem())
	return p, c.n
}

// left returns the canaries that are in a text.
func left(n int, text string) (out []string) {
	for i := range n {
		if canary := fmt.Sprintf("canary%d.", i+1); strings.Contains(text, canary) {
			out = append(out, canary)
		}
	}
	return out
}

// structural are the texts that are none of the application's.
func structural(p *contracts.CollectorTracePayload) []string {
	out := []string{p.ID, p.TraceID, p.SpanID, p.ParentID, p.OrganizationID}
	for i := range p.Metadata.Result.Spans {
		r := &p.Metadata.Result.Spans[i]
		out = append(out, r.ID, r.TraceID, r.ParentID)
	}
	return out
}

// Every text of the contract is shown to redactors, but ids and the organization. A
// field that is added to the contract fails this until it is visited.
func TestEveryPlaceIsSeen(t *testing.T) {
	p, n := whole()
	if n < 150 {
		t.Fatalf("%d canaries: the payload is not filled", n)
	}
	if all := left(n, string(p.AppendJSON(nil))); len(all) < n-20 { // some fields of the test's own are overwritten
		t.Fatalf("%d of %d canaries are written", len(all), n)
	}
	keep := structural(p)
	all := redact.Func(func(_ redact.Place, text string) (string, error) {
		return strings.ReplaceAll(text, "canary", "x"), nil
	})
	if err := redact.NewChain(all).Payload(p); err != nil {
		t.Fatal(err)
	}
	body := string(p.AppendJSON(nil))
	if !contracts.JSON(body).Valid() {
		t.Fatalf("not JSON: %s", body)
	}
	for _, canary := range left(n, body) {
		if !slices.Contains(keep, canary) {
			at := strings.Index(body, canary)
			t.Errorf("not seen: %s in …%s", canary, body[max(0, at-80):at+len(canary)])
		}
	}
	if kept := left(n, body); len(kept) != len(keep) {
		t.Errorf("%d ids are kept, want %d", len(kept), len(keep))
	}
}

// A redactor that fails, panics, or makes something else than JSON loses all that
// it saw, whatever the place.
func TestFailureWithholds(t *testing.T) {
	for name, r := range map[string]redact.Redactor{
		"fails":  redact.Func(func(_ redact.Place, text string) (string, error) { return text, errors.New("about " + text) }),
		"panics": redact.Func(func(_ redact.Place, text string) (string, error) { panic(text) }),
		"fails on JSON": jsonFunc(func(_ redact.Place, j contracts.JSON) (contracts.JSON, error) {
			return j, errors.New("about " + string(j))
		}),
		"panics on JSON": jsonFunc(func(_ redact.Place, j contracts.JSON) (contracts.JSON, error) { panic(j) }),
		"returns no JSON": jsonFunc(func(_ redact.Place, j contracts.JSON) (contracts.JSON, error) {
			return j + "}", nil
		}),
		"returns nearly JSON": jsonFunc(func(redact.Place, contracts.JSON) (contracts.JSON, error) { return "[1 2]", nil }),
	} {
		t.Run(name, func(t *testing.T) {
			p, n := whole()
			keep := structural(p)
			err := redact.NewChain(r).Payload(p)
			var withheld *redact.WithheldError
			if !errors.As(err, &withheld) || withheld.Places < 20 || withheld.Redactor == "" || withheld.Kind == "" {
				t.Fatalf("error %v", err)
			}
			if strings.Contains(err.Error(), "canary") {
				t.Errorf("the error tells content: %v", err)
			}
			body := string(p.AppendJSON(nil))
			if !contracts.JSON(body).Valid() || !strings.Contains(body, redact.Withheld) {
				t.Fatalf("payload: %s", body)
			}
			// What is only shown as text is not withheld from one that fails on JSON.
			if _, ok := r.(jsonFunc); ok {
				for _, j := range []contracts.JSON{p.Attributes.RequestInput, p.Response.Object, p.Metadata.Result.Spans[1].Tool.Result, p.Metadata.Result.Spans[1].Subagent.Input} {
					if j != `"`+redact.Withheld+`"` {
						t.Errorf("value: %s", j)
					}
				}
				if m := p.Metadata.Result.Spans[0].Metadata; m != `{"value":"`+redact.Withheld+`"}` {
					t.Errorf("metadata: %s", m)
				}
				return
			}
			if left := left(n, body); len(left) != len(keep) {
				t.Errorf("%d texts left, want %d: %v", len(left), len(keep), left)
			}
		})
	}
}

type jsonFunc func(p redact.Place, j contracts.JSON) (contracts.JSON, error)

func (jsonFunc) Redact(_ redact.Place, text string) (string, error) { return text, nil }

func (f jsonFunc) RedactJSON(p redact.Place, j contracts.JSON) (contracts.JSON, error) {
	return f(p, j)
}

// What is not JSON cannot be walked over, and is not sent.
func TestBrokenJSONIsWithheld(t *testing.T) {
	for _, broken := range []contracts.JSON{`{"a":"secret"`, `{"a":"secret}`, `["secret"]]`, `["secret"}`, `{"secret"`, `secret`, `"secret\"`, `"a" "secret"`} {
		p := &contracts.CollectorTracePayload{Attributes: contracts.CollectorTraceAttributes{RequestInput: broken}}
		p.Metadata.Request = broken
		p.Prompt.Messages = contracts.Messages(broken)
		if err := redact.NewChain(redact.Func(same)).Payload(p); err == nil {
			t.Errorf("%s: no error", broken)
		}
		if body := string(p.AppendJSON(nil)); strings.Contains(body, "secret") || !contracts.JSON(body).Valid() {
			t.Errorf("%s: %s", broken, body)
		}
	}
}

func same(_ redact.Place, text string) (string, error) { return text, nil }

// Redactors are told where they are.
func TestPlaces(t *testing.T) {
	p := &contracts.CollectorTracePayload{Name: "run"}
	p.Attributes.RequestInput = `{"q":{"odd name":["first",2]}}`
	p.Metadata.OTel = `{"traceId":"0123456789abcdef0123456789abcdef","spanId":"0123456789abcdef","resource":{"host":"h"}}`
	p.Metadata.Result = &contracts.CollectorTraceResult{Spans: []contracts.SpanRecord{{
		Name: "span",
		Messages: contracts.MakeMessages(
			contracts.UserText("hi"),
			contracts.Assistant(
				contracts.ReasoningContentPart{Text: "hm", ProviderOptions: `{"openai":{"id":"r1"}}`},
				contracts.ToolCallContentPart{ToolCallID: "c1", ToolName: "search", Input: `{"a":[{"b":"in"}]}`},
				contracts.FileContentPart{MediaType: "image/png", Filename: "f.png", Data: `"https://example.com/f.png"`},
				contracts.FileContentPart{MediaType: "image/png", Data: `"iVBORw0KGgoAAAANSUhEUgAA1"`}),
			contracts.ToolMessage(contracts.ToolResultContentPart{ToolCallID: "c1", ToolName: "search", Output: contracts.ToolResultOutput{Type: "json", Value: `["out"]`}})),
		Error: &contracts.NormalizedError{Message: "no", Stack: "main.go:1"},
		Tool:  &contracts.SpanToolOverlay{ToolName: "fetch", Parameters: `"plain"`, Result: `{"n":1.50}`},
	}}}
	var got []string
	record := redact.Func(func(p redact.Place, text string) (string, error) {
		name := ""
		if p.IsName {
			name = " name"
		}
		got = append(got, fmt.Sprintf("%s%s role=%s tool=%s %s %q: %s", p.Kind, name, p.Role, p.Tool, p.Path(), p.Member(), text))
		return text, nil
	})
	if err := redact.NewChain(record).Payload(p); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`name role= tool= $ "": run`,
		`input name role= tool= $ "": q`,
		`input name role= tool= $.q "": odd name`,
		`input role= tool= $.q["odd name"][0] "": first`,
		`input role= tool= $.q["odd name"][1] "": 2`,
		`metadata role= tool= $.resource.host "host": h`,
		`text role=user tool= $ "": hi`,
		`reasoning role=assistant tool= $ "": hm`,
		`metadata role=assistant tool= $.openai.id "id": r1`,
		`id role=assistant tool=search $ "": c1`,
		`name role=assistant tool=search $ "": search`,
		`tool.parameters role=assistant tool=search $.a[0].b "b": in`,
		`file.name role=assistant tool= $ "": f.png`,
		`label role=assistant tool= $ "": image/png`,
		`file.data role=assistant tool= $ "": https://example.com/f.png`,
		`tool.result role=tool tool=search $[0] "": out`,
		`error.message role= tool= $ "": no`,
		`error.stack role= tool= $ "": main.go:1`,
		`tool.parameters role= tool=fetch $ "": plain`,
		`tool.result role= tool=fetch $.n "n": 1.50`,
	} {
		if !slices.Contains(got, want) {
			t.Errorf("not seen: %s", want)
		}
	}
	for _, line := range got {
		for _, hidden := range []string{": 0123456789abcdef", ": iVBOR", ": tool-call", ": user", ": json"} {
			if strings.Contains(line, hidden) {
				t.Errorf("seen: %s", line)
			}
		}
	}
	if t.Failed() {
		t.Log(strings.Join(got, "\n"))
	}
}

// The copy of request.spect stays one.
func TestSpectStaysACopy(t *testing.T) {
	p := &contracts.CollectorTracePayload{}
	p.Metadata.Request = `{"user":"ann","spect":{"owner":"ann"}}`
	p.Metadata.Spect = `{"owner":"ann"}`
	ann := redact.Func(func(p redact.Place, text string) (string, error) {
		if p.Path() == "$.spect.owner" {
			return "x", nil
		}
		return text, nil
	})
	if err := redact.NewChain(ann).Payload(p); err != nil {
		t.Fatal(err)
	}
	if p.Metadata.Request != `{"user":"ann","spect":{"owner":"x"}}` || p.Metadata.Spect != `{"owner":"x"}` {
		t.Errorf("request %s, spect %s", p.Metadata.Request, p.Metadata.Spect)
	}
}

// What JSON redactors make of a value must be what the contract has there: an
// output of parts stays one, and no copy is kept of what is no object any more.
func TestShapesStay(t *testing.T) {
	fails := jsonFunc(func(redact.Place, contracts.JSON) (contracts.JSON, error) { return "", errors.New("no") })
	p := &contracts.CollectorTracePayload{}
	p.Prompt.Messages = contracts.MakeMessages(contracts.ToolMessage(contracts.ToolResultContentPart{
		Output: contracts.ToolResultOutput{Type: contracts.OutputContent, Value: `[{"type":"text","text":"a"}]`},
	}))
	if err := redact.NewChain(fails).Payload(p); err == nil {
		t.Error("no error")
	}
	if !strings.Contains(string(p.Prompt.Messages), `"value":[{"type":"text","text":"`+redact.Withheld+`"}]`) {
		t.Error(p.Prompt.Messages)
	}

	p = &contracts.CollectorTracePayload{}
	p.Metadata.Request, p.Metadata.Spect = `{"spect":{"a":1}}`, `{"a":1}`
	if err := redact.NewChain(redact.JSONPaths("$.spect")).Payload(p); err != nil {
		t.Error(err)
	}
	if p.Metadata.Request != `{"spect":"[REDACTED:path]"}` || p.Metadata.Spect != "" {
		t.Errorf("request %s, spect %s", p.Metadata.Request, p.Metadata.Spect)
	}
}

// A JSON redactor is shown no base64 of files; and in what it makes, places are
// those of the message.
func TestPlacesInWholeValues(t *testing.T) {
	var shown []string
	whole := jsonFunc(func(_ redact.Place, j contracts.JSON) (contracts.JSON, error) {
		shown = append(shown, string(j))
		return `["made"]`, nil
	})
	role := redact.Func(func(p redact.Place, text string) (string, error) {
		if text == "made" {
			return string(p.Role) + " " + p.Tool + " " + p.Path(), nil
		}
		return text, nil
	})
	file := contracts.JSON(`"` + strings.Repeat("iVBORw0KGgoAAAANSUhEUgAA", 60) + `"`)
	p := &contracts.CollectorTracePayload{}
	p.Prompt.Messages = contracts.MakeMessages(
		contracts.ToolMessage(contracts.ToolResultContentPart{ToolName: "t", Output: contracts.ToolResultOutput{Type: contracts.OutputJSON, Value: file}}),
		contracts.ToolMessage(contracts.ToolResultContentPart{ToolName: "t", Output: contracts.ToolResultOutput{Type: contracts.OutputJSON, Value: "[1]"}}),
	)
	if err := redact.NewChain(whole, role).Payload(p); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(shown, []string{"[1]"}) || !strings.Contains(string(p.Prompt.Messages), string(file)) || !strings.Contains(string(p.Prompt.Messages), `["tool t $[0]"]`) {
		t.Errorf("shown %.100q, made %.1000s", shown, p.Prompt.Messages)
	}
}

// A word of the contract hides no text that repeats its name.
func TestRepeatedMembersAreSeen(t *testing.T) {
	p := &contracts.CollectorTracePayload{}
	p.Prompt.Messages = `[{"role":"user","role":"secret","content":[{"type":"text","type":"secret","text":""},` +
		`{"type":"tool-result","output":{"type":"json","type":"secret","value":1}}]}]`
	all := redact.Func(func(_ redact.Place, text string) (string, error) { return strings.ReplaceAll(text, "secret", "x"), nil })
	if err := redact.NewChain(all).Payload(p); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(p.Prompt.Messages), "secret") {
		t.Error(p.Prompt.Messages)
	}
}
