// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package redact

import (
	"crypto/hmac"
	"crypto/sha256"
	"slices"
	"strings"
)

// match is what was found in a text: text[start:end], and what it is.
type match struct {
	start, end int
	name       string
}

// find appends all matches in a text, in order, none in another.
type find func(p Place, text string, found []match) []match

// detector replaces what is found by markers.
type detector struct {
	finds []find
	// canonical makes equal what is written differently; nil where nothing is.
	canonical func(string) string
	key       []byte
}

// Redact implements [Redactor].
func (d *detector) Redact(p Place, text string) (string, error) {
	for _, find := range d.finds {
		found := find(p, text, nil)
		if len(found) == 0 {
			continue
		}
		b := make([]byte, 0, len(text)+len(found)*len(markerStart))
		at := 0
		for _, m := range found {
			b = append(b, text[at:m.start]...)
			b = d.appendMarker(b, m.name, text[m.start:m.end])
			at = m.end
		}
		text = string(append(b, text[at:]...))
	}
	return text, nil
}

func (d *detector) appendMarker(b []byte, name, value string) []byte {
	if d.canonical != nil && d.key != nil {
		value = d.canonical(value)
	}
	return appendMarker(b, d.key, name, value)
}

func (d *detector) withKey(key []byte) Redactor {
	keyed := *d
	keyed.key = key
	return &keyed
}

const markerStart = "[REDACTED:"

// appendMarker appends what stands in the place of a value. Its hash is spelled in
// letters, so that no detector takes it for a number or a token.
func appendMarker(b, key []byte, name, value string) []byte {
	b = append(b, markerStart...)
	b = append(b, name...)
	if key != nil {
		const bytes = 8
		h := hmac.New(sha256.New, key)
		_, _ = h.Write([]byte(value))
		b = append(b, ':')
		for _, c := range h.Sum(nil)[:bytes] {
			b = append(b, 'a'+c>>4, 'a'+c&15)
		}
	}
	return append(b, ']')
}

// isMarked reports whether a text is one marker, or withheld.
func isMarked(text string) bool {
	return text == Withheld || strings.HasPrefix(text, markerStart) && strings.IndexByte(text, ']') == len(text)-1
}

// keyed is a redactor whose markers can carry a keyed hash.
type keyed interface {
	withKey(key []byte) Redactor
}

// group is redactors that stand for one.
type group []Redactor

// Redact implements [Redactor].
func (g group) Redact(p Place, text string) (_ string, err error) {
	for _, r := range g {
		if text, err = r.Redact(p, text); err != nil {
			return "", err
		}
	}
	return text, nil
}

func (g group) withKey(key []byte) Redactor { return Hashed(key, g...) }

// Hashed has the markers of ready-made redactors carry a hash of what they stand
// for, such as [REDACTED:email:kbofhmgcdpaeninj]: equal values have equal markers,
// in all sessions that are redacted with the same key. It is 64 bits of
// HMAC-SHA256, spelled in letters.
//
// Whoever has the key can find out a value by trying: there are not many telephone
// numbers. Keep it as a secret of the service, random and of 32 bytes. With an
// empty key, and for redactors that are not of this package, nothing changes.
func Hashed(key []byte, rs ...Redactor) Redactor {
	key = slices.Clone(key)
	var g group
	for _, r := range rs {
		if k, ok := r.(keyed); ok && len(key) > 0 {
			r = k.withKey(key)
		}
		if r != nil {
			g = append(g, r)
		}
	}
	return g
}

// afterEscape is start, or the index behind the escape of a JSON string that
// text[start:] begins in the middle of: JSON travels in texts too.
func afterEscape(text string, start, end int) int {
	slash := start
	for slash > 0 && text[slash-1] == '\\' {
		slash--
	}
	if (start-slash)%2 == 0 || start == end {
		return start
	}
	switch text[start] {
	case 'n', 'r', 't', 'b', 'f':
		return start + 1
	case 'u':
		if end-start >= 5 && isHex(text[start+1:start+5]) {
			return start + 5
		}
	}
	return start
}

// beginsWord reports whether a word begins at i.
func beginsWord(text string, i int) bool {
	return i == 0 || !isWord(text[i-1]) || afterEscape(text, i-1, i) == i || i > 5 && text[i-5] == 'u' && afterEscape(text, i-5, i) == i
}

func isHex(s string) bool {
	for i := range len(s) {
		if c := s[i]; !isDigit(c) && (c|0x20 < 'a' || c|0x20 > 'f') {
			return false
		}
	}
	return true
}

// digits are those of a text.
func digits(text string) string {
	b := make([]byte, 0, len(text))
	for i := range len(text) {
		if isDigit(text[i]) {
			b = append(b, text[i])
		}
	}
	return string(b)
}

// runs finds the runs of bytes of a class that are at least so long, passing over
// what cannot be in one: each such run covers a byte at every step.
type runs struct {
	class *[256]bool
	least int
}

// next is the first run that ends after from; it begins at from at the earliest.
func (r runs) next(text string, from int) (start, end int, ok bool) {
	for i := from + r.least - 1; i < len(text); i += r.least {
		if !r.class[text[i]] {
			continue
		}
		start, end = i, i+1
		for start > from && r.class[text[start-1]] {
			start--
		}
		for end < len(text) && r.class[text[end]] {
			end++
		}
		if end-start >= r.least {
			return start, end, true
		}
		from = end
		i = end - 1
	}
	return 0, 0, false
}

// class is a set of bytes.
func class(in func(c byte) bool) *[256]bool {
	var set [256]bool
	for c := range set {
		set[c] = in(byte(c))
	}
	return &set
}
