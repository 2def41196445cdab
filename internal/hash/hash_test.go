// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package hash_test

import (
	"strings"
	"testing"

	"github.com/spect-tools/spect-go/internal/hash"
)

// Texts that differ in one byte, in length, or in where they are cut have other
// hashes.
func TestDifferentTexts(t *testing.T) {
	seen := map[uint64]string{}
	check := func(h uint64, what string) {
		t.Helper()
		if other, ok := seen[h]; ok {
			t.Errorf("%q and %q have the same hash", what, other)
		}
		seen[h] = what
	}
	for n := range 70 {
		zeros := strings.Repeat("\x00", n)
		check(hash.String(0, zeros), zeros)
		for i := range n {
			check(hash.String(0, zeros[:i]+"a"+zeros[i+1:]), zeros[:i]+"a"+zeros[i+1:])
		}
	}
	for i := range 10 {
		check(hash.String(hash.String(1, "0123456789"[:i]), "0123456789"[i:]), "cut")
		check(hash.Uint64(0, uint64(i)), "number")
		check(hash.Uint64(uint64(i+1), 0), "seed")
	}
}

// Ids were made with these: another hash would make payloads that were sent
// unrecognizable.
func TestHashStays(t *testing.T) {
	if a, b, c := hash.String(0, ""), hash.String(7, "a text of more than sixteen bytes"), hash.Uint64(1, 2); a != wantEmpty || b != wantText || c != wantNumber {
		t.Errorf("the hashes are %#x, %#x and %#x", a, b, c)
	}
}

const (
	wantEmpty  = 0x42bc986dc5eec4d3
	wantText   = 0x4dad3bf7d012fe
	wantNumber = 0xe16e920cd9cad731
)

// A text has one hash, however it is cut.
func TestPieces(t *testing.T) {
	text := strings.Repeat("a text of some length, ", 8)
	for n := range len(text) {
		for cut := range n + 1 {
			for _, step := range []int{1, 7, 16, 100} {
				p := hash.MakePieces(3)
				p.Add([]byte(text[:cut]))
				for rest := text[cut:n]; rest != ""; rest = rest[min(step, len(rest)):] {
					p.Add([]byte(rest[:min(step, len(rest))]))
				}
				if p.Sum() != hash.String(3, text[:n]) {
					t.Fatalf("%d bytes, cut at %d and each %d: another hash", n, cut, step)
				}
			}
		}
	}
}
