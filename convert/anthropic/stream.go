// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package anthropic

import (
	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/llm"
	"github.com/spect-tools/spect-go/internal/jsonscan"
)

// Stream puts the message of a streamed answer together. The zero Stream is
// ready. It implements [llm.Stream].
type Stream struct {
	// message is the message as it began, changes what became of its members
	// since, usage the members of its usage: of a name that is there twice the
	// last one counts.
	message        contracts.JSON
	changes, usage members
	blocks         []*streamed
	byIndex        map[contracts.JSON]*streamed
}

// streamed is a block as it grows.
type streamed struct {
	start  contracts.JSON
	fields []field
	// citations are the elements of a list.
	citations []byte
}

// field is a member of a block that comes in pieces.
type field struct {
	name string
	text []byte
}

// members are members of an object, each with a comma after it.
type members []byte

func (m *members) add(name string, value contracts.JSON) {
	b := jsonscan.AppendString(*m, name)
	b = append(b, ':')
	b = append(b, value...)
	*m = append(b, ',')
}

// addAll adds the members of an object that say something.
func (m *members) addAll(object contracts.JSON) {
	for name, value := range object.Members() {
		if value != "null" {
			m.add(name, value)
		}
	}
}

func (m members) object() string {
	if len(m) == 0 {
		return "{}"
	}
	return "{" + string(m[:len(m)-1]) + "}"
}

// Add implements [llm.Stream].
func (s *Stream) Add(event contracts.JSON) {
	if !event.Valid() {
		return
	}
	kind, _ := event.Member("type").Text()
	switch kind {
	case "message_start":
		s.begin(event.Member("message"))
	case "message":
		s.begin(event)
	case "content_block_start":
		s.block(event.Member("index")).start = event.Member("content_block")
	case "content_block_delta":
		s.delta(s.block(event.Member("index")), event.Member("delta"))
	case "message_delta":
		for name, value := range event.Members() {
			switch name {
			case "type":
			case "delta":
				s.changes.addAll(value)
			case "usage":
				s.usage.addAll(value)
			default:
				s.changes.add(name, value)
			}
		}
	case "message_stop", "error":
		for name, value := range event.Members() {
			if name != "type" && value != "null" {
				s.changes.add(name, value)
			}
		}
	}
}

func (s *Stream) begin(message contracts.JSON) {
	s.message = message
	s.usage.addAll(message.Member("usage"))
}

func (s *Stream) block(index contracts.JSON) *streamed {
	b := s.byIndex[index]
	if b == nil {
		b = new(streamed)
		if s.byIndex == nil {
			s.byIndex = make(map[contracts.JSON]*streamed)
		}
		s.byIndex[index] = b
		s.blocks = append(s.blocks, b)
	}
	return b
}

// delta adds to a block. Each kind of delta has its pieces of text under the
// name that they have in the block, but for the input of a tool and citations,
// which come one by one.
func (s *Stream) delta(b *streamed, delta contracts.JSON) {
	for name, value := range delta.Members() {
		switch name {
		case "type":
		case "citation":
			if len(b.citations) > 0 {
				b.citations = append(b.citations, ',')
			}
			b.citations = append(b.citations, value...)
		default:
			if text, ok := value.Text(); ok {
				f := b.field(name)
				f.text = append(f.text, text...)
			}
		}
	}
}

func (b *streamed) field(name string) *field {
	for i := range b.fields {
		if b.fields[i].name == name {
			return &b.fields[i]
		}
	}
	begun, _ := b.start.Member(name).Text()
	b.fields = append(b.fields, field{name, []byte(begun)})
	return &b.fields[len(b.fields)-1]
}

// body is the block as it would have come at once.
func (b *streamed) appendJSON(dst []byte) []byte {
	var m members
	for _, f := range b.fields {
		switch {
		case f.name != "partial_json":
			m.add(f.name, contracts.QuoteJSON(string(f.text)))
		case len(f.text) > 0:
			m.add("input", contracts.MakeJSON(contracts.JSON(f.text)))
		}
	}
	if len(b.citations) > 0 {
		m.add("citations", "["+contracts.JSON(b.citations)+"]")
	}
	return jsonscan.AppendMerged(dst, string(b.start), m.object())
}

// Response implements [llm.Stream]. It takes time linear in what has come.
func (s *Stream) Response() llm.Response {
	content := []byte{'['}
	for i, b := range s.blocks {
		if i > 0 {
			content = append(content, ',')
		}
		content = b.appendJSON(content)
	}
	changes := append(members(nil), s.changes...)
	if len(s.blocks) > 0 {
		changes.add("content", contracts.JSON(append(content, ']')))
	}
	if len(s.usage) > 0 {
		changes.add("usage", contracts.JSON(s.usage.object()))
	}
	return Response(contracts.JSON(jsonscan.AppendMerged(nil, string(s.message), changes.object())))
}
