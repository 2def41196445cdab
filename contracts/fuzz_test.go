// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package contracts_test

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/internal/hostile"
	"github.com/spect-tools/spect-go/internal/payloadtest"
)

// Parsing, reading and validating never panic; what parses encodes to valid
// JSON, and encoding what was encoded changes nothing more.
func FuzzParsePayload(f *testing.F) {
	for _, body := range bodies(f) {
		f.Add(string(body))
	}
	const mutations = 100
	for seed := range uint64(mutations) {
		f.Add(hostile.Mutate(rand.New(rand.NewPCG(seed, 0)), string(payloadtest.Sample())))
	}
	for _, m := range payloadtest.Mutations() {
		f.Add(string(m.Apply()))
	}
	for _, text := range []string{
		"", "null", "[]", "{}", `{"id":"\ud800"}`, "{\"id\":\"\xff\"}", `{"metadata":{"result":{"spans":[{}],"spans":[null]}}}`,
		`{"response":{"finishReasons":["a"],"finishReasons":[]}}`, `{"startTime":"0000-01-01T00:00:00-01:00"}`,
		`{"metadata":{"result":{"error":{"message":"m"},"error":5}}}`,
		" {\n\"\\u0069d\" : \"\\u0061\\/\" , \"\" : null }\t", `{"duration":-0,"metadata":{"request": [ ] ,"spect":null,"otel":1e400}}`, `{"duration":1e400}`,
		`{"metadata":{"result":{"spans":[{"messages":[null,{"role":"\u0075ser","content":null},{"content":[null,{"type":null},{"type":"tool-result","output":null}]}]}]}}}`,
		`{"prompt":{"messages":[{"role":"tool","role":"user","content":"a","content":[{"type":"text","text":"b","text":1}]}]}}`,
		`{"a":` + strings.Repeat(`[{"":`, 4900) + "0" + strings.Repeat("}]", 4900) + "}", `{"name":"` + strings.Repeat("\U0001F600", 3000) + `","\ud800":"\udc00"}`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := contracts.ParsePayload(text)
		if err != nil {
			return
		}
		once := string(p.AppendJSON(nil))
		if !json.Valid([]byte(once)) {
			t.Fatalf("%q\nencodes to what is not JSON: %q", text, once)
		}
		again, err := contracts.ParsePayload(once)
		if err != nil {
			t.Fatalf("%q\nencodes to what does not parse: %v\n%q", text, err, once)
		}
		if twice := string(again.AppendJSON(nil)); twice != once {
			t.Fatalf("%q\nencodes to %q\nand that to %q", text, once, twice)
		}
		if (p.Validate() == nil) != (again.Validate() == nil) {
			t.Fatalf("%q is judged %v, and when encoded %v", text, p.Validate(), again.Validate())
		}
		if p.Metadata.Result == nil {
			return
		}
		for _, s := range p.Metadata.Result.Spans {
			for m, err := range s.Messages.All() {
				if err != nil {
					continue
				}
				m.Content.Text()
				m.Content = contracts.PartsContent(m.Content.Parts()...)
				if b := m.AppendJSON(nil); !json.Valid(b) {
					t.Fatalf("a message encodes to what is not JSON: %q", b)
				}
			}
		}
	})
}
