// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package tracer

import (
	"cmp"
	"context"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/internal/ids"
	"github.com/spect-tools/spect-go/internal/side"
	"github.com/spect-tools/spect-go/internal/version"
)

// Tracer starts sessions and spans. Make one with [New] and keep it. A nil or
// zero Tracer starts nothing. It is safe for concurrent use.
//
// When the provider's sampler drops what a Tracer starts, or nobody hears of what
// it does not sample, the Tracer says so to OpenTelemetry's error handler: at
// once, and at most once an hour while it goes on.
type Tracer struct {
	otel     trace.Tracer
	provider string
	off      bool
	aside    bool
	cuts     cuts
}

// Option configures a [Tracer].
type Option interface{ applyTracer(*Tracer) }

type tracerOption func(*Tracer)

func (f tracerOption) applyTracer(t *Tracer) { f(t) }

// WithProvider names the provider that the traced calls go to, such as
// "openai". It is the payload's attributes.provider, and the provider of a
// session's model where none is named. Default: none, which reads "unknown".
func WithProvider(name string) Option {
	return tracerOption(func(t *Tracer) { t.provider = name })
}

// WithContentAside keeps content out of the OpenTelemetry spans: messages, tool
// values, inputs and results, metadata, and what errors say (contracts.ContentOf
// says which attributes) are held beside them, where package exporter's span
// processor finds them, and no other processor and no exporter does. Default:
// content is in the spans' attributes.
//
// It needs that processor. Without it, or with its exporter behind
// sdktrace.WithBatcher, the content is lost, and what is sent says so.
func WithContentAside() Option {
	return tracerOption(func(t *Tracer) { t.aside = true })
}

// New returns a Tracer whose spans come from tp. A nil tp stands for the global
// provider, [otel.GetTracerProvider]. With SPECT_DISABLED=true in the
// environment the Tracer starts nothing.
func New(tp trace.TracerProvider, opts ...Option) *Tracer {
	if tp == nil {
		tp = otel.GetTracerProvider()
	}
	_, off := tp.(noop.TracerProvider)
	if disabled, err := strconv.ParseBool(strings.TrimSpace(os.Getenv("SPECT_DISABLED"))); err == nil && disabled {
		off = true
	}
	t := &Tracer{otel: tp.Tracer(side.ScopeName, trace.WithInstrumentationVersion(version.Version)), off: off}
	for _, opt := range opts {
		if opt != nil {
			opt.applyTracer(t)
		}
	}
	return t
}

// idle reports whether the Tracer starts nothing.
func (t *Tracer) idle() bool { return t == nil || t.off || t.otel == nil }

// StartSession starts a session: the root of what one payload describes. The
// returned context carries it; spans that are started with that context belong
// to it. A session that is started inside another is a session of its own. Its id
// is a new one, unless [Attributes] give it a UUID as contracts.SessionIDKey.
//
// The caller must end the session.
func (t *Tracer) StartSession(ctx context.Context, name string, opts ...SessionOption) (context.Context, *Session) {
	if t.idle() {
		return ctx, nil
	}
	if ctx == nil {
		ctx = context.Background()
	}
	s := &Session{tracer: t}
	s.span.record.IsRoot = true
	s.span.attrs = s.span.inline[:0]
	session := &side.Session{Owner: s}
	s.span.attrs = append(s.span.attrs, contracts.KindKey.String(contracts.SessionKind))
	if id, err := uuid.NewV7(); err == nil { // else the system has no randomness to give
		s.span.attrs = append(s.span.attrs, contracts.SessionIDKey.String(id.String()))
	}
	if t.provider != "" {
		s.span.attrs = append(s.span.attrs, contracts.ProviderKey.String(t.provider))
	}
	t.prepare(ctx, &s.span, nil)
	for _, opt := range opts {
		if opt != nil {
			opt.applySession(&s.span)
		}
	}
	s.span.continues(side.FromContext(ctx), session)
	return t.start(ctx, &s.span, session, name, trace.SpanKindInternal), s
}

// continues ties a new session to the one around it, here or elsewhere.
func (s *Span) continues(r *side.Record, session *side.Session) {
	var traceID, parentID string
	switch {
	case r == nil:
		return
	case r.Remote != nil:
		traceID, parentID, session.Origin = r.Remote.TraceID, r.Remote.ParentID, &r.Remote.Origin
	default:
		traceID, parentID, session.Origin = r.Session.TraceID, r.ID(), originOf(r.Session)
	}
	if parentID == "" {
		return
	}
	s.setUnlessGiven(contracts.SessionTraceIDKey.String(traceID))
	s.setUnlessGiven(contracts.SessionParentIDKey.String(parentID))
}

// comesLate ties a span to its session when the session's root has ended: it may
// have been sent, and the span will be a payload of its own then.
func (s *Span) comesLate(parent *side.Record) {
	root, ok := parent.Session.Root.Content.(*Span)
	if !ok {
		return
	}
	root.mu.Lock()
	late := root.ended && root.recording
	root.mu.Unlock()
	if !late {
		return
	}
	s.setUnlessGiven(contracts.SessionTraceIDKey.String(parent.Session.TraceID))
	s.setUnlessGiven(contracts.SessionParentIDKey.String(parent.ID()))
	s.setOrigin(originOf(parent.Session))
}

// Start starts a span of the given kind. It belongs to the session of ctx; one
// that is started outside any session becomes a session by itself, with
// whatever is started below it.
//
// The caller must end the span.
func (t *Tracer) Start(ctx context.Context, kind contracts.SpanKind, name string, opts ...SpanOption) (context.Context, *Span) {
	if t.idle() {
		return ctx, nil
	}
	if ctx == nil {
		ctx = context.Background()
	}
	s := t.newSpan(ctx, kind)
	for _, opt := range opts {
		if opt != nil {
			opt.applySpan(s)
		}
	}
	return t.startSpan(ctx, s, kind, name), s
}

// newSpan makes a span to be configured, and then started in ctx.
func (t *Tracer) newSpan(ctx context.Context, kind contracts.SpanKind) *Span {
	s := &Span{}
	s.attrs = append(s.inline[:0], contracts.KindKey.String(string(kind)))
	var root *side.Record
	if parent := side.FromContext(ctx); parent != nil && parent.Session != nil {
		root = parent.Session.Root
	}
	t.prepare(ctx, s, root)
	return s
}

// startSpan starts a span that has been configured.
func (t *Tracer) startSpan(ctx context.Context, s *Span, kind contracts.SpanKind, name string) context.Context {
	parent := side.FromContext(ctx)
	var session *side.Session
	s.record.IsRoot = kind == contracts.SessionKind // as if it were made by hand
	if !s.record.IsRoot && parent != nil && parent.Session != nil {
		session = parent.Session
		s.comesLate(parent)
	} else {
		// A session by itself; its id derives from the span's.
		session = &side.Session{}
		s.continues(parent, session)
	}
	s.setUnlessGiven(contracts.SeqKey.Int64(session.NextSeq()))
	otelKind := trace.SpanKindInternal
	if kind == contracts.KindGenerate || kind == contracts.KindStream {
		otelKind = trace.SpanKindClient
	}
	return t.start(ctx, s, session, name, otelKind)
}

// ofKind are options that are the same for all spans.
var ofKind = [...]trace.SpanStartOption{
	trace.SpanKindInternal: trace.WithSpanKind(trace.SpanKindInternal),
	trace.SpanKindClient:   trace.WithSpanKind(trace.SpanKindClient),
}

// prepare settles what of the options a span may take in. root is that of the
// session that it will be part of, nil where it begins one.
func (t *Tracer) prepare(ctx context.Context, s *Span, root *side.Record) {
	s.aside = t.aside
	s.record.Policy = side.PolicyFrom(ctx)
	if root != nil { // a context may have lost what the session's had
		s.record.Policy = max(s.record.Policy, root.Policy)
	}
	s.withholds = s.record.Policy.Withholds()
	if s.record.Policy != contracts.ContentFull {
		s.attrs = append(s.attrs, contracts.ContentPolicyKey.String(s.record.Policy.String()))
	}
}

// start is what sessions and spans have in common.
func (t *Tracer) start(ctx context.Context, s *Span, session *side.Session, name string, kind trace.SpanKind) context.Context {
	s.record.Session = session
	s.record.Content = s
	if parent := side.FromContext(ctx); parent != nil && parent.Remote == nil {
		s.record.Parent = parent.SpanContext
	}
	if session.Root == nil { // s is the session's first span
		session.Root, session.Name = &s.record, name
		session.ID = s.uuid(contracts.SessionIDKey)
		session.TraceID = cmp.Or(s.uuid(contracts.SessionTraceIDKey), session.ID)
		if session.Origin != nil {
			s.setOrigin(session.Origin)
		}
	}
	// The start is given, so that the ids that derive from it are known here.
	if s.record.StartTime.IsZero() {
		s.record.StartTime = time.Now()
	}
	own := side.ContextWithRecord(ctx, &s.record)
	ctx, s.otel = t.otel.Start(own, name,
		ofKind[kind], trace.WithAttributes(s.public()...), trace.WithTimestamp(s.record.StartTime))
	if ctx == nil || s.otel == nil { // of a broken provider
		ctx, s.otel = own, noop.Span{}
	}
	claimed := s.record.Claimed()
	s.identify(session)
	s.recording, s.started = s.otel.IsRecording(), true
	switch {
	case !s.recording:
		s.later, s.early = nil, nil
		t.cuts.dropped(s, trace.SpanContextFromContext(own))
		return ctx
	case !claimed && session.Root == &s.record && !s.otel.SpanContext().IsSampled():
		t.cuts.unheard()
	}
	if later := s.later; later != nil {
		s.later = nil
		for _, o := range later {
			j := contracts.MakeJSON(o.value) // the caller's own methods run without the lock
			s.change(func() { s.setLater(o, j) })
		}
	}
	if early := s.early; early != nil {
		s.early = nil
		s.Add(early...)
	}
	return ctx
}

// identify settles the ids that derive from those of the OpenTelemetry span.
func (s *Span) identify(session *side.Session) {
	s.record.Bind(s.otel.SpanContext())
	if session.ID == "" {
		session.ID = s.record.DerivedID(ids.Session)
	}
	if session.TraceID == "" {
		session.TraceID = session.ID
	}
}

// SpanFromContext returns the innermost span that a Tracer started in ctx, or
// nil, which is safe to use, when there is none or it is a session.
func SpanFromContext(ctx context.Context) *Span {
	if ctx == nil {
		return nil
	}
	if r := side.FromContext(ctx); r != nil {
		if s, ok := r.Content.(*Span); ok && !s.record.IsRoot {
			return s
		}
	}
	return nil
}

// SessionFromContext returns the session that ctx belongs to, or nil, which is
// safe to use, when there is none.
func SessionFromContext(ctx context.Context) *Session {
	if ctx == nil {
		return nil
	}
	if r := side.FromContext(ctx); r != nil && r.Session != nil {
		s, _ := r.Session.Owner.(*Session)
		return s
	}
	return nil
}
