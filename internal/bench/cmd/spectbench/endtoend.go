// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"time"

	"github.com/spect-tools/spect-go/internal/bench/corpus"
)

// course is one path through all rounds.
type course struct {
	path
	// cpu is µs per span; rate, spans per second of wall time; the others are
	// per span: bytes on the wire, allocations, bytes allocated. One value a round.
	cpu, rate, wire, allocs, allocated []float64
}

// sample is one measurement of a path.
type sample struct {
	cpu, wall time.Duration
	spans     int
	bytes     int64
	heap      allocations
}

// allocations are objects and their bytes.
type allocations struct{ objects, bytes float64 }

// allocated is what this process has allocated by now.
func allocated() allocations {
	s := []metrics.Sample{{Name: "/gc/heap/allocs:objects"}, {Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(s)
	return allocations{float64(s[0].Value.Uint64()), float64(s[1].Value.Uint64())}
}

// endToEnd measures the paths with one corpus and size, and tells the result.
func (b *bench) endToEnd(c *corpus.Corpus, size string, bytes int) error {
	w := newWorkload(c, bytes)
	if size == history {
		w.grown()
	}
	var courses []*course
	for _, p := range paths {
		if b.options.only.MatchString(p.name) {
			courses = append(courses, &course{path: p})
		}
	}
	// The round before the first warms up.
	for round := -1; round < b.options.rounds; round++ {
		for _, at := range courses {
			s, err := b.measure(w, at)
			if err != nil {
				return fmt.Errorf("%s corpus, %s, %s, round %d: %w", c.Name(), size, at.name, round+1, err)
			}
			if round < 0 {
				continue
			}
			at.cpu = append(at.cpu, float64(s.cpu.Nanoseconds())/1e3/float64(s.spans))
			at.rate = append(at.rate, float64(s.spans)/s.wall.Seconds())
			at.wire = append(at.wire, float64(s.bytes)/float64(s.spans))
			at.allocs = append(at.allocs, s.heap.objects/float64(s.spans))
			at.allocated = append(at.allocated, s.heap.bytes/float64(s.spans))
		}
		if round < 0 {
			b.profile()
		}
	}
	b.tellEndToEnd(c, size, courses)
	return nil
}

// measure runs one path for one round. It is an error when a span that was made
// did not arrive.
func (b *bench) measure(w *workload, at *course) (s sample, err error) {
	runtime.GC()
	debug.FreeOSMemory()
	before, err := b.server.Counts(b.ctx)
	if err != nil {
		return s, err
	}
	p, err := at.open(b)
	if err != nil {
		return s, err
	}
	emit, made, length := at.emit(w, p), 0, b.options.burst
	if length <= 0 {
		length = w.burst()
	}
	burst := func() error {
		for range length {
			emit(made)()
			made++
		}
		return p.ForceFlush(b.ctx)
	}
	err = burst() // connections, pools
	heap := allocated()
	warm, cpu, began := made, processCPU(), time.Now()
	for err == nil && time.Since(began) < b.options.time {
		err = burst()
	}
	s.cpu, s.wall, s.spans = processCPU()-cpu, time.Since(began), (made-warm)*spans
	after := allocated()
	s.heap = allocations{after.objects - heap.objects, after.bytes - heap.bytes}

	err = errors.Join(err, p.close(b.ctx))
	counts, mute := b.server.Counts(b.ctx)
	if err = errors.Join(err, mute); err != nil {
		return s, err
	}
	due := int64(made * spans)
	if at.base == "" {
		due = 0
	}
	if got := counts.Spans - before.Spans; got != due || counts.Refused != before.Refused {
		return s, fmt.Errorf("%d of %d spans arrived, and %d requests could not be read", got, due, counts.Refused-before.Refused)
	}
	s.bytes = (counts.Bytes - before.Bytes) * int64(s.spans) / max(1, due)
	return s, nil
}

// tellEndToEnd prints what the paths cost, and notes the ratios.
func (b *bench) tellEndToEnd(c *corpus.Corpus, size string, courses []*course) {
	cpu := map[string][]float64{}
	for _, at := range courses {
		cpu[at.name] = at.cpu
	}
	// posted is the CPU from the spans' end to the post.
	posted := func(at *course) []float64 {
		if at.base == "" || cpu[at.base] == nil {
			return nil
		}
		return differences(at.cpu, cpu[at.base])
	}
	var otlp []float64
	byName := map[string]*course{}
	for _, at := range courses {
		if byName[at.name] = at; at.name == pathOTLP {
			otlp = posted(at)
		}
	}

	b.printf("\n%s corpus, %s of messages a span: %d rounds; medians [lowest – highest], per span\n", c.Name(), size, b.options.rounds)
	b.printf("%-24s %28s %12s %25s %8s %8s %10s %8s\n", "", "CPU µs", "end→posted", "× otlp", "allocs", "B alloc", "spans/s", "B sent")
	for _, at := range courses {
		total := spreadOf(at.cpu)
		b.printf("%-24s %9.2f [%7.2f –%7.2f] ", at.name, total.median, total.low, total.high)
		after, ratio := posted(at), spread{}
		if after != nil && otlp != nil {
			ratio = spreadOf(quotients(after, otlp))
		}
		b.printf("%12.2f %9.2f [%5.2f –%5.2f] ", spreadOf(after).median, ratio.median, ratio.low, ratio.high)
		b.printf("%8.1f %8.0f %10.0f %8.0f\n", spreadOf(at.allocs).median, spreadOf(at.allocated).median,
			spreadOf(at.rate).median, spreadOf(at.wire).median)
	}

	note := func(name, usual, of, over string, values func(*course) []float64) {
		if a, base := byName[of], byName[over]; a != nil && base != nil && values(a) != nil && values(base) != nil {
			if name += "_" + size; c.Name() != usual {
				name += "_" + c.Name()
			}
			b.ratio(name, spreadOf(quotients(values(a), values(base))).median)
		}
	}
	note("cpu_vs_otlp", "code", pathSpectTraced, pathOTLP, posted)
	note("start_to_posted_vs_otlp", "code", pathSpectTraced, pathOTLP, func(at *course) []float64 { return at.cpu })
	note("raw_cpu_vs_otlp", "prose", pathSpectByHand, pathOTLP, posted)
	note("raw_no_ids_cpu_vs_otlp", "prose", pathSpectWithout, pathOTLP, posted)
	note("gzip_cpu_vs_otlp_gzip", "code", pathSpectGzip, pathOTLPGzip, posted)
	note("throughput_vs_otlp", "code", pathSpectByHand, pathOTLP, func(at *course) []float64 { return at.rate })
	note("otlp_gzip_vs_otlp", "code", pathOTLPGzip, pathOTLP, posted)
}
