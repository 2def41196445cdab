// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package tracer_test

import (
	"context"
	"sync"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/exporter"
	"github.com/spect-tools/spect-go/tracer"
)

// sessions runs f and returns the payloads that come of it.
func sessions(t *testing.T, f func(ctx context.Context, tr *tracer.Tracer)) []contracts.CollectorTracePayload {
	t.Helper()
	return sessionsOf(t, func(tp trace.TracerProvider) { f(t.Context(), tracer.New(tp, tracer.WithProvider("openai"))) })
}

func sessionsOf(t *testing.T, f func(trace.TracerProvider)) []contracts.CollectorTracePayload {
	t.Helper()
	var mu sync.Mutex
	var out []contracts.CollectorTracePayload
	exp, err := exporter.New(exporter.WithLocal(), exporter.WithOrganizationID("org"),
		exporter.WithErrorHandler(func(err error) { t.Error(err) }),
		exporter.WithOnTrace(func(p contracts.CollectorTracePayload) {
			mu.Lock()
			defer mu.Unlock()
			out = append(out, p)
		}))
	if err != nil {
		t.Fatal(err)
	}
	tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(exporter.NewSpanProcessor(exp)))
	f(tp)
	if err := tp.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
	for i := range out {
		if err := out[i].Validate(); err != nil {
			t.Errorf("session %s: %v", out[i].Name, err)
		}
	}
	return out
}

// session is sessions for one.
func session(t *testing.T, f func(ctx context.Context, tr *tracer.Tracer)) contracts.CollectorTracePayload {
	t.Helper()
	all := sessions(t, f)
	if len(all) != 1 {
		t.Fatalf("%d sessions, want 1", len(all))
	}
	return all[0]
}

// inSession runs f in a session and returns the spans of it.
func inSession(t *testing.T, f func(ctx context.Context, tr *tracer.Tracer)) []contracts.SpanRecord {
	t.Helper()
	return session(t, func(ctx context.Context, tr *tracer.Tracer) {
		ctx, s := tr.StartSession(ctx, "s", tracer.Model("m"))
		defer s.End()
		f(ctx, tr)
	}).Metadata.Result.Spans
}

// texts are the texts of a span's messages.
func texts(t *testing.T, s *contracts.SpanRecord) []string {
	t.Helper()
	var out []string
	for m, err := range s.Messages.All() {
		if err != nil {
			t.Error(err)
		}
		out = append(out, string(m.Role)+": "+m.Content.Text())
	}
	return out
}
