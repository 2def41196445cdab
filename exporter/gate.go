// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// gateSender holds deliveries back while the collector refuses the key: every
// session would be refused, and none is the worse for waiting. One of them
// tries again now and then, and when it gets through all go on.
type gateSender struct {
	gate *gate
	next sender
}

const (
	firstProbe = 30 * time.Second
	maxProbe   = 5 * time.Minute
)

func (s *gateSender) send(ctx context.Context, sh *shipment) error {
	var v visitor
	for {
		again, err := s.gate.through(ctx, &v, func() error { return s.next.send(ctx, sh) })
		if !again {
			return err
		}
		if v.alone > 0 {
			timer := time.NewTimer(firstBackoff << v.alone)
			select {
			case <-timer.C:
			case <-s.gate.now().turned:
			case <-ctx.Done():
			}
			timer.Stop()
		}
	}
}

// gate is open, or shut by a refusal. It is safe for concurrent use.
type gate struct {
	// report hears of a refusal.
	report func(error)
	// probe holds the one who may try while the gate is shut.
	probe chan struct{}

	mu    sync.Mutex
	state gateState
}

// visitor is a delivery at the gate.
type visitor struct {
	// refused says that it was, when the gate had been opened so often: when others
	// have got through since, another refusal is not the key's matter. alone is how
	// often that was so.
	refused bool
	opened  int
	alone   int
}

// maxAlone bounds the attempts with a session that is refused alone: somewhere in
// front of the collector may be one place that refuses.
const maxAlone = 4

type gateState struct {
	// opened is how often a probe got through.
	opened int
	// last is who was refused last: while others wait it is their turn.
	last *visitor
	// waiting is how many wait.
	waiting int

	// refusal is why the gate is shut; nil while it is open.
	refusal *DeliveryError
	// wait is how long to wait before the next probe.
	wait time.Duration
	// closing is set at shutdown: then nobody waits for a better time, and once
	// somebody has tried in vain nobody else does.
	closing, tried bool
	// turned is closed at the next change.
	turned chan struct{}
}

func newGate(report func(error)) *gate {
	return &gate{report: report, probe: make(chan struct{}, 1), state: gateState{turned: make(chan struct{})}}
}

func (g *gate) now() gateState {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.state
}

// turn changes the state. It wants the lock.
func (g *gate) turn(change func(*gateState)) {
	change(&g.state)
	close(g.state.turned)
	g.state.turned = make(chan struct{})
}

// through tries a delivery when its time has come, and tells whether it has to
// be tried again.
func (g *gate) through(ctx context.Context, v *visitor, try func() error) (again bool, err error) {
	probing, err := g.enter(ctx, v)
	if err != nil {
		return false, err
	}
	if probing {
		defer func() {
			<-g.probe
			g.mu.Lock()
			defer g.mu.Unlock()
			g.turn(func(*gateState) {}) // whose turn it was not may go
		}()
	}
	err = try()
	return g.leave(err, v, probing), err
}

// enter waits until a delivery may try: all while the gate is open, one now and
// then while it is shut.
func (g *gate) enter(ctx context.Context, v *visitor) (probing bool, err error) {
	if g.now().refusal == nil {
		return false, nil
	}
	g.mu.Lock()
	g.state.waiting++
	g.mu.Unlock()
	defer func() {
		g.mu.Lock()
		g.state.waiting--
		g.mu.Unlock()
	}()
	for {
		state := g.now()
		switch {
		case state.refusal == nil:
			return false, nil
		case state.closing && state.tried:
			return false, state.refusal
		case state.closing:
			state.wait = 0
		}
		switch err := g.await(ctx, state, state.last == v && state.waiting > 1 && !state.closing); {
		case err == nil:
			return true, nil
		case !errors.Is(err, errTurned):
			return false, fmt.Errorf("%w (last failure: %w)", err, inner{state.refusal})
		}
	}
}

// errTurned says that the gate changed while somebody waited.
var errTurned = &deliveryError{"the gate turned"}

// await waits for the right to probe, which one who yields leaves to others, and
// then until it is time.
func (g *gate) await(ctx context.Context, state gateState, yields bool) error {
	probe := g.probe
	if yields {
		probe = nil
	}
	select {
	case probe <- struct{}{}:
	case <-state.turned:
		return errTurned
	case <-ctx.Done():
		return errNoTime
	}
	timer := time.NewTimer(state.wait)
	defer timer.Stop()
	err := errTurned
	select {
	case <-timer.C:
		return nil
	case <-state.turned:
	case <-ctx.Done():
		err = errNoTime
	}
	<-g.probe
	return err
}

// leave takes in how a delivery went.
func (g *gate) leave(err error, v *visitor, probing bool) (again bool) {
	e, isAnswer := answered(err)
	g.mu.Lock()
	switch {
	case err == nil && g.state.refusal != nil:
		g.turn(func(s *gateState) { s.refusal, s.wait = nil, 0 })
		if probing {
			g.state.opened++
		}
	case isAnswer && e.unauthorized() && v.refused && v.opened < g.state.opened:
		again = !g.state.closing && v.alone < maxAlone
		v.alone++
	case isAnswer && e.unauthorized():
		again = !g.state.closing
		v.refused, v.opened, g.state.last = true, g.state.opened, v
		if probing || g.state.refusal == nil {
			g.turn(func(s *gateState) {
				s.refusal, s.tried = e, s.closing
				s.wait = min(max(2*s.wait, firstProbe), maxProbe)
			})
		}
	}
	g.mu.Unlock()
	if again {
		g.report(err)
	}
	return again
}

// close has deliveries wait no more: one tries, and what it gets is what all get.
func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.turn(func(s *gateState) { s.closing = true })
}
