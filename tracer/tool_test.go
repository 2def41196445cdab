// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package tracer_test

import (
	"context"
	"errors"
	"math"
	"testing"

	"go.opentelemetry.io/otel/trace"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/tracer"
)

// A tool at work: a call with what it was called with, and below it the result.
func TestRunTool(t *testing.T) {
	call := contracts.ToolCall{ID: "c", Name: "search", Input: `{ "q" : 1.0 }`}
	boom := errors.New("boom")
	for name, test := range map[string]struct {
		run    func(context.Context) (any, error)
		result contracts.JSON
		output contracts.ToolResultOutputType
		status contracts.SpanStatus
	}{
		"text":        {func(context.Context) (any, error) { return "found", nil }, `"found"`, contracts.OutputText, contracts.StatusOK},
		"value":       {func(context.Context) (any, error) { return map[string]int{"n": 1}, nil }, `{"n":1}`, contracts.OutputJSON, contracts.StatusOK},
		"JSON":        {func(context.Context) (any, error) { return contracts.JSON(`[1.0, null]`), nil }, `[1.0, null]`, contracts.OutputJSON, contracts.StatusOK},
		"nothing":     {func(context.Context) (any, error) { return nil, nil }, `null`, contracts.OutputJSON, contracts.StatusOK},
		"absent JSON": {func(context.Context) (any, error) { return contracts.JSON(""), nil }, `null`, contracts.OutputJSON, contracts.StatusOK},
		"error":       {func(context.Context) (any, error) { return "ignored", boom }, `"boom"`, contracts.OutputErrorText, contracts.StatusError},
		"odd error":   {func(context.Context) (any, error) { return nil, errorPanics{} }, `"panic while reading the error: string"`, contracts.OutputErrorText, contracts.StatusError},
		"no JSON":     {func(context.Context) (any, error) { return math.NaN(), nil }, ``, contracts.OutputJSON, contracts.StatusOK},
	} {
		t.Run(name, func(t *testing.T) {
			spans := inSession(t, func(ctx context.Context, tr *tracer.Tracer) {
				want, wantErr := test.run(ctx)
				have, err := tracer.RunTool(ctx, tr, call, func(ctx context.Context) (any, error) {
					_, sp := tr.Start(ctx, contracts.KindGenerate, "inside")
					sp.End()
					if !trace.SpanFromContext(ctx).IsRecording() {
						t.Error("the tool does not run in its span")
					}
					return test.run(ctx)
				}, tracer.Metadata(map[string]int{"m": 1}))
				if name != "value" && name != "no JSON" && have != want || err != wantErr { //nolint:errorlint // the very same
					t.Errorf("it returned %v, %v", have, err)
				}
			})
			if len(spans) != 3 || spans[1].ParentID != spans[0].ID || spans[2].ParentID != spans[0].ID {
				t.Fatalf("spans: %+v", spans)
			}
			called, returned := &spans[0], &spans[2]
			if called.Kind != contracts.KindToolCall || called.Name != "search" || called.Tool.ToolCallID != "c" || called.Tool.ToolName != "search" ||
				called.Tool.Parameters != call.Input || called.Status != test.status || called.Metadata.Member("m") != "1" {
				t.Errorf("the call is %+v, %+v", called, called.Tool)
			}
			if returned.Kind != contracts.KindToolResult || returned.Name != "search.result" || returned.Tool.ToolCallID != "c" ||
				returned.Tool.ToolName != "search" || returned.Status != test.status {
				t.Errorf("the result is %+v, %+v", returned, returned.Tool)
			}
			result := returned.Tool.Result
			if test.result != "" && result != test.result || test.result == "" && result.Member("spect.error") == "" {
				t.Errorf("the result is %s, want %s", result, test.result)
			}
			if (called.Error != nil) != (test.status == contracts.StatusError) || (returned.Error != nil) != (called.Error != nil) {
				t.Errorf("errors %+v, %+v", called.Error, returned.Error)
			}
			asked, err := called.Messages.Decode()
			if err != nil || len(asked) != 1 || asked[0].Role != contracts.RoleAssistant {
				t.Fatalf("messages of the call: %s, %v", called.Messages, err)
			}
			if part, ok := asked[0].Content.Parts()[0].(contracts.ToolCallContentPart); !ok || part.Input != call.Input {
				t.Errorf("the call says %+v", asked[0].Content.Parts())
			}
			said, err := returned.Messages.Decode()
			if err != nil || len(said) != 1 || said[0].Role != contracts.RoleTool {
				t.Fatalf("messages of the result: %s, %v", returned.Messages, err)
			}
			if part, ok := said[0].Content.Parts()[0].(contracts.ToolResultContentPart); !ok || part.Output.Type != test.output || part.Output.Value != result {
				t.Errorf("the result says %+v", said[0].Content.Parts())
			}
		})
	}
}

// A tool that panics: the call says so, there is no result, and the panic goes
// on.
func TestRunToolPanics(t *testing.T) {
	spans := inSession(t, func(ctx context.Context, tr *tracer.Tracer) {
		defer func() {
			if r := recover(); r != "oh no" {
				t.Errorf("the panic became %v", r)
			}
		}()
		_, _ = tracer.RunTool(ctx, tr, contracts.ToolCall{ID: "c", Name: "t"}, func(context.Context) (int, error) { panic("oh no") })
		t.Error("it returned")
	})
	if len(spans) != 1 || spans[0].Error == nil || spans[0].Error.Message != "panic: oh no" || spans[0].Status != contracts.StatusError {
		t.Errorf("spans: %+v", spans)
	}
}

// A subagent is a span like any other.
func TestSubagent(t *testing.T) {
	spans := inSession(t, func(ctx context.Context, tr *tracer.Tracer) {
		ctx, sub := tr.StartSubagent(ctx, "researcher", tracer.Input(map[string]string{"q": "?"}))
		_, sp := tr.Start(ctx, contracts.KindGenerate, "gen")
		sp.End()
		sub.End()
		_, other := tr.StartSubagent(ctx, "name", tracer.Subagent(contracts.SpanSubagentOverlay{SubagentType: "type", ToolCallID: "c", Source: "s", Input: "[1]"}))
		other.End()
	})
	a, b := spans[0].Subagent, spans[2].Subagent
	if a == nil || a.SubagentType != "researcher" || a.Input != `{"q":"?"}` || spans[1].ParentID != spans[0].ID {
		t.Errorf("the first is %+v", a)
	}
	if b == nil || b.SubagentType != "type" || b.ToolCallID != "c" || b.Source != "s" || b.Input != "[1]" {
		t.Errorf("the second is %+v", b)
	}
}

// Spans of tools and agents of which nothing more is said are as the contract
// wants them all the same.
func TestKindsWithoutOverlay(t *testing.T) {
	spans := inSession(t, func(ctx context.Context, tr *tracer.Tracer) { // which validates
		for _, kind := range []contracts.SpanKind{contracts.KindToolCall, contracts.KindToolResult, contracts.KindSubagent} {
			_, sp := tr.Start(ctx, kind, "bare")
			sp.End()
		}
		_, failed := tr.Start(ctx, contracts.KindToolResult, "failed")
		failed.SetError(errors.New("boom"))
		failed.End()
	})
	if spans[1].Tool == nil || spans[1].Tool.Result != "null" || spans[3].Tool == nil || spans[3].Tool.Result != "" {
		t.Errorf("the results are %+v and %+v", spans[1].Tool, spans[3].Tool)
	}
}
