// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package tracer

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"go.opentelemetry.io/otel/propagation"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/internal/ids"
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
// The header holds the two ids and what all parts of the session are sampled by,
// as it is when the call is made: of the outermost session the name, the model,
// and the ids of its conversation and function; of its metadata the members
// named in Metadata; and what a session says of its own sampling. What does not
// fit into 1,024 bytes is left out, and so are the conversation and the metadata
// where [ContextWithContent] withholds them. It goes to every service that the
// caller's HTTP or gRPC instrumentation propagates to; baggage is not used.
//
// A service believes the header as it believes traceparent: take both off
// requests from outside.
//
// The zero Propagator is ready. It is safe for concurrent use.
type Propagator struct {
	// Metadata names members of the outermost session's metadata that go along:
	// those that keys and rules of exporter.Sampling look at. A member that is
	// not a text, number, true, false or null, or of more than 256 bytes, goes
	// as one that is not there. Default: none. Then each part goes by its own
	// metadata.
	Metadata []string
}

var _ propagation.TextMapPropagator = Propagator{}

// propagationHeader is the header's name. Its value is a list of key=value,
// percent-encoded as in URLs: t and p are the traceId and parentId, s what is
// said of sampling (JSON), o, m, c and f the origin's operation, model,
// conversation and function, d what goes along of its metadata (JSON).
const propagationHeader = "spect-session"

// maxHeader bounds what is read of another service's header, and written.
const maxHeader = 1024

// Inject implements [propagation.TextMapPropagator].
func (p Propagator) Inject(ctx context.Context, carrier propagation.TextMapCarrier) {
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
	o := withheld(remote.Origin, max(r.Policy, side.PolicyFrom(ctx)).Withholds())
	h := header("t=" + remote.TraceID + ",p=" + remote.ParentID)
	for _, member := range [...]struct{ key, value string }{
		{"s", string(o.Sampling)}, {"o", o.Operation}, {"m", o.Model}, {"c", o.Conversation}, {"f", o.Function},
	} {
		if member.value != "" {
			h.add(member.key, member.value)
		}
	}
	if o.Received { // passed on as it came
		h.addMetadata(o.Metadata)
	} else if len(p.Metadata) > 0 && o.Metadata != "" {
		asked := []byte{'{'}
		for _, name := range p.Metadata {
			if value := o.Metadata.Member(name); value != "" {
				asked = appendMember(asked, name, value)
			}
		}
		h.addMetadata(contracts.JSON(append(asked, '}')))
	}
	carrier.Set(propagationHeader, string(h))
}

// header is a header's value.
type header string

// add adds a member, where there is room, and reports whether there was.
func (h *header) add(key, value string) bool {
	value = url.QueryEscape(value)
	if len(*h)+len(",=")+len(key)+len(value) > maxHeader {
		return false
	}
	*h += header("," + key + "=" + value)
	return true
}

// addMetadata adds the members of an object for which there is room. An object
// without members says that the origin has none of those that were asked for.
func (h *header) addMetadata(object contracts.JSON) {
	if object == "" || h.add("d", string(object)) {
		return
	}
	most := *h
	fits := []byte{'{'}
	for name, value := range object.Members() {
		try := *h
		more := appendMember(slices.Clone(fits), name, value)
		if try.add("d", string(more)+"}") {
			fits, most = more, try
		}
	}
	*h = most
}

// Extract implements [propagation.TextMapPropagator]. A header that is not as
// Inject makes it is ignored.
func (Propagator) Extract(ctx context.Context, carrier propagation.TextMapCarrier) context.Context {
	value := carrier.Get(propagationHeader)
	if value == "" || len(value) > maxHeader {
		return ctx
	}
	remote := side.Remote{Origin: side.Origin{Received: true}}
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
		case "s":
			if j := contracts.JSON(text); j.IsObject() && j.Valid() {
				remote.Origin.Sampling = j
			}
		case "o":
			remote.Origin.Operation = text
		case "m":
			remote.Origin.Model = text
		case "c":
			remote.Origin.Conversation = text
		case "f":
			remote.Origin.Function = text
		case "d":
			if j := contracts.JSON(text); j.IsObject() && j.Valid() {
				remote.Origin.Metadata = scalars(j)
			}
		}
	}
	if !ids.IsUUID(remote.TraceID) || !ids.IsUUID(remote.ParentID) {
		return ctx
	}
	if ctx == nil {
		ctx = context.Background()
	}
	return side.ContextWithRecord(ctx, &side.Record{Remote: &remote})
}

// Fields implements [propagation.TextMapPropagator].
func (Propagator) Fields() []string { return []string{propagationHeader} }
