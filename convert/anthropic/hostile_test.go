// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package anthropic_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/anthropic"
	st "github.com/spect-tools/spect-go/convert/internal/shapetest"
)

// FuzzRead: whatever the text is, what is read of it is as the contract wants it.
func FuzzRead(f *testing.F) { shape.Fuzz(f, hostileSeeds()...) }

func TestHostile(t *testing.T) { shape.Hostile(t, "testdata", hostileSeeds()...) }

// hostileSeeds are small values of every shape.
func hostileSeeds() (seeds []contracts.JSON) {
	for _, c := range contents {
		seeds = append(seeds, c.content, `{"messages":[{"role":"`+contracts.JSON(c.role)+`","content":`+c.content+`}]}`)
	}
	seeds = append(seeds, "{\"content\":[{\"type\":\"text\",\"text\":\"\xff\",\"\xfe\":1}]}")
	return seeds
}

func TestDeepNesting(t *testing.T) {
	for _, depth := range []int{9800, 9899, 10001, 200000} {
		deep := strings.Repeat(`[`, depth) + strings.Repeat(`]`, depth)
		call := contracts.JSON(`[{"type":"tool_use","id":"a","name":"f","input":` + deep + `}]`)
		st.CheckMessages(t, anthropic.Content(contracts.RoleAssistant, call))
		st.CheckResponse(t, anthropic.Response(`{"content":`+call+`}`))
		st.CheckMessages(t, anthropic.Content(contracts.RoleUser, `[{"type":"tool_result","content":`+contracts.JSON(deep)+`}]`))
		s := new(anthropic.Stream)
		s.Add(`{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"a","name":"f"}}`)
		s.Add(`{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"` + contracts.JSON(deep) + `"}}`)
		st.CheckResponse(t, s.Response())
		if len(s.Response().Messages) != 1 {
			t.Errorf("an input %d deep takes the answer with it", depth)
		}
	}
	results := strings.Repeat(`[{"type":"tool_result","content":`, 3000) + `""` + strings.Repeat(`}]`, 3000)
	st.CheckMessages(t, anthropic.Content(contracts.RoleUser, contracts.JSON(results)))
}

func TestLinearTime(t *testing.T) {
	for name, element := range map[string]string{
		"messages": `{"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":"x"},{"type":"text","text":"y"}]}`,
		"blocks":   `{"type":"text","text":"y","citations":[1]}`,
		"members":  `"a"`,
	} {
		t.Run(name, func(t *testing.T) {
			st.CheckLinear(t, func(size int) {
				list := contracts.JSON(strings.Repeat(element+",", size-1) + element)
				switch name {
				case "messages":
					anthropic.Messages("[" + list + "]")
				case "blocks":
					anthropic.Content(contracts.RoleAssistant, "["+list+"]")
				case "members":
					anthropic.Response(`{"content":[{"type":"text",` + contracts.JSON(strings.Repeat(element+`:1,`, size)) + `"text":"x"}]}`)
				}
			})
		})
	}
	t.Run("stream of a block that began with much", func(t *testing.T) {
		st.CheckLinear(t, func(size int) {
			s := new(anthropic.Stream)
			s.Add(`{"type":"content_block_start","index":0,"content_block":{"type":"text","text":"` + contracts.JSON(strings.Repeat(`much\n`, size)) + `"}}`)
			for range size {
				s.Add(`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"piece"}}`)
			}
			s.Response()
		})
	})
	t.Run("stream of many members", func(t *testing.T) {
		st.CheckLinear(t, func(size int) {
			s := new(anthropic.Stream)
			for i := range size {
				s.Add(contracts.JSON(`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","m` + strconv.Itoa(i) + `":"piece"}}`))
			}
			s.Response()
		})
	})
	t.Run("stream", func(t *testing.T) {
		st.CheckLinear(t, func(size int) {
			s := new(anthropic.Stream)
			for range size {
				s.Add(`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"piece"}}`)
				s.Add(`{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":5}}`)
			}
			s.Response()
		})
	})
}
