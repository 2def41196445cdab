// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convention

import (
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/attr"
	"github.com/spect-tools/spect-go/convert/internal/shape"
	"github.com/spect-tools/spect-go/convert/llm"
	"github.com/spect-tools/spect-go/internal/jsonscan"
)

// The AI SDK of Vercel, versions 3 to 6, and 7 with LegacyOpenTelemetry: what a
// span is stands in ai.operationId, a call's messages in ai.prompt.messages in a
// form that is nearly the wire's own, the parts of the answer in one attribute
// each. Version 7 by default writes OpenTelemetry's own convention instead.
//
// https://ai-sdk.dev/docs/ai-sdk-core/telemetry
var vercelDecoder = decoder{
	name:     "vercel",
	prefixes: []string{"ai.", "operation.name"},
	content: []string{
		"ai.prompt", "ai.response.text", "ai.response.object", "ai.response.toolCalls", "ai.response.reasoning",
		"ai.response.files", "ai.response.providerMetadata", "ai.response.body", "ai.result", "ai.toolCall.args",
		"ai.toolCall.result", "ai.toolCall.input", "ai.toolCall.output", "ai.value", "ai.values",
		"ai.embedding", "ai.embeddings", "ai.documents", "ai.ranking", "ai.request.body",
	},
	settings: []string{"ai.schema", "ai.settings.context", "ai.settings.stopSequences", "ai.request.headers"},
	role:     vercelRole,
	read:     readVercel,
}

func vercelRole(attrs []attribute.KeyValue) Role {
	operation := vercelOperation(attrs)
	if !strings.HasPrefix(operation, "ai.") {
		return None
	}
	switch operation {
	case "ai.toolCall":
		return Tool
	case "ai.generateText", "ai.streamText", "ai.generateObject", "ai.streamObject":
		return Agent
	}
	if strings.HasSuffix(operation, ".doGenerate") || strings.HasSuffix(operation, ".doStream") {
		return LLM
	}
	return Struct
}

// vercelOperation is the operation that a span stands for. Early versions have
// it only in a name, before the name of the application's function.
func vercelOperation(attrs []attribute.KeyValue) string {
	name := ""
	for i := range attrs {
		kv := &attrs[i]
		if kv.Value.Type() != attribute.STRING {
			continue
		}
		switch kv.Key {
		case "ai.operationId":
			return kv.Value.AsString()
		case "operation.name":
			name, _, _ = strings.Cut(kv.Value.AsString(), " ")
		}
	}
	return name
}

// vercel is what is read of one span before it is put together.
type vercel struct {
	*Source
	*Facts
	operation        string
	messages, prompt contracts.JSON
	text, reasoning  string
	object           contracts.JSON
	calls, files     contracts.JSON
	providerSaid     contracts.JSON
}

func readVercel(s *Source, f *Facts) {
	v := vercel{Source: s, Facts: f, operation: vercelOperation(s.Attributes)}
	f.Streamed = strings.HasPrefix(v.operation, "ai.stream")
	for i := range s.Attributes {
		if v.attribute(string(s.Attributes[i].Key), s.Attributes[i].Value) {
			s.used[i] = true
		}
	}
	switch f.Role {
	case LLM:
		v.request()
		v.response()
		v.usage()
	case Agent:
		v.request()
		v.response()
	}
}

// attribute takes what one attribute says and reports whether that is all there
// is to it.
func (v *vercel) attribute(key string, value attribute.Value) bool {
	usage := &v.Response.Usage
	switch key {
	case "operation.name", "resource.name":
		return strings.HasPrefix(v.operation, "ai.")
	case "ai.operationId", "ai.prompt.format":
	case "ai.telemetry.functionId":
		if v.Role != Agent {
			return false
		}
		v.Agent.Name = attr.Text(value)

	case "ai.model.id":
		v.Request.Model = attr.Text(value)
	case "ai.model.provider":
		v.Provider = attr.Text(value)
	case "ai.prompt.messages":
		return vercelJSON(&v.messages, value)
	case "ai.prompt":
		return vercelJSON(&v.prompt, value)
	case "ai.prompt.tools":
		v.Request.Tools = jsonList(toTexts(value))
	case "ai.prompt.toolChoice", "ai.schema":
		j, _ := toJSON(value)
		v.set(key[strings.LastIndexByte(key, '.')+1:], j)

	case "ai.response.id":
		v.Response.ID = attr.Text(value)
	case "ai.response.model":
		v.Response.Model = attr.Text(value)
	case "ai.response.finishReason", "ai.finishReason":
		if reason := attr.Text(value); reason != "" {
			v.Response.FinishReasons = []string{reason}
		}
	case "ai.response.text", "ai.result.text":
		v.text = attr.Text(value)
	case "ai.response.reasoning":
		v.reasoning = attr.Text(value)
	case "ai.response.object", "ai.result.object":
		v.object, _ = toJSON(value)
	case "ai.response.toolCalls", "ai.result.toolCalls":
		return vercelJSON(&v.calls, value)
	case "ai.response.files":
		return vercelJSON(&v.files, value)
	case "ai.response.providerMetadata":
		if !vercelJSON(&v.providerSaid, value) {
			return false
		}
		v.Response.Metadata = append(v.Response.Metadata, contracts.Member{Name: "providerMetadata", Value: v.providerSaid})
	case "ai.response.msToFirstChunk", "ai.stream.msToFirstChunk":
		if ms := milliseconds(value); ms > 0 {
			v.TimeToFirstToken = ms
		}
		v.Streamed = true

	case "ai.usage.promptTokens", "ai.usage.inputTokens":
		usage.Input = usage.Input.Or(toCount(value))
	case "ai.usage.completionTokens", "ai.usage.outputTokens":
		usage.Output = usage.Output.Or(toCount(value))
	case "ai.usage.totalTokens":
		usage.Total = toCount(value)
	case "ai.usage.reasoningTokens", "ai.usage.outputTokenDetails.reasoningTokens":
		usage.Reasoning = usage.Reasoning.Or(toCount(value))
	case "ai.usage.cachedInputTokens", "ai.usage.inputTokenDetails.cacheReadTokens":
		usage.CachedInput = usage.CachedInput.Or(toCount(value))
	case "ai.usage.inputTokenDetails.cacheWriteTokens":
		usage.CacheWrite = toCount(value)
	case "ai.usage.inputTokenDetails.noCacheTokens", "ai.usage.outputTokenDetails.textTokens":

	case "ai.toolCall.name":
		v.Tool.Name = attr.Text(value)
	case "ai.toolCall.id":
		v.Tool.CallID = attr.Text(value)
	case "ai.toolCall.args":
		v.Tool.Arguments, _ = toJSON(value)
	case "ai.toolCall.result":
		v.Tool.Result, _ = toJSON(value)
	default:
		if name, ok := strings.CutPrefix(key, "ai.settings."); ok {
			b, _ := attr.Append(nil, value)
			v.set(name, contracts.JSON(b))
			return true
		}
		// Headers may hold what nobody is to see.
		return strings.HasPrefix(key, "ai.request.headers.")
	}
	return true
}

func (v *vercel) set(name string, value contracts.JSON) {
	v.Request.Settings = append(v.Request.Settings, contracts.Member{Name: name, Value: value})
}

// vercelJSON takes an attribute that holds an object or an array, and leaves it
// alone where it was cut.
func vercelJSON(to *contracts.JSON, value attribute.Value) bool {
	j, _ := toJSON(value)
	if j, ok := shape.Parse(string(j)); ok && (j.IsObject() || j.IsArray()) {
		*to = j
		return true
	}
	return false
}

func (v *vercel) request() {
	v.Request.Stream = v.Streamed
	switch {
	case v.messages != "":
		v.Request.Messages = vercelMessages(v.messages)
	case v.prompt != "":
		v.Request.Messages = vercelPrompt(v.prompt)
	}
	nameResults(v.Request.Messages)
}

// vercelPrompt reads what the application called the SDK with.
func vercelPrompt(prompt contracts.JSON) (out []contracts.ConversationMessage) {
	if prompt.IsArray() {
		return vercelMessages(prompt)
	}
	var system, messages, text contracts.JSON
	for name, value := range prompt.Members() {
		switch name {
		case "system", "instructions":
			system = value
		case "messages":
			messages = value
		case "prompt":
			text = value
		}
	}
	if words, ok := system.Text(); ok {
		out = append(out, contracts.SystemText(words))
	} else {
		// One system message, or several.
		out = appendVercelMessage(out, system)
		out = append(out, vercelMessages(system)...)
	}
	out = append(out, vercelMessages(messages)...)
	if words, ok := text.Text(); ok {
		out = append(out, contracts.UserText(words))
	} else {
		out = append(out, vercelMessages(text)...)
	}
	return out
}

// response puts the answer together: reasoning, text, calls, files.
func (v *vercel) response() {
	var parts []contracts.ContentPart
	if v.reasoning != "" {
		parts = append(parts, contracts.ReasoningContentPart{Text: v.reasoning})
	}
	switch {
	case v.text != "":
		parts = append(parts, contracts.TextContentPart{Text: v.text})
	case v.object != "":
		parts = append(parts, contracts.TextContentPart{Text: shape.Text(v.object)})
	}
	for call := range v.calls.Elements() {
		if part := vercelPart(call, contracts.PartToolCall); part != nil {
			parts = append(parts, part)
		}
	}
	for file := range v.files.Elements() {
		if part := vercelPart(file, contracts.PartFile); part != nil {
			parts = append(parts, part)
		}
	}
	if len(parts) > 0 {
		v.Response.Messages = append(v.Response.Messages, contracts.Assistant(parts...))
	}
}

// usage completes the counts by what the provider said. Up to version 5 the
// input of Anthropic's models is counted without what was read from the cache
// and written to it.
func (v *vercel) usage() {
	usage := &v.Response.Usage
	for name, said := range v.providerSaid.Members() {
		switch name {
		case "openai", "azure":
			usage.CachedInput = usage.CachedInput.Or(shape.Count(said.Member("cachedPromptTokens")))
			usage.Reasoning = usage.Reasoning.Or(shape.Count(said.Member("reasoningTokens")))
		case "anthropic":
			native := said.Member("usage")
			usage.CachedInput = usage.CachedInput.Or(shape.Count(native.Member("cache_read_input_tokens"))).
				Or(shape.Count(said.Member("cacheReadInputTokens")))
			usage.CacheWrite = usage.CacheWrite.Or(shape.Count(native.Member("cache_creation_input_tokens"))).
				Or(shape.Count(said.Member("cacheCreationInputTokens")))
			if usage.Input.Known && shape.Count(native.Member("input_tokens")) == usage.Input {
				addCache(usage)
			}
		case "bedrock":
			native := said.Member("usage")
			usage.CachedInput = usage.CachedInput.Or(shape.Count(native.Member("cacheReadInputTokens")))
			usage.CacheWrite = usage.CacheWrite.Or(shape.Count(native.Member("cacheWriteInputTokens")))
		}
	}
}

// addCache adds to the input what was read from and written to a cache.
func addCache(usage *llm.Usage) {
	cached := usage.CachedInput.Plus(usage.CacheWrite)
	if usage.Total == usage.Input.Plus(usage.Output) {
		usage.Total = usage.Total.Plus(cached)
	}
	usage.Input = usage.Input.Plus(cached)
}

// milliseconds reads a number of milliseconds.
func milliseconds(v attribute.Value) time.Duration {
	switch v.Type() {
	case attribute.FLOAT64:
		if ms := v.AsFloat64(); ms > 0 && ms < 1e12 {
			return time.Duration(ms * float64(time.Millisecond))
		}
	case attribute.INT64:
		if ms := v.AsInt64(); ms > 0 && ms < 1e12 {
			return time.Duration(ms) * time.Millisecond
		}
	}
	return 0
}

// jsonList is a list of values that each stand in a text.
func jsonList(texts []string) contracts.JSON {
	if len(texts) == 0 {
		return ""
	}
	b := []byte{'['}
	for i, text := range texts {
		if i > 0 {
			b = append(b, ',')
		}
		if j, ok := shape.Parse(text); ok {
			b = append(b, j...)
		} else {
			b = jsonscan.AppendString(b, text)
		}
	}
	return contracts.JSON(append(b, ']'))
}
