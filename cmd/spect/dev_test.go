// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// TestMain lets the test binary be the command itself, for the test that sends it signals.
func TestMain(m *testing.M) {
	if os.Getenv("SPECT_TEST_MAIN") != "" {
		main()
		return
	}
	goleak.VerifyTestMain(m)
}

// running is a `spect dev` in this process.
type running struct {
	url  string
	out  *lockedBuffer
	stop func() error
}

// startDev runs the command with args and waits until it has said its address.
func startDev(t *testing.T, demo func(context.Context, string) error, args ...string) *running {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r := &running{out: &lockedBuffer{}}
	said, output := io.Pipe()
	cmd := newDevCommand(demo)
	cmd.SetArgs(args)
	cmd.SetOut(io.MultiWriter(r.out, output))
	cmd.SetErr(r.out)
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	done := make(chan error, 1)
	go func() {
		done <- cmd.ExecuteContext(ctx)
		_ = output.Close()
	}()
	r.stop = sync.OnceValue(func() error {
		cancel()
		return <-done
	})
	t.Cleanup(func() {
		if err := r.stop(); err != nil {
			t.Errorf("spect dev: %v", err)
		}
	})
	buf := make([]byte, 4096) // the command says it all in one write
	n, _ := said.Read(buf)
	go func() { _, _ = io.Copy(io.Discard, said) }()
	r.url = regexp.MustCompile(`http://\S+`).FindString(string(buf[:n]))
	if r.url == "" {
		t.Fatalf("no address was printed: %q, %v", buf[:n], r.stop())
	}
	return r
}

func fetch(t *testing.T, method, url, body string, header ...string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(data)
}

func TestDevReceivesAndShows(t *testing.T) {
	dev := startDev(t, nil, "--addr", "127.0.0.1:0")
	for _, line := range []string{"export SPECT_COLLECTOR_URL=" + dev.url + "\n", "export SPECT_ORGANIZATION_ID=local\n", "export SPECT_API_KEY=local\n"} {
		if !strings.Contains(dev.out.String(), line) {
			t.Errorf("the output lacks %q:\n%s", line, dev.out)
		}
	}
	if status, body := fetch(t, "POST", dev.url+"/traces?name=local", `{"id":"s"}`, "Content-Type", "application/json", "Authorization", "Bearer local"); status != 200 {
		t.Fatal(status, body)
	}
	if status, body := fetch(t, "GET", dev.url+"/api/sessions/s", ""); status != 200 || body != `{"id":"s"}` {
		t.Error(status, body)
	}
	if status, body := fetch(t, "GET", dev.url+"/", ""); status != 200 || !strings.Contains(body, "<title>Spect</title>") {
		t.Error(status, body)
	}
	if err := dev.stop(); err != nil {
		t.Error(err)
	}
}

func TestDevLimits(t *testing.T) {
	dev := startDev(t, nil, "--addr", "127.0.0.1:0", "--max-sessions", "2", "--max-body", "1KiB")
	for _, id := range []string{"a", "b", "c"} {
		fetch(t, "POST", dev.url+"/traces?name=o", `{"id":"`+id+`"}`, "Content-Type", "application/json")
	}
	if status, _ := fetch(t, "GET", dev.url+"/api/sessions/a", ""); status != 404 {
		t.Errorf("--max-sessions: the oldest of three answers %d", status)
	}
	if status, _ := fetch(t, "GET", dev.url+"/api/sessions/c", ""); status != 200 {
		t.Errorf("--max-sessions: the newest of three answers %d", status)
	}
	if status, _ := fetch(t, "POST", dev.url+"/traces?name=o", `{"id":"`+strings.Repeat("x", 1100)+`"}`, "Content-Type", "application/json"); status != 413 {
		t.Errorf("--max-body: %d", status)
	}
}

func TestDevRefusesBadConfiguration(t *testing.T) {
	t.Setenv(devTokenEnv, "")
	taken, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"port taken":     {[]string{"--addr", taken.Addr().String()}, "--addr 127.0.0.1:0"},
		"all addresses":  {[]string{"--addr", "0.0.0.0:0"}, "--allow-remote"},
		"no host":        {[]string{"--addr", ":0"}, "--allow-remote"},
		"IPv6 all":       {[]string{"--addr", "[::]:0"}, "--allow-remote"},
		"a name":         {[]string{"--addr", "devbox.example:0"}, "--allow-remote"},
		"no port":        {[]string{"--addr", "127.0.0.1"}, "cannot listen on --addr 127.0.0.1"},
		"no token":       {[]string{"--addr", "0.0.0.0:0", "--allow-remote"}, devTokenEnv},
		"short token":    {[]string{"--addr", "0.0.0.0:0", "--allow-remote", "--token", "short"}, "16 characters"},
		"no sessions":    {[]string{"--max-sessions", "0"}, "1 or more"},
		"no size":        {[]string{"--max-body", "much"}, "64MiB"},
		"little memory":  {[]string{"--max-memory", "1MiB"}, "--max-body (64MiB)"},
		"stray argument": {[]string{"stray"}, "stray"},
		"no demo here":   {[]string{"--demo"}, "--demo"},
	} {
		t.Run(name, func(t *testing.T) {
			cmd := newDevCommand(nil)
			cmd.SetArgs(c.args)
			cmd.SetOut(io.Discard)
			cmd.SetErr(io.Discard)
			cmd.SilenceErrors, cmd.SilenceUsage = true, true
			// Done already: a command that starts after all ends at once, without an error.
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			if name == "port taken" || name == "no port" { // listening asks the context
				ctx = t.Context()
			}
			err := cmd.ExecuteContext(ctx)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
}

func TestDevBeyondLoopbackDemandsToken(t *testing.T) {
	const token = "a-token-of-enough-characters"
	t.Setenv(devTokenEnv, token)
	dev := startDev(t, nil, "--addr", "0.0.0.0:0", "--allow-remote")
	if !strings.Contains(dev.out.String(), `SPECT_API_KEY="$SPECT_DEV_TOKEN"`) || strings.Contains(dev.out.String(), token) {
		t.Errorf("output: %s", dev.out)
	}
	if status, _ := fetch(t, "GET", dev.url+"/api/sessions", ""); status != 401 {
		t.Errorf("without the token: %d", status)
	}
	if status, body := fetch(t, "POST", dev.url+"/traces?name=o", `{"id":"s"}`, "Content-Type", "application/json", "Authorization", "Bearer "+token); status != 200 {
		t.Errorf("with the token: %d %s", status, body)
	}
}

func TestDevHelpHidesToken(t *testing.T) {
	t.Setenv(devTokenEnv, "a-token-of-enough-characters")
	var out bytes.Buffer
	root := newRootCommand()
	root.SetArgs([]string{"dev", "--help"})
	root.SetOut(&out)
	if err := root.Execute(); err != nil || strings.Contains(out.String(), "a-token") || !strings.Contains(out.String(), "--max-body size") {
		t.Errorf("%v\n%s", err, out.String())
	}
}

func TestDevDemo(t *testing.T) {
	asked := make(chan string, 1)
	demo := func(_ context.Context, url string) error {
		asked <- url
		return errors.New("no example could be sent")
	}
	dev := startDev(t, demo, "--addr", "127.0.0.1:0", "--demo")
	if got := <-asked; got != dev.url {
		t.Errorf("the demo was told %s, not %s", got, dev.url)
	}
	if status, _ := fetch(t, "GET", dev.url+"/healthz", ""); status != 200 {
		t.Errorf("the collector goes on after a demo that failed: %d", status)
	}
	if err := dev.stop(); err != nil {
		t.Error(err)
	}
	if !strings.Contains(dev.out.String(), "no example could be sent") {
		t.Errorf("the demo's error is not told: %s", dev.out)
	}

	asked = make(chan string, 1)
	dev = startDev(t, demo, "--addr", "127.0.0.1:0")
	if err := dev.stop(); err != nil || len(asked) != 0 {
		t.Errorf("without --demo: %v, asked %d times", err, len(asked))
	}
}

// The signals that end a program, to a real process.
func TestDevEndsOnSignals(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows sends no such signals to a process")
	}
	for _, signal := range []os.Signal{syscall.SIGINT, syscall.SIGTERM} {
		t.Run(signal.String(), func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			cmd := exec.CommandContext(ctx, os.Args[0], "dev", "--addr", "127.0.0.1:0")
			cmd.Env = append(os.Environ(), "SPECT_TEST_MAIN=1")
			var errs bytes.Buffer
			cmd.Stderr = &errs
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			first := make([]byte, 16)
			if _, err := io.ReadFull(out, first); err != nil { // it runs
				t.Fatal(err, errs.String())
			}
			if err := cmd.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			_, _ = io.Copy(io.Discard, out)
			if err := cmd.Wait(); err != nil {
				t.Errorf("%v\n%s", err, errs.String())
			}
		})
	}
}

func TestByteSize(t *testing.T) {
	for in, want := range map[string]byteSize{
		"1": 1, "4096": 4096, "64MiB": 64 << 20, "64mib": 64 << 20, "10 MB": 10_000_000, "2KiB": 2048, "3kb": 3000, "1GiB": 1 << 30, "7B": 7, " 5 ": 5,
	} {
		var got byteSize
		if err := got.Set(in); err != nil || got != want {
			t.Errorf("%q = %d, %v; want %d", in, got, err, want)
		}
	}
	for _, in := range []string{"", "0", "-1", "MiB", "1.5MiB", "1TB", "9223372036854775807KB", "1 2"} {
		got := byteSize(7)
		if err := got.Set(in); err == nil || got != 7 {
			t.Errorf("%q was taken as %d", in, got)
		}
	}
	for in, want := range map[byteSize]string{64 << 20: "64MiB", 1 << 30: "1GiB", 1025: "1025", 2048: "2KiB"} {
		if got := in.String(); got != want {
			t.Errorf("%d is written %q, want %q", int64(in), got, want)
		}
	}
}

func TestPageURL(t *testing.T) {
	for addr, want := range map[string]string{"127.0.0.1": "http://127.0.0.1:80", "::1": "http://[::1]:80", "0.0.0.0": "http://localhost:80", "::": "http://localhost:80"} {
		if got := pageURL(&net.TCPAddr{IP: net.ParseIP(addr), Port: 80}); got != want {
			t.Errorf("%s: %s, want %s", addr, got, want)
		}
	}
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
