// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter

// store keeps the bytes of captured spans: blocks of one size in large slabs,
// in memory without pointers, so that the garbage collector has nothing to look
// at however many spans wait. What belongs together is a chain of blocks.
type store struct {
	slabs [][]byte
	// next links the blocks of a chain, and the free blocks.
	next  []int32
	spare int32 // the first free block
	inUse int   // blocks
}

const (
	// blockSize is what a session wastes half of, on average.
	blockSize     = 256
	blocksPerSlab = 1024
	noBlock       = -1
)

func newStore() *store { return &store{spare: noBlock} }

// chain is a run of bytes in a store. Its zero value is empty only with
// blocks == 0.
type chain struct {
	head, tail int32
	blocks     int32
	len        int
}

func (s *store) block(i int32) []byte {
	off := int(i) % blocksPerSlab * blockSize
	return s.slabs[i/blocksPerSlab][off : off+blockSize : off+blockSize]
}

func (s *store) alloc() int32 {
	if s.spare == noBlock {
		base := int32(len(s.slabs)) * blocksPerSlab
		s.slabs = append(s.slabs, make([]byte, blocksPerSlab*blockSize))
		for i := base + blocksPerSlab - 1; i >= base; i-- {
			s.next = append(s.next, noBlock)
		}
		for i := base + blocksPerSlab - 1; i >= base; i-- {
			s.next[i] = s.spare
			s.spare = i
		}
	}
	i := s.spare
	s.spare = s.next[i]
	s.next[i] = noBlock
	s.inUse++
	return i
}

// write appends b to the chain and returns where it begins.
func (s *store) write(c *chain, b []byte) (off int) {
	off = c.len
	for len(b) > 0 {
		used := c.len - (int(c.blocks)-1)*blockSize
		if c.blocks == 0 || used == blockSize {
			i := s.alloc()
			if c.blocks == 0 {
				c.head = i
			} else {
				s.next[c.tail] = i
			}
			c.tail = i
			c.blocks++
			used = 0
		}
		n := copy(s.block(c.tail)[used:], b)
		c.len += n
		b = b[n:]
	}
	return off
}

// read appends the chain's bytes from off on to dst, n of them.
func (s *store) read(dst []byte, c *chain, off, n int) []byte {
	i := c.head
	for ; off >= blockSize; off -= blockSize {
		i = s.next[i]
	}
	for n > 0 {
		part := s.block(i)[off:]
		part = part[:min(n, len(part))]
		dst = append(dst, part...)
		n -= len(part)
		off = 0
		i = s.next[i]
	}
	return dst
}

// release gives the chain's blocks back.
func (s *store) release(c *chain) {
	if c.blocks > 0 {
		s.next[c.tail] = s.spare
		s.spare = c.head
		s.inUse -= int(c.blocks)
	}
	*c = chain{}
	if s.inUse == 0 && len(s.slabs) > 1 {
		*s = *newStore() // nothing waits: the memory of a rush goes back
	}
}

// put makes a chain of b, which is not empty, and returns what stands for it.
func (s *store) put(b []byte) (at int) {
	var c chain
	s.write(&c, b)
	return int(c.head)
}

// get appends the chain of n bytes at at to dst.
func (s *store) get(dst []byte, at, n int) []byte {
	return s.read(dst, &chain{head: int32(at)}, 0, n)
}

// free gives the blocks of the chain of n bytes at at back.
func (s *store) free(at, n int) {
	c := chain{head: int32(at), tail: int32(at), blocks: int32((n + blockSize - 1) / blockSize), len: n}
	for range c.blocks - 1 {
		c.tail = s.next[c.tail]
	}
	s.release(&c)
}

// bytes is the memory that chains hold.
func (s *store) bytes() int { return s.inUse * blockSize }
