// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package jsonscan

import (
	"math"
	"math/bits"
	"unicode/utf8"
)

// Tape is where the values of a text stand, found while it is checked: what was
// read once is not searched for its ends again. It goes down to a depth of
// four; what lies deeper is checked and not listed. The zero Tape is ready
// and holds nothing. What it tells is of a text that was read and is JSON. It is not
// safe for concurrent use.
type Tape struct {
	text  string
	nodes []tapeNode
	// other says that there are bytes from 0x80 on.
	other bool
}

// tapeDepth is how deep arrays and objects may nest whose values are on a tape.
const tapeDepth = 4

// tapeNode is a value, or the name of a member of an object.
type tapeNode struct {
	start, end int32
	next       int32 // the node after this one and all in it
	kind       byte
	// of a string: whether it has escapes, and whether [AppendString] would write it
	// just so.
	escaped, asWritten bool
}

// Read reads a text that should be JSON, and reports whether it is: whether
// [ValidPart] is true of it. One of two gigabytes is not read.
func (t *Tape) Read(s string) bool {
	t.text, t.nodes, t.other = s, t.nodes[:0], false
	if len(s) > math.MaxInt32 {
		return false
	}
	i := t.value(space(s, 0), 0)
	return i >= 0 && space(s, i) == len(s) && (!t.other || utf8.ValidString(s))
}

// Forget takes back what was read. A tape keeps its memory, but not that of a text of
// very many values.
func (t *Tape) Forget() {
	const most = 1 << 12
	if t.text = ""; cap(t.nodes) > most {
		t.nodes = nil
	}
	t.nodes = t.nodes[:0]
}

// Root is the value that the text is, once it was read.
func (t *Tape) Root() int { return 0 }

// Text is the exact text of a value.
func (t *Tape) Text(i int) string { return t.text[t.nodes[i].start:t.nodes[i].end] }

// Kind is the kind of a value, as the function [Kind] tells.
func (t *Tape) Kind(i int) byte { return t.nodes[i].kind }

// AsWritten reports whether a value is a string that [AppendString] would write
// just as it stands.
func (t *Tape) AsWritten(i int) bool { return t.nodes[i].asWritten }

// String is the text that a string spells, such as the name of a member.
func (t *Tape) String(i int) string {
	s := t.Text(i)
	if t.nodes[i].escaped {
		return unquote(s)
	}
	return s[1 : len(s)-1]
}

// Member is the value of an object's member, the last where there are several; ok
// is false where there is none, and where of is no object.
func (t *Tape) Member(of int, name string) (value int, ok bool) {
	if t.Kind(of) != '{' {
		return 0, false
	}
	for n, more := t.First(of); more; {
		v, _ := t.Next(n, of)
		if t.String(n) == name {
			value, ok = v, true
		}
		n, more = t.Next(v, of)
	}
	return value, ok
}

// First is the first element of an array, or the name of an object's first
// member; the value comes [Tape.Next] to it. ok is false where there is none, and
// where the value lies too deep.
func (t *Tape) First(of int) (i int, ok bool) {
	i = of + 1
	return i, i < int(t.nodes[of].next)
}

// Next is the node after i and all that is in it, among those in of. ok is false
// where there is none.
func (t *Tape) Next(i, of int) (next int, ok bool) {
	next = int(t.nodes[i].next)
	return next, next < int(t.nodes[of].next)
}

// value reads the value at i, whose container nests depth deep.
func (t *Tape) value(i, depth int) int {
	if i >= len(t.text) {
		return -1
	}
	at := len(t.nodes)
	t.nodes = append(t.nodes, tapeNode{start: int32(i), kind: t.text[i]})
	escaped, asWritten := false, false
	switch c := t.text[i]; {
	case c == '"':
		i, escaped, asWritten = t.str(i)
	case c == '{' && depth < tapeDepth:
		i = t.object(i, depth+1)
	case c == '[' && depth < tapeDepth:
		i = t.array(i, depth+1)
	case c == '{' || c == '[':
		t.other = true
		i = value(t.text, i, PartDepth-depth)
	default:
		if i = value(t.text, i, 0); c != 't' && c != 'f' && c != 'n' {
			t.nodes[at].kind = '0'
		}
	}
	n := &t.nodes[at]
	n.end, n.next, n.escaped, n.asWritten = int32(i), int32(len(t.nodes)), escaped, asWritten
	return i
}

func (t *Tape) object(i, depth int) int {
	i, more := first(t.text, i, '}')
	for more {
		if i >= len(t.text) || t.text[i] != '"' {
			return -1
		}
		if i = t.value(i, depth); i < 0 {
			return -1
		}
		if i = space(t.text, i); i >= len(t.text) || t.text[i] != ':' {
			return -1
		}
		i = t.value(space(t.text, i+1), depth)
		i, more = next(t.text, i, '}')
	}
	return i
}

func (t *Tape) array(i, depth int) int {
	i, more := first(t.text, i, ']')
	for more {
		i = t.value(i, depth)
		i, more = next(t.text, i, ']')
	}
	return i
}

// str is the function str, and tells of the string what its node says.
func (t *Tape) str(i int) (end int, escaped, asWritten bool) {
	s := t.text
	asWritten = true
	var seen uint64
	i++
	for {
		for i+8 <= len(s) {
			w := word(s, i)
			seen |= w
			if m := special(w); m != 0 {
				i += bits.TrailingZeros64(m) / 8
				break
			}
			i += 8
		}
		for i < len(s) && s[i] >= 0x20 && s[i] != '"' && s[i] != '\\' {
			seen |= uint64(s[i])
			i++
		}
		switch {
		case i >= len(s):
			return -1, false, false
		case s[i] == '"':
			t.other = t.other || seen&highs != 0
			return i + 1, escaped, asWritten
		case s[i] != '\\':
			return -1, false, false
		case i+1 < len(s) && unescaped[s[i+1]] != 0:
			escaped, asWritten = true, asWritten && s[i+1] != '/'
			i += 2
		default:
			var own [6]byte
			r, next := escape(s, i)
			if next < 0 {
				return -1, false, false
			}
			escaped, asWritten = true, asWritten && r < 0x20 && string(appendEscaped(own[:0], string(r))) == s[i:next]
			i = next
		}
	}
}
