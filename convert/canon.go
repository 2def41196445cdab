// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"strings"
	"unicode/utf8"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/internal/hash"
	"github.com/spect-tools/spect-go/internal/jsonscan"
)

// This file tells whether two parts of messages say the same, however they are
// written: conversations are repeated with each call of a model, seldom to the
// letter.

// Seeds of the keys of parts.
const (
	textSeed = iota + 1
	reasoningSeed
	fileSeed
	callSeed
	resultSeed
	resultIDSeed
	otherSeed
)

// partKey is the key of a part of a message of that role.
func partKey(role contracts.Role, part contracts.ContentPart) uint64 {
	by := uint64(len(role)) // tells the roles apart
	switch p := part.(type) {
	case contracts.TextContentPart:
		return textKey(role, p.Text)
	case contracts.ReasoningContentPart:
		if text := strings.TrimSpace(p.Text); text != "" {
			return hash.String(reasoningSeed, text)
		}
		// Redacted. A signature alone says nothing.
		if strings.Contains(string(p.ProviderOptions), "edacted") {
			return hash.String(reasoningSeed, string(p.ProviderOptions))
		}
		return 0
	case contracts.FileContentPart:
		return canon(hash.Uint64(fileSeed, by), p.Data, canonDepth)
	case contracts.ToolCallContentPart:
		return callKey(p.ToolName, p.Input)
	case contracts.ToolResultContentPart:
		if p.ToolCallID != "" {
			return hash.String(resultIDSeed, p.ToolCallID)
		}
		return canon(hash.String(resultSeed, p.ToolName), p.Output.Value, canonDepth)
	case contracts.UnknownContentPart:
		return canon(hash.Uint64(otherSeed, by), p.Raw, canonDepth)
	}
	return 0
}

// textKey is the key of text; blank text says nothing. It is of the text as JSON
// spells it: most comes so and goes so, and need not be decoded to be compared.
func textKey(role contracts.Role, text string) uint64 {
	if text = strings.TrimSpace(text); text == "" {
		return 0
	}
	h := textHash(role)
	if jsonscan.IsPlain(text) {
		return hash.String(h, text)
	}
	pieces := hash.MakePieces(h)
	var room [1024]byte
	for text != "" {
		piece := text[:wholeRunes(text, len(room)/6)]
		text = text[len(piece):]
		quoted := jsonscan.AppendString(room[:0], piece)
		pieces.Add(quoted[1 : len(quoted)-1])
	}
	return pieces.Sum()
}

func textHash(role contracts.Role) uint64 { return hash.Uint64(textSeed, uint64(len(role))) }

// wholeRunes is how many bytes of a text are at most so many and no part of a rune.
func wholeRunes(text string, most int) int {
	if len(text) <= most {
		return len(text)
	}
	for n := most; n > most-utf8.UTFMax; n-- {
		if utf8.RuneStart(text[n]) {
			return n
		}
	}
	return most
}

// quotedKey is textKey of a text that stands in its quotes, written as package
// contracts would write it.
func quotedKey(role contracts.Role, quoted contracts.JSON) uint64 {
	s, ok := trimQuoted(string(quoted))
	switch {
	case !ok:
		text, _ := quoted.Text()
		return textKey(role, text)
	case s == "":
		return 0
	}
	return hash.String(textHash(role), s)
}

// trimQuoted is the inside of a JSON string without the white space that it begins
// and ends with. ok is false where it begins or ends with what only shows what it
// is once it is decoded.
func trimQuoted(quoted string) (inside string, ok bool) {
	if len(quoted) < 2 || quoted[0] != '"' {
		return "", false
	}
	s := quoted[1 : len(quoted)-1]
	for s != "" {
		switch c := s[0]; {
		case c == ' ':
			s = s[1:]
			continue
		case c >= utf8.RuneSelf:
			return "", false
		case c != '\\' || len(s) < 2 || s[1] == '"' || s[1] == '\\' || s[1] == '/' || s[1] == 'b':
		case s[1] == 'u':
			return "", false
		default:
			s = s[2:]
			continue
		}
		break
	}
	for s != "" {
		last := len(s) - 1
		switch c := s[last]; {
		case c == ' ':
			s = s[:last]
			continue
		case c >= utf8.RuneSelf:
			return "", false
		case (c == 'n' || c == 'r' || c == 't' || c == 'f') && isEscaped(s, last):
			s = s[:last-1]
			continue
		case last >= 5 && s[last-4] == 'u' && isEscaped(s, last-4):
			return "", false
		}
		break
	}
	return s, true
}

// isEscaped reports whether the letter at i belongs to an escape.
func isEscaped(s string, i int) bool {
	slash := i
	for slash > 0 && s[slash-1] == '\\' {
		slash--
	}
	return (i-slash)%2 == 1
}

// callKey is the same for calls of a tool with equal arguments.
func callKey(name string, input contracts.JSON) uint64 {
	return canon(hash.String(callSeed, name), argumentsOf(input), canonDepth)
}

// argumentsOf are the arguments of a call. Some write them as the text of an
// object.
func argumentsOf(input contracts.JSON) contracts.JSON {
	if input == "" {
		return "{}"
	}
	if text, ok := input.Text(); ok {
		if inner := contracts.JSON(text); (inner.IsObject() || inner.IsArray()) && inner.Valid() {
			return inner
		}
	}
	return input
}

// canonDepth is how deep members are compared in any order; what lies deeper, as
// it is written: each level is read again for the one above it.
const canonDepth = 16

// canon continues a hash with a JSON value, whatever its white space, the order
// of its members and the escapes in its strings.
func canon(h uint64, j contracts.JSON, depth int) uint64 {
	switch kind := jsonscan.Kind(string(j)); kind {
	case '{':
		if depth == 0 {
			return hash.String(h, string(j))
		}
		sum, n := uint64(0), uint64(0)
		for name, value := range j.Members() {
			if value == "null" {
				continue // as good as absent
			}
			sum += canon(hash.String(h, name), value, depth-1)
			n++
		}
		return hash.Uint64(hash.Uint64(h, sum), n)
	case '[':
		if depth == 0 {
			return hash.String(h, string(j))
		}
		for e := range j.Elements() {
			h = canon(h, e, depth-1)
		}
		return hash.Uint64(h, '[')
	case '"':
		text, _ := j.Text()
		return hash.String(h, text)
	case '0':
		if n, ok := jsonscan.Int64(string(j)); ok {
			return hash.Uint64(h, uint64(n))
		}
	}
	return hash.String(h, jsonscan.TrimSpace(string(j)))
}
