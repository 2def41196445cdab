// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter_test

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert"
	"github.com/spect-tools/spect-go/exporter"
	"github.com/spect-tools/spect-go/exporter/exportertest"
	"github.com/spect-tools/spect-go/exporter/redact"
	"github.com/spect-tools/spect-go/tracer"
)

var reusedFor = flag.Duration("reused.for", 300*time.Millisecond, "how long each part of TestMemoryIsUsedAgain goes on")

// poison is what memory that is to be used again is overwritten with.
const poison = '~'

// TestMemoryIsUsedAgain overwrites, all the time, what memory the exporter keeps to
// use it again. Whoever still reads it is a data race, or has read what nobody
// wrote: each session says its number in every text, and nothing else.
//
//	go test -race -run MemoryIsUsedAgain ./exporter -reused.for 2m
func TestMemoryIsUsedAgain(t *testing.T) {
	for name, opts := range map[string][]exporter.Option{
		"plain":    nil,
		"gzip":     {exporter.WithCompression(exporter.Gzip)},
		"sampling": {exporter.WithSampling(exporter.Sampling{Rate: new(float64), Promote: exporter.SamplingPromote{MinTotalTokens: 1}})},
		"small":    {exporter.WithMaxPayloadBytes(3000), exporter.WithMaxHeld(300, 1<<20), exporter.WithQueueBytes(200_000)},
		"redacted": {exporter.WithRedactor(redact.Emails(), redact.Func(func(_ redact.Place, text string) (string, error) {
			return strings.Replace(text, "secret", "public", 1), nil
		}))},
		"spool": {exporter.WithSpool(exporter.Spool{Dir: t.TempDir(), NoSync: true})},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := &reused{}
			r.play(t, opts)
		})
	}
}

// reused is one exporter, and what it told its callbacks.
type reused struct {
	mu    sync.Mutex
	texts []string // of callbacks, kept
}

func (r *reused) keep(texts ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.texts) < 10_000 {
		r.texts = append(r.texts, texts...)
	}
}

// Enabled, Handle, WithAttrs and WithGroup implement [slog.Handler].
func (r *reused) Enabled(context.Context, slog.Level) bool { return true }

func (r *reused) Handle(_ context.Context, record slog.Record) error {
	record.Attrs(func(a slog.Attr) bool {
		if a.Key == "name" {
			r.keep(a.Value.String())
		}
		return true
	})
	return nil
}

func (r *reused) WithAttrs([]slog.Attr) slog.Handler { return r }
func (r *reused) WithGroup(string) slog.Handler      { return r }

// play has goroutines make sessions while memory is overwritten.
func (r *reused) play(t *testing.T, opts []exporter.Option) {
	col := exportertest.NewMemoryCollector(t)
	answers := []exportertest.Response{
		exportertest.Status(500), exportertest.Early(503), exportertest.Reset(), exportertest.RetryAfter(429, 0), exportertest.Truncated(),
		exportertest.TooLarge(1500), exportertest.Early(400),
	}
	var payloads []contracts.CollectorTracePayload
	exp, _ := open(t, append(col.Options(
		exporter.WithGrace(time.Millisecond), exporter.WithRetryTimeout(time.Second), exporter.WithShutdownTimeout(time.Minute),
		exporter.WithLogger(slog.New(r)),
		exporter.WithOnTrace(func(p contracts.CollectorTracePayload) {
			r.mu.Lock()
			defer r.mu.Unlock()
			if len(payloads) < 1000 {
				payloads = append(payloads, p)
			}
		}),
		exporter.WithContentResolver(func(s exporter.ContentSession) exporter.ContentPolicy {
			r.keep(s.Name, s.Model, s.ConversationID, s.FunctionID, string(s.Metadata))
			return exporter.FullContent
		}),
		exporter.WithInclude(func(s sdktrace.ReadOnlySpan) bool { return strings.HasPrefix(s.Name(), "guest") }),
	), opts...)...)

	over, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for i := 0; ; i++ {
			select {
			case <-over:
				return
			case <-time.After(time.Millisecond):
				exporter.Overwrite(exp, poison)
			}
			if i%5 == 0 {
				col.Respond(answers[i/5%len(answers)])
			}
			if i%97 == 0 {
				_ = exp.Flush(context.Background(), exporter.IncludeOpen())
			}
		}
	}()
	end := time.Now().Add(*reusedFor)
	var players sync.WaitGroup
	for k := range 4 {
		tp := provider(exp)
		c := rand.New(rand.NewPCG(uint64(k), 9))
		players.Go(func() {
			for n := k; time.Now().Before(end); n += 4 {
				reusedSession(exp, tp, c, n)
				for exp.Stats().Held > 200 { // else it is the machine that is tried
					time.Sleep(time.Millisecond)
				}
			}
		})
	}
	players.Wait()
	close(over)
	<-done
	shutdown(t, exp)
	if exp.Stats().Sessions == 0 {
		t.Error("no session was delivered")
	}
	t.Logf("%d requests", len(col.Requests()))
	for _, req := range col.Requests() {
		if one(t, string(req.Body)); req.Status == http.StatusOK { // else it may not have been read
			whole(t, string(req.Body))
		}
	}
	for i := range payloads {
		whole(t, string(payloads[i].AppendJSON(nil)))
	}
	for _, text := range r.texts {
		one(t, text)
	}
}

// reusedSession is the session with a number: made with tracer, by hand, or by
// another instrumentation.
func reusedSession(exp *exporter.Exporter, tp *sdktrace.TracerProvider, c *rand.Rand, n int) {
	no := fmt.Sprintf("<%06d>", n)
	say := func() string {
		return strings.Repeat(no+" secret a@example.com ", 1+c.IntN([]int{1, 1, 5, 50, 500, 6000}[c.IntN(6)]))
	}
	metadata := map[string]string{"n": no}
	ctx, s := tracer.New(tp).StartSession(context.Background(), no, tracer.Model(no), tracer.Metadata(metadata),
		tracer.Conversation(no), tracer.Function(no))
	app := tp.Tracer("app")
	var late []*tracer.Span
	for range c.IntN(6) {
		switch c.IntN(4) {
		case 0:
			_, e := tracer.New(tp).Start(ctx, contracts.KindGenerate, no)
			e.Add(contracts.UserText(say()), contracts.AssistantText(say()))
			if c.IntN(8) > 0 {
				e.End()
			} else {
				late = append(late, e)
			}
		case 1:
			_, e := app.Start(ctx, no, trace.WithAttributes(contracts.KindKey.String(string(contracts.KindToolCall)),
				contracts.ToolNameKey.String(no), contracts.ToolParametersKey.String(`{"a":"`+say()+`"}`)))
			e.End()
		case 2:
			model, m := app.Start(ctx, no, trace.WithAttributes(
				attribute.String("gen_ai.operation.name", "chat"), attribute.String("gen_ai.request.model", no),
				attribute.String("gen_ai.input.messages", `[{"role":"user","parts":[{"type":"text","content":"`+say()+`"}]}]`)))
			exp.AddLog(convert.Log{
				TraceID: m.SpanContext().TraceID(), SpanID: trace.SpanContextFromContext(model).SpanID(), Name: "gen_ai.user.message",
				Body: attribute.MapValue(attribute.String("content", say())),
			})
			m.End()
		default:
			_, g := app.Start(ctx, "guest "+no, trace.WithAttributes(attribute.String("said", say())))
			g.End()
		}
	}
	s.SetResult(tracer.Result{Text: say(), Usage: contracts.Usage{TotalTokens: 5}})
	s.End()
	for _, e := range late {
		e.End()
	}
}

// whole holds that a payload is one, and of one session.
func whole(t *testing.T, body string) {
	t.Helper()
	if _, err := contracts.ParsePayload(body); err != nil {
		t.Errorf("%v: %.2000s", err, body)
	}
	one(t, body)
}

// one holds that a text is of one session.
func one(t *testing.T, text string) {
	t.Helper()
	first, rest := "", text
	for {
		_, after, more := strings.Cut(rest, "<")
		if !more {
			break
		}
		no := after[:min(len(after), len("000000>"))]
		whole := len(no) == len("000000>") && no[6] == '>' // it was not cut to a limit
		if first == "" && whole {
			first = no
		}
		if whole && no != first {
			t.Fatalf("%q in what is of %q: %.2000s", no, first, text)
		}
		rest = after
	}
	if strings.IndexByte(text, poison) >= 0 {
		t.Fatalf("read what nobody wrote: %.2000s", text)
	}
}
