// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package jsonscan

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// AppendString appends s to dst as a JSON string. It escapes only what JSON
// demands: the quote, the backslash and the bytes below 0x20, by the short
// escapes \b \f \n \r \t or else as \u00xx; nothing for the sake of HTML. Each
// byte of invalid UTF-8 becomes U+FFFD.
func AppendString(dst []byte, s string) []byte {
	dst = append(slices.Grow(dst, len(s)+2), '"')
	if IsPlain(s) { // as ids, names and kinds are
		return append(append(dst, s...), '"')
	}
	if !utf8.ValidString(s) {
		start := 0
		for i, r := range s {
			if r == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD") {
				dst = append(appendEscaped(dst, s[start:i]), "\uFFFD"...)
				start = i + 1
			}
		}
		s = s[start:]
	}
	return append(appendEscaped(dst, s), '"')
}

func appendEscaped(dst []byte, s string) []byte {
	for {
		i := plain(s, 0)
		dst = append(dst, s[:i]...)
		if i == len(s) {
			return dst
		}
		switch c := s[i]; c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\b':
			dst = append(dst, `\b`...)
		case '\f':
			dst = append(dst, `\f`...)
		case '\n':
			dst = append(dst, `\n`...)
		case '\r':
			dst = append(dst, `\r`...)
		case '\t':
			dst = append(dst, `\t`...)
		default:
			const digits = "0123456789abcdef"
			dst = append(dst, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
		}
		s = s[i+1:]
	}
}

// Unquote decodes a valid JSON string text; ok is false where s is no string.
// Without escapes in it the result is a substring of s.
func Unquote(s string) (_ string, ok bool) {
	s = TrimSpace(s)
	if Kind(s) != '"' || str(s, 0) != len(s) {
		return "", false
	}
	return unquote(s), true
}

// unquote decodes a string that is valid; of another what is before the fault.
func unquote(s string) string {
	s = s[1 : len(s)-1]
	i := strings.IndexByte(s, '\\')
	if i < 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s)) // an escape is never shorter than what it stands for
	for i >= 0 {
		r, end := escape(s, i)
		b.WriteString(s[:i])
		if end < 0 {
			return b.String()
		}
		b.WriteRune(r)
		s = s[end:]
		i = strings.IndexByte(s, '\\')
	}
	b.WriteString(s)
	return b.String()
}
