// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"runtime/metrics"
	"strings"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/spect-tools/spect-go/exporter"
	"github.com/spect-tools/spect-go/internal/bench/corpus"
)

// held measures the heap that an ended span takes while its session is open,
// beyond what it says.
func (b *bench) held(c *corpus.Corpus, size string, bytes int) error {
	w := newWorkload(c, bytes)
	var says spelled
	p := &pipeline{TracerProvider: newProvider(sdktrace.WithSpanProcessor(&says))}
	emit := w.traced(p)
	for i := range distinct {
		emit(i) // the root does not end
	}
	captured := float64(says.bytes) / float64(says.spans)

	// What open spans cost the program anyway is taken off.
	without, err := b.growth(w, openNop())
	if err != nil {
		return err
	}
	// The bounds are not to get in the way.
	spect, err := openSpect("127.0.0.1", b.failed, exporter.WithLocal(), exporter.WithMaxSessionAge(time.Hour), exporter.WithMaxHeld(math.MaxInt, math.MaxInt))
	if err != nil {
		return err
	}
	with, err := b.growth(w, spect)
	if err != nil {
		return err
	}
	perSpan := (with - without) / float64(b.options.held*calls)
	b.printf("\n%d open sessions, %s of messages a span: an ended span takes %.0f bytes and says %.0f, so %.0f beyond\n",
		b.options.held, size, perSpan, captured, perSpan-captured)
	name := "held_bytes_beyond_captured"
	if size != sizes[0].name {
		name += "_" + size
	}
	b.ratio(name, perSpan-captured)
	return nil
}

// growth is how much the heap grows with sessions that have not ended.
func (b *bench) growth(w *workload, p *pipeline) (float64, error) {
	before := heap()
	emit := w.traced(p)
	ends := make([]func(), 0, b.options.held)
	for i := range b.options.held {
		ends = append(ends, emit(i))
		if i%batch == 0 {
			if err := p.ForceFlush(b.ctx); err != nil { // so that all is taken in
				return 0, err
			}
		}
	}
	if err := p.ForceFlush(b.ctx); err != nil {
		return 0, err
	}
	grown := heap() - before
	runtime.KeepAlive(w) // it was there before
	for i, end := range ends {
		end()
		if i%batch == 0 {
			if err := p.ForceFlush(b.ctx); err != nil {
				return 0, err
			}
		}
	}
	if err := p.ForceFlush(b.ctx); err != nil {
		return 0, err
	}
	n, err := p.delivered()
	if err == nil && n != 0 && n != int64(b.options.held*spans) {
		err = fmt.Errorf("%d of %d spans were delivered", n, b.options.held*spans)
	}
	return grown, errors.Join(err, p.close(b.ctx))
}

// heap is the bytes of all objects that are in use.
func heap() float64 {
	runtime.GC()
	runtime.GC() // what pools kept
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return float64(sample[0].Value.Uint64())
}

// spelled adds up what ended spans say: ids, times, status, name, and the
// attributes that are Spect's.
type spelled struct {
	nop
	spans, bytes int
}

func (s *spelled) OnEnd(span sdktrace.ReadOnlySpan) {
	const ids, times, status = 16 + 8 + 8, 2 * 8, 1
	n := ids + times + status + len(span.Name())
	for _, kv := range span.Attributes() {
		if strings.HasPrefix(string(kv.Key), "spect.") {
			n += len(kv.Key) + len(kv.Value.String())
		}
	}
	s.spans++
	s.bytes += n
}
