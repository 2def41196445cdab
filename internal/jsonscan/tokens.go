// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package jsonscan

import (
	"strings"
	"unicode/utf8"
)

// Tokens reads a text that is known to be valid token by token, in linear time
// whatever its depth. On other text it yields something or other, up to a fault
// that it sees, and never goes beyond the text.
type Tokens struct {
	text string
	at   int
}

// Token is what stands at Start to End: a kind as [Kind] tells, or one of the
// bytes } ] : and comma. Kind is 0 at the end of the text and [TokenFault] where
// no token is.
type Token struct {
	Kind       byte
	Start, End int
}

// TokenFault is the kind of what is no token.
const TokenFault = '!'

// MakeTokens returns the tokens of s from index at on.
func MakeTokens(s string, at int) Tokens { return Tokens{s, at} }

// Next returns the next token.
func (t *Tokens) Next() Token {
	start := space(t.text, t.at)
	if start >= len(t.text) {
		t.at = len(t.text)
		return Token{Start: t.at, End: t.at}
	}
	c, end := t.text[start], start+1
	switch c {
	case '"':
		if end = skipString(t.text, start); !closed(t.text, start, end) {
			c = TokenFault
		}
	case '{', '}', '[', ']', ':', ',':
	default:
		if end = skip(t.text, start); end < 0 {
			c, end = TokenFault, start+1
		} else if c == '-' || '0' <= c && c <= '9' {
			c = '0'
		} else if c != 't' && c != 'f' && c != 'n' {
			c = TokenFault
		}
	}
	t.at = end
	return Token{c, start, end}
}

// Skip passes over the value that token begins, to its end.
func (t *Tokens) Skip(token Token) (end int) {
	if token.Kind != '{' && token.Kind != '[' {
		return token.End
	}
	if t.at = skip(t.text, token.Start); t.at < 0 {
		t.at = len(t.text)
	}
	return t.at
}

// closed reports whether the string at start to end has its closing quote.
func closed(s string, start, end int) bool {
	last := end - 1
	if last <= start || s[last] != '"' {
		return false
	}
	slash := last
	for slash > start+1 && s[slash-1] == '\\' {
		slash--
	}
	return (last-slash)%2 == 0
}

// AppendText appends the text that a string spells, which is known to be valid
// and stands in its quotes.
func AppendText(dst []byte, quoted string) []byte {
	s := quoted[1 : len(quoted)-1]
	for {
		i := strings.IndexByte(s, '\\')
		if i < 0 {
			return append(dst, s...)
		}
		dst = append(dst, s[:i]...)
		if i+1 < len(s) && unescaped[s[i+1]] != 0 {
			dst = append(dst, unescaped[s[i+1]])
			s = s[i+2:]
			continue
		}
		r, end := escape(s, i)
		if end < 0 {
			return dst
		}
		dst = utf8.AppendRune(dst, r)
		s = s[end:]
	}
}
