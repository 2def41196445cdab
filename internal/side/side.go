// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

// Package side carries what tracer knows of a span while it is open beside the
// OpenTelemetry span itself. tracer makes a record and puts it into the context
// that it starts the span with; the SDK hands that context to the span
// processor, which finds the record there.
//
// So the processor knows the content of a span that has not ended, and of one
// whose attributes the SDK cut or dropped; and a JSON attribute that still is
// the string which tracer made needs no validation.
package side

import (
	"context"
	"encoding/binary"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/internal/ids"
)

// ScopeName is the instrumentation scope of the spans that tracer makes. Only
// for these does a processor look for a record.
const ScopeName = "github.com/spect-tools/spect-go/tracer"

// Session is what the spans of one session share.
type Session struct {
	// ID is the session's UUID, TraceID its payload's traceId: another session's
	// where it continues that one.
	ID, TraceID string
	// Root is the record of the session's root, Name the name it was started with.
	Root *Record
	Name string
	// Origin describes the outermost session, where that is another one, for
	// decisions that all its parts make alike.
	Origin *Origin
	// Owner is tracer's own view of an explicit session.
	Owner any

	seq atomic.Int64
}

// Origin is what a decision about a whole trace of sessions goes by.
type Origin struct {
	Operation, Model, Conversation, Function string
	// Metadata are members of the outermost session's metadata: a JSON object,
	// absent where nothing is known of them.
	Metadata contracts.JSON
	// Sampling is what the nearest session says of sampling: a JSON object, or
	// absent.
	Sampling contracts.JSON
	// Received says that it came from another process.
	Received bool
}

// Remote is the session of another process that a context continues.
type Remote struct {
	TraceID, ParentID string
	Origin            Origin
}

// NextSeq counts the spans of the session in the order of their start.
func (s *Session) NextSeq() int64 { return s.seq.Add(1) - 1 }

// Content is the knowledge of an open span. It is safe for concurrent use.
type Content interface {
	// SpectAttributes returns the attributes that the span has, or would have
	// if it ended now, as far as tracer set them, and which of them are JSON
	// known to be valid. The slice is not to be changed.
	SpectAttributes() ([]attribute.KeyValue, contracts.JSONKeys)
	// SpectAttribute returns one attribute as tracer set it by now.
	SpectAttribute(key attribute.Key) (attribute.Value, bool)
}

// Record is one span's record.
type Record struct {
	// Session is the span's. Remote is set instead on the record that stands
	// for a span of another process.
	Session *Session
	Remote  *Remote
	// Parent is the enclosing span that tracer made, if any: the OpenTelemetry
	// spans between may be unknown to the processor.
	Parent trace.SpanContext
	// SpanContext is the span's, once Bind was called.
	SpanContext trace.SpanContext
	// StartTime is the span's. IsRoot tells the root of an explicit session.
	StartTime time.Time
	IsRoot    bool
	// Content is the span's.
	Content Content
	// Policy is the strictest content policy that the span and those above it were
	// started with.
	Policy contracts.ContentPolicy

	// bound is the id of the span that the record belongs to, 0 until known.
	bound atomic.Uint64
}

type contextKey struct{}

// ContextWithRecord returns ctx with the record.
func ContextWithRecord(ctx context.Context, r *Record) context.Context {
	return context.WithValue(ctx, contextKey{}, r)
}

// FromContext returns the innermost record, or nil.
func FromContext(ctx context.Context) *Record {
	if ctx == nil {
		return nil
	}
	r, _ := ctx.Value(contextKey{}).(*Record)
	return r
}

type policyKey struct{}

// ContextWithPolicy returns ctx with a content policy for the spans that are
// started with it: the stricter of p and that of ctx.
func ContextWithPolicy(ctx context.Context, p contracts.ContentPolicy) context.Context {
	if p <= PolicyFrom(ctx) {
		return ctx
	}
	return context.WithValue(ctx, policyKey{}, p)
}

// PolicyFrom returns the strictest content policy that holds in ctx.
func PolicyFrom(ctx context.Context) contracts.ContentPolicy {
	if ctx == nil {
		return contracts.ContentFull
	}
	p, _ := ctx.Value(policyKey{}).(contracts.ContentPolicy)
	return p
}

// Bind ties the record to its span, once tracer knows it.
func (r *Record) Bind(sc trace.SpanContext) {
	r.SpanContext = sc
	r.bound.Store(key(sc))
}

// ID is the id that the span will have in a payload, once Bind was called.
func (r *Record) ID() string {
	if r.IsRoot {
		return r.Session.ID
	}
	return r.DerivedID(ids.Span)
}

// DerivedID is an id that derives from the span's.
func (r *Record) DerivedID(what uint64) string {
	return ids.String(ids.Derive(r.SpanContext.TraceID(), r.SpanContext.SpanID(), r.StartTime, what))
}

// BelongsTo reports whether the record is the span's. A span that is started
// with the context of another finds the other's record; while tracer still
// waits for the SDK to return the span, the first that asks is the one.
func (r *Record) BelongsTo(sc trace.SpanContext) bool {
	id := key(sc)
	return r.bound.CompareAndSwap(0, id) || r.bound.Load() == id
}

// Claimed reports whether a processor has the record, or Bind was called.
func (r *Record) Claimed() bool { return r.bound.Load() != 0 }

func key(sc trace.SpanContext) uint64 {
	id := sc.SpanID()
	if k := binary.BigEndian.Uint64(id[:]); k != 0 {
		return k
	}
	return ^uint64(0) // no span will ask
}
