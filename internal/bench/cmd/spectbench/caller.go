// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/spect-tools/spect-go/exporter"
)

// candidate is one of several that do the same work on the application's thread.
type candidate struct {
	name string
	// work makes spans and returns how many; settle does what is to be done
	// before the next turn, outside the measurement.
	work   func() int
	settle func() error
	// cpu and wall are ns per span, one value a turn.
	cpu, wall []float64
	// allocations are those of the whole process.
	allocations float64
}

// takeTurns measures the candidates on this thread, in turns.
func (b *bench) takeTurns(candidates []*candidate) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	const warm = 10
	b.profile()
	for turn := range b.options.turns + warm {
		for _, c := range candidates {
			var before, after runtime.MemStats
			counts := turn == warm-1 // reading the statistics stops the world, so not in a turn that counts
			if counts {
				runtime.ReadMemStats(&before)
			}
			cpu, wall := threadCPU(), time.Now()
			n := float64(c.work())
			used, took := threadCPU()-cpu, time.Since(wall)
			if counts {
				runtime.ReadMemStats(&after)
				c.allocations = float64(after.Mallocs-before.Mallocs) / n
			}
			if err := c.settle(); err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
			if turn >= warm {
				c.cpu = append(c.cpu, float64(used.Nanoseconds())/n)
				c.wall = append(c.wall, float64(took.Nanoseconds())/n)
			}
		}
	}
	return nil
}

// tellTurns prints what candidates cost beside the first.
func (b *bench) tellTurns(title string, candidates []*candidate) {
	b.printf("\n%s: %d turns, median\n%-24s %10s %10s %8s %12s\n", title, len(candidates[0].cpu),
		"", "CPU ns", "wall ns", "×", "allocations")
	for _, c := range candidates {
		b.printf("%-24s %10.0f %10.0f %8.3f %12.1f\n", c.name, spreadOf(c.cpu).median, spreadOf(c.wall).median,
			spreadOf(quotients(c.cpu, candidates[0].cpu)).median, c.allocations)
	}
}

// hot measures what a span of ours costs the application's thread, before a
// processor that hands it over and delivers it: ours, which makes payloads and
// keeps them, and OpenTelemetry's own, whose exporter discards.
func (b *bench) hot(title string, emit func(trace.TracerProvider) emitter) ([]*candidate, error) {
	open := func(name string, p *pipeline) *candidate {
		var made int
		session := emit(p)
		return &candidate{
			name: name,
			work: func() int {
				for range batch {
					session(made)()
					made++
				}
				return batch * spans
			},
			settle: func() error {
				if err := p.ForceFlush(b.ctx); err != nil {
					return err
				}
				n, err := p.delivered()
				if err == nil && name != candidateNop && n != int64(made*spans) {
					err = fmt.Errorf("%d of %d spans were delivered", n, made*spans)
				}
				return err
			},
		}
	}
	spect, err := openSpect("127.0.0.1", b.failed, exporter.WithLocal())
	if err != nil {
		return nil, err
	}
	none, discarding := openNop(), openDiscarding()
	candidates := []*candidate{
		open("BatchSpanProcessor", discarding), open(candidateNop, none), open("spect", spect),
	}
	if err := b.takeTurns(candidates); err != nil {
		return nil, err
	}
	b.tellTurns(title, candidates)
	for _, p := range []*pipeline{none, discarding, spect} {
		if err := p.close(b.ctx); err != nil {
			return nil, err
		}
	}
	return candidates, nil
}

const candidateNop = "nothing"

// foreign measures what a span that is not ours costs with our processor
// installed, which holds open sessions meanwhile.
func (b *bench) foreign(inSession bool) ([]*candidate, error) {
	const each = 1000
	open := func(name string, p *pipeline) *candidate {
		tr, sessions := p.Tracer("example.com/http"), p.Tracer("spectbench")
		start := func() (context.Context, trace.Span) {
			return sessions.Start(context.Background(), sessionName, trace.WithAttributes(kindSession))
		}
		ctx, root := start() // a session is open, if not in the spans' trace
		return &candidate{
			name: name,
			work: func() int {
				if inSession {
					request(ctx, tr, each)
				} else {
					request(context.Background(), tr, each)
				}
				return each
			},
			settle: func() error {
				root.End()
				ctx, root = start()
				return p.ForceFlush(b.ctx)
			},
		}
	}
	spect, err := openSpect("127.0.0.1", b.failed, exporter.WithLocal())
	if err != nil {
		return nil, err
	}
	nothing := openNop()
	candidates := []*candidate{open(candidateNop, nothing), open("spect", spect)}
	if err := b.takeTurns(candidates); err != nil {
		return nil, err
	}
	title := "a span of others, on the application's thread"
	if inSession {
		title = "a span of others, inside a session"
	}
	b.tellTurns(title, candidates)
	for _, p := range []*pipeline{nothing, spect} {
		if err := p.close(b.ctx); err != nil {
			return nil, err
		}
	}
	return candidates, nil
}

// caller measures what the application's own threads pay.
func (b *bench) caller() error {
	for _, m := range []struct {
		name, title string
		emit        func(trace.TracerProvider) emitter
	}{
		{"hot_vs_bsp_discard", "a span of ours without messages, on the application's thread", bare},
		{"hot_by_hand_vs_bsp_discard", "the same, made by hand", bareByHand},
	} {
		c, err := b.hot(m.title, m.emit)
		if err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
		b.ratio(m.name, spreadOf(quotients(c[2].cpu, c[0].cpu)).median)
	}
	for _, m := range []struct {
		name      string
		inSession bool
	}{{"foreign_span", false}, {"foreign_span_in_session", true}} {
		c, err := b.foreign(m.inSession)
		if err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
		b.ratio(m.name+"_vs_noop", spreadOf(quotients(c[1].cpu, c[0].cpu)).median)
		b.ratio(m.name+"_allocations_added", math.Max(0, math.Round(10*(c[1].allocations-c[0].allocations))/10))
	}
	return nil
}
