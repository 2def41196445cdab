// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convention

import (
	"strings"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/anthropic"
	"github.com/spect-tools/spect-go/convert/bedrock"
	"github.com/spect-tools/spect-go/convert/gemini"
	"github.com/spect-tools/spect-go/convert/openai"
)

// family is whose shape some JSON has.
type family uint8

const (
	// noFamily is what no provider has.
	noFamily family = iota
	// anyFamily is what several have and read alike: texts.
	anyFamily
	otelFamily
	pydanticFamily
	openaiFamily
	anthropicFamily
	bedrockFamily
	geminiFamily
)

// familyOf tells whose parts a list holds. It holds none where an element of it
// is of no family that is known.
func familyOf(list contracts.JSON) (is family) {
	if !list.IsArray() {
		return noFamily
	}
	for part := range list.Elements() {
		switch f := familyOfPart(part); f {
		case noFamily:
			return noFamily
		case anyFamily:
			is = max(is, anyFamily)
		default:
			if is <= anyFamily {
				is = f
			}
		}
	}
	return is
}

// familyOfPart goes by the names of the members, and by the type where there is
// one.
func familyOfPart(part contracts.JSON) family {
	if !part.IsObject() {
		if _, isText := part.Text(); isText {
			return anyFamily
		}
		return noFamily
	}
	is := noFamily
	for name, value := range part.Members() {
		switch name {
		case "type":
			kind, _ := value.Text()
			return familyOfType(kind, part)
		case "kind":
			return pydanticFamily
		case "toolUse", "toolResult", "reasoningContent", "cachePoint", "guardContent", "citationsContent", "s3Location":
			return bedrockFamily
		case "image", "document", "video", "audio":
			if value.Member("format") != "" || value.Member("source") != "" {
				return bedrockFamily
			}
		case "functionCall", "function_call", "functionResponse", "function_response", "inlineData", "inline_data", "fileData", "file_data",
			"executableCode", "executable_code", "codeExecutionResult", "code_execution_result", "thought", "thoughtSignature", "thought_signature":
			return geminiFamily
		case "text":
			is = anyFamily
		}
	}
	return is
}

// familyOfType goes by the type of a part.
func familyOfType(kind string, part contracts.JSON) family {
	switch kind {
	case "text":
		if part.Member("content") != "" {
			return otelFamily
		}
		return anyFamily
	case "tool_call", "tool_call_response", "server_tool_call", "server_tool_call_response", "reasoning", "blob", "uri", "binary":
		return otelFamily
	case "tool_use", "tool_result", "redacted_thinking", "server_tool_use", "mcp_tool_use", "container_upload", "search_result", "compaction":
		return anthropicFamily
	case "thinking":
		if part.Member("content") != "" {
			return otelFamily
		}
		return anthropicFamily
	case "image", "document":
		return anthropicFamily
	case "image_url", "input_text", "input_image", "input_audio", "input_file", "output_text", "file", "refusal", "audio_url", "video_url":
		if part.Member("content") != "" || part.Member("modality") != "" {
			return otelFamily
		}
		return openaiFamily
	}
	if strings.HasSuffix(kind, "_tool_result") {
		return anthropicFamily
	}
	if kind == "" {
		return noFamily
	}
	return otelFamily // kept as it is, if nothing else
}

// untyped reports whether the parts of a list have no type: those of Gemini.
func untyped(list contracts.JSON) bool {
	some := false
	for part := range list.Elements() {
		if part.Member("type") != "" {
			return false
		}
		some = true
	}
	return some
}

// nativeContent reads the content of one message: parts in the shape of a
// provider. Those of none are read as OpenAI's.
func nativeContent(parts contracts.JSON, of family, role contracts.Role) []contracts.ConversationMessage {
	switch of {
	case anthropicFamily:
		return anthropic.Content(role, parts)
	case bedrockFamily:
		return bedrock.Content(role, parts)
	case geminiFamily:
		return gemini.Content(role, parts)
	}
	return openai.ChatMessages(`[{"role":"` + contracts.JSON(role) + `","content":` + parts + `}]`)
}

// blocks reads the content of one message into the turn. Messages of other
// roles, which its blocks may make, go before it.
func (c *conversation) blocks(to []contracts.ConversationMessage, t *turn, content contracts.JSON) []contracts.ConversationMessage {
	if text, isText := content.Text(); isText {
		inner, ok := listIn(text)
		if !ok || familyOf(inner) <= anyFamily && !hasBlocks(inner) {
			c.say(t, text, "")
			return to
		}
		content = inner
	}
	if content.IsObject() {
		parts := content.Member("parts")
		if parts.IsArray() { // a content of Gemini's
			word, _ := content.Member("role").Text()
			t.role = geminiRole(roleOfWord(word, t.role), parts)
			return c.absorb(to, t, gemini.Content(t.role, content))
		}
		content = `[` + content + `]`
	}
	for e := range content.Elements() {
		if e.Member("parts").IsArray() { // several contents of Gemini's
			return c.innerList(to, content, t.role)
		}
		break
	}
	switch of := familyOf(content); of {
	case pydanticFamily:
		for part := range content.Elements() {
			c.add(t, ofKind(part))
		}
	case noFamily, anyFamily, otelFamily:
		for part := range content.Elements() {
			if of == anyFamily && part.IsObject() {
				c.part.Read(part)
				c.part.Take("type")
				text := c.part.Text("text")
				c.say(t, text, otherMembers(&c.part))
				continue
			}
			c.add(t, part)
		}
	case geminiFamily:
		t.role = geminiRole(t.role, content)
		return c.absorb(to, t, gemini.Content(t.role, content))
	default:
		role := t.role
		if role == contracts.RoleTool {
			role = contracts.RoleUser // where the results stand in these shapes
		}
		return c.absorb(to, t, nativeContent(content, of, role))
	}
	return to
}

// geminiRole is whose parts of Gemini's they are. ADK has calls of functions and
// their results as the user's.
func geminiRole(role contracts.Role, parts contracts.JSON) contracts.Role {
	for part := range parts.Elements() {
		for name := range part.Members() {
			switch name {
			case "functionCall", "function_call", "executableCode", "executable_code", "thought":
				return contracts.RoleAssistant
			case "functionResponse", "function_response":
				return contracts.RoleTool
			}
		}
	}
	return role
}

// absorb takes the parts of messages into the turn whose they are.
func (c *conversation) absorb(to []contracts.ConversationMessage, t *turn, messages []contracts.ConversationMessage) []contracts.ConversationMessage {
	for _, m := range messages {
		if m.Role == contracts.RoleSystem || m.Role != t.role && t.role == contracts.RoleAssistant {
			to = append(to, m)
			continue
		}
		for _, part := range m.Content.Parts() {
			switch p := part.(type) {
			case contracts.ToolCallContentPart:
				c.calls.Add(p.ToolCallID, p.ToolName)
			case contracts.ToolResultContentPart:
				p.ToolCallID, p.ToolName = c.calls.Result(p.ToolCallID, p.ToolName)
				part = p
			}
			t.parts = append(t.parts, part)
		}
	}
	return to
}

// hasBlocks reports whether a content is a list of parts that only a list can
// hold, or the JSON of one.
func hasBlocks(content contracts.JSON) bool {
	if text, isText := content.Text(); isText {
		inner, ok := listIn(text)
		if !ok {
			return false
		}
		content = inner
	}
	switch familyOf(content) {
	case noFamily:
		return false
	case anyFamily:
		return untyped(content)
	}
	return true
}

// ofKind is a part as Pydantic AI had it in its first version, in the form of
// those that came after: {kind, text} is {type, content}.
func ofKind(part contracts.JSON) contracts.JSON {
	if !part.IsObject() {
		return part
	}
	var members contracts.Members
	for name, value := range part.Members() {
		switch name {
		case "kind":
			name = "type"
		case "text", "binary_content":
			name = "content"
		}
		members = append(members, contracts.Member{Name: name, Value: value})
	}
	return objectOf(members)
}
