// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package playground

import (
	"context"
	"fmt"
	"strings"
	"time"

	"go.opentelemetry.io/otel/trace"
)

// Scenario is one example session.
type Scenario struct {
	Name string
	// About says in a line what there is to see.
	About string

	play func(context.Context, trace.TracerProvider)
}

// Play traces the session with spans of tp. When it returns, the session has
// ended. It takes a fraction of a second, or less when ctx is done.
func (s Scenario) Play(ctx context.Context, tp trace.TracerProvider) { s.play(ctx, tp) }

// All is the name that stands for all scenarios.
const All = "all"

// Scenarios returns the scenarios, in the order in which they are best sent.
func Scenarios() []Scenario {
	return []Scenario{
		{"long", "a fleet's inspection by ten agents: 2,000 spans", playLong},
		{"vision", "a picture in the question", playVision},
		{"agent", "agents that start agents, with tools of their own", playAgent},
		{"error", "a tool that fails, and a model that has no capacity left", playError},
		{"openai:responses", "reasoning, two tools at once, a streamed answer", playResponses},
	}
}

// Find returns the scenario of that name, or all for [All].
func Find(name string) ([]Scenario, error) {
	all := Scenarios()
	if name == All {
		return all, nil
	}
	names := make([]string, 0, len(all)+1)
	for _, s := range all {
		if s.Name == name {
			return []Scenario{s}, nil
		}
		names = append(names, s.Name)
	}
	return nil, fmt.Errorf("there is no %q: choose one of %s", name, strings.Join(append(names, All), ", "))
}

// pause is how long a model or a tool takes.
func pause(ctx context.Context, ms int) {
	timer := time.NewTimer(time.Duration(ms) * time.Millisecond)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
