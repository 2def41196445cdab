// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spect-tools/spect-go/exporter"
	"github.com/spect-tools/spect-go/exporter/exportertest"
)

// Flush says when sessions were given up, and why; nil is that they were not.
// Shutdown does not: programs fail when it fails.
func TestFlushTellsOfLosses(t *testing.T) {
	spools := map[string]func(*testing.T) exporter.Option{
		"no spool": func(*testing.T) exporter.Option { return nil },
		"spool":    func(t *testing.T) exporter.Option { return exporter.WithSpool(exporter.Spool{Dir: t.TempDir()}) },
	}
	for name, spool := range spools {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLine(t, spool(t))
				l.col.Respond(exportertest.Status(422), exportertest.Status(404), exportertest.Accept(), exportertest.Status(400))
				for i := range 2 {
					l.send(t, fmt.Sprint("lost ", i))
				}
				err := l.exp.Flush(t.Context())
				var failure *exporter.DeliveryError
				if !errors.As(err, &failure) || failure.Status != 422 && failure.Status != 404 || !strings.Contains(err.Error(), "given up: 2") {
					t.Errorf("Flush returned %v", err)
				}
				l.send(t, "delivered")
				if err := l.exp.Flush(t.Context()); err != nil {
					t.Errorf("Flush returned %v", err)
				}
				l.send(t, "lost at last")
				if err := l.exp.Shutdown(t.Context()); err != nil {
					t.Errorf("Shutdown returned %v", err)
				}
				if s := l.exp.Stats(); s.Delivered != 1 || s.Dropped[exporter.DropRejected] != 3 {
					t.Errorf("%+v", s)
				}
			})
		})
	}
}

// What retries could not mend is given up too, in the end.
func TestFlushTellsOfExhaustedRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t, exporter.WithRetryTimeout(10*time.Second))
		l.col.SetDefault(exportertest.Status(503))
		l.send(t, "s")
		var failure *exporter.DeliveryError
		if err := l.exp.Flush(t.Context()); !errors.As(err, &failure) || failure.Status != 503 {
			t.Errorf("Flush returned %v", err)
		}
	})
}

// A session that is delivered at its end and lost is reported once, as others
// are.
func TestImmediateReportsOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t, exporter.WithImmediate())
		l.col.SetDefault(exportertest.Status(400))
		for range 5 {
			l.send(t, "s")
		}
		l.out.one(t)
	})
}

// What Flush returns says once whose error it is, whatever it wraps, and still
// wraps it.
func TestFlushSaysOnceWhoseErrorItIs(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		spool  bool
		want   string
	}{
		"given up":           {422, false, "spect: sessions given up: 1; the last: the collector answered 422 Unprocessable Entity"},
		"the key is refused": {401, false, "spect: sessions still wait for their delivery: the collector answered 401 Unauthorized"},
		"it waits on disk":   {503, true, "spect: sessions wait on disk for their delivery: the collector answered 503 Service Unavailable"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				opts := []exporter.Option{exporter.WithShutdownTimeout(time.Second)}
				if c.spool {
					opts = append(opts, exporter.WithSpool(exporter.Spool{Dir: t.TempDir()}))
				}
				l := newLine(t, opts...)
				l.col.SetDefault(exportertest.Status(c.status))
				l.send(t, "s")
				err := l.exp.Flush(t.Context())
				var failure *exporter.DeliveryError
				if !errors.As(err, &failure) || failure.Status != c.status {
					t.Fatalf("Flush returned %v", err)
				}
				if text := err.Error(); !strings.HasPrefix(text, c.want) || strings.Count(text, "spect: ") > 1 {
					t.Errorf("Flush returned\n%s\nwant\n%s...", text, c.want)
				}
			})
		})
	}
}
