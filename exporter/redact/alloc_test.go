// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package redact

import (
	"strings"
	"testing"

	"github.com/spect-tools/spect-go/contracts"
)

// Nothing is allocated where there is nothing to find, in texts, tool values and
// metadata, with escapes and without.
func TestCleanDoesNotAllocate(t *testing.T) {
	text := strings.Repeat("On 2026-01-02 at 10:30, \"key\": value = 12.5 and id 7f3c9a1e-5b2d-4c8f-9e6a-1d2b3c4d5e6f;\nfunc main() { x := y[0] + 415 }\t", 50)
	p := &contracts.CollectorTracePayload{Name: "clean"}
	p.Metadata.Request = `{"a":{"b":["c \"d\"\n",1.5,null,true]}}`
	p.Attributes.RequestInput = contracts.MakeJSON(map[string]any{"text": text})
	p.Response.Text = &text
	p.Prompt.Messages = contracts.MakeMessages(contracts.UserText(text), contracts.Assistant(contracts.ReasoningContentPart{Text: "plain"},
		contracts.ToolCallContentPart{ToolCallID: "c", ToolName: "t", Input: `{"q":[1,{"z":"text"}]}`}))
	for name, rs := range map[string][]Redactor{
		"all":   {Secrets(), Emails(), Cards(), IBANs(), Phones()},
		"paths": {JSONPaths("$..password", "$.a.b[0].c")},
	} {
		c := NewChain(rs...)
		w := &walker{chain: c} // of its own: a pool may forget
		run := func() {
			if w.guardedPayload(p); w.failure.Places > 0 {
				t.Fatal(&w.failure)
			}
		}
		run() // makes the memory that it goes on to use
		if n := testing.AllocsPerRun(20, run); n > 0 {
			t.Errorf("%s: %.0f allocations", name, n)
		}
	}
}
