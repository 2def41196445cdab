// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package spool

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"math/bits"
)

// The layout that doc.go describes.
const (
	segmentMagic     = "SPECTSPL"
	formatVersion    = 1
	segmentHeaderLen = 16

	recordMagic = "\xf5SPR"
	fixedLen    = 48      // a record's header without its names
	maxNameLen  = 1 << 10 // of a session id, and of an organization
	maxHeader   = fixedLen + 2*maxNameLen

	maxID = 1 << 63 // is none any more, and neither is 0

	markOffset = 8
	markLen    = 8
	crcOffset  = 16 // the header's checksum covers it from here on
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// delivered is what a mark is overwritten with.
var delivered = [markLen]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}

// errDamaged says that a record is not what was written.
var errDamaged = errors.New("the record is damaged")

func appendSegmentHeader(dst []byte) []byte {
	start := len(dst)
	dst = append(dst, segmentMagic...)
	dst = binary.LittleEndian.AppendUint32(dst, formatVersion)
	return binary.LittleEndian.AppendUint32(dst, crc32.Checksum(dst[start:], castagnoli))
}

// segmentVersion reads the version off a segment's start, and false where that
// is no intact header.
func segmentVersion(b []byte) (version uint32, ok bool) {
	if len(b) < segmentHeaderLen || string(b[:8]) != segmentMagic ||
		crc32.Checksum(b[:12], castagnoli) != binary.LittleEndian.Uint32(b[12:]) {
		return 0, false
	}
	return binary.LittleEndian.Uint32(b[8:]), true
}

// header is what a record says before its payload.
type header struct {
	id         ID
	time       int64 // Unix milliseconds
	spans      uint32
	payloadLen uint32
	payloadSum uint32
	done       bool
	session    string
	org        string
}

func newHeader(e *Entry) (header, error) {
	switch {
	case uint64(len(e.Payload)) > math.MaxUint32:
		return header{}, fmt.Errorf("%w: a record holds 4 GiB at most", ErrTooLarge)
	case len(e.SessionID) > maxNameLen, len(e.Organization) > maxNameLen:
		return header{}, fmt.Errorf("spool: the session id or the organization is longer than %d bytes", maxNameLen)
	case uint64(e.Spans) > math.MaxUint32:
		return header{}, fmt.Errorf("spool: %d is no count of spans", e.Spans)
	}
	return header{
		spans:      uint32(e.Spans),
		payloadLen: uint32(len(e.Payload)),
		payloadSum: crc32.Checksum(e.Payload, castagnoli),
		session:    e.SessionID,
		org:        e.Organization,
	}, nil
}

// size is the length of the whole record.
func (h *header) size() int64 {
	return int64(fixedLen+len(h.session)+len(h.org)) + int64(h.payloadLen)
}

// append writes the header of a payload that waits.
func (h *header) append(dst []byte) []byte {
	start := len(dst)
	dst = append(dst, recordMagic...)
	dst = append(dst, make([]byte, crcOffset-len(recordMagic))...) // the checksum and the mark
	dst = binary.LittleEndian.AppendUint64(dst, uint64(h.id))
	dst = binary.LittleEndian.AppendUint64(dst, uint64(h.time))
	dst = binary.LittleEndian.AppendUint32(dst, h.spans)
	dst = binary.LittleEndian.AppendUint32(dst, h.payloadLen)
	dst = binary.LittleEndian.AppendUint32(dst, h.payloadSum)
	dst = binary.LittleEndian.AppendUint16(dst, uint16(len(h.session)))
	dst = binary.LittleEndian.AppendUint16(dst, uint16(len(h.org)))
	dst = append(dst, h.session...)
	dst = append(dst, h.org...)
	binary.LittleEndian.PutUint32(dst[start+4:], crc32.Checksum(dst[start+crcOffset:], castagnoli))
	return dst
}

// parseHeader reads the header at the start of b, and its length; false where
// there is no intact one.
func parseHeader(b []byte) (h header, n int, ok bool) {
	if len(b) < fixedLen || string(b[:4]) != recordMagic {
		return header{}, 0, false
	}
	session := int(binary.LittleEndian.Uint16(b[44:]))
	org := int(binary.LittleEndian.Uint16(b[46:]))
	n = fixedLen + session + org
	if session > maxNameLen || org > maxNameLen || n > len(b) ||
		crc32.Checksum(b[crcOffset:n], castagnoli) != binary.LittleEndian.Uint32(b[4:]) {
		return header{}, 0, false
	}
	if id := binary.LittleEndian.Uint64(b[16:]); id == 0 || id >= maxID {
		return header{}, 0, false
	}
	return header{
		// Most bits decide, so that no few flipped ones lose a payload.
		done:       bits.OnesCount64(binary.LittleEndian.Uint64(b[markOffset:])) > 32,
		id:         ID(binary.LittleEndian.Uint64(b[16:])),
		time:       int64(binary.LittleEndian.Uint64(b[24:])),
		spans:      binary.LittleEndian.Uint32(b[32:]),
		payloadLen: binary.LittleEndian.Uint32(b[36:]),
		payloadSum: binary.LittleEndian.Uint32(b[40:]),
		session:    string(b[fixedLen : fixedLen+session]),
		org:        string(b[fixedLen+session : n]),
	}, n, true
}

// parseRecord reads a record that is b as a whole.
func parseRecord(b []byte) (h header, payload []byte, ok bool) {
	h, n, ok := parseHeader(b)
	if !ok || h.size() != int64(len(b)) || crc32.Checksum(b[n:], castagnoli) != h.payloadSum {
		return header{}, nil, false
	}
	return h, b[n:], true
}
