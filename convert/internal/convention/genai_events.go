// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convention

import (
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/attr"
	"github.com/spect-tools/spect-go/convert/internal/shape"
)

const (
	detailsEvent   = "gen_ai.client.inference.operation.details"
	exceptionEvent = "gen_ai.client.operation.exception"
	choiceEvent    = "gen_ai.choice"
)

// events reads the messages of 1.28 to 1.36: one event each. They are events of
// the span, or log records where the span has none.
func (g genAI) events(c *conversation) (x exchange) {
	r := eventReader{conversation: c}
	for i := range g.Events {
		if e := &g.Events[i]; isMessageEvent(e.Name) {
			r.event(e.Name, eventBody(e.Attributes))
		}
	}
	if !r.any {
		for i := range g.Logs {
			if l := &g.Logs[i]; isMessageEvent(l.Name) {
				r.event(l.Name, logBody(l))
			}
		}
	}
	return r.said
}

func isMessageEvent(name string) bool {
	return name == choiceEvent || strings.HasPrefix(name, "gen_ai.") && strings.HasSuffix(name, ".message")
}

// eventBody is what an event says: its attributes, or the JSON that one of them
// holds.
func eventBody(attrs []attribute.KeyValue) contracts.JSON {
	for _, key := range [...]attribute.Key{"gen_ai.event.content", "event_body"} {
		if v, ok := attr.Lookup(attrs, key); ok {
			if j, whole := toJSON(v); whole && j.IsObject() {
				return j
			}
		}
	}
	b, _ := attr.AppendMap(nil, attrs)
	return contracts.JSON(b)
}

// logBody is what a log record says: its body, or else its attributes.
func logBody(l *Log) contracts.JSON {
	switch l.Body.Type() {
	case attribute.EMPTY:
		return eventBody(l.Attributes)
	case attribute.STRING:
		if j, ok := listIn(l.Body.AsString()); ok && j.IsObject() {
			return j
		}
	case attribute.MAP:
		j, _ := toJSON(l.Body)
		return j
	}
	j, _ := toJSON(l.Body)
	return `{"content":` + j + `}`
}

// eventReader reads messages out of events, one by one.
type eventReader struct {
	*conversation

	said exchange
	any  bool
	// choices are the indices of the choices so far.
	choices map[string]bool
	body    shape.Object
}

// event reads one event.
func (r *eventReader) event(name string, body contracts.JSON) {
	r.any = true
	body = shape.Sound(body)
	if name != choiceEvent {
		word := strings.TrimSuffix(strings.TrimPrefix(name, "gen_ai."), ".message")
		r.said.input = r.message(r.said.input, body, roleOfWord(word, contracts.RoleUser))
		return
	}
	o := &r.body
	o.Read(body)
	index := shape.Text(o.Get("index"))
	if r.choices[index] {
		r.said.fragments = true
	} else if r.choices == nil {
		r.choices = make(map[string]bool)
	}
	r.choices[index] = true
	if reason := o.Text("finish_reason"); reason != "" {
		r.said.finish = append(r.said.finish, reason)
	}
	message := o.Take("message")
	switch {
	case message.IsObject():
		r.said.output = r.message(r.said.output, message, contracts.RoleAssistant)
	case message != "":
		r.said.output = r.message(r.said.output, `{"content":`+message+`}`, contracts.RoleAssistant)
	default:
		r.said.output = r.message(r.said.output, body, contracts.RoleAssistant)
	}
}

// elided is what stands for content that was not to be recorded.
const elided = `"<elided>"`

// message reads the body of one event: {role, content, tool_calls, id, name}.
func (r *eventReader) message(to []contracts.ConversationMessage, body contracts.JSON, role contracts.Role) []contracts.ConversationMessage {
	o := &r.body
	o.Read(body)
	if word := o.Text("role"); role != contracts.RoleTool {
		role = roleOfWord(word, role)
	}
	content, calls := o.Take("content"), o.Take("tool_calls")
	t := turn{role: role, name: o.Text("name")}
	r.callID = takeText(o, "id", "tool_call_id")
	defer func() { r.callID = "" }()
	switch {
	case content == elided || content == "" && calls == "":
		r.facts.note("messages", whyNoContent)
		return to
	case role == contracts.RoleTool && !hasBlocks(content):
		var part contracts.ToolResultContentPart
		part.ToolCallID, part.ToolName = r.calls.Result(r.callID, t.name)
		part.Output = toolOutput(content)
		t.parts = append(t.parts, part)
	default:
		to = r.blocks(to, &t, content)
	}
	for call := range calls.Elements() {
		r.part.Read(call)
		r.call(&t, &r.part, "tool_call")
	}
	if len(t.parts) == 0 {
		return to
	}
	return t.appendTo(to)
}
