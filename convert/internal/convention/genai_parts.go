// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convention

import (
	"strings"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/bedrock"
	"github.com/spect-tools/spect-go/convert/internal/shape"
	"github.com/spect-tools/spect-go/convert/llm"
	"github.com/spect-tools/spect-go/internal/jsonscan"
)

// file reads a part that is a file: its content, where it is, or the id that the
// provider knows it by. ok is false where the part says none of it.
func (c *conversation) file(o *shape.Object, kind string) (part contracts.FileContentPart, ok bool) {
	mediaType, modality := takeText(o, "mime_type", "media_type", "mimeType"), o.Text("modality")
	part.Filename = takeText(o, "filename", "name")
	var options shape.Options
	switch kind {
	case "blob", "binary":
		part.Data = takeFirst(o, "content", "data")
		if part.Data == "" || part.Data == `"<not serializable>"` {
			part.Data = `""`
			c.facts.note("messages", whyNoContent)
		}
	case "file":
		if part.Data = o.Take("file_id"); part.Data != "" {
			options.Add("fileId", part.Data)
		} else {
			part.Data = takeFirst(o, "content", "data", "uri", "url")
		}
	default:
		part.Data = takeFirst(o, "uri", "url")
		if of, isURL := strings.CutSuffix(kind, "-url"); isURL && modality == "" {
			modality = of
		}
	}
	where, isText := part.Data.Text()
	if !isText {
		return part, false
	}
	if of, data, isData := shape.DataURL(where); isData {
		part.Data = contracts.QuoteJSON(data)
		where = data
		if mediaType == "" {
			mediaType = of
		}
	}
	part.MediaType = mediaType
	if part.MediaType == "" {
		part.MediaType = guessMediaType(where, modality)
	}
	options.Rest(o)
	part.ProviderOptions = options.JSON(otel)
	return part, true
}

// guessMediaType tells the media type of a file by its name or its content, and
// else by what it is for: image, audio, video.
func guessMediaType(where, modality string) string {
	if mediaType := shape.MediaType(where); mediaType != "" {
		return mediaType
	}
	if mediaType := shape.Sniff(where); mediaType != "" {
		return mediaType
	}
	switch modality {
	case "image", "audio", "video":
		return modality + "/*"
	}
	return "application/octet-stream"
}

// toolOutput is what a tool answered. Lists of blocks, as Bedrock and MCP have
// them, are taken apart; such a list may come as the text of one.
func toolOutput(value contracts.JSON) contracts.ToolResultOutput {
	if text, isText := value.Text(); isText {
		inner, ok := listIn(text)
		if !ok {
			return contracts.ToolResultOutput{Type: contracts.OutputText, Value: value}
		}
		value = inner
	}
	if value == "" {
		value = "null"
	}
	if value.IsArray() {
		if output, ok := blocksOutput(value); ok {
			return output
		}
		if hasMediaBlock(value) {
			return bedrockOutput(value)
		}
	}
	if content := contentIn(value); content != "" {
		return shape.PartsOutput(vercelAnswer(content))
	}
	return contracts.ToolResultOutput{Type: contracts.OutputJSON, Value: value}
}

// contentIn is the list of parts that a tool answered in Vercel's AI SDK, which
// it has as {type: content, value}; empty where it is something else.
func contentIn(value contracts.JSON) (list contracts.JSON) {
	if !value.IsObject() {
		return ""
	}
	isContent := false
	for name, v := range value.Members() {
		switch {
		case name == "type" && v == `"content"`:
			isContent = true
		case name == "value" && v.IsArray():
			list = v
		default:
			return ""
		}
	}
	if !isContent {
		return ""
	}
	return list
}

// hasMediaBlock reports whether a tool answered in blocks of Bedrock's of which
// one is a file.
func hasMediaBlock(blocks contracts.JSON) (some bool) {
	for block := range blocks.Elements() {
		switch {
		case familyOfPart(block) == bedrockFamily:
			some = true
		case block.Member("text") == "" && block.Member("json") == "":
			return false
		}
	}
	return some
}

// bedrockOutput is what a tool answered in blocks of Bedrock's.
func bedrockOutput(blocks contracts.JSON) contracts.ToolResultOutput {
	for _, m := range bedrock.Content(contracts.RoleUser, `[{"toolResult":{"toolUseId":"","content":`+blocks+`}}]`) {
		for _, part := range m.Content.Parts() {
			if result, ok := part.(contracts.ToolResultContentPart); ok {
				return result.Output
			}
		}
	}
	return contracts.ToolResultOutput{Type: contracts.OutputJSON, Value: blocks}
}

// blocksOutput is what a tool answered in blocks: [{text}], [{json}], or
// [{type: text, text}]. ok is false where it is another list.
func blocksOutput(blocks contracts.JSON) (output contracts.ToolResultOutput, ok bool) {
	var parts []contracts.ContentPart
	for block := range blocks.Elements() {
		var text, only contracts.JSON
		for name, value := range block.Members() {
			switch {
			case name == "text":
				text = value
			case name == "json":
				only = value
			case name == "type" && value == `"text"`:
			default:
				return output, false
			}
		}
		said, isText := text.Text()
		switch {
		case isText && only == "":
			parts = append(parts, contracts.TextContentPart{Text: said})
		case only != "" && text == "" && len(parts) == 0 && output.Value == "":
			output = contracts.ToolResultOutput{Type: contracts.OutputJSON, Value: only}
		default:
			return output, false
		}
	}
	switch {
	case output.Value != "":
		return output, len(parts) == 0
	case len(parts) == 1:
		return shape.Output(parts[0].(contracts.TextContentPart).Text), true
	}
	return shape.PartsOutput(parts), len(parts) > 0
}

// takeText takes all of the members, and is the first that has a text.
func takeText(o *shape.Object, names ...string) (text string) {
	for _, name := range names {
		if t := o.Text(name); text == "" {
			text = t
		}
	}
	return text
}

// takeFirst takes the first of the members that is there.
func takeFirst(o *shape.Object, names ...string) contracts.JSON {
	for _, name := range names {
		if value := o.Take(name); value != "" {
			return value
		}
	}
	return ""
}

// objectOf is the object that members make.
func objectOf(members contracts.Members) contracts.JSON {
	b := []byte{'{'}
	for i, m := range members {
		if i > 0 {
			b = append(b, ',')
		}
		b = jsonscan.AppendString(b, m.Name)
		b = append(b, ':')
		b = append(b, m.Value...)
	}
	return contracts.JSON(append(b, '}'))
}

// agentFramework reads the parts that Microsoft's agent-framework has for tools
// that are not the client's functions, each kind with a type of its own:
//
//	{"type": "search_tool_call", "call_id": "ws_1", "tool_name": "web_search", "arguments": {}}
//	{"type": "search_tool_result", "call_id": "ws_1", "result": {}}
//
// It is nil for any other part.
func (c *conversation) agentFramework(kind string, o *shape.Object) contracts.ContentPart {
	name, isCall := strings.CutSuffix(kind, "_tool_call")
	name, isResult := strings.CutSuffix(name, "_tool_result")
	if !isCall && !isResult || o.Get("call_id") == "" && o.Get("image_id") == "" {
		return nil
	}
	id := takeText(o, "call_id", "image_id")
	if called := o.Text("tool_name"); called != "" {
		name = called
	}
	var options shape.Options
	options.Add("status", o.Take("status"))
	options.Add("serverName", o.Take("server_name"))
	options.Add("additionalProperties", shape.NotEmpty(o.Take("additional_properties")))
	if isResult {
		part := contracts.ToolResultContentPart{Output: toolOutput(takeFirst(o, "result", "output", "outputs"))}
		part.ToolCallID, part.ToolName = c.calls.Result(id, name)
		options.Rest(o)
		part.ProviderOptions = options.JSON(otel)
		return part
	}
	part := contracts.ToolCallContentPart{ToolCallID: id, ToolName: name}
	if arguments := o.Take("arguments"); arguments != "" {
		part.Input = shape.Arguments(arguments)
		options.Rest(o)
	} else {
		part.Input = objectOf(o.Rest()) // inputs, commands, actions
	}
	switch name {
	case "shell", "computer": // which an application may run itself
	default:
		part.Extra = llm.ProviderExecuted()
	}
	part.ProviderOptions = options.JSON(otel)
	c.calls.Add(id, name)
	return part
}
