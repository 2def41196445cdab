// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"errors"
	"strconv"
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
}

// reportAgain is how long a failure that goes on is not reported again.
const reportAgain = 5 * time.Minute

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

// report calls the handler, which may panic.
func (r *reporter) report(err error) {
	defer func() { _ = recover() }()
	if r.handler != nil {
		r.handler(err)
	}
}
