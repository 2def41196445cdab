// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"cmp"
	"slices"
	"strings"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/convention"
	"github.com/spect-tools/spect-go/convert/llm"
)

// This file finds a session's own result among what its spans say. What the
// session's root says by Spect's attributes goes first.

func (l *landing) answer() {
	l.c.ofOthers = l.root != nil
	l.conversationID()
	l.sessionModel()
	l.usage()
	l.response()
	l.sessionError()
	l.sessionEnd()
	if l.root == nil {
		return
	}
	own := l.members()
	own.text("agentName", l.root.facts.Agent.Name)
	l.aboutAgent(own, l.root)
	if object := l.object(own); object != "" {
		l.c.request(object)
	}
	for _, n := range l.root.facts.Partial {
		l.c.note(n.What, n.Why)
	}
}

// everyStep calls do for the root, where it is no entry, and all steps that stand
// for themselves, until do returns false.
func (l *landing) everyStep(do func(st *step) bool) {
	if l.root != nil && !do(l.root) {
		return
	}
	for i := range l.steps {
		if l.steps[i].into == none && l.steps[i].facts != nil && !do(&l.steps[i]) {
			return
		}
	}
}

func (l *landing) conversationID() {
	to := &l.c.payload.Attributes.ConversationID
	for _, said := range [...]func(f *convention.Facts) string{
		func(f *convention.Facts) string { return f.ConversationID },
		func(f *convention.Facts) string { return f.Request.ConversationID },
	} {
		if *to != "" {
			return
		}
		l.everyStep(func(st *step) bool {
			*to = said(st.facts)
			return *to == ""
		})
		*to = cmp.Or(*to, l.session.ConversationID)
	}
}

// sessionModel is the model of the session's first call, of an agent's own
// otherwise.
func (l *landing) sessionModel() {
	m := &l.c.payload.Model
	var provider string
	find := func(st *step) bool {
		name := cmp.Or(st.facts.Response.Model, st.facts.Request.Model)
		if m.ID == unknown && name != "" {
			m.ID = name
		}
		provider = llm.Provider(st.facts.Provider, name)
		return m.ID == unknown || provider == ""
	}
	l.everyStep(func(st *step) bool { return st.role != RoleModel || find(st) })
	if m.ID == unknown || provider == "" {
		l.everyStep(find)
	}
	if provider == "" {
		return
	}
	if m.Provider == unknown {
		m.Provider = provider
	}
	if l.c.payload.Attributes.Provider == unknown {
		l.c.payload.Attributes.Provider = provider
	}
}

// usage is the sum over the calls of models, each counted once.
func (l *landing) usage() {
	if l.c.payload.Response.Usage != "" {
		return
	}
	var sum llm.Usage
	counted := make(map[string]bool)
	for i := range l.steps {
		st := &l.steps[i]
		if !st.counts() {
			continue
		}
		if id := st.facts.Response.ID; id != "" {
			if counted[id] {
				continue
			}
			counted[id] = true
		}
		sum = sum.Plus(total(st.facts.Response.Usage))
	}
	sum = sum.Plus(l.agentsUsage())
	if !sum.Known() && l.root != nil {
		sum = l.root.facts.Response.Usage
	}
	if sum.Known() {
		l.c.payload.Response.Usage = contracts.JSON(sum.AppendJSON(nil))
	}
}

// counts reports whether the step is a call of a model that says what it used.
func (st *step) counts() bool {
	return st.role == RoleModel && st.into == none && st.facts.Response.Usage.Known()
}

// agentsUsage is what those agents used that no call tells the usage of. What an
// agent says is for all that is below it.
func (l *landing) agentsUsage() (sum llm.Usage) {
	told := make([]bool, len(l.steps)) // by the step or what is below it
	for _, i := range slices.Backward(l.order) {
		told[i] = told[i] || l.steps[i].counts()
		if p := above(l.steps, i); p >= 0 && told[i] {
			told[p] = true
		}
	}
	for _, i := range l.order {
		st := &l.steps[i]
		switch p := above(l.steps, i); {
		case p >= 0 && l.steps[p].summed:
			st.summed = true
		case st.role == RoleAgent && !told[i] && st.facts.Response.Usage.Known():
			sum, st.summed = sum.Plus(total(st.facts.Response.Usage)), true
		}
	}
	return sum
}

// total is the usage with its total, which others may lack: a sum of some totals
// is none.
func total(u llm.Usage) llm.Usage {
	if !u.Total.Known && u.Input.Known && u.Output.Known {
		u.Total = u.Input.Plus(u.Output)
	}
	u.Details = nil
	return u
}

// response is what the session's last call of a model answered, or the agent
// that it is.
func (l *landing) response() {
	r := &l.c.payload.Response
	last := l.lastCall()
	text := ""
	if last != nil {
		f := last.facts
		r.ID = cmp.Or(r.ID, f.Response.ID)
		r.Model = cmp.Or(r.Model, f.Response.Model, f.Request.Model)
		if r.FinishReasons == nil {
			r.FinishReasons = appendFinishReasons(nil, f.Response.FinishReasons, last.answer)
		}
		text = firstText(last.answer)
	}
	if l.root != nil {
		f := l.root.facts
		text = agentText(l.all(f.Response.Messages), text)
		if last == nil {
			r.ID = cmp.Or(r.ID, f.Response.ID)
			r.Model = cmp.Or(r.Model, f.Response.Model, f.Request.Model)
			if r.FinishReasons == nil {
				r.FinishReasons = appendFinishReasons(nil, f.Response.FinishReasons, l.root.answer)
			}
		}
	}
	takes := false
	if r.Text == nil && text != "" {
		r.Text, takes = l.c.strings.Put(text), true
	}
	if r.Object == "" && last != nil && text == "" {
		r.Object, takes = l.calls(last), true
	}
	if takes && last != nil {
		l.c.answered = max(l.c.answered, l.c.policies.of[last.span])
	}
}

// lastCall is the last call of a model in the session's own conversation, or else
// in any.
func (l *landing) lastCall() (last *step) {
	for i := range l.steps {
		st := &l.steps[i]
		if st.into != none || st.role != RoleModel {
			continue
		}
		if last == nil || last.conversation != l.main || st.conversation == l.main {
			last = st
		}
	}
	return last
}

// firstText is the text of the first choice.
func firstText(answer []spoken) string {
	if len(answer) == 0 {
		return ""
	}
	return answer[0].text()
}

// agentText is an agent's final answer. Some give with it all that was said on
// the way: then what the last call said, if it is the end of it.
func agentText(answer []spoken, last string) string {
	for i := len(answer) - 1; i >= 0; i-- {
		text := answer[i].text()
		switch {
		case text == "":
		case last != "" && strings.HasSuffix(strings.TrimSpace(text), strings.TrimSpace(last)):
			return last
		default:
			return text
		}
	}
	return last
}

// calls are the calls that a session ends with, for the application to make.
func (l *landing) calls(st *step) contracts.JSON {
	var b []byte
	for i := range st.answer {
		for k := range st.answer[i].parts {
			p := &st.answer[i].parts[k]
			part, ok := p.ContentPart.(contracts.ToolCallContentPart)
			if !ok || llm.IsProviderExecuted(part) {
				continue
			}
			b = append(b, "[,"[min(len(b), 1)])
			b = appendMembers(b, contracts.Members{
				{Name: "toolCallId", Value: contracts.QuoteJSON(l.callID(p))},
				{Name: "toolName", Value: contracts.QuoteJSON(part.ToolName)},
				{Name: "input", Value: contracts.MakeJSON(part.Input)},
			})
		}
	}
	if b == nil {
		return ""
	}
	return contracts.JSON(append(b, ']'))
}

// sessionEnd is when the outcome of the session's own call came, where that was
// after the end of its span.
func (l *landing) sessionEnd() {
	for i := range l.steps {
		if st := &l.steps[i]; st.span == l.session.Root && st.span.Ended() {
			l.c.payload.EndTime = wireTime(st.end())
		}
	}
}

// sessionError is the error of a session whose root is of another convention.
func (l *landing) sessionError() {
	root := l.root
	for i := range l.steps {
		if l.steps[i].span == l.session.Root && l.steps[i].facts != nil && root == nil {
			root = &l.steps[i]
		}
	}
	if root == nil || !root.failed() {
		return
	}
	if l.c.result.Error = l.c.foreignError(root); l.c.result.Error == nil {
		l.c.result.Error = l.c.errors.Put(contracts.NormalizedError{})
	}
}
