// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package contracts

// SpanKind says what a span of a session stands for.
type SpanKind string

// The span kinds. Those from KindToolCall on carry an overlay: SpanRecord.Tool
// or SpanRecord.Subagent.
const (
	// KindNone is a span without a kind.
	KindNone SpanKind = ""
	// KindGenerate is a model call answered at once.
	KindGenerate SpanKind = "generate"
	// KindStream is a model call answered as a stream.
	KindStream SpanKind = "stream"
	// KindResponse is an answer on its own.
	KindResponse SpanKind = "response"
	// KindReasoning is reasoning on its own.
	KindReasoning SpanKind = "reasoning"
	// KindSystem is a system message.
	KindSystem SpanKind = "system"
	// KindUser is a user's message.
	KindUser SpanKind = "user"
	// KindAssistant is an assistant's message.
	KindAssistant SpanKind = "assistant"
	// KindToolCall is a tool at work.
	KindToolCall SpanKind = "tool-call"
	// KindToolResult is what a tool returned.
	KindToolResult SpanKind = "tool-result"
	// KindSubagent is an agent started by another.
	KindSubagent SpanKind = "subagent"
)

// Valid reports whether k is a kind of the contract, KindNone included.
func (k SpanKind) Valid() bool {
	switch k {
	case KindNone, KindGenerate, KindStream, KindResponse, KindReasoning,
		KindSystem, KindUser, KindAssistant, KindToolCall, KindToolResult, KindSubagent:
		return true
	}
	return false
}

// SpanStatus says how a span ended.
type SpanStatus string

// The span statuses.
const (
	// StatusUnset is a span that has not ended.
	StatusUnset SpanStatus = "unset"
	// StatusOK is a span that ended well.
	StatusOK SpanStatus = "ok"
	// StatusError is a span that failed.
	StatusError SpanStatus = "error"
)

// Valid reports whether s is a status of the contract.
func (s SpanStatus) Valid() bool {
	return s == StatusUnset || s == StatusOK || s == StatusError
}

// Role says who speaks in a message.
type Role string

// The roles.
const (
	RoleSystem    Role = "system"
	RoleUser      Role = "user"
	RoleAssistant Role = "assistant"
	RoleTool      Role = "tool"
)

// Valid reports whether r is a role of the contract.
func (r Role) Valid() bool {
	return r == RoleSystem || r == RoleUser || r == RoleAssistant || r == RoleTool
}
