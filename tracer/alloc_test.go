// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package tracer_test

import (
	"context"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/tracer"
)

// TestAllocationsBesideTheSDK holds a span of tracer's to what it allocates
// beyond the same span made by hand: little, since attributes begin in the span
// itself, and messages are encoded in memory that is used again.
func TestAllocationsBesideTheSDK(t *testing.T) {
	tp := sdktrace.NewTracerProvider()
	by, tr := tp.Tracer("by hand"), tracer.New(tp)
	ctx, s := tr.StartSession(t.Context(), "session", tracer.Model("m"))
	defer s.End()
	text := "what is said"
	transcript := string(contracts.MakeMessages(contracts.UserText(text), contracts.AssistantText(text)))
	messages := []contracts.ConversationMessage{contracts.UserText(text), contracts.AssistantText(text)}
	for name, c := range map[string]struct {
		hand, traced func()
		most         float64
	}{
		"bare": {
			func() {
				_, span := by.Start(ctx, "call", trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(own(0)...))
				span.End()
			},
			func() {
				_, span := tr.Start(ctx, contracts.KindGenerate, "call")
				span.End()
			}, 1,
		},
		"with a model and messages": {
			func() {
				_, span := by.Start(ctx, "call", trace.WithSpanKind(trace.SpanKindClient),
					trace.WithAttributes(append(own(0), contracts.ModelIDKey.String("m"))...))
				span.SetAttributes(contracts.MessagesKey.String(transcript))
				span.End()
			},
			func() {
				_, span := tr.Start(ctx, contracts.KindGenerate, "call", tracer.Model("m"))
				span.Add(messages...)
				span.End()
			}, 2,
		},
	} {
		hand, traced := testing.AllocsPerRun(200, c.hand), testing.AllocsPerRun(200, c.traced)
		t.Logf("%s: %v allocations by hand, %v with tracer", name, hand, traced)
		if traced > hand+c.most {
			t.Errorf("%s: %v allocations by hand, %v with tracer: more than %v on top", name, hand, traced, c.most)
		}
	}
}

func own(seq int64) []attribute.KeyValue {
	return []attribute.KeyValue{contracts.KindKey.String(string(contracts.KindGenerate)), contracts.SeqKey.Int64(seq)}
}

// Options are not encoded for a span that nobody records.
func TestSampledOutEncodesNoOptions(t *testing.T) {
	tr := tracer.New(sdktrace.NewTracerProvider(sdktrace.WithSampler(sdktrace.NeverSample())))
	v := &encodes{}
	ctx, s := tr.StartSession(context.Background(), "s", tracer.Metadata(v), tracer.RequestInput(v))
	_, sp := tr.StartSubagent(ctx, "a", tracer.Input(v), tracer.Metadata(v))
	sp.End()
	s.End()
	if v.n > 0 {
		t.Errorf("encoded %d times", v.n)
	}
}
