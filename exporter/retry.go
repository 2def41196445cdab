// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
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
		var refused *refusedError
		answered := errors.As(err, &refused)
		if err == nil || answered && !refused.retryable() {
			return err
		}
		if ctx.Err() != nil {
			return fmt.Errorf("%w (last failure: %w)", errNoTime, err)
		}
		s.report(err)
		// Half of the wait is random, so that clients that failed together do
		// not come back together.
		wait := backoff/2 + rand.N(backoff/2)
		if answered {
			wait = max(wait, min(refused.after, maxBackoff))
		}
		if time.Until(deadline) < wait {
			return err
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return fmt.Errorf("%w (last failure: %w)", errNoTime, err)
		case <-timer.C:
		}
		s.retries.Add(1)
	}
}

// refusedError is an answer of the collector that is not 2xx.
type refusedError struct {
	status int
	// after is how long the collector wants to be left alone; 0 where it does
	// not say.
	after time.Duration
	text  string
}

func (e *refusedError) Error() string { return e.text }

// retryable reports whether the same request may go well later.
func (e *refusedError) retryable() bool {
	switch e.status {
	case http.StatusRequestTimeout, http.StatusTooManyRequests:
		return true
	case http.StatusNotImplemented:
		return false
	}
	return e.status >= 500
}
