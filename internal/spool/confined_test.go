// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

//go:build linux || darwin

package spool

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// confined is what a child does that may not do everything.
func confined(role, dir string) error {
	switch role {
	case "unprivileged":
		return openUnprivileged(dir)
	case "limited":
		return putLimited(dir)
	}
	return fmt.Errorf("unknown role %q", role)
}

func runChild(t *testing.T, role, dir string) {
	t.Helper()
	out, err := startChild(t, role, dir, "").Output()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// A file cannot grow as on a full disk: the payload that does not fit is refused
// with the system's own words, what is there stays, and it goes on when there is
// room again.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	runChild(t, "limited", dir)
	v, err := Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	for e, err := range v.All() {
		if err != nil {
			t.Fatal(err)
		}
		if _, err := serialOf(e); err != nil {
			t.Error(err)
		}
	}
	if v.Damaged != 0 {
		t.Errorf("%d damaged", v.Damaged)
	}
}

func putLimited(dir string) error {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	was := limit.Cur
	limit.Cur = 100 << 10
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	s, err := Open(dir, Options{NoSync: true})
	if err != nil {
		return err
	}
	put := 0
	for ; put < 1000 && err == nil; put++ {
		_, err = s.Put(context.Background(), numbered(put))
	}
	put-- // the last was refused
	if !errors.Is(err, syscall.EFBIG) || put == 0 {
		return fmt.Errorf("%d payloads were put, then: %w", put, err)
	}
	limit.Cur = was
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	if _, err := s.Put(context.Background(), numbered(put)); err != nil {
		return fmt.Errorf("with room again: %w", err)
	}
	next := 0
	for e, err := range s.All() {
		serial, serialErr := serialOf(e)
		if err := errors.Join(err, serialErr); err != nil || serial != next {
			return fmt.Errorf("%d instead of %d: %w", serial, next, err)
		}
		next++
	}
	if next != put+1 {
		return fmt.Errorf("%d payloads are there, want %d", next, put+1)
	}
	return s.Close(context.Background())
}

// A directory that may not be written, or not even be looked into, is refused at
// once.
func TestForbiddenDirectory(t *testing.T) {
	for name, mode := range map[string]fs.FileMode{"read-only": 0o555, "closed": 0, "used before": 0o777} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "spool")
			if name == "used before" {
				s, err := Open(dir, Options{})
				if err != nil {
					t.Fatal(err)
				}
				if _, err := s.Put(t.Context(), numbered(1)); err != nil {
					t.Fatal(err)
				}
				if err := s.Close(t.Context()); err != nil {
					t.Fatal(err)
				}
				if os.Getuid() != 0 { // then the files are our own
					for _, name := range []string{lockName, s.segments[0].name} {
						if err := os.Chmod(filepath.Join(dir, name), 0); err != nil {
							t.Fatal(err)
						}
					}
				}
			} else if err := os.Mkdir(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(dir, mode); err != nil {
				t.Fatal(err)
			}
			// Root may do everything, so the child is somebody else.
			runChild(t, "unprivileged", dir)
			if err := os.Chmod(dir, 0o700); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func openUnprivileged(dir string) error {
	if os.Getuid() == 0 {
		const nobody = 65534
		if err := errors.Join(syscall.Setgroups(nil), syscall.Setgid(nobody), syscall.Setuid(nobody)); err != nil {
			return err
		}
	}
	if s, err := Open(dir, Options{}); !errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("open: %v, %w", s, err)
	}
	if v, err := Read(dir); !errors.Is(err, fs.ErrPermission) && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("read: %v, %w", v, err)
	}
	return nil
}

// Content is for its owner's eyes.
func TestModes(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "spool")
	s, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer closeSpool(t, s)
	if _, err := s.Put(t.Context(), numbered(1)); err != nil {
		t.Fatal(err)
	}
	want := map[string]fs.FileMode{dir: 0o700}
	for _, name := range []string{lockName, s.segments[0].name} {
		want[filepath.Join(dir, name)] = 0o600
	}
	for name, mode := range want {
		info, err := os.Stat(name)
		if err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: %s, %v", name, info.Mode(), err)
		}
	}
}
