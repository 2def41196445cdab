// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package hostile

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/spect-tools/spect-go/internal/jsonscan"
)

// value is a JSON value taken apart.
type value struct {
	kind  byte     // as jsonscan has it
	text  string   // of a string its text, else its JSON
	names []string // of an object
	kids  []*value // of an object or an array
}

func parse(text string) *value {
	v := &value{kind: jsonscan.Kind(text), text: jsonscan.TrimSpace(text)}
	switch v.kind {
	case '{':
		for name, kid := range jsonscan.Members(text) {
			v.names, v.kids = append(v.names, name), append(v.kids, parse(kid))
		}
	case '[':
		for kid := range jsonscan.Elements(text) {
			v.kids = append(v.kids, parse(kid))
		}
	case '"':
		v.text, _ = jsonscan.Unquote(text)
	}
	return v
}

// clone copies a value down to a depth.
func (v *value) clone(depth int) *value {
	out := *v
	if depth == 0 {
		out.names, out.kids = nil, nil
	}
	out.names, out.kids = slices.Clone(out.names), slices.Clone(out.kids)
	for i := range out.kids {
		out.kids[i] = out.kids[i].clone(depth - 1)
	}
	return &out
}

// Respell spells valid JSON in another way: with white space wherever there may
// be some, and characters of names and texts escaped.
func Respell(r *rand.Rand, text string) string {
	return string(speller{r, true}.append(nil, parse(text)))
}

// speller writes values, plainly or oddly.
type speller struct {
	*rand.Rand
	odd bool
}

func (s speller) append(b []byte, v *value) []byte {
	b = s.space(b)
	switch v.kind {
	case '{':
		b = append(b, '{')
		for i, kid := range v.kids {
			if i > 0 {
				b = append(b, ',')
			}
			b = s.space(s.string(s.space(b), v.names[i]))
			b = s.append(append(b, ':'), kid)
		}
		b = append(s.space(b), '}')
	case '[':
		b = append(b, '[')
		for i, kid := range v.kids {
			if i > 0 {
				b = append(b, ',')
			}
			b = s.append(b, kid)
		}
		b = append(s.space(b), ']')
	case '"':
		b = s.string(b, v.text)
	default:
		b = append(b, v.text...)
	}
	return s.space(b)
}

func (s speller) space(b []byte) []byte {
	if !s.odd || s.IntN(4) > 0 {
		return b
	}
	return append(b, [...]string{" ", "\n", "\t", "\r", " \r\n\t "}[s.IntN(5)]...)
}

func (s speller) string(b []byte, text string) []byte {
	if !s.odd || s.IntN(3) > 0 {
		return jsonscan.AppendString(b, text)
	}
	b = append(b, '"')
	for _, c := range text {
		switch {
		case c == '/' && s.IntN(2) == 0:
			b = append(b, `\/`...)
		case s.IntN(4) > 0:
			quoted := jsonscan.AppendString(nil, string(c))
			b = append(b, quoted[1:len(quoted)-1]...)
		case c > 0xffff:
			b = fmt.Appendf(b, `\u%04x\u%04X`, 0xd800+(c-0x10000)>>10, 0xdc00+(c-0x10000)&0x3ff)
		default:
			b = fmt.Appendf(b, `\u%04X`, c)
		}
	}
	return append(b, '"')
}
