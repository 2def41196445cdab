// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package logs_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/log"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/exporter"
	"github.com/spect-tools/spect-go/exporter/exportertest"
	"github.com/spect-tools/spect-go/exporter/logs"
)

// aCall is what the span of a call says whose content is in log records.
var aCall = trace.WithAttributes(attribute.String("gen_ai.operation.name", "chat"), attribute.String("gen_ai.system", "openai"),
	attribute.String("gen_ai.request.model", "gpt-4.1"))

// named is a record as instrumentations make it that know of event names, older
// one of those that do not.
func named(name string, body ...attribute.KeyValue) log.Record {
	var r log.Record
	r.SetEventName(name)
	r.SetTimestamp(time.Now())
	r.SetBody(attribute.MapValue(body...))
	return r
}

func older(name string, body ...attribute.KeyValue) log.Record {
	r := named("", body...)
	r.SetTimestamp(time.Time{})
	r.AddAttributes(attribute.String("gen_ai.system", "openai"), attribute.String("event.name", name))
	return r
}

// mixed has instructions with a time of their own; of the others the time is
// when they were observed.
func mixed(name string, body ...attribute.KeyValue) log.Record {
	if name == "gen_ai.system.message" {
		return named(name, body...)
	}
	return older(name, body...)
}

// converse emits a conversation of two messages.
func converse(ctx context.Context, l log.Logger, record func(string, ...attribute.KeyValue) log.Record, question, answer string) {
	l.Emit(ctx, record("gen_ai.user.message", attribute.String("content", question)))
	time.Sleep(time.Millisecond)
	l.Emit(ctx, record("gen_ai.choice", attribute.Int("index", 0), attribute.String("finish_reason", "stop"),
		attribute.Map("message", attribute.String("role", "assistant"), attribute.String("content", answer))))
}

// texts are all that was said in a session, in order.
func texts(p *contracts.CollectorTracePayload) (all []string) {
	for _, s := range p.Metadata.Result.Spans {
		for m, err := range s.Messages.All() {
			if err == nil {
				all = append(all, m.Content.Text())
			}
		}
	}
	return all
}

// open makes an exporter that ends with the test.
func open(t *testing.T, opts ...exporter.Option) (*exporter.Exporter, *exportertest.Collector) {
	t.Helper()
	col := exportertest.NewMemoryCollector(t)
	exp, err := exporter.New(col.Options(opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := exp.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return exp, col
}

func provider(exp *exporter.Exporter, more ...sdktrace.TracerProviderOption) trace.Tracer {
	return sdktrace.NewTracerProvider(append(more, sdktrace.WithSpanProcessor(exporter.NewSpanProcessor(exp)))...).Tracer("app")
}

// keeper keeps what it is given, as text, and perhaps changes it.
type keeper struct {
	sdklog.Processor

	mu     sync.Mutex
	seen   []string
	change func(*sdklog.Record)
}

func (k *keeper) OnEmit(_ context.Context, r *sdklog.Record) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	text := fmt.Sprint(r.EventName(), r.Timestamp(), r.Body(), r.TraceID(), r.SpanID(), r.Severity())
	r.WalkAttributes(func(kv attribute.KeyValue) bool {
		text += fmt.Sprint(kv)
		return true
	})
	k.seen = append(k.seen, text)
	if k.change != nil {
		k.change(r)
	}
	return nil
}

func (*keeper) Enabled(context.Context, sdklog.EnabledParameters) bool { return true }

// Content that comes in log records is in the session of their span, through
// either door of the exporter.
func TestContentInLogRecords(t *testing.T) {
	for name, door := range map[string]func(*exporter.Exporter) sdktrace.TracerProviderOption{
		"processor": func(e *exporter.Exporter) sdktrace.TracerProviderOption {
			return sdktrace.WithSpanProcessor(exporter.NewSpanProcessor(e))
		},
		"batcher": func(e *exporter.Exporter) sdktrace.TracerProviderOption { return sdktrace.WithBatcher(e) },
	} {
		for form, record := range map[string]func(string, ...attribute.KeyValue) log.Record{"named": named, "older": older, "mixed": mixed} {
			t.Run(name+"/"+form, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					exp, col := open(t)
					tp := sdktrace.NewTracerProvider(door(exp))
					logger := sdklog.NewLoggerProvider(sdklog.WithProcessor(logs.NewProcessor(exp))).Logger("app")
					for n := range 3 {
						ctx, call := tp.Tracer("app").Start(t.Context(), "chat", aCall)
						logger.Emit(ctx, record("gen_ai.system.message", attribute.String("content", "Be brief.")))
						time.Sleep(time.Millisecond)
						converse(ctx, logger, record, fmt.Sprint("question ", n), fmt.Sprint("answer ", n))
						call.End()
					}
					if err := tp.ForceFlush(t.Context()); err != nil {
						t.Fatal(err)
					}
					if err := exp.Flush(t.Context(), exporter.IncludeOpen()); err != nil {
						t.Fatal(err)
					}
					var have []string
					for _, p := range col.Sessions() {
						if err := p.Validate(); err != nil {
							t.Error(err)
						}
						have = append(have, strings.Join(texts(&p), ": "))
					}
					slices.Sort(have)
					if want := []string{"Be brief.: question 0: answer 0", "Be brief.: question 1: answer 1", "Be brief.: question 2: answer 2"}; !slices.Equal(have, want) {
						t.Errorf("have %q, want %q", have, want)
					}
					if s := exp.Stats().Logs; s.Joined != 9 || s.Held != 0 {
						t.Errorf("%+v, want nine joined", s)
					}
					if err := tp.Shutdown(context.Background()); err != nil {
						t.Error(err)
					}
				})
			})
		}
	}
}

// Without the processor a session says that it lacks the messages.
func TestWithoutProcessor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		exp, col := open(t)
		logger := sdklog.NewLoggerProvider().Logger("app")
		ctx, call := provider(exp).Start(t.Context(), "chat", aCall)
		converse(ctx, logger, named, "question", "answer")
		call.End()
		if err := exp.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		p := col.RequireSession(t, "chat")
		spans := p.Metadata.Result.Spans
		if len(texts(&p)) != 0 || len(spans) != 1 || spans[0].Model.ModelID != "gpt-4.1" {
			t.Errorf("spans: %+v", spans)
		}
		if why := string(spans[0].Metadata.Member("partial")); !strings.Contains(why, "log records") {
			t.Errorf("partial: %s", why)
		}
	})
}

// Other processors see what they would see without this one, which keeps nothing
// that they may change.
func TestBesideOtherProcessors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		exp, col := open(t)
		before, after := new(keeper), &keeper{change: func(r *sdklog.Record) {
			r.SetBody(attribute.StringValue("changed"))
			r.SetAttributes(attribute.String("event.name", "changed"))
			r.SetSpanID(trace.SpanID{1})
		}}
		logger := sdklog.NewLoggerProvider(sdklog.WithProcessor(before), sdklog.WithProcessor(logs.NewProcessor(exp)),
			sdklog.WithProcessor(after)).Logger("app")
		ctx, call := provider(exp).Start(t.Context(), "chat", aCall)
		converse(ctx, logger, older, "question", "answer")
		logger.Emit(ctx, named("db.query", attribute.String("content", "SELECT 1")))
		call.End()
		if err := exp.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		p := col.RequireSession(t, "chat")
		if have := texts(&p); !slices.Equal(have, []string{"question", "answer"}) {
			t.Errorf("it says %q", have)
		}
		if len(before.seen) != 3 || !slices.Equal(before.seen, after.seen) {
			t.Errorf("before it:\n%s\nbehind it:\n%s", strings.Join(before.seen, "\n"), strings.Join(after.seen, "\n"))
		}
	})
}

// What is none of Spect's does not reach the exporter.
func TestOtherRecords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		exp, _ := open(t)
		p := logs.NewProcessor(exp)
		logger := sdklog.NewLoggerProvider(sdklog.WithProcessor(p)).Logger("app")
		ctx, call := provider(exp).Start(t.Context(), "chat", aCall)
		defer call.End()
		logger.Emit(ctx, named("", attribute.String("content", "a line")))
		logger.Emit(ctx, named("gen_ai.evaluation.result", attribute.String("content", "good")))
		logger.Emit(context.Background(), named("gen_ai.user.message", attribute.String("content", "of no span")))

		// Of spans that nobody records, here or in the caller's process.
		unsampled, s := provider(exp, sdktrace.WithSampler(sdktrace.NeverSample())).Start(t.Context(), "chat", aCall)
		logger.Emit(unsampled, named("gen_ai.user.message", attribute.String("content", "not recorded")))
		s.End()
		if s := exp.Stats().Logs; s.Received != 0 {
			t.Errorf("%+v, want none", s)
		}
		// Not sampled, and yet recorded, also when it has ended.
		recorded, s := provider(exp, sdktrace.WithSampler(exporter.Sampler(sdktrace.NeverSample()))).Start(t.Context(), "chat", aCall)
		logger.Emit(recorded, named("gen_ai.user.message", attribute.String("content", "recorded")))
		s.End()
		logger.Emit(recorded, named("gen_ai.user.message", attribute.String("content", "recorded")))
		if s := exp.Stats().Logs; s.Received != 2 {
			t.Errorf("%+v, want two", s)
		}

		var kept *sdklog.Record
		keeper := &keeper{change: func(r *sdklog.Record) { kept = r }}
		sdklog.NewLoggerProvider(sdklog.WithProcessor(keeper)).Logger("app").Emit(ctx, older("db.query"))
		if n := testing.AllocsPerRun(100, func() { _ = p.OnEmit(ctx, kept) }); n > 1 { // to walk the attributes
			t.Errorf("a record without content costs %v allocations", n)
		}
		for name, want := range map[string]bool{
			"": true, "gen_ai.choice": true, "gen_ai.system.message": true, "gen_ai.client.inference.operation.details": true,
			"db.query": false, "gen_ai.evaluation.result": false,
		} {
			if have := p.Enabled(ctx, sdklog.EnabledParameters{EventName: name}); have != want {
				t.Errorf("enabled for %q: %v, want %v", name, have, want)
			}
		}
	})
}

// The exporter outlives the provider of the logs.
func TestShutdown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		exp, col := open(t)
		p := logs.NewProcessor(exp)
		lp := sdklog.NewLoggerProvider(sdklog.WithProcessor(p))
		ctx, call := provider(exp).Start(t.Context(), "chat", aCall)
		converse(ctx, lp.Logger("app"), named, "question", "answer")
		if err := lp.ForceFlush(t.Context()); err != nil {
			t.Error(err)
		}
		if err := lp.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		converse(ctx, lp.Logger("app"), named, "a question that is late", "and its answer")
		var r sdklog.Record
		r.SetEventName("gen_ai.choice")
		r.SetSpanID(trace.SpanContextFromContext(ctx).SpanID())
		r.SetTraceID(trace.SpanContextFromContext(ctx).TraceID())
		if err := p.OnEmit(ctx, &r); err != nil || p.Enabled(ctx, sdklog.EnabledParameters{}) {
			t.Errorf("after its end: %v", err)
		}
		call.End()
		if err := exp.Flush(t.Context()); err != nil {
			t.Error(err)
		}
		session := col.RequireSession(t, "chat")
		if have := texts(&session); !slices.Equal(have, []string{"question", "answer"}) {
			t.Errorf("it says %q", have)
		}
		if s := exp.Stats().Logs; s.Received != 2 || s.Joined != 2 {
			t.Errorf("%+v, want two", s)
		}
	})
}

func TestWithoutExporter(t *testing.T) {
	disabled, err := exporter.New(exporter.WithDisabled())
	if err != nil {
		t.Fatal(err)
	}
	ctx, call := sdktrace.NewTracerProvider().Tracer("app").Start(t.Context(), "chat", aCall)
	defer call.End()
	for _, exp := range []*exporter.Exporter{nil, disabled} {
		lp := sdklog.NewLoggerProvider(sdklog.WithProcessor(logs.NewProcessor(exp)))
		converse(ctx, lp.Logger("app"), named, "question", "answer")
		if err := lp.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// Many goroutines at once, and each conversation is whole.
func TestConcurrently(t *testing.T) {
	exp, col := open(t)
	tr := provider(exp)
	logger := sdklog.NewLoggerProvider(sdklog.WithProcessor(logs.NewProcessor(exp))).Logger("app")
	const calls = 200
	var all sync.WaitGroup
	for n := range calls {
		all.Go(func() {
			ctx, call := tr.Start(t.Context(), fmt.Sprint(n), aCall)
			converse(ctx, logger, named, fmt.Sprint("question ", n), fmt.Sprint("answer ", n))
			call.End()
		})
	}
	all.Wait()
	if err := exp.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	sessions := col.Sessions()
	if len(sessions) != calls {
		t.Errorf("%d sessions, want %d", len(sessions), calls)
	}
	for _, p := range sessions {
		if have, want := texts(&p), []string{"question " + p.Name, "answer " + p.Name}; !slices.Equal(have, want) {
			t.Errorf("session %s says %q", p.Name, have)
		}
	}
}
