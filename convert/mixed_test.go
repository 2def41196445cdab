// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convert_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert"
)

// These tests mix spans of Spect's own with those of OpenTelemetry's convention.

func aSpan(id, parent byte, from, to int, attrs ...attribute.KeyValue) convert.Span {
	s := convert.Span{
		TraceID: tid, SpanID: trace.SpanID{id}, Name: "span", Attributes: attrs,
		StartTime: start.Add(time.Duration(from) * time.Millisecond), EndTime: start.Add(time.Duration(to) * time.Millisecond),
	}
	if parent > 0 {
		s.ParentID = trace.SpanID{parent}
	}
	return s
}

func genAI(operation string, attrs ...attribute.KeyValue) []attribute.KeyValue {
	return append([]attribute.KeyValue{attribute.String("gen_ai.operation.name", operation)}, attrs...)
}

func modelCall(in, out string) []attribute.KeyValue {
	return genAI("chat", attribute.String("gen_ai.provider.name", "openai"), attribute.String("gen_ai.request.model", "m"),
		attribute.Int("gen_ai.usage.input_tokens", 3), attribute.Int("gen_ai.usage.output_tokens", 2),
		attribute.String("gen_ai.input.messages", `[{"role":"user","parts":[{"type":"text","content":"`+in+`"}]}]`),
		attribute.String("gen_ai.output.messages", `[{"role":"assistant","parts":[{"type":"text","content":"`+out+`"}]}]`))
}

// kinds are the kinds of a payload's entries, those below others in brackets.
func kinds(p *contracts.CollectorTracePayload) string {
	var out []string
	for i := range p.Metadata.Result.Spans {
		r := &p.Metadata.Result.Spans[i]
		kind := string(r.Kind)
		if r.ParentID != "" {
			kind = "(" + kind + ")"
		}
		out = append(out, kind)
	}
	return strings.Join(out, " ")
}

func TestOthersInASpectSession(t *testing.T) {
	spans := []convert.Span{
		aSpan(1, 0, 0, 90, contracts.KindKey.String(contracts.SessionKind)),
		aSpan(2, 1, 1, 1, contracts.KindKey.String("user"), contracts.MessagesKey.String(`[{"id":"1","role":"user","content":"Ships?"}]`)),
		aSpan(3, 1, 2, 20, modelCall("Ships?", "Seven.")...),
		aSpan(4, 1, 30, 40, genAI("execute_tool", attribute.String("gen_ai.tool.name", "f"))...),
		aSpan(5, 4, 31, 39, contracts.KindKey.String("generate")),
	}
	sessions := convert.Sessions(spans)
	if len(sessions) != 1 {
		t.Fatalf("%d sessions", len(sessions))
	}
	var c convert.Converter
	p := c.Payload(&sessions[0])
	if got := kinds(p); got != "user generate tool-call (generate)" {
		t.Errorf("the session holds %s", got)
	}
	if p.Model.ID != "m" || p.Model.Provider != "openai" || p.Response.Usage != `{"inputTokens":3,"outputTokens":2,"totalTokens":5}` {
		t.Errorf("model %+v, response %+v", p.Model, p.Response)
	}
	// What the program says of its session goes first.
	spans[0].Attributes = append(spans[0].Attributes, contracts.ResponseTextKey.String("8"), contracts.ResponseUsageKey.String(`{"inputTokens":1}`),
		contracts.ModelIDKey.String("mine"), contracts.ConversationIDKey.String("c"))
	p = c.Payload(&convert.Sessions(spans)[0])
	if *p.Response.Text != "8" || p.Response.Usage != `{"inputTokens":1}` || p.Model.ID != "mine" || p.Attributes.ConversationID != "c" {
		t.Errorf("model %+v, response %+v", p.Model, p.Response)
	}
}

// An agent of another framework with a Spect span, and a Spect session, below.
func TestSpectInsideAnotherAgent(t *testing.T) {
	spans := []convert.Span{
		aSpan(1, 0, 0, 90, genAI("invoke_agent", attribute.String("gen_ai.agent.name", "boss"))...),
		aSpan(2, 1, 1, 10, modelCall("Ships?", "Seven.")...),
		aSpan(3, 1, 20, 30, contracts.KindKey.String("generate")),
		aSpan(4, 1, 40, 50, contracts.KindKey.String(contracts.SessionKind)),
	}
	sessions := convert.Sessions(spans)
	if len(sessions) != 2 {
		t.Fatalf("%d sessions", len(sessions))
	}
	var c convert.Converter
	outer := c.Payload(&sessions[0])
	if got := kinds(outer); got != "user generate generate" || *outer.Response.Text != "Seven." {
		t.Errorf("the agent's session holds %s, and answers %v", got, *outer.Response.Text)
	}
	id := outer.ID
	if inner := c.Payload(&sessions[1]); inner.ParentID != id || inner.TraceID != id {
		t.Errorf("the inner session has the parent %s in %s, want %s", inner.ParentID, inner.TraceID, id)
	}
}

// The conversation is named on the session's own spans, or above, or on the
// resource.
func TestConversationOfASession(t *testing.T) {
	call := modelCall("a", "b")
	named := append(modelCall("a", "b"), attribute.String("gen_ai.conversation.id", "own"))
	above := aSpan(1, 0, 0, 90, attribute.String("session.id", "above"))
	for name, c := range map[string]struct {
		spans []convert.Span
		want  string
	}{
		"nowhere":              {[]convert.Span{aSpan(2, 0, 1, 2, call...)}, ""},
		"its own":              {[]convert.Span{above, aSpan(2, 1, 1, 2, named...)}, "own"},
		"above":                {[]convert.Span{above, aSpan(3, 1, 1, 80), aSpan(2, 3, 1, 2, call...)}, "above"},
		"above, children last": {[]convert.Span{aSpan(2, 3, 1, 2, call...), aSpan(3, 1, 1, 80), above}, "above"},
		"above, twice":         {[]convert.Span{above, aSpan(1, 0, 0, 90, attribute.String("session.id", "again")), aSpan(2, 1, 1, 2, call...)}, "above"},
		"a circle above":       {[]convert.Span{aSpan(3, 4, 1, 80), aSpan(4, 3, 1, 80), aSpan(2, 3, 1, 2, call...)}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			sessions := convert.Sessions(c.spans)
			var converter convert.Converter
			if got := converter.Payload(&sessions[0]).Attributes.ConversationID; len(sessions) != 1 || got != c.want {
				t.Errorf("%d sessions of conversation %q, want %q", len(sessions), got, c.want)
			}
		})
	}
	of := aSpan(2, 0, 1, 2, call...)
	of.Resource = `{"session.id":"resource"}`
	if got := convert.Sessions([]convert.Span{of})[0].ConversationID; got != "resource" {
		t.Errorf("the conversation is %q", got)
	}
}

// A call that two instrumentations trace, without a span around it, is in two
// traces.
func TestOneCallInTwoTraces(t *testing.T) {
	whole := aSpan(1, 0, 0, 10, append(modelCall("a", "b"), attribute.String("gen_ai.response.id", "r"))...)
	bare := aSpan(2, 0, 1, 9, genAI("chat", attribute.String("gen_ai.response.id", "r"), attribute.Int("gen_ai.usage.output_tokens", 4))...)
	bare.TraceID[0]++
	for _, spans := range [][]convert.Span{{whole, bare}, {bare, whole}, {bare, whole, bare}} {
		sessions := convert.Sessions(spans)
		if len(sessions) != 1 {
			t.Fatalf("%d sessions", len(sessions))
		}
		var c convert.Converter
		p := c.Payload(&sessions[0])
		if got := p.Metadata.Result.Spans[1].Metadata.Member("usage"); kinds(p) != "user generate" || got.Member("outputTokens") != "4" {
			t.Errorf("the session holds %s, tokens %s", kinds(p), got)
		}
	}
}

func TestErrorsOfOthers(t *testing.T) {
	for name, c := range map[string]struct {
		change func(s *convert.Span)
		want   contracts.NormalizedError
	}{
		"a status": {func(s *convert.Span) { s.StatusDescription = "bad" }, contracts.NormalizedError{Message: "bad"}},
		"error.type": {func(s *convert.Span) {
			s.Attributes = append(s.Attributes, attribute.String("error.type", "timeout"))
		}, contracts.NormalizedError{Message: "timeout", Type: "timeout"}},
		"an HTTP status": {func(s *convert.Span) {
			s.StatusDescription = "no"
			s.Attributes = append(s.Attributes, attribute.String("error.type", "429"), attribute.Int("http.response.status_code", 429))
		}, contracts.NormalizedError{Message: "no", Type: "429", Code: "429"}},
		"an exception": {func(s *convert.Span) {
			s.Events = []convert.Event{{Name: "exception", Attributes: []attribute.KeyValue{
				attribute.String("exception.message", "boom"), attribute.String("exception.type", "E"), attribute.String("exception.stacktrace", "at f"),
			}}}
		}, contracts.NormalizedError{Message: "boom", Type: "E", Stack: "at f"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := aSpan(1, 0, 0, 10, modelCall("a", "b")...)
			s.Status = codes.Error
			c.change(&s)
			var converter convert.Converter
			p := converter.Payload(&convert.Sessions([]convert.Span{s})[0])
			for where, got := range map[string]*contracts.NormalizedError{"session": p.Metadata.Result.Error, "entry": p.Metadata.Result.Spans[1].Error} {
				if got == nil || got.Message != c.want.Message || got.Type != c.want.Type || got.Code != c.want.Code || got.Stack != c.want.Stack {
					t.Errorf("the %s's error is %#v, want %#v", where, got, c.want)
				}
			}
		})
	}
}

func TestJoinLogs(t *testing.T) {
	at := func(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }
	spans := []convert.Span{aSpan(1, 0, 0, 10), aSpan(2, 0, 0, 10), aSpan(3, 0, 0, 10)}
	other := tid
	other[0]++
	convert.JoinLogs(spans, []convert.Log{
		{TraceID: tid, SpanID: trace.SpanID{1}, Name: "late", Time: at(3)},
		{TraceID: tid, SpanID: trace.SpanID{2}, Name: "b"},
		{TraceID: tid, SpanID: trace.SpanID{1}, Name: "first", Time: at(1)},
		{TraceID: tid, SpanID: trace.SpanID{1}, Name: "second", Time: at(1)},
		{TraceID: other, SpanID: trace.SpanID{3}, Name: "of another trace"},
	})
	var got []string
	for i := range spans {
		for _, l := range spans[i].Logs {
			got = append(got, fmt.Sprint(i, l.Name))
		}
	}
	if want := "0first 0second 0late 1b"; strings.Join(got, " ") != want {
		t.Errorf("joined %v, want %s", got, want)
	}
}

// What is left out is explained.
func TestExplain(t *testing.T) {
	long := `[{"role":"user","parts":[{"type":"text","content":"a"}]},{"role":"assistant","parts":[{"type":"text","content":"b"}]},{"role":"user","parts":[{"type":"text","content":"c"}]}]`
	again := genAI("chat", attribute.String("gen_ai.input.messages", long))
	spans := []convert.Span{
		aSpan(1, 0, 0, 90, genAI("invoke_agent", attribute.String("gen_ai.agent.name", "boss"))...),
		aSpan(2, 1, 1, 10, modelCall("a", "b")...), aSpan(3, 1, 20, 30, again...),
		aSpan(4, 1, 30, 31, genAI("execute_tool", attribute.String("gen_ai.tool.name", "f"))...),
		aSpan(5, 0, 0, 1, genAI("execute_tool")...), aSpan(6, 0, 0, 1), aSpan(7, 0, 0, 1, genAI("embeddings")...),
	}
	said := map[byte]string{}
	c := convert.Converter{Explain: func(s *convert.Span, what string) { said[s.SpanID[0]] += what + "\n" }}
	for _, s := range convert.Sessions(spans) {
		c.Payload(&s)
	}
	for id, want := range map[byte]string{
		1: "a run of an agent", 2: "from gen_ai: provider, request.model, request.messages", 3: "2 parts of its input were in the session before: left out",
		4: "no call of a model was found for it",
	} {
		if !strings.Contains(said[id], want) {
			t.Errorf("of span %d is said %q, want %q in it", id, said[id], want)
		}
	}
	for i, want := range map[int]string{4: "a run of a tool outside any session", 5: "nothing of language models", 6: "holds others together: left out"} {
		if got := convert.Describe(&spans[i]); got != want || said[byte(i+1)] != "" {
			t.Errorf("span %d is described as %q, want %q", i+1, got, want)
		}
	}
}

// What is noted of one thing for two reasons has both, under one name.
func TestTwoNotesOnOneThing(t *testing.T) {
	attrs := modelCall("a", "b")
	for i := range 10 {
		attrs = append(attrs, attribute.String("own"+strconv.Itoa(i), strings.Repeat("x", 15_000)))
	}
	s := aSpan(1, 0, 0, 10, attrs...)
	s.DroppedAttributes = 3
	sessions := convert.Sessions([]convert.Span{s})
	var c convert.Converter
	p := c.Payload(&sessions[0])
	var whys []string
	for name, why := range p.Metadata.Result.Spans[1].Metadata.Member("partial").Members() {
		if name == "attributes" {
			whys = append(whys, string(why))
		}
	}
	if len(whys) != 1 || !strings.Contains(whys[0], "were dropped at the limit") || !strings.Contains(whys[0], "6 left out") {
		t.Errorf("the notes are %q", whys)
	}
}

// What Spect's attributes say of an error counts on spans of other conventions too.
func TestErrorOfSpectOnAnothersSpan(t *testing.T) {
	attrs := append(modelCall("hello", "hi"), contracts.ErrorMessageKey.String("refused"), contracts.ErrorTypeKey.String("PolicyError"))
	sessions := convert.Sessions([]convert.Span{aSpan(1, 0, 0, 10, genAI("invoke_agent")...), aSpan(2, 1, 1, 5, attrs...)})
	p := new(convert.Converter).Payload(&sessions[0])
	failed := 0
	for _, r := range p.Metadata.Result.Spans {
		if r.Status == contracts.StatusError && strings.Contains(string(r.Metadata), "refused") {
			failed++
		}
	}
	if failed != 1 {
		t.Errorf("%d records say that it failed: %s", failed, p.AppendJSON(nil))
	}
}
