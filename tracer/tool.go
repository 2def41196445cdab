// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package tracer

import (
	"context"

	"github.com/spect-tools/spect-go/contracts"
)

// RunTool traces a tool at work: a tool-call span around run, whose context it
// gets, and below it a tool-result span with what run returned or why it
// failed. A panic of run is recorded, and goes on.
func RunTool[T any](ctx context.Context, t *Tracer, call contracts.ToolCall, run func(context.Context) (T, error), opts ...SpanOption) (result T, err error) {
	ctx, span := t.StartToolCall(ctx, call, opts...)
	defer span.EndErr(&err)
	returned := false
	defer func() {
		if returned {
			t.AddToolResult(ctx, call, result, err)
		}
	}()
	result, err = run(ctx)
	returned = true
	return result, err
}

// StartToolCall starts a tool-call span, named as the tool, for a caller that
// runs the tool elsewhere; [Tracer.AddToolResult] is its counterpart, and
// [RunTool] does both.
func (t *Tracer) StartToolCall(ctx context.Context, call contracts.ToolCall, opts ...SpanOption) (context.Context, *Span) {
	if t.idle() {
		return ctx, nil
	}
	opts = append([]SpanOption{
		Tool(contracts.SpanToolOverlay{ToolCallID: call.ID, ToolName: call.Name, Parameters: call.Input}),
		Messages(contracts.Assistant(call.Part())),
	}, opts...)
	return t.Start(ctx, contracts.KindToolCall, call.Name, opts...)
}

// AddToolResult records what a tool returned, any value that encodes as JSON,
// or the error that it failed with: as a tool-result span below the span of
// ctx.
func (t *Tracer) AddToolResult(ctx context.Context, call contracts.ToolCall, result any, err error) {
	if t.idle() {
		return
	}
	_, span := t.Start(ctx, contracts.KindToolResult, call.Name+".result",
		Tool(contracts.SpanToolOverlay{ToolCallID: call.ID, ToolName: call.Name}))
	if span.IsRecording() {
		output := toolOutput(result, err)
		span.SetTool(contracts.SpanToolOverlay{Result: output.Value})
		span.Add(contracts.ToolMessage(contracts.ToolResultContentPart{ToolCallID: call.ID, ToolName: call.Name, Output: output}))
	}
	span.SetError(err)
	span.End()
}

func toolOutput(result any, err error) contracts.ToolResultOutput {
	if err != nil {
		e := normalizeError(err, nil)
		return contracts.ToolResultOutput{Type: contracts.OutputErrorText, Value: contracts.QuoteJSON(e.Message)}
	}
	if text, ok := result.(string); ok {
		return contracts.ToolResultOutput{Type: contracts.OutputText, Value: contracts.QuoteJSON(text)}
	}
	value := contracts.MakeJSON(result)
	if value == "" {
		value = "null"
	}
	return contracts.ToolResultOutput{Type: contracts.OutputJSON, Value: value}
}

// StartSubagent starts a span for an agent that another started. Its type is
// name unless [Subagent] says otherwise; [Input] is its task. What the agent
// does is started with the returned context.
func (t *Tracer) StartSubagent(ctx context.Context, name string, opts ...SpanOption) (context.Context, *Span) {
	if t.idle() {
		return ctx, nil
	}
	opts = append([]SpanOption{Subagent(contracts.SpanSubagentOverlay{SubagentType: name})}, opts...)
	return t.Start(ctx, contracts.KindSubagent, name, opts...)
}
