// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package gemini

import (
	"cmp"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/shape"
	"github.com/spect-tools/spect-go/convert/llm"
)

// codeExecution is the tool that runs the model's code.
const codeExecution = "code_execution"

// dataNames are the members of which a part that is no text has one.
var dataNames = [...]string{
	"functionCall", "functionResponse", "inlineData", "fileData",
	"executableCode", "codeExecutionResult", "toolCall", "toolResponse",
}

// part reads one part. It is nil for a text of the model's that says nothing, as
// the end of a stream has one.
func (r *reader) part(part contracts.JSON, role contracts.Role) contracts.ContentPart {
	if text, ok := part.Text(); ok {
		return contracts.TextContentPart{Text: text}
	}
	var o, data shape.Object
	o.ReadCamel(part)
	name := ""
	for _, n := range dataNames {
		if o.Get(n).IsObject() {
			name = n
			data.ReadCamel(o.Take(n))
			break
		}
	}
	switch name {
	case "functionCall":
		return r.call(&o, &data)
	case "functionResponse":
		return r.result(&o, &data)
	case "inlineData", "fileData":
		return file(&o, &data, octets)
	case "executableCode":
		return r.code(&o, &data)
	case "codeExecutionResult":
		return r.codeResult(&o, &data)
	case "toolCall":
		return r.serverCall(&o, &data)
	case "toolResponse":
		return r.serverResult(&o, &data)
	}
	if o.Get("text") != "" || o.Get("thoughtSignature") != "" {
		return text(&o, role)
	}
	return shape.Verbatim(part)
}

func text(o *shape.Object, role contracts.Role) contracts.ContentPart {
	text, thought := o.Text("text"), o.Take("thought") == "true"
	opts := options(o)
	switch {
	case text == "" && opts == "" && role == contracts.RoleAssistant:
		return nil
	case thought:
		return contracts.ReasoningContentPart{Text: text, ProviderOptions: opts}
	}
	return contracts.TextContentPart{Text: text, ProviderOptions: opts}
}

// options are the providerOptions of a part: what nobody took of its data, and of
// the part itself.
func options(from ...*shape.Object) contracts.JSON {
	var opts shape.Options
	for _, o := range from {
		opts.Rest(o)
	}
	return opts.JSON(provider)
}

// octets is the media type of what nobody says more of.
const octets = "application/octet-stream"

// file reads base64 or the URI of a file. What it is of where nothing says more
// is mediaType.
func file(o, data *shape.Object, mediaType string) contracts.ContentPart {
	p := contracts.FileContentPart{
		MediaType: data.Text("mimeType"),
		Filename:  data.Text("displayName"),
		Data:      data.Take("data"),
	}
	if p.Data != "" {
		p.MediaType = cmp.Or(p.MediaType, shape.Sniff(shape.Text(p.Data)))
	} else {
		p.Data = cmp.Or(data.Take("fileUri"), data.Take("uri"), `""`)
		p.MediaType = cmp.Or(p.MediaType, shape.MediaType(shape.Text(p.Data)))
	}
	p.MediaType = cmp.Or(p.MediaType, mediaType)
	p.ProviderOptions = options(data, o)
	return p
}

func (r *reader) call(o, data *shape.Object) contracts.ContentPart {
	p := contracts.ToolCallContentPart{ToolCallID: data.Text("id"), ToolName: data.Text("name")}
	if args := data.Take("args"); args != "" {
		p.Input = args
	} else {
		p.Input = arguments(data.Take("partialArgs"))
	}
	return r.called(p, data, o)
}

// called gives a call its id and options, and remembers it.
func (r *reader) called(p contracts.ToolCallContentPart, from ...*shape.Object) contracts.ContentPart {
	if p.ToolCallID == "" {
		p.ToolCallID = r.callID(p.ToolName, p.Input)
	}
	p.ProviderOptions = options(from...)
	r.calls.Add(p.ToolCallID, p.ToolName)
	return p
}

func (r *reader) result(o, data *shape.Object) contracts.ContentPart {
	var p contracts.ToolResultContentPart
	p.ToolCallID, p.ToolName = r.calls.Result(data.Text("id"), data.Text("name"))
	response := data.Take("response")
	p.Output = answer(response)
	if parts := data.Take("parts"); parts.IsArray() {
		p.Output = shape.PartsOutput(r.answerParts(response, parts))
	}
	if e := response.Member("error"); e != "" && e != "null" {
		p.Output = shape.Failed(p.Output)
	}
	p.ProviderOptions = options(data, o)
	return p
}

// answer is what a function answered: an object, wrappers and all, since they are
// the user's.
func answer(response contracts.JSON) contracts.ToolResultOutput {
	if response == "" {
		response = "{}"
	}
	return contracts.ToolResultOutput{Type: contracts.OutputJSON, Value: response}
}

// answerParts are the parts of what a function answered beside files.
func (r *reader) answerParts(response, files contracts.JSON) []contracts.ContentPart {
	var parts []contracts.ContentPart
	if !shape.IsEmpty(response) {
		parts = append(parts, contracts.TextContentPart{Text: string(response)})
	}
	var o, data shape.Object
	for f := range files.Elements() {
		o.ReadCamel(f)
		from := o.Take("inlineData")
		if from == "" {
			from = o.Take("fileData")
		}
		if !from.IsObject() {
			parts = append(parts, shape.Verbatim(f))
			continue
		}
		data.ReadCamel(from)
		parts = append(parts, file(&o, &data, octets))
	}
	return parts
}

func (r *reader) code(o, data *shape.Object) contracts.ContentPart {
	p := contracts.ToolCallContentPart{ToolCallID: data.Text("id"), ToolName: codeExecution, Extra: llm.ProviderExecuted()}
	if p.Input = data.RestJSON(); p.Input == "" {
		p.Input = "{}"
	}
	return r.called(p, o)
}

func (r *reader) codeResult(o, data *shape.Object) contracts.ContentPart {
	p := contracts.ToolResultContentPart{Extra: llm.ProviderExecuted()}
	p.ToolCallID, p.ToolName = r.calls.Result(data.Text("id"), codeExecution)
	p.Output = shape.TextOutput(data.Text("output"))
	if shape.Text(data.Get("outcome")) != "OUTCOME_OK" {
		p.Output = shape.Failed(p.Output)
	}
	p.ProviderOptions = options(data, o)
	return p
}

// serverCall is the call of a tool of Google's: its type is its name.
func (r *reader) serverCall(o, data *shape.Object) contracts.ContentPart {
	return r.called(contracts.ToolCallContentPart{
		ToolCallID: data.Text("id"),
		ToolName:   data.Text("toolType"),
		Input:      shape.Arguments(data.Take("args")),
		Extra:      llm.ProviderExecuted(),
	}, data, o)
}

func (r *reader) serverResult(o, data *shape.Object) contracts.ContentPart {
	p := contracts.ToolResultContentPart{Extra: llm.ProviderExecuted()}
	p.ToolCallID, p.ToolName = r.calls.Result(data.Text("id"), data.Text("toolType"))
	p.Output = answer(data.Take("response"))
	p.ProviderOptions = options(data, o)
	return p
}
