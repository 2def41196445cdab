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
// to the process: what the span's node does not know of it, strings with their
// length before them, and the keys of Spect's attributes as one byte.

// coded are the keys that are written as a byte: their place from 1 on.
var coded = [...]attribute.Key{
	contracts.KindKey,
	contracts.SeqKey,
	contracts.StatusKey,
	contracts.SessionIDKey,
	contracts.SessionTraceIDKey,
	contracts.SessionParentIDKey,
	contracts.SessionOriginKey,
	contracts.SessionMetadataKey,
	contracts.PromptFormatKey,
	contracts.ConversationIDKey,
	contracts.FunctionIDKey,
	contracts.RequestInputKey,
	contracts.ProviderKey,
	contracts.ModelIDKey,
	contracts.ModelProviderKey,
	contracts.MessagesKey,
	contracts.MetadataKey,
	contracts.ToolCallIDKey,
	contracts.ToolNameKey,
	contracts.ToolParametersKey,
	contracts.ToolResultKey,
	contracts.SubagentToolCallIDKey,
	contracts.SubagentTypeKey,
	contracts.SubagentSourceKey,
	contracts.SubagentInputKey,
	contracts.ResponseTextKey,
	contracts.ResponseModelKey,
	contracts.ResponseIDKey,
	contracts.ResponseTimestampKey,
	contracts.ResponseObjectKey,
	contracts.ResponseUsageKey,
	contracts.ResponseFinishReasonsKey,
	contracts.ResponseStartTimeKey,
	contracts.ResponseDurationKey,
	contracts.ResultMetadataKey,
	contracts.ErrorMessageKey,
	contracts.ErrorTypeKey,
	contracts.ErrorCodeKey,
	contracts.ErrorStackKey,
	contracts.ContentPolicyKey,
}

var codeOf = func() map[attribute.Key]byte {
	m := make(map[attribute.Key]byte, len(coded))
	for i, key := range coded {
		m[key] = byte(i + 1)
	}
	return m
}()

func appendKey(dst []byte, key attribute.Key) []byte {
	code := codeOf[key]
	if dst = append(dst, code); code == 0 {
		dst = appendText(dst, string(key))
	}
	return dst
}

func (r *reader) key() attribute.Key {
	if code := r.byte(); code > 0 {
		return coded[code-1]
	}
	return attribute.Key(r.text())
}

// copier copies spans.
type copier struct {
	resources *resources
	// attributes are those of the span under way.
	attributes []attribute.KeyValue
}

// collect puts together what a conversion uses of a span's attributes: the
// span's own, and tracer's where it has them better. verified are those that are
// known to be valid JSON.
func (c *copier) collect(own []attribute.KeyValue, record *side.Record, role convert.Role) (verified contracts.JSONKeys) {
	c.attributes = c.attributes[:0]
	var beside []attribute.KeyValue
	if record != nil {
		beside, verified = record.Content.SpectAttributes()
	}
	for i := range own {
		if !convert.UsesAttribute(role, own[i].Key) || record != nil && own[i].Key == contracts.ContentAsideKey {
			continue
		}
		kv, whole := own[i], false
		if b, ok := findNear(beside, kv.Key, i); ok {
			kv.Value, whole = preferred(kv.Value, b)
		}
		if !whole {
			verified &^= contracts.JSONKey(kv.Key)
		}
		c.attributes = append(c.attributes, kv)
	}
	for i := range beside {
		if _, there := findNear(own, beside[i].Key, i); !there && convert.UsesAttribute(role, beside[i].Key) {
			c.attributes = append(c.attributes, beside[i])
		}
	}
	return verified
}

// findNear is find, for an attribute that mostly stands at a place: tracer's own
// come in the order in which it set them.
func findNear(attrs []attribute.KeyValue, key attribute.Key, at int) (attribute.Value, bool) {
	if at < len(attrs) && attrs[at].Key == key {
		return attrs[at].Value, true
	}
	return find(attrs, key)
}

// append appends a span as it stands, what a conversion uses of it, to what room
// returns for about as many bytes as that takes. record is tracer's, or nil.
func (c *copier) append(s sdktrace.ReadOnlySpan, record *side.Record, n *convert.Node, room func(int) []byte) []byte {
	defer func() { clear(c.attributes) }()
	verified := c.collect(s.Attributes(), record, n.Role)
	dropped := s.DroppedAttributes()
	if record != nil {
		dropped = 0 // what a limit took of tracer's is put back
	}
	name, status, events := s.Name(), s.Status(), s.Events()
	var scope instrumentation.Scope
	if convert.UsesScope(n.Role) {
		scope = s.InstrumentationScope()
	}

	const fixed = 48
	about := fixed + len(name) + len(status.Description) + len(scope.Name) + len(scope.Version) + sizeOfAll(c.attributes)
	for i := range events {
		if convert.UsesEvent(n.Role, events[i].Name) {
			about += fixed + len(events[i].Name) + sizeOfAll(events[i].Attributes)
		}
	}
	dst := room(about)

	dst = append(dst, flag(!s.StartTime().IsZero())|flag(!s.EndTime().IsZero())<<1, byte(status.Code))
	dst = binary.AppendUvarint(dst, uint64(c.resources.number(s.Resource())))
	dst = appendText(dst, name)
	dst = appendText(dst, status.Description)
	dst = appendText(dst, scope.Name)
	dst = appendText(dst, scope.Version)
	dst = appendAttributes(dst, c.attributes)
	dst = binary.LittleEndian.AppendUint16(dst, uint16(verified))
	dst = binary.AppendUvarint(dst, uint64(dropped))

	count := 0
	for i := range events {
		if convert.UsesEvent(n.Role, events[i].Name) {
			count++
		}
	}
	dst = binary.AppendUvarint(dst, uint64(count))
	for i := range events {
		if e := &events[i]; convert.UsesEvent(n.Role, e.Name) {
			dst = appendText(dst, e.Name)
			dst = appendInstant(dst, e.Time)
			dst = appendAttributes(dst, e.Attributes)
		}
	}
	return dst
}

// sizeOfAll is about what attributes take.
func sizeOfAll(attrs []attribute.KeyValue) (n int) {
	for i := range attrs {
		n += len(attrs[i].Key) + sizeOf(attrs[i].Value)
	}
	return n
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

func appendAttributes(dst []byte, attrs []attribute.KeyValue) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(attrs)))
	for i := range attrs {
		dst = appendAttribute(dst, attrs[i].Key, attrs[i].Value)
	}
	return dst
}

func appendAttribute(dst []byte, key attribute.Key, v attribute.Value) []byte {
	return appendValue(appendKey(dst, key), v)
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

// reader reads what a copier wrote. The strings that it returns share the
// bytes, which must not change while they are in use.
type reader struct{ b []byte }

func (r *reader) bytes(n int) []byte {
	out := r.b[:n]
	r.b = r.b[n:]
	return out
}

func (r *reader) byte() byte     { return r.bytes(1)[0] }
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

// span reads the span of a node into s, reusing its slices.
func (r *reader) span(s *convert.Span, id trace.TraceID, n *convert.Node, resources *resources) {
	attrs, events := s.Attributes[:0], s.Events[:0]
	*s = convert.Span{TraceID: id, SpanID: n.SpanID, ParentID: n.ParentID, EnclosingID: n.EnclosingID}
	times := r.byte()
	if times&1 != 0 {
		s.StartTime = time.Unix(0, n.Start)
	}
	if times&2 != 0 {
		s.EndTime = time.Unix(0, n.End)
	}
	s.Status = codes.Code(r.byte())
	s.Resource = resources.json(r.uvarint())
	s.Name, s.StatusDescription = r.text(), r.text()
	s.Scope, s.ScopeVersion = r.text(), r.text()
	s.Attributes = r.attributes(attrs)
	s.Verified = contracts.JSONKeys(binary.LittleEndian.Uint16(r.bytes(2)))
	s.DroppedAttributes = r.uvarint()
	for range r.uvarint() {
		events = append(events, convert.Event{Name: r.text(), Time: r.instant(), Attributes: r.attributes(nil)})
	}
	s.Events = events
}

func (r *reader) attributes(dst []attribute.KeyValue) []attribute.KeyValue {
	for range r.uvarint() {
		dst = append(dst, attribute.KeyValue{Key: r.key(), Value: r.value()})
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
			return attribute.KeyValue{Key: r.key(), Value: r.value()}
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
