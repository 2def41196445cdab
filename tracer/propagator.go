// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package tracer

import (
	"context"
	"net/url"
	"strings"

	"github.com/google/uuid"
	"go.opentelemetry.io/otel/propagation"

	"github.com/spect-tools/spect-go/internal/side"
)

// Propagator carries a session from one service to the next, in a header of its
// own beside those of W3C:
//
//	propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, tracer.Propagator{})
//
// What the next service traces below it arrives as a payload of its own, with
// the session's traceId and, as parentId, the span that made the call. Without
// it the next service's part is a session on its own.
//
// The header holds the two ids and, of the outermost session, the name, the
// model, and the ids of its conversation and function, by which all parts of it
// are sampled alike: as they are when the call is made, and as far as they fit
// into 1,024 bytes. It goes to every service that the caller's HTTP or gRPC
// instrumentation propagates to; baggage is not used. The zero Propagator is
// ready, and safe for concurrent use.
type Propagator struct{}

var _ propagation.TextMapPropagator = Propagator{}

// propagationHeader is the header's name. Its value is a list of key=value,
// percent-encoded as in URLs: t and p are the traceId and parentId, o, m, c and f
// the origin's operation, model, conversation and function.
const propagationHeader = "spect-session"

// maxHeader bounds what is read of another service's header, and written.
const maxHeader = 1024

// Inject implements [propagation.TextMapPropagator].
func (Propagator) Inject(ctx context.Context, carrier propagation.TextMapCarrier) {
	r := side.FromContext(ctx)
	if r == nil {
		return
	}
	remote := r.Remote
	if remote == nil {
		s, ok := r.Content.(*Span)
		if !ok || !s.recording {
			return
		}
		remote = &side.Remote{TraceID: r.Session.TraceID, ParentID: r.ID(), Origin: *originOf(r.Session)}
	}
	var b strings.Builder
	b.WriteString("t=" + remote.TraceID + ",p=" + remote.ParentID)
	for _, member := range [...]struct{ key, value string }{
		{",o=", remote.Origin.Operation}, {",m=", remote.Origin.Model}, {",c=", remote.Origin.Conversation}, {",f=", remote.Origin.Function},
	} {
		value := url.QueryEscape(member.value)
		if value != "" && b.Len()+len(member.key)+len(value) <= maxHeader {
			b.WriteString(member.key + value)
		}
	}
	carrier.Set(propagationHeader, b.String())
}

// Extract implements [propagation.TextMapPropagator]. A header that is not as
// Inject makes it is ignored.
func (Propagator) Extract(ctx context.Context, carrier propagation.TextMapCarrier) context.Context {
	value := carrier.Get(propagationHeader)
	if value == "" || len(value) > maxHeader {
		return ctx
	}
	var remote side.Remote
	for member := range strings.SplitSeq(value, ",") {
		key, text, _ := strings.Cut(strings.TrimSpace(member), "=")
		text, err := url.QueryUnescape(text)
		if err != nil {
			return ctx
		}
		switch key {
		case "t":
			remote.TraceID = text
		case "p":
			remote.ParentID = text
		case "o":
			remote.Origin.Operation = text
		case "m":
			remote.Origin.Model = text
		case "c":
			remote.Origin.Conversation = text
		case "f":
			remote.Origin.Function = text
		}
	}
	for _, id := range [...]string{remote.TraceID, remote.ParentID} {
		if len(id) != 36 || uuid.Validate(id) != nil {
			return ctx
		}
	}
	return side.ContextWithRecord(ctx, &side.Record{Remote: &remote})
}

// Fields implements [propagation.TextMapPropagator].
func (Propagator) Fields() []string { return []string{propagationHeader} }
