// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package openai

import (
	"slices"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/shape"
	"github.com/spect-tools/spect-go/convert/llm"
)

// ChatStream folds the chunks of a streamed chat completion or text completion
// to the answer that would have come in one piece. The zero ChatStream is ready
// to use; it is not for several goroutines at once.
type ChatStream struct {
	// head are the members of the answer, as the last chunk that has them gave
	// them: id, model, usage, ...
	head    fields
	choices numbered[chatChoice]
	object  shape.Object
}

var _ llm.Stream = (*ChatStream)(nil)

// Add takes one chunk. The mark at the end, [DONE], is none.
func (s *ChatStream) Add(event contracts.JSON) {
	for name, v := range shape.Sound(event).Members() {
		switch name {
		case "choices":
			for choice := range v.Elements() {
				s.choice(choice)
			}
		case "obfuscation":
		default:
			s.head.set(name, v)
		}
	}
}

// Response is the answer as far as it has come.
func (s *ChatStream) Response() llm.Response {
	b := s.head.Append([]byte{'{'})
	b = s.choices.append(b, "choices", (*chatChoice).append)
	return chatResponse(contracts.JSON(append(b, '}')))
}

func (s *ChatStream) choice(j contracts.JSON) {
	o := &s.object
	o.Read(j)
	c := s.choices.get(numberOf(o.Take("index")))
	c.completion.add(o.Take("text"))
	for name, v := range o.Take("logprobs").Members() {
		c.logprobs.addAll(name, v)
	}
	delta := o.Take("delta")
	if delta == "" {
		delta = o.Take("message") // not a stream after all
	}
	for _, m := range o.Rest() {
		c.members.set(m.Name, m.Value)
	}
	c.delta(delta)
}

// chatChoice is one of the answers so far.
type chatChoice struct {
	members    fields // but for those below
	completion text
	logprobs   arrays

	message          fields // but for those below
	content          text
	parts            shape.List // of content that is no text
	refusal          text
	reasoning        text
	reasoningContent text
	details          []chatDetail
	annotations      shape.List
	audio            chatAudio
	calls            numbered[chatCall]
	function         chatCall
}

type chatAudio struct {
	members          fields
	data, transcript text
}

func (c *chatChoice) delta(j contracts.JSON) {
	for name, v := range j.Members() {
		switch name {
		case "role":
		case "content":
			c.contentDelta(v)
		case "refusal":
			c.grow(&c.refusal, name, v)
		case "reasoning":
			c.grow(&c.reasoning, name, v)
		case "reasoning_content":
			c.grow(&c.reasoningContent, name, v)
		case "reasoning_details":
			for e := range v.Elements() {
				c.detail(e)
			}
		case "annotations":
			c.annotations.AddAll(v)
		case "audio":
			for name, v := range v.Members() {
				switch name {
				case "data":
					c.audio.data.add(v)
				case "transcript":
					c.audio.transcript.add(v)
				default:
					c.audio.members.set(name, v)
				}
			}
		case "tool_calls":
			for e := range each(v) {
				c.call(e)
			}
		case "function_call":
			c.function.of(v)
		default:
			c.message.set(name, v)
		}
	}
}

// grow takes a piece of a text, and a member of the message that is none.
func (c *chatChoice) grow(t *text, name string, piece contracts.JSON) {
	if !t.add(piece) {
		c.message.set(name, piece)
	}
}

// contentDelta takes a piece of text, or Mistral's list of parts: text and
// thinking grow, others come whole.
func (c *chatChoice) contentDelta(j contracts.JSON) {
	if !j.IsArray() {
		c.grow(&c.content, "content", j)
		return
	}
	for e := range j.Elements() {
		switch kind, _ := e.Member("type").Text(); kind {
		case "text":
			c.content.add(e.Member("text"))
		case "thinking":
			for piece := range each(e.Member("thinking")) {
				if piece.IsObject() {
					piece = piece.Member("text")
				}
				c.reasoningContent.add(piece)
			}
		default:
			c.parts.Add(e)
		}
	}
}

// chatDetail is a detail of reasoning so far.
type chatDetail struct {
	kind, index   contracts.JSON
	members       fields // but for those below
	text, summary text
}

// detail takes a piece of a detail: it goes on with the last one where type and
// index are the same, and is one of its own where it is encrypted.
func (c *chatChoice) detail(j contracts.JSON) {
	kind, index := j.Member("type"), j.Member("index")
	n := len(c.details)
	if n == 0 || c.details[n-1].kind != kind || c.details[n-1].index != index || j.Member("data") != "" {
		c.details = append(c.details, chatDetail{kind: kind, index: index})
		n++
	}
	d := &c.details[n-1]
	for name, v := range j.Members() {
		switch name {
		case "text":
			d.text.add(v)
		case "summary":
			d.summary.add(v)
		default:
			d.members.set(name, v)
		}
	}
}

// call takes a piece of a call. Pieces of one call have the same index; the first
// has its id and name. Some APIs give every call the index 0, and whole: a piece
// with another id and a name begins another call.
func (c *chatChoice) call(j contracts.JSON) {
	id, _ := j.Member("id").Text()
	index := j.Member("index")
	number := numberOf(index)
	if index == "" && id == "" && len(c.calls.all) > 0 {
		number = c.calls.all[len(c.calls.all)-1].number
	}
	call := c.calls.get(number)
	if call.id != "" && id != "" && call.id != id && len(call.name) > 0 && nameOf(j) != "" {
		call = c.calls.add(number)
	}
	if call.id == "" {
		call.id = id
	}
	call.delta(j)
}

func nameOf(call contracts.JSON) string {
	for _, of := range [...]string{"function", "custom"} {
		if name, ok := call.Member(of).Member("name").Text(); ok {
			return name
		}
	}
	return ""
}

// chatCall is a call so far: of a function, or of a custom tool.
type chatCall struct {
	id        string
	members   fields // but for those below
	custom    bool
	given     bool
	name      text
	arguments text           // or the input of a custom tool
	object    contracts.JSON // arguments that are no text
}

// delta takes a piece of the call.
func (c *chatCall) delta(j contracts.JSON) {
	for name, v := range j.Members() {
		switch name {
		case "id", "index":
		case "function", "custom":
			c.custom = name == "custom"
			c.of(v)
		default:
			c.members.set(name, v)
		}
	}
}

// of takes a piece of the function that the call is for. A name comes whole or in
// pieces, before the arguments; APIs that repeat it do so whole.
func (c *chatCall) of(j contracts.JSON) {
	for name, v := range j.Members() {
		c.given = true
		switch name {
		case "name":
			if piece, _ := v.Text(); piece != string(c.name) && len(c.arguments) == 0 {
				c.name = append(c.name, piece...)
			}
		case "arguments", "input":
			if !c.arguments.add(v) && v != "null" {
				c.object = v
			}
		default:
			c.members.set(name, v)
		}
	}
}

// appendOf appends the members of the function.
func (c *chatCall) appendOf(dst []byte) []byte {
	input := "arguments"
	if c.custom {
		input = "input"
	}
	dst = c.name.append(dst, "name")
	if c.object != "" {
		return append(shape.AppendName(dst, input), c.object...)
	}
	return c.arguments.append(dst, input)
}

func (c *chatCall) append(dst []byte) []byte {
	dst = text(c.id).append(append(dst, '{'), "id")
	dst = c.members.Append(dst)
	of := "function"
	if c.custom {
		of = "custom"
	}
	dst = append(shape.AppendName(dst, of), '{')
	dst = c.appendOf(dst)
	return append(dst, "}}"...)
}

func (d *chatDetail) append(dst []byte) []byte {
	dst = d.members.Append(append(dst, '{'))
	dst = d.text.append(dst, "text")
	dst = d.summary.append(dst, "summary")
	return append(dst, '}')
}

func (c *chatChoice) append(dst []byte) []byte {
	dst = c.members.Append(append(dst, '{'))
	dst = c.completion.append(dst, "text")
	dst = c.logprobs.append(dst, "logprobs")
	dst = append(shape.AppendName(dst, "message"), '{')
	dst = c.message.Append(dst)
	dst = c.appendContent(dst)
	dst = c.refusal.append(dst, "refusal")
	dst = c.reasoning.append(dst, "reasoning")
	dst = c.reasoningContent.append(dst, "reasoning_content")
	if len(c.details) > 0 {
		var list shape.List
		for i := range c.details {
			list.Add(contracts.JSON(c.details[i].append(nil)))
		}
		dst = list.Append(dst, "reasoning_details")
	}
	dst = c.annotations.Append(dst, "annotations")
	if a := &c.audio; !a.members.Empty() || len(a.data) > 0 || len(a.transcript) > 0 {
		dst = append(shape.AppendName(dst, "audio"), '{')
		dst = a.members.Append(dst)
		dst = a.data.append(dst, "data")
		dst = a.transcript.append(dst, "transcript")
		dst = append(dst, '}')
	}
	dst = c.calls.append(dst, "tool_calls", (*chatCall).append)
	if c.function.given {
		dst = append(shape.AppendName(dst, "function_call"), '{')
		dst = c.function.members.Append(dst)
		dst = c.function.appendOf(dst)
		dst = append(dst, '}')
	}
	return append(dst, "}}"...)
}

func (c *chatChoice) appendContent(dst []byte) []byte {
	if len(c.parts) == 0 {
		return c.content.append(dst, "content")
	}
	var list shape.List
	if len(c.content) > 0 {
		list.Add(contracts.JSON(append(c.content.append([]byte(`{"type":"text"`), "text"), '}')))
	}
	list.AddAll(contracts.JSON(append(slices.Clip(c.parts), ']')))
	return list.Append(dst, "content")
}
