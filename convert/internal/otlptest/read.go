// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package otlptest

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// Span is a recorded span.
type Span struct {
	TraceID           trace.TraceID
	SpanID, ParentID  trace.SpanID
	Name              string
	StartTime         time.Time
	EndTime           time.Time
	Status            codes.Code
	StatusDescription string
	Attributes        []attribute.KeyValue
	Events            []Event
	DroppedAttributes int
	Scope             string
	Resource          []attribute.KeyValue
}

// Event is an event of a span.
type Event struct {
	Name       string
	Time       time.Time
	Attributes []attribute.KeyValue
}

// Log is a recorded log record. Name is its event name: the field, or else the
// attribute event.name.
type Log struct {
	TraceID    trace.TraceID
	SpanID     trace.SpanID
	Name       string
	Time       time.Time
	Body       attribute.Value
	Attributes []attribute.KeyValue
}

// Spans reads the spans of a file, in its order.
func Spans(tb testing.TB, path string) []Span {
	tb.Helper()
	var request struct {
		ResourceSpans []struct {
			Resource   owner
			ScopeSpans []struct {
				Scope struct{ Name string }
				Spans []wireSpan
			}
		}
	}
	read(tb, path, &request)
	var out []Span
	for _, resource := range request.ResourceSpans {
		for _, scope := range resource.ScopeSpans {
			for i := range scope.Spans {
				span, err := scope.Spans[i].span()
				if err != nil {
					tb.Fatalf("%s: span %q: %v", path, scope.Spans[i].Name, err)
				}
				span.Scope = scope.Scope.Name
				span.Resource = resource.Resource.Attributes
				out = append(out, span)
			}
		}
	}
	return out
}

// Logs reads the log records of a file, in its order. A file that is not there
// has none: most traces come without.
func Logs(tb testing.TB, path string) []Log {
	tb.Helper()
	if _, err := os.Stat(path); os.IsNotExist(err) {
		return nil
	}
	var request struct {
		ResourceLogs []struct {
			ScopeLogs []struct{ LogRecords []wireLog }
		}
	}
	read(tb, path, &request)
	var out []Log
	for _, resource := range request.ResourceLogs {
		for _, scope := range resource.ScopeLogs {
			for i := range scope.LogRecords {
				record, err := scope.LogRecords[i].log()
				if err != nil {
					tb.Fatalf("%s: log record %d: %v", path, i, err)
				}
				out = append(out, record)
			}
		}
	}
	return out
}

func read(tb testing.TB, path string, into any) {
	tb.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	if err := json.Unmarshal(b, into); err != nil {
		tb.Fatalf("%s: %v", path, err)
	}
}

type owner struct{ Attributes attributes }

type wireSpan struct {
	owner
	TraceID                string `json:"traceId"`
	SpanID                 string `json:"spanId"`
	ParentSpanID           string `json:"parentSpanId"`
	Name                   string
	StartTimeUnixNano      nanoseconds
	EndTimeUnixNano        nanoseconds
	DroppedAttributesCount int
	Status                 struct {
		Code    int
		Message string
	}
	Events []struct {
		owner
		Name         string
		TimeUnixNano nanoseconds
	}
}

func (w *wireSpan) span() (s Span, err error) {
	if s.TraceID, err = trace.TraceIDFromHex(w.TraceID); err != nil {
		return s, err
	}
	if s.SpanID, err = trace.SpanIDFromHex(w.SpanID); err != nil {
		return s, err
	}
	if w.ParentSpanID != "" {
		if s.ParentID, err = trace.SpanIDFromHex(w.ParentSpanID); err != nil {
			return s, err
		}
	}
	s.Name, s.Attributes, s.DroppedAttributes = w.Name, w.Attributes, w.DroppedAttributesCount
	s.StartTime, s.EndTime = w.StartTimeUnixNano.time(), w.EndTimeUnixNano.time()
	s.StatusDescription = w.Status.Message
	switch w.Status.Code {
	case 1:
		s.Status = codes.Ok
	case 2:
		s.Status = codes.Error
	}
	for _, e := range w.Events {
		s.Events = append(s.Events, Event{e.Name, e.TimeUnixNano.time(), e.Attributes})
	}
	return s, nil
}

type wireLog struct {
	owner
	TraceID      string `json:"traceId"`
	SpanID       string `json:"spanId"`
	EventName    string
	TimeUnixNano nanoseconds
	Body         value
}

func (w *wireLog) log() (l Log, err error) {
	if w.TraceID != "" {
		if l.TraceID, err = trace.TraceIDFromHex(w.TraceID); err != nil {
			return l, err
		}
		if l.SpanID, err = trace.SpanIDFromHex(w.SpanID); err != nil {
			return l, err
		}
	}
	l.Name, l.Time, l.Body, l.Attributes = w.EventName, w.TimeUnixNano.time(), w.Body.Value, w.Attributes
	for _, a := range w.Attributes {
		if l.Name == "" && a.Key == "event.name" {
			l.Name = a.Value.AsString()
		}
	}
	return l, nil
}

// nanoseconds since 1970, which OTLP/JSON has as a string and some writers as a
// number.
type nanoseconds string

// UnmarshalJSON implements [json.Unmarshaler].
func (n *nanoseconds) UnmarshalJSON(b []byte) error {
	if text, err := strconv.Unquote(string(b)); err == nil {
		b = []byte(text)
	}
	*n = nanoseconds(b)
	return nil
}

func (n nanoseconds) time() time.Time {
	ns, err := strconv.ParseInt(string(n), 10, 64)
	if err != nil || ns == 0 {
		return time.Time{}
	}
	return time.Unix(0, ns).UTC()
}

type attributes []attribute.KeyValue

// UnmarshalJSON implements [json.Unmarshaler].
func (a *attributes) UnmarshalJSON(b []byte) error {
	var pairs []struct {
		Key   attribute.Key
		Value value
	}
	if err := json.Unmarshal(b, &pairs); err != nil {
		return err
	}
	for _, p := range pairs {
		*a = append(*a, attribute.KeyValue{Key: p.Key, Value: p.Value.Value})
	}
	return nil
}

type value struct{ attribute.Value }

// UnmarshalJSON implements [json.Unmarshaler]. A list of one simple type is the
// slice that an SDK would have made of it.
func (v *value) UnmarshalJSON(b []byte) error {
	var w struct {
		StringValue *string
		BoolValue   *bool
		IntValue    *nanoseconds
		DoubleValue *float64
		BytesValue  []byte
		ArrayValue  *struct{ Values []value }
		KvlistValue *struct{ Values attributes }
	}
	if err := json.Unmarshal(b, &w); err != nil {
		return err
	}
	switch {
	case w.StringValue != nil:
		v.Value = attribute.StringValue(*w.StringValue)
	case w.BoolValue != nil:
		v.Value = attribute.BoolValue(*w.BoolValue)
	case w.IntValue != nil:
		n, err := strconv.ParseInt(string(*w.IntValue), 10, 64)
		if err != nil {
			return fmt.Errorf("intValue: %w", err)
		}
		v.Value = attribute.Int64Value(n)
	case w.DoubleValue != nil:
		v.Value = attribute.Float64Value(*w.DoubleValue)
	case w.BytesValue != nil:
		v.Value = attribute.ByteSliceValue(w.BytesValue)
	case w.ArrayValue != nil:
		v.Value = slice(w.ArrayValue.Values)
	case w.KvlistValue != nil:
		v.Value = attribute.MapValue(w.KvlistValue.Values...)
	}
	return nil
}

func slice(values []value) attribute.Value {
	all := make([]attribute.Value, len(values))
	texts := make([]string, 0, len(values))
	for i, v := range values {
		all[i] = v.Value
		if v.Type() == attribute.STRING {
			texts = append(texts, v.AsString())
		}
	}
	if len(texts) == len(values) {
		return attribute.StringSliceValue(texts)
	}
	return attribute.SliceValue(all...)
}
