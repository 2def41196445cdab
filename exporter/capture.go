// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"bytes"
	"encoding/binary"
	"math"
	"slices"
	"strings"
	"time"
	"unsafe"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert"
	"github.com/spect-tools/spect-go/internal/side"
)

// This file copies spans into bytes, and reads them again. The form is private
// to the process: fixed head, then length-prefixed strings.

// appendSpan appends a span as it stands, what a conversion uses of it. record is tracer's, or nil; resource numbers the span's
// resource.
func appendSpan(dst []byte, s sdktrace.ReadOnlySpan, record *side.Record, n *convert.Node, resource int) []byte {
	enclosing := n.EnclosingID
	sc, parent, status := s.SpanContext(), s.Parent(), s.Status()
	tid, sid, pid := sc.TraceID(), sc.SpanID(), parent.SpanID()
	dst = append(dst, tid[:]...)
	dst = append(dst, sid[:]...)
	dst = append(dst, pid[:]...)
	dst = append(dst, enclosing[:]...)
	dst = append(dst, flag(parent.IsRemote()), byte(status.Code))
	dst = appendInstant(dst, s.StartTime())
	dst = appendInstant(dst, s.EndTime())
	dst = binary.AppendUvarint(dst, uint64(resource))
	dst = appendText(dst, s.Name())
	dst = appendText(dst, status.Description)
	var scope instrumentation.Scope
	if convert.UsesScope(n.Role) {
		scope = s.InstrumentationScope()
	}
	dst = appendText(dst, scope.Name)
	dst = appendText(dst, scope.Version)

	own := s.Attributes()
	var beside []attribute.KeyValue
	var verified contracts.JSONKeys
	dropped := s.DroppedAttributes()
	if record != nil {
		beside, verified = record.Content.SpectAttributes()
		dropped = 0 // what a limit took of tracer's is put back
	}
	count, at := 0, len(dst)
	dst = append(dst, 0, 0, 0, 0) // the count, once it is known
	for i := range own {
		if !convert.UsesAttribute(n.Role, own[i].Key) || record != nil && own[i].Key == contracts.ContentAsideKey {
			continue
		}
		v, whole := own[i].Value, false
		if b, ok := find(beside, own[i].Key); ok {
			v, whole = preferred(v, b)
		}
		if !whole {
			verified &^= contracts.JSONKey(own[i].Key)
		}
		dst = appendAttribute(dst, own[i].Key, v)
		count++
	}
	for i := range beside {
		if _, there := find(own, beside[i].Key); !there && convert.UsesAttribute(n.Role, beside[i].Key) {
			dst = appendAttribute(dst, beside[i].Key, beside[i].Value)
			count++
		}
	}
	binary.LittleEndian.PutUint32(dst[at:], uint32(count))
	dst = binary.LittleEndian.AppendUint16(dst, uint16(verified))
	dst = binary.AppendUvarint(dst, uint64(dropped))

	at, count = len(dst), 0
	dst = append(dst, 0, 0, 0, 0)
	for _, e := range s.Events() {
		if !convert.UsesEvent(n.Role, e.Name) {
			continue
		}
		dst = appendText(dst, e.Name)
		dst = appendInstant(dst, e.Time)
		dst = binary.LittleEndian.AppendUint32(dst, uint32(len(e.Attributes)))
		for _, kv := range e.Attributes {
			dst = appendAttribute(dst, kv.Key, kv.Value)
		}
		count++
	}
	binary.LittleEndian.PutUint32(dst[at:], uint32(count))
	return dst
}

// preferred chooses between the span's value and tracer's: the span's, unless
// a limit of the SDK cut it. same reports that they are one.
func preferred(own, beside attribute.Value) (v attribute.Value, same bool) {
	if own.Type() == attribute.STRING && beside.Type() == attribute.STRING {
		// Strings that share memory compare without being read.
		if a, b := own.AsString(), beside.AsString(); len(a) == len(b) {
			return own, a == b
		}
	}
	if isCut(own, beside) {
		return beside, true
	}
	return own, false
}

// isCut reports whether v may be what a limit of the SDK left of whole.
func isCut(v, whole attribute.Value) bool {
	if v.Type() != whole.Type() {
		return false
	}
	switch v.Type() {
	case attribute.STRING:
		return strings.HasPrefix(whole.AsString(), v.AsString())
	case attribute.STRINGSLICE:
		return slices.EqualFunc(whole.AsStringSlice(), v.AsStringSlice(), strings.HasPrefix)
	case attribute.BYTESLICE:
		return bytes.HasPrefix(whole.AsByteSlice(), v.AsByteSlice())
	case attribute.SLICE:
		return slices.EqualFunc(v.AsSlice(), whole.AsSlice(), isCut)
	case attribute.MAP:
		return slices.EqualFunc(v.AsMap(), whole.AsMap(), func(a, b attribute.KeyValue) bool {
			return a.Key == b.Key && isCut(a.Value, b.Value)
		})
	}
	return v == whole
}

func find(attrs []attribute.KeyValue, key attribute.Key) (attribute.Value, bool) {
	for i := range attrs {
		if attrs[i].Key == key {
			return attrs[i].Value, true
		}
	}
	return attribute.Value{}, false
}

func flag(b bool) byte {
	if b {
		return 1
	}
	return 0
}

// noInstant stands for the zero time.
const noInstant = math.MinInt64

func appendInstant(dst []byte, t time.Time) []byte {
	ns := int64(noInstant)
	if !t.IsZero() {
		ns = t.UnixNano()
	}
	return binary.LittleEndian.AppendUint64(dst, uint64(ns))
}

func appendText(dst []byte, s string) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(s)))
	return append(dst, s...)
}

func appendAttribute(dst []byte, key attribute.Key, v attribute.Value) []byte {
	dst = appendText(dst, string(key))
	return appendValue(dst, v)
}

func appendValue(dst []byte, v attribute.Value) []byte {
	dst = append(dst, byte(v.Type()))
	switch v.Type() {
	case attribute.BOOL:
		return append(dst, flag(v.AsBool()))
	case attribute.INT64:
		return binary.LittleEndian.AppendUint64(dst, uint64(v.AsInt64()))
	case attribute.FLOAT64:
		return binary.LittleEndian.AppendUint64(dst, math.Float64bits(v.AsFloat64()))
	case attribute.STRING:
		return appendText(dst, v.AsString())
	case attribute.BYTESLICE:
		return appendText(dst, string(v.AsByteSlice()))
	case attribute.BOOLSLICE:
		return appendEach(dst, v.AsBoolSlice(), func(dst []byte, b bool) []byte { return append(dst, flag(b)) })
	case attribute.INT64SLICE:
		return appendEach(dst, v.AsInt64Slice(), func(dst []byte, n int64) []byte {
			return binary.LittleEndian.AppendUint64(dst, uint64(n))
		})
	case attribute.FLOAT64SLICE:
		return appendEach(dst, v.AsFloat64Slice(), func(dst []byte, f float64) []byte {
			return binary.LittleEndian.AppendUint64(dst, math.Float64bits(f))
		})
	case attribute.STRINGSLICE:
		return appendEach(dst, v.AsStringSlice(), appendText)
	case attribute.SLICE:
		return appendEach(dst, v.AsSlice(), appendValue)
	case attribute.MAP:
		return appendEach(dst, v.AsMap(), func(dst []byte, kv attribute.KeyValue) []byte {
			return appendAttribute(dst, kv.Key, kv.Value)
		})
	}
	return dst // empty, or of a later OpenTelemetry
}

func appendEach[T any](dst []byte, values []T, one func([]byte, T) []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(values)))
	for _, v := range values {
		dst = one(dst, v)
	}
	return dst
}

// reader reads what appendSpan wrote. The strings that it returns share the
// bytes, which must not change while they are in use.
type reader struct{ b []byte }

func (r *reader) bytes(n int) []byte {
	out := r.b[:n]
	r.b = r.b[n:]
	return out
}

func (r *reader) byte() byte     { return r.bytes(1)[0] }
func (r *reader) uint32() uint32 { return binary.LittleEndian.Uint32(r.bytes(4)) }
func (r *reader) uint64() uint64 { return binary.LittleEndian.Uint64(r.bytes(8)) }

func (r *reader) uvarint() int {
	v, n := binary.Uvarint(r.b)
	r.b = r.b[n:]
	return int(v)
}

func (r *reader) text() string {
	b := r.bytes(r.uvarint())
	return unsafe.String(unsafe.SliceData(b), len(b))
}

func (r *reader) instant() time.Time {
	ns := int64(r.uint64())
	if ns == noInstant {
		return time.Time{}
	}
	return time.Unix(0, ns)
}

// span reads one span into s, reusing its slices.
func (r *reader) span(s *convert.Span, resources *resources) {
	attrs, events := s.Attributes[:0], s.Events[:0]
	*s = convert.Span{
		TraceID:     trace.TraceID(r.bytes(16)),
		SpanID:      trace.SpanID(r.bytes(8)),
		ParentID:    trace.SpanID(r.bytes(8)),
		EnclosingID: trace.SpanID(r.bytes(8)),
	}
	s.ParentRemote = r.byte() != 0
	s.Status = codes.Code(r.byte())
	s.StartTime, s.EndTime = r.instant(), r.instant()
	s.Resource = resources.json(r.uvarint())
	s.Name, s.StatusDescription = r.text(), r.text()
	s.Scope, s.ScopeVersion = r.text(), r.text()
	s.Attributes = r.attributes(attrs)
	s.Verified = contracts.JSONKeys(binary.LittleEndian.Uint16(r.bytes(2)))
	s.DroppedAttributes = r.uvarint()
	for range r.uint32() {
		events = append(events, convert.Event{Name: r.text(), Time: r.instant(), Attributes: r.attributes(nil)})
	}
	s.Events = events
}

func (r *reader) attributes(dst []attribute.KeyValue) []attribute.KeyValue {
	for range r.uint32() {
		dst = append(dst, attribute.KeyValue{Key: attribute.Key(r.text()), Value: r.value()})
	}
	return dst
}

func (r *reader) value() attribute.Value {
	switch attribute.Type(r.byte()) {
	case attribute.BOOL:
		return attribute.BoolValue(r.byte() != 0)
	case attribute.INT64:
		return attribute.Int64Value(int64(r.uint64()))
	case attribute.FLOAT64:
		return attribute.Float64Value(math.Float64frombits(r.uint64()))
	case attribute.STRING:
		return attribute.StringValue(r.text())
	case attribute.BYTESLICE:
		return attribute.ByteSliceValue([]byte(r.text()))
	case attribute.BOOLSLICE:
		return attribute.BoolSliceValue(readEach(r, func() bool { return r.byte() != 0 }))
	case attribute.INT64SLICE:
		return attribute.Int64SliceValue(readEach(r, func() int64 { return int64(r.uint64()) }))
	case attribute.FLOAT64SLICE:
		return attribute.Float64SliceValue(readEach(r, func() float64 { return math.Float64frombits(r.uint64()) }))
	case attribute.STRINGSLICE:
		return attribute.StringSliceValue(readEach(r, r.text))
	case attribute.SLICE:
		return attribute.SliceValue(readEach(r, r.value)...)
	case attribute.MAP:
		return attribute.MapValue(readEach(r, func() attribute.KeyValue {
			return attribute.KeyValue{Key: attribute.Key(r.text()), Value: r.value()}
		})...)
	}
	return attribute.Value{}
}

func readEach[T any](r *reader, one func() T) []T {
	out := make([]T, r.uvarint())
	for i := range out {
		out[i] = one()
	}
	return out
}
