// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter_test

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
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
	"github.com/spect-tools/spect-go/convert"
	"github.com/spect-tools/spect-go/exporter"
)

// What instrumentations say of their spans.
var (
	aModel = []attribute.KeyValue{
		attribute.String("openinference.span.kind", "LLM"), attribute.String("llm.model_name", "gpt-4.1"),
		attribute.String("llm.input_messages.0.message.role", "user"),
		attribute.String("llm.input_messages.0.message.content", "How tall is K2?"),
		attribute.String("llm.output_messages.0.message.role", "assistant"),
		attribute.String("llm.output_messages.0.message.content", "8,611 m"),
	}
	anAgent = []attribute.KeyValue{attribute.String("openinference.span.kind", "AGENT"), attribute.String("agent.name", "guide")}
	aTool   = []attribute.KeyValue{
		attribute.String("openinference.span.kind", "TOOL"), attribute.String("tool.name", "search"),
		attribute.String("tool.id", "call_1"), attribute.String("input.value", `{"q":"K2"}`), attribute.String("input.mime_type", "application/json"),
	}
	aWorkflow = []attribute.KeyValue{attribute.String("openinference.span.kind", "CHAIN")}
	aServer   = []attribute.KeyValue{attribute.String("http.route", "/ask"), attribute.String("session.id", "conversation-1")}
)

// told is a span whose instrumentation says at its start what it is, or at its end.
type told struct {
	trace.Span
	atEnd []attribute.KeyValue
}

func (s told) End(opts ...trace.SpanEndOption) {
	s.SetAttributes(s.atEnd...)
	s.Span.End(opts...)
}

func start(ctx context.Context, tr trace.Tracer, name string, late bool, attrs []attribute.KeyValue) (context.Context, told) {
	time.Sleep(time.Millisecond)
	if late {
		ctx, s := tr.Start(ctx, name)
		return ctx, told{s, attrs}
	}
	ctx, s := tr.Start(ctx, name, trace.WithAttributes(attrs...))
	return ctx, told{s, nil}
}

// Spans of other conventions make sessions: the outermost of them that is a
// model's or an agent's, and all below it, once the top of the trace has ended.
func TestConventions(t *testing.T) {
	for name, test := range map[string]struct {
		play func(ctx context.Context, tr trace.Tracer, late bool)
		want []string // names, and their spans'
	}{
		"a call by itself": {func(ctx context.Context, tr trace.Tracer, late bool) {
			_, m := start(ctx, tr, "chat", late, aModel)
			m.End()
		}, []string{"chat: chat"}},
		"two calls of a request are two sessions": {func(ctx context.Context, tr trace.Tracer, late bool) {
			ctx, server := start(ctx, tr, "server", late, aServer)
			for _, name := range []string{"first", "second"} {
				_, m := start(ctx, tr, name, late, aModel)
				m.End()
			}
			server.End()
		}, []string{"first: first", "second: second"}},
		"an agent is one": {func(ctx context.Context, tr trace.Tracer, late bool) {
			ctx, server := start(ctx, tr, "server", late, aServer)
			ctx, agent := start(ctx, tr, "agent", late, anAgent)
			ctx, flow := start(ctx, tr, "flow", late, aWorkflow)
			_, first := start(ctx, tr, "first", late, aModel)
			first.End()
			toolCtx, tool := start(ctx, tr, "tool", late, aTool)
			_, client := start(toolCtx, tr, "client", late, nil)
			client.End()
			tool.End()
			_, second := start(ctx, tr, "second", late, aModel)
			second.End()
			flow.End()
			agent.End()
			server.End()
		}, []string{"agent: first tool second"}},
		"a tool outside is none": {func(ctx context.Context, tr trace.Tracer, late bool) {
			ctx, server := start(ctx, tr, "server", late, aServer)
			_, tool := start(ctx, tr, "tool", late, aTool)
			tool.End()
			server.End()
		}, nil},
		"the call outlives the request": {func(ctx context.Context, tr trace.Tracer, late bool) {
			ctx, server := start(ctx, tr, "server", late, aServer)
			_, m := start(ctx, tr, "chat", late, aModel)
			server.End()
			m.End()
		}, []string{"chat: chat"}},
		"in a Spect session": {func(ctx context.Context, tr trace.Tracer, late bool) {
			ctx, s := session(ctx, tr, "session")
			ctx, flow := start(ctx, tr, "flow", late, aWorkflow)
			_, m := start(ctx, tr, "chat", late, aModel)
			m.End()
			_, tool := start(ctx, tr, "tool", late, aTool)
			tool.End()
			flow.End()
			s.End()
		}, []string{"session: chat tool"}},
		"around Spect's own spans": {func(ctx context.Context, tr trace.Tracer, _ bool) {
			ctx, agent := start(ctx, tr, "agent", false, anAgent)
			_, e := entry(ctx, tr, "own")
			e.End()
			agent.End()
		}, []string{"agent: own"}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, late := range []bool{false, true} {
				eachDoor(t, func(t *testing.T, l *line, tp *sdktrace.TracerProvider) {
					test.play(t.Context(), tp.Tracer("instrumentation"), late)
					wait := time.Second // more than the grace, and less than anybody would wait in vain
					if late && name == "the call outlives the request" {
						wait = time.Minute // the request ended before anybody knew that it mattered
					}
					time.Sleep(wait)
					synctest.Wait()
					var have []string
					for _, p := range l.col.Sessions() {
						have = append(have, p.Name+": "+strings.Join(otelSpans(&p), " "))
					}
					if slices.Sort(have); !slices.Equal(have, test.want) {
						t.Errorf("late %v: have %q, want %q", late, have, test.want)
					}
					valid(t, l.col.Sessions())
				})
			}
		})
	}
}

// A call whose request never ends is sent when nothing has happened in the trace
// for as long as WithIdleTimeout says.
func TestIdleTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t, exporter.WithIdleTimeout(10*time.Second), exporter.WithWorkers(1)) // they arrive in their order
		tr := provider(l.exp).Tracer("instrumentation")
		ctx, server := start(t.Context(), tr, "server", false, aServer)
		defer server.End()
		for _, name := range []string{"first", "second"} {
			_, m := start(ctx, tr, name, false, aModel)
			m.End()
			time.Sleep(8 * time.Second)
		}
		// Of other traces, one begins to wait before this one goes on, and one after.
		_, other := start(t.Context(), tr, "other", false, aServer)
		defer other.End()
		_, m := start(trace.ContextWithSpan(t.Context(), other), tr, "third", false, aModel)
		m.End()
		time.Sleep(1500 * time.Millisecond)
		if n := len(l.col.Sessions()); n != 0 {
			t.Errorf("%d sessions were sent while something happened", n)
		}
		time.Sleep(time.Second) // 10.5 s after the last, and the grace over
		l.wants(t, "first: user first", "second: user second")
		time.Sleep(8 * time.Second)
		l.wants(t, "first: user first", "second: user second", "third: user third")
		if p := exporter.FootprintOf(l.exp); p.Traces != 0 || p.Live != 0 {
			t.Errorf("it holds %+v", p)
		}
	})
}

// eachDoor plays something before an exporter behind its processor, and behind
// a syncer.
func eachDoor(t *testing.T, play func(*testing.T, *line, *sdktrace.TracerProvider)) {
	t.Helper()
	for name, door := range map[string]func(*exporter.Exporter) sdktrace.TracerProviderOption{
		"processor": func(e *exporter.Exporter) sdktrace.TracerProviderOption {
			return sdktrace.WithSpanProcessor(exporter.NewSpanProcessor(e))
		},
		"exporter": func(e *exporter.Exporter) sdktrace.TracerProviderOption { return sdktrace.WithSyncer(e) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLine(t)
				play(t, l, sdktrace.NewTracerProvider(door(l.exp)))
				flush(t, l.exp, exporter.IncludeOpen())
			})
		})
	}
}

// otelSpans are the names of the spans of a session, each once.
func otelSpans(p *contracts.CollectorTracePayload) (names []string) {
	for _, s := range p.Metadata.Result.Spans {
		switch s.Kind {
		case contracts.KindUser, contracts.KindSystem, contracts.KindAssistant, contracts.KindToolResult:
			continue // made of what a span says
		}
		names = append(names, s.Name)
	}
	return names
}

// What the spans above a session say of the conversation is the session's.
func TestConversationFromAbove(t *testing.T) {
	for _, late := range []bool{false, true} {
		eachDoor(t, func(t *testing.T, l *line, tp *sdktrace.TracerProvider) {
			tr := tp.Tracer("instrumentation")
			ctx, server := start(t.Context(), tr, "server", late, aServer)
			_, m := start(ctx, tr, "chat", late, aModel)
			m.End()
			server.End()
			time.Sleep(time.Second)
			if p := l.col.RequireSession(t, "chat"); p.Attributes.ConversationID != "conversation-1" {
				t.Errorf("late %v: the conversation is %q", late, p.Attributes.ConversationID)
			}
		})
	}
}

// A top that does not end delays a session no longer than the idle timeout.
func TestIdle(t *testing.T) {
	for _, late := range []bool{false, true} {
		eachDoor(t, func(t *testing.T, l *line, tp *sdktrace.TracerProvider) {
			tr := tp.Tracer("instrumentation")
			ctx, server := start(t.Context(), tr, "server", late, aServer)
			for range 3 { // while something happens, nothing is given up
				_, m := start(ctx, tr, "chat", late, aModel)
				m.End()
				time.Sleep(20 * time.Second)
			}
			if n := len(l.col.Sessions()); n != 0 {
				t.Errorf("%d sessions while something happened", n)
			}
			time.Sleep(time.Minute)
			if n := len(l.col.Sessions()); n != 3 {
				t.Errorf("%d sessions in the end", n)
			}
			_, m := start(ctx, tr, "another", late, aModel)
			m.End()
			server.End()
			time.Sleep(time.Second)
			l.col.RequireSession(t, "another")
		})
	}
}

// A parent that is not recorded will not come, and nobody waits for it.
func TestTopmost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t)
		tp := provider(l.exp, sdktrace.WithSampler(exporter.Sampler(sdktrace.NeverSample())))
		ctx, server := start(t.Context(), tp.Tracer("http"), "server", false, aServer)
		_, m := start(ctx, tp.Tracer("instrumentation"), "chat", false, aModel)
		m.End()
		time.Sleep(time.Second)
		l.col.RequireSession(t, "chat")
		server.End()
	})
}

// The conventions can be left alone.
func TestWithoutConventions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t, exporter.WithoutConventions())
		tr := provider(l.exp).Tracer("instrumentation")
		ctx, s := session(t.Context(), tr, "session")
		_, m := start(ctx, tr, "chat", false, aModel)
		m.End()
		s.End()
		_, m = start(t.Context(), tr, "chat", false, aModel)
		m.End()
		flush(t, l.exp)
		l.wants(t, "session: ")
		if s := l.exp.Stats(); s.Ignored != 2 || s.Received != 1 {
			t.Errorf("%+v", s)
		}
	})
}

// What is gathered, however the spans come, is what carving the whole trace
// gives: the sessions of random traces, with the spans of everybody.
func TestGatherIsCarve(t *testing.T) {
	const traces = 500
	for seed := range uint64(traces) {
		r := rand.New(rand.NewPCG(seed, 1))
		eachDoor(t, func(t *testing.T, l *line, tp *sdktrace.TracerProvider) {
			recorder := tracetest.NewSpanRecorder()
			tp.RegisterSpanProcessor(recorder)
			playRandom(t.Context(), rand.New(rand.NewPCG(seed, 2)), tp.Tracer("instrumentation"), r.IntN(12)+1)
			time.Sleep(5 * time.Minute)
			synctest.Wait()
			have := describe(l.col.Sessions())
			want := describe(carved(recorder.Ended()))
			if !slices.Equal(have, want) {
				t.Errorf("seed %d: have\n%s\nwant\n%s", seed, strings.Join(have, "\n"), strings.Join(want, "\n"))
			}
			if s := l.exp.Stats(); s.Received+s.Ignored != uint64(len(recorder.Ended())) || s.Held != 0 {
				t.Errorf("seed %d: of %d spans: %+v", seed, len(recorder.Ended()), s)
			}
			if p := exporter.FootprintOf(l.exp); p != (exporter.Footprint{}) {
				t.Errorf("seed %d: left %+v", seed, p)
			}
		})
		if t.Failed() {
			return
		}
	}
}

// playRandom makes a trace of n spans, each below another, that end in the
// reverse order of their starts.
func playRandom(ctx context.Context, r *rand.Rand, tr trace.Tracer, n int) {
	type made struct {
		ctx context.Context
		// undecided: it, or a span above it, says late what it is. Spect's own say
		// so at their start, and what is above them is known by then.
		undecided bool
	}
	kinds := []struct {
		name  string
		attrs []attribute.KeyValue
	}{{"server", nil}, {"model", aModel}, {"agent", anAgent}, {"tool", aTool}, {"flow", aWorkflow}}
	at := []made{{ctx, false}}
	var spans []trace.Span
	for i := range n {
		above := at[r.IntN(len(at))]
		if len(at) > 1 && r.IntN(4) > 0 {
			above = at[1+r.IntN(len(at)-1)] // one trace, mostly
		}
		name := fmt.Sprint(i)
		switch k := r.IntN(8); {
		case k == 0 && !above.undecided:
			ctx, s := session(above.ctx, tr, "session "+name)
			at, spans = append(at, made{ctx, false}), append(spans, s)
		case k == 1 && !above.undecided:
			ctx, s := entry(above.ctx, tr, "entry "+name)
			at, spans = append(at, made{ctx, false}), append(spans, s)
		default:
			kind, late := kinds[r.IntN(len(kinds))], r.IntN(2) == 0
			ctx, s := start(above.ctx, tr, kind.name+" "+name, late, kind.attrs)
			at, spans = append(at, made{ctx, above.undecided || late}), append(spans, s)
		}
	}
	for _, s := range slices.Backward(spans) {
		s.End()
	}
}

// carved are the sessions of spans, made at once of all of them.
func carved(ended []sdktrace.ReadOnlySpan) (out []contracts.CollectorTracePayload) {
	var spans []convert.Span
	for _, s := range ended {
		spans = append(spans, convert.Span{
			TraceID: s.SpanContext().TraceID(), SpanID: s.SpanContext().SpanID(),
			ParentID: s.Parent().SpanID(), ParentRemote: s.Parent().IsRemote(),
			Name: s.Name(), StartTime: s.StartTime(), EndTime: s.EndTime(), Attributes: s.Attributes(),
			Scope: s.InstrumentationScope().Name,
		})
	}
	var c convert.Converter
	for _, s := range convert.Sessions(spans) {
		p, err := contracts.ParsePayload(string(c.Payload(&s).AppendJSON(nil)))
		if err != nil {
			panic(err)
		}
		out = append(out, *p)
	}
	return out
}

// describe tells sessions apart by their spans, in no order.
func describe(sessions []contracts.CollectorTracePayload) (out []string) {
	slices.SortFunc(sessions, func(a, b contracts.CollectorTracePayload) int { return cmp.Compare(a.ID, b.ID) })
	for i := range sessions {
		p := &sessions[i]
		text := p.ID + " " + p.Name
		for _, s := range p.Metadata.Result.Spans {
			text += fmt.Sprintf("\n  %s below %q: %s %s", s.ID, s.ParentID, s.Kind, s.Name)
		}
		out = append(out, text)
	}
	return out
}

// A span of others that ended at the Unix epoch has ended.
func TestEndAtTheEpoch(t *testing.T) {
	eachDoor(t, func(t *testing.T, l *line, tp *sdktrace.TracerProvider) {
		tr := tp.Tracer("instrumentation")
		epoch := time.Unix(0, 0)
		ctx, server := tr.Start(t.Context(), "server", trace.WithTimestamp(epoch))
		_, m := tr.Start(ctx, "model", trace.WithTimestamp(epoch), trace.WithAttributes(aModel...))
		m.End(trace.WithTimestamp(epoch))
		server.End(trace.WithTimestamp(epoch))
		time.Sleep(time.Second)
		l.col.RequireSession(t, "model")
	})
}
