// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"encoding/binary"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/internal/side"
)

// What is held beside a span that is on its way in counts as held, whatever the
// span says of it.
func TestIntakeCountsWhatIsAside(t *testing.T) {
	size := func(attrs ...attribute.KeyValue) int {
		e := event{kind: spanEnded, span: tracetest.SpanStub{Attributes: attrs}.Snapshot()}
		return e.bytes()
	}
	none := size(contracts.ContentAsideKey.Int(0))
	for said, want := range map[int64]int{5000: 5000, -1: 0, 1 << 60: maxAside} {
		if got := size(contracts.ContentAsideKey.Int64(said)) - none; got != want {
			t.Errorf("%d bytes aside count as %d, want %d", said, got, want)
		}
	}
}

// Spans that there is no room to remember the policy of get out under no other:
// from then on it holds for all that nobody knows.
func TestSuppressedIsBounded(t *testing.T) {
	var q suppressed
	span := func(n int) sdktrace.ReadOnlySpan {
		var id trace.SpanID
		binary.BigEndian.PutUint64(id[:], uint64(n)+1)
		return tracetest.SpanStub{SpanContext: trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: id})}.Snapshot()
	}
	policyOf := func(s sdktrace.ReadOnlySpan) contracts.ContentPolicy {
		v, ok := find(s.Attributes(), contracts.ContentPolicyKey)
		if !ok {
			return contracts.ContentFull
		}
		p, _ := contracts.ParseContentPolicy(v.AsString())
		return p
	}
	ctx := side.ContextWithPolicy(t.Context(), contracts.ContentNoToolValues)
	for n := range maxSuppressed {
		q.started(ctx, span(n))
	}
	if p := policyOf(q.ended(span(-1))); p != contracts.ContentFull {
		t.Errorf("a span that nothing was said of has %v", p)
	}
	q.started(side.ContextWithPolicy(ctx, contracts.ContentMetadataOnly), span(maxSuppressed))
	if p := policyOf(q.ended(span(maxSuppressed))); p != contracts.ContentMetadataOnly {
		t.Errorf("the span that there was no room for has %v", p)
	}
	if p := policyOf(q.ended(span(0))); p != contracts.ContentNoToolValues {
		t.Errorf("a span that is remembered has %v", p)
	}
	if n := q.count.Load(); n != maxSuppressed-1 || len(q.spans) != maxSuppressed-1 {
		t.Errorf("%d spans are remembered", n)
	}
	// A policy of the span's own is not undone.
	strict := tracetest.SpanStub{Attributes: []attribute.KeyValue{contracts.ContentPolicyKey.String("none")}}.Snapshot()
	if p := policyOf(restricted{strict, contracts.ContentNoToolValues}); p != contracts.ContentNone {
		t.Errorf("%v", p)
	}
}

// A text on its way in counts, whatever it is inside of.
func TestIntakeCountsNestedTexts(t *testing.T) {
	text := strings.Repeat("x", 10_000)
	for name, v := range map[string]attribute.Value{
		"string":  attribute.StringValue(text),
		"strings": attribute.StringSliceValue([]string{"", text}),
		"bytes":   attribute.ByteSliceValue([]byte(text)),
		"slice":   attribute.SliceValue(attribute.StringValue(text)),
		"map":     attribute.MapValue(attribute.KeyValue{Key: "a", Value: attribute.SliceValue(attribute.StringValue(text))}),
		"numbers": attribute.Int64SliceValue(make([]int64, 10_000/8)),
	} {
		e := event{kind: spanEnded, span: tracetest.SpanStub{Attributes: []attribute.KeyValue{{Key: "k", Value: v}}}.Snapshot()}
		if got := e.bytes(); got < len(text) {
			t.Errorf("%s: counts as %d bytes", name, got)
		}
	}
}
