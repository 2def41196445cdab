// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package corpus_test

import (
	"hash/crc32"
	"math/rand/v2"
	"testing"
	"unicode/utf8"

	"github.com/spect-tools/spect-go/internal/bench/corpus"
)

func seeded() *rand.Rand { return rand.New(rand.NewPCG(7, 11)) }

// TestFixed holds the texts to what they were when figures were published:
// others would make the figures others.
func TestFixed(t *testing.T) {
	for _, want := range []struct {
		name     string
		sum      uint32
		min, max float64 // escapes per kB
	}{
		{"code", 0x958841e7, 50, 65},
		{"prose", 0xa052ae80, 5, 9},
	} {
		c, err := corpus.New(want.name)
		if err != nil {
			t.Fatal(err)
		}
		if sum := crc32.ChecksumIEEE([]byte(c.Text(seeded(), 100_000))); sum != want.sum {
			t.Errorf("%s: the text has changed: checksum %#x, want %#x", want.name, sum, want.sum)
		}
		if e := c.EscapesPerKB(); e < want.min || e > want.max {
			t.Errorf("%s: %.1f escapes a kB, want %v to %v", want.name, e, want.min, want.max)
		}
	}
}

func TestText(t *testing.T) {
	for _, name := range corpus.Names {
		c, err := corpus.New(name)
		if err != nil {
			t.Fatal(err)
		}
		r, seen := seeded(), map[string]bool{}
		for n := 40; n < 3000; n++ {
			text := c.Text(r, n)
			if len(text) > n || len(text) < n-3 || !utf8.ValidString(text) {
				t.Fatalf("%s: %d bytes asked for, %d given: %q", name, n, len(text), text)
			}
			if n < 400 {
				continue
			}
			if seen[text[:396]] {
				t.Fatalf("%s: a text is as one before", name)
			}
			seen[text[:396]] = true
		}
	}
}

func TestUnknown(t *testing.T) {
	if _, err := corpus.New("poems"); err == nil {
		t.Error("no error for a corpus that does not exist")
	}
}
