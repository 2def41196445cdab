// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package bedrock

import (
	"encoding/base64"
	"slices"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/anthropic"
	"github.com/spect-tools/spect-go/convert/internal/shape"
	"github.com/spect-tools/spect-go/convert/llm"
)

// Stream puts the answer together that a stream brings in events. The zero
// Stream is ready. It implements [llm.Stream].
//
// An event is as the SDKs have it, {"contentBlockDelta":{...}}, or as it stands
// in the binary stream, with its type outside: then its members tell what it is.
// The chunks of InvokeModelWithResponseStream are taken too, of Anthropic's
// models.
type Stream struct {
	fields shape.Fields
	blocks shape.Numbered[block]
	// inner is the stream of an Anthropic model.
	inner *anthropic.Stream
}

// Add implements [llm.Stream].
func (s *Stream) Add(event contracts.JSON) {
	if event.Valid() {
		s.add(event, true)
	}
}

func (s *Stream) add(event contracts.JSON, outer bool) {
	var o shape.Object
	o.Read(event)
	if chunk := o.Get("chunk"); chunk.IsObject() {
		o.Read(chunk)
	}
	if bytes, ok := o.Get("bytes").Text(); ok {
		if inner, err := base64.StdEncoding.DecodeString(bytes); err == nil && outer {
			if inner := contracts.JSON(inner); inner.Valid() {
				s.add(inner, false)
			}
		}
		return
	}
	if kind, ok := o.Take("type").Text(); ok && !isEvent(kind) {
		if s.inner == nil {
			s.inner = new(anthropic.Stream)
		}
		s.inner.Add(event)
		return
	}
	for _, name := range events {
		if of := o.Take(name); of != "" {
			var inner shape.Object
			inner.Read(of)
			s.event(&inner)
		}
	}
	s.event(&o)
}

// events are the names of the events of Converse.
var events = [...]string{"messageStart", "messageStop", "contentBlockStart", "contentBlockDelta", "contentBlockStop", "metadata"}

func isEvent(name string) bool { return slices.Contains(events[:], name) }

// event adds an event by its members: no two kinds have one in common, but for
// the index of the block.
func (s *Stream) event(o *shape.Object) {
	index := shape.Number(o.Take("contentBlockIndex"))
	if start := o.Take("start"); start != "" {
		s.blocks.Get(index).start(start)
	}
	if delta := o.Take("delta"); delta != "" {
		s.blocks.Get(index).delta(delta)
	}
	o.Take("role")
	o.Take("p") // padding
	s.fields.SetRest(o)
}

// Response implements [llm.Stream]. It takes time linear in what has come.
func (s *Stream) Response() llm.Response {
	if s.inner != nil {
		return s.inner.Response()
	}
	var content shape.List
	for b := range s.blocks.All() {
		b.addTo(&content)
	}
	body := s.fields.Append([]byte{'{'})
	if len(content) > 0 {
		body = append(shape.AppendName(body, "output"), `{"message":{`...)
		body = append(content.Append(body, "content"), "}}"...)
	}
	return Response(contracts.JSON(append(body, '}')))
}
