// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package spool

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
)

// segment is one file of the log.
type segment struct {
	name      string
	size      int64 // of the file
	live      int   // payloads in it that wait
	liveBytes int64 // of their records
}

func (g *segment) dead() int64 { return g.size - g.liveBytes }

const segmentSuffix = ".spool"

// segmentName is the name of the segment with that number: their order by name
// is the order in which they were made.
func segmentName(number ID) string { return fmt.Sprintf("%016x%s", uint64(number), segmentSuffix) }

func segmentNumber(name string) (ID, bool) {
	digits, ok := strings.CutSuffix(name, segmentSuffix)
	n, err := strconv.ParseUint(digits, 16, 64)
	return ID(n), ok && err == nil && n < maxID && name == segmentName(ID(n))
}

// contents is what is found in a directory.
type contents struct {
	segments []*segment
	index            // what waits; in order once it is settled
	copies   []entry // further copies of those; see Spool.move
	damaged  int
	last     ID // the highest number in use
}

// add reads the segments among names.
func (c *contents) add(d directory, names []string) error {
	for _, name := range slices.Sorted(slices.Values(names)) {
		number, ok := segmentNumber(name)
		if !ok {
			continue
		}
		c.last = max(c.last, number)
		if err := c.addSegment(d, name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

func (c *contents) addSegment(d directory, name string) (err error) {
	f, err := d.open(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	size, err := f.Size()
	if err != nil {
		return err
	}
	s := newScanner(f, size)
	version, ok, err := s.version()
	if err != nil {
		return err
	}
	if ok && version != formatVersion {
		return fmt.Errorf("%s has version %d of the format, and this program knows version %d: use one that is as new", name, version, formatVersion)
	}
	seg := &segment{name: name, size: size}
	c.segments = append(c.segments, seg)
	for {
		rec, ok, err := s.next()
		if err != nil {
			return fmt.Errorf("%s cannot be read: %w", name, err)
		}
		if !ok {
			break
		}
		c.last = max(c.last, rec.id)
		if !rec.done {
			c.entries = append(c.entries, entry{id: rec.id, seg: seg, off: rec.off, size: rec.size, time: rec.time, spans: rec.spans})
		}
	}
	c.damaged += s.damaged
	return nil
}

// settle brings what was found into order. Of a payload that was being moved
// the last copy counts.
func (c *contents) settle() {
	slices.SortStableFunc(c.entries, func(a, b entry) int { return cmp.Compare(a.id, b.id) })
	kept := c.entries[:0]
	for i, e := range c.entries {
		if i+1 < len(c.entries) && c.entries[i+1].id == e.id {
			c.copies = append(c.copies, e)
			continue
		}
		kept = append(kept, e)
		e.seg.live++
		e.seg.liveBytes += e.size
	}
	c.entries = kept
}
