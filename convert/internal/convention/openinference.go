// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convention

import (
	"cmp"
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/attr"
	"github.com/spect-tools/spect-go/convert/internal/shape"
	"github.com/spect-tools/spect-go/convert/llm"
	"github.com/spect-tools/spect-go/internal/jsonscan"
)

// OpenInference (Arize): kind in openinference.span.kind, messages flattened
// under llm.input_messages and llm.output_messages, and what went in and came
// out, as the instrumentation saw it, in input.value and output.value. Of a call
// of a model that is often the provider's own request and response: these hold
// more than the flattened messages, which serve where they do not.
//
// https://github.com/Arize-ai/openinference/blob/main/spec/semantic_conventions.md
var openInferenceDecoder = decoder{
	name:     "openinference",
	prefixes: []string{"openinference.span.kind", "llm.input_messages."},
	content: []string{
		"input.value", "output.value", "input.images", "output.images", "input.documents", "output.documents",
		"llm.input_messages", "llm.output_messages", "llm.prompts", "llm.completions", "llm.choices",
		"llm.function_call", "tool.parameters",
		"retrieval.documents", "reranker.query", "reranker.input_documents", "reranker.output_documents",
		"embedding.embeddings", "embedding.text", "embedding.vector",
	},
	settings: []string{"llm.tools", "llm.invocation_parameters", "llm.prompt_template", "tool.json_schema", "embedding.invocation_parameters"},
	role:     openInferenceRole,
	read:     readOpenInference,
}

func openInferenceRole(attrs []attribute.KeyValue) Role {
	v, ok := attr.Lookup(attrs, "openinference.span.kind")
	if !ok || v.Type() != attribute.STRING {
		return None
	}
	kind := v.AsString()
	switch {
	case strings.EqualFold(kind, "LLM"):
		return LLM
	case strings.EqualFold(kind, "TOOL"):
		return Tool
	case strings.EqualFold(kind, "AGENT"):
		return Agent
	case kind == "":
		return None
	}
	return Struct
}

// openInference is what is read of one span before it is known what of it
// serves.
type openInference struct {
	*Source
	*Facts
	input, output  openInferenceValue
	system, host   string // llm.system and llm.provider
	model, finish  string
	invocation     contracts.JSON
	toolParameters contracts.JSON
	prompts        []string
}

// openInferenceValue is input.value or output.value with its media type.
type openInferenceValue struct {
	value attribute.Value
	at    int // the attribute; -1 where there is none
	media string
}

func readOpenInference(s *Source, f *Facts) {
	o := openInference{Source: s, Facts: f}
	o.input.at, o.output.at = -1, -1
	for i := range s.Attributes {
		if o.attribute(string(s.Attributes[i].Key), s.Attributes[i].Value, i) {
			s.used[i] = true
		}
	}
	f.Provider = o.host
	if f.Provider == "" {
		f.Provider = o.system
	}
	if s.hasEvent("First Token Stream Event") {
		f.Streamed = true
	}
	switch f.Role {
	case LLM:
		o.call()
	case Tool:
		o.tool()
	case Agent:
		o.agent()
	}
}

// attribute takes what one attribute says and reports whether that is all there
// is to it.
func (o *openInference) attribute(key string, v attribute.Value, at int) bool {
	usage := &o.Response.Usage
	switch key {
	case "openinference.span.kind":
	case "input.value":
		o.input.value, o.input.at = v, at
		return false
	case "input.mime_type":
		o.input.media = attr.Text(v)
	case "output.value":
		o.output.value, o.output.at = v, at
		return false
	case "output.mime_type":
		o.output.media = attr.Text(v)

	case "llm.provider":
		o.host = attr.Text(v)
	case "llm.system":
		o.system = attr.Text(v)
	case "llm.model_name":
		o.model = attr.Text(v)
	case "llm.request.model_name":
		o.Request.Model = attr.Text(v)
	case "llm.response.model_name":
		o.Response.Model = attr.Text(v)
	case "llm.finish_reason":
		o.finish = attr.Text(v)
	case "llm.prompts":
		o.prompts = toTexts(v)
	case "llm.invocation_parameters":
		j, whole := toJSON(v)
		if !whole || !j.IsObject() {
			return false
		}
		o.invocation = j

	case "llm.token_count.prompt":
		usage.Input = toCount(v)
		return usage.Input.Known
	case "llm.token_count.completion":
		usage.Output = toCount(v)
		return usage.Output.Known
	case "llm.token_count.total":
		usage.Total = toCount(v)
		return usage.Total.Known
	case "llm.token_count.completion_details.reasoning":
		usage.Reasoning = toCount(v)
		return usage.Reasoning.Known
	case "llm.token_count.prompt_details.cache_read", "llm.token_count.prompt_details.cache_input":
		usage.CachedInput = usage.CachedInput.Or(toCount(v))
		return usage.CachedInput.Known
	case "llm.token_count.prompt_details.cache_write":
		usage.CacheWrite = toCount(v)
		return usage.CacheWrite.Known
	case "llm.token_count.prompt_details.audio", "llm.token_count.completion_details.audio":
		return toCount(v) == llm.Tokens(0)

	case "tool.name":
		o.Tool.Name = attr.Text(v)
	case "tool.description":
		o.Tool.Description = attr.Text(v)
	case "tool.id":
		o.Tool.CallID = attr.Text(v)
	case "tool.parameters":
		o.toolParameters, _ = toJSON(v)
		return false
	case "agent.name":
		o.Agent.Name = attr.Text(v)

	case "metadata":
		j, whole := toJSON(v)
		if !whole || !j.IsObject() {
			return false
		}
		o.Metadata = append(o.Metadata, contracts.Member{Name: key, Value: j})
	default:
		return false
	}
	return true
}

// call reads a call of a model.
func (o *openInference) call() {
	o.request()
	o.response()
	o.addSettings()
	o.tools()
	// The one name is that of the model that answered, once there is an answer: a
	// limit may have taken that, but not what the name tells of it.
	answered := len(o.Response.Messages) > 0 || o.Response.Usage.Known() || o.Request.Model != "" && o.Request.Model != o.model
	if answered && o.Response.Model == "" {
		o.Response.Model = o.model
	}
	if o.Request.Model == "" && !answered {
		o.Request.Model = o.model
	}
}

func (o *openInference) request() {
	const flattened = "llm.input_messages."
	if raw, ok := nativeRequest(o.input.json()); ok && !o.hides(flattened) {
		o.use(&o.input)
		o.Request.Messages, o.Request.Tools, o.Request.Settings = raw.Messages, raw.Tools, raw.Settings
		o.Request.Stream, o.Request.ConversationID = raw.Stream, raw.ConversationID
		o.Streamed = o.Streamed || raw.Stream
		if o.Request.Model == "" {
			o.Request.Model = raw.Model
		}
		if !hasRole(raw.Messages, contracts.RoleSystem) {
			// Some record the messages without the instructions, which the
			// flattened ones begin with.
			o.Request.Messages = append(instructionsOf(o.messages(flattened, contracts.RoleUser)), raw.Messages...)
		}
		o.takeAll(flattened)
		o.takeAll("llm.prompts.")
		return
	}
	if _, ok := o.input.cut(); ok {
		o.note("input.value", whyFlattened)
	}
	o.Request.Messages = o.messages(flattened, contracts.RoleUser)
	if len(o.Request.Messages) == 0 {
		o.Request.Messages = o.promptTexts()
	}
	switch {
	case len(o.Request.Messages) > 0:
		o.use(&o.input)
	case o.input.isText():
		o.Request.Messages = append(o.Request.Messages, contracts.UserText(o.use(&o.input)))
	}
	nameResults(o.Request.Messages)
}

func (o *openInference) response() {
	const flattened = "llm.output_messages."
	if raw, ok := nativeResponse(o.output.json()); ok && !o.hides(flattened) {
		o.use(&o.output)
		counted, model := o.Response.Usage, o.Response.Model
		o.Response = raw
		o.Response.Usage = MoreUsage(counted, raw.Usage)
		if model != "" {
			o.Response.Model = model
		}
	}
	if len(o.Response.Messages) > 0 {
		o.takeAll(flattened)
		o.takeAll("llm.choices.")
	} else {
		if cut, ok := o.output.cut(); ok {
			// What names the answer may stand before the cut.
			raw, _ := nativeResponse(cut)
			o.Response.ID = raw.ID
			o.note("output.value", whyFlattened)
		}
		o.answer(flattened)
	}
	if o.finish != "" && len(o.Response.FinishReasons) == 0 {
		o.Response.FinishReasons = []string{o.finish}
	}
}

// answer reads an answer that is not recorded as it came.
func (o *openInference) answer(flattened string) {
	o.Response.Messages = o.messages(flattened, contracts.RoleAssistant)
	o.Fragments = len(o.Response.Messages) > 1 && !o.wantsChoices()
	for _, e := range o.elements("llm.choices.") {
		for _, f := range e.fields {
			if f.key == "completion.text" {
				o.Response.Messages = append(o.Response.Messages, contracts.AssistantText(o.takeText(f)))
			}
		}
	}
	switch {
	case len(o.Response.Messages) > 0:
		o.use(&o.output)
	case o.output.isText():
		o.Response.Messages = append(o.Response.Messages, contracts.AssistantText(o.use(&o.output)))
	}
}

// hides reports whether the instrumentation was told to hide what flattened
// messages say. Then it is not read from elsewhere either.
func (o *openInference) hides(prefix string) bool {
	for i := range o.Attributes {
		if strings.HasPrefix(string(o.Attributes[i].Key), prefix) && attr.Text(o.Attributes[i].Value) == "__REDACTED__" {
			return true
		}
	}
	return false
}

// instructionsOf are the system messages that messages begin with.
func instructionsOf(messages []contracts.ConversationMessage) []contracts.ConversationMessage {
	n := 0
	for n < len(messages) && messages[n].Role == contracts.RoleSystem {
		n++
	}
	return messages[:n:n]
}

func hasRole(messages []contracts.ConversationMessage, role contracts.Role) bool {
	for i := range messages {
		if messages[i].Role == role {
			return true
		}
	}
	return false
}

// promptTexts are the prompts of a call that takes no messages.
func (o *openInference) promptTexts() (out []contracts.ConversationMessage) {
	for _, e := range o.elements("llm.prompts.") {
		for _, f := range e.fields {
			if f.key == "prompt.text" {
				o.prompts = append(o.prompts, o.takeText(f))
			}
		}
	}
	for _, text := range o.prompts {
		out = append(out, contracts.UserText(text))
	}
	return out
}

// wantsChoices reports whether more answers than one were asked for.
func (o *openInference) wantsChoices() bool {
	n, ok := jsonscan.Int64(string(o.invocation.Member("n")))
	return ok && n > 1
}

// addSettings takes the request's parameters, except those that are read from
// elsewhere: some instrumentations give the whole request here, or the answer.
func (o *openInference) addSettings() {
	answered := names(o.Response.Metadata)
	var settings contracts.Members
	for name, value := range o.invocation.Members() {
		if value == "null" || answered[name] {
			continue
		}
		switch name {
		case "model":
			if text, ok := value.Text(); ok && o.Request.Model == "" {
				o.Request.Model = text
			}
		case "stream":
			if value == "true" {
				o.Request.Stream, o.Streamed = true, true
			}
		case "tools":
			if o.Request.Tools == "" && value.IsArray() {
				o.Request.Tools = value
			}
		case "messages", "input", "prompt", "contents", "instructions", "system", "output", "id", "created_at":
		default:
			settings = append(settings, contracts.Member{Name: name, Value: value})
		}
	}
	o.Request.Settings = missing(o.Request.Settings, settings)
}

// tools makes one list of the tools that stand apart.
func (o *openInference) tools() {
	var b []byte
	for _, e := range o.elements("llm.tools.") {
		for _, f := range e.fields {
			if f.key != "tool.json_schema" {
				continue
			}
			j, _ := toJSON(o.take(f))
			if b == nil {
				b = append(b, '[')
			} else {
				b = append(b, ',')
			}
			b = append(b, j...)
		}
	}
	if b != nil {
		o.Request.Tools = contracts.JSON(append(b, ']'))
	}
}

// messages reads a flattened list of messages.
func (o *openInference) messages(prefix string, otherwise contracts.Role) (out []contracts.ConversationMessage) {
	for _, e := range o.elements(prefix) {
		m := openInferenceMessage{openInference: o, role: otherwise}
		m.read(&e)
		t := turn{role: m.role, parts: m.parts()}
		t.name = m.name
		out = t.appendTo(out)
	}
	return out
}

// openInferenceMessage is a flattened message.
type openInferenceMessage struct {
	*openInference
	role            contracts.Role
	options         contracts.JSON
	name, callID    string
	text            string
	hasText         bool
	contents, calls []contracts.ContentPart
	// The call of old, without an id.
	function, functionInput string
}

func (m *openInferenceMessage) read(e *element) {
	for _, f := range e.fields {
		switch f.key {
		case "message.role":
			word := m.takeText(f)
			m.role = roleOfWord(word, m.role)
			if word == "developer" {
				m.options = developerOptions
			}
		case "message.content":
			m.text, m.hasText = m.takeText(f), true
		case "message.name":
			m.name = m.takeText(f)
		case "message.tool_call_id":
			m.callID = m.takeText(f)
		case "message.function_call_name":
			m.function = m.takeText(f)
		case "message.function_call_arguments_json":
			m.functionInput = m.takeText(f)
		}
	}
	for _, c := range e.elements("message.contents.") {
		if part := m.content(&c); part != nil {
			m.contents = append(m.contents, part)
		}
	}
	for _, c := range e.elements("message.tool_calls.") {
		if call := m.call(&c); call != nil {
			m.calls = append(m.calls, call)
		}
	}
}

// parts are the message's parts in order.
func (m *openInferenceMessage) parts() []contracts.ContentPart {
	if m.role == contracts.RoleTool {
		return m.result()
	}
	parts := m.contents
	// Text and contents say the same, where both have text.
	if m.text != "" && !hasPart(parts, contracts.PartText) {
		at := 0
		for at < len(parts) && parts[at].Type() == contracts.PartReasoning {
			at++
		}
		parts = append(parts, nil)
		copy(parts[at+1:], parts[at:])
		parts[at] = contracts.TextContentPart{Text: m.text, ProviderOptions: m.options}
	}
	// So do the calls, and those that stand among the contents.
	parts = append(parts, callsBeside(m.contents, m.calls)...)
	if m.function != "" {
		parts = append(parts, callPart("", m.function, arguments(m.functionInput), ""))
	}
	if len(parts) == 0 && m.text == "" && m.hasText && m.role != contracts.RoleAssistant {
		parts = append(parts, contracts.TextContentPart{})
	}
	return parts
}

// result is the message of a tool.
func (m *openInferenceMessage) result() []contracts.ContentPart {
	result := contracts.ToolResultContentPart{ToolCallID: m.callID, ToolName: m.name}
	m.name = ""
	if m.hasText || len(m.contents) == 0 {
		result.Output = outputOf(jsonOrText(m.text), false)
	} else {
		result.Output = outputOfParts(m.contents)
	}
	return []contracts.ContentPart{result}
}

// content reads one content of a message.
func (m *openInferenceMessage) content(e *element) contracts.ContentPart {
	var kind, text, id, signature, data, encrypted string
	var media openInferenceMedia
	for _, f := range e.fields {
		switch f.key {
		case "message_content.type":
			kind = m.takeText(f)
		case "message_content.text":
			text = m.takeText(f)
		case "message_content.id":
			id = m.takeText(f)
		case "message_content.signature":
			signature = m.takeText(f)
		case "message_content.data":
			data = m.takeText(f)
		case "message_content.encrypted_content":
			encrypted = m.takeText(f)
		default:
			media.read(m.Source, f)
		}
	}
	switch {
	case media.of != "":
		media.id = cmp.Or(media.id, id)
		return media.part()
	case kind == "tool_use" || kind == "" && text == "":
		return m.call(e)
	case kind == contracts.PartReasoning:
		return contracts.ReasoningContentPart{Text: text, ProviderOptions: m.reasoningOptions(id, signature, data, encrypted)}
	case kind == contracts.PartText || kind == "":
		return contracts.TextContentPart{Text: text, ProviderOptions: m.reasoningOptions(id, signature, "", "")}
	case media.transcript != "":
		return contracts.TextContentPart{Text: media.transcript}
	case text == "":
		return nil
	}
	// A content that only its provider knows: its JSON stands in the text.
	if j, ok := shape.Parse(text); ok && j.IsObject() {
		return shape.Verbatim(j)
	}
	return contracts.TextContentPart{Text: text}
}

// openInferenceMedia is an image, a sound, a video or a file among the contents
// of a message. Each has its members under its own name, said twice.
type openInferenceMedia struct {
	of                                   string
	url, mediaType, name, transcript, id string
}

func (m *openInferenceMedia) read(s *Source, f field) {
	key, ok := strings.CutPrefix(f.key, "message_content.")
	if !ok {
		return
	}
	of, member, _ := strings.Cut(key, ".")
	switch of {
	case "image", "audio", "video", "file":
	default:
		return
	}
	var to *string
	switch strings.TrimPrefix(member, of+".") {
	case "url":
		to = &m.url
	case "mime_type":
		to = &m.mediaType
	case "name":
		to = &m.name
	case "transcript":
		to = &m.transcript
	case "id":
		to = &m.id
	default:
		return
	}
	*to = s.takeText(f)
	// What says neither its bytes nor where they are is no file.
	if m.url != "" || m.id != "" && of == "file" {
		m.of = of
	}
}

// part is the file. One that only its provider has is known by its id.
func (m *openInferenceMedia) part() contracts.ContentPart {
	kind := m.of
	if kind == "file" {
		kind = ""
	}
	part := filePart(cmp.Or(m.url, m.id), m.mediaType, kind)
	part.Filename = m.name
	var options shape.Options
	options.Text("fileId", m.id)
	options.Text("transcript", m.transcript)
	part.ProviderOptions = options.JSON("openinference")
	return part
}

// call reads a call of a tool; nil where there is none.
func (m *openInferenceMessage) call(e *element) contracts.ContentPart {
	var id, name string
	var options shape.Options
	input := contracts.JSON("{}")
	for _, f := range e.fields {
		switch f.key {
		case "tool_call.id":
			id = m.takeText(f)
		case "tool_call.function.name":
			name = m.takeText(f)
		case "tool_call.function.arguments":
			input = arguments(m.takeText(f))
		case "tool_call.reasoning_signature":
			options.Text("thoughtSignature", m.takeText(f))
		}
	}
	if id == "" && name == "" {
		return nil
	}
	return callPart(id, name, input, options.JSON("google"))
}

// reasoningOptions puts what makes reasoning replayable under the name of the
// provider that made it.
func (m *openInferenceMessage) reasoningOptions(id, signature, data, encrypted string) contracts.JSON {
	var options shape.Options
	options.Text("itemId", id)
	options.Text("encryptedContent", encrypted)
	options.Text("redactedData", data)
	switch llm.Provider(m.providerName(), m.model) {
	case "gcp.gen_ai", "gcp.gemini", "gcp.vertex_ai":
		options.Text("thoughtSignature", signature)
		return options.JSON("google")
	case "openai", "azure.ai.openai":
		options.Text("signature", signature)
		return options.JSON("openai")
	}
	options.Text("signature", signature)
	return options.JSON("anthropic")
}

func (o *openInference) providerName() string {
	if o.host != "" {
		return o.host
	}
	return o.system
}

// tool reads a run of a tool.
func (o *openInference) tool() {
	switch {
	case o.input.at >= 0:
		var callID string
		o.use(&o.input)
		if o.Tool.Arguments, callID = functionInput(o.input.json()); o.Tool.CallID == "" {
			o.Tool.CallID = callID
		}
	case o.toolParameters.IsObject() && !isSchema(o.toolParameters):
		o.Tool.Arguments = o.toolParameters
	}
	if o.output.at >= 0 {
		var callID string
		o.use(&o.output)
		if o.Tool.Result, callID, o.Tool.Failed = functionOutput(o.output.json()); callID != "" {
			o.Tool.CallID = callID
		}
	}
}

// agent reads a run of an agent.
func (o *openInference) agent() {
	o.Request.Messages = o.messages("llm.input_messages.", contracts.RoleUser)
	if len(o.Request.Messages) == 0 {
		o.Request.Messages, o.Agent.Input = agentInput(o.input.json())
	}
	nameResults(o.Request.Messages)
	o.use(&o.input)
	o.Response.Messages = o.messages("llm.output_messages.", contracts.RoleAssistant)
	if o.Fragments = len(o.Response.Messages) > 1; len(o.Response.Messages) == 0 {
		o.Response.Messages = agentAnswer(o.output.json())
	}
	o.use(&o.output)
}

// isSchema tells a JSON schema from arguments: an object of type object that
// has properties.
func isSchema(j contracts.JSON) bool {
	typed := false
	for name, value := range j.Members() {
		switch name {
		case "type":
			typed = value == `"object"`
		case "properties":
			if value.IsObject() && typed {
				return true
			}
		}
	}
	return typed && j.Member("properties").IsObject()
}

// use marks a value as used and is its text.
func (o *openInference) use(v *openInferenceValue) string {
	if v.at < 0 {
		return ""
	}
	o.used[v.at] = true
	return attr.Text(v.value)
}

// isText reports whether the value is a text, which a person said or read.
func (v *openInferenceValue) isText() bool {
	if v.at < 0 || attr.Text(v.value) == "" {
		return false
	}
	j := v.json()
	return !j.IsObject() && !j.IsArray()
}

// whyFlattened says why JSON was not read, of which the flattened messages hold
// what an instrumentation took out of it.
const whyFlattened = "cut, or else no JSON: the flattened messages stand for it"

// cut is what is left of a value that is said to be JSON and is none.
func (v *openInferenceValue) cut() (contracts.JSON, bool) {
	if v.at < 0 || v.value.Type() != attribute.STRING || !strings.Contains(v.media, "json") {
		return "", false
	}
	j := contracts.JSON(v.value.AsString())
	if (!j.IsObject() && !j.IsArray()) || j.Valid() {
		return "", false
	}
	return shape.Sound(j), true
}

// json is the value as JSON: what is said to be JSON and is, what is no text at
// all, or looks like an object or an array; else a JSON string.
func (v *openInferenceValue) json() contracts.JSON {
	if v.at < 0 {
		return ""
	}
	if v.value.Type() != attribute.STRING {
		j, _ := toJSON(v.value)
		return j
	}
	text := v.value.AsString()
	if j, ok := shape.Parse(text); ok && strings.Contains(v.media, "json") {
		return j
	}
	return jsonOrText(text)
}
