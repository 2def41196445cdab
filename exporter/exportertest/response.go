// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exportertest

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/spect-tools/spect-go/contracts"
)

// Response is what the collector does with one request. The zero Response is
// [Accept].
type Response struct {
	act    func(*exchange)
	delay  time.Duration
	pause  time.Duration
	header http.Header
	body   string
}

// exchange is a request under way.
type exchange struct {
	collector *Collector
	request   *Request
	w         http.ResponseWriter
	r         *http.Request
	// body stands in for what would be answered.
	body string
}

// Accept takes the session, as the real collector does: a POST to /traces that
// names an organization, holds a bearer token and a payload. What is not like
// that is refused with the status that fits.
func Accept() Response { return Response{act: accept} }

func accept(x *exchange) {
	status, text := judge(x.r, x.request.Body)
	x.answer(status, text)
}

func judge(r *http.Request, body []byte) (status int, text string) {
	token, isBearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	switch {
	case r.URL.Path != "/traces":
		return http.StatusNotFound, "there is nothing but /traces here"
	case r.Method != http.MethodPost:
		return http.StatusMethodNotAllowed, "POST a payload"
	case r.URL.Query().Get("name") == "":
		return http.StatusBadRequest, "no organization: the query has no name"
	case !isBearer || token == "":
		return http.StatusUnauthorized, "no bearer token"
	}
	if _, err := contracts.ParsePayload(string(body)); err != nil {
		return http.StatusBadRequest, err.Error()
	}
	return http.StatusOK, ""
}

// Status answers with a status, whatever was sent.
func Status(code int) Response {
	return Response{act: func(x *exchange) { x.answer(code, "") }}
}

// RetryAfter answers with a status and a Retry-After header in seconds.
func RetryAfter(code int, d time.Duration) Response {
	return Status(code).WithHeader("Retry-After", strconv.FormatInt(int64(d/time.Second), 10))
}

// RetryAfterDate answers with a status and a Retry-After header that is a date,
// which lies d ahead when the answer is written.
func RetryAfterDate(code int, d time.Duration) Response {
	return Response{act: func(x *exchange) {
		x.w.Header().Set("Retry-After", time.Now().Add(d).UTC().Format(http.TimeFormat))
		x.answer(code, "")
	}}
}

// Stall never answers, until the client gives up or the collector is closed.
func Stall() Response {
	return Response{act: func(x *exchange) {
		<-x.r.Context().Done()
		panic(http.ErrAbortHandler)
	}}
}

// Reset breaks the connection instead of answering.
func Reset() Response { return Response{act: reset} }

func reset(x *exchange) {
	conn, _, err := http.NewResponseController(x.w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	switch conn := conn.(type) {
	case *net.TCPConn:
		_ = conn.SetLinger(0) // a reset, not an orderly end
	case *memoryConn:
		conn.reset()
	}
	_ = conn.Close()
}

// Unheard accepts the session, and breaks the connection instead of saying so:
// who sent it cannot know, and will send it again.
func Unheard() Response {
	return Response{act: func(x *exchange) {
		if status, _ := judge(x.r, x.request.Body); status == http.StatusOK {
			x.collector.update(func() { x.request.Status = status })
		}
		reset(x)
	}}
}

// TooLarge answers 413 to a request whose body is larger than so many bytes, as a
// server in front of a collector may, and accepts others.
func TooLarge(limit int) Response {
	return Response{act: func(x *exchange) {
		if len(x.request.Body) > limit {
			x.answer(http.StatusRequestEntityTooLarge, "")
			return
		}
		accept(x)
	}}
}

// Truncated accepts the session with an answer that breaks off in the middle.
func Truncated() Response {
	return Response{act: func(x *exchange) {
		x.w.Header().Set("Content-Length", "1000")
		x.answer(http.StatusOK, `{"ok":`)
		_ = http.NewResponseController(x.w).Flush()
		panic(http.ErrAbortHandler)
	}}
}

// Huge accepts the session with an answer of so many bytes.
func Huge(size int64) Response {
	return Response{act: func(x *exchange) {
		x.w.WriteHeader(http.StatusOK)
		chunk := strings.Repeat("0123456789abcdef", 256)
		for left := size; left > 0; {
			n, err := io.WriteString(x.w, chunk[:min(left, int64(len(chunk)))])
			if left -= int64(n); err != nil {
				return
			}
		}
	}}
}

// Early answers with a status before it has read the request's body, which it
// then leaves where it is.
func Early(code int) Response {
	return Response{pause: -1, act: func(x *exchange) { x.answer(code, "") }}
}

// SlowRead accepts the session, but reads the request a little at a time, with
// a pause after each.
func SlowRead(pause time.Duration) Response {
	r := Accept()
	r.pause = pause
	return r
}

// Delay accepts the session after some time.
func Delay(d time.Duration) Response { return Accept().After(d) }

// After has the response wait before it does anything, once the request was
// read.
func (r Response) After(d time.Duration) Response {
	r.delay = d
	return r
}

// WithHeader adds a header to the answer.
func (r Response) WithHeader(name, value string) Response {
	if r.header = r.header.Clone(); r.header == nil {
		r.header = http.Header{}
	}
	r.header.Add(name, value)
	return r
}

// WithBody sets the answer's body.
func (r Response) WithBody(text string) Response {
	r.body = text
	return r
}

func (r Response) serve(x *exchange) {
	if err := x.read(r.pause); err != nil {
		panic(http.ErrAbortHandler) // the client is gone
	}
	if r.delay > 0 && !x.sleep(r.delay) {
		panic(http.ErrAbortHandler)
	}
	maps.Copy(x.w.Header(), r.header)
	x.body = r.body
	if r.act == nil {
		r.act = accept
	}
	r.act(x)
}

// read takes in the request's body: at once, or a little at a time, or not at
// all when pause is below 0.
func (x *exchange) read(pause time.Duration) error {
	if pause < 0 {
		return nil
	}
	buf := make([]byte, 4<<10)
	var body []byte
	for {
		n, err := x.r.Body.Read(buf)
		body = append(body, buf[:n]...)
		if n > 0 && pause > 0 && !x.sleep(pause) {
			err = x.r.Context().Err()
		}
		if err != nil {
			if whole, ok := plain(x.r.Header, body); ok {
				body = whole
			}
			x.collector.update(func() { x.request.Body = body })
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
	}
}

// plain undoes the compression of a body.
func plain(header http.Header, body []byte) (_ []byte, ok bool) {
	if header.Get("Content-Encoding") != "gzip" {
		return body, true
	}
	r, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, false
	}
	whole, err := io.ReadAll(r)
	return whole, err == nil
}

// sleep reports whether the time passed before the client went away.
func (x *exchange) sleep(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-x.r.Context().Done():
		return false
	}
}

func (x *exchange) answer(code int, text string) {
	if x.body != "" {
		text = x.body
	}
	x.w.WriteHeader(code)
	if text != "" {
		_, _ = fmt.Fprint(x.w, text)
	}
}

// statusWriter tells the collector how a request was answered.
type statusWriter struct {
	http.ResponseWriter
	exchange *exchange
}

func (w *statusWriter) WriteHeader(code int) {
	x := w.exchange
	x.collector.update(func() { x.request.Status = code })
	w.ResponseWriter.WriteHeader(code)
}

// Unwrap is for [http.ResponseController].
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
