// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/internal/side"
)

// suppressed remembers, of spans that package tracer did not make, those that
// were started in a context with a content policy: until they end, since most
// show only then that they are ours.
type suppressed struct {
	count atomic.Int64
	// beyond is the strictest policy of those that there was no room for: it holds
	// for all that are not known, so that none gets out.
	beyond atomic.Uint32

	mu    sync.Mutex
	spans map[spanKey]contracts.ContentPolicy
}

// maxSuppressed bounds the spans that are remembered.
const maxSuppressed = 1 << 16

func keyOf(sc trace.SpanContext) spanKey { return spanKey{sc.TraceID(), sc.SpanID()} }

// started returns the span that starts in ctx, with the policy that holds there.
func (q *suppressed) started(ctx context.Context, s sdktrace.ReadOnlySpan) sdktrace.ReadOnlySpan {
	policy := side.PolicyFrom(ctx)
	if policy == contracts.ContentFull {
		return s
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	switch key := keyOf(s.SpanContext()); {
	case len(q.spans) < maxSuppressed:
		if q.spans == nil {
			q.spans = make(map[spanKey]contracts.ContentPolicy)
		}
		q.spans[key] = policy
		q.count.Store(int64(len(q.spans)))
	default:
		q.beyond.Store(max(q.beyond.Load(), uint32(policy)))
	}
	return restricted{s, policy}
}

// ended returns the span that has ended, with the policy that it was started with.
func (q *suppressed) ended(s sdktrace.ReadOnlySpan) sdktrace.ReadOnlySpan {
	policy := contracts.ContentPolicy(q.beyond.Load())
	if q.count.Load() > 0 {
		q.mu.Lock()
		if known, ok := q.spans[keyOf(s.SpanContext())]; ok {
			policy = known
			delete(q.spans, keyOf(s.SpanContext()))
			q.count.Store(int64(len(q.spans)))
		}
		q.mu.Unlock()
	}
	if policy == contracts.ContentFull {
		return s
	}
	return restricted{s, policy}
}

// restricted is a span with the content policy that it was started with.
type restricted struct {
	sdktrace.ReadOnlySpan
	policy contracts.ContentPolicy
}

// Attributes implements [sdktrace.ReadOnlySpan].
func (r restricted) Attributes() []attribute.KeyValue {
	attrs, policy := r.ReadOnlySpan.Attributes(), r.policy
	if own, ok := find(attrs, contracts.ContentPolicyKey); ok {
		asked, _ := contracts.ParseContentPolicy(own.AsString())
		policy = max(policy, asked)
		attrs = slices.DeleteFunc(slices.Clone(attrs), func(kv attribute.KeyValue) bool { return kv.Key == contracts.ContentPolicyKey })
	}
	return append(slices.Clip(attrs), contracts.ContentPolicyKey.String(policy.String()))
}
