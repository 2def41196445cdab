// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package spool

import (
	"errors"
	"io/fs"
	"math"
	"slices"
	"time"
)

// expire drops what is too old.
func (s *Spool) expire() {
	for s.opts.MaxAge > 0 {
		s.mu.Lock()
		e, ok := s.index.after(0)
		s.mu.Unlock()
		if !ok || time.Since(time.UnixMilli(e.time)) < s.opts.MaxAge {
			return
		}
		s.drop(e.id, DropAge)
	}
}

// nextExpiry is how long the oldest payload may still wait.
func (s *Spool) nextExpiry() time.Duration {
	s.mu.Lock()
	e, ok := s.index.after(0)
	s.mu.Unlock()
	if !ok || s.opts.MaxAge <= 0 {
		return math.MaxInt64
	}
	return time.Until(time.UnixMilli(e.time).Add(s.opts.MaxAge))
}

// drop gives a payload up and tells of it.
func (s *Spool) drop(id ID, why DropReason) {
	s.mu.Lock()
	at := s.index.find(id)
	if at == nil {
		s.mu.Unlock()
		return
	}
	e := *at
	s.mu.Unlock()
	d := Drop{Reason: why, ID: e.id, Spans: int(e.spans)}
	if f, err := s.fileOf(e.seg); err == nil {
		b := make([]byte, min(maxHeader, e.size))
		n, _ := f.ReadAt(b, e.off)
		if h, _, ok := parseHeader(b[:n]); ok {
			d.SessionID = h.session
		}
	}
	_, _ = s.finish(id)
	if s.opts.OnDrop != nil {
		s.opts.OnDrop(d)
	}
}

// sweep removes a segment that nothing is needed of, and reports whether it is
// gone.
func (s *Spool) sweep(seg *segment) bool {
	if seg.live > 0 || seg == s.active {
		return false
	}
	if seg == s.marked {
		s.closeMarked()
	}
	s.mu.Lock()
	s.segments = slices.DeleteFunc(s.segments, func(g *segment) bool { return g == seg })
	s.stats.Bytes -= seg.size
	s.mu.Unlock()
	s.leftover = slices.DeleteFunc(append(s.leftover, seg.name), func(name string) bool {
		err := s.dir.remove(name)
		return err == nil || errors.Is(err, fs.ErrNotExist)
	})
	return !slices.Contains(s.leftover, seg.name)
}

// makeRoom sees to it that n bytes more do not exceed the limit: by moving what
// is live out of segments that are mostly waste, then by dropping the oldest.
func (s *Spool) makeRoom(n int64) {
	movable := true
	for s.limit > 0 && s.stats.Bytes+segmentHeaderLen+n > s.limit {
		if seg := s.mostWasted(); movable && seg != nil {
			movable = s.move(seg)
			continue
		}
		if e, ok := s.index.after(0); ok {
			s.drop(e.id, DropFull)
			continue
		}
		if s.active == nil {
			return
		}
		s.seal()
	}
}

// reclaim keeps waste to the size of what is live, and two segments.
func (s *Spool) reclaim() {
	if s.active != nil && s.active.size >= s.segmentBytes {
		s.seal()
	}
	for s.limit > 0 {
		live := int64(0)
		for _, seg := range s.segments {
			live += seg.liveBytes
		}
		waste := s.stats.Bytes - live
		if waste <= live+2*s.segmentBytes || waste < s.patience {
			return
		}
		seg := s.mostWasted()
		if seg == nil {
			return
		}
		if !s.move(seg) {
			s.patience = waste + s.segmentBytes
			return
		}
		s.patience = 0
	}
}

// mostWasted returns the segment with the most waste, of those that at least
// half is of, or nil.
func (s *Spool) mostWasted() *segment {
	var most *segment
	for _, seg := range s.segments {
		if seg != s.active && seg.dead() >= seg.liveBytes && (most == nil || seg.dead() > most.dead()) {
			most = seg
		}
	}
	return most
}

// move writes what is live in a segment anew and removes the segment. It
// reports whether that is done. At any moment a reader finds each payload in the
// old place or the new, or in both, where it is the same by its number.
func (s *Spool) move(from *segment) bool {
	f, err := s.fileOf(from)
	if err != nil {
		return false
	}
	var (
		buf   []byte
		moved []entry
	)
	for _, e := range s.index.in(from) {
		_, _, whole, err := readRecord(f, e.off, e.size)
		switch {
		case errors.Is(err, errDamaged):
			s.drop(e.id, DropDamaged)
			continue
		case err != nil:
			return false
		}
		to := e
		to.off = int64(len(buf))
		moved = append(moved, to)
		buf = append(buf, whole...)
	}
	if len(moved) == 0 {
		return true // the last drop has swept it
	}
	seg, off, err := s.write(buf, true)
	if err != nil {
		return false
	}
	s.mu.Lock()
	old := make([]entry, len(moved))
	for i, to := range moved {
		at := s.index.find(to.id)
		old[i] = *at
		s.count(*at, -1)
		at.seg, at.off = seg, off+to.off
		s.count(*at, 1)
	}
	s.mu.Unlock()
	for _, e := range old {
		_ = s.mark(e)
	}
	s.sweep(from)
	return true
}
