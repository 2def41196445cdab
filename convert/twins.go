// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"cmp"
	"slices"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/spect-tools/spect-go/convert/internal/convention"
)

// This file finds the spans that tell of one model call side by side: the
// provider SDK's own beside an instrumentation's, the outcome of a stream beside
// the call that began it. What stands below the other needs no finding.

// CallPart is what of a model call a span tells.
type CallPart uint8

const (
	// WholeCall is a span with the content of the call.
	WholeCall CallPart = iota
	// BareCall is a span without: what was said may be on another.
	BareCall
	// CallOutcome is what came of a call that an earlier span began.
	CallOutcome
)

// callOf tells which model call a span is of.
func callOf(attrs []attribute.KeyValue) (call uint64, part CallPart) {
	c := convention.CallOf(attrs)
	switch {
	case c.Outcome:
		part = CallOutcome
	case !c.Content:
		part = BareCall
	}
	return c.Key, part
}

// twins finds, for nodes that tell of the same call as a sibling, that sibling,
// among the nodes that count. It takes time linear in the nodes, but for sorting.
func twins(nodes []Node, counts func(i int) bool) map[int]int {
	type call struct {
		parent trace.SpanID
		key    uint64
	}
	var calls map[call][]int
	for i := range nodes {
		n := &nodes[i]
		if n.Call == 0 || n.Role != RoleModel || !counts(i) {
			continue
		}
		if calls == nil {
			calls = make(map[call][]int)
		}
		of := call{n.ParentID, n.Call}
		calls[of] = append(calls[of], i)
	}
	var found map[int]int
	for _, of := range calls {
		if len(of) < 2 {
			continue
		}
		if found == nil {
			found = make(map[int]int)
		}
		slices.SortFunc(of, func(i, j int) int {
			a, b := &nodes[i], &nodes[j]
			return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(b.End, a.End), slices.Compare(a.SpanID[:], b.SpanID[:]))
		})
		pair(nodes, of, found)
	}
	return found
}

// pair finds the twins among the spans of one call, in order of their start.
func pair(nodes []Node, of []int, found map[int]int) {
	current := none
	var begun []int // calls without an outcome so far
	for _, i := range of {
		n := &nodes[i]
		if n.Part == CallOutcome {
			if len(begun) > 0 {
				found[i], begun = begun[0], begun[1:]
			}
			continue
		}
		if current != none && (n.Part == BareCall || nodes[current].Part == BareCall) && (nodes[current].End == 0 || n.Start < nodes[current].End) {
			found[i] = current
			continue
		}
		current, begun = i, append(begun, i)
	}
}
