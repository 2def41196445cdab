// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package openai

import (
	"strings"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/shape"
	"github.com/spect-tools/spect-go/convert/llm"
	"github.com/spect-tools/spect-go/internal/jsonscan"
)

// ResponsesStream folds the events of a streamed response. What the last event
// says of the whole response is taken as it is; until it comes, or where it does
// not, the output is made of the events before. The zero ResponsesStream is ready
// to use; it is not for several goroutines at once.
type ResponsesStream struct {
	// response is the response as the last event that has it gives it; ended says
	// that it is the end.
	response contracts.JSON
	ended    bool
	failure  *contracts.NormalizedError
	items    numbered[streamedItem]
	event    shape.Object
}

var _ llm.Stream = (*ResponsesStream)(nil)

// Add takes one event: the JSON of its data.
func (s *ResponsesStream) Add(event contracts.JSON) {
	o := &s.event
	o.Read(shape.Sound(event))
	kind, _ := o.Get("type").Text()
	if kind == "error" {
		if err := readError(o); err != nil {
			s.failure = err
		}
		return
	}
	what, ok := strings.CutPrefix(kind, "response.")
	if !ok {
		return
	}
	if response := o.Get("response"); response.IsObject() {
		s.response = response
		switch what {
		case "completed", "incomplete", "failed", "cancelled", "done":
			s.ended = true
		}
		return
	}
	if dot := strings.LastIndexByte(what, '.'); dot >= 0 {
		of := what[:dot]
		if _, ok := itemEvents[of]; ok {
			s.items.get(numberOf(o.Get("output_index"))).add(of, what[dot+1:], o)
		}
	}
}

// Response is the response as far as it has come.
func (s *ResponsesStream) Response() llm.Response {
	body := s.response
	if body == "" {
		body = "{}"
	}
	if len(s.items.all) > 0 && !(s.ended && hasElements(body.Member("output"))) {
		output := append(s.items.append([]byte{'{'}, "output", (*streamedItem).append), '}')
		body = contracts.JSON(jsonscan.AppendMerged(nil, string(body), string(output)))
	}
	out := response(body)
	switch held := out.Error; {
	case s.failure == nil:
	case held == nil || !body.Member("error").IsObject():
		failure := *s.failure
		out.Error = &failure
	case held.Type == "" && held.Message == s.failure.Message:
		held.Type = s.failure.Type // which only the event has
	}
	return out
}

func hasElements(j contracts.JSON) bool {
	for range j.Elements() {
		return true
	}
	return false
}

// streamedItem is an item of the output so far.
type streamedItem struct {
	// item is as output_item.added gives it, or whole, as output_item.done does.
	item contracts.JSON
	done bool
	// kind and id are of an item whose beginning was missed.
	kind string
	id   contracts.JSON
	// These grow: what a call is called with, and texts.
	input            text
	inputName        string
	content, summary numbered[streamedPart]
	commands         numbered[text]
}

// streamedPart is a part of an item so far.
type streamedPart struct {
	part contracts.JSON
	done bool
	// kind is of a part whose beginning was missed.
	kind string
	// name is of the member that the text is.
	name                  string
	text                  text
	annotations, logprobs shape.List
}

// itemEvents are the events of an item, but for their last word: the types of the
// item and of the part that they are of, and the member that grows by them.
var itemEvents = map[string]struct{ item, part, member string }{
	"output_item":                {},
	"content_part":               {"message", "output_text", "text"},
	"output_text":                {"message", "output_text", "text"},
	"output_text.annotation":     {"message", "output_text", "text"},
	"refusal":                    {"message", "refusal", "refusal"},
	"reasoning_text":             {"reasoning", "reasoning_text", "text"},
	"reasoning_summary_part":     {"reasoning", "summary_text", "text"},
	"reasoning_summary_text":     {"reasoning", "summary_text", "text"},
	"function_call_arguments":    {"function_call", "", "arguments"},
	"mcp_call_arguments":         {"mcp_call", "", "arguments"},
	"custom_tool_call_input":     {"custom_tool_call", "", "input"},
	"code_interpreter_call_code": {"code_interpreter_call", "", "code"},
	"shell_call_command":         {"shell_call", "", "command"},
}

// add takes an event of the item: of is what it is of, what happened to that.
func (i *streamedItem) add(of, what string, o *shape.Object) {
	if i.done {
		return
	}
	about := itemEvents[of]
	i.kind = about.item
	if i.id == "" {
		i.id = o.Get("item_id")
	}
	switch {
	case of == "output_item":
		if item := o.Get("item"); item.IsObject() {
			i.item, i.done = item, what == "done"
		}
	case of == "shell_call_command":
		i.commands.get(numberOf(o.Get("command_index"))).grow(what, o, about.member)
	case about.part == "":
		i.inputName = about.member
		i.input.grow(what, o, about.member)
	default:
		p := i.part(about.part == "summary_text", o)
		if p.kind == "" || of == "refusal" || of == "reasoning_text" {
			p.kind, p.name = about.part, about.member
		}
		p.add(of, what, o)
	}
}

// add takes an event of the part.
func (p *streamedPart) add(of, what string, o *shape.Object) {
	switch of {
	case "content_part", "reasoning_summary_part":
		if part := o.Get("part"); part.IsObject() {
			p.part, p.done = part, what == "done"
		}
	case "output_text.annotation":
		if annotation := o.Get("annotation"); annotation != "" {
			p.annotations.Add(annotation)
		}
	default:
		p.text.grow(what, o, p.name)
		if what != "delta" {
			p.logprobs = nil // all of them come again
		}
		p.logprobs.AddAll(o.Get("logprobs"))
	}
}

// part is the part of the item that an event is of.
func (i *streamedItem) part(summary bool, o *shape.Object) *streamedPart {
	if summary {
		return i.summary.get(numberOf(o.Get("summary_index")))
	}
	return i.content.get(numberOf(o.Get("content_index")))
}

// grow takes a piece of the text, or all of it where that is known.
func (t *text) grow(what string, o *shape.Object, member string) {
	if what == "delta" {
		t.add(o.Get("delta"))
	} else if whole := o.Get(member); shape.IsText(whole) {
		*t = (*t)[:0]
		t.add(whole)
	}
}

func (i *streamedItem) append(dst []byte) []byte {
	if i.done {
		return append(dst, i.item...)
	}
	start := i.item
	if start == "" {
		var m fields
		m.set("type", contracts.QuoteJSON(i.kind))
		m.set("id", i.id)
		start = contracts.JSON(append(m.Append([]byte{'{'}), '}'))
	}
	grown := i.input.append([]byte{'{'}, i.inputName)
	grown = i.content.append(grown, "content", (*streamedPart).append)
	grown = i.summary.append(grown, "summary", (*streamedPart).append)
	if len(i.commands.all) > 0 {
		action := i.commands.append([]byte{'{'}, "commands", func(t *text, dst []byte) []byte {
			return jsonscan.AppendString(dst, string(*t))
		})
		grown = append(append(shape.AppendName(grown, "action"), action...), '}')
	}
	return jsonscan.AppendMerged(dst, string(start), string(append(grown, '}')))
}

func (p *streamedPart) append(dst []byte) []byte {
	if p.done {
		return append(dst, p.part...)
	}
	start := p.part
	if start == "" {
		start = contracts.JSON(`{"type":"` + p.kind + `","` + p.name + `":""}`)
	}
	grown := p.text.append([]byte{'{'}, p.name)
	grown = p.annotations.Append(grown, "annotations")
	grown = p.logprobs.Append(grown, "logprobs")
	return jsonscan.AppendMerged(dst, string(start), string(append(grown, '}')))
}
