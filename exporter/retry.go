// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"
)

// retrySender tries again what may go well the next time.
type retrySender struct {
	cfg     *config
	retries *atomic.Uint64
	// report hears of a failure at once, not only when all attempts have failed.
	report func(error)
	next   sender
}

const (
	firstBackoff = 500 * time.Millisecond
	maxBackoff   = 30 * time.Second
)

func (s *retrySender) send(ctx context.Context, sh *shipment) error {
	deadline := time.Now().Add(s.cfg.retryTimeout)
	for backoff := firstBackoff; ; backoff = min(2*backoff, maxBackoff) {
		err := s.next.send(ctx, sh)
		var failure *DeliveryError
		if err == nil || errors.As(err, &failure) && !failure.Retryable() {
			return err
		}
		if ctx.Err() != nil {
			return fmt.Errorf("%w (last failure: %w)", errNoTime, inner{err})
		}
		s.report(err)
		// Half of the wait is random, so that clients that failed together do
		// not come back together.
		wait := backoff/2 + rand.N(backoff/2)
		if failure != nil {
			wait = max(wait, min(failure.RetryAfter, maxBackoff))
		}
		if time.Until(deadline) < wait {
			return err
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return fmt.Errorf("%w (last failure: %w)", errNoTime, inner{err})
		case <-timer.C:
		}
		s.retries.Add(1)
	}
}
