// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convention

import (
	"strings"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/shape"
	"github.com/spect-tools/spect-go/convert/llm"
)

// langChain is a message of LangChain or LangGraph. Several instrumentations
// record what tools and agents took and gave as such messages, written out in
// one of these ways:
//
//	{"lc": 1, "type": "constructor", "id": [..., "HumanMessage"], "kwargs": {"content": ..., "type": "human"}}
//	{"type": "human", "data": {"content": ...}}
//	{"type": "human", "content": ...}
//	["human", ...]
type langChain struct {
	role                 contracts.Role
	content              contracts.JSON
	callID, name, status string
	calls, additional    contracts.JSON
	metadata             contracts.JSON
}

// langChainMessage reads one message; ok is false where it is none.
func langChainMessage(j contracts.JSON) (m langChain, ok bool) {
	if j.IsArray() {
		return langChainPair(j)
	}
	var kind, constructed string
	body := j
	for name, value := range j.Members() {
		switch name {
		case "type":
			kind, _ = value.Text()
		case "id":
			for e := range value.Elements() {
				constructed, _ = e.Text()
			}
		case "kwargs", "data":
			if value.IsObject() {
				body = value
			}
		}
	}
	if kind == "constructor" {
		kind = constructed
	}
	if m.role, ok = langChainRole(kind); !ok {
		return m, false
	}
	ok = false
	for name, value := range body.Members() {
		switch name {
		case "content":
			m.content, ok = value, true
		case "tool_call_id":
			m.callID, _ = value.Text()
		case "name":
			m.name, _ = value.Text()
		case "status":
			m.status, _ = value.Text()
		case "tool_calls":
			m.calls = value
		case "additional_kwargs":
			m.additional = value
		case "response_metadata":
			m.metadata = value
		}
	}
	return m, ok
}

// langChainPair reads a role and what it says.
func langChainPair(j contracts.JSON) (m langChain, ok bool) {
	n := 0
	for e := range j.Elements() {
		switch n {
		case 0:
			word, isText := e.Text()
			if m.role = roleOfWord(word, ""); !isText || m.role == "" {
				return m, false
			}
		case 1:
			m.content = e
		}
		n++
	}
	return m, n == 2
}

// langChainRole is the role of a type of message, or of the class it was of.
func langChainRole(kind string) (role contracts.Role, ok bool) {
	kind = strings.TrimSuffix(strings.TrimSuffix(kind, "Chunk"), "Message")
	switch strings.ToLower(kind) {
	case "human":
		return contracts.RoleUser, true
	case "ai":
		return contracts.RoleAssistant, true
	case "system":
		return contracts.RoleSystem, true
	case "tool", "function":
		return contracts.RoleTool, true
	}
	return "", false
}

// appendTo appends the message as the wire has it.
func (m *langChain) appendTo(out []contracts.ConversationMessage) []contracts.ConversationMessage {
	if m.role == contracts.RoleTool {
		part := contracts.ToolResultContentPart{ToolCallID: m.callID, ToolName: m.name, Output: m.output()}
		return append(out, contracts.ToolMessage(part))
	}
	t := turn{role: m.role, name: m.name, parts: nativeParts(m.role, m.content)}
	if m.role != contracts.RoleAssistant {
		return t.appendTo(out)
	}
	var calls []contracts.ContentPart
	for call := range m.calls.Elements() {
		var id, name string
		input := contracts.JSON("{}")
		for member, value := range call.Members() {
			switch member {
			case "id":
				id, _ = value.Text()
			case "name":
				name, _ = value.Text()
			case "args":
				input = shape.Arguments(value)
			}
		}
		calls = append(calls, callPart(id, name, input, ""))
	}
	if len(calls) == 0 {
		calls = openAICalls(m.additional.Member("tool_calls"))
	}
	if text, _ := m.additional.Member("reasoning_content").Text(); text != "" && !hasPart(t.parts, contracts.PartReasoning) {
		t.parts = append([]contracts.ContentPart{contracts.ReasoningContentPart{Text: text}}, t.parts...)
	}
	t.parts = append(t.parts, callsBeside(t.parts, calls)...)
	return t.appendTo(out)
}

// output is what the message of a tool says.
func (m *langChain) output() contracts.ToolResultOutput {
	failed := m.status == "error"
	if m.content.IsArray() {
		output := outputOfParts(nativeParts(contracts.RoleUser, m.content))
		if failed {
			output = shape.Failed(output)
		}
		return output
	}
	return outputOf(m.content, failed)
}

// openAICalls reads the calls of a message as OpenAI has them.
func openAICalls(list contracts.JSON) (out []contracts.ContentPart) {
	for call := range list.Elements() {
		var id, name string
		input := contracts.JSON("{}")
		for member, value := range call.Members() {
			switch member {
			case "id":
				id, _ = value.Text()
			case "function":
				name, _ = value.Member("name").Text()
				input = shape.Arguments(value.Member("arguments"))
			}
		}
		if name != "" {
			out = append(out, callPart(id, name, input, ""))
		}
	}
	return out
}

// langChainMessages reads a list of messages, or a batch of one such list. ok is
// false where one of them is no message of LangChain.
func langChainMessages(list contracts.JSON) (out []contracts.ConversationMessage, ok bool) {
	for e := range list.Elements() {
		m, isMessage := langChainMessage(e)
		if !isMessage {
			if out == nil && e.IsArray() {
				return langChainMessages(e)
			}
			return nil, false
		}
		out, ok = m.appendTo(out), true
	}
	return out, ok
}

// langChainResult reads the result of a model: {"generations": [[{"message":
// ..., "text": ...}]]}, where a list is the answers to one prompt. What the
// provider said beside its answer stands in the metadata of the messages.
func langChainResult(result contracts.JSON) (r llm.Response) {
	for answers := range result.Member("generations").Elements() {
		for generation := range answers.Elements() {
			langChainGeneration(&r, generation)
		}
	}
	return r
}

func langChainGeneration(r *llm.Response, generation contracts.JSON) {
	var message, text, info contracts.JSON
	for name, value := range generation.Members() {
		switch name {
		case "message":
			message = value
		case "text":
			text = value
		case "generation_info", "generationInfo":
			info = value
		}
	}
	before := len(r.FinishReasons)
	m, ok := langChainMessage(message)
	if !ok {
		if words, isText := text.Text(); isText && words != "" {
			r.Messages = append(r.Messages, contracts.AssistantText(words))
		}
	} else {
		r.Messages = m.appendTo(r.Messages)
		langChainMetadata(r, m.metadata)
	}
	if len(r.FinishReasons) == before {
		if reason, isText := info.Member("finish_reason").Text(); isText && reason != "" {
			r.FinishReasons = append(r.FinishReasons, reason)
		}
	}
}

func langChainMetadata(r *llm.Response, metadata contracts.JSON) {
	for name, value := range metadata.Members() {
		text, isText := value.Text()
		switch name {
		case "id":
			if isText && r.ID == "" {
				r.ID = text
			}
		case "model_name", "model":
			if isText && r.Model == "" {
				r.Model = text
			}
		case "finish_reason", "stop_reason":
			if isText && text != "" {
				r.FinishReasons = append(r.FinishReasons, text)
			}
		case "system_fingerprint", "service_tier":
			if isText && !has(r.Metadata, name) {
				r.Metadata = append(r.Metadata, contracts.Member{Name: name, Value: value})
			}
		}
	}
}
