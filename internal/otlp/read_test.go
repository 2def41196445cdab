// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package otlp_test

import (
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/spect-tools/spect-go/internal/otlp"
)

func protobuf(t testing.TB, td ptrace.Traces) []byte {
	t.Helper()
	data, err := new(ptrace.ProtoMarshaler).MarshalTraces(td)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// JSON and protobuf, one request or several, hold the same spans.
func TestEveryForm(t *testing.T) {
	text := read(t, "langgraph.json")
	td, err := otlp.ReadTraces(text)
	if err != nil {
		t.Fatal(err)
	}
	_, want := payloadsOf(t, otlp.Spans(td))
	td, err = otlp.ReadTraces(text)
	if err != nil {
		t.Fatal(err)
	}
	// A request for each span, one in a line.
	var lines []byte
	for _, resource := range td.ResourceSpans().All() {
		for _, scope := range resource.ScopeSpans().All() {
			for _, s := range scope.Spans().All() {
				one := ptrace.NewTraces()
				r := one.ResourceSpans().AppendEmpty()
				resource.Resource().CopyTo(r.Resource())
				of := r.ScopeSpans().AppendEmpty()
				scope.Scope().CopyTo(of.Scope())
				s.CopyTo(of.Spans().AppendEmpty())
				line, err := new(ptrace.JSONMarshaler).MarshalTraces(one)
				if err != nil {
					t.Fatal(err)
				}
				lines = append(append(lines, line...), '\n')
			}
		}
	}
	for form, data := range map[string][]byte{"protobuf": protobuf(t, td), "lines": lines, "JSON after a line end": append([]byte("\n\n"), text...)} {
		got, err := otlp.ReadTraces(data)
		if err != nil {
			t.Errorf("%s: %v", form, err)
			continue
		}
		if _, text := payloadsOf(t, otlp.Spans(got)); text != want {
			t.Errorf("%s gives\n%s\nnot\n%s", form, text, want)
		}
	}
	if empty, err := otlp.ReadTraces(nil); err != nil || empty.SpanCount() != 0 {
		t.Errorf("an empty request has %d spans, %v", empty.SpanCount(), err)
	}
}

// Node's serializer writes a number that is none, NaN, as null; proto3 JSON says
// that null is a field that is not set.
func TestNullValue(t *testing.T) {
	const text = `{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0102030405060708",
		"name":"n","attributes":[{"key":"nan","value":{"doubleValue": null}},{"key":"text","value":{"stringValue":"{\"doubleValue\":null}"}}]}]}]}]}`
	td, err := otlp.ReadTraces([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	spans := otlp.Spans(td)
	if len(spans) != 1 {
		t.Fatalf("%d spans", len(spans))
	}
	for _, kv := range spans[0].Attributes {
		if got := kv.Value.String(); kv.Key == "text" && got != `{"doubleValue":null}` || kv.Key == "nan" && got != "" {
			t.Errorf("%s is %q", kv.Key, got)
		}
	}
}

func TestSpan(t *testing.T) {
	td := ptrace.NewTraces()
	r := td.ResourceSpans().AppendEmpty()
	r.Resource().Attributes().PutStr("service.name", "s")
	scope := r.ScopeSpans().AppendEmpty()
	scope.Scope().SetName("lib")
	scope.Scope().SetVersion("1.2")
	s := scope.Spans().AppendEmpty()
	s.SetTraceID(pcommon.TraceID{1})
	s.SetSpanID(pcommon.SpanID{2})
	s.SetParentSpanID(pcommon.SpanID{3})
	s.SetFlags(0x300)
	s.SetName("n")
	s.SetStartTimestamp(1_000_000_001)
	s.Status().SetCode(ptrace.StatusCodeError)
	s.Status().SetMessage("bad")
	s.SetDroppedAttributesCount(4)
	a := s.Attributes()
	a.PutStr("str", "x")
	a.PutBool("bool", true)
	a.PutInt("int", 7)
	a.PutDouble("double", 1.5)
	a.PutEmptyBytes("bytes").FromRaw([]byte{1, 2})
	a.PutEmpty("empty")
	for key, values := range map[string][]any{
		"strings": {"a", "b"}, "bools": {true}, "ints": {int64(1), int64(2)}, "doubles": {1.5}, "mixed": {"a", int64(1)}, "none": {},
	} {
		if err := a.PutEmptySlice(key).FromRaw(values); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.PutEmptyMap("map").FromRaw(map[string]any{"k": []any{map[string]any{"deep": "v"}}}); err != nil {
		t.Fatal(err)
	}
	e := s.Events().AppendEmpty()
	e.SetName("event")
	e.SetTimestamp(5)
	e.Attributes().PutStr("k", "v")

	got := otlp.Spans(td)[0]
	if got.TraceID != (trace.TraceID{1}) || got.SpanID != (trace.SpanID{2}) || got.ParentID != (trace.SpanID{3}) || !got.ParentRemote ||
		got.Name != "n" || !got.StartTime.Equal(time.Unix(1, 1)) || got.Ended() || got.Status != codes.Error || got.StatusDescription != "bad" ||
		got.DroppedAttributes != 4 || got.Scope != "lib" || got.ScopeVersion != "1.2" || got.Resource != `{"service.name":"s"}` {
		t.Errorf("the span is %+v", got)
	}
	want := map[attribute.Key]attribute.Value{
		"str": attribute.StringValue("x"), "bool": attribute.BoolValue(true), "int": attribute.Int64Value(7), "double": attribute.Float64Value(1.5),
		"bytes": attribute.ByteSliceValue([]byte{1, 2}), "empty": {}, "strings": attribute.StringSliceValue([]string{"a", "b"}),
		"bools": attribute.BoolSliceValue([]bool{true}), "ints": attribute.Int64SliceValue([]int64{1, 2}), "doubles": attribute.Float64SliceValue([]float64{1.5}),
		"mixed": attribute.SliceValue(attribute.StringValue("a"), attribute.Int64Value(1)), "none": attribute.SliceValue(),
		"map": attribute.MapValue(attribute.Slice("k", attribute.MapValue(attribute.String("deep", "v")))),
	}
	if len(got.Attributes) != len(want) {
		t.Errorf("%d attributes, want %d", len(got.Attributes), len(want))
	}
	for _, kv := range got.Attributes {
		if kv.Value != want[kv.Key] {
			t.Errorf("%s is %v, want %v", kv.Key, kv.Value, want[kv.Key])
		}
	}
	if len(got.Events) != 1 || got.Events[0].Name != "event" || !got.Events[0].Time.Equal(time.Unix(0, 5)) || got.Events[0].Attributes[0].Key != "k" {
		t.Errorf("the events are %+v", got.Events)
	}
}

func TestLog(t *testing.T) {
	ld := plog.NewLogs()
	records := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords()
	records.AppendEmpty().Body().SetStr("of no span")
	for _, name := range []string{"", "named"} {
		r := records.AppendEmpty()
		r.SetTraceID(pcommon.TraceID{1})
		r.SetSpanID(pcommon.SpanID{2})
		r.SetObservedTimestamp(9)
		r.SetEventName(name)
		r.Body().SetStr("body")
		r.Attributes().PutStr("event.name", "by attribute")
	}
	records.At(2).SetTimestamp(5)
	data, err := new(plog.ProtoMarshaler).MarshalLogs(ld)
	if err != nil {
		t.Fatal(err)
	}
	if ld, err = otlp.ReadLogs(data); err != nil {
		t.Fatal(err)
	}
	logs := otlp.Logs(ld)
	if len(logs) != 2 {
		t.Fatalf("%d records", len(logs))
	}
	for i, want := range []struct {
		name string
		time int64
	}{{"by attribute", 9}, {"named", 5}} {
		if l := logs[i]; l.Name != want.name || l.Time.UnixNano() != want.time || l.Body != attribute.StringValue("body") || l.SpanID != (trace.SpanID{2}) {
			t.Errorf("record %d is %+v", i, l)
		}
	}
}

// A parent that is said to be of another process, and is of the same resource.
func TestRemoteParents(t *testing.T) {
	td := ptrace.NewTraces()
	add := func(service string, id, parent byte) {
		r := td.ResourceSpans().AppendEmpty()
		r.Resource().Attributes().PutStr("service.name", service)
		s := r.ScopeSpans().AppendEmpty().Spans().AppendEmpty()
		s.SetTraceID(pcommon.TraceID{1})
		s.SetSpanID(pcommon.SpanID{id})
		s.SetParentSpanID(pcommon.SpanID{parent})
		s.SetFlags(0x300)
	}
	add("a", 1, 0)
	add("a", 2, 1)
	add("b", 3, 1)
	add("a", 4, 9)
	for i, want := range []bool{true, false, true, true} {
		if got := otlp.Spans(td)[i].ParentRemote; got != want {
			t.Errorf("the parent of span %d is remote: %v", i+1, got)
		}
	}
}
