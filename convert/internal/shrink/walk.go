// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package shrink

import (
	"strings"

	"github.com/spect-tools/spect-go/internal/jsonscan"
)

// This file walks over JSON fast, for what looks for parts to cut.

// skimmer walks over one JSON text, which is trusted to be valid, at the speed of a
// search for quotes. On anything else it ends early; it never goes beyond the text.
type skimmer struct {
	text string
	// ends is where long strings end, by where they begin: the values around
	// one are skipped one after the other.
	ends map[int]int
}

const longString = 512

// skim begins with another text.
func (s *skimmer) skim(text string) {
	s.text = text
	clear(s.ends)
}

// skipString returns the index after the string at i, or -1.
func (s *skimmer) skipString(i int) int {
	if end, ok := s.ends[i]; ok {
		return end
	}
	end := skipString(s.text, i)
	if end-i >= longString {
		if s.ends == nil {
			s.ends = map[int]int{}
		}
		s.ends[i] = end
	}
	return end
}

// skipValue returns the index after the value at i, or -1.
func (s *skimmer) skipValue(i int) int {
	if i >= len(s.text) {
		return -1
	}
	switch s.text[i] {
	case '"':
		return s.skipString(i)
	case '{', '[':
		for depth := 0; i < len(s.text); i++ {
			switch s.text[i] {
			case '"':
				if i = s.skipString(i); i < 0 {
					return -1
				}
				i--
			case '{', '[':
				depth++
			case '}', ']':
				if depth--; depth == 0 {
					return i + 1
				}
			}
		}
		return -1
	}
	start := i
	for i < len(s.text) && s.text[i] != ',' && s.text[i] != '}' && s.text[i] != ']' && !isSpace(s.text[i]) {
		i++
	}
	if i == start {
		return -1
	}
	return i
}

// eachMember calls do for each member of the object at i: the name, quoted, and
// where the value begins and ends.
func (s *skimmer) eachMember(i int, do func(quoted string, start, end int)) {
	for {
		i = skipSpace(s.text, i+1) // after the brace or a comma
		if i >= len(s.text) || s.text[i] != '"' {
			return
		}
		name := s.skipString(i)
		if name < 0 {
			return
		}
		colon := skipSpace(s.text, name)
		if colon >= len(s.text) || s.text[colon] != ':' {
			return
		}
		start := skipSpace(s.text, colon+1)
		end := s.skipValue(start)
		if end < 0 {
			return
		}
		do(s.text[i:name], start, end)
		if i = skipSpace(s.text, end); i >= len(s.text) || s.text[i] != ',' {
			return
		}
	}
}

// eachElement calls do for each element of the array at i: its index, and where
// it begins and ends.
func (s *skimmer) eachElement(i int, do func(index, start, end int)) {
	for index := 0; ; index++ {
		start := skipSpace(s.text, i+1)
		end := s.skipValue(start)
		if end < 0 {
			return
		}
		do(index, start, end)
		if i = skipSpace(s.text, end); i >= len(s.text) || s.text[i] != ',' {
			return
		}
	}
}

// walk is the way to a string within a value.
type walk struct {
	text  string
	depth int
	steps [maxWalk]walkStep
}

// maxWalk is how many steps of a path are known.
const maxWalk = 16

// walkStep is where a walk stands in an object or an array.
type walkStep struct {
	index, name, nameEnd int // name is set in an object
}

// name is the name of the string's member, empty for an element of an array.
func (w *walk) name() string {
	if w.depth == 0 || w.depth > maxWalk {
		return ""
	}
	if s := w.steps[w.depth-1]; s.nameEnd > 0 {
		return unquoted(w.text[s.name:s.nameEnd])
	}
	return ""
}

func (w *walk) appendPath(path []byte) []byte {
	for _, s := range w.steps[:min(w.depth, maxWalk)] {
		if s.nameEnd > 0 {
			path = appendStep(path, unquoted(w.text[s.name:s.nameEnd]))
		} else {
			path = appendIndex(path, s.index)
		}
	}
	return path
}

// eachString calls do for each string in the value at i to end that is not a name.
func (s *skimmer) eachString(i, end int, do func(w *walk, start, end int)) {
	w := walk{text: s.text}
	for i < end {
		switch s.text[i] {
		case '{', '[':
			if w.depth < maxWalk {
				w.steps[w.depth] = walkStep{}
			}
			w.depth++
		case '}', ']':
			if w.depth--; w.depth < 0 {
				return
			}
		case ',':
			if 0 < w.depth && w.depth <= maxWalk {
				w.steps[w.depth-1].index++
			}
		case '"':
			after := s.skipString(i)
			if after < 0 || after > end {
				return
			}
			if colon := skipSpace(s.text, after); colon >= end || s.text[colon] != ':' {
				do(&w, i, after)
			} else if 0 < w.depth && w.depth <= maxWalk {
				step := &w.steps[w.depth-1]
				step.name, step.nameEnd = i, after
			}
			i = after
			continue
		}
		i++
	}
}

// unquoted is the text of a JSON string.
func unquoted(quoted string) string {
	text, _ := jsonscan.ValidText(quoted)
	return text
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

// skipSpace skips white space.
func skipSpace(s string, i int) int {
	for i < len(s) && isSpace(s[i]) {
		i++
	}
	return i
}

// skipString returns the index after the string at i, or -1.
func skipString(s string, i int) int {
	start := i + 1
	for from := start; ; {
		n := strings.IndexByte(s[from:], '"')
		if n < 0 {
			return -1
		}
		quote := from + n
		slash := quote
		for slash > start && s[slash-1] == '\\' {
			slash--
		}
		if from = quote + 1; (quote-slash)%2 == 0 {
			return from
		}
	}
}
