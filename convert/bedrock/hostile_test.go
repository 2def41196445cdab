// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package bedrock_test

import (
	"strings"
	"testing"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/bedrock"
	st "github.com/spect-tools/spect-go/convert/internal/shapetest"
)

// FuzzRead: whatever the text is, what is read of it is as the contract wants it.
func FuzzRead(f *testing.F) { shape.Fuzz(f, hostileSeeds()...) }

func TestHostile(t *testing.T) { shape.Hostile(t, "testdata", hostileSeeds()...) }

// hostileSeeds are small values of every shape.
func hostileSeeds() (seeds []contracts.JSON) {
	for _, c := range contents {
		seeds = append(seeds, c.content, `{"output":{"message":{"content":`+c.content+`}},"messages":[{"role":"`+contracts.JSON(c.role)+`","content":`+c.content+`}]}`)
	}
	seeds = append(seeds,
		`{"contentBlockDelta":{"contentBlockIndex":0,"delta":{"toolUse":{"input":"{"},"toolResult":[{"text":"x"}],"citation":{},"reasoningContent":{"redactedContent":"AA=="}}}}`,
		`{"anthropic_version":"x","messages":[{"role":"user","content":"Hi"}]}`)
	return seeds
}

func TestDeepNesting(t *testing.T) {
	for _, depth := range []int{9800, 9899, 10001, 200000} {
		deep := contracts.JSON(strings.Repeat(`[`, depth) + strings.Repeat(`]`, depth))
		content := `[{"toolUse":{"toolUseId":"a","name":"f","input":` + deep + `}},{"toolResult":{"toolUseId":"a","content":[{"json":` + deep + `}]}},{"later":` + deep + `}]`
		st.CheckMessages(t, bedrock.Content(contracts.RoleAssistant, content))
		st.CheckResponse(t, bedrock.Response(`{"output":{"message":{"content":`+content+`}},"trace":`+deep+`}`))
		s := new(bedrock.Stream)
		s.Add(`{"contentBlockDelta":{"delta":{"toolUse":{"input":"` + deep + `"}}}}`)
		st.CheckResponse(t, s.Response())
		if len(s.Response().Messages) != 1 {
			t.Errorf("an input %d deep takes the answer with it", depth)
		}
	}
}

func TestLinearTime(t *testing.T) {
	repeat := func(element string, size int) contracts.JSON {
		return contracts.JSON(strings.Repeat(element+",", size-1) + element)
	}
	for name, work := range map[string]func(size int){
		"blocks": func(size int) {
			bedrock.Content(contracts.RoleUser, "["+repeat(`{"text":"x"},{"toolResult":{"toolUseId":"a","content":[{"json":1},{"text":"x"}]}}`, size)+"]")
		},
		"cache points": func(size int) {
			bedrock.Content(contracts.RoleUser, `[{"text":"x"},`+repeat(`{"cachePoint":{"type":"default"}}`, size)+"]")
		},
		"citations": func(size int) {
			bedrock.Content(contracts.RoleAssistant, `[{"citationsContent":{"content":[`+repeat(`{"text":"piece"}`, size)+`]}}]`)
		},
		"exceptions": func(size int) {
			bedrock.Response(`{` + repeat(`"aException":1`, size) + `}`)
		},
		"one event, many times": func(size int) {
			s := new(bedrock.Stream)
			s.Add(`{` + repeat(`"contentBlockDelta":{"contentBlockIndex":0,"delta":{"text":"x"}}`, size) + `}`)
			if parts := s.Response().Messages[0].Content.Parts(); string(parts[0].AppendJSON(nil)) != `{"type":"text","text":"x"}` {
				t.Error("of a member that is repeated the last counts")
			}
		},
		"stream": func(size int) {
			s := new(bedrock.Stream)
			for range size {
				s.Add(`{"contentBlockDelta":{"contentBlockIndex":0,"delta":{"text":"piece"}}}`)
				s.Add(`{"contentBlockDelta":{"contentBlockIndex":1,"delta":{"reasoningContent":{"redactedContent":"AA=="}}}}`)
				s.Add(`{"contentBlockDelta":{"contentBlockIndex":2,"delta":{"toolResult":[{"text":"x"},{"json":1}]}}}`)
			}
			s.Response()
		},
	} {
		t.Run(name, func(t *testing.T) { st.CheckLinear(t, work) })
	}
}
