// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package contracts

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/spect-tools/spect-go/internal/jsonscan"
)

// ParsePayload decodes a payload. Its strings share text, which is why it takes
// a string. Members that the contract does not name are kept; a member of the
// wrong type is an error that names its JSON path and quotes nothing of it.
//
// What parses need not be right: [CollectorTracePayload.Validate] tells.
func ParsePayload(text string) (*CollectorTracePayload, error) {
	if !jsonscan.Valid(text) {
		return nil, errors.New("contracts: payload is not valid JSON in UTF-8")
	}
	p := new(CollectorTracePayload)
	if err := p.decode(JSON(text), ""); err != nil {
		return nil, err
	}
	return p, nil
}

// decodeObject calls member for each member of an object, and keeps as extra
// those that member does not claim.
func decodeObject(j JSON, path string, extra *Members, member func(name string, v field) (claimed bool, err error)) error {
	if !j.IsObject() {
		return wrong(j, path, "an object")
	}
	for name, v := range j.Members() {
		claimed, err := member(name, field{v, path, name})
		if err != nil {
			return err
		}
		if !claimed {
			*extra = append(*extra, Member{name, v})
		}
	}
	return nil
}

// field is the value of a member of the object at the path in.
type field struct {
	JSON
	in   string
	name string
}

func (f field) path() string { return f.in + "/" + f.name }

func (f field) wrong(want string) error { return wrong(f.JSON, f.path(), want) }

func wrong(j JSON, path, want string) error {
	if path == "" {
		path = "/"
	}
	return fmt.Errorf("contracts: %s: want %s, have %s", path, want, describe(j))
}

// describe names the type of a value.
func describe(j JSON) string {
	switch jsonscan.Kind(string(j)) {
	case '{':
		return "an object"
	case '[':
		return "an array"
	case '"':
		return "a string"
	case '0':
		return "a number"
	case 't', 'f':
		return "a boolean"
	case 'n':
		return "null"
	}
	return "nothing"
}

func (f field) string(to *string) error {
	s, ok := f.Text()
	if !ok {
		return f.wrong("a string")
	}
	*to = s
	return nil
}

func (f field) int(to *int64) error {
	n, ok := jsonscan.Int64(string(f.JSON))
	if !ok {
		return f.wrong("an integer")
	}
	*to = n
	return nil
}

func (f field) time(to *time.Time) error {
	s, ok := f.Text()
	if !ok {
		return f.wrong("a time")
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil || !writable(t) {
		return f.wrong("an ISO 8601 time with an offset or Z")
	}
	*to = t.UTC()
	return nil
}

// writable reports whether t has a year of four digits in UTC.
func writable(t time.Time) bool {
	year := t.UTC().Year()
	return 0 <= year && year <= 9999
}

func (f field) array(to *JSON) error {
	if !f.IsArray() {
		return f.wrong("an array")
	}
	*to = f.JSON
	return nil
}

// The optional forms do not claim what encoding would leave out, such as a null
// or an empty string: as an unnamed member it is kept.

func (f field) optionalString(to *string) (claimed bool, err error) {
	if f.JSON == "null" || f.JSON == `""` {
		return false, nil
	}
	return true, f.string(to)
}

func (f field) optionalInt(to **int64) (claimed bool, err error) {
	if f.JSON == "null" {
		return false, nil
	}
	*to = new(int64)
	return true, f.int(*to)
}

func (f field) optionalTime(to *time.Time) (claimed bool, err error) {
	if f.JSON == "null" {
		return false, nil
	}
	var t time.Time
	if err := f.time(&t); err != nil || t.IsZero() {
		return false, err
	}
	*to = t
	return true, nil
}

func (f field) optionalArray(to *JSON) (claimed bool, err error) {
	if f.JSON == "null" {
		return false, nil
	}
	return true, f.array(to)
}

func optionalObject[T any, P interface {
	*T
	decode(j JSON, path string) error
}](f field, to **T) (claimed bool, err error) {
	if f.JSON == "null" {
		return false, nil
	}
	*to = new(T)
	return true, P(*to).decode(f.JSON, f.path())
}

func (p *CollectorTracePayload) decode(j JSON, path string) error {
	*p = CollectorTracePayload{}
	return decodeObject(j, path, &p.Extra, func(name string, v field) (bool, error) {
		switch name {
		case "id":
			return true, v.string(&p.ID)
		case "traceId":
			return true, v.string(&p.TraceID)
		case "spanId":
			return true, v.string(&p.SpanID)
		case "parentId":
			return v.optionalString(&p.ParentID)
		case "name":
			return true, v.string(&p.Name)
		case "organizationId":
			return true, v.string(&p.OrganizationID)
		case "startTime":
			return true, v.time(&p.StartTime)
		case "endTime":
			return true, v.time(&p.EndTime)
		case "duration":
			return true, v.int(&p.Duration)
		case "model":
			return true, p.Model.decode(v.JSON, v.path())
		case "operation":
			return true, p.Operation.decode(v.JSON, v.path())
		case "functionId":
			if v.JSON == "null" {
				return true, nil
			}
			return true, v.string(&p.FunctionID)
		case "metadata":
			return true, p.Metadata.decode(v.JSON, v.path())
		case "prompt":
			return true, p.Prompt.decode(v.JSON, v.path())
		case "response":
			return true, p.Response.decode(v.JSON, v.path())
		case "attributes":
			return true, p.Attributes.decode(v.JSON, v.path())
		}
		return false, nil
	})
}

func (m *CollectorTraceModel) decode(j JSON, path string) error {
	*m = CollectorTraceModel{}
	return decodeObject(j, path, &m.Extra, func(name string, v field) (bool, error) {
		switch name {
		case "id":
			return true, v.string(&m.ID)
		case "provider":
			return v.optionalString(&m.Provider)
		}
		return false, nil
	})
}

func (o *CollectorTraceOperation) decode(j JSON, path string) error {
	*o = CollectorTraceOperation{}
	return decodeObject(j, path, &o.Extra, func(name string, v field) (bool, error) {
		switch name {
		case "id":
			return true, v.string(&o.ID)
		case "name":
			return true, v.string(&o.Name)
		}
		return false, nil
	})
}

func (m *CollectorTraceMetadata) decode(j JSON, path string) error {
	*m = CollectorTraceMetadata{}
	return decodeObject(j, path, &m.Extra, func(name string, v field) (bool, error) {
		switch name {
		case "request":
			m.Request = v.JSON
		case "spect":
			m.Spect = v.JSON
		case "result":
			return optionalObject(v, &m.Result)
		case "otel":
			m.OTel = v.JSON
		default:
			return false, nil
		}
		return true, nil
	})
}

func (r *CollectorTraceResult) decode(j JSON, path string) error {
	*r = CollectorTraceResult{}
	return decodeObject(j, path, &r.Extra, func(name string, v field) (bool, error) {
		switch name {
		case "spans":
			if !v.IsArray() {
				return true, v.wrong("an array")
			}
			r.Spans = nil
			for e := range v.Elements() {
				r.Spans = append(r.Spans, SpanRecord{})
				i := len(r.Spans) - 1
				if err := r.Spans[i].decode(e, v.path()+"/"+strconv.Itoa(i)); err != nil {
					return true, err
				}
			}
			return true, nil
		case "error":
			// In the result of a session that did not fail this is the caller's
			// own, and may be anything.
			e := new(NormalizedError)
			if e.decode(v.JSON, v.path()) != nil || v.Member("message") == "" {
				return false, nil
			}
			r.Error = e
			return true, nil
		}
		return false, nil
	})
}

func (q *CollectorTracePrompt) decode(j JSON, path string) error {
	*q = CollectorTracePrompt{}
	return decodeObject(j, path, &q.Extra, func(name string, v field) (bool, error) {
		switch name {
		case "format":
			return true, v.string(&q.Format)
		case "messages":
			return true, v.array((*JSON)(&q.Messages))
		}
		return false, nil
	})
}

func (r *CollectorTraceResponse) decode(j JSON, path string) error {
	*r = CollectorTraceResponse{}
	return decodeObject(j, path, &r.Extra, func(name string, v field) (bool, error) {
		switch name {
		case "startTime":
			return v.optionalInt(&r.StartTime)
		case "duration":
			return v.optionalInt(&r.Duration)
		case "text":
			if v.JSON == "null" {
				return false, nil
			}
			r.Text = new(string)
			return true, v.string(r.Text)
		case "object":
			r.Object = v.JSON
			return true, nil
		case "model":
			return v.optionalString(&r.Model)
		case "id":
			return v.optionalString(&r.ID)
		case "timestamp":
			return v.optionalString(&r.Timestamp)
		case "finishReasons":
			return r.decodeFinishReasons(v)
		case "usage":
			r.Usage = v.JSON
			return true, nil
		}
		return false, nil
	})
}

func (r *CollectorTraceResponse) decodeFinishReasons(v field) (claimed bool, err error) {
	if v.JSON == "null" {
		return false, nil
	}
	if !v.IsArray() {
		return true, v.wrong("an array of strings")
	}
	var reasons []string
	for e := range v.Elements() {
		reason, ok := e.Text()
		if !ok {
			return true, wrong(e, v.path()+"/"+strconv.Itoa(len(reasons)), "a string")
		}
		reasons = append(reasons, reason)
	}
	if len(reasons) == 0 {
		return false, nil
	}
	r.FinishReasons = reasons
	return true, nil
}

func (a *CollectorTraceAttributes) decode(j JSON, path string) error {
	*a = CollectorTraceAttributes{}
	return decodeObject(j, path, &a.Extra, func(name string, v field) (bool, error) {
		switch name {
		case "provider":
			return v.optionalString(&a.Provider)
		case "request.input":
			a.RequestInput = v.JSON
			return true, nil
		case "conversationId":
			return v.optionalString(&a.ConversationID)
		}
		return false, nil
	})
}

func (r *SpanRecord) decode(j JSON, path string) error {
	*r = SpanRecord{}
	return decodeObject(j, path, &r.Extra, func(name string, v field) (bool, error) {
		switch name {
		case "version":
			return true, v.int(&r.Version)
		case "id":
			return true, v.string(&r.ID)
		case "traceId":
			return true, v.string(&r.TraceID)
		case "parentId":
			return v.optionalString(&r.ParentID)
		case "name":
			return v.optionalString(&r.Name)
		case "kind":
			return v.optionalString((*string)(&r.Kind))
		case "status":
			return true, v.string((*string)(&r.Status))
		case "startTime":
			return true, v.time(&r.StartTime)
		case "endTime":
			return v.optionalTime(&r.EndTime)
		case "durationMs":
			return v.optionalInt(&r.DurationMs)
		case "metadata":
			r.Metadata = v.JSON
			return true, nil
		case "messages":
			return v.optionalArray((*JSON)(&r.Messages))
		case "model":
			return optionalObject(v, &r.Model)
		case "error":
			return optionalObject(v, &r.Error)
		case "tool":
			return optionalObject(v, &r.Tool)
		case "subagent":
			return optionalObject(v, &r.Subagent)
		}
		return false, nil
	})
}

func (m *SpanModelOverlay) decode(j JSON, path string) error {
	*m = SpanModelOverlay{}
	return decodeObject(j, path, &m.Extra, func(name string, v field) (bool, error) {
		switch name {
		case "modelId":
			return v.optionalString(&m.ModelID)
		case "provider":
			return v.optionalString(&m.Provider)
		}
		return false, nil
	})
}

func (t *SpanToolOverlay) decode(j JSON, path string) error {
	*t = SpanToolOverlay{}
	return decodeObject(j, path, &t.Extra, func(name string, v field) (bool, error) {
		switch name {
		case "toolCallId":
			return v.optionalString(&t.ToolCallID)
		case "toolName":
			return v.optionalString(&t.ToolName)
		case "parameters":
			t.Parameters = v.JSON
			return true, nil
		case "result":
			t.Result = v.JSON
			return true, nil
		}
		return false, nil
	})
}

func (s *SpanSubagentOverlay) decode(j JSON, path string) error {
	*s = SpanSubagentOverlay{}
	return decodeObject(j, path, &s.Extra, func(name string, v field) (bool, error) {
		switch name {
		case "toolCallId":
			return v.optionalString(&s.ToolCallID)
		case "subagentType":
			return v.optionalString(&s.SubagentType)
		case "input":
			s.Input = v.JSON
			return true, nil
		case "source":
			return v.optionalString(&s.Source)
		}
		return false, nil
	})
}

func (e *NormalizedError) decode(j JSON, path string) error {
	*e = NormalizedError{}
	return decodeObject(j, path, &e.Extra, func(name string, v field) (bool, error) {
		switch name {
		case "message":
			return true, v.string(&e.Message)
		case "type":
			return v.optionalString(&e.Type)
		case "code":
			return v.optionalString(&e.Code)
		case "stack":
			return v.optionalString(&e.Stack)
		}
		return false, nil
	})
}

func (m *ConversationMessage) decode(j JSON, path string) error {
	*m = ConversationMessage{}
	return decodeObject(j, path, &m.Extra, func(name string, v field) (bool, error) {
		switch name {
		case "id":
			return v.optionalString(&m.ID)
		case "role":
			return true, v.string((*string)(&m.Role))
		case "content":
			return true, m.Content.decode(v.JSON, v.path())
		case "name":
			return v.optionalString(&m.Name)
		case "toolCallId":
			return v.optionalString(&m.ToolCallID)
		}
		return false, nil
	})
}

func (c *Content) decode(j JSON, path string) error {
	if k := jsonscan.Kind(string(j)); k != '[' && k != '"' {
		return wrong(j, path, "a string or an array of parts")
	}
	*c = RawContent(j)
	return nil
}

func (o *ToolResultOutput) decode(j JSON, path string) error {
	*o = ToolResultOutput{}
	return decodeObject(j, path, &o.Extra, func(name string, v field) (bool, error) {
		switch name {
		case "type":
			return true, v.string((*string)(&o.Type))
		case "value":
			o.Value = v.JSON
			return true, nil
		}
		return false, nil
	})
}

// decodePart never fails: a part that is not as its type wants it is unknown,
// and so is one without a member that encoding would then invent.
func decodePart(j JSON) ContentPart {
	kind, _ := j.Member("type").Text()
	if part := decodeKnownPart(kind, j); part != nil {
		return part
	}
	return UnknownContentPart{PartType: kind, Raw: j}
}

func decodeKnownPart(kind string, j JSON) ContentPart {
	switch kind {
	case PartText:
		var p TextContentPart
		if decodeTextPart(j, &p.Text, &p.ProviderOptions, &p.Extra) {
			return p
		}
	case PartReasoning:
		var p ReasoningContentPart
		if decodeTextPart(j, &p.Text, &p.ProviderOptions, &p.Extra) {
			return p
		}
	case PartFile:
		var p FileContentPart
		if decodePartObject(j, &p.ProviderOptions, &p.Extra, func(name string, v field) (bool, error) {
			switch name {
			case "mediaType":
				return true, v.string(&p.MediaType)
			case "filename":
				return v.optionalString(&p.Filename)
			case "data":
				p.Data = v.JSON
				return true, nil
			}
			return false, nil
		}) && j.has("mediaType") {
			return p
		}
	case PartToolCall:
		var p ToolCallContentPart
		if decodePartObject(j, &p.ProviderOptions, &p.Extra, func(name string, v field) (bool, error) {
			switch name {
			case "toolCallId":
				return true, v.string(&p.ToolCallID)
			case "toolName":
				return true, v.string(&p.ToolName)
			case "input":
				p.Input = v.JSON
				return true, nil
			}
			return false, nil
		}) && j.has("toolCallId", "toolName", "input") {
			return p
		}
	case PartToolResult:
		var p ToolResultContentPart
		if decodePartObject(j, &p.ProviderOptions, &p.Extra, func(name string, v field) (bool, error) {
			switch name {
			case "toolCallId":
				return true, v.string(&p.ToolCallID)
			case "toolName":
				return true, v.string(&p.ToolName)
			case "output":
				return true, p.Output.decode(v.JSON, v.path())
			}
			return false, nil
		}) && j.has("toolCallId", "toolName", "output") && p.Output.Type != "" && p.Output.Value != "" {
			return p
		}
	}
	return nil
}

func decodeTextPart(j JSON, text *string, options *JSON, extra *Members) bool {
	return decodePartObject(j, options, extra, func(name string, v field) (bool, error) {
		if name == "text" {
			return true, v.string(text)
		}
		return false, nil
	}) && j.has("text")
}

func decodePartObject(j JSON, options *JSON, extra *Members, member func(name string, v field) (bool, error)) bool {
	return decodeObject(j, "", extra, func(name string, v field) (bool, error) {
		switch name {
		case "type":
			return true, nil
		case "providerOptions":
			*options = v.JSON
			return true, nil
		}
		return member(name, v)
	}) == nil
}

// has reports whether the object has each of the members.
func (j JSON) has(names ...string) bool {
	for _, name := range names {
		if j.Member(name) == "" {
			return false
		}
	}
	return true
}
