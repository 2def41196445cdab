// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package spool

import (
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"slices"
)

// maxLooks bounds how often a view begins anew when what it looks at changes.
const maxLooks = 10

// View is what was in a spool at a moment. Nothing is locked for it and nothing
// changed: a process may have the spool open and use it.
type View struct {
	// Damaged counts records, or stretches of other bytes, that are cut or changed.
	// The last may be what is being written.
	Damaged int

	dir      directory
	contents contents
}

// Read looks at the spool in a directory. An error that is fs.ErrNotExist says
// that there is none.
func Read(dir string) (*View, error) {
	v, err := view(osDirectory(dir))
	if err != nil {
		return nil, fmt.Errorf("spool: %s cannot be read: %w", dir, err)
	}
	return v, nil
}

func view(dir directory) (*View, error) {
	v := &View{dir: dir}
	seen := map[string]bool{}
	isSpool := false
	// What is moved while we read is found in a newer segment.
	for range maxLooks {
		names, err := dir.list()
		if err != nil {
			return nil, err
		}
		names = slices.DeleteFunc(names, func(name string) bool {
			_, ok := segmentNumber(name)
			isSpool = isSpool || ok || name == lockName
			return !ok || seen[name]
		})
		if len(names) == 0 {
			break
		}
		for _, name := range names {
			seen[name] = true
		}
		if err := v.contents.add(dir, names); err != nil {
			return nil, err
		}
	}
	if !isSpool {
		return nil, fmt.Errorf("it holds no spool: %w", fs.ErrNotExist)
	}
	v.contents.settle()
	v.Damaged = v.contents.damaged
	return v, nil
}

// All iterates over the payloads that waited, oldest first; see [Spool.All].
// Those that were delivered meanwhile may be left out, and new ones be there.
func (v *View) All() iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		last := ID(0)
		for looks := 0; ; {
			e, ok := v.contents.after(last)
			if !ok {
				return
			}
			got, err := read(v.dir, e)
			if errors.Is(err, fs.ErrNotExist) && looks < maxLooks {
				if again, viewErr := view(v.dir); viewErr == nil {
					v = again // it was delivered, or moved to another place
					looks++
					continue
				}
			}
			last = e.id
			if !yield(got, err) {
				return
			}
		}
	}
}
