// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"go/parser"
	"go/token"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/exporter/exportertest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestRun(t *testing.T) {
	col := exportertest.NewCollector(t)
	var out bytes.Buffer
	if err := run(t.Context(), &out, col.Options()...); err != nil {
		t.Fatal(err)
	}
	if want := "It is 7 °C in Oslo.\nSorry: there is no such city\n"; out.String() != want {
		t.Errorf("printed %q, want %q", out.String(), want)
	}
	sessions := map[bool]contracts.CollectorTracePayload{} // by whether it failed
	for _, s := range col.Sessions() {
		sessions[s.Metadata.Result.Error != nil] = s
		if err := s.Validate(); err != nil {
			t.Error(err)
		}
		if s.Name != "weather.answer" || s.Model.ID != "gpt-4.1" || s.Model.Provider != "openai" || s.Metadata.Request != `{"channel": "web"}` {
			t.Errorf("the session is %s", s.AppendJSON(nil))
		}
	}
	if len(sessions) != 2 || len(col.Sessions()) != 2 {
		t.Fatalf("%d sessions", len(col.Sessions()))
	}

	well := sessions[false]
	if well.Response.Text == nil || *well.Response.Text != "It is 7 °C in Oslo." || len(well.Response.FinishReasons) != 1 {
		t.Errorf("the response is %+v", well.Response)
	}
	spans := well.Metadata.Result.Spans
	if len(spans) != 3 || spans[0].Kind != contracts.KindUser {
		t.Fatalf("the spans are %+v", spans)
	}
	messages, err := spans[0].Messages.Decode()
	if err != nil || len(messages) != 1 || messages[0].ID == "" || messages[0].Content.Text() != "What is the weather in Oslo?" {
		t.Errorf("the user says %s", spans[0].Messages)
	}
	call, ok := spans[1].AsToolCall()
	if !ok || call.ToolName != "weather" || call.Parameters != `{"city":"Oslo"}` {
		t.Errorf("the call is %+v", spans[1])
	}
	result, ok := spans[2].AsToolResult()
	if !ok || result.Result != "7" || result.ToolCallID != "call_1" || result.ParentID != call.ID {
		t.Errorf("the result is %+v", spans[2])
	}

	for _, span := range spans {
		if span.EndTime.IsZero() || span.Status != contracts.StatusOK {
			t.Errorf("%s is %s, and ended at %s", span.Name, span.Status, span.EndTime)
		}
	}

	failed := sessions[true]
	if e := failed.Metadata.Result.Error; e.Message != "there is no such city" || failed.Response.Text != nil {
		t.Errorf("the error is %+v", e)
	}
	if spans := failed.Metadata.Result.Spans; len(spans) != 2 || spans[1].Status != contracts.StatusError || spans[1].Error == nil {
		t.Errorf("the spans of the failed session are %+v", spans)
	}
}

// The program is about doing without.
func TestImportsNoTracer(t *testing.T) {
	f, err := parser.ParseFile(token.NewFileSet(), "main.go", nil, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range f.Imports {
		if strings.HasSuffix(i.Path.Value, `spect-go/tracer"`) || strings.HasSuffix(i.Path.Value, `spect-go/contracts"`) {
			t.Errorf("it imports %s", i.Path.Value)
		}
	}
}
