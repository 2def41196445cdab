// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package ids_test

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"go.opentelemetry.io/otel/trace"

	"github.com/spect-tools/spect-go/internal/ids"
)

var start = time.Date(2026, 4, 24, 3, 6, 40, 425_999_999, time.UTC)

// The ids are part of the contract with what was sent before: these never
// change.
func TestStable(t *testing.T) {
	tid, sid := trace.TraceID{1, 2, 3, 15: 16}, trace.SpanID{8, 7, 6, 7: 1}
	for what, want := range map[uint64]string{
		ids.Span:        "019dbd74-2ba9-78c1-aaee-c3fe0df2fb3b",
		ids.Session:     "019dbd74-2ba9-71b7-8bc1-49f846cb7241",
		ids.Message:     "019dbd74-2ba9-7a0a-afbe-2df24b795c69",
		ids.Message + 1: "019dbd74-2ba9-747c-9b1e-4f0a658c2477",
	} {
		if have := ids.Derive(tid, sid, start, what).String(); have != want {
			t.Errorf("%d: %s, want %s", what, have, want)
		}
	}
}

// They are UUIDv7 of RFC 9562, whatever they derive from.
func TestVersion(t *testing.T) {
	for _, at := range []time.Time{start, {}, time.Unix(0, 0), time.UnixMilli(-1), time.UnixMilli(1 << 48), time.UnixMilli(1<<63 - 1)} {
		for i := range uint64(1000) {
			var tid trace.TraceID
			var sid trace.SpanID
			binary.BigEndian.PutUint64(tid[:8], i<<50)
			binary.BigEndian.PutUint64(sid[:], ^i)
			u := ids.Derive(tid, sid, at, i)
			if u.Version() != 7 || u.Variant() != uuid.RFC4122 {
				t.Fatalf("%s is no UUIDv7", u)
			}
			if parsed, err := uuid.Parse(string(ids.Append([]byte("x"), u))[1:]); err != nil || parsed != u {
				t.Fatalf("%s is written as %s", u, ids.Append(nil, u))
			}
		}
	}
	u := ids.Derive(trace.TraceID{1}, trace.SpanID{1}, start, 0)
	sec, nsec := u.Time().UnixTime()
	if ms := sec*1000 + nsec/1e6; ms != start.UnixMilli() {
		t.Errorf("its time is %d ms, want %d", ms, start.UnixMilli())
	}
}

// Later spans have greater ids.
func TestOrder(t *testing.T) {
	var last uuid.UUID
	for i := range 1000 {
		u := ids.Derive(trace.TraceID{byte(i)}, trace.SpanID{byte(i * 7)}, start.Add(time.Duration(i)*time.Millisecond), 0)
		if bytes.Compare(u[:], last[:]) <= 0 {
			t.Fatalf("%s does not lie behind %s", u, last)
		}
		last = u
	}
}

// Each of trace, span and purpose makes another id, and every bit of the hash
// changes.
func TestSpread(t *testing.T) {
	seen := map[uuid.UUID]bool{}
	var or, and uuid.UUID
	for i := range and {
		and[i] = 0xff
	}
	const n = 20
	for i := range n {
		for k := range n {
			for what := range uint64(n) {
				var tid trace.TraceID
				var sid trace.SpanID
				tid[i/8], sid[k/8] = 1<<(i%8), 1<<(k%8)
				u := ids.Derive(tid, sid, start, what)
				seen[u] = true
				for b := range u {
					or[b] |= u[b]
					and[b] &= u[b]
				}
			}
		}
	}
	if len(seen) != n*n*n {
		t.Errorf("%d ids of %d", len(seen), n*n*n)
	}
	random := slices.Repeat([]byte{0xff}, 10)
	random[0], random[2] = 0x0f, 0x3f // version and variant
	for b, bits := range random {
		if varies := or[6+b] &^ and[6+b]; varies != bits {
			t.Errorf("byte %d varies in %08b, want %08b", 6+b, varies, bits)
		}
	}
}

func TestIsUUID(t *testing.T) {
	const id = "019dbd3f-ac00-7ca9-98fe-ea7727a0b588"
	for s, want := range map[string]bool{
		id: true, strings.ToUpper(id): true, "00000000-0000-0000-0000-000000000000": true,
		"": false, "urn:uuid:" + id: false, "{" + id + "}": false, strings.ReplaceAll(id, "-", ""): false,
		id + "0": false, id[:35] + "g": false, id[:8] + "0" + id[9:]: false, id[:9] + "-" + id[10:]: false,
	} {
		if got := ids.IsUUID(s); got != want {
			t.Errorf("%q: %v", s, got)
		}
	}
}
