// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/spect-tools/spect-go/exporter"
	"github.com/spect-tools/spect-go/internal/bench/corpus"
)

// openPatient is Spect's exporter with bounds that are out of the way.
func (b *bench) openPatient() (*pipeline, error) {
	return openSpect("127.0.0.1", b.failed, exporter.WithLocal(), exporter.WithMaxSessionAge(time.Hour), exporter.WithMaxHeld(math.MaxInt, math.MaxInt))
}

// begin makes n sessions by hand whose roots do not end, and returns what ends
// them.
func (b *bench) begin(w *workload, p *pipeline, n int) (ends []func(), err error) {
	emit := w.byHand(p, withIDs)
	ends = make([]func(), 0, n)
	for i := range n {
		ends = append(ends, emit(i))
		if i%batch == 0 {
			if err := p.ForceFlush(b.ctx); err != nil { // so that all is taken in
				return nil, err
			}
		}
	}
	return ends, p.ForceFlush(b.ctx)
}

func (b *bench) end(p *pipeline, ends []func()) error {
	for i, end := range ends {
		end()
		if i%batch == 0 {
			if err := p.ForceFlush(b.ctx); err != nil {
				return err
			}
		}
	}
	return errors.Join(p.ForceFlush(b.ctx), p.close(b.ctx))
}

// crowd measures what a session costs while many are open, beside the same while
// a few are.
func (b *bench) crowd(c *corpus.Corpus) error {
	const few = 100
	w := newWorkload(c, sizes[0].bytes)
	type line struct {
		p    *pipeline
		ends []func()
		cpu  []float64
	}
	var lines [2]line
	for i, n := range [...]int{few, b.options.open} {
		p, err := b.openPatient()
		if err != nil {
			return err
		}
		lines[i].p = p
		if lines[i].ends, err = b.begin(w, p, n); err != nil {
			return err
		}
	}
	for round := -1; round < b.options.rounds; round++ {
		for i := range lines {
			l := &lines[i]
			runtime.GC()
			emit, made := w.byHand(l.p, withIDs), 0
			cpu, began := processCPU(), time.Now()
			for time.Since(began) < b.options.time {
				for range batch {
					emit(made)()
					made++
				}
				if err := l.p.ForceFlush(b.ctx); err != nil {
					return err
				}
			}
			if used := processCPU() - cpu; round >= 0 {
				l.cpu = append(l.cpu, float64(used.Nanoseconds())/1e3/float64(made*spans))
			}
		}
	}
	b.printf("\nCPU µs a span, from its start to its payload, while %d sessions of ten spans are open: %.2f; while %d are: %.2f\n",
		few, spreadOf(lines[0].cpu).median, b.options.open, spreadOf(lines[1].cpu).median)
	b.ratio("cpu_many_open_vs_few", spreadOf(quotients(lines[1].cpu, lines[0].cpu)).median)
	for i := range lines {
		if err := b.end(lines[i].p, lines[i].ends); err != nil {
			return err
		}
	}
	return nil
}

// retainer is a processor that keeps the spans that have ended.
type retainer struct {
	nop
	mu    sync.Mutex
	spans []sdktrace.ReadOnlySpan
}

func (r *retainer) OnEnd(s sdktrace.ReadOnlySpan) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.spans = append(r.spans, s)
}

// collection measures what a garbage collection costs while ended spans are held
// in open sessions, beside the same while a program holds them itself.
func (b *bench) collection(c *corpus.Corpus) error {
	w := newWorkload(c, sizes[0].bytes)
	sessions := b.options.collect / calls
	measure := func(p *pipeline, err error) (collected, error) {
		if err != nil {
			return collected{}, err
		}
		ends, err := b.begin(w, p, sessions)
		if err != nil {
			return collected{}, err
		}
		cost := collecting()
		return cost, b.end(p, ends)
	}
	none, err := measure(openNop(), nil)
	if err != nil {
		return err
	}
	kept := new(retainer)
	retained, err := measure(&pipeline{newProvider(sdktrace.WithSpanProcessor(kept)), func() (int64, error) { return 0, nil }}, nil)
	if err != nil {
		return err
	}
	if len(kept.spans) != sessions*spans {
		return fmt.Errorf("%d spans were kept of %d", len(kept.spans), sessions*spans)
	}
	*kept = retainer{}
	held, err := measure(b.openPatient())
	if err != nil {
		return err
	}
	b.printf("\na garbage collection while %d ended spans are held: %v; while a program retains them: %v; while nobody does: %v\n",
		sessions*calls, held, retained, none)
	b.ratio("gc_cpu_held_vs_retained", (held.cpu-none.cpu)/(retained.cpu-none.cpu))
	return nil
}

// collected is what a garbage collection costs, in milliseconds: CPU, and the
// longest pause of some.
type collected struct{ cpu, pause float64 }

// String implements [fmt.Stringer].
func (c collected) String() string {
	return fmt.Sprintf("%.2f CPU ms (longest pause %.3f ms)", c.cpu, c.pause)
}

// collecting measures collections.
func collecting() collected {
	const times = 10
	used := func() float64 {
		s := []metrics.Sample{{Name: "/cpu/classes/gc/mark/dedicated:cpu-seconds"}, {Name: "/cpu/classes/gc/mark/assist:cpu-seconds"}}
		metrics.Read(s)
		return s[0].Value.Float64() + s[1].Value.Float64()
	}
	runtime.GC()
	before := used()
	for range times {
		runtime.GC()
	}
	cost := collected{cpu: (used() - before) * 1000 / times}
	var stats debug.GCStats
	debug.ReadGCStats(&stats)
	for _, pause := range stats.Pause[:times] {
		cost.pause = max(cost.pause, float64(pause.Nanoseconds())/1e6)
	}
	return cost
}
