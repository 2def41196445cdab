// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spect-tools/spect-go/exporter"
	"github.com/spect-tools/spect-go/exporter/exportertest"
	"github.com/spect-tools/spect-go/internal/payloadtest"
	"github.com/spect-tools/spect-go/internal/reference"
	"github.com/spect-tools/spect-go/tracer"
)

// execute runs the command line in this process.
func execute(ctx context.Context, stdin string, args ...string) (stdout, stderr string, err error) {
	var out, errs bytes.Buffer
	root := newRootCommand()
	root.SetArgs(args)
	root.SetIn(strings.NewReader(stdin))
	root.SetOut(&out)
	root.SetErr(&errs)
	err = root.ExecuteContext(ctx)
	return out.String(), errs.String(), err
}

// scenarioFiles writes the scenarios of the reference into files.
func scenarioFiles(t *testing.T) []string {
	t.Helper()
	dir := t.TempDir()
	var files []string
	for _, v := range reference.Vectors() {
		file := filepath.Join(dir, v.Name+".json")
		if err := os.WriteFile(file, v.Scenario, 0o600); err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	return files
}

func asCaptured(r exportertest.Request) payloadtest.Request {
	headers := map[string]string{}
	for name := range r.Header {
		headers[name] = r.Header.Get(name)
	}
	return payloadtest.Request{Method: r.Method, Path: r.Path, Headers: headers, Body: r.Body}
}

// For every scenario the request equals the one that the reference client makes.
func TestEmitEqualsReference(t *testing.T) {
	// What the environment says about sessions of programs is not for these.
	t.Setenv("SPECT_SAMPLING", `{"rate": 0}`)
	t.Setenv("SPECT_ORGANIZATION_ID", "another")
	t.Setenv("SPECT_API_KEY", "another")
	t.Setenv("SPECT_COLLECTOR_URL", "http://127.0.0.1:1")
	t.Setenv("OTEL_TRACES_SAMPLER", "always_off")
	t.Setenv("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "1")
	t.Setenv("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "5")

	col := exportertest.NewCollector(t)
	files := scenarioFiles(t)
	out, errs, err := execute(t.Context(), "", append([]string{"emit", "--collector", col.URL()}, files...)...)
	if err != nil || errs != "" {
		t.Fatalf("%v\n%s", err, errs)
	}
	requests, vectors, lines := col.Requests(), reference.Vectors(), strings.Split(out, "\n")
	if len(requests) != len(vectors) || len(lines) != len(vectors)+1 || len(vectors) < 11 {
		t.Fatalf("%d requests and %d lines for %d scenarios", len(requests), len(lines)-1, len(vectors))
	}
	for i, v := range vectors {
		want, err := payloadtest.ParseRequest(v.Captured)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range payloadtest.DiffRequests(want, asCaptured(requests[i])) {
			t.Errorf("%s: %s", v.Name, d)
		}
		p, err := requests[i].Payload()
		if err != nil {
			t.Fatal(err)
		}
		if want := files[i] + ": sent " + p.ID; lines[i] != want {
			t.Errorf("%s: printed %q, want %q", v.Name, lines[i], want)
		}
	}
}

func TestEmitReadsStandardInput(t *testing.T) {
	col := exportertest.NewCollector(t)
	v := reference.Vectors()[0]
	out, errs, err := execute(t.Context(), string(v.Scenario), "emit", "--collector", col.URL()+"/", "-")
	if err != nil || len(col.Sessions()) != 1 || out != "-: sent "+col.Sessions()[0].ID+"\n" {
		t.Errorf("%v\n%s%s", err, out, errs)
	}
}

const oneSession = `{"observer": {"organizationId": "org", "apiKey": "sk-very-secret"}, "session": {"name": "op", "model": {"modelId": "m"}}}`

// What was not accepted is said, with the reason, and does not pass for success.
func TestEmitFails(t *testing.T) {
	taken, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := "http://" + taken.Addr().String()
	if err := taken.Close(); err != nil {
		t.Fatal(err)
	}
	answering := func(r exportertest.Response) string {
		return exportertest.NewCollector(t, exportertest.WithDefault(r)).URL()
	}
	for name, c := range map[string]struct {
		collector string
		stdin     string
		args      []string
		env       string
		want      []string
	}{
		"500":          {collector: answering(exportertest.Status(500)), want: []string{"-: spect: the collector answered 500", "retries_exhausted"}},
		"401":          {collector: answering(exportertest.Status(401).WithBody("unknown key sk-very-secret")), want: []string{"-: spect: the collector answered 401", "rejected"}},
		"302":          {collector: answering(exportertest.Status(302).WithHeader("Location", "/")), want: []string{"302", "rejected"}},
		"reset":        {collector: answering(exportertest.Reset()), want: []string{"could not be reached"}},
		"no answer":    {collector: answering(exportertest.Stall()), want: []string{"could not be reached", "not accepted by http://127.0.0.1:"}},
		"nobody there": {collector: nobody, want: []string{"connection refused", "`spect dev` starts one"}},
		"no URL":       {collector: "localhost:8787", want: []string{"-: ", "scheme"}},
		"plain http":   {collector: "http://collector.example", want: []string{"-: ", "clear text"}},
		"no key":       {stdin: strings.Replace(oneSession, "sk-very-secret", "", 1), want: []string{"SPECT_API_KEY"}},
		"no JSON":      {stdin: "{", want: []string{"-: ", "JSON"}},
		"no session":   {stdin: `{"observer": {"organizationId": "org"}}`, want: []string{"session.name is missing"}},
		"no file":      {args: []string{"nowhere.json"}, want: []string{"nowhere.json: open nowhere.json: "}},
		"no time":      {args: []string{"--timeout", "0", "-"}, want: []string{"--timeout is 0s"}},
		"disabled":     {env: "SPECT_DISABLED", want: []string{"SPECT_DISABLED is set"}},
		"local":        {env: "SPECT_LOCAL", want: []string{"SPECT_LOCAL is set"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("SPECT_API_KEY", "")
			if c.env != "" {
				t.Setenv(c.env, "true")
			}
			if c.stdin == "" {
				c.stdin = oneSession
			}
			if c.args == nil {
				c.args = []string{"-"}
			}
			args := []string{"emit", "--timeout", "1s"}
			if c.collector != "" {
				args = append(args, "--collector", c.collector)
			}
			out, errs, err := execute(t.Context(), c.stdin, append(args, c.args...)...)
			if err == nil || !strings.Contains(err.Error(), "1 of 1 files") {
				t.Errorf("error %v", err)
			}
			if out != "" {
				t.Errorf("printed %q", out)
			}
			for _, want := range c.want {
				if !strings.Contains(errs, want) {
					t.Errorf("said %q, which lacks %q", errs, want)
				}
			}
			if strings.Contains(errs, "secret") {
				t.Errorf("the key is in %q", errs)
			}
		})
	}
	if _, _, err := execute(t.Context(), "", "emit"); err == nil {
		t.Error("no file at all is no error")
	}
}

// A collector that is back within the time gets its session, and the other files
// are sent whatever becomes of one.
func TestEmitGoesOn(t *testing.T) {
	col := exportertest.NewCollector(t, exportertest.WithResponses(exportertest.Status(503), exportertest.Accept(), exportertest.Status(400)))
	files := scenarioFiles(t)[:3]
	out, errs, err := execute(t.Context(), "", append([]string{"emit", "--collector", col.URL()}, files...)...)
	if err == nil || !strings.Contains(err.Error(), "1 of 3 files") {
		t.Errorf("error %v", err)
	}
	sessions := col.Sessions()
	if len(sessions) != 2 || len(col.Requests()) != 4 {
		t.Fatalf("%d sessions, %d requests", len(sessions), len(col.Requests()))
	}
	if want := files[0] + ": sent " + sessions[0].ID + "\n" + files[2] + ": sent " + sessions[1].ID + "\n"; out != want {
		t.Errorf("printed %q, want %q", out, want)
	}
	if !strings.Contains(errs, files[1]+": not accepted by "+col.URL()+": rejected\n") {
		t.Errorf("said %q", errs)
	}
}

// What is neither dropped nor delivered is no success.
func TestEmitWantsOneSession(t *testing.T) {
	col := exportertest.NewCollector(t)
	s, err := newSender(sendOptions{collector: col.URL(), timeout: time.Minute}, func(err error) { t.Error(err) },
		exporter.WithOrganizationID("org"), exporter.WithAPIKey("key"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	}()
	tr := tracer.New(s.provider)
	for sessions, want := range []string{"0 sessions were accepted", "", "2 sessions were accepted"} {
		for range sessions {
			_, session := tr.StartSession(t.Context(), "op")
			session.End()
		}
		if err := s.flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		id, err := s.check()
		if sessions == 1 && (err != nil || id != col.Sessions()[0].ID) {
			t.Errorf("one session: %q, %v", id, err)
		}
		if sessions != 1 && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%d sessions: %q, %v", sessions, id, err)
		}
	}
}

func TestEmitEndsWhenInterrupted(t *testing.T) {
	col := exportertest.NewCollector(t, exportertest.WithDefault(exportertest.Stall()))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan error, 1)
	go func() {
		_, _, err := execute(ctx, oneSession, "emit", "--collector", col.URL(), "--timeout", "1h", "-", "never.json")
		done <- err
	}()
	if err := col.WaitRequests(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

// The exit status, of a real process.
func TestEmitExitStatus(t *testing.T) {
	for status, want := range map[int]int{200: 0, 500: 1} {
		col := exportertest.NewCollector(t, exportertest.WithDefault(exportertest.Status(status)))
		cmd := exec.CommandContext(t.Context(), os.Args[0], "emit", "--collector", col.URL(), "--timeout", "100ms", "-")
		cmd.Env = append(os.Environ(), "SPECT_TEST_MAIN=1")
		cmd.Stdin = strings.NewReader(oneSession)
		out, err := cmd.CombinedOutput()
		if got := cmd.ProcessState.ExitCode(); got != want {
			t.Errorf("a collector that answers %d: exit status %d, want %d (%v)\n%s", status, got, want, err, out)
		}
	}
}

// What an error quotes stays as it is, though it says what the command says.
func TestErrorsQuoteWhatWasSaid(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), os.Args[0], "playground", "--scenario", "no: spect: such")
	cmd.Env = append(os.Environ(), "SPECT_TEST_MAIN=1")
	if out, _ := cmd.CombinedOutput(); !strings.HasPrefix(string(out), "spect: --scenario: ") || !strings.Contains(string(out), "no: spect: such") {
		t.Errorf("it says %s", out)
	}
}

// An error of the exporter's says whose it is, as the command does.
func TestErrorsSayOnceWhoseTheyAre(t *testing.T) {
	col := exportertest.NewCollector(t, exportertest.WithDefault(exportertest.Status(401)))
	for url, want := range map[string]string{
		"ftp://127.0.0.1": "spect: --collector is not a URL",
		col.URL():         "spect: vision: sessions still wait for their delivery: the collector answered 401",
	} {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "playground", "--scenario", "vision", "--collector", url, "--timeout", "100ms")
		cmd.Env = append(os.Environ(), "SPECT_TEST_MAIN=1", "SPECT_API_KEY=k", "SPECT_ORGANIZATION_ID=o")
		out, _ := cmd.CombinedOutput()
		lines := strings.Split(strings.TrimSpace(string(out)), "\n")
		if last := lines[len(lines)-1]; !strings.HasPrefix(last, want) || strings.Count(last, "spect: ") > 1 {
			t.Errorf("it ends with\n%s\nwant\n%s...", last, want)
		}
	}
}
