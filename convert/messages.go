// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"slices"
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/internal/ids"
	"github.com/spect-tools/spect-go/internal/jsonscan"
)

// messages reads a span's transcript. What tracer wrote is passed on as it is;
// of one that was set by hand, messages without an id get one. A transcript
// that is none becomes one message of its text.
func (c *Converter) messages(r *contracts.SpanRecord, s *Span, kv *attribute.KeyValue) contracts.Messages {
	if s.Verified.Has(contracts.JSONKey(kv.Key)) && kv.Value.Type() == attribute.STRING {
		return contracts.Messages(kv.Value.AsString())
	}
	list := ""
	if kv.Value.Type() == attribute.STRING {
		list = jsonscan.TrimSpace(kv.Value.AsString())
	}
	elements, ok := jsonscan.AppendElements(c.elements[:0], list, "id")
	if !ok {
		j := c.json(s, kv)
		switch {
		case jsonscan.Kind(string(j)) == 'n':
			return ""
		case j.IsObject():
			// One message, for a list of one.
			j = contracts.JSON(c.arena.Text(func(dst []byte) []byte {
				dst = append(dst, '[')
				dst = append(dst, j...)
				return append(dst, ']')
			}))
		case !j.IsArray():
			if kv.Value.Type() == attribute.STRING {
				// Cut, not JSON at all, or a JSON string.
				if whole, ok := j.Text(); ok {
					return c.textMessage(r, s, whole)
				}
			}
			c.note(string(kv.Key), whyNoArray)
			return c.textMessage(r, s, string(j))
		}
		list = string(j)
		elements, _ = jsonscan.AppendElements(elements, list, "id")
	}
	c.elements = elements
	whole := true
	for i := range elements {
		whole = whole && hasID(&elements[i])
	}
	switch {
	case len(elements) == 0:
		return ""
	case whole:
		return contracts.Messages(list)
	}
	return contracts.Messages(c.arena.Text(func(dst []byte) []byte {
		dst = slices.Grow(dst, len(list)+64*len(elements))
		for i := range elements {
			dst = append(dst, "[,"[min(i, 1)])
			dst = c.appendMessage(dst, r, s, &elements[i], uint64(i))
		}
		return append(dst, ']')
	}))
}

// hasID reports whether a message has an id.
func hasID(e *jsonscan.Element) bool { return len(e.Member) > len(`""`) && e.Member[0] == '"' }

// appendMessage appends a message with an id.
func (c *Converter) appendMessage(dst []byte, r *contracts.SpanRecord, s *Span, e *jsonscan.Element, n uint64) []byte {
	switch {
	case e.Text[0] != '{':
		c.note(string(contracts.MessagesKey), "holds what is no message: kept as text")
		content, ok := contracts.JSON(e.Text).Text()
		if !ok {
			content = e.Text
		}
		m := c.spoken(r, content)
		m.ID = messageID(s, n)
		return m.AppendJSON(dst)
	case hasID(e):
		return append(dst, e.Text...)
	case e.Member != "":
		return jsonscan.AppendMerged(dst, e.Text, `{"id":"`+messageID(s, n)+`"}`)
	}
	dst = append(dst, `{"id":"`...)
	dst = ids.Append(dst, ids.Derive(s.TraceID, s.SpanID, s.StartTime, ids.Message+n))
	dst = append(dst, '"')
	if strings.TrimLeft(e.Text[1:], " \t\r\n") != "}" {
		dst = append(dst, ',')
	}
	return append(dst, e.Text[1:]...)
}

func (c *Converter) textMessage(r *contracts.SpanRecord, s *Span, content string) contracts.Messages {
	m := c.spoken(r, content)
	m.ID = messageID(s, 0)
	return contracts.Messages(c.arena.Text(func(dst []byte) []byte {
		dst = append(dst, '[')
		dst = m.AppendJSON(dst)
		return append(dst, ']')
	}))
}

// spoken makes a text a message of the role that fits the span's kind.
func (c *Converter) spoken(r *contracts.SpanRecord, content string) contracts.ConversationMessage {
	switch r.Kind {
	case contracts.KindSystem:
		return contracts.SystemText(content)
	case contracts.KindUser, contracts.KindNone:
		return contracts.UserText(content)
	case contracts.KindToolResult:
		part := contracts.ToolResultContentPart{Output: contracts.ToolResultOutput{Type: contracts.OutputText, Value: contracts.QuoteJSON(content)}}
		if r.Tool != nil {
			part.ToolCallID, part.ToolName = r.Tool.ToolCallID, r.Tool.ToolName
		}
		return contracts.ToolMessage(part)
	}
	return contracts.AssistantText(content)
}

func messageID(s *Span, n uint64) string {
	return string(ids.Append(nil, ids.Derive(s.TraceID, s.SpanID, s.StartTime, ids.Message+n)))
}
