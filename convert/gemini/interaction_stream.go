// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package gemini

import (
	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/shape"
)

// interaction is an answer of the Interactions API as it grows.
type interaction struct {
	fields shape.Fields
	steps  shape.Numbered[step]
}

// step is a step as it grows.
type step struct {
	fields shape.Fields
	// content is that of a step that has some.
	content                       []*content
	summary, signature, arguments shape.Pieces
}

// content is text with what it cites, or else what it came as.
type content struct {
	isText      bool
	text        shape.Pieces
	annotations shape.List
	whole       contracts.JSON
}

func (in *interaction) add(kind string, o *shape.Object) {
	switch kind {
	case "interaction.created", "interaction.completed":
		in.fields.SetAll(o.Get("interaction"))
	case "interaction.status_update":
		in.fields.Set("status", o.Get("status"))
	case "step.start":
		in.steps.Get(shape.Number(o.Get("index"))).fields.SetAll(o.Get("step"))
	case "step.delta":
		in.steps.Get(shape.Number(o.Get("index"))).delta(o.Get("delta"))
	case "error":
		in.fields.Set("error", o.Get("error"))
	}
}

func (s *step) delta(j contracts.JSON) {
	kind, _ := j.Member("type").Text()
	switch kind {
	case "text":
		c := s.textContent()
		c.text.Add(j.Member("text"))
	case "text_annotation_delta":
		s.textContent().annotations.AddAll(j.Member("annotations"))
	case "image", "audio", "video", "document":
		s.content = append(s.content, &content{whole: j})
	case "thought_summary":
		s.summary.Add(j.Member("content").Member("text"))
	case "thought_signature":
		s.signature.Add(j.Member("signature"))
	case "arguments_delta":
		s.arguments.Add(j.Member("arguments"))
	default: // a call or a result, whole
		for name, value := range j.Members() {
			if name != "type" {
				s.fields.Set(name, value)
			}
		}
	}
}

// textContent is the text at the end of the content.
func (s *step) textContent() *content {
	if n := len(s.content); n > 0 && s.content[n-1].isText {
		return s.content[n-1]
	}
	c := &content{isText: true}
	s.content = append(s.content, c)
	return c
}

// json is the answer as it would have come in one piece.
func (in *interaction) json() contracts.JSON {
	b := in.fields.Append([]byte(`{`))
	var steps shape.List
	for s := range in.steps.All() {
		steps.Add(s.json())
	}
	b = append(shape.AppendName(b, "object"), `"interaction"`...)
	return contracts.JSON(append(steps.Append(b, "steps"), '}'))
}

func (s *step) json() contracts.JSON {
	if len(s.signature) > 0 {
		s.fields.Set("signature", s.signature.JSON())
	}
	if len(s.arguments) > 0 {
		s.fields.Set("arguments", s.arguments.JSON())
	}
	if len(s.summary) > 0 {
		s.fields.Set("summary", `[{"type":"text","text":`+s.summary.JSON()+`}]`)
	}
	b := s.fields.Append([]byte{'{'})
	var list shape.List
	for _, c := range s.content {
		list.Add(c.json())
	}
	return contracts.JSON(append(list.Append(b, "content"), '}'))
}

func (c *content) json() contracts.JSON {
	if !c.isText {
		return c.whole
	}
	b := []byte(`{"type":"text","text":` + c.text.JSON())
	return contracts.JSON(append(c.annotations.Append(b, "annotations"), '}'))
}
