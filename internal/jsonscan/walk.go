// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package jsonscan

import "iter"

// Kind tells the JSON type of a valid text by its first byte: '{', '[', '"',
// 't', 'f', 'n', or '0' for any number. It is 0 for a blank text and for one
// that starts no JSON value.
func Kind(s string) byte {
	i := space(s, 0)
	if i == len(s) {
		return 0
	}
	switch c := s[i]; {
	case c == '-' || '0' <= c && c <= '9':
		return '0'
	case c == '{' || c == '[' || c == '"' || c == 't' || c == 'f' || c == 'n':
		return c
	default:
		return 0
	}
}

// TrimSpace strips JSON white space (space, tab, CR, LF) from both ends.
func TrimSpace(s string) string {
	s = s[space(s, 0):]
	for len(s) > 0 && isSpace(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	return s
}

// Members iterates over an object's members in order, repeated names included:
// the name unquoted, the value's exact text without white space around it. It
// yields nothing where s is not an object. The text must be valid; on other
// text the iteration stops at the fault at the latest.
func Members(s string) iter.Seq2[string, string] {
	return func(yield func(name, value string) bool) {
		for name, value := range members(s) {
			if !yield(unquote(name), value) {
				return
			}
		}
	}
}

// Elements iterates over the exact texts of an array's elements, without white
// space around them, under the terms of [Members].
func Elements(s string) iter.Seq[string] {
	return func(yield func(string) bool) {
		i := space(s, 0)
		if i == len(s) || s[i] != '[' {
			return
		}
		i, more := first(s, i, ']')
		for more {
			end := value(s, i, MaxDepth-1)
			if end < 0 || !yield(s[i:end]) {
				return
			}
			i, more = next(s, end, ']')
		}
	}
}

// Lookup returns the text of an object's member; the last one wins where a
// name is repeated.
func Lookup(s, name string) (value string, ok bool) {
	for n, v := range members(s) {
		if unquote(n) == name {
			value, ok = v, true
		}
	}
	return value, ok
}

// members is Members with the names as they stand in the text, quoted.
func members(s string) iter.Seq2[string, string] {
	return func(yield func(name, value string) bool) {
		i := space(s, 0)
		if i == len(s) || s[i] != '{' {
			return
		}
		i, more := first(s, i, '}')
		for more {
			name, start, end := member(s, i, MaxDepth-1)
			if end < 0 || !yield(s[i:name], s[start:end]) {
				return
			}
			i, more = next(s, end, '}')
		}
	}
}
