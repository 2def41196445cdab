// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/exporter"
	"github.com/spect-tools/spect-go/exporter/redact"
	"github.com/spect-tools/spect-go/tracer"
)

// exampleOptions stand for SPECT_ORGANIZATION_ID and SPECT_API_KEY in the
// environment. Nothing is sent: each session is printed.
var exampleOptions = []exporter.Option{
	exporter.WithOrganizationID("org_123"),
	exporter.WithLocal(),
	exporter.WithWorkers(1), // one after the other
	exporter.WithOnTrace(func(p contracts.CollectorTracePayload) {
		fmt.Printf("session %s, %d spans\n", p.Name, len(p.Metadata.Result.Spans))
	}),
}

// exampleAnswer is a program that is traced.
func exampleAnswer(ctx context.Context, tr *tracer.Tracer) {
	ctx, session := tr.StartSession(ctx, "answer", tracer.Model("gpt-4.1"))
	defer session.End()
	session.Add(ctx, contracts.UserText("How tall is K2?"), contracts.AssistantText("8,611 metres."))
}

// Beside the exporter that a service has. It samples 1 % of its traces, and of
// these it goes on to see all spans, Spect's too; Spect gets every session.
func Example() {
	ctx := context.Background()
	otlp := tracetest.NewInMemoryExporter() // stands for the service's OTLP exporter

	exp, err := exporter.New(exampleOptions...)
	if err != nil {
		fmt.Println(err)
		return
	}
	tp := sdktrace.NewTracerProvider(
		sdktrace.WithSampler(exporter.Sampler(sdktrace.TraceIDRatioBased(0))), // say 0.01
		sdktrace.WithSpanProcessor(exporter.NewSpanProcessor(exp)),            // first: it keeps its deadline
		sdktrace.WithBatcher(otlp),
	)
	defer tp.Shutdown(ctx)
	tr := tracer.New(tp, tracer.WithProvider("openai"))

	exampleAnswer(ctx, tr)
	_ = tp.ForceFlush(ctx)
	fmt.Println("spans in OTLP:", len(otlp.GetSpans()))

	// Output:
	// session answer, 2 spans
	// spans in OTLP: 0
}

// Nothing of Spect where the calls are made: spans of any OpenTelemetry tracer
// with the attributes that docs/attributes.md lists.
func Example_plainOpenTelemetry() {
	ctx := context.Background()
	exp, err := exporter.New(
		exporter.WithOrganizationID("org_123"),
		exporter.WithLocal(),
		exporter.WithOnTrace(func(p contracts.CollectorTracePayload) {
			fmt.Println(p.Name, p.Model.ID, *p.Response.Text)
			for _, s := range p.Metadata.Result.Spans {
				fmt.Println(s.Kind, s.Name, s.Status)
			}
		}))
	if err != nil {
		fmt.Println(err)
		return
	}
	tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(exporter.NewSpanProcessor(exp)))
	defer tp.Shutdown(ctx)
	otelTracer := tp.Tracer("example.com/service")

	ctx, session := otelTracer.Start(ctx, "answer", trace.WithAttributes(
		attribute.String("spect.kind", "session"), // when it starts, so that samplers see it
		attribute.String("spect.model.id", "gpt-4.1")))
	_, call := otelTracer.Start(ctx, "search", trace.WithAttributes(
		attribute.String("spect.kind", "tool-call"),
		attribute.String("spect.tool.name", "search"),
		attribute.String("spect.tool.parameters", `{"query": "K2"}`)))
	call.RecordError(errors.New("no index"))
	call.SetStatus(codes.Error, "no index")
	call.End()
	session.SetAttributes(attribute.String("spect.response.text", "8,611 metres."))
	session.End()

	// Output:
	// answer gpt-4.1 8,611 metres.
	// tool-call search error
}

// A configuration that cannot work, or not safely, is refused with what to do.
func ExampleNew() {
	_, err := exporter.New(
		exporter.WithOrganizationID("org_123"),
		exporter.WithAPIKey("a key"),
		exporter.WithCollectorURL("http://collector.example"))
	fmt.Println(err)

	// Output:
	// spect: the collector URL is plain http to collector.example: the API key and all content would travel in clear text; use https, or exporter.WithInsecure to allow it
}

// Behind the SDK's batcher, where a processor of one's own is not wanted: spans
// that have ended and were sampled.
func ExampleExporter() {
	ctx := context.Background()
	exp, err := exporter.New(exampleOptions...)
	if err != nil {
		fmt.Println(err)
		return
	}
	tp := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exp))

	exampleAnswer(ctx, tracer.New(tp))
	_ = tp.Shutdown(ctx)

	// Output:
	// session answer, 2 spans
}

// What became of the spans. Received is the sum of Delivered, Held and all that
// was dropped, at any moment.
func ExampleExporter_Stats() {
	ctx := context.Background()
	exp, err := exporter.New(exampleOptions...)
	if err != nil {
		fmt.Println(err)
		return
	}
	tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(exporter.NewSpanProcessor(exp)))

	exampleAnswer(ctx, tracer.New(tp))
	_, other := tp.Tracer("net/http").Start(ctx, "GET /") // none of Spect's
	other.End()
	_ = tp.Shutdown(ctx)

	stats := exp.Stats()
	fmt.Println("received", stats.Received, "delivered", stats.Delivered, "held", stats.Held, "dropped", stats.Dropped)
	fmt.Println("sessions", stats.Sessions, "ignored", stats.Ignored)

	// Output:
	// session answer, 2 spans
	// received 3 delivered 3 held 0 dropped map[]
	// sessions 1 ignored 1
}

// A function that may be frozen, or ended, as soon as it has answered flushes
// before it does, what is still open too.
func ExampleExporter_Flush() {
	ctx := context.Background()
	exp, err := exporter.New(exampleOptions...)
	if err != nil {
		fmt.Println(err)
		return
	}
	tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(exporter.NewSpanProcessor(exp)))
	defer tp.Shutdown(ctx)
	tr := tracer.New(tp)

	handle := func(ctx context.Context) {
		defer exp.Flush(ctx, exporter.IncludeOpen())
		exampleAnswer(ctx, tr)
		_, forgotten := tr.StartSession(ctx, "never ended", tracer.Model("gpt-4.1"))
		forgotten.SetPromptFormat("messages")
	}
	handle(ctx)

	// Unordered output:
	// session answer, 2 spans
	// session never ended, 0 spans
}

// A command that ends as soon as it is done: each session is delivered before
// the call that ends it returns.
func ExampleWithImmediate() {
	ctx := context.Background()
	exp, err := exporter.New(append(exampleOptions, exporter.WithImmediate())...)
	if err != nil {
		fmt.Println(err)
		return
	}
	tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(exporter.NewSpanProcessor(exp)))
	defer tp.Shutdown(ctx)

	exampleAnswer(ctx, tracer.New(tp))
	fmt.Println("delivered:", exp.Stats().Sessions)

	// Output:
	// session answer, 2 spans
	// delivered: 1
}

// The collector is away when a program ends. Its sessions are on disk, and the
// next start delivers them.
func ExampleWithSpool() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "spool") // say /var/lib/app/spect
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	available := false // whether the collector is
	start := func() (*exporter.Exporter, *sdktrace.TracerProvider, error) {
		exp, err := exporter.New(
			exporter.WithOrganizationID("org_123"),
			exporter.WithAPIKey("a key"),
			exporter.WithSpool(exporter.Spool{Dir: dir}),
			exporter.WithErrorHandler(func(error) {}),
			exporter.WithTransport(exampleCollector(func() bool { return available })))
		return exp, sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(exporter.NewSpanProcessor(exp))), err
	}

	exp, tp, err := start()
	if err != nil {
		fmt.Println(err)
		return
	}
	exampleAnswer(ctx, tracer.New(tp))
	_ = tp.Shutdown(ctx)
	fmt.Println("spooled:", exp.Stats().Spooled, "dropped:", exp.Stats().Dropped)

	available = true
	exp, tp, err = start()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(exp.Flush(ctx))
	fmt.Println("recovered:", exp.Stats().Recovered, "delivered:", exp.Stats().Delivered)
	_ = tp.Shutdown(ctx)

	// Output:
	// spooled: 3 dropped: map[]
	// <nil>
	// recovered: 3 delivered: 3
}

// exampleCollector is the network with a collector in it, while that is
// available.
type exampleCollector func() bool

func (available exampleCollector) RoundTrip(r *http.Request) (*http.Response, error) {
	if !available() {
		return nil, errors.New("connection refused")
	}
	_, err := io.Copy(io.Discard, r.Body)
	return &http.Response{StatusCode: http.StatusAccepted, Body: http.NoBody, Request: r}, errors.Join(err, r.Body.Close())
}

// What happens to the sessions, in the log of the program: no content, no key.
func ExampleWithLogger() {
	ctx := context.Background()
	logger := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{
		Level: slog.LevelInfo, // Debug tells of each session
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		},
	}))
	exp, err := exporter.New(
		exporter.WithLocal(),
		exporter.WithOrganizationID("org_123"),
		exporter.WithLogger(logger))
	if err != nil {
		fmt.Println(err)
		return
	}
	tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(exporter.NewSpanProcessor(exp)))

	exampleAnswer(ctx, tracer.New(tp))
	_ = tp.Shutdown(ctx)

	// Output:
	// level=INFO msg="spect: shut down" sessions=1 received=3 recovered=0 delivered=3 held=0 spooled=0 retries=0
}

// Payloads without a collector: to print, to keep, or to send some other way.
func ExampleWithLocal() {
	ctx := context.Background()
	exp, err := exporter.New(
		exporter.WithLocal(),
		exporter.WithOrganizationID("org_123"),
		exporter.WithOnTrace(func(p contracts.CollectorTracePayload) {
			for _, s := range p.Metadata.Result.Spans {
				for m, err := range s.Messages.All() {
					if err == nil {
						fmt.Printf("%s: %s\n", m.Role, m.Content.Text())
					}
				}
			}
		}))
	if err != nil {
		fmt.Println(err)
		return
	}
	tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(exporter.NewSpanProcessor(exp)))

	exampleAnswer(ctx, tracer.New(tp))
	_ = tp.Shutdown(ctx)

	// Output:
	// user: How tall is K2?
	// assistant: 8,611 metres.
}

// A tenth of the sessions, and all that fail.
func ExampleWithSampling() {
	ctx := context.Background()
	rate := 0.0 // say 0.1
	exp, err := exporter.New(append(exampleOptions, exporter.WithSampling(exporter.Sampling{
		Rate:    &rate,
		Promote: exporter.SamplingPromote{OnError: true},
	}))...)
	if err != nil {
		fmt.Println(err)
		return
	}
	tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(exporter.NewSpanProcessor(exp)))
	tr := tracer.New(tp)

	exampleAnswer(ctx, tr)
	_, session := tr.StartSession(ctx, "failing", tracer.Model("gpt-4.1"))
	session.SetError(errors.New("out of tokens"))
	session.End()
	_ = tp.Shutdown(ctx)
	fmt.Println(exp.Stats().Dropped)

	// Output:
	// session failing, 0 spans
	// map[sampled:3]
}

// A callback hears of every span that is not delivered, and why.
func ExampleWithOnDrop() {
	ctx := context.Background()
	rate := 0.0
	exp, err := exporter.New(append(exampleOptions,
		exporter.WithSampling(exporter.Sampling{Rate: &rate}),
		exporter.WithOnDrop(func(d exporter.Drop) { fmt.Println("dropped", d.Spans, "spans:", d.Reason) }))...)
	if err != nil {
		fmt.Println(err)
		return
	}
	tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(exporter.NewSpanProcessor(exp)))

	exampleAnswer(ctx, tracer.New(tp))
	_ = tp.Shutdown(ctx)

	// Output:
	// dropped 3 spans: sampled
}

// Spans of others in the session: here those of a vector database's client.
func ExampleWithInclude() {
	ctx := context.Background()
	exp, err := exporter.New(append(exampleOptions,
		exporter.WithInclude(func(s sdktrace.ReadOnlySpan) bool {
			return s.InstrumentationScope().Name == "example.com/vectordb"
		}))...)
	if err != nil {
		fmt.Println(err)
		return
	}
	tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(exporter.NewSpanProcessor(exp)))

	ctx, session := tracer.New(tp).StartSession(ctx, "answer", tracer.Model("gpt-4.1"))
	_, query := tp.Tracer("example.com/vectordb").Start(ctx, "query mountains")
	query.End()
	session.End()
	_ = tp.Shutdown(ctx)

	// Output:
	// session answer, 1 spans
}

// A provider that somebody else makes, a framework for instance, and hands over.
func ExampleRegister() {
	ctx := context.Background()
	var tp trace.TracerProvider = sdktrace.NewTracerProvider() // say otel.GetTracerProvider()

	exp, err := exporter.New(exampleOptions...)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer exp.Shutdown(ctx)
	if err := exporter.Register(tp, exp); err != nil { // it is not the SDK's: go on without Spect
		fmt.Println(err)
	}

	exampleAnswer(ctx, tracer.New(tp))
	_ = exp.Flush(ctx)
	// Output: session answer, 2 spans
}

// A provider that is not the SDK's cannot feed an exporter. It says so, and
// package tracer goes on to make its spans.
func ExampleRegister_foreign() {
	exp, err := exporter.New(exampleOptions...)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer exp.Shutdown(context.Background())
	fmt.Println(exporter.Register(noop.NewTracerProvider(), exp))
	// Output: spect: the tracer provider is a noop.TracerProvider, which takes no span processors: register with the provider of go.opentelemetry.io/otel/sdk/trace, and not before it is there
}

// What is wrong with how a program is traced, and what to do. With WithLogger it
// is logged at shutdown.
func ExampleExporter_Diagnose() {
	ctx := context.Background()
	exp, err := exporter.New(exampleOptions...)
	if err != nil {
		fmt.Println(err)
		return
	}
	tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(exporter.NewSpanProcessor(exp)))
	tr := tracer.New(tp)

	ctx, session := tr.StartSession(ctx, "answer", tracer.Model("gpt-4.1"))
	_, call := tr.StartToolCall(ctx, contracts.ToolCall{ID: "call_1", Name: "search"})
	call.End() // and what did it return?
	session.End()

	_ = tp.Shutdown(context.Background())
	for _, f := range exp.Diagnose() {
		fmt.Printf("%s: %d, first %q\n%s\n", f.Code, f.Count, f.SpanName, f.Advice())
	}
	// Output:
	// session answer, 1 spans
	// tool_without_result: 1, first "search"
	// record what the tool returned with tracer.RunTool or Tracer.AddToolResult, or its error
}

// Roles, sizes, models, usage and times, but nothing of what was said.
func ExampleWithContent() {
	ctx := context.Background()
	exp, err := exporter.New(
		exporter.WithContent(exporter.MetadataOnly),
		exporter.WithLocal(),
		exporter.WithOrganizationID("org_123"),
		exporter.WithOnTrace(func(p contracts.CollectorTracePayload) {
			for _, s := range p.Metadata.Result.Spans {
				for m, err := range s.Messages.All() {
					if err == nil {
						fmt.Printf("%s: %s\n", m.Role, m.Content.Text())
					}
				}
			}
		}))
	if err != nil {
		fmt.Println(err)
		return
	}
	tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(exporter.NewSpanProcessor(exp)))

	exampleAnswer(ctx, tracer.New(tp))
	_ = tp.Shutdown(ctx)

	// Output:
	// user: [withheld, 15 bytes]
	// assistant: [withheld, 13 bytes]
}

// Customers who want nothing of theirs sent.
func ExampleWithContentResolver() {
	ctx := context.Background()
	exp, err := exporter.New(
		exporter.WithContentResolver(func(s exporter.ContentSession) exporter.ContentPolicy {
			if s.Metadata.Member("plan") == `"private"` {
				return exporter.NoContent
			}
			return exporter.FullContent
		}),
		exporter.WithWorkers(1),
		exporter.WithLocal(),
		exporter.WithOrganizationID("org_123"),
		exporter.WithOnTrace(func(p contracts.CollectorTracePayload) { fmt.Println(*p.Response.Text) }))
	if err != nil {
		fmt.Println(err)
		return
	}
	tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(exporter.NewSpanProcessor(exp)))
	tr := tracer.New(tp)

	for _, plan := range []string{"public", "private"} {
		_, s := tr.StartSession(ctx, "answer", tracer.Metadata(map[string]string{"plan": plan}))
		s.SetResult(tracer.Result{Text: "8,611 metres."})
		s.End()
		_ = exp.Flush(ctx)
	}
	_ = tp.Shutdown(ctx)

	// Output:
	// 8,611 metres.
	// [withheld, 13 bytes]
}

// Another vendor's exporter learns that a model was called, and not what it said.
func ExampleWithoutContent() {
	ctx := context.Background()
	exp, err := exporter.New(exampleOptions...)
	if err != nil {
		fmt.Println(err)
		return
	}
	otlp := tracetest.NewInMemoryExporter() // say otlptracegrpc
	tp := sdktrace.NewTracerProvider(
		sdktrace.WithSpanProcessor(exporter.NewSpanProcessor(exp)),
		sdktrace.WithSyncer(exporter.WithoutContent(otlp)), // or WithBatcher
	)

	exampleAnswer(ctx, tracer.New(tp))
	_ = tp.ForceFlush(ctx)
	for _, s := range otlp.GetSpans() {
		var keys []string
		for _, kv := range s.Attributes {
			keys = append(keys, string(kv.Key))
		}
		fmt.Println(s.Name, strings.Join(keys, " "))
	}
	_ = tp.Shutdown(ctx)

	// Output:
	// session answer, 2 spans
	// user spect.kind spect.seq
	// assistant spect.kind spect.seq
	// answer spect.kind spect.session.id spect.model.id
}

// What must not leave is taken out before a session is sent: here the ready-made
// redactors for secrets and addresses, and a rule of the service's own.
func ExampleWithRedactor() {
	ctx := context.Background()
	exp, err := exporter.New(
		exporter.WithOrganizationID("org_123"),
		exporter.WithLocal(),
		exporter.WithRedactor(redact.Secrets(), redact.Emails(), redact.Func(func(p redact.Place, text string) (string, error) {
			if p.Kind == redact.KindReasoning {
				return redact.Marker("reasoning"), nil
			}
			return text, nil
		})),
		exporter.WithMaxFileBytes(0), // files as their hash
		exporter.WithOnTrace(func(p contracts.CollectorTracePayload) {
			for _, s := range p.Metadata.Result.Spans {
				messages, _ := s.Messages.Decode()
				for _, m := range messages {
					fmt.Println(m.Role, m.Content.Text())
				}
			}
		}))
	if err != nil {
		fmt.Println(err)
		return
	}
	tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(exporter.NewSpanProcessor(exp)))
	tr := tracer.New(tp, tracer.WithProvider("openai"))

	ctx, s := tr.StartSession(ctx, "answer", tracer.Model("gpt-4.1"))
	s.Add(ctx, contracts.UserText("I am ann@example.com, my password is hunter2-hunter2"))
	s.End()
	_ = tp.Shutdown(ctx)

	// Output:
	// user I am [REDACTED:email], my password is [REDACTED:password]
}
