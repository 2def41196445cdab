// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"cmp"

	"github.com/spect-tools/spect-go/convert/internal/convention"
	"github.com/spect-tools/spect-go/convert/llm"
)

// This file folds spans that tell of one thing into one: the SDK's own span of a
// call below the instrumentation's, the attempts of a call below it, the same
// run of a tool or an agent seen by two instrumentations.

// fold settles which steps stand for others. A model span with several calls of
// models below it is none itself: it becomes an agent.
func fold(steps []step, explain func(i int, what string)) {
	below := make([][]int, len(steps))
	for i := range steps {
		if p := steps[i].parent; p != none {
			below[p] = append(below[p], i)
		}
	}
	for _, p := range deepestFirst(steps, below) {
		switch steps[p].role {
		case RoleModel:
			foldModel(steps, below, p, explain)
		case RoleTool, RoleAgent:
			for _, k := range below[p] {
				if sameRun(&steps[p], &steps[k]) {
					takeOver(steps, p, k)
					explain(k, "the same run as span "+steps[p].span.SpanID.String()+", seen twice: taken into it")
				}
			}
		case RoleNone, RoleEntry, RoleSession, RoleGuest:
		}
	}
}

// deepestFirst orders the steps so that each comes after all below it.
func deepestFirst(steps []step, below [][]int) []int {
	order := make([]int, 0, len(steps))
	for i := range steps {
		if steps[i].parent == none {
			order = append(order, i)
		}
	}
	for k := 0; k < len(order); k++ {
		order = append(order, below[order[k]]...)
	}
	for i, j := 0, len(order)-1; i < j; i, j = i+1, j-1 {
		order[i], order[j] = order[j], order[i]
	}
	return order
}

func foldModel(steps []step, below [][]int, p int, explain func(i int, what string)) {
	var models []int
	for _, k := range below[p] {
		if steps[k].role == RoleModel && steps[k].into == none {
			models = append(models, k)
		}
	}
	if len(models) == 0 {
		return
	}
	if answers(steps, models) > 1 {
		steps[p].role = RoleAgent
		explain(p, "several calls of models below it: an agent")
		return
	}
	attempts := 0
	// What went well tells most of the call.
	for _, failed := range [...]bool{false, true} {
		for _, k := range models {
			if steps[k].failed() != failed {
				continue
			}
			if steps[k].part != CallOutcome {
				attempts += max(1, steps[k].attempts)
			}
			if !failed || steps[p].failed() || attempts <= 1 {
				takeOver(steps, p, k)
			} else {
				drop(steps, p, k)
			}
			explain(k, "the same call as span "+steps[p].span.SpanID.String()+": taken into it")
		}
	}
	if attempts > 1 {
		steps[p].attempts = attempts
	}
}

// answers counts the different calls among model spans that went well.
func answers(steps []step, models []int) (n int) {
	ids := make(map[string]bool)
	for _, k := range models {
		st := &steps[k]
		if st.part == CallOutcome || st.failed() {
			continue
		}
		if id := st.facts.Response.ID; id != "" {
			if ids[id] {
				continue
			}
			ids[id] = true
		}
		n++
	}
	return n
}

// sameRun reports whether a step below another is the same run of a tool, or of
// an agent.
func sameRun(p, k *step) bool {
	if p.role != k.role || k.into != none {
		return false
	}
	a, b := p.facts.Tool.Name, k.facts.Tool.Name
	if p.role == RoleAgent {
		a, b = p.facts.Agent.Name, k.facts.Agent.Name
	}
	return a != "" && a == b
}

// takeOver has p stand for k too, with all that k says beyond it.
func takeOver(steps []step, p, k int) {
	st, other := &steps[p], &steps[k]
	counted := st.facts.Response.Usage
	if own := &st.facts.Response; own.Model == st.facts.Request.Model {
		// The model that was asked for, or none: the other may say which one answered.
		own.Model = cmp.Or(other.facts.Response.Model, own.Model)
	}
	st.facts.Take(other.facts)
	if other.part == BareCall && other.facts.Response.Usage.Known() {
		st.facts.Response.Usage = recount(other.facts.Response.Usage, counted)
	}
	drop(steps, p, k)
}

// drop has p stand for k.
func drop(steps []step, p, k int) {
	st, other := &steps[p], &steps[k]
	other.into = p
	if other.part == CallOutcome && (st.outcome == nil || other.span.EndTime.After(st.outcome.EndTime)) {
		st.outcome = other.span
	}
}

// recount is the usage of a call by its SDK's own span: that counts what the
// provider said, where an instrumentation counts what it saw of a stream. What
// the SDK does not count is as it was.
func recount(own, seen llm.Usage) llm.Usage {
	if own.Input.Known && own.Output.Known && !own.Total.Known {
		seen.Total = llm.Count{} // their sum
	}
	return convention.MoreUsage(own, seen)
}
