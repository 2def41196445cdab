// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter_test

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// modelSchedule is a program: what an application, its collector and the clock
// do, step by step. Its steps name spans by number; a step that names a span
// that was not started does nothing, and a span below one is at the top, so that
// a schedule stays one when steps are taken away.
type modelSchedule struct {
	config modelConfig
	steps  []modelStep
}

// modelConfig is how the exporter is set up, and what its collector answers.
type modelConfig struct {
	door              modelDoor
	providers         int
	headSampled       bool // everything is dropped that exporter.Sampler does not keep
	sampled           bool // half of the sessions are sampled out
	guests            bool // some spans of others are let in
	burst             bool // starts and ends do not wait until they are taken in
	parallel          bool // spans are started on several goroutines
	grace, leak, age  time.Duration
	maxSpans          int // 0: the default
	maxBytes          int // 0: the default. Otherwise releases cannot be foretold.
	queueBytes        int // 0: the default
	workers           int
	timeout, retrying time.Duration
	answers           []modelAnswer // to one request after the other, then modelAccept
}

// modelDoor is how spans reach the exporter.
type modelDoor int

const (
	processorDoor modelDoor = iota
	exporterDoor
	bothDoors
)

func (d modelDoor) String() string {
	return [...]string{"the processor", "the exporter", "both doors"}[d]
}

// modelOp is what a step does.
type modelOp int

const (
	opStart modelOp = iota
	opEnd
	opSleep
	opFlush
	opForceFlush
	opExport
	opCloseProvider
	opShutdown
)

// modelStep is one step.
type modelStep struct {
	op       modelOp
	span     int // started or ended
	parent   int // of a start; none below 0
	kind     modelKind
	tracer   bool // by package tracer, not by hand
	link     modelLink
	provider int
	wait     time.Duration // of opSleep; the timeout of the others
	open     bool          // opFlush: the open ones too; opShutdown: not by the providers
	spans    []int         // opExport
}

// modelKind is what a span is.
type modelKind int

const (
	kindForeign modelKind = iota
	kindEntry
	kindSession
	kindLateEntry   // becomes ours after its start
	kindLateSession // becomes ours after its start
	kindGuest       // of others, and to be let in
)

// modelLink is how a span comes to its parent.
type modelLink int

const (
	linkContext modelLink = iota // the parent's context
	linkSpan                     // a context with nothing but the parent's span
	linkRemote                   // by way of the network
	linkCarried                  // by way of the network and tracer.Propagator
)

// choices decides what a schedule is: a random number generator, or a fuzzer.
type choices interface{ pick(n int) int }

type seededChoices struct{ *rand.Rand }

func newSeededChoices(seed uint64) choices {
	return seededChoices{rand.New(rand.NewPCG(seed, 0x5bec7))}
}

func (c seededChoices) pick(n int) int { return c.IntN(n) }

// fuzzedChoices takes its choices off bytes; when there are none left, it always
// picks the first.
type fuzzedChoices struct{ bytes []byte }

func (c *fuzzedChoices) pick(n int) int {
	var b [2]byte
	k := 1
	if n > 256 {
		k = 2
	}
	c.bytes = c.bytes[copy(b[:k], c.bytes):]
	return int(binary.LittleEndian.Uint16(b[:])) % n
}

// chance is true once in n times.
func chance(c choices, n int) bool { return c.pick(n) == n-1 }

func oneOf[T any](c choices, of ...T) T { return of[c.pick(len(of))] }

// newModelSchedule makes a schedule of about so many steps.
func newModelSchedule(c choices, steps int) modelSchedule {
	s := modelSchedule{config: newModelConfig(c)}
	g := scheduler{choices: c, config: &s.config, byTracer: c.pick(3)}
	for len(g.steps) < steps {
		g.step()
	}
	g.finish()
	s.steps = g.steps
	return s
}

func newModelConfig(c choices) modelConfig {
	cfg := modelConfig{
		door:      oneOf(c, processorDoor, processorDoor, processorDoor, exporterDoor, exporterDoor, bothDoors),
		providers: 1, workers: oneOf(c, 4, 1, 2),
		grace: oneOf(c, 250*time.Millisecond, 250*time.Millisecond, 0, 2*time.Second),
		leak:  oneOf(c, 30*time.Second, 30*time.Second, time.Second),
		age:   oneOf(c, time.Hour, time.Hour, 10*time.Second),
	}
	if cfg.door != exporterDoor {
		cfg.providers = oneOf(c, 1, 1, 2)
		cfg.headSampled = chance(c, 5)
	}
	cfg.sampled, cfg.guests = chance(c, 8), chance(c, 4) && cfg.door == processorDoor
	switch c.pick(8) {
	case 1:
		cfg.maxSpans = 1 + c.pick(8)
	case 2:
		cfg.maxBytes = 1024 * (1 + c.pick(8))
	}
	cfg.guests = cfg.guests && cfg.maxBytes == 0 // whether they come in time could not be foretold
	cfg.burst = cfg.maxSpans == 0 && chance(c, 4)
	if chance(c, 3) {
		cfg.queueBytes = oneOf(c, 0, 500, 2000)
		cfg.timeout, cfg.retrying = oneOf(c, 10*time.Second, time.Second), oneOf(c, time.Minute, 0, 5*time.Second)
		for range 1 + c.pick(12) {
			cfg.answers = append(cfg.answers, modelAnswer(c.pick(int(modelAnswers))))
		}
	}
	return cfg
}

// scheduler makes the steps of a schedule.
type scheduler struct {
	choices
	config   *modelConfig
	byTracer int // 0: no span, 1: all that can be, 2: some
	steps    []modelStep
	open     []int
	ended    []int
	exported []int
	started  int
	closed   bool // the second provider
}

func (g *scheduler) add(s modelStep) { g.steps = append(g.steps, s) }

func (g *scheduler) step() {
	switch n := g.pick(100); {
	case n < 40:
		g.start()
	case n < 70 && len(g.open) > 0:
		g.end(g.pick(len(g.open)))
	case n < 85 && g.config.door != processorDoor:
		g.export()
	case n < 94:
		g.sleep()
	case n < 97:
		g.add(modelStep{op: opFlush, open: chance(g, 3), wait: oneOf(g.choices, time.Minute, 100*time.Millisecond)})
	case n < 99:
		g.add(modelStep{op: opForceFlush, provider: g.pick(g.config.providers), wait: time.Minute})
	case g.config.providers > 1 && !g.closed && chance(g, 2):
		g.closed = true
		g.add(modelStep{op: opCloseProvider, provider: 1, wait: time.Minute})
	default:
		g.start()
	}
}

func (g *scheduler) sleep() {
	g.add(modelStep{op: opSleep, wait: oneOf(g.choices,
		time.Millisecond, 100*time.Millisecond, 249*time.Millisecond, 250*time.Millisecond, 251*time.Millisecond,
		time.Second, 2*time.Second, 9*time.Second, 10*time.Second, 29*time.Second, 30*time.Second, 31*time.Second,
		35*time.Minute, time.Hour)})
}

func (g *scheduler) start() {
	s := modelStep{op: opStart, span: g.started, parent: -1}
	s.kind = oneOf(g.choices, kindForeign, kindForeign, kindEntry, kindEntry, kindEntry, kindSession)
	switch {
	case g.config.guests && chance(g, 4):
		s.kind = kindGuest
	case !g.config.burst && g.config.door != bothDoors && chance(g, 16): // it must be clear when it becomes ours
		s.kind = oneOf(g.choices, kindLateEntry, kindLateSession)
	}
	ours := s.kind == kindEntry || s.kind == kindSession
	s.tracer = ours && (g.byTracer == 1 || g.byTracer == 2 && chance(g, 2))
	switch n := g.pick(20); {
	case g.started == 0 || n < 2:
	case n < 16 && len(g.open) > 0: // near what was started last
		near := g.open[max(0, len(g.open)-6):]
		s.parent = near[g.pick(len(near))]
	default:
		s.parent = g.pick(g.started)
	}
	if s.parent >= 0 && chance(g, 12) {
		s.link = oneOf(g.choices, linkSpan, linkRemote, linkCarried)
	}
	if g.config.providers > 1 && !g.closed {
		s.provider = g.pick(2)
	}
	g.add(s)
	g.open = append(g.open, g.started)
	g.started++
}

func (g *scheduler) end(i int) {
	g.add(modelStep{op: opEnd, span: g.open[i]})
	g.ended = append(g.ended, g.open[i])
	g.open = slices.Delete(g.open, i, i+1)
}

// export passes ended spans on, in any order, now and then one for the second
// time.
func (g *scheduler) export() {
	n := min(len(g.ended), 1+g.pick(5))
	if g.config.maxSpans > 0 {
		n = min(n, 1) // so that it is clear when the limit is reached
	}
	var batch []int
	for range n {
		i := g.pick(len(g.ended))
		batch = append(batch, g.ended[i])
		g.ended = slices.Delete(g.ended, i, i+1)
	}
	g.exported = append(g.exported, batch...)
	if len(g.exported) > 0 && chance(g, 10) && (len(batch) == 0 || g.config.maxSpans == 0) {
		batch = append(batch, g.exported[g.pick(len(g.exported))])
	}
	if len(batch) > 0 {
		g.add(modelStep{op: opExport, spans: batch})
	}
}

// finish ends most spans, and shuts the exporter down.
func (g *scheduler) finish() {
	if !chance(g, 4) {
		for len(g.open) > 0 {
			g.end(g.pick(len(g.open)))
			if chance(g, 4) {
				g.sleep()
			}
		}
	}
	if g.config.door != processorDoor && !chance(g, 6) {
		for len(g.ended) > 0 {
			g.export()
		}
	}
	if chance(g, 2) {
		g.sleep()
	}
	g.add(modelStep{op: opShutdown, open: chance(g, 3), wait: oneOf(g.choices, time.Minute, time.Minute, time.Second)})
	if chance(g, 3) { // what comes after is counted
		for range g.pick(6) {
			g.step()
		}
	}
}

// String tells the schedule, for people.
func (s modelSchedule) String() string {
	var b strings.Builder
	c := &s.config
	fmt.Fprintf(&b, "through %v; grace %v, leak timeout %v, age %v", c.door, c.grace, c.leak, c.age)
	for _, word := range []struct {
		set  bool
		text string
	}{
		{c.providers > 1, fmt.Sprintf("%d providers", c.providers)},
		{c.headSampled, "all else dropped by the head sampler"},
		{c.sampled, "half of the sessions sampled out"},
		{c.guests, "guests are let in"},
		{c.burst, "in bursts"},
		{c.maxSpans > 0, fmt.Sprintf("at most %d spans held", c.maxSpans)},
		{c.maxBytes > 0, fmt.Sprintf("at most %d bytes held", c.maxBytes)},
		{c.queueBytes > 0, fmt.Sprintf("at most %d bytes queued", c.queueBytes)},
		{len(c.answers) > 0, fmt.Sprintf("%d workers, timeout %v, retrying for %v; the collector: %v", c.workers, c.timeout, c.retrying, c.answers)},
	} {
		if word.set {
			b.WriteString("; " + word.text)
		}
	}
	b.WriteByte('\n')
	for i, step := range s.steps {
		fmt.Fprintf(&b, "%3d  %v\n", i, step)
	}
	return b.String()
}

// String tells the step, for people.
func (s modelStep) String() string {
	switch s.op {
	case opStart:
		text := fmt.Sprintf("start %d, %s", s.span, [...]string{
			"a span of others", "an entry", "a session", "a span that ends as an entry", "a span that ends as a session", "a guest",
		}[s.kind])
		if s.tracer {
			text += " (tracer)"
		}
		if s.parent >= 0 {
			text += fmt.Sprintf(", below %d", s.parent)
			text += [...]string{"", " (only its span in the context)", " (remote)", " (remote, with the propagator)"}[s.link]
		}
		if s.provider > 0 {
			text += fmt.Sprintf(", provider %d", s.provider)
		}
		return text
	case opEnd:
		return fmt.Sprintf("end %d", s.span)
	case opSleep:
		return fmt.Sprintf("sleep %v", s.wait)
	case opFlush:
		if s.open {
			return fmt.Sprintf("flush, the open ones too, for at most %v", s.wait)
		}
		return fmt.Sprintf("flush for at most %v", s.wait)
	case opForceFlush:
		return fmt.Sprintf("flush provider %d for at most %v", s.provider, s.wait)
	case opExport:
		return fmt.Sprintf("export %v", s.spans)
	case opCloseProvider:
		return fmt.Sprintf("shut down provider %d", s.provider)
	case opShutdown:
		if s.open {
			return fmt.Sprintf("shut the exporter down within %v", s.wait)
		}
		return fmt.Sprintf("shut the providers down within %v", s.wait)
	}
	return "?"
}
