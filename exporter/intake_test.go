// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/spect-tools/spect-go/exporter"
)

// What waits to be taken in is bounded by its bytes, whether it is many spans or
// large ones; ends are refused before starts; and all of it is counted or told.
func TestIntakeIsBounded(t *testing.T) {
	const held, spans, starts = 2 << 20, 2000, 6000
	for _, c := range []struct {
		name            string
		text            int
		atLeast, atMost uint64 // spans taken in, for half of held
	}{
		{"many", 0, 400, 900},
		{"large", 100_000, 9, 10},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				// The gatherer stands while it tells of a drop.
				stands, goOn, dropped := make(chan struct{}), make(chan struct{}), uint64(0)
				l := newLine(t, exporter.WithMaxHeld(1<<20, held), exporter.WithOnDrop(func(d exporter.Drop) {
					if d.Reason == exporter.DropDuplicate {
						close(stands)
						<-goOn
					}
					if d.Reason == exporter.DropIntakeFull {
						dropped += uint64(d.Spans)
					}
				}))
				tr := provider(l.exp).Tracer("app")
				_, twice := session(t.Context(), tr, "twice")
				twice.End()
				again := tracetest.SpanStubFromReadOnlySpan(twice.(sdktrace.ReadOnlySpan)).Snapshot()
				if err := l.exp.ExportSpans(t.Context(), []sdktrace.ReadOnlySpan{again}); err != nil {
					t.Fatal(err)
				}
				<-stands

				for range spans {
					_, s := session(t.Context(), tr, "s", attribute.String("text", strings.Repeat("x", c.text)))
					s.End()
				}
				received := l.exp.Stats().Received - 2
				full := l.exp.Stats().Dropped[exporter.DropIntakeFull]
				if taken := received - full; received != spans || taken < c.atLeast || taken > c.atMost {
					t.Errorf("%d spans taken in of %d, %d refused", taken, received, full)
				}
				_, root := session(t.Context(), tr, "root") // its start is taken: there is room for more starts than ends
				for range starts {
					session(t.Context(), tr, "unseen")
				}
				balanced(t, l.exp)
				close(goOn)
				time.Sleep(time.Second)
				root.End()
				flush(t, l.exp)
				if dropped != full {
					t.Errorf("%d spans refused, and told of %d", full, dropped)
				}
				if said := l.out.one(t); !strings.Contains(said, "started faster than they could be taken in") {
					t.Errorf("said %q", said)
				}
				// There is room again.
				_, next := session(t.Context(), tr, "next")
				next.End()
				flush(t, l.exp)
				l.col.RequireSession(t, "next")
			})
		})
	}
}
