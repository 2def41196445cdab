// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package spool

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"io"
	"strings"
	"testing"
)

func leCRC(b []byte) []byte {
	return binary.LittleEndian.AppendUint32(nil, crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)))
}

// spelled is a record, byte by byte as doc.go says.
func spelled(id uint64, session, org, payload string) []byte {
	le := binary.LittleEndian
	var body []byte
	body = le.AppendUint64(body, id)
	body = le.AppendUint64(body, 1_700_000_000_123)
	body = le.AppendUint32(body, 7)
	body = le.AppendUint32(body, uint32(len(payload)))
	body = append(body, leCRC([]byte(payload))...)
	body = le.AppendUint16(body, uint16(len(session)))
	body = le.AppendUint16(body, uint16(len(org)))
	body = append(body, session+org...)
	var b []byte
	b = append(b, 0xf5, 'S', 'P', 'R')
	b = append(b, leCRC(body)...)
	b = append(b, 0, 0, 0, 0, 0, 0, 0, 0)
	b = append(b, body...)
	return append(b, payload...)
}

func spelledSegment(records ...[]byte) []byte {
	b := []byte("SPECTSPL\x01\x00\x00\x00")
	b = append(b, leCRC(b)...)
	return append(b, bytes.Join(records, nil)...)
}

// counting counts the bytes that are read.
type counting struct {
	io.ReaderAt
	read int64
}

func (c *counting) ReadAt(b []byte, off int64) (int, error) {
	n, err := c.ReaderAt.ReadAt(b, off)
	c.read += int64(n)
	return n, err
}

func scanAll(t *testing.T, data []byte) (records []record, damaged int, read int64) {
	t.Helper()
	r := &counting{ReaderAt: bytes.NewReader(data)}
	s := newScanner(r, int64(len(data)))
	if _, _, err := s.version(); err != nil {
		t.Fatal(err)
	}
	for {
		rec, ok, err := s.next()
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			return records, s.damaged, r.read
		}
		records = append(records, rec)
	}
}

// What is written is what the format says.
func TestFormat(t *testing.T) {
	want := spelledSegment(spelled(42, "01900000-0000-7000-8000-000000000000", "org", `{"id":"ü"}`))
	h, err := newHeader(&Entry{SessionID: "01900000-0000-7000-8000-000000000000", Organization: "org", Spans: 7, Payload: []byte(`{"id":"ü"}`)})
	if err != nil {
		t.Fatal(err)
	}
	h.id, h.time = 42, 1_700_000_000_123
	got := append(h.append(appendSegmentHeader(nil)), `{"id":"ü"}`...)
	if !bytes.Equal(got, want) {
		t.Errorf("written\n%x, want\n%x", got, want)
	}
	records, damaged, _ := scanAll(t, want)
	if len(records) != 1 || damaged != 0 || records[0].header != h || records[0].off != 16 || records[0].size != int64(len(want)-16) {
		t.Errorf("%+v, %d damaged", records, damaged)
	}
}

// Records are found behind, before and between damage, and damage is counted.
func TestScanDamage(t *testing.T) {
	a, b, c := spelled(1, "a", "org", `{"a":1}`), spelled(2, "b", "", strings.Repeat("b", 100_000)), spelled(3, "c", "org", `{"c":3}`)
	flip := func(rec []byte, at int) []byte {
		rec = bytes.Clone(rec)
		rec[at] ^= 0x10
		return rec
	}
	done := func(rec []byte, mark string) []byte {
		rec = bytes.Clone(rec)
		copy(rec[8:], mark)
		return rec
	}
	zeros := make([]byte, 70_000)
	for name, x := range map[string]struct {
		data    []byte
		want    string // the sessions
		damaged int
	}{
		"intact":                    {spelledSegment(a, b, c), "abc", 0},
		"empty":                     {nil, "", 0},
		"no records":                {spelledSegment(), "", 0},
		"half a segment header":     {spelledSegment()[:9], "", 1},
		"no segment header":         {bytes.Join([][]byte{a, b, c}, nil), "abc", 0},
		"flipped in segment header": {flip(spelledSegment(a, b, c), 8), "abc", 1},
		"flipped in magic":          {spelledSegment(a, flip(b, 0), c), "ac", 1},
		"flipped in header":         {spelledSegment(a, flip(b, 37), c), "ac", 1},
		"flipped in checksum":       {spelledSegment(a, flip(b, 5), c), "ac", 1},
		"flipped in name":           {spelledSegment(a, flip(b, 48), c), "ac", 1},
		"flipped in payload":        {spelledSegment(a, flip(b, 1000), c), "ac", 1},
		"flipped in two":            {spelledSegment(a, flip(b, 1000), flip(c, 50)), "a", 2},
		"flipped in all":            {spelledSegment(flip(a, 20), flip(b, 1000), flip(c, 50)), "", 3},
		"cut at the end":            {spelledSegment(a, b, c[:len(c)-1]), "ab", 1},
		"cut in the header":         {spelledSegment(a, b, c[:20]), "ab", 1},
		"cut in the middle":         {spelledSegment(a, b[:500], c), "ac", 1},
		"cut in the first header":   {spelledSegment(a[:30], b, c), "bc", 1},
		"zeros between":             {spelledSegment(a, zeros, b, zeros, c, zeros), "abc", 3},
		"lone magics":               {spelledSegment(a, []byte("\xf5SPR\xf5SPR"), b), "ab", 2},
		"marked":                    {spelledSegment(done(a, "\xff\xff\xff\xff\xff\xff\xff\xff"), b), "b", 0},
		"marked in half":            {spelledSegment(done(a, "\xff\xff\xff\xff"), b), "ab", 0},
		"marked, flipped":           {spelledSegment(done(a, "\xff\xfe\xff\x00\xff\xff\xff\x0f"), b), "b", 0},
		"unmarked, flipped":         {spelledSegment(done(a, "\x01\x80\x00\x00\x10\x00\x00\x03"), b), "ab", 0},
		"no number":                 {spelledSegment(spelled(0, "a", "", "{}"), b), "b", 1},
		"too high a number":         {spelledSegment(spelled(1<<63, "a", "", "{}"), b), "b", 1},
		"too long a name":           {spelledSegment(spelled(1, strings.Repeat("a", 1025), "", "{}"), b), "b", 1},
		"across windows":            {spelledSegment(append(bytes.Repeat([]byte("x"), windowLen-2), a...)), "a", 1},
	} {
		records, damaged, _ := scanAll(t, x.data)
		got := ""
		for _, r := range records {
			if !r.done {
				got += r.session
			}
		}
		if got != x.want || damaged != x.damaged {
			t.Errorf("%s: found %q and %d damaged, want %q and %d", name, got, damaged, x.want, x.damaged)
		}
	}
}

// Not even a file made to be slow takes more than linear time.
func TestScanIsLinear(t *testing.T) {
	var data []byte
	for i := range 10_000 {
		h := header{id: ID(i + 1), payloadLen: 400_000}
		data = h.append(data)
	}
	records, damaged, read := scanAll(t, data)
	if len(records) != 0 || damaged == 0 || read > 10*int64(len(data)) {
		t.Errorf("%d records, %d damaged, %d bytes read of %d", len(records), damaged, read, len(data))
	}
}

// FuzzSegment: whatever is in a file, scanning ends, what is found is what
// stands there, and a record behind it and before it is found.
func FuzzSegment(f *testing.F) {
	a, b := spelled(1, "a", "org", `{"a":1}`), spelled(2, "session", "", `{"text":"long `+strings.Repeat("x", 1000)+`"}`)
	f.Add(spelledSegment(a, b))
	f.Add(spelledSegment(a, b)[:200])
	f.Add([]byte{})
	f.Add([]byte("SPECTSPL\x02\x00\x00\x00"))
	f.Add(bytes.Repeat([]byte("\xf5SPR"), 50))
	f.Add(bytes.Repeat(a[:48], 20))
	f.Fuzz(func(t *testing.T, data []byte) {
		check := func(data []byte) (sessions []string) {
			records, _, read := scanAll(t, data)
			end := int64(0)
			for _, r := range records {
				if r.off < end || r.off+r.size > int64(len(data)) {
					t.Fatalf("%d bytes at %d of %d, behind %d", r.size, r.off, len(data), end)
				}
				end = r.off + r.size
				h, payload, whole, err := readRecord(bytes.NewReader(data), r.off, r.size)
				if err != nil || h != r.header {
					t.Fatalf("%+v, found %+v: %v", h, r.header, err)
				}
				again := append(h.append(nil), payload...)
				copy(again[markOffset:], whole[markOffset:markOffset+markLen])
				if !bytes.Equal(again, data[r.off:end]) {
					t.Fatalf("%x is written %x", data[r.off:end], again)
				}
				sessions = append(sessions, r.session)
			}
			if read > 20*int64(len(data))+windowLen {
				t.Fatalf("%d bytes read of %d", read, len(data))
			}
			return sessions
		}
		alone := check(data)
		mine := spelled(99, "mine", "org", `{"mine":true}`)
		both := check(bytes.Join([][]byte{mine, data, mine}, nil))
		if len(both) != len(alone)+2 || both[0] != "mine" || both[len(both)-1] != "mine" {
			t.Fatalf("found %q, and between mine %q", alone, both)
		}
	})
}
