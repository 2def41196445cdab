// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package openai

import (
	"iter"
	"strings"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/shape"
)

// ChatMessages reads the messages of a chat: an array of them, or one.
func ChatMessages(messages contracts.JSON) []contracts.ConversationMessage {
	var r reader
	return r.chat(shape.Sound(messages))
}

// each iterates over the elements of an array, and over anything else as the one
// element that it is.
func each(j contracts.JSON) iter.Seq[contracts.JSON] {
	if j.IsArray() {
		return j.Elements()
	}
	return func(yield func(contracts.JSON) bool) {
		if j != "" && j.Valid() {
			yield(j)
		}
	}
}

func (r *reader) chat(messages contracts.JSON) (out []contracts.ConversationMessage) {
	for j := range each(messages) {
		out = r.chatMessage(out, j)
	}
	return out
}

// chatMessage appends the messages that one of the chat makes.
func (r *reader) chatMessage(out []contracts.ConversationMessage, j contracts.JSON) []contracts.ConversationMessage {
	o := &r.message
	o.Read(j)
	if !j.IsObject() {
		return append(out, contracts.User(r.contentPart(j, &shape.Options{})))
	}
	native := o.Text("role")
	role := roleOf(native, o)
	var options shape.Options
	if native != "" && !strings.EqualFold(native, string(role)) {
		options.Text("role", native)
	}
	switch role {
	case contracts.RoleSystem:
		return r.systems(out, o, &options)
	case contracts.RoleAssistant:
		m, _ := r.assistant(o, "", &shape.Options{}, &options)
		return append(out, m)
	case contracts.RoleTool:
		return append(out, r.toolMessage(o, &options))
	}
	return append(out, r.userMessage(o, &options))
}

// roleOf is the role on the wire. A message without a role shows it by what it
// holds, where it does; else it is the user's.
func roleOf(native string, o *shape.Object) contracts.Role {
	switch strings.ToLower(native) {
	case "system", "developer":
		return contracts.RoleSystem
	case "assistant", "model":
		return contracts.RoleAssistant
	case "tool", "function":
		return contracts.RoleTool
	case "":
		switch {
		case o.Get("tool_calls") != "" || o.Get("function_call") != "":
			return contracts.RoleAssistant
		case o.Get("tool_call_id") != "":
			return contracts.RoleTool
		}
	}
	return contracts.RoleUser
}

// finish makes the message of what was read: id, name, and the rest of o as the
// message's own options.
func finish(m *contracts.ConversationMessage, o *shape.Object, options *shape.Options) {
	m.ID, m.Name = o.Text("id"), o.Text("name")
	options.Rest(o)
	m.Extra = shape.MessageOptions(options.JSON(provider))
}

func (r *reader) userMessage(o *shape.Object, options *shape.Options) contracts.ConversationMessage {
	said := o.Take("content")
	m := contracts.ConversationMessage{Role: contracts.RoleUser, Content: contracts.TextContent("")}
	if text, ok := said.Text(); ok && text != "" {
		m = contracts.UserText(text)
	} else if !ok {
		m.Content = content(r.userParts(said))
	}
	finish(&m, o, options)
	return m
}

// userParts are the parts of a user's content: users do not reason.
func (r *reader) userParts(said contracts.JSON) (parts []contracts.ContentPart) {
	for j := range each(said) {
		part := r.contentPart(j, &shape.Options{})
		if _, ok := part.(contracts.ReasoningContentPart); ok {
			part = shape.Verbatim(j)
		}
		parts = append(parts, part)
	}
	return parts
}

// content makes the content of a message of its parts.
func content(parts []contracts.ContentPart) contracts.Content {
	if len(parts) == 0 {
		return contracts.TextContent("")
	}
	return contracts.PartsContent(parts...)
}

// systems appends one message for each part of an instruction, since the wire
// has a string there. A part that is no text stands as its JSON.
func (r *reader) systems(out []contracts.ConversationMessage, o *shape.Object, options *shape.Options) []contracts.ConversationMessage {
	said := o.Take("content")
	first := contracts.SystemText("")
	finish(&first, o, options)
	if text, ok := said.Text(); ok || said == "" {
		first.Content = contracts.TextContent(text)
		return append(out, first)
	}
	common, before := *options, len(out)
	for j := range each(said) {
		m := first
		first.ID = "" // the next has none of its own
		var own shape.Options
		own.AddAll(&common)
		text, ok := j.Text()
		if !ok {
			part := &r.part
			part.Read(j)
			if text, ok = part.Get("text").Text(); ok {
				part.Take("text")
				part.Take("type")
				own.Rest(part)
			} else {
				text = string(j)
			}
		}
		m.Content, m.Extra = contracts.TextContent(text), shape.MessageOptions(own.JSON(provider))
		out = append(out, m)
	}
	if len(out) == before {
		out = append(out, first) // no part at all
	}
	return out
}

// toolMessage reads the result of a call. A function's result has the name of
// the function in place of an id.
func (r *reader) toolMessage(o *shape.Object, options *shape.Options) contracts.ConversationMessage {
	var part contracts.ToolResultContentPart
	part.ToolCallID, part.ToolName = r.calls.Result(o.Text("tool_call_id"), o.Text("name"))
	if part.ToolCallID == "" {
		part.ToolCallID = part.ToolName
	}
	part.Output = r.output(o.Take("content"))
	m := contracts.ToolMessage()
	m.ID = o.Text("id")
	options.Rest(o)
	part.ProviderOptions = options.JSON(provider)
	m.Content = contracts.PartsContent(part)
	return m
}

// output is what a tool answered: a text, which may hold JSON, or parts. Other
// JSON is taken as it is.
func (r *reader) output(j contracts.JSON) contracts.ToolResultOutput {
	if text, ok := j.Text(); ok || j == "" {
		return shape.Output(text)
	}
	if j.IsArray() {
		if parts := r.parts(nil, j, &shape.Options{}); known(parts) {
			if text, ok := parts[0].(contracts.TextContentPart); ok && len(parts) == 1 && text.ProviderOptions == "" {
				return shape.Output(text.Text)
			}
			return shape.PartsOutput(parts)
		}
	}
	return contracts.ToolResultOutput{Type: contracts.OutputJSON, Value: j}
}

// known reports whether there are parts, and all are of a type that the wire
// knows.
func known(parts []contracts.ContentPart) bool {
	for _, p := range parts {
		if _, unknown := p.(contracts.UnknownContentPart); unknown {
			return false
		}
	}
	return len(parts) > 0
}
