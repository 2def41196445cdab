// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package shape

import "github.com/spect-tools/spect-go/contracts"

// Turn makes messages of one native message whose content is a list. In the
// native shapes that is what the contract has several messages for: results of
// tools stand in a turn of the user's, and an instruction has several parts.
type Turn struct {
	// Role is whose turn it is.
	Role contracts.Role

	instructions   []contracts.ConversationMessage
	results, parts []contracts.ContentPart
}

// Add adds a part and the native JSON that it was read from: a part that a
// message of the role cannot have stays as it came.
func (t *Turn) Add(part contracts.ContentPart, raw contracts.JSON) {
	switch p := part.(type) {
	case contracts.ToolResultContentPart:
		if t.Role != contracts.RoleAssistant {
			t.results = append(t.results, part)
			return
		}
	case contracts.ReasoningContentPart, contracts.ToolCallContentPart:
		if t.Role != contracts.RoleAssistant {
			part = Verbatim(raw)
		}
	case contracts.TextContentPart:
		if t.Role == contracts.RoleSystem {
			t.instruct(p.Text, p.ProviderOptions)
			return
		}
	}
	if t.Role == contracts.RoleSystem {
		t.instruct(string(raw), "")
		return
	}
	t.parts = append(t.parts, part)
}

// instruct adds an instruction. The content of a system message is a string:
// what it has besides its text stands beside the content.
func (t *Turn) instruct(text string, options contracts.JSON) {
	m := contracts.SystemText(text)
	m.Extra = MessageOptions(options)
	t.instructions = append(t.instructions, m)
}

// Append appends the messages of the turn: the results of tools come before
// what else was said. A turn without parts has none.
func (t *Turn) Append(to []contracts.ConversationMessage) []contracts.ConversationMessage {
	to = append(to, t.instructions...)
	if len(t.results) > 0 {
		to = append(to, contracts.ToolMessage(t.results...))
	}
	if len(t.parts) > 0 {
		role := t.Role
		if role != contracts.RoleAssistant {
			role = contracts.RoleUser
		}
		to = append(to, contracts.ConversationMessage{Role: role, Content: contracts.PartsContent(t.parts...)})
	}
	return to
}

// TextMessage is a message whose native content is a string. What a tool says so
// is a result of a call that nobody named.
func TextMessage(role contracts.Role, text string) contracts.ConversationMessage {
	switch {
	case role == contracts.RoleTool:
		return contracts.ToolMessage(contracts.ToolResultContentPart{Output: TextOutput(text)})
	case role == contracts.RoleSystem || text == "":
		return contracts.ConversationMessage{Role: role, Content: contracts.TextContent(text)}
	case role == contracts.RoleAssistant:
		return contracts.AssistantText(text)
	}
	return contracts.UserText(text)
}

// MessageOptions are the members of a message that hold providerOptions of the
// message as a whole; none where options are absent.
func MessageOptions(options contracts.JSON) contracts.Members {
	if options == "" {
		return nil
	}
	return contracts.Members{{Name: "providerOptions", Value: options}}
}

// TextOutput is a tool's output of text.
func TextOutput(text string) contracts.ToolResultOutput {
	return contracts.ToolResultOutput{Type: contracts.OutputText, Value: contracts.QuoteJSON(text)}
}
