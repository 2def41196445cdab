// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package reliability

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spect-tools/spect-go/exporter"
	"github.com/spect-tools/spect-go/exporter/exportertest"
	"github.com/spect-tools/spect-go/tracer"
)

// Numbered sessions through random faults and restarts: with the spool all
// arrive, without it each that does not is counted.
//
// With the spool the collector refuses nothing for good, as that is a loss by
// anybody's rules.
func TestNumberedSessions(t *testing.T) {
	total := setting(t, "SPECT_TEST_SESSIONS", 2000)
	for _, withSpool := range []bool{true, false} {
		t.Run(fmt.Sprintf("spool %v", withSpool), func(t *testing.T) {
			n := numbered{random: rand.New(rand.NewPCG(5, 6)), arrived: map[int]int{}, dropped: map[string]bool{}}
			n.kinds = []kind{odd, passing, passing, unheard, refusedKey}
			if withSpool {
				n.dir = t.TempDir()
			} else {
				n.kinds = append(n.kinds, final)
			}
			const each = 500 // of a start
			for first := 0; first < total; first += each {
				n.run(t, first, min(each, total-first))
			}
			if withSpool {
				n.run(t, total, 0)
			}
			n.check(t, total)
		})
	}
}

type numbered struct {
	random *rand.Rand
	kinds  []kind
	dir    string

	ids []string
	// arrived are the sessions that collectors accepted, and how often; dropped
	// those that a drop callback heard of.
	arrived map[int]int
	dropped map[string]bool

	faulty, retries uint64
}

// run is one start of the program, which traces the sessions from first on and
// is shut down in the middle of whatever is the matter; with none to trace it is
// the last start, and nothing is.
func (n *numbered) run(t *testing.T, first, count int) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		col := exportertest.NewMemoryCollector(t)
		net, told := newNetwork(col, time.Second), newDrops()
		exp, err := exporter.New(col.Options(
			exporter.WithTransport(net), exporter.WithErrorHandler(nil), exporter.WithOnDrop(told.add), exporter.WithRetryTimeout(5*time.Second),
			exporter.WithSpool(exporter.Spool{Dir: n.dir, NoSync: true}))...) // no machine crashes here
		if err != nil {
			t.Fatal(err)
		}
		h := newHost(exp, doors[n.random.IntN(len(doors))])
		tr := tracer.New(h.tp)
		for i := range count {
			if n.random.IntN(20) == 0 {
				net.end(t)
				if n.random.IntN(2) == 0 {
					net.begin(t, n.fault())
					n.faulty++
				}
			}
			_, s := tr.StartSession(t.Context(), strconv.Itoa(first+i), tracer.Model("m"))
			s.End()
			n.ids = append(n.ids, s.ID())
			time.Sleep(time.Duration(n.random.IntN(50)) * time.Millisecond)
		}
		if count == 0 {
			if err := exp.Flush(t.Context()); err != nil {
				t.Error(err)
			}
		}
		_ = h.tp.Shutdown(context.Background())
		net.end(t)
		synctest.Wait()
		s := exp.Stats()
		balanced(t, s)
		n.retries += s.Retries
		if s.Held > 0 || n.dir == "" && s.Spooled > 0 {
			t.Errorf("after the shutdown: %+v", s)
		}
		for _, p := range col.Sessions() {
			number, err := strconv.Atoi(p.Name)
			if err != nil || number >= len(n.ids) || n.ids[number] != p.ID {
				t.Errorf("session %s arrived, with the id %s", p.Name, p.ID)
			}
			n.arrived[number]++
		}
		for id := range told.whys {
			n.dropped[id] = true
		}
	})
}

// fault chooses what goes wrong: each kind as often as it is listed.
func (n *numbered) fault() *fault {
	k := n.kinds[n.random.IntN(len(n.kinds))]
	for {
		if f := &faults[n.random.IntN(len(faults))]; f.kind == k && f.fill == 0 {
			return f
		}
	}
}

func (n *numbered) check(t *testing.T, total int) {
	t.Helper()
	missing, both, again := 0, 0, 0
	for number, id := range n.ids {
		times := n.arrived[number]
		switch dropped := n.dropped[id]; {
		case times == 0 && !dropped:
			t.Errorf("session %d did not arrive, and nobody counted it", number)
		case times == 0:
			missing++
		case dropped: // its answer got lost
			both++
		}
		if times > 1 {
			again++
		}
	}
	t.Logf("%d sessions, %d faults, %d retries: %d arrived, %d of them more than once, %d of them counted as not; %d are missing, all counted",
		len(n.ids), n.faulty, n.retries, len(n.arrived), again, both, missing)
	if len(n.ids) != total || n.dir != "" && (missing > 0 || len(n.dropped) > 0) || n.dir == "" && (missing == 0 || len(n.arrived) == 0) {
		t.Errorf("%d sessions, %d dropped, %d missing", len(n.ids), len(n.dropped), missing)
	}
}
