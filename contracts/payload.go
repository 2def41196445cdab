// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package contracts

import "time"

// CollectorTracePayload is one session as it is posted to the collector.
type CollectorTracePayload struct {
	// ID and SpanID are the session's UUID; TraceID is too, unless the session
	// continues another's trace.
	ID      string
	TraceID string
	SpanID  string
	// ParentID is the parent session or span, when the session continues
	// another's trace.
	ParentID       string
	Name           string
	OrganizationID string
	// StartTime and EndTime are written in UTC.
	StartTime time.Time
	EndTime   time.Time
	// Duration is in milliseconds, never below 0.
	Duration  int64
	Model     CollectorTraceModel
	Operation CollectorTraceOperation
	// FunctionID is null on the wire where it is empty.
	FunctionID string
	Metadata   CollectorTraceMetadata
	Prompt     CollectorTracePrompt
	Response   CollectorTraceResponse
	Attributes CollectorTraceAttributes
	// Extra are members that the contract does not name.
	Extra Members
}

// CollectorTraceModel is the session's model.
type CollectorTraceModel struct {
	ID       string
	Provider string
	Extra    Members
}

// CollectorTraceOperation is the traced operation: both are its name.
type CollectorTraceOperation struct {
	ID    string
	Name  string
	Extra Members
}

// CollectorTraceMetadata is the payload's metadata.
type CollectorTraceMetadata struct {
	// Request is the session's metadata (JSON object), absent where there is none.
	Request JSON
	// Spect is a copy of Request's member "spect" where that is an object with members.
	Spect JSON
	// Result is what came of the session. Nil is absent.
	Result *CollectorTraceResult
	// OTel correlates the session with its OpenTelemetry spans (JSON object).
	OTel  JSON
	Extra Members
}

// CollectorTraceResult is metadata.result: the caller's own result metadata,
// the spans, and the error of a session that failed.
type CollectorTraceResult struct {
	Spans []SpanRecord
	Error *NormalizedError
	// Extra is the caller's result metadata.
	Extra Members
}

// CollectorTracePrompt is the payload's prompt. The transcript lives on spans:
// Messages is normally empty, which is written as [].
type CollectorTracePrompt struct {
	// Format is "messages" unless the session says otherwise.
	Format   string
	Messages Messages
	Extra    Members
}

// CollectorTraceResponse is the session's result.
type CollectorTraceResponse struct {
	// StartTime is in Unix milliseconds, Duration in milliseconds; nil is absent.
	StartTime *int64
	Duration  *int64
	// Text is nil where there is none; an empty text is one.
	Text *string
	// Object is a structured result.
	Object JSON
	Model  string
	ID     string
	// Timestamp is normally ISO 8601; the provider's own string passes through.
	Timestamp     string
	FinishReasons []string
	// Usage are the tokens used (JSON object) with the caller's keys: inputTokens,
	// outputTokens, totalTokens, reasoningTokens, cachedInputTokens.
	Usage JSON
	Extra Members
}

// CollectorTraceAttributes are the payload's attributes.
type CollectorTraceAttributes struct {
	// Provider is the observer's provider, "unknown" where it has none.
	Provider       string
	RequestInput   JSON
	ConversationID string
	Extra          Members
}
