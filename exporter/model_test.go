// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spect-tools/spect-go/exporter"
)

var (
	modelSchedules = flag.Int("model.schedules", 3000, "how many schedules TestModel plays; a tenth with -short")
	modelSteps     = flag.Int("model.steps", 30, "how many steps a schedule of TestModel has, about")
	modelSeed      = flag.Uint64("model.seed", 0, "the one schedule that TestModel plays; 0: all from 1 on")
)

// TestModel plays random schedules against an exporter, in synthetic time, and
// holds what it does against what the model says.
func TestModel(t *testing.T) {
	if *modelSeed != 0 {
		playSeed(t, *modelSeed, new(modelTally))
		return
	}
	n := *modelSchedules
	if testing.Short() {
		n /= 10
	}
	tally := new(modelTally)
	t.Run("schedules", func(t *testing.T) {
		const parts = 4
		for part := range parts {
			t.Run(strconv.Itoa(part), func(t *testing.T) {
				t.Parallel()
				for seed := part + 1; seed <= n && !t.Failed(); seed += parts {
					playSeed(t, uint64(seed), tally)
				}
			})
		}
	})
	t.Logf("%d schedules: %+v", n, tally.sum)
	if n >= 1000 {
		tally.complete(t)
	}
}

// modelTally sums up what came about in schedules.
type modelTally struct {
	mu  sync.Mutex
	sum exporter.Stats
}

func (y *modelTally) add(s exporter.Stats) {
	y.mu.Lock()
	defer y.mu.Unlock()
	if y.sum.Dropped == nil {
		y.sum.Dropped, y.sum.Released = map[exporter.DropReason]uint64{}, map[exporter.ReleaseReason]uint64{}
	}
	y.sum.Received += s.Received
	y.sum.Ignored += s.Ignored
	y.sum.Delivered += s.Delivered
	y.sum.Sessions += s.Sessions
	y.sum.Retries += s.Retries
	for why, n := range s.Dropped {
		y.sum.Dropped[why] += n
	}
	for why, n := range s.Released {
		y.sum.Released[why] += n
	}
}

// complete holds that everything came about that the schedules are there for.
func (y *modelTally) complete(t *testing.T) {
	for _, why := range []exporter.ReleaseReason{
		exporter.ReleaseComplete, exporter.ReleaseLeak, exporter.ReleaseAge, exporter.ReleaseLimit, exporter.ReleaseFlush, exporter.ReleaseShutdown,
	} {
		if y.sum.Released[why] == 0 {
			t.Errorf("no schedule had a release for %s", why)
		}
	}
	for _, why := range []exporter.DropReason{
		exporter.DropDuplicate, exporter.DropLate, exporter.DropSampled, exporter.DropQueueFull,
		exporter.DropRejected, exporter.DropRetriesExhausted, exporter.DropShutdown, exporter.DropPanic,
	} {
		if y.sum.Dropped[why] == 0 {
			t.Errorf("no schedule had a drop for %s", why)
		}
	}
}

func playSeed(t *testing.T, seed uint64, tally *modelTally) {
	s := newModelSchedule(newSeededChoices(seed), *modelSteps)
	stats, err := playModel(t, s)
	if tally.add(stats); err != nil {
		s, err = shrunk(t, s, err)
		t.Errorf("%v\nin the schedule (of -model.seed=%d -model.steps=%d)\n%v", err, seed, *modelSteps, s)
	}
}

// FuzzSchedule plays the schedules that a fuzzer thinks of.
func FuzzSchedule(f *testing.F) {
	r := rand.New(rand.NewPCG(1, 2))
	for n := range 20 {
		b := make([]byte, n*20)
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		s := newModelSchedule(&fuzzedChoices{b}, min(len(b)/4, 200))
		if _, err := playModel(t, s); err != nil {
			s, err = shrunk(t, s, err)
			t.Errorf("%v\nin the schedule\n%v", err, s)
		}
	})
}

// playModel plays a schedule and returns the first thing that is wrong.
func playModel(t *testing.T, s modelSchedule) (stats exporter.Stats, err error) {
	synctest.Test(t, func(*testing.T) {
		w := newModelWorld(s.config)
		if err = w.play(s.steps); w.exp != nil {
			stats = w.exp.Stats()
		}
	})
	return stats, err
}

// shrunk makes a schedule that fails as small as it can.
func shrunk(t *testing.T, s modelSchedule, failure error) (modelSchedule, error) {
	fails := func(smaller modelSchedule) bool {
		_, err := playModel(t, smaller)
		if err != nil {
			s, failure = smaller, err
		}
		return err != nil
	}
	for before := -1; before != len(s.steps); {
		before = len(s.steps)
		for size := len(s.steps) / 2; size > 0; size /= 2 {
			for at := 0; at+size <= len(s.steps); {
				smaller := s
				if smaller.steps = slices.Delete(slices.Clone(s.steps), at, at+size); !fails(smaller) {
					at += size
				}
			}
		}
		for _, simpler := range []func(*modelConfig){
			func(c *modelConfig) { c.answers = nil },
			func(c *modelConfig) { c.answers = c.answers[:max(0, len(c.answers)-1)] },
			func(c *modelConfig) { c.sampled = false },
			func(c *modelConfig) { c.headSampled = false },
			func(c *modelConfig) { c.maxSpans = 0 },
			func(c *modelConfig) { c.maxBytes = 0 },
			func(c *modelConfig) { c.queueBytes = 0 },
			func(c *modelConfig) { c.grace = 250 * time.Millisecond },
			func(c *modelConfig) { c.leak = 30 * time.Second },
			func(c *modelConfig) { c.age = time.Hour },
		} {
			smaller := s
			if simpler(&smaller.config); fmt.Sprint(smaller.config) != fmt.Sprint(s.config) {
				fails(smaller)
			}
		}
	}
	return s, failure
}

// TestModelInParallel lets goroutines play at the same time, in traces that they
// share, and holds what arrived against the tree of spans.
func TestModelInParallel(t *testing.T) {
	n := 100
	if testing.Short() {
		n /= 10
	}
	for seed := range uint64(n) {
		synctest.Test(t, func(t *testing.T) {
			w := newModelWorld(modelConfig{
				providers: 2, workers: 2, grace: time.Duration(seed%2) * 250 * time.Millisecond, leak: 30 * time.Second, age: time.Hour,
				maxBytes: 1 << 30, parallel: true,
			})
			if err := w.inParallel(seed); err != nil {
				t.Errorf("seed %d: %v", seed, err)
			}
		})
	}
}

// inParallel plays several programs of starts, ends and pauses at once.
func (w *modelWorld) inParallel(seed uint64) error {
	if w.err != nil {
		return w.err
	}
	defer w.close()
	var (
		group  sync.WaitGroup
		mu     sync.Mutex
		labels int
		all    []*worldSpan
		failed error
	)
	start := func(c choices) *worldSpan {
		step := modelStep{kind: oneOf(c, kindForeign, kindForeign, kindEntry, kindEntry, kindEntry, kindSession)}
		step.tracer = step.kind != kindForeign && chance(c, 2)
		var parent *worldSpan
		mu.Lock()
		if recent := all[max(0, len(all)-10):]; len(recent) > 0 && !chance(c, 10) {
			parent = recent[c.pick(len(recent))]
		}
		step.span = labels
		labels++
		mu.Unlock()
		s, err := w.providers[c.pick(2)].start(step, parent, time.Now())
		mu.Lock()
		defer mu.Unlock()
		if err != nil {
			failed = err
			return nil
		}
		w.know(s)
		all = append(all, s)
		return s
	}
	end := func(s *worldSpan) {
		s.end()
		s.ended = true
	}
	for player := range uint64(4) {
		group.Go(func() {
			c := newSeededChoices(seed<<8 | player)
			var open []*worldSpan
			for range 60 {
				switch n := c.pick(20); {
				case n < 9:
					if s := start(c); s != nil {
						open = append(open, s)
					}
				case n < 18 && len(open) > 0:
					i := c.pick(len(open))
					end(open[i])
					open = slices.Delete(open, i, i+1)
				default:
					time.Sleep(time.Duration(c.pick(300)) * time.Millisecond)
				}
			}
			for _, s := range open {
				end(s)
			}
		})
	}
	group.Wait()
	if err := w.exp.Shutdown(context.Background()); err != nil || failed != nil {
		return errors.Join(failed, err)
	}
	var ours, others uint64
	for _, s := range all {
		if s.others() {
			others++
		} else {
			ours++
		}
	}
	arrived, err := w.checkTree()
	if stats := w.exp.Stats(); err == nil && (stats.Received != ours || stats.Ignored != others || stats.Delivered != ours || uint64(len(arrived)) != ours) {
		err = fmt.Errorf("of %d spans of ours and %d of others %d arrived: %+v", ours, others, len(arrived), stats)
	}
	return err
}
