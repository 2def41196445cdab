// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"slices"
	"strings"
	"time"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/attr"
	"github.com/spect-tools/spect-go/convert/internal/convention"
)

// step is a span of a session on its way to records. Spans of Spect's own and
// guests have no facts: they are records as they stand.
type step struct {
	span  *Span
	role  Role
	facts *convention.Facts
	// parent is the step above, none at the top.
	parent int
	// into is the step that tells of the same call and has taken this one over;
	// none where it stands for itself.
	into int
	// attempts are the model calls that were made for this one, where known.
	attempts int
	part     CallPart
	// tagged says that there are attributes of Spect's, which may tell how it ended.
	tagged bool
	// outcome is the span that tells what came of the call, where that is another:
	// it may end later, and it may have failed.
	outcome *Span

	// began is when the step began, no earlier than what it stands below.
	began time.Time
	depth int
	// conversation is the one that the step takes part in; inner the one that
	// begins with it.
	conversation, inner *conversation

	// summed is whether the usage of the session has what the step used.
	summed bool

	id string // of its record
	// asked are the messages that are new with this step, answer is what its
	// model said.
	asked, answer []spoken
	// call is the call of a tool that the step is a run of.
	call *call
}

// foreign reports whether the session holds spans of other conventions.
func (s *Session) foreign() bool {
	if Classify(s.Root.Attributes).Foreign() {
		return true
	}
	for _, sp := range s.Spans {
		if _, ours := attr.Lookup(sp.Attributes, contracts.KindKey); !ours && foreignRole(sp.Attributes) != RoleNone {
			return true
		}
	}
	return false
}

// readSteps reads what the spans of the session say, and what its root says,
// where that is of another convention and no entry. origins is whether it is to
// be known which convention said what.
func (l *landing) readSteps(origins bool) {
	s := l.session
	l.steps = slices.Grow(l.steps[:0], len(s.Spans))[:len(s.Spans)]
	steps, source := l.steps, &l.c.source
	source.Origins = origins
	for i, sp := range s.Spans {
		steps[i] = readStep(sp, source)
		if p := s.Parents[i]; p >= 0 && p < len(steps) && p != i {
			steps[i].parent = p
		}
	}
	breakCycles(steps)
	if slices.Contains(s.Spans, s.Root) {
		return
	}
	if r := readStep(s.Root, source); r.facts != nil {
		l.root = &r
	}
}

func readStep(sp *Span, source *convention.Source) step {
	st := step{span: sp, role: RoleNone, parent: none, into: none}
	for i := range sp.Attributes {
		key := sp.Attributes[i].Key
		if key == contracts.KindKey {
			st.role = Classify(sp.Attributes)
			return st
		}
		st.tagged = st.tagged || strings.HasPrefix(string(key), "spect.")
	}
	source.Name, source.Attributes, source.Events, source.Logs = sp.Name, sp.Attributes, source.Events[:0], source.Logs[:0]
	for i := range sp.Events {
		source.Events = append(source.Events, convention.Event(sp.Events[i]))
	}
	for i := range sp.Logs {
		l := &sp.Logs[i]
		source.Logs = append(source.Logs, convention.Log{Name: l.Name, Time: l.Time, Body: l.Body, Attributes: l.Attributes})
	}
	if st.facts = convention.Read(source); st.facts == nil {
		return st
	}
	if st.role = roleOf(st.facts.Role); st.role == RoleNone {
		st.facts = nil
		return st
	}
	switch {
	case st.facts.Answer:
		st.part = CallOutcome
	case len(st.facts.Request.Messages) == 0 && len(st.facts.Response.Messages) == 0:
		st.part = BareCall
	}
	return st
}

// breakCycles puts at the top what stands below itself.
func breakCycles(steps []step) {
	const (
		unseen = iota
		under
		seen
	)
	state := make([]uint8, len(steps))
	var path []int
	for i := range steps {
		path = path[:0]
		at := i
		for at != none && state[at] == unseen {
			state[at] = under
			path = append(path, at)
			at = steps[at].parent
		}
		if at != none && state[at] == under {
			steps[at].parent = none
		}
		for _, p := range path {
			state[p] = seen
		}
	}
}

// standing is the step that stands for i, or isRoot. Those on the way are made to
// name it, so that nobody goes a long way twice.
func standing(steps []step, i int) int {
	top := i
	for top >= 0 && steps[top].into != none {
		top = steps[top].into
	}
	for i >= 0 && steps[i].into != none {
		i, steps[i].into = steps[i].into, top
	}
	return top
}

// above is the step that i stands below, of those that stand for themselves.
func above(steps []step, i int) int { return standing(steps, steps[i].parent) }

// end is when the step ended, with its outcome.
func (st *step) end() time.Time {
	if st.outcome != nil && st.outcome.EndTime.After(st.span.EndTime) {
		return st.outcome.EndTime
	}
	return st.span.EndTime
}

// status is how the step's span ended.
func (st *step) status() contracts.SpanStatus {
	if st.tagged {
		return status(st.span)
	}
	return ownStatus(st.span)
}

// failed reports whether the step says that it failed.
func (st *step) failed() bool {
	if st.facts != nil && (st.facts.Error != nil || st.facts.Response.Error != nil) {
		return true
	}
	if st.outcome != nil && Failed(st.outcome) {
		return true
	}
	if st.tagged {
		return Failed(st.span)
	}
	return ownStatus(st.span) == contracts.StatusError
}
