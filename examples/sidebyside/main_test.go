// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/goleak"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/exporter"
	"github.com/spect-tools/spect-go/exporter/exportertest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// seeded makes ids that are the same in each run of the tests, and so are the
// decisions of a sampler that goes by them.
type seeded struct {
	mu     sync.Mutex
	random *rand.Rand
}

func (s *seeded) NewIDs(ctx context.Context) (id trace.TraceID, _ trace.SpanID) {
	s.mu.Lock()
	binary.BigEndian.PutUint64(id[:8], s.random.Uint64())
	binary.BigEndian.PutUint64(id[8:], s.random.Uint64())
	s.mu.Unlock()
	return id, s.NewSpanID(ctx, id)
}

func (s *seeded) NewSpanID(context.Context, trace.TraceID) (id trace.SpanID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	binary.BigEndian.PutUint64(id[:], s.random.Uint64())
	return id
}

// Spect gets a session for each request, and OTLP exactly the traces that the
// sampler takes by itself, whole.
func TestRun(t *testing.T) {
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "")
	const questions = 500
	col := exportertest.NewCollector(t)
	otlp := &receiver{}
	var out bytes.Buffer
	if err := run(t.Context(), &out, func(c *config) {
		c.questions, c.receiver = questions, otlp
		c.spect = col.Options()
		c.provider = []sdktrace.TracerProviderOption{sdktrace.WithIDGenerator(&seeded{random: rand.New(rand.NewPCG(1, 2))})}
	}); err != nil {
		t.Fatal(err)
	}

	sessions := col.Sessions()
	if len(sessions) != questions {
		t.Errorf("%d sessions arrived for %d questions", len(sessions), questions)
	}
	base := sdktrace.TraceIDRatioBased(0.01)
	whole := []string{"GET /answer", "HTTP POST", "advice.answer", "openai.responses.create", "user"}
	sampled := 0
	for i := range sessions {
		wantSession(t, &sessions[i])
		text, _ := sessions[i].Metadata.OTel.Member("traceId").Text()
		id, err := trace.TraceIDFromHex(text)
		if err != nil {
			t.Fatal(text, err)
		}
		var want []string
		if base.ShouldSample(sdktrace.SamplingParameters{TraceID: id}).Decision == sdktrace.RecordAndSample {
			sampled++
			want = whole
		}
		if got := otlp.names(text); !slices.Equal(got, want) {
			t.Errorf("of trace %s OTLP got %v, want %v", text, got, want)
		}
	}
	if sampled == 0 || sampled > questions/20 {
		t.Errorf("%d traces are sampled: the test tells nothing", sampled)
	}
	if traces, _ := otlp.count(); traces != sampled {
		t.Errorf("OTLP got %d traces, want %d", traces, sampled)
	}
	want := fmt.Sprintf("500 questions were asked\n500 sessions went to Spect\n%d traces of %d spans went to OTLP\n", sampled, 5*sampled)
	if out.String() != want {
		t.Errorf("printed %q, want %q", out.String(), want)
	}
}

func wantSession(t *testing.T, p *contracts.CollectorTracePayload) {
	t.Helper()
	if err := p.Validate(); err != nil {
		t.Error(err)
	}
	spans := p.Metadata.Result.Spans
	if p.Name != "advice.answer" || p.Response.Text == nil || len(spans) != 2 ||
		spans[0].Kind != contracts.KindUser || spans[1].Kind != contracts.KindGenerate || spans[1].EndTime.IsZero() {
		t.Errorf("the session is %s", p.AppendJSON(nil))
	}
}

// With an endpoint in the environment the spans go there.
func TestRunWithEndpoint(t *testing.T) {
	otlp := &receiver{}
	server := httptest.NewServer(otlp)
	t.Cleanup(server.Close)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", server.URL)
	col := exportertest.NewCollector(t)
	var out bytes.Buffer
	if err := run(t.Context(), &out, func(c *config) {
		c.questions, c.spect = 3, col.Options()
		c.provider = []sdktrace.TracerProviderOption{sdktrace.WithSampler(sdktrace.AlwaysSample())}
	}); err != nil {
		t.Fatal(err)
	}
	if traces, spans := otlp.count(); traces != 3 || spans != 15 || len(col.Sessions()) != 3 {
		t.Errorf("%d traces of %d spans, %d sessions", traces, spans, len(col.Sessions()))
	}
	if strings.Contains(out.String(), "OTLP") {
		t.Errorf("it speaks of its own receiver: %s", out.String())
	}
}

// A Spect collector that is down is no concern of the service's, nor of OTLP's.
func TestRunWithCollectorDown(t *testing.T) {
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "")
	col := exportertest.NewCollector(t, exportertest.WithDefault(exportertest.Status(400)))
	otlp := &receiver{}
	var reported sync.Map
	if err := run(t.Context(), &bytes.Buffer{}, func(c *config) {
		c.questions, c.receiver = 3, otlp
		c.spect = col.Options(exporter.WithErrorHandler(func(err error) { reported.Store(err.Error(), true) }))
		c.provider = []sdktrace.TracerProviderOption{sdktrace.WithSampler(sdktrace.AlwaysSample())}
	}); err != nil {
		t.Error(err)
	}
	if traces, spans := otlp.count(); traces != 3 || spans != 15 {
		t.Errorf("OTLP got %d traces of %d spans", traces, spans)
	}
	told := 0
	reported.Range(func(any, any) bool { told++; return true })
	if told != 1 {
		t.Errorf("%d different failures were reported", told)
	}
}
