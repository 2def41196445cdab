// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package jsonscan

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// MaxDepth is how deep arrays and objects may nest in a valid text.
const MaxDepth = 10000

// PartDepth is how deep a value may nest that becomes part of another text: less
// than MaxDepth by what messages and a payload put around it.
const PartDepth = MaxDepth - 100

// Valid reports whether s is exactly one JSON value, white space around it
// allowed: RFC 8259 grammar, valid UTF-8, nesting at most MaxDepth. Duplicate
// names are accepted, and so is the escape of an unpaired surrogate, which the
// grammar allows and other clients send; Unquote reads it as U+FFFD.
func Valid(s string) bool { return valid(s, MaxDepth) }

// ValidPart is Valid for a value that nests at most PartDepth.
func ValidPart(s string) bool { return valid(s, PartDepth) }

func valid(s string, depth int) bool {
	if !utf8.ValidString(s) {
		return false
	}
	i := value(s, space(s, 0), depth)
	return i >= 0 && space(s, i) == len(s)
}

// The functions below each scan one part of the grammar at s[i:] and return
// the index after it, or -1 where the text breaks the grammar. They take
// bytes from 0x80 on as they come: only Valid checks UTF-8, for the whole text
// at once. depth is the nesting still allowed.

func value(s string, i, depth int) int {
	if i >= len(s) {
		return -1
	}
	switch s[i] {
	case '"':
		return str(s, i)
	case '{':
		return object(s, i, depth)
	case '[':
		return array(s, i, depth)
	case 't':
		return literal(s, i, "true")
	case 'f':
		return literal(s, i, "false")
	case 'n':
		return literal(s, i, "null")
	default:
		return number(s, i)
	}
}

func object(s string, i, depth int) int {
	if depth == 0 {
		return -1
	}
	i, more := first(s, i, '}')
	for more {
		_, _, i = member(s, i, depth-1)
		i, more = next(s, i, '}')
	}
	return i
}

func array(s string, i, depth int) int {
	if depth == 0 {
		return -1
	}
	i, more := first(s, i, ']')
	for more {
		i = value(s, i, depth-1)
		i, more = next(s, i, ']')
	}
	return i
}

// first steps from the opening bracket at s[i] to the first item; where there
// is none, past the closing bracket.
func first(s string, i int, closing byte) (_ int, more bool) {
	i = space(s, i+1)
	if i < len(s) && s[i] == closing {
		return i + 1, false
	}
	return i, true
}

// next steps from the end of an item, or -1 for a broken one, to the item
// after it; where there is none, past the closing bracket.
func next(s string, i int, closing byte) (_ int, more bool) {
	if i < 0 {
		return -1, false
	}
	i = space(s, i)
	switch {
	case i >= len(s):
		return -1, false
	case s[i] == ',':
		return space(s, i+1), true
	case s[i] == closing:
		return i + 1, false
	default:
		return -1, false
	}
}

// member scans a name and its value: s[i:name] and s[start:end].
func member(s string, i, depth int) (name, start, end int) {
	if i >= len(s) || s[i] != '"' {
		return 0, 0, -1
	}
	name = str(s, i)
	if name < 0 {
		return 0, 0, -1
	}
	start = space(s, name)
	if start >= len(s) || s[start] != ':' {
		return 0, 0, -1
	}
	start = space(s, start+1)
	return name, start, value(s, start, depth)
}

// str scans a string; s[i] is its opening quote.
func str(s string, i int) int {
	i++
	for {
		i = plain(s, i)
		switch {
		case i >= len(s):
			return -1
		case s[i] == '"':
			return i + 1
		case s[i] != '\\':
			return -1
		case i+1 < len(s) && unescaped[s[i+1]] != 0: // as most are
			i += 2
		default:
			if _, i = escape(s, i); i < 0 {
				return -1
			}
		}
	}
}

// unescaped maps the letter of a short escape to what it stands for.
var unescaped = [256]byte{
	'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t',
}

// escape decodes an escape; s[i] is its backslash. Two \u escapes that form a
// surrogate pair are one.
func escape(s string, i int) (rune, int) {
	if i+1 >= len(s) {
		return 0, -1
	}
	if c := unescaped[s[i+1]]; c != 0 {
		return rune(c), i + 2
	}
	r := hex(s, i)
	if r < 0 {
		return 0, -1
	}
	if utf16.IsSurrogate(r) {
		r = utf16.DecodeRune(r, hex(s, i+6))
		if r != utf8.RuneError {
			return r, i + 12
		}
	}
	return r, i + 6
}

// hex decodes the four digits of the \u escape at s[i:]; -1 if there is none.
func hex(s string, i int) rune {
	if len(s)-i < 6 || s[i] != '\\' || s[i+1] != 'u' {
		return -1
	}
	var r rune
	for _, c := range []byte(s[i+2 : i+6]) {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return -1
		}
		r = r<<4 | rune(c)
	}
	return r
}

func number(s string, i int) int {
	if i < len(s) && s[i] == '-' {
		i++
	}
	if i < len(s) && s[i] == '0' {
		i++
	} else if i = digits(s, i); i < 0 {
		return -1
	}
	if i < len(s) && s[i] == '.' {
		if i = digits(s, i+1); i < 0 {
			return -1
		}
	}
	if i < len(s) && s[i]|0x20 == 'e' {
		i++
		if i < len(s) && (s[i] == '+' || s[i] == '-') {
			i++
		}
		return digits(s, i)
	}
	return i
}

// digits scans one digit or more.
func digits(s string, i int) int {
	start := i
	for i < len(s) && s[i]-'0' <= 9 {
		i++
	}
	if i == start {
		return -1
	}
	return i
}

func literal(s string, i int, lit string) int {
	if !strings.HasPrefix(s[i:], lit) {
		return -1
	}
	return i + len(lit)
}

// space skips white space.
func space(s string, i int) int {
	for i < len(s) && isSpace(s[i]) {
		i++
	}
	return i
}

func isSpace(c byte) bool {
	return c == ' ' || c == '\n' || c == '\t' || c == '\r'
}
