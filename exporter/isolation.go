// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"context"
	"slices"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert"
	"github.com/spect-tools/spect-go/internal/withhold"
)

// IsolationOption configures [WithoutContent].
type IsolationOption interface{ applyIsolation(*isolation) }

type isolationOption func(*isolation)

func (f isolationOption) applyIsolation(i *isolation) { f(i) }

// AndOfConventions has [WithoutContent] take out content of other conventions
// too: OpenTelemetry's gen_ai.*, OpenInference, OpenLLMetry, and whatever else
// package convert reads, on spans and on their events.
func AndOfConventions() IsolationOption {
	return isolationOption(func(i *isolation) { i.conventions = true })
}

// WithoutContent returns an exporter that passes spans on to next without Spect's
// content: messages, tool values, inputs and results, metadata, and what errors
// say (contracts.ContentOf says which attributes; of a Spect span also the
// description of its status, and message and stack of its exception events). What
// is left tells when, what and how much, not what was said.
//
//	sdktrace.WithBatcher(exporter.WithoutContent(otlp))
//
// next gets copies where there is something to take out; the spans themselves,
// which other exporters share, are not changed. All other spans pass as they
// are, at no cost. A nil next gives an exporter that does nothing.
//
// It helps with exporters only. Other span processors see the spans too: against
// these, tracer.WithContentAside keeps content out of spans altogether.
func WithoutContent(next sdktrace.SpanExporter, opts ...IsolationOption) sdktrace.SpanExporter {
	i := &isolation{next: next}
	for _, opt := range opts {
		if opt != nil {
			opt.applyIsolation(i)
		}
	}
	return i
}

// isolation is the exporter of WithoutContent.
type isolation struct {
	next        sdktrace.SpanExporter
	conventions bool
}

// ExportSpans implements [sdktrace.SpanExporter].
func (i *isolation) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	if i.next == nil {
		return nil
	}
	var out []sdktrace.ReadOnlySpan
	for k, s := range spans {
		clean := i.clean(s)
		if clean == nil {
			continue
		}
		if out == nil { // the batch is the caller's
			out = slices.Clone(spans)
		}
		out[k] = clean
	}
	if out == nil {
		out = spans
	}
	return i.next.ExportSpans(ctx, out)
}

// Shutdown implements [sdktrace.SpanExporter].
func (i *isolation) Shutdown(ctx context.Context) error {
	if i.next == nil {
		return nil
	}
	return i.next.Shutdown(ctx)
}

// ForceFlush flushes next, if it can be.
func (i *isolation) ForceFlush(ctx context.Context) error {
	if f, ok := i.next.(interface{ ForceFlush(context.Context) error }); ok {
		return f.ForceFlush(ctx)
	}
	return nil
}

// MarshalLog is what OpenTelemetry logs of the exporter.
func (i *isolation) MarshalLog() any { return "spect.WithoutContent{}" }

// clean returns a copy of a span without content, nil where it has none.
func (i *isolation) clean(s sdktrace.ReadOnlySpan) sdktrace.ReadOnlySpan {
	if s == nil {
		return nil
	}
	attrs := s.Attributes()
	_, ours := find(attrs, contracts.KindKey)
	ofModel := i.conventions && convert.SpeaksOfModels(attrs)
	holds := func(kv *attribute.KeyValue) bool {
		return withhold.KindsOf(*kv)&contracts.ContentPrivate != 0 ||
			i.conventions && convert.HoldsContent(kv.Key, ofModel)
	}
	// The exception events and the status of these spans are their error.
	fails := ours || ofModel
	eventHolds := func(event string, kv *attribute.KeyValue) bool {
		return holds(kv) || i.conventions && convert.EventHoldsContent(event, kv.Key) ||
			fails && (kv.Key == "exception.message" || kv.Key == "exception.stacktrace")
	}
	events, status := s.Events(), s.Status()
	left, changed := without(attrs, holds)
	if changed {
		attrs = left
	}
	copied := false
	for k, e := range events {
		left, some := without(e.Attributes, func(kv *attribute.KeyValue) bool { return eventHolds(e.Name, kv) })
		if !some {
			continue
		}
		if !copied {
			events, copied = slices.Clone(events), true
		}
		events[k].Attributes = left
	}
	if fails && status.Description != "" {
		status.Description, changed = "", true
	}
	if !changed && !copied {
		return nil
	}
	return &isolated{s, attrs, events, status}
}

// without returns those attributes that hold nothing; some is false where all
// are.
func without(attrs []attribute.KeyValue, holds func(*attribute.KeyValue) bool) (left []attribute.KeyValue, some bool) {
	for i := range attrs {
		switch {
		case holds(&attrs[i]):
			if !some {
				left, some = append(make([]attribute.KeyValue, 0, len(attrs)), attrs[:i]...), true
			}
		case some:
			left = append(left, attrs[i])
		}
	}
	return left, some
}

// isolated is a span without its content.
type isolated struct {
	sdktrace.ReadOnlySpan
	attrs  []attribute.KeyValue
	events []sdktrace.Event
	status sdktrace.Status
}

// Attributes implements [sdktrace.ReadOnlySpan].
func (s *isolated) Attributes() []attribute.KeyValue { return s.attrs }

// Events implements [sdktrace.ReadOnlySpan].
func (s *isolated) Events() []sdktrace.Event { return s.events }

// Status implements [sdktrace.ReadOnlySpan].
func (s *isolated) Status() sdktrace.Status { return s.status }
