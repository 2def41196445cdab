// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package collector

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
)

const (
	// bodiesAtOnce is how many bodies of the largest size may be read at the same
	// time; of smaller ones it is as many more as take the same memory.
	bodiesAtOnce = 4
	// bodyOverhead is charged for each body beside what is read of it: the windows
	// of its decompression, and the connection's buffers.
	bodyOverhead = 64 << 10
	// Bodies are read into chunks that double from the first to the largest.
	firstChunk, largestChunk = 4 << 10, 1 << 20
)

// budget is memory of which there is an end.
type budget struct {
	used atomic.Int64
	all  int64
}

// share is what one request has taken of a budget.
type share struct {
	budget *budget
	taken  int64
}

// take takes n bytes more, and reports whether there were as many.
func (s *share) take(n int64) bool {
	if s.budget.used.Add(n) > s.budget.all {
		s.budget.used.Add(-n)
		return false
	}
	s.taken += n
	return true
}

// giveBack gives back all that was taken.
func (s *share) giveBack() {
	s.budget.used.Add(-s.taken)
	s.taken = 0
}

// errBusy says that too many bodies are being read.
var errBusy = errors.New("too many bodies at once")

// readBody reads at most maxBody bytes, both off the wire and decompressed.
func (s *Server) readBody(w http.ResponseWriter, r *http.Request) ([]byte, *refusal) {
	tooLarge := &refusal{
		http.StatusRequestEntityTooLarge, "body_too_large",
		fmt.Sprintf("the payload exceeds %d bytes (spect dev --max-body)", s.maxBody),
	}
	refused := func(err error) *refusal {
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return tooLarge
		}
		if errors.Is(err, errBusy) {
			w.Header().Set("Retry-After", "1")
			return &refusal{
				http.StatusServiceUnavailable, "busy",
				fmt.Sprintf("other payloads are being read, of %d bytes together: send this one again in a second", s.reading.all),
			}
		}
		return &refusal{http.StatusBadRequest, "unreadable_body", "the body could not be read: " + err.Error()}
	}
	if r.ContentLength > s.maxBody {
		return nil, tooLarge
	}
	memory := &share{budget: &s.reading}
	defer memory.giveBack()
	if !memory.take(bodyOverhead) {
		return nil, refused(errBusy)
	}
	var body io.Reader = http.MaxBytesReader(w, r.Body, s.maxBody)
	switch encoding := strings.ToLower(strings.TrimSpace(strings.Join(r.Header.Values("Content-Encoding"), ","))); encoding {
	case "", "identity":
	case "gzip":
		zr, err := gzip.NewReader(body)
		if err != nil {
			return nil, refused(err)
		}
		body = zr
	default:
		w.Header().Set("Accept-Encoding", "gzip")
		return nil, &refusal{
			http.StatusUnsupportedMediaType, "unsupported_encoding",
			fmt.Sprintf("Content-Encoding is %q; send gzip or none", encoding),
		}
	}
	read, err := s.readAll(body, memory)
	switch {
	case err != nil:
		return nil, refused(err)
	case int64(len(read)) > s.maxBody:
		return nil, tooLarge
	}
	return read, nil
}

// readAll reads to the end, or one byte more than maxBody. What it returns has no
// spare room: it is kept for long.
func (s *Server) readAll(r io.Reader, memory *share) ([]byte, error) {
	var chunks [][]byte
	left := s.maxBody + 1
	for size := int64(firstChunk); left > 0; size = min(2*size, largestChunk) {
		size = min(size, left)
		if !memory.take(size) {
			return nil, errBusy
		}
		chunk := make([]byte, size)
		n, err := readFull(r, chunk)
		chunks = append(chunks, chunk[:n])
		left -= int64(n)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	s.joining.Lock() // one at a time is in memory twice
	defer s.joining.Unlock()
	return slices.Concat(chunks...), nil
}

// readFull is [io.ReadFull], but for the error: what breaks off is told from what
// ends.
func readFull(r io.Reader, p []byte) (n int, err error) {
	for n < len(p) && err == nil {
		var m int
		m, err = r.Read(p[n:])
		n += m
	}
	return n, err
}
