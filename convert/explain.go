// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"cmp"
	"strings"

	"github.com/spect-tools/spect-go/convert/internal/convention"
)

// explain tells what became of a span, to who wants to know.
func (c *Converter) explain(s *Span, what string) {
	if c.Explain != nil {
		c.Explain(s, what)
	}
}

// explainFacts tells what a step is, and which convention gave what.
func (l *landing) explainFacts(st *step) {
	if l.c.Explain == nil || st.facts == nil {
		return
	}
	l.c.explain(st.span, roleNames[st.facts.Role])
	var by []string
	fields := make(map[string][]string)
	for _, o := range st.facts.From {
		if fields[o.Decoder] == nil {
			by = append(by, o.Decoder)
		}
		fields[o.Decoder] = append(fields[o.Decoder], o.Field)
	}
	for _, decoder := range by {
		l.c.explain(st.span, "from "+cmp.Or(decoder, "what any span may say")+": "+strings.Join(fields[decoder], ", "))
	}
	for _, n := range st.facts.Partial {
		l.c.explain(st.span, "partial: "+n.What+": "+n.Why)
	}
}

var roleNames = map[convention.Role]string{
	convention.None:   "nothing of language models",
	convention.Struct: "holds others together: left out",
	convention.LLM:    "a call of a model",
	convention.Agent:  "a run of an agent",
	convention.Tool:   "a run of a tool",
}

// Describe says in words what a span is by its attributes, for a span that is
// in no session.
func Describe(s *Span) string {
	if Classify(s.Attributes) == RoleTool {
		return "a run of a tool outside any session"
	}
	return roleNames[convention.RoleOf(s.Attributes)]
}
