// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package tracer_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/uuid"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/embedded"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/tracer"
)

// The first End counts: its time, its error, what was there by then.
func TestEndCountsOnce(t *testing.T) {
	at := time.UnixMilli(1777000000000)
	p := session(t, func(ctx context.Context, tr *tracer.Tracer) {
		ctx, s := tr.StartSession(ctx, "s", tracer.Model("m"), tracer.StartTime(at))
		_, sp := tr.Start(ctx, contracts.KindGenerate, "gen", tracer.StartTime(at))
		sp.Add(contracts.AssistantText("before"))
		sp.End(tracer.EndTime(at.Add(time.Second)))
		for range 3 {
			err := errors.New("late")
			sp.Add(contracts.AssistantText("after"))
			sp.AddDelta(tracer.Delta{Text: "after"})
			sp.AddMetadata(map[string]int{"after": 1})
			sp.SetModel("after", "after")
			sp.SetStatus(contracts.StatusError)
			sp.SetTool(contracts.SpanToolOverlay{ToolName: "after"})
			sp.SetAttributes(contracts.ErrorMessageKey.String("after"))
			sp.EndErr(&err)
			sp.End(tracer.EndTime(at.Add(time.Hour)))
		}
		s.SetResult(tracer.Result{Text: "before"})
		s.End(tracer.EndTime(at.Add(time.Minute)))
		s.SetResult(tracer.Result{Text: "after"})
		s.SetError(errors.New("late"))
		s.End(tracer.EndTime(at.Add(time.Hour)))
	})
	if p.Response.Text == nil || *p.Response.Text != "before" || p.Metadata.Result.Error != nil || p.Duration != 60_000 {
		t.Errorf("the session changed after its end: %s", p.AppendJSON(nil))
	}
	sp := &p.Metadata.Result.Spans[0]
	text, _ := json.Marshal(sp)
	if strings.Contains(string(text), "after") || strings.Contains(string(text), "late") || *sp.DurationMs != 1000 || sp.Status != contracts.StatusOK {
		t.Errorf("the span changed after its end: %s", text)
	}
}

// Whatever the provider makes of a second End, it gets none.
func TestEndReachesTheProviderOnce(t *testing.T) {
	tp := &foreignProvider{}
	_, s := tracer.New(tp).StartSession(t.Context(), "s")
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() { s.End() })
	}
	wg.Wait()
	s.EndErr(nil)
	if len(tp.ended) != 1 {
		t.Errorf("it ended %d times", len(tp.ended))
	}
}

// Everything at once on one span and its session.
func TestConcurrentUse(t *testing.T) {
	const n = 20
	p := session(t, func(ctx context.Context, tr *tracer.Tracer) {
		ctx, s := tr.StartSession(ctx, "s", tracer.Model("m"))
		_, sp := tr.Start(ctx, contracts.KindStream, "gen")
		var wg sync.WaitGroup
		for i := range n {
			wg.Go(func() {
				sp.Add(contracts.AssistantText(fmt.Sprint("message ", i)))
				sp.AddDelta(tracer.Delta{Text: "d", ToolCalls: []tracer.ToolCallDelta{{Index: i, Name: "t", Input: "1"}}})
				sp.AddMetadata(map[string]int{fmt.Sprint(i): i})
				sp.SetStatus(contracts.StatusOK)
				s.AddMetadata(map[string]int{fmt.Sprint(i): i})
				s.SetResult(tracer.Result{Text: "t", FinishReasons: []string{"stop"}})
				_, child := tr.Start(ctx, contracts.KindGenerate, "child")
				child.SetError(errors.New("e"))
				child.End()
				s.Add(ctx, contracts.UserText("u"))
				_, _ = sp.SpectAttributes()
				_ = sp.IsRecording()
				_ = s.ID()
			})
		}
		wg.Wait()
		for range 4 {
			wg.Go(func() { sp.End(); s.End() })
		}
		wg.Wait()
	})
	if spans := p.Metadata.Result.Spans; len(spans) != 1+2*n {
		t.Errorf("%d spans, want %d", len(spans), 1+2*n)
	}
	messages := texts(t, &p.Metadata.Result.Spans[0])
	for i := range n {
		if !slices.Contains(messages, fmt.Sprint("assistant: message ", i)) {
			t.Errorf("message %d is lost: %v", i, messages)
		}
		if p.Metadata.Result.Spans[0].Metadata.Member(fmt.Sprint(i)) == "" || p.Metadata.Request.Member(fmt.Sprint(i)) == "" {
			t.Errorf("metadata %d is lost", i)
		}
	}
}

// A value whose encoding uses the span that it is given to.
func TestValuesMayUseTheirSpan(t *testing.T) {
	spans := inSession(t, func(ctx context.Context, tr *tracer.Tracer) {
		_, sp := tr.Start(ctx, contracts.KindGenerate, "gen")
		defer sp.End()
		v := reentrant{func() {
			sp.AddMetadata(map[string]int{"b": 2})
			tracer.SessionFromContext(ctx).AddMetadata(map[string]int{"b": 2})
		}}
		sp.AddMetadata(v)
		sp.SetError(v)
		tracer.SessionFromContext(ctx).SetResult(tracer.Result{Object: v, Usage: v, Metadata: v})
		tracer.SessionFromContext(ctx).AddMetadata(v)
	})
	if spans[0].Metadata.Member("a") != "1" || spans[0].Error == nil || spans[0].Error.Message != "used" {
		t.Errorf("the span is %+v", spans[0])
	}
}

type reentrant struct{ use func() }

func (r reentrant) MarshalJSON() ([]byte, error) {
	r.use()
	return []byte(`{"a":1}`), nil
}

func (r reentrant) Error() string {
	r.use()
	return "used"
}

// Values that cannot be encoded are told so in their place.
func TestUnencodableValues(t *testing.T) {
	p := session(t, func(ctx context.Context, tr *tracer.Tracer) {
		ctx, s := tr.StartSession(ctx, "s", tracer.Model("m"), tracer.Metadata(make(chan int)), tracer.RequestInput(func() {}))
		_, sp := tr.Start(ctx, contracts.KindSubagent, "agent", tracer.Input(panics{}), tracer.Metadata("text"))
		sp.AddMetadata(contracts.JSON(`{"cut":`))
		sp.SetTool(contracts.SpanToolOverlay{})
		sp.End()
		s.SetResult(tracer.Result{Object: panics{}})
		s.End()
	})
	for what, j := range map[string]contracts.JSON{
		"metadata": p.Metadata.Request, "input": p.Attributes.RequestInput, "object": p.Response.Object, "task": p.Metadata.Result.Spans[0].Subagent.Input,
	} {
		if j.Member("spect.error") == "" {
			t.Errorf("%s is %s", what, j)
		}
	}
	if m := p.Metadata.Result.Spans[0].Metadata; m.Member("value") != `"{\"cut\":"` {
		t.Errorf("metadata is %s", m)
	}
}

type panics struct{}

func (panics) MarshalJSON() ([]byte, error) { panic("no JSON of it") }

// Times that are given are those that are sent, floored to milliseconds.
func TestExplicitTimes(t *testing.T) {
	at := time.Date(2026, 4, 24, 3, 6, 40, 425_999_999, time.FixedZone("x", 3600))
	p := session(t, func(ctx context.Context, tr *tracer.Tracer) {
		ctx, s := tr.StartSession(ctx, "s", tracer.Model("m"), tracer.StartTime(at))
		_, sp := tr.Start(ctx, contracts.KindGenerate, "gen", tracer.StartTime(at.Add(time.Second)))
		sp.End(tracer.EndTime(at)) // before its start
		s.End(tracer.EndTime(at.Add(2*time.Second + 999*time.Microsecond)))
	})
	want := time.Date(2026, 4, 24, 2, 6, 40, 425_000_000, time.UTC)
	sp := p.Metadata.Result.Spans[0]
	if !p.StartTime.Equal(want) || p.Duration != 2000 && p.Duration != 2001 || !sp.StartTime.Equal(want.Add(time.Second)) ||
		!sp.EndTime.Equal(want) || *sp.DurationMs != 0 {
		t.Errorf("times: %s", p.AppendJSON(nil))
	}
}

// Ids are UUIDv7, ordered by time; those of spans and messages derive from the
// OpenTelemetry ids, and are the same in the session and on the wire.
func TestIDs(t *testing.T) {
	var sessionID string
	p := session(t, func(ctx context.Context, tr *tracer.Tracer) {
		ctx, s := tr.StartSession(ctx, "s", tracer.Model("m"))
		sessionID = s.ID()
		for range 3 {
			_, sp := tr.Start(ctx, contracts.KindGenerate, "gen")
			sp.Add(contracts.AssistantText("a"), contracts.ConversationMessage{ID: "mine", Role: contracts.RoleUser, Content: contracts.TextContent("b")})
			sp.Add(contracts.AssistantText("c"))
			sp.End()
			time.Sleep(2 * time.Millisecond)
		}
		s.End()
	})
	if p.ID != sessionID {
		t.Errorf("the session is %s, and arrives as %s", sessionID, p.ID)
	}
	seen := map[string]bool{}
	last := ""
	for _, id := range []string{p.ID, p.Metadata.Result.Spans[0].ID, p.Metadata.Result.Spans[1].ID, p.Metadata.Result.Spans[2].ID} {
		if u, err := uuid.Parse(id); err != nil || u.Version() != 7 || u.Variant() != uuid.RFC4122 {
			t.Errorf("%s is no UUIDv7", id)
		}
		if id[:13] < last {
			t.Errorf("%s lies before %s", id, last)
		}
		if last = id[:13]; seen[id] {
			t.Errorf("%s comes twice", id)
		}
		seen[id] = true
	}
	for i := range p.Metadata.Result.Spans {
		messages, err := p.Metadata.Result.Spans[i].Messages.Decode()
		if err != nil || len(messages) != 3 || messages[1].ID != "mine" {
			t.Fatalf("messages: %v, %v", messages, err)
		}
		for _, m := range []contracts.ConversationMessage{messages[0], messages[2]} {
			if u, err := uuid.Parse(m.ID); err != nil || u.Version() != 7 || seen[m.ID] {
				t.Errorf("a message has the id %s", m.ID)
			}
			seen[m.ID] = true
		}
	}
}

// A decoded message whose id is empty gets one, and has no other.
func TestEmptyID(t *testing.T) {
	var m contracts.ConversationMessage
	if err := json.Unmarshal([]byte(`{"id":"","role":"user","content":"x","more":1}`), &m); err != nil {
		t.Fatal(err)
	}
	spans := inSession(t, func(ctx context.Context, tr *tracer.Tracer) {
		_, sp := tr.Start(ctx, contracts.KindGenerate, "gen")
		sp.Add(m)
		sp.End()
	})
	if text := string(spans[0].Messages); strings.Count(text, `"id":`) != 1 || strings.Contains(text, `"id":""`) || !strings.Contains(text, `"more":1`) {
		t.Error(text)
	}
}

// What is started below a session that was dropped, after its end, continues
// nothing: there is no such payload.
func TestLateBelowADroppedSession(t *testing.T) {
	out := tracetest.NewInMemoryExporter()
	tr := tracer.New(sdktrace.NewTracerProvider(sdktrace.WithSyncer(out), sdktrace.WithSampler(dropsBy{[]string{"dropped"}})))
	for _, name := range []string{"dropped", "kept"} {
		ctx, s := tr.StartSession(t.Context(), name)
		s.End()
		_, late := tr.Start(ctx, contracts.KindGenerate, "late below "+name)
		late.End()
	}
	for _, s := range out.GetSpans() {
		tied := slices.ContainsFunc(s.Attributes, func(kv attribute.KeyValue) bool { return kv.Key == contracts.SessionParentIDKey })
		if tied != (s.Name == "late below kept") {
			t.Errorf("%s: %v", s.Name, s.Attributes)
		}
	}
}

// What a result says is there, to the millisecond; what it does not say is not,
// and a later one changes only what it says.
func TestSetResult(t *testing.T) {
	at := time.Date(2026, 4, 24, 3, 6, 40, 425_999_999, time.UTC)
	out := tracetest.NewInMemoryExporter()
	tr := tracer.New(sdktrace.NewTracerProvider(sdktrace.WithSyncer(out)))
	for name, test := range map[string]struct {
		results []tracer.Result
		want    string
	}{
		"nothing": {[]tracer.Result{{}, {Duration: -time.Second, FinishReasons: []string{}}}, ``},
		"all": {
			[]tracer.Result{{
				Text: "t", Object: []int{1}, Usage: contracts.JSON(`{"inputTokens":1}`), Model: "m", ID: "i", Timestamp: at, FinishReasons: []string{"stop"},
				StartTime: at, Duration: 1500 * time.Microsecond, Metadata: map[string]int{"a": 1},
			}},
			`duration=1 finish_reasons=["stop"] id=i model=m object=[1] start_time=1777000000425 text=t timestamp=2026-04-24T03:06:40.425000Z usage={"inputTokens":1} metadata={"a":1}`,
		},
		"several": {
			[]tracer.Result{{Text: "t", Model: "m", Metadata: contracts.JSON(`{"a":1,"b":2}`)}, {Model: "n", ID: "i", Metadata: contracts.JSON(`{"b":3}`)}},
			`id=i model=n text=t metadata={"a":1,"b":3}`,
		},
	} {
		out.Reset()
		_, s := tr.StartSession(t.Context(), "s")
		for _, r := range test.results {
			s.SetResult(r)
		}
		s.End()
		var have []string
		for _, kv := range out.GetSpans()[0].Attributes {
			if key, ok := strings.CutPrefix(string(kv.Key), "spect.response."); ok {
				have = append(have, key+"="+kv.Value.String())
			}
		}
		slices.Sort(have)
		for _, kv := range out.GetSpans()[0].Attributes {
			if kv.Key == contracts.ResultMetadataKey {
				have = append(have, "metadata="+kv.Value.AsString())
			}
		}
		if have := strings.Join(have, " "); have != test.want {
			t.Errorf("%s: have %s\nwant %s", name, have, test.want)
		}
	}
}

// What SpanFromContext and SessionFromContext find, through spans of others.
func TestFromContext(t *testing.T) {
	tp := sdktrace.NewTracerProvider()
	tr := tracer.New(tp)
	outside := context.Background()
	in, s := tr.StartSession(outside, "s")
	onSpan, sp := tr.Start(in, contracts.KindGenerate, "gen")
	other, _ := tp.Tracer("app").Start(onSpan, "other")
	nested, inner := tr.StartSession(other, "inner")
	alone, single := tr.Start(outside, contracts.KindGenerate, "alone")
	for name, test := range map[string]struct {
		ctx     context.Context
		span    *tracer.Span
		session *tracer.Session
	}{
		"outside": {outside, nil, nil}, "session": {in, nil, s}, "span": {onSpan, sp, s}, "span of others": {other, sp, s},
		"inner session": {nested, nil, inner}, "span without a session": {alone, single, nil},
	} {
		if have := tracer.SpanFromContext(test.ctx); have != test.span {
			t.Errorf("%s: the span is %p, want %p", name, have, test.span)
		}
		if have := tracer.SessionFromContext(test.ctx); have != test.session {
			t.Errorf("%s: the session is %p, want %p", name, have, test.session)
		}
	}
}

// A provider that is not the SDK's will do.
func TestForeignProvider(t *testing.T) {
	tp := &foreignProvider{}
	tr := tracer.New(tp)
	ctx, s := tr.StartSession(t.Context(), "s", tracer.Model("m"))
	_, sp := tr.Start(ctx, contracts.KindGenerate, "gen")
	sp.Add(contracts.AssistantText("hi"))
	sp.SetError(errors.New("oh no"))
	sp.End()
	s.End()
	if len(tp.ended) != 2 {
		t.Fatalf("%d spans ended", len(tp.ended))
	}
	value := func(s *foreignSpan, key attribute.Key) string {
		set := attribute.NewSet(s.attrs...)
		v, _ := set.Value(key)
		return v.AsString()
	}
	if !strings.Contains(value(tp.ended[0], contracts.MessagesKey), `"hi"`) {
		t.Errorf("attributes: %v", tp.ended[0].attrs)
	}
	if tp.ended[0].status != codes.Error {
		t.Errorf("status: %v", tp.ended[0].status)
	}
	if value(tp.ended[1], contracts.KindKey) != contracts.SessionKind {
		t.Errorf("attributes: %v", tp.ended[1].attrs)
	}
}

// foreignProvider keeps the attributes of its spans; it gives them no ids.
type foreignProvider struct {
	embedded.TracerProvider
	ended []*foreignSpan
}

type foreignTracer struct {
	embedded.Tracer
	tp *foreignProvider
}

type foreignSpan struct {
	noop.Span
	tp     *foreignProvider
	attrs  []attribute.KeyValue
	status codes.Code
}

func (p *foreignProvider) Tracer(string, ...trace.TracerOption) trace.Tracer {
	return foreignTracer{tp: p}
}

func (t foreignTracer) Start(ctx context.Context, _ string, opts ...trace.SpanStartOption) (context.Context, trace.Span) {
	cfg := trace.NewSpanStartConfig(opts...)
	s := &foreignSpan{tp: t.tp, attrs: cfg.Attributes()}
	return trace.ContextWithSpan(ctx, s), s
}

func (s *foreignSpan) IsRecording() bool                         { return true }
func (s *foreignSpan) SetAttributes(attrs ...attribute.KeyValue) { s.attrs = append(s.attrs, attrs...) }
func (s *foreignSpan) SetStatus(code codes.Code, _ string)       { s.status = code }
func (s *foreignSpan) End(...trace.SpanEndOption)                { s.tp.ended = append(s.tp.ended, s) }

// With a provider that does nothing, tracing costs next to nothing.
func TestNoopAllocatesNothing(t *testing.T) {
	for name, tr := range map[string]*tracer.Tracer{"noop": tracer.New(noop.NewTracerProvider()), "nil": nil} {
		ctx := context.Background()
		message := contracts.AssistantText("hi")
		var err error
		if n := testing.AllocsPerRun(100, func() {
			ctx, s := tr.StartSession(ctx, "s")
			ctx, sp := tr.Start(ctx, contracts.KindGenerate, "gen")
			sp.AddDelta(tracer.Delta{Text: "hi"})
			sp.SetModel("m", "p")
			sp.SetError(err)
			sp.End()
			s.Add(ctx)
			s.SetResult(tracer.Result{Text: "hi"})
			s.EndErr(&err)
			_ = s.ID()
		}); n > 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
		call := contracts.ToolCall{ID: "c", Name: "t", Input: "{}"}
		if n := testing.AllocsPerRun(100, func() {
			ctx, sub := tr.StartSubagent(ctx, "agent")
			_, tool := tr.StartToolCall(ctx, call)
			tr.AddToolResult(ctx, call, nil, nil)
			tool.End()
			sub.End()
		}); n > 0 {
			t.Errorf("%s: %v allocations for an agent and its tool", name, n)
		}
		if n := testing.AllocsPerRun(100, func() {
			_, sp := tr.Start(ctx, contracts.KindGenerate, "gen")
			sp.Add(message)
			sp.End()
		}); n > 1 { // the list of messages
			t.Errorf("%s: %v allocations to add a message", name, n)
		}
	}
}

// Nothing is encoded for a span that nobody records.
func TestSampledOutEncodesNothing(t *testing.T) {
	tr := tracer.New(sdktrace.NewTracerProvider(sdktrace.WithSampler(sdktrace.NeverSample())))
	ctx, s := tr.StartSession(t.Context(), "s")
	_, sp := tr.Start(ctx, contracts.KindGenerate, "gen")
	v := &encodes{}
	sp.AddMetadata(v)
	sp.SetError(v)
	s.AddMetadata(v)
	s.SetResult(tracer.Result{Object: v, Usage: v, Metadata: v})
	s.SetError(v)
	tr.AddToolResult(ctx, contracts.ToolCall{Name: "t"}, v, nil)
	tr.AddToolResult(ctx, contracts.ToolCall{Name: "t"}, nil, v)
	func() {
		defer func() { _ = recover() }()
		defer sp.EndErr(nil)
		panic(v)
	}()
	sp.End()
	s.End()
	if v.n != 0 {
		t.Errorf("encoded %d times", v.n)
	}
}

type encodes struct{ n int }

func (e *encodes) MarshalJSON() ([]byte, error) { e.n++; return []byte("1"), nil }
func (e *encodes) Error() string                { e.n++; return "" }

// Attributes that identify a span are there at its start, for samplers; what is
// added later is written at its end, each key once.
func TestAttributesOfTheSpan(t *testing.T) {
	var atStart []attribute.KeyValue
	out := tracetest.NewInMemoryExporter()
	tp := sdktrace.NewTracerProvider(sdktrace.WithSyncer(out), sdktrace.WithSampler(samplerFunc(func(p sdktrace.SamplingParameters) sdktrace.SamplingResult {
		atStart = p.Attributes
		return sdktrace.SamplingResult{Decision: sdktrace.RecordAndSample}
	})))
	tr := tracer.New(tp)
	_, sp := tr.Start(t.Context(), contracts.KindGenerate, "gen", tracer.Model("m"))
	if !slices.ContainsFunc(atStart, func(kv attribute.KeyValue) bool { return kv == contracts.KindKey.String("generate") }) ||
		!slices.ContainsFunc(atStart, func(kv attribute.KeyValue) bool { return kv == contracts.ModelIDKey.String("m") }) {
		t.Errorf("at the start: %v", atStart)
	}
	for i := range 100 {
		sp.Add(contracts.AssistantText(fmt.Sprint(i)))
		sp.AddMetadata(map[string]int{"i": i})
		sp.SetModel(fmt.Sprint(i), "")
	}
	sp.SetStatus(contracts.StatusUnset)
	sp.End()
	s := out.GetSpans()[0]
	if s.SpanKind != trace.SpanKindClient {
		t.Errorf("the call of a model is a span of kind %s", s.SpanKind)
	}
	seen := map[attribute.Key]string{}
	for _, kv := range s.Attributes {
		if _, twice := seen[kv.Key]; twice {
			t.Errorf("%s comes twice", kv.Key)
		}
		seen[kv.Key] = kv.Value.String()
	}
	if len(seen) > 8 || seen[contracts.ModelIDKey] != "99" || seen[contracts.MetadataKey] != `{"i":99}` ||
		strings.Count(seen[contracts.MessagesKey], `"role"`) != 100 || seen[contracts.StatusKey] != "unset" {
		t.Errorf("at the end: %.500v", seen)
	}
}

type samplerFunc func(sdktrace.SamplingParameters) sdktrace.SamplingResult

func (f samplerFunc) ShouldSample(p sdktrace.SamplingParameters) sdktrace.SamplingResult { return f(p) }

func (f samplerFunc) Description() string { return "func" }

// The status is what was said last; an error outweighs it only when it is said
// later.
func TestStatus(t *testing.T) {
	for name, test := range map[string]struct {
		do   func(*tracer.Span)
		want contracts.SpanStatus
	}{
		"nothing":           {func(*tracer.Span) {}, contracts.StatusOK},
		"unset":             {func(s *tracer.Span) { s.SetStatus(contracts.StatusUnset) }, contracts.StatusUnset},
		"error":             {func(s *tracer.Span) { s.SetStatus(contracts.StatusError) }, contracts.StatusError},
		"an error":          {func(s *tracer.Span) { s.SetError(errors.New("e")) }, contracts.StatusError},
		"no error":          {func(s *tracer.Span) { s.SetError(nil) }, contracts.StatusOK},
		"error, then ok":    {func(s *tracer.Span) { s.SetStatus(contracts.StatusError); s.SetStatus(contracts.StatusOK) }, contracts.StatusOK},
		"ok, then error":    {func(s *tracer.Span) { s.SetStatus(contracts.StatusOK); s.SetStatus(contracts.StatusError) }, contracts.StatusError},
		"ok, then unset":    {func(s *tracer.Span) { s.SetStatus(contracts.StatusOK); s.SetStatus(contracts.StatusUnset) }, contracts.StatusUnset},
		"error, then unset": {func(s *tracer.Span) { s.SetStatus(contracts.StatusError); s.SetStatus(contracts.StatusUnset) }, contracts.StatusUnset},
		"nonsense":          {func(s *tracer.Span) { s.SetStatus("great") }, contracts.StatusOK},
	} {
		for _, end := range []bool{true, false} {
			t.Run(fmt.Sprint(name, end), func(t *testing.T) {
				spans := inSession(t, func(ctx context.Context, tr *tracer.Tracer) {
					_, sp := tr.Start(ctx, contracts.KindGenerate, "gen")
					test.do(sp)
					if end {
						sp.End()
					}
				})
				want := test.want
				if !end && (name == "nothing" || name == "no error" || name == "nonsense") {
					want = contracts.StatusUnset
				}
				if spans[0].Status != want {
					t.Errorf("status %s, want %s", spans[0].Status, want)
				}
			})
		}
	}
}

// A session's messages are spans of their own, in their order, where ctx says;
// at its top, where ctx is of another session.
func TestSessionAdd(t *testing.T) {
	var spans []contracts.SpanRecord
	for _, p := range sessions(t, func(ctx context.Context, tr *tracer.Tracer) {
		ctx, session := tr.StartSession(ctx, "s", tracer.Model("m"))
		defer session.End()
		s := tracer.SessionFromContext(ctx)
		s.Add(ctx, contracts.SystemText("be nice"), contracts.UserText("hi"))
		in, sp := tr.StartSubagent(ctx, "agent")
		s.Add(in, contracts.AssistantText("hello"))
		other, another := tr.StartSession(in, "another", tracer.Model("m"))
		another.End()
		s.Add(other, contracts.ToolMessage(contracts.ToolResultContentPart{
			ToolCallID: "c", ToolName: "t", Output: contracts.ToolResultOutput{Type: contracts.OutputJSON, Value: `[1]`},
		}))
		sp.End()
	}) {
		if p.Name == "s" {
			spans = p.Metadata.Result.Spans
		}
	}
	var have []string
	for i := range spans {
		text := string(spans[i].Kind)
		if spans[i].ParentID != "" {
			text += " below"
		}
		have = append(have, text)
	}
	if want := []string{"system", "user", "subagent", "assistant below", "tool-result"}; !slices.Equal(have, want) {
		t.Errorf("spans %q, want %q", have, want)
	}
	if tool := spans[4].Tool; tool == nil || tool.ToolCallID != "c" || tool.ToolName != "t" || tool.Result != "[1]" {
		t.Errorf("the tool-result is %+v", tool)
	}
}

// Spans keep the order of their start, though they end and begin at the same
// time.
func TestOrder(t *testing.T) {
	at := time.Now()
	spans := inSession(t, func(ctx context.Context, tr *tracer.Tracer) {
		var all []*tracer.Span
		for i := range 50 {
			_, sp := tr.Start(ctx, contracts.KindGenerate, fmt.Sprint(i), tracer.StartTime(at.Add(-time.Duration(i)*time.Second)))
			all = append(all, sp)
		}
		slices.Reverse(all)
		for _, sp := range all {
			sp.End()
		}
	})
	for i, s := range spans {
		if s.Name != fmt.Sprint(i) {
			t.Fatalf("span %d is %s", i, s.Name)
		}
	}
}

// A nil map, or a pointer that is nil, says nothing.
func TestNilValuesSayNothing(t *testing.T) {
	p := session(t, func(ctx context.Context, tr *tracer.Tracer) {
		var none map[string]any
		var usage *contracts.Usage
		ctx, s := tr.StartSession(ctx, "s", tracer.Model("m"), tracer.Metadata(none))
		_, sp := tr.Start(ctx, contracts.KindGenerate, "gen", tracer.Metadata(usage))
		sp.AddMetadata(none)
		sp.End()
		s.AddMetadata(none)
		s.SetResult(tracer.Result{Usage: usage, Metadata: none})
		s.End()
	})
	if p.Metadata.Request != "" || len(p.Metadata.Result.Extra) > 0 || p.Response.Usage != "" ||
		p.Metadata.Result.Spans[0].Metadata.Member("value") != "" {
		t.Errorf("nothing became something: %s", p.AppendJSON(nil))
	}
}

// tied runs f in a session that begin begins, and returns what becomes of it and
// of one inside it, and what another service would be told.
func tied(t *testing.T, begin func(context.Context, *tracer.Tracer) (context.Context, interface{ End(...tracer.EndOption) })) (
	outer, inner contracts.CollectorTracePayload, header string,
) {
	t.Helper()
	carrier := propagation.MapCarrier{}
	for _, p := range sessions(t, func(ctx context.Context, tr *tracer.Tracer) {
		ctx, s := begin(ctx, tr)
		_, in := tr.StartSession(ctx, "inner", tracer.Model("m"))
		_, sp := tr.Start(ctx, contracts.KindGenerate, "gen")
		tracer.Propagator{}.Inject(ctx, carrier)
		sp.End()
		in.End()
		s.End()
	}) {
		if p.Name == "inner" {
			inner = p
		} else {
			outer = p
		}
	}
	return outer, inner, carrier["spect-session"]
}

// Ids that attributes give to a session are those that it is known by, here and
// in the next service; one that is no UUID gives none.
func TestGivenIDs(t *testing.T) {
	const own = "01900000-0000-7000-8000-000000000003"
	for name, test := range map[string]struct {
		given           []attribute.KeyValue
		id, traceID, up string
	}{
		"an id":       {[]attribute.KeyValue{contracts.SessionIDKey.String(own)}, own, own, ""},
		"a parent":    {[]attribute.KeyValue{contracts.SessionTraceIDKey.String(someTraceID), contracts.SessionParentIDKey.String(someParentID)}, "", someTraceID, someParentID},
		"all":         {[]attribute.KeyValue{contracts.SessionIDKey.String(own), contracts.SessionTraceIDKey.String(someTraceID), contracts.SessionParentIDKey.String(someParentID)}, own, someTraceID, someParentID},
		"no UUID":     {[]attribute.KeyValue{contracts.SessionIDKey.String("mine")}, "", "", ""},
		"not a text":  {[]attribute.KeyValue{contracts.SessionIDKey.Int(1)}, "", "", ""},
		"nothing yet": {nil, "", "", ""},
	} {
		var session *tracer.Session
		outer, inner, header := tied(t, func(ctx context.Context, tr *tracer.Tracer) (context.Context, interface{ End(...tracer.EndOption) }) {
			ctx, session = tr.StartSession(ctx, "outer", tracer.Model("m"), tracer.Attributes(test.given...))
			return ctx, session
		})
		id := session.ID()
		traceID := cmp.Or(test.traceID, id)
		if test.id != "" && id != test.id || outer.ID != id || outer.TraceID != traceID || outer.ParentID != test.up {
			t.Errorf("%s: the session is %s, and arrives as %s of %s below %q", name, id, outer.ID, outer.TraceID, outer.ParentID)
		}
		if inner.TraceID != traceID || inner.ParentID != id {
			t.Errorf("%s: the inner session is of %s below %s, want %s and %s", name, inner.TraceID, inner.ParentID, traceID, id)
		}
		if want := "t=" + traceID + ",p=" + id + ","; !strings.HasPrefix(header, want) {
			t.Errorf("%s: the header is %q, want %q", name, header, want)
		}
	}
}

// A span of the kind of sessions is one, as if it were made by hand.
func TestSpanOfKindSession(t *testing.T) {
	outer, inner, header := tied(t, func(ctx context.Context, tr *tracer.Tracer) (context.Context, interface{ End(...tracer.EndOption) }) {
		ctx, sp := tr.Start(ctx, contracts.SessionKind, "outer", tracer.Model("m"), tracer.Metadata(map[string]int{"a": 1}))
		return ctx, sp
	})
	if outer.Metadata.Request != `{"a":1}` || len(outer.Metadata.Result.Spans) != 1 {
		t.Errorf("the session is %s", outer.AppendJSON(nil))
	}
	if inner.TraceID != outer.ID || inner.ParentID != outer.ID {
		t.Errorf("the inner session is of %s below %s, want %s", inner.TraceID, inner.ParentID, outer.ID)
	}
	if want := "t=" + outer.ID + ",p=" + outer.ID + ","; !strings.HasPrefix(header, want) {
		t.Errorf("the header is %q, want %q", header, want)
	}
}

// Without randomness a session has an id of its own all the same.
func TestSessionWithoutRandomness(t *testing.T) {
	uuid.SetRand(iotest.ErrReader(errors.New("no randomness")))
	defer uuid.SetRand(nil)
	var have []string
	all := sessions(t, func(ctx context.Context, tr *tracer.Tracer) {
		for range 2 {
			_, s := tr.StartSession(ctx, "s", tracer.Model("m"))
			have = append(have, s.ID())
			s.End()
		}
	})
	if have[0] == have[1] || len(all) != 2 || !slices.Contains(have, all[0].ID) || !slices.Contains(have, all[1].ID) {
		t.Errorf("the sessions %q arrived as %s and %s", have, all[0].ID, all[1].ID)
	}
}

// A value that is JSON by itself makes no payload that is none, however deep it
// nests, and by whichever way it comes.
func TestDeepValues(t *testing.T) {
	for _, n := range []int{9_900, 9_990, 10_000, 10_001} {
		deep := contracts.JSON(strings.Repeat("[", n) + strings.Repeat("]", n))
		p := session(t, func(ctx context.Context, tr *tracer.Tracer) {
			ctx, s := tr.StartSession(ctx, "s", tracer.Model("m"), tracer.Metadata(deep), tracer.Attributes(contracts.RequestInputKey.String(string(deep))))
			_, err := tracer.RunTool(ctx, tr, contracts.ToolCall{ID: "c", Name: "t", Input: deep}, func(context.Context) (contracts.JSON, error) { return deep, nil })
			if err != nil {
				t.Error(err)
			}
			_, sp := tr.Start(ctx, contracts.KindGenerate, "gen", tracer.Attributes(contracts.MessagesKey.String(string(deep))))
			sp.End()
			s.End()
		})
		if len(p.Metadata.Result.Spans) != 3 || !json.Valid(p.AppendJSON(nil)) {
			t.Errorf("%d deep: %d spans, and no JSON", n, len(p.Metadata.Result.Spans))
		}
	}
}
