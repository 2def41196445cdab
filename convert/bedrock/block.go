// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package bedrock

import (
	"strings"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/shape"
	"github.com/spect-tools/spect-go/convert/llm"
)

// kinds are the members of which a block has one: what it is.
var kinds = [...]string{
	"toolUse", "toolResult", "reasoningContent", "citationsContent", "guardContent",
	"image", "document", "video", "audio",
}

// open finds what a block is, and reads that.
func open(block contracts.JSON) (kind string, o, data shape.Object) {
	o.Read(block)
	for _, kind := range kinds {
		if o.Get(kind).IsObject() {
			data.Read(o.Take(kind))
			return kind, o, data
		}
	}
	return "", o, data
}

// block reads one block of content. One that has no like in the contract, or
// lacks what makes it one, stays as it came.
func (r *reader) block(block contracts.JSON, role contracts.Role) contracts.ContentPart {
	kind, o, data := open(block)
	switch kind {
	case "toolUse":
		return r.call(&data)
	case "toolResult":
		return r.result(&data, role)
	case "reasoningContent":
		if part := reasoning(&data); part != nil {
			return part
		}
	case "citationsContent":
		if part := cited(&data); part != nil {
			return part
		}
	case "guardContent":
		if part := guarded(&data); part != nil {
			return part
		}
	default:
		return plain(kind, &o, &data, block)
	}
	return shape.Verbatim(block)
}

// plain reads a block that both a message and the result of a tool may hold:
// text or a file.
func plain(kind string, o, data *shape.Object, block contracts.JSON) contracts.ContentPart {
	switch kind {
	case "image", "document", "video", "audio":
		return file(kind, data)
	}
	text, isText := block.Text()
	switch {
	case isText:
		return contracts.TextContentPart{Text: text}
	case shape.IsText(o.Get("text")):
		return contracts.TextContentPart{Text: o.Text("text"), ProviderOptions: rest(o)}
	}
	return shape.Verbatim(block)
}

// rest are the providerOptions of a part: what nobody took of it.
func rest(o *shape.Object) contracts.JSON {
	var opts shape.Options
	opts.Rest(o)
	return opts.JSON(provider)
}

func (r *reader) call(o *shape.Object) contracts.ContentPart {
	p := contracts.ToolCallContentPart{
		ToolCallID: o.Text("toolUseId"),
		ToolName:   o.Text("name"),
		Input:      shape.Arguments(o.Take("input")),
	}
	switch shape.Text(o.Get("type")) {
	case "server_tool_use":
		p.Extra = llm.ProviderExecuted()
		o.Take("type")
	case "tool_use":
		o.Take("type")
	}
	r.calls.Add(p.ToolCallID, p.ToolName)
	p.ProviderOptions = rest(o)
	return p
}

// result reads what a tool answered. In a message of the assistant's that is a
// tool that Bedrock ran.
func (r *reader) result(o *shape.Object, role contracts.Role) contracts.ContentPart {
	var p contracts.ToolResultContentPart
	p.ToolCallID, p.ToolName = r.calls.Result(o.Text("toolUseId"), "")
	if role == contracts.RoleAssistant {
		p.Extra = llm.ProviderExecuted()
	}
	p.Output = output(o.Take("content"))
	switch shape.Text(o.Get("status")) {
	case "error":
		p.Output = shape.Failed(p.Output)
		o.Take("status")
	case "success":
		o.Take("status")
	}
	p.ProviderOptions = rest(o)
	return p
}

// output reads what a tool answered: JSON where that is all, text where that is
// all, else parts.
func output(content contracts.JSON) contracts.ToolResultOutput {
	if !content.IsArray() {
		if content.IsObject() {
			return contracts.ToolResultOutput{Type: contracts.OutputJSON, Value: content}
		}
		return shape.TextOutput(shape.Text(content))
	}
	var parts []contracts.ContentPart
	var only contracts.JSON
	for block := range content.Elements() {
		kind, o, data := open(block)
		if j := o.Get("json"); j != "" {
			only = j
			parts = append(parts, contracts.TextContentPart{Text: string(j)})
			continue
		}
		parts = append(parts, plain(kind, &o, &data, block))
	}
	switch len(parts) {
	case 0:
		return shape.TextOutput("")
	case 1:
		if only != "" {
			return contracts.ToolResultOutput{Type: contracts.OutputJSON, Value: only}
		}
		if p, ok := parts[0].(contracts.TextContentPart); ok {
			return shape.TextOutput(p.Text)
		}
	}
	return shape.PartsOutput(parts)
}

func reasoning(o *shape.Object) contracts.ContentPart {
	if data := o.Take("redactedContent"); data != "" {
		var opts shape.Options
		opts.Add("redactedData", data)
		opts.Rest(o)
		return contracts.ReasoningContentPart{ProviderOptions: opts.JSON(provider)}
	}
	if !o.Get("reasoningText").IsObject() {
		return nil
	}
	var said shape.Object
	said.Read(o.Take("reasoningText"))
	p := contracts.ReasoningContentPart{Text: said.Text("text")}
	var opts shape.Options
	opts.Rest(&said)
	opts.Rest(o)
	p.ProviderOptions = opts.JSON(provider)
	return p
}

// cited reads text with citations.
func cited(o *shape.Object) contracts.ContentPart {
	var b strings.Builder
	for piece := range o.Take("content").Elements() {
		text, ok := piece.Member("text").Text()
		if !ok {
			return nil
		}
		b.WriteString(text)
	}
	return contracts.TextContentPart{Text: b.String(), ProviderOptions: rest(o)}
}

// guarded reads what a guardrail is to look at: text, or an image.
func guarded(o *shape.Object) contracts.ContentPart {
	var data shape.Object
	switch text, image := o.Take("text"), o.Take("image"); {
	case text.IsObject():
		data.Read(text)
		p := contracts.TextContentPart{Text: data.Text("text")}
		guard := data.RestJSON()
		if guard == "" {
			guard = "{}"
		}
		var opts shape.Options
		opts.Add("guardContent", guard)
		opts.Rest(o)
		p.ProviderOptions = opts.JSON(provider)
		return p
	case image.IsObject():
		data.Read(image)
		return withOption(file("image", &data), "guardContent", "{}")
	}
	return nil
}
