// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"sync"
	"sync/atomic"

	"go.opentelemetry.io/otel/trace"
)

// liveTraces is the set of traces that hold spans of ours. The processor asks
// it on every start and end of a span that is not ours: only in these traces
// does such a span matter.
//
// Each start on its way to the gatherer, and each fragment that the gatherer
// has, is one reason for a trace to be in it: so that it stays when a fragment
// goes while the next start is under way.
type liveTraces struct {
	count  atomic.Int64
	shards [64]struct {
		mu     sync.RWMutex
		traces map[trace.TraceID]int32
		_      [32]byte // keeps neighbours off one cache line
	}
}

func (l *liveTraces) has(id trace.TraceID) bool {
	if l.count.Load() == 0 {
		return false
	}
	s := &l.shards[id[15]%64]
	s.mu.RLock()
	_, ok := s.traces[id]
	s.mu.RUnlock()
	return ok
}

// add gives a trace one more reason to be in the set.
func (l *liveTraces) add(id trace.TraceID) {
	s := &l.shards[id[15]%64]
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.traces == nil {
		s.traces = make(map[trace.TraceID]int32)
	}
	if s.traces[id]++; s.traces[id] == 1 {
		l.count.Add(1)
	}
}

// remove takes one reason away.
func (l *liveTraces) remove(id trace.TraceID) {
	s := &l.shards[id[15]%64]
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.traces[id]--; s.traces[id] <= 0 {
		delete(s.traces, id)
		l.count.Add(-1)
	}
}
