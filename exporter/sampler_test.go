// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/exporter"
	"github.com/spect-tools/spect-go/tracer"
)

// counting gives the ids 1, 2, 3, …, spread so that a ratio of them is sampled.
type counting struct{ n uint64 }

func (c *counting) next() uint64 {
	c.n++
	return c.n * 0x9e3779b97f4a7c15
}

func (c *counting) NewIDs(ctx context.Context) (trace.TraceID, trace.SpanID) {
	var id trace.TraceID
	binary.BigEndian.PutUint64(id[:8], c.next())
	binary.BigEndian.PutUint64(id[8:], c.next())
	return id, c.NewSpanID(ctx, id)
}

func (c *counting) NewSpanID(context.Context, trace.TraceID) (id trace.SpanID) {
	binary.BigEndian.PutUint64(id[:], c.next())
	return id
}

// service handles requests, some of them with sessions in them.
func service(tp trace.TracerProvider, requests int) {
	app := tp.Tracer("app")
	llm := tracer.New(tp)
	remote := func(i int, flags trace.TraceFlags) context.Context {
		return trace.ContextWithRemoteSpanContext(context.Background(), trace.NewSpanContext(trace.SpanContextConfig{
			TraceID: trace.TraceID{1, byte(i)}, SpanID: trace.SpanID{2, byte(i)}, TraceFlags: flags, Remote: true,
		}))
	}
	for i := range requests {
		ctx := context.Background()
		switch i % 5 {
		case 3:
			ctx = remote(i, 0)
		case 4:
			ctx = remote(i, trace.FlagsSampled)
		}
		ctx, server := app.Start(ctx, "server")
		db, query := app.Start(ctx, "query", trace.WithAttributes(attribute.Int("n", i)))
		_, inner := app.Start(db, "inner")
		inner.End()
		query.End()
		if i%2 == 0 {
			ctx, s := llm.StartSession(ctx, fmt.Sprint(i), tracer.Model("m"))
			ctx, gen := llm.Start(ctx, contracts.KindGenerate, "gen")
			ctx, call := app.Start(ctx, "http")
			_, tool := llm.StartToolCall(ctx, contracts.ToolCall{ID: "c", Name: "tool"})
			tool.End()
			time.Sleep(time.Nanosecond) // by hand there is no order but that of time
			_, hand := app.Start(ctx, "hand", trace.WithAttributes(contracts.KindKey.String("reasoning")))
			hand.End()
			call.End()
			gen.End()
			s.End()
		}
		server.End()
	}
}

// Inside a service that samples, all sessions arrive whole, with their parents,
// and the service's other exporter gets exactly what it gets without us.
func TestSampler(t *testing.T) {
	const requests = 100
	for name, base := range map[string]sdktrace.Sampler{
		"1 %":                 sdktrace.TraceIDRatioBased(0.01),
		"parent based 1 %":    sdktrace.ParentBased(sdktrace.TraceIDRatioBased(0.01)),
		"half":                sdktrace.ParentBased(sdktrace.TraceIDRatioBased(0.5)),
		"never":               sdktrace.NeverSample(),
		"always":              sdktrace.AlwaysSample(),
		"default":             nil,
		"record only":         recordOnly{},
		"parent based, never": sdktrace.ParentBased(sdktrace.NeverSample()),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				run := func(opts ...sdktrace.TracerProviderOption) []string {
					other := tracetest.NewInMemoryExporter()
					tp := sdktrace.NewTracerProvider(append(opts, sdktrace.WithIDGenerator(&counting{}), sdktrace.WithSyncer(other))...)
					service(tp, requests)
					if err := tp.ForceFlush(context.Background()); err != nil {
						t.Error(err)
					}
					var out []string
					for _, s := range other.GetSpans() {
						sc, attrs := s.SpanContext, fmt.Sprint(withoutIDs(s.Attributes))
						out = append(out, fmt.Sprint(s.Name, sc.TraceID(), sc.SpanID(), sc.TraceFlags(), sc.TraceState(), s.Parent.SpanID(), s.ChildSpanCount, attrs))
					}
					return out
				}
				var without []string
				if base == nil {
					without = run()
				} else {
					without = run(sdktrace.WithSampler(base))
				}
				var sent bodies
				exp := sent.exporter(t)
				with := run(sdktrace.WithSampler(exporter.Sampler(base)), sdktrace.WithSpanProcessor(exporter.NewSpanProcessor(exp)))
				if !slices.Equal(without, with) {
					t.Errorf("the other exporter got %d spans, and with us %d\n%s\n---\n%s", len(without), len(with),
						strings.Join(without[:min(5, len(without))], "\n"), strings.Join(with[:min(5, len(with))], "\n"))
				}

				shutdown(t, exp)
				if n := len(sent.all()); n != requests/2 {
					t.Errorf("%d sessions arrived, want %d", n, requests/2)
				}
				for _, body := range sent.all() {
					p, err := contracts.ParsePayload(body)
					if err != nil {
						t.Fatal(err)
					}
					if text := tree(*p); !strings.HasSuffix(text, ": gen(tool hand)") {
						t.Fatalf("a session arrived as %s", text)
					}
				}
				if stats := exp.Stats(); stats.Received != 4*requests/2 {
					t.Errorf("%+v", stats)
				}
			})
		})
	}
}

// withoutIDs leaves out the session's id, which is random.
func withoutIDs(attrs []attribute.KeyValue) []attribute.KeyValue {
	return slices.DeleteFunc(slices.Clone(attrs), func(kv attribute.KeyValue) bool { return kv.Key == contracts.SessionIDKey })
}

// recordOnly is a base that records what it does not sample.
type recordOnly struct{}

func (recordOnly) ShouldSample(_ sdktrace.SamplingParameters) sdktrace.SamplingResult {
	ts, _ := trace.ParseTraceState("a=b")
	return sdktrace.SamplingResult{Decision: sdktrace.RecordOnly, Tracestate: ts, Attributes: []attribute.KeyValue{attribute.Bool("base", true)}}
}

func (recordOnly) Description() string { return "recordOnly" }

// What the sampler adds to a base that drops: our spans, and what is below
// them; nothing else.
func TestSamplerRecordsNothingElse(t *testing.T) {
	rec := new(recorder)
	tp := sdktrace.NewTracerProvider(sdktrace.WithSampler(exporter.Sampler(sdktrace.NeverSample())), sdktrace.WithSpanProcessor(rec))
	tr := tp.Tracer("app")
	ctx, server := tr.Start(t.Context(), "server")
	_, query := tr.Start(ctx, "query")
	inside, s := session(ctx, tr, "s")
	_, below := tr.Start(inside, "below")
	away := trace.ContextWithRemoteSpanContext(context.Background(), below.SpanContext().WithRemote(true))
	_, far := tr.Start(away, "far")
	for _, span := range []trace.Span{far, below, s, query, server} {
		if span.SpanContext().IsSampled() {
			t.Error("a span is sampled")
		}
		span.End()
	}
	var names []string
	for _, span := range rec.spans {
		names = append(names, span.Name())
	}
	if !slices.Equal(names, []string{"below", "s"}) {
		t.Errorf("recorded %v", names)
	}
}

func TestSamplerDescription(t *testing.T) {
	if text := exporter.Sampler(sdktrace.NeverSample()).Description(); !strings.Contains(text, "Spect") || !strings.Contains(text, "AlwaysOff") {
		t.Errorf("it describes itself as %s", text)
	}
}

// Where a head sampler drops sessions, nothing of them is kept or sent.
func TestSampledOutSessionsCostNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t)
		tp := provider(l.exp, sdktrace.WithSampler(sdktrace.NeverSample()))
		ctx, s := tracer.New(tp).StartSession(t.Context(), "s")
		_, sp := tracer.New(tp).Start(ctx, contracts.KindGenerate, "gen")
		if s.OTel().IsRecording() || sp.IsRecording() {
			t.Error("a span that was sampled out records")
		}
		sp.Add(contracts.AssistantText("hi"))
		sp.End()
		s.End()
		time.Sleep(time.Second)
		shutdown(t, l.exp)
		if stats := l.exp.Stats(); stats.Received != 0 || len(l.col.Requests()) != 0 {
			t.Errorf("%+v", stats)
		}
	})
}
