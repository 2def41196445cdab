// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package tracer

import (
	"time"

	"go.opentelemetry.io/otel/attribute"

	"github.com/spect-tools/spect-go/contracts"
)

// SessionOption configures [Tracer.StartSession].
type SessionOption interface{ applySession(*startConfig) }

// SpanOption configures [Tracer.Start] and what stands on it.
type SpanOption interface{ applySpan(*startConfig) }

// StartOption configures the start of a session or of a span.
type StartOption interface {
	SessionOption
	SpanOption
}

// EndOption configures the end of a session or of a span.
type EndOption interface{ applyEnd(*endConfig) }

// startConfig gathers what options say until the span exists.
type startConfig struct {
	startTime time.Time
	set       []func(*Span)
}

func (c *startConfig) apply(s *Span) {
	for _, set := range c.set {
		set(s)
	}
}

type endConfig struct{ endTime time.Time }

type startOption func(*startConfig)

func (f startOption) applySession(c *startConfig) { f(c) }
func (f startOption) applySpan(c *startConfig)    { f(c) }

type sessionOption func(*startConfig)

func (f sessionOption) applySession(c *startConfig) { f(c) }

type spanOption func(*startConfig)

func (f spanOption) applySpan(c *startConfig) { f(c) }

type endOption func(*endConfig)

func (f endOption) applyEnd(c *endConfig) { f(c) }

// setting is an option that changes the span before it starts.
func setting(set func(*Span)) startOption {
	return func(c *startConfig) { c.set = append(c.set, set) }
}

// StartTime sets when the session or span began. Default: now. The wire has
// milliseconds; finer parts are floored.
func StartTime(at time.Time) StartOption {
	return startOption(func(c *startConfig) { c.startTime = at })
}

// EndTime sets when the session or span ended. Default: now.
func EndTime(at time.Time) EndOption {
	return endOption(func(c *endConfig) { c.endTime = at })
}

// Model names the model: the session's, or the span's own.
func Model(id string) StartOption {
	return setting(func(s *Span) { s.setModel(id, "") })
}

// ModelProvider names the model's provider. Default for a session: the
// Tracer's provider.
func ModelProvider(name string) StartOption {
	return setting(func(s *Span) { s.setModel("", name) })
}

// Metadata adds metadata: a value that encodes as a JSON object, such as a map,
// a struct, or [contracts.JSON]. Any other value is kept under the key "value".
func Metadata(v any) StartOption {
	return setting(func(s *Span) { s.addMetadata(v) })
}

// Attributes sets attributes on the OpenTelemetry span, those of package
// contracts or any others, as they are.
func Attributes(attrs ...attribute.KeyValue) StartOption {
	return setting(func(s *Span) { s.setGiven(attrs) })
}

// PromptFormat sets the payload's prompt.format. Default: "messages".
func PromptFormat(format string) SessionOption {
	return sessionOption(setting(func(s *Span) { s.set(contracts.PromptFormatKey.String(format)) }))
}

// Conversation ties the session to a conversation.
func Conversation(id string) SessionOption {
	return sessionOption(setting(func(s *Span) { s.set(contracts.ConversationIDKey.String(id)) }))
}

// Function names the function that the session stands for.
func Function(id string) SessionOption {
	return sessionOption(setting(func(s *Span) { s.set(contracts.FunctionIDKey.String(id)) }))
}

// RequestInput sets the payload's attributes["request.input"]: any value that
// encodes as JSON.
func RequestInput(v any) SessionOption {
	return sessionOption(setting(func(s *Span) { s.setJSON(contracts.RequestInputKey, v) }))
}

// Messages gives the span its first messages. See [Span.Add].
func Messages(messages ...contracts.ConversationMessage) SpanOption {
	return spanOption(setting(func(s *Span) { s.early = append(s.early, messages...) }))
}

// Tool says what the span's tool is. See [Span.SetTool].
func Tool(tool contracts.SpanToolOverlay) SpanOption {
	return spanOption(setting(func(s *Span) { s.setTool(tool) }))
}

// Subagent says what the span's agent is. See [Tracer.StartSubagent].
func Subagent(agent contracts.SpanSubagentOverlay) SpanOption {
	return spanOption(setting(func(s *Span) { s.setSubagent(agent) }))
}

// Input is a subagent's task: any value that encodes as JSON.
func Input(v any) SpanOption {
	return spanOption(setting(func(s *Span) { s.setJSON(contracts.SubagentInputKey, v) }))
}
