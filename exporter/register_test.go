// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"go.opentelemetry.io/otel"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/embedded"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/exporter"
	"github.com/spect-tools/spect-go/exporter/exportertest"
	"github.com/spect-tools/spect-go/tracer"
)

// around is a provider around the SDK's that passes on the methods of it.
type around struct{ *sdktrace.TracerProvider }

// throwing is a provider that panics when it is given a processor.
type throwing struct{ noop.TracerProvider }

func (throwing) Tracer(string, ...trace.TracerOption) trace.Tracer { return othersTracer{} }
func (throwing) RegisterSpanProcessor(sdktrace.SpanProcessor)      { panic("no") }

// hiding is a provider around another that passes on nothing but spans.
type hiding struct {
	embedded.TracerProvider
	next trace.TracerProvider
}

func (h hiding) Tracer(name string, opts ...trace.TracerOption) trace.Tracer {
	return h.next.Tracer(name, opts...)
}

// others is a provider of somebody else's, whose spans are not the SDK's.
type others struct {
	embedded.TracerProvider
	spans *[]*othersSpan
}

type othersTracer struct {
	embedded.Tracer
	spans *[]*othersSpan
}

type othersSpan struct {
	noop.Span
	name  string
	sc    trace.SpanContext
	ended bool
}

func (f others) Tracer(string, ...trace.TracerOption) trace.Tracer {
	return othersTracer{spans: f.spans}
}

func (f othersTracer) Start(ctx context.Context, name string, _ ...trace.SpanStartOption) (context.Context, trace.Span) {
	s := &othersSpan{name: name, sc: trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: trace.TraceID{1}, SpanID: trace.SpanID{byte(len(*f.spans) + 1)}, TraceFlags: trace.FlagsSampled,
	})}
	*f.spans = append(*f.spans, s)
	return trace.ContextWithSpan(ctx, s), s
}

func (s *othersSpan) SpanContext() trace.SpanContext { return s.sc }
func (*othersSpan) IsRecording() bool                { return true }
func (s *othersSpan) End(...trace.SpanEndOption)     { s.ended = true }

// answering is a provider that gives nil for all that it is asked for.
type answering struct {
	embedded.TracerProvider
	tracer trace.Tracer
}

func (a answering) Tracer(string, ...trace.TracerOption) trace.Tracer { return a.tracer }

type nilSpans struct{ embedded.Tracer }

func (nilSpans) Start(context.Context, string, ...trace.SpanStartOption) (context.Context, trace.Span) {
	return nil, nil //nolint:nilnil // what a broken provider does
}

// traceAll makes a session with all that package tracer has; whatever the provider
// is, nothing happens but spans.
func traceAll(t *testing.T, tp trace.TracerProvider) (sessionID string) {
	t.Helper()
	tr := tracer.New(tp)
	ctx, s := tr.StartSession(context.Background(), "ask", tracer.Model("m"))
	s.Add(ctx, contracts.UserText("hi"))
	gctx, gen := tr.Start(ctx, contracts.KindGenerate, "gen")
	gen.Add(contracts.AssistantText("ho"))
	if gctx == nil {
		t.Error("the context is nil")
	}
	gen.EndErr(new(error))
	got, err := tracer.RunTool(ctx, tr, contracts.ToolCall{ID: "c", Name: "tool"}, func(context.Context) (string, error) { return "result", errors.ErrUnsupported })
	if got != "result" || !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("the tool returned %q, %v", got, err)
	}
	s.SetResult(tracer.Result{Text: "ho"})
	s.End()
	return s.ID()
}

// The provider that a program has decides whether Spect hears of its spans; and
// a provider that cannot feed an exporter is told of by an error, while package
// tracer goes on with it.
func TestRegister(t *testing.T) {
	sdk := func() *sdktrace.TracerProvider { return sdktrace.NewTracerProvider() }
	down := sdk()
	_ = down.Shutdown(context.Background())
	for name, test := range map[string]struct {
		tp   trace.TracerProvider
		want string // the error, in part; empty for none
	}{
		"the SDK's":                    {sdk(), ""},
		"a wrapper around the SDK's":   {around{sdk()}, ""},
		"a pointer to a wrapper":       {&around{sdk()}, ""},
		"one that hides the SDK's":     {hiding{next: sdk()}, "exporter_test.hiding, which takes no span processors"},
		"one that does nothing":        {noop.NewTracerProvider(), "noop.TracerProvider, which takes no span processors"},
		"one of other spans":           {others{spans: new([]*othersSpan)}, "exporter_test.others, which takes no span processors"},
		"one of no tracers":            {answering{}, "exporter_test.answering, which takes no span processors"},
		"one of no spans":              {answering{tracer: nilSpans{}}, "exporter_test.answering, which takes no span processors"},
		"a nil pointer to the SDK's":   {(*sdktrace.TracerProvider)(nil), "*trace.TracerProvider, did not take a span processor: panic: "},
		"a wrapper around nothing":     {around{}, "exporter_test.around, did not take a span processor: panic: "},
		"the SDK's that was shut down": {down, "*trace.TracerProvider, makes no spans"},
	} {
		t.Run(name, func(t *testing.T) {
			col := exportertest.NewCollector(t)
			exp, told := open(t, col.Options()...)
			err := exporter.Register(test.tp, exp)
			if (err == nil) != (test.want == "") || err != nil && (!strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), "spect: ")) {
				t.Errorf("the error is %v, want %q", err, test.want)
			}
			if strings.Contains(test.want, "panic") {
				return // whoever uses such a provider
			}
			id := traceAll(t, test.tp)
			flush(t, exp)
			sessions := col.Sessions()
			if got := len(sessions); got != map[bool]int{true: 1, false: 0}[err == nil] {
				t.Errorf("%d sessions arrived", got)
			}
			if len(sessions) > 0 && sessions[0].ID != id {
				t.Errorf("the session is %s, want %s", sessions[0].ID, id)
			}
			if down, ok := test.tp.(interface{ Shutdown(context.Context) error }); ok && err == nil {
				if err := down.Shutdown(context.Background()); err != nil {
					t.Error(err)
				}
				if exp.Flush(context.Background()) != nil || exp.ExportSpans(context.Background(), nil) == nil {
					t.Error("the provider that was shut down did not shut the exporter down")
				}
			}
			told.none(t)
		})
	}
}

// What is no exporter, and what is switched off.
func TestRegisterNothing(t *testing.T) {
	tp := sdktrace.NewTracerProvider()
	if err := exporter.Register(tp, nil); err == nil || !strings.Contains(err.Error(), "exporter.New") {
		t.Errorf("a nil exporter: %v", err)
	}
	exp, _ := open(t, exporter.WithDisabled())
	for _, tp := range []trace.TracerProvider{tp, noop.NewTracerProvider(), nil} {
		if err := exporter.Register(tp, exp); err != nil {
			t.Errorf("an exporter that is switched off: %v", err)
		}
	}
}

// Spans of any provider get what package tracer says of them.
func TestTracerWithForeignSpans(t *testing.T) {
	var spans []*othersSpan
	if id := traceAll(t, others{spans: &spans}); id == "" {
		t.Error("the session has no id")
	}
	var names []string
	for _, s := range spans {
		names = append(names, s.name)
		if !s.ended {
			t.Errorf("%s was not ended", s.name)
		}
	}
	if got := strings.Join(names, " "); got != "ask user gen tool tool.result" {
		t.Errorf("the spans are %s", got)
	}
}

// The global provider of OpenTelemetry can feed nothing until a program sets its
// own; what package tracer made before goes on with that.
func TestRegisterGlobal(t *testing.T) {
	if !ownProcess(t) { // a process sets its provider once
		return
	}
	col := exportertest.NewCollector(t)
	exp, told := open(t, col.Options()...)
	before := otel.GetTracerProvider()
	if err := exporter.Register(nil, exp); err == nil || !strings.Contains(err.Error(), "not before it is there") {
		t.Errorf("before a provider is set: %v", err)
	}
	early := tracer.New(nil)
	_, lost := early.StartSession(context.Background(), "lost")
	lost.End()

	tp := sdktrace.NewTracerProvider()
	otel.SetTracerProvider(tp)
	if err := exporter.Register(before, exp); err == nil {
		t.Error("the provider of before takes a processor")
	}
	if err := exporter.Register(nil, exp); err != nil {
		t.Fatal(err)
	}
	for _, tr := range []*tracer.Tracer{early, tracer.New(nil), tracer.New(before)} {
		_, s := tr.StartSession(context.Background(), "kept")
		s.End()
	}
	if err := tp.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
	var names []string
	for _, s := range col.Sessions() {
		names = append(names, s.Name)
	}
	if got := strings.Join(names, " "); got != "kept kept kept" {
		t.Errorf("the sessions are %s", got)
	}
	told.none(t)
}

// One exporter behind two providers goes on until both are shut down; a failed
// registration is none of them.
func TestRegisterTwice(t *testing.T) {
	col := exportertest.NewCollector(t)
	exp, told := open(t, col.Options()...)
	one, two := sdktrace.NewTracerProvider(), sdktrace.NewTracerProvider()
	for tp, fails := range map[trace.TracerProvider]bool{one: false, two: false, noop.NewTracerProvider(): true, throwing{}: true} {
		if err := exporter.Register(tp, exp); (err != nil) != fails {
			t.Errorf("%T: %v", tp, err)
		}
	}
	id := traceAll(t, one)
	if err := one.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
	if got := col.RequireSession(t, "ask").ID; got != id {
		t.Errorf("the session is %s, want %s", got, id)
	}
	traceAll(t, two)
	flush(t, exp)
	if n := len(col.Sessions()); n != 2 {
		t.Errorf("%d sessions after the first provider was shut down, want 2", n)
	}
	if err := two.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
	if exp.ExportSpans(context.Background(), nil) == nil {
		t.Error("the exporter is at work without a provider")
	}
	told.none(t)
}
