// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package redact_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/exporter/redact"
	"github.com/spect-tools/spect-go/internal/jsonscan"
)

// checkRedacted checks that a JSON text was redacted as promised: all bytes but
// those of strings and numbers are as they were, and what is still a number is the
// same one.
func checkRedacted(t *testing.T, was, is string) {
	t.Helper()
	if !jsonscan.Valid(is) {
		t.Fatalf("%q became %q", was, is)
	}
	a, b := jsonscan.MakeTokens(was, 0), jsonscan.MakeTokens(is, 0)
	endA, endB := 0, 0
	for {
		x, y := a.Next(), b.Next()
		if was[endA:x.Start] != is[endB:y.Start] {
			t.Fatalf("the space changed: %q became %q", was, is)
		}
		switch {
		case x.Kind == '0' && y.Kind == '"' && strings.Contains(is[y.Start:y.End], "[REDACTED:"):
		case x.Kind != y.Kind:
			t.Fatalf("%q became %q", was, is)
		case x.Kind == 0:
			return
		case x.Kind != '"' && was[x.Start:x.End] != is[y.Start:y.End]:
			t.Fatalf("%q became %q", was, is)
		}
		endA, endB = x.End, y.End
	}
}

func seeds(f *testing.F, add func(text string)) {
	f.Helper()
	for _, s := range samples(f) {
		add(s.text)
	}
	for _, s := range []string{
		"", "\x00", "\xff@\xff.com", "a@b.com@c.com", "a@b.com-c@d.org", `\`, `\\n4111111111111111`, "password=", "password:", "://:@", "://a:b@", "Bearer ",
		"-----BEGIN PRIVATE KEY-----", "eyJ.eyJ.", strings.Repeat("4111 1111 1111 1111 ", 3), strings.Repeat("+1", 40), strings.Repeat("@", 40),
		"+4930901820+4930901820", "DE89370400440532013000DE89370400440532013000", "4111111111111111-4111111111111111", "415-555-0132-415-555-0132",
	} {
		add(s)
	}
}

// Whatever a text is: detectors do not panic, what they leave is Unicode text if it
// was, and redacting again changes nothing.
func FuzzText(f *testing.F) {
	seeds(f, func(text string) { f.Add(text) })
	chains := []*redact.Chain{redact.NewChain(everything()...), redact.NewChain(redact.Hashed([]byte("key"), everything()...))}
	for _, d := range detectors {
		chains = append(chains, redact.NewChain(d.redactor))
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, c := range chains {
			once, err := c.Text(redact.Place{Kind: redact.KindText}, text)
			if err != nil {
				t.Fatal(err)
			}
			if utf8.ValidString(text) && !utf8.ValidString(once) {
				t.Fatalf("%q became %q", text, once)
			}
			if again, _ := c.Text(redact.Place{Kind: redact.KindText}, once); again != once {
				t.Fatalf("%q became %q, and then %q", text, once, again)
			}
		}
	})
}

// Whatever a JSON value is, at whatever place: it stays valid, all that is no string
// or card stays as it is, and redacting again changes nothing.
func FuzzJSON(f *testing.F) {
	seeds(f, func(text string) {
		if jsonscan.Valid(text) {
			f.Add(text)
		}
		f.Add(`{"a":[` + string(contracts.QuoteJSON(text)) + `,1.50, {"password": "x1y2z3"}]}`)
		f.Add(string(contracts.MakeMessages(contracts.UserText(text), contracts.Assistant(contracts.ReasoningContentPart{Text: text}))))
	})
	f.Add(`[{"role":"tool","content":[{"type":"tool-result","output":{"type":"content","value":[{"type":"text","text":"a@b.com"}]},"toolName":"t"}]}]`)
	f.Add(`[{"role":"user","content":[{"type":"file","mediaType":"text/plain","data":"YUBiLmNvbQ=="},{"type":"file","mediaType":"text/csv","data":"data:;base64,\u0059UBiLmNvbQ"}]}]`)
	f.Add(`[{"content":{"role":"user"}},[{}],{"role":1,"content":[{"type":"file","data":"4111111111111111"},{"type":[]},{}]}]`)
	f.Add(`{"a":4111111111111111,"b":{"traceId":"0123456789abcdef0123456789abcdef"}}`)
	chain := redact.NewChain(append(everything(), redact.Func(same))...)
	paths := redact.NewChain(append(everything(), redact.JSONPaths("$..a", "$.b[1]", "$.*.c"))...)
	f.Fuzz(func(t *testing.T, text string) {
		if !jsonscan.Valid(text) {
			p := &contracts.CollectorTracePayload{}
			p.Attributes.RequestInput = contracts.JSON(text) // may be withheld, must not panic
			_ = chain.Payload(p)
			return
		}
		run := func(c *redact.Chain, text string) (request, input, messages string) {
			p := &contracts.CollectorTracePayload{}
			p.Metadata.Request, p.Attributes.RequestInput, p.Prompt.Messages = contracts.JSON(text), contracts.JSON(text), contracts.Messages(text)
			if err := c.Payload(p); err != nil {
				t.Fatal(err)
			}
			return string(p.Metadata.Request), string(p.Attributes.RequestInput), string(p.Prompt.Messages)
		}
		request, input, messages := run(chain, text)
		for _, is := range []string{request, input, messages} {
			checkRedacted(t, text, is)
		}
		if again, _, _ := run(chain, request); again != request {
			t.Fatalf("%q became %q, and then %q", text, request, again)
		}
		if _, again, _ := run(chain, input); again != input {
			t.Fatalf("%q became %q, and then %q", text, input, again)
		}
		if _, _, again := run(chain, messages); again != messages {
			t.Fatalf("%q became %q, and then %q", text, messages, again)
		}
		request, input, messages = run(paths, text)
		for _, is := range []string{request, input, messages} {
			if !jsonscan.Valid(is) {
				t.Fatalf("%q became %q", text, is)
			}
		}
		if _, again, _ := run(paths, input); again != input {
			t.Fatalf("%q became %q, and then %q", text, input, again)
		}
	})
}
