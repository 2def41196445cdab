// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package gemini_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/gemini"
	st "github.com/spect-tools/spect-go/convert/internal/shapetest"
)

// FuzzRead: whatever the text is, what is read of it is as the contract wants it.
func FuzzRead(f *testing.F) { shape.Fuzz(f, hostileSeeds()...) }

func TestHostile(t *testing.T) { shape.Hostile(t, "testdata", hostileSeeds()...) }

// hostileSeeds are small values of every shape.
func hostileSeeds() (seeds []contracts.JSON) {
	for _, c := range contents {
		seeds = append(seeds, c.content, `{"candidates":[{"content":`+c.content+`,"index":0,"safetyRatings":[1]}],"contents":`+c.content+`}`)
	}
	seeds = append(seeds, `{"event_type":"step.delta","index":0,"delta":{"type":"text","text":"x"}}`)
	return seeds
}

func TestDeepNesting(t *testing.T) {
	for _, depth := range []int{9800, 9899, 10001, 200000} {
		deep := contracts.JSON(strings.Repeat(`[`, depth) + strings.Repeat(`]`, depth))
		parts := `[{"functionCall":{"name":"f","args":{"a":` + deep + `}}},{"functionResponse":{"name":"f","response":{"b":` + deep + `}}}]`
		st.CheckMessages(t, gemini.Content(contracts.RoleAssistant, parts))
		st.CheckResponse(t, gemini.Response(`{"candidates":[{"content":{"parts":`+parts+`},"groundingMetadata":`+deep+`}]}`))
		s := new(gemini.Stream)
		s.Add(`{"candidates":[{"content":{"parts":` + parts + `}}]}`)
		st.CheckResponse(t, s.Response())
	}
	path := strings.Repeat(".a", 20000)
	r := gemini.Response(`{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","partialArgs":[
		{"jsonPath":"$` + contracts.JSON(path) + `","stringValue":"x"},{"jsonPath":"$[1000000000]","numberValue":1},{"jsonPath":"$.b[1000000000]","numberValue":1}]}}]}}]}`)
	st.CheckResponse(t, r)
	st.Same(t, "input", r.Messages[0].Content.Parts()[0].(contracts.ToolCallContentPart).Input,
		`{"$`+contracts.JSON(path)+`":"x","$[1000000000]":1,"b":[1]}`, "")
}

func TestLinearTime(t *testing.T) {
	repeat := func(element string, size int) contracts.JSON {
		return contracts.JSON(strings.Repeat(element+",", size-1) + element)
	}
	for name, work := range map[string]func(size int){
		"calls without ids": func(size int) {
			gemini.Contents("[" + repeat(`{"role":"model","parts":[{"functionCall":{"name":"f"}},{"functionCall":{"name":"f"}}]},
				{"parts":[{"functionResponse":{"name":"f","response":{}}},{"functionResponse":{"name":"g","response":{}}}]}`, size) + "]")
		},
		"results without calls": func(size int) {
			gemini.Contents(`[{"role":"model","parts":[` + repeat(`{"functionCall":{"name":"f"}}`, size) + `]},
				{"parts":[` + repeat(`{"functionResponse":{"name":"g","response":{}}}`, size) + `]}]`)
		},
		"arguments in pieces": func(size int) {
			gemini.Response(`{"candidates":[{"content":{"parts":[{"functionCall":{"partialArgs":[` +
				repeat(`{"jsonPath":"$.a","stringValue":"x"},{"jsonPath":"$.b[99999999]","numberValue":1}`, size) + `]}}]}}]}`)
		},
		"candidates": func(size int) {
			b := []byte(`{"candidates":[{}`)
			for i := range size {
				b = fmt.Appendf(b, `,{"content":{"parts":[{"functionCall":{}}]},"safetyRatings":[1],"x%d":1}`, i)
			}
			gemini.Response(contracts.JSON(append(b, "]}"...)))
		},
		"stream": func(size int) {
			s := new(gemini.Stream)
			for range size {
				s.Add(`{"candidates":[{"content":{"parts":[{"text":"piece"}]},"safetyRatings":[1]}],"usageMetadata":{"promptTokenCount":5}}`)
				s.Add(`{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","willContinue":true}}]}}]}`)
			}
			s.Response()
		},
	} {
		t.Run(name, func(t *testing.T) { st.CheckLinear(t, work) })
	}
}
