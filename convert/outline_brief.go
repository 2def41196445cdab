// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"slices"
	"strings"
	"unicode/utf8"

	"go.opentelemetry.io/otel/attribute"

	"github.com/spect-tools/spect-go/internal/jsonscan"
)

// This file makes a session brief for an outline: what was said is of no matter
// to it, and most of what there is to read.

// brevity says what is long: value is what a text attribute has at most that is
// left as it is, literal the same of a string in JSON.
type brevity struct{ value, literal int }

// Names and ids are shorter.
var usualBrevity = brevity{value: 1024, literal: 256}

// keptLiteral is what is left of a long string in JSON.
const keptLiteral = 32

// brief is a copy of the session whose long texts are cut short.
func (s *Session) brief(long brevity) *Session {
	out := *s
	spans := make([]Span, 1+len(s.Spans))
	spans[0] = long.span(s.Root)
	out.Root, out.Spans = &spans[0], make([]*Span, len(s.Spans))
	for i, sp := range s.Spans {
		if sp == s.Root {
			out.Spans[i] = out.Root
			continue
		}
		spans[1+i] = long.span(sp)
		out.Spans[i] = &spans[1+i]
	}
	return &out
}

func (long brevity) span(s *Span) Span {
	out := *s
	out.Attributes = long.attributes(s.Attributes)
	for i := range s.Events {
		if attrs := long.attributes(s.Events[i].Attributes); len(attrs) > 0 && &attrs[0] != &s.Events[i].Attributes[0] {
			if len(out.Events) > 0 && &out.Events[0] == &s.Events[0] {
				out.Events = slices.Clone(s.Events)
			}
			out.Events[i].Attributes = attrs
		}
	}
	return out
}

// attributes are the attributes with long texts cut short: a copy where
// there are any.
func (long brevity) attributes(attrs []attribute.KeyValue) []attribute.KeyValue {
	copied := false
	for i := range attrs {
		v := attrs[i].Value
		if v.Type() != attribute.STRING {
			continue
		}
		text := v.AsString()
		if len(text) <= long.value {
			continue
		}
		if !copied {
			attrs, copied = slices.Clone(attrs), true
		}
		attrs[i].Value = attribute.StringValue(long.text(text))
	}
	return attrs
}

// text is a text cut short. Where it is JSON its long strings are, and what
// is valid stays so.
func (long brevity) text(text string) string {
	switch jsonscan.Kind(text) {
	case '{', '[', '"':
	default:
		return beginning(text, long.value)
	}
	var b strings.Builder
	from := 0
	for {
		i := strings.IndexByte(text[from:], '"')
		if i < 0 {
			break
		}
		tokens := jsonscan.MakeTokens(text, from+i)
		literal := tokens.Next()
		if literal.Kind != '"' {
			break
		}
		if literal.End-literal.Start > long.literal {
			b.WriteString(text[from : literal.Start+1])
			b.WriteString(briefLiteral(text[literal.Start+1 : literal.End-1]))
			b.WriteByte('"')
		} else {
			b.WriteString(text[from:literal.End])
		}
		from = literal.End
	}
	b.WriteString(text[from:])
	return b.String()
}

// briefLiteral is the beginning of what a long string in JSON holds, before any
// escape; of one that begins with one, something else.
func briefLiteral(text string) string {
	head, _, _ := strings.Cut(beginning(text, keptLiteral), `\`)
	if head == "" {
		return "x"
	}
	return head
}

// beginning is at most so many bytes of a text, and whole characters.
func beginning(text string, most int) string {
	if len(text) <= most {
		return text
	}
	for most > 0 && !utf8.RuneStart(text[most]) {
		most--
	}
	return text[:most]
}
