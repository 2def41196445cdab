// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package shrink

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/shape"
	"github.com/spect-tools/spect-go/internal/jsonscan"
)

// This file notes what was cut.

// note says what was cut, and why it is no longer as it was.
type note struct {
	what, why string
	size, cut int // what it takes; how many bytes were cut
}

const (
	// partialKey is the member of metadata that holds the notes.
	partialKey = "partial"
	// moreKey counts what has no note of its own.
	moreKey = "more"
	// valueKey keeps what stood in the place of an object.
	valueKey = "value"
	// maxWhy bounds a note that an earlier one was added to.
	maxWhy = 120
)

func (c *change) why() string {
	var b []byte
	switch c.how {
	case howHashed:
		b = append(b, "file replaced by its sha256: "...)
		b = grouped(b, c.of)
		return string(append(b, " bytes"...))
	case howToText:
		b = append(b, "kept as text, "...)
	}
	b = append(b, "cut by "...)
	b = grouped(b, c.cut)
	b = append(b, " of "...)
	b = grouped(b, c.of)
	return string(append(b, " bytes"...))
}

func countWhy(parts, bytes int) string {
	b := grouped(nil, parts)
	b = append(b, " cut by "...)
	b = grouped(b, bytes)
	return string(append(b, " bytes in all"...))
}

// note notes that something was cut by so many bytes; where there is no room for
// another note it is counted.
func (s *shrinker) note(u int, what, why string, cut int) {
	if len(what) > maxPath {
		what = strings.ToValidUTF8(what[:maxPath-len(ellipsis)], "") + ellipsis
	}
	n := note{what, why, quotedSize(what) + len(":") + quotedSize(why) + len(" (99),"), cut}
	un := &s.units[u]
	taken := slices.ContainsFunc(un.notes, func(n note) bool { return n.what == what })
	if taken || n.size > noteSize || len(un.notes) >= maxNotes {
		s.count(u, 1, cut)
		return
	}
	s.count(u, 0, 0)
	un.notes = append(un.notes, n)
	s.notes--
	s.owe(un, n.size)
}

// count counts what was cut and has no note.
func (s *shrinker) count(u, parts, bytes int) {
	un := &s.units[u]
	if un.owed == 0 {
		s.owe(un, notesSize)
	}
	un.more += parts
	un.moreBytes += bytes
}

func (s *shrinker) owe(un *unit, size int) {
	un.owed += size
	s.owed += size
}

// countSize is the most that notes take when all are counted, with so many more.
func (s *shrinker) countSize(u, parts, bytes int) int {
	un := &s.units[u]
	parts += un.more + len(un.notes)
	bytes += un.moreBytes
	for _, n := range un.notes {
		bytes += n.cut
	}
	size := len(`,"":{"":""}`) + len(partialKey) + len(moreKey) + len(countWhy(parts, bytes))
	if u > sessionUnit {
		if own := s.spans()[u-1].Metadata; own == "" || own.IsObject() && own.Member(partialKey) == "" {
			return size
		}
	}
	return max(size, notesSize)
}

// dropNotes counts what was noted.
func (s *shrinker) dropNotes(u int) {
	un := &s.units[u]
	for _, n := range un.notes {
		s.owe(un, -n.size)
		s.count(u, 1, n.cut)
	}
	un.notes = nil
}

// writeNotes writes what was noted of a unit into its metadata.
func (s *shrinker) writeNotes(u int) {
	un := &s.units[u]
	if un.owed == 0 {
		return
	}
	s.owe(un, -un.owed)
	if u == sessionUnit {
		s.writeSessionNotes(un)
		return
	}
	r := &s.spans()[u-1]
	own := r.Metadata
	s.size -= len(cmp.Or(own, "{}"))
	switch {
	case own == "" || own == "null":
		own = "{}"
	case !own.IsObject():
		own = shape.Single(valueKey, own)
	}
	if old := own.Member(partialKey); old != "" {
		r.Metadata = shape.Merged(own, shape.Single(partialKey, un.partial(old)))
	} else {
		r.Metadata = shape.With(own, partialKey, un.partial(""))
	}
	s.size += len(r.Metadata)
}

func (s *shrinker) writeSessionNotes(un *unit) {
	m := &s.p.Metadata
	if m.Result == nil {
		before := len(s.p.AppendJSON(nil))
		m.Result = new(contracts.CollectorTraceResult)
		s.size += len(s.p.AppendJSON(nil)) - before
	}
	r := m.Result
	for i := len(r.Extra) - 1; i >= 0; i-- { // of a repeated one the last counts
		if e := &r.Extra[i]; e.Name == partialKey {
			s.size -= len(cmp.Or(e.Value, "null"))
			e.Value = un.partial(e.Value)
			s.size += len(e.Value)
			return
		}
	}
	e := contracts.Member{Name: partialKey, Value: un.partial("")}
	r.Extra = append(slices.Clip(r.Extra), e)
	s.size += len(`,"":`) + len(e.Name) + len(e.Value)
}

// partial adds the notes of a unit to those that are there.
func (un *unit) partial(old contracts.JSON) contracts.JSON {
	switch {
	case old == "" || old == "null":
		old = "{}"
	case !old.IsObject():
		old = shape.Single(valueKey, old)
	}
	notes := un.notes
	if un.more > 0 {
		notes = append(notes, note{what: moreKey, why: countWhy(un.more, un.moreBytes)})
	}
	if len(notes) == 0 {
		return old
	}
	b := []byte{}
	for i, n := range notes {
		if i == 0 {
			b = append(b, '{')
		} else {
			b = append(b, ',')
		}
		what, why := n.what, n.why
		if before, ok := old.Member(what).Text(); ok && len(before)+len(why) < maxWhy {
			why = before + "; " + why
		} else {
			for again := 2; old.Member(what) != ""; again++ {
				what = n.what + " (" + strconv.Itoa(again) + ")"
			}
		}
		b = jsonscan.AppendString(b, what)
		b = append(b, ':')
		b = jsonscan.AppendString(b, why)
	}
	return shape.Merged(old, contracts.JSON(append(b, '}')))
}
