// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package playground

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"image/png"
	"math"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/goleak"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/exporter"
	"github.com/spect-tools/spect-go/internal/payloadtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// counter makes OpenTelemetry ids that are the same each time.
type counter struct{ n atomic.Uint64 }

func (c *counter) NewIDs(ctx context.Context) (trace.TraceID, trace.SpanID) {
	id := trace.TraceID{15: 1}
	return id, c.NewSpanID(ctx, id)
}

func (c *counter) NewSpanID(context.Context, trace.TraceID) (id trace.SpanID) {
	binary.BigEndian.PutUint64(id[:], c.n.Add(1))
	return id
}

// payload plays a scenario in synthetic time and returns what would be sent.
func payload(t *testing.T, name string) (p contracts.CollectorTracePayload) {
	t.Helper()
	scenarios, err := Find(name)
	if err != nil || len(scenarios) != 1 {
		t.Fatal(scenarios, err)
	}
	synctest.Test(t, func(t *testing.T) {
		var got []contracts.CollectorTracePayload
		exp, err := exporter.New(exporter.WithLocal(), exporter.WithOrganizationID("org"), exporter.WithGrace(0),
			exporter.WithOnTrace(func(p contracts.CollectorTracePayload) { got = append(got, p) }),
			exporter.WithErrorHandler(func(err error) { t.Error(err) }))
		if err != nil {
			t.Fatal(err)
		}
		tp := sdktrace.NewTracerProvider(sdktrace.WithIDGenerator(&counter{}), sdktrace.WithSpanProcessor(exporter.NewSpanProcessor(exp)))
		scenarios[0].Play(t.Context(), tp)
		time.Sleep(time.Second) // for what is taken in a little later; leaks would wait longer
		stats := exp.Stats()    // before the shutdown, which releases everything
		if stats.Released[exporter.ReleaseComplete] != 1 || stats.Held != 0 || len(stats.Dropped) > 0 {
			t.Errorf("the session is not complete when it was played: %+v", stats)
		}
		if err := tp.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		if len(got) != 1 {
			t.Fatalf("%d sessions, want 1", len(got))
		}
		p = got[0]
	})
	return p
}

func TestEveryScenarioIsValidAndTheSameEachTime(t *testing.T) {
	for _, sc := range Scenarios() {
		t.Run(sc.Name, func(t *testing.T) {
			first, second := payload(t, sc.Name), payload(t, sc.Name)
			if err := first.Validate(); err != nil {
				t.Error(err)
			}
			if first.ID == second.ID {
				t.Error("two sessions have one id")
			}
			for _, d := range payloadtest.Diff(first.AppendJSON(nil), second.AppendJSON(nil)) {
				t.Error(d)
			}
			if strings.Contains(string(first.AppendJSON(nil)), "spect.error") {
				t.Error("a value could not be encoded")
			}
		})
	}
}

func kinds(p contracts.CollectorTracePayload) (out []contracts.SpanKind) {
	for _, s := range p.Metadata.Result.Spans {
		out = append(out, s.Kind)
	}
	return out
}

func ofKind(p contracts.CollectorTracePayload, kind contracts.SpanKind) (out []contracts.SpanRecord) {
	for _, s := range p.Metadata.Result.Spans {
		if s.Kind == kind {
			out = append(out, s)
		}
	}
	return out
}

func messages(t *testing.T, s contracts.SpanRecord) []contracts.ConversationMessage {
	t.Helper()
	m, err := s.Messages.Decode()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func partTypes(t *testing.T, s contracts.SpanRecord) (out []string) {
	t.Helper()
	for _, m := range messages(t, s) {
		for _, p := range m.Content.Parts() {
			out = append(out, p.Type())
		}
	}
	return out
}

func TestResponses(t *testing.T) {
	p := payload(t, "openai:responses")
	want := []contracts.SpanKind{
		contracts.KindSystem, contracts.KindUser, contracts.KindGenerate, contracts.KindToolCall, contracts.KindToolCall,
		contracts.KindToolResult, contracts.KindToolResult, contracts.KindStream, contracts.KindGenerate,
	}
	if got := kinds(p); !slices.Equal(got, want) {
		t.Fatalf("the spans are %v, want %v", got, want)
	}
	calls := ofKind(p, contracts.KindToolCall)
	if !calls[1].StartTime.Before(calls[0].EndTime) {
		t.Error("the two tools run one after the other")
	}
	if got := partTypes(t, p.Metadata.Result.Spans[2]); !slices.Equal(got, []string{contracts.PartReasoning, contracts.PartToolCall, contracts.PartToolCall}) {
		t.Errorf("the first answer has parts %v", got)
	}
	stream := p.Metadata.Result.Spans[7]
	if got := partTypes(t, stream); !slices.Equal(got, []string{contracts.PartReasoning, contracts.PartText}) {
		t.Errorf("the streamed answer has parts %v", got)
	}
	if got := messages(t, stream)[0].Content.Text(); p.Response.Text == nil || got != *p.Response.Text {
		t.Errorf("the pieces make %q, the result is %v", got, p.Response.Text)
	}
	if stream.Metadata.Member("timeToFirstTokenMs") != "35" || stream.Metadata.Member("partial") != "" {
		t.Errorf("the stream's metadata is %s", stream.Metadata)
	}
	var used, total contracts.Usage
	for _, s := range p.Metadata.Result.Spans {
		if u := s.Metadata.Member("usage"); u != "" {
			var one contracts.Usage
			if err := u.Decode(&one); err != nil {
				t.Fatal(err)
			}
			used.InputTokens += one.InputTokens
			used.OutputTokens += one.OutputTokens
		}
	}
	if err := p.Response.Usage.Decode(&total); err != nil || total.InputTokens != used.InputTokens || total.OutputTokens != used.OutputTokens ||
		total.TotalTokens != used.InputTokens+used.OutputTokens || total.ReasoningTokens == 0 || total.CachedInputTokens == 0 {
		t.Errorf("usage %s, %v; the calls add up to %+v", p.Response.Usage, err, used)
	}
}

func TestError(t *testing.T) {
	p := payload(t, "error")
	if e := p.Metadata.Result.Error; e == nil || e.Code != "rate_limit_exceeded" || p.Response.Text != nil {
		t.Errorf("the session's error is %+v", e)
	}
	if call := ofKind(p, contracts.KindToolCall); len(call) != 1 || call[0].Status != contracts.StatusError || call[0].Error.Code != "RES-503" {
		t.Errorf("the tool is %+v", call)
	}
	var attempts []string
	for _, s := range ofKind(p, contracts.KindGenerate) {
		if s.Status == contracts.StatusError {
			attempts = append(attempts, string(s.Metadata.Member("attempt")))
		}
	}
	if !slices.Equal(attempts, []string{"1", "2"}) {
		t.Errorf("failed attempts: %v", attempts)
	}
}

func TestAgent(t *testing.T) {
	p := payload(t, "agent")
	parents := map[string]contracts.SpanRecord{}
	for _, s := range p.Metadata.Result.Spans {
		parents[s.ID] = s
	}
	// path names what a span is below, outermost first.
	path := func(s contracts.SpanRecord) string {
		names := []string{s.Name}
		for up, ok := parents[s.ParentID]; ok; up, ok = parents[up.ParentID] {
			names = append(names, up.Name)
		}
		slices.Reverse(names)
		return strings.Join(names, " > ")
	}
	var agents []string
	for _, s := range ofKind(p, contracts.KindSubagent) {
		agents = append(agents, path(s))
		if s.Subagent == nil || s.Subagent.ToolCallID == "" || s.Subagent.Input == "" {
			t.Errorf("%s says of its agent %+v", s.Name, s.Subagent)
		}
	}
	want := []string{"delegate > researcher", "delegate > researcher > check_fact > fact-checker", "delegate > writer"}
	if !slices.Equal(agents, want) {
		t.Errorf("the agents are %v", agents)
	}
	for _, s := range ofKind(p, contracts.KindToolCall) {
		if s.Name == "read_page" && path(s) != want[1]+" > read_page" {
			t.Errorf("the nested tool is at %s", path(s))
		}
	}
}

// What the model reads off the picture is in the picture.
func TestVision(t *testing.T) {
	p := payload(t, "vision")
	var file contracts.FileContentPart
	for _, part := range messages(t, p.Metadata.Result.Spans[0])[0].Content.Parts() {
		if f, ok := part.(contracts.FileContentPart); ok {
			file = f
		}
	}
	data, _ := file.Data.Text()
	raw, err := base64.StdEncoding.DecodeString(data)
	if err != nil {
		t.Fatal(err)
	}
	if img, err := png.Decode(bytes.NewReader(raw)); err != nil || file.MediaType != "image/png" || img.Bounds().Dx() != 480 {
		t.Errorf("the picture: %v", err)
	}
	for _, crossing := range []float64{8 + 20./60, 13} {
		if metres := tide(crossing); math.Abs(metres-3) > 0.03 {
			t.Errorf("at %.2f h the water is at %.2f m", crossing, metres)
		}
	}
}

func TestLong(t *testing.T) {
	p := payload(t, "long")
	if n := len(p.Metadata.Result.Spans); n != 2000 {
		t.Errorf("%d spans, want 2,000", n)
	}
	suspected := 0
	for _, s := range ofKind(p, contracts.KindToolResult) {
		if s.Tool.Result.Member("ok") == "false" {
			suspected++
		}
	}
	if suspected != 4 { // two, read twice
		t.Errorf("%d readings are out of their limits", suspected)
	}
	if d := p.EndTime.Sub(p.StartTime); d.Hours() < 2 {
		t.Errorf("the inspection takes %s", d)
	}
}

// A program that is ended in the middle leaves nothing open.
func TestPlayEndsWithContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, sc := range Scenarios() {
		synctest.Test(t, func(*testing.T) { sc.Play(ctx, sdktrace.NewTracerProvider()) })
	}
}
