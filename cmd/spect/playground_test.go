// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/spect-tools/spect-go/cmd/spect/internal/playground"
	"github.com/spect-tools/spect-go/exporter/exportertest"
)

func TestPlaygroundSendsEach(t *testing.T) {
	t.Setenv("SPECT_ORGANIZATION_ID", "")
	t.Setenv("SPECT_API_KEY", "sk-mine")
	col := exportertest.NewCollector(t)
	out, errs, err := execute(t.Context(), "", "playground", "--scenario", playground.All, "--collector", col.URL())
	if err != nil || errs != "" {
		t.Fatalf("%v\n%s", err, errs)
	}
	scenarios, sessions, requests := playground.Scenarios(), col.Sessions(), col.Requests()
	if len(sessions) != len(scenarios) || len(requests) != len(scenarios) {
		t.Fatalf("%d sessions in %d requests for %d scenarios", len(sessions), len(requests), len(scenarios))
	}
	for i, line := range strings.Split(strings.TrimSuffix(out, "\n"), "\n") {
		if want := scenarios[i].Name + ": sent " + sessions[i].ID; line != want {
			t.Errorf("printed %q, want %q", line, want)
		}
		if got := sessions[i].OrganizationID; got != "local" {
			t.Errorf("sent for %s", got)
		}
		if got := requests[i].Header.Get("Authorization"); got != "Bearer sk-mine" {
			t.Errorf("sent with %s", got)
		}
	}
}

func TestPlaygroundRepeats(t *testing.T) {
	col := exportertest.NewCollector(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan error, 1)
	go func() {
		_, _, err := execute(ctx, "", "playground", "--scenario", "vision", "--collector", col.URL(), "--repeat=1ms")
		done <- err
	}()
	if err := col.WaitSessions(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestPlaygroundLists(t *testing.T) {
	out, _, err := execute(t.Context(), "", "playground", "--list")
	if err != nil {
		t.Fatal(err)
	}
	for _, sc := range playground.Scenarios() {
		if !strings.Contains(out, "\n"+sc.Name+" ") && !strings.HasPrefix(out, sc.Name+" ") {
			t.Errorf("%s is not in the list:\n%s", sc.Name, out)
		}
	}
}

func TestPlaygroundFails(t *testing.T) {
	refusing := exportertest.NewCollector(t, exportertest.WithDefault(exportertest.Status(401)))
	closed := exportertest.NewCollector(t)
	closed.Close()
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"unknown":      {[]string{"--scenario", "poem"}, "openai:responses, all"},
		"none":         {nil, "scenario"},
		"refused":      {[]string{"--scenario", "vision", "--collector", refusing.URL()}, "the collector answered 401"},
		"nobody there": {[]string{"--scenario", "vision", "--collector", closed.URL()}, "`spect dev` starts one"},
	} {
		t.Run(name, func(t *testing.T) {
			out, _, err := execute(t.Context(), "", append([]string{"playground", "--timeout", "100ms"}, c.args...)...)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
			if out != "" {
				t.Errorf("printed %q", out)
			}
		})
	}
}

// spect dev --demo as it is: all that it sends arrives, and can be looked at.
func TestDevDemoFillsCollector(t *testing.T) {
	dev := startDev(t, demo, "--addr", "127.0.0.1:0", "--demo")
	var list struct {
		Sessions []struct {
			ID     string `json:"id"`
			Name   string `json:"name"`
			Input  string `json:"input"`
			Status string `json:"status"`
			Spans  int    `json:"spans"`
		} `json:"sessions"`
	}
	want := len(playground.Scenarios())
	for len(list.Sessions) < want && t.Context().Err() == nil {
		time.Sleep(10 * time.Millisecond)
		_, body := fetch(t, "GET", dev.url+"/api/sessions", "")
		if err := json.Unmarshal([]byte(body), &list); err != nil {
			t.Fatal(err, body)
		}
	}
	if newest := list.Sessions[0]; newest.Name != "openai.responses.create" || newest.Spans != 9 {
		t.Errorf("on top is %+v", newest)
	}
	failed := 0
	for _, s := range list.Sessions {
		if s.Status == "error" {
			failed++
		}
		if s.Input == "" {
			t.Errorf("%s asks nothing", s.Name)
		}
	}
	if failed != 1 {
		t.Errorf("%d sessions failed, want 1", failed)
	}
}
