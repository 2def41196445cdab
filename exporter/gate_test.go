// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spect-tools/spect-go/exporter"
	"github.com/spect-tools/spect-go/exporter/exportertest"
)

// While the collector refuses the key, sessions wait: one tries now and then,
// and when it gets through all do.
func TestRefusedKey(t *testing.T) {
	for status, hints := range map[int][]string{
		401: {"SPECT_API_KEY", "SPECT_ORGANIZATION_ID"}, 403: {"SPECT_API_KEY", "SPECT_ORGANIZATION_ID"}, 407: {"the proxy", "HTTPS_PROXY"},
	} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLine(t)
				l.col.Respond(slices.Repeat([]exportertest.Response{exportertest.Status(status).WithBody("who\nare you?")}, 4)...)
				const n = 20
				l.send(t, "first")
				time.Sleep(time.Second)
				for i := range n - 1 {
					l.send(t, fmt.Sprint(i))
				}
				time.Sleep(29 * time.Second)
				if s := l.exp.Stats(); s.Held != n || len(l.col.Requests()) != 1 {
					t.Errorf("%d requests, %+v", len(l.col.Requests()), s)
				}
				text := l.out.one(t)
				for _, want := range append(hints, fmt.Sprint(status), `"who are you?"`) {
					if !strings.Contains(text, want) {
						t.Errorf("the report lacks %q: %s", want, text)
					}
				}
				time.Sleep(10 * time.Minute)
				synctest.Wait()
				if s := l.exp.Stats(); s.Held != 0 || s.Delivered != n || len(l.col.Requests()) != n+4 {
					t.Errorf("%d requests, %+v", len(l.col.Requests()), s)
				}
				// 30 s, then twice as long each time, and then all at once.
				want := []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute, 0}
				if gaps := l.gaps(); !slices.Equal(gaps[:len(want)], want) {
					t.Errorf("requests came after %v, want %v, ...", gaps[:len(want)], want)
				}
			})
		})
	}
}

// Refusals of requests that were made together are one.
func TestRefusedKeyOfManyAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t, exporter.WithWorkers(8))
		l.col.Respond(slices.Repeat([]exportertest.Response{exportertest.Status(401).After(time.Second)}, 8)...)
		for i := range 8 {
			l.send(t, fmt.Sprint(i))
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if s := l.exp.Stats(); s.Delivered != 8 || len(l.col.Requests()) != 16 {
			t.Errorf("%d requests, %+v", len(l.col.Requests()), s)
		}
	})
}

// A network that fails while the key is refused is no answer to whether it is.
func TestRefusedKeyThenUnreachable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t, exporter.WithRetryTimeout(0), exporter.WithWorkers(1))
		l.col.Respond(exportertest.Status(401), exportertest.Reset(), exportertest.Status(401))
		l.send(t, "first")
		time.Sleep(time.Second)
		l.send(t, "second")
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if s := l.exp.Stats(); s.Delivered != 1 || s.Dropped[exporter.DropRetriesExhausted] != 1 {
			t.Errorf("%+v", s)
		}
		l.col.RequireSession(t, "second")
	})
}

// Flush and Shutdown do not wait for a better key. Shutdown tries once more.
func TestFlushWithRefusedKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t)
		l.col.Respond(exportertest.Status(401), exportertest.Status(403))
		begin := time.Now()
		l.send(t, "a")
		err := l.exp.Flush(context.Background())
		var failure *exporter.DeliveryError
		if !errors.As(err, &failure) || failure.Status != 401 || failure.Retryable() {
			t.Errorf("Flush returned %v", err)
		}
		l.send(t, "b")
		l.send(t, "c")
		if err := l.exp.Flush(context.Background()); !errors.As(err, &failure) {
			t.Errorf("Flush returned %v", err)
		}
		shutdown(t, l.exp)
		if took := time.Since(begin); took > time.Second {
			t.Errorf("it took %v", took)
		}
		if s := l.exp.Stats(); s.Dropped[exporter.DropRejected] != 3 || len(l.col.Requests()) != 2 {
			t.Errorf("%d requests, %+v", len(l.col.Requests()), s)
		}
	})
}

// A key that is accepted at last lets everything through at shutdown.
func TestShutdownWithKeyAccepted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t)
		l.col.Respond(exportertest.Status(401))
		for i := range 10 {
			l.send(t, fmt.Sprint(i))
			time.Sleep(time.Second)
		}
		shutdown(t, l.exp)
		if s := l.exp.Stats(); s.Delivered != 10 || len(l.col.Requests()) != 11 {
			t.Errorf("%d requests, %+v", len(l.col.Requests()), s)
		}
	})
}
