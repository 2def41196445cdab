// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package reliability

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/exporter"
	"github.com/spect-tools/spect-go/exporter/exportertest"
	"github.com/spect-tools/spect-go/tracer"
)

// cell is one case of the matrix.
type cell struct {
	*fault
	door        string
	long, spool bool
	program     program
}

func (c cell) String() string {
	lasts, kept := "short", "no spool"
	if c.long {
		lasts = "long"
	}
	if c.spool {
		kept = "spool"
	}
	return strings.Join([]string{c.name, lasts, kept, string(c.program), c.door}, ", ")
}

const (
	processorDoor = "processor"
	batcherDoor   = "batcher"
)

var doors = []string{processorDoor, batcherDoor}

// outcome is what came of a cell.
type outcome struct {
	fates map[fate]bool
	// twice are the sessions that arrived more than once.
	twice int
	// host is the longest time that a call of the application took.
	host time.Duration
	// took is how long Flush or Shutdown took.
	took time.Duration
}

const (
	sessions = 4
	spans    = 3 // of each
)

// drops are what a drop callback heard.
type drops struct {
	mu    sync.Mutex
	whys  map[string]exporter.DropReason // by session
	spans map[exporter.DropReason]uint64
}

func newDrops() *drops {
	return &drops{whys: map[string]exporter.DropReason{}, spans: map[exporter.DropReason]uint64{}}
}

func (d *drops) add(drop exporter.Drop) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.whys[drop.SessionID] = drop.Reason
	d.spans[drop.Reason] += uint64(drop.Spans)
}

// host is a program that traces, by one door.
type host struct {
	exp *exporter.Exporter
	tp  *sdktrace.TracerProvider
	// longest is the longest time that a call took.
	longest time.Duration
}

func newHost(exp *exporter.Exporter, door string) *host {
	h := &host{exp: exp}
	if door == batcherDoor {
		h.tp = sdktrace.NewTracerProvider(sdktrace.WithBatcher(exp))
	} else {
		h.tp = sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(exporter.NewSpanProcessor(exp)))
	}
	return h
}

// trace makes sessions, and returns their ids.
func (h *host) trace(ctx context.Context, n, fill int) (ids []string) {
	tr := tracer.New(h.tp)
	text := contracts.UserText(strings.Repeat("x", fill))
	for i := range n {
		var (
			s   *tracer.Session
			gen *tracer.Span
			ctx = ctx
		)
		h.timed(func() { ctx, s = tr.StartSession(ctx, fmt.Sprint("session ", i), tracer.Model("m")) })
		h.timed(func() { s.Add(ctx, text) })
		h.timed(func() { _, gen = tr.Start(ctx, contracts.KindGenerate, "generate") })
		h.timed(func() { gen.Add(contracts.AssistantText("yes")) })
		h.timed(func() { gen.End() })
		h.timed(func() { s.End() })
		ids = append(ids, s.ID())
	}
	return ids
}

func (h *host) timed(call func()) {
	at := time.Now()
	call()
	h.longest = max(h.longest, time.Since(at))
}

// flush is what a program does that wants to know.
func (h *host) flush(ctx context.Context) error {
	if err := h.tp.ForceFlush(ctx); err != nil {
		return err
	}
	return h.exp.Flush(ctx) // a batcher's flush only passes spans on
}

// balanced checks the account.
func balanced(t testing.TB, s exporter.Stats) {
	t.Helper()
	sum := s.Delivered + s.Held + s.Spooled
	for _, n := range s.Dropped {
		sum += n
	}
	if s.Received+s.Recovered != sum {
		t.Errorf("received %d and recovered %d spans, accounted for %d: %+v", s.Received, s.Recovered, sum, s)
	}
}

// run goes through a cell in synthetic time. Processes that are killed are not
// for it.
func (c cell) run(t *testing.T) outcome {
	t.Helper()
	out := outcome{fates: map[fate]bool{}}
	dir := ""
	if c.spool {
		dir = t.TempDir()
	}
	synctest.Test(t, func(t *testing.T) {
		col := exportertest.NewMemoryCollector(t)
		net := newNetwork(col, time.Second)
		net.begin(t, c.fault)
		told := newDrops()
		exp, err := exporter.New(col.Options(
			exporter.WithTransport(net), exporter.WithErrorHandler(nil), exporter.WithOnDrop(told.add),
			exporter.WithSpool(exporter.Spool{Dir: dir}), exporter.WithTimeout(patience*time.Second),
			exporter.WithRetryTimeout(retryTimeout*time.Second), exporter.WithShutdownTimeout(shutdownTimeout*time.Second))...)
		if err != nil {
			t.Fatal(err)
		}
		lasts := shortFault * time.Second
		if c.long {
			lasts = longFault * time.Second
		}
		over := time.AfterFunc(lasts, func() { net.end(t) })
		defer over.Stop()

		h := newHost(exp, c.door)
		ids := h.trace(t.Context(), sessions/2, c.fill)
		time.Sleep(time.Second / 2) // the first are under way then
		ids = append(ids, h.trace(t.Context(), sessions/2, c.fill)...)
		out.host = h.longest
		if s := exp.Stats(); c.door == processorDoor && s.Received != sessions*spans {
			t.Errorf("received: %+v", s)
		}
		balanced(t, exp.Stats())

		at := time.Now()
		if c.program == goesOn {
			ctx, cancel := context.WithTimeout(t.Context(), flushTimeout*time.Second)
			err = h.flush(ctx)
			out.took = time.Since(at)
			cancel()
			c.checkFlush(t, err, exp.Stats(), out.took)
			time.Sleep(4 * longFault * time.Second)
			synctest.Wait()
			if s := exp.Stats(); s.Held != 0 || s.Spooled != 0 {
				t.Errorf("long after the fault: %+v", s)
			}
		}
		at = time.Now()
		err = h.tp.Shutdown(context.Background())
		if c.program == ends {
			out.took = time.Since(at)
		}
		synctest.Wait()
		s := exp.Stats()
		c.checkShutdown(t, err, s, out.took)
		if !maps.Equal(told.spans, s.Dropped) {
			t.Errorf("told of %v, counted %v", told.spans, s.Dropped)
		}

		time.Sleep(longFault * time.Second) // until it is over
		synctest.Wait()
		var next *exportertest.Collector
		if c.spool {
			next = restart(t, dir, s.Spooled, nil, told)
		}
		out.settle(t, ids, told, col.Sessions(), next)
	})
	return out
}

// checkFlush holds what Flush says against the account.
func (c cell) checkFlush(t *testing.T, err error, s exporter.Stats, took time.Duration) {
	t.Helper()
	balanced(t, s)
	if all := s.Delivered == sessions*spans; all != (err == nil) {
		t.Errorf("Flush returned %v: %+v", err, s)
	}
	var failure *exporter.DeliveryError
	if err != nil && !errors.As(err, &failure) {
		t.Errorf("Flush does not say what the collector did: %v", err)
	}
	if took > flushTimeout*time.Second || c.kind == refusedKey && took > 0 {
		t.Errorf("Flush took %v", took)
	}
}

// checkShutdown holds what Shutdown says against the account.
func (c cell) checkShutdown(t *testing.T, err error, s exporter.Stats, took time.Duration) {
	t.Helper()
	balanced(t, s)
	if s.Received != sessions*spans || s.Held != 0 {
		t.Errorf("after the shutdown: %+v", s)
	}
	if late := s.Dropped[exporter.DropShutdown] > 0; late != (err != nil) {
		t.Errorf("Shutdown returned %v: %+v", err, s)
	}
	if c.program == ends && took > shutdownTimeout*time.Second {
		t.Errorf("Shutdown took %v", took)
	}
}

// restart is the next start of the program, with the same directory and a
// collector that is well, or that has still a fault for some minutes more.
func restart(t *testing.T, dir string, left uint64, still *fault, told *drops) *exportertest.Collector {
	t.Helper()
	col := exportertest.NewMemoryCollector(t)
	net := newNetwork(col, time.Second)
	if still != nil {
		net.begin(t, still)
	}
	exp, err := exporter.New(col.Options(
		exporter.WithTransport(net), exporter.WithErrorHandler(nil), exporter.WithOnDrop(told.add),
		exporter.WithSpool(exporter.Spool{Dir: dir}), exporter.WithTimeout(patience*time.Second))...)
	if err != nil {
		t.Fatal(err)
	}
	if s := exp.Stats(); s.Recovered != left {
		t.Errorf("%d spans are found at the next start, %d were left", s.Recovered, left)
	}
	if err := exp.Flush(t.Context()); err != nil && still == nil {
		t.Errorf("at the next start: %v", err)
	}
	if still != nil {
		time.Sleep(longFault * time.Second)
		net.end(t)
		time.Sleep(4 * longFault * time.Second)
	}
	if err := exp.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	s := exp.Stats()
	balanced(t, s)
	if s.Spooled != 0 {
		t.Errorf("after the next start: %+v", s)
	}
	return col
}

// settle finds out what became of each session.
func (out *outcome) settle(t testing.TB, ids []string, told *drops, here []contracts.CollectorTracePayload, next *exportertest.Collector) {
	t.Helper()
	count := func(all []contracts.CollectorTracePayload) map[string]int {
		seen := map[string]int{}
		for i := range all {
			seen[all[i].ID]++
			if err := all[i].Validate(); err != nil {
				t.Errorf("session %s: %v", all[i].Name, err)
			}
			if n := len(all[i].Metadata.Result.Spans); n != spans-1 {
				t.Errorf("session %s has %d entries", all[i].Name, n)
			}
		}
		return seen
	}
	seen, later := count(here), map[string]int{}
	if next != nil {
		later = count(next.Sessions())
	}
	for _, id := range ids {
		why, gone := told.whys[id]
		switch {
		case gone:
			out.fates[dropped(why)] = true
		case later[id] > 0:
			out.fates[waits] = true
		case seen[id] > 0:
			out.fates[arrives] = true
		default:
			out.fates[lost] = true
		}
		if seen[id]+later[id] > 1 {
			out.twice++
		}
		delete(seen, id)
		delete(later, id)
	}
	if len(seen)+len(later) > 0 {
		t.Errorf("sessions arrived that nobody traced: %v, %v", seen, later)
	}
}
