// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package tracer

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/internal/side"
)

// Session is a session under way: one traced LLM operation. All its methods
// may be called on nil, from several goroutines, and after End, when all but Add
// do nothing.
type Session struct {
	tracer *Tracer
	span   Span
}

// ID returns the session's UUID, under which Spect knows it; empty for a nil
// session.
func (s *Session) ID() string {
	if s == nil || s.span.record.Session == nil {
		return ""
	}
	return s.span.record.Session.ID
}

// OTel returns the session's OpenTelemetry span. For a nil session it does
// nothing.
func (s *Session) OTel() trace.Span { return s.self().OTel() }

// Add records messages: each as a span of the kind of its role, at this
// instant, below the span of ctx, or at the session's top when ctx is not of
// this session. A tool's message becomes a tool-result.
//
// Like spans that are started after the session's end, messages that are added
// then come late: they are sent with the session, where that has not gone yet,
// or after it.
func (s *Session) Add(ctx context.Context, messages ...contracts.ConversationMessage) {
	if s == nil || s.tracer == nil {
		return
	}
	if ctx == nil {
		ctx = context.Background()
	}
	if r := side.FromContext(ctx); r == nil || r.Session != s.span.record.Session {
		ctx = side.ContextWithRecord(trace.ContextWithSpan(ctx, s.span.otel), &s.span.record)
	}
	now := time.Now()
	for _, m := range messages {
		kind := contracts.SpanKind(m.Role)
		if m.Role == contracts.RoleTool {
			kind = contracts.KindToolResult
		}
		span := s.tracer.newSpan(ctx, kind)
		span.record.StartTime = now
		span.early = append(span.early, m)
		if m.Role == contracts.RoleTool {
			span.setTool(resultOverlay(m))
		}
		s.tracer.startSpan(ctx, span, kind, string(m.Role))
		span.End(EndTime(now))
	}
}

// resultOverlay says of a tool's message what a tool-result span says.
func resultOverlay(m contracts.ConversationMessage) contracts.SpanToolOverlay {
	for _, p := range m.Content.Parts() {
		if r, ok := p.(contracts.ToolResultContentPart); ok {
			return contracts.SpanToolOverlay{ToolCallID: r.ToolCallID, ToolName: r.ToolName, Result: r.Output.Value}
		}
	}
	return contracts.SpanToolOverlay{ToolCallID: m.ToolCallID, Result: "null"}
}

// SetModel names the session's model. An empty provider keeps the earlier one.
func (s *Session) SetModel(id, provider string) { s.self().SetModel(id, provider) }

// AddMetadata merges metadata into the session's, one level deep: later keys
// win. See [Metadata] for what v may be.
func (s *Session) AddMetadata(v any) { s.self().AddMetadata(v) }

// SetPromptFormat sets the payload's prompt.format.
func (s *Session) SetPromptFormat(format string) {
	s.self().SetAttributes(contracts.PromptFormatKey.String(format))
}

// SetAttributes sets attributes on the session's OpenTelemetry span, those of
// package contracts or any others, as they are, when the session ends.
func (s *Session) SetAttributes(attrs ...attribute.KeyValue) { s.self().SetAttributes(attrs...) }

// Result is what came of a session. Zero fields say nothing; of several calls
// of [Session.SetResult] each field's last value counts.
type Result struct {
	Text string
	// Object is a structured result: any value that encodes as JSON.
	Object any
	// Usage are the tokens used: [contracts.Usage], or a value that encodes as
	// a JSON object with the same members. A provider's own usage has others:
	// convert/openai and its neighbours read it.
	Usage any
	// Model is the model that answered. Default: the session's.
	Model string
	// ID is the provider's id of the answer.
	ID string
	// Timestamp is the provider's time of the answer. Default: the session's end.
	Timestamp     time.Time
	FinishReasons []string
	// StartTime and Duration tell when the answer began and how long it took.
	// The wire has milliseconds.
	StartTime time.Time
	Duration  time.Duration
	// Metadata is added to metadata.result. See [Metadata] for what it may be.
	Metadata any
}

// SetResult says what came of the session. A session that failed has neither
// text nor usage on the wire; they are dropped there.
func (s *Session) SetResult(r Result) {
	p := s.self()
	if !p.IsRecording() {
		return
	}
	// The caller's own methods run without the lock.
	object, usage, metadata := contracts.MakeJSON(r.Object), contracts.MakeJSON(r.Usage), contracts.MakeJSON(r.Metadata)
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.open() {
		return
	}
	for _, kv := range [...]struct {
		key   attribute.Key
		value string
	}{
		{contracts.ResponseTextKey, r.Text},
		{contracts.ResponseModelKey, r.Model},
		{contracts.ResponseIDKey, r.ID},
	} {
		if kv.value != "" {
			p.set(kv.key.String(kv.value))
		}
	}
	p.setJSON(contracts.ResponseObjectKey, object)
	if usage != "null" {
		p.setJSON(contracts.ResponseUsageKey, usage)
	}
	if !r.Timestamp.IsZero() {
		p.set(contracts.ResponseTimestampKey.String(contracts.FormatTime(r.Timestamp.Truncate(time.Millisecond))))
	}
	if len(r.FinishReasons) > 0 {
		p.set(contracts.ResponseFinishReasonsKey.StringSlice(r.FinishReasons))
	}
	if !r.StartTime.IsZero() {
		p.set(contracts.ResponseStartTimeKey.Int64(r.StartTime.UnixMilli()))
	}
	if r.Duration > 0 {
		p.set(contracts.ResponseDurationKey.Int64(r.Duration.Milliseconds()))
	}
	p.mergeJSON(contracts.ResultMetadataKey, metadata)
}

// SetError says that the session failed. A nil err changes nothing.
func (s *Session) SetError(err error, opts ...ErrorOption) { s.self().SetError(err, opts...) }

// End ends the session. Of several calls the first counts.
func (s *Session) End(opts ...EndOption) { s.self().End(opts...) }

// EndErr ends the session with the error that *errp holds by then, if any. It
// is to be deferred directly, with the address of the function's named error:
//
//	defer session.EndErr(&err)
//
// Then it also records a panic, with its stack, and lets it go on.
func (s *Session) EndErr(errp *error, opts ...EndOption) {
	if r := recover(); r != nil {
		s.self().setPanic(r)
		s.End(opts...)
		panic(r)
	}
	if errp != nil {
		s.SetError(*errp)
	}
	s.End(opts...)
}

func (s *Session) self() *Span {
	if s == nil {
		return nil
	}
	return &s.span
}
