// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convention

import (
	"go.opentelemetry.io/otel/attribute"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/anthropic"
	"github.com/spect-tools/spect-go/convert/internal/attr"
	"github.com/spect-tools/spect-go/convert/llm"
	"github.com/spect-tools/spect-go/convert/openai"
)

// Logfire marks its spans with logfire.*: what they look like on its own pages,
// which says nothing more. A span that was sent when it started, to be seen
// early, comes again when it ends. What came of a stream is told by a span of
// its own, of no duration, beside that of the call.
//
// In its first version calls of models hold the provider's request, and of the
// answer the message: request_data and response_data.
var logfireDecoder = decoder{
	name:     "logfire",
	prefixes: []string{"logfire.", "request_data", "response_data"},
	content: []string{
		"request_data", "response_data", "logfire.msg", // the template filled in
		"input", "output", "response", "raw_input", "error", // of OpenAI's Agents SDK
		"arguments", "return",
	},
	role: logfireRole,
	read: readLogfire,
}

const logfireTypeKey = "logfire.span_type"

func logfireRole(attrs []attribute.KeyValue) Role {
	if v, ok := attr.Lookup(attrs, logfireTypeKey); ok && v.Type() == attribute.STRING && v.AsString() == "pending_span" {
		return duplicate
	}
	return logfireAgentsRole(attrs)
}

func readLogfire(s *Source, f *Facts) {
	if v, ok := s.look(logfireTypeKey); ok && attr.Text(v) == "log" && f.Role == LLM {
		f.Answer, f.Streamed = true, true
	}
	s.drop("logfire.msg", templateKey, "logfire.json_schema", "logfire.tags", logfireTypeKey, "logfire.level_num")
	if f.Role == LLM {
		logfireCall(s, f)
	}
	if s.isLogfireAgents() {
		readLogfireAgents(s, f)
	}
}

func logfireCall(s *Source, f *Facts) {
	ofAnthropic := attr.Text(first(s.look("gen_ai.system"))) == "anthropic"
	if v, ok := s.look("request_data"); ok {
		if j, whole := toJSON(v); whole && j.IsObject() {
			s.drop("request_data")
			f.Request = logfireRequest(j, ofAnthropic)
		}
	}
	if v, ok := s.look("response_data"); ok {
		if j, whole := toJSON(v); whole && j.IsObject() {
			s.drop("response_data")
			f.Response = logfireResponse(j, ofAnthropic)
		}
	}
	f.Streamed = f.Streamed || f.Request.Stream
}

func first(v attribute.Value, _ bool) attribute.Value { return v }

func logfireRequest(j contracts.JSON, ofAnthropic bool) llm.Request {
	switch {
	case ofAnthropic:
		return anthropic.Request(j)
	case j.Member("input") != "" && j.Member("messages") == "":
		return openai.ResponsesRequest(j)
	}
	return openai.ChatRequest(j)
}

// logfireResponse reads {message, usage}, or of a stream {combined_chunk_content}.
func logfireResponse(j contracts.JSON, ofAnthropic bool) (out llm.Response) {
	message := j.Member("message")
	if text, ok := j.Member("combined_chunk_content").Text(); ok && message == "" && text != "" {
		out.Messages = []contracts.ConversationMessage{contracts.AssistantText(text)}
		return out
	}
	if text, ok := j.Member("text").Text(); ok { // of a text completion
		out.Messages = []contracts.ConversationMessage{contracts.AssistantText(text)}
	}
	if !message.IsObject() {
		return out
	}
	out.Messages = openai.ChatMessages(`[` + message + `]`)
	if ofAnthropic {
		unwrapInputs(out.Messages)
	}
	usage := j.Member("usage")
	if !usage.IsObject() {
		return out
	}
	if ofAnthropic {
		out.Usage = anthropic.Response(`{"usage":` + usage + `}`).Usage
	} else {
		out.Usage = openai.ChatResponse(`{"usage":` + usage + `}`).Usage
	}
	return out
}

// unwrapInputs takes the arguments of calls out of an object with nothing but
// input in it, in which Logfire has those of Anthropic's.
func unwrapInputs(messages []contracts.ConversationMessage) {
	for i := range messages {
		parts := messages[i].Content.Parts()
		for k := range parts {
			call, ok := parts[k].(contracts.ToolCallContentPart)
			if !ok {
				continue
			}
			var members contracts.Members
			for name, value := range call.Input.Members() {
				members = append(members, contracts.Member{Name: name, Value: value})
			}
			if len(members) == 1 && members[0].Name == "input" {
				call.Input = members[0].Value
				parts[k] = call
			}
		}
	}
}
