// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convention

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"go.opentelemetry.io/otel/attribute"

	"github.com/spect-tools/spect-go/convert/internal/shapetest"
)

func TestElements(t *testing.T) {
	for _, c := range []struct {
		name string
		keys []string
		want string
	}{
		{"none", []string{"list", "lists.0.a", "list.x.a", "list..a"}, "[]"},
		{"in order of numbers, not of texts", []string{"list.10.a", "list.9.a", "list.2.b"}, "[2:b 9:a 10:a]"},
		{"gaps, beginning at 1", []string{"list.4.a", "list.1.a", "list.3.a"}, "[1:a 3:a 4:a]"},
		{"fields keep their order", []string{"list.0.b", "list.1.x", "list.0.a"}, "[0:b,a 1:x]"},
		{"the element itself", []string{"list.0", "list.1"}, "[0: 1:]"},
		{"nested stays in the field", []string{"list.0.inner.1.a", "list.0.inner.0.a"}, "[0:inner.1.a,inner.0.a]"},
		{"no index", []string{"list.-1.a", "list.+1.a", "list.1e3.a", "list.٣.a", "list.12345678901.a", "list.0."}, "[]"},
		{"leading zeros", []string{"list.01.a", "list.1.b"}, "[1:a,b]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := &Source{}
			for _, key := range c.keys {
				s.Attributes = append(s.Attributes, attribute.String(key, "v"))
			}
			s.index()
			var got []string
			for _, e := range s.elements("list.") {
				text := fmt.Sprintf("%d:", e.index)
				for i, f := range e.fields {
					if i > 0 {
						text += ","
					}
					text += f.key
				}
				got = append(got, text)
			}
			if fmt.Sprint(got) != c.want {
				t.Errorf("have %v, want %s", got, c.want)
			}
		})
	}
}

func TestNestedElements(t *testing.T) {
	s := &Source{Attributes: []attribute.KeyValue{
		attribute.String("m.1.calls.1.name", "second"),
		attribute.String("m.0.calls.0.name", "of another"),
		attribute.String("m.1.calls.0.name", "first"),
	}}
	s.index()
	messages := s.elements("m.")
	if len(messages) != 2 {
		t.Fatalf("%d elements, want 2", len(messages))
	}
	var got []string
	for _, call := range messages[1].elements("calls.") {
		for _, f := range call.fields {
			got = append(got, s.takeText(f))
		}
	}
	if want := []string{"first", "second"}; !reflect.DeepEqual(got, want) {
		t.Errorf("have %q, want %q", got, want)
	}
	if want := []bool{true, false, true}; !slices.Equal(s.used, want) {
		t.Errorf("used %v, want %v", s.used, want)
	}
}

// TestElementsAreLinear reads lists of which each part grows.
func TestElementsAreLinear(t *testing.T) {
	attrs := func(n int) (out []attribute.KeyValue) {
		out = append(out, attribute.String("openinference.span.kind", "LLM"))
		for i := range n {
			out = append(out,
				attribute.String(fmt.Sprintf("llm.input_messages.%d.message.role", n-i), "assistant"),
				attribute.String(fmt.Sprintf("llm.input_messages.%d.message.content", n-i), "text"),
				attribute.String(fmt.Sprintf("llm.input_messages.0.message.tool_calls.%d.tool_call.function.name", i), "f"),
				attribute.String(fmt.Sprintf("gen_ai.prompt.%d.role", i), "user"),
				attribute.String(fmt.Sprintf("llm.tools.%d.tool.json_schema", i), "{}"))
		}
		return out
	}
	shapetest.CheckLinear(t, func(size int) { Read(&Source{Attributes: attrs(size)}) })
}
