// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convention

import (
	"fmt"
	"unicode/utf8"

	"go.opentelemetry.io/otel/attribute"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/attr"
)

// What no decoder used goes into the metadata as it is, up to these sizes in
// bytes of JSON: it is for people to look up, not the content of a session.
const (
	maxLeftOverValue = 16 << 10
	maxLeftOver      = 64 << 10
)

// leftOver puts the attributes that no decoder used into the metadata.
func (s *Source) leftOver(f *Facts) {
	var known map[string]bool
	if len(f.Metadata) > 0 {
		known = names(f.Metadata)
	}
	room, out := maxLeftOver, 0
	for i := range s.Attributes {
		kv := &s.Attributes[i]
		if s.used[i] || known[string(kv.Key)] {
			continue
		}
		value, full := s.bounded(kv.Value)
		if len(kv.Key)+len(value) > room {
			out++
			continue
		}
		room -= len(kv.Key) + len(value)
		f.Metadata = append(f.Metadata, contracts.Member{Name: string(kv.Key), Value: value})
		if full > 0 {
			f.note(string(kv.Key), fmt.Sprintf("cut to its first %d of %d bytes", maxLeftOverValue, full))
		}
	}
	if out > 0 {
		f.note("attributes", fmt.Sprintf("%d left out: together they are more than %d bytes", out, maxLeftOver))
	}
}

// bounded is the JSON of a value. One that is too large is cut and becomes a
// text; full is its size then, else 0.
func (s *Source) bounded(v attribute.Value) (j contracts.JSON, full int) {
	if v.Type() == attribute.STRING {
		if text := v.AsString(); len(text) > maxLeftOverValue {
			return contracts.QuoteJSON(prefixOf(text)), len(text)
		}
	}
	text := s.texts.Text(func(dst []byte) []byte {
		dst, _ = attr.Append(dst, v)
		return dst
	})
	if v.Type() != attribute.STRING && len(text) > maxLeftOverValue {
		return contracts.QuoteJSON(prefixOf(text)), len(text)
	}
	return contracts.JSON(text), 0
}

// prefixOf is what of a text is kept, up to the last whole character.
func prefixOf(text string) string {
	end := maxLeftOverValue
	for end > maxLeftOverValue-utf8.UTFMax && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end]
}

// note says what of the span is partial, and why. The same is said once.
func (f *Facts) note(what, why string) {
	for _, n := range f.Partial {
		if n.What == what {
			return
		}
	}
	f.Partial = append(f.Partial, Note{what, why})
}

// messagesNote is about all messages of a call.
const messagesNote = "messages"

// missingContent says where the messages of a call are that has none.
func (s *Source) missingContent(f *Facts) {
	if f.Role != LLM || len(f.Request.Messages) > 0 || len(f.Response.Messages) > 0 {
		return
	}
	why := "not on the span: they were not recorded, or are in log records that were not given"
	if len(s.Logs) > 0 {
		why = "neither on the span nor in its log records: they were not recorded"
	}
	f.note(messagesNote, why)
}
