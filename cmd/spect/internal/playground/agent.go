// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package playground

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"sync"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/tracer"
)

// agent is a program as its author would write it, but that its model reads off
// a script what it is to say.
type agent struct {
	tr *tracer.Tracer
	// operation names the spans of model calls.
	operation string
	script    []reply
	tools     map[string]tool
	// used is what the session has used so far, by all its agents.
	used *contracts.Usage
}

// reply is what the model says to one call.
type reply struct {
	reasoning string
	text      string
	calls     []contracts.ToolCall
	usage     contracts.Usage
	// streamed has the reply arrive word by word.
	streamed bool
	// takes is how long the model thinks, in milliseconds.
	takes int
	err   error
}

// tool answers a call.
type tool func(context.Context, contracts.JSON) (any, error)

// call is what a model asks for.
func call(id, name string, input contracts.JSON) contracts.ToolCall {
	return contracts.ToolCall{ID: id, Name: name, Input: input}
}

// answers is a tool that takes a moment and always says the same.
func answers(takes int, result contracts.JSON) tool {
	return func(ctx context.Context, _ contracts.JSON) (any, error) {
		pause(ctx, takes)
		return result, nil
	}
}

// run calls the model, and the tools that it asks for, until there is an answer.
func (a *agent) run(ctx context.Context) (answer string, err error) {
	for {
		r, err := a.ask(ctx)
		if err != nil {
			return "", err
		}
		if len(r.calls) == 0 {
			return r.text, nil
		}
		a.runTools(ctx, r.calls)
	}
}

// ask is one call of the model. Options go to its span.
func (a *agent) ask(ctx context.Context, opts ...tracer.SpanOption) (r reply, err error) {
	if len(a.script) == 0 {
		return reply{}, errors.New("the script is over")
	}
	r, a.script = a.script[0], a.script[1:]
	if r.streamed {
		return r, a.stream(ctx, &r, opts)
	}
	ctx, span := a.tr.Start(ctx, contracts.KindGenerate, a.operation, opts...)
	defer span.EndErr(&err)
	pause(ctx, r.takes)
	if r.err != nil {
		return r, r.err
	}
	span.Add(r.message())
	a.spent(span, r.usage)
	return r, nil
}

func (r *reply) message() contracts.ConversationMessage {
	var parts []contracts.ContentPart
	if r.reasoning != "" {
		parts = append(parts, contracts.ReasoningContentPart{Text: r.reasoning})
	}
	if r.text != "" {
		parts = append(parts, contracts.TextContentPart{Text: r.text})
	}
	for _, c := range r.calls {
		parts = append(parts, c.Part())
	}
	return contracts.Assistant(parts...)
}

// stream is a call whose reply comes in pieces.
func (a *agent) stream(ctx context.Context, r *reply, opts []tracer.SpanOption) error {
	ctx, span := a.tr.Start(ctx, contracts.KindStream, a.operation, opts...)
	for event, err := range tracer.Stream(span, r.events(ctx), event.delta) {
		if err != nil {
			return err
		}
		if event.kind == "response.completed" {
			a.spent(span, r.usage)
		}
	}
	return nil
}

// event is a piece of a reply, as the Responses API streams it.
type event struct {
	kind string
	text string
}

func (e event) delta() tracer.Delta {
	switch e.kind {
	case "response.reasoning_summary_text.delta":
		return tracer.Delta{Reasoning: e.text}
	case "response.output_text.delta":
		return tracer.Delta{Text: e.text}
	}
	return tracer.Delta{}
}

func (r *reply) events(ctx context.Context) iter.Seq2[event, error] {
	return func(yield func(event, error) bool) {
		pause(ctx, r.takes)
		for _, word := range strings.SplitAfter(r.reasoning, " ") {
			if !yield(event{"response.reasoning_summary_text.delta", word}, nil) {
				return
			}
		}
		for i, word := range strings.SplitAfter(r.text, " ") {
			if i%8 == 0 {
				pause(ctx, 1)
			}
			if !yield(event{"response.output_text.delta", word}, nil) {
				return
			}
		}
		yield(event{"response.completed", ""}, nil)
	}
}

// runTools runs the tools at the same time. The next is started when the one
// before is under way: which of them is first is the same each time.
func (a *agent) runTools(ctx context.Context, calls []contracts.ToolCall) {
	var wg sync.WaitGroup
	for _, c := range calls {
		underWay := make(chan struct{})
		wg.Go(func() {
			// What the tool returns goes to the model, and so does its error.
			_, _ = tracer.RunTool(ctx, a.tr, c, func(ctx context.Context) (any, error) {
				close(underWay)
				t, ok := a.tools[c.Name]
				if !ok {
					return nil, fmt.Errorf("there is no tool %q", c.Name)
				}
				return t(ctx, c.Input)
			})
		})
		<-underWay
	}
	wg.Wait()
}

// spent notes what a call used, on its span and for the session.
func (a *agent) spent(span *tracer.Span, u contracts.Usage) {
	span.AddMetadata(map[string]any{"usage": u})
	a.used.InputTokens += u.InputTokens
	a.used.OutputTokens += u.OutputTokens
	a.used.TotalTokens += u.TotalTokens
	a.used.ReasoningTokens += u.ReasoningTokens
	a.used.CachedInputTokens += u.CachedInputTokens
}

// tokens is the usage of one call.
func tokens(input, output, reasoning, cached int64) contracts.Usage {
	return contracts.Usage{
		InputTokens: input, OutputTokens: output, TotalTokens: input + output,
		ReasoningTokens: reasoning, CachedInputTokens: cached,
	}
}
