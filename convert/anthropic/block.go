// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package anthropic

import (
	"strings"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/shape"
	"github.com/spect-tools/spect-go/convert/llm"
)

// block reads one block of content. One that has no like in the contract, or
// lacks what makes it one, stays as it came.
func (r *reader) block(block contracts.JSON) contracts.ContentPart {
	var o shape.Object
	o.Read(block)
	switch kind := o.Text("type"); {
	case kind == "thinking" && o.Get("thinking") != "":
		return contracts.ReasoningContentPart{Text: o.Text("thinking"), ProviderOptions: rest(&o)}
	case kind == "redacted_thinking" && o.Get("data") != "":
		var opts shape.Options
		opts.Add("redactedData", o.Take("data"))
		opts.Rest(&o)
		return contracts.ReasoningContentPart{ProviderOptions: opts.JSON(provider)}
	case strings.HasSuffix(kind, "tool_use"):
		return r.call(&o, kind)
	case strings.HasSuffix(kind, "tool_result"):
		return r.result(&o, kind)
	default:
		return plain(&o, kind, block)
	}
}

// plain reads a block that both a message and the result of a tool may hold:
// text or a file.
func plain(o *shape.Object, kind string, block contracts.JSON) contracts.ContentPart {
	text, isText := block.Text()
	switch {
	case isText:
		return contracts.TextContentPart{Text: text}
	case kind == "text" && o.Get("text") != "":
		return contracts.TextContentPart{Text: o.Text("text"), ProviderOptions: rest(o)}
	case kind == "image" || kind == "document":
		if part := file(o, kind); part != nil {
			return part
		}
	case kind == "container_upload" && o.Get("file_id") != "":
		data := o.Take("file_id")
		var opts shape.Options
		opts.Text("type", kind)
		opts.Rest(o)
		return contracts.FileContentPart{MediaType: octets, Data: data, ProviderOptions: opts.JSON(provider)}
	}
	return shape.Verbatim(block)
}

// rest are the providerOptions of a part: what nobody took of its block.
func rest(o *shape.Object) contracts.JSON {
	var opts shape.Options
	opts.Rest(o)
	return opts.JSON(provider)
}

// call reads a call of a tool: tool_use, or server_tool_use and mcp_tool_use,
// which the provider runs itself.
func (r *reader) call(o *shape.Object, kind string) contracts.ContentPart {
	p := contracts.ToolCallContentPart{
		ToolCallID: o.Text("id"),
		ToolName:   o.Text("name"),
		Input:      shape.Arguments(o.Take("input")),
	}
	if kind != "tool_use" {
		p.Extra = llm.ProviderExecuted()
	}
	r.calls.Add(p.ToolCallID, p.ToolName)
	p.ProviderOptions = rest(o)
	return p
}

// result reads what a tool answered. A tool that the provider ran has a kind of
// result of its own, such as web_search_tool_result, and says on its content
// whether it failed.
func (r *reader) result(o *shape.Object, kind string) contracts.ContentPart {
	var p contracts.ToolResultContentPart
	p.ToolCallID, p.ToolName = r.calls.Result(o.Text("tool_use_id"), "")
	failed := o.Take("is_error") == "true"
	content := o.Take("content")
	var opts shape.Options
	if kind != "tool_result" {
		p.Extra = llm.ProviderExecuted()
	}
	switch {
	case kind == "tool_result" || kind == "mcp_tool_result" || content == "":
		p.Output = output(content, &opts)
	default:
		p.Output = contracts.ToolResultOutput{Type: contracts.OutputJSON, Value: content}
		of, _ := content.Member("type").Text()
		failed = failed || strings.HasSuffix(of, "_error")
	}
	if p.ToolName == "" && kind != "tool_result" && kind != "mcp_tool_result" {
		p.ToolName = strings.TrimSuffix(kind, "_tool_result")
	}
	if failed {
		p.Output = shape.Failed(p.Output)
	}
	opts.Rest(o)
	p.ProviderOptions = opts.JSON(provider)
	return p
}

// output reads what a tool answered: nothing, a string, or blocks. One block of
// text is a text, and what it has besides goes to the options of the result.
func output(content contracts.JSON, opts *shape.Options) contracts.ToolResultOutput {
	switch {
	case content.IsArray():
	case content.IsObject():
		return contracts.ToolResultOutput{Type: contracts.OutputJSON, Value: content}
	default:
		return shape.TextOutput(shape.Text(content))
	}
	var o shape.Object
	var parts []contracts.ContentPart
	for block := range content.Elements() {
		o.Read(block)
		kind := o.Text("type")
		parts = append(parts, plain(&o, kind, block))
	}
	switch len(parts) {
	case 0:
		return shape.TextOutput("")
	case 1:
		if p, ok := parts[0].(contracts.TextContentPart); ok {
			opts.Rest(&o)
			return shape.TextOutput(p.Text)
		}
	}
	return shape.PartsOutput(parts)
}
