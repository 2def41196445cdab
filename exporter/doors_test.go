// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/exporter"
	"github.com/spect-tools/spect-go/exporter/exportertest"
	"github.com/spect-tools/spect-go/internal/payloadtest"
	"github.com/spect-tools/spect-go/internal/reference"
	"github.com/spect-tools/spect-go/internal/scenario"
	"github.com/spect-tools/spect-go/tracer"
)

// plays are programs whose spans all end.
func plays(t *testing.T) map[string]func(context.Context, *sdktrace.TracerProvider) {
	out := map[string]func(context.Context, *sdktrace.TracerProvider){
		"foreign spans between": playForeign,
		"parallel sessions":     playParallel,
		"nested sessions":       playNested,
		"nested by hand":        playNestedByHand,
		"no session":            playImplicit,
		"remote parent":         playRemote,
		"out of order":          playOutOfOrder,
	}
	for _, v := range reference.Vectors() {
		sc, err := reference.ParseScenario(v.Scenario)
		if err != nil {
			t.Fatal(err)
		}
		if slices.ContainsFunc(sc.Spans, func(s reference.Span) bool { return s.EndTime == nil && s.EndAt == nil }) {
			continue // has spans that never end
		}
		out["reference "+v.Name] = func(ctx context.Context, tp *sdktrace.TracerProvider) { scenario.Play(ctx, tp, sc) }
		out["reference "+v.Name+" by hand"] = func(ctx context.Context, tp *sdktrace.TracerProvider) {
			scenario.PlayAttributes(ctx, tp.Tracer("app"), sc)
		}
	}
	return out
}

// playForeign has spans of others above, between and below.
func playForeign(ctx context.Context, tp *sdktrace.TracerProvider) {
	tr := tp.Tracer("app")
	ctx, server := foreign(ctx, tr, "server")
	ctx, handler := foreign(ctx, tr, "handler")
	ctx, root := session(ctx, tr, "s")
	a, spanA := entry(ctx, tr, "a")
	f1, foreign1 := foreign(a, tr, "http")
	f2, foreign2 := foreign(f1, tr, "tls")
	b, spanB := entry(f2, tr, "b")
	_, foreign3 := foreign(b, tr, "db")
	_, spanC := entry(ctx, tr, "c")
	for _, s := range []trace.Span{foreign3, spanB, foreign2, foreign1, spanA, spanC, root, handler, server} {
		s.End()
	}
}

// playParallel has two sessions in one trace.
func playParallel(ctx context.Context, tp *sdktrace.TracerProvider) {
	tr := tp.Tracer("app")
	ctx, server := foreign(ctx, tr, "server")
	c1, s1 := session(ctx, tr, "s1")
	c2, s2 := session(ctx, tr, "s2")
	_, a1 := entry(c1, tr, "a1")
	_, a2 := entry(c2, tr, "a2")
	_, b1 := entry(c1, tr, "b1")
	for _, s := range []trace.Span{a2, a1, b1, s2, s1, server} {
		s.End()
	}
}

// playNested has a session inside another, below a span of others.
func playNested(ctx context.Context, tp *sdktrace.TracerProvider) {
	tr := tracer.New(tp)
	ctx, outer := tr.StartSession(ctx, "outer", tracer.Model("m"))
	ctx, agent := tr.StartSubagent(ctx, "researcher")
	ctx, call := foreign(ctx, tp.Tracer("app"), "call")
	ctx, inner := tr.StartSession(ctx, "inner", tracer.Model("m"))
	ctx, deep := tr.Start(ctx, contracts.KindGenerate, "deep")
	_, third := tr.StartSession(ctx, "third", tracer.Model("m"))
	third.End()
	deep.End()
	inner.End()
	call.End()
	agent.End()
	outer.End()
}

func playNestedByHand(ctx context.Context, tp *sdktrace.TracerProvider) {
	tr := tp.Tracer("app")
	ctx, outer := session(ctx, tr, "outer")
	ctx, agent := entry(ctx, tr, "agent")
	ctx, call := foreign(ctx, tr, "call")
	ctx, inner := session(ctx, tr, "inner")
	ctx, deep := entry(ctx, tr, "deep")
	_, third := session(ctx, tr, "third")
	for _, s := range []trace.Span{third, deep, inner, call, agent, outer} {
		s.End()
	}
}

// playImplicit has entries that no session encloses.
func playImplicit(ctx context.Context, tp *sdktrace.TracerProvider) {
	tr := tp.Tracer("app")
	ctx, server := foreign(ctx, tr, "server")
	ctx, middle := foreign(ctx, tr, "middle")
	a, spanA := entry(ctx, tr, "a", contracts.ModelIDKey.String("m"))
	_, below := entry(a, tr, "below")
	_, spanB := entry(ctx, tr, "b", contracts.ModelIDKey.String("m"))
	for _, s := range []trace.Span{below, spanA, spanB, middle, server} {
		s.End()
	}
}

func playRemote(ctx context.Context, tp *sdktrace.TracerProvider) {
	ctx = trace.ContextWithRemoteSpanContext(ctx, trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}, TraceFlags: trace.FlagsSampled, Remote: true,
	}))
	tr := tp.Tracer("app")
	c1, s1 := session(ctx, tr, "s")
	_, a := entry(c1, tr, "a")
	_, alone := entry(ctx, tr, "alone", contracts.ModelIDKey.String("m"))
	for _, s := range []trace.Span{a, s1, alone} {
		s.End()
	}
}

// playOutOfOrder ends parents before their children.
func playOutOfOrder(ctx context.Context, tp *sdktrace.TracerProvider) {
	tr := tracer.New(tp)
	ctx, s := tr.StartSession(ctx, "s", tracer.Model("m"))
	a, spanA := tr.Start(ctx, contracts.KindGenerate, "a")
	_, spanB := tr.Start(a, contracts.KindReasoning, "b")
	spanA.Add(contracts.AssistantText("hi"))
	s.End()
	spanA.End()
	spanB.End()
}

// The same finished spans give the same payloads, byte for byte, whichever door
// they come through, in how many batches, in whatever order.
func TestDoorsAgree(t *testing.T) {
	for name, play := range plays(t) {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				processor, syncer, batcher := newLine(t), newLine(t), newLine(t)
				rec := new(recorder)
				tp := sdktrace.NewTracerProvider(
					sdktrace.WithSpanProcessor(exporter.NewSpanProcessor(processor.exp)),
					sdktrace.WithSyncer(syncer.exp),
					sdktrace.WithBatcher(batcher.exp),
					sdktrace.WithSpanProcessor(rec))
				play(t.Context(), tp)
				if err := tp.Shutdown(context.Background()); err != nil {
					t.Error(err)
				}
				want := processor.bodies(t)
				if len(want) == 0 {
					t.Fatal("nothing arrived")
				}
				valid(t, processor.col.Sessions())
				agree(t, "WithSyncer", want, syncer.bodies(t))
				agree(t, "WithBatcher", want, batcher.bodies(t))

				for _, order := range orders(len(rec.spans)) {
					for _, size := range []int{1, 2, len(order)} {
						l := newLine(t)
						for batch := range slices.Chunk(order, size) {
							var spans []sdktrace.ReadOnlySpan
							for _, i := range batch {
								spans = append(spans, rec.spans[i])
							}
							if err := l.exp.ExportSpans(context.Background(), spans); err != nil {
								t.Error(err)
							}
							clear(spans) // as the SDK does
							synctest.Wait()
						}
						agree(t, fmt.Sprintf("in the order %v, %d at a time", order, size), want, l.bodies(t))
					}
				}
			})
		})
	}
}

// line is an exporter and its collector.
type line struct {
	exp *exporter.Exporter
	col *exportertest.Collector
	out *reports
}

func newLine(t *testing.T, opts ...exporter.Option) *line {
	col := exportertest.NewMemoryCollector(t)
	exp, out := open(t, col.Options(opts...)...)
	return &line{exp, col, out}
}

// bodies shuts the exporter down and returns the payloads by their session's id.
func (l *line) bodies(t *testing.T) map[string]string {
	t.Helper()
	shutdown(t, l.exp)
	l.out.none(t)
	out := map[string]string{}
	for _, r := range l.col.Requests() {
		p, err := r.Payload()
		if err != nil {
			t.Fatal(err)
		}
		if out[p.ID] != "" {
			t.Errorf("session %s came twice", p.Name)
		}
		out[p.ID] = string(r.Body)
	}
	return out
}

// agree ends the test at the first way that gives another result.
func agree(t *testing.T, what string, want, have map[string]string) {
	t.Helper()
	for id, body := range want {
		switch {
		case have[id] == "":
			t.Errorf("%s: a payload is missing: %.400s", what, body)
		case have[id] != body:
			t.Errorf("%s: a payload differs: %v\nwant %s\nhave %s", what, payloadtest.Diff([]byte(body), []byte(have[id])), body, have[id])
		}
	}
	for id, body := range have {
		if want[id] == "" {
			t.Errorf("%s: a payload that should not be: %.400s", what, body)
		}
	}
	if t.Failed() {
		t.FailNow()
	}
}

// orders are permutations of n things: all where there are few, else some.
func orders(n int) [][]int {
	first := make([]int, n)
	for i := range first {
		first[i] = i
	}
	out := [][]int{first, slices.Clone(first)}
	slices.Reverse(out[1])
	r := rand.New(rand.NewPCG(1, uint64(n)))
	for range 10 {
		order := slices.Clone(first)
		r.Shuffle(n, func(i, j int) { order[i], order[j] = order[j], order[i] })
		out = append(out, order)
	}
	return out
}

// What belongs where, by the names of the spans.
func TestShapes(t *testing.T) {
	for name, test := range map[string]struct {
		play func(context.Context, *sdktrace.TracerProvider)
		want []string
	}{
		"the children of spans of others move up":           {playForeign, []string{"s: a(b) c"}},
		"sessions side by side":                             {playParallel, []string{"s1: a1 b1", "s2: a2"}},
		"sessions inside each other":                        {playNested, []string{"inner: deep", "outer: researcher", "third: "}},
		"sessions inside each other by hand":                {playNestedByHand, []string{"inner: deep", "outer: agent", "third: "}},
		"entries outside of any session are each their own": {playImplicit, []string{"a: a(below)", "b: b"}},
		"a remote parent":                                   {playRemote, []string{"alone: alone", "s: a"}},
		"parents that end before their children":            {playOutOfOrder, []string{"s: a(b)"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLine(t)
				tp := provider(l.exp)
				test.play(t.Context(), tp)
				shutdown(t, l.exp)
				var have []string
				for _, p := range l.col.Sessions() {
					have = append(have, tree(p))
				}
				slices.Sort(have)
				if !slices.Equal(have, test.want) {
					t.Errorf("sessions\n%s\nwant\n%s", strings.Join(have, "\n"), strings.Join(test.want, "\n"))
				}
			})
		})
	}
}

// A session inside another is a payload of its own that names the span around
// it as its parent and shares the outermost's traceId.
func TestNestedSessionsAreTied(t *testing.T) {
	for name, play := range map[string]func(context.Context, *sdktrace.TracerProvider){"tracer": playNested, "by hand": playNestedByHand} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLine(t)
				play(t.Context(), provider(l.exp))
				shutdown(t, l.exp)
				outer, inner, third := l.col.RequireSession(t, "outer"), l.col.RequireSession(t, "inner"), l.col.RequireSession(t, "third")
				if outer.TraceID != outer.ID || outer.ParentID != "" {
					t.Errorf("the outer session has traceId %s, parentId %q, and is %s", outer.TraceID, outer.ParentID, outer.ID)
				}
				for _, test := range []struct {
					session, around contracts.CollectorTracePayload
				}{{inner, outer}, {third, inner}} {
					p := test.session
					if p.TraceID != outer.ID || p.ParentID != test.around.Metadata.Result.Spans[0].ID {
						t.Errorf("%s has traceId %s, parentId %s; want %s, %s",
							p.Name, p.TraceID, p.ParentID, outer.ID, test.around.Metadata.Result.Spans[0].ID)
					}
				}
			})
		})
	}
}
