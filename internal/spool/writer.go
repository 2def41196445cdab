// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package spool

import (
	"errors"
	"fmt"
	"io/fs"
	"time"
)

// writer is what only the spool's goroutine uses. It alone changes files, the
// index and the segments; the latter two with the lock.
type writer struct {
	active     *segment // the segment that is written to, if any
	activeFile file
	marked     *segment // the segment that was marked in last, if not active
	markedFile file
	// leftover are segments of which nothing is needed and that could not be
	// removed: where somebody reads them on Windows.
	leftover []string
	// patience is how much waste to bear after moving payloads has failed.
	patience int64
}

// batch is what is to be done in one go.
type batch struct {
	buf     []byte // the records of puts
	puts    []put
	acks    []ack
	damaged []ID

	decided bool // what became of the puts, under the spool's lock
	err     error

	// taken and marked are made where somebody waits for them.
	taken  chan struct{} // closed when nothing can be added any more
	marked chan struct{} // closed when the acks are done
	done   chan struct{} // closed when the puts are
}

type put struct {
	entry
	abandoned bool
}

type ack struct {
	id    ID
	there bool
	err   error
}

// hasRoom keeps batches to the size of a segment.
func (b *batch) hasRoom(size, segmentBytes int64) bool {
	return len(b.puts) == 0 || segmentHeaderLen+int64(len(b.buf))+size <= segmentBytes
}

func (b *batch) put(h *header, payload []byte) int {
	b.puts = append(b.puts, put{entry: entry{id: h.id, off: int64(len(b.buf)), size: h.size(), time: h.time, spans: h.spans}})
	b.buf = h.append(b.buf)
	b.buf = append(b.buf, payload...)
	return len(b.puts) - 1
}

func (b *batch) ack(id ID) int {
	if b.marked == nil {
		b.marked = make(chan struct{})
	}
	b.acks = append(b.acks, ack{id: id})
	return len(b.acks) - 1
}

func (b *batch) waitTaken() <-chan struct{} {
	if b.taken == nil {
		b.taken = make(chan struct{})
	}
	return b.taken
}

func closeIfMade(c chan struct{}) {
	if c != nil {
		close(c)
	}
}

// run is the spool's goroutine.
func (s *Spool) run() {
	defer close(s.stopped)
	defer s.end()
	var (
		spare batch
		timer = time.NewTimer(0)
	)
	defer timer.Stop()
	for last := false; !last; {
		select {
		case <-s.wake:
		case <-timer.C:
		}
		s.mu.Lock()
		b := s.batch
		s.batch = &batch{buf: spare.buf[:0], puts: spare.puts[:0], done: make(chan struct{})}
		last = s.closed
		s.mu.Unlock()
		closeIfMade(b.taken)
		if !s.guard(b) {
			return
		}
		spare = batch{}
		if cap(b.buf) <= maxReused {
			// The acks stay with those who read them.
			spare.buf, spare.puts = b.buf, b.puts
		}
		timer.Reset(s.nextExpiry())
	}
}

// maxReused bounds the memory that is kept between two batches.
const maxReused = 1 << 20

// guard does a batch. A panic, of OnDrop or our own, closes the spool instead of
// ending the program.
func (s *Spool) guard(b *batch) (ok bool) {
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		err := fmt.Errorf("a panic closed the spool: %v", p)
		s.mu.Lock()
		s.closed = true
		next := s.batch
		s.mu.Unlock()
		closeIfMade(next.taken)
		for _, b := range []*batch{b, next} {
			s.fail(b, err)
		}
	}()
	s.do(b)
	return true
}

// fail has everybody who still waits for a batch know why it is not done.
func (s *Spool) fail(b *batch, err error) {
	if b.marked != nil && !isClosed(b.marked) {
		for i := range b.acks {
			b.acks[i].err = err
		}
		close(b.marked)
	}
	if !isClosed(b.done) {
		s.mu.Lock()
		b.err, b.decided = err, true
		s.mu.Unlock()
		close(b.done)
	}
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

func (s *Spool) do(b *batch) {
	for i := range b.acks {
		b.acks[i].there, b.acks[i].err = s.finish(b.acks[i].id)
	}
	closeIfMade(b.marked)
	for _, id := range b.damaged {
		s.drop(id, DropDamaged)
	}
	s.expire()
	if len(b.puts) > 0 {
		s.commit(b)
	}
	close(b.done)
	s.reclaim()
}

// commit makes the puts of a batch durable, all or none.
func (s *Spool) commit(b *batch) {
	s.makeRoom(int64(len(b.buf)))
	seg, off, err := s.write(b.buf, !s.opts.NoSync)
	s.mu.Lock()
	b.err, b.decided = err, true
	if err != nil {
		s.mu.Unlock()
		return
	}
	for i := range b.puts {
		p := &b.puts[i]
		p.seg, p.off = seg, off+p.off
		s.index.add(p.entry)
		s.count(p.entry, 1)
	}
	s.mu.Unlock()
	for i := range b.puts {
		if b.puts[i].abandoned {
			_, _ = s.finish(b.puts[i].id)
		}
	}
}

// count takes an entry into account, or out of it. It wants the lock.
func (s *Spool) count(e entry, n int) {
	s.stats.Payloads += n
	s.stats.Spans += n * int(e.spans)
	e.seg.live += n
	e.seg.liveBytes += int64(n) * e.size
}

// write appends records to the log and returns where they begin. After an error
// the log is as before, as far as the disk allows.
func (s *Spool) write(buf []byte, sync bool) (*segment, int64, error) {
	if s.active != nil && (s.active.size > segmentHeaderLen && s.active.size+int64(len(buf)) > s.segmentBytes || s.isGone(s.active)) {
		s.seal()
	}
	wasEmpty := s.active == nil || s.active.size == segmentHeaderLen
	seg, off, err := s.tryWrite(buf, sync)
	if err != nil && s.active != nil && s.seal() && !wasEmpty {
		// All in it was waste, which may be what the disk was full of.
		seg, off, err = s.tryWrite(buf, sync)
	}
	return seg, off, err
}

// isGone reports whether somebody has deleted a segment: what is written to it
// could not be read.
func (s *Spool) isGone(seg *segment) bool {
	f, err := s.dir.open(seg.name)
	if err == nil {
		_ = f.Close()
	}
	return errors.Is(err, fs.ErrNotExist)
}

// tryWrite is one attempt of write. After an error the segment is not to be
// written to again: nobody knows what of it is on the disk, or it is to go as
// soon as it can to make room.
func (s *Spool) tryWrite(buf []byte, sync bool) (*segment, int64, error) {
	if s.active == nil {
		if err := s.begin(); err != nil {
			return nil, 0, err
		}
	}
	seg, off := s.active, s.active.size
	_, err := s.activeFile.WriteAt(buf, off)
	if err == nil && sync {
		err = s.activeFile.Sync()
	}
	if err == nil {
		s.resize(seg, off+int64(len(buf)))
		return seg, off, nil
	}
	_ = s.activeFile.Truncate(off)
	if size, sizeErr := s.activeFile.Size(); sizeErr == nil {
		s.resize(seg, size)
	}
	return nil, 0, err
}

func (s *Spool) resize(seg *segment, size int64) {
	s.mu.Lock()
	s.stats.Bytes += size - seg.size
	seg.size = size
	s.mu.Unlock()
}

// begin makes a new segment to write to.
func (s *Spool) begin() error {
	s.mu.Lock()
	s.lastID++
	seg := &segment{name: segmentName(s.lastID), size: segmentHeaderLen}
	s.mu.Unlock()
	f, err := s.dir.create(seg.name)
	if err != nil {
		return err
	}
	_, err = f.WriteAt(appendSegmentHeader(nil), 0)
	if err == nil {
		// Also what was removed before is gone for good then, so that no old
		// segment comes back beside new ones.
		err = s.dir.sync()
	}
	if err != nil {
		return errors.Join(err, f.Close(), s.dir.remove(seg.name))
	}
	s.active, s.activeFile = seg, f
	s.mu.Lock()
	s.segments = append(s.segments, seg)
	s.stats.Bytes += seg.size
	s.mu.Unlock()
	return nil
}

// seal ends the segment that is written to, and reports whether it is gone.
func (s *Spool) seal() bool {
	seg := s.active
	_ = s.activeFile.Close() // all that matters in it was synchronized
	s.active, s.activeFile = nil, nil
	return s.sweep(seg)
}

// finish takes a payload out, if it is there, and marks it on disk.
func (s *Spool) finish(id ID) (there bool, err error) {
	s.mu.Lock()
	e, ok := s.index.remove(id)
	if ok {
		s.count(e, -1)
	}
	s.mu.Unlock()
	if !ok {
		return false, nil
	}
	err = s.mark(e)
	if s.sweep(e.seg) {
		err = nil
	}
	return true, err
}

// mark writes the mark of a payload. It is not synchronized: what a crash of the
// machine takes back is that the payload is not delivered again.
func (s *Spool) mark(e entry) error {
	f, err := s.fileOf(e.seg)
	if err == nil {
		_, err = f.WriteAt(delivered[:], e.off+markOffset)
	}
	return err
}

// fileOf opens a segment for reading and marking.
func (s *Spool) fileOf(seg *segment) (file, error) {
	switch seg {
	case s.active:
		return s.activeFile, nil
	case s.marked:
		return s.markedFile, nil
	}
	s.closeMarked()
	f, err := s.dir.openForWriting(seg.name)
	if err != nil {
		return nil, err
	}
	s.marked, s.markedFile = seg, f
	return f, nil
}

func (s *Spool) closeMarked() {
	if s.marked != nil {
		_ = s.markedFile.Close()
		s.marked, s.markedFile = nil, nil
	}
}

// end closes all files when the goroutine ends.
func (s *Spool) end() {
	if s.active != nil {
		s.seal()
	}
	s.closeMarked()
	_ = s.lock.Close()
}
