// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package spool

import (
	"cmp"
	"slices"
)

// entry is where a payload is that waits.
type entry struct {
	id        ID
	seg       *segment
	off, size int64 // of the record
	time      int64 // Unix milliseconds
	spans     uint32
}

// index are the payloads that wait, without their content: about 50 bytes each.
type index struct {
	entries []entry // by id; one that was taken out has no segment
	gone    int     // how many those are
}

// add puts in an entry whose id is above all others'.
func (x *index) add(e entry) { x.entries = append(x.entries, e) }

func (x *index) search(id ID) (int, bool) {
	return slices.BinarySearchFunc(x.entries, id, func(e entry, id ID) int { return cmp.Compare(e.id, id) })
}

// find returns the entry, or nil.
func (x *index) find(id ID) *entry {
	if i, ok := x.search(id); ok && x.entries[i].seg != nil {
		return &x.entries[i]
	}
	return nil
}

// after returns the oldest entry whose id is above the one given.
func (x *index) after(id ID) (entry, bool) {
	i, ok := x.search(id)
	if ok {
		i++
	}
	for ; i < len(x.entries); i++ {
		if x.entries[i].seg != nil {
			return x.entries[i], true
		}
	}
	return entry{}, false
}

// in returns the entries of a segment.
func (x *index) in(seg *segment) []entry {
	var in []entry
	for _, e := range x.entries {
		if e.seg == seg {
			in = append(in, e)
		}
	}
	return in
}

// remove takes an entry out.
func (x *index) remove(id ID) (entry, bool) {
	at := x.find(id)
	if at == nil {
		return entry{}, false
	}
	e := *at
	at.seg = nil
	x.gone++
	for len(x.entries) > 0 && x.entries[0].seg == nil {
		x.entries = x.entries[1:]
		x.gone--
	}
	switch {
	case len(x.entries) == 0:
		x.entries = nil
	case x.gone > 64 && x.gone > len(x.entries)/2:
		x.entries = slices.DeleteFunc(x.entries, func(e entry) bool { return e.seg == nil })
		x.gone = 0
	}
	return e, true
}
