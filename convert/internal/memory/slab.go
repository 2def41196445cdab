// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

// Package memory is memory that one session after the other is converted in: it
// is handed out piece by piece and taken back all at once.
package memory

// Slab hands out room for values. The zero Slab is ready. What it handed out is
// valid until it is reset.
type Slab[T any] struct {
	blocks [][]T
	at     int // the block that room is taken from
}

// The first block has room for few values, those after it for more. What asks for
// room for many is no matter for a slab.
const (
	firstBlock = 4
	laterBlock = 32
	many       = 8
)

// Room is an empty slice with room for n values.
func (s *Slab[T]) Room(n int) []T {
	if n > many {
		return make([]T, 0, n)
	}
	for s.at < len(s.blocks) && cap(s.blocks[s.at])-len(s.blocks[s.at]) < n {
		s.at++
	}
	if s.at == len(s.blocks) {
		size := laterBlock
		if s.at == 0 {
			size = max(n, firstBlock)
		}
		s.blocks = append(s.blocks, make([]T, 0, size))
	}
	b := &s.blocks[s.at]
	start := len(*b)
	*b = (*b)[:start+n]
	return (*b)[start : start : start+n]
}

// New is a zero value.
func (s *Slab[T]) New() *T { return &s.Room(1)[:1][0] }

// Put is a value that is v.
func (s *Slab[T]) Put(v T) *T {
	p := s.New()
	*p = v
	return p
}

// Reset takes everything back. It keeps as much memory as was in use.
func (s *Slab[T]) Reset() {
	used := min(s.at+1, len(s.blocks))
	clear(s.blocks[used:])
	s.blocks = s.blocks[:used]
	for i, b := range s.blocks {
		clear(b)
		s.blocks[i] = b[:0]
	}
	s.at = 0
}
