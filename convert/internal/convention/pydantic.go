// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convention

import (
	"go.opentelemetry.io/otel/attribute"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/attr"
	"github.com/spect-tools/spect-go/convert/internal/shape"
)

// Pydantic AI, beside what it says as OpenTelemetry's conventions want it: until
// its second version of the data the messages of a call are a list of events in
// one attribute, and spans of tools and agents do not say that they are some;
// since then an agent's span has all messages of its run.
//
// https://ai.pydantic.dev/logfire
var pydanticDecoder = decoder{
	name: "pydantic_ai",
	prefixes: []string{
		"events", allEventsKey, "pydantic_ai.", finalResultKey, toolArgumentsKey, "tool_response", "agent_name", "model_request_parameters",
	},
	content: []string{
		"events", allMessagesKey, allEventsKey, finalResultKey, toolArgumentsKey, "tool_response",
		"system_instructions",
	},
	settings: []string{"model_request_parameters"},
	role:     pydanticRole,
	read:     readPydantic,
}

const (
	allMessagesKey   = "pydantic_ai.all_messages"
	allEventsKey     = "all_messages_events"
	finalResultKey   = "final_result"
	toolArgumentsKey = "tool_arguments"
)

// pydanticRole tells what the spans are that do not say it themselves.
func pydanticRole(attrs []attribute.KeyValue) Role {
	var tool, arguments, agent, result bool
	for i := range attrs {
		switch attrs[i].Key {
		case operationKey:
			return None
		case "gen_ai.tool.name":
			tool = true
		case toolArgumentsKey:
			arguments = true
		case "agent_name":
			agent = true
		case finalResultKey, allEventsKey, allMessagesKey:
			result = true
		}
	}
	switch {
	case tool && arguments:
		return Tool
	case agent && result:
		return Agent
	}
	return None
}

func readPydantic(s *Source, f *Facts) {
	p := pydantic{s, f}
	switch f.Role {
	case LLM:
		p.events()
		p.parameters()
	case Agent:
		p.agent()
	case Tool:
		p.tool()
	}
}

// pydantic reads one span.
type pydantic struct {
	*Source
	*Facts
}

// events reads the messages of a call: what came out is a choice, or else, where
// Logfire made the list, the assistant's messages at its end.
func (p pydantic) events() {
	v, ok := p.get("events")
	if !ok {
		return
	}
	r := eventReader{conversation: &conversation{facts: p.Facts}}
	list, ok := r.listOfEvents("events", v)
	if !ok {
		return
	}
	r.listed(list)
	x := &r.said
	if r.n == 0 && p.answered() {
		x.input, x.output = splitAnswer(x.input)
		p.Fragments = len(x.output) > 1
	} else {
		p.Fragments = x.fragments && len(x.output) > 1
	}
	p.Request.Messages, p.Response.Messages = x.input, x.output
	p.Response.FinishReasons = x.finish
	nameResults(p.Request.Messages)
}

// splitAnswer parts the assistant's messages at the end of a list from those
// before them.
func splitAnswer(all []contracts.ConversationMessage) (input, output []contracts.ConversationMessage) {
	n := len(all)
	for n > 0 && all[n-1].Role == contracts.RoleAssistant {
		n--
	}
	return all[:n:n], all[n:]
}

// listOfEvents is the list that an attribute holds. One that was cut is one text
// of the user's.
func (r *eventReader) listOfEvents(key string, v attribute.Value) (list contracts.JSON, ok bool) {
	list, whole := toJSON(v)
	if whole {
		return shape.Sound(list), list.IsArray()
	}
	if looksCut(v) {
		r.said.input = r.value(key, v, contracts.RoleUser)
		r.facts.Request.Messages = r.said.input
	}
	return "", false
}

// parameters takes the tools out of what Pydantic AI knows of the request. The
// rest goes to the metadata, as far as it says something.
func (p pydantic) parameters() {
	const key = "model_request_parameters"
	v, ok := p.look(key)
	if !ok {
		return
	}
	j, whole := toJSON(v)
	if !whole || !j.IsObject() {
		return // left over
	}
	var rest contracts.Members
	for name, value := range j.Members() {
		switch {
		case name == "function_tools":
			if !shape.IsEmpty(value) {
				p.Request.Tools = value
			}
		case name == "tool_visibility", name == "instruction_parts", value == "null", value == "false", shape.IsEmpty(value):
		default:
			rest = append(rest, contracts.Member{Name: name, Value: value})
		}
	}
	if _, ok := p.look("gen_ai.tool.definitions"); ok {
		p.Request.Tools = "" // the same, as they were sent
	}
	left := objectOf(rest)
	if len(left) > maxLeftOverValue {
		return // left over, and cut there
	}
	p.drop(key)
	if len(rest) > 0 {
		p.Metadata = append(p.Metadata, contracts.Member{Name: key, Value: left})
	}
}

// agent reads the run of an agent: what it was asked is all that was said before
// its model's first answer.
func (p pydantic) agent() {
	p.Agent.Name = p.text("agent_name")
	p.Request.Model = p.text("model_name")
	var all []contracts.ConversationMessage
	c := &conversation{facts: p.Facts}
	if v, ok := p.get(allMessagesKey); ok {
		all = c.value(allMessagesKey, v, contracts.RoleUser)
	} else if v, ok := p.get(allEventsKey); ok {
		r := eventReader{conversation: c}
		if list, ok := r.listOfEvents(allEventsKey, v); ok {
			r.listed(list)
		}
		all = append(r.said.input, r.said.output...)
	}
	nameResults(all)
	p.Request.Messages = beforeAnswer(all, p.earlierAnswers())
	p.Response.Messages = finalAnswer(all)
	if v, ok := p.get(finalResultKey); ok {
		p.Response.Messages = []contracts.ConversationMessage{contracts.AssistantText(attr.Text(v))}
	}
}

// earlierAnswers is how many answers of the model's are history: the run goes on
// from there. Requests and answers take turns in it.
func (p pydantic) earlierAnswers() int {
	v, _ := p.get("pydantic_ai.new_message_index")
	return int(min(toCount(v).N, 1<<20) / 2)
}

// beforeAnswer are the messages before an answer of the model's, counted from 0.
func beforeAnswer(all []contracts.ConversationMessage, answer int) []contracts.ConversationMessage {
	for i := range all {
		if all[i].Role != contracts.RoleAssistant {
			continue
		}
		if answer == 0 {
			return all[:i]
		}
		answer--
	}
	return all
}

// tool reads one run of a tool.
func (p pydantic) tool() {
	if v, ok := p.get(toolArgumentsKey); ok {
		p.Tool.Arguments, _ = toJSON(v)
	}
	if v, ok := p.get("tool_response"); ok {
		j, _ := toJSON(v)
		p.Tool.Result = toolOutput(j).Value
	}
}
