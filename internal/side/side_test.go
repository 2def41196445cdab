// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package side_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"go.opentelemetry.io/otel/trace"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/internal/side"
)

func spanContext(id byte) trace.SpanContext {
	return trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{id}})
}

func TestContext(t *testing.T) {
	if side.FromContext(nil) != nil { //nolint:staticcheck // nil is what is tested
		t.Error("a record of no context")
	}
	if side.FromContext(context.Background()) != nil {
		t.Error("a record of an empty context")
	}
	a, b := new(side.Record), new(side.Record)
	outer := side.ContextWithRecord(context.Background(), a)
	inner := side.ContextWithRecord(outer, b)
	if side.FromContext(outer) != a || side.FromContext(inner) != b {
		t.Error("not the innermost record")
	}
}

// Of two policies the stricter one holds, whichever came first.
func TestPolicy(t *testing.T) {
	none, strict := context.Background(), side.ContextWithPolicy(context.Background(), contracts.ContentNone)
	if side.PolicyFrom(nil) != contracts.ContentFull || side.PolicyFrom(none) != contracts.ContentFull { //nolint:staticcheck // nil is what is tested
		t.Error("a policy of no context")
	}
	if lenient := side.ContextWithPolicy(strict, contracts.ContentNoToolValues); side.PolicyFrom(lenient) != contracts.ContentNone {
		t.Error("what is below is more lenient")
	}
	if stricter := side.ContextWithPolicy(side.ContextWithPolicy(none, contracts.ContentNoToolValues), contracts.ContentMetadataOnly); side.PolicyFrom(stricter) != contracts.ContentMetadataOnly {
		t.Error("what is below is not stricter")
	}
}

// A record belongs to one span: the one that it is bound to, or until then the
// first that asks.
func TestBelongsTo(t *testing.T) {
	var bound side.Record
	bound.Bind(spanContext(1))
	if !bound.BelongsTo(spanContext(1)) || bound.BelongsTo(spanContext(2)) || !bound.SpanContext.Equal(spanContext(1)) {
		t.Error("a bound record belongs to another span")
	}

	var open side.Record
	if open.Claimed() || !bound.Claimed() {
		t.Error("a record is claimed before anybody asked, or is not when it is bound")
	}
	first, again := open.BelongsTo(spanContext(3)), open.BelongsTo(spanContext(3))
	if !first || !again || open.BelongsTo(spanContext(4)) {
		t.Error("a record belongs to two spans")
	}
	if !open.Claimed() {
		t.Error("a record that was asked for is not claimed")
	}
	open.Bind(spanContext(3))
	if !open.BelongsTo(spanContext(3)) || open.BelongsTo(spanContext(4)) {
		t.Error("a record was bound, and belongs to another span")
	}

	// A provider that gives its spans no ids.
	var none side.Record
	none.Bind(trace.SpanContext{})
	if none.BelongsTo(spanContext(1)) {
		t.Error("the record of a span without an id belongs to another span")
	}
}

// Of many that ask at once, one gets the record.
func TestBelongsToOne(t *testing.T) {
	for range 100 {
		var r side.Record
		var got atomic.Int64
		var wg sync.WaitGroup
		for i := range 4 {
			wg.Go(func() {
				if r.BelongsTo(spanContext(byte(i + 1))) {
					got.Add(1)
				}
			})
		}
		wg.Wait()
		if got.Load() != 1 {
			t.Fatalf("%d spans got it", got.Load())
		}
	}
}

func TestSeq(t *testing.T) {
	var s side.Session
	var wg sync.WaitGroup
	var sum atomic.Int64
	for range 100 {
		wg.Go(func() { sum.Add(s.NextSeq()) })
	}
	wg.Wait()
	if sum.Load() != 99*100/2 || s.NextSeq() != 100 {
		t.Error("a number came twice, or not at all")
	}
}
