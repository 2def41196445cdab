// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/exporter"
	"github.com/spect-tools/spect-go/exporter/exportertest"
	"github.com/spect-tools/spect-go/internal/reference"
	"github.com/spect-tools/spect-go/internal/scenario"
	"github.com/spect-tools/spect-go/tracer"
)

// sameIDs makes ids that are the same each time.
type sameIDs struct{ n atomic.Uint64 }

func (c *sameIDs) NewIDs(ctx context.Context) (id trace.TraceID, span trace.SpanID) {
	binary.BigEndian.PutUint64(id[:], c.n.Add(1))
	return id, c.NewSpanID(ctx, id)
}

func (c *sameIDs) NewSpanID(context.Context, trace.TraceID) (id trace.SpanID) {
	binary.BigEndian.PutUint64(id[:], c.n.Add(1))
	return id
}

var stacks = regexp.MustCompile(`"stack":"(\\.|[^"\\])*"`)

// Content that is held aside makes the same payloads, byte for byte, and is
// nowhere on the spans.
func TestContentAside(t *testing.T) {
	for _, v := range reference.Vectors() {
		t.Run(v.Name, func(t *testing.T) {
			sc, err := reference.ParseScenario(v.Scenario)
			if err != nil {
				t.Fatal(err)
			}
			play := func(opts ...tracer.Option) (sent []string, spans []sdktrace.ReadOnlySpan) {
				synctest.Test(t, func(t *testing.T) {
					sink, ended := &exportertest.Sink{}, &recorder{}
					exp, told := open(t, sink.Options()...)
					tp := provider(exp, sdktrace.WithIDGenerator(&sameIDs{}), sdktrace.WithSpanProcessor(ended))
					scenario.Play(t.Context(), tp, sc, opts...)
					shutdown(t, exp)
					told.none(t)
					for _, p := range sink.Sessions() {
						text := strings.ReplaceAll(string(p.AppendJSON(nil)), p.ID, "id") // made at random
						sent = append(sent, stacks.ReplaceAllString(text, `"stack":""`))
					}
					spans = ended.spans
				})
				return sent, spans
			}
			want, before := play()
			have, after := play(tracer.WithContentAside())
			if !slices.Equal(have, want) {
				t.Errorf("aside\n%s\nin attributes\n%s", strings.Join(have, "\n"), strings.Join(want, "\n"))
			}
			if len(after) != len(before) {
				t.Errorf("%d spans, %d with attributes", len(after), len(before))
			}
			for _, s := range after {
				holdsNothing(t, s)
			}
		})
	}
}

// holdsNothing checks that a span has no content.
func holdsNothing(t *testing.T, s sdktrace.ReadOnlySpan) {
	t.Helper()
	for _, kv := range s.Attributes() {
		if contracts.ContentOf(kv.Key)&contracts.ContentPrivate != 0 {
			t.Errorf("span %s has %s", s.Name(), kv.Key)
		}
	}
	if s.Status().Description != "" || len(s.Events()) > 0 {
		t.Errorf("span %s says %q, %v", s.Name(), s.Status().Description, s.Events())
	}
}

// Without the processor what is held aside is lost, and the payload says so.
func TestContentAsideNeedsTheProcessor(t *testing.T) {
	sink := &exportertest.Sink{}
	exp, _ := open(t, sink.Options()...)
	tp := sdktrace.NewTracerProvider(sdktrace.WithSyncer(exp))
	ctx, s := tracer.New(tp, tracer.WithContentAside()).StartSession(t.Context(), "s", tracer.Metadata(map[string]string{"a": "secret"}))
	s.Add(ctx, contracts.UserText("secret"))
	s.SetError(errors.New("secret"), tracer.WithErrorCode("429"))
	s.End()
	if err := tp.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	p := sink.RequireSession(t, "s")
	text := string(p.AppendJSON(nil))
	if strings.Contains(text, "secret") || strings.Count(text, `"content":"held beside the span, where only`) != 2 || !strings.Contains(text, "429") {
		t.Error(text)
	}
	valid(t, sink.Sessions())
}

// What is held aside counts as what is held: a bound on bytes holds for it.
func TestContentAsideIsBounded(t *testing.T) {
	for _, opts := range [][]tracer.Option{nil, {tracer.WithContentAside()}} {
		sink := &exportertest.Sink{}
		exp, _ := open(t, sink.Options(exporter.WithMaxHeld(1<<20, 1<<20))...)
		tp := provider(exp)
		ctx, s := tracer.New(tp, opts...).StartSession(t.Context(), "s")
		for range 64 {
			s.Add(ctx, contracts.UserText(strings.Repeat("x", 64<<10)))
		}
		flush(t, exp)
		if n := exp.Stats().Released[exporter.ReleaseLimit]; n == 0 {
			t.Errorf("aside %v: 4 MiB are held under a bound of 1 MiB: %+v", len(opts) > 0, exp.Stats())
		}
		s.End()
	}
}

// A policy in the context holds for all that is started below, by whichever
// tracer, through both doors.
func TestContextWithContent(t *testing.T) {
	play := func(t *testing.T, tp *sdktrace.TracerProvider, late bool) {
		tr := tracer.New(tp)
		chat := func(ctx context.Context, text string) {
			attrs := []attribute.KeyValue{
				attribute.String("gen_ai.operation.name", "chat"), attribute.String("gen_ai.request.model", "m"), attribute.String("gen_ai.completion", text),
			}
			_, s := start(ctx, tp.Tracer("other"), "chat", late, attrs)
			s.End()
		}
		ctx, s := tr.StartSession(t.Context(), "s", tracer.Model("m"))
		chat(ctx, "public chat")
		below := tracer.ContextWithContent(ctx, contracts.ContentMetadataOnly)
		below, agent := tr.StartSubagent(tracer.ContextWithContent(below, contracts.ContentNoToolValues), "agent", tracer.Input("secret"),
			tracer.Metadata(map[string]string{"a": "public metadata"}))
		gen, call := tr.Start(below, contracts.KindStream, "call")
		call.AddDelta(tracer.Delta{Text: "secret"})
		call.SetError(errors.New("secret"), tracer.WithErrorCode("public code"))
		chat(gen, "secret")
		call.End()
		_, nested := tr.StartSession(gen, "nested", tracer.Model("m"), tracer.RequestInput("secret"))
		nested.Add(t.Context(), contracts.UserText("secret")) // with a context that knows nothing
		nested.SetResult(tracer.Result{Text: "secret", Object: []string{"secret"}})
		nested.End()
		agent.End()
		s.Add(ctx, contracts.UserText("public message"))
		s.SetResult(tracer.Result{Text: "public result"})
		s.End()
	}
	for _, late := range []bool{false, true} {
		for name, door := range map[string]func(*exporter.Exporter) sdktrace.TracerProviderOption{
			"processor": func(e *exporter.Exporter) sdktrace.TracerProviderOption {
				return sdktrace.WithSpanProcessor(exporter.NewSpanProcessor(e))
			},
			"exporter": func(e *exporter.Exporter) sdktrace.TracerProviderOption { return sdktrace.WithSyncer(e) },
		} {
			sink, ended := &exportertest.Sink{}, &recorder{}
			exp, told := open(t, sink.Options()...)
			tp := sdktrace.NewTracerProvider(door(exp), sdktrace.WithSpanProcessor(ended))
			play(t, tp, late)
			shutdown(t, exp)
			told.none(t)
			valid(t, sink.Sessions())
			var text string
			for _, p := range sink.Sessions() {
				text += string(p.AppendJSON(nil))
			}
			if strings.Contains(text, "secret") {
				t.Errorf("%s door, late %v: %s", name, late, text)
			}
			for _, want := range []string{"public chat", "public message", "public result", "public metadata", "public code"} {
				if !strings.Contains(text, want) {
					t.Errorf("%s door, late %v: no %q in %s", name, late, want, text)
				}
			}
			for _, s := range ended.spans {
				if s.InstrumentationScope().Name != "other" && strings.Contains(fmt.Sprint(s.Attributes(), s.Status()), "secret") {
					t.Errorf("span %s: %v", s.Name(), s.Attributes())
				}
			}
		}
	}
}

// A span of another convention that is alone in a context with a policy, and one
// that is sent before it ends.
func TestContextWithContentOfOthers(t *testing.T) {
	sink := &exportertest.Sink{}
	exp, _ := open(t, sink.Options()...)
	tp := provider(exp)
	attrs := trace.WithAttributes(attribute.String("gen_ai.operation.name", "chat"), attribute.String("gen_ai.request.model", "m"),
		attribute.String("gen_ai.completion", "secret"))
	ctx := tracer.ContextWithContent(t.Context(), contracts.ContentMetadataOnly)
	_, alone := tp.Tracer("other").Start(ctx, "alone")
	alone.SetAttributes(attribute.String("gen_ai.operation.name", "chat"), attribute.String("gen_ai.completion", "secret"))
	alone.End()
	_, open := tp.Tracer("other").Start(ctx, "open", attrs)
	shutdown(t, exp)
	open.End()
	if len(sink.Sessions()) != 2 {
		t.Fatalf("%d sessions", len(sink.Sessions()))
	}
	for _, p := range sink.Sessions() {
		if text := string(p.AppendJSON(nil)); strings.Contains(text, "secret") || !strings.Contains(text, "withheld") {
			t.Error(text)
		}
	}
}

// How much is sent: the strictest of what anybody says.
func TestContentPolicySources(t *testing.T) {
	panics := func(exporter.ContentSession) exporter.ContentPolicy { panic("secret reason") }
	byTenant := func(s exporter.ContentSession) exporter.ContentPolicy {
		if s.Name == "s" && s.Model == "m" && s.Metadata.Member("tenant") == `"strict"` {
			return exporter.MetadataOnly
		}
		return exporter.FullContent
	}
	const (
		all       = "system user assistant reasoning image pdf parameters result error metadata request"
		noTools   = "system user assistant reasoning image pdf error metadata request"
		noContent = "metadata"
	)
	for name, tt := range map[string]struct {
		env  map[string]string
		opts []exporter.Option
		want string
	}{
		"default":           {nil, nil, all},
		"full":              {nil, []exporter.Option{exporter.WithContent(exporter.FullContent)}, all},
		"no tool values":    {nil, []exporter.Option{exporter.WithContent(exporter.NoToolValues)}, noTools},
		"metadata only":     {nil, []exporter.Option{exporter.WithContent(exporter.MetadataOnly)}, noContent},
		"none":              {nil, []exporter.Option{exporter.WithContent(exporter.NoContent)}, ""},
		"unheard of":        {nil, []exporter.Option{exporter.WithContent(77)}, ""},
		"environment":       {map[string]string{"SPECT_CONTENT": " Metadata_Only "}, nil, noContent},
		"option over":       {map[string]string{"SPECT_CONTENT": "none"}, []exporter.Option{exporter.WithContent(exporter.FullContent)}, ""},
		"environment over":  {map[string]string{"SPECT_CONTENT": "full"}, []exporter.Option{exporter.WithContent(exporter.MetadataOnly)}, noContent},
		"captured":          {map[string]string{"OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "true"}, nil, all},
		"captured in spans": {map[string]string{"OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "SPAN_ONLY"}, nil, all},
		"not captured":      {map[string]string{"OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "False"}, nil, noContent},
		"no content":        {map[string]string{"OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "NO_CONTENT"}, nil, noContent},
		"captured how":      {map[string]string{"OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "perhaps"}, nil, noContent},
		"hide nothing":      {map[string]string{"OPENINFERENCE_HIDE_INPUTS": "false", "OPENINFERENCE_HIDE_OUTPUTS": "0"}, nil, all},
		"hide inputs":       {map[string]string{"OPENINFERENCE_HIDE_INPUTS": "True"}, nil, "assistant reasoning error metadata"},
		"hide outputs":      {map[string]string{"OPENINFERENCE_HIDE_OUTPUTS": "yes"}, nil, "system user image pdf error metadata request"},
		"hide messages in":  {map[string]string{"OPENINFERENCE_HIDE_INPUT_MESSAGES": "1"}, nil, "assistant reasoning error metadata"},
		"hide messages out": {map[string]string{"OPENINFERENCE_HIDE_OUTPUT_MESSAGES": "1"}, nil, "system user image pdf error metadata request"},
		"hide text in":      {map[string]string{"OPENINFERENCE_HIDE_INPUT_TEXT": "1"}, nil, "assistant reasoning image pdf error metadata"},
		"hide text out":     {map[string]string{"OPENINFERENCE_HIDE_OUTPUT_TEXT": "1"}, nil, "system user image pdf parameters result error metadata request"},
		"hide images":       {map[string]string{"OPENINFERENCE_HIDE_INPUT_IMAGES": "1"}, nil, strings.Replace(all, "image ", "", 1)},
		"resolver":          {nil, []exporter.Option{exporter.WithContentResolver(byTenant)}, noContent},
		"resolver stricter": {nil, []exporter.Option{exporter.WithContentResolver(byTenant), exporter.WithContent(exporter.NoContent)}, ""},
		"resolver panics":   {nil, []exporter.Option{exporter.WithContentResolver(panics)}, noContent},
	} {
		t.Run(name, func(t *testing.T) {
			for k, v := range tt.env {
				t.Setenv(k, v)
			}
			sink := &exportertest.Sink{}
			exp, told := open(t, sink.Options(tt.opts...)...)
			tp := provider(exp)
			playWords(t.Context(), tp)
			shutdown(t, exp)
			text := string(sink.Sessions()[0].AppendJSON(nil))
			for word := range strings.FieldsSeq(all) {
				want := slices.Contains(strings.Fields(tt.want), word)
				if got := strings.Contains(text, "the "+word+" word"); got != want {
					t.Errorf("the %s leaves: %v, want %v\n%s", word, got, want, text)
				}
			}
			valid(t, sink.Sessions())
			if s := exp.Stats(); name == "resolver panics" {
				if report := told.one(t); s.Withheld != 1 || strings.Contains(report, "secret") || !strings.Contains(report, "WithContentResolver") {
					t.Errorf("%d withheld, %s", s.Withheld, report)
				}
			} else if told.none(t); s.Withheld != 0 {
				t.Error("withheld")
			}
		})
	}
	t.Setenv("SPECT_CONTENT", "some")
	if _, err := exporter.New(exporter.WithLocal(), exporter.WithOrganizationID("o")); err == nil || !strings.Contains(err.Error(), "SPECT_CONTENT") {
		t.Errorf("an unknown policy: %v", err)
	}
}

// playWords has one word in each place of a kind of content.
func playWords(ctx context.Context, tp *sdktrace.TracerProvider) {
	tr := tracer.New(tp)
	ctx, s := tr.StartSession(ctx, "s", tracer.Model("m"), tracer.Metadata(map[string]string{"tenant": "strict", "a": "the metadata word"}),
		tracer.RequestInput("the request word"))
	file := func(media, word string) contracts.FileContentPart {
		return contracts.FileContentPart{MediaType: media, Data: contracts.QuoteJSON(word)}
	}
	s.Add(ctx, contracts.SystemText("the system word"),
		contracts.User(contracts.TextContentPart{Text: "the user word"}, file("image/png", "the image word"), file("application/pdf", "the pdf word")),
		contracts.Assistant(contracts.ReasoningContentPart{Text: "the reasoning word"}, contracts.TextContentPart{Text: "the assistant word"}))
	_, _ = tracer.RunTool(ctx, tr, contracts.ToolCall{ID: "c", Name: "n", Input: `{"a":"the parameters word"}`},
		func(context.Context) (string, error) { return "the result word", nil })
	_, failed := tr.Start(ctx, contracts.KindGenerate, "failed")
	failed.SetError(errors.New("the error word"))
	failed.End()
	s.End()
}
