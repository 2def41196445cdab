// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convert_test

import (
	"encoding/binary"
	"slices"
	"strconv"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert"
	"github.com/spect-tools/spect-go/convert/internal/shapetest"
)

// growing are traces that grow in a way that no application means, and that some
// loop or some fault of an instrumentation makes.
var growing = map[string]func(n int) []convert.Span{
	"sessions in one another": func(n int) []convert.Span {
		return chain(n, func(int) []attribute.KeyValue { return ownKind(contracts.SessionKind) })
	},
	"calls in one another, each with a tool": func(n int) []convert.Span {
		return tree(n, func(i int) int { return max(-1, i-2+i%2) }, func(i int) []attribute.KeyValue {
			return genAI([]string{"chat", "execute_tool"}[i%2], attribute.String("gen_ai.tool.name", "f"))
		})
	},
	"runs of one agent beside one another": func(n int) []convert.Span {
		return row(n, func(int) []attribute.KeyValue {
			return genAI("invoke_agent", attribute.String("gen_ai.agent.name", "a"))
		})
	},
	"runs of one tool in one, each with attributes of its own": func(n int) []convert.Span {
		return tree(n, func(i int) int { return min(i-1, 1) }, func(i int) []attribute.KeyValue {
			if i == 0 {
				return genAI("invoke_agent")
			}
			return genAI("execute_tool", attribute.String("gen_ai.tool.name", "f"), attribute.Int("own"+strconv.Itoa(i), i))
		})
	},
	"reasons of one answer of many parts": func(n int) []convert.Span {
		part := `{"type":"text","content":"x"}`
		answer := `[{"role":"assistant","parts":[` + strings.Repeat(part+",", n-1) + part + `]}]`
		reasons := attribute.StringSlice("gen_ai.response.finish_reasons", slices.Repeat([]string{"stop"}, n))
		return chain(1, func(int) []attribute.KeyValue {
			return genAI("chat", attribute.String("gen_ai.output.messages", answer), reasons)
		})
	},
	"attempts that failed": func(n int) []convert.Span {
		spans := row(n, func(i int) []attribute.KeyValue { return genAI("chat", attribute.Int("own"+strconv.Itoa(i), i)) })
		for i := range spans {
			spans[i].Status = codes.Error
		}
		return spans
	},
}

func ownKind(kind string) []attribute.KeyValue {
	return []attribute.KeyValue{contracts.KindKey.String(kind)}
}

// chain are n spans, each below the one before.
func chain(n int, attrs func(i int) []attribute.KeyValue) []convert.Span {
	return tree(n, func(i int) int { return i - 1 }, attrs)
}

// row are n spans below the first.
func row(n int, attrs func(i int) []attribute.KeyValue) []convert.Span {
	return tree(n, func(i int) int { return min(0, i-1) }, attrs)
}

// tree are n spans, each below the one that parent names; -1 is none.
func tree(n int, parent func(i int) int, attrs func(i int) []attribute.KeyValue) []convert.Span {
	spans := make([]convert.Span, n)
	for i := range spans {
		spans[i] = aSpan(0, 0, i, i+1, attrs(i)...)
		binary.BigEndian.PutUint64(spans[i].SpanID[:], uint64(i+1))
		binary.BigEndian.PutUint64(spans[i].ParentID[:], uint64(parent(i)+1))
	}
	return spans
}

func TestTimeIsLinearInTheTrace(t *testing.T) {
	for name, trace := range growing {
		t.Run(name, func(t *testing.T) {
			shapetest.CheckLinear(t, func(n int) {
				sessions := convert.Sessions(trace(n))
				var c convert.Converter
				for i := range sessions {
					c.Payload(&sessions[i])
				}
			})
		})
	}
}
