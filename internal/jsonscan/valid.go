// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package jsonscan

import (
	"iter"
	"strings"
)

// This file walks text that is known to be valid: what was validated needs no
// grammar any more, and strings are passed over at the speed of a search for
// quotes. On other text these walkers yield something or other, and neither panic
// nor go beyond the text.

// ValidMembers is [Members] for text that is known to be valid.
func ValidMembers(s string) iter.Seq2[string, string] {
	return func(yield func(name, value string) bool) {
		if i := space(s, 0); i < len(s) && s[i] == '{' {
			validObject(s, i, yield)
		}
	}
}

// validObject walks the members of the object at s[i:] and returns the index
// after it; -1 where yield ends the walk, and at a fault.
func validObject(s string, i int, yield func(name, value string) bool) int {
	i, more := first(s, i, '}')
	for more && i < len(s) && s[i] == '"' {
		name := str(s, i) // strictly: it is unquoted
		if name < 0 {
			return -1
		}
		start := space(s, name)
		if start >= len(s) || s[start] != ':' {
			return -1
		}
		start = space(s, start+1)
		end := skip(s, start)
		if end < 0 || !yield(unquote(s[i:name]), s[start:end]) {
			return -1
		}
		i, more = next(s, end, '}')
	}
	if more {
		return -1
	}
	return i
}

// ValidElements is [Elements] for text that is known to be valid.
func ValidElements(s string) iter.Seq[string] {
	return func(yield func(string) bool) {
		i := space(s, 0)
		if i == len(s) || s[i] != '[' {
			return
		}
		i, more := first(s, i, ']')
		for more {
			end := skip(s, i)
			if end < 0 || !yield(s[i:end]) {
				return
			}
			i, more = next(s, end, ']')
		}
	}
}

// ValidText is [Unquote] for text that is known to be valid.
func ValidText(s string) (_ string, ok bool) {
	if s = TrimSpace(s); len(s) < 2 || s[0] != '"' {
		return "", false
	}
	return unquote(s), true
}

// skip returns the index after the value at s[i:]; -1 where there is none.
func skip(s string, i int) int {
	if i >= len(s) {
		return -1
	}
	switch s[i] {
	case '"':
		return skipString(s, i)
	case '{', '[':
		return skipNested(s, i)
	}
	start := i
	for i < len(s) && s[i] != ',' && s[i] != '}' && s[i] != ']' && !isSpace(s[i]) {
		i++
	}
	if i == start {
		return -1
	}
	return i
}

func skipNested(s string, i int) int {
	for depth := 0; i >= 0 && i < len(s); {
		switch s[i] {
		case '"':
			i = skipString(s, i)
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
		i++
	}
	return -1
}

// skipString returns the index after the string whose opening quote is s[i]; the
// end of the text where it has no other.
func skipString(s string, i int) int {
	for start := i + 1; ; {
		n := strings.IndexByte(s[start:], '"')
		if n < 0 {
			return len(s)
		}
		end := start + n
		slash := end
		for slash > i+1 && s[slash-1] == '\\' {
			slash--
		}
		if start = end + 1; (end-slash)%2 == 0 {
			return start
		}
	}
}
