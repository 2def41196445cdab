// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"bytes"
	"context"
	"fmt"
	"io"
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
	// session is what is converted: valid as payload is.
	session *convert.Session
	// payload is valid while the shipment is being sent; body is its JSON.
	payload *contracts.CollectorTracePayload
	body    []byte
	// compressed is body in gzip; nil where it is sent as it is.
	compressed []byte
	// cut is set when the collector found body too large and it was made smaller.
	cut bool
	// reading counts the readers of body that have not been closed.
	reading atomic.Int32
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
// transport may read it after it has answered, until it closes it.
func (s *shipment) reader(b []byte) io.ReadCloser {
	s.reading.Add(1)
	return &bodyReader{Reader: bytes.NewReader(b), shipment: s}
}

type bodyReader struct {
	*bytes.Reader
	shipment *shipment
	closed   atomic.Bool
}

// Close implements [io.Closer].
func (r *bodyReader) Close() error {
	if r.closed.CompareAndSwap(false, true) {
		r.shipment.reading.Add(-1)
	}
	return nil
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
	spans     []convert.Span
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
	sh.session = e.session(sh.release)
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
	if sh.reading.Load() > 0 {
		e.body = nil
	}
	if cap(e.body) <= maxReused {
		s.encoders.Put(e)
	}
	return err
}

// session reads the spans of a release.
func (e *encoder) session(r *release) *convert.Session {
	for len(e.spans) < len(r.nodes) {
		e.spans = append(e.spans, convert.Span{})
	}
	for i := range r.nodes {
		if r.spans[i].len > 0 {
			rd := reader{r.buf[r.spans[i].off:][:r.spans[i].len]}
			rd.span(&e.spans[i], e.resources)
		}
	}
	if len(r.logs) > 0 {
		convert.JoinLogs(e.spans[:len(r.nodes)], r.readLogs())
	}
	g := carveOne(r)
	s := &convert.Session{Root: &e.spans[g.Root], Parents: g.Parents, Outer: r.outer, Continuation: r.continues != unknownFate, ConversationID: r.conversation}
	for _, i := range g.Entries {
		s.Spans = append(s.Spans, &e.spans[i])
	}
	return s
}

// carveOne carves a release, whose nodes are of one session.
func carveOne(r *release) convert.Group {
	for range 2 {
		groups := convert.Carve(r.nodes)
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
	// A goroutine of its own, so that one that ends it, as a test's Fatal does, ends
	// no worker.
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			if r := recover(); r != nil {
				s.report(fmt.Errorf("spect: the callback of exporter.WithOnTrace panicked: %s", panicText(r)))
			}
		}()
		s.onTrace(*p)
	}()
	<-done
}

// keepSender ends the chain in local mode.
type keepSender struct{}

func (keepSender) send(context.Context, *shipment) error { return nil }
