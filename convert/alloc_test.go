// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convert_test

import (
	"fmt"
	"testing"

	"github.com/spect-tools/spect-go/convert"
)

// TestPayloadAllocations holds the conversion of a session to its payload, and
// the payload's encoding, to what it allocates: nothing for a span, made by
// tracer or by hand, and for a session the list that its reasons to finish come
// in.
func TestPayloadAllocations(t *testing.T) {
	const reasons = 1
	for _, size := range []int{512, 4096, 20480} {
		for _, by := range []string{"tracer", "hand"} {
			t.Run(fmt.Sprintf("%d/%s", size, by), func(t *testing.T) {
				s := benchSession(size, by == "tracer")
				c := convert.Converter{OrganizationID: "org"}
				body := c.Payload(s).AppendJSON(nil)
				if n := testing.AllocsPerRun(100, func() { body = c.Payload(s).AppendJSON(body[:0]) }); n > reasons {
					t.Errorf("%v allocations a session, want %d", n, reasons)
				}
			})
		}
	}
}

// TestCarverAllocations: a carver that was used before allocates nothing.
func TestCarverAllocations(t *testing.T) {
	s := benchSession(512, true)
	nodes := []convert.Node{convert.NodeOf(s.Root)}
	for _, e := range s.Spans {
		nodes = append(nodes, convert.NodeOf(e))
	}
	var c convert.Carver
	if n := testing.AllocsPerRun(100, func() {
		if groups := c.Carve(nodes); len(groups) != 1 || len(groups[0].Entries) != 9 {
			t.Fatal(groups)
		}
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
