// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

// Package livetest runs programs that call models with Spect beside another
// exporter, and holds the sessions that arrive against recordings. The provider
// is a server that gives the recorded answers in testdata.
package livetest

import (
	"cmp"
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/exporter"
	"github.com/spect-tools/spect-go/exporter/exportertest"
)

//go:embed testdata
var recordings embed.FS

// Program is a program under test: it makes its calls to the provider at url.
type Program func(ctx context.Context, t *testing.T, tp *sdktrace.TracerProvider, url string)

// Sessions runs a program against a provider that gives these answers, one after
// the other, and returns the sessions that arrive. It does so through both doors
// of the exporter, and once without Spect: the other exporter must see the same.
func Sessions(t *testing.T, run Program, answers ...string) []contracts.CollectorTracePayload {
	t.Helper()
	alone := beside(t, run, answers, nil)
	var all [2][]contracts.CollectorTracePayload
	for i, door := range []func(*exporter.Exporter) sdktrace.TracerProviderOption{
		func(e *exporter.Exporter) sdktrace.TracerProviderOption {
			return sdktrace.WithSpanProcessor(exporter.NewSpanProcessor(e))
		},
		func(e *exporter.Exporter) sdktrace.TracerProviderOption { return sdktrace.WithBatcher(e) },
	} {
		col := exportertest.NewCollector(t)
		exp, err := exporter.New(col.Options()...)
		if err != nil {
			t.Fatal(err)
		}
		if have := beside(t, run, answers, door(exp)); !slices.Equal(have, alone) {
			t.Errorf("with Spect the other exporter sees\n%s\nand without\n%s", strings.Join(have, "\n"), strings.Join(alone, "\n"))
		}
		if err := exp.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
		all[i] = col.Sessions()
		for _, p := range all[i] {
			if err := p.Validate(); err != nil {
				t.Error(err)
			}
		}
	}
	if have, want := transcripts(all[1]), transcripts(all[0]); !slices.Equal(have, want) {
		t.Errorf("the doors differ:\n%s\nand\n%s", strings.Join(want, "\n"), strings.Join(have, "\n"))
	}
	return all[0]
}

// beside runs a program with another exporter, and with Spect where there is a
// door to it, and returns what the other saw.
func beside(t *testing.T, run Program, answers []string, spect sdktrace.TracerProviderOption) []string {
	t.Helper()
	other := tracetest.NewInMemoryExporter()
	opts := []sdktrace.TracerProviderOption{sdktrace.WithSyncer(other)}
	if spect != nil {
		opts = append(opts, spect)
	}
	tp := sdktrace.NewTracerProvider(opts...)
	run(t.Context(), t, tp, provider(t, answers))
	seen := looks(other.GetSpans())
	if err := tp.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
	return seen
}

// changing is what differs between two runs: times, and where the server is.
var changing = regexp.MustCompile(`"latencyMs":[0-9.e+-]+|127\.0\.0\.1:\d+|(server\.port|time_to_first_chunk)=[0-9.]+`)

// looks are the looks of spans: all of them that is the same in each run.
func looks(spans tracetest.SpanStubs) (all []string) {
	names := map[string]string{}
	for _, s := range spans {
		names[s.SpanContext.SpanID().String()] = s.Name
	}
	for _, s := range spans {
		var look strings.Builder
		fmt.Fprintf(&look, "%s below %q: %v %v %v", s.Name, names[s.Parent.SpanID().String()], s.SpanKind, s.Status, s.InstrumentationScope.Name)
		attributes := slices.Clone(s.Attributes) // the span is of every processor
		slices.SortFunc(attributes, func(a, b attribute.KeyValue) int { return cmp.Compare(a.Key, b.Key) })
		for _, kv := range attributes {
			fmt.Fprintf(&look, " %s=%s", kv.Key, kv.Value)
		}
		for _, e := range s.Events {
			fmt.Fprintf(&look, " event %s %v", e.Name, e.Attributes)
		}
		all = append(all, changing.ReplaceAllString(look.String(), ""))
	}
	slices.Sort(all)
	return all
}

// provider is a server that gives recorded answers.
func provider(t *testing.T, answers []string) (url string) {
	t.Helper()
	var mu sync.Mutex
	next := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if next >= len(answers) {
			http.Error(w, "no more answers", http.StatusTeapot)
			return
		}
		contentType := "application/json"
		if strings.HasSuffix(answers[next], ".sse") {
			contentType = "text/event-stream"
		}
		w.Header().Set("Content-Type", contentType)
		_, _ = w.Write(Recorded(t, answers[next]))
		next++
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// Recorded is a recorded request or answer.
func Recorded(t *testing.T, file string) []byte {
	t.Helper()
	b, err := recordings.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// In is the value at a path in a recording.
func In(t *testing.T, file string, path ...any) string {
	t.Helper()
	var at any
	if err := json.Unmarshal(Recorded(t, file), &at); err != nil {
		t.Fatal(err)
	}
	for _, step := range path {
		switch step := step.(type) {
		case string:
			at = at.(map[string]any)[step]
		case int:
			at = at.([]any)[step]
		}
	}
	if text, ok := at.(string); ok {
		return text
	}
	b, err := json.Marshal(at)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func transcripts(all []contracts.CollectorTracePayload) (out []string) {
	for i := range all {
		out = append(out, transcript(&all[i])...)
	}
	return out
}

// transcript is what a session tells: a line for each thing that was said, each
// run of a tool, and the facts of each call of a model. Tools that run at the
// same time are in the order of their calls' ids.
func transcript(p *contracts.CollectorTracePayload) (lines []string) {
	var runs []string
	for i := range p.Metadata.Result.Spans {
		s := &p.Metadata.Result.Spans[i]
		if call, ok := s.AsToolCall(); ok {
			runs = append(runs, fmt.Sprintf("run of %s %s %s", call.ToolName, call.ToolCallID, compact(call.Parameters)))
			continue
		}
		var told []string
		for m, err := range s.Messages.All() {
			if err != nil {
				told = append(told, err.Error())
				continue
			}
			told = append(told, said(string(m.Role), &m.Content)...)
		}
		if s.Kind == contracts.KindToolResult {
			runs = append(runs, told...)
			continue
		}
		slices.Sort(runs)
		lines, runs = append(append(lines, runs...), told...), nil
		if s.Model != nil {
			usage := s.Metadata.Member("usage")
			lines = append(lines, fmt.Sprintf("%s: %s %s, in %s, out %s, %s", s.Kind, s.Model.Provider, s.Model.ModelID,
				usage.Member("inputTokens"), usage.Member("outputTokens"), compact(s.Metadata.Member("finishReasons"))))
		}
	}
	slices.Sort(runs)
	return append(lines, runs...)
}

func said(role string, c *contracts.Content) (lines []string) {
	if c.IsText() {
		return []string{role + ": " + c.Text()}
	}
	for _, part := range c.Parts() {
		switch part := part.(type) {
		case contracts.TextContentPart:
			lines = append(lines, role+": "+part.Text)
		case contracts.ReasoningContentPart:
			lines = append(lines, role+" thinks: "+part.Text)
		case contracts.ToolCallContentPart:
			lines = append(lines, fmt.Sprintf("%s calls %s %s %s", role, part.ToolName, part.ToolCallID, compact(part.Input)))
		case contracts.ToolResultContentPart:
			lines = append(lines, fmt.Sprintf("%s %s %s: %s", role, part.ToolName, part.ToolCallID, compact(part.Output.Value)))
		default:
			lines = append(lines, role+" "+part.Type())
		}
	}
	return lines
}

// compact is JSON without white space between its tokens.
func compact(j contracts.JSON) string {
	var v any
	if json.Unmarshal([]byte(j), &v) != nil {
		return string(j)
	}
	b, _ := json.Marshal(v)
	return string(b)
}

// Tells fails unless a session tells just this.
func Tells(t *testing.T, p *contracts.CollectorTracePayload, want ...string) {
	t.Helper()
	if have := transcript(p); !slices.Equal(have, want) {
		t.Errorf("session %s tells\n\t%s\nwant\n\t%s", p.Name, strings.Join(have, "\n\t"), strings.Join(want, "\n\t"))
	}
}

// Ends fails unless a session has this result.
func Ends(t *testing.T, p *contracts.CollectorTracePayload, text, inputTokens, outputTokens string) {
	t.Helper()
	r := p.Response
	if r.Text == nil || *r.Text != text {
		t.Errorf("the response of session %s is %+v, want %q", p.Name, r, text)
		return
	}
	if in, out := string(r.Usage.Member("inputTokens")), string(r.Usage.Member("outputTokens")); in != inputTokens || out != outputTokens {
		t.Errorf("session %s used %s and %s tokens, want %s and %s", p.Name, in, out, inputTokens, outputTokens)
	}
}

// One is the one session there is.
func One(t *testing.T, all []contracts.CollectorTracePayload) *contracts.CollectorTracePayload {
	t.Helper()
	if len(all) != 1 {
		t.Fatalf("%d sessions, want one:\n%s", len(all), strings.Join(transcripts(all), "\n"))
	}
	return &all[0]
}
