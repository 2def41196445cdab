// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spect-tools/spect-go/exporter/exportertest"
	"github.com/spect-tools/spect-go/internal/payloadtest"
	"github.com/spect-tools/spect-go/internal/reference"
	"github.com/spect-tools/spect-go/internal/spool"
)

// filledSpool is a spool with what the reference client has sent, and who that
// was for. Session i has the id sess-i.
func filledSpool(t *testing.T, organizations ...string) (dir string, payloads [][]byte) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "spool")
	s, err := spool.Open(dir, spool.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i, organization := range organizations {
		r, err := payloadtest.ParseRequest(reference.Vectors()[i].Captured)
		if err != nil {
			t.Fatal(err)
		}
		var payload bytes.Buffer
		if err := json.Compact(&payload, r.Body); err != nil {
			t.Fatal(err)
		}
		payloads = append(payloads, payload.Bytes())
		e := spool.Entry{SessionID: fmt.Sprintf("sess-%d", i), Organization: organization, Spans: i + 3, Payload: payload.Bytes()}
		if _, err := s.Put(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	return dir, payloads
}

// left are the sessions in a spool.
func left(t *testing.T, dir string) string {
	t.Helper()
	v, err := spool.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for e, err := range v.All() {
		if err != nil {
			t.Error(err)
		}
		ids = append(ids, e.SessionID)
	}
	return strings.Join(ids, " ")
}

// A program may have the spool open meanwhile.
func TestSpoolListAndShow(t *testing.T) {
	dir, payloads := filledSpool(t, "org a", "org b")
	s, err := spool.Open(dir, spool.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}()
	hostile := spool.Entry{SessionID: "sess-2", Payload: []byte(`{"name":"a\u001b[2Jb` + strings.Repeat("é", 100) + `"}`)}
	if _, err := s.Put(t.Context(), hostile); err != nil {
		t.Fatal(err)
	}

	out, errs, err := execute(t.Context(), "", "spool", "list", dir)
	if err != nil || errs != "" {
		t.Fatal(err, errs)
	}
	var name0, name1 struct{ Name string }
	if err := errors.Join(json.Unmarshal(payloads[0], &name0), json.Unmarshal(payloads[1], &name1)); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
	for i, want := range []string{
		`SESSION +NAME +SPANS +SIZE +AGE +ORGANIZATION`,
		`sess-0 +` + regexp.QuoteMeta(name0.Name) + ` +3 +[0-9.]+(B|KiB) +[0-9]+s +org a`,
		`sess-1 +` + regexp.QuoteMeta(name1.Name) + ` +4 +[0-9.]+(B|KiB) +[0-9]+s +org b`,
		`sess-2 +a�\[2Jbé{54}… +0 +222B +[0-9]+s +-`,
	} {
		if len(lines) != 4 || !regexp.MustCompile("^"+want+"$").MatchString(lines[i]) {
			t.Errorf("line %d of\n%s\nis not %s", i, out, want)
		}
	}

	for i, payload := range payloads {
		id := fmt.Sprintf("sess-%d", i)
		out, _, err := execute(t.Context(), "", "spool", "show", dir, id)
		if err != nil || out != string(payload)+"\n" {
			t.Errorf("%s: %v\n%s", id, err, out)
		}
		var again bytes.Buffer
		out, _, err = execute(t.Context(), "", "spool", "show", dir, id, "--pretty")
		if err != nil || strings.Count(out, "\n  ") < 10 || json.Compact(&again, []byte(out)) != nil || !bytes.Equal(again.Bytes(), payload) {
			t.Errorf("%s: %v\n%s", id, err, out)
		}
	}
	if _, _, err := execute(t.Context(), "", "spool", "show", dir, "sess-9"); err == nil || !strings.Contains(err.Error(), `no session "sess-9" waits`) {
		t.Error(err)
	}
	for _, args := range [][]string{{"replay", dir, "--collector", "http://127.0.0.1:1"}, {"drop", dir, "--all"}} {
		t.Setenv("SPECT_API_KEY", "key")
		if _, _, err := execute(t.Context(), "", append([]string{"spool"}, args...)...); !errors.Is(err, spool.ErrLocked) {
			t.Errorf("%s while a program has it: %v", args[0], err)
		}
	}
}

// What is damaged is told of and passed over.
func TestSpoolListDamaged(t *testing.T) {
	dir, payloads := filledSpool(t, "org", "org", "org")
	files, err := filepath.Glob(filepath.Join(dir, "*.spool"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	data, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	data[bytes.Index(data, payloads[1])+100] ^= 1
	if err := os.WriteFile(files[0], data, 0o600); err != nil {
		t.Fatal(err)
	}
	out, errs, err := execute(t.Context(), "", "spool", "list", dir)
	if err != nil || strings.Contains(out, "sess-1") || !strings.Contains(out, "sess-2") || !strings.Contains(errs, "1 records are damaged") {
		t.Errorf("%v\n%s%s", err, out, errs)
	}
}

func TestSpoolReplay(t *testing.T) {
	t.Setenv("SPECT_API_KEY", "sk-mine")
	t.Setenv("SPECT_ORGANIZATION_ID", "")
	dir, payloads := filledSpool(t, "org a", "org/b", "org a")
	t.Setenv("SPECT_SPOOL_DIR", dir) // whose it is does not matter
	col := exportertest.NewCollector(t, exportertest.WithResponses(exportertest.Status(503)))
	out, errs, err := execute(t.Context(), "", "spool", "replay", dir, "--collector", col.URL()+"/")
	if err != nil || errs != "" || out != "sess-0: sent\nsess-1: sent\nsess-2: sent\n" {
		t.Fatalf("%v\n%s%s", err, out, errs)
	}
	requests := col.Requests()
	if len(requests) != 4 {
		t.Fatalf("%d requests", len(requests))
	}
	for i, r := range requests[1:] {
		organization := []string{"org%20a", "org%2Fb", "org%20a"}[i]
		if !bytes.Equal(r.Body, payloads[i]) || r.Header.Get("Authorization") != "Bearer sk-mine" ||
			!strings.HasSuffix(r.Path, "/traces?name="+organization) || r.Method != "POST" ||
			r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s %s %v\n%s", r.Method, r.Path, r.Header, r.Body)
		}
	}
	if ids := left(t, dir); ids != "" {
		t.Errorf("%s are left", ids)
	}
	out, errs, err = execute(t.Context(), "", "spool", "replay", dir, "--collector", col.URL())
	if err != nil || out+errs != "" || len(col.Requests()) != 4 {
		t.Errorf("of an empty spool: %v\n%s%s", err, out, errs)
	}
}

// What is not accepted stays, and is no success.
func TestSpoolReplayFails(t *testing.T) {
	answering := func(r ...exportertest.Response) string {
		return exportertest.NewCollector(t, exportertest.WithResponses(r...), exportertest.WithDefault(r[len(r)-1])).URL()
	}
	closed := exportertest.NewCollector(t)
	closed.Close()
	for name, c := range map[string]struct {
		collector string
		env       [2]string
		left      string // "" is none, and no error
		sent      int
		said      []string
		refused   string
	}{
		"400": {
			collector: answering(exportertest.Accept(), exportertest.Status(400).WithBody("no sk-mine \x1b[2J"), exportertest.Accept()),
			left:      "sess-1", sent: 2, said: []string{"sess-1: spect: the collector answered 400", "REDACTED"}, refused: "1 of 3 sessions",
		},
		"401":            {collector: answering(exportertest.Accept(), exportertest.Status(401)), left: "sess-1 sess-2", sent: 1, said: []string{"sess-1: ", "401"}, refused: "2 of 3 sessions"},
		"503":            {collector: answering(exportertest.Status(503)), left: "sess-0 sess-1 sess-2", said: []string{"sess-0: ", "503"}, refused: "3 of 3 sessions"},
		"302":            {collector: answering(exportertest.Status(302).WithHeader("Location", "/traces")), left: "sess-0 sess-1 sess-2", said: []string{"redirects are not followed"}, refused: "3 of 3 sessions"},
		"nobody there":   {collector: closed.URL(), left: "sess-0 sess-1 sess-2", said: []string{"sess-0: spect: the collector could not be reached"}, refused: "3 of 3 sessions"},
		"another's":      {collector: answering(exportertest.Accept()), env: [2]string{"SPECT_ORGANIZATION_ID", "b"}, left: "sess-0 sess-2", sent: 1, said: []string{"sess-0: not sent: it is of the organization a", "sess-2: "}, refused: "2 of 3 sessions"},
		"plain http":     {collector: "http://collector.example", left: "sess-0 sess-1 sess-2", refused: "clear text"},
		"no key":         {collector: closed.URL(), env: [2]string{"SPECT_API_KEY", ""}, left: "sess-0 sess-1 sess-2", refused: "SPECT_API_KEY"},
		"disabled":       {collector: closed.URL(), env: [2]string{"SPECT_DISABLED", "true"}, left: "sess-0 sess-1 sess-2", refused: "SPECT_DISABLED is set"},
		"no collector":   {left: "sess-0 sess-1 sess-2", refused: "--collector URL"},
		"from variables": {env: [2]string{"SPECT_COLLECTOR_URL", closed.URL()}, left: "sess-0 sess-1 sess-2", refused: "--collector URL"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("SPECT_API_KEY", "sk-mine")
			t.Setenv("SPECT_ORGANIZATION_ID", "")
			if c.env[0] != "" {
				t.Setenv(c.env[0], c.env[1])
			}
			dir, _ := filledSpool(t, "a", "b", "a")
			args := []string{"spool", "replay", dir, "--timeout", "100ms"}
			if c.collector != "" {
				args = append(args, "--collector", c.collector)
			}
			out, errs, err := execute(t.Context(), "", args...)
			if err == nil || !strings.Contains(err.Error(), c.refused) {
				t.Errorf("error %v, want one with %q", err, c.refused)
			}
			if n := strings.Count(out, ": sent\n"); n != c.sent {
				t.Errorf("printed %q, want %d sent", out, c.sent)
			}
			if ids := left(t, dir); ids != c.left {
				t.Errorf("left are %q, want %q", ids, c.left)
			}
			for _, want := range c.said {
				if !strings.Contains(errs, want) {
					t.Errorf("said %q, which lacks %q", errs, want)
				}
			}
			if strings.Contains(errs+fmt.Sprint(err), "sk-mine") || strings.Contains(errs, "\x1b") {
				t.Errorf("said %q, %v", errs, err)
			}
		})
	}
}

func TestSpoolReplayEndsWhenInterrupted(t *testing.T) {
	t.Setenv("SPECT_API_KEY", "sk-mine")
	dir, _ := filledSpool(t, "a", "a", "a")
	col := exportertest.NewCollector(t, exportertest.WithResponses(exportertest.Accept()), exportertest.WithDefault(exportertest.Stall()))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan error, 1)
	go func() {
		_, _, err := execute(ctx, "", "spool", "replay", dir, "--collector", col.URL(), "--timeout", "1h")
		done <- err
	}()
	if err := col.WaitRequests(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "2 of 3 sessions stay") {
		t.Errorf("error %v", err)
	}
	if ids := left(t, dir); ids != "sess-1 sess-2" {
		t.Errorf("left are %s", ids)
	}
}

func TestSpoolDrop(t *testing.T) {
	dir, _ := filledSpool(t, "a", "a", "b", "b")
	for _, x := range []struct {
		args            []string
		out, left, fail string
	}{
		{args: nil, left: "sess-0 sess-1 sess-2 sess-3", fail: "--all"},
		{args: []string{"sess-1", "--all"}, left: "sess-0 sess-1 sess-2 sess-3", fail: "--all"},
		{args: []string{"sess-1", "sess-8"}, left: "sess-0 sess-1 sess-2 sess-3", fail: `no session "sess-8" waits`},
		{args: []string{"sess-2", "sess-0"}, out: "sess-0: dropped, 3 spans\nsess-2: dropped, 5 spans\n", left: "sess-1 sess-3"},
		{args: []string{"sess-2"}, left: "sess-1 sess-3", fail: `no session "sess-2" waits`},
		{args: []string{"--all"}, out: "sess-1: dropped, 4 spans\nsess-3: dropped, 6 spans\n"},
		{args: []string{"--all"}},
	} {
		out, errs, err := execute(t.Context(), "", append([]string{"spool", "drop", dir}, x.args...)...)
		if (err == nil) != (x.fail == "") || err != nil && !strings.Contains(err.Error(), x.fail) || out != x.out || errs != "" {
			t.Errorf("drop %q: %v\n%s%s", x.args, err, out, errs)
		}
		if ids := left(t, dir); ids != x.left {
			t.Errorf("drop %q: left are %q, want %q", x.args, ids, x.left)
		}
	}
}

// A directory that is none of a spool is left as it is.
func TestSpoolWantsSpool(t *testing.T) {
	t.Setenv("SPECT_API_KEY", "sk-mine")
	empty := t.TempDir()
	for _, dir := range []string{empty, filepath.Join(empty, "nowhere")} {
		for _, args := range [][]string{{"list", dir}, {"show", dir, "x"}, {"replay", dir, "--collector", "http://127.0.0.1:1"}, {"drop", dir, "--all"}} {
			if _, _, err := execute(t.Context(), "", append([]string{"spool"}, args...)...); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("%s: %v", args[0], err)
			}
		}
	}
	if entries, err := os.ReadDir(empty); err != nil || len(entries) > 0 {
		t.Errorf("%v, %v", entries, err)
	}
}
