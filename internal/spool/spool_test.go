// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package spool

import (
	"context"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func closeSpool(t *testing.T, s *Spool) {
	t.Helper()
	if err := s.Close(context.Background()); err != nil {
		t.Error(err)
	}
}

func mustOpen(t *testing.T, dir directory, opts Options) *Spool {
	t.Helper()
	s, err := open(dir, opts)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func mustPut(t *testing.T, s *Spool, serial int) ID {
	t.Helper()
	id, err := s.Put(t.Context(), numbered(serial))
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// One process at a time: the second is told so, and the lock goes with its
// holder.
func TestLock(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, Options{}); !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), dir+" cannot be used: in use by another process") {
		t.Errorf("the second: %v", err)
	}
	mustPut(t, s, 1)
	v, err := Read(dir) // needs no lock
	if err != nil {
		t.Fatal(err)
	}
	for e, err := range v.All() {
		if serial, serialErr := serialOf(e); err != nil || serialErr != nil || serial != 1 {
			t.Errorf("%d: %v, %v", serial, err, serialErr)
		}
	}
	closeSpool(t, s)
	again, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	closeSpool(t, again)
}

// A relative directory is the one it was when the spool was opened, wherever the
// process goes then.
func TestRelativeDirectory(t *testing.T) {
	t.Chdir(t.TempDir())
	s, err := Open("spool", Options{})
	if err != nil {
		t.Fatal(err)
	}
	mustPut(t, s, 1)
	t.Chdir(t.TempDir())
	mustPut(t, s, 2)
	got := 0
	for e, err := range s.All() {
		if serial, serialErr := serialOf(e); err != nil || serialErr != nil || serial != got+1 {
			t.Errorf("%d: %v, %v", serial, err, serialErr)
		}
		got++
	}
	if got != 2 {
		t.Errorf("%d of 2 payloads are there", got)
	}
	closeSpool(t, s)
}

func TestReadWantsSpool(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "other.txt"), []byte("other"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{dir, filepath.Join(dir, "nowhere")} {
		if _, err := Read(dir); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", dir, err)
		}
	}
	s, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	closeSpool(t, s)
	v, err := Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	for e, err := range v.All() {
		t.Errorf("%+v, %v", e, err)
	}
	if text, err := os.ReadFile(filepath.Join(dir, "other.txt")); err != nil || string(text) != "other" {
		t.Errorf("another's file: %q, %v", text, err)
	}
}

func TestRefused(t *testing.T) {
	if _, err := Open(t.TempDir(), Options{MaxBytes: minBytes - 1}); err == nil || !strings.Contains(err.Error(), "must be 65536 or more") {
		t.Errorf("a small bound: %v", err)
	}
	s, err := Open(t.TempDir(), Options{MaxBytes: minBytes})
	if err != nil {
		t.Fatal(err)
	}
	for name, e := range map[string]Entry{
		"session":      {SessionID: strings.Repeat("x", maxNameLen+1)},
		"organization": {Organization: strings.Repeat("x", maxNameLen+1)},
		"spans":        {Spans: -1},
	} {
		if _, err := s.Put(t.Context(), e); err == nil {
			t.Errorf("%s: put", name)
		}
	}
	if _, err := s.Put(t.Context(), Entry{Payload: make([]byte, minBytes)}); !errors.Is(err, ErrTooLarge) || !strings.Contains(err.Error(), "65536") {
		t.Errorf("a large payload: %v", err)
	}
	largest := Entry{Payload: make([]byte, minBytes*15/16-segmentHeaderLen-fixedLen)}
	for range 3 {
		if _, err := s.Put(t.Context(), largest); err != nil {
			t.Errorf("the largest: %v", err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Put(ctx, Entry{}); !errors.Is(err, context.Canceled) {
		t.Errorf("without time: %v", err)
	}
	closeSpool(t, s)
	closeSpool(t, s)
	if _, err := s.Put(t.Context(), Entry{}); !errors.Is(err, ErrClosed) {
		t.Errorf("closed: %v", err)
	}
	if err := s.Ack(t.Context(), 1); !errors.Is(err, ErrClosed) {
		t.Errorf("closed: %v", err)
	}
}

// What a newer version wrote is not touched.
func TestNewerVersion(t *testing.T) {
	d := newDisk(rand.New(rand.NewPCG(1, 1)))
	s := mustOpen(t, d, Options{})
	mustPut(t, s, 1)
	closeSpool(t, s)
	f, err := d.open(s.segments[0].name)
	if err != nil {
		t.Fatal(err)
	}
	newer := appendSegmentHeader(nil)
	newer[8]++
	copy(newer[12:], leCRC(newer[:12]))
	if _, err := f.WriteAt(newer, 0); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the lock is given back
		if _, err := open(d, Options{}); err == nil || !strings.Contains(err.Error(), "version 2") {
			t.Errorf("open: %v", err)
		}
	}
	if _, err := view(d); err == nil || !strings.Contains(err.Error(), "version 2") {
		t.Errorf("view: %v", err)
	}
	if d.bytes() == 0 {
		t.Error("the segment is gone")
	}
}

// slowDisk is a disk whose syncs take a second, or until it is let go.
type slowDisk struct {
	*disk
	syncs int
	stuck chan struct{} // nil: a second
}

type slowFile struct {
	file
	disk *slowDisk
}

func (d *slowDisk) create(name string) (file, error) {
	f, err := d.disk.create(name)
	return slowFile{f, d}, err
}

func (f slowFile) Sync() error {
	f.disk.syncs++
	if f.disk.stuck != nil {
		<-f.disk.stuck
	} else {
		time.Sleep(time.Second)
	}
	return f.file.Sync()
}

// Puts that come during a sync share the next.
func TestPutsShareSyncs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &slowDisk{disk: newDisk(rand.New(rand.NewPCG(1, 1)))}
		s := mustOpen(t, d, Options{})
		var wg sync.WaitGroup
		for i := range 1000 {
			wg.Go(func() { mustPut(t, s, i) })
		}
		start := time.Now()
		wg.Wait()
		if took := time.Since(start); took > 2*time.Second || d.syncs > 2 {
			t.Errorf("1000 puts took %s and %d syncs", took, d.syncs)
		}
		closeSpool(t, s)
	})
}

// A disk that does not answer holds nobody up longer than they want to wait, and
// takes no more than two batches of memory.
func TestStuckDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &slowDisk{disk: newDisk(rand.New(rand.NewPCG(1, 1))), stuck: make(chan struct{})}
		s := mustOpen(t, d, Options{segmentBytes: 10_000})
		timeout := func(f func(context.Context) error) {
			t.Helper()
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			start := time.Now()
			if err := f(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Second {
				t.Errorf("after %s: %v", time.Since(start), err)
			}
		}
		for i := range 20 {
			timeout(func(ctx context.Context) error {
				_, err := s.Put(ctx, numbered(i))
				return err
			})
		}
		if n := len(s.batch.buf); n > 10_000 {
			t.Errorf("%d bytes wait", n)
		}
		id := make(chan ID, 1)
		go func() {
			kept, err := s.Put(context.Background(), Entry{Payload: []byte(`{}`)})
			if err != nil {
				t.Error(err)
			}
			id <- kept
		}()
		synctest.Wait()
		timeout(func(ctx context.Context) error { return s.Ack(ctx, 1) })
		timeout(s.Close)
		close(d.stuck)
		kept := <-id
		closeSpool(t, s)

		// Those who were told that theirs is not kept were told the truth.
		again := mustOpen(t, d, Options{})
		var left []ID
		for e, err := range again.All() {
			if err != nil {
				t.Error(err)
			}
			left = append(left, e.ID)
		}
		if !slices.Equal(left, []ID{kept}) {
			t.Errorf("%d are there, want %d", left, kept)
		}
		closeSpool(t, again)
	})
}

// A payload that is damaged while the spool is open, or whose file somebody
// removes, is told of and passed over.
func TestDamagedMeanwhile(t *testing.T) {
	synctest.Test(t, damagedMeanwhile)
}

func damagedMeanwhile(t *testing.T) {
	var drops []Drop
	d := newDisk(rand.New(rand.NewPCG(1, 1)))
	s := mustOpen(t, d, Options{segmentBytes: 30_000, OnDrop: func(d Drop) { drops = append(drops, d) }})
	for i := range 30 {
		mustPut(t, s, i)
	}
	if len(s.segments) < 3 {
		t.Fatalf("%d segments", len(s.segments))
	}
	var first, gone []ID
	for _, e := range s.index.entries {
		switch e.seg {
		case s.segments[0]:
			first = append(first, e.id)
		case s.segments[1]:
			gone = append(gone, e.id)
		}
	}
	d.mu.Lock()
	e := s.index.find(first[1])
	d.files[e.seg.name].data[e.off+e.size-1] ^= 1
	delete(d.files, s.segments[1].name)
	d.mu.Unlock()

	for range 2 {
		left := 30 - 1 - len(gone)
		for e, err := range s.All() {
			if err != nil {
				t.Error(err)
			}
			if e.ID == first[1] || slices.Contains(gone, e.ID) {
				t.Errorf("%d is there", e.ID)
			}
			left--
		}
		if left != 0 {
			t.Errorf("%d are not there", left)
		}
		synctest.Wait()
	}
	var told []ID
	for _, d := range drops {
		told = append(told, d.ID)
		if want := d.ID == first[1]; d.Reason != DropDamaged || (d.SessionID != "") != want {
			t.Errorf("%+v", d)
		}
	}
	if want := append([]ID{first[1]}, gone...); !slices.Equal(told, want) {
		t.Errorf("told of %d, want %d", told, want)
	}
	closeSpool(t, s)
}

// A disk that is full of what is delivered by now is not full for long.
func TestFullOfWaste(t *testing.T) {
	d := newDisk(rand.New(rand.NewPCG(1, 1)))
	d.fault = func(op string) error {
		size := 0
		for _, f := range d.files {
			size += len(f.data)
		}
		if op == "write" && size > 100_000 {
			return errFull
		}
		return nil
	}
	s := mustOpen(t, d, Options{})
	var err error
	for i := 0; err == nil; i++ {
		_, err = s.Put(t.Context(), numbered(i))
	}
	if !errors.Is(err, errFull) {
		t.Fatal(err)
	}
	for e, err := range s.All() {
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Put(t.Context(), numbered(1)); !errors.Is(err, errFull) {
			t.Fatalf("full, but %v", err)
		}
		if err := s.Ack(t.Context(), e.ID); err != nil {
			t.Fatal(err)
		}
	}
	mustPut(t, s, 1)
	closeSpool(t, s)
}

// A payload that was being moved when the process died is there once, and does
// not come back from its old place, even if that cannot be removed.
func TestMovedInPart(t *testing.T) {
	d := newDisk(rand.New(rand.NewPCG(1, 1)))
	twice := spelled(7, "session", "org", `{"n":7}`)
	for name, content := range map[string][]byte{segmentName(1): spelledSegment(twice), segmentName(9): spelledSegment(twice)} {
		f, err := d.create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteAt(content, 0); err != nil {
			t.Fatal(err)
		}
	}
	v, err := view(d)
	if err != nil || len(v.contents.entries) != 1 {
		t.Errorf("a view has %+v, %v", v, err)
	}
	d.fault = func(op string) error {
		if op == "remove" {
			return errFull
		}
		return nil
	}
	s := mustOpen(t, d, Options{})
	if stats := s.Stats(); stats.Payloads != 1 || stats.Recovered != 1 || stats.Spans != 7 {
		t.Errorf("%+v", stats)
	}
	if err := s.Ack(t.Context(), 7); err != nil {
		t.Error(err)
	}
	closeSpool(t, s)
	d.fault = nil
	s = mustOpen(t, d, Options{})
	if stats := s.Stats(); stats != (Stats{}) || d.bytes() != 0 {
		t.Errorf("%+v, %d bytes", stats, d.bytes())
	}
	closeSpool(t, s)
}

// A panic of the callback closes the spool and harms nobody.
func TestCallbackPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDisk(rand.New(rand.NewPCG(1, 1)))
		s := mustOpen(t, d, Options{MaxAge: time.Second, OnDrop: func(Drop) { panic("boo") }})
		mustPut(t, s, 1)
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if _, err := s.Put(t.Context(), numbered(2)); !errors.Is(err, ErrClosed) {
			t.Error(err)
		}
		closeSpool(t, s)

		s = mustOpen(t, d, Options{MaxBytes: 10_000, segmentBytes: 1000, OnDrop: func(Drop) { panic("boo") }})
		var err error
		for i := 0; err == nil; i++ {
			_, err = s.Put(t.Context(), numbered(i))
		}
		if !strings.Contains(err.Error(), "a panic closed the spool: boo") {
			t.Error(err)
		}
		closeSpool(t, s)
	})
}

// An idle spool gives up what is too old.
func TestExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		drops := make(chan Drop, 10)
		opts := Options{MaxAge: time.Hour, OnDrop: func(d Drop) { drops <- d }}
		told := func(want ...Drop) {
			t.Helper()
			synctest.Wait()
			var got []Drop
			for len(drops) > 0 {
				got = append(got, <-drops)
			}
			if !slices.Equal(got, want) {
				t.Errorf("told of %+v, want %+v", got, want)
			}
		}
		d := newDisk(rand.New(rand.NewPCG(1, 1)))
		s := mustOpen(t, d, opts)
		one := mustPut(t, s, 1)
		time.Sleep(time.Minute)
		two := mustPut(t, s, 2)
		time.Sleep(59*time.Minute - time.Millisecond)
		told()
		time.Sleep(time.Millisecond)
		told(Drop{DropAge, one, "session-1", 1})
		closeSpool(t, s)
		time.Sleep(time.Hour)
		s = mustOpen(t, d, opts)
		told(Drop{DropAge, two, "session-2", 2})
		if stats := s.Stats(); stats != (Stats{Recovered: 1, RecoveredSpans: 2}) {
			t.Errorf("%+v", stats)
		}
		closeSpool(t, s)
	})
}

// Many put, acknowledge, iterate and look on at the same time, while payloads
// are moved. Nobody misses a payload that waits all the time, in order.
func TestConcurrent(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(dir, Options{MaxBytes: 64 << 20, NoSync: true, segmentBytes: 20_000, OnDrop: func(d Drop) { t.Errorf("%+v", d) }})
	if err != nil {
		t.Fatal(err)
	}
	const writers, each = 8, 150
	var (
		mu      sync.Mutex
		waiting = map[ID]bool{}
		writing sync.WaitGroup
		reading sync.WaitGroup
		done    = make(chan struct{})
	)
	for w := range writers {
		writing.Go(func() {
			for i := range each {
				id, err := s.Put(t.Context(), numbered(w*each+i))
				if err != nil {
					t.Error(err)
					return
				}
				if i%10 == 0 {
					mu.Lock()
					waiting[id] = true
					mu.Unlock()
					continue
				}
				if err := s.Ack(t.Context(), id); err != nil {
					t.Error(err)
				}
			}
		})
	}
	look := func(all func() (func(func(Entry, error) bool), error)) {
		for {
			select {
			case <-done:
				return
			default:
			}
			mu.Lock()
			must := make(map[ID]bool, len(waiting))
			for id := range waiting {
				must[id] = true
			}
			mu.Unlock()
			entries, err := all()
			if errors.Is(err, fs.ErrNotExist) {
				continue
			} else if err != nil {
				t.Error(err)
				return
			}
			last := ID(0)
			for e, err := range entries {
				if err != nil {
					t.Errorf("%d: %v", e.ID, err)
					continue
				}
				if _, err := serialOf(e); err != nil || e.ID <= last {
					t.Errorf("%d after %d: %v", e.ID, last, err)
				}
				last = e.ID
				delete(must, e.ID)
			}
			if len(must) > 0 {
				t.Errorf("%d payloads were not seen", len(must))
				return
			}
		}
	}
	reading.Go(func() { look(func() (func(func(Entry, error) bool), error) { return s.All(), nil }) })
	reading.Go(func() {
		look(func() (func(func(Entry, error) bool), error) {
			v, err := Read(dir)
			if err != nil {
				return nil, err
			}
			return v.All(), nil
		})
	})
	writing.Wait()
	close(done)
	reading.Wait()
	if stats := s.Stats(); stats.Payloads != len(waiting) || len(waiting) != writers*each/10 {
		t.Errorf("%+v, want %d payloads", stats, len(waiting))
	}
	moved := 0
	for _, e := range s.index.entries {
		if e.seg == nil {
			continue
		}
		if number, _ := segmentNumber(e.seg.name); number > e.id+writers {
			moved++
		}
	}
	if moved == 0 {
		t.Error("nothing was moved")
	}
	closeSpool(t, s)
}
