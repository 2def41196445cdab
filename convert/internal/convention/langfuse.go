// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convention

import (
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/attr"
	"github.com/spect-tools/spect-go/convert/internal/shape"
	"github.com/spect-tools/spect-go/convert/llm"
)

// Langfuse, its SDKs from version 3 on: what an observation is in
// langfuse.observation.type, what went in and came out, in whatever shape the
// application or an integration gave it, in langfuse.observation.input and
// .output.
//
// https://github.com/langfuse/langfuse-python/blob/main/langfuse/_client/attributes.py
var langfuseDecoder = decoder{
	name:     "langfuse",
	prefixes: []string{"langfuse."},
	content: []string{
		"langfuse.observation.input", "langfuse.observation.output", "langfuse.observation.status_message",
		"langfuse.trace.input", "langfuse.trace.output",
	},
	settings: []string{"langfuse.observation.model.parameters"},
	role:     langfuseRole,
	read:     readLangfuse,
}

func langfuseRole(attrs []attribute.KeyValue) Role {
	v, ok := attr.Lookup(attrs, "langfuse.observation.type")
	if !ok || v.Type() != attribute.STRING {
		return None
	}
	switch v.AsString() {
	case "generation":
		if _, ok := attr.Lookup(attrs, "ai.operationId"); ok {
			return None // to Langfuse all is one that has a model; the AI SDK knows better
		}
		return LLM
	case "embedding":
		return LLM
	case "agent":
		return Agent
	case "tool":
		return Tool
	case "span", "":
		return None // what has no type: another convention may know
	}
	return Struct
}

// langfuse is what is read of one span before it is put together.
type langfuse struct {
	*Source
	*Facts
	input, output contracts.JSON
	model, level  string
	status        string
}

func readLangfuse(s *Source, f *Facts) {
	if f.Role == Struct {
		return
	}
	l := langfuse{Source: s, Facts: f}
	for i := range s.Attributes {
		if l.attribute(string(s.Attributes[i].Key), s.Attributes[i].Value) {
			s.used[i] = true
		}
	}
	switch f.Role {
	case LLM:
		l.call()
	case Tool:
		f.Tool.Arguments, f.Tool.CallID = functionInput(l.input)
		var callID string
		f.Tool.Result, callID, f.Tool.Failed = functionOutput(l.output)
		if callID != "" {
			f.Tool.CallID = callID
		}
	case Agent:
		f.Request.Messages, f.Agent.Input = agentInput(l.input)
		f.Response.Messages = agentAnswer(l.output)
	}
	langfuseFiles(f.Request.Messages)
	langfuseFiles(f.Response.Messages)
	if l.level == "ERROR" {
		f.Error = &contracts.NormalizedError{Message: l.status}
	}
}

// attribute takes what one attribute says and reports whether that is all there
// is to it.
func (l *langfuse) attribute(key string, v attribute.Value) bool {
	switch key {
	case "langfuse.observation.type", "langfuse.internal.is_app_root", "langfuse.internal.as_root":
	case "langfuse.observation.input":
		l.input = langfuseJSON(v)
	case "langfuse.observation.output":
		l.output = langfuseJSON(v)
	case "langfuse.observation.model.name":
		l.model = attr.Text(v)
	case "langfuse.observation.model.parameters":
		parameters := langfuseJSON(v)
		if !parameters.IsObject() {
			return false
		}
		for name, value := range parameters.Members() {
			l.Request.Settings = append(l.Request.Settings, contracts.Member{Name: name, Value: value})
		}
	case "langfuse.observation.usage_details":
		usage := langfuseJSON(v)
		l.Response.Usage = langfuseUsage(usage)
		return l.Response.Usage.Known()
	case "langfuse.observation.level":
		l.level = attr.Text(v)
		return l.level == "ERROR" || l.level == "DEFAULT"
	case "langfuse.observation.status_message":
		l.status = attr.Text(v)
	case "langfuse.trace.input", "langfuse.trace.output":
		// Of the whole trace: what the span at its root says too.
		return l.Role == Agent
	default:
		return false
	}
	return true
}

// langfuseJSON reads what the SDKs write: a text as it is, other values as JSON.
func langfuseJSON(v attribute.Value) contracts.JSON {
	if v.Type() != attribute.STRING {
		j, _ := toJSON(v)
		return j
	}
	text := v.AsString()
	if j, ok := shape.Parse(text); ok && (j.IsObject() || j.IsArray() || shape.IsText(j)) {
		return j
	}
	return contracts.QuoteJSON(text)
}

// call reads a call of a model.
func (l *langfuse) call() {
	request, ok := nativeRequest(l.input)
	switch text, isText := l.input.Text(); {
	case ok:
		l.Request.Messages, l.Request.Tools, l.Request.Model = request.Messages, request.Tools, request.Model
		l.Request.Stream = request.Stream
		l.Request.Settings = missing(l.Request.Settings, request.Settings)
	case isText && text != "":
		l.Request.Messages = append(l.Request.Messages, contracts.UserText(text))
	case l.input.IsObject() || l.input.IsArray():
		if l.Request.Messages = vercelPrompt(l.input); len(l.Request.Messages) == 0 && !l.hasOther() {
			l.Request.Messages = append(l.Request.Messages, contracts.UserText(string(l.input)))
		}
	}
	l.Request.Messages = toolTurns(l.Request.Messages)
	nameResults(l.Request.Messages)
	response, ok := nativeResponse(l.output)
	switch text, isText := l.output.Text(); {
	case ok:
		usage := l.Response.Usage
		l.Response = response
		if usage.Known() {
			l.Response.Usage = usage
		}
	case isText && text != "":
		l.Response.Messages = append(l.Response.Messages, contracts.AssistantText(text))
	case (l.output.IsObject() || l.output.IsArray()) && !l.hasOther():
		l.Response.Messages = append(l.Response.Messages, contracts.AssistantText(string(l.output)))
	}
	// One model is named, the one that was asked for or the one that answered.
	if l.hasOther() {
		return
	}
	if len(l.Response.Messages) > 0 || l.Response.Usage.Known() {
		if l.Response.Model == "" {
			l.Response.Model = l.model
		}
	} else if l.Request.Model == "" {
		l.Request.Model = l.model
	}
}

// hasOther reports whether another convention tells of the call too: it knows
// better what Langfuse only keeps.
func (l *langfuse) hasOther() bool {
	for i := range l.Attributes {
		key := string(l.Attributes[i].Key)
		if strings.HasPrefix(key, "gen_ai.") || strings.HasPrefix(key, "llm.") || strings.HasPrefix(key, "ai.") {
			return true
		}
	}
	return false
}

// toolTurns makes results of tools of the messages whose role is the name of a
// tool, as the handler for LangChain writes them.
func toolTurns(messages []contracts.ConversationMessage) []contracts.ConversationMessage {
	called := make(map[string]bool)
	for i := range messages {
		m := &messages[i]
		for _, part := range m.Content.Parts() {
			if call, ok := part.(contracts.ToolCallContentPart); ok {
				called[call.ToolName] = true
			}
		}
		if m.Role != contracts.RoleUser || len(m.Extra) == 0 || len(called) == 0 {
			continue
		}
		name, _ := m.Extra[0].Value.Member("openai").Member("role").Text()
		if called[name] {
			*m = contracts.ToolMessage(contracts.ToolResultContentPart{ToolName: name, Output: shape.Output(m.Content.Text())})
		}
	}
	return messages
}

// langfuseUsage reads counts of tokens: as a provider gives them, or by
// Langfuse's own names, where input and output are what no input_... or
// output_... counts.
func langfuseUsage(usage contracts.JSON) (u llm.Usage) {
	var apart, read, wrote, inputs, outputs llm.Count
	own := false
	for name, value := range usage.Members() {
		n := shape.Count(value)
		switch name {
		case "input", "output":
			own = true
			if name == "input" {
				u.Input = n
			} else {
				u.Output = n
			}
		case "total", "total_tokens", "totalTokens":
			u.Total = n
		case "input_tokens", "prompt_tokens", "promptTokens", "inputTokens":
			u.Input = n
		case "output_tokens", "completion_tokens", "completionTokens", "outputTokens":
			u.Output = n
		case "prompt_tokens_details", "input_tokens_details", "input_token_details":
			read = read.Or(shape.Count(value.Member("cached_tokens"))).Or(shape.Count(value.Member("cache_read")))
			wrote = wrote.Or(shape.Count(value.Member("cache_creation")))
		case "completion_tokens_details", "output_tokens_details", "output_token_details":
			u.Reasoning = u.Reasoning.Or(shape.Count(value.Member("reasoning_tokens"))).Or(shape.Count(value.Member("reasoning")))
		case "prompt_details.cache_read":
			read = read.Or(n)
		case "prompt_details.cache_write":
			wrote = wrote.Or(n)
		case "completion_details.reasoning":
			u.Reasoning = u.Reasoning.Or(n)
		default:
			apart = apart.Plus(n)
			isInput := strings.HasPrefix(name, "input_") || strings.HasPrefix(name, "cache_")
			switch {
			case isInput:
				inputs = inputs.Plus(n)
			case strings.HasPrefix(name, "output_"):
				outputs = outputs.Plus(n)
			}
			switch {
			case isInput && (strings.Contains(name, "creation") || strings.Contains(name, "write")):
				wrote = wrote.Plus(n)
			case isInput && strings.Contains(name, "cache"):
				read = read.Plus(n)
			case strings.Contains(name, "reasoning") || strings.Contains(name, "thought"):
				u.Reasoning = u.Reasoning.Plus(n)
			default:
				u.Details = append(u.Details, contracts.Member{Name: name, Value: value})
			}
		}
	}
	u.CachedInput, u.CacheWrite = read, wrote
	whole := u.Total.Known && u.Total.N == u.Input.N+u.Output.N
	if own && apart.N > 0 && !whole {
		if u.Input.Known {
			u.Input = u.Input.Plus(inputs)
		}
		if u.Output.Known {
			u.Output = u.Output.Plus(outputs)
		}
	}
	return u
}
