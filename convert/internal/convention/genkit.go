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

// Genkit (Firebase), for Go and JavaScript: what an action is in
// genkit:metadata:subtype, and what it took and gave, in Genkit's own form, in
// genkit:input and genkit:output. The util spans called generate repeat what the
// spans of the models below them have.
//
// https://github.com/firebase/genkit/blob/main/go/core/tracing/tracing.go
var genkitDecoder = decoder{
	name:     "genkit",
	prefixes: []string{"genkit:"},
	content:  []string{"genkit:input", "genkit:output", "genkit:metadata:context", "genkit:metadata:flow:state"},
	role:     genkitRole,
	read:     readGenkit,
}

func genkitRole(attrs []attribute.KeyValue) Role {
	v, ok := attr.Lookup(attrs, "genkit:metadata:subtype")
	if !ok || v.Type() != attribute.STRING {
		return None
	}
	switch v.AsString() {
	case "model":
		return LLM
	case "tool", "tool.v2":
		return Tool
	case "flow":
		return Agent
	case "":
		return None
	}
	return Struct
}

func readGenkit(s *Source, f *Facts) {
	if f.Role == Struct {
		return
	}
	name := s.text("genkit:name")
	failed := s.text("genkit:state") == "error"
	s.drop("genkit:type", "genkit:path", "genkit:metadata:subtype", "genkit:isRoot", "genkit:isFailureSource")
	input, output := s.genkitJSON(f, "genkit:input"), s.genkitJSON(f, "genkit:output")
	switch f.Role {
	case LLM:
		f.Provider, f.Request.Model = genkitModel(name)
		genkitRequest(f, input)
		genkitResponse(f, output)
	case Tool:
		f.Tool.Name, f.Tool.Arguments, f.Tool.Result = name, input, output
		if subtype, _ := s.look("genkit:metadata:subtype"); attr.Text(subtype) == "tool.v2" && output.IsObject() {
			// Parts may stand beside the output.
			if value := output.Member("output"); value != "" && output.Member("content") == "" {
				f.Tool.Result = value
			}
		}
	case Agent:
		f.Agent.Name = name
		f.Request.Messages, f.Agent.Input = agentInput(input)
		f.Response.Messages = agentAnswer(output)
	}
	// A failure is on the span where it began; those above only have this.
	if failed && !s.hasEvent("exception") {
		f.Error = &contracts.NormalizedError{} // all that is known
	}
}

func (s *Source) genkitJSON(f *Facts, key attribute.Key) contracts.JSON {
	j, whole := s.json(key)
	if j == "" || j == "null" {
		return ""
	}
	if !whole {
		f.note(string(key), "cut, or else no JSON: kept as a text")
	}
	return shape.Sound(j)
}

// genkitModel takes the name of a model apart: openai/gpt-4o.
func genkitModel(name string) (provider, model string) {
	provider, model, ok := strings.Cut(name, "/")
	if !ok {
		return "", name
	}
	if provider == "googleai" {
		provider = "google"
	}
	return provider, model
}

func genkitRequest(f *Facts, input contracts.JSON) {
	if text, ok := input.Text(); ok && text != "" {
		f.Request.Messages = append(f.Request.Messages, contracts.UserText(text)) // cut
		return
	}
	for name, value := range input.Members() {
		switch name {
		case "messages":
			for message := range value.Elements() {
				f.Request.Messages = genkitMessage(f.Request.Messages, message, contracts.RoleUser)
			}
		case "tools":
			if value.IsArray() && !shape.IsEmpty(value) {
				f.Request.Tools = value
			}
		case "config":
			for name, value := range value.Members() {
				if name != "apiKey" { // it may be for one call only
					f.Request.Settings = append(f.Request.Settings, contracts.Member{Name: name, Value: value})
				}
			}
		default:
			f.Request.Settings = append(f.Request.Settings, contracts.Member{Name: name, Value: value})
		}
	}
	nameResults(f.Request.Messages)
}

func genkitResponse(f *Facts, output contracts.JSON) {
	response := &f.Response
	if text, ok := output.Text(); ok && text != "" {
		response.Messages = append(response.Messages, contracts.AssistantText(text)) // cut
		return
	}
	for name, value := range output.Members() {
		switch name {
		case "message":
			response.Messages = genkitMessage(response.Messages, value, contracts.RoleAssistant)
		case "candidates": // up to 0.9, for JavaScript
			for candidate := range value.Elements() {
				response.Messages = genkitMessage(response.Messages, candidate.Member("message"), contracts.RoleAssistant)
				genkitFinish(f, candidate.Member("finishReason"))
			}
		case "finishReason":
			genkitFinish(f, value)
		case "usage":
			genkitUsage(f, value)
		case "custom", "raw":
			genkitCustom(f, value)
		case "request": // the input again
		default:
			response.Metadata = append(response.Metadata, contracts.Member{Name: name, Value: value})
		}
	}
}

func genkitFinish(f *Facts, reason contracts.JSON) {
	if word, ok := reason.Text(); ok && word != "" {
		f.Response.FinishReasons = append(f.Response.FinishReasons, word)
	}
}

func genkitUsage(f *Facts, usage contracts.JSON) {
	u := &f.Response.Usage
	for name, value := range usage.Members() {
		switch name {
		case "inputTokens":
			u.Input = shape.Count(value)
		case "outputTokens":
			u.Output = shape.Count(value)
		case "totalTokens":
			u.Total = shape.Count(value)
		case "thoughtsTokens":
			u.Reasoning = shape.Count(value)
		case "cachedContentTokens":
			u.CachedInput = shape.Count(value)
		default:
			u.Details = append(u.Details, contracts.Member{Name: name, Value: value})
		}
	}
}

// genkitCustom reads what the provider said beyond Genkit's form: its whole
// answer, or a part of it. Of that, what identifies it and what else is short.
func genkitCustom(f *Facts, custom contracts.JSON) {
	var others contracts.Members
	for name, value := range custom.Members() {
		text, isText := value.Text()
		switch name {
		case "id", "responseId", "response_id":
			if isText && f.Response.ID == "" {
				f.Response.ID = text
			}
		case "model", "modelVersion", "model_version":
			if isText && f.Response.Model == "" {
				f.Response.Model = text
			}
		case "object", "type", "role":
		default:
			if !value.IsObject() && !value.IsArray() && value != "null" {
				others = append(others, contracts.Member{Name: name, Value: value})
			}
		}
	}
	f.Response.Metadata = missing(f.Response.Metadata, others)
}

// genkitMessage reads a message: {"role": "model", "content": [part, ...]}.
func genkitMessage(out []contracts.ConversationMessage, message contracts.JSON, otherwise contracts.Role) []contracts.ConversationMessage {
	t := turn{role: otherwise}
	for name, value := range message.Members() {
		switch name {
		case "role":
			word, _ := value.Text()
			t.role = roleOfWord(word, otherwise)
		case "content":
			for part := range value.Elements() {
				t.parts = append(t.parts, genkitPart(part))
			}
			if text, ok := value.Text(); ok {
				t.parts = append(t.parts, contracts.TextContentPart{Text: text})
			}
		}
	}
	return t.appendTo(out)
}

// genkitPart reads a part. What it is shows in the member that it has.
func genkitPart(raw contracts.JSON) contracts.ContentPart {
	var options contracts.JSON
	if metadata := raw.Member("metadata"); metadata.IsObject() && !shape.IsEmpty(metadata) {
		options = `{"genkit":` + metadata + `}`
	}
	for name, value := range raw.Members() {
		switch name {
		case "text":
			if text, ok := value.Text(); ok {
				return contracts.TextContentPart{Text: text, ProviderOptions: options}
			}
		case "reasoning":
			if text, ok := value.Text(); ok {
				return contracts.ReasoningContentPart{Text: text, ProviderOptions: options}
			}
		case "media":
			if part, ok := genkitMedia(value); ok {
				part.ProviderOptions = options
				return part
			}
		case "toolRequest":
			if value.IsObject() {
				return genkitCall(value, options)
			}
		case "toolResponse":
			if value.IsObject() {
				return genkitResult(value, options)
			}
		}
	}
	return shape.Verbatim(raw)
}

func genkitMedia(media contracts.JSON) (part contracts.FileContentPart, ok bool) {
	var url, mediaType string
	for name, value := range media.Members() {
		switch name {
		case "url":
			url, ok = value.Text()
		case "contentType":
			mediaType, _ = value.Text()
		}
	}
	return filePart(url, mediaType, ""), ok
}

func genkitCall(request, options contracts.JSON) contracts.ContentPart {
	var ref, name string
	input := contracts.JSON("{}")
	for member, value := range request.Members() {
		switch member {
		case "ref":
			ref, _ = value.Text()
		case "name":
			name, _ = value.Text()
		case "input":
			input = shape.Arguments(value)
		}
	}
	return callPart(ref, name, input, options)
}

func genkitResult(response, options contracts.JSON) contracts.ContentPart {
	result := contracts.ToolResultContentPart{ProviderOptions: options}
	var output, content contracts.JSON
	for member, value := range response.Members() {
		switch member {
		case "ref":
			result.ToolCallID, _ = value.Text()
		case "name":
			result.ToolName, _ = value.Text()
		case "output":
			output = value
		case "content":
			content = value
		}
	}
	result.Output = outputOf(output, false)
	if content.IsArray() && !shape.IsEmpty(content) && (output == "" || jsonscan.Kind(string(output)) == 'n') {
		var parts []contracts.ContentPart
		for part := range content.Elements() {
			if part.Member("toolResponse").IsObject() { // there are none in another
				parts = append(parts, shape.Verbatim(part))
				continue
			}
			parts = append(parts, genkitPart(part))
		}
		result.Output = outputOfParts(parts)
	}
	return result
}
