// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convention

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"

	"github.com/spect-tools/spect-go/convert/internal/shapetest"
)

// Time is linear in what an attribute holds.
func TestContentIsReadInLinearTime(t *testing.T) {
	members := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `"k%d":1,`, i)
		}
		return `{` + b.String() + `"z":1}`
	}
	for name, attrs := range map[string]func(n int) []attribute.KeyValue{
		"answers in a list of events": func(n int) []attribute.KeyValue {
			event := `{"event.name":"gen_ai.assistant.message","role":"assistant","content":"x"}`
			return []attribute.KeyValue{
				attribute.String(operationKey, "chat"), attribute.String("gen_ai.response.id", "r"),
				attribute.String("events", `[`+strings.Repeat(event+",", n-1)+event+`]`),
			}
		},
		"parameters of a request": func(n int) []attribute.KeyValue {
			return []attribute.KeyValue{attribute.String("openinference.span.kind", "LLM"), attribute.String("llm.invocation_parameters", members(n))}
		},
		"what a provider said beside": func(n int) []attribute.KeyValue {
			return []attribute.KeyValue{attribute.String("genkit:metadata:subtype", "model"), attribute.String("genkit:output", `{"custom":`+members(n)+`}`)}
		},
	} {
		t.Run(name, func(t *testing.T) {
			shapetest.CheckLinear(t, func(n int) { Read(&Source{Attributes: attrs(n)}) })
		})
	}
}

// A result of a tool that holds another, which holds another: to read each as one
// takes time with the square of how deep they are.
func TestResultsInResults(t *testing.T) {
	nested := func(open, inner, end string) string {
		const deep = 3000
		return strings.Repeat(open, deep) + inner + strings.Repeat(end, deep)
	}
	vercel := nested(`{"type":"tool-result","toolCallId":"c","output":{"type":"content","value":[`, `{"type":"text","text":"x"}`, `]}}`)
	for name, attrs := range map[string][]attribute.KeyValue{
		"vercel": {
			attribute.String("ai.operationId", "ai.generateText.doGenerate"),
			attribute.String("ai.prompt.messages", `[{"role":"tool","content":[`+vercel+`]}]`),
		},
		"langfuse": {
			attribute.String("langfuse.observation.type", "generation"),
			attribute.String("langfuse.observation.input", `[{"role":"tool","content":[`+vercel+`]}]`),
		},
		"braintrust": {
			attribute.String("braintrust.metadata", `{"endpoint":"converse","model":"m"}`),
			attribute.String("braintrust.input_json", `[{"role":"user","content":[`+nested(`{"type":"tool_result","content":[`, ``, `]}`)+`]}]`),
		},
		"genkit": {
			attribute.String("genkit:metadata:subtype", "model"),
			attribute.String("genkit:input", `{"messages":[{"role":"tool","content":[`+nested(`{"toolResponse":{"content":[`, ``, `]}}`)+`]}]}`),
		},
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			f := Read(&Source{Attributes: attrs})
			if took := time.Since(start); took > 2*time.Second {
				t.Errorf("reading took %v", took)
			}
			if len(f.Request.Messages) != 1 {
				t.Fatalf("%d messages", len(f.Request.Messages))
			}
			for _, part := range f.Request.Messages[0].Content.Parts() {
				if n := len(part.AppendJSON(nil)); n < 3000 {
					t.Errorf("a part of %d bytes is left", n)
				}
			}
		})
	}
}
