// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package discard

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Counts is what a server has received.
type Counts struct {
	Requests, Spans, Bytes int64
	// Refused are the requests that it could not read.
	Refused int64
}

// Handler takes OTLP at /v1/traces and Spect payloads at /traces, and tells its
// [Counts] as JSON at /counts.
type Handler struct {
	requests, spans, bytes, refused atomic.Int64
	buffers                         sync.Pool
}

// maxBody bounds a request.
const maxBody = 256 << 20

// ServeHTTP implements [http.Handler].
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/counts" {
		_ = json.NewEncoder(w).Encode(h.Counts())
		return
	}
	if err := h.take(r); err != nil {
		h.refused.Add(1)
		http.Error(w, err.Error(), http.StatusBadRequest)
	}
}

func (h *Handler) take(r *http.Request) error {
	body, _ := h.buffers.Get().(*bytes.Buffer)
	if body == nil {
		body = new(bytes.Buffer)
	}
	defer h.buffers.Put(body)
	body.Reset()
	n, err := body.ReadFrom(io.LimitReader(r.Body, maxBody))
	if err != nil {
		return err
	}
	data := body.Bytes()
	if r.Header.Get("Content-Encoding") == "gzip" {
		plain, _ := h.buffers.Get().(*bytes.Buffer)
		if plain == nil {
			plain = new(bytes.Buffer)
		}
		defer h.buffers.Put(plain)
		plain.Reset()
		z, err := gzip.NewReader(body)
		if err != nil {
			return err
		}
		if _, err := plain.ReadFrom(io.LimitReader(z, maxBody)); err != nil {
			return err
		}
		data = plain.Bytes()
	}
	var spans int
	switch r.URL.Path {
	case "/v1/traces":
		if spans, err = countOTLP(data); err != nil {
			return err
		}
	case "/traces":
		spans = countSpect(data)
	default:
		return fmt.Errorf("nothing is at %s", r.URL.Path)
	}
	h.requests.Add(1)
	h.bytes.Add(n)
	h.spans.Add(int64(spans))
	return nil
}

// Counts returns what was received by now.
func (h *Handler) Counts() Counts {
	return Counts{Requests: h.requests.Load(), Spans: h.spans.Load(), Bytes: h.bytes.Load(), Refused: h.refused.Load()}
}

// Serve serves on a free port of 127.0.0.1, whose address it writes to out as
// a line, until in ends or the time is over. It is the main function of the
// process that [Start] starts.
func Serve(in io.Reader, out io.Writer, atMost time.Duration) error {
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintln(out, listener.Addr()); err != nil {
		return err
	}
	server := &http.Server{Handler: new(Handler), ReadHeaderTimeout: time.Minute}
	stop := sync.OnceFunc(func() { _ = server.Close() })
	defer stop()
	go func() {
		_, _ = io.Copy(io.Discard, in)
		stop()
	}()
	defer time.AfterFunc(atMost, stop).Stop()
	if err := server.Serve(listener); err != http.ErrServerClosed {
		return err
	}
	return nil
}
