// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package openai

import (
	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/shape"
	"github.com/spect-tools/spect-go/convert/llm"
)

// ResponsesRequest reads the body of a request for a response. What an earlier
// response holds, by previous_response_id or conversation, is not in it.
func ResponsesRequest(body contracts.JSON) llm.Request {
	var o shape.Object
	o.Read(shape.Sound(body))
	out := llm.Request{Model: o.Text("model"), Stream: stream(&o)}
	var l list
	if instructions := o.Get("instructions"); instructions.IsArray() {
		l.read(o.Take("instructions"))
	} else if text := o.Text("instructions"); text != "" {
		out.Messages = append(out.Messages, contracts.SystemText(text))
	}
	if input := o.Get("input"); shape.IsText(input) || input.IsArray() || input.IsObject() {
		l.read(o.Take("input"))
	}
	out.Messages = append(out.Messages, l.messages()...)
	out.Tools = tools(&o)
	if conversation := o.Get("conversation"); conversation.IsObject() {
		out.ConversationID, _ = conversation.Member("id").Text()
	} else {
		out.ConversationID = o.Text("conversation")
	}
	out.Settings = o.Rest()
	return out
}

// ResponsesResponse reads a response given in one piece, or the body of an error.
// Its output is one message, in whatever order the model thought, spoke and
// called tools.
func ResponsesResponse(body contracts.JSON) llm.Response { return response(shape.Sound(body)) }

// response is ResponsesResponse for text that is sound.
func response(body contracts.JSON) llm.Response {
	var o shape.Object
	o.Read(body)
	out := llm.Response{ID: o.Text("id"), Model: o.Text("model")}
	l := list{answer: true}
	if output := o.Get("output"); output.IsArray() {
		l.read(o.Take("output"))
	}
	out.Messages = l.messages()
	out.Usage = usage(o.Take("usage"))
	out.Error = readError(&o)
	status, _ := o.Get("status").Text()
	switch status {
	case "completed", "failed", "cancelled":
		out.FinishReasons = []string{o.Text("status")}
	case "incomplete":
		out.FinishReasons = []string{o.Text("status")}
		if reason, _ := o.Get("incomplete_details").Member("reason").Text(); reason != "" {
			out.FinishReasons[0] = reason
		}
	}
	if status == "failed" && out.Error == nil {
		out.Error = &contracts.NormalizedError{Message: "the response failed", Type: status}
	}
	// What the request says too, and is large.
	for _, name := range [...]string{"object", "instructions", "input", "tools", "output_text"} {
		o.Take(name)
	}
	out.Metadata = metadata(&o)
	return out
}
