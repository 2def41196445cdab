// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package spool

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
)

// scanner finds the records of a segment, also behind what is damaged. It holds
// one window of the file, however large that is.
type scanner struct {
	r    io.ReaderAt
	size int64
	off  int64 // of what is looked at next
	// damaged counts the records that were cut or changed, and stretches of
	// other bytes.
	damaged int

	buf    []byte
	window []byte // a part of the file, in buf
	start  int64  // where that is in the file

	astray bool  // in a damaged stretch
	wasted int64 // bytes read of payloads that were not intact
}

const windowLen = 64 << 10

// record is a record and where it stands.
type record struct {
	header
	off, size int64
}

func newScanner(r io.ReaderAt, size int64) *scanner {
	return &scanner{r: r, size: size, buf: make([]byte, min(windowLen, max(size, 0)))}
}

// version reads the header of the segment; see segmentVersion. Records are
// looked for behind it, or from the start where it is not intact.
func (s *scanner) version() (version uint32, ok bool, err error) {
	b, err := s.bytes(0, segmentHeaderLen)
	if err != nil {
		return 0, false, err
	}
	if version, ok = segmentVersion(b); ok {
		s.off = segmentHeaderLen
	}
	return version, ok, nil
}

// next returns the next intact record, and false at the end.
func (s *scanner) next() (record, bool, error) {
	for s.off < s.size {
		rec, found, err := s.at(s.off)
		if err != nil {
			return record{}, false, err
		}
		if found {
			s.off += rec.size
			s.astray = false
			return rec, true, nil
		}
		if rec.size > 0 && s.wasted > 4*s.size {
			// Nobody's accident, so many headers whose payloads are not theirs:
			// take their word for where they end, or it goes on for ever.
			s.off += min(rec.size, s.size-s.off)
			continue
		}
		if s.off, err = s.find(s.off + 1); err != nil {
			return record{}, false, err
		}
	}
	return record{}, false, nil
}

// at looks for a record at off. One whose payload is cut or changed is returned
// too, as not found.
func (s *scanner) at(off int64) (rec record, found bool, err error) {
	b, err := s.bytes(off, maxHeader)
	if err != nil {
		return record{}, false, err
	}
	h, n, ok := parseHeader(b)
	if !ok {
		// A stretch without the start of a record is one damage, a start of a
		// record always one more.
		if !s.astray || bytes.HasPrefix(b, []byte(recordMagic)) {
			s.damaged++
		}
		s.astray = true
		return record{}, false, nil
	}
	rec = record{header: h, off: off, size: h.size()}
	sum := uint32(0)
	for at, end := off+int64(n), off+rec.size; at < end; {
		if end > s.size {
			sum = ^h.payloadSum
			break
		}
		b, err := s.bytes(at, int(min(end-at, int64(len(s.buf)))))
		if err != nil {
			return record{}, false, err
		}
		sum = crc32.Update(sum, castagnoli, b)
		s.wasted += int64(len(b))
		at += int64(len(b))
	}
	if sum != h.payloadSum {
		s.damaged++
		s.astray = true
		return rec, false, nil
	}
	s.wasted -= int64(h.payloadLen)
	return rec, true, nil
}

// find returns where a record may begin, at off or behind it.
func (s *scanner) find(off int64) (int64, error) {
	for off < s.size {
		b, err := s.bytes(off, len(s.buf))
		if err != nil {
			return 0, err
		}
		if i := bytes.Index(b, []byte(recordMagic)); i >= 0 {
			return off + int64(i), nil
		}
		if off+int64(len(b)) >= s.size {
			break
		}
		off += int64(len(b) - len(recordMagic) + 1)
	}
	return s.size, nil
}

// bytes returns n bytes at off, or what there is of them. They are valid until
// the next call.
func (s *scanner) bytes(off int64, n int) ([]byte, error) {
	for {
		n = int(max(0, min(int64(n), s.size-off)))
		if i := off - s.start; i >= 0 && i+int64(n) <= int64(len(s.window)) {
			return s.window[i:][:n], nil
		}
		b := s.buf[:min(int64(len(s.buf)), s.size-off)]
		got, err := s.r.ReadAt(b, off)
		if got < len(b) {
			if !errors.Is(err, io.EOF) {
				return nil, err
			}
			s.size = off + int64(got) // it has become shorter meanwhile
		}
		s.window, s.start = b[:got], off
	}
}

// readRecord reads one record whole and checks it; errDamaged where it is not
// what was written.
func readRecord(r io.ReaderAt, off, size int64) (h header, payload, whole []byte, err error) {
	if size > math.MaxInt {
		return header{}, nil, nil, fmt.Errorf("a record of %d bytes does not fit into memory here", size)
	}
	b := make([]byte, size)
	if n, err := r.ReadAt(b, off); n < len(b) {
		if errors.Is(err, io.EOF) {
			err = errDamaged
		}
		return header{}, nil, nil, err
	}
	h, payload, ok := parseRecord(b)
	if !ok {
		return header{}, nil, nil, errDamaged
	}
	return h, payload, b, nil
}
