// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package redact

import (
	"errors"
	"regexp"
	"strings"
)

// Pattern finds what a regular expression matches, in all texts, the names of
// members and numbers too. The marker is [REDACTED:name].
//
// Go's regular expressions take linear time, whatever the expression and the
// text. They are slower than the other redactors by a factor of ten or more: an
// expression that begins with a literal is the fastest.
func Pattern(name string, re *regexp.Regexp) Redactor { return &pattern{name: name, re: re} }

type pattern struct {
	name string
	re   *regexp.Regexp
	key  []byte
}

var errNoPattern = errors.New("redact.Pattern was given no expression")

// Check implements [Checker].
func (r *pattern) Check() error {
	if r.re == nil {
		return errNoPattern
	}
	return nil
}

// Redact implements [Redactor].
func (r *pattern) Redact(_ Place, text string) (string, error) {
	if r.re == nil {
		return "", errNoPattern
	}
	if !r.re.MatchString(text) {
		return text, nil
	}
	var b strings.Builder
	at := 0
	for _, m := range r.re.FindAllStringIndex(text, -1) {
		if m[0] == m[1] || isMarked(text[m[0]:m[1]]) {
			continue
		}
		b.WriteString(text[at:m[0]])
		b.Write(appendMarker(nil, r.key, r.name, text[m[0]:m[1]]))
		at = m[1]
	}
	b.WriteString(text[at:])
	return b.String(), nil
}

func (r *pattern) withKey(key []byte) Redactor { return &pattern{r.name, r.re, key} }
