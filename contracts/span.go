// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package contracts

import "time"

// SpanVersion is the version of span records that this package writes.
const SpanVersion = 1

// SpanRecord is one entry of a session: of metadata.result.spans.
//
// Its kind tells which overlay it carries: [SpanRecord.AsToolCall],
// [SpanRecord.AsToolResult], [SpanRecord.AsSubagent] and [SpanRecord.AsPlain] give
// the reference's views of it.
type SpanRecord struct {
	// Version is SpanVersion; zero is written as SpanVersion.
	Version int64
	// ID is a UUID. TraceID is the session's.
	ID      string
	TraceID string
	// ParentID is the ID of another span of the session; empty at its top.
	ParentID string
	Name     string
	Kind     SpanKind
	Status   SpanStatus
	// StartTime and EndTime are written in UTC. A zero EndTime is a span that
	// has not ended.
	StartTime time.Time
	EndTime   time.Time
	// DurationMs is written where it is not nil or EndTime is set: then nil
	// stands for EndTime − StartTime in milliseconds, never below 0.
	DurationMs *int64
	// Metadata is a JSON object; absent is written as {}.
	Metadata JSON
	Messages Messages
	// Model is the span's own model.
	Model *SpanModelOverlay
	Error *NormalizedError
	Tool  *SpanToolOverlay
	// Subagent is set on spans of kind subagent.
	Subagent *SpanSubagentOverlay
	// Extra are members that the contract does not name.
	Extra Members
}

// SpanModelOverlay is the model of one span.
type SpanModelOverlay struct {
	ModelID  string
	Provider string
	Extra    Members
}

// SpanToolOverlay is what a tool span says of its tool: Parameters on a
// tool-call, Result on a tool-result.
type SpanToolOverlay struct {
	ToolCallID string
	ToolName   string
	Parameters JSON
	Result     JSON
	Extra      Members
}

// SpanSubagentOverlay is what a subagent span says of its agent.
type SpanSubagentOverlay struct {
	ToolCallID   string
	SubagentType string
	Input        JSON
	Source       string
	Extra        Members
}

// NormalizedError is an error as it stands on the wire. It is a Go error too:
// package tracer takes one as it is, where a program knows better than its
// error value how the error should read.
type NormalizedError struct {
	Message string
	Type    string
	Code    string
	Stack   string
	Extra   Members
}

// Error implements error.
func (e *NormalizedError) Error() string {
	switch {
	case e == nil:
		return "<nil>"
	case e.Message != "":
		return e.Message
	default:
		return e.Type
	}
}

// PlainSpan is a record without an overlay.
type PlainSpan struct{ *SpanRecord }

// ToolCallSpan is a record of kind tool-call.
type ToolCallSpan struct {
	*SpanRecord
	ToolCallID string
	ToolName   string
	Parameters JSON
}

// ToolResultSpan is a record of kind tool-result.
type ToolResultSpan struct {
	*SpanRecord
	ToolCallID string
	ToolName   string
	Result     JSON
}

// SubagentSpan is a record of kind subagent.
type SubagentSpan struct {
	*SpanRecord
	Overlay SpanSubagentOverlay
}

// AsPlain returns r as a plain span, and false when its kind has an overlay.
func (r *SpanRecord) AsPlain() (PlainSpan, bool) {
	switch r.Kind {
	case KindToolCall, KindToolResult, KindSubagent:
		return PlainSpan{}, false
	}
	return PlainSpan{r}, true
}

// AsToolCall returns r as a tool call, and false when it is none.
func (r *SpanRecord) AsToolCall() (ToolCallSpan, bool) {
	if r.Kind != KindToolCall {
		return ToolCallSpan{}, false
	}
	s := ToolCallSpan{SpanRecord: r}
	if t := r.Tool; t != nil {
		s.ToolCallID, s.ToolName, s.Parameters = t.ToolCallID, t.ToolName, t.Parameters
	}
	return s, true
}

// AsToolResult returns r as a tool's result, and false when it is none.
func (r *SpanRecord) AsToolResult() (ToolResultSpan, bool) {
	if r.Kind != KindToolResult {
		return ToolResultSpan{}, false
	}
	s := ToolResultSpan{SpanRecord: r}
	if t := r.Tool; t != nil {
		s.ToolCallID, s.ToolName, s.Result = t.ToolCallID, t.ToolName, t.Result
	}
	return s, true
}

// AsSubagent returns r as a subagent, and false when it is none.
func (r *SpanRecord) AsSubagent() (SubagentSpan, bool) {
	if r.Kind != KindSubagent {
		return SubagentSpan{}, false
	}
	s := SubagentSpan{SpanRecord: r}
	if r.Subagent != nil {
		s.Overlay = *r.Subagent
	}
	return s, true
}
