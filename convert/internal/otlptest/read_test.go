// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package otlptest

import (
	"encoding/hex"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
)

func TestSpans(t *testing.T) {
	path := write(t, `{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"s"}}]},"scopeSpans":[{
		"scope":{"name":"scope"},"spans":[{"traceId":"201eaeb01f640429426a607845e47b19","spanId":"7fd6d2b317d86266",
		"parentSpanId":"627df19a6814de63","name":"chat","kind":3,"startTimeUnixNano":"1795449051839020427","endTimeUnixNano":1795449051839027869,
		"droppedAttributesCount":3,"status":{"code":2,"message":"no"},
		"events":[{"name":"exception","timeUnixNano":"1","attributes":[{"key":"a","value":{"boolValue":true}}]}],
		"attributes":[
			{"key":"int","value":{"intValue":"-7"}},{"key":"number","value":{"intValue":7}},{"key":"double","value":{"doubleValue":0.5}},
			{"key":"texts","value":{"arrayValue":{"values":[{"stringValue":"a"},{"stringValue":"b"}]}}},
			{"key":"mixed","value":{"arrayValue":{"values":[{"stringValue":"a"},{"intValue":"1"}]}}},
			{"key":"map","value":{"kvlistValue":{"values":[{"key":"k","value":{"stringValue":""}}]}}},
			{"key":"bytes","value":{"bytesValue":"AQI="}},{"key":"nothing","value":{}},{"key":"absent"}]}]}]}]}`)
	spans := Spans(t, path)
	if len(spans) != 1 {
		t.Fatalf("%d spans, want 1", len(spans))
	}
	s := spans[0]
	if got := s.TraceID.String() + s.SpanID.String() + s.ParentID.String(); got != "201eaeb01f640429426a607845e47b197fd6d2b317d86266627df19a6814de63" {
		t.Errorf("ids %s", got)
	}
	if s.Name != "chat" || s.Scope != "scope" || s.Status != codes.Error || s.StatusDescription != "no" || s.DroppedAttributes != 3 {
		t.Errorf("span %+v", s)
	}
	if d := s.EndTime.Sub(s.StartTime); d != 7442*time.Nanosecond || s.StartTime.Year() != 2026 {
		t.Errorf("times %v and %v", s.StartTime, s.EndTime)
	}
	if len(s.Events) != 1 || s.Events[0].Name != "exception" || !s.Events[0].Attributes[0].Value.AsBool() {
		t.Errorf("events %+v", s.Events)
	}
	want := []attribute.Value{
		attribute.Int64Value(-7), attribute.Int64Value(7), attribute.Float64Value(0.5),
		attribute.StringSliceValue([]string{"a", "b"}), attribute.SliceValue(attribute.StringValue("a"), attribute.Int64Value(1)),
		attribute.MapValue(attribute.String("k", "")), attribute.ByteSliceValue([]byte{1, 2}),
		{},
		{},
	}
	if len(s.Attributes) != len(want) {
		t.Fatalf("%d attributes, want %d", len(s.Attributes), len(want))
	}
	for i, w := range want {
		if s.Attributes[i].Value != w {
			t.Errorf("%s = %v, want %v", s.Attributes[i].Key, s.Attributes[i].Value, w)
		}
	}
	if got := s.Resource[0].Value.AsString(); got != "s" {
		t.Errorf("service.name %q", got)
	}
}

func TestLogs(t *testing.T) {
	path := write(t, `{"resourceLogs":[{"scopeLogs":[{"logRecords":[
		{"traceId":"201eaeb01f640429426a607845e47b19","spanId":"7fd6d2b317d86266","eventName":"gen_ai.choice","timeUnixNano":"5",
		 "body":{"kvlistValue":{"values":[{"key":"index","value":{"intValue":"0"}}]}}},
		{"attributes":[{"key":"event.name","value":{"stringValue":"gen_ai.user.message"}}],"body":{"stringValue":"hi"}}]}]}]}`)
	logs := Logs(t, path)
	if len(logs) != 2 {
		t.Fatalf("%d records, want 2", len(logs))
	}
	if l := logs[0]; l.Name != "gen_ai.choice" || hex.EncodeToString(l.SpanID[:]) != "7fd6d2b317d86266" || l.Body.Type() != attribute.MAP {
		t.Errorf("record %+v", l)
	}
	if l := logs[1]; l.Name != "gen_ai.user.message" || l.SpanID.IsValid() || l.Body.AsString() != "hi" {
		t.Errorf("record %+v", l)
	}
	if got := Logs(t, filepath.Join(t.TempDir(), "none.json")); got != nil {
		t.Errorf("records %v of a file that is not there", got)
	}
}

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "trace.json")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
