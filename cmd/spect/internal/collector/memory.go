// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package collector

import (
	"container/list"
	"context"
	"fmt"
	"sync"
)

// entryOverhead is charged per session beside its body and headers: summary, map
// and list nodes. Roughly right is enough for a bound.
const entryOverhead = 4 << 10

// Memory is a [Store] in memory, bounded by count and by bytes: the oldest
// sessions give way to new ones. Create it with [NewMemory].
type Memory struct {
	maxSessions int
	maxBytes    int64

	mu     sync.Mutex
	order  *list.List // of *Session, newest in front
	byID   map[string]*list.Element
	bytes  int64
	seq    int64
	events broadcaster
}

var _ Store = (*Memory)(nil)

// NewMemory returns an empty store for at most maxSessions sessions of maxBytes
// bytes together. Less than 1 counts as 1.
func NewMemory(maxSessions int, maxBytes int64) *Memory {
	return &Memory{
		maxSessions: max(maxSessions, 1),
		maxBytes:    max(maxBytes, 1),
		order:       list.New(),
		byID:        make(map[string]*list.Element),
	}
}

// Put implements [Store].
func (m *Memory) Put(_ context.Context, s Session) (Entry, error) {
	if cost(&s) > m.maxBytes {
		return Entry{}, fmt.Errorf("%w: %d bytes, of %d in all", ErrTooLarge, cost(&s), m.maxBytes)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	s.Posts = 1
	if el, ok := m.byID[s.ID]; ok {
		s.Posts += el.Value.(*Session).Posts
		m.remove(el)
	}
	m.seq++
	s.Seq = m.seq
	m.byID[s.ID] = m.order.PushFront(&s)
	m.bytes += cost(&s)

	// Events are published under the lock: subscribers see them in effect order.
	m.events.publish(Event{Kind: EventSession, Entry: s.Entry})
	var gone []string
	for m.order.Len() > m.maxSessions || m.bytes > m.maxBytes {
		oldest := m.order.Back()
		gone = append(gone, oldest.Value.(*Session).ID)
		m.remove(oldest)
	}
	if gone != nil {
		m.events.publish(Event{Kind: EventRemoved, IDs: gone})
	}
	return s.Entry, nil
}

// Get implements [Store].
func (m *Memory) Get(_ context.Context, id string) (Session, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	el, ok := m.byID[id]
	if !ok {
		return Session{}, ErrNotFound
	}
	return *el.Value.(*Session), nil
}

// List implements [Store].
func (m *Memory) List(_ context.Context, limit int, before int64) ([]Entry, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	entries := make([]Entry, 0, min(limit, m.order.Len()))
	for el := m.order.Front(); el != nil; el = el.Next() {
		e := el.Value.(*Session).Entry
		if before > 0 && e.Seq >= before {
			continue
		}
		if len(entries) == limit {
			return entries, true, nil
		}
		entries = append(entries, e)
	}
	return entries, false, nil
}

// Clear implements [Store].
func (m *Memory) Clear(context.Context) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := m.order.Len()
	m.order.Init()
	clear(m.byID)
	m.bytes = 0
	m.events.publish(Event{Kind: EventCleared})
	return n, nil
}

// Subscribe implements [Store].
func (m *Memory) Subscribe() (<-chan Event, func()) { return m.events.subscribe() }

func (m *Memory) remove(el *list.Element) {
	s := m.order.Remove(el).(*Session)
	delete(m.byID, s.ID)
	m.bytes -= cost(s)
}

func cost(s *Session) int64 {
	n := len(s.Body) + len(s.Request.Path) + len(s.Request.Name) + entryOverhead
	for k, vs := range s.Request.Header {
		for _, v := range vs {
			n += len(k) + len(v)
		}
	}
	return int64(n)
}
