// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spect-tools/spect-go/cmd/spect/internal/collector"
	"github.com/spect-tools/spect-go/internal/payloadtest"
	"github.com/spect-tools/spect-go/internal/reference"
)

const vectors = "../../internal/reference/testdata"

// TestReferenceClient has the published Python client post every scenario to the
// collector, and reads them back.
func TestReferenceClient(t *testing.T) {
	python := referencePython(t)
	server := newCollector(t)
	for _, v := range reference.Vectors() {
		t.Run(v.Name, func(t *testing.T) {
			run(t, python, filepath.Join(vectors, "drive.py"), "--collector", server, filepath.Join(vectors, "scenarios", v.Name+".json"))
			sameAsCaptured(t, server, v)
		})
	}
}

// TestEmitEqualsCaptures plays every scenario with `spect emit` and has the
// reference's own compare.py judge what arrives.
func TestEmitEqualsCaptures(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3, which compare.py needs")
	}
	server := newCollector(t)
	for _, v := range reference.Vectors() {
		t.Run(v.Name, func(t *testing.T) {
			cmd := newRootCommand()
			cmd.SetArgs([]string{"emit", "--collector", server, filepath.Join(vectors, "scenarios", v.Name+".json")})
			cmd.SetOut(io.Discard)
			if err := cmd.ExecuteContext(t.Context()); err != nil {
				t.Fatal(err)
			}
			read := sameAsCaptured(t, server, v)

			// The collector keeps no Authorization; exporter's tests look at that.
			var want payloadtest.Request
			if err := json.Unmarshal(v.Captured, &want); err != nil {
				t.Fatal(err)
			}
			delete(want.Headers, "authorization")
			captured, err := json.Marshal(want)
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			a, b := filepath.Join(dir, "captured.json"), filepath.Join(dir, "emitted.json")
			for name, text := range map[string][]byte{a: captured, b: read} {
				if err := os.WriteFile(name, text, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if out := run(t, python, filepath.Join(vectors, "compare.py"), a, b); strings.TrimSpace(out) != "equal" {
				t.Error(out)
			}
		})
	}
}

// referencePython is a Python that can import the reference client.
func referencePython(t *testing.T) string {
	t.Helper()
	python := os.Getenv("SPECT_REFERENCE_PYTHON")
	if python == "" {
		python = "python3"
	}
	if err := exec.CommandContext(t.Context(), python, "-c", "import spect_track").Run(); err != nil {
		t.Skipf("%s has no spect-track, the reference client: .ci/install installs it (%v)", python, err)
	}
	return python
}

func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", filepath.Base(args[0]), err, out)
	}
	return string(out)
}

func newCollector(t *testing.T) (url string) {
	t.Helper()
	server := httptest.NewServer(collector.New(collector.NewMemory(100, 64<<20)).Handler())
	t.Cleanup(server.Close)
	return server.URL
}

// sameAsCaptured reads the newest session back as the request that it came in,
// and compares that with the vector's.
func sameAsCaptured(t *testing.T, server string, v reference.Vector) (request []byte) {
	t.Helper()
	var list struct{ Sessions []struct{ ID string } }
	if err := json.Unmarshal(get(t, server+"/api/sessions?limit=1"), &list); err != nil || len(list.Sessions) != 1 {
		t.Fatalf("%d sessions, %v", len(list.Sessions), err)
	}
	request = get(t, server+"/api/sessions/"+list.Sessions[0].ID+"/request")
	var want, have payloadtest.Request
	if err := json.Unmarshal(v.Captured, &want); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(request, &have); err != nil {
		t.Fatal(err)
	}
	delete(want.Headers, "authorization") // the collector does not keep it
	for _, d := range payloadtest.DiffRequests(want, have) {
		t.Error(d)
	}
	return request
}

func get(t *testing.T, url string) []byte {
	t.Helper()
	req, err := http.NewRequestWithContext(context.WithoutCancel(t.Context()), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %v %s", url, res.Status, err, body)
	}
	return body
}
