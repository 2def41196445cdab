// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter_test

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/exporter"
	"github.com/spect-tools/spect-go/tracer"
)

// spanLimits are those of the SDK that take something of an attribute.
func spanLimits() map[string]sdktrace.SpanLimits {
	out := map[string]sdktrace.SpanLimits{}
	for name, change := range map[string]func(*sdktrace.SpanLimits){
		"none":             func(*sdktrace.SpanLimits) {},
		"5 attributes":     func(l *sdktrace.SpanLimits) { l.AttributeCountLimit = 5 },
		"40 characters":    func(l *sdktrace.SpanLimits) { l.AttributeValueLengthLimit = 40 },
		"3 characters":     func(l *sdktrace.SpanLimits) { l.AttributeValueLengthLimit = 3 },
		"both":             func(l *sdktrace.SpanLimits) { l.AttributeCountLimit, l.AttributeValueLengthLimit = 5, 40 },
		"no characters":    func(l *sdktrace.SpanLimits) { l.AttributeValueLengthLimit = 0 },
		"one event":        func(l *sdktrace.SpanLimits) { l.EventCountLimit, l.AttributePerEventCountLimit = 1, 1 },
		"no attribute":     func(l *sdktrace.SpanLimits) { l.AttributeCountLimit = 0 },
		"a single of them": func(l *sdktrace.SpanLimits) { l.AttributeCountLimit = 1 },
	} {
		l := sdktrace.NewSpanLimits()
		change(&l)
		out[name] = l
	}
	return out
}

// playFull sets everything that tracer can set, at fixed times.
func playFull(ctx context.Context, tp *sdktrace.TracerProvider) {
	at := time.Date(2026, 4, 24, 3, 6, 40, 0, time.UTC)
	long := strings.Repeat("lang ünd ", 20)
	tr := tracer.New(tp, tracer.WithProvider("provider "+long))
	ctx, s := tr.StartSession(ctx, "s", tracer.Model("model "+long), tracer.ModelProvider("of the model "+long),
		tracer.Metadata(map[string]any{"text": long, "spect": map[string]any{"k": long}}), tracer.PromptFormat("format "+long),
		tracer.Conversation("conversation "+long), tracer.Function("function "+long), tracer.Attributes(contracts.ResponseObjectKey.Map(
			attribute.String("text", long), attribute.Slice("list", attribute.StringValue(long), attribute.ByteSliceValue([]byte(long)), attribute.IntValue(1)))), tracer.RequestInput([]string{long, long}),
		tracer.StartTime(at))
	_, gen := tr.Start(ctx, contracts.KindGenerate, "gen", tracer.Model("own "+long), tracer.ModelProvider(long), tracer.Metadata(map[string]string{"text": long}),
		tracer.Messages(contracts.SystemText(long), contracts.UserText(long)), tracer.StartTime(at), tracer.Attributes(
			attribute.String("app.one", long), attribute.String("app.two", long)))
	gen.Add(contracts.AssistantText(long))
	gen.SetError(&contracts.NormalizedError{Message: long, Type: long, Code: long, Stack: long})
	gen.SetStatus(contracts.StatusUnset)
	gen.End(tracer.EndTime(at.Add(time.Second)))
	call := contracts.ToolCall{ID: "call " + long, Name: "tool " + long, Input: contracts.MakeJSON([]string{long})}
	_, tool := tr.StartToolCall(ctx, call, tracer.StartTime(at))
	tool.End(tracer.EndTime(at.Add(time.Second)))
	_, sub := tr.StartSubagent(ctx, "agent", tracer.Input(long), tracer.StartTime(at), tracer.Subagent(
		contracts.SpanSubagentOverlay{SubagentType: "type " + long, ToolCallID: "call " + long, Source: "source " + long}))
	sub.End(tracer.EndTime(at.Add(time.Second)))
	s.SetResult(tracer.Result{
		Text: "text " + long, Usage: contracts.Usage{InputTokens: 1 << 40, TotalTokens: 1 << 41},
		Model: "answers " + long, ID: "id " + long, Timestamp: at, FinishReasons: []string{"reason " + long, "stop"},
		StartTime: at, Duration: time.Second, Metadata: map[string]any{"text": long},
	})
	s.End(tracer.EndTime(at.Add(time.Minute)))
}

// Through the processor door nothing of what tracer was given is lost to a
// limit of the SDK.
func TestLimitsTakeNothingOfTracers(t *testing.T) {
	limits := spanLimits()
	bodies := map[string]string{}
	for name, limit := range limits {
		synctest.Test(t, func(t *testing.T) {
			l := newLine(t)
			playFull(t.Context(), provider(l.exp, sdktrace.WithRawSpanLimits(limit)))
			flush(t, l.exp) // what is complete, and that is all
			l.out.none(t)
			if n := len(l.col.Requests()); n != 1 || l.exp.Stats().Delivered != 4 {
				t.Fatalf("%s: %d sessions, %+v", name, n, l.exp.Stats())
			}
			valid(t, l.col.Sessions())
			bodies[name] = string(l.col.Requests()[0].Body)
		})
	}
	for name := range limits {
		have := withoutOTel(t, bodies[name])
		if want := withoutOTel(t, bodies["none"]); have != want {
			t.Errorf("%s: the payload differs\nwant %s\nhave %s", name, want, have)
		}
	}
}

// withoutOTel drops what differs from run to run: the ids.
func withoutOTel(t *testing.T, body string) string {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(body), &v); err != nil {
		t.Fatal(err)
	}
	var drop func(v any)
	drop = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for _, name := range []string{"otel", "traceId", "spanId", "parentId"} {
				delete(v, name)
			}
			if id, ok := v["id"].(string); ok && len(id) == 36 {
				delete(v, "id")
			}
			for _, e := range v {
				drop(e)
			}
		case []any:
			for _, e := range v {
				drop(e)
			}
		}
	}
	drop(v)
	out, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// Through the exporter door, and of spans that were made by hand, the SDK's
// limits take something: the session still arrives, valid, and says so.
func TestLimitsAreMarked(t *testing.T) {
	doors := map[string]func(*line) sdktrace.TracerProviderOption{
		"syncer":  func(l *line) sdktrace.TracerProviderOption { return sdktrace.WithSyncer(l.exp) },
		"batcher": func(l *line) sdktrace.TracerProviderOption { return sdktrace.WithBatcher(l.exp) },
		"by hand": func(l *line) sdktrace.TracerProviderOption {
			return sdktrace.WithSpanProcessor(exporter.NewSpanProcessor(l.exp))
		},
	}
	for _, door := range slices.Sorted(maps.Keys(doors)) {
		play := playFull
		if door == "by hand" {
			play = playFullByHand
		}
		for name, limit := range spanLimits() {
			if name == "no attribute" || name == "no characters" || name == "3 characters" || name == "a single of them" {
				continue // spans that do not say what they are
			}
			t.Run(door+"/"+name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					l := newLine(t)
					tp := sdktrace.NewTracerProvider(doors[door](l), sdktrace.WithRawSpanLimits(limit))
					play(t.Context(), tp)
					if err := tp.Shutdown(context.Background()); err != nil {
						t.Error(err)
					}
					l.out.none(t)
					if n := len(l.col.Sessions()); n != 1 {
						t.Fatalf("%d sessions", n)
					}
					valid(t, l.col.Sessions())
					p := l.col.Sessions()[0]
					marked := strings.Count(string(l.col.Requests()[0].Body), `"partial":{`)
					taken := name != "none" && name != "one event"
					if !taken && marked != 0 || taken && marked != 1+len(p.Metadata.Result.Spans) {
						t.Errorf("%d of 1 session and %d spans are marked: %s", marked, len(p.Metadata.Result.Spans), l.col.Requests()[0].Body)
					}
				})
			})
		}
	}
}

// playFullByHand is plain OpenTelemetry with more than the limits allow.
func playFullByHand(ctx context.Context, tp *sdktrace.TracerProvider) {
	tr := tp.Tracer("app")
	long := strings.Repeat("x", 100)
	ctx, s := session(ctx, tr, "s")
	_, e := entry(ctx, tr, "e", contracts.MetadataKey.String(`{"text":"`+long+`"}`), contracts.MessagesKey.String(
		`[{"role":"assistant","content":[{"type":"text","text":"`+long+`"}]}]`))
	e.SetAttributes(contracts.ModelIDKey.String("m"), contracts.ModelProviderKey.String("p"), contracts.ErrorCodeKey.String("1"))
	e.End()
	s.SetAttributes(contracts.ConversationIDKey.String("c"), contracts.FunctionIDKey.String("f"), contracts.ProviderKey.String("p"),
		contracts.ResponseUsageKey.String(`{"inputTokens":1,"more":"`+long+`"}`))
	s.End()
}
