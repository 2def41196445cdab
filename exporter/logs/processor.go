// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package logs

import (
	"context"
	"sync/atomic"

	"go.opentelemetry.io/otel/attribute"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/spect-tools/spect-go/convert"
	"github.com/spect-tools/spect-go/exporter"
)

type processor struct {
	exporter *exporter.Exporter
	closed   atomic.Bool
}

var _ sdklog.Processor = (*processor)(nil)

// NewProcessor returns the processor that hands log records with content of model
// calls to e, for sdklog.WithProcessor. Other records it leaves alone. It keeps
// no record and changes none, and does not block. A nil e gives a processor that
// does nothing.
//
// Register one for each exporter: it does not know a record again. Register it
// behind processors that redact: it sees what they leave.
//
// The exporter belongs to the span processor: shutting this one down ends only
// that records are taken in. Shut the provider of the logs down first, so that
// none comes when its session has gone.
func NewProcessor(e *exporter.Exporter) sdklog.Processor {
	p := &processor{exporter: e}
	p.closed.Store(e == nil)
	return p
}

// Enabled implements [sdklog.Processor]. A record whose event has no name yet may
// be told it by an attribute.
func (p *processor) Enabled(_ context.Context, param sdklog.EnabledParameters) bool {
	return !p.closed.Load() && (param.EventName == "" || convert.UsesLog(param.EventName))
}

// OnEmit implements [sdklog.Processor].
func (p *processor) OnEmit(ctx context.Context, r *sdklog.Record) error {
	if p.closed.Load() || !r.SpanID().IsValid() {
		return nil
	}
	name := nameOf(r)
	if !convert.UsesLog(name) || neverComes(ctx, r) {
		return nil
	}
	l := convert.Log{TraceID: r.TraceID(), SpanID: r.SpanID(), Name: name, Time: r.Timestamp(), Body: r.Body()}
	if l.Time.IsZero() {
		l.Time = r.ObservedTimestamp()
	}
	l.Attributes = make([]attribute.KeyValue, 0, r.AttributesLen())
	r.WalkAttributes(func(kv attribute.KeyValue) bool {
		l.Attributes = append(l.Attributes, kv)
		return true
	})
	p.exporter.AddLog(l)
	return nil
}

// nameOf is the name of a record's event: its own, or that in an attribute, as
// instrumentations had it before records had names.
func nameOf(r *sdklog.Record) (name string) {
	if name = r.EventName(); name != "" {
		return name
	}
	r.WalkAttributes(func(kv attribute.KeyValue) bool {
		if kv.Key == convert.EventNameKey && kv.Value.Type() == attribute.STRING {
			name = kv.Value.AsString()
		}
		return name == ""
	})
	return name
}

// neverComes reports whether a record's span is known not to come: it is that of
// ctx, and was not recorded.
func neverComes(ctx context.Context, r *sdklog.Record) bool {
	if r.TraceFlags().IsSampled() {
		return false
	}
	span := trace.SpanFromContext(ctx)
	if span.SpanContext().SpanID() != r.SpanID() || span.IsRecording() {
		return false
	}
	// Once it has ended, a span that was recorded is known by its type alone.
	_, recorded := span.(sdktrace.ReadOnlySpan)
	return !recorded
}

// ForceFlush implements [sdklog.Processor]. The exporter has all records
// already: there is nothing to do. See [exporter.Exporter.Flush].
func (*processor) ForceFlush(context.Context) error { return nil }

// Shutdown implements [sdklog.Processor]: no more records are taken in. The
// exporter goes on.
func (p *processor) Shutdown(context.Context) error {
	p.closed.Store(true)
	return nil
}
