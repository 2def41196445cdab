// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convention

import (
	"testing"

	"go.opentelemetry.io/otel/attribute"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/llm"
)

// Calls that the provider runs itself are told by their ids, where nothing else
// tells.
func TestHostedCalls(t *testing.T) {
	for id, want := range map[string]bool{
		"srvtoolu_01YGzqpRE16Vricda3Aqcejo":                     true,
		"mcptoolu_015oTj2fXVKLrDohFetJd5UL":                     true,
		"ws_028829e50fbcad090068c9c8306aec8195ae9451d32175ed69": true,
		"ci_68cdba5af39881a393a01eebb253854e09b7445677780c8f":   true,
		"call_gL7JE6GDeGGsFubqO2XGytyO":                         false,
		"toolu_01YGzqpRE16Vricda3Aqcejo":                        false,
		"mcp_1":                                                 false,
		"":                                                      false,
	} {
		if got := isHosted(id, "f"); got != want {
			t.Errorf("%s: %v", id, got)
		}
	}
}

// The same rules hold for all conventions: of a model's answer the calls that
// have their results in it, and those with such ids, are the provider's.
func TestHostedEverywhere(t *testing.T) {
	for _, c := range []struct {
		name string
		want map[string]bool // by the id of the call: whether it is the provider's
		span []attribute.KeyValue
	}{
		{
			"GenAI",
			map[string]bool{"a": true, "b": false, "srvtoolu_1": true},
			[]attribute.KeyValue{
				attribute.String("gen_ai.operation.name", "chat"),
				attribute.String("gen_ai.output.messages", `[{"role":"assistant","parts":[
					{"type":"tool_call","id":"a","name":"search","arguments":{}},{"type":"tool_call_response","id":"a","response":"found"},
					{"type":"tool_call","id":"b","name":"f","arguments":{}},{"type":"tool_call","id":"srvtoolu_1","name":"search","arguments":{}}]}]`),
			},
		},
		{
			"the AI SDK's history",
			map[string]bool{"a": true, "b": false, "srvtoolu_1": true},
			[]attribute.KeyValue{
				attribute.String("ai.operationId", "ai.generateText.doGenerate"),
				attribute.String("ai.prompt.messages", `[{"role":"assistant","content":[
					{"type":"tool-call","toolCallId":"a","toolName":"search","input":{}},
					{"type":"tool-result","toolCallId":"a","toolName":"search","output":{"type":"text","value":"found"}},
					{"type":"tool-call","toolCallId":"b","toolName":"f","input":{}},{"type":"tool-call","toolCallId":"srvtoolu_1","toolName":"search","input":{}}]},
					{"role":"tool","content":[{"type":"tool-result","toolCallId":"b","toolName":"f","output":{"type":"text","value":"2"}}]}]`),
			},
		},
		{
			"Langfuse, in OpenAI's words",
			map[string]bool{"b": false, "srvtoolu_1": true},
			[]attribute.KeyValue{
				attribute.String("langfuse.observation.type", "generation"),
				attribute.String("langfuse.observation.output", `{"role":"assistant","tool_calls":[
					{"id":"b","type":"function","function":{"name":"f","arguments":"{}"}},{"id":"srvtoolu_1","type":"function","function":{"name":"search","arguments":"{}"}}]}`),
			},
		},
		{
			"what an agent was asked, of several calls of the model",
			map[string]bool{"a": false, "srvtoolu_1": true},
			[]attribute.KeyValue{
				attribute.String("gen_ai.operation.name", "invoke_agent"),
				attribute.String("gen_ai.input.messages", `[{"role":"assistant","parts":[
					{"type":"tool_call","id":"a","name":"f","arguments":{}},{"type":"tool_call_response","id":"a","response":"found"},
					{"type":"tool_call","id":"srvtoolu_1","name":"search","arguments":{}}]}]`),
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := factsOf(t, c.span...)
			got := make(map[string]bool)
			for _, m := range append(f.Request.Messages, f.Response.Messages...) {
				for _, part := range m.Content.Parts() {
					switch part := part.(type) {
					case contracts.ToolCallContentPart:
						got[part.ToolCallID] = llm.IsProviderExecuted(part)
					case contracts.ToolResultContentPart:
						if llm.IsProviderExecuted(part) != c.want[part.ToolCallID] {
							t.Errorf("the result of %s: %v", part.ToolCallID, llm.IsProviderExecuted(part))
						}
					}
				}
			}
			for id, want := range c.want {
				if is, there := got[id]; !there || is != want {
					t.Errorf("the call %s: %v (there: %v), want %v", id, is, there, want)
				}
			}
		})
	}
}
