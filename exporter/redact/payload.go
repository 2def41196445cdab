// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package redact

import "github.com/spect-tools/spect-go/contracts"

// visitor is shown the places of a payload.
type visitor interface {
	// text is for a Go string, and returns what it is to be. json is for a JSON
	// value that must remain an object where object is set, messages for a
	// transcript.
	text(kind Kind, tool, s string) (_ string, changed bool)
	json(kind Kind, tool string, object bool, j *contracts.JSON)
	messages(m *contracts.Messages)
}

// visit shows all places of a payload where there may be content.
func visit(v visitor, p *contracts.CollectorTracePayload) {
	visitText(v, KindName, "", &p.Name)
	visitText(v, KindName, "", &p.Operation.ID)
	visitText(v, KindName, "", &p.Operation.Name)
	visitText(v, KindID, "", &p.FunctionID)
	visitText(v, KindLabel, "", &p.Model.ID)
	visitText(v, KindLabel, "", &p.Model.Provider)
	visitMetadata(v, &p.Metadata)
	visitText(v, KindLabel, "", &p.Prompt.Format)
	v.messages(&p.Prompt.Messages)
	visitResponse(v, &p.Response)
	visitText(v, KindLabel, "", &p.Attributes.Provider)
	v.json(KindInput, "", false, &p.Attributes.RequestInput)
	visitText(v, KindID, "", &p.Attributes.ConversationID)
	for _, extra := range [...]contracts.Members{p.Extra, p.Model.Extra, p.Operation.Extra, p.Prompt.Extra, p.Attributes.Extra} {
		visitExtra(v, "", extra)
	}
}

func visitText(v visitor, kind Kind, tool string, s *string) {
	if text, changed := v.text(kind, tool, *s); changed {
		*s = text
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
		if text, changed := v.text(KindText, "", *r.Text); changed {
			redacted := text // in memory of its own, only where it is needed
			r.Text = &redacted
		}
	}
	v.json(KindObject, "", false, &r.Object)
	visitText(v, KindLabel, "", &r.Model)
	visitText(v, KindID, "", &r.ID)
	visitText(v, KindLabel, "", &r.Timestamp)
	for i := range r.FinishReasons {
		visitText(v, KindLabel, "", &r.FinishReasons[i])
	}
	v.json(KindMetadata, "", true, &r.Usage)
	visitExtra(v, "", r.Extra)
}

func visitSpan(v visitor, r *contracts.SpanRecord) {
	visitText(v, KindName, "", &r.Name)
	if !r.Kind.Valid() {
		visitText(v, KindLabel, "", (*string)(&r.Kind))
	}
	if !r.Status.Valid() {
		visitText(v, KindLabel, "", (*string)(&r.Status))
	}
	v.json(KindMetadata, "", true, &r.Metadata)
	v.messages(&r.Messages)
	if m := r.Model; m != nil {
		visitText(v, KindLabel, "", &m.ModelID)
		visitText(v, KindLabel, "", &m.Provider)
		visitExtra(v, "", m.Extra)
	}
	visitError(v, r.Error)
	if t := r.Tool; t != nil {
		visitText(v, KindID, t.ToolName, &t.ToolCallID)
		v.json(KindToolParameters, t.ToolName, false, &t.Parameters)
		v.json(KindToolResult, t.ToolName, false, &t.Result)
		visitExtra(v, t.ToolName, t.Extra)
		visitText(v, KindName, t.ToolName, &t.ToolName)
	}
	if a := r.Subagent; a != nil {
		visitText(v, KindID, "", &a.ToolCallID)
		visitText(v, KindName, "", &a.SubagentType)
		visitText(v, KindLabel, "", &a.Source)
		v.json(KindInput, "", false, &a.Input)
		visitExtra(v, "", a.Extra)
	}
	visitExtra(v, "", r.Extra)
}

func visitError(v visitor, e *contracts.NormalizedError) {
	if e == nil {
		return
	}
	visitText(v, KindErrorMessage, "", &e.Message)
	visitText(v, KindErrorMessage, "", &e.Type)
	visitText(v, KindErrorMessage, "", &e.Code)
	visitText(v, KindErrorStack, "", &e.Stack)
	visitExtra(v, "", e.Extra)
}

func visitExtra(v visitor, tool string, extra contracts.Members) {
	for i := range extra {
		visitText(v, KindMetadata, tool, &extra[i].Name)
		v.json(KindMetadata, tool, false, &extra[i].Value)
	}
}

// blank is the visitor that withholds everything.
type blank struct{}

func (blank) text(kind Kind, _, s string) (_ string, changed bool) {
	return Withheld, s != "" && kind != KindLabel
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
