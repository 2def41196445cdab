// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convention

import (
	"strings"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/llm"
)

// Calls of tools that the provider runs itself are marked by the decoders where
// a convention marks them. Most have them as calls like others: then it shows in
// what they are named, in their ids, or in where their results stand.

// markHosted marks, among the messages of a span, the calls that the provider
// ran, and their results. What is marked already stays as it is.
func markHosted(messages []contracts.ConversationMessage, role Role) {
	for i := range messages {
		m := &messages[i]
		if m.Role != contracts.RoleAssistant || isOneText(m.Content) {
			continue
		}
		parts := m.Content.Parts()
		answered := false
		for k := range parts {
			switch part := parts[k].(type) {
			case contracts.ToolCallContentPart:
				if part.Extra == nil && isHosted(part.ToolCallID, part.ToolName) {
					part.Extra = llm.ProviderExecuted()
					parts[k] = part
				}
			case contracts.ToolResultContentPart:
				answered = true
			}
		}
		if answered && role == LLM {
			markAnswered(parts)
		}
	}
}

// isHosted tells the calls by what OpenAI names them and Anthropic begins their
// ids with.
func isHosted(id, name string) bool {
	switch name {
	case "web_search_call", "file_search_call", "code_interpreter_call", "image_generation_call":
		return true
	}
	kind, rest, _ := strings.Cut(id, "_")
	switch kind {
	case "srvtoolu", "mcptoolu":
		return true
	case "ws", "fs", "ci", "ig", "mcp":
		return len(rest) >= 48
	}
	return false
}

// markAnswered marks the calls of one answer of a model that have their results
// in it: nobody but the provider can have run them in between. An agent's
// answer, of several calls of a model, has those of its own tools too.
func markAnswered(parts []contracts.ContentPart) {
	calls := make(map[string]int) // where each is
	for i := range parts {
		if call, ok := parts[i].(contracts.ToolCallContentPart); ok {
			calls[call.ToolCallID] = i
		}
	}
	for i := range parts {
		result, ok := parts[i].(contracts.ToolResultContentPart)
		if !ok {
			continue
		}
		k, ok := calls[result.ToolCallID]
		if !ok {
			continue
		}
		if call := parts[k].(contracts.ToolCallContentPart); call.Extra == nil {
			call.Extra = llm.ProviderExecuted()
			parts[k] = call
		}
		if result.Extra == nil {
			result.Extra = llm.ProviderExecuted()
			parts[i] = result
		}
	}
}
