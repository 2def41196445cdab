// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/exporter"
	"github.com/spect-tools/spect-go/exporter/exportertest"
)

// open makes an exporter. When the test ends it is shut down, and must have
// accounted for every span, and told its key to nobody.
func open(t *testing.T, opts ...exporter.Option) (*exporter.Exporter, *reports) {
	t.Helper()
	told := new(reports)
	exp, err := exporter.New(append([]exporter.Option{exporter.WithErrorHandler(told.add), exporter.WithoutLinger()}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		balanced(t, exp)
		if err := exp.Shutdown(context.Background()); err != nil {
			told.add(err)
		}
		balanced(t, exp)
		for _, text := range told.all() {
			if strings.Contains(text, exportertest.APIKey) {
				t.Errorf("an error holds the API key: %s", text)
			}
			if strings.Count(text, "spect: ") > 1 {
				t.Errorf("an error says twice whose it is: %s", text)
			}
		}
	})
	return exp, told
}

// balanced checks the invariant of Stats.
func balanced(t *testing.T, exp *exporter.Exporter) {
	t.Helper()
	s := exp.Stats()
	sum := s.Delivered + s.Held + s.Spooled
	for _, n := range s.Dropped {
		sum += n
	}
	if s.Received+s.Recovered != sum {
		t.Errorf("received %d spans, accounted for %d: %+v", s.Received, sum, s)
	}
	logs := s.Logs.Joined + s.Logs.Held
	for _, n := range s.Logs.Dropped {
		logs += n
	}
	if s.Logs.Received != logs {
		t.Errorf("received %d log records, accounted for %d: %+v", s.Logs.Received, logs, s.Logs)
	}
}

// givenUp is the number of spans that delivery has given up.
func givenUp(exp *exporter.Exporter) (n uint64) {
	dropped := exp.Stats().Dropped
	for _, why := range []exporter.DropReason{
		exporter.DropQueueFull, exporter.DropRejected, exporter.DropRetriesExhausted, exporter.DropPanic,
		exporter.DropSpoolFull, exporter.DropSpoolAge, exporter.DropSpoolDamaged,
	} {
		n += dropped[why]
	}
	return n
}

// reports are the errors that an error handler was given.
type reports struct {
	mu   sync.Mutex
	errs []error
}

func (r *reports) add(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.errs = append(r.errs, err)
}

func (r *reports) all() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []string
	for _, err := range r.errs {
		out = append(out, err.Error())
	}
	return out
}

// none fails when something was reported.
func (r *reports) none(t *testing.T) {
	t.Helper()
	if all := r.all(); len(all) > 0 {
		t.Errorf("reported:\n%s", strings.Join(all, "\n"))
	}
}

// one returns the one report there is.
func (r *reports) one(t *testing.T) string {
	t.Helper()
	all := r.all()
	if len(all) != 1 {
		t.Fatalf("%d reports, want 1:\n%s", len(all), strings.Join(all, "\n"))
	}
	return all[0]
}

// provider stands before the exporter, by the processor door.
func provider(exp *exporter.Exporter, opts ...sdktrace.TracerProviderOption) *sdktrace.TracerProvider {
	return sdktrace.NewTracerProvider(append([]sdktrace.TracerProviderOption{
		sdktrace.WithSpanProcessor(exporter.NewSpanProcessor(exp)),
	}, opts...)...)
}

// flush delivers what is complete. It may fail where sessions are given up.
func flush(t *testing.T, exp *exporter.Exporter, opts ...exporter.FlushOption) {
	t.Helper()
	before := givenUp(exp)
	if err := exp.Flush(context.Background(), opts...); err != nil && givenUp(exp) == before {
		t.Error(err)
	}
	balanced(t, exp)
}

// shutdown delivers everything.
func shutdown(t *testing.T, exp *exporter.Exporter) {
	t.Helper()
	if err := exp.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
	balanced(t, exp)
	if s := exp.Stats(); s.Held != 0 {
		t.Errorf("%d spans are held after shutdown", s.Held)
	}
}

// Plain OpenTelemetry spans: ours have a kind. Each starts a moment after the
// one before.

func session(ctx context.Context, tr trace.Tracer, name string, attrs ...attribute.KeyValue) (context.Context, trace.Span) {
	time.Sleep(time.Millisecond)
	attrs = append([]attribute.KeyValue{contracts.KindKey.String(contracts.SessionKind), contracts.ModelIDKey.String("m")}, attrs...)
	return tr.Start(ctx, name, trace.WithAttributes(attrs...))
}

func entry(ctx context.Context, tr trace.Tracer, name string, attrs ...attribute.KeyValue) (context.Context, trace.Span) {
	time.Sleep(time.Millisecond)
	attrs = append([]attribute.KeyValue{contracts.KindKey.String(string(contracts.KindGenerate))}, attrs...)
	return tr.Start(ctx, name, trace.WithAttributes(attrs...))
}

func foreign(ctx context.Context, tr trace.Tracer, name string) (context.Context, trace.Span) {
	time.Sleep(time.Millisecond)
	return tr.Start(ctx, name, trace.WithAttributes(attribute.String("http.route", "/")))
}

// recorder keeps the spans that ended.
type recorder struct {
	mu    sync.Mutex
	spans []sdktrace.ReadOnlySpan
}

func (*recorder) OnStart(context.Context, sdktrace.ReadWriteSpan) {}

func (r *recorder) OnEnd(s sdktrace.ReadOnlySpan) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.spans = append(r.spans, s)
}

func (*recorder) ForceFlush(context.Context) error { return nil }
func (*recorder) Shutdown(context.Context) error   { return nil }

// tree draws the spans of a session, by name, as (parent child child).
func tree(p contracts.CollectorTracePayload) string {
	spans := p.Metadata.Result.Spans
	var draw func(parent string) string
	draw = func(parent string) string {
		var parts []string
		for _, s := range spans {
			if s.ParentID == parent {
				part := s.Name
				if below := draw(s.ID); below != "" {
					part += "(" + below + ")"
				}
				parts = append(parts, part)
			}
		}
		return strings.Join(parts, " ")
	}
	return p.Name + ": " + draw("")
}

// valid holds each session against the contract.
func valid(t *testing.T, sessions []contracts.CollectorTracePayload) {
	t.Helper()
	for i := range sessions {
		if err := sessions[i].Validate(); err != nil {
			t.Errorf("session %s: %v", sessions[i].Name, err)
		}
	}
}

// newTLSServer answers 200 to everything.
func newTLSServer(t *testing.T, config *tls.Config) *httptest.Server {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	server.TLS = config
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	return server
}

// wrapper hands on spans of which a method panics when it is told to.
type wrapper struct {
	sdktrace.SpanProcessor
	panics atomic.Bool
}

func (w *wrapper) OnStart(ctx context.Context, s sdktrace.ReadWriteSpan) {
	w.SpanProcessor.OnStart(ctx, wrapped{s, w})
}

type wrapped struct {
	sdktrace.ReadWriteSpan
	by *wrapper
}

func (w wrapped) Attributes() []attribute.KeyValue {
	if w.by.panics.Load() {
		panic("cannot be read")
	}
	return w.ReadWriteSpan.Attributes()
}

func problems(err error) []contracts.Problem {
	var invalid *contracts.ValidationError
	if errors.As(err, &invalid) {
		return invalid.Problems
	}
	return []contracts.Problem{{Path: "?", Message: err.Error()}}
}

func withKind(kind string) trace.SpanStartOption {
	return trace.WithAttributes(contracts.KindKey.String(kind), contracts.ModelIDKey.String("m"))
}

// bodies are what a transport was given, where a whole collector would be slow.
type bodies struct {
	mu   sync.Mutex
	sent []string
}

func (b *bodies) exporter(t *testing.T) *exporter.Exporter {
	exp, told := open(t, exporter.WithOrganizationID("o"), exporter.WithAPIKey(exportertest.APIKey), exporter.WithTransport(b))
	t.Cleanup(func() { told.none(t) })
	return exp
}

// RoundTrip implements http.RoundTripper.
func (b *bodies) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	_ = r.Body.Close()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sent = append(b.sent, string(body))
	return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
}

func (b *bodies) all() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.sent
}
