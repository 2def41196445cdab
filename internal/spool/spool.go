// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package spool

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// ID is a payload's number in its spool. A higher one was put later. It stays
// the same for as long as the payload is in the spool, also in other processes.
type ID uint64

// Entry is a payload in a spool.
type Entry struct {
	// ID and Time, when it was put, are the spool's own; Put reads neither.
	ID   ID
	Time time.Time
	// SessionID is the session's UUID as text, Organization whose it is: up to
	// 1 KiB each.
	SessionID    string
	Organization string
	// Spans is how many spans are in the payload.
	Spans int
	// Payload is JSON, so UTF-8: damage is told from payloads by a byte that
	// UTF-8 does not have.
	Payload []byte
}

// Options configures a spool. The zero Options are for one that is only emptied:
// no payload is dropped.
type Options struct {
	// MaxBytes bounds the files in the directory, in bytes: at least 64 KiB. Beyond it
	// the oldest payloads are dropped. 0: no bound.
	MaxBytes int64
	// MaxAge bounds how long a payload is kept. 0: no bound.
	MaxAge time.Duration
	// NoSync leaves it to the operating system when what was put goes from memory
	// to the disk. That survives the end of the process, also by SIGKILL, but
	// not a crash of the machine.
	NoSync bool
	// OnDrop is called for each payload that the spool gives up, one call after
	// the other. It must be quick, and not call the spool.
	OnDrop func(Drop)

	segmentBytes int64 // for tests; 0: a 16th of MaxBytes, up to 16 MiB
}

const (
	minBytes        = 64 << 10
	maxSegmentBytes = 16 << 20
)

// DropReason says why a payload was given up.
type DropReason string

// The reasons for a drop.
const (
	// DropFull: it was the oldest when there was no room (Options.MaxBytes).
	DropFull DropReason = "full"
	// DropAge: it had waited too long (Options.MaxAge).
	DropAge DropReason = "age"
	// DropDamaged: it was intact before, and is not any more.
	DropDamaged DropReason = "damaged"
)

// Drop tells of a payload that was given up.
type Drop struct {
	Reason DropReason
	ID     ID
	// SessionID is empty where it cannot be read any more.
	SessionID string
	Spans     int
}

// Stats is the state of a spool.
type Stats struct {
	// Payloads wait for their delivery; Spans are in them.
	Payloads, Spans int
	// Bytes is the size of all files.
	Bytes int64
	// Recovered are the payloads that were there when the spool was opened, with
	// their spans; those too old included.
	Recovered, RecoveredSpans int
	// Damaged counts what was found cut or changed when the spool was opened:
	// records, and stretches of other bytes. One may be what a process that was
	// killed had not finished putting.
	Damaged int
}

var (
	// ErrLocked says that another process has the spool open, or this one has twice.
	ErrLocked = errors.New("in use by another process (each needs a spool directory of its own)")
	// ErrClosed says that the spool was closed.
	ErrClosed = errors.New("spool: closed")
	// ErrTooLarge says that the payload is larger than the spool may become.
	ErrTooLarge = errors.New("spool: the payload is too large")
)

// Spool keeps payloads on disk. It is safe for concurrent use. A goroutine of
// its own does all writing.
type Spool struct {
	dir  directory
	opts Options
	lock io.Closer
	// segmentBytes is where a segment ends; limit what may be in files when
	// something is put. 0 is no limit.
	segmentBytes, limit int64

	wake    chan struct{}
	stopped chan struct{}

	mu       sync.Mutex
	closed   bool
	lastID   ID
	batch    *batch // what is to be done next
	index    index
	segments []*segment // oldest first
	stats    Stats

	writer
}

// Open opens the spool in a directory, which it makes (mode 0700) where there is
// none, and finds what is left from earlier. That reads everything once. One
// process at a time can have it open: ErrLocked says that another has.
func Open(dir string, opts Options) (*Spool, error) {
	if opts.MaxBytes != 0 && opts.MaxBytes < minBytes {
		return nil, fmt.Errorf("spool: a bound of %d bytes is too small: it must be %d or more", opts.MaxBytes, minBytes)
	}
	abs, err := filepath.Abs(dir) // the process may change its own
	if err != nil {
		return nil, fmt.Errorf("spool: %s cannot be used: %w", dir, err)
	}
	s, err := open(osDirectory(abs), opts)
	if err != nil {
		return nil, fmt.Errorf("spool: %s cannot be used: %w", dir, err)
	}
	return s, nil
}

func open(dir directory, opts Options) (*Spool, error) {
	lock, err := dir.lock()
	if err != nil {
		return nil, err
	}
	var c contents
	names, err := dir.list()
	if err == nil {
		err = c.add(dir, names)
	}
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	c.settle()

	s := &Spool{
		dir: dir, opts: opts, lock: lock,
		segmentBytes: opts.segmentBytes,
		wake:         make(chan struct{}, 1),
		stopped:      make(chan struct{}),
		// Starting with the time keeps numbers apart that were given in different
		// directories, or before everything was delivered and forgotten.
		lastID:   max(c.last, ID(time.Now().UnixNano())),
		batch:    &batch{done: make(chan struct{})},
		index:    c.index,
		segments: slices.Clone(c.segments),
		stats:    Stats{Recovered: len(c.entries), Payloads: len(c.entries), Damaged: c.damaged},
	}
	if s.segmentBytes == 0 {
		s.segmentBytes = maxSegmentBytes
		if opts.MaxBytes > 0 {
			s.segmentBytes = min(maxSegmentBytes, opts.MaxBytes/16)
		}
	}
	if opts.MaxBytes > 0 {
		s.limit = opts.MaxBytes - s.segmentBytes // moving payloads needs room too
	}
	for _, e := range c.entries {
		s.stats.RecoveredSpans += int(e.spans)
	}
	s.stats.Spans = s.stats.RecoveredSpans
	for _, seg := range c.segments {
		s.stats.Bytes += seg.size
	}
	for _, e := range c.copies {
		_ = s.mark(e) // its segment goes, or the next start sees the copy again
	}
	for _, seg := range c.segments {
		s.sweep(seg)
	}
	s.expire()
	if s.stats.Bytes > opts.MaxBytes {
		s.makeRoom(0) // the bound was higher, or a power failure brought files back
	}
	go s.run()
	return s, nil
}

// Put keeps a payload. It returns when the payload is safe on disk, with its
// number. Puts that wait at the same time share one write.
//
// After an error the payload is not in the spool; where the disk fails so badly
// that this cannot be had either, it may be there again at the next start. Put
// returns when ctx is done, however long the disk takes.
func (s *Spool) Put(ctx context.Context, e Entry) (ID, error) {
	if err := ctx.Err(); err != nil {
		return 0, notKept(err)
	}
	h, err := newHeader(&e)
	if err != nil {
		return 0, err
	}
	size := h.size()
	if s.limit > 0 && segmentHeaderLen+size > s.limit {
		return 0, fmt.Errorf("%w: its record of %d bytes does not fit into a spool of %d bytes", ErrTooLarge, size, s.opts.MaxBytes)
	}
	s.mu.Lock()
	for !s.closed && !s.batch.hasRoom(size, s.segmentBytes) {
		full := s.batch.waitTaken()
		s.mu.Unlock()
		select {
		case <-full:
		case <-ctx.Done():
			return 0, notKept(ctx.Err())
		}
		s.mu.Lock()
	}
	if s.closed {
		s.mu.Unlock()
		return 0, ErrClosed
	}
	s.lastID++
	h.id, h.time = s.lastID, time.Now().UnixMilli()
	b := s.batch
	i := b.put(&h, e.Payload)
	s.mu.Unlock()
	s.signal()
	select {
	case <-b.done:
	case <-ctx.Done():
		if s.abandon(b, i) {
			return 0, notKept(ctx.Err())
		}
		<-b.done // already decided
	}
	if b.err != nil {
		return 0, notKept(b.err)
	}
	return h.id, nil
}

func notKept(err error) error { return fmt.Errorf("spool: the payload is not kept: %w", err) }

// abandon has a payload of which nobody will hear that it was put not be put. It
// returns false when that was decided before.
func (s *Spool) abandon(b *batch, i int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if b.decided {
		return false
	}
	b.puts[i].abandoned = true
	return true
}

// Ack marks a payload as delivered, or as one that shall not be. It returns when
// a process that is killed would not deliver the payload again. What is not
// in the spool needs no mark: that is no error.
//
// After an error this process does not see the payload again, but the next may.
func (s *Spool) Ack(ctx context.Context, id ID) error {
	_, err := s.Settle(ctx, id)
	return err
}

// Settle is Ack, and tells whether the payload was there: of a payload either
// Settle says so once, or OnDrop tells of it.
func (s *Spool) Settle(ctx context.Context, id ID) (there bool, err error) {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return false, ErrClosed
	}
	b := s.batch
	i := b.ack(id)
	s.mu.Unlock()
	s.signal()
	select {
	case <-b.marked:
	case <-ctx.Done():
		return false, fmt.Errorf("spool: whether the payload is marked as delivered is not known: %w", ctx.Err())
	}
	if err := b.acks[i].err; err != nil {
		return b.acks[i].there, fmt.Errorf("spool: the payload cannot be marked as delivered, and may be delivered again: %w", err)
	}
	return b.acks[i].there, nil
}

// All iterates over the payloads that wait, oldest first. One payload at a time
// is in memory, and is the caller's to keep. All sees what is put during the
// iteration, and does not see any more what is dropped or acknowledged. An error
// is about the one payload that comes with it, without its content.
func (s *Spool) All() iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		for last := ID(0); ; {
			e, ok, err := s.Next(last)
			if !ok || !yield(e, err) {
				return
			}
			last = e.ID
		}
	}
}

// Next returns the oldest payload that waits of those with a number above last, and
// false where there is none. An error is about that payload, without its content.
func (s *Spool) Next(last ID) (got Entry, ok bool, err error) {
	for {
		s.mu.Lock()
		e, ok := s.index.after(last)
		s.mu.Unlock()
		if !ok {
			return Entry{}, false, nil
		}
		got, err := read(s.dir, e)
		if err != nil && !s.stands(e) {
			continue // it was moved or removed meanwhile
		}
		if errors.Is(err, errDamaged) || errors.Is(err, fs.ErrNotExist) {
			last = e.id
			s.reportDamaged(e.id)
			continue
		}
		return got, true, err
	}
}

// Newest returns a number that none is above of what was put by now.
func (s *Spool) Newest() ID {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lastID
}

// stands reports whether an entry still is where it was.
func (s *Spool) stands(e entry) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := s.index.find(e.id)
	return at != nil && *at == e
}

// reportDamaged has a payload dropped, and returns when it is.
func (s *Spool) reportDamaged(id ID) {
	s.mu.Lock()
	b := s.batch
	b.damaged = append(b.damaged, id)
	s.mu.Unlock()
	s.signal()
	select {
	case <-b.done:
	case <-s.stopped:
	}
}

// read reads a payload from its segment.
func read(d directory, e entry) (got Entry, err error) {
	got = Entry{ID: e.id, Time: time.UnixMilli(e.time), Spans: int(e.spans)}
	f, err := d.open(e.seg.name)
	if err != nil {
		return got, fmt.Errorf("spool: %w", err)
	}
	defer func() { _ = f.Close() }()
	h, payload, _, err := readRecord(f, e.off, e.size)
	if err != nil {
		return got, fmt.Errorf("spool: %w", err)
	}
	got.SessionID, got.Organization, got.Payload = h.session, h.org, payload
	return got, nil
}

// Stats returns the state of the spool.
func (s *Spool) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stats
}

// Close finishes what was begun, gives back the lock and ends the spool's
// goroutine. What waits stays for the next Open. When ctx is done before, Close
// returns, and the rest happens when the disk lets it.
func (s *Spool) Close(ctx context.Context) error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.signal()
	select {
	case <-s.stopped:
		return nil
	case <-ctx.Done():
		if isClosed(s.stopped) {
			return nil
		}
		return fmt.Errorf("spool: the disk does not answer: %w", ctx.Err())
	}
}

func (s *Spool) signal() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}
