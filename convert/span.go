// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/spect-tools/spect-go/contracts"
)

// Span is what a conversion needs to know of one OpenTelemetry span.
type Span struct {
	TraceID trace.TraceID
	SpanID  trace.SpanID
	// ParentID is zero on a root. A remote parent is of another process.
	ParentID     trace.SpanID
	ParentRemote bool
	// EnclosingID is the nearest span above that is known to be kept. It stands
	// in for ParentID where the spans between are not known. Zero: none.
	EnclosingID trace.SpanID

	Name string
	// EndTime is zero on a span that has not ended.
	StartTime, EndTime time.Time
	Status             codes.Code
	StatusDescription  string
	Attributes         []attribute.KeyValue
	Events             []Event
	// DroppedAttributes counts the attributes that a limit kept off the span.
	DroppedAttributes int
	// Verified are the attributes whose string is known to be valid JSON of
	// the right form. The others are validated.
	Verified contracts.JSONKeys
	// Resource is the span's resource (JSON object); absent where unknown.
	Resource contracts.JSON
	// Scope and ScopeVersion name the instrumentation that made the span.
	Scope, ScopeVersion string
	// Logs are the log records of the span, in their order; [JoinLogs] sets them.
	Logs []Log
}

// Event is an event of a span.
type Event struct {
	Name       string
	Time       time.Time
	Attributes []attribute.KeyValue
}

// Ended reports whether the span has ended.
func (s *Span) Ended() bool { return !s.EndTime.IsZero() }

// UsesAttribute reports whether the conversion of a span of that role may use an
// attribute with this key: what need not be kept of a span that waits for its
// conversion.
func UsesAttribute(role Role, key attribute.Key) bool {
	return role.whole() || strings.HasPrefix(string(key), "spect.")
}

// UsesEvent reports whether the conversion of a span of that role may use an
// event with this name.
func UsesEvent(role Role, name string) bool { return role.whole() || name == exceptionEvent }

// UsesScope reports whether the conversion of a span of that role may use the
// span's scope.
func UsesScope(role Role) bool { return role.whole() }
