// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/exporter"
	"github.com/spect-tools/spect-go/exporter/exportertest"
)

// The callback sees each payload once, as it is sent, before it is sent.
func TestOnTrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen []contracts.CollectorTracePayload
		var l *line
		l = newLine(t, exporter.WithWorkers(1), exporter.WithOnTrace(func(p contracts.CollectorTracePayload) {
			if len(l.col.Requests()) != 2*len(seen) {
				t.Error("called after the payload was sent")
			}
			seen = append(seen, p)
		}))
		l.col.Respond(exportertest.Status(500), exportertest.Accept(), exportertest.Status(500), exportertest.Accept())
		for i := range 2 {
			tr := provider(l.exp).Tracer("app")
			ctx, s := session(t.Context(), tr, fmt.Sprint(i))
			_, e := entry(ctx, tr, "e", contracts.MetadataKey.String(`{"n":1.0}`))
			e.End()
			s.End()
			flush(t, l.exp)
		}
		if len(seen) != 2 {
			t.Fatalf("called %d times, want 2", len(seen))
		}
		for i, r := range l.col.Requests() {
			if have := string(seen[i/2].AppendJSON(nil)); have != string(r.Body) {
				t.Errorf("request %d: the callback saw\n%s\nsent was\n%s", i, have, r.Body)
			}
		}
	})
}

// A callback may keep the payload, and change it.
func TestOnTraceOwnsThePayload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var kept []contracts.CollectorTracePayload
		l := newLine(t, exporter.WithWorkers(1), exporter.WithOnTrace(func(p contracts.CollectorTracePayload) {
			kept = append(kept, p)
			p.Metadata.Result.Spans[0].Name = "changed"
			p.Name = "changed"
		}))
		tr := provider(l.exp).Tracer("app")
		for i := range 20 {
			ctx, s := session(t.Context(), tr, fmt.Sprintf("s%02d", i))
			_, e := entry(ctx, tr, "e", contracts.ModelIDKey.String(fmt.Sprintf("model-%02d", i)))
			e.End()
			s.End()
			flush(t, l.exp)
		}
		for i, p := range kept {
			if p.Name != fmt.Sprintf("s%02d", i) || p.Metadata.Result.Spans[0].Model.ModelID != fmt.Sprintf("model-%02d", i) {
				t.Errorf("payload %d became %s", i, p.AppendJSON(nil))
			}
		}
		for _, p := range l.col.Sessions() {
			if p.Name == "changed" || p.Metadata.Result.Spans[0].Name != "e" {
				t.Errorf("what was sent was changed: %s", tree(p))
			}
		}
	})
}

// A callback that panics is reported, and costs nothing.
func TestOnTracePanics(t *testing.T) {
	for name, value := range map[string]any{"text": "oh no", "error": errors.New("oh no"), "nil": nil, "abort": http.ErrAbortHandler} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLine(t, exporter.WithOnTrace(func(contracts.CollectorTracePayload) { panic(value) }))
				l.send(t, "s")
				flush(t, l.exp)
				l.col.RequireSession(t, "s")
				if text := l.out.one(t); !strings.Contains(text, "WithOnTrace") || !strings.Contains(text, "panic") {
					t.Errorf("reported: %s", text)
				}
			})
		})
	}
}

// A callback that hangs holds one worker up, and shutdown no longer than its
// deadline.
func TestOnTraceHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hang := make(chan struct{})
		l := newLine(t, exporter.WithOnTrace(func(p contracts.CollectorTracePayload) {
			if p.Name == "hangs" {
				<-hang
			}
		}))
		l.send(t, "hangs")
		l.send(t, "s")
		time.Sleep(time.Second)
		l.col.RequireSession(t, "s")
		begin := time.Now()
		if err := l.exp.Shutdown(context.Background()); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("it returned %v", err)
		}
		if took := time.Since(begin); took != 5*time.Second {
			t.Errorf("it took %v", took)
		}
		close(hang)
		synctest.Wait()
		if stats := l.exp.Stats(); stats.Held != 0 || stats.Dropped[exporter.DropShutdown] != 1 {
			t.Errorf("%+v", stats)
		}
	})
}

// An error handler that panics is left alone with it.
func TestErrorHandlerPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		l := newLine(t, exporter.WithErrorHandler(func(error) { calls++; panic("in the handler") }))
		l.col.Respond(exportertest.Status(500), exportertest.Status(400))
		l.send(t, "again")
		flush(t, l.exp)
		l.send(t, "fine")
		flush(t, l.exp)
		if calls != 2 || len(l.col.Sessions()) != 1 {
			t.Errorf("%d calls, %d sessions", calls, len(l.col.Sessions()))
		}
	})
}

// Nothing is reported to nobody.
func TestNoErrorHandler(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t, exporter.WithErrorHandler(nil))
		l.col.Respond(exportertest.Status(400))
		l.send(t, "s")
		flush(t, l.exp)
	})
}

// A transport that panics costs the session on its way, which is counted; the
// next one is sent.
func TestTransportPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		exp, told := open(t, exporter.WithOrganizationID("o"), exporter.WithAPIKey(exportertest.APIKey), exporter.WithWorkers(1),
			exporter.WithTransport(roundTrip(func(r *http.Request) (*http.Response, error) {
				if calls++; calls <= 3 {
					panic(fmt.Sprintf("the transport: %v", r.Header))
				}
				return &http.Response{StatusCode: 200, Body: http.NoBody}, nil
			})))
		tr := provider(exp).Tracer("app")
		for range 4 {
			_, s := session(t.Context(), tr, "s")
			s.End()
			flush(t, exp)
		}
		if stats := exp.Stats(); stats.Dropped[exporter.DropPanic] != 3 || stats.Delivered != 1 {
			t.Errorf("%+v", stats)
		}
		if text := told.one(t); !strings.Contains(text, "panic") || !strings.Contains(text, "(callbacks_test.go:") || strings.Contains(text, "the transport") {
			t.Errorf("reported: %s", text)
		}
	})
}

// A panic is reported though the collector was already said to be down.
func TestPanicIsItsOwnFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		exp, told := open(t, exporter.WithOrganizationID("o"), exporter.WithAPIKey("k"), exporter.WithRetryTimeout(0),
			exporter.WithTransport(roundTrip(func(*http.Request) (*http.Response, error) {
				if calls++; calls == 1 {
					return nil, errors.New("connection refused")
				}
				panic("the transport")
			})))
		tr := provider(exp).Tracer("app")
		for range 2 {
			_, s := session(t.Context(), tr, "s")
			s.End()
			flush(t, exp)
		}
		if all := told.all(); len(all) != 2 {
			t.Errorf("reported: %q", all)
		}
	})
}

// A transport that returns nothing at all, or no body, is taken as it comes.
func TestTransportReturnsNothing(t *testing.T) {
	for name, test := range map[string]struct {
		res  *http.Response
		want exporter.DropReason
	}{
		"nothing": {nil, exporter.DropRetriesExhausted},
		"no body": {&http.Response{StatusCode: 400}, exporter.DropRejected},
		"no code": {&http.Response{Body: http.NoBody}, exporter.DropRejected},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				exp, told := open(t, exporter.WithOrganizationID("o"), exporter.WithAPIKey("k"), exporter.WithRetryTimeout(0),
					exporter.WithTransport(roundTrip(func(*http.Request) (*http.Response, error) { return test.res, nil })))
				_, s := session(t.Context(), provider(exp).Tracer("app"), "s")
				s.End()
				flush(t, exp)
				told.one(t)
				if stats := exp.Stats(); stats.Dropped[test.want] != 1 {
					t.Errorf("%+v", stats)
				}
			})
		})
	}
}

// The drop callback hears of every span that is dropped, with its reason and,
// where it is known, its session; a panic of it is reported.
func TestOnDrop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		heard := map[exporter.DropReason]uint64{}
		var sessions []string
		l := newLine(t, exporter.WithOnDrop(func(d exporter.Drop) {
			mu.Lock()
			defer mu.Unlock()
			heard[d.Reason] += uint64(d.Spans)
			if d.SessionID != "" {
				sessions = append(sessions, d.SessionID)
			}
			panic("in the callback")
		}))
		l.col.Respond(exportertest.Status(400))
		tr := provider(l.exp).Tracer("app")
		ctx, s := session(t.Context(), tr, "s")
		_, e := entry(ctx, tr, "e")
		e.End()
		s.End()
		flush(t, l.exp)
		_, open := session(t.Context(), tr, "open")
		flush(t, l.exp, exporter.IncludeOpen())
		open.End()
		flush(t, l.exp)
		synctest.Wait()
		mu.Lock()
		defer mu.Unlock()
		stats := l.exp.Stats()
		for why, n := range stats.Dropped {
			if heard[why] != n {
				t.Errorf("%s: heard of %d, counted %d", why, heard[why], n)
			}
		}
		if heard[exporter.DropRejected] != 2 || heard[exporter.DropLate] != 1 || len(sessions) == 0 {
			t.Errorf("heard %v, of sessions %v", heard, sessions)
		}
		reported := 0
		for _, text := range l.out.all() {
			if strings.Contains(text, "WithOnDrop") {
				reported++
			}
		}
		if reported == 0 {
			t.Error("the panic was not reported")
		}
	})
}
