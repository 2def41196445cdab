// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package reliability

import (
	"maps"
	"slices"
	"sync"
	"testing"
)

// TestMatrix goes through all cases, holds each against the rules, and the table
// that they make against the one in docs/reliability.md.
func TestMatrix(t *testing.T) {
	all := matrix{cells: map[cell]outcome{}}
	t.Run("killed", func(t *testing.T) { all.kill(t) })
	for i := range faults {
		t.Run(faults[i].name, func(t *testing.T) {
			for _, door := range doors {
				for _, long := range []bool{false, true} {
					for _, spool := range []bool{false, true} {
						for _, p := range []program{goesOn, ends} {
							c := cell{&faults[i], door, long, spool, p}
							t.Run(c.String(), func(t *testing.T) { all.add(t, c, c.run(t)) })
						}
					}
				}
			}
		})
	}
	if t.Failed() {
		return
	}
	if !all.anyTwice() {
		t.Error("no answer got lost: no session arrived twice")
	}
	all.compare(t)
}

// matrix is what came of each cell.
type matrix struct {
	mu    sync.Mutex
	cells map[cell]outcome
}

// add holds an outcome against the rules, and takes it in.
func (m *matrix) add(t testing.TB, c cell, out outcome) {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.cells[c] = out
	may := rule(c.kind, c.long, c.spool, c.program)
	for f := range out.fates {
		if !slices.Contains(may, f) {
			t.Errorf("%v: the fate of sessions is %q, want %q", c, f, may)
		}
	}
	if len(out.fates) == 0 || out.twice > 0 && c.kind != unheard {
		t.Errorf("%v: %v, and %d sessions arrived twice", c, slices.Sorted(maps.Keys(out.fates)), out.twice)
	}
	if out.host != 0 {
		t.Errorf("%v: a call of the application took %v", c, out.host)
	}
}

func (m *matrix) anyTwice() bool {
	for _, out := range m.cells {
		if out.twice > 0 {
			return true
		}
	}
	return false
}

// kill goes through the cells of killed programs, which mostly wait, several at a
// time.
func (m *matrix) kill(t *testing.T) {
	const atOnce = 8
	var (
		running sync.WaitGroup
		slots   = make(chan struct{}, atOnce)
	)
	for i := range faults {
		for _, door := range doors {
			for _, spool := range []bool{false, true} {
				slots <- struct{}{}
				running.Go(func() {
					defer func() { <-slots }()
					c := cell{fault: &faults[i], door: door, spool: spool, program: killed}
					over, still := c.kill(t)
					m.add(t, c, over)
					c.long = true
					m.add(t, c, still)
				})
			}
		}
	}
	running.Wait()
}
