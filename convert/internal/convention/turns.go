// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convention

import (
	"strings"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/shape"
)

// roleOfWord is the role that a convention's word stands for.
func roleOfWord(word string, otherwise contracts.Role) contracts.Role {
	if role := contracts.Role(word); role.Valid() {
		return role
	}
	switch strings.ToLower(strings.TrimSpace(word)) {
	case "system", "developer":
		return contracts.RoleSystem
	case "user", "human":
		return contracts.RoleUser
	case "assistant", "model", "ai":
		return contracts.RoleAssistant
	case "tool", "function":
		return contracts.RoleTool
	}
	return otherwise
}

// developerOptions keep that instructions are the developer's, which is what
// OpenAI calls them.
const developerOptions contracts.JSON = `{"openai":{"role":"developer"}}`

// turn is a message before its parts are known to fit its role.
type turn struct {
	role  contracts.Role
	name  string
	parts []contracts.ContentPart
}

// appendTo appends the messages that the turn makes: none without parts, one,
// or more where it has parts that a message of its role can not hold. Results of
// tools become messages of the tool, before the rest; what only a model can say
// becomes the assistant's; of a system message each text becomes one.
func (t *turn) appendTo(out []contracts.ConversationMessage) []contracts.ConversationMessage {
	if len(t.parts) > 0 && t.fits() {
		m := contracts.ConversationMessage{Role: t.role, Name: t.name, Content: contracts.PartsContent(t.parts...)}
		if t.role == contracts.RoleTool {
			m.Name = "" // the tool's, which its results have
		}
		return append(out, m)
	}
	var results, said, rest []contracts.ContentPart
	for _, part := range t.parts {
		switch part := part.(type) {
		case contracts.ToolResultContentPart:
			results = append(results, part)
		case contracts.ToolCallContentPart, contracts.ReasoningContentPart:
			said = append(said, part)
		case contracts.TextContentPart:
			if t.role == contracts.RoleSystem {
				m := contracts.SystemText(part.Text)
				m.Name = t.name
				if part.ProviderOptions != "" {
					m.Extra = contracts.Members{{Name: "providerOptions", Value: part.ProviderOptions}}
				}
				out = append(out, m)
				continue
			}
			rest = append(rest, part)
		default:
			rest = append(rest, part)
		}
	}
	if len(results) > 0 {
		out = append(out, contracts.ToolMessage(results...))
	}
	if len(said) > 0 {
		out = append(out, contracts.ConversationMessage{Role: contracts.RoleAssistant, Name: t.name, Content: contracts.PartsContent(said...)})
	}
	if len(rest) > 0 {
		out = append(out, contracts.ConversationMessage{Role: contracts.RoleUser, Name: t.name, Content: contracts.PartsContent(rest...)})
	}
	return out
}

// fits reports whether a message of the turn's role can hold all of its parts.
func (t *turn) fits() bool {
	for _, part := range t.parts {
		var may bool
		switch part.(type) {
		case contracts.ToolResultContentPart:
			may = t.role == contracts.RoleTool
		case contracts.ToolCallContentPart, contracts.ReasoningContentPart:
		default:
			may = t.role == contracts.RoleUser
		}
		if !may && t.role != contracts.RoleAssistant {
			return false
		}
	}
	return true
}

// asAnswers makes messages the assistant's: whatever role they come with, they
// are what a model said.
func asAnswers(messages []contracts.ConversationMessage) {
	for i := range messages {
		m := &messages[i]
		if m.Role == contracts.RoleAssistant {
			continue
		}
		if text, ok := m.Content.Quoted(); ok {
			m.Role, m.Content = contracts.RoleAssistant, contracts.QuotedText(contracts.RoleAssistant, text).Content
		} else {
			m.Role, m.Content = contracts.RoleAssistant, contracts.PartsContent(m.Content.Parts()...)
		}
	}
}

// isOneText reports whether the content is known to be a text and nothing else.
func isOneText(c contracts.Content) bool {
	_, quoted := c.Quoted()
	return quoted || c.IsText()
}

// nameResults finds the calls that the results of tools are for.
func nameResults(messages []contracts.ConversationMessage) {
	var calls shape.Calls
	for i := range messages {
		if isOneText(messages[i].Content) {
			continue
		}
		parts := messages[i].Content.Parts()
		for k := range parts {
			switch part := parts[k].(type) {
			case contracts.ToolCallContentPart:
				calls.Add(part.ToolCallID, part.ToolName)
			case contracts.ToolResultContentPart:
				id, name := calls.Result(part.ToolCallID, part.ToolName)
				if part.ToolCallID == "" || part.ToolName == "" {
					part.ToolCallID, part.ToolName = id, name
					parts[k] = part
				}
			}
		}
	}
}
