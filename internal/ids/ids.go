// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

// Package ids derives the ids of a payload from the OpenTelemetry ids and the
// start time of its spans, so that the same spans give the same ids again.
//
// A derived id is a UUIDv7 (RFC 9562): the start time in Unix milliseconds in
// its first 48 bits, and in the rest 74 bits of a hash over trace id, span id
// and a discriminator. The hash is part of the contract with payloads that
// were sent before: changing it makes a retried send unrecognizable.
package ids

import (
	"encoding/binary"
	"encoding/hex"
	"time"

	"github.com/google/uuid"
	"go.opentelemetry.io/otel/trace"
)

// What an id stands for; a span's messages count up from Message, and the
// records for what is new in the input of its model from Input.
const (
	// Span is the id of a span's record.
	Span uint64 = iota
	// Session is the id of a session whose root names none.
	Session
	// Message is the id of a span's first message.
	Message
)

// What else an id stands for, of spans that become several records.
const (
	// Input is the id of the record for the first new message.
	Input uint64 = 1 << 40
	// Result is the id of the record for a tool's result.
	Result uint64 = 1 << 41
	// Answer is the id of the record for an agent's own answer.
	Answer uint64 = 1 << 42
	// Content, and any bits below it, is the id of something in a session that
	// is known by a hash of its content.
	Content uint64 = 1 << 63
)

// Derive makes the id that stands for what in the span.
func Derive(traceID trace.TraceID, spanID trace.SpanID, start time.Time, what uint64) uuid.UUID {
	a := binary.BigEndian.Uint64(traceID[:8])
	b := binary.BigEndian.Uint64(traceID[8:])
	s := binary.BigEndian.Uint64(spanID[:])
	hi := mix(mix(mix(a)^b) ^ s)
	hi = mix(hi ^ what)
	lo := mix(hi ^ s)

	var u uuid.UUID
	ms := uint64(max(0, start.UnixMilli()))
	binary.BigEndian.PutUint64(u[:8], ms<<16|0x7000|hi>>52)
	binary.BigEndian.PutUint64(u[8:], 1<<63|lo>>2)
	return u
}

// mix is the finalizer of SplitMix64, a bijection: no two inputs meet.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// String is the canonical text of u.
func String(u uuid.UUID) string {
	var text [36]byte
	return string(Append(text[:0], u))
}

// Append appends the canonical text of u to dst.
func Append(dst []byte, u uuid.UUID) []byte {
	text := [36]byte{8: '-', 13: '-', 18: '-', 23: '-'}
	hex.Encode(text[:8], u[:4])
	hex.Encode(text[9:13], u[4:6])
	hex.Encode(text[14:18], u[6:8])
	hex.Encode(text[19:23], u[8:10])
	hex.Encode(text[24:], u[10:])
	return append(dst, text[:]...)
}

// IsUUID reports whether s is a UUID in its usual form, the only one of the wire.
func IsUUID(s string) bool { return len(s) == 36 && uuid.Validate(s) == nil }
