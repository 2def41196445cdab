// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package contracts

import (
	"errors"

	"github.com/spect-tools/spect-go/internal/jsonscan"
)

// This file makes encoding/json write and read what the encoder and the
// decoder do. The MarshalJSON methods have value receivers, so that a value and
// a pointer to it are written alike.

// MarshalJSON implements [json.Marshaler]. encoding/json compacts what it
// returns and escapes it for HTML; [CollectorTracePayload.AppendJSON] keeps
// every byte of the caller's values.
func (p CollectorTracePayload) MarshalJSON() ([]byte, error) { return p.AppendJSON(nil), nil }

// MarshalJSON implements [json.Marshaler].
func (m CollectorTraceModel) MarshalJSON() ([]byte, error) { return m.append(nil), nil }

// MarshalJSON implements [json.Marshaler].
func (o CollectorTraceOperation) MarshalJSON() ([]byte, error) { return o.append(nil), nil }

// MarshalJSON implements [json.Marshaler].
func (m CollectorTraceMetadata) MarshalJSON() ([]byte, error) { return m.append(nil), nil }

// MarshalJSON implements [json.Marshaler].
func (r CollectorTraceResult) MarshalJSON() ([]byte, error) { return r.append(nil), nil }

// MarshalJSON implements [json.Marshaler].
func (q CollectorTracePrompt) MarshalJSON() ([]byte, error) { return q.append(nil), nil }

// MarshalJSON implements [json.Marshaler].
func (r CollectorTraceResponse) MarshalJSON() ([]byte, error) { return r.append(nil), nil }

// MarshalJSON implements [json.Marshaler].
func (a CollectorTraceAttributes) MarshalJSON() ([]byte, error) { return a.append(nil), nil }

// MarshalJSON implements [json.Marshaler].
func (r SpanRecord) MarshalJSON() ([]byte, error) { return r.AppendJSON(nil), nil }

// MarshalJSON implements [json.Marshaler].
func (m SpanModelOverlay) MarshalJSON() ([]byte, error) { return m.append(nil), nil }

// MarshalJSON implements [json.Marshaler].
func (t SpanToolOverlay) MarshalJSON() ([]byte, error) { return t.append(nil), nil }

// MarshalJSON implements [json.Marshaler].
func (s SpanSubagentOverlay) MarshalJSON() ([]byte, error) { return s.append(nil), nil }

// MarshalJSON implements [json.Marshaler].
func (e NormalizedError) MarshalJSON() ([]byte, error) { return e.AppendJSON(nil), nil }

// MarshalJSON implements [json.Marshaler].
func (m ConversationMessage) MarshalJSON() ([]byte, error) { return m.AppendJSON(nil), nil }

// MarshalJSON implements [json.Marshaler].
func (c Content) MarshalJSON() ([]byte, error) { return c.AppendJSON(nil), nil }

// MarshalJSON implements [json.Marshaler].
func (p TextContentPart) MarshalJSON() ([]byte, error) { return p.AppendJSON(nil), nil }

// MarshalJSON implements [json.Marshaler].
func (p ReasoningContentPart) MarshalJSON() ([]byte, error) { return p.AppendJSON(nil), nil }

// MarshalJSON implements [json.Marshaler].
func (p FileContentPart) MarshalJSON() ([]byte, error) { return p.AppendJSON(nil), nil }

// MarshalJSON implements [json.Marshaler].
func (p ToolCallContentPart) MarshalJSON() ([]byte, error) { return p.AppendJSON(nil), nil }

// MarshalJSON implements [json.Marshaler].
func (p ToolResultContentPart) MarshalJSON() ([]byte, error) { return p.AppendJSON(nil), nil }

// MarshalJSON implements [json.Marshaler].
func (p UnknownContentPart) MarshalJSON() ([]byte, error) { return p.AppendJSON(nil), nil }

// MarshalJSON implements [json.Marshaler].
func (o ToolResultOutput) MarshalJSON() ([]byte, error) { return o.append(nil), nil }

// UnmarshalJSON implements [json.Unmarshaler]. See [ParsePayload].
func (p *CollectorTracePayload) UnmarshalJSON(b []byte) error { return unmarshal(b, p.decode) }

// UnmarshalJSON implements [json.Unmarshaler].
func (m *CollectorTraceModel) UnmarshalJSON(b []byte) error { return unmarshal(b, m.decode) }

// UnmarshalJSON implements [json.Unmarshaler].
func (o *CollectorTraceOperation) UnmarshalJSON(b []byte) error { return unmarshal(b, o.decode) }

// UnmarshalJSON implements [json.Unmarshaler].
func (m *CollectorTraceMetadata) UnmarshalJSON(b []byte) error { return unmarshal(b, m.decode) }

// UnmarshalJSON implements [json.Unmarshaler].
func (r *CollectorTraceResult) UnmarshalJSON(b []byte) error { return unmarshal(b, r.decode) }

// UnmarshalJSON implements [json.Unmarshaler].
func (q *CollectorTracePrompt) UnmarshalJSON(b []byte) error { return unmarshal(b, q.decode) }

// UnmarshalJSON implements [json.Unmarshaler].
func (r *CollectorTraceResponse) UnmarshalJSON(b []byte) error { return unmarshal(b, r.decode) }

// UnmarshalJSON implements [json.Unmarshaler].
func (a *CollectorTraceAttributes) UnmarshalJSON(b []byte) error { return unmarshal(b, a.decode) }

// UnmarshalJSON implements [json.Unmarshaler].
func (r *SpanRecord) UnmarshalJSON(b []byte) error { return unmarshal(b, r.decode) }

// UnmarshalJSON implements [json.Unmarshaler].
func (m *SpanModelOverlay) UnmarshalJSON(b []byte) error { return unmarshal(b, m.decode) }

// UnmarshalJSON implements [json.Unmarshaler].
func (t *SpanToolOverlay) UnmarshalJSON(b []byte) error { return unmarshal(b, t.decode) }

// UnmarshalJSON implements [json.Unmarshaler].
func (s *SpanSubagentOverlay) UnmarshalJSON(b []byte) error { return unmarshal(b, s.decode) }

// UnmarshalJSON implements [json.Unmarshaler].
func (e *NormalizedError) UnmarshalJSON(b []byte) error { return unmarshal(b, e.decode) }

// UnmarshalJSON implements [json.Unmarshaler].
func (m *ConversationMessage) UnmarshalJSON(b []byte) error { return unmarshal(b, m.decode) }

// UnmarshalJSON implements [json.Unmarshaler]. It takes a JSON string or a JSON
// array of parts.
func (c *Content) UnmarshalJSON(b []byte) error { return unmarshal(b, c.decode) }

// UnmarshalJSON implements [json.Unmarshaler].
func (o *ToolResultOutput) UnmarshalJSON(b []byte) error { return unmarshal(b, o.decode) }

// unmarshal reads b by decode; a null changes nothing, as encoding/json has it.
func unmarshal(b []byte, decode func(j JSON, path string) error) error {
	text := string(b)
	switch {
	case text == "null":
		return nil
	case !jsonscan.Valid(text): // encoding/json lets invalid UTF-8 through
		return errors.New("contracts: not valid JSON in UTF-8")
	}
	return decode(JSON(text), "")
}
