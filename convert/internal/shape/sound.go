// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package shape

import (
	"strings"
	"unicode/utf8"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/internal/jsonscan"
)

// Sound makes a text fit to be walked. Invalid UTF-8 becomes U+FFFD. A text that
// nests too deep to be a part of a payload is nothing. One that was cut stays
// so: a walk yields what is before the cut.
func Sound(j contracts.JSON) contracts.JSON {
	if !utf8.ValidString(string(j)) {
		j = contracts.JSON(strings.ToValidUTF8(string(j), "\uFFFD"))
	}
	if tooDeep(string(j)) {
		return ""
	}
	return j
}

// tooDeep counts brackets: in valid JSON, how deep it nests; in other text, more
// than a walk meets.
func tooDeep(s string) bool {
	const most = jsonscan.PartDepth
	if len(s) <= most || strings.Count(s, "[")+strings.Count(s, "{") <= most {
		return false
	}
	depth, inString := 0, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '[' || c == '{':
			if depth++; depth > most {
				return true
			}
		case c == ']' || c == '}':
			depth--
		}
	}
	return false
}

// Parse reads text that should be JSON and may be anything, such as the
// arguments of a call. White space around it is no part of the value.
func Parse(text string) (_ contracts.JSON, ok bool) {
	j := contracts.JSON(jsonscan.TrimSpace(text))
	return j, j.Valid()
}

// Verbatim keeps a part as it came. One that the wire would not take so, because
// it is no object, has no type, or has the type of a part that it is not, stands
// as the value of a part of type "unknown".
func Verbatim(raw contracts.JSON) contracts.UnknownContentPart {
	const unknown = "unknown"
	kind, ok := raw.Member("type").Text()
	switch kind {
	case contracts.PartText, contracts.PartReasoning, contracts.PartFile, contracts.PartToolCall, contracts.PartToolResult:
		ok = false
	}
	if !ok {
		if raw == "" {
			raw = "null"
		}
		kind, raw = unknown, `{"type":"`+unknown+`","value":`+raw+`}`
	}
	return contracts.UnknownContentPart{PartType: kind, Raw: raw}
}
