// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"
)

// reporter tells the application what goes wrong: once for a failure that goes
// on, and again after it was over, or after a while.
type reporter struct {
	handler func(error)

	mu sync.Mutex
	// told is when a kind of failure was last reported, in the outage that is on.
	told map[string]time.Time
	// minute is when the minute under way began; in it so many errors of each kind
	// came, and skipped were too many.
	minute  time.Time
	came    map[string]int
	skipped int
}

const (
	// reportAgain is how long a failure that goes on is not reported again.
	reportAgain = 5 * time.Minute
	// maxReports bounds what is reported of one kind in a minute, maxKinds the
	// kinds: a callback that panics for each session hides nothing else.
	maxReports = 5
	maxKinds   = 20
)

func newReporter(handler func(error)) *reporter {
	return &reporter{handler: handler, told: make(map[string]time.Time)}
}

// failed reports that a session was not delivered, or not yet.
func (r *reporter) failed(err error) {
	kind, now := failureKind(err), time.Now()
	r.mu.Lock()
	last, told := r.told[kind]
	if told && now.Sub(last) < reportAgain {
		r.mu.Unlock()
		return
	}
	r.told[kind] = now
	r.mu.Unlock()
	r.report(err)
}

// failureKind tells failures apart as far as a person would: by what the
// collector said, or by what became of the session.
func failureKind(err error) string {
	if e, isAnswer := answered(err); isAnswer {
		return strconv.Itoa(e.Status)
	}
	var panicked *panicError
	if errors.As(err, &panicked) {
		return "panic"
	}
	var known *deliveryError
	if errors.As(err, &known) {
		return known.text
	}
	return "unreachable"
}

// recovered says that a session was delivered.
func (r *reporter) recovered() {
	r.mu.Lock()
	clear(r.told)
	r.mu.Unlock()
}

// report calls the handler, which may panic, unless it heard the same often of
// late.
func (r *reporter) report(err error) {
	if r.handler == nil {
		return
	}
	now := time.Now()
	r.mu.Lock()
	skipped := 0
	if now.Sub(r.minute) >= time.Minute {
		skipped = r.skipped
		r.minute, r.skipped, r.came = now, 0, make(map[string]int)
	}
	kind := reportKind(err)
	tooMany := r.came[kind] >= maxReports || r.came[kind] == 0 && len(r.came) >= maxKinds
	if tooMany {
		r.skipped++
	} else {
		r.came[kind]++
	}
	r.mu.Unlock()
	if tooMany {
		return
	}
	if skipped > 0 {
		r.call(fmt.Errorf("spect: %d more errors were not reported", skipped))
	}
	r.call(err)
}

// reportKind is what our own words say of an error, without what they quote:
// "spect: what happened: why".
func reportKind(err error) string {
	what, _, _ := strings.Cut(strings.TrimPrefix(err.Error(), prefix), ": ")
	return what
}

func (r *reporter) call(err error) {
	apart(func() {
		defer func() { _ = recover() }()
		r.handler(err)
	})
}
