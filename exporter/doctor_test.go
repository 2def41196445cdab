// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/exporter"
	"github.com/spect-tools/spect-go/exporter/exportertest"
	"github.com/spect-tools/spect-go/tracer"
)

// patient is what a program has to trace with.
type patient struct {
	exp *exporter.Exporter
	tp  *sdktrace.TracerProvider
	tr  *tracer.Tracer
	app trace.Tracer
}

// usage is what a session that is well says of its tokens.
var usage = map[string]int{"inputTokens": 3}

// healthy is a session in which nothing is missing.
func (p *patient) healthy(name string) {
	ctx, s := p.tr.StartSession(context.Background(), name, tracer.Model("m"))
	_, gen := p.tr.Start(ctx, contracts.KindGenerate, "gen")
	gen.Add(contracts.AssistantText("hi"))
	gen.End()
	_, _ = tracer.RunTool(ctx, p.tr, contracts.ToolCall{ID: "c1", Name: "tool"}, func(context.Context) (string, error) { return "", nil })
	_, _ = tracer.RunTool(ctx, p.tr, contracts.ToolCall{ID: "c2", Name: "tool"}, func(context.Context) (string, error) { return "", errors.ErrUnsupported })
	s.SetResult(tracer.Result{Text: "hi", Usage: usage})
	s.End()
}

// limited are options of a provider with limits.
func limited(change func(*sdktrace.SpanLimits)) []sdktrace.TracerProviderOption {
	l := sdktrace.NewSpanLimits()
	change(&l)
	return []sdktrace.TracerProviderOption{sdktrace.WithRawSpanLimits(l)}
}

// A program that is traced well has no findings; whatever is wrong is found,
// counted, and told with an example and with what to do.
func TestDiagnose(t *testing.T) {
	type findings = map[exporter.FindingCode]uint64
	for name, test := range map[string]struct {
		opts      []exporter.Option
		collector []exportertest.Option // none: local mode
		provider  []sdktrace.TracerProviderOption
		do        func(t *testing.T, p *patient)
		want      findings
		example   string // the name of the span, where there is one
	}{
		"nothing": {
			do: func(_ *testing.T, p *patient) {
				p.healthy("a")
				ctx, request := p.app.Start(context.Background(), "GET /")
				_, alone := p.tr.Start(ctx, contracts.KindReasoning, "alone") // a session by itself
				alone.End()
				request.End()
				ctx, s := p.tr.StartSession(context.Background(), "failed")
				_, gen := p.tr.Start(ctx, contracts.KindGenerate, "gen")
				gen.SetError(errors.ErrUnsupported)
				gen.End()
				s.SetError(errors.ErrUnsupported)
				s.End()
			},
		},
		"nothing, of which nothing is sent": {
			opts: []exporter.Option{exporter.WithContent(exporter.NoContent)},
			do: func(_ *testing.T, p *patient) {
				p.healthy("a")
			},
		},
		"spans that nobody ends": {
			opts: []exporter.Option{exporter.WithLeakTimeout(time.Millisecond)},
			do: func(_ *testing.T, p *patient) {
				for range 3 {
					ctx, s := p.tr.StartSession(context.Background(), "s", tracer.Model("m"))
					p.tr.Start(ctx, contracts.KindReasoning, "leaked")
					s.End()
				}
				p.tr.StartSession(context.Background(), "open")
				for p.exp.Stats().Released[exporter.ReleaseLeak] < 3 {
					time.Sleep(time.Millisecond)
				}
			},
			want: findings{exporter.FindingSpanNotEnded: 4}, example: "leaked",
		},
		"open by intent": {
			do: func(t *testing.T, p *patient) {
				_, s := p.tr.StartSession(context.Background(), "s", tracer.Model("m"))
				flush(t, p.exp, exporter.IncludeOpen())
				_ = s
			},
		},
		"ended after a flush": {
			do: func(t *testing.T, p *patient) {
				_, s := p.tr.StartSession(context.Background(), "s", tracer.Model("m"))
				flush(t, p.exp, exporter.IncludeOpen())
				s.End()
			},
			want: findings{exporter.FindingLate: 1},
		},
		"a session on another provider": {
			do: func(_ *testing.T, p *patient) {
				ctx, s := tracer.New(sdktrace.NewTracerProvider()).StartSession(context.Background(), "elsewhere")
				_, gen := p.tr.Start(ctx, contracts.KindReasoning, "orphan")
				gen.End()
				s.End()
			},
			want: findings{exporter.FindingRootMissing: 1}, example: "orphan",
		},
		"a root that was sampled away, by the exporter door": {
			do: func(t *testing.T, p *patient) {
				tp := sdktrace.NewTracerProvider(sdktrace.WithSyncer(p.exp))
				defer func() { _ = tp.Shutdown(context.Background()) }()
				_, gen := tp.Tracer("app").Start(context.Background(), "orphan", trace.WithAttributes(
					contracts.KindKey.String(string(contracts.KindReasoning)), contracts.SeqKey.Int(2)))
				gen.End()
				flush(t, p.exp)
			},
			want: findings{exporter.FindingRootMissing: 1}, example: "orphan",
		},
		"a tool without a result": {
			do: func(_ *testing.T, p *patient) {
				ctx, s := p.tr.StartSession(context.Background(), "s", tracer.Model("m"))
				_, call := p.tr.StartToolCall(ctx, contracts.ToolCall{ID: "c1", Name: "told"})
				call.End()
				p.tr.AddToolResult(ctx, contracts.ToolCall{ID: "c1", Name: "told"}, "x", nil)
				_, call = p.tr.StartToolCall(ctx, contracts.ToolCall{ID: "c2", Name: "silent"})
				call.End()
				s.End()
			},
			want: findings{exporter.FindingToolWithoutResult: 1}, example: "silent",
		},
		"a call traced by hand and by an SDK": {
			do: func(_ *testing.T, p *patient) {
				ctx, s := p.tr.StartSession(context.Background(), "s", tracer.Model("m"))
				ctx, gen := p.tr.Start(ctx, contracts.KindGenerate, "by hand")
				_, native := p.tp.Tracer("sdk").Start(ctx, "chat m", trace.WithAttributes(attribute.String("gen_ai.operation.name", "chat"),
					attribute.String("gen_ai.request.model", "m"), attribute.Int("gen_ai.usage.input_tokens", 3)))
				native.End()
				gen.End()
				s.SetResult(tracer.Result{Usage: usage})
				s.End()
			},
			want: findings{exporter.FindingTracedTwice: 1}, example: "chat m",
		},
		"a call traced by two SDKs, side by side": {
			do: func(_ *testing.T, p *patient) {
				ctx, s := p.tr.StartSession(context.Background(), "s", tracer.Model("m"))
				for scope, more := range map[string]attribute.KeyValue{
					"sdk": attribute.Int("n", 1), "instrumentation": attribute.String("gen_ai.input.messages", `[{"role":"user","parts":[{"type":"text","content":"hi"}]}]`),
				} {
					_, sp := p.tp.Tracer(scope).Start(ctx, "chat m", trace.WithTimestamp(time.Unix(1, 0)), trace.WithAttributes(attribute.String("gen_ai.operation.name", "chat"),
						attribute.String("gen_ai.request.model", "m"), attribute.String("gen_ai.response.id", "r1"), attribute.Int("gen_ai.usage.input_tokens", 3), more))
					sp.End(trace.WithTimestamp(time.Unix(2, 0)))
				}
				s.SetResult(tracer.Result{Usage: usage})
				s.End()
			},
			want: findings{exporter.FindingTracedTwice: 1}, example: "chat m",
		},
		"two calls of one SDK": {
			do: func(_ *testing.T, p *patient) {
				ctx, s := p.tr.StartSession(context.Background(), "s", tracer.Model("m"))
				for _, id := range []string{"r1", "r2"} {
					_, sp := p.tp.Tracer("sdk").Start(ctx, "chat m", trace.WithAttributes(attribute.String("gen_ai.operation.name", "chat"),
						attribute.String("gen_ai.request.model", "m"), attribute.String("gen_ai.response.id", id), attribute.Int("gen_ai.usage.input_tokens", 3)))
					sp.End()
				}
				s.SetResult(tracer.Result{Usage: usage})
				s.End()
			},
		},
		"a call inside a call of one SDK": {
			do: func(_ *testing.T, p *patient) {
				ctx, s := p.tr.StartSession(context.Background(), "s", tracer.Model("m"))
				var spans []trace.Span
				for range 2 {
					var sp trace.Span
					ctx, sp = p.tp.Tracer("sdk").Start(ctx, "chat m", trace.WithAttributes(attribute.String("gen_ai.operation.name", "chat"),
						attribute.String("gen_ai.request.model", "m"), attribute.Int("gen_ai.usage.input_tokens", 3)))
					spans = append(spans, sp)
				}
				spans[1].End()
				spans[0].End()
				s.SetResult(tracer.Result{Usage: usage})
				s.End()
			},
		},
		"a tool without an id": {
			do: func(_ *testing.T, p *patient) {
				ctx, s := p.tr.StartSession(context.Background(), "s", tracer.Model("m"))
				ctx, call := p.tr.StartToolCall(ctx, contracts.ToolCall{Name: "tool"})
				p.tr.AddToolResult(ctx, contracts.ToolCall{Name: "tool"}, "x", nil)
				call.End()
				s.End()
			},
		},
		"what came late": {
			do: func(t *testing.T, p *patient) {
				ctx, s := p.tr.StartSession(context.Background(), "s", tracer.Model("m"))
				s.End()
				flush(t, p.exp)
				_, gen := p.tr.Start(ctx, contracts.KindGenerate, "late")
				gen.End()
			},
		},
		"too many attributes": {
			provider: limited(func(l *sdktrace.SpanLimits) { l.AttributeCountLimit = 3 }),
			do: func(_ *testing.T, p *patient) {
				_, s := session(context.Background(), p.app, "crowded", attribute.Int("a", 1), attribute.Int("b", 2), attribute.Int("c", 3))
				s.End()
				p.healthy("tracer's own are put back")
			},
			want: findings{exporter.FindingAttributesDropped: 1}, example: "crowded",
		},
		"JSON that was cut": {
			provider: limited(func(l *sdktrace.SpanLimits) { l.AttributeValueLengthLimit = 40 }),
			do: func(_ *testing.T, p *patient) {
				ctx, s := session(context.Background(), p.app, "s", contracts.ResponseUsageKey.String(`{"inputTokens":3}`))
				_, gen := entry(ctx, p.app, "cut", contracts.MessagesKey.String(`[{"role":"user","content":"`+strings.Repeat("x", 100)+`"}]`))
				gen.End()
				s.End()
				p.healthy("tracer's own is whole")
			},
			want: findings{exporter.FindingValueCut: 1}, example: "cut",
		},
		"a payload that is too large": {
			opts: []exporter.Option{exporter.WithMaxPayloadBytes(10_000)},
			do: func(_ *testing.T, p *patient) {
				ctx, s := p.tr.StartSession(context.Background(), "s", tracer.Model("m"))
				_, gen := p.tr.Start(ctx, contracts.KindReasoning, "large")
				gen.Add(contracts.AssistantText(strings.Repeat("x", 100_000)))
				gen.End()
				s.End()
			},
			want: findings{exporter.FindingPayloadCut: 1}, example: "large",
		},
		"too much held": {
			opts: []exporter.Option{exporter.WithMaxHeld(2, 1<<30)},
			do: func(t *testing.T, p *patient) {
				ctx, s := p.tr.StartSession(context.Background(), "s", tracer.Model("m"))
				for range 3 {
					_, sp := p.tr.Start(ctx, contracts.KindReasoning, "r")
					sp.End()
				}
				flush(t, p.exp)
				s.End()
			},
			want: findings{exporter.FindingReleasedEarly: 1, exporter.FindingLate: 1}, example: "s",
		},
		"neither model nor usage": {
			do: func(_ *testing.T, p *patient) {
				ctx, s := p.tr.StartSession(context.Background(), "silent")
				_, gen := p.tr.Start(ctx, contracts.KindStream, "gen")
				gen.End()
				s.End()
			},
			want: findings{exporter.FindingNoModel: 1, exporter.FindingNoUsage: 1}, example: "silent",
		},
		"two doors": {
			do: func(t *testing.T, p *patient) {
				p.tp.RegisterSpanProcessor(exporter.NewSpanProcessor(p.exp))
				p.healthy("twice")
				flush(t, p.exp)
			},
			want: findings{exporter.FindingDuplicate: 6},
		},
		"a collector that refuses": {
			collector: []exportertest.Option{exportertest.WithDefault(exportertest.Status(400))},
			do: func(t *testing.T, p *patient) {
				p.healthy("refused")
				flush(t, p.exp)
			},
			want: findings{exporter.FindingRejected: 6},
		},
	} {
		t.Run(name, func(t *testing.T) {
			opts := append([]exporter.Option{exporter.WithLocal(), exporter.WithOrganizationID("org"), exporter.WithGrace(0)}, test.opts...)
			if test.collector != nil {
				opts = exportertest.NewCollector(t, test.collector...).Options(test.opts...)
			}
			exp, _ := open(t, opts...)
			tp := provider(exp, test.provider...)
			begin := time.Now()
			test.do(t, &patient{exp: exp, tp: tp, tr: tracer.New(tp), app: tp.Tracer("app")})
			if err := tp.Shutdown(context.Background()); err != nil {
				t.Error(err)
			}
			example := ""
			for _, f := range exp.Diagnose() {
				if f.Count != test.want[f.Code] {
					t.Errorf("found: %s; want %d", f, test.want[f.Code])
				}
				if example == "" {
					example = f.SpanName
				}
				delete(test.want, f.Code)
				if f.First.Before(begin) || f.First.After(time.Now()) || f.Advice() == "" || !strings.HasSuffix(f.String(), ": "+f.Advice()) {
					t.Errorf("a finding without time or advice: %#v", f)
				}
				if (f.SpanName == "") != (f.SessionID == "") {
					t.Errorf("an example in part: %#v", f)
				}
			}
			if len(test.want) > 0 {
				t.Errorf("not found: %v", test.want)
			}
			if example != test.example {
				t.Errorf("the example is %q, want %q", example, test.example)
			}
		})
	}
}

// A finding is a sentence.
func TestFindingString(t *testing.T) {
	for _, test := range []struct {
		f    exporter.Finding
		want string
	}{
		{
			exporter.Finding{Code: exporter.FindingToolWithoutResult, Count: 1, SpanName: "search", SessionID: "0199"},
			`1 call of a tool has no result (first "search" of session 0199): record what the tool returned with tracer.RunTool or Tracer.AddToolResult, or its error`,
		},
		{exporter.Finding{Code: exporter.FindingDuplicate, Count: 7}, "7 spans came twice: register the exporter once with each provider: as a processor or in a batcher"},
		{exporter.Finding{Code: "of_later", Count: 2}, "2 of_later"},
	} {
		if got := test.f.String(); got != test.want {
			t.Errorf("%q, want %q", got, test.want)
		}
	}
}

func TestDiagnoseNothing(t *testing.T) {
	exp, _ := open(t, exporter.WithDisabled())
	if found := exp.Diagnose(); found != nil {
		t.Errorf("found %v", found)
	}
}

// What a redactor took out of a name is in no finding, and no log.
func TestFindingsAreRedacted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var all logs
		l := newLine(t, exporter.WithRedactor(privately), exporter.WithLeakTimeout(time.Second),
			exporter.WithLogger(slog.New(slog.NewTextHandler(&all, &slog.HandlerOptions{Level: slog.LevelDebug}))))
		tr := provider(l.exp).Tracer("app")
		ctx, s := session(t.Context(), tr, "s "+private)
		entry(ctx, tr, "leaked "+private)
		s.End()
		time.Sleep(2 * time.Second)
		_, span := tracer.New(sdktrace.NewTracerProvider()).StartSession(t.Context(), "elsewhere")
		_, orphan := entry(trace.ContextWithSpan(t.Context(), span.OTel()), tr, "orphan "+private, contracts.SeqKey.Int(1))
		orphan.End()
		shutdown(t, l.exp)
		found := l.exp.Diagnose()
		if len(found) == 0 {
			t.Error("nothing is found")
		}
		if text := fmt.Sprint(found) + all.String(); strings.Contains(text, private) {
			t.Errorf("it is told: %s", text)
		}
	})
}

// Files that travel as their hash by intent are nothing to mend.
func TestHashedFilesAreNoFinding(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t, exporter.WithMaxFileBytes(0))
		tr := provider(l.exp).Tracer("app")
		_, s := session(t.Context(), tr, "s", contracts.MessagesKey.String(string(contracts.MakeMessages(contracts.User(
			contracts.FileContentPart{MediaType: "image/png", Data: contracts.QuoteJSON(base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", 5000))))})))))
		s.End()
		shutdown(t, l.exp)
		body := string(l.col.Requests()[0].Body)
		if found := l.exp.Diagnose(); len(found) > 0 || !strings.Contains(body, `"sha256"`) {
			t.Errorf("found %v in %s", found, body)
		}
	})
}
