// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package datadog

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	ddotel "github.com/DataDog/dd-trace-go/v2/ddtrace/opentelemetry"
	dd "github.com/DataDog/dd-trace-go/v2/ddtrace/tracer"
	"go.opentelemetry.io/otel/propagation"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/exporter"
	"github.com/spect-tools/spect-go/exporter/exportertest"
	"github.com/spect-tools/spect-go/tracer"
)

// agent takes what Datadog's tracer sends.
type agent struct {
	mu  sync.Mutex
	got strings.Builder
}

func (a *agent) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	if strings.Contains(r.URL.Path, "/traces") {
		a.mu.Lock()
		a.got.Write(body)
		a.mu.Unlock()
	}
	_, _ = io.WriteString(w, "{}")
}

func (a *agent) String() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.got.String()
}

// Datadog's provider takes no span processors: Register says so. What package
// tracer makes goes through OpenTelemetry's API to Datadog, session, ids and
// header as ever, and nothing goes to Spect.
func TestDatadog(t *testing.T) {
	a := &agent{}
	server := httptest.NewServer(a)
	defer server.Close()
	tp := ddotel.NewTracerProvider(dd.WithAgentURL(server.URL), dd.WithLogStartup(false), dd.WithLambdaMode(false))

	col := exportertest.NewCollector(t)
	exp, err := exporter.New(col.Options()...)
	if err != nil {
		t.Fatal(err)
	}
	err = exporter.Register(tp, exp)
	if err == nil || !strings.Contains(err.Error(), "*opentelemetry.TracerProvider, which takes no span processors") {
		t.Errorf("the error is %v", err)
	}

	tr := tracer.New(tp)
	ctx, s := tr.StartSession(context.Background(), "ask.datadog", tracer.Model("m"))
	ctx, gen := tr.Start(ctx, contracts.KindGenerate, "generate.datadog")
	gen.Add(contracts.AssistantText("to everybody"))
	header := propagation.MapCarrier{}
	tracer.Propagator{}.Inject(ctx, header)
	gen.End()
	s.End()
	if id := s.ID(); id == "" || !strings.Contains(header["spect-session"], "t="+id) {
		t.Errorf("the session is %q, and its header %v", id, header)
	}

	if err := tp.Shutdown(); err != nil {
		t.Error(err)
	}
	if err := exp.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
	for _, want := range []string{"ask.datadog", "generate.datadog", string(contracts.KindKey), s.ID(), "to everybody"} {
		if !strings.Contains(a.String(), want) {
			t.Errorf("Datadog's agent did not get %q", want)
		}
	}
	if stats := exp.Stats(); len(col.Requests()) != 0 || stats.Received != 0 {
		t.Errorf("Spect got %d requests; %+v", len(col.Requests()), stats)
	}
}
