// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package jsonscan

import "unicode/utf8"

// Element is an element of an array: its exact text, and of one member of it,
// where it is an object that has one of that name, the exact text too.
type Element struct{ Text, Member string }

// AppendElements appends the elements of an array to dst, with their member
// called name, the last one where it is repeated: [ValidPart], [Elements] and
// [Lookup] in one scan. ok is false, and dst as it was, for text that is not
// valid or no array.
func AppendElements(dst []Element, s, name string) (_ []Element, ok bool) {
	start := space(s, 0)
	if start == len(s) || s[start] != '[' || !utf8.ValidString(s) {
		return dst, false
	}
	had := len(dst)
	i, more := first(s, start, ']')
	for more {
		var (
			e   Element
			end int
		)
		if i < len(s) && s[i] == '{' {
			end, e.Member = objectWith(s, i, PartDepth-1, name)
		} else {
			end = value(s, i, PartDepth-1)
		}
		if end < 0 {
			return dst[:had], false
		}
		e.Text = s[i:end]
		dst = append(dst, e)
		i, more = next(s, end, ']')
	}
	if i < 0 || space(s, i) != len(s) {
		return dst[:had], false
	}
	return dst, true
}

// objectWith is object, and returns the text of a member.
func objectWith(s string, i, depth int, name string) (_ int, text string) {
	i, more := first(s, i, '}')
	for more {
		at := i
		n, start, end := member(s, i, depth-1)
		if end >= 0 && unquote(s[at:n]) == name {
			text = s[start:end]
		}
		i, more = next(s, end, '}')
	}
	return i, text
}
