// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter_test

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/exporter"
	"github.com/spect-tools/spect-go/tracer"
)

// recorded reads a trace that other people's instrumentation made (OTLP/JSON).
func recorded(t *testing.T, name string) (spans []sdktrace.ReadOnlySpan) {
	t.Helper()
	b, err := os.ReadFile("../convert/internal/convention/testdata/traces/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var request struct {
		ResourceSpans []struct {
			ScopeSpans []struct {
				Spans []struct {
					TraceID, SpanID, ParentSpanID, Name string
					StartTimeUnixNano, EndTimeUnixNano  json.Number
					Attributes                          recordedMap
					Status                              struct{ Code int }
					Events                              []struct {
						Name         string
						TimeUnixNano json.Number
						Attributes   recordedMap
					}
				}
			}
		}
	}
	if err := json.Unmarshal(b, &request); err != nil {
		t.Fatal(err)
	}
	at := func(n json.Number) time.Time {
		ns, err := n.Int64()
		if err != nil {
			t.Fatal(err)
		}
		return time.Unix(0, ns)
	}
	id := func(text string) (sc trace.SpanID) {
		if _, err := hex.Decode(sc[:], []byte(text)); err != nil {
			t.Fatal(err)
		}
		return sc
	}
	for _, r := range request.ResourceSpans {
		for _, scope := range r.ScopeSpans {
			for _, s := range scope.Spans {
				traceID, err := trace.TraceIDFromHex(s.TraceID)
				if err != nil {
					t.Fatal(err)
				}
				context := func(span string) trace.SpanContext {
					return trace.NewSpanContext(trace.SpanContextConfig{TraceID: traceID, SpanID: id(span), TraceFlags: trace.FlagsSampled})
				}
				stub := tracetest.SpanStub{
					Name: s.Name, SpanContext: context(s.SpanID), StartTime: at(s.StartTimeUnixNano), EndTime: at(s.EndTimeUnixNano),
					Attributes: s.Attributes, Status: sdktrace.Status{Code: [...]codes.Code{codes.Unset, codes.Ok, codes.Error}[s.Status.Code]},
				}
				if s.ParentSpanID != "" {
					stub.Parent = context(s.ParentSpanID)
				}
				for _, e := range s.Events {
					stub.Events = append(stub.Events, sdktrace.Event{Name: e.Name, Time: at(e.TimeUnixNano), Attributes: e.Attributes})
				}
				spans = append(spans, stub.Snapshot())
			}
		}
	}
	return spans
}

type recordedMap []attribute.KeyValue

func (m *recordedMap) UnmarshalJSON(b []byte) error {
	var pairs []struct {
		Key   string
		Value recordedValue
	}
	err := json.Unmarshal(b, &pairs)
	for _, p := range pairs {
		*m = append(*m, attribute.KeyValue{Key: attribute.Key(p.Key), Value: p.Value.Value})
	}
	return err
}

type recordedValue struct{ attribute.Value }

func (v *recordedValue) UnmarshalJSON(b []byte) error {
	var w struct {
		StringValue *string
		BoolValue   *bool
		IntValue    *json.Number
		DoubleValue *float64
		ArrayValue  *struct{ Values []recordedValue }
		KvlistValue *struct{ Values recordedMap }
	}
	if err := json.Unmarshal(b, &w); err != nil {
		return err
	}
	switch {
	case w.StringValue != nil:
		v.Value = attribute.StringValue(*w.StringValue)
	case w.BoolValue != nil:
		v.Value = attribute.BoolValue(*w.BoolValue)
	case w.IntValue != nil:
		n, err := w.IntValue.Int64()
		v.Value = attribute.Int64Value(n)
		return err
	case w.DoubleValue != nil:
		v.Value = attribute.Float64Value(*w.DoubleValue)
	case w.ArrayValue != nil:
		v.Value = arrayOf(w.ArrayValue.Values)
	case w.KvlistValue != nil:
		v.Value = attribute.MapValue(w.KvlistValue.Values...)
	}
	return nil
}

// arrayOf is a slice of texts where it holds nothing else, as most conventions
// have it.
func arrayOf(values []recordedValue) attribute.Value {
	var texts []string
	var all []attribute.Value
	for _, v := range values {
		all = append(all, v.Value)
		if v.Type() == attribute.STRING {
			texts = append(texts, v.AsString())
		}
	}
	if len(texts) == len(values) {
		return attribute.StringSliceValue(texts)
	}
	return attribute.SliceValue(all...)
}

// Sessions of other conventions are sampled by what their payload says: model,
// conversation, tokens (each call's once), and whether anything failed.
func TestSamplingOfRecordings(t *testing.T) {
	for name, want := range map[string]struct {
		model, conversation string
		tokens              int
		failed              bool
	}{
		// The tokens are the sum of what the provider's recorded answers say.
		"fw-langfuse":                         {"gpt-4o-mini-2024-07-18", "", 126 + 124, false},
		"fw-strands":                          {"gpt-4o-mini", "sess-42", 126 + 124, false},
		"mlflow-tool-rt":                      {"gpt-4o-mini-2024-07-18", "", 126 + 124, false},
		"go-genkit-tool-rt":                   {"gpt-4o-mini-2024-07-18", "", 126 + 124, false},
		"go-adk-capture":                      {"gemini-3-pro-preview", "sess-42", 29 + 212 + 257 + 8, false},
		"genai-langgraph":                     {"gpt-4o-mini-2024-07-18", "thread-7", 126 + 124, false},
		"pyd-pydantic-ai-chat-v5":             {"gpt-4o-mini-2024-07-18", "conv-42", 126 + 124, false}, // the agent's sum is another name's
		"vercel-ai4-tool-roundtrip":           {"gpt-4o-mini-2024-07-18", "sess-42", 126 + 124, false}, // the outer span repeats it
		"vercel-ai6-anthropic-thinking-tools": {"claude-sonnet-4-20250514", "sess-42", 398 + 155 + 566 + 126, false},
		"genai-oa-404":                        {"this-model-does-not-exist", "", 0, true},
		"go-structured-map-slice":             {"gpt-4o-mini-2024-07-18", "sess-42", 61, true}, // a tool of it
	} {
		t.Run(name, func(t *testing.T) {
			spans := recorded(t, name)
			keeps := func(sampling string) bool {
				kept := false
				synctest.Test(t, func(t *testing.T) {
					rules, err := exporter.ParseSampling(sampling)
					if err != nil {
						t.Fatal(err)
					}
					l := newLine(t, exporter.WithSampling(*rules))
					if err := l.exp.ExportSpans(t.Context(), spans); err != nil {
						t.Fatal(err)
					}
					shutdown(t, l.exp)
					all := l.col.Sessions()
					if kept = len(all) > 0; len(all) > 1 {
						t.Fatalf("%d sessions: this is for one", len(all))
					}
				})
				return kept
			}
			quoted := contracts.QuoteJSON
			for sampling, kept := range map[string]bool{
				fmt.Sprintf(`{"rate":0,"rules":[{"match":{"model":%s},"sampleRate":1}]}`, quoted(want.model)): true,
				`{"rate":0,"rules":[{"match":{"model":"another"},"sampleRate":1}]}`:                           false,
				`{"rate":0.5,"key":["model"]}`:                                                 below(0.5, want.model),
				`{"rate":0.5,"key":["conversationId"]}`:                                        below(0.5, want.conversation),
				`{"rate":0.8,"key":["conversationId","model"]}`:                                below(0.8, want.conversation, want.model),
				fmt.Sprintf(`{"rate":0,"promote":{"minTotalTokens":%d}}`, max(1, want.tokens)): want.tokens > 0,
				fmt.Sprintf(`{"rate":0,"promote":{"minTotalTokens":%d}}`, want.tokens+1):       false,
				`{"rate":0,"promote":{"onError":true}}`:                                        want.failed,
			} {
				if keeps(sampling) != kept {
					t.Errorf("%s: kept is %t", sampling, !kept)
				}
			}
		})
	}
}

// In a session of tracer's, what it does not say itself is that of the calls in
// it, whoever traced them: its model, its tokens, its failure.
func TestSamplingOfSpectSessionsWithOthersInside(t *testing.T) {
	call := append(slices.Clone(aModel), attribute.Int("llm.token_count.prompt", 30), attribute.Int("llm.token_count.completion", 20))
	for sampling, kept := range map[string]bool{
		`{"rate":0,"rules":[{"match":{"model":"gpt-4.1"},"sampleRate":1}]}`: true,
		`{"rate":0.8,"key":["model"]}`:                                      below(0.8, "gpt-4.1"),
		`{"rate":0,"promote":{"minTotalTokens":100}}`:                       true,
		`{"rate":0,"promote":{"minTotalTokens":101}}`:                       false,
		`{"rate":0,"promote":{"onError":true}}`:                             true,
	} {
		synctest.Test(t, func(t *testing.T) {
			rules, err := exporter.ParseSampling(sampling)
			if err != nil {
				t.Fatal(err)
			}
			l := newLine(t, exporter.WithSampling(*rules))
			for _, tp := range []*sdktrace.TracerProvider{provider(l.exp), sdktrace.NewTracerProvider(sdktrace.WithSyncer(l.exp))} {
				ctx, s := tracer.New(tp).StartSession(t.Context(), "s")
				for range 2 {
					_, m := start(ctx, tp.Tracer("instrumentation"), "chat", false, call)
					m.End()
				}
				toolCtx, tool := start(ctx, tp.Tracer("instrumentation"), "tool", false, aTool)
				tool.SetStatus(codes.Error, "no")
				_, inner := start(toolCtx, tp.Tracer("instrumentation"), "client", false, nil)
				inner.End()
				tool.End()
				s.End()
			}
			shutdown(t, l.exp)
			if n := len(l.col.Sessions()); n != 0 && n != 2 || (n == 2) != kept {
				t.Errorf("%s: %d of 2 are kept, want all: %t", sampling, n, kept)
			}
		})
	}
}
