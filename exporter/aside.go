// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"sync"
	"time"

	"github.com/spect-tools/spect-go/internal/spool"
)

// asides are the payloads of a spool that fail while others do not: what is wrong
// is theirs, and nobody waits for them. It is safe for concurrent use.
type asides struct {
	mu  sync.Mutex
	all map[spool.ID]aside
}

type aside struct {
	err  error
	wait time.Duration
	due  time.Time // when it is to be tried again
}

// put sets a payload aside, each time for longer, and returns until when.
func (a *asides) put(id spool.ID, err error) (due time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.all == nil {
		a.all = make(map[spool.ID]aside)
	}
	wait := min(max(2*a.all[id].wait, firstBackoff), maxProbe)
	due = time.Now().Add(wait)
	a.all[id] = aside{err, wait, due}
	return due
}

func (a *asides) get(id spool.ID) (aside, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	one, ok := a.all[id]
	return one, ok
}

// hurry has all be tried at once.
func (a *asides) hurry() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for id, one := range a.all {
		one.due = time.Time{}
		a.all[id] = one
	}
}

// forget is for a payload that is not in the spool any more.
func (a *asides) forget(id spool.ID) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.all, id)
}

// failure is why one of the payloads up to newest is aside; nil if none is.
func (a *asides) failure(newest spool.ID) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	for id, one := range a.all {
		if id <= newest {
			return one.err
		}
	}
	return nil
}
