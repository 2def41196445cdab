// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"strings"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.uber.org/goleak"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/exporter"
	"github.com/spect-tools/spect-go/exporter/exportertest"
	"github.com/spect-tools/spect-go/tracer"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestRun(t *testing.T) {
	col := exportertest.NewCollector(t)
	var out bytes.Buffer
	if err := run(t.Context(), &out, col.Options()...); err != nil {
		t.Fatal(err)
	}
	if out.String() != "K2 is 8,611 metres tall.\n" {
		t.Errorf("printed %q", out.String())
	}
	session := col.RequireSession(t, "openai.responses.create")
	if err := session.Validate(); err != nil {
		t.Error(err)
	}
	if session.Model.ID != "gpt-4.1" || session.Model.Provider != "openai" || session.Metadata.Result.Error != nil ||
		session.Response.Text == nil || *session.Response.Text != "K2 is 8,611 metres tall." || session.Response.Usage.Member("totalTokens") != "25" {
		t.Errorf("the session is %s", session.AppendJSON(nil))
	}
	spans := session.Metadata.Result.Spans
	if len(spans) != 2 || spans[0].Kind != contracts.KindUser || spans[1].Kind != contracts.KindGenerate || spans[1].Status != contracts.StatusOK {
		t.Fatalf("the spans are %+v", spans)
	}
	for i, want := range []string{"How tall is K2?", "K2 is 8,611 metres tall."} {
		messages, err := spans[i].Messages.Decode()
		if err != nil || len(messages) != 1 || messages[0].Content.Text() != want {
			t.Errorf("span %d says %s, want %q", i, spans[i].Messages, want)
		}
	}
}

func TestRunWithoutConfiguration(t *testing.T) {
	t.Setenv("SPECT_ORGANIZATION_ID", "")
	if err := run(t.Context(), &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), "SPECT_ORGANIZATION_ID") {
		t.Errorf("error %v", err)
	}
}

func TestAnswerFails(t *testing.T) {
	col := exportertest.NewCollector(t)
	exp, err := exporter.New(col.Options()...)
	if err != nil {
		t.Fatal(err)
	}
	tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(exporter.NewSpanProcessor(exp)))
	if _, err := answer(t.Context(), tracer.New(tp), "Why?"); err == nil {
		t.Error("no error")
	}
	if err := tp.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	session := col.RequireSession(t, "openai.responses.create")
	if e := session.Metadata.Result.Error; e == nil || e.Message != "the model is at a loss" {
		t.Errorf("the session's error is %+v", e)
	}
	if gen := session.Metadata.Result.Spans[1]; gen.Status != contracts.StatusError || gen.Error == nil {
		t.Errorf("the call is %+v", gen)
	}
}
