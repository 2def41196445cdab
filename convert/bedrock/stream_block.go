// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package bedrock

import (
	"encoding/base64"
	"slices"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/shape"
)

// block is a block as it grows. Its deltas tell what it is; a stream that is as
// it should be has one kind of them in a block.
type block struct {
	text      shape.Pieces
	citations shape.List

	isReasoning          bool
	reasoning, signature shape.Pieces
	redacted             encoded

	isCall bool
	call   shape.Fields
	input  shape.Pieces

	isResult bool
	result   shape.Fields
	answers  shape.List
	// said is the last text among the answers, which may come in pieces.
	said shape.Pieces

	isImage bool
	image   shape.Fields
	bytes   encoded
}

func (b *block) start(j contracts.JSON) {
	for name, value := range j.Members() {
		switch name {
		case "toolUse":
			b.isCall = true
			b.call.SetAll(value)
		case "toolResult":
			b.isResult = true
			b.result.SetAll(value)
		case "image":
			b.isImage = true
			b.image.SetAll(value)
		}
	}
}

func (b *block) delta(j contracts.JSON) {
	for name, value := range j.Members() {
		switch name {
		case "text":
			b.text.Add(value)
		case "citation":
			b.citations.Add(value)
		case "reasoningContent":
			b.reason(value)
		case "toolUse":
			b.isCall = true
			b.input.Add(value.Member("input"))
		case "toolResult":
			b.isResult = true
			for piece := range value.Elements() {
				b.answer(piece)
			}
		case "image":
			b.isImage = true
			b.bytes.add(value.Member("source").Member("bytes"))
		}
	}
}

func (b *block) reason(j contracts.JSON) {
	b.isReasoning = true
	for name, value := range j.Members() {
		switch name {
		case "text":
			b.reasoning.Add(value)
		case "signature":
			b.signature.Add(value)
		case "redactedContent":
			b.redacted.add(value)
		}
	}
}

// answer adds a piece of what a tool answered.
func (b *block) answer(piece contracts.JSON) {
	if text := piece.Member("text"); shape.IsText(text) {
		b.said.Add(text)
		return
	}
	b.answers = b.withSaid(b.answers)
	b.said = nil
	b.answers.Add(piece)
}

// withSaid is the answers with the last text.
func (b *block) withSaid(answers shape.List) shape.List {
	if b.said != nil {
		answers.Add(`{"text":` + b.said.JSON() + `}`)
	}
	return answers
}

// addTo adds the block as it would have come in one piece.
func (b *block) addTo(content *shape.List) {
	if b.isReasoning && (len(b.reasoning) > 0 || len(b.signature) > 0) {
		said := `{"reasoningContent":{"reasoningText":{"text":` + b.reasoning.JSON()
		if len(b.signature) > 0 {
			said += `,"signature":` + b.signature.JSON()
		}
		content.Add(said + "}}}")
	}
	if data := b.redacted.text(); data != "" {
		content.Add(`{"reasoningContent":{"redactedContent":` + contracts.QuoteJSON(data) + `}}`)
	}
	switch {
	case len(b.citations) > 0:
		cited := []byte(`{"citationsContent":{"content":[{"text":` + b.text.JSON() + `}]`)
		content.Add(contracts.JSON(append(b.citations.Append(cited, "citations"), "}}"...)))
	case len(b.text) > 0:
		content.Add(`{"text":` + b.text.JSON() + `}`)
	}
	if b.isCall {
		call := b.call.Append([]byte(`{"toolUse":{`))
		if len(b.input) > 0 {
			call = append(shape.AppendName(call, "input"), b.input.JSON()...)
		}
		content.Add(contracts.JSON(append(call, "}}"...)))
	}
	if b.isResult {
		result := b.result.Append([]byte(`{"toolResult":{`))
		result = b.withSaid(slices.Clone(b.answers)).Append(result, "content")
		content.Add(contracts.JSON(append(result, "}}"...)))
	}
	if b.isImage {
		image := b.image.Append([]byte(`{"image":{`))
		image = append(shape.AppendName(image, "source"), `{"bytes":`+contracts.QuoteJSON(b.bytes.text())+`}`...)
		content.Add(contracts.JSON(append(image, "}}"...)))
	}
}

// encoded is base64 that comes in pieces, each encoded by itself.
type encoded struct {
	first string
	// data is what the pieces hold, where there are several.
	data []byte
	more bool
}

func (e *encoded) add(piece contracts.JSON) {
	text, ok := piece.Text()
	switch {
	case !ok:
		return
	case e.first == "":
		e.first = text
		return
	case !e.more:
		e.more = true
		e.data, _ = base64.StdEncoding.DecodeString(e.first)
	}
	data, _ := base64.StdEncoding.DecodeString(text)
	e.data = append(e.data, data...)
}

func (e *encoded) text() string {
	if e.more {
		return base64.StdEncoding.EncodeToString(e.data)
	}
	return e.first
}
