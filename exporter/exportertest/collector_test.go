// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exportertest_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spect-tools/spect-go/exporter"
	"github.com/spect-tools/spect-go/exporter/exportertest"
	"github.com/spect-tools/spect-go/internal/payloadtest"
)

// kinds runs a test against both kinds of collector; the one in memory in a
// bubble.
func kinds(t *testing.T, test func(t *testing.T, start func(...exportertest.Option) *exportertest.Collector)) {
	t.Run("port", func(t *testing.T) {
		test(t, func(opts ...exportertest.Option) *exportertest.Collector {
			return exportertest.NewCollector(t, opts...)
		})
	})
	t.Run("memory", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			test(t, func(opts ...exportertest.Option) *exportertest.Collector {
				return exportertest.NewMemoryCollector(t, opts...)
			})
		})
	})
}

// client is a client of its own, closed with the test.
func client(t *testing.T, col *exportertest.Collector) *http.Client {
	rt, ok := col.Transport().(*http.Transport)
	if !ok {
		rt = &http.Transport{}
	}
	t.Cleanup(rt.CloseIdleConnections)
	return &http.Client{Transport: rt, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

func post(t *testing.T, col *exportertest.Collector, body []byte) (status int, answer string, err error) {
	t.Helper()
	return send(t, col, http.MethodPost, "/traces?name=o", "Bearer k", bytes.NewReader(body))
}

func send(t *testing.T, col *exportertest.Collector, method, path, authorization string, body io.Reader) (int, string, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, col.URL()+path, body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", authorization)
	res, err := client(t, col).Do(req)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	return res.StatusCode, string(answer), err
}

func TestCollectorAccepts(t *testing.T) {
	kinds(t, func(t *testing.T, start func(...exportertest.Option) *exportertest.Collector) {
		col := start()
		sample := payloadtest.Sample()
		if status, _, err := post(t, col, sample); status != http.StatusOK || err != nil {
			t.Fatalf("status %d, %v", status, err)
		}
		requests := col.Requests()
		if len(requests) != 1 {
			t.Fatalf("%d requests", len(requests))
		}
		r := requests[0]
		if r.Method != http.MethodPost || r.Path != "/traces?name=o" || r.Header.Get("Authorization") != "Bearer k" ||
			!bytes.Equal(r.Body, sample) || r.Status != http.StatusOK || r.Arrived.IsZero() {
			t.Errorf("the request is not as sent: %+v", r)
		}
		p := col.RequireSession(t, col.Sessions()[0].Name)
		if d := payloadtest.Diff(sample, p.AppendJSON(nil)); len(d) > 0 {
			t.Errorf("the session is not as sent: %v", d)
		}
	})
}

func TestCollectorRefuses(t *testing.T) {
	col := exportertest.NewCollector(t)
	sample := string(payloadtest.Sample())
	for _, test := range []struct {
		method, path, authorization, body string
		want                              int
	}{
		{http.MethodPost, "/trace?name=o", "Bearer k", sample, http.StatusNotFound},
		{http.MethodPut, "/traces?name=o", "Bearer k", sample, http.StatusMethodNotAllowed},
		{http.MethodPost, "/traces", "Bearer k", sample, http.StatusBadRequest},
		{http.MethodPost, "/traces?name=o", "k", sample, http.StatusUnauthorized},
		{http.MethodPost, "/traces?name=o", "Bearer ", sample, http.StatusUnauthorized},
		{http.MethodPost, "/traces?name=o", "Bearer k", sample[:len(sample)-2], http.StatusBadRequest},
		{http.MethodPost, "/traces?name=o", "Bearer k", "", http.StatusBadRequest},
	} {
		status, _, err := send(t, col, test.method, test.path, test.authorization, strings.NewReader(test.body))
		if status != test.want || err != nil {
			t.Errorf("%s %s, %q: status %d, want %d (%v)", test.method, test.path, test.authorization, status, test.want, err)
		}
	}
	if n := len(col.Sessions()); n != 0 {
		t.Errorf("%d sessions of refused requests", n)
	}
}

func TestScriptIsForOneRequestEach(t *testing.T) {
	kinds(t, func(t *testing.T, start func(...exportertest.Option) *exportertest.Collector) {
		col := start(
			exportertest.WithResponses(exportertest.Status(500), exportertest.Response{}),
			exportertest.WithDefault(exportertest.Status(418)))
		col.Respond(exportertest.Status(401).WithBody("who?").WithHeader("x-why", "a").WithHeader("X-Why", "b"))
		var got []string
		for range 5 {
			status, answer, err := post(t, col, payloadtest.Sample())
			got = append(got, fmt.Sprint(status, answer, err))
		}
		const want = "[500<nil> 200<nil> 401who?<nil> 418<nil> 418<nil>]"
		if fmt.Sprint(got) != want {
			t.Errorf("answers %v, want %s", got, want)
		}
		if n := len(col.Sessions()); n != 1 {
			t.Errorf("%d sessions, want the one that was accepted", n)
		}
	})
}

func TestRetryAfterForms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		col := exportertest.NewMemoryCollector(t)
		col.Respond(exportertest.RetryAfter(429, 90*time.Second), exportertest.RetryAfterDate(503, 90*time.Second))
		for range 2 {
			req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, col.URL()+"/traces", http.NoBody)
			res, err := client(t, col).Do(req)
			if err != nil {
				t.Fatal(err)
			}
			_ = res.Body.Close()
			value := res.Header.Get("Retry-After")
			if res.StatusCode == 429 && value != "90" {
				t.Errorf("Retry-After: %s", value)
			}
			if at, err := http.ParseTime(value); res.StatusCode == 503 && (err != nil || time.Until(at) != 90*time.Second) {
				t.Errorf("Retry-After: %s, %v from now", value, time.Until(at))
			}
		}
	})
}

func TestFaults(t *testing.T) {
	sample := payloadtest.Sample()
	kinds(t, func(t *testing.T, start func(...exportertest.Option) *exportertest.Collector) {
		col := start(exportertest.WithResponses(
			exportertest.Reset(), exportertest.Truncated(), exportertest.Huge(1<<20+1), exportertest.Early(413)))

		if _, _, err := post(t, col, sample); !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("a reset is %v", err)
		}
		if status, _, err := post(t, col, sample); status != 200 || !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("a truncated answer is %d, %v", status, err)
		}
		if status, answer, err := post(t, col, sample); status != 200 || len(answer) != 1<<20+1 || err != nil {
			t.Errorf("a huge answer is %d, %d bytes, %v", status, len(answer), err)
		}
		if status, _, err := post(t, col, sample); status != 413 || err != nil {
			t.Errorf("an early answer is %d, %v", status, err)
		}
		requests := col.Requests()
		if body := requests[3].Body; body != nil {
			t.Errorf("an early answer has read %d bytes", len(body))
		}
		if len(col.Sessions()) != 2 {
			t.Errorf("%d sessions, want the two that were accepted", len(col.Sessions()))
		}

		col.Close()
		if _, _, err := post(t, col, sample); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("a closed collector is %v", err)
		}
	})
}

// A response is for any number of requests, also at the same time.
func TestHugeAgain(t *testing.T) {
	kinds(t, func(t *testing.T, start func(...exportertest.Option) *exportertest.Collector) {
		col := start(exportertest.WithDefault(exportertest.Huge(10_000)))
		for range 2 {
			if _, answer, err := post(t, col, payloadtest.Sample()); len(answer) != 10_000 || err != nil {
				t.Errorf("%d bytes, %v", len(answer), err)
			}
		}
	})
}

// The session is there, and who sent it does not know.
func TestUnheard(t *testing.T) {
	kinds(t, func(t *testing.T, start func(...exportertest.Option) *exportertest.Collector) {
		col := start(exportertest.WithDefault(exportertest.Unheard()))
		if _, _, err := post(t, col, payloadtest.Sample()); !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("the answer is %v", err)
		}
		if _, _, err := post(t, col, []byte("no payload")); !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("the answer is %v", err)
		}
		if n := len(col.Sessions()); n != 1 {
			t.Errorf("%d sessions, want 1", n)
		}
	})
}

func TestTooLarge(t *testing.T) {
	kinds(t, func(t *testing.T, start func(...exportertest.Option) *exportertest.Collector) {
		sample := payloadtest.Sample()
		col := start(exportertest.WithResponses(exportertest.TooLarge(len(sample)-1), exportertest.TooLarge(len(sample))))
		for _, want := range []int{413, 200} {
			if status, _, err := post(t, col, sample); status != want || err != nil {
				t.Errorf("the answer is %d, %v, want %d", status, err, want)
			}
		}
		if n := len(col.Sessions()); n != 1 {
			t.Errorf("%d sessions, want 1", n)
		}
	})
}

func TestTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		col := exportertest.NewMemoryCollector(t)
		body := append(payloadtest.Sample(), bytes.Repeat([]byte(" "), 16<<10)...)
		col.Respond(exportertest.Delay(time.Minute), exportertest.Status(500).After(time.Hour), exportertest.SlowRead(time.Second))
		for _, want := range []struct {
			status   int
			from, to time.Duration
		}{{200, time.Minute, time.Minute}, {500, time.Hour, time.Hour}, {200, 5 * time.Second, time.Minute}} {
			begin := time.Now()
			status, _, err := post(t, col, body)
			if took := time.Since(begin); status != want.status || err != nil || took < want.from || took > want.to {
				t.Errorf("status %d after %v (%v), want %+v", status, took, err, want)
			}
		}
	})
}

func TestStallEndsWithTheClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		col := exportertest.NewMemoryCollector(t, exportertest.WithDefault(exportertest.Stall()))
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		req, _ := http.NewRequestWithContext(ctx, http.MethodPost, col.URL()+"/traces", bytes.NewReader(payloadtest.Sample()))
		_, err := client(t, col).Do(req)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("stalled: %v", err)
		}
		if r := col.Requests(); len(r) != 1 || r[0].Status != 0 || len(r[0].Body) == 0 {
			t.Errorf("the request is %+v", r)
		}
	})
}

// A collector that is closed lets nobody hang.
func TestCloseBreaksOff(t *testing.T) {
	kinds(t, func(t *testing.T, start func(...exportertest.Option) *exportertest.Collector) {
		col := start(exportertest.WithDefault(exportertest.Stall()))
		failed := background(func() error {
			_, _, err := post(t, col, payloadtest.Sample())
			return err
		})
		if err := col.WaitRequests(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		col.Close()
		col.Close()
		if err := <-failed; err == nil {
			t.Error("the stalled request was answered")
		}
	})
}

func background(f func() error) <-chan error {
	done := make(chan error, 1)
	go func() { done <- f() }()
	return done
}

func TestWaiting(t *testing.T) {
	kinds(t, func(t *testing.T, start func(...exportertest.Option) *exportertest.Collector) {
		col := start(exportertest.WithResponses(exportertest.Status(500)))
		waited := background(func() error { return col.WaitSessions(t.Context(), 3) })
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() { _, _, _ = post(t, col, payloadtest.Sample()) })
		}
		if err := <-waited; err != nil {
			t.Error(err)
		}
		wg.Wait()

		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := col.WaitRequests(ctx, 5); !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "4 of 5 requests") {
			t.Errorf("waiting in vain: %v", err)
		}
	})
}

// A collector that refuses is one that is not there, until it is again.
func TestRefuse(t *testing.T) {
	kinds(t, func(t *testing.T, start func(...exportertest.Option) *exportertest.Collector) {
		col := start()
		body := payloadtest.Sample()
		for i := range 3 {
			if status, _, err := post(t, col, body); err != nil || status != http.StatusOK {
				t.Fatalf("time %d: %d, %v", i, status, err)
			}
			col.Refuse(t, true)
			col.Refuse(t, true)
			if _, _, err := post(t, col, body); err == nil { // on the connection that was broken
				t.Errorf("time %d: it answered", i)
			}
			if _, _, err := post(t, col, body); !errors.Is(err, syscall.ECONNREFUSED) {
				t.Errorf("time %d: %v", i, err)
			}
			col.Refuse(t, false)
		}
		if n := len(col.Sessions()); n != 3 {
			t.Errorf("%d sessions", n)
		}
		col.Refuse(t, true)
	})
}

// RequireSession ends the test when the session is not there, and says what is.
func TestRequireSession(t *testing.T) {
	col := exportertest.NewCollector(t)
	for _, want := range []string{"none", `"agent.run"`} {
		f := failing(t, func(t testing.TB) { col.RequireSession(t, "other") })
		if !strings.Contains(f.text, `"other"`) || !strings.Contains(f.text, want) {
			t.Errorf("it says %q, which lacks %q", f.text, want)
		}
		if _, _, err := post(t, col, payloadtest.Sample()); err != nil {
			t.Fatal(err)
		}
	}
}

// failing runs what is to end the test, and returns what it said.
func failing(t *testing.T, f func(testing.TB)) (out *fatal) {
	t.Helper()
	out = &fatal{TB: t}
	defer func() {
		if r := recover(); r != nil && r != any(out) {
			panic(r)
		}
	}()
	f(out)
	return out
}

type fatal struct {
	testing.TB
	text string
}

func (f *fatal) Helper() {}

func (f *fatal) Fatalf(format string, args ...any) {
	f.text = fmt.Sprintf(format, args...)
	panic(f)
}

// The options lead an exporter to the collector, and more of them go on top.
func TestOptions(t *testing.T) {
	kinds(t, func(t *testing.T, start func(...exportertest.Option) *exportertest.Collector) {
		col := start()
		exp, err := exporter.New(col.Options(exporter.WithOrganizationID("another"))...)
		if err != nil {
			t.Fatal(err)
		}
		if err := exp.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		u, err := url.Parse(col.URL())
		if err != nil || u.Scheme != "http" || u.Host == "" {
			t.Errorf("URL %s: %v", col.URL(), err)
		}
		if host, _, _ := net.SplitHostPort(u.Host); host == "0.0.0.0" {
			t.Error("the collector can be reached from elsewhere")
		}
	})
}

// A response is a value: what one adds to it is not on the others made of it.
func TestResponsesAreValues(t *testing.T) {
	first := exportertest.Status(http.StatusAccepted).WithHeader("A", "1")
	_ = first.WithHeader("B", "2").WithBody("more").After(time.Hour)
	col := exportertest.NewCollector(t, exportertest.WithResponses(first))
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, col.URL(), http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	res, err := client(t, col).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusAccepted || res.Header.Get("A") != "1" || res.Header.Get("B") != "" || len(body) > 0 {
		t.Errorf("%s with %v and %q, %v", res.Status, res.Header, body, err)
	}
}
