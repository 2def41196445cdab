// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convention

import (
	"github.com/spect-tools/spect-go/contracts"
)

// Tools and agents are functions to an instrumentation that wraps them, and it
// records what they took and gave in the wrappings of its language.

// functionInput is what a function was called with, without what recorded it:
//
//	{"args": [], "kwargs": {"city": "Paris"}}             decorators of Traceloop and Langfuse
//	{"input_str": "...", "inputs": {"city": "Paris"}, ...} callbacks of LangChain
//
// An id of the call that stands beside it is told too.
func functionInput(j contracts.JSON) (input contracts.JSON, callID string) {
	var args, named, inputs, text contracts.JSON
	others := 0
	for name, value := range j.Members() {
		switch name {
		case "args":
			args = value
		case "kwargs":
			named = value
		case "inputs":
			inputs = value
		case "input_str":
			text = value
		default:
			others++
		}
	}
	switch {
	case text != "" || inputs != "" && named != "":
		callID, _ = named.Member("tool_call_id").Text()
		if inputs == "" || inputs == "null" {
			return text, callID
		}
		return inputs, callID
	case !args.IsArray() || !named.IsObject() || others > 0:
		return j, ""
	}
	first, n := contracts.JSON(""), 0
	for e := range args.Elements() {
		if n == 0 {
			first = e
		}
		n++
	}
	hasNamed := false
	for range named.Members() {
		hasNamed = true
		break
	}
	switch {
	case n == 0:
		return named, ""
	case hasNamed:
		return j, ""
	case n == 1:
		return first, ""
	}
	return args, ""
}

// functionOutput is what a function returned, without what recorded it. A
// message of LangChain's is what it says, and tells of which call.
func functionOutput(j contracts.JSON) (value contracts.JSON, callID string, failed bool) {
	if wrapped := j.Member("output"); wrapped != "" && j.Member("kwargs") != "" {
		j = wrapped // callbacks of LangChain
	}
	if m, ok := langChainMessage(j); ok && m.role == contracts.RoleTool && !j.IsArray() {
		return m.content, m.callID, m.status == "error"
	}
	return j, "", false
}

// agentInput is what an agent was asked: messages where that is what it is, else
// what it was called with.
func agentInput(j contracts.JSON) (messages []contracts.ConversationMessage, input contracts.JSON) {
	j, _ = functionInput(j)
	if text, ok := j.Text(); ok {
		if text == "" {
			return nil, ""
		}
		return []contracts.ConversationMessage{contracts.UserText(text)}, ""
	}
	if messages = anyMessages(j); len(messages) > 0 {
		return messages, ""
	}
	if messages = vercelPrompt(j); len(messages) > 0 {
		return messages, ""
	}
	if text, ok := onlyText(j); ok {
		return []contracts.ConversationMessage{contracts.UserText(text)}, ""
	}
	return nil, j
}

// onlyText is the text of an object that only wraps it: {"input": "..."}.
func onlyText(j contracts.JSON) (text string, ok bool) {
	n := 0
	for name, value := range j.Members() {
		switch name {
		case "input", "output", "question", "query", "answer", "result", "response", "text", "content", "message":
		default:
			return "", false
		}
		if text, ok = value.Text(); !ok || n > 0 {
			return "", false
		}
		n++
	}
	return text, ok && text != ""
}

// agentAnswer is what an agent answered in the end.
func agentAnswer(j contracts.JSON) []contracts.ConversationMessage {
	if outputs := j.Member("outputs"); outputs != "" {
		j = outputs // callbacks of LangChain
	}
	if text, ok := j.Text(); ok {
		if text == "" {
			return nil
		}
		return []contracts.ConversationMessage{contracts.AssistantText(text)}
	}
	messages := anyMessages(j)
	if len(messages) == 0 {
		response, _ := nativeResponse(j)
		messages = response.Messages
	}
	if len(messages) > 0 {
		// A state holds the whole conversation: its last message is the answer.
		last := messages[len(messages)-1]
		if last.Role != contracts.RoleAssistant {
			return nil
		}
		return []contracts.ConversationMessage{last}
	}
	if raw, ok := j.Member("raw").Text(); ok && raw != "" { // CrewAI
		return []contracts.ConversationMessage{contracts.AssistantText(raw)}
	}
	if text, ok := onlyText(j); ok {
		return []contracts.ConversationMessage{contracts.AssistantText(text)}
	}
	if j == "" || j == "null" {
		return nil
	}
	return []contracts.ConversationMessage{contracts.AssistantText(string(j))}
}

// anyMessages reads a list of messages of any shape, or an object that holds
// one.
func anyMessages(j contracts.JSON) []contracts.ConversationMessage {
	if j.IsObject() {
		if list := j.Member("messages"); list.IsArray() {
			j = list
		}
	}
	messages, _ := nativeMessages(j)
	return messages
}
