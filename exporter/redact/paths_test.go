// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package redact_test

import (
	"strings"
	"testing"
	"time"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/exporter/redact"
)

func TestJSONPaths(t *testing.T) {
	const x = `"[REDACTED:path]"`
	for _, test := range []struct{ paths, in, want string }{
		{`$.user.email`, `{"user":{"email":"a@example.com","n":1},"email":2}`, `{"user":{"email":` + x + `,"n":1},"email":2}`},
		{`$.user.email`, `{"user":[{"email":1}]}`, `{"user":[{"email":1}]}`},
		{`$..password`, `{"a":[{"password":"x"},{"b":{"password":{"c":1}}}],"password":null}`, `{"a":[{"password":` + x + `},{"b":{"password":` + x + `}}],"password":` + x + `}`},
		{`$.rows[*].ssn`, `{"rows":[{"ssn":1, "k":2},{"ssn":[3]},4]}`, `{"rows":[{"ssn":` + x + `, "k":2},{"ssn":` + x + `},4]}`},
		{`$[0]`, ` [1 , 2] `, ` [` + x + ` , 2] `},
		{`$[1][0]`, `[[1,2],[3,4]]`, `[[1,2],[` + x + `,4]]`},
		{`$[0]`, `{"0":1}`, `{"0":1}`},
		{`$.*`, `{"a":1,"b":[2]}`, `{"a":` + x + `,"b":` + x + `}`},
		{`$..*`, `[1,[2]]`, `[` + x + `,` + x + `]`},
		{`$["odd name"]['it']`, `{"odd name":{"it":true}}`, `{"odd name":{"it":` + x + `}}`},
		{`$`, `{"a":1}`, x},
		{`$`, `"s"`, x},
		{`$.a $.b`, `{"a":1,"b":2,"c":3}`, `{"a":` + x + `,"b":` + x + `,"c":3}`},
		{`$..a..b`, `{"a":{"c":[{"b":1}]},"b":2}`, `{"a":{"c":[{"b":` + x + `}]},"b":2}`},
		{`$..a.b`, `{"a":{"a":{"b":1}}}`, `{"a":{"a":{"b":` + x + `}}}`},
		// names are compared as what they spell, and a repeated one is no refuge
		{`$.a`, `{"\u0061":1,"a":2}`, `{"\u0061":` + x + `,"a":` + x + `}`},
		{`$.é`, `{"é":1}`, `{"é":` + x + `}`},
		// JSON within a string
		{`$.a`, `"{\"a\":\"x\",\"b\":1}"`, `"{\"a\":\"[REDACTED:path]\",\"b\":1}"`},
		{`$.a`, `"{\"a\":"`, `"{\"a\":"`},
	} {
		p := &contracts.CollectorTracePayload{}
		p.Attributes.RequestInput = contracts.JSON(test.in)
		chain := redact.NewChain(redact.JSONPaths(strings.Fields(strings.ReplaceAll(test.paths, "odd name", "odd\u00a0name"))...))
		if strings.Contains(test.paths, "odd name") {
			chain = redact.NewChain(redact.JSONPaths(test.paths))
		}
		for range 2 { // the second time changes nothing
			if err := chain.Payload(p); err != nil {
				t.Fatal(err)
			}
			if got := string(p.Attributes.RequestInput); got != test.want {
				t.Errorf("%s in %s: %s, want %s", test.paths, test.in, got, test.want)
			}
		}
	}
}

// Messages and texts that tools have nothing to do with are not looked into; tool
// values in messages are.
func TestJSONPathsPlaces(t *testing.T) {
	p := &contracts.CollectorTracePayload{}
	p.Prompt.Messages = contracts.MakeMessages(
		contracts.UserText(`{"text":"stays"}`),
		contracts.Assistant(contracts.ToolCallContentPart{ToolCallID: "c", ToolName: "t", Input: `{"text":"goes"}`}),
		contracts.ToolMessage(contracts.ToolResultContentPart{ToolCallID: "c", ToolName: "t", Output: contracts.ToolResultOutput{Type: "text", Value: `"{\"text\":\"goes\"}"`}},
			contracts.ToolResultContentPart{ToolCallID: "c", ToolName: "t", Output: contracts.ToolResultOutput{Type: "content", Value: `[{"type":"text","text":"goes"}]`}}))
	p.Metadata.Request = `{"text":"goes"}`
	chain := redact.NewChain(redact.JSONPaths("$.text", "$[*].text"))
	if err := chain.Payload(p); err != nil {
		t.Fatal(err)
	}
	body := string(p.AppendJSON(nil))
	if strings.Contains(body, "goes") || strings.Count(body, "[REDACTED:path]") != 4 || !strings.Contains(body, "stays") {
		t.Errorf("payload: %s", body)
	}
}

func TestJSONPathsRefused(t *testing.T) {
	for _, path := range []string{"", "a", ".a", "$a", "$.", "$..", "$[", "$[]", "$[-1]", "$[a]", `$["a]`, "$.a b", "$" + strings.Repeat(".a", 64)} {
		r := redact.JSONPaths("$.ok", path)
		if err := redact.NewChain(r).Check(); err == nil || !strings.Contains(err.Error(), "redact.JSONPaths") {
			t.Errorf("%q: %v", path, err)
		}
		p := &contracts.CollectorTracePayload{}
		p.Attributes.RequestInput = `{"a":"secret"}`
		if err := redact.NewChain(r).Payload(p); err == nil || strings.Contains(string(p.AppendJSON(nil)), "secret") {
			t.Errorf("%q: a broken redactor lets pass: %v", path, err)
		}
	}
}

// Depth and many paths cost no more than their size.
func TestJSONPathsDeep(t *testing.T) {
	deep := strings.Repeat(`{"a":[`, 4000) + strings.Repeat(`]}`, 4000)
	p := &contracts.CollectorTracePayload{}
	p.Attributes.RequestInput = contracts.JSON(`[` + strings.Repeat(deep+",", 100) + `{"b":1}]`)
	begin := time.Now()
	if err := redact.NewChain(redact.JSONPaths("$..b", "$..a..a..c")).Payload(p); err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(string(p.Attributes.RequestInput), `{"b":"[REDACTED:path]"}]`) {
		t.Error("not found")
	}
	if took := time.Since(begin); took > 10*time.Second {
		t.Errorf("took %v", took)
	}
}
