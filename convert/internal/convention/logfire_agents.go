// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convention

import (
	"go.opentelemetry.io/otel/attribute"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/attr"
	"github.com/spect-tools/spect-go/convert/openai"
)

// Logfire's spans of OpenAI's Agents SDK hold what that SDK says of its own:
// name, input, output. What they are shows in the template of their message.

const templateKey = "logfire.msg_template"

// logfireAgentsRole tells what a span of the Agents SDK is that does not say it
// as OpenTelemetry has it.
func logfireAgentsRole(attrs []attribute.KeyValue) Role {
	role, ours := None, false
	for i := range attrs {
		switch attrs[i].Key {
		case operationKey:
			return None
		case "gen_ai.system":
			ours = true
		case templateKey:
			if attrs[i].Value.Type() != attribute.STRING {
				continue
			}
			switch attrs[i].Value.AsString() {
			case "Agent run: {name!r}":
				role = Agent
			case "Function: {name}":
				role = Tool
			case "Chat completion with {gen_ai.request.model!r}":
				role = LLM
			}
		}
	}
	if !ours {
		return None
	}
	return role
}

func readLogfireAgents(s *Source, f *Facts) {
	if v, ok := s.look("error"); ok {
		if j, whole := toJSON(v); whole && j.IsObject() {
			s.drop("error")
			f.Error = logfireError(j)
		}
	}
	switch f.Role {
	case Agent:
		f.Agent.Name = s.text("name")
	case Tool:
		f.Tool.Name = s.text("name")
		if v, ok := s.get("input"); ok {
			f.Tool.Arguments, _ = toJSON(v)
		}
		if v, ok := s.get("output"); ok {
			j, _ := toJSON(v)
			f.Tool.Result = toolOutput(j).Value
		}
	case LLM:
		if v, ok := s.look("response"); ok {
			if j, whole := toJSON(v); whole && j.IsObject() {
				s.drop("response", "raw_input") // which the events have
				f.Response = openai.ResponsesResponse(j)
				return
			}
		}
		// The messages of the request are followed by those of the answer.
		if len(f.Response.Messages) == 0 && s.answered() {
			f.Request.Messages, f.Response.Messages = splitAnswer(f.Request.Messages)
		}
	}
}

// logfireError is {message, data}.
func logfireError(j contracts.JSON) *contracts.NormalizedError {
	message, ok := j.Member("message").Text()
	if !ok {
		return nil
	}
	if detail, ok := j.Member("data").Member("error").Text(); ok && detail != "" {
		message += ": " + detail
	}
	return &contracts.NormalizedError{Message: message}
}

// isLogfireAgents reports whether a span is of the Agents SDK.
func (s *Source) isLogfireAgents() bool {
	v, ok := s.look(templateKey)
	if !ok {
		return false
	}
	switch attr.Text(v) {
	case "Agent run: {name!r}", "Function: {name}", "Chat completion with {gen_ai.request.model!r}",
		"Responses API", "Responses API with {gen_ai.request.model!r}":
		return true
	}
	return false
}

// answered reports whether a call had an answer.
func (s *Source) answered() bool {
	for _, key := range [...]attribute.Key{"gen_ai.response.id", "gen_ai.usage.output_tokens", "response"} {
		if _, ok := s.look(key); ok {
			return true
		}
	}
	return false
}
