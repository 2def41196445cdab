// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package openai

import (
	"strings"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/shape"
	"github.com/spect-tools/spect-go/convert/llm"
)

// ResponsesItems reads items of a response's input or output: an array of them,
// or one. A text is the user's. The items between two that the assistant did not
// make are one message of the assistant's.
func ResponsesItems(items contracts.JSON) []contracts.ConversationMessage {
	var l list
	l.read(shape.Sound(items))
	return l.messages()
}

// list makes messages of items.
type list struct {
	reader
	// answer says that the items are the output of one response: one message,
	// whatever they are.
	answer bool
	done   []contracts.ConversationMessage
	// said is the assistant's message so far, and saidID its id.
	said   []contracts.ContentPart
	saidID string
	// contained are the ids of the calls that the provider runs in a container,
	// though calls of their type are the client's to run elsewhere.
	contained map[string]bool
}

func (l *list) read(items contracts.JSON) {
	if text, ok := items.Text(); ok {
		l.add(contracts.UserText(text))
		return
	}
	for j := range each(items) {
		l.item(j)
	}
}

// messages ends the list.
func (l *list) messages() []contracts.ConversationMessage {
	l.close()
	return l.done
}

// close ends the assistant's message.
func (l *list) close() {
	if len(l.said) == 0 {
		return
	}
	l.done = append(l.done, contracts.ConversationMessage{
		ID: l.saidID, Role: contracts.RoleAssistant, Content: contracts.PartsContent(l.said...),
	})
	l.said, l.saidID = nil, ""
}

// add adds a message that is not the assistant's.
func (l *list) add(m contracts.ConversationMessage) {
	l.close()
	l.done = append(l.done, m)
}

// say adds to the assistant's message.
func (l *list) say(part contracts.ContentPart) { l.said = append(l.said, part) }

func (l *list) item(j contracts.JSON) {
	o := &l.message
	o.Read(j)
	var options shape.Options
	switch kind, _ := o.Get("type").Text(); kind {
	case "message", "":
		if o.Get("role") == "" && o.Get("content") == "" {
			l.unknown(kind, j)
			return
		}
		o.Take("type")
		l.messageItem(o, &options)
	case "reasoning":
		o.Take("type")
		l.reasoningItem(o, &options)

	case "function_call", "custom_tool_call":
		l.clientCall(o, o.Text("name"), kind)
	case "local_shell_call", "shell_call", "apply_patch_call", "computer_call":
		l.clientCall(o, toolOf(kind), kind)
	case "tool_search_call":
		if execution, _ := o.Get("execution").Text(); execution == "client" {
			l.clientCall(o, kind, kind)
		} else {
			l.hostedCall(o, kind, kind)
		}
	case "web_search_call", "file_search_call", "code_interpreter_call", "image_generation_call":
		l.hostedCall(o, kind, kind)
	case "mcp_call", "mcp_approval_request":
		l.hostedCall(o, o.Text("name"), kind)

	case "function_call_output", "custom_tool_call_output", "local_shell_call_output", "shell_call_output",
		"apply_patch_call_output", "computer_call_output", "tool_search_output":
		l.result(o, kind)
	default:
		l.unknown(kind, j)
	}
}

// toolOf is the name of the tool that calls of a type are for: that of
// shell_call and shell_call_output is shell.
func toolOf(kind string) string {
	kind = strings.TrimSuffix(kind, "_output")
	if kind == "tool_search" {
		return "tool_search_call"
	}
	return strings.TrimSuffix(kind, "_call")
}

// unknown keeps an item that no message has a word for. Who made it shows in its
// type.
func (l *list) unknown(kind string, j contracts.JSON) {
	part := shape.Verbatim(j)
	switch {
	case l.answer:
		l.say(part)
	case kind == "mcp_approval_response":
		l.add(contracts.ToolMessage(part))
	case kind == "additional_tools" || kind == "configuration_update" || kind == "compaction_trigger" || !j.IsObject():
		l.add(contracts.User(part))
	default:
		l.say(part)
	}
}

// messageItem reads a message of anybody's.
func (l *list) messageItem(o *shape.Object, options *shape.Options) {
	native := o.Text("role")
	role := roleOf(native, o)
	if native != "" && !strings.EqualFold(native, string(role)) {
		options.Text("role", native)
	}
	switch {
	case role == contracts.RoleAssistant || l.answer:
	case role == contracts.RoleSystem:
		l.close()
		l.done = l.systems(l.done, o, options)
		return
	default:
		l.add(l.userMessage(o, options))
		return
	}
	if id, _ := o.Get("id").Text(); l.saidID == "" {
		l.saidID = id
	}
	said := o.Take("content")
	options.Rest(o)
	before := len(l.said)
	l.said = l.parts(l.said, said, options)
	if len(l.said) == before {
		// Nothing was said, which is not nothing: there is an id.
		l.say(contracts.TextContentPart{ProviderOptions: options.JSON(provider)})
	}
}

// reasoningItem reads reasoning: a part for each piece of the summary, and of
// the reasoning itself where the model shows it; one without text where it shows
// neither. The first carries what the next request needs to go on from it.
func (l *list) reasoningItem(o *shape.Object, options *shape.Options) {
	var common shape.Options
	common.Add("itemId", o.Take("id"))
	summary, thoughts := o.Take("summary"), o.Take("content")
	options.AddAll(&common)
	options.Rest(o)
	before := len(l.said)
	for _, pieces := range [...]contracts.JSON{summary, thoughts} {
		for j := range pieces.Elements() {
			with := &common
			if len(l.said) == before {
				with = options
			}
			l.say(l.reasoningPiece(j, with))
		}
	}
	if len(l.said) == before {
		l.say(contracts.ReasoningContentPart{ProviderOptions: options.JSON(provider)})
	}
}

func (l *list) reasoningPiece(j contracts.JSON, common *shape.Options) contracts.ContentPart {
	var options shape.Options
	options.AddAll(common)
	p := &l.part
	p.Read(j)
	if kind, _ := p.Get("type").Text(); kind == "summary_text" {
		p.Take("type")
	}
	text, ok := p.Get("text").Text()
	if !ok {
		return shape.Verbatim(j)
	}
	p.Take("text")
	options.Rest(p)
	return contracts.ReasoningContentPart{Text: text, ProviderOptions: options.JSON(provider)}
}

// clientCall reads a call that the client is to run.
func (l *list) clientCall(o *shape.Object, name, kind string) {
	var options shape.Options
	part := contracts.ToolCallContentPart{ToolName: name, Input: input(o, kind)}
	part.ToolCallID = o.Text("call_id")
	if part.ToolCallID == "" {
		part.ToolCallID = o.Text("id")
	}
	if kind == "function_call" || kind == name {
		o.Take("type")
	}
	if where, _ := o.Get("environment").Member("type").Text(); strings.HasPrefix(where, "container") {
		part.Extra = llm.ProviderExecuted()
		if l.contained == nil {
			l.contained = make(map[string]bool)
		}
		l.contained[part.ToolCallID] = true
	}
	options.Rest(o)
	l.say(l.call(part, &options))
}

// hostedCall reads a call that the provider runs, with its result where the item
// holds one.
func (l *list) hostedCall(o *shape.Object, name, kind string) {
	part := contracts.ToolCallContentPart{ToolName: name, Extra: llm.ProviderExecuted()}
	part.ToolCallID = o.Text("id")
	if part.ToolCallID == "" {
		part.ToolCallID = o.Text("call_id")
	}
	var output contracts.ToolResultOutput
	part.Input, output = l.hosted(o, kind)
	if kind == name {
		o.Take("type")
	}
	var options shape.Options
	options.Rest(o)
	part = l.call(part, &options)
	if kind != "tool_search_call" {
		l.calls.Result(part.ToolCallID, "") // no item with it is to come
	}
	l.say(part)
	if output.Value != "" {
		l.say(contracts.ToolResultContentPart{
			ToolCallID: part.ToolCallID, ToolName: name, Output: output, Extra: llm.ProviderExecuted(),
		})
	}
}

// hosted takes what a tool of the provider's was called with, and its result
// where there is one.
func (l *list) hosted(o *shape.Object, kind string) (input contracts.JSON, output contracts.ToolResultOutput) {
	switch kind {
	case "web_search_call":
		var action shape.Object
		input = shape.Arguments(o.Take("action"))
		action.Read(input)
		output.Type, output.Value = contracts.OutputJSON, action.Take("sources")
		if output.Value != "" {
			input = shape.Arguments(action.RestJSON())
		} else {
			output.Value = o.Take("results")
		}
	case "file_search_call":
		input = gather(o, "queries")
		output.Type, output.Value = contracts.OutputJSON, o.Take("results")
	case "code_interpreter_call":
		input = gather(o, "code", "container_id")
		if outputs := shape.NotEmpty(o.Take("outputs")); outputs != "" {
			var parts []contracts.ContentPart
			for j := range outputs.Elements() {
				parts = append(parts, l.codeOutput(j))
			}
			output = shape.PartsOutput(parts)
		}
	case "image_generation_call":
		input = "{}"
		if shape.IsText(o.Get("result")) {
			f := file{data: o.Take("result"), mediaType: shape.MediaType(shape.Text(o.Get("output_format")))}
			if f.mediaType == "" {
				f.mediaType = wide["image_url"]
			}
			part, _ := f.read(&shape.Object{}, &shape.Options{})
			output = shape.PartsOutput([]contracts.ContentPart{part})
		}
	default:
		input = shape.Arguments(o.Take("arguments"))
		if j := o.Take("output"); j != "" {
			output = l.output(j)
		}
	}
	if failure := o.Take("error"); failure != "" {
		output = shape.Failed(l.output(failure))
	}
	return input, output
}

// input takes what a tool is called with.
func input(o *shape.Object, kind string) contracts.JSON {
	switch kind {
	case "custom_tool_call":
		if j := o.Take("input"); j != "" {
			return j // any text: never read as JSON
		}
		return `""`
	case "computer_call":
		if o.Get("action") == "" {
			return gather(o, "actions")
		}
		return o.Take("action")
	case "local_shell_call", "shell_call":
		return shape.Arguments(o.Take("action"))
	case "apply_patch_call":
		return shape.Arguments(o.Take("operation"))
	}
	return shape.Arguments(o.Take("arguments"))
}

// gather takes members and makes an object of them.
func gather(o *shape.Object, names ...string) contracts.JSON {
	var f shape.Fields
	for _, name := range names {
		f.Set(name, o.Take(name))
	}
	return contracts.JSON(append(f.Append([]byte{'{'}), '}'))
}

// codeOutput reads what a program printed or drew.
func (l *list) codeOutput(j contracts.JSON) contracts.ContentPart {
	p := &l.part
	p.Read(j)
	kind := p.Text("type")
	var options shape.Options
	switch {
	case kind == "logs" && shape.IsText(p.Get("logs")):
		text := p.Text("logs")
		options.Rest(p)
		return contracts.TextContentPart{Text: text, ProviderOptions: options.JSON(provider)}
	case kind == "image":
		f := file{url: p.Take("url"), mediaType: wide["image_url"]}
		if part, ok := f.read(p, &options); ok {
			return part
		}
	}
	return shape.Verbatim(j)
}

// result reads what a tool answered. It is a message of the tool's, or a part of
// the assistant's where the provider ran the tool.
func (l *list) result(o *shape.Object, kind string) {
	id := o.Text("call_id")
	if id == "" && kind == "local_shell_call_output" {
		id = o.Text("id") // which is the call's
	}
	given := o.Text("name")
	if given == "" && kind != "function_call_output" && kind != "custom_tool_call_output" {
		given = toolOf(kind)
	}
	var part contracts.ToolResultContentPart
	part.ToolCallID, part.ToolName = l.calls.Result(id, given)
	part.Output = l.itemOutput(o, kind)
	execution, _ := o.Get("execution").Text()
	byProvider := l.answer || l.contained[part.ToolCallID] || kind == "tool_search_output" && execution != "client"
	if kind == "function_call_output" {
		o.Take("type")
	}
	var options shape.Options
	options.Rest(o)
	part.ProviderOptions = options.JSON(provider)
	if byProvider {
		part.Extra = llm.ProviderExecuted()
		l.say(part)
		return
	}
	l.add(contracts.ToolMessage(part))
}

// itemOutput takes the output of such an item.
func (l *list) itemOutput(o *shape.Object, kind string) contracts.ToolResultOutput {
	switch kind {
	case "tool_search_output":
		return contracts.ToolResultOutput{Type: contracts.OutputJSON, Value: orNull(o.Take("tools"))}
	case "shell_call_output":
		return contracts.ToolResultOutput{Type: contracts.OutputJSON, Value: orNull(o.Take("output"))}
	case "custom_tool_call_output":
		if j := o.Get("output"); shape.IsText(j) {
			return contracts.ToolResultOutput{Type: contracts.OutputText, Value: o.Take("output")}
		}
	case "computer_call_output":
		if j := o.Get("output"); j.IsObject() {
			o.Take("output")
			if parts := l.parts(nil, j, &shape.Options{}); known(parts) {
				return shape.PartsOutput(parts)
			}
			return contracts.ToolResultOutput{Type: contracts.OutputJSON, Value: j}
		}
	case "apply_patch_call_output":
		if status, _ := o.Get("status").Text(); status == "failed" {
			return shape.Failed(l.output(o.Take("output")))
		}
	}
	return l.output(o.Take("output"))
}

func orNull(j contracts.JSON) contracts.JSON {
	if j == "" {
		return "null"
	}
	return j
}
