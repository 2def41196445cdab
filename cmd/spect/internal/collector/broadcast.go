// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package collector

import "sync"

// subscriberBuffer is how many events a subscriber may lag behind before it is cut off.
const subscriberBuffer = 256

// broadcaster hands events to every subscriber without ever waiting for one.
// The zero value is ready.
type broadcaster struct {
	mu   sync.Mutex
	subs map[chan Event]struct{}
}

func (b *broadcaster) subscribe() (<-chan Event, func()) {
	ch := make(chan Event, subscriberBuffer)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.subs == nil {
		b.subs = make(map[chan Event]struct{})
	}
	b.subs[ch] = struct{}{}
	return ch, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.drop(ch)
	}
}

func (b *broadcaster) publish(ev Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for ch := range b.subs {
		select {
		case ch <- ev:
		default:
			b.drop(ch)
		}
	}
}

// drop closes ch once, whoever comes first: publish or the subscriber's cancel.
func (b *broadcaster) drop(ch chan Event) {
	if _, ok := b.subs[ch]; ok {
		delete(b.subs, ch)
		close(ch)
	}
}
