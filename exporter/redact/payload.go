// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package redact

import "github.com/spect-tools/spect-go/contracts"

// visitor is shown the places of a payload.
type visitor interface {
	// text is for a Go string, json for a JSON value that must remain an object
	// where object is set, messages for a transcript.
	text(kind Kind, tool string, s *string)
	json(kind Kind, tool string, object bool, j *contracts.JSON)
	messages(m *contracts.Messages)
}

// visit shows all places of a payload where there may be content.
func visit(v visitor, p *contracts.CollectorTracePayload) {
	v.text(KindName, "", &p.Name)
	v.text(KindName, "", &p.Operation.ID)
	v.text(KindName, "", &p.Operation.Name)
	v.text(KindID, "", &p.FunctionID)
	v.text(KindLabel, "", &p.Model.ID)
	v.text(KindLabel, "", &p.Model.Provider)
	visitMetadata(v, &p.Metadata)
	v.text(KindLabel, "", &p.Prompt.Format)
	v.messages(&p.Prompt.Messages)
	visitResponse(v, &p.Response)
	v.text(KindLabel, "", &p.Attributes.Provider)
	v.json(KindInput, "", false, &p.Attributes.RequestInput)
	v.text(KindID, "", &p.Attributes.ConversationID)
	for _, extra := range [...]contracts.Members{p.Extra, p.Model.Extra, p.Operation.Extra, p.Prompt.Extra, p.Attributes.Extra} {
		visitExtra(v, "", extra)
	}
}

func visitMetadata(v visitor, m *contracts.CollectorTraceMetadata) {
	copied := m.Spect != "" && m.Spect == m.Request.Member("spect")
	v.json(KindMetadata, "", true, &m.Request)
	switch {
	case !copied:
		v.json(KindMetadata, "", true, &m.Spect)
	default:
		if m.Spect = m.Request.Member("spect"); !m.Spect.IsObject() {
			m.Spect = ""
		}
	}
	v.json(KindMetadata, "", true, &m.OTel)
	visitExtra(v, "", m.Extra)
	r := m.Result
	if r == nil {
		return
	}
	visitExtra(v, "", r.Extra)
	visitError(v, r.Error)
	for i := range r.Spans {
		visitSpan(v, &r.Spans[i])
	}
}

func visitResponse(v visitor, r *contracts.CollectorTraceResponse) {
	if r.Text != nil {
		// What it points to may be somebody else's.
		text := *r.Text
		if v.text(KindText, "", &text); text != *r.Text {
			r.Text = &text
		}
	}
	v.json(KindObject, "", false, &r.Object)
	v.text(KindLabel, "", &r.Model)
	v.text(KindID, "", &r.ID)
	v.text(KindLabel, "", &r.Timestamp)
	for i := range r.FinishReasons {
		v.text(KindLabel, "", &r.FinishReasons[i])
	}
	v.json(KindMetadata, "", true, &r.Usage)
	visitExtra(v, "", r.Extra)
}

func visitSpan(v visitor, r *contracts.SpanRecord) {
	v.text(KindName, "", &r.Name)
	if !r.Kind.Valid() {
		v.text(KindLabel, "", (*string)(&r.Kind))
	}
	if !r.Status.Valid() {
		v.text(KindLabel, "", (*string)(&r.Status))
	}
	v.json(KindMetadata, "", true, &r.Metadata)
	v.messages(&r.Messages)
	if m := r.Model; m != nil {
		v.text(KindLabel, "", &m.ModelID)
		v.text(KindLabel, "", &m.Provider)
		visitExtra(v, "", m.Extra)
	}
	visitError(v, r.Error)
	if t := r.Tool; t != nil {
		v.text(KindID, t.ToolName, &t.ToolCallID)
		v.json(KindToolParameters, t.ToolName, false, &t.Parameters)
		v.json(KindToolResult, t.ToolName, false, &t.Result)
		visitExtra(v, t.ToolName, t.Extra)
		v.text(KindName, t.ToolName, &t.ToolName)
	}
	if a := r.Subagent; a != nil {
		v.text(KindID, "", &a.ToolCallID)
		v.text(KindName, "", &a.SubagentType)
		v.text(KindLabel, "", &a.Source)
		v.json(KindInput, "", false, &a.Input)
		visitExtra(v, "", a.Extra)
	}
	visitExtra(v, "", r.Extra)
}

func visitError(v visitor, e *contracts.NormalizedError) {
	if e == nil {
		return
	}
	v.text(KindErrorMessage, "", &e.Message)
	v.text(KindErrorMessage, "", &e.Type)
	v.text(KindErrorMessage, "", &e.Code)
	v.text(KindErrorStack, "", &e.Stack)
	visitExtra(v, "", e.Extra)
}

func visitExtra(v visitor, tool string, extra contracts.Members) {
	for i := range extra {
		v.text(KindMetadata, tool, &extra[i].Name)
		v.json(KindMetadata, tool, false, &extra[i].Value)
	}
}

// blank is the visitor that withholds everything.
type blank struct{}

func (blank) text(kind Kind, _ string, s *string) {
	if *s != "" && kind != KindLabel {
		*s = Withheld
	}
}

func (blank) json(_ Kind, _ string, object bool, j *contracts.JSON) {
	switch {
	case *j == "":
	case object:
		*j = "{}"
	default:
		*j = `"` + Withheld + `"`
	}
}

func (blank) messages(m *contracts.Messages) {
	if *m != "" {
		*m = "[]"
	}
}
