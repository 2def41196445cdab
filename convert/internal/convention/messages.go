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

// appendTurn appends the messages that the parts of one message make; none
// where there are no parts.
func appendTurn(out []contracts.ConversationMessage, role contracts.Role, name string, parts []contracts.ContentPart) []contracts.ConversationMessage {
	before := len(out)
	t := shape.Turn{Role: role}
	for _, part := range parts {
		var raw contracts.JSON
		switch part.Type() {
		case contracts.PartText, contracts.PartToolResult:
		default:
			if role != contracts.RoleAssistant {
				raw = contracts.JSON(part.AppendJSON(nil))
			}
		}
		t.Add(part, raw)
	}
	if out = t.Append(out); len(out) > before {
		out[len(out)-1].Name = name
	}
	return out
}

// nameResults finds the calls that the results of tools are for.
func nameResults(messages []contracts.ConversationMessage) {
	var calls shape.Calls
	for i := range messages {
		if messages[i].Content.IsText() {
			continue
		}
		parts := messages[i].Content.Parts()
		for k := range parts {
			switch part := parts[k].(type) {
			case contracts.ToolCallContentPart:
				calls.Add(part.ToolCallID, part.ToolName)
			case contracts.ToolResultContentPart:
				if part.ToolCallID == "" || part.ToolName == "" {
					part.ToolCallID, part.ToolName = calls.Result(part.ToolCallID, part.ToolName)
					parts[k] = part
				}
			}
		}
	}
}
