// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/exporter"
	"github.com/spect-tools/spect-go/exporter/exportertest"
)

// many are sessions of ten spans each, the root among them, on a goroutine each.
// All of them are open at once; then each pauses, goes on, and ends.
func many(ctx context.Context, tp trace.TracerProvider, sessions int, pause func(session int)) {
	tr := tp.Tracer("app")
	var open, ended sync.WaitGroup
	open.Add(sessions)
	for i := range sessions {
		ended.Go(func() {
			ctx, root := tr.Start(ctx, fmt.Sprint(i), withKind(contracts.SessionKind))
			open.Done()
			open.Wait()
			pause(i)
			for range 9 {
				_, span := tr.Start(ctx, "generate", withKind("generate"))
				span.End()
			}
			root.End()
		})
	}
	ended.Wait()
}

// slow is a collector that takes its time, and breaks off every tenth request.
type slow struct {
	bodies
	requests atomic.Int64
}

// RoundTrip implements http.RoundTripper.
func (s *slow) RoundTrip(r *http.Request) (*http.Response, error) {
	time.Sleep(200 * time.Millisecond)
	if s.requests.Add(1)%10 == 0 {
		return nil, io.ErrUnexpectedEOF
	}
	return s.bodies.RoundTrip(r)
}

// Ten thousand sessions that are open at once all arrive whole, and once, through
// every door.
//
// A batcher drops spans when its own queue is full, before an exporter sees them.
// So that nothing is lost there, this one waits instead.
func TestManySessions(t *testing.T) {
	const sessions = 10_000
	synctest.Test(t, func(t *testing.T) {
		exporters, collectors := map[string]*exporter.Exporter{}, map[string]*slow{}
		for _, door := range []string{"processor", "batcher", "syncer"} {
			collectors[door] = new(slow)
			exporters[door], _ = open(t, exporter.WithOrganizationID("o"), exporter.WithAPIKey(exportertest.APIKey),
				exporter.WithTransport(collectors[door]), exporter.WithWorkers(32), exporter.WithShutdownTimeout(time.Hour))
		}
		tp := provider(exporters["processor"], sdktrace.WithBatcher(exporters["batcher"], sdktrace.WithBlocking()),
			sdktrace.WithSyncer(exporters["syncer"]))
		many(t.Context(), tp, sessions, func(i int) { time.Sleep(time.Duration(i%100) * time.Millisecond) })
		if err := tp.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
		for door, exp := range exporters {
			if s := exp.Stats(); s.Received != sessions*10 || s.Delivered != sessions*10 || s.Sessions != sessions || s.Retries < sessions/10 {
				t.Errorf("%s: want %d spans delivered: %+v", door, sessions*10, s)
			}
			seen := map[string]bool{}
			for _, body := range collectors[door].all() {
				p, err := contracts.ParsePayload(body)
				if err != nil {
					t.Fatal(err)
				}
				if n := len(p.Metadata.Result.Spans); n != 9 || seen[p.Name] {
					t.Errorf("%s: session %s has %d entries; another came before: %t", door, p.Name, n, seen[p.Name])
				}
				seen[p.Name] = true
			}
			if len(seen) != sessions {
				t.Errorf("%s: %d sessions arrived, want %d", door, len(seen), sessions)
			}
		}
	})
}

// Ten thousand sessions that end in the same moment, a collector that stalls, a
// small queue, and little time for the shutdown: what is lost is counted, for a
// reason that is one of these bounds, and told of.
//
//   - intake_full: WithMaxHeld, of which half may be on its way in besides.
//   - queue_full: WithQueueBytes.
//   - retries_exhausted: WithTimeout and WithRetryTimeout.
//   - shutdown: WithShutdownTimeout.
//
// What a batcher drops is in no account: it does not pass it on.
func TestManySessionsAtOnce(t *testing.T) {
	const sessions = 10_000
	doors := map[string]func(*exporter.Exporter) sdktrace.TracerProviderOption{
		"processor": func(e *exporter.Exporter) sdktrace.TracerProviderOption {
			return sdktrace.WithSpanProcessor(exporter.NewSpanProcessor(e))
		},
		"batcher": func(e *exporter.Exporter) sdktrace.TracerProviderOption { return sdktrace.WithBatcher(e) },
	}
	synctest.Test(t, func(t *testing.T) {
		lines := map[string]*line{}
		var mu sync.Mutex
		told := map[string]map[exporter.DropReason]uint64{"processor": {}, "batcher": {}}
		var options []sdktrace.TracerProviderOption
		for name, door := range doors {
			col := exportertest.NewMemoryCollector(t, exportertest.WithDefault(exportertest.Stall()),
				exportertest.WithResponses(exportertest.Accept(), exportertest.Delay(time.Second), exportertest.Accept()))
			exp, reports := open(t, col.Options(
				exporter.WithQueueBytes(256<<10), exporter.WithWorkers(16), exporter.WithTimeout(2*time.Second),
				exporter.WithRetryTimeout(0), exporter.WithShutdownTimeout(3*time.Second),
				exporter.WithOnDrop(func(d exporter.Drop) {
					mu.Lock()
					defer mu.Unlock()
					told[name][d.Reason] += uint64(d.Spans)
				}))...)
			lines[name] = &line{exp, col, reports}
			options = append(options, door(exp))
		}
		tp := sdktrace.NewTracerProvider(options...)
		many(t.Context(), tp, sessions, func(int) {})
		if err := tp.Shutdown(context.Background()); err == nil {
			t.Error("the shutdown had time for everything")
		}
		synctest.Wait() // a worker that was under way then tells of its session
		mu.Lock()
		defer mu.Unlock()
		for name, l := range lines {
			s := l.exp.Stats()
			t.Logf("%s: %+v", name, s)
			if s.Received > sessions*10 || name == "processor" && s.Received != sessions*10 {
				t.Errorf("%s: received %d of %d spans", name, s.Received, sessions*10)
			}
			balanced(t, l.exp)
			for why, n := range s.Dropped {
				switch why {
				case exporter.DropIntakeFull, exporter.DropQueueFull, exporter.DropRetriesExhausted, exporter.DropShutdown:
				default:
					t.Errorf("%s: %d spans dropped: %s", name, n, why)
				}
				if told[name][why] != n {
					t.Errorf("%s: %d spans dropped: %s, and told of %d", name, n, why, told[name][why])
				}
			}
			valid(t, l.col.Sessions())
			if n := len(l.col.Sessions()); uint64(n) != s.Sessions || s.Held != 0 {
				t.Errorf("%s: %d sessions arrived: %+v", name, n, s)
			}
		}
	})
}
