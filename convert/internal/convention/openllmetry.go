// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convention

import (
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/attr"
	"github.com/spect-tools/spect-go/convert/internal/shape"
	"github.com/spect-tools/spect-go/internal/jsonscan"
)

// OpenLLMetry (Traceloop) before it took over OpenTelemetry's messages, in its
// 0.55 for most providers: messages flattened under gen_ai.prompt and
// gen_ai.completion, in Go and earlier under llm.prompts and llm.completions;
// what functions took and gave in traceloop.entity.input and .output.
//
// It goes before OpenTelemetry's own convention, whose keys it uses in its own
// way: an operation of llm_request, arguments of a tool in the wrappings of a
// callback. What kind of function a span is, traceloop.span.kind, goes after it.
//
// https://github.com/traceloop/openllmetry/blob/main/packages/opentelemetry-semantic-conventions-ai
var (
	openLLMetryDecoder = decoder{
		name:     "openllmetry",
		prefixes: []string{"llm.", "gen_ai.prompt.", "gen_ai.completion.", "traceloop."},
		content: []string{
			"traceloop.entity.input", "traceloop.entity.output", "traceloop.prompt", "llm.prompts", "llm.completions",
			"llm.content.completion.chunk",
		},
		settings: []string{"llm.request.functions", "llm.chat.stop_sequences", "llm.headers"},
		role:     openLLMetryRole,
		read:     readOpenLLMetry,
	}
	traceloopDecoder = decoder{
		name:     "traceloop",
		prefixes: []string{traceloopKindKey},
		role:     traceloopRole,
	}
)

const traceloopKindKey = "traceloop.span.kind"

func openLLMetryRole(attrs []attribute.KeyValue) Role {
	v, ok := attr.Lookup(attrs, "llm.request.type")
	if !ok || v.Type() != attribute.STRING {
		return None
	}
	switch v.AsString() {
	case "chat", "completion":
		return LLM
	case "", "unknown":
		return None
	}
	return Struct
}

func traceloopRole(attrs []attribute.KeyValue) Role {
	v, ok := attr.Lookup(attrs, traceloopKindKey)
	if !ok || v.Type() != attribute.STRING {
		return None
	}
	switch v.AsString() {
	case "tool":
		return Tool
	case "agent":
		return Agent
	case "":
		return None
	}
	return Struct
}

// openLLMetry is what is read of one span before it is put together.
type openLLMetry struct {
	*Source
	*Facts
	vendor string
	entity string
	// input and output are traceloop.entity.input and .output.
	input, output contracts.JSON
}

func readOpenLLMetry(s *Source, f *Facts) {
	o := openLLMetry{Source: s, Facts: f}
	for i := range s.Attributes {
		if o.attribute(string(s.Attributes[i].Key), s.Attributes[i].Value) {
			s.used[i] = true
		}
	}
	switch f.Role {
	case LLM:
		o.call()
	case Tool:
		f.Tool.Name = o.entity
		o.tool()
	case Agent:
		f.Agent.Name = o.entity
		f.Request.Messages, f.Agent.Input = agentInput(o.input)
		f.Response.Messages = agentAnswer(o.output)
	}
}

// attribute takes what one attribute says and reports whether that is all there
// is to it.
func (o *openLLMetry) attribute(key string, v attribute.Value) bool {
	usage := &o.Response.Usage
	switch key {
	case "llm.request.type", "llm.headers", traceloopKindKey:
	case "llm.vendor":
		o.vendor = attr.Text(v)
		o.Provider = o.vendor
	case "llm.request.model":
		o.Request.Model = attr.Text(v)
	case "llm.response.model":
		o.Response.Model = attr.Text(v)
	case "llm.is_streaming":
		o.Streamed = isTrue(v)
		o.Request.Stream = o.Streamed
	case "llm.response.finish_reason", "llm.response.stop_reason":
		o.Response.FinishReasons = toTexts(v)

	case "llm.usage.prompt_tokens":
		usage.Input = toCount(v)
	case "llm.usage.completion_tokens":
		usage.Output = toCount(v)
	case "llm.usage.total_tokens":
		usage.Total = toCount(v)
	case "llm.usage.reasoning_tokens":
		usage.Reasoning = toCount(v)
	case "llm.usage.cache_read_input_tokens":
		usage.CachedInput = toCount(v)
	case "llm.usage.cache_creation_input_tokens":
		usage.CacheWrite = toCount(v)

	case "llm.temperature", "llm.top_p", "llm.top_k", "llm.frequency_penalty", "llm.presence_penalty", "llm.user",
		"llm.request.max_tokens", "llm.request.reasoning_effort", "llm.request.repetition_penalty", "llm.chat.stop_sequences":
		b, _ := attr.Append(nil, v)
		if j := contracts.JSON(b); j != "[]" && j != "null" && j != `""` {
			name := key[strings.LastIndexByte(key, '.')+1:]
			o.Request.Settings = append(o.Request.Settings, contracts.Member{Name: name, Value: j})
		}

	case "traceloop.entity.name":
		o.entity = attr.Text(v)
		return o.Role == Tool || o.Role == Agent
	case "traceloop.entity.input":
		return o.function(&o.input, key, v)
	case "traceloop.entity.output":
		return o.function(&o.output, key, v)
	default:
		return false
	}
	return true
}

// function takes what a tool or an agent took or gave.
func (o *openLLMetry) function(to *contracts.JSON, key string, v attribute.Value) bool {
	if o.Role != Tool && o.Role != Agent {
		return false
	}
	j, whole := toJSON(v)
	if !whole {
		o.note(key, "cut, or else no JSON: kept as a text")
	}
	*to = shape.Sound(j)
	return true
}

// tool reads a run of a tool.
func (o *openLLMetry) tool() {
	var callID string
	o.Tool.Arguments, o.Tool.CallID = functionInput(o.input)
	o.Tool.Result, callID, o.Tool.Failed = functionOutput(o.output)
	if callID != "" {
		o.Tool.CallID = callID
	}
}

// call reads a call of a model.
func (o *openLLMetry) call() {
	if o.hasEvent("gen_ai.content.completion.chunk") || o.hasEvent("llm.content.completion.chunk") {
		o.Streamed = true
	}
	for _, prefix := range [...]string{"gen_ai.prompt.", "llm.prompts."} {
		for _, e := range o.elements(prefix) {
			var m openLLMetryMessage
			if m.read(o.Source, &e); m.some {
				o.Request.Messages = m.appendTo(o.Request.Messages, contracts.RoleUser)
			}
		}
	}
	nameResults(o.Request.Messages)
	o.answer()
	o.functions()
}

// answer reads the answer: an element for each choice, but for Anthropic's and
// Bedrock's, where the blocks of one answer have one each.
func (o *openLLMetry) answer() {
	var a openLLMetryAnswer
	a.inBlocks = o.isAnthropic()
	for _, prefix := range [...]string{"gen_ai.completion.", "llm.completions."} {
		for _, e := range o.elements(prefix) {
			var m openLLMetryMessage
			if m.read(o.Source, &e); m.some {
				a.add(&m)
			}
		}
	}
	a.close()
	o.Response.Messages = a.messages
	if len(a.finish) > 0 {
		o.Response.FinishReasons = a.finish
	}
}

func (o *openLLMetry) isAnthropic() bool {
	vendor := o.vendor
	for _, key := range [...]attribute.Key{"gen_ai.system", "gen_ai.provider.name"} {
		if v, ok := o.look(key); ok {
			vendor = attr.Text(v)
		}
	}
	return strings.EqualFold(vendor, "anthropic")
}

// openLLMetryAnswer gathers an answer from its elements.
type openLLMetryAnswer struct {
	inBlocks bool
	messages []contracts.ConversationMessage
	finish   []string
	// parts are those of the message that is not at its end.
	parts    []contracts.ContentPart
	hasRoles bool
}

func (a *openLLMetryAnswer) add(m *openLLMetryMessage) {
	thinking := strings.EqualFold(m.role, "thinking")
	// The first block has the role, where the others have none.
	goesOn := a.inBlocks || m.role == "" && a.hasRoles
	if !goesOn && !thinking && !hasOnlyReasoning(a.parts) {
		a.close()
	}
	a.hasRoles = a.hasRoles || m.role != ""
	if m.finish != "" && (!goesOn || len(a.finish) == 0) {
		a.finish = append(a.finish, m.finish)
	}
	if thinking {
		a.parts = append(a.parts, contracts.ReasoningContentPart{Text: m.content})
		return
	}
	for _, message := range m.appendTo(nil, contracts.RoleAssistant) {
		a.parts = append(a.parts, message.Content.Parts()...)
	}
}

// close ends a message.
func (a *openLLMetryAnswer) close() {
	if len(a.parts) > 0 {
		a.messages = append(a.messages, contracts.Assistant(a.parts...))
	}
	a.parts = nil
}

func hasOnlyReasoning(parts []contracts.ContentPart) bool {
	for _, part := range parts {
		if part.Type() != contracts.PartReasoning {
			return false
		}
	}
	return true
}

// functions makes one list of the tools that a model may call.
func (o *openLLMetry) functions() {
	var b []byte
	for _, e := range o.elements("llm.request.functions.") {
		if b == nil {
			b = append(b, '[')
		} else {
			b = append(b, ',')
		}
		b = append(b, '{')
		for i, f := range e.fields {
			if i > 0 {
				b = append(b, ',')
			}
			b = jsonscan.AppendString(b, f.key)
			b = append(b, ':')
			switch f.key {
			case "parameters", "input_schema":
				b = append(b, jsonOrText(o.takeText(f))...)
			default:
				b = jsonscan.AppendString(b, o.takeText(f))
			}
		}
		b = append(b, '}')
	}
	if b != nil {
		o.Request.Tools = contracts.JSON(append(b, ']'))
	}
}

// openLLMetryMessage is a flattened message.
type openLLMetryMessage struct {
	some                       bool
	role, content              string
	callID, name               string
	reasoning, refusal, finish string
	calls                      []contracts.ContentPart
}

func (m *openLLMetryMessage) read(s *Source, e *element) {
	var function, functionInput string
	for _, f := range e.fields {
		var to *string
		switch f.key {
		case "role":
			to = &m.role
		case "content", "":
			to = &m.content
		case "user":
			m.role = "user"
			to = &m.content
		case "tool_call_id":
			to = &m.callID
		case "name":
			to = &m.name
		case "reasoning", "reasoning_content":
			to = &m.reasoning
		case "refusal":
			to = &m.refusal
		case "finish_reason":
			to = &m.finish
		case "function_call.name":
			to = &function
		case "function_call.arguments":
			to = &functionInput
		default:
			continue
		}
		m.some = true
		*to = s.takeText(f)
	}
	for _, c := range e.elements("tool_calls.") {
		var id, name, input string
		for _, f := range c.fields {
			switch f.key {
			case "id":
				id = s.takeText(f)
			case "name", "function.name":
				name = s.takeText(f)
			case "arguments", "function.arguments":
				input = s.takeText(f)
			case "type":
				s.take(f)
			}
		}
		if id != "" || name != "" {
			m.some = true
			m.calls = append(m.calls, callPart(id, name, arguments(input), ""))
		}
	}
	if function != "" {
		m.calls = append(m.calls, callPart("", function, arguments(functionInput), ""))
	}
}

// appendTo appends the messages that the element makes.
func (m *openLLMetryMessage) appendTo(out []contracts.ConversationMessage, otherwise contracts.Role) []contracts.ConversationMessage {
	t := turn{role: roleOfWord(m.role, otherwise)}
	list, native := openLLMetryParts(m.content)
	if t.role == contracts.RoleTool {
		result := contracts.ToolResultContentPart{ToolCallID: m.callID, ToolName: m.name, Output: shape.Output(m.content)}
		if native {
			result.Output = outputOfParts(nativeParts(contracts.RoleUser, list))
		}
		return append(out, contracts.ToolMessage(result))
	}
	t.name = m.name
	t.parts = reasoningIn(m.reasoning)
	if native {
		t.parts = append(t.parts, nativeParts(t.role, list)...)
	} else if m.content != "" {
		text := contracts.TextContentPart{Text: m.content}
		if m.role == "developer" {
			text.ProviderOptions = developerOptions
		}
		t.parts = append(t.parts, text)
	}
	if m.refusal != "" {
		t.parts = append(t.parts, contracts.TextContentPart{Text: m.refusal, ProviderOptions: `{"openai":{"refusal":true}}`})
	}
	// The calls stand among the native parts too.
	t.parts = append(t.parts, callsBeside(t.parts, m.calls)...)
	return t.appendTo(out)
}

// openLLMetryParts is the list of parts that a text holds, in the shape of some
// provider. ok is false where the text is just a text.
func openLLMetryParts(text string) (list contracts.JSON, ok bool) {
	if jsonscan.Kind(text) != '[' {
		return "", false
	}
	list, ok = shape.Parse(text)
	if !ok {
		return "", false
	}
	n := 0
	for part := range list.Elements() {
		n++
		if !isPart(part) {
			return "", false
		}
	}
	return list, n > 0
}

// isPart tells a part of a message: it has a type, or is one of Bedrock's, which
// have one member that says what they are.
func isPart(j contracts.JSON) bool {
	for name, value := range j.Members() {
		switch name {
		case "type":
			return shape.IsText(value)
		case "text", "toolUse", "toolResult", "image", "document", "video", "audio", "reasoningContent", "cachePoint", "guardContent", "citationsContent":
			return true
		}
	}
	return false
}

// reasoningIn reads reasoning: a list of summaries as OpenAI has them, or a text.
func reasoningIn(text string) (out []contracts.ContentPart) {
	if text == "" {
		return nil
	}
	if list, ok := openLLMetryParts(text); ok {
		for item := range list.Elements() {
			if words, ok := item.Member("text").Text(); ok {
				out = append(out, contracts.ReasoningContentPart{Text: words})
			}
		}
		return out
	}
	return []contracts.ContentPart{contracts.ReasoningContentPart{Text: text}}
}
