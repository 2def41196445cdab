// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter_test

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/exporter"
	"github.com/spect-tools/spect-go/exporter/exportertest"
)

// large ends a session whose payload is a little over size bytes.
func (l *line) large(t *testing.T, size int) {
	t.Helper()
	tr := provider(l.exp).Tracer("app")
	ctx, s := session(t.Context(), tr, "s")
	_, e := entry(ctx, tr, "e", contracts.MessagesKey.String(
		string(contracts.MakeMessages(contracts.UserText("the question"), contracts.AssistantText(strings.Repeat("words ", size/6))))))
	e.End()
	s.End()
}

// A payload that the collector finds too large is cut and sent once more.
func TestTooLarge(t *testing.T) {
	for name, test := range map[string]struct {
		size, limit int // of the first request, and of the second
		answers     []exportertest.Response
		requests    int
		delivered   bool
	}{
		"cut to a half":       {200_000, 101_000, []exportertest.Response{exportertest.Status(413)}, 2, true},
		"cut to usual limits": {5_000_000, 1 << 20, []exportertest.Response{exportertest.Status(413)}, 2, true},
		"once":                {200_000, 100_000, []exportertest.Response{exportertest.Status(413), exportertest.Status(413)}, 2, false},
		"cut, then retried":   {200_000, 101_000, []exportertest.Response{exportertest.Status(413), exportertest.Status(503)}, 3, true},
		"cut, then too large": {200_000, 100_000, []exportertest.Response{exportertest.Status(413), exportertest.Status(503), exportertest.Status(413)}, 3, false},
		"small":               {5_000, 0, []exportertest.Response{exportertest.Status(413)}, 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLine(t)
				l.col.Respond(test.answers...)
				l.large(t, test.size)
				flush(t, l.exp)
				requests := l.col.Requests()
				if len(requests) != test.requests {
					t.Fatalf("%d requests, want %d", len(requests), test.requests)
				}
				if !test.delivered {
					if s := l.exp.Stats(); s.Dropped[exporter.DropRejected] != 2 || !strings.Contains(l.out.all()[len(l.out.all())-1], "413") {
						t.Errorf("%+v, reported %q", s, l.out.all())
					}
					return
				}
				if whole := len(requests[0].Body); whole < test.size {
					t.Errorf("the first request has %d bytes, want all", whole)
				}
				if cut := len(requests[1].Body); cut > test.limit || cut < test.limit/3 {
					t.Errorf("the second request has %d bytes, want at most %d", cut, test.limit)
				}
				p := l.col.RequireSession(t, "s")
				valid(t, l.col.Sessions())
				span := p.Metadata.Result.Spans[0]
				if text := string(span.Messages); !strings.Contains(text, "the question") || span.Metadata.Member("partial") == "" {
					t.Errorf("what was cut is not said: %s", span.Metadata)
				}
			})
		})
	}
}
