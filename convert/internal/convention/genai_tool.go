// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convention

import (
	"go.opentelemetry.io/otel/attribute"

	"github.com/spect-tools/spect-go/contracts"
)

// tool reads one run of a tool.
func (g genAI) tool() {
	g.Tool.CallID = g.text("gen_ai.tool.call.id")
	if g.Tool.CallID == notSpecified {
		g.Tool.CallID = ""
	}
	g.Tool.Name = g.text("gen_ai.tool.name")
	g.Tool.Description = g.text("gen_ai.tool.description")
	if v, ok := g.get("gen_ai.tool.call.arguments"); ok {
		g.Tool.Arguments, _ = toJSON(v)
	}
	if v, ok := g.get("gen_ai.tool.call.result"); ok {
		g.result(v)
	}
	if g.text("gen_ai.tool.status") == "error" {
		g.Tool.Failed = true
	}
	g.eachEvent(g.toolEvent)
}

func (g genAI) result(v attribute.Value) {
	j, _ := toJSON(v)
	if j.Member("isError") == "true" { // MCP's
		g.Tool.Failed = true
	}
	g.Tool.Result = toolOutput(j).Value
}

// notSpecified is what Google's ADK writes where it knows no value.
const notSpecified = "<not specified>"

// eachEvent calls f with the events of the span and its log records, their
// names and what they say.
func (g genAI) eachEvent(f func(name string, body contracts.JSON)) {
	for i := range g.Events {
		f(g.Events[i].Name, eventBody(g.Events[i].Attributes))
	}
	for i := range g.Logs {
		f(g.Logs[i].Name, logBody(&g.Logs[i]))
	}
}

// toolEvent reads what Strands says of the run of a tool in events that are
// those of a call of a model: what the tool was called with as what a tool said,
// and what it answered as a choice.
func (g genAI) toolEvent(name string, body contracts.JSON) {
	switch name {
	case "gen_ai.tool.message":
		if content := body.Member("content"); g.Tool.Arguments == "" && content != "" {
			g.Tool.Arguments = jsonIn(content)
		}
	case choiceEvent:
		if message := body.Member("message"); g.Tool.Result == "" && message != "" {
			g.Tool.Result = toolOutput(message).Value
		}
	case detailsEvent:
		for part := range partsIn(body.Member(inputKey)) {
			if arguments := part.Member("arguments"); g.Tool.Arguments == "" && arguments != "" {
				g.Tool.Arguments = arguments
			}
		}
		for part := range partsIn(body.Member(outputKey)) {
			if response := part.Member("response"); g.Tool.Result == "" && response != "" {
				g.Tool.Result = toolOutput(response).Value
			}
		}
	}
}

// jsonIn is the list or object that a JSON string holds, and anything else as it
// is.
func jsonIn(j contracts.JSON) contracts.JSON {
	if text, isText := j.Text(); isText {
		if inner, ok := listIn(text); ok {
			return inner
		}
	}
	return j
}

// partsIn iterates over the parts of all messages of a list.
func partsIn(messages contracts.JSON) func(func(contracts.JSON) bool) {
	return func(yield func(contracts.JSON) bool) {
		for message := range jsonIn(messages).Elements() {
			for part := range message.Member("parts").Elements() {
				if !yield(part) {
					return
				}
			}
		}
	}
}
