// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"slices"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/spect-tools/spect-go/convert/internal/convention"
)

// Log is what a conversion needs to know of one OpenTelemetry log record. Some
// conventions put the content of a model call there instead of on its span.
type Log struct {
	TraceID trace.TraceID
	SpanID  trace.SpanID
	// Name is the record's event name, or else its attribute event.name.
	Name string
	// Time is when it happened, or else when it was observed.
	Time       time.Time
	Body       attribute.Value
	Attributes []attribute.KeyValue
}

// EventNameKey is the attribute that names an event whose record has no name.
const EventNameKey = attribute.Key("event.name")

// UsesLog reports whether a conversion may use a log record with this name:
// which records need not be kept for their spans. It does not allocate.
func UsesLog(name string) bool { return convention.UsesLog(name) }

// JoinLogs gives each span the log records that name it as theirs, by time, and
// in their given order where that is the same. Records of no span among spans
// are passed over.
func JoinLogs(spans []Span, logs []Log) {
	bySpan := make(map[spanID][]Log)
	for i := range logs {
		of := spanID{logs[i].TraceID, logs[i].SpanID}
		bySpan[of] = append(bySpan[of], logs[i])
	}
	for _, own := range bySpan {
		slices.SortStableFunc(own, func(a, b Log) int { return a.Time.Compare(b.Time) })
	}
	for i := range spans {
		spans[i].Logs = bySpan[idOf(&spans[i])]
	}
}
