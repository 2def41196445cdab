// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package otlp

import (
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert"
)

// isRemote is the bit of a span's flags that says that its parent is of another
// process.
const isRemote = 1 << 9

// Spans are the spans of td. Strings and bytes are shared with it: td must not
// change while they are in use.
func Spans(td ptrace.Traces) []convert.Span {
	spans := make([]convert.Span, 0, td.SpanCount())
	for _, resource := range td.ResourceSpans().All() {
		of := convert.ResourceJSON(attributes(resource.Resource().Attributes()))
		for _, scope := range resource.ScopeSpans().All() {
			for _, s := range scope.Spans().All() {
				one := span(s)
				one.Resource = of
				one.Scope, one.ScopeVersion = scope.Scope().Name(), scope.Scope().Version()
				spans = append(spans, one)
			}
		}
	}
	stayLocal(spans)
	return spans
}

// stayLocal corrects what spans say of their parents: one that is of the same
// resource is of the same process. Some instrumentations pass the context of a
// parent on as if it had come from elsewhere.
func stayLocal(spans []convert.Span) {
	type id struct {
		trace trace.TraceID
		span  trace.SpanID
	}
	var resources map[id]contracts.JSON
	for i := range spans {
		s := &spans[i]
		if !s.ParentRemote {
			continue
		}
		if resources == nil {
			resources = make(map[id]contracts.JSON, len(spans))
			for k := range spans {
				resources[id{spans[k].TraceID, spans[k].SpanID}] = spans[k].Resource
			}
		}
		of, ok := resources[id{s.TraceID, s.ParentID}]
		s.ParentRemote = !ok || of != s.Resource
	}
}

func span(s ptrace.Span) convert.Span {
	out := convert.Span{
		TraceID: trace.TraceID(s.TraceID()), SpanID: trace.SpanID(s.SpanID()),
		ParentID: trace.SpanID(s.ParentSpanID()), ParentRemote: s.Flags()&isRemote != 0,
		Name: s.Name(), StartTime: instant(s.StartTimestamp()), EndTime: instant(s.EndTimestamp()),
		StatusDescription: s.Status().Message(),
		Attributes:        attributes(s.Attributes()),
		DroppedAttributes: int(s.DroppedAttributesCount()),
	}
	switch s.Status().Code() {
	case ptrace.StatusCodeOk:
		out.Status = codes.Ok
	case ptrace.StatusCodeError:
		out.Status = codes.Error
	case ptrace.StatusCodeUnset:
	}
	for _, e := range s.Events().All() {
		out.Events = append(out.Events, convert.Event{Name: e.Name(), Time: instant(e.Timestamp()), Attributes: attributes(e.Attributes())})
	}
	return out
}

// Logs are the log records of ld that belong to a span, under the terms of
// [Spans].
func Logs(ld plog.Logs) []convert.Log {
	logs := make([]convert.Log, 0, ld.LogRecordCount())
	for _, resource := range ld.ResourceLogs().All() {
		for _, scope := range resource.ScopeLogs().All() {
			for _, r := range scope.LogRecords().All() {
				if r.SpanID().IsEmpty() || r.TraceID().IsEmpty() {
					continue
				}
				logs = append(logs, record(r))
			}
		}
	}
	return logs
}

func record(r plog.LogRecord) convert.Log {
	out := convert.Log{
		TraceID: trace.TraceID(r.TraceID()), SpanID: trace.SpanID(r.SpanID()),
		Name: r.EventName(), Time: instant(r.Timestamp()),
		Body: value(r.Body()), Attributes: attributes(r.Attributes()),
	}
	if out.Time.IsZero() {
		out.Time = instant(r.ObservedTimestamp())
	}
	if out.Name == "" {
		if name, ok := r.Attributes().Get(string(convert.EventNameKey)); ok {
			out.Name = name.AsString()
		}
	}
	return out
}

// instant is the zero time where OTLP has none.
func instant(t pcommon.Timestamp) time.Time {
	if t == 0 {
		return time.Time{}
	}
	return t.AsTime()
}
