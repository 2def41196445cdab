// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convention

import (
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/shape"
	"github.com/spect-tools/spect-go/convert/llm"
)

// LangSmith, for Go: OpenTelemetry's keys of old with an object in gen_ai.prompt
// and gen_ai.completion, {"messages": [...]} of the provider's own messages, and
// under langsmith. what OpenTelemetry had no key for. What a span is stands in
// gen_ai.operation.name.
//
// The items of OpenAI's Responses come rewritten as messages of a chat: thoughts
// as a text that begins with [reasoning].
//
// https://github.com/langchain-ai/langsmith-go/tree/main/instrumentation
var langSmithDecoder = decoder{
	name:     "langsmith",
	prefixes: []string{"langsmith.", "gen_ai.prompt", "gen_ai.completion"},
	content:  []string{"gen_ai.prompt", "gen_ai.completion", "langsmith.span.inputs", "langsmith.span.outputs"},
	read:     readLangSmith,
}

func readLangSmith(s *Source, f *Facts) {
	input, output := s.langSmithObject("gen_ai.prompt"), s.langSmithObject("gen_ai.completion")
	switch f.Role {
	case LLM:
		request, _ := nativeRequest(input)
		f.Request.Messages, f.Request.Tools = request.Messages, request.Tools
		f.Request.Settings = request.Settings
		langSmithThoughts(f.Request.Messages)
		s.langSmithAnswer(f, output)
	case Tool:
		f.Tool.Arguments, f.Tool.CallID = functionInput(input)
		var callID string
		f.Tool.Result, callID, f.Tool.Failed = functionOutput(output)
		if callID != "" {
			f.Tool.CallID = callID
		}
	case Agent:
		if input != "" {
			f.Request.Messages, f.Agent.Input = agentInput(input)
		}
		if output != "" {
			f.Response.Messages = agentAnswer(output)
		}
	}
	if s.hasEvent("new_token") {
		f.Streamed = true
	}
	if usage, _ := s.json("langsmith.usage_metadata"); usage.IsObject() {
		f.Response.Usage = langSmithUsage(usage)
	}
	if reason := s.text("langsmith.metadata.stop_reason"); reason != "" {
		f.Response.FinishReasons = []string{reason}
	}
}

// langSmithObject is the object of an attribute; absent where it holds a text or
// a list, which are not LangSmith's.
func (s *Source) langSmithObject(key attribute.Key) contracts.JSON {
	v, ok := s.look(key)
	if !ok {
		return ""
	}
	j, _ := toJSON(v)
	if j, ok = shape.Parse(string(j)); !ok || !j.IsObject() {
		return ""
	}
	s.drop(key)
	return j
}

// langSmithAnswer reads the messages of an answer, one a choice, and the reasons
// that they have.
func (s *Source) langSmithAnswer(f *Facts, output contracts.JSON) {
	list := output.Member("messages")
	if !list.IsArray() {
		response, ok := nativeResponse(output)
		if ok {
			f.Response = response
		} else if output != "" {
			f.Response.Messages = agentAnswer(output)
		}
		return
	}
	// The reason of a choice stands in its message.
	messages := []byte{'['}
	for message := range list.Elements() {
		if len(messages) > 1 {
			messages = append(messages, ',')
		}
		var others contracts.Members
		for name, value := range message.Members() {
			if name != "finish_reason" {
				others = append(others, contracts.Member{Name: name, Value: value})
			} else if reason, ok := value.Text(); ok && reason != "" {
				f.Response.FinishReasons = append(f.Response.FinishReasons, reason)
			}
		}
		messages = append(messages, objectOf(others)...)
	}
	f.Response.Messages, _ = nativeMessages(contracts.JSON(append(messages, ']')))
}

// langSmithThoughts makes reasoning again of the texts that were made of it.
func langSmithThoughts(messages []contracts.ConversationMessage) {
	const mark = "[reasoning] "
	for i := range messages {
		m := &messages[i]
		if m.Role != contracts.RoleAssistant {
			continue
		}
		if text, ok := strings.CutPrefix(m.Content.Text(), mark); ok && len(m.Content.Parts()) == 1 {
			m.Content = contracts.PartsContent(contracts.ReasoningContentPart{Text: text})
		}
	}
}

// langSmithUsage reads LangSmith's usage_metadata, which counts as LangChain
// does. A tier of service stands before the name of what it made cheaper:
// flex_cache_read.
func langSmithUsage(usage contracts.JSON) (u llm.Usage) {
	for name, value := range usage.Members() {
		switch name {
		case "input_tokens":
			u.Input = shape.Count(value)
		case "output_tokens":
			u.Output = shape.Count(value)
		case "total_tokens":
			u.Total = shape.Count(value)
		case "input_token_details":
			for name, value := range value.Members() {
				switch {
				case strings.HasSuffix(name, "cache_read"):
					u.CachedInput = u.CachedInput.Plus(shape.Count(value))
				case strings.HasSuffix(name, "cache_creation") || strings.HasPrefix(name, "ephemeral_"):
					u.CacheWrite = u.CacheWrite.Plus(shape.Count(value))
				default:
					u.Details = append(u.Details, contracts.Member{Name: "input_" + name, Value: value})
				}
			}
		case "output_token_details":
			for name, value := range value.Members() {
				if strings.HasSuffix(name, "reasoning") {
					u.Reasoning = u.Reasoning.Plus(shape.Count(value))
				} else {
					u.Details = append(u.Details, contracts.Member{Name: "output_" + name, Value: value})
				}
			}
		default:
			u.Details = append(u.Details, contracts.Member{Name: name, Value: value})
		}
	}
	return u
}
