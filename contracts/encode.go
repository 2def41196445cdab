// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package contracts

import (
	"strconv"
	"time"

	"github.com/spect-tools/spect-go/internal/jsonscan"
)

// This file is the one encoder: append methods append an object, AppendJSON is
// the exported way to some of them, and MarshalJSON (marshal.go) calls them.
// JSON values that the caller gave are copied as they are.

// AppendJSON appends the payload's JSON to dst and returns it. Its raw JSON
// values are trusted to be valid; [CollectorTracePayload.Validate] tells.
func (p *CollectorTracePayload) AppendJSON(dst []byte) []byte {
	dst = append(dst, `{"id":`...)
	dst = jsonscan.AppendString(dst, p.ID)
	dst = append(dst, `,"traceId":`...)
	dst = jsonscan.AppendString(dst, p.TraceID)
	dst = append(dst, `,"spanId":`...)
	dst = jsonscan.AppendString(dst, p.SpanID)
	dst = appendOptional(dst, `,"parentId":`, p.ParentID)
	dst = append(dst, `,"name":`...)
	dst = jsonscan.AppendString(dst, p.Name)
	dst = append(dst, `,"organizationId":`...)
	dst = jsonscan.AppendString(dst, p.OrganizationID)
	dst = append(dst, `,"startTime":`...)
	dst = appendTime(dst, p.StartTime)
	dst = append(dst, `,"endTime":`...)
	dst = appendTime(dst, p.EndTime)
	dst = append(dst, `,"duration":`...)
	dst = strconv.AppendInt(dst, p.Duration, 10)
	dst = append(dst, `,"model":`...)
	dst = p.Model.append(dst)
	dst = append(dst, `,"operation":`...)
	dst = p.Operation.append(dst)
	dst = append(dst, `,"functionId":`...)
	if p.FunctionID == "" {
		dst = append(dst, "null"...)
	} else {
		dst = jsonscan.AppendString(dst, p.FunctionID)
	}
	dst = append(dst, `,"metadata":`...)
	dst = p.Metadata.append(dst)
	dst = append(dst, `,"prompt":`...)
	dst = p.Prompt.append(dst)
	dst = append(dst, `,"response":`...)
	dst = p.Response.append(dst)
	dst = append(dst, `,"attributes":`...)
	dst = p.Attributes.append(dst)
	dst = p.Extra.append(dst)
	return append(dst, '}')
}

func (m *CollectorTraceModel) append(dst []byte) []byte {
	dst = append(dst, `{"id":`...)
	dst = jsonscan.AppendString(dst, m.ID)
	dst = appendOptional(dst, `,"provider":`, m.Provider)
	dst = m.Extra.append(dst)
	return append(dst, '}')
}

func (o *CollectorTraceOperation) append(dst []byte) []byte {
	dst = append(dst, `{"id":`...)
	dst = jsonscan.AppendString(dst, o.ID)
	dst = append(dst, `,"name":`...)
	dst = jsonscan.AppendString(dst, o.Name)
	dst = o.Extra.append(dst)
	return append(dst, '}')
}

func (q *CollectorTracePrompt) append(dst []byte) []byte {
	dst = append(dst, `{"format":`...)
	dst = jsonscan.AppendString(dst, q.Format)
	dst = append(dst, `,"messages":`...)
	if q.Messages == "" {
		dst = append(dst, "[]"...)
	} else {
		dst = append(dst, q.Messages...)
	}
	dst = q.Extra.append(dst)
	return append(dst, '}')
}

func (a *CollectorTraceAttributes) append(dst []byte) []byte {
	return appendObject(dst, func(dst []byte) []byte {
		dst = appendOptional(dst, `,"provider":`, a.Provider)
		dst = appendOptionalJSON(dst, `,"request.input":`, a.RequestInput)
		dst = appendOptional(dst, `,"conversationId":`, a.ConversationID)
		return a.Extra.append(dst)
	})
}

func (m *CollectorTraceMetadata) append(dst []byte) []byte {
	return appendObject(dst, func(dst []byte) []byte {
		dst = appendOptionalJSON(dst, `,"request":`, m.Request)
		dst = appendOptionalJSON(dst, `,"spect":`, m.Spect)
		if m.Result != nil {
			dst = append(dst, `,"result":`...)
			dst = m.Result.append(dst)
		}
		dst = appendOptionalJSON(dst, `,"otel":`, m.OTel)
		return m.Extra.append(dst)
	})
}

func (r *CollectorTraceResult) append(dst []byte) []byte {
	return appendObject(dst, func(dst []byte) []byte {
		dst = r.Extra.append(dst)
		dst = append(dst, `,"spans":[`...)
		for i := range r.Spans {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = r.Spans[i].AppendJSON(dst)
		}
		dst = append(dst, ']')
		if r.Error != nil {
			dst = append(dst, `,"error":`...)
			dst = r.Error.AppendJSON(dst)
		}
		return dst
	})
}

func (r *CollectorTraceResponse) append(dst []byte) []byte {
	return appendObject(dst, r.appendMembers)
}

func (r *CollectorTraceResponse) appendMembers(dst []byte) []byte {
	dst = appendOptionalInt(dst, `,"startTime":`, r.StartTime)
	dst = appendOptionalInt(dst, `,"duration":`, r.Duration)
	if r.Text != nil {
		dst = append(dst, `,"text":`...)
		dst = jsonscan.AppendString(dst, *r.Text)
	}
	dst = appendOptionalJSON(dst, `,"object":`, r.Object)
	dst = appendOptional(dst, `,"model":`, r.Model)
	dst = appendOptional(dst, `,"id":`, r.ID)
	dst = appendOptional(dst, `,"timestamp":`, r.Timestamp)
	if len(r.FinishReasons) > 0 {
		dst = append(dst, `,"finishReasons":`...)
		for i, reason := range r.FinishReasons {
			if i == 0 {
				dst = append(dst, '[')
			} else {
				dst = append(dst, ',')
			}
			dst = jsonscan.AppendString(dst, reason)
		}
		dst = append(dst, ']')
	}
	dst = appendOptionalJSON(dst, `,"usage":`, r.Usage)
	return r.Extra.append(dst)
}

// AppendJSON appends the record's JSON to dst and returns it.
func (r *SpanRecord) AppendJSON(dst []byte) []byte {
	dst = append(dst, `{"version":`...)
	version := r.Version
	if version == 0 {
		version = SpanVersion
	}
	dst = strconv.AppendInt(dst, version, 10)
	dst = append(dst, `,"id":`...)
	dst = jsonscan.AppendString(dst, r.ID)
	dst = append(dst, `,"traceId":`...)
	dst = jsonscan.AppendString(dst, r.TraceID)
	dst = appendOptional(dst, `,"parentId":`, r.ParentID)
	dst = appendOptional(dst, `,"name":`, r.Name)
	dst = appendOptional(dst, `,"kind":`, string(r.Kind))
	dst = append(dst, `,"status":`...)
	dst = jsonscan.AppendString(dst, string(r.Status))
	dst = append(dst, `,"startTime":`...)
	dst = appendTime(dst, r.StartTime)
	if !r.EndTime.IsZero() {
		dst = append(dst, `,"endTime":`...)
		dst = appendTime(dst, r.EndTime)
	}
	if r.DurationMs != nil {
		dst = appendOptionalInt(dst, `,"durationMs":`, r.DurationMs)
	} else if !r.EndTime.IsZero() {
		dst = append(dst, `,"durationMs":`...)
		dst = strconv.AppendInt(dst, Milliseconds(r.StartTime, r.EndTime), 10)
	}
	dst = append(dst, `,"metadata":`...)
	if r.Metadata == "" {
		dst = append(dst, "{}"...)
	} else {
		dst = append(dst, r.Metadata...)
	}
	dst = appendOptionalJSON(dst, `,"messages":`, JSON(r.Messages))
	if r.Model != nil {
		dst = append(dst, `,"model":`...)
		dst = r.Model.append(dst)
	}
	if r.Error != nil {
		dst = append(dst, `,"error":`...)
		dst = r.Error.AppendJSON(dst)
	}
	if r.Tool != nil {
		dst = append(dst, `,"tool":`...)
		dst = r.Tool.append(dst)
	}
	if r.Subagent != nil {
		dst = append(dst, `,"subagent":`...)
		dst = r.Subagent.append(dst)
	}
	dst = r.Extra.append(dst)
	return append(dst, '}')
}

func (m *SpanModelOverlay) append(dst []byte) []byte {
	return appendObject(dst, func(dst []byte) []byte {
		dst = appendOptional(dst, `,"modelId":`, m.ModelID)
		dst = appendOptional(dst, `,"provider":`, m.Provider)
		return m.Extra.append(dst)
	})
}

func (t *SpanToolOverlay) append(dst []byte) []byte {
	return appendObject(dst, func(dst []byte) []byte {
		dst = appendOptional(dst, `,"toolCallId":`, t.ToolCallID)
		dst = appendOptional(dst, `,"toolName":`, t.ToolName)
		dst = appendOptionalJSON(dst, `,"parameters":`, t.Parameters)
		dst = appendOptionalJSON(dst, `,"result":`, t.Result)
		return t.Extra.append(dst)
	})
}

func (s *SpanSubagentOverlay) append(dst []byte) []byte {
	return appendObject(dst, func(dst []byte) []byte {
		dst = appendOptional(dst, `,"toolCallId":`, s.ToolCallID)
		dst = appendOptional(dst, `,"subagentType":`, s.SubagentType)
		dst = appendOptionalJSON(dst, `,"input":`, s.Input)
		dst = appendOptional(dst, `,"source":`, s.Source)
		return s.Extra.append(dst)
	})
}

// AppendJSON appends the error's JSON to dst and returns it.
func (e *NormalizedError) AppendJSON(dst []byte) []byte {
	dst = append(dst, `{"message":`...)
	dst = jsonscan.AppendString(dst, e.Message)
	dst = appendOptional(dst, `,"type":`, e.Type)
	dst = appendOptional(dst, `,"code":`, e.Code)
	dst = appendOptional(dst, `,"stack":`, e.Stack)
	dst = e.Extra.append(dst)
	return append(dst, '}')
}

// AppendJSON appends the message's JSON to dst and returns it. A raw value in it
// that is not JSON is written as a JSON string, so that the result is JSON
// whatever the message was made of; so it is for content and parts.
func (m *ConversationMessage) AppendJSON(dst []byte) []byte {
	return appendObject(dst, func(dst []byte) []byte {
		dst = appendOptional(dst, `,"id":`, m.ID)
		dst = append(dst, `,"role":`...)
		dst = jsonscan.AppendString(dst, string(m.Role))
		dst = append(dst, `,"content":`...)
		dst = m.Content.AppendJSON(dst)
		dst = appendOptional(dst, `,"name":`, m.Name)
		dst = appendOptional(dst, `,"toolCallId":`, m.ToolCallID)
		return m.Extra.appendChecked(dst)
	})
}

// AppendJSON appends the content's JSON to dst and returns it.
func (c Content) AppendJSON(dst []byte) []byte {
	switch c.form {
	case formText:
		return c.appendText(dst)
	case formTextPart:
		dst = c.appendText(append(dst, `[{"type":"text","text":`...))
		return append(dst, "}]"...)
	case formRaw:
		return append(dst, c.raw...)
	}
	dst = append(dst, '[')
	for i, p := range c.parts {
		if i > 0 {
			dst = append(dst, ',')
		}
		if p == nil {
			dst = append(dst, "null"...)
			continue
		}
		dst = p.AppendJSON(dst)
	}
	return append(dst, ']')
}

func (c Content) appendText(dst []byte) []byte {
	if jsonscan.Kind(string(c.raw)) == '"' && c.raw.Valid() {
		return append(dst, c.raw...)
	}
	return jsonscan.AppendString(dst, c.ownText())
}

// AppendJSON implements [ContentPart].
func (p TextContentPart) AppendJSON(dst []byte) []byte {
	dst = append(dst, `{"type":"text","text":`...)
	dst = jsonscan.AppendString(dst, p.Text)
	return appendPartEnd(dst, p.ProviderOptions, p.Extra)
}

// AppendJSON implements [ContentPart].
func (p ReasoningContentPart) AppendJSON(dst []byte) []byte {
	dst = append(dst, `{"type":"reasoning","text":`...)
	dst = jsonscan.AppendString(dst, p.Text)
	return appendPartEnd(dst, p.ProviderOptions, p.Extra)
}

// AppendJSON implements [ContentPart].
func (p FileContentPart) AppendJSON(dst []byte) []byte {
	dst = append(dst, `{"type":"file","mediaType":`...)
	dst = jsonscan.AppendString(dst, p.MediaType)
	dst = appendOptional(dst, `,"filename":`, p.Filename)
	dst = appendOptionalJSON(dst, `,"data":`, p.Data.orText())
	return appendPartEnd(dst, p.ProviderOptions, p.Extra)
}

// AppendJSON implements [ContentPart].
func (p ToolCallContentPart) AppendJSON(dst []byte) []byte {
	dst = append(dst, `{"type":"tool-call","toolCallId":`...)
	dst = jsonscan.AppendString(dst, p.ToolCallID)
	dst = append(dst, `,"toolName":`...)
	dst = jsonscan.AppendString(dst, p.ToolName)
	dst = append(dst, `,"input":`...)
	dst = p.Input.orText().append(dst)
	return appendPartEnd(dst, p.ProviderOptions, p.Extra)
}

// AppendJSON implements [ContentPart].
func (p ToolResultContentPart) AppendJSON(dst []byte) []byte {
	dst = append(dst, `{"type":"tool-result","toolCallId":`...)
	dst = jsonscan.AppendString(dst, p.ToolCallID)
	dst = append(dst, `,"toolName":`...)
	dst = jsonscan.AppendString(dst, p.ToolName)
	dst = append(dst, `,"output":`...)
	dst = p.Output.append(dst)
	return appendPartEnd(dst, p.ProviderOptions, p.Extra)
}

func (o *ToolResultOutput) append(dst []byte) []byte {
	dst = append(dst, `{"type":`...)
	dst = jsonscan.AppendString(dst, string(o.Type))
	dst = append(dst, `,"value":`...)
	dst = o.Value.orText().append(dst)
	dst = o.Extra.appendChecked(dst)
	return append(dst, '}')
}

// AppendJSON implements [ContentPart].
func (p UnknownContentPart) AppendJSON(dst []byte) []byte { return p.Raw.orText().append(dst) }

func appendPartEnd(dst []byte, options JSON, extra Members) []byte {
	dst = appendOptionalJSON(dst, `,"providerOptions":`, options.orText())
	dst = extra.appendChecked(dst)
	return append(dst, '}')
}

// appendObject appends an object whose members each begin with a comma.
func appendObject(dst []byte, members func([]byte) []byte) []byte {
	start := len(dst)
	if dst = members(dst); len(dst) == start {
		return append(dst, "{}"...)
	}
	dst[start] = '{'
	return append(dst, '}')
}

func appendKey(dst []byte, name string) []byte {
	dst = append(dst, ',')
	dst = jsonscan.AppendString(dst, name)
	return append(dst, ':')
}

func appendOptional(dst []byte, key, value string) []byte {
	if value == "" {
		return dst
	}
	return jsonscan.AppendString(append(dst, key...), value)
}

func appendOptionalJSON(dst []byte, key string, value JSON) []byte {
	if value == "" {
		return dst
	}
	return append(append(dst, key...), value...)
}

func appendOptionalInt(dst []byte, key string, value *int64) []byte {
	if value == nil {
		return dst
	}
	return strconv.AppendInt(append(dst, key...), *value, 10)
}

// Milliseconds is the whole milliseconds from start to end, each floored to
// its millisecond first as the wire does; never below 0.
func Milliseconds(start, end time.Time) int64 {
	return max(0, end.UnixMilli()-start.UnixMilli())
}

// FormatTime writes an instant as the wire does: ISO 8601 in UTC with Z, with
// no fraction where it is zero, else with six digits, or nine where it is
// finer than a microsecond.
func FormatTime(t time.Time) string { return string(AppendTime(nil, t)) }

func appendTime(dst []byte, t time.Time) []byte {
	return append(AppendTime(append(dst, '"'), t), '"')
}

// AppendTime appends to dst what [FormatTime] returns.
func AppendTime(dst []byte, t time.Time) []byte {
	t = t.UTC()
	year, month, day := t.Date()
	if year < 0 || year > 9999 {
		return t.AppendFormat(dst, "2006-01-02T15:04:05.999999999Z") // not the wire's
	}
	hour, minute, second := t.Clock()
	b := [len("2006-01-02T15:04:05.999999999Z")]byte{4: '-', 7: '-', 10: 'T', 13: ':', 16: ':', 19: '.'}
	digits(b[0:2], year/100)
	digits(b[2:4], year%100)
	digits(b[5:7], int(month))
	digits(b[8:10], day)
	digits(b[11:13], hour)
	digits(b[14:16], minute)
	digits(b[17:19], second)
	n := 19
	if ns := t.Nanosecond(); ns > 0 {
		digits(b[20:22], ns/10_000_000)
		digits(b[22:24], ns/100_000%100)
		digits(b[24:26], ns/1000%100)
		if n = 26; ns%1000 > 0 {
			b[26] = byte('0' + ns/100%10)
			digits(b[27:29], ns%100)
			n = 29
		}
	}
	b[n] = 'Z'
	return append(dst, b[:n+1]...)
}

// digits writes a number in two digits.
func digits(to []byte, n int) {
	to[0], to[1] = byte('0'+n/10), byte('0'+n%10)
}
