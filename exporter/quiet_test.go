// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/exporter"
	"github.com/spect-tools/spect-go/exporter/exportertest"
	"github.com/spect-tools/spect-go/tracer"
)

// content is in every place where a session can have it.
const content = "c4nt3nt"

// troubled runs a program to which everything happens that can: collectors that
// refuse, hang, break off and cannot be reached, callbacks that panic, spans that
// nobody ends, a queue and an intake that are full.
func troubled(t *testing.T, opts ...exporter.Option) {
	t.Helper()
	for _, faults := range [][]exportertest.Response{
		{exportertest.Status(http.StatusBadRequest).WithBody(content)},
		{exportertest.Status(http.StatusUnauthorized)},
		{exportertest.Reset(), exportertest.Status(http.StatusServiceUnavailable), exportertest.Truncated()},
		{exportertest.Stall()},
	} {
		col := exportertest.NewCollector(t, exportertest.WithResponses(faults...), exportertest.WithDefault(faults[0]))
		exp, err := exporter.New(col.Options(append([]exporter.Option{
			exporter.WithShutdownTimeout(200 * time.Millisecond), exporter.WithRetryTimeout(50 * time.Millisecond), exporter.WithQueueBytes(4096),
			exporter.WithLeakTimeout(time.Millisecond), exporter.WithGrace(0), exporter.WithMaxPayloadBytes(2000),
			exporter.WithOnTrace(func(contracts.CollectorTracePayload) { panic("panicked") }),
			exporter.WithOnDrop(func(exporter.Drop) { panic("panicked") }),
			exporter.WithInclude(func(sdktrace.ReadOnlySpan) bool { panic("panicked") }),
		}, opts...)...)...)
		if err != nil {
			t.Fatal(err)
		}
		tp := provider(exp)
		tr := tracer.New(tp)
		for range 50 {
			ctx, s := tr.StartSession(context.Background(), "ask", tracer.Metadata(map[string]string{"m": content}), tracer.RequestInput(content))
			s.Add(ctx, contracts.UserText(strings.Repeat(content, 100)))
			_, gen := tr.Start(ctx, contracts.KindGenerate, "gen")
			gen.Add(contracts.AssistantText(content))
			gen.SetError(errors.New(content))
			_, _ = tracer.RunTool(ctx, tr, contracts.ToolCall{ID: "c", Name: "tool", Input: contracts.JSON(`"` + content + `"`)},
				func(context.Context) (string, error) { return content, nil })
			_, other := tp.Tracer("app").Start(ctx, "other")
			other.End()
			s.SetResult(tracer.Result{Text: content})
			s.End()
		}
		time.Sleep(10 * time.Millisecond)     // for a leak to be one
		_ = tp.Shutdown(context.Background()) // what it returns is the caller's
	}
	if _, err := exporter.New(exporter.WithOrganizationID("o"), exporter.WithAPIKey(exportertest.APIKey), exporter.WithCollectorURL("http://example.com")); err == nil {
		t.Error("no error for clear text")
	}
}

// ownProcessVariable makes a process of this program that of one test.
const ownProcessVariable = "SPECT_TEST_OWN_PROCESS"

// ownProcess runs the test in a process of its own, where it returns true. That
// process must pass, and write nothing else.
func ownProcess(t *testing.T) bool {
	t.Helper()
	if os.Getenv(ownProcessVariable) != "" {
		return true
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), ownProcessVariable+"=1")
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil || strings.TrimSpace(out.String()) != "PASS" || errs.Len() > 0 {
		t.Errorf("the process ended with %v, and wrote\n%s\n%s", err, out.String(), errs.String())
	}
	return false
}

// Whatever happens, nothing is written to the process's output or its loggers:
// what there is to say goes to OpenTelemetry's error handler.
func TestQuiet(t *testing.T) {
	if !ownProcess(t) {
		return
	}
	var told reports
	otel.SetErrorHandler(otel.ErrorHandlerFunc(told.add))
	troubled(t)
	if len(told.all()) == 0 {
		t.Error("the error handler heard nothing")
	}
}

// logs are what a logger was given.
type logs struct {
	mu    sync.Mutex
	lines strings.Builder
}

func (l *logs) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lines.Write(b)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lines.String()
}

// A logger hears everything, at its levels, and neither content nor the key;
// then OpenTelemetry's error handler hears nothing, and one of the application's
// own as much as without.
func TestWithLogger(t *testing.T) {
	var global reports
	otel.SetErrorHandler(otel.ErrorHandlerFunc(global.add))
	t.Cleanup(func() { otel.SetErrorHandler(otel.ErrorHandlerFunc(func(error) {})) })
	var own reports
	var all logs
	troubled(t, exporter.WithErrorHandler(own.add),
		exporter.WithLogger(slog.New(slog.NewTextHandler(&all, &slog.HandlerOptions{Level: slog.LevelDebug}))))
	global.none(t)
	text := all.String()
	for _, want := range []string{
		`level=DEBUG msg="spect: a session" session=`, " name=ask reason=leak spans=",
		`level=WARN msg="spect: a problem" error="spect: the collector answered 400 Bad Request`,
		` spans had not ended when their sessions were sent" code=span_not_ended count=`, " span=gen session=", `advice="end every span`,
		`level=INFO msg="spect: shut down" sessions=`, " dropped.rejected=",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the log does not say %s", want)
		}
	}
	for line := range strings.SplitSeq(text, "\n") {
		if strings.Contains(line, exportertest.APIKey) || strings.Contains(line, content) && !strings.Contains(line, "the collector answered") {
			t.Errorf("the log says %s", line)
		}
	}
	if got, want := strings.Count(text, "spect: a problem"), len(own.all()); got != want || want == 0 {
		t.Errorf("%d problems were logged, and the handler heard %d", got, want)
	}
}

// With a logger and nothing else, no handler is called; a handler that panics
// hurts nobody; and a nil logger is none.
func TestWithLoggerAlone(t *testing.T) {
	var global reports
	otel.SetErrorHandler(otel.ErrorHandlerFunc(global.add))
	t.Cleanup(func() { otel.SetErrorHandler(otel.ErrorHandlerFunc(func(error) {})) })
	var all logs
	troubled(t, exporter.WithLogger(slog.New(slog.NewTextHandler(&all, nil))))
	global.none(t)
	if text := all.String(); !strings.Contains(text, "spect: a problem") || strings.Contains(text, "level=DEBUG") {
		t.Errorf("the log is\n%s", text)
	}
	troubled(t, exporter.WithLogger(slog.New(panickingLog{})))
	global.none(t)
	troubled(t, exporter.WithLogger(nil))
	if len(global.all()) == 0 {
		t.Error("a nil logger silences the global handler")
	}
}

// A logger that panics whatever it is asked costs no session.
func TestLoggerPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t, exporter.WithLogger(slog.New(panickingLog{enabled: true})))
		l.send(t, "s")
		shutdown(t, l.exp)
		l.col.RequireSession(t, "s")
		l.out.none(t)
	})
}

type panickingLog struct {
	slog.Handler

	enabled bool
}

func (l panickingLog) Enabled(context.Context, slog.Level) bool {
	if l.enabled {
		panic("a handler")
	}
	return true
}
func (panickingLog) Handle(context.Context, slog.Record) error { panic("a handler") }

// A callback that panics for every session is reported five times a minute, and
// then how often more; it hides nothing else.
func TestReportsAreLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		col := exportertest.NewMemoryCollector(t)
		exp, told := open(t, col.Options(exporter.WithOnTrace(func(contracts.CollectorTracePayload) { panic("panicked") }))...)
		tp := provider(exp)
		app := tp.Tracer("app")
		some := func(n int) {
			for range n {
				_, s := session(context.Background(), app, "s")
				s.End()
			}
			flush(t, exp)
		}
		some(100)
		if n := len(told.all()); n != 5 {
			t.Errorf("%d reports, want 5", n)
		}
		col.Respond(exportertest.Status(http.StatusBadRequest))
		some(1)
		if all := told.all(); len(all) != 6 || !strings.Contains(all[5], "400 Bad Request") {
			t.Errorf("the reports are %q", all)
		}
		time.Sleep(time.Minute)
		some(1)
		if all := told.all(); len(all) != 8 || all[6] != "spect: 96 more errors were not reported" || !strings.Contains(all[7], "WithOnTrace panicked") {
			t.Errorf("the reports are %q", all)
		}
		if err := tp.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	})
}
