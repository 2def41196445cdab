// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/attr"
	"github.com/spect-tools/spect-go/convert/internal/convention"
	"github.com/spect-tools/spect-go/convert/internal/memory"
)

// This file brings spans of other conventions into a session:
//
//	readSteps  what each span says (foreign.go)
//	fold       which spans tell of one thing (fold.go)
//	arrange    the order, and the conversation that each takes part in
//	converse   what is new in each call's input (history.go), which call a tool
//	           ran for and what came of it (join.go)
//	write      records (records.go)
//	answer     the session's own result (answer.go)

// landing is a session with spans of other conventions on its way to a payload.
type landing struct {
	c       *Converter
	session *Session
	steps   []step
	// root is the session's root where it is of another convention and no
	// entry: an agent.
	root *step
	main *conversation
	// order are the steps that stand for themselves, as the session went: none
	// comes before what it stands below.
	order []int

	spokenIDs map[uint64]int
	said      conversation // main's memory
	placed    []placed
	reasons   []string // to finish, of the call that is being written
	// writing is the step whose records are being written.
	writing *step

	speaker
}

// land converts a session that holds spans of other conventions.
func (c *Converter) land(s *Session) {
	ofSession := slices.Clone(c.partials)
	c.partials = c.partials[:0]
	l := newLanding(c, s)
	l.readSteps(c.Explain != nil)
	l.everyStep(func(st *step) bool {
		l.explainFacts(st)
		return true
	})
	l.settle()
	l.write()
	c.partials = append(c.partials[:0], ofSession...)
	l.answer()
}

func newLanding(c *Converter, s *Session) *landing {
	l := &c.landing
	if l.spokenIDs == nil {
		l.spokenIDs = make(map[uint64]int)
	}
	if l.said.words == nil {
		l.said.words = make(map[uint64]int32)
	}
	l.c, l.session, l.main = c, s, &l.said
	return l
}

// reset forgets the session before, and keeps the memory that it took.
func (l *landing) reset() {
	if l.c == nil {
		return
	}
	l.c.source.Reset()
	l.speaker.reset()
	clear(l.steps)
	l.c, l.session, l.root, l.main, l.writing = nil, nil, nil, nil, nil
	l.spokenIDs = memory.Emptied(l.spokenIDs)
	l.said.reset()
	l.steps, l.order, l.placed = l.steps[:0], l.order[:0], l.placed[:0]
}

// settle finds out what the steps mean together.
func (l *landing) settle() {
	fold(l.steps, l.explain)
	l.promoteRoot()
	l.sharePolicies()
	l.arrange()
	l.converse()
}

// sharePolicies has what stands for several spans go by the strictest of their
// content policies.
func (l *landing) sharePolicies() {
	of := l.c.policies.of
	if of == nil {
		return
	}
	for i := range l.steps {
		stands := l.session.Root
		if l.steps[i].into == none {
			continue
		}
		if k := standing(l.steps, i); k >= 0 {
			stands = l.steps[k].span
		}
		of[stands] = max(of[stands], of[l.steps[i].span])
	}
	l.c.answered = max(l.c.answered, of[l.session.Root])
}

func (l *landing) explain(i int, what string) {
	l.c.explain(l.steps[i].span, what)
}

// promoteRoot makes the root of a session of an entry that turned out to be an
// agent, and has the root stand for an entry at the top that is the same run.
func (l *landing) promoteRoot() {
	for i := range l.steps {
		st := &l.steps[i]
		switch {
		case st.role != RoleAgent || st.into != none:
		case st.span == l.session.Root:
			root := *st
			l.root = &root
			st.into = isRoot
		case l.root != nil && above(l.steps, i) < 0 && sameRun(l.root, st):
			l.root.facts.Take(st.facts)
			l.explain(i, "the same run as the session's root, seen twice: taken into it")
			st.into = isRoot
		}
	}
	for i := range l.steps {
		if above(l.steps, i) == isRoot {
			l.steps[i].parent = none
		}
	}
}

// isRoot marks a step that the session's root stands for. What stands below it
// stands at the top.
const isRoot = -2

// arrange finds the place of each step: in the conversation of the nearest agent
// or tool above it, or the session's own; and in the session's order. Clocks of
// milliseconds and of several threads have some begin before what began them.
func (l *landing) arrange() {
	for _, i := range slices.Backward(deepestFirst(l.steps, childrenOf(l.steps))) {
		if l.steps[i].into == none {
			l.place(i)
			l.order = append(l.order, i)
		}
	}
	slices.SortFunc(l.order, func(i, j int) int {
		a, b := &l.steps[i], &l.steps[j]
		return cmp.Or(a.began.Compare(b.began), cmp.Compare(a.depth, b.depth), cmp.Compare(i, j))
	})
}

// converse goes through the steps as the session went.
func (l *landing) converse() {
	for _, i := range l.order {
		switch l.steps[i].role {
		case RoleModel:
			l.call(i)
		case RoleTool:
			l.run(i)
		case RoleEntry:
			l.overhear(i)
		case RoleNone, RoleSession, RoleGuest, RoleAgent:
		}
	}
	if l.root != nil {
		l.catchUp(l.root, l.main)
	}
	for _, i := range l.order {
		if st := &l.steps[i]; st.role == RoleAgent {
			l.catchUp(st, st.own())
		}
	}
}

func childrenOf(steps []step) [][]int {
	below := make([][]int, len(steps))
	for i := range steps {
		if p := above(steps, i); steps[i].into == none && p >= 0 {
			below[p] = append(below[p], i)
		}
	}
	return below
}

func (l *landing) place(i int) {
	st := &l.steps[i]
	st.id, st.began, st.conversation = l.c.spanID(st.span), st.span.StartTime, l.main
	if p := above(l.steps, i); p >= 0 {
		up := &l.steps[p]
		if st.conversation = up.conversation; up.begins() {
			st.conversation = up.own()
		}
		if st.depth = up.depth + 1; up.began.After(st.began) {
			st.began = up.began
		}
	}
}

// begins reports whether a conversation begins with the step: an agent's, or a
// tool's.
func (st *step) begins() bool {
	switch st.role {
	case RoleAgent, RoleTool:
		return true
	case RoleEntry:
		kind := ownKind(st.span)
		return kind == contracts.KindSubagent || kind == contracts.KindToolCall
	case RoleNone, RoleSession, RoleGuest, RoleModel:
	}
	return false
}

// own is the conversation that begins with the step.
func (st *step) own() *conversation {
	if st.inner == nil {
		st.inner = newConversation()
	}
	return st.inner
}

// ownKind is the kind of one of Spect's own spans.
func ownKind(s *Span) contracts.SpanKind {
	v, _ := attr.Lookup(s.Attributes, contracts.KindKey)
	return contracts.SpanKind(attr.Text(v))
}

// ownMessages is the transcript of one of Spect's own spans, where it is one.
func ownMessages(s *Span) []contracts.ConversationMessage {
	v, _ := attr.Lookup(s.Attributes, contracts.MessagesKey)
	text := attr.Text(v)
	if !contracts.JSON(text).Valid() {
		return nil
	}
	messages, _ := contracts.Messages(text).Decode()
	return messages
}

// call takes in a call of a model.
func (l *landing) call(i int) {
	st := &l.steps[i]
	var repeated int
	st.asked, repeated = st.conversation.hear(l.all(st.facts.Request.Messages))
	if repeated > 0 {
		l.explain(i, fmt.Sprintf("%d parts of its input were in the session before: left out", repeated))
	}
	st.conversation.models++
	st.answer = l.answered(st.facts)
	for k := range st.answer {
		st.conversation.ask(&st.answer[k], i)
		st.conversation.say(&st.answer[k])
		st.conversation.answered = true
	}
}

// answered is the answer of a model, its fragments put together.
func (l *landing) answered(f *convention.Facts) []spoken {
	answer := l.all(f.Response.Messages)
	for k := range answer {
		answer[k].role = contracts.RoleAssistant
	}
	if f.Fragments && len(answer) > 1 {
		for k := range answer[1:] {
			answer[0].parts = append(answer[0].parts, answer[1+k].parts...)
		}
		answer[0].plain = false
		answer = answer[:1]
	}
	return answer
}

// run takes in a run of a tool.
func (l *landing) run(i int) {
	st := &l.steps[i]
	name := st.toolName()
	st.call = st.conversation.run(i, st.facts.Tool.CallID, name, st.facts.Tool.Arguments)
	if st.call.model == none {
		l.explain(i, "no call of a model was found for it")
	}
}

// toolName is the name of the tool that a step ran.
func (st *step) toolName() string {
	if name := st.facts.Tool.Name; name != "" {
		return name
	}
	return strings.TrimPrefix(st.span.Name, "execute_tool ")
}

// overhear takes in what one of Spect's own spans says, so that it is not said
// again.
func (l *landing) overhear(i int) {
	st := &l.steps[i]
	kind := ownKind(st.span)
	if kind == contracts.KindToolCall {
		return // repeats the call that a model asked for
	}
	said := l.all(ownMessages(st.span))
	for k := range said {
		if said[k].role == contracts.RoleAssistant {
			st.conversation.ask(&said[k], i)
		}
		st.conversation.say(&said[k])
	}
}

// catchUp takes in what an agent was asked and answered, where none of its models
// says it. Some tell only the agent's span how the agent is instructed.
func (l *landing) catchUp(st *step, c *conversation) {
	switch in := l.all(st.facts.Request.Messages); {
	case !c.asked:
		st.asked, _ = c.hear(in)
	case !c.instructed:
		st.asked, _ = c.hear(slices.DeleteFunc(in, func(m spoken) bool { return m.role != contracts.RoleSystem }))
	}
	if !c.answered {
		st.answer = l.answered(st.facts)
		for k := range st.answer {
			c.ask(&st.answer[k], none)
		}
	}
}
