// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/exporter"
	"github.com/spect-tools/spect-go/internal/bench/corpus"
)

// collector is one that a transport plays.
type collector func(*http.Request) (*http.Response, error)

// RoundTrip implements [http.RoundTripper].
func (c collector) RoundTrip(r *http.Request) (*http.Response, error) { return c(r) }

// answering is a collector that answers at once.
func answering(status int) collector {
	return func(r *http.Request) (*http.Response, error) {
		_ = r.Body.Close()
		return &http.Response{StatusCode: status, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
	}
}

// collectors are those that the tail is measured before.
var collectors = []struct {
	name string
	collector
}{
	{"accepts", answering(http.StatusOK)},
	{"fails", answering(http.StatusInternalServerError)},
	{"refuses_key", answering(http.StatusUnauthorized)},
	{"hangs", func(r *http.Request) (*http.Response, error) {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}},
	{"unreachable", func(*http.Request) (*http.Response, error) { return nil, errors.New("connection refused") }},
}

const (
	// burstOfEnds is how many sessions end one after the other in a turn.
	burstOfEnds = 20
	pauseOfEnds = 2 * time.Millisecond
)

// tail measures how long the slowest ends of spans take, whatever the collector
// does, beside BatchSpanProcessor with an exporter that discards.
func (b *bench) tail(c *corpus.Corpus) error {
	w := newWorkload(c, 4096)
	type line struct {
		name string
		p    *pipeline
		took []time.Duration
	}
	lines := []*line{{name: "BatchSpanProcessor", p: openDiscarding()}}
	for _, col := range collectors {
		p, err := openSpect("127.0.0.1", func(error) {}, exporter.WithTransport(col.collector))
		if err != nil {
			return err
		}
		lines = append(lines, &line{name: col.name, p: p})
	}
	b.profile()
	for range b.options.turns {
		for _, l := range lines {
			l.took = w.ends(l.p, l.took)
			time.Sleep(pauseOfEnds)
		}
	}
	b.printf("\nthe end of a span, on the application's thread: of %d ends, µs\n%-24s %8s %8s %8s\n", len(lines[0].took), "", "p50", "p99", "p99.9")
	for _, l := range lines {
		b.printf("%-24s %8.2f %8.2f %8.2f\n", l.name, quantile(l.took, 0.5), quantile(l.took, 0.99), quantile(l.took, 0.999))
	}
	for _, l := range lines[1:] {
		b.ratio("end_p999_vs_bsp_discard_"+l.name, quantile(l.took, 0.999)/quantile(lines[0].took, 0.999))
	}
	for _, l := range lines {
		ctx, cancel := context.WithTimeout(b.ctx, 100*time.Millisecond)
		_ = l.p.Shutdown(ctx) // most cannot deliver
		cancel()
	}
	return nil
}

// ends makes sessions by hand and appends how long the end of each span took.
func (w *workload) ends(tp trace.TracerProvider, took []time.Duration) []time.Duration {
	tr := tp.Tracer("spectbench")
	timed := func(s trace.Span) {
		begin := time.Now()
		s.End()
		took = append(took, time.Since(begin))
	}
	for i := range burstOfEnds {
		s := &w.sessions[i%distinct]
		ctx, root := tr.Start(context.Background(), sessionName, trace.WithAttributes(kindSession, contracts.ModelIDKey.String(modelID)))
		for k := range s.calls {
			_, span := tr.Start(ctx, callName, trace.WithAttributes(
				contracts.KindKey.String(string(contracts.KindGenerate)), contracts.MessagesKey.String(s.calls[k].withIDs)))
			timed(span)
		}
		timed(root)
	}
	return took
}

// quantile is in microseconds.
func quantile(took []time.Duration, q float64) float64 {
	sorted := slices.Sorted(slices.Values(took))
	return float64(sorted[min(len(sorted)-1, int(q*float64(len(sorted))))].Nanoseconds()) / 1000
}
