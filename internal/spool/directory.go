// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package spool

import (
	"io"
	"os"
	"path/filepath"
)

// directory is what a spool asks of the file system, so that tests can have it
// fail and crash. Names are those of files in it.
type directory interface {
	// lock makes the directory where there is none and locks it: ErrLocked when
	// somebody else holds the lock.
	lock() (io.Closer, error)
	// list returns the names of all files.
	list() ([]string, error)
	// create makes a file that is not there yet, for reading and writing.
	create(name string) (file, error)
	open(name string) (file, error)
	openForWriting(name string) (file, error)
	remove(name string) error
	// sync makes what was created and removed survive a power failure.
	sync() error
}

type file interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
	Size() (int64, error)
	Truncate(size int64) error
	// Sync makes what was written survive a power failure.
	Sync() error
}

const lockName = "lock"

// osDirectory is a directory of the operating system.
type osDirectory string

func (d osDirectory) path(name string) string { return filepath.Join(string(d), name) }

func (d osDirectory) lock() (io.Closer, error) {
	if err := os.MkdirAll(string(d), 0o700); err != nil {
		return nil, err
	}
	return lockFile(d.path(lockName))
}

func (d osDirectory) list() ([]string, error) {
	entries, err := os.ReadDir(string(d))
	if err != nil {
		return nil, err
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names, nil
}

func (d osDirectory) openAs(name string, flag int) (file, error) {
	f, err := os.OpenFile(d.path(name), flag, 0o600)
	if err != nil {
		return nil, err
	}
	return osFile{f}, nil
}

func (d osDirectory) create(name string) (file, error) {
	return d.openAs(name, os.O_RDWR|os.O_CREATE|os.O_EXCL)
}

func (d osDirectory) open(name string) (file, error) { return d.openAs(name, os.O_RDONLY) }

func (d osDirectory) openForWriting(name string) (file, error) { return d.openAs(name, os.O_RDWR) }

func (d osDirectory) remove(name string) error { return os.Remove(d.path(name)) }

func (d osDirectory) sync() error { return syncDirectory(string(d)) }

// osFile is a file of the operating system.
type osFile struct{ *os.File }

func (f osFile) Size() (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

func (f osFile) Sync() error { return SyncData(f.File) }
