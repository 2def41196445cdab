// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

// Package hash is a fast hash that is the same in every process and on every
// machine, for ids that derive from content and for finding equal content. It
// is no defence against somebody who looks for collisions.
package hash

import (
	"encoding/binary"
	"math/bits"
)

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
	for len(s) >= block {
		h = fold(word(s)^k1, word(s[8:])^h)
		s = s[block:]
	}
	return end(h, s, n)
}

// end ends the hash of a text of n bytes with those that make no block.
func end(h uint64, s string, n uint64) uint64 {
	var a, b uint64
	switch {
	case len(s) >= 8:
		a, b = word(s), tail(s[8:])
	default:
		a = tail(s)
	}
	return fold(k1^n, fold(a^k1, b^h))
}

// Pieces hashes a text that comes in pieces: to the same as [String] of all of it.
type Pieces struct {
	h      uint64
	length uint64
	rest   [block]byte // what of the pieces is no whole block
}

// block is how many bytes are hashed at once.
const block = 16

// MakePieces returns what continues the hash h.
func MakePieces(h uint64) Pieces { return Pieces{h: h ^ k0} }

// Add adds a piece.
func (p *Pieces) Add(piece []byte) {
	have := int(p.length % block)
	p.length += uint64(len(piece))
	if have > 0 {
		n := copy(p.rest[have:], piece)
		if piece = piece[n:]; have+n < block {
			return
		}
		p.blocks(p.rest[:])
	}
	whole := len(piece) &^ (block - 1)
	p.blocks(piece[:whole])
	copy(p.rest[:], piece[whole:])
}

func (p *Pieces) blocks(b []byte) {
	h := p.h
	for ; len(b) >= block; b = b[block:] {
		h = fold(binary.LittleEndian.Uint64(b)^k1, binary.LittleEndian.Uint64(b[8:])^h)
	}
	p.h = h
}

// Sum is the hash of the pieces so far.
func (p *Pieces) Sum() uint64 {
	return end(p.h, string(p.rest[:p.length%block]), p.length)
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
