// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package openai

import (
	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/shape"
	"github.com/spect-tools/spect-go/convert/llm"
)

// ChatRequest reads the body of a request for a chat completion or a text
// completion, whose prompts are messages of the user's.
func ChatRequest(body contracts.JSON) llm.Request {
	var o shape.Object
	o.Read(shape.Sound(body))
	out := llm.Request{Model: o.Text("model"), Stream: stream(&o)}
	var r reader
	if messages := o.Get("messages"); messages.IsArray() || messages.IsObject() {
		out.Messages = r.chat(o.Take("messages"))
	} else if prompt := o.Get("prompt"); prompt.IsArray() || shape.IsText(prompt) {
		out.Messages = r.prompts(o.Take("prompt"))
	}
	out.Tools = tools(&o)
	out.Settings = o.Rest()
	return out
}

// stream takes whether the answer was asked for as a stream.
func stream(o *shape.Object) bool {
	if j := o.Get("stream"); j != "true" && j != "false" {
		return false
	}
	return o.Take("stream") == "true"
}

// tools takes the tools that a request offers; functions are what they were
// before there were other tools.
func tools(o *shape.Object) contracts.JSON {
	for _, name := range [...]string{"tools", "functions"} {
		if list := o.Get(name); list.IsArray() {
			o.Take(name)
			if !shape.IsEmpty(list) {
				return list
			}
		}
	}
	return ""
}

// prompts reads what a text completion goes on from: a text, several, or tokens.
func (r *reader) prompts(j contracts.JSON) (out []contracts.ConversationMessage) {
	if text, ok := j.Text(); ok {
		return append(out, contracts.UserText(text))
	}
	for e := range j.Elements() {
		text, ok := e.Text()
		if !ok && !e.IsArray() {
			// The tokens of one prompt.
			return append(out[:0], contracts.User(shape.Verbatim(j)))
		}
		if ok {
			out = append(out, contracts.UserText(text))
		} else {
			out = append(out, contracts.User(shape.Verbatim(e)))
		}
	}
	return out
}

// ChatResponse reads an answer to such a request, given in one piece, or the
// body of an error.
func ChatResponse(body contracts.JSON) llm.Response { return chatResponse(shape.Sound(body)) }

// chatResponse is ChatResponse for text that is sound.
func chatResponse(body contracts.JSON) llm.Response {
	var o shape.Object
	o.Read(body)
	out := llm.Response{ID: o.Text("id"), Model: o.Text("model")}
	var r reader
	for choice := range o.Take("choices").Elements() {
		r.choice(&out, choice)
	}
	out.Usage = usage(o.Take("usage"))
	if u := usage(o.Get("x_groq").Member("usage")); u.Known() && !out.Usage.Known() {
		out.Usage = u
	}
	if err := readError(&o); err != nil {
		out.Error = err
	}
	o.Take("object")
	out.Metadata = metadata(&o)
	return out
}

// choice reads one of the answers.
func (r *reader) choice(out *llm.Response, j contracts.JSON) {
	var o shape.Object
	o.Read(j)
	o.Take("index")
	if reason := o.Text("finish_reason"); reason != "" {
		out.FinishReasons = append(out.FinishReasons, reason)
	}
	if out.Error == nil {
		out.Error = readError(&o)
	}
	var text shape.Options
	text.Add("logprobs", o.Take("logprobs"))
	message := o.Take("message")
	if message == "" {
		message = o.Take("delta")
	}
	m := &r.message
	m.Read(message)
	m.Take("role")
	completion := o.Take("text")
	var options shape.Options
	options.Rest(&o)
	if said, ok := r.assistant(m, completion, &text, &options); ok {
		out.Messages = append(out.Messages, said)
	}
}

// metadata is the rest of an answer, but for what is empty: an answer names
// every member that the API knows.
func metadata(o *shape.Object) (out contracts.Members) {
	for _, m := range o.Rest() {
		if !shape.IsEmpty(m.Value) && m.Value != `""` {
			out = append(out, m)
		}
	}
	return out
}
