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
	if p.walker == nil || p.IsName {
		return "", byMember
	}
	quoted, by := p.walker.label()
	return unquoted(quoted), by
}

// label is [Place.label] as it is spelled.
func (w *walker) label() (quoted string, how by) {
	const deepest = 5
	top := len(w.frames) - 1
	inList := 0
	for i := top; i >= max(w.base, top-deepest); i-- {
		f := &w.frames[i]
		if f.array {
			inList++
			continue
		}
		name := w.spelled(f)
		if f.saidEnd > 0 && isValueName(name) {
			return w.said(f), byPair
		}
		if quoted == "" && inList <= 1 && len(name) <= longestLabel {
			quoted, how = w.src[f.name:f.nameEnd], by(inList)
		}
		if !isWrapper(name) {
			break
		}
	}
	return quoted, how
}

// said is the string that a frame remembers, as it is spelled; empty for a long one.
func (w *walker) said(f *frame) (quoted string) {
	if f.saidEnd-f.said > longestLabel {
		return ""
	}
	return w.src[f.said:f.saidEnd]
}

// before is the element before the text in hand as it is spelled, where both are
// strings of a list.
func (w *walker) before() (quoted string) {
	if len(w.frames) > w.base {
		if f := &w.frames[len(w.frames)-1]; f.array {
			return w.said(f)
		}
	}
	return ""
}

// unquoted is the text of a string; empty for what is none.
func unquoted(quoted string) string {
	if quoted == "" {
		return ""
	}
	text, _ := jsonscan.ValidText(quoted)
	return text
}

// maySay is a quick look at how a name ends, as it is spelled: few say anything.
func maySay(quoted string) bool {
	n := len(quoted) - 1
	return n > 3 && (isSecretEnd(quoted[n-3:n]) || strings.IndexByte(quoted[max(0, n-6):n], '\\') >= 0)
}

// endsPair reports whether the element in hand is the second of a list, and its last.
func (w *walker) endsPair() bool {
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
