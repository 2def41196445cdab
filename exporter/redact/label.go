// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package redact

import (
	"strings"

	"github.com/spect-tools/spect-go/internal/jsonscan"
)

// This file finds out what a text in a JSON value is called.

// by says how a text has its name.
type by uint8

const (
	byMember by = iota // it is the value of that member
	byList             // it is in the list that is
	byPair             // it is the "value" beside that "name"
)

// longestLabel is how long a name is at most that is asked for of every text.
const longestLabel = 256

// label is what a text is called: what a pair of name and value says, or the name
// of the member whose value it is, or that of the list that it is in, as headers
// are. It is empty for a long name.
func (p Place) label() (string, by) {
	w := p.walker
	if w == nil || p.IsName {
		return "", byMember
	}
	if f := w.pair(); f != nil {
		return w.said(f), byPair
	}
	by := byMember
	for i := len(w.frames) - 1; i >= w.base; i-- {
		f := &w.frames[i]
		if f.array && by == byMember {
			by = byList
			continue
		}
		if f.array || f.nameEnd-f.name > longestLabel {
			break
		}
		return w.name(f), by
	}
	return "", by
}

// pair is the object that the value in hand is the value of, as in {"name": "a",
// "value": "b"}, or within what OTLP wraps values in: {"key": "a", "value":
// {"stringValue": "b"}}.
func (w *walker) pair() *frame {
	const deepest = 5
	for i := len(w.frames) - 1; i >= max(w.base, len(w.frames)-deepest); i-- {
		f := &w.frames[i]
		if f.array {
			continue
		}
		name := w.spelled(f)
		if f.saidEnd > 0 && isValueName(name) {
			return f
		}
		if !isWrapper(name) {
			break
		}
	}
	return nil
}

// said is the string that a frame remembers; empty for a long one.
func (w *walker) said(f *frame) string {
	if f.saidEnd == 0 || f.saidEnd-f.said > longestLabel {
		return ""
	}
	text, _ := jsonscan.ValidText(w.src[f.said:f.saidEnd])
	return text
}

// before is the element before the text in hand, where both are strings of a list.
func (p Place) before() string {
	w := p.walker
	if w == nil || len(w.frames) <= w.base {
		return ""
	}
	if f := &w.frames[len(w.frames)-1]; f.array {
		return w.said(f)
	}
	return ""
}

// endsPair reports whether the element in hand is the second of a list, and its last.
func (p Place) endsPair() bool {
	w := p.walker
	ahead := w.tokens
	return w.frames[len(w.frames)-1].index == 1 && ahead.Next().Kind == ']'
}

// isNameName reports whether a member of that name holds the name of what its
// neighbour is the value of.
func isNameName(name string) bool {
	switch len(name) {
	case len("key"):
		return strings.EqualFold(name, "key")
	case len("name"):
		return strings.EqualFold(name, "name")
	case len("header"):
		return strings.EqualFold(name, "header")
	}
	return false
}

// isValueName reports whether a member of that name holds what another one names.
func isValueName(name string) bool {
	const values = "values"
	return (len(name) == len("value") || len(name) == len(values)) && strings.EqualFold(name, values[:len(name)])
}

// isWrapper reports whether a member of that name holds, in OTLP, a value of one
// type.
func isWrapper(name string) bool {
	switch name {
	case "stringValue", "string_value", "arrayValue", "array_value", "values":
		return true
	}
	return false
}

// nameBefore is the name in text that says "name": "a", before a "value" at end;
// empty if there is none, or if it does not begin behind low.
func nameBefore(text string, low, end int) string {
	const most = 64 // of marks between words
	back := func(marks string) bool {
		was := end
		for end > low && was-end < most && strings.IndexByte(marks, text[end-1]) >= 0 {
			end--
		}
		return end < was
	}
	word := func() string {
		was := end
		for end > low && was-end < longestLabel && (isToken(text[end-1]) || text[end-1] == '.') {
			end--
		}
		return text[end:was]
	}
	if !back("\"'\\ \t\r\n,") || strings.IndexByte(text[end:min(len(text), end+most)], ',') < 0 {
		return ""
	}
	name := word()
	if name == "" || !back("\"'\\ \t:") {
		return ""
	}
	if key := word(); !isNameName(key) {
		return ""
	}
	return name
}
