// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter_test

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spect-tools/spect-go/exporter"
	"github.com/spect-tools/spect-go/exporter/exportertest"
)

// spoolLine is a line with a spool in dir.
func spoolLine(t *testing.T, dir string, opts ...exporter.Option) *line {
	t.Helper()
	return newLine(t, append([]exporter.Option{exporter.WithSpool(exporter.Spool{Dir: dir})}, opts...)...)
}

// names are the sessions that were accepted, and how often.
func (l *line) names() map[string]int {
	out := map[string]int{}
	for _, p := range l.col.Sessions() {
		out[p.Name]++
	}
	return out
}

// What goes through the spool arrives once, and leaves nothing behind.
func TestSpool(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		l := spoolLine(t, dir, exporter.WithCompression(exporter.Gzip))
		for i := range 20 {
			l.send(t, fmt.Sprint(i))
		}
		flush(t, l.exp)
		if s := l.exp.Stats(); s.Delivered != 20 || s.Sessions != 20 || s.Spooled != 0 || len(l.names()) != 20 {
			t.Errorf("%+v, %v", s, l.names())
		}
		valid(t, l.col.Sessions())
		shutdown(t, l.exp)
		l.out.none(t)
		again := spoolLine(t, dir)
		flush(t, again.exp)
		if n := len(again.col.Requests()); n != 0 {
			t.Errorf("%d requests at the next start", n)
		}
	})
}

// An outage costs nothing, however long it is; nor does a key that is refused
// for a while.
func TestSpoolOutage(t *testing.T) {
	for name, fault := range map[string]exportertest.Response{
		"fails": exportertest.Status(500), "refuses the key": exportertest.Status(401), "resets": exportertest.Reset(), "hangs": exportertest.Stall(),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				col := exportertest.NewMemoryCollector(t, exportertest.WithDefault(fault))
				exp, out := open(t, col.Options(exporter.WithSpool(exporter.Spool{Dir: t.TempDir()}))...)
				l := &line{exp, col, out}
				for i := range 30 {
					l.send(t, fmt.Sprint(i))
					time.Sleep(time.Minute)
				}
				if s := exp.Stats(); s.Spooled != 30 || s.Held != 0 || len(s.Dropped) != 0 {
					t.Errorf("after the outage: %+v", s)
				}
				if n := len(col.Requests()); n == 0 || n > 150 {
					t.Errorf("%d requests in half an hour", n)
				}
				col.SetDefault(exportertest.Accept())
				time.Sleep(10 * time.Minute)
				if s := exp.Stats(); s.Delivered != 30 || s.Spooled != 0 || len(l.names()) != 30 {
					t.Errorf("in the end: %+v", s)
				}
				if n := len(out.all()); n == 0 || n > 8 {
					t.Errorf("%d reports of an outage of half an hour", n)
				}
			})
		})
	}
}

// Shutdown keeps its deadline though the collector hangs; everything is on disk
// by then, and the next start delivers it, the same.
func TestSpoolAcrossRestarts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		col := exportertest.NewMemoryCollector(t, exportertest.WithDefault(exportertest.Stall()))
		exp, out := open(t, col.Options(exporter.WithSpool(exporter.Spool{Dir: dir}), exporter.WithWorkers(2))...)
		l := &line{exp, col, out}
		for i := range 50 {
			l.send(t, fmt.Sprint(i))
		}
		begin := time.Now()
		if err := exp.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		if took := time.Since(begin); took > 5*time.Second {
			t.Errorf("Shutdown took %v", took)
		}
		synctest.Wait()
		if s := exp.Stats(); s.Spooled != 50 || s.Held != 0 {
			t.Errorf("at shutdown: %+v", s)
		}
		balanced(t, exp)

		again := spoolLine(t, dir)
		flush(t, again.exp)
		if s := again.exp.Stats(); s.Recovered != 50 || s.Received != 0 || s.Delivered != 50 || s.Spooled != 0 || len(again.names()) != 50 {
			t.Errorf("after the restart: %+v, %v", s, again.names())
		}
		valid(t, again.col.Sessions())
		again.out.none(t)
	})
}

// After a failure one request is made, as late as the failure says; once that went
// well, all go.
func TestSpoolTriesAgain(t *testing.T) {
	for name, test := range map[string]struct {
		fault       exportertest.Response
		least, most time.Duration
	}{
		"fails":            {exportertest.Status(500), 250 * time.Millisecond, 500 * time.Millisecond},
		"asks to wait":     {exportertest.RetryAfter(429, 20*time.Second), 20 * time.Second, 20 * time.Second},
		"asks for an hour": {exportertest.RetryAfter(503, time.Hour), 30 * time.Second, 30 * time.Second},
		"refuses the key":  {exportertest.Status(401), 15 * time.Second, 30 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				col := exportertest.NewMemoryCollector(t, exportertest.WithDefault(exportertest.Delay(10*time.Second)))
				exp, out := open(t, col.Options(exporter.WithSpool(exporter.Spool{Dir: t.TempDir()}), exporter.WithWorkers(4), exporter.WithTimeout(time.Minute))...)
				l := &line{exp, col, out}
				col.Respond(test.fault)
				for range 9 {
					l.send(t, "s")
				}
				time.Sleep(5 * time.Minute)
				gap := l.gaps()[0].Round(10 * time.Millisecond)
				if gap < test.least || gap > test.most {
					t.Errorf("the second request came after %v", gap)
				}
				// The one by itself, and eight by four at once.
				if all := col.Requests(); len(all) != 10 || all[9].Arrived.Sub(all[1].Arrived).Round(time.Second) != 20*time.Second {
					t.Errorf("%d requests, after %v", len(all), l.gaps())
				}
				if s := exp.Stats(); s.Retries != 1 || s.Delivered != 9 {
					t.Errorf("%+v", s)
				}
			})
		})
	}
}

// Shutdown does not wait for a collector that fails: what is on disk is safe.
func TestSpoolShutdownWhileItFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		col := exportertest.NewMemoryCollector(t, exportertest.WithDefault(exportertest.Stall()))
		exp, out := open(t, col.Options(exporter.WithSpool(exporter.Spool{Dir: t.TempDir()}), exporter.WithTimeout(time.Second))...)
		l := &line{exp, col, out}
		l.send(t, "s")
		time.Sleep(time.Minute) // in a wait between two attempts
		begin := time.Now()
		if err := exp.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		if took := time.Since(begin); took > 100*time.Millisecond {
			t.Errorf("it took %v", took)
		}
	})
}

// One request that takes long holds up no other.
func TestSpoolSlowRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := spoolLine(t, t.TempDir())
		l.col.Respond(exportertest.Delay(8 * time.Second))
		l.send(t, "slow")
		time.Sleep(time.Second)
		for range 5 {
			l.send(t, "fast")
			time.Sleep(time.Second)
		}
		if n := len(l.col.Sessions()); n != 5 {
			t.Errorf("%d sessions have arrived", n)
		}
		flush(t, l.exp)
		if s := l.exp.Stats(); s.Delivered != 6 || s.Spooled != 0 || len(l.col.Requests()) != 6 {
			t.Errorf("%+v", s)
		}
	})
}

// Flush waits for what was there when it was called, though more comes than the
// collector takes.
func TestSpoolFlushUnderLoad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		col := exportertest.NewMemoryCollector(t, exportertest.WithDefault(exportertest.Delay(100*time.Millisecond)))
		exp, out := open(t, col.Options(exporter.WithSpool(exporter.Spool{Dir: t.TempDir()}), exporter.WithWorkers(1))...)
		l := &line{exp, col, out}
		over := make(chan struct{})
		go func() {
			defer close(over)
			for range 200 {
				l.send(t, "s")
				time.Sleep(50 * time.Millisecond)
			}
		}()
		time.Sleep(time.Second)
		begin, before := time.Now(), exp.Stats().Received
		flush(t, exp)
		if took := time.Since(begin); took > 3*time.Second {
			t.Errorf("it took %v", took)
		}
		if s := exp.Stats(); s.Delivered < before {
			t.Errorf("of %d spans %d were delivered", before, s.Delivered)
		}
		<-over
		flush(t, exp)
		if s := exp.Stats(); s.Delivered != 200 || s.Spooled != 0 {
			t.Errorf("%+v", s)
		}
	})
}

// What the collector refuses for good is dropped, and what is too large is cut.
func TestSpoolRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := spoolLine(t, t.TempDir())
		l.col.Respond(exportertest.Status(400), exportertest.Status(413))
		l.send(t, "refused")
		flush(t, l.exp)
		l.large(t, 100_000)
		flush(t, l.exp)
		if s := l.exp.Stats(); s.Dropped[exporter.DropRejected] != 1 || s.Delivered != 2 || s.Spooled != 0 {
			t.Errorf("%+v", s)
		}
	})
}

// A transport that panics costs the session on its way; where it did is told,
// and not what it says.
func TestSpoolTransportPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		exp, out := open(t, exporter.WithOrganizationID("o"), exporter.WithAPIKey(exportertest.APIKey),
			exporter.WithSpool(exporter.Spool{Dir: t.TempDir()}),
			exporter.WithTransport(roundTrip(func(r *http.Request) (*http.Response, error) {
				if calls++; calls == 1 {
					panic(fmt.Sprintf("the transport: %v", r.Header))
				}
				return &http.Response{StatusCode: 200, Body: http.NoBody}, nil
			})))
		l := &line{exp: exp, out: out}
		l.send(t, "lost")
		flush(t, exp)
		l.send(t, "fine")
		flush(t, exp)
		if s := exp.Stats(); s.Dropped[exporter.DropPanic] != 1 || s.Delivered != 1 || s.Spooled != 0 {
			t.Errorf("%+v", s)
		}
		if text := out.one(t); !strings.Contains(text, "(spool_test.go:") || strings.Contains(text, "the transport") || strings.Contains(text, exportertest.APIKey) {
			t.Errorf("reported: %s", text)
		}
	})
}

// A transport that does not obey its context holds up nobody's shutdown.
func TestSpoolShutdownDespiteTheTransport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		free := make(chan struct{})
		exp, out := open(t, exporter.WithOrganizationID("o"), exporter.WithAPIKey("k"), exporter.WithShutdownTimeout(2*time.Second),
			exporter.WithSpool(exporter.Spool{Dir: t.TempDir()}),
			exporter.WithTransport(roundTrip(func(*http.Request) (*http.Response, error) {
				<-free
				return nil, errors.New("at last")
			})))
		l := &line{exp: exp, out: out}
		l.send(t, "s")
		begin := time.Now()
		_ = exp.Shutdown(t.Context())
		if took := time.Since(begin); took > 2*time.Second {
			t.Errorf("Shutdown took %v", took)
		}
		if s := exp.Stats(); s.Spooled != 1 || s.Held != 0 {
			t.Errorf("%+v", s)
		}
		close(free)
		synctest.Wait()
	})
}

// What the collector accepts after the shutdown's deadline is delivered all the
// same, and counts as that.
func TestSpoolAcceptedTooLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		free := make(chan struct{})
		exp, out := open(t, exporter.WithOrganizationID("o"), exporter.WithAPIKey("k"), exporter.WithSpool(exporter.Spool{Dir: t.TempDir()}),
			exporter.WithTransport(roundTrip(func(*http.Request) (*http.Response, error) {
				<-free
				return &http.Response{StatusCode: 200, Body: http.NoBody}, nil
			})))
		l := &line{exp: exp, out: out}
		l.send(t, "s")
		_ = exp.Shutdown(t.Context())
		close(free)
		synctest.Wait()
		if s := exp.Stats(); s.Spooled != 0 || s.Delivered != 1 {
			t.Errorf("%+v", s)
		}
	})
}

// A second exporter on the same directory says so, and goes on without.
func TestSpoolTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		l := spoolLine(t, dir)
		second := spoolLine(t, dir)
		if text := second.out.one(t); !strings.Contains(text, "in use") {
			t.Errorf("reported: %s", text)
		}
		l.send(t, "a")
		second.send(t, "b")
		flush(t, l.exp)
		flush(t, second.exp)
		l.col.RequireSession(t, "a")
		second.col.RequireSession(t, "b")
	})
}

// A directory that cannot be one is reported, and nothing is lost for that.
func TestSpoolWithoutDirectory(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		l := spoolLine(t, filepath.Join(file, "spool"))
		l.send(t, "a")
		flush(t, l.exp)
		l.col.RequireSession(t, "a")
		if text := l.out.one(t); !strings.Contains(text, "not kept on disk") {
			t.Errorf("reported: %s", text)
		}
	})
}

// Somebody may delete the files of a spool that is in use, as what clears folders
// of temporary files does: what comes later arrives.
func TestSpoolDeleted(t *testing.T) {
	for name, pattern := range map[string]string{"the segments": "spool/*.spool", "the directory": "spool"} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				dir := t.TempDir()
				l := spoolLine(t, filepath.Join(dir, "spool"))
				l.send(t, "before")
				flush(t, l.exp)
				found, _ := filepath.Glob(filepath.Join(dir, pattern))
				if len(found) == 0 {
					t.Error("there is nothing to delete")
				}
				for _, name := range found {
					switch err := os.RemoveAll(name); {
					case err != nil && runtime.GOOS == "windows":
						t.Skip("Windows does not delete what is open")
					case err != nil:
						t.Fatal(err)
					}
				}
				for range 3 {
					l.send(t, "after")
					flush(t, l.exp)
				}
				if n := l.names()["after"]; n != 3 {
					t.Errorf("%d of 3 sessions arrived: %+v", n, l.exp.Stats())
				}
			})
		})
	}
}

// At its bound the spool gives the oldest up, and each is counted and told of.
func TestSpoolFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		told := 0
		col := exportertest.NewMemoryCollector(t, exportertest.WithDefault(exportertest.Status(503)))
		exp, out := open(t, col.Options(
			exporter.WithSpool(exporter.Spool{Dir: t.TempDir(), MaxBytes: 256 << 10}),
			exporter.WithOnDrop(func(d exporter.Drop) { told += d.Spans }))...)
		l := &line{exp, col, out}
		for range 40 {
			l.large(t, 20_000)
			time.Sleep(time.Second)
		}
		col.SetDefault(exportertest.Accept())
		time.Sleep(10 * time.Minute)
		s := exp.Stats()
		if lost := s.Dropped[exporter.DropSpoolFull]; lost == 0 || lost+s.Delivered != 80 || uint64(told) != lost || s.Spooled != 0 {
			t.Errorf("%+v, told of %d", s, told)
		}
	})
}

// What nobody takes for too long is given up.
func TestSpoolAge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		col := exportertest.NewMemoryCollector(t, exportertest.WithDefault(exportertest.Status(503)))
		exp, out := open(t, col.Options(exporter.WithSpool(exporter.Spool{Dir: t.TempDir(), MaxAge: time.Hour}))...)
		l := &line{exp, col, out}
		l.send(t, "a")
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		if s := exp.Stats(); s.Dropped[exporter.DropSpoolAge] != 1 || s.Spooled != 0 {
			t.Errorf("%+v", s)
		}
	})
}
