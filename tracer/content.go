// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package tracer

import (
	"context"

	"go.opentelemetry.io/otel/attribute"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/internal/side"
	"github.com/spect-tools/spect-go/internal/withhold"
)

// ContextWithContent returns ctx with a content policy: sessions and spans that
// are started with it, or anywhere below, do not take in the content that the
// policy withholds, so that it gets into no attribute and to no exporter; where
// something was is a mark with its size. The strictest policy of all that holds
// counts: nothing below can be more lenient, and package exporter may withhold
// more. What is not taken in, such as contracts.ContentNone's id of the
// conversation, is nothing that sessions can be sampled by either.
//
//	ctx = tracer.ContextWithContent(ctx, contracts.ContentMetadataOnly)
//
// Spans that other instrumentations make with such a context keep their
// attributes. Package exporter does not send what the policy withholds of them:
// its span processor goes by the context, and its exporter behind a batcher by the
// spans of Spect that they stand below.
//
// A policy is not carried to other services.
func ContextWithContent(ctx context.Context, p contracts.ContentPolicy) context.Context {
	if ctx == nil {
		ctx = context.Background()
	}
	return side.ContextWithPolicy(ctx, p)
}

// withhold takes out of a message what is not to be taken in.
func (s *Span) withhold(m *contracts.ConversationMessage) {
	if s.withholds != 0 {
		w := withhold.Withholder{Kinds: s.withholds}
		w.Message(m)
	}
}

// holdsAside reports whether an attribute stays out of the OpenTelemetry span.
func (s *Span) holdsAside(kv attribute.KeyValue) bool {
	return s.aside && withhold.KindsOf(kv)&contracts.ContentPrivate != 0
}

// public are the attributes so far that the OpenTelemetry span may have.
func (s *Span) public() []attribute.KeyValue {
	if !s.aside {
		return s.attrs
	}
	var out []attribute.KeyValue
	for _, kv := range s.attrs {
		if !s.holdsAside(kv) {
			out = append(out, kv)
		}
	}
	return out
}

// asideBytes is how much of the span is held beside it.
func (s *Span) asideBytes() (n int) {
	for _, kv := range s.attrs {
		if s.holdsAside(kv) {
			n += len(kv.Value.AsString())
		}
	}
	return n
}
