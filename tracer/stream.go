// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package tracer

import (
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/spect-tools/spect-go/contracts"
)

// Delta is a piece of a streamed answer.
type Delta struct {
	Reasoning string
	Text      string
	ToolCalls []ToolCallDelta
}

// ToolCallDelta is a piece of a tool call. Pieces of the same Index make one
// call: the id and name stand in its first piece, the inputs are joined.
type ToolCallDelta struct {
	Index int
	ID    string
	Name  string
	Input string
}

// AddDelta adds a piece of a streamed answer. The pieces make one assistant
// message of the span, also when the span ends, or is sent, before the answer
// is complete. The time from the span's start to the first piece that says
// something is recorded as metadata.timeToFirstTokenMs.
func (s *Span) AddDelta(d Delta) {
	s.change(func() { s.addDelta(d) })
}

func (s *Span) addDelta(d Delta) {
	if s.draft == nil {
		s.draft = &draft{}
	}
	s.draft.add(d)
	if !s.draft.timed && !s.draft.empty() {
		s.draft.timed = true
		s.addMetadata(contracts.MakeJSON(map[string]int64{"timeToFirstTokenMs": max(0, time.Since(s.record.StartTime).Milliseconds())}))
	}
}

// flushDraft makes a message of the pieces so far. Why it is not whole is
// recorded as metadata.partial.
func (s *Span) flushDraft(partial string) {
	if s.draft.empty() {
		return
	}
	s.addMessages([]contracts.ConversationMessage{s.draft.message()})
	s.draft = &draft{timed: true}
	if partial != "" {
		s.addMetadata(contracts.MakeJSON(map[string]string{"partial": partial}))
	}
}

// Stream traces a streamed answer while the caller ranges over it: what delta
// reads off each item is added to the span, and the span ends when the
// iteration does. An error that seq yields is recorded, and what had arrived
// is kept; so it is when the caller breaks off, or panics. The items pass
// through unchanged. A stream that nobody ranges over leaves the span open.
//
// delta must be quick: it runs between the items. It may be nil, to record the
// times only.
func Stream[T any](span *Span, seq iter.Seq2[T, error], delta func(T) Delta) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		done := false
		defer func() {
			if r := recover(); r != nil {
				span.finishStream("the reader of the stream panicked")
				span.setPanic(r)
				span.End()
				panic(r)
			}
			if !done {
				span.finishStream("the stream was not read to its end")
			}
			span.End()
		}()
		for item, err := range seq {
			if err != nil {
				span.finishStream("the stream broke off")
				span.SetError(err)
			} else if delta != nil && span.IsRecording() {
				span.AddDelta(readDelta(delta, item))
			}
			if !yield(item, err) {
				return
			}
		}
		done = true
	}
}

// readDelta guards the stream against the caller's delta function.
func readDelta[T any](delta func(T) Delta, item T) (d Delta) {
	defer func() { _ = recover() }()
	return delta(item)
}

func (s *Span) finishStream(partial string) {
	s.change(func() { s.flushDraft(partial) })
}

// draft is an assistant message under way.
type draft struct {
	reasoning strings.Builder
	text      strings.Builder
	calls     []toolCallDraft
	places    map[int]int // of the calls by their index, once there are many
	timed     bool
}

type toolCallDraft struct {
	index    int
	id, name string
	input    []byte
}

func (d *draft) add(delta Delta) {
	d.reasoning.WriteString(delta.Reasoning)
	d.text.WriteString(delta.Text)
	for _, piece := range delta.ToolCalls {
		call := d.call(piece.Index)
		if piece.ID != "" {
			call.id = piece.ID
		}
		if piece.Name != "" {
			call.name = piece.Name
		}
		call.input = append(call.input, piece.Input...)
	}
}

// call is the call of that index, which may be a new one. An answer has few, which
// are looked through.
func (d *draft) call(index int) *toolCallDraft {
	const few = 16
	i, ok := d.places[index]
	if d.places == nil {
		i = slices.IndexFunc(d.calls, func(c toolCallDraft) bool { return c.index == index })
		ok = i >= 0
	}
	if !ok {
		i = len(d.calls)
		d.calls = append(d.calls, toolCallDraft{index: index})
		switch {
		case d.places != nil:
			d.places[index] = i
		case len(d.calls) > few:
			d.places = make(map[int]int, 2*few)
			for i := range d.calls {
				d.places[d.calls[i].index] = i
			}
		}
	}
	return &d.calls[i]
}

func (d *draft) empty() bool {
	return d == nil || d.reasoning.Len() == 0 && d.text.Len() == 0 && len(d.calls) == 0
}

// message makes an assistant's message: reasoning, text, tool calls.
func (d *draft) message() contracts.ConversationMessage {
	var parts []contracts.ContentPart
	if d.reasoning.Len() > 0 {
		parts = append(parts, contracts.ReasoningContentPart{Text: d.reasoning.String()})
	}
	if d.text.Len() > 0 {
		parts = append(parts, contracts.TextContentPart{Text: d.text.String()})
	}
	for i := range d.calls {
		call := &d.calls[i]
		input := contracts.JSON(call.input)
		if input == "" {
			input = "{}"
		}
		parts = append(parts, contracts.ToolCall{ID: call.id, Name: call.name, Input: input}.Part())
	}
	return contracts.Assistant(parts...)
}
