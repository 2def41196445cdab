// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package contracts

import "go.opentelemetry.io/otel/attribute"

// The span attributes that make an OpenTelemetry span a Spect span. Package
// tracer writes them; a program may set them by hand on plain OpenTelemetry
// spans and gets the same payload.
//
// A value typed JSON is a string attribute that holds one JSON text, or an
// attribute of any other type, which stands for the JSON value it spells.
const (
	// KindKey marks a span as Spect's: [SessionKind] on the root of a session,
	// else a [SpanKind]; an empty string is a span without a kind.
	// It should be given when the span starts, so that samplers see it.
	KindKey = attribute.Key("spect.kind")
	// SeqKey is the order in which the spans of a session were started (int).
	// Spans are ordered by it where every span of the session has it, else by
	// start time.
	SeqKey = attribute.Key("spect.seq")
	// StatusKey is a [SpanStatus], for where the status of the OpenTelemetry
	// span does not say it: StatusUnset on a span that has ended.
	StatusKey = attribute.Key("spect.status")

	// ContentPolicyKey is a [ContentPolicy] by name (string): how much of this
	// span, and of what stands below it in its session, may be sent. The strictest
	// one counts, the exporter's own included; an unknown name is ContentNone.
	ContentPolicyKey = attribute.Key("spect.content.policy")
	// ContentAsideKey says that the span's content is held beside it, where
	// package exporter's span processor alone finds it (int, its bytes).
	ContentAsideKey = attribute.Key("spect.content.aside")

	// SessionIDKey is the session's UUID (string), on the root at its start.
	// Without it the id derives from the OpenTelemetry ids of the root.
	SessionIDKey = attribute.Key("spect.session.id")
	// SessionTraceIDKey and SessionParentIDKey (string), on the root, tie a
	// session to the one that it continues, perhaps in another process: they
	// become the payload's traceId and parentId. Without them the spans above
	// the root say it, as far as they are known. On an entry that started after
	// its session's root had ended they count if the session had been sent.
	SessionTraceIDKey  = attribute.Key("spect.session.trace_id")
	SessionParentIDKey = attribute.Key("spect.session.parent_id")
	// SessionOriginKey describes the outermost session of those that continue
	// each other (JSON object: operationName, model, conversationId, functionId,
	// metadata, and as sampling what a session says of that), on the root of one
	// that continues another. By it all are sampled alike.
	SessionOriginKey = attribute.Key("spect.session.origin")
	// SessionMetadataKey becomes metadata.request (JSON object), on the root.
	SessionMetadataKey = attribute.Key("spect.session.metadata")
	// PromptFormatKey becomes prompt.format (string), on the root.
	PromptFormatKey = attribute.Key("spect.prompt.format")
	// ConversationIDKey becomes attributes.conversationId (string), on the root.
	ConversationIDKey = attribute.Key("spect.conversation.id")
	// FunctionIDKey becomes functionId (string), on the root.
	FunctionIDKey = attribute.Key("spect.function.id")
	// RequestInputKey becomes attributes["request.input"] (JSON), on the root.
	RequestInputKey = attribute.Key("spect.request.input")
	// ProviderKey is the provider that the tracer stands for (string), on the
	// root: attributes.provider, and the model's provider where none is named.
	ProviderKey = attribute.Key("spect.provider")

	// ModelIDKey is the model (string): the session's on its root, the span's
	// own elsewhere.
	ModelIDKey = attribute.Key("spect.model.id")
	// ModelProviderKey is the model's provider (string).
	ModelProviderKey = attribute.Key("spect.model.provider")
	// MessagesKey is the span's transcript (JSON array of messages).
	MessagesKey = attribute.Key("spect.messages")
	// MetadataKey is the span's metadata (JSON object).
	MetadataKey = attribute.Key("spect.metadata")

	// ToolCallIDKey joins a tool call and its result (string).
	ToolCallIDKey = attribute.Key("spect.tool.call_id")
	// ToolNameKey is the tool's name (string).
	ToolNameKey = attribute.Key("spect.tool.name")
	// ToolParametersKey is what the tool was called with (JSON).
	ToolParametersKey = attribute.Key("spect.tool.parameters")
	// ToolResultKey is what the tool returned (JSON).
	ToolResultKey = attribute.Key("spect.tool.result")

	// SubagentToolCallIDKey is the tool call that started the subagent (string).
	SubagentToolCallIDKey = attribute.Key("spect.subagent.tool_call_id")
	// SubagentTypeKey is the kind of agent (string).
	SubagentTypeKey = attribute.Key("spect.subagent.type")
	// SubagentSourceKey tells what started the subagent (string).
	SubagentSourceKey = attribute.Key("spect.subagent.source")
	// SubagentInputKey is the subagent's task (JSON).
	SubagentInputKey = attribute.Key("spect.subagent.input")

	// ResponseTextKey is the result's text (string), on the root.
	ResponseTextKey = attribute.Key("spect.response.text")
	// ResponseModelKey is the model that answered (string), on the root.
	ResponseModelKey = attribute.Key("spect.response.model")
	// ResponseIDKey is the provider's id of the answer (string), on the root.
	ResponseIDKey = attribute.Key("spect.response.id")
	// ResponseTimestampKey is the provider's time of the answer, on the root:
	// a string passes through, an int is Unix milliseconds.
	ResponseTimestampKey = attribute.Key("spect.response.timestamp")
	// ResponseObjectKey is a structured result (JSON), on the root.
	ResponseObjectKey = attribute.Key("spect.response.object")
	// ResponseUsageKey is the tokens used (JSON object), on the root.
	ResponseUsageKey = attribute.Key("spect.response.usage")
	// ResponseFinishReasonsKey tells why the answer ended (string array; a
	// single string is an array of one), on the root.
	ResponseFinishReasonsKey = attribute.Key("spect.response.finish_reasons")
	// ResponseStartTimeKey is when the answer began (int, Unix milliseconds), on the root.
	ResponseStartTimeKey = attribute.Key("spect.response.start_time")
	// ResponseDurationKey is how long the answer took (int, milliseconds), on the root.
	ResponseDurationKey = attribute.Key("spect.response.duration")
	// ResultMetadataKey is merged into metadata.result (JSON object), on the root.
	ResultMetadataKey = attribute.Key("spect.result.metadata")

	// ErrorMessageKey says what went wrong (string). Without any of the
	// spect.error attributes the status of the span and its last exception
	// event say it.
	ErrorMessageKey = attribute.Key("spect.error.message")
	// ErrorTypeKey is the error's type (string).
	ErrorTypeKey = attribute.Key("spect.error.type")
	// ErrorCodeKey is the error's code (string).
	ErrorCodeKey = attribute.Key("spect.error.code")
	// ErrorStackKey is a stack trace (string).
	ErrorStackKey = attribute.Key("spect.error.stack")
)

// SessionKind is the value of [KindKey] on the root of a session.
const SessionKind = "session"

// JSONKeys is a set of those keys of this package whose attributes hold JSON that
// goes into a payload.
type JSONKeys uint16

// JSONKey returns the set of the one key, and the empty set when key is none of
// them.
func JSONKey(key attribute.Key) JSONKeys {
	switch key {
	case MessagesKey:
		return 1 << 0
	case MetadataKey:
		return 1 << 1
	case SessionMetadataKey:
		return 1 << 2
	case RequestInputKey:
		return 1 << 3
	case ToolParametersKey:
		return 1 << 4
	case ToolResultKey:
		return 1 << 5
	case SubagentInputKey:
		return 1 << 6
	case ResponseObjectKey:
		return 1 << 7
	case ResponseUsageKey:
		return 1 << 8
	case ResultMetadataKey:
		return 1 << 9
	}
	return 0
}

// Has reports whether all of keys are in the set.
func (s JSONKeys) Has(keys JSONKeys) bool { return s&keys == keys }
