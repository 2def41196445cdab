// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package jsonscan

import "math/bits"

// SIMD within a register: a word is eight bytes of text, the first one lowest.
const (
	ones  = 0x0101010101010101
	highs = 0x80 * ones
)

// word loads s[i:i+8]; the compiler makes it one load.
func word(s string, i int) uint64 {
	b := s[i : i+8]
	return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
		uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
}

// special marks, in their high bits, the bytes of w that cannot stand as they
// are in a JSON string: quote, backslash and those below 0x20. The lowest mark
// is exact; one above it may be false, from a borrow.
//
// Quote and control bytes are one test, for c^2 < 0x21 holds for just those.
// Bytes from 0x80 on never count: clearing w's own bits drops their marks.
func special(w uint64) uint64 {
	quoteOrControl := (w ^ 2*ones) - 0x21*ones
	backslash := (w ^ '\\'*ones) - ones
	return (quoteOrControl | backslash) &^ w & highs
}

// plain returns the index of the first special byte of s at or after i, or
// len(s).
func plain(s string, i int) int {
	for ; i+8 <= len(s); i += 8 {
		if m := special(word(s, i)); m != 0 {
			return i + bits.TrailingZeros64(m)/8
		}
	}
	for i < len(s) && s[i] >= 0x20 && s[i] != '"' && s[i] != '\\' {
		i++
	}
	return i
}

// IsPlain reports whether s is ASCII that stands in a JSON string as it is.
func IsPlain(s string) bool {
	n := len(s)
	if n < 8 {
		for i := range n {
			if c := s[i]; c < 0x20 || c == '"' || c == '\\' || c >= 0x80 {
				return false
			}
		}
		return true
	}
	for i := 0; i < n-8; i += 8 {
		if w := word(s, i); (special(w)|w)&highs != 0 {
			return false
		}
	}
	w := word(s, n-8)
	return (special(w)|w)&highs == 0
}
