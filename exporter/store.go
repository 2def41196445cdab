// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"math"
	"math/bits"
	"sync"
)

// store keeps the bytes of captured spans in large slabs, in memory without
// pointers, so that the garbage collector has nothing to look at however many
// spans wait. The bytes of a span lie together and do not move: they are read
// where they are, until they are freed. A large span has a slab of its own.
//
// It is safe for concurrent use: the gatherer takes room, and whoever is done
// with a session gives it back.
type store struct {
	mu    sync.Mutex
	slabs []*slab
	// vacant are the places in slabs where there is none.
	vacant []uint32
	// roomy are the slabs to look for room in, the last one first.
	roomy []uint32
	// inUse is the bytes that are taken.
	inUse int
	// used are the slabs with something in them; peak is the most that there
	// were since the last trim, and before it was the peak of the time before.
	used, peak, before int
}

const (
	// granule is what room is measured in.
	granule  = 16
	granules = 65536 // of a slab
	slabSize = granule * granules
	// maxShared is the most that goes into a slab with others: what does not
	// fit into the rest of one leaves no more than that unused.
	maxShared = slabSize / 8
	// maxSlabs is as many as a spot tells apart, maxRoom as much as a copy's length.
	maxSlabs, maxRoom = 1 << 32 / granules, math.MaxInt32
)

// slab is a piece of memory, of which a bit for each granule tells what is
// taken.
type slab struct {
	b     []byte
	taken [granules / 64]uint64
	free  int // granules
	// next is where the search for room begins.
	next int
	// roomy says that the slab is in the store's list of those, own that it is
	// one span's.
	roomy, own bool
}

// spot is where bytes are in a store: a slab and a granule in it.
type spot uint32

// tooMuchHeld is what take panics with.
type tooMuchHeld struct{}

// roomOf is the room that n bytes take.
func roomOf(n int) int { return granulesOf(n) * granule }

func granulesOf(n int) int { return max(1, (n+granule-1)/granule) }

// take finds room for n bytes. What is in it, is anything. It panics where there
// is more than can be told apart: some gigabytes.
func (s *store) take(n int) (spot, []byte) {
	if n > maxRoom {
		panic(tooMuchHeld{})
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if n > maxShared {
		i := s.add(&slab{b: make([]byte, roomOf(n)), own: true})
		s.inUse += len(s.slabs[i].b)
		s.use(1)
		return spot(i) * granules, s.slabs[i].b[:n:n]
	}
	need := granulesOf(n)
	for {
		k := len(s.roomy)
		if k == 0 {
			i := s.add(&slab{b: make([]byte, slabSize), free: granules, roomy: true})
			s.roomy = append(s.roomy, i)
			continue
		}
		i := s.roomy[k-1]
		l := s.slabs[i]
		at, ok := l.find(need)
		if !ok {
			s.roomy, l.roomy = s.roomy[:k-1], false
			continue
		}
		if l.free == granules {
			s.use(1)
		}
		l.mark(at, need, true)
		l.free -= need
		l.next = at + need
		s.inUse += need * granule
		return spot(i)*granules + spot(at), l.b[at*granule:][:n:n]
	}
}

// add puts a slab into the list of all.
func (s *store) add(l *slab) uint32 {
	if k := len(s.vacant); k > 0 {
		i := s.vacant[k-1]
		s.vacant = s.vacant[:k-1]
		s.slabs[i] = l
		return i
	}
	if len(s.slabs) == maxSlabs {
		panic(tooMuchHeld{})
	}
	s.slabs = append(s.slabs, l)
	return uint32(len(s.slabs) - 1)
}

func (s *store) use(n int) {
	s.used += n
	s.peak = max(s.peak, s.used)
}

// read returns the n bytes at a spot, which stay valid until they are freed.
func (s *store) read(at spot, n int) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.slabs[at/granules].b[at%granules*granule:][:n:n]
}

// free gives the room of n bytes back.
func (s *store) free(at spot, n int) { s.shrink(at, n, 0) }

// shrink gives back what is behind the first n of the room for had bytes.
func (s *store) shrink(at spot, had, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := uint32(at / granules)
	l := s.slabs[i]
	if l.own {
		if n == 0 {
			s.inUse -= len(l.b)
			s.drop(i)
			s.use(-1)
		}
		return
	}
	from, end := int(at%granules), int(at%granules)+granulesOf(had)
	if n > 0 {
		from += granulesOf(n)
	}
	if from == end {
		return
	}
	l.mark(from, end-from, false)
	l.free += end - from
	s.inUse -= (end - from) * granule
	switch {
	case l.free == granules:
		l.next = 0
		s.use(-1)
	case n > 0 && l.next == end:
		l.next = from
	}
	if !l.roomy && l.free >= granules/4 {
		l.roomy = true
		s.roomy = append(s.roomy, i)
	}
}

// drop forgets a slab.
func (s *store) drop(i uint32) {
	s.slabs[i] = nil
	s.vacant = append(s.vacant, i)
}

// trim gives the memory of a rush back when it is over: slabs beyond what was
// used at once since the last trim but one. It reports whether there may be more
// to give back later: one slab stays.
func (s *store) trim() (more bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	keep := max(1, s.peak, s.before) - s.used
	s.before, s.peak = s.peak, s.used
	spare := 0
	roomy := s.roomy[:0]
	for _, i := range s.roomy {
		if s.slabs[i].free == granules {
			if spare == keep {
				s.drop(i)
				continue
			}
			spare++
		}
		roomy = append(roomy, i)
	}
	s.roomy = roomy
	return s.used+spare > 1
}

// find finds a run of free granules.
func (l *slab) find(need int) (at int, ok bool) {
	if l.free < need {
		return 0, false
	}
	if at, ok = l.run(l.next, granules, need); !ok && l.next > 0 {
		at, ok = l.run(0, min(granules, l.next+need), need)
	}
	return at, ok
}

// run finds a run of free granules between two.
func (l *slab) run(from, to, need int) (at int, ok bool) {
	for from+need <= to {
		end := l.seek(from, from+need, true)
		if end == from+need {
			return from, true
		}
		from = l.seek(end, to, false)
	}
	return 0, false
}

// seek is the first granule between two that is taken, or that is not; to where
// there is none.
func (l *slab) seek(from, to int, taken bool) int {
	for from < to {
		w := l.taken[from/64]
		if !taken {
			w = ^w
		}
		if w >>= from % 64; w != 0 {
			return min(to, from+bits.TrailingZeros64(w))
		}
		from = (from/64 + 1) * 64
	}
	return to
}

// mark marks n granules as taken, or as free.
func (l *slab) mark(at, n int, taken bool) {
	for n > 0 {
		k := min(n, 64-at%64)
		mask := ^uint64(0) >> (64 - k) << (at % 64)
		if taken {
			l.taken[at/64] |= mask
		} else {
			l.taken[at/64] &^= mask
		}
		at, n = at+k, n-k
	}
}
