// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter_test

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/exporter"
)

// hostileValues are what no key promises.
func hostileValues() map[string]attribute.Value {
	deep := attribute.StringValue("bottom")
	for range 300 {
		deep = attribute.SliceValue(deep)
	}
	return map[string]attribute.Value{
		"empty":          {},
		"empty string":   attribute.StringValue(""),
		"text":           attribute.StringValue("not JSON"),
		"JSON text":      attribute.StringValue(`"a JSON string"`),
		"cut object":     attribute.StringValue(`{"role":"user","content":[{"type":"te`),
		"cut array":      attribute.StringValue(`[{"role":"user","content":"hi"},`),
		"two values":     attribute.StringValue(`{} {}`),
		"null":           attribute.StringValue(`null`),
		"NaN text":       attribute.StringValue(`{"a":NaN}`),
		"number text":    attribute.StringValue(`1e999`),
		"bad UTF-8":      attribute.StringValue("{\"a\":\"\xff\xfe\"}"),
		"bad UTF-8 text": attribute.StringValue("\xff\xfe"),
		"surrogate":      attribute.StringValue(`"\ud800"`),
		"NUL":            attribute.StringValue("a\x00b"),
		"array":          attribute.StringValue(`[1,null,[],{}]`),
		"messages":       attribute.StringValue(`[{},{"id":5},{"id":""},"text",null,[{}]]`),
		"object":         attribute.StringValue(`{"a":1,"a":2,"":null}`),
		"deep text":      attribute.StringValue(strings.Repeat("[", 10001) + strings.Repeat("]", 10001)),
		"int":            attribute.Int64Value(math.MinInt64),
		"big int":        attribute.Int64Value(math.MaxInt64),
		"float":          attribute.Float64Value(1.5),
		"NaN":            attribute.Float64Value(math.NaN()),
		"Inf":            attribute.Float64Value(math.Inf(-1)),
		"bool":           attribute.BoolValue(true),
		"bytes":          attribute.ByteSliceValue([]byte{0, 0xff, '"'}),
		"no bytes":       attribute.ByteSliceValue(nil),
		"bools":          attribute.BoolSliceValue([]bool{true, false}),
		"ints":           attribute.Int64SliceValue([]int64{1, -1}),
		"floats":         attribute.Float64SliceValue([]float64{math.NaN(), 1}),
		"strings":        attribute.StringSliceValue([]string{"a", "\xff", `"`}),
		"no strings":     attribute.StringSliceValue(nil),
		"slice":          attribute.SliceValue(attribute.StringValue("a"), attribute.Float64Value(math.Inf(1)), attribute.Value{}),
		"map":            attribute.MapValue(attribute.String("role", "user"), attribute.Float64("nan", math.NaN()), attribute.Int("role", 2)),
		"empty map":      attribute.MapValue(),
		"deep slice":     deep,
	}
}

// spectKeys are the keys of package contracts.
var spectKeys = []attribute.Key{
	contracts.SeqKey, contracts.StatusKey, contracts.SessionIDKey, contracts.SessionTraceIDKey, contracts.SessionParentIDKey,
	contracts.SessionOriginKey, contracts.SessionMetadataKey, contracts.PromptFormatKey, contracts.ConversationIDKey,
	contracts.FunctionIDKey, contracts.RequestInputKey, contracts.ProviderKey, contracts.ModelIDKey, contracts.ModelProviderKey,
	contracts.MessagesKey, contracts.MetadataKey, contracts.ToolCallIDKey, contracts.ToolNameKey, contracts.ToolParametersKey,
	contracts.ToolResultKey, contracts.SubagentToolCallIDKey, contracts.SubagentTypeKey, contracts.SubagentSourceKey,
	contracts.SubagentInputKey, contracts.ResponseTextKey, contracts.ResponseModelKey, contracts.ResponseIDKey,
	contracts.ResponseTimestampKey, contracts.ResponseObjectKey, contracts.ResponseUsageKey, contracts.ResponseFinishReasonsKey,
	contracts.ResponseStartTimeKey, contracts.ResponseDurationKey, contracts.ResultMetadataKey, contracts.ErrorMessageKey,
	contracts.ErrorTypeKey, contracts.ErrorCodeKey, contracts.ErrorStackKey,
}

// Whatever the attributes hold, on sessions, on spans and on both at once, every
// session arrives as valid JSON that parses as a payload, through both doors.
func TestHostileAttributes(t *testing.T) {
	for name, v := range hostileValues() {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var a, b bodies
				tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(exporter.NewSpanProcessor(a.exporter(t))), sdktrace.WithSyncer(b.exporter(t)))
				tr := tp.Tracer("app")
				var all []attribute.KeyValue
				for _, key := range spectKeys {
					all = append(all, attribute.KeyValue{Key: key, Value: v})
					one := []attribute.KeyValue{{Key: key, Value: v}}
					play(t.Context(), tr, string(key), one)
				}
				play(t.Context(), tr, "all", all)
				// The kind itself, which makes the span ours.
				_, kind := tr.Start(t.Context(), "kind", trace.WithAttributes(attribute.KeyValue{Key: contracts.KindKey, Value: v}))
				kind.End()
				ctx, s := session(t.Context(), tr, "kind inside")
				_, kind = tr.Start(ctx, "kind", trace.WithAttributes(attribute.KeyValue{Key: contracts.KindKey, Value: v}))
				kind.End()
				s.End()
				if err := tp.Shutdown(context.Background()); err != nil {
					t.Error(err)
				}

				for _, all := range [][]string{a.all(), b.all()} {
					if len(all) != len(spectKeys)+3 {
						t.Errorf("%d sessions arrived, want %d", len(all), len(spectKeys)+3)
					}
					for _, body := range all {
						p, err := contracts.ParsePayload(body)
						if err != nil {
							t.Errorf("%v: %.1000s", err, body)
							continue
						}
						reasonable(t, p)
					}
				}
			})
		})
	}
}

func play(ctx context.Context, tr trace.Tracer, name string, attrs []attribute.KeyValue) {
	ctx, s := session(ctx, tr, name)
	s.SetAttributes(attrs...)
	for _, kind := range []contracts.SpanKind{contracts.KindGenerate, contracts.KindToolCall, contracts.KindToolResult, contracts.KindSubagent} {
		_, e := tr.Start(ctx, string(kind), trace.WithAttributes(contracts.KindKey.String(string(kind))), trace.WithAttributes(attrs...))
		e.End()
	}
	s.End()
}

// reasonable holds a session against the contract, less what is the caller's
// own: what he set a message to be.
func reasonable(t *testing.T, p *contracts.CollectorTracePayload) {
	t.Helper()
	err := p.Validate()
	if err == nil {
		return
	}
	for _, problem := range problems(err) {
		if !strings.Contains(problem.Path, "/messages") {
			t.Errorf("%s: %s", p.Name, problem)
		}
	}
}

// What is odd is visible where it belongs.
func TestOdditiesAreMarked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t)
		tr := provider(l.exp).Tracer("app")
		ctx, s := session(t.Context(), tr, "s", contracts.ResponseUsageKey.String(`{"inputTokens":`), contracts.ConversationIDKey.Int(7))
		_, a := entry(ctx, tr, "a",
			contracts.MessagesKey.String(`[{"role":"assistant","con`), contracts.MetadataKey.Float64(math.NaN()),
			contracts.ToolParametersKey.String(`{"a":1,}`), contracts.KindKey.String("thought"))
		a.End()
		_, b := entry(ctx, tr, "b", contracts.MetadataKey.String(`{"mine":1,"partial":{"mine":2}}`), contracts.ToolNameKey.Bool(true))
		b.End()
		s.End()
		shutdown(t, l.exp)

		p := l.col.RequireSession(t, "s")
		body := string(l.col.Requests()[0].Body)
		for _, want := range []string{
			`"usage":{"value":"{\"inputTokens\":"}`, `"conversationId":"7"`, `"content":[{"type":"text","text":"[{\"role\":\"assistant\",\"con"}]`,
			`"spect.tool.parameters":"{\"a\":1,}"`, `"value":"NaN"`, `"mine":1`, `"spect.tool.name":"true"`,
		} {
			if !strings.Contains(body, want) {
				t.Errorf("the payload lacks %s:\n%s", want, body)
			}
		}
		marks := func(j contracts.JSON) string {
			var names []string
			for name := range j.Members() {
				names = append(names, name)
			}
			return fmt.Sprint(names)
		}
		var result contracts.JSON
		for _, m := range p.Metadata.Result.Extra {
			if m.Name == "partial" {
				result = m.Value
			}
		}
		if have := marks(result); have != "[spect.response.usage spect.conversation.id]" && have != "[spect.conversation.id spect.response.usage]" {
			t.Errorf("the session is marked %s", have)
		}
		spans := p.Metadata.Result.Spans
		for _, key := range []string{"spect.messages", "spect.metadata", "spect.tool.parameters", "spect.kind"} {
			if spans[0].Metadata.Member("partial").Member(key) == "" {
				t.Errorf("%s of the first span is not marked: %s", key, spans[0].Metadata)
			}
		}
		if own := spans[1].Metadata.Member("partial"); own.Member("mine") != "2" || own.Member("spect.tool.name") == "" {
			t.Errorf("the second span is marked %s", own)
		}
	})
}

// The caller's JSON goes to the wire byte for byte, through every attribute
// that holds JSON, tracer or not.
func TestJSONStaysAsItIs(t *testing.T) {
	const odd = "{ \"b\" : [1.0, 1E+2,null , -0.0,\"\\u00e9\\/\"],\n\t\"a\":{}, \"b\": \"<&>\u2028\" }"
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t)
		tr := provider(l.exp).Tracer("app")
		ctx, s := session(t.Context(), tr, "s", contracts.RequestInputKey.String(odd), contracts.ResponseObjectKey.String(odd),
			contracts.ResponseUsageKey.String(odd), contracts.SessionMetadataKey.String(odd))
		_, e := entry(ctx, tr, "e", contracts.KindKey.String("tool-call"), contracts.ToolParametersKey.String(odd))
		e.End()
		s.End()
		shutdown(t, l.exp)
		if n := strings.Count(string(l.col.Requests()[0].Body), odd); n != 5 {
			t.Errorf("found %d times, want 5: %s", n, l.col.Requests()[0].Body)
		}
	})
}

// Times that no clock shows.
func TestOddTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t)
		tr := provider(l.exp).Tracer("app")
		for i, at := range []time.Time{
			{},
			time.Unix(0, 0), time.UnixMilli(-1), time.UnixMilli(math.MaxInt64), time.UnixMilli(math.MinInt64),
			time.Date(9999, 12, 31, 23, 59, 59, 999, time.UTC), time.Date(1, 1, 1, 0, 0, 0, 1, time.UTC), time.Date(-5, 1, 1, 0, 0, 0, 0, time.UTC),
			time.Date(2026, 1, 1, 0, 0, 0, 0, time.FixedZone("far", 14*3600)),
		} {
			ctx, s := tr.Start(t.Context(), fmt.Sprint(i), trace.WithTimestamp(at), trace.WithAttributes(
				contracts.KindKey.String("session"), contracts.ModelIDKey.String("m")))
			_, e := entry(ctx, tr, "e")
			e.End(trace.WithTimestamp(at.Add(-time.Hour)))
			s.End(trace.WithTimestamp(at.Add(time.Hour)))
		}
		shutdown(t, l.exp)
		l.out.none(t)
		if n := len(l.col.Sessions()); n != 9 {
			t.Errorf("%d sessions", n)
		}
		valid(t, l.col.Sessions())
	})
}

// An error is what the attributes say, else the last exception, else the status.
func TestErrors(t *testing.T) {
	boom := fmt.Errorf("boom")
	for name, test := range map[string]struct {
		do   func(trace.Span)
		want string
	}{
		"status":             {func(s trace.Span) { s.SetStatus(codes.Error, "bad") }, `{"message":"bad"}`},
		"status alone":       {func(s trace.Span) { s.SetStatus(codes.Error, "") }, ``},
		"exception":          {func(s trace.Span) { s.RecordError(boom); s.SetStatus(codes.Error, "bad") }, `{"message":"boom","type":"*fmt.wrapError"}`},
		"exception, no fail": {func(s trace.Span) { s.RecordError(boom) }, ``},
		"the last exception": {func(s trace.Span) {
			s.RecordError(fmt.Errorf("first"))
			s.RecordError(boom)
			s.AddEvent("other")
			s.SetStatus(codes.Error, "")
		}, `{"message":"boom","type":"*fmt.wrapError"}`},
		"attributes": {func(s trace.Span) {
			s.RecordError(boom)
			s.SetAttributes(contracts.ErrorMessageKey.String("said"), contracts.ErrorCodeKey.Int(42))
		}, `{"message":"said","code":"42"}`},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLine(t)
				tr := provider(l.exp).Tracer("app")
				ctx, s := session(t.Context(), tr, "s")
				_, e := entry(ctx, tr, "e")
				test.do(e)
				e.End()
				test.do(s)
				s.End()
				shutdown(t, l.exp)
				p := l.col.RequireSession(t, "s")
				valid(t, l.col.Sessions())
				want := strings.ReplaceAll(test.want, "*fmt.wrapError", fmt.Sprintf("%T", boom))
				var have string
				if span := p.Metadata.Result.Spans[0]; span.Error != nil {
					have = string(span.Error.AppendJSON(nil))
				}
				if have != want {
					t.Errorf("the span's error is %s, want %s", have, want)
				}
				if failed := p.Metadata.Result.Error != nil; failed != (name != "exception, no fail") {
					t.Errorf("the session failed: %v", failed)
				}
			})
		})
	}
}
