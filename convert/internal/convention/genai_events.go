// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convention

import (
	"slices"
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/attr"
	"github.com/spect-tools/spect-go/convert/internal/shape"
	"github.com/spect-tools/spect-go/convert/openai"
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

// UsesLog reports whether any decoder reads a log record with this event name.
func UsesLog(name string) bool {
	return isMessageEvent(name) || name == detailsEvent || name == exceptionEvent
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
	// choices are the indices of the choices so far, n is how many there are.
	choices map[string]bool
	n       int
	// answered are the calls whose results are known: some instrumentations have
	// those of Bedrock in an event of their own and in that of the user.
	answered map[string]bool
	body     shape.Object
}

// areEvents reports whether the messages of a list are events with their names.
func areEvents(list contracts.JSON) bool {
	for event := range list.Elements() {
		return event.Member("event.name") != ""
	}
	return false
}

// listed reads events that stand in a list, with their names.
func (r *eventReader) listed(list contracts.JSON) {
	for event := range list.Elements() {
		name, _ := event.Member("event.name").Text()
		r.event(name, event)
	}
}

// event reads one event.
func (r *eventReader) event(name string, body contracts.JSON) {
	r.any = true
	body = shape.Sound(body)
	switch name {
	case choiceEvent:
		r.choice(body)
	case "gen_ai.unknown": // Logfire's, for an item of OpenAI's that is no message
		if data := body.Member("data"); data.IsObject() {
			r.said.input = append(r.said.input, openai.ResponsesItems(`[`+data+`]`)...)
		}
	default:
		word := strings.TrimSuffix(strings.TrimPrefix(name, "gen_ai."), ".message")
		r.said.input = r.message(r.said.input, body, "", roleOfWord(word, contracts.RoleUser))
	}
}

// choice reads an answer of the model, or a piece of one: pieces have the same
// index, or only the last of them has a reason to end.
func (r *eventReader) choice(body contracts.JSON) {
	o := &r.body
	o.Read(body)
	if r.choices == nil {
		r.choices = make(map[string]bool)
	}
	index := shape.Text(o.Get("index"))
	again := r.choices[index]
	r.choices[index] = true
	r.n++
	if reason := o.Text("finish_reason"); reason != "" {
		r.said.finish = append(r.said.finish, reason)
	}
	r.said.fragments = r.said.fragments || again || len(r.said.finish) < r.n
	r.said.choices = !r.said.fragments
	message, calls := o.Take("message"), o.Get("tool_calls")
	switch {
	case message == "":
		message = body
	case !message.IsObject():
		message = `{"content":` + message + `}`
	}
	r.said.output = r.message(r.said.output, message, calls, contracts.RoleAssistant)
}

// elided is what stands for content that was not to be recorded.
const elided = `"<elided>"`

// message reads the body of one event: {role, content, tool_calls, id, name}.
// calls are those beside it.
func (r *eventReader) message(
	to []contracts.ConversationMessage, body, calls contracts.JSON, role contracts.Role,
) []contracts.ConversationMessage {
	o := &r.body
	o.Read(body)
	if word := o.Text("role"); role != contracts.RoleTool {
		role = roleOfWord(word, role)
	}
	content := o.Take("content")
	if own := o.Take("tool_calls"); own != "" {
		calls = own
	}
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
	asked := turn{role: contracts.RoleAssistant}
	for call := range calls.Elements() {
		r.part.Read(call)
		r.part.Take("type")
		r.call(&asked, &r.part, "tool_call")
	}
	t.parts = append(t.parts, callsBeside(t.parts, asked.parts)...)
	t.parts = r.unanswered(t.parts)
	return t.appendTo(to)
}

// unanswered leaves out results that were there before.
func (r *eventReader) unanswered(parts []contracts.ContentPart) []contracts.ContentPart {
	return slices.DeleteFunc(parts, func(part contracts.ContentPart) bool {
		result, ok := part.(contracts.ToolResultContentPart)
		if !ok || result.ToolCallID == "" {
			return false
		}
		if r.answered == nil {
			r.answered = make(map[string]bool)
		}
		before := r.answered[result.ToolCallID]
		r.answered[result.ToolCallID] = true
		return before
	})
}
