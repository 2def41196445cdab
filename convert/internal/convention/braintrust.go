// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convention

import (
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/anthropic"
	"github.com/spect-tools/spect-go/convert/bedrock"
	"github.com/spect-tools/spect-go/convert/gemini"
	"github.com/spect-tools/spect-go/convert/internal/attr"
	"github.com/spect-tools/spect-go/convert/internal/shape"
	"github.com/spect-tools/spect-go/convert/openai"
)

// Braintrust, for Go: the messages of a call in braintrust.input_json and what
// came back in braintrust.output_json, in the provider's own form; the rest of
// the request and what names the answer in braintrust.metadata; counts in
// braintrust.metrics.
//
// https://github.com/braintrustdata/braintrust-sdk-go/tree/main/trace/contrib
var braintrustDecoder = decoder{
	name:     "braintrust",
	prefixes: []string{"braintrust."},
	content: []string{
		"braintrust.input", "braintrust.input_json", "braintrust.output", "braintrust.output_json", "braintrust.expected",
	},
	settings: []string{"braintrust.metadata"},
	role:     braintrustRole,
	read:     readBraintrust,
}

func braintrustRole(attrs []attribute.KeyValue) Role {
	hasInput := false
	var metadata, span contracts.JSON
	for i := range attrs {
		if attrs[i].Value.Type() != attribute.STRING {
			continue
		}
		switch attrs[i].Key {
		case "braintrust.input_json":
			hasInput = true
		case "braintrust.metadata":
			metadata = contracts.JSON(attrs[i].Value.AsString())
		case "braintrust.span_attributes":
			span = contracts.JSON(attrs[i].Value.AsString())
		}
	}
	// What users log by hand says what it is; the wrapped clients do not.
	switch span.Member("type") {
	case `"llm"`:
		return LLM
	case `"tool"`:
		return Tool
	case "":
		if hasInput && metadata.Member("endpoint") != "" {
			return LLM
		}
		return None
	}
	return Struct
}

// braintrust is what is read of one span before it is put together.
type braintrust struct {
	*Facts
	endpoint, model string
	stop            string
	input, output   contracts.JSON
	// instructions of OpenAI's Responses, and of Gemini.
	instructions, system contracts.JSON
}

func readBraintrust(s *Source, f *Facts) {
	if f.Role == Struct {
		return
	}
	b := braintrust{Facts: f}
	b.input, b.output = s.braintrustJSON(f, "braintrust.input_json"), s.braintrustJSON(f, "braintrust.output_json")
	if f.Role != LLM {
		f.Tool.Arguments, _ = functionInput(b.input)
		f.Tool.Result, _, f.Tool.Failed = functionOutput(b.output)
		return
	}
	s.drop("braintrust.span_attributes")
	if v, ok := s.look("braintrust.metadata"); ok {
		if metadata, whole := toJSON(v); whole && metadata.IsObject() {
			s.drop("braintrust.metadata")
			b.metadata(metadata)
		}
	}
	b.call()
	if v, ok := s.look("braintrust.metrics"); ok {
		if metrics, whole := toJSON(v); whole && metrics.IsObject() {
			s.drop("braintrust.metrics")
			b.metrics(metrics)
		}
	}
}

func (s *Source) braintrustJSON(f *Facts, key attribute.Key) contracts.JSON {
	v, ok := s.get(key)
	if !ok {
		return ""
	}
	if j, ok := shape.Parse(attr.Text(v)); ok {
		return j
	}
	f.note(string(key), "cut, or else no JSON: kept as a text")
	return contracts.QuoteJSON(attr.Text(v))
}

func (b *braintrust) metadata(metadata contracts.JSON) {
	for name, value := range metadata.Members() {
		text, _ := value.Text()
		member := contracts.Member{Name: name, Value: value}
		switch name {
		case "endpoint":
			b.endpoint = text
		case "provider":
			b.Provider = text
		case "model":
			b.model = text
		case "id":
			b.Response.ID = text
		case "stop_reason", "finished_reason":
			if text != "" {
				b.stop = text
			}
		case "tools":
			if value.IsArray() && !shape.IsEmpty(value) {
				b.Request.Tools = value
			}
		case "stream":
			b.Request.Stream = value == "true"
			b.Streamed = b.Request.Stream
		case "instructions":
			b.instructions = value
		case "systemInstruction":
			b.system = value
		case "mcp_servers": // with what lets one in to them
			b.Request.Settings = append(b.Request.Settings, anthropic.Request(`{"mcp_servers":`+value+`}`).Settings...)
		case "object", "choices", "tool_calls":
		case "created", "system_fingerprint", "stop_sequence", "prompt_filter_results", "content_filter_results", "completion_tokens":
			if value != "null" {
				b.Response.Metadata = append(b.Response.Metadata, member)
			}
		default:
			b.Request.Settings = append(b.Request.Settings, member)
		}
	}
}

// call reads what was asked and answered.
func (b *braintrust) call() {
	id := b.Response.ID
	metadata := b.Response.Metadata
	named := false
	switch {
	case b.endpoint == "/v1/responses":
		b.Request.Messages = openai.ResponsesRequest(`{"instructions":` + orNull(b.instructions) + `,"input":` + orNull(b.input) + `}`).Messages
		b.Response = openai.ResponsesResponse(`{"output":` + orNull(b.output) + `}`)
	case strings.HasPrefix(b.endpoint, "converse"): // Bedrock's, and converse-stream
		b.Request.Messages = converseMessages(b.input)
		b.Response.Messages = converseMessages(b.output)
	case b.input.Member("contents") != "":
		request := gemini.Request(`{"systemInstruction":` + orNull(b.system) + `,"contents":` + b.input.Member("contents") + `}`)
		b.Request.Messages = request.Messages
		b.Response = gemini.Response(b.output)
		if b.Request.Model, _ = b.input.Member("model").Text(); b.Request.Model != "" {
			named = true
		}
	default:
		b.messages()
		named = b.endpoint == "/v1/messages"
	}
	if b.Response.ID == "" {
		b.Response.ID = id
	}
	b.Response.Metadata = missing(b.Response.Metadata, metadata)
	if b.stop != "" && len(b.Response.FinishReasons) == 0 {
		b.Response.FinishReasons = []string{b.stop}
	}
	// The model that was asked for. Where the answer names one, that one stands
	// in its place.
	switch {
	case !named || b.output == "":
		b.Request.Model = b.model
	case b.Response.Model == "":
		b.Response.Model = b.model
	}
}

// messages reads messages that stand alone, whoever's they are.
func (b *braintrust) messages() {
	if text, ok := b.input.Text(); ok && text != "" {
		b.Request.Messages = append(b.Request.Messages, contracts.UserText(text))
	} else if request, ok := nativeRequest(b.input); ok {
		b.Request.Messages = request.Messages
	} else if b.input.IsObject() || b.input.IsArray() {
		b.Request.Messages = append(b.Request.Messages, contracts.UserText(string(b.input)))
	}
	if response, ok := nativeResponse(b.output); ok {
		b.Response = response
	} else {
		b.Response.Messages = agentAnswer(b.output)
	}
}

// converseMessages reads messages of Bedrock's, whose blocks Braintrust gives a
// type, and the names that Anthropic's have.
func converseMessages(list contracts.JSON) (out []contracts.ConversationMessage) {
	for message := range list.Elements() {
		word, _ := message.Member("role").Text()
		role := roleOfWord(word, contracts.RoleUser)
		content := message.Member("content")
		if role == contracts.RoleSystem {
			t := turn{role: role, parts: nativeParts(role, content)}
			out = t.appendTo(out)
			continue
		}
		out = append(out, bedrock.Content(role, converseBlocks(content, true))...)
	}
	nameResults(out)
	return out
}

// converseBlocks are blocks as Bedrock has them. Those of a result hold no results.
func converseBlocks(list contracts.JSON, results bool) contracts.JSON {
	blocks := []byte{'['}
	for block := range list.Elements() {
		if len(blocks) > 1 {
			blocks = append(blocks, ',')
		}
		blocks = append(blocks, converseBlock(block, results)...)
	}
	return contracts.JSON(append(blocks, ']'))
}

// converseBlock is a block as Bedrock has it.
func converseBlock(block contracts.JSON, results bool) contracts.JSON {
	kind, _ := block.Member("type").Text()
	if kind == "tool_result" && !results {
		return block
	}
	var members contracts.Members
	for name, value := range block.Members() {
		switch {
		case name == "type":
			continue
		case name == "id" && kind == "tool_use", name == "tool_use_id":
			name = "toolUseId"
		case name == "content" && kind == "tool_result":
			value = converseBlocks(value, false)
		}
		members = append(members, contracts.Member{Name: name, Value: value})
	}
	one := func(name string, value contracts.JSON) contracts.JSON {
		return objectOf(contracts.Members{{Name: name, Value: value}})
	}
	switch kind {
	case "tool_use":
		return one("toolUse", objectOf(members))
	case "tool_result":
		return one("toolResult", objectOf(members))
	case "reasoning":
		return one("reasoningContent", one("reasoningText", objectOf(members)))
	case "text", "json", "image", "document", "audio", "video":
		return objectOf(members)
	}
	return block
}

func orNull(j contracts.JSON) contracts.JSON {
	if j == "" {
		return "null"
	}
	return j
}

func (b *braintrust) metrics(metrics contracts.JSON) {
	u := &b.Response.Usage
	for name, value := range metrics.Members() {
		n := shape.Count(value)
		switch name {
		case "prompt_tokens":
			u.Input = n
		case "completion_tokens":
			u.Output = n
		case "tokens":
			u.Total = n
		case "prompt_cached_tokens":
			u.CachedInput = n
		case "prompt_cache_creation_tokens":
			u.CacheWrite = n
		case "completion_reasoning_tokens", "thoughts_token_count":
			u.Reasoning = n
		case "time_to_first_token":
			// Of an answer in one piece it is only the time to the first byte.
			if seconds, err := strconv.ParseFloat(string(value), 64); err == nil && b.Streamed && seconds > 0 && seconds < 1e6 {
				b.TimeToFirstToken = time.Duration(seconds * float64(time.Second))
			}
		default:
			if n.N > 0 {
				u.Details = append(u.Details, contracts.Member{Name: name, Value: value})
			}
		}
	}
}
