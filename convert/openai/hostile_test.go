// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package openai_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/shapetest"
	"github.com/spect-tools/spect-go/convert/llm"
	"github.com/spect-tools/spect-go/convert/openai"
)

// list is an array of n elements, each made of its number.
func list(n int, element func(i int) string) string {
	var b strings.Builder
	b.WriteByte('[')
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(element(i))
	}
	b.WriteByte(']')
	return b.String()
}

// many is an object of n members.
func many(n int) string {
	var b strings.Builder
	b.WriteString(`{"role":"assistant","content":"x"`)
	for i := range n {
		fmt.Fprintf(&b, `,"member_%d":%d`, i, i)
	}
	return b.String() + "}"
}

// Time is linear in the text, whatever is in it; and what is read stands on the
// wire.
func TestTimeIsLinear(t *testing.T) {
	for name, messages := range map[string]func(n int) string{
		"messages": func(n int) string {
			return list(n, func(i int) string { return fmt.Sprintf(`{"role":"user","content":"%d"}`, i) })
		},
		"parts": func(n int) string {
			return `[{"role":"user","content":` + list(n, func(i int) string { return fmt.Sprintf(`{"type":"text","text":"%d"}`, i) }) + `}]`
		},
		"members":                 func(n int) string { return "[" + many(n) + "]" },
		"members of one name":     func(n int) string { return `[{"role":"user"` + strings.Repeat(`,"content":"x"`, n) + `}]` },
		"calls and their results": func(n int) string { return list(n, func(i int) string { return callAndResult(i, true) }) },
		"results without an id":   func(n int) string { return list(n, func(i int) string { return callAndResult(i, false) }) },
		"results of one name":     func(n int) string { return list(n, func(i int) string { return callAndResult(i%2, false) }) },
		"details": func(n int) string {
			return `[{"role":"assistant","reasoning_details":` + list(n, func(int) string { return `{"type":"reasoning.text","text":"a"}` }) + `}]`
		},
		"thinking": func(n int) string {
			return `[{"role":"assistant","content":[{"type":"thinking","thinking":` + list(n, func(int) string { return `{"type":"text","text":"ab"}` }) + `}]}]`
		},
		"escapes":        func(n int) string { return `[{"role":"user","content":"` + strings.Repeat(`é\n`, n) + `"}]` },
		"nested":         func(n int) string { return `[{"role":"user","content":[{"type":"x","y":` + nested(n) + `}]}]` },
		"nested and cut": func(n int) string { return `[{"role":"user","content":[{"type":"x","y":` + nested(n)[:n] },
		"nested arguments": func(n int) string {
			return `[{"role":"assistant","tool_calls":[{"id":"c","function":{"name":"f","arguments":"` + nested(n) + `"}}]}]`
		},
	} {
		t.Run(name, func(t *testing.T) {
			read := func(n int, check bool) {
				j := contracts.JSON(messages(n))
				r := openai.ChatRequest(`{"messages":` + j + `}`)
				a := openai.ChatResponse(`{"choices":[{"message":` + contracts.JSON(strings.Trim(string(j), "[]")) + `}]}`)
				if check {
					shapetest.CheckRequest(t, r)
					shapetest.CheckResponse(t, a)
				}
			}
			read(300, true)
			shapetest.CheckLinear(t, func(n int) { read(n, false) })
		})
	}
	for name, items := range map[string]func(n int) string{
		"items": func(n int) string {
			return list(n, func(i int) string { return fmt.Sprintf(`{"type":"reasoning","id":"rs_%d","summary":[]}`, i) })
		},
		"item calls": func(n int) string {
			return list(n, func(i int) string { return fmt.Sprintf(`{"type":"function_call","call_id":"c%d","name":"f%d"}`, i, i) })
		},
		"item outputs": func(n int) string {
			return list(n, func(i int) string {
				return fmt.Sprintf(`{"type":"tool_search_output","execution":"server","tools":[%d]}`, i)
			})
		},
		"summary": func(n int) string {
			return `[{"type":"reasoning","id":"rs","summary":` + list(n, func(int) string { return `{"type":"summary_text","text":"a"}` }) + `}]`
		},
		"members of items": func(n int) string { return `[{"type":"message",` + many(n)[1:] + "]" },
	} {
		t.Run(name, func(t *testing.T) {
			read := func(n int, check bool) {
				j := contracts.JSON(items(n))
				r := openai.ResponsesRequest(`{"input":` + j + `}`)
				a := openai.ResponsesResponse(`{"output":` + j + `}`)
				if check {
					shapetest.CheckRequest(t, r)
					shapetest.CheckResponse(t, a)
				}
			}
			read(300, true)
			shapetest.CheckLinear(t, func(n int) { read(n, false) })
		})
	}
}

func TestStreamTimeIsLinear(t *testing.T) {
	chat := func() llm.Stream { return &openai.ChatStream{} }
	responses := func() llm.Stream { return &openai.ResponsesStream{} }
	for _, c := range []struct {
		name  string
		begin func() llm.Stream
		event string // with the number of the event for each 0
	}{
		{"chunks", chat, `{"id":"i","choices":[{"delta":{"content":"piece "}}]}`},
		{"choices", chat, `{"choices":[{"index":-10,"delta":{"content":"x"}}]}`},
		{"calls", chat, `{"choices":[{"delta":{"tool_calls":[{"index":10,"function":{"name":"f","arguments":"{}"}}]}}]}`},
		{"names", chat, `{"choices":[{"delta":{"tool_calls":[{"index":1,"function":{"name":"f0"}}]}}]}`},
		{"details", chat, `{"choices":[{"delta":{"reasoning_details":[{"type":"t0","text":"x"}]}}]}`},
		{"members", chat, `{"m0":1,"choices":[{"c0":1,"delta":{"d0":1}}]}`},
		{"deltas", responses, `{"type":"response.output_text.delta","content_index":1,"delta":"piece "}`},
		{"items", responses, `{"type":"response.output_item.added","output_index":10,"item":{"type":"reasoning","id":"rs_0"}}`},
		{"parts", responses, `{"type":"response.refusal.delta","content_index":10,"delta":"x"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			read := func(n int) llm.Response {
				s := c.begin()
				for i := range n {
					s.Add(contracts.JSON(strings.ReplaceAll(c.event, "0", strconv.Itoa(i))))
				}
				return s.Response()
			}
			shapetest.CheckResponse(t, read(300))
			shapetest.CheckLinear(t, func(n int) { read(n) })
		})
	}
}

func nested(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }

func callAndResult(i int, ids bool) string {
	id, of := "", ""
	if ids {
		id, of = fmt.Sprintf(`"id":"c%d",`, i), fmt.Sprintf(`"tool_call_id":"c%d",`, i)
	}
	return fmt.Sprintf(`{"role":"assistant","tool_calls":[{%s"function":{"name":"f%d","arguments":"{}"}}]},{"role":"tool",%s"name":"g%d","content":"x"}`, id, i, of, i)
}

// What would nest too deep in a payload is not made a part of one.
func TestDepth(t *testing.T) {
	for _, n := range []int{9_800, 9_900, 9_990, 9_999, 10_001, 50_000} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			out := openai.ChatMessages(contracts.JSON(`[{"role":"user","content":[{"type":"x","y":` + nested(n) + `}]}]`))
			if read := len(out) == 1; read != (n < 9_890) {
				t.Errorf("read: %t", read)
			}
			shapetest.CheckMessages(t, out)
			out = openai.ChatMessages(contracts.JSON(`[{"role":"assistant","tool_calls":[{"id":"c","function":{"name":"f","arguments":"` + nested(n) + `"}}]},
				{"role":"tool","tool_call_id":"c","content":"` + nested(n) + `"}]`))
			if len(out) != 2 {
				t.Fatalf("%d messages", len(out))
			}
			input := out[0].Content.Parts()[0].(contracts.ToolCallContentPart).Input
			if isJSON := input.IsArray(); isJSON != (n <= 9_900) {
				t.Errorf("input is JSON: %t", isJSON)
			}
			shapetest.CheckMessages(t, out)
			r := shapetest.Fold(&openai.ResponsesStream{}, contracts.JSON(`{"type":"response.completed","response":{"output":[{"type":"x","y":`+nested(n)+`}]}}`))
			shapetest.CheckResponse(t, r)
		})
	}
}
