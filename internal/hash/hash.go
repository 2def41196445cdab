// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

// Package hash is a fast hash that is the same in every process and on every
// machine, for ids that derive from content and for finding equal content. It
// is no defence against somebody who looks for collisions.
package hash

import "math/bits"

// Odd constants with about as many ones as zeros.
const (
	k0 = 0xa0761d6478bd642f
	k1 = 0xe7037ed1a0b428db
	k2 = 0x8ebc6af09c88c6e3
)

// String continues the hash h with the bytes and the length of s.
func String(h uint64, s string) uint64 {
	n := uint64(len(s))
	h ^= k0
	for len(s) >= 16 {
		h = fold(word(s)^k1, word(s[8:])^h)
		s = s[16:]
	}
	var a, b uint64
	switch {
	case len(s) >= 8:
		a, b = word(s), tail(s[8:])
	default:
		a = tail(s)
	}
	return fold(k1^n, fold(a^k1, b^h))
}

// Uint64 continues the hash h with a number.
func Uint64(h, n uint64) uint64 { return fold(h^k2, n^k1) }

// word is the first eight bytes, tail up to eight of them.
func word(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

func tail(s string) (w uint64) {
	for i := len(s) - 1; i >= 0; i-- {
		w = w<<8 | uint64(s[i])
	}
	return w
}

func fold(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}
