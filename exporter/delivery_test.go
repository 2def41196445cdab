// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/exporter"
	"github.com/spect-tools/spect-go/exporter/exportertest"
)

// send ends one session of one span behind l.
func (l *line) send(t *testing.T, name string) {
	t.Helper()
	tr := provider(l.exp).Tracer("app")
	_, s := session(t.Context(), tr, name)
	s.End()
}

// gaps are the times between the requests that arrived.
func (l *line) gaps() []time.Duration {
	var out []time.Duration
	for i, r := range l.col.Requests() {
		if i > 0 {
			out = append(out, r.Arrived.Sub(l.col.Requests()[i-1].Arrived))
		}
	}
	return out
}

// What may go well the next time is tried again, and what will not is not.
func TestRetries(t *testing.T) {
	again := []exportertest.Response{
		exportertest.Status(408), exportertest.Status(429), exportertest.Status(500), exportertest.Status(502),
		exportertest.Status(503), exportertest.Status(504), exportertest.Status(599), exportertest.Reset(), exportertest.Stall(),
	}
	for i, r := range again {
		t.Run(fmt.Sprintf("again %d", i), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLine(t)
				l.col.Respond(r, r)
				l.send(t, "s")
				flush(t, l.exp)
				l.col.RequireSession(t, "s")
				l.out.one(t)
				if s := l.exp.Stats(); s.Retries != 2 || s.Delivered != 1 || len(l.col.Requests()) != 3 {
					t.Errorf("%d requests, %+v", len(l.col.Requests()), s)
				}
				first, second, third := string(l.col.Requests()[0].Body), string(l.col.Requests()[1].Body), string(l.col.Requests()[2].Body)
				if first != third || second != third {
					t.Error("a retry sends something else")
				}
			})
		})
	}
	for _, status := range []int{100 + 99, 300, 304, 307, 400, 404, 405, 410, 413, 415, 422, 501} {
		t.Run(fmt.Sprintf("not %d", status), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				exp, told := open(t, exporter.WithOrganizationID("o"), exporter.WithAPIKey("k"),
					exporter.WithTransport(roundTrip(func(*http.Request) (*http.Response, error) {
						return &http.Response{StatusCode: status, Body: http.NoBody}, nil
					})))
				_, s := session(t.Context(), provider(exp).Tracer("app"), "s")
				s.End()
				flush(t, exp)
				if stats := exp.Stats(); stats.Retries != 0 || stats.Dropped[exporter.DropRejected] != 1 {
					t.Errorf("%+v", stats)
				}
				if text := told.one(t); !strings.Contains(text, fmt.Sprint(status)) {
					t.Errorf("reported: %s", text)
				}
			})
		})
	}
}

// Each wait is longer than the one before, up to a bound, and partly random;
// together they keep to the budget, after which the session is given up.
func TestBackoff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var at []time.Duration
		begin := time.Now()
		exp, told := open(t, exporter.WithOrganizationID("o"), exporter.WithAPIKey("k"), exporter.WithRetryTimeout(5*time.Minute),
			exporter.WithTransport(roundTrip(func(*http.Request) (*http.Response, error) {
				at = append(at, time.Since(begin))
				return nil, errors.New("connection refused")
			})))
		_, s := session(t.Context(), provider(exp).Tracer("app"), "s")
		s.End()
		flush(t, exp)

		var random bool
		want := 500 * time.Millisecond
		for i := 1; i < len(at); i++ {
			wait := at[i] - at[i-1]
			if wait < want/2 || wait > want {
				t.Errorf("wait %d is %v, want half to all of %v", i, wait, want)
			}
			random = random || wait != want/2 && wait != want
			want = min(2*want, 30*time.Second)
		}
		took := time.Since(begin)
		if took > 5*time.Minute || took < 4*time.Minute {
			t.Errorf("given up after %v", took)
		}
		if !random || len(at) < 12 {
			t.Errorf("%d attempts at %v", len(at), at)
		}
		if stats := exp.Stats(); stats.Dropped[exporter.DropRetriesExhausted] != 1 || stats.Retries != uint64(len(at)-1) {
			t.Errorf("%d attempts, %+v", len(at), stats)
		}
		if text := told.one(t); !strings.Contains(text, "connection refused") {
			t.Errorf("reported: %s", text)
		}
	})
}

// The collector says when to come back, in seconds or by a date.
func TestRetryAfter(t *testing.T) {
	const soon, sooner = 500 * time.Millisecond, 250 * time.Millisecond
	for name, test := range map[string]struct {
		response exportertest.Response
		min, max time.Duration
	}{
		"seconds":       {exportertest.RetryAfter(429, 7*time.Second), 7 * time.Second, 7 * time.Second},
		"of a failure":  {exportertest.RetryAfter(500, 3*time.Second), 3 * time.Second, 3 * time.Second},
		"a date":        {exportertest.RetryAfterDate(503, 9*time.Second), 8 * time.Second, 9 * time.Second}, // a date has no fractions
		"too long":      {exportertest.RetryAfter(503, time.Hour), 30 * time.Second, 30 * time.Second},
		"far too long":  {exportertest.Status(503).WithHeader("Retry-After", "99999999999999999999"), 30 * time.Second, 30 * time.Second},
		"a far date":    {exportertest.RetryAfterDate(503, 1000*time.Hour), 30 * time.Second, 30 * time.Second},
		"none":          {exportertest.RetryAfter(503, 0), sooner, soon},
		"a past date":   {exportertest.RetryAfterDate(503, -time.Hour), sooner, soon},
		"nonsense":      {exportertest.Status(503).WithHeader("Retry-After", "soon"), sooner, soon},
		"negative":      {exportertest.Status(503).WithHeader("Retry-After", "-5"), sooner, soon},
		"with decimals": {exportertest.Status(503).WithHeader("Retry-After", "20.5"), sooner, soon},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLine(t)
				l.col.Respond(test.response)
				l.send(t, "s")
				flush(t, l.exp)
				l.col.RequireSession(t, "s")
				if gaps := l.gaps(); len(gaps) != 1 || gaps[0] < test.min || gaps[0] > test.max {
					t.Errorf("waited %v, want %v to %v", gaps, test.min, test.max)
				}
			})
		})
	}
}

// A wait that the budget does not allow is not begun.
func TestRetryAfterBeyondTheBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t, exporter.WithRetryTimeout(10*time.Second))
		l.col.Respond(exportertest.RetryAfter(503, 20*time.Second))
		begin := time.Now()
		l.send(t, "s")
		flush(t, l.exp)
		if took := time.Since(begin); took > time.Second {
			t.Errorf("given up after %v", took)
		}
		if s := l.exp.Stats(); s.Dropped[exporter.DropRetriesExhausted] != 1 || s.Retries != 0 {
			t.Errorf("%+v", s)
		}
	})
}

// A failure that goes on is reported once, with its cause and what to do, and
// again once it was over.
func TestReportsOnce(t *testing.T) {
	for name, test := range map[string]struct {
		response exportertest.Response
		want     []string
	}{
		"400":      {exportertest.Status(400).WithBody("what\nis this?"), []string{"400 Bad Request", `"what is this?"`}},
		"404":      {exportertest.Status(404), []string{"404 Not Found", "SPECT_COLLECTOR_URL"}},
		"500":      {exportertest.Status(500).WithBody("oh\x00\x1b[31m no"), []string{"500 Internal Server Error", "oh"}},
		"reset":    {exportertest.Reset(), []string{"could not be reached", "reset"}},
		"stalled":  {exportertest.Stall(), []string{"could not be reached", "deadline exceeded"}},
		"nonsense": {exportertest.Status(299 + 300).WithBody(strings.Repeat("<html>", 1000)), []string{"599", "<html>"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLine(t, exporter.WithRetryTimeout(3*time.Second), exporter.WithTimeout(time.Second))
				l.col.Respond(slices.Repeat([]exportertest.Response{test.response}, 100)...)
				for range 5 {
					l.send(t, "s")
					flush(t, l.exp)
				}
				text := l.out.one(t)
				for _, want := range test.want {
					if !strings.Contains(text, want) {
						t.Errorf("the report lacks %q: %s", want, text)
					}
				}
				if len(text) > 600 || strings.ContainsAny(text, "\x00\x1b\n") {
					t.Errorf("the report is not for a log: %q", text)
				}
			})
		})
	}

	t.Run("again when it was over", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			l := newLine(t, exporter.WithRetryTimeout(0))
			l.col.Respond(exportertest.Status(500), exportertest.Accept(), exportertest.Status(500), exportertest.Status(404))
			for range 4 {
				l.send(t, "s")
				flush(t, l.exp)
			}
			if all := l.out.all(); len(all) != 3 {
				t.Errorf("reported: %q", all)
			}
		})
	})
	t.Run("again after a while", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			l := newLine(t, exporter.WithRetryTimeout(0))
			l.col.Respond(slices.Repeat([]exportertest.Response{exportertest.Status(500)}, 61)...)
			for range 61 {
				l.send(t, "s")
				flush(t, l.exp)
				time.Sleep(10 * time.Second)
			}
			if n := len(l.out.all()); n != 3 {
				t.Errorf("%d reports in ten minutes, want one every five", n)
			}
		})
	})
}

// An odd answer that says yes is a yes.
func TestOddAnswers(t *testing.T) {
	for name, r := range map[string]exportertest.Response{
		"truncated": exportertest.Truncated(),
		"huge":      exportertest.Huge(64 << 20),
		"201":       exportertest.Status(201),
		"204":       exportertest.Status(204),
		"299":       exportertest.Status(299).WithBody("<html>"),
		"early":     exportertest.Early(200),
		"slow":      exportertest.SlowRead(time.Second),
		"late":      exportertest.Delay(9 * time.Second),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLine(t)
				l.col.Respond(r)
				l.send(t, "s")
				flush(t, l.exp)
				l.out.none(t)
				if s := l.exp.Stats(); s.Delivered != 1 || s.Retries != 0 {
					t.Errorf("%+v", s)
				}
			})
		})
	}
}

// A request ends at its timeout.
func TestTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t, exporter.WithTimeout(2*time.Second), exporter.WithRetryTimeout(0))
		l.col.Respond(exportertest.Stall())
		begin := time.Now()
		l.send(t, "s")
		flush(t, l.exp)
		if took := time.Since(begin); took < 2*time.Second || took > 3*time.Second {
			t.Errorf("it took %v", took)
		}
		if text := l.out.one(t); !strings.Contains(text, "deadline exceeded") {
			t.Errorf("reported: %s", text)
		}
	})
}

// The collector cannot be reached, over a real socket.
func TestRefusedConnection(t *testing.T) {
	col := exportertest.NewCollector(t)
	col.Close()
	exp, told := open(t, col.Options(exporter.WithRetryTimeout(0))...)
	_, s := session(t.Context(), provider(exp).Tracer("app"), "s")
	s.End()
	shutdown(t, exp)
	if text := told.one(t); !strings.Contains(text, "connection refused") || strings.Contains(text, exportertest.OrganizationID) {
		t.Errorf("reported: %s", text)
	}
}

// At the queue's bound the oldest sessions make room, and are counted.
func TestQueueOverflow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t, exporter.WithQueueBytes(40_000), exporter.WithWorkers(1), exporter.WithGrace(0))
		l.col.Respond(exportertest.Delay(5 * time.Second))
		const n = 20
		tr := provider(l.exp).Tracer("app")
		for i := range n {
			ctx, s := session(t.Context(), tr, fmt.Sprint(i))
			_, e := entry(ctx, tr, "e", contracts.MetadataKey.String(`{"fill":"`+strings.Repeat("x", 10_000)+`"}`))
			e.End()
			s.End()
			synctest.Wait()
			balanced(t, l.exp)
		}
		flush(t, l.exp)
		stats := l.exp.Stats()
		lost := stats.Dropped[exporter.DropQueueFull]
		if lost == 0 || lost%2 != 0 || stats.Delivered+lost != 2*n {
			t.Errorf("%+v", stats)
		}
		var names []string
		for _, p := range l.col.Sessions() {
			names = append(names, p.Name)
		}
		// The first is on its way when the others come; of them the last remain.
		want := []string{"0"}
		for i := int(lost)/2 + 1; i < n; i++ {
			want = append(want, fmt.Sprint(i))
		}
		if !slices.Equal(names, want) {
			t.Errorf("delivered %v, want %v", names, want)
		}
		if text := l.out.one(t); !strings.Contains(text, "WithQueueBytes") {
			t.Errorf("reported: %s", text)
		}
	})
}

// One session that is larger than the queue is delivered all the same.
func TestSessionLargerThanTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t, exporter.WithQueueBytes(1))
		l.send(t, "s")
		flush(t, l.exp)
		l.col.RequireSession(t, "s")
		l.out.none(t)
	})
}

// One that is larger than the queue does not push out what waits in it.
func TestLargeSessionInAQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t, exporter.WithQueueBytes(20_000), exporter.WithWorkers(1), exporter.WithGrace(0))
		l.col.Respond(exportertest.Delay(5 * time.Second))
		for _, size := range []int{10, 10, 10, 30_000, 10} {
			l.large(t, size)
			synctest.Wait()
		}
		flush(t, l.exp)
		if stats := l.exp.Stats(); stats.Dropped[exporter.DropQueueFull] != 2 || stats.Sessions != 4 {
			t.Errorf("%+v", stats)
		}
	})
}

// Several workers deliver at the same time, and not more than were asked for.
func TestWorkers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t, exporter.WithWorkers(3), exporter.WithGrace(0), exporter.WithTimeout(time.Hour))
		l.col.Respond(slices.Repeat([]exportertest.Response{exportertest.Delay(time.Minute)}, 9)...)
		begin := time.Now()
		for range 9 {
			l.send(t, "s")
		}
		synctest.Wait()
		if n := len(l.col.Requests()); n != 3 {
			t.Errorf("%d requests at once, want 3", n)
		}
		flush(t, l.exp)
		if took := time.Since(begin).Round(time.Second); took != 3*time.Minute {
			t.Errorf("it took %v", took)
		}
	})
}

// Shutdown keeps to its deadline to the millisecond, whatever the collector
// does, and counts what it could not deliver.
func TestShutdownDeadline(t *testing.T) {
	for name, test := range map[string]struct {
		opts []exporter.Option
		ctx  time.Duration
		want time.Duration
	}{
		"its own default":          {nil, time.Hour, 5 * time.Second},
		"its own option":           {[]exporter.Option{exporter.WithShutdownTimeout(time.Minute), exporter.WithTimeout(time.Hour)}, time.Hour, time.Minute},
		"the caller's":             {nil, 1234 * time.Millisecond, 1234 * time.Millisecond},
		"the caller's, passed":     {nil, -1, 0},
		"the caller's, in a retry": {[]exporter.Option{exporter.WithTimeout(time.Second)}, 4321 * time.Millisecond, 4321 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				col := exportertest.NewMemoryCollector(t, exportertest.WithDefault(exportertest.Stall()))
				exp, _ := open(t, col.Options(test.opts...)...)
				tr := provider(exp).Tracer("app")
				ctx, s := session(t.Context(), tr, "s")
				_, e := entry(ctx, tr, "e")
				e.End()
				s.End()
				_, open := session(t.Context(), tr, "open")
				_, ended := entry(trace.ContextWithSpan(t.Context(), open), tr, "ended")
				ended.End()
				for range 10 {
					_, more := session(t.Context(), tr, "more")
					more.End()
				}

				deadline, cancel := context.WithTimeout(context.Background(), test.ctx)
				defer cancel()
				begin := time.Now()
				err := exp.Shutdown(deadline)
				if took := time.Since(begin); took != test.want {
					t.Errorf("it took %v, want %v", took, test.want)
				}
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("it returned %v", err)
				}
				synctest.Wait()
				balanced(t, exp)
				if stats := exp.Stats(); stats.Dropped[exporter.DropShutdown] != 13 || stats.Held != 0 {
					t.Errorf("%+v", stats)
				}
				open.End()
				if err := exp.Shutdown(context.Background()); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("again: %v", err)
				}
			})
		})
	}
}

// A transport that does not obey its context does not hold Shutdown up either.
func TestShutdownDespiteTheTransport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		exp, _ := open(t, exporter.WithOrganizationID("o"), exporter.WithAPIKey("k"),
			exporter.WithTransport(roundTrip(func(*http.Request) (*http.Response, error) {
				<-release
				return nil, errors.New("at last")
			})))
		_, s := session(t.Context(), provider(exp).Tracer("app"), "s")
		s.End()
		begin := time.Now()
		if err := exp.Shutdown(context.Background()); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("it returned %v", err)
		}
		if took := time.Since(begin); took != 5*time.Second {
			t.Errorf("it took %v", took)
		}
		balanced(t, exp)
		close(release)
		synctest.Wait()
		if stats := exp.Stats(); stats.Held != 0 || stats.Dropped[exporter.DropShutdown] != 1 {
			t.Errorf("%+v", stats)
		}
	})
}

// Of several calls of Shutdown the first does it; the others wait for it, or
// for their own context.
func TestShutdownTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t)
		l.col.Respond(exportertest.Delay(4 * time.Second))
		l.send(t, "s")
		begin := time.Now()
		var wg sync.WaitGroup
		for i := range 5 {
			wg.Go(func() {
				if i > 0 {
					time.Sleep(time.Second)
				}
				limit, want := time.Hour, 4*time.Second
				if i == 4 {
					limit, want = time.Second, 2*time.Second
				}
				ctx, cancel := context.WithTimeout(context.Background(), limit)
				defer cancel()
				err := l.exp.Shutdown(ctx)
				if took := time.Since(begin).Round(10 * time.Millisecond); took != want || (err != nil) != (i == 4) {
					t.Errorf("call %d took %v and returned %v", i, took, err)
				}
			})
		}
		wg.Wait()
		l.col.RequireSession(t, "s")
	})
}

// Flush returns with its context, and what it waited for goes on.
func TestFlushDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t)
		l.col.Respond(exportertest.Delay(5 * time.Second))
		l.send(t, "s")
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		begin := time.Now()
		if err := l.exp.Flush(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("it returned %v", err)
		}
		if took := time.Since(begin); took != 2*time.Second {
			t.Errorf("it took %v", took)
		}
		flush(t, l.exp)
		l.col.RequireSession(t, "s")
	})
}

// Flush waits for what was there when it was called, and not for what comes
// later.
func TestFlushWaitsForWhatWasThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t, exporter.WithTimeout(time.Hour))
		l.col.Respond(exportertest.Delay(time.Minute), exportertest.Delay(30*time.Minute))
		l.send(t, "first")
		done := make(chan struct{})
		begin := time.Now()
		go func() {
			defer close(done)
			flush(t, l.exp)
		}()
		synctest.Wait()
		l.send(t, "second")
		<-done
		if took := time.Since(begin).Round(time.Second); took != time.Minute {
			t.Errorf("flush took %v", took)
		}
		flush(t, l.exp)
	})
}

// The processor that is not the last to be shut down flushes, and no longer
// than Shutdown would take.
func TestProcessorsShareAnExporter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t, exporter.WithTimeout(time.Hour), exporter.WithRetryTimeout(time.Hour))
		one, two := provider(l.exp), provider(l.exp)
		_, a := session(t.Context(), one.Tracer("app"), "a")
		a.End()
		if err := one.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
		l.col.RequireSession(t, "a")

		_, b := session(t.Context(), two.Tracer("app"), "b")
		b.End()
		flush(t, l.exp)
		l.col.RequireSession(t, "b")

		three := provider(l.exp)
		l.col.Respond(exportertest.Stall())
		_, c := session(t.Context(), two.Tracer("app"), "c")
		c.End()
		begin := time.Now()
		if err := two.Shutdown(context.Background()); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("it returned %v", err)
		}
		if took := time.Since(begin); took != 5*time.Second {
			t.Errorf("a shutdown that is not the last took %v", took)
		}
		_ = three.Shutdown(context.Background())
	})
}

// A transport may go on to read a request's body after it has answered. What it
// reads is that request's body, and not the next one's.
func TestBodyIsNotReusedWhileRead(t *testing.T) {
	var mu sync.Mutex
	var unread []*http.Request
	exp, told := open(t, exporter.WithOrganizationID("o"), exporter.WithAPIKey("k"), exporter.WithWorkers(1), exporter.WithGrace(0),
		exporter.WithTransport(roundTrip(func(r *http.Request) (*http.Response, error) {
			mu.Lock()
			defer mu.Unlock()
			unread = append(unread, r)
			return &http.Response{StatusCode: 200, Body: http.NoBody}, nil
		})))
	tr := provider(exp).Tracer("app")
	for i := range 20 {
		_, s := session(t.Context(), tr, fmt.Sprintf("session-%02d", i))
		s.End()
		flush(t, exp)
	}
	told.none(t)
	for i, r := range unread {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		_ = r.Body.Close()
		if want := fmt.Sprintf(`"name":"session-%02d"`, i); !strings.Contains(string(body), want) {
			t.Errorf("request %d has not %s: %s", i, want, body)
		}
		if int64(len(body)) != r.ContentLength {
			t.Errorf("request %d has %d bytes, and says %d", i, len(body), r.ContentLength)
		}
	}
}

// An attempt that was given up may go on writing while the next one does: each
// sends the same, and nothing races.
func TestAttemptsOverlap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const attempts = 3
		written := make(chan string, attempts)
		n := 0
		exp, _ := open(t, exporter.WithOrganizationID("o"), exporter.WithAPIKey("k"),
			exporter.WithTransport(roundTrip(func(r *http.Request) (*http.Response, error) {
				go func() {
					time.Sleep(time.Minute)
					body, _ := io.ReadAll(r.Body)
					httptrace.ContextClientTrace(r.Context()).WroteRequest(httptrace.WroteRequestInfo{})
					written <- string(body)
				}()
				if n++; n < attempts {
					return nil, errors.New("timed out")
				}
				return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
			})))
		_, s := session(t.Context(), provider(exp).Tracer("app"), "s")
		s.End()
		flush(t, exp)
		first := <-written
		for range attempts - 1 {
			if body := <-written; body != first || !strings.Contains(body, `"name":"s"`) {
				t.Errorf("sent %s and %s", first, body)
			}
		}
	})
}

// A real server that answers early, while the client still sends: the same.
func TestEarlyAnswers(t *testing.T) {
	col := exportertest.NewCollector(t, exportertest.WithDefault(exportertest.Early(200)))
	exp, told := open(t, col.Options(exporter.WithGrace(0))...)
	tr := provider(exp).Tracer("app")
	for range 50 {
		ctx, s := session(t.Context(), tr, "s")
		_, e := entry(ctx, tr, "e", contracts.MetadataKey.String(`{"fill":"`+strings.Repeat("x", 500_000)+`"}`))
		e.End()
		s.End()
	}
	shutdown(t, exp)
	told.none(t)
	if stats := exp.Stats(); stats.Delivered != 100 {
		t.Errorf("%+v", stats)
	}
}
