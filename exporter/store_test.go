// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"math/rand/v2"
	"strconv"
	"testing"
)

// TestStore takes and frees at random, and looks whether what was written stays.
func TestStore(t *testing.T) {
	type held struct {
		at   spot
		n    int
		mark byte
	}
	for seed := range uint64(5) {
		r := rand.New(rand.NewPCG(seed, 1))
		var s store
		var all []held
		used := 0
		fill := func(h held) {
			b := s.read(h.at, h.n)
			for i := range b {
				b[i] = h.mark
			}
		}
		check := func(h held) {
			t.Helper()
			for i, b := range s.read(h.at, h.n) {
				if b != h.mark {
					t.Fatalf("byte %d of %d at %d is another's", i, h.n, h.at)
				}
			}
		}
		for step := range 3000 {
			if len(all) > 0 && r.IntN(100) < 45+10*(step/1000) {
				i := r.IntN(len(all))
				check(all[i])
				s.free(all[i].at, all[i].n)
				used -= all[i].n
				all[i] = all[len(all)-1]
				all = all[:len(all)-1]
				continue
			}
			about := 1 + r.IntN([]int{100, 1000, 10_000, maxShared + 1, 3 * slabSize}[r.IntN(5)])
			n := 1 + r.IntN(about)
			at, room := s.take(about)
			if len(room) != about {
				t.Fatalf("room for %d, want %d", len(room), about)
			}
			s.shrink(at, about, n)
			h := held{at, n, byte(step)}
			fill(h)
			all = append(all, h)
			used += n
		}
		for _, h := range all {
			check(h)
		}
		for _, h := range all {
			s.free(h.at, h.n)
		}
		if s.inUse != 0 || s.used != 0 {
			t.Fatalf("%d bytes in %d slabs are in use when all is freed", s.inUse, s.used)
		}
		for s.trim() {
		}
		if left := len(s.slabs) - len(s.vacant); left != 1 {
			t.Errorf("%d slabs are left when nothing is in them", left)
		}
	}
}

// TestStoreIsFull: spans of one size leave little unused, also where some of
// them go and others take their place.
func TestStoreIsFull(t *testing.T) {
	for _, size := range []int{300, 4300, 21000} {
		var s store
		r := rand.New(rand.NewPCG(1, 2))
		var all []spot
		for range 4 << 20 / size {
			at, _ := s.take(size)
			all = append(all, at)
		}
		for range 10 * len(all) {
			i := r.IntN(len(all))
			s.free(all[i], size)
			all[i], _ = s.take(size)
		}
		have, most := len(s.slabs)*slabSize, len(all)*size*14/10+slabSize
		if have > most {
			t.Errorf("%d spans of %d bytes take %d, more than %d", len(all), size, have, most)
		}
	}
}

// A store that is full says so, where it would give the same room twice.
func TestStoreHasBounds(t *testing.T) {
	refuses := func(s *store, n int) {
		t.Helper()
		defer func() {
			if _, ok := recover().(tooMuchHeld); !ok {
				t.Errorf("there was room for %d bytes", n)
			}
		}()
		s.take(n)
	}
	if tooLong := maxRoom; strconv.IntSize > 32 {
		refuses(&store{}, tooLong+1)
	}
	full := &store{slabs: make([]*slab, maxSlabs-1)}
	at, _ := full.take(maxShared + 1)
	if uint32(at/granules) != maxSlabs-1 {
		t.Errorf("it is at %d", at)
	}
	refuses(full, maxShared+1)
	refuses(full, 1)
	full.free(at, maxShared+1)
	full.take(1)
}
