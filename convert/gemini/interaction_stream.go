// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package gemini

import (
	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/shape"
	"github.com/spect-tools/spect-go/internal/jsonscan"
)

// interaction is an answer of the Interactions API as it grows.
type interaction struct {
	fields  shape.Fields
	steps   []*step
	byIndex map[int64]*step
}

// step is a step as it grows.
type step struct {
	fields shape.Fields
	// content is that of a step that has some.
	content              []*content
	summary              []byte
	signature, arguments []byte
}

// content is text with what it cites, or else what it came as.
type content struct {
	isText      bool
	text        []byte
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
		in.step(o).fields.SetAll(o.Get("step"))
	case "step.delta":
		in.step(o).delta(o.Get("delta"))
	case "error":
		in.fields.Set("error", o.Get("error"))
	}
}

func (in *interaction) step(o *shape.Object) *step {
	index, _ := jsonscan.Int64(string(o.Get("index")))
	s := in.byIndex[index]
	if s == nil {
		s = new(step)
		if in.byIndex == nil {
			in.byIndex = make(map[int64]*step)
		}
		in.byIndex[index] = s
		in.steps = append(in.steps, s)
	}
	return s
}

func (s *step) delta(j contracts.JSON) {
	kind, _ := j.Member("type").Text()
	switch kind {
	case "text":
		c := s.textContent()
		c.text = appendText(c.text, j.Member("text"))
	case "text_annotation_delta":
		s.textContent().annotations.AddAll(j.Member("annotations"))
	case "image", "audio", "video", "document":
		s.content = append(s.content, &content{whole: j})
	case "thought_summary":
		s.summary = appendText(s.summary, j.Member("content").Member("text"))
	case "thought_signature":
		s.signature = appendText(s.signature, j.Member("signature"))
	case "arguments_delta":
		s.arguments = appendText(s.arguments, j.Member("arguments"))
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

func appendText(dst []byte, j contracts.JSON) []byte {
	text, _ := j.Text()
	return append(dst, text...)
}

// json is the answer as it would have come in one piece.
func (in *interaction) json() contracts.JSON {
	b := in.fields.Append([]byte(`{`))
	var steps shape.List
	for _, s := range in.steps {
		steps.Add(s.json())
	}
	b = append(shape.AppendName(b, "object"), `"interaction"`...)
	return contracts.JSON(append(steps.Append(b, "steps"), '}'))
}

func (s *step) json() contracts.JSON {
	for _, f := range [...]struct {
		name string
		text []byte
	}{{"signature", s.signature}, {"arguments", s.arguments}} {
		if len(f.text) > 0 {
			s.fields.Set(f.name, contracts.QuoteJSON(string(f.text)))
		}
	}
	if len(s.summary) > 0 {
		s.fields.Set("summary", `[{"type":"text","text":`+contracts.QuoteJSON(string(s.summary))+`}]`)
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
	b := jsonscan.AppendString([]byte(`{"type":"text","text":`), string(c.text))
	return contracts.JSON(append(c.annotations.Append(b, "annotations"), '}'))
}
