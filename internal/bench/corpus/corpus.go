// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

// Package corpus makes the texts that the benchmarks send: the same on every
// machine and in every run.
//
// Two embedded texts are its whole vocabulary: prose.txt, letters and
// explanations written for it, and code.txt, sources of this project as they
// once were. A text is put together of fragments of a line or two from places
// that a seeded generator picks, so that no two texts are alike and compression
// does not find more in them than in what models say; about once in 400 bytes
// it holds a few characters that are not ASCII.
//
// What a text costs depends on how much of it JSON has to escape, so that is
// part of what a corpus is: [Corpus.EscapesPerKB].
package corpus

import (
	_ "embed" // the texts
	"fmt"
	"math/rand/v2"
	"strings"
	"unicode/utf8"
)

//go:embed prose.txt
var prose string

//go:embed code.txt
var code string

// Corpus is a source of texts.
type Corpus struct {
	name string
	text string
}

// Names are the names of all corpora.
var Names = []string{"code", "prose"}

// New returns the corpus with that name: "prose", or "code", which is
// code-heavy: two parts of code and one of prose.
func New(name string) (*Corpus, error) {
	switch name {
	case "prose":
		return &Corpus{name: name, text: prose}, nil
	case "code":
		return &Corpus{name: name, text: interleave(code, prose)}, nil
	}
	return nil, fmt.Errorf("no corpus %q: there are %s", name, strings.Join(Names, " and "))
}

// interleave puts a paragraph of b after every few of a.
func interleave(a, b string) string {
	var out strings.Builder
	as, bs := strings.Split(a, "\n\n"), strings.Split(b, "\n\n")
	for i, paragraph := range as {
		out.WriteString(paragraph + "\n\n")
		if done := i * len(bs) / len(as); (i+1)*len(bs)/len(as) > done {
			out.WriteString(bs[done] + "\n\n")
		}
	}
	return out.String()
}

// Name is the corpus's name.
func (c *Corpus) Name() string { return c.name }

// Text makes a text of n bytes, or up to three fewer where the last character
// would not fit.
func (c *Corpus) Text(r *rand.Rand, n int) string {
	var b strings.Builder
	b.Grow(n + 300)
	for mark := r.IntN(400); b.Len() < n; {
		b.WriteString(c.fragment(r))
		if b.Len() > mark {
			b.WriteString(marks[r.IntN(len(marks))])
			mark = b.Len() + 400
		}
	}
	text := b.String()
	for n < len(text) && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n]
}

var marks = [...]string{" — é ", "’s ", " 你好 ", " 🙂 ", " “q” "}

// fragment picks 40 to 200 bytes that begin and end with a word.
func (c *Corpus) fragment(r *rand.Rand) string {
	const white = " \n"
	text := c.text[r.IntN(len(c.text)-1000):]
	text = text[strings.IndexAny(text, white)+1:]
	n := 40 + r.IntN(160)
	return text[:n+strings.IndexAny(text[n:], white)+1]
}

// EscapesPerKB is how many of 1,000 bytes a JSON string has to escape: quotes,
// backslashes, line feeds and tabs.
func (c *Corpus) EscapesPerKB() float64 {
	sample := c.Text(rand.New(rand.NewPCG(1, 2)), 1<<18)
	n := 0
	for i := range len(sample) {
		if b := sample[i]; b < 0x20 || b == '"' || b == '\\' {
			n++
		}
	}
	return float64(n) / float64(len(sample)) * 1000
}
