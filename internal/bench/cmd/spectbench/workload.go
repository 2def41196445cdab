// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"math/rand/v2"

	"github.com/google/uuid"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/internal/bench/corpus"
	"github.com/spect-tools/spect-go/tracer"
)

const (
	// calls are the model calls of a session, spans its spans: the root too.
	calls = 9
	spans = calls + 1
	// batch is how many sessions have about as many spans as one batch of OTLP's.
	batch = 51
	// distinct is how many sessions a workload repeats.
	distinct = 32
)

// workload is sessions to make.
type workload struct{ sessions [distinct]session }

type session struct {
	id    string
	text  string
	calls [calls]call
}

// call is what one model call says, and the same as an attribute made by hand:
// with the ids of messages and without.
type call struct {
	// before are the calls whose messages come first.
	before           []call
	texts            []string
	result           contracts.JSON
	withIDs, without string
}

// newWorkload makes sessions whose transcripts have size bytes as JSON.
func newWorkload(c *corpus.Corpus, size int) *workload {
	w := new(workload)
	for i := range w.sessions {
		s := &w.sessions[i]
		r := rand.New(rand.NewPCG(uint64(i), uint64(size)))
		s.id, s.text = newID(r), c.Text(r, 200)
		for k := range s.calls {
			s.calls[k] = newCall(c, r.Uint64(), size)
		}
	}
	return w
}

// grown makes each call of a session say again what those before it said, as
// programs do that send the whole conversation with each call.
func (w *workload) grown() *workload {
	for i := range w.sessions {
		alone := w.sessions[i].calls
		for k := 1; k < calls; k++ {
			c, last := &w.sessions[i].calls[k], &w.sessions[i].calls[k-1]
			c.before = alone[:k]
			c.withIDs = joined(last.withIDs, c.withIDs)
			c.without = joined(last.without, c.without)
		}
	}
	return w
}

// burst is how many sessions to make between two flushes: so many that what a
// flush costs is little beside them, and not so many that they fill a queue.
func (w *workload) burst() int {
	const most, bytes = 1000, 40 << 20
	var size int
	for i := range w.sessions {
		for k := range w.sessions[i].calls {
			size += len(w.sessions[i].calls[k].withIDs)
		}
	}
	return max(1, min(most, bytes*distinct/size))
}

// joined is the elements of two arrays in one.
func joined(a, b string) string { return a[:len(a)-1] + "," + b[1:] }

func newCall(c *corpus.Corpus, seed uint64, size int) call {
	var made call
	text := size
	for range 10 { // JSON is longer than its text, by how much depends on the text
		made = makeCall(c, seed, text)
		miss := size - len(made.withIDs)
		if miss == 0 {
			break
		}
		text = max(40, text+miss)
	}
	return made
}

// makeCall makes a call of so many bytes of text: the same for the same seed.
func makeCall(c *corpus.Corpus, seed uint64, text int) call {
	shares := []int{50, 50}
	if text > 1000 {
		shares = []int{10, 30, 30, 30}
	}
	var made call
	for i, share := range shares {
		made.texts = append(made.texts, c.Text(rand.New(rand.NewPCG(seed, uint64(i))), text*share/100))
	}
	if len(shares) == 4 {
		made.result = contracts.QuoteJSON(made.texts[3])
	}
	r := rand.New(rand.NewPCG(seed, 99))
	list := contracts.MakeMessages(made.messages()...)
	made.without = string(list)
	messages := made.messages()
	for i := range messages {
		messages[i].ID = newID(r)
	}
	made.withIDs = string(contracts.MakeMessages(messages...))
	return made
}

// messages makes the call's messages as a program would.
func (c *call) messages() (all []contracts.ConversationMessage) {
	for i := range c.before {
		all = append(all, c.before[i].messages()...)
	}
	if len(c.texts) == 2 {
		return append(all, contracts.UserText(c.texts[0]), contracts.AssistantText(c.texts[1]))
	}
	return append(all,
		contracts.SystemText(c.texts[0]),
		contracts.UserText(c.texts[1]),
		contracts.Assistant(
			contracts.TextContentPart{Text: c.texts[2]},
			contracts.ToolCallContentPart{ToolCallID: "call_7f3a", ToolName: "search_documents", Input: `{"query":"opening hours","limit":10}`}),
		contracts.ToolMessage(contracts.ToolResultContentPart{
			ToolCallID: "call_7f3a", ToolName: "search_documents",
			Output: contracts.ToolResultOutput{Type: contracts.OutputText, Value: c.result},
		}))
}

// newID makes a UUIDv7 out of r.
func newID(r *rand.Rand) string {
	var id uuid.UUID
	for i := range id {
		id[i] = byte(r.Uint32())
	}
	id[6], id[8] = id[6]&0x0f|0x70, id[8]&0x3f|0x80
	return id.String()
}

// What all sessions say.
const (
	sessionName = "support.answer"
	callName    = "openai.responses.create"
	provider    = "openai"
	modelID     = "gpt-4.1"
	customer    = contracts.JSON(`{"customer":"c-1042","tier":"gold"}`)
	settings    = contracts.JSON(`{"temperature":0.2,"maxTokens":1024}`)
	usageJSON   = `{"inputTokens":1234,"outputTokens":321,"totalTokens":1555}`
)

// emitter makes the i-th session, with as many messages as its kind of emission
// has, and returns what ends its root.
type emitter func(i int) (end func())

// traced makes sessions with package tracer.
func (w *workload) traced(tp trace.TracerProvider) emitter {
	tr := tracer.New(tp, tracer.WithProvider(provider))
	return func(i int) func() {
		s := &w.sessions[i%distinct]
		ctx, root := tr.StartSession(context.Background(), sessionName, tracer.Model(modelID), tracer.Metadata(customer))
		for k := range s.calls {
			_, span := tr.Start(ctx, contracts.KindGenerate, callName,
				tracer.Model(modelID), tracer.ModelProvider(provider), tracer.Metadata(settings))
			span.Add(s.calls[k].messages()...)
			span.End()
		}
		root.SetResult(tracer.Result{Text: s.text, Usage: contracts.JSON(usageJSON), FinishReasons: []string{"stop"}})
		return func() { root.End() }
	}
}

// byHand makes the same spans with OpenTelemetry alone. transcript chooses the
// attribute.
func (w *workload) byHand(tp trace.TracerProvider, transcript func(*call) string) emitter {
	tr := tp.Tracer("spectbench")
	return func(i int) func() {
		s := &w.sessions[i%distinct]
		ctx, root := tr.Start(context.Background(), sessionName, trace.WithAttributes(
			kindSession,
			contracts.SessionIDKey.String(s.id),
			contracts.ProviderKey.String(provider),
			contracts.ModelIDKey.String(modelID),
			contracts.SessionMetadataKey.String(string(customer))))
		for k := range s.calls {
			_, span := tr.Start(ctx, callName, trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(
				contracts.KindKey.String(string(contracts.KindGenerate)),
				contracts.SeqKey.Int64(int64(k)),
				contracts.ModelIDKey.String(modelID),
				contracts.ModelProviderKey.String(provider),
				contracts.MetadataKey.String(string(settings))))
			span.SetAttributes(contracts.MessagesKey.String(transcript(&s.calls[k])))
			span.End()
		}
		root.SetAttributes(
			contracts.ResponseTextKey.String(s.text),
			contracts.ResponseUsageKey.String(usageJSON),
			contracts.ResponseFinishReasonsKey.StringSlice([]string{"stop"}))
		return func() { root.End() }
	}
}

func withIDs(c *call) string { return c.withIDs }
func without(c *call) string { return c.without }

// bare makes sessions without messages: what remains is the making of spans.
func bare(tp trace.TracerProvider) emitter {
	tr := tracer.New(tp, tracer.WithProvider(provider))
	return func(int) func() {
		ctx, root := tr.StartSession(context.Background(), sessionName, tracer.Model(modelID))
		for range calls {
			_, span := tr.Start(ctx, contracts.KindGenerate, callName, tracer.Model(modelID), tracer.ModelProvider(provider))
			span.End()
		}
		return func() { root.End() }
	}
}

// bareByHand makes the same with OpenTelemetry alone.
func bareByHand(tp trace.TracerProvider) emitter {
	tr := tp.Tracer("spectbench")
	return func(_ int) func() {
		ctx, root := tr.Start(context.Background(), sessionName, trace.WithAttributes(
			kindSession,
			contracts.ProviderKey.String(provider),
			contracts.ModelIDKey.String(modelID)))
		for k := range calls {
			_, span := tr.Start(ctx, callName, trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(
				contracts.KindKey.String(string(contracts.KindGenerate)),
				contracts.SeqKey.Int64(int64(k)),
				contracts.ModelIDKey.String(modelID),
				contracts.ModelProviderKey.String(provider)))
			span.End()
		}
		return func() { root.End() }
	}
}

// request makes n spans as the instrumentation of an HTTP client does: some
// attributes known at the start, some not.
func request(ctx context.Context, tr trace.Tracer, n int) {
	for i := range n {
		_, span := tr.Start(ctx, "GET /items/{id}", trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(
			attribute.String("http.request.method", "GET"),
			attribute.String("url.full", "https://api.example.com/items/1042"),
			attribute.String("server.address", "api.example.com"),
			attribute.Int("server.port", 443),
			attribute.String("user_agent.original", "items/2.1"),
			attribute.String("network.protocol.name", "http")))
		span.SetAttributes(
			attribute.Int("http.response.status_code", 200),
			attribute.Int("http.response.body.size", 2048+i),
			attribute.String("network.protocol.version", "1.1"),
			attribute.Bool("cache.hit", false))
		span.End()
	}
}

// kindSession marks the root of a session.
var kindSession = contracts.KindKey.String(contracts.SessionKind)

// history is a workload in which each call of a session has what the calls before
// it had and 0.5 kB more: 2.5 kB on average.
const history = "history"

// sizes are the transcripts' sizes, by their names in the figures.
var sizes = []struct {
	name  string
	bytes int
}{{"0.5k", 512}, {"4k", 4096}, {"20k", 20480}}
