// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http/httptrace"
	"slices"
	"sync"
	"sync/atomic"

	"go.opentelemetry.io/otel/trace"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert"
)

// shipment is a session on its way through the senders.
type shipment struct {
	*release
	// session is what is converted, payload what of it is made: both are valid until
	// the body, its JSON, is all that is needed.
	session *convert.Session
	payload *contracts.CollectorTracePayload
	body    []byte
	// compressed is body in gzip; nil where it is sent as it is.
	compressed []byte
	// cut is set when the collector found body too large and it was made smaller.
	cut bool
	// readers counts the readers of body that were made, read those that
	// nobody reads any more.
	readers, read atomic.Int32
	trace         httptrace.ClientTrace
}

// setBody puts another body in the place of the one there is.
func (s *shipment) setBody(body []byte) { s.body, s.compressed = body, nil }

// wire is what is sent.
func (s *shipment) wire() []byte {
	if s.compressed != nil {
		return s.compressed
	}
	return s.body
}

// reader returns b, which is body or compressed, as the body of a request. A
// transport may read it after it has answered. A type of our own would know when
// it is closed, but net/http sends the head of the request together with the
// body only where it knows the reader.
func (s *shipment) reader(b []byte) io.ReadCloser {
	s.readers.Add(1)
	return io.NopCloser(bytes.NewReader(b))
}

// traced returns the context for a request, through which net/http tells when it
// is done with a reader. Of other transports nobody knows.
func (s *shipment) traced(ctx context.Context) context.Context {
	if s.trace.WroteRequest == nil { // an attempt that was given up may use it still
		s.trace.WroteRequest = func(httptrace.WroteRequestInfo) { s.read.Add(1) }
	}
	return httptrace.WithClientTrace(ctx, &s.trace)
}

// unread reports whether body is certain not to be read any more. Of several
// readers it is not known which were.
func (s *shipment) unread() bool {
	n := s.readers.Load()
	return n <= 1 && s.read.Load() == n
}

// encodeSender converts the session, has it redacted, and encodes the payload.
type encodeSender struct {
	limit     int
	content   contentStage
	redaction *redaction
	next      sender
	encoders  sync.Pool
}

// encoder is the memory that one conversion needs.
type encoder struct {
	converter convert.Converter
	resources *resources
	carver    convert.Carver
	spans     []convert.Span
	session   convert.Session
	body      []byte
}

func newEncodeSender(cfg *config, res *resources, content contentStage, redaction *redaction, next sender) *encodeSender {
	return &encodeSender{limit: cfg.payloadBytes, content: content, redaction: redaction, next: next, encoders: sync.Pool{New: func() any {
		return &encoder{converter: convert.Converter{OrganizationID: cfg.organizationID}, resources: res}
	}}}
}

// maxReused bounds the buffer of an encoder that is used again.
const maxReused = 1 << 20

func (s *encodeSender) send(ctx context.Context, sh *shipment) error {
	e := s.encoders.Get().(*encoder)
	e.read(sh.release)
	sh.session = &e.session
	sh.payload = e.converter.Payload(sh.session)
	s.content.apply(&e.converter, sh.payload)
	s.redaction.apply(sh.payload)
	e.body = sh.payload.AppendJSON(e.body[:0])
	if len(e.body) > s.limit {
		convert.Shrink(sh.payload, s.limit, len(e.body))
		e.body = sh.payload.AppendJSON(e.body[:0])
	}
	sh.body = e.body
	err := s.next.send(ctx, sh)
	if !sh.unread() {
		e.body = nil
	}
	if cap(e.body) <= maxReused {
		s.encoders.Put(e)
	}
	return err
}

// forgetSender gives back the memory of what the body was made of: retries may
// take long, and need the body only.
type forgetSender struct{ next sender }

func (s *forgetSender) send(ctx context.Context, sh *shipment) error {
	sh.session, sh.payload = nil, nil
	sh.free()
	return s.next.send(ctx, sh)
}

// read makes a session of a release.
func (e *encoder) read(r *release) {
	for len(e.spans) < len(r.nodes) {
		e.spans = append(e.spans, convert.Span{})
	}
	for i := range r.nodes {
		r.span(i, &e.spans[i], e.resources)
	}
	if len(r.logs) > 0 {
		convert.JoinLogs(e.spans[:len(r.nodes)], r.readLogs())
	}
	g := e.carveOne(r)
	e.session = convert.Session{
		Root: &e.spans[g.Root], Spans: e.session.Spans[:0], Parents: g.Parents, Outer: r.outer,
		Continuation: r.continues != unknownFate, ConversationID: r.conversation,
	}
	for _, i := range g.Entries {
		e.session.Spans = append(e.session.Spans, &e.spans[i])
	}
}

// carveOne carves a release, whose nodes are of one session.
func (e *encoder) carveOne(r *release) convert.Group {
	for range 2 {
		groups := e.carver.Carve(r.nodes)
		if len(groups) == 1 && complete(r, &groups[0]) {
			return groups[0]
		}
		// What hangs on nothing here hangs on the root.
		in := make(map[int]bool)
		for _, g := range groups {
			for _, i := range g.Entries {
				in[i] = true
			}
			if in[g.Root] = true; g.Root != r.root {
				r.hang(g.Root)
			}
		}
		for i := range r.nodes {
			if r.nodes[i].Role != convert.RoleNone && !in[i] {
				r.hang(i)
			}
		}
	}
	panic(fmt.Sprintf("the %d spans of a session do not hang together", len(r.nodes)))
}

func (r *release) hang(i int) {
	r.nodes[i].ParentID, r.nodes[i].EnclosingID = r.nodes[r.root].SpanID, trace.SpanID{}
}

// complete reports whether all that is to be kept of a release is in the group.
func complete(r *release, g *convert.Group) bool {
	want := 0
	for i := range r.nodes {
		if r.nodes[i].Role != convert.RoleNone && i != g.Root {
			want++
		}
	}
	have := len(g.Entries)
	if slices.Contains(g.Entries, g.Root) {
		have--
	}
	return have == want
}

// notifySender shows the payload to the application.
type notifySender struct {
	onTrace func(contracts.CollectorTracePayload)
	report  func(error)
	next    sender
}

func (s *notifySender) send(ctx context.Context, sh *shipment) error {
	s.call(sh)
	return s.next.send(ctx, sh)
}

func (s *notifySender) call(sh *shipment) {
	// The payload shares memory that is used again; the application gets its own.
	p, err := contracts.ParsePayload(string(sh.body))
	if err != nil {
		s.report(fmt.Errorf("spect: no payload for the callback of exporter.WithOnTrace: %w", err))
		return
	}
	apart(func() {
		defer func() {
			if r := recover(); r != nil {
				s.report(fmt.Errorf("spect: the callback of exporter.WithOnTrace panicked: %s", panicText(r)))
			}
		}()
		s.onTrace(*p)
	})
}

// keepSender ends the chain in local mode.
type keepSender struct{}

func (keepSender) send(context.Context, *shipment) error { return nil }
