// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package openai

import (
	"strings"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/shape"
)

// assistant reads an assistant's message: what it thought, said, and wants to
// call, in this order. said is what it said where the message does not hold
// it; text are the options of that text, options those of the message. ok is
// false where the message holds nothing.
func (r *reader) assistant(o *shape.Object, said contracts.JSON, text, options *shape.Options) (m contracts.ConversationMessage, ok bool) {
	parts := r.reasoning(nil, o)
	if own := o.Take("content"); own != "" {
		said = own
	}
	text.Add("annotations", shape.NotEmpty(o.Take("annotations")))
	isSaid := false
	if s, isText := said.Text(); !isText {
		parts = r.parts(parts, said, &shape.Options{})
	} else if s != "" {
		isSaid = true
		parts = append(parts, contracts.TextContentPart{Text: s, ProviderOptions: text.JSON(provider)})
	}
	if s, isText := o.Get("refusal").Text(); isText && o.Text("refusal") != "" {
		var own shape.Options
		own.Add("refusal", "true")
		if !isSaid {
			own.AddAll(text)
		}
		isSaid = true
		parts = append(parts, contracts.TextContentPart{Text: s, ProviderOptions: own.JSON(provider)})
	}
	if !isSaid {
		options.AddAll(text)
	}
	parts = r.audio(parts, o)
	parts = r.toolCalls(parts, o)
	m = contracts.ConversationMessage{Role: contracts.RoleAssistant, Content: content(parts)}
	finish(&m, o, options)
	return m, len(parts) > 0
}

// reasoning appends what the model thought. OpenAI's own API does not tell;
// those that are compatible have it as a text, as a list of details, or both:
// then the text is the sum of the details.
func (r *reader) reasoning(dst []contracts.ContentPart, o *shape.Object) []contracts.ContentPart {
	details, sum := r.reasoningDetails(o)
	for _, name := range [...]string{"reasoning_content", "reasoning"} {
		text, ok := o.Get(name).Text()
		switch {
		case !ok:
		case text == "" || text == sum:
			o.Take(name)
		case sum == "":
			o.Take(name)
			dst = append(dst, contracts.ReasoningContentPart{Text: text})
			sum = text
		}
	}
	return append(dst, details...)
}

func (r *reader) reasoningDetails(o *shape.Object) (parts []contracts.ContentPart, sum string) {
	list := o.Get("reasoning_details")
	if !list.IsArray() {
		return nil, ""
	}
	var b strings.Builder
	for e := range list.Elements() {
		if !e.IsObject() {
			return nil, ""
		}
		d := &r.part
		d.Read(e)
		text := d.Text("text")
		if text == "" {
			text = d.Text("summary")
		}
		b.WriteString(text)
		var options shape.Options
		options.Rest(d)
		parts = append(parts, contracts.ReasoningContentPart{Text: text, ProviderOptions: options.JSON(provider)})
	}
	o.Take("reasoning_details")
	return parts, b.String()
}

// audio appends what was spoken: a file, and the text of it. In a history only
// the id stands for it.
func (r *reader) audio(dst []contracts.ContentPart, o *shape.Object) []contracts.ContentPart {
	spoken := o.Get("audio")
	if !spoken.IsObject() {
		return dst
	}
	if isBlank(spoken) {
		o.Take("audio")
		return dst
	}
	a := &r.part
	a.Read(spoken)
	transcript := a.Text("transcript")
	f := file{data: a.Take("data"), mediaType: wide["audio_url"]}
	if f.data == "" {
		f.id = a.Get("id")
	}
	part, ok := f.read(a, &shape.Options{})
	if !ok && transcript == "" {
		return dst
	}
	o.Take("audio")
	if ok {
		dst = append(dst, part)
	}
	if transcript != "" {
		dst = append(dst, contracts.TextContentPart{Text: transcript})
	}
	return dst
}

// toolCalls appends the calls, and the one call of the time before there could be
// several.
func (r *reader) toolCalls(dst []contracts.ContentPart, o *shape.Object) []contracts.ContentPart {
	if calls := o.Get("tool_calls"); calls.IsArray() || calls.IsObject() {
		for j := range each(o.Take("tool_calls")) {
			dst = append(dst, r.toolCall(j))
		}
	}
	if call := o.Get("function_call"); call.IsObject() {
		if o.Take("function_call"); !isBlank(call) {
			dst = append(dst, r.toolCall(call))
		}
	}
	return dst
}

// isBlank reports whether an object says nothing: none of its members does. OpenAI's
// SDK for Go writes such for all that an answer does not have.
func isBlank(j contracts.JSON) bool {
	for _, v := range j.Members() {
		switch shape.NotEmpty(v) {
		case "", `""`, "0", "false", "null":
		default:
			return false
		}
	}
	return j.IsObject() && !shape.IsEmpty(j)
}

// toolCall reads a call: of a function, or of a tool that takes any text.
func (r *reader) toolCall(j contracts.JSON) contracts.ContentPart {
	o, called := &r.part, &r.inner
	o.Read(j)
	var options shape.Options
	kind := o.Text("type")
	o.Take("index")
	of := o.Get("function")
	if of == "" || isBlank(of) {
		of = o.Get(kind)
	}
	if of.IsObject() {
		called.Read(of)
		o.Take("function")
		o.Take(kind)
		if isBlank(o.Get("custom")) {
			o.Take("custom")
		}
	} else {
		called = o
	}
	var part contracts.ToolCallContentPart
	part.ToolName = called.Text("name")
	if input := called.Get("input"); kind == "custom" && shape.IsText(input) {
		part.Input = called.Take("input")
	} else {
		part.Input = shape.Arguments(called.Take("arguments"))
	}
	part.ToolCallID = o.Text("id")
	if part.ToolName == "" && part.ToolCallID == "" {
		return shape.Verbatim(j)
	}
	if kind != "function" {
		options.Text("type", kind)
	}
	if called != o {
		options.Rest(called)
	}
	options.Rest(o)
	return r.call(part, &options)
}

// call finishes a part: a call without an id gets one. Its result is to come.
func (r *reader) call(part contracts.ToolCallContentPart, options *shape.Options) contracts.ToolCallContentPart {
	if part.ToolCallID == "" {
		part.ToolCallID = shape.CallID(part.ToolName, part.Input)
	}
	part.ProviderOptions = options.JSON(provider)
	r.calls.Add(part.ToolCallID, part.ToolName)
	return part
}
