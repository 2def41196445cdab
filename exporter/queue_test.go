// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
)

// However few the tokens are, all workers find what is in the queue.
func TestQueueWakesAllWorkers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &delivery{cfg: &config{}, more: make(chan struct{}, 1)}
		var got atomic.Int32
		for range 3 {
			go func() {
				if d.next(t.Context()) != nil {
					got.Add(1)
				}
			}()
		}
		synctest.Wait()
		d.mu.Lock()
		d.queue = append(d.queue, &release{}, &release{}, &release{})
		d.mu.Unlock()
		d.signal()
		synctest.Wait()
		if n := got.Load(); n != 3 {
			t.Errorf("%d of 3 workers have something to do", n)
		}
	})
}
