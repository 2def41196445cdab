// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package gemini

import (
	"cmp"
	"strings"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/shape"
	"github.com/spect-tools/spect-go/convert/llm"
)

// This file reads the Interactions API: a conversation is a list of steps, of
// the model, of tools and of the user. Its names are snake_case.

// interactionRequest reads the body of a request. Steps before it that the
// provider keeps (previous_interaction_id) are not in it.
func interactionRequest(o *shape.Object) llm.Request {
	var r reader
	r.content(contracts.RoleSystem, o.Take("system_instruction"))
	switch input := o.Take("input"); {
	case shape.IsText(input):
		r.content(contracts.RoleUser, input)
	case input.IsObject():
		r.steps("["+input+"]", contracts.RoleUser)
	default:
		r.steps(input, contracts.RoleUser)
	}
	return llm.Request{
		Model:    o.Text("model"),
		Messages: r.out,
		Tools:    shape.NotEmpty(o.Take("tools")),
		Stream:   o.Take("stream") == "true",
		Settings: o.Rest(),
	}
}

// interactionResponse reads the body of an answer, whose steps were once called
// outputs.
func interactionResponse(o *shape.Object) llm.Response {
	var r reader
	r.steps(o.Take("steps"), contracts.RoleAssistant)
	r.steps(o.Take("outputs"), contracts.RoleAssistant)
	res := llm.Response{ID: o.Text("id"), Model: o.Text("model"), Messages: r.out}
	res.Error = failure(o.Take("error"), &res.Metadata)
	if status := o.Text("status"); status != "" && status != "in_progress" {
		res.FinishReasons = []string{status}
	}
	var counts shape.Object
	counts.Read(o.Take("usage"))
	thoughts := shape.Count(counts.Take("total_thought_tokens"))
	res.Usage = llm.Usage{
		Input:       shape.Count(counts.Take("total_input_tokens")),
		Output:      shape.Count(counts.Take("total_output_tokens")).Plus(thoughts),
		Total:       shape.Count(counts.Take("total_tokens")),
		Reasoning:   thoughts,
		CachedInput: shape.Count(counts.Take("total_cached_tokens")),
		Details:     counts.Rest(),
	}
	o.Take("object")
	res.Metadata = append(res.Metadata, o.Rest()...)
	return res
}

// steps reads steps. Those in a row that are of the same side are one message;
// content that stands among them is of the side of role.
func (r *reader) steps(steps contracts.JSON, role contracts.Role) {
	turn := shape.Turn{Role: role}
	var o shape.Object
	for step := range steps.Elements() {
		o.Read(step)
		kind := o.Text("type")
		by := sideOf(kind, role)
		if by != turn.Role {
			r.out = turn.Append(r.out)
			turn = shape.Turn{Role: by}
		}
		switch kind {
		case "user_input", "model_output":
			for content := range o.Take("content").Elements() {
				turn.Add(stepContent(content), content)
			}
		default:
			turn.Add(r.step(&o, kind, step), step)
		}
	}
	r.out = turn.Append(r.out)
}

// sideOf tells whose turn a step is in.
func sideOf(kind string, role contracts.Role) contracts.Role {
	switch {
	case kind == "user_input":
		return contracts.RoleUser
	case kind == "function_result":
		return contracts.RoleTool
	case kind == "model_output", kind == "thought", strings.HasSuffix(kind, "_call"), strings.HasSuffix(kind, "_result"):
		return contracts.RoleAssistant
	}
	return role
}

// step reads a step that is no content.
func (r *reader) step(o *shape.Object, kind string, step contracts.JSON) contracts.ContentPart {
	if o.Get("signature") == `""` {
		o.Take("signature")
	}
	if kind == "thought" {
		return contracts.ReasoningContentPart{Text: summary(o), ProviderOptions: options(o)}
	}
	if tool, found := strings.CutSuffix(kind, "_call"); found {
		p := contracts.ToolCallContentPart{
			ToolCallID: o.Text("id"),
			ToolName:   cmp.Or(o.Text("name"), tool),
			Input:      shape.Arguments(o.Take("arguments")),
		}
		if tool != "function" {
			p.Extra = llm.ProviderExecuted()
		}
		return r.called(p, o)
	}
	if tool, found := strings.CutSuffix(kind, "_result"); found {
		var p contracts.ToolResultContentPart
		name := o.Text("name")
		if tool != "function" {
			p.Extra = llm.ProviderExecuted()
			name = cmp.Or(name, tool)
		}
		p.ToolCallID, p.ToolName = r.calls.Result(o.Text("call_id"), name)
		p.Output = stepOutput(o.Take("result"), tool)
		if o.Take("is_error") == "true" {
			p.Output = shape.Failed(p.Output)
		}
		p.ProviderOptions = options(o)
		return p
	}
	return stepContent(step)
}

// summary takes what a thought says of itself, where that is text.
func summary(o *shape.Object) string {
	var texts []string
	for item := range o.Get("summary").Elements() {
		text, ok := item.Member("text").Text()
		if !ok {
			return ""
		}
		texts = append(texts, text)
	}
	o.Take("summary")
	return strings.Join(texts, "\n")
}

// stepOutput is what a tool answered: a text, content of a function's, or JSON.
func stepOutput(result contracts.JSON, tool string) contracts.ToolResultOutput {
	switch {
	case shape.IsText(result) || result == "":
		return shape.TextOutput(shape.Text(result))
	case result.IsArray() && (tool == "function" || tool == "mcp_server_tool"):
		var parts []contracts.ContentPart
		for content := range result.Elements() {
			parts = append(parts, stepContent(content))
		}
		return shape.PartsOutput(parts)
	}
	return contracts.ToolResultOutput{Type: contracts.OutputJSON, Value: result}
}

// stepContent reads content: text or a file.
func stepContent(content contracts.JSON) contracts.ContentPart {
	if text, ok := content.Text(); ok {
		return contracts.TextContentPart{Text: text}
	}
	var o shape.Object
	o.ReadCamel(content)
	switch kind := o.Text("type"); {
	case kind == "text" && o.Get("text") != "":
		return contracts.TextContentPart{Text: o.Text("text"), ProviderOptions: options(&o)}
	case o.Get("data") == "" && o.Get("uri") == "":
	case kind == "image" || kind == "audio" || kind == "video":
		return file(new(shape.Object), &o, kind+"/*")
	case kind == "document":
		return file(new(shape.Object), &o, octets)
	}
	return shape.Verbatim(content)
}
