// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package tracer_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"strings"

	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/exporter"
	"github.com/spect-tools/spect-go/tracer"
)

// newProvider makes the provider of these examples. It prints the sessions that
// it would send; a program leaves out the options, or names what is not in the
// environment.
func newProvider() *sdktrace.TracerProvider {
	exp, err := exporter.New(
		exporter.WithLocal(),
		exporter.WithOrganizationID("org_123"),
		exporter.WithOnTrace(printSession),
		exporter.WithWorkers(1)) // one after the other
	if err != nil {
		panic(err)
	}
	return sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(exporter.NewSpanProcessor(exp)))
}

// printSession prints a line for the session and one for each span, indented as
// the spans are nested.
func printSession(p contracts.CollectorTracePayload) {
	part := ""
	if p.ParentID != "" {
		part = " (part of another session)"
	}
	fmt.Println(p.Name + part + errorText(p.Metadata.Result.Error))
	depth := map[string]int{}
	for _, s := range p.Metadata.Result.Spans {
		depth[s.ID] = depth[s.ParentID] + 1
		fmt.Printf("%s%s %s%s%s\n", strings.Repeat("  ", depth[s.ID]), s.Kind, s.Name, contentText(s), errorText(s.Error))
	}
}

func contentText(s contracts.SpanRecord) (text string) {
	if call, ok := s.AsToolCall(); ok {
		return fmt.Sprintf(" %s", call.Parameters)
	}
	if result, ok := s.AsToolResult(); ok {
		return fmt.Sprintf(" %s", result.Result)
	}
	for m, err := range s.Messages.All() {
		if err == nil {
			text += fmt.Sprintf(" %q", m.Content.Text())
		}
	}
	return text
}

func errorText(e *contracts.NormalizedError) string {
	if e == nil {
		return ""
	}
	return fmt.Sprintf(" FAILED: %s (%s)", e.Message, e.Type)
}

// callModel stands in for a provider's client.
func callModel(_ context.Context, question string) (string, error) {
	if question == "" {
		return "", errors.New("the question is empty")
	}
	return "8,611 metres.", nil
}

// A session around one call of a model.
func Example() {
	ctx := context.Background()
	tp := newProvider()
	defer tp.Shutdown(ctx) // delivers
	tr := tracer.New(tp, tracer.WithProvider("openai"))

	answer := func(ctx context.Context, question string) (text string, err error) {
		ctx, session := tr.StartSession(ctx, "openai.responses.create", tracer.Model("gpt-4.1"))
		defer session.EndErr(&err)
		session.Add(ctx,
			contracts.SystemText("Answer briefly."),
			contracts.UserText(question))

		ctx, gen := tr.Start(ctx, contracts.KindGenerate, "openai.responses.create")
		defer gen.EndErr(&err)
		text, err = callModel(ctx, question)
		if err != nil {
			return "", err
		}
		gen.Add(contracts.AssistantText(text))
		session.SetResult(tracer.Result{
			Text:          text,
			Usage:         contracts.Usage{InputTokens: 14, OutputTokens: 5, TotalTokens: 19},
			FinishReasons: []string{"stop"},
		})
		return text, nil
	}
	_, _ = answer(ctx, "How tall is K2?")

	// Output:
	// openai.responses.create
	//   system system "Answer briefly."
	//   user user "How tall is K2?"
	//   generate openai.responses.create "8,611 metres."
}

// What a function returns, or panics with, becomes the error of its session. The
// panic goes on.
func ExampleSession_EndErr() {
	ctx := context.Background()
	tp := newProvider()
	defer tp.Shutdown(ctx)
	tr := tracer.New(tp)

	answer := func(ctx context.Context, question string) (err error) {
		ctx, session := tr.StartSession(ctx, "answer", tracer.Model("gpt-4.1"))
		defer session.EndErr(&err)
		text, err := callModel(ctx, question)
		if err != nil {
			return fmt.Errorf("answer: %w", err)
		}
		if len(text) > 10 {
			panic("the answer does not fit")
		}
		return nil
	}
	fmt.Println("the caller gets:", answer(ctx, ""))
	_ = tp.ForceFlush(ctx) // sent, and printed, before the next
	func() {
		defer func() { fmt.Println("the caller recovers:", recover()) }()
		_ = answer(ctx, "How tall is K2?")
	}()

	// Output:
	// the caller gets: answer: the question is empty
	// answer FAILED: answer: the question is empty (*errors.errorString)
	// the caller recovers: the answer does not fit
	// answer FAILED: panic: the answer does not fit (panic)
}

// One call traces the tool, runs it, and records what came of it.
func ExampleRunTool() {
	ctx := context.Background()
	tp := newProvider()
	defer tp.Shutdown(ctx)
	tr := tracer.New(tp)
	ctx, session := tr.StartSession(ctx, "agent.run", tracer.Model("gpt-4.1"))
	defer session.End()

	type hit struct {
		Title string `json:"title"`
	}
	search := func(_ context.Context, query string) ([]hit, error) {
		if query == "" {
			return nil, errors.New("nothing to search for")
		}
		return []hit{{"K2"}}, nil
	}

	// As the model asks for it: the arguments are a string of JSON.
	call := contracts.ToolCall{ID: "call_1", Name: "search", Input: contracts.JSON(`{"query": "second highest"}`)}
	hits, err := tracer.RunTool(ctx, tr, call, func(ctx context.Context) ([]hit, error) {
		return search(ctx, "second highest")
	})
	fmt.Println(hits, err)

	call = contracts.ToolCall{ID: "call_2", Name: "search", Input: contracts.JSON(`{"query": ""}`)}
	_, err = tracer.RunTool(ctx, tr, call, func(ctx context.Context) ([]hit, error) {
		return search(ctx, "")
	})
	fmt.Println(err)

	// Output:
	// [{K2}] <nil>
	// nothing to search for
	// agent.run
	//   tool-call search {"query": "second highest"}
	//     tool-result search.result [{"title":"K2"}]
	//   tool-call search {"query": ""} FAILED: nothing to search for (*errors.errorString)
	//     tool-result search.result "nothing to search for" FAILED: nothing to search for (*errors.errorString)
}

// A tool that runs elsewhere, in a browser for instance: the call ends when it was
// handed over, and the result is recorded when it comes.
func ExampleTracer_AddToolResult() {
	ctx := context.Background()
	tp := newProvider()
	defer tp.Shutdown(ctx)
	tr := tracer.New(tp)
	ctx, session := tr.StartSession(ctx, "agent.run", tracer.Model("gpt-4.1"))
	defer session.End()

	call := contracts.ToolCall{ID: "call_1", Name: "ask_user", Input: `{"question": "Which hut?"}`}
	callCtx, span := tr.StartToolCall(ctx, call)
	span.End()

	tr.AddToolResult(callCtx, call, "The one at Concordia.", nil)

	// Output:
	// agent.run
	//   tool-call ask_user {"question": "Which hut?"}
	//     tool-result ask_user.result "The one at Concordia."
}

// The span ends when the iteration does, however it does.
func ExampleStream() {
	ctx := context.Background()
	tp := newProvider()
	defer tp.Shutdown(ctx)
	tr := tracer.New(tp)

	// chunk and stream stand in for what a provider's client has.
	type chunk struct{ Text string }
	stream := func(words ...string) iter.Seq2[chunk, error] {
		return func(yield func(chunk, error) bool) {
			for _, w := range words {
				if !yield(chunk{w}, nil) {
					return
				}
			}
		}
	}

	answer := func(ctx context.Context) (text string, err error) {
		ctx, session := tr.StartSession(ctx, "answer", tracer.Model("gpt-4.1"))
		defer session.EndErr(&err)
		_, gen := tr.Start(ctx, contracts.KindStream, "openai.responses.stream")
		chunks := stream("K2 is ", "8,611 metres ", "tall.")
		for c, err := range tracer.Stream(gen, chunks, func(c chunk) tracer.Delta { return tracer.Delta{Text: c.Text} }) {
			if err != nil {
				return text, err
			}
			text += c.Text
		}
		session.SetResult(tracer.Result{Text: text})
		return text, nil
	}
	text, err := answer(ctx)
	fmt.Println(text, err)

	// Output:
	// K2 is 8,611 metres tall. <nil>
	// answer
	//   stream openai.responses.stream "K2 is 8,611 metres tall."
}

// A loop over a stream that is no iterator adds the pieces itself. Those of a
// tool call are put together by their index.
func ExampleSpan_AddDelta() {
	ctx := context.Background()
	tp := newProvider()
	defer tp.Shutdown(ctx)
	tr := tracer.New(tp)
	ctx, session := tr.StartSession(ctx, "answer", tracer.Model("gpt-4.1"))
	defer session.End()

	_, gen := tr.Start(ctx, contracts.KindStream, "openai.chat.completions.stream")
	for _, piece := range []tracer.Delta{
		{Text: "I will "},
		{Text: "look it up."},
		{ToolCalls: []tracer.ToolCallDelta{{Index: 0, ID: "call_1", Name: "search"}}},
		{ToolCalls: []tracer.ToolCallDelta{{Index: 0, Input: `{"query": `}}},
		{ToolCalls: []tracer.ToolCallDelta{{Index: 0, Input: `"K2"}`}}},
	} {
		gen.AddDelta(piece)
	}
	gen.End()

	// Output:
	// answer
	//   stream openai.chat.completions.stream "I will look it up."
}

// What an agent does is started with the context of its span.
func ExampleTracer_StartSubagent() {
	ctx := context.Background()
	tp := newProvider()
	defer tp.Shutdown(ctx)
	tr := tracer.New(tp)

	research := func(ctx context.Context, task string) (report string, err error) {
		ctx, agent := tr.StartSubagent(ctx, "researcher", tracer.Input(task))
		defer agent.EndErr(&err)
		ctx, gen := tr.Start(ctx, contracts.KindGenerate, "openai.responses.create", tracer.Model("gpt-4.1-mini"))
		defer gen.EndErr(&err)
		report, err = callModel(ctx, task)
		gen.Add(contracts.AssistantText(report))
		return report, err
	}

	ctx, session := tr.StartSession(ctx, "report.write", tracer.Model("gpt-4.1"))
	defer session.End()
	report, err := research(ctx, "How tall is K2?")
	session.SetError(err)
	session.SetResult(tracer.Result{Text: report})

	// Output:
	// report.write
	//   subagent researcher
	//     generate openai.responses.create "8,611 metres."
}

// A message of parts: reasoning, a picture, a call of a tool.
func ExampleSpan_Add() {
	ctx := context.Background()
	tp := newProvider()
	defer tp.Shutdown(ctx)
	tr := tracer.New(tp)
	ctx, session := tr.StartSession(ctx, "answer", tracer.Model("gpt-4.1"))
	defer session.End()

	session.Add(ctx, contracts.User(
		contracts.TextContentPart{Text: "Which mountain is this?"},
		contracts.FileContentPart{MediaType: "image/png", Data: contracts.QuoteJSON("iVBORw0KGgo=")}))

	_, gen := tr.Start(ctx, contracts.KindGenerate, "openai.responses.create")
	gen.Add(contracts.Assistant(
		contracts.ReasoningContentPart{Text: "A pyramid with a shoulder on its left."},
		contracts.TextContentPart{Text: "It looks like K2; let me compare."},
		contracts.ToolCall{ID: "call_1", Name: "compare", Input: `{"with": "K2"}`}.Part()))
	gen.End()

	// Output:
	// answer
	//   user user "Which mountain is this?"
	//   generate openai.responses.create "It looks like K2; let me compare."
}

// A session that goes on in another service: what is traced there is a payload of
// its own, which names the session here as its parent.
func ExamplePropagator() {
	propagator := propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, tracer.Propagator{})

	// The other service. Its HTTP instrumentation extracts.
	search := func(header http.Header) {
		tp := newProvider()
		defer tp.Shutdown(context.Background())
		ctx := propagator.Extract(context.Background(), propagation.HeaderCarrier(header))
		_, session := tracer.New(tp).StartSession(ctx, "stock.search", tracer.Model("gpt-4.1-mini"))
		session.End()
	}

	// This service. Its HTTP instrumentation injects.
	tp := newProvider()
	defer tp.Shutdown(context.Background())
	ctx, session := tracer.New(tp).StartSession(context.Background(), "order.assist", tracer.Model("gpt-4.1"))
	defer session.End()
	header := http.Header{}
	propagator.Inject(ctx, propagation.HeaderCarrier(header))
	search(header)

	// Output:
	// stock.search (part of another session)
	// order.assist
}

// What is said in this part of the program is nobody's business: spans below the
// context are traced with their structure only.
func ExampleContextWithContent() {
	ctx := context.Background()
	tp := newProvider()
	tr := tracer.New(tp)

	ctx, s := tr.StartSession(ctx, "support.answer", tracer.Model("gpt-4.1"))
	s.Add(ctx, contracts.UserText("Change my address, please."))
	private := tracer.ContextWithContent(ctx, contracts.ContentMetadataOnly)
	s.Add(private, contracts.UserText("1 Main Street, Springfield"))
	s.End()
	_ = tp.Shutdown(ctx)

	// Output:
	// support.answer
	//   user user "Change my address, please."
	//   user user "[withheld, 26 bytes]"
}

// Content stays beside the spans, where Spect's processor alone finds it.
func ExampleWithContentAside() {
	ctx := context.Background()
	tp := newProvider()
	tp.RegisterSpanProcessor(sdktrace.NewSimpleSpanProcessor(otherVendor{}))
	tr := tracer.New(tp, tracer.WithContentAside())

	ctx, s := tr.StartSession(ctx, "support.answer", tracer.Model("gpt-4.1"))
	s.Add(ctx, contracts.UserText("How tall is K2?"))
	s.End()
	_ = tp.Shutdown(ctx)

	// Output:
	// another vendor has spect.kind spect.seq spect.content.aside
	// another vendor has spect.kind spect.session.id spect.model.id
	// support.answer
	//   user user "How tall is K2?"
}

// otherVendor is an exporter that prints the keys of the attributes it is given.
type otherVendor struct{}

func (otherVendor) ExportSpans(_ context.Context, spans []sdktrace.ReadOnlySpan) error {
	for _, s := range spans {
		fmt.Print("another vendor has")
		for _, kv := range s.Attributes() {
			fmt.Print(" ", kv.Key)
		}
		fmt.Println()
	}
	return nil
}

func (otherVendor) Shutdown(context.Context) error { return nil }
