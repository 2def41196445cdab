// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"fmt"
	"sync"
)

// losses are the sessions that delivery has given up. Who waits for deliveries
// looks at them before and after. It is safe for concurrent use.
type losses struct {
	mu   sync.Mutex
	n    uint64
	last error
}

// add takes in why a session was given up.
func (l *losses) add(why error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.n++
	l.last = why
}

func (l *losses) count() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.n
}

// since is an error when more sessions than before were given up.
func (l *losses) since(before uint64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.n == before {
		return nil
	}
	return fmt.Errorf("spect: sessions given up: %d; the last: %w", l.n-before, inner{l.last})
}
