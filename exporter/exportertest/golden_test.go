// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exportertest_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/exporter"
	"github.com/spect-tools/spect-go/exporter/exportertest"
	"github.com/spect-tools/spect-go/tracer"
)

// traced are the sessions of a program that runs now.
func traced(t *testing.T, answerText string) []contracts.CollectorTracePayload {
	t.Helper()
	var sink exportertest.Sink
	exp, err := exporter.New(sink.Options()...)
	if err != nil {
		t.Fatal(err)
	}
	tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(exporter.NewSpanProcessor(exp)))
	tr := tracer.New(tp)
	ctx, s := tr.StartSession(t.Context(), "answer", tracer.Model("gpt-4.1"))
	s.Add(ctx, contracts.UserText("How tall is K2?"))
	ctx, gen := tr.Start(ctx, contracts.KindGenerate, "call")
	time.Sleep(time.Millisecond)
	gen.Add(contracts.AssistantText(answerText))
	_, tool := tr.Start(ctx, contracts.KindToolCall, "tool")
	tool.SetError(errors.New("broken"), tracer.WithStack())
	tool.End()
	gen.End()
	s.SetResult(tracer.Result{Text: answerText})
	s.End()
	if err := tp.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
	return sink.Sessions()
}

func TestRequireGolden(t *testing.T) {
	path := filepath.Join(t.TempDir(), "deep", "answer.json")
	missing := failing(t, func(f testing.TB) { exportertest.RequireGolden(f, path, traced(t, "8,611 m")...) })
	if !strings.Contains(missing.text, exportertest.UpdateGolden) {
		t.Errorf("without a file: %q", missing.text)
	}

	t.Setenv(exportertest.UpdateGolden, "1")
	exportertest.RequireGolden(t, path, traced(t, "8,611 m")...)
	t.Setenv(exportertest.UpdateGolden, "")
	exportertest.RequireGolden(t, path, traced(t, "8,611 m")...) // another run, other ids and times

	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"id": "id-1"`, `"traceId": "id-1"`, `"parentId": "id-3"`, "How tall is K2?", `"message": "broken"`, `"startTime": "time"`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the file lacks %s:\n%s", want, text)
		}
	}

	other := failing(t, func(f testing.TB) { exportertest.RequireGolden(f, path, traced(t, "8,612 m")...) })
	if !strings.Contains(other.text, "8,611 m") || !strings.Contains(other.text, "8,612 m") {
		t.Errorf("another answer: %q", other.text)
	}
	if none := failing(t, func(f testing.TB) { exportertest.RequireGolden(f, path) }); none.text == "" {
		t.Error("no session is as good as one")
	}
}

// What a session is written as is the same each time, whatever ids it holds; and
// what the program itself says is in it, whatever it is called.
func TestGoldenIsStable(t *testing.T) {
	says := func(size string) contracts.CollectorTracePayload {
		return contracts.CollectorTracePayload{
			ID: uuid.NewString(), Name: "answer",
			Metadata: contracts.CollectorTraceMetadata{Result: &contracts.CollectorTraceResult{Spans: []contracts.SpanRecord{{
				ID: uuid.NewString(), Kind: contracts.KindToolCall,
				Metadata: contracts.JSON(`{"m":"` + uuid.NewString() + `"}`),
				Messages: contracts.MakeMessages(contracts.ConversationMessage{ID: uuid.NewString(), Role: contracts.RoleUser}),
				Tool: &contracts.SpanToolOverlay{
					ToolCallID: uuid.NewString(), Parameters: contracts.JSON(`{"duration":` + size + `,"stack":` + size + `,"otel":` + size + `,"startTime":"` + size + `"}`),
				},
			}}}},
			Attributes: contracts.CollectorTraceAttributes{ConversationID: uuid.NewString()},
		}
	}
	path := filepath.Join(t.TempDir(), "answer.json")
	t.Setenv(exportertest.UpdateGolden, "1")
	exportertest.RequireGolden(t, path, says("512"))
	t.Setenv(exportertest.UpdateGolden, "")
	for range 20 {
		exportertest.RequireGolden(t, path, says("512"))
	}
	other := failing(t, func(f testing.TB) { exportertest.RequireGolden(f, path, says("513")) })
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text), "512"); n != 4 || other.text == "" {
		t.Errorf("%d of 4 values are in the file: %s", n, text)
	}
}

func TestSink(t *testing.T) {
	var sink exportertest.Sink
	exp, err := exporter.New(sink.Options()...)
	if err != nil {
		t.Fatal(err)
	}
	tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(exporter.NewSpanProcessor(exp)))
	answer(t.Context(), tracer.New(tp), "How tall is K2?")
	if err := exp.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if p := sink.RequireSession(t, "answer"); p.Model.ID != "gpt-4.1" || len(sink.Sessions()) != 1 {
		t.Errorf("%d sessions, of %s", len(sink.Sessions()), p.Model.ID)
	}
	sink.Reset()
	failed := failing(t, func(f testing.TB) { sink.RequireSession(f, "answer") })
	if failed.text == "" || len(sink.Sessions()) != 0 {
		t.Error("Reset forgot nothing")
	}
	if err := tp.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}
