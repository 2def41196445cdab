// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package spool

import (
	"errors"
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
)

// disk is a directory in memory that fails and crashes as told.
type disk struct {
	mu      sync.Mutex
	files   map[string]*inode // as the process sees them
	durable map[string]*inode // the directory as it was when it was synchronized
	locked  bool

	crashIn int // operations until the process is dead; 0: it lives on
	dead    bool
	rand    *rand.Rand
	fault   func(op string) error // what goes wrong, if anything
	faults  int                   // how often something did
}

var (
	errDead = errors.New("the process is dead")
	errFull = errors.New("the disk is full")
)

func newDisk(r *rand.Rand) *disk {
	return &disk{files: map[string]*inode{}, durable: map[string]*inode{}, rand: r}
}

// inode is the content of a file.
type inode struct {
	data   []byte
	synced []byte
	since  []change // not synchronized yet
}

type change struct {
	off  int64
	data []byte // nil: the file was cut at off
}

func (c change) apply(data []byte) []byte {
	if c.data == nil {
		for int64(len(data)) < c.off {
			data = append(data, 0)
		}
		return data[:c.off]
	}
	for int64(len(data)) < c.off+int64(len(c.data)) {
		data = append(data, 0)
	}
	copy(data[c.off:], c.data)
	return data
}

func (n *inode) change(c change) {
	n.data = c.apply(n.data)
	n.since = append(n.since, c)
}

// step is before every operation that changes something. It reports whether the
// process dies in it.
func (d *disk) step(op string) (dying bool, err error) {
	if d.dead {
		return false, errDead
	}
	if d.crashIn > 0 {
		if d.crashIn--; d.crashIn == 0 {
			d.dead = true
			return true, errDead
		}
	}
	if d.fault != nil {
		if err := d.fault(op); err != nil {
			d.faults++
			return false, err
		}
	}
	return false, nil
}

// restart gives the disk as the next process finds it. After a power failure
// that is what was synchronized, and of the rest whatever.
func (d *disk) restart(power bool) *disk {
	d.mu.Lock()
	defer d.mu.Unlock()
	next := newDisk(d.rand)
	names := d.files
	if power {
		names = maps.Clone(d.durable)
		for name, n := range d.files {
			if names[name] == nil && d.rand.IntN(2) == 0 {
				names[name] = n
			}
		}
		for _, name := range slices.Sorted(maps.Keys(d.durable)) {
			if d.files[name] == nil && d.rand.IntN(2) == 0 {
				delete(names, name)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		data := slices.Clone(names[name].data)
		if power {
			data = names[name].torn(d.rand)
		}
		next.files[name] = &inode{data: data, synced: slices.Clone(data)}
	}
	next.durable = maps.Clone(next.files)
	return next
}

// torn is what was synchronized, and some sectors of some changes since.
func (n *inode) torn(r *rand.Rand) []byte {
	const sector = 512
	data := slices.Clone(n.synced)
	for _, c := range n.since {
		if c.data == nil {
			if r.IntN(2) == 0 {
				data = c.apply(data)
			}
			continue
		}
		for off := int64(0); off < int64(len(c.data)); {
			end := min(int64(len(c.data)), (c.off+off)/sector*sector+sector-c.off)
			if r.IntN(3) > 0 {
				data = change{c.off + off, c.data[off:end]}.apply(data)
			}
			off = end
		}
	}
	return data
}

func (d *disk) bytes() (n int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, f := range d.files {
		n += int64(len(f.data))
	}
	return n
}

// flip changes one bit of one file, and reports whether there was one.
func (d *disk) flip() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	bits := 0
	for _, f := range d.files {
		bits += 8 * len(f.data)
	}
	if bits == 0 {
		return false
	}
	at := d.rand.IntN(bits)
	for _, name := range slices.Sorted(maps.Keys(d.files)) {
		f := d.files[name]
		if at < 8*len(f.data) {
			f.data[at/8] ^= 1 << (at % 8)
			f.synced = slices.Clone(f.data)
			return true
		}
		at -= 8 * len(f.data)
	}
	return false
}

func (d *disk) lock() (io.Closer, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.locked {
		return nil, ErrLocked
	}
	d.locked = true
	if d.files[lockName] == nil {
		d.files[lockName] = &inode{}
	}
	return closerFunc(func() error {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.locked = false
		return nil
	}), nil
}

type closerFunc func() error

func (f closerFunc) Close() error { return f() }

func (d *disk) list() ([]string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Collect(maps.Keys(d.files)), nil
}

func (d *disk) create(name string) (file, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, err := d.step("create"); err != nil {
		return nil, err
	}
	if d.files[name] != nil {
		return nil, fs.ErrExist
	}
	d.files[name] = &inode{}
	return &handle{d, d.files[name]}, nil
}

func (d *disk) open(name string) (file, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.files[name] == nil {
		return nil, fs.ErrNotExist
	}
	return &handle{d, d.files[name]}, nil
}

func (d *disk) openForWriting(name string) (file, error) { return d.open(name) }

func (d *disk) remove(name string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, err := d.step("remove"); err != nil {
		return err
	}
	if d.files[name] == nil {
		return fs.ErrNotExist
	}
	delete(d.files, name)
	return nil
}

func (d *disk) sync() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, err := d.step("syncdir"); err != nil {
		return err
	}
	d.durable = maps.Clone(d.files)
	return nil
}

// handle is an open file.
type handle struct {
	disk  *disk
	inode *inode
}

func (h *handle) ReadAt(b []byte, off int64) (int, error) {
	h.disk.mu.Lock()
	defer h.disk.mu.Unlock()
	n := 0
	if off < int64(len(h.inode.data)) {
		n = copy(b, h.inode.data[off:])
	}
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

func (h *handle) WriteAt(b []byte, off int64) (int, error) {
	h.disk.mu.Lock()
	defer h.disk.mu.Unlock()
	op := "write"
	if off+int64(len(b)) <= int64(len(h.inode.data)) {
		op = "overwrite" // which needs no room
	}
	dying, err := h.disk.step(op)
	if err != nil && (dying || !h.disk.dead) {
		b = b[:h.disk.rand.IntN(len(b)+1)] // a part was
	} else if err != nil {
		return 0, err
	}
	h.inode.change(change{off, slices.Clone(b)})
	return len(b), err
}

func (h *handle) Truncate(size int64) error {
	h.disk.mu.Lock()
	defer h.disk.mu.Unlock()
	if _, err := h.disk.step("truncate"); err != nil {
		return err
	}
	h.inode.change(change{off: size})
	return nil
}

func (h *handle) Sync() error {
	h.disk.mu.Lock()
	defer h.disk.mu.Unlock()
	if _, err := h.disk.step("sync"); err != nil {
		return err
	}
	h.inode.synced, h.inode.since = slices.Clone(h.inode.data), nil
	return nil
}

func (h *handle) Size() (int64, error) {
	h.disk.mu.Lock()
	defer h.disk.mu.Unlock()
	return int64(len(h.inode.data)), nil
}

func (h *handle) Close() error { return nil }
