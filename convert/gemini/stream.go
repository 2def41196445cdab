// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package gemini

import (
	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/shape"
	"github.com/spect-tools/spect-go/convert/llm"
	"github.com/spect-tools/spect-go/internal/jsonscan"
)

// Stream puts the answer together that a stream brings in chunks. The zero
// Stream is ready. It implements [llm.Stream].
type Stream struct {
	fields, usage shape.Fields
	candidates    shape.Numbered[candidate]
	// interaction is the stream where it is one of the Interactions API.
	interaction *interaction
}

// Add implements [llm.Stream].
func (s *Stream) Add(chunk contracts.JSON) {
	if !chunk.Valid() {
		return
	}
	var o shape.Object
	o.ReadCamel(chunk)
	if kind := o.Text("eventType"); kind != "" {
		if s.interaction == nil {
			s.interaction = new(interaction)
		}
		s.interaction.add(kind, &o)
		return
	}
	position := int64(0)
	for c := range o.Take("candidates").Elements() {
		s.candidate(c, position)
		position++
	}
	s.usage.SetAll(o.Take("usageMetadata"))
	s.fields.SetRest(&o)
}

// candidate adds what a chunk has of a candidate, which is known by its index or
// else by its position.
func (s *Stream) candidate(j contracts.JSON, position int64) {
	var o shape.Object
	o.ReadCamel(j)
	index, ok := jsonscan.Int64(string(o.Take("index")))
	if !ok {
		index = position
	}
	s.candidates.Get(index).add(&o)
}

// Response implements [llm.Stream]. It takes time linear in what has come.
func (s *Stream) Response() llm.Response {
	if s.interaction != nil {
		return Response(s.interaction.json())
	}
	b := s.fields.Append([]byte{'{'})
	var list shape.List
	for c := range s.candidates.All() {
		list.Add(c.json())
	}
	b = list.Append(b, "candidates")
	if !s.usage.Empty() {
		b = s.usage.Append(append(shape.AppendName(b, "usageMetadata"), '{'))
		b = append(b, '}')
	}
	return Response(contracts.JSON(append(b, '}')))
}

// candidate is an answer as it grows.
type candidate struct {
	fields shape.Fields
	parts  []*part
	// What each chunk tells of its own text is joined.
	citations, chosen, top shape.List
}

func (c *candidate) add(o *shape.Object) {
	// What begins with the chunk may go on with the last part of the one before.
	goesOn := len(c.parts) > 0
	for p := range o.Take("content").Member("parts").Elements() {
		c.part(p, goesOn)
		goesOn = false
	}
	var of shape.Object
	of.ReadCamel(o.Take("citationMetadata"))
	c.citations.AddAll(of.Take("citations"))
	c.citations.AddAll(of.Take("citationSources"))
	of.ReadCamel(o.Take("logprobsResult"))
	c.chosen.AddAll(of.Take("chosenCandidates"))
	c.top.AddAll(of.Take("topCandidates"))
	c.fields.SetRest(o)
}

func (c *candidate) json() contracts.JSON {
	b := append([]byte{'{'}, `"content":{"role":"model"`...)
	var parts shape.List
	for _, p := range c.parts {
		parts.Add(p.json())
	}
	b = append(parts.Append(b, "parts"), '}')
	if len(c.citations) > 0 {
		b = append(shape.AppendName(b, "citationMetadata"), '{')
		b = append(c.citations.Append(b, "citations"), '}')
	}
	if len(c.chosen) > 0 || len(c.top) > 0 {
		b = append(shape.AppendName(b, "logprobsResult"), '{')
		b = c.chosen.Append(b, "chosenCandidates")
		b = append(c.top.Append(b, "topCandidates"), '}')
	}
	return contracts.JSON(append(c.fields.Append(b), '}'))
}

// part is a part as it grows.
type part struct {
	kind   partKind
	fields shape.Fields
	text   []byte
	// call are the members of a function's call, args its arguments in pieces.
	call shape.Fields
	args shape.List
	// open is whether what comes next may belong to the part.
	open bool
}

type partKind uint8

const (
	anyPart partKind = iota
	textPart
	thoughtPart
	callPart
)

// part adds a part, to the one before where it goes on with that: a text with a
// text that no signature has closed, a call with one that said so.
func (c *candidate) part(j contracts.JSON, goesOn bool) {
	var o shape.Object
	o.ReadCamel(j)
	kind := kindOf(&o)
	var text string
	var call shape.Object
	switch kind {
	case textPart, thoughtPart:
		text = o.Text("text")
	case callPart:
		call.ReadCamel(o.Take("functionCall"))
		goesOn = call.Get("name") == ""
		if goesOn && len(c.parts) == 0 {
			return // the end of a call that nobody saw
		}
	}
	var p *part
	if goesOn && len(c.parts) > 0 {
		if last := c.parts[len(c.parts)-1]; last.open && last.kind == kind {
			p = last
		}
	}
	if p == nil {
		p = &part{kind: kind}
		c.parts = append(c.parts, p)
	}
	p.text = append(p.text, text...)
	switch kind {
	case textPart, thoughtPart:
		p.open = o.Get("thoughtSignature") == ""
	case callPart:
		p.args.AddAll(call.Take("partialArgs"))
		p.open = call.Take("willContinue") == "true"
		p.call.SetRest(&call)
	}
	p.fields.SetRest(&o)
}

func kindOf(o *shape.Object) partKind {
	if o.Get("functionCall").IsObject() {
		return callPart
	}
	for _, name := range dataNames {
		if o.Get(name) != "" {
			return anyPart
		}
	}
	switch {
	case o.Get("text") == "" && o.Get("thoughtSignature") == "":
		return anyPart
	case o.Get("thought") == "true":
		return thoughtPart
	}
	return textPart
}

func (p *part) json() contracts.JSON {
	b := p.fields.Append([]byte{'{'})
	switch p.kind {
	case textPart, thoughtPart:
		b = jsonscan.AppendString(shape.AppendName(b, "text"), string(p.text))
	case callPart:
		b = append(shape.AppendName(b, "functionCall"), '{')
		b = p.args.Append(p.call.Append(b), "partialArgs")
		if p.open {
			b = append(shape.AppendName(b, "willContinue"), "true"...)
		}
		b = append(b, '}')
	}
	return contracts.JSON(append(b, '}'))
}
