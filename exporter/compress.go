// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"bytes"
	"context"
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/klauspost/compress/gzip"
)

// Compression is how requests are compressed.
type Compression string

const (
	// NoCompression sends payloads as they are. It is the default: what the
	// collector has promised to take.
	NoCompression Compression = "none"
	// Gzip compresses payloads with gzip. To a collector that answers 415, it is
	// not used again.
	Gzip Compression = "gzip"
)

// gzipLevel is the cheapest: the next one makes transcripts up to a tenth smaller,
// conversations that grow not at all, and its table pushes everything else out of
// the processor's caches.
const gzipLevel = 1

// gzipSender compresses the body of a shipment.
type gzipSender struct {
	next    sender
	refused atomic.Bool
	writers sync.Pool
}

func newGzipSender(next sender) *gzipSender {
	return &gzipSender{next: next, writers: sync.Pool{New: func() any {
		w, _ := gzip.NewWriterLevel(nil, gzipLevel) // the level is one that there is
		return w
	}}}
}

func (s *gzipSender) send(ctx context.Context, sh *shipment) error {
	if s.refused.Load() {
		sh.compressed = nil
		return s.next.send(ctx, sh)
	}
	if sh.compressed == nil {
		s.compress(sh)
	}
	err := s.next.send(ctx, sh)
	if e, isAnswer := answered(err); isAnswer && e.Status == http.StatusUnsupportedMediaType {
		s.refused.Store(true)
		sh.compressed = nil
		return s.next.send(ctx, sh)
	}
	return err
}

func (s *gzipSender) compress(sh *shipment) {
	buf := bytes.NewBuffer(make([]byte, 0, len(sh.body)/2))
	w := s.writers.Get().(*gzip.Writer)
	w.Reset(buf)
	_, _ = w.Write(sh.body) // memory does not fail
	_ = w.Close()
	w.Reset(nil)
	s.writers.Put(w)
	sh.compressed = buf.Bytes()
}
