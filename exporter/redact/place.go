// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package redact

import (
	"strconv"

	"github.com/spect-tools/spect-go/contracts"
)

// Kind says what a text is to a session.
type Kind string

// The kinds of places. A later version may know more: a switch should have a
// default.
const (
	// KindText is what a message or a response says.
	KindText Kind = "text"
	// KindReasoning is a model's reasoning.
	KindReasoning Kind = "reasoning"
	// KindToolParameters and KindToolResult are what a tool is called with and
	// what it answers.
	KindToolParameters Kind = "tool.parameters"
	KindToolResult     Kind = "tool.result"
	// KindInput is the input of a session or of a subagent.
	KindInput Kind = "input"
	// KindObject is a structured response.
	KindObject Kind = "object"
	// KindMetadata is metadata of a session, a span or its OpenTelemetry
	// resource, what only one provider knows, and members that the contract does
	// not name.
	KindMetadata Kind = "metadata"
	// KindErrorMessage is the message, the type or the code of an error.
	KindErrorMessage Kind = "error.message"
	// KindErrorStack is the stack of an error.
	KindErrorStack Kind = "error.stack"
	// KindFileName is the name of a file.
	KindFileName Kind = "file.name"
	// KindFileData is the URL or the text of a file. Base64 of others is not shown.
	KindFileData Kind = "file.data"
	// KindName is the name of a session, a span, a tool, an agent, or of who
	// speaks in a message.
	KindName Kind = "name"
	// KindID is an id that the application or a provider gave: of a
	// conversation, a function, a message, a call, a response.
	KindID Kind = "id"
	// KindLabel is a word of few: a model, a provider, a format, a reason to
	// finish, a role or a type that the contract does not know.
	KindLabel Kind = "label"
)

// Place says where a text stands. It is valid during the call that it is given
// to.
type Place struct {
	Kind Kind
	// Role is that of the message; empty outside of messages.
	Role contracts.Role
	// Tool is the tool's name, where the text is of a tool and that is known.
	Tool string
	// IsName is set for the name of a member of a JSON object.
	IsName bool

	walker *walker
}

// Member is the name of the JSON member whose value the text is; empty for what
// is none.
func (p Place) Member() string {
	w := p.walker
	if w == nil || p.IsName || len(w.frames) <= w.base {
		return ""
	}
	return w.name(&w.frames[len(w.frames)-1])
}

// Path is where the text stands within a JSON value: "$" is the value itself,
// then .name or ["odd name"] for a member and [0] for an element. Of a name it is
// the path of the object.
func (p Place) Path() string {
	b := []byte{'$'}
	if p.walker == nil || len(p.walker.frames) < p.walker.base {
		return string(b)
	}
	frames := p.walker.frames[p.walker.base:]
	if p.IsName && len(frames) > 0 {
		frames = frames[:len(frames)-1]
	}
	for i := range frames {
		f := &frames[i]
		switch {
		case f.array:
			b = append(b, '[')
			b = strconv.AppendInt(b, int64(f.index), 10)
			b = append(b, ']')
		case f.nameEnd > 0:
			b = appendStep(b, p.walker.name(f))
		}
	}
	return string(b)
}

func appendStep(b []byte, name string) []byte {
	if isPlainName(name) {
		b = append(b, '.')
		return append(b, name...)
	}
	b = append(b, '[')
	b = append(b, contracts.QuoteJSON(name)...)
	return append(b, ']')
}

// isPlainName reports whether a name may stand behind a dot in a path.
func isPlainName(name string) bool {
	for i := range len(name) {
		switch c := name[i]; {
		case c == '_', c == '-', c >= 0x80, isLetter(c), isDigit(c):
		default:
			return false
		}
	}
	return name != ""
}

func isDigit(c byte) bool  { return c-'0' <= 9 }
func isUpper(c byte) bool  { return c-'A' <= 'Z'-'A' }
func isLower(c byte) bool  { return c-'a' <= 'z'-'a' }
func isLetter(c byte) bool { return isLower(c | 0x20) }

// isWord reports whether c is of a word or an identifier. Bytes of other
// scripts are not.
func isWord(c byte) bool { return isLetter(c) || isDigit(c) || c == '_' }
