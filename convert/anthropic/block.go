// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package anthropic

import (
	"strings"

	"github.com/spect-tools/spect-go/contracts"
)

// block reads one block of content.
func (r *reader) block(block contracts.JSON) contracts.ContentPart {
	if text, ok := block.Text(); ok {
		return contracts.TextContentPart{Text: text}
	}
	kind, _ := block.Member("type").Text()
	var part contracts.ContentPart
	switch kind {
	case "text":
		part = text(block)
	case "thinking":
		part = thinking(block)
	case "redacted_thinking":
		part = redactedThinking(block)
	case "image":
		part = file(block, "image/*")
	case "document":
		part = file(block, "application/octet-stream")
	case "container_upload":
		part = containerUpload(block)
	default:
		switch {
		case strings.HasSuffix(kind, "tool_use"):
			part = r.call(block, kind)
		case strings.HasSuffix(kind, "tool_result"):
			part = r.result(block, kind)
		}
	}
	if part == nil {
		return unknown(block)
	}
	return part
}

func text(block contracts.JSON) contracts.ContentPart {
	var p contracts.TextContentPart
	var opts options
	found := false
	for name, value := range block.Members() {
		switch name {
		case "type":
		case "text":
			p.Text, found = value.Text()
		default:
			opts.add(name, value)
		}
	}
	if !found {
		return nil
	}
	p.ProviderOptions = opts.json()
	return p
}

func thinking(block contracts.JSON) contracts.ContentPart {
	var p contracts.ReasoningContentPart
	var opts options
	found := false
	for name, value := range block.Members() {
		switch name {
		case "type":
		case "thinking":
			p.Text, found = value.Text()
		default:
			opts.add(name, value)
		}
	}
	if !found {
		return nil
	}
	p.ProviderOptions = opts.json()
	return p
}

func redactedThinking(block contracts.JSON) contracts.ContentPart {
	var opts options
	for name, value := range block.Members() {
		switch name {
		case "type":
		case "data":
			opts.add("redactedData", value)
		default:
			opts.add(name, value)
		}
	}
	return contracts.ReasoningContentPart{ProviderOptions: opts.json()}
}

// call reads a call of a tool: tool_use, or one that the provider ran itself.
func (r *reader) call(block contracts.JSON, kind string) contracts.ContentPart {
	p := contracts.ToolCallContentPart{Input: "{}"}
	var opts options
	if kind != "tool_use" {
		opts.add("providerExecuted", "true")
	}
	for name, value := range block.Members() {
		switch name {
		case "type":
		case "id":
			p.ToolCallID, _ = value.Text()
		case "name":
			p.ToolName, _ = value.Text()
		case "input":
			if value != "null" {
				p.Input = value
			}
		default:
			opts.add(name, value)
		}
	}
	r.called(p.ToolCallID, p.ToolName)
	p.ProviderOptions = opts.json()
	return p
}

// result reads the result of a tool.
func (r *reader) result(block contracts.JSON, kind string) contracts.ContentPart {
	var p contracts.ToolResultContentPart
	var opts options
	var content contracts.JSON
	failed := false
	if kind != "tool_result" {
		opts.add("providerExecuted", "true")
	}
	for name, value := range block.Members() {
		switch name {
		case "type":
		case "tool_use_id":
			p.ToolCallID, _ = value.Text()
		case "content":
			content = value
		case "is_error":
			failed = value == "true"
		default:
			opts.add(name, value)
		}
	}
	p.ToolName = r.toolOf(p.ToolCallID, kind)
	switch kind {
	case "tool_result", "mcp_tool_result":
		p.Output = r.output(content, failed, &opts)
	default:
		p.Output = serverOutput(content, failed)
	}
	p.ProviderOptions = opts.json()
	return p
}

// output reads what a tool answered: a string, or blocks. One block of text is a
// text; what it has besides goes to the options of the result.
func (r *reader) output(content contracts.JSON, failed bool, opts *options) contracts.ToolResultOutput {
	if text, ok := content.Text(); ok {
		return textOutput(text, failed)
	}
	if content == "" || content == "null" {
		return textOutput("", failed)
	}
	if !content.IsArray() {
		return jsonOutput(content, failed)
	}
	var parts []contracts.ContentPart
	for block := range content.Elements() {
		part := r.block(block)
		switch part.(type) {
		case contracts.TextContentPart, contracts.FileContentPart:
		default:
			part = unknown(block)
		}
		parts = append(parts, part)
	}
	if len(parts) == 0 {
		return textOutput("", failed)
	}
	if p, ok := parts[0].(contracts.TextContentPart); ok && len(parts) == 1 {
		for name, value := range p.ProviderOptions.Member(provider).Members() {
			opts.add(name, value)
		}
		return textOutput(p.Text, failed)
	}
	out := contracts.ToolResultOutput{
		Type:  contracts.OutputContent,
		Value: contracts.JSON(contracts.PartsContent(parts...).AppendJSON(nil)),
	}
	if failed {
		out.Type = contracts.OutputErrorJSON
	}
	return out
}

// serverOutput is the result of a tool that the provider ran: JSON of its own.
func serverOutput(content contracts.JSON, failed bool) contracts.ToolResultOutput {
	if content == "" {
		content = "null"
	}
	if kind, _ := content.Member("type").Text(); strings.HasSuffix(kind, "_error") {
		failed = true
	}
	return jsonOutput(content, failed)
}

func textOutput(text string, failed bool) contracts.ToolResultOutput {
	out := contracts.ToolResultOutput{Type: contracts.OutputText, Value: contracts.QuoteJSON(text)}
	if failed {
		out.Type = contracts.OutputErrorText
	}
	return out
}

func jsonOutput(value contracts.JSON, failed bool) contracts.ToolResultOutput {
	out := contracts.ToolResultOutput{Type: contracts.OutputJSON, Value: value}
	if failed {
		out.Type = contracts.OutputErrorJSON
	}
	return out
}
