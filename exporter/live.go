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
type liveTraces struct {
	count  atomic.Int64
	shards [64]struct {
		mu     sync.RWMutex
		traces map[trace.TraceID]struct{}
		_      [32]byte // keeps neighbors off one cache line
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

func (l *liveTraces) add(id trace.TraceID) {
	s := &l.shards[id[15]%64]
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.traces[id]; ok {
		return
	}
	if s.traces == nil {
		s.traces = make(map[trace.TraceID]struct{})
	}
	s.traces[id] = struct{}{}
	l.count.Add(1)
}

func (l *liveTraces) remove(id trace.TraceID) {
	s := &l.shards[id[15]%64]
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.traces[id]; ok {
		delete(s.traces, id)
		l.count.Add(-1)
	}
}

// retain keeps only the traces that keep wants.
func (l *liveTraces) retain(keep func(trace.TraceID) bool) {
	for i := range l.shards {
		s := &l.shards[i]
		s.mu.Lock()
		for id := range s.traces {
			if !keep(id) {
				delete(s.traces, id)
				l.count.Add(-1)
			}
		}
		s.mu.Unlock()
	}
}
