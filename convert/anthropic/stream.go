// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package anthropic

import (
	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/shape"
	"github.com/spect-tools/spect-go/convert/llm"
)

// Stream puts the message of a streamed answer together. The zero Stream is
// ready. It implements [llm.Stream].
type Stream struct {
	fields, usage shape.Fields
	blocks        shape.Numbered[block]
	o             shape.Object // of the event at hand
}

// block is a block as it grows.
type block struct {
	fields shape.Fields
	pieces []pieces
	at     map[string]int // where the pieces of a member are
	// citations come one by one.
	citations shape.List
}

// pieces are a member of a block that comes in pieces of text.
type pieces struct {
	name string
	text []byte
}

// Add implements [llm.Stream].
func (s *Stream) Add(event contracts.JSON) {
	if !event.Valid() {
		return
	}
	o := &s.o
	o.Read(event)
	kind, _ := o.Take("type").Text()
	index := shape.Number(o.Take("index"))
	switch kind {
	case "message_start":
		o.Read(o.Get("message"))
		fallthrough
	case "message":
		s.usage.SetAll(o.Take("usage"))
		s.fields.SetRest(o)
	case "content_block_start":
		o.Read(o.Get("content_block"))
		b := s.blocks.Get(index)
		b.citations.AddAll(o.Take("citations"))
		b.fields.SetRest(o)
	case "content_block_delta":
		s.blocks.Get(index).delta(o.Get("delta"))
	case "message_delta":
		s.usage.SetAll(o.Take("usage")) // of all so far
		s.fields.SetAll(o.Take("delta"))
		s.fields.SetRest(o)
	case "message_stop", "error":
		s.fields.SetRest(o)
	}
}

// delta adds to a block. Each kind of delta has its pieces of text under the
// name that they have in the block, but for the input of a tool.
func (b *block) delta(delta contracts.JSON) {
	for name, value := range delta.Members() {
		switch name {
		case "type":
			if b.fields.Get("type") == "" {
				b.fields.Set("type", blockOf(value))
			}
		case "partial_json":
			b.add("input", value, false)
		case "citation":
			b.citations.Add(value)
		default:
			b.add(name, value, true)
		}
	}
}

// blockOf is the type of the block that a delta is of, where nobody saw it begin.
func blockOf(delta contracts.JSON) contracts.JSON {
	switch shape.Text(delta) {
	case "text_delta", "citations_delta":
		return `"text"`
	case "thinking_delta", "signature_delta":
		return `"thinking"`
	case "input_json_delta":
		return `"tool_use"`
	}
	return ""
}

// add adds a piece to a member, which goes on from what the block began with where
// that is so.
func (b *block) add(name string, piece contracts.JSON, goesOn bool) {
	text, ok := piece.Text()
	if !ok {
		return
	}
	i, known := b.at[name]
	if !known {
		begun := ""
		if goesOn {
			begun, _ = b.fields.Get(name).Text()
		}
		if b.at == nil {
			b.at = make(map[string]int)
		}
		i = len(b.pieces)
		b.at[name], b.pieces = i, append(b.pieces, pieces{name, []byte(begun)})
	}
	b.pieces[i].text = append(b.pieces[i].text, text...)
}

// json is the block as it would have come in one piece.
func (b *block) json() contracts.JSON {
	for _, p := range b.pieces {
		if len(p.text) > 0 {
			b.fields.Set(p.name, contracts.QuoteJSON(string(p.text)))
		}
	}
	j := b.fields.Append([]byte{'{'})
	if len(b.citations) > 0 {
		j = b.citations.Append(j, "citations")
	}
	return contracts.JSON(append(j, '}'))
}

// Response implements [llm.Stream]. It takes time linear in what has come.
func (s *Stream) Response() llm.Response {
	if !s.blocks.Empty() {
		var content shape.List
		for b := range s.blocks.All() {
			content.Add(b.json())
		}
		s.fields.Set("content", contracts.JSON(content)+"]")
	}
	body := s.fields.Append([]byte{'{'})
	body = s.usage.Append(append(shape.AppendName(body, "usage"), '{'))
	return Response(contracts.JSON(append(body, "}}"...)))
}
