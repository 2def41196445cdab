// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package anthropic

import (
	"strings"

	"github.com/spect-tools/spect-go/contracts"
)

// Messages reads the messages of a request. A message without content gives
// none; a turn of the user's that holds results of tools gives two.
func Messages(messages contracts.JSON) []contracts.ConversationMessage {
	var r reader
	r.messages(messages)
	return r.out
}

// Content reads the content of one message: a string or blocks. Results of tools
// make a message of the tool, which comes first; the names of tools are known
// where the calls are in the same content.
func Content(role contracts.Role, content contracts.JSON) []contracts.ConversationMessage {
	var r reader
	r.content(role, content)
	return r.out
}

// reader reads messages in their order.
type reader struct {
	out []contracts.ConversationMessage
	// names are the tools that were called, by the call's id.
	names map[string]string
}

func (r *reader) messages(messages contracts.JSON) {
	for m := range messages.Elements() {
		r.message(m)
	}
}

func (r *reader) message(message contracts.JSON) {
	role := contracts.RoleUser
	var id string
	var content contracts.JSON
	var opts options
	for name, value := range message.Members() {
		switch name {
		case "role":
			word, _ := value.Text()
			role = roleOf(word)
		case "content":
			content = value
		case "id":
			id, _ = value.Text()
		case "type":
		default:
			opts.add(name, value)
		}
	}
	before := len(r.out)
	r.content(role, content)
	if len(r.out) == before {
		return
	}
	last := &r.out[len(r.out)-1]
	last.ID = id
	last.Extra = append(last.Extra, opts.member()...)
}

func roleOf(word string) contracts.Role {
	switch word {
	case "assistant":
		return contracts.RoleAssistant
	case "system":
		return contracts.RoleSystem
	case "tool":
		return contracts.RoleTool
	}
	return contracts.RoleUser
}

func (r *reader) content(role contracts.Role, content contracts.JSON) {
	if text, ok := content.Text(); ok {
		r.text(role, text)
		return
	}
	var results, parts []contracts.ContentPart
	for block := range content.Elements() {
		part := r.block(block)
		switch p := part.(type) {
		case contracts.ToolResultContentPart:
			if role != contracts.RoleAssistant {
				results = append(results, part)
				continue
			}
		case contracts.TextContentPart:
			if role == contracts.RoleSystem {
				r.system(p)
				continue
			}
		case contracts.ReasoningContentPart, contracts.ToolCallContentPart:
			if role != contracts.RoleAssistant {
				part = unknown(block)
			}
		}
		parts = append(parts, part)
	}
	if len(results) > 0 {
		r.out = append(r.out, contracts.ToolMessage(results...))
	}
	if len(parts) > 0 {
		if role != contracts.RoleAssistant {
			role = contracts.RoleUser
		}
		r.out = append(r.out, contracts.ConversationMessage{Role: role, Content: contracts.PartsContent(parts...)})
	}
}

func (r *reader) text(role contracts.Role, text string) {
	message := contracts.ConversationMessage{Role: role, Content: contracts.TextContent(text)}
	if role == contracts.RoleTool {
		message = contracts.ToolMessage(contracts.ToolResultContentPart{Output: textOutput(text, false)})
	}
	r.out = append(r.out, message)
}

// system adds one instruction: what it has besides its text stands beside the
// content, which is a string.
func (r *reader) system(p contracts.TextContentPart) {
	message := contracts.SystemText(p.Text)
	if p.ProviderOptions != "" {
		message.Extra = contracts.Members{{Name: "providerOptions", Value: p.ProviderOptions}}
	}
	r.out = append(r.out, message)
}

// called remembers the name of a tool that was called.
func (r *reader) called(id, name string) {
	if id == "" || name == "" {
		return
	}
	if r.names == nil {
		r.names = make(map[string]string)
	}
	r.names[id] = name
}

// toolOf is the name of the tool that a result is of.
func (r *reader) toolOf(id, kind string) string {
	if name := r.names[id]; name != "" {
		return name
	}
	switch kind {
	case "tool_result", "mcp_tool_result":
		return ""
	}
	return strings.TrimSuffix(kind, "_tool_result")
}
