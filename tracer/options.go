// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package tracer

import (
	"time"

	"go.opentelemetry.io/otel/attribute"

	"github.com/spect-tools/spect-go/contracts"
)

// SessionOption configures [Tracer.StartSession].
type SessionOption interface{ applySession(*Span) }

// SpanOption configures [Tracer.Start] and what stands on it.
type SpanOption interface{ applySpan(*Span) }

// StartOption configures the start of a session or of a span.
type StartOption interface {
	SessionOption
	SpanOption
}

// EndOption configures the end of a session or of a span.
type EndOption interface{ applyEnd(*endConfig) }

type endConfig struct{ endTime time.Time }

// textOption sets a text that an attribute holds as it is.
type textOption struct {
	key  attribute.Key
	text string
	// empty is whether an empty text is one.
	empty bool
}

func (o *textOption) applySession(s *Span) { o.applySpan(s) }

func (o *textOption) applySpan(s *Span) {
	if o.empty || o.text != "" {
		s.set(o.key.String(o.text))
	}
}

// jsonOption sets what an attribute holds as JSON. That is made when it is known
// that the span is recorded.
type jsonOption struct {
	key   attribute.Key
	value any
}

func (o *jsonOption) applySession(s *Span) { o.applySpan(s) }
func (o *jsonOption) applySpan(s *Span)    { s.later = append(s.later, o) }

// startOption is any other option that changes the span before it starts.
type startOption func(*Span)

func (f startOption) applySession(s *Span) { f(s) }
func (f startOption) applySpan(s *Span)    { f(s) }

type endOption func(*endConfig)

func (f endOption) applyEnd(c *endConfig) { f(c) }

// StartTime sets when the session or span began. Default: now. The wire has
// milliseconds; finer parts are floored.
func StartTime(at time.Time) StartOption {
	return startOption(func(s *Span) { s.record.StartTime = at })
}

// EndTime sets when the session or span ended. Default: now.
func EndTime(at time.Time) EndOption {
	return endOption(func(c *endConfig) { c.endTime = at })
}

// Model names the model: the session's, or the span's own.
func Model(id string) StartOption {
	return &textOption{key: contracts.ModelIDKey, text: id}
}

// ModelProvider names the model's provider. Default for a session: the
// Tracer's provider.
func ModelProvider(name string) StartOption {
	return &textOption{key: contracts.ModelProviderKey, text: name}
}

// Metadata adds metadata: a value that encodes as a JSON object, such as a map,
// a struct, or [contracts.JSON]. Any other value is kept under the key "value",
// but for one that is nil, which says nothing.
func Metadata(v any) StartOption {
	return &jsonOption{key: contracts.MetadataKey, value: v}
}

// Attributes sets attributes on the OpenTelemetry span, those of package
// contracts or any others, as they are.
func Attributes(attrs ...attribute.KeyValue) StartOption {
	return startOption(func(s *Span) { s.setGiven(attrs) })
}

// PromptFormat sets the payload's prompt.format. Default: "messages".
func PromptFormat(format string) SessionOption {
	return &textOption{key: contracts.PromptFormatKey, text: format, empty: true}
}

// Conversation ties the session to a conversation.
func Conversation(id string) SessionOption {
	return &textOption{key: contracts.ConversationIDKey, text: id, empty: true}
}

// Function names the function that the session stands for.
func Function(id string) SessionOption {
	return &textOption{key: contracts.FunctionIDKey, text: id, empty: true}
}

// RequestInput sets the payload's attributes["request.input"]: any value that
// encodes as JSON.
func RequestInput(v any) SessionOption {
	return &jsonOption{key: contracts.RequestInputKey, value: v}
}

// Messages gives the span its first messages. See [Span.Add].
func Messages(messages ...contracts.ConversationMessage) SpanOption {
	return startOption(func(s *Span) { s.early = append(s.early, messages...) })
}

// Tool says what the span's tool is. See [Span.SetTool].
func Tool(tool contracts.SpanToolOverlay) SpanOption {
	return startOption(func(s *Span) { s.setTool(tool) })
}

// Subagent says what the span's agent is. See [Tracer.StartSubagent].
func Subagent(agent contracts.SpanSubagentOverlay) SpanOption {
	return startOption(func(s *Span) { s.setSubagent(agent) })
}

// Input is a subagent's task: any value that encodes as JSON.
func Input(v any) SpanOption {
	return &jsonOption{key: contracts.SubagentInputKey, value: v}
}
