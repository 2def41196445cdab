// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// transport is the exporter's own: HTTP/1.1 on kept connections, written and read
// in the goroutine that posts. That of net/http has two goroutines for each
// connection; waking them takes as long as the rest of a post of usual size
// (docs/performance.md). Requests are written, and responses parsed, by net/http
// all the same, and its transport has what is not usual: proxies, and bodies so
// large that their answer may have to be read while they are written.
//
// It is safe for concurrent use.
type transport struct {
	dialer net.Dialer
	tls    *tls.Config
	proxy  func(*http.Request) (*url.URL, error)
	other  *http.Transport

	mu   sync.Mutex
	idle []*connection // the last one used last
	most int
	// sweep closes what has been idle for long; nil while nothing is idle.
	sweep  *time.Timer
	closed bool
}

const (
	// maxInline bounds the bodies that are written before their answer is read:
	// less than the buffers between here and there take.
	maxInline = 256 << 10
	// maxHead bounds the head of an answer.
	maxHead = 64 << 10
	// maxInformational bounds the answers that come before the answer.
	maxInformational = 5
	// idleFor is how long an unused connection is kept.
	idleFor = 90 * time.Second
	// lastWords is how long to wait for the answer of a server that does not take
	// the whole body.
	lastWords = time.Second
)

func newTransport(cfg *config) *transport {
	secure := &tls.Config{MinVersion: tls.VersionTLS12}
	if cfg.tls != nil {
		secure = cfg.tls.Clone()
		secure.MinVersion = max(secure.MinVersion, tls.VersionTLS12)
	}
	t := &transport{
		dialer: net.Dialer{Timeout: cfg.timeout, KeepAlive: 30 * time.Second},
		tls:    secure, proxy: cfg.proxy, most: cfg.workers,
	}
	t.other = &http.Transport{
		Proxy:               cfg.proxy,
		DialContext:         t.dialer.DialContext,
		TLSClientConfig:     secure.Clone(),
		TLSHandshakeTimeout: cfg.timeout, // the rest of a request has send's timeout
		IdleConnTimeout:     idleFor,
		MaxIdleConnsPerHost: cfg.workers,
		MaxConnsPerHost:     cfg.workers,
		WriteBufferSize:     64 << 10,
		OnProxyConnectResponse: func(_ context.Context, _ *url.URL, _ *http.Request, res *http.Response) error {
			if res.StatusCode == http.StatusProxyAuthRequired {
				return errProxyAuth
			}
			return nil
		},
	}
	return t
}

// errProxyAuth says that a proxy wants credentials before it makes a connection: for
// that the transport gives no response.
var errProxyAuth = errors.New("proxy authentication required")

// RoundTrip implements [http.RoundTripper]. The response's body is in memory: the
// first of it, as much as is looked at.
func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if !canLook || r.ContentLength > maxInline || !isASCII(r.URL.Host) {
		return t.other.RoundTrip(r)
	}
	if t.proxy != nil {
		if via, err := t.proxy(r); err != nil || via != nil {
			return t.other.RoundTrip(r)
		}
	}
	for c := t.take(); c != nil; c = t.take() {
		if !c.quiet() {
			_ = c.Close()
			continue
		}
		res, err := t.roundTrip(r, c)
		if err == nil || c.heard || r.GetBody == nil {
			return res, err
		}
		// The server gave it up in the moment in which it was used again.
		if r.Body, err = r.GetBody(); err != nil {
			return nil, err
		}
		break
	}
	c, err := t.connect(r.Context(), r.URL)
	if err != nil {
		_ = r.Body.Close()
		return nil, orDone(r.Context(), err)
	}
	return t.roundTrip(r, c)
}

// roundTrip makes a request on a connection.
func (t *transport) roundTrip(r *http.Request, c *connection) (*http.Response, error) {
	stop := context.AfterFunc(r.Context(), c.abort)
	res, again, err := c.exchange(r)
	switch {
	case !stop() || err != nil:
		_ = c.tcp.Close() // that of TLS waits for the peer to take its last word
	case again:
		t.keep(c)
	default:
		_ = c.Close()
	}
	return res, orDone(r.Context(), err)
}

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) < 0
}

// orDone is why a request failed: its context, where that is done.
func orDone(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// connect makes a connection.
func (t *transport) connect(ctx context.Context, to *url.URL) (*connection, error) {
	port := to.Port()
	switch {
	case port != "":
	case to.Scheme == "https":
		port = "443"
	default:
		port = "80"
	}
	tcp, err := t.dialer.DialContext(ctx, "tcp", net.JoinHostPort(to.Hostname(), port))
	if err != nil {
		return nil, err
	}
	c := &connection{Conn: tcp, tcp: tcp}
	c.r = bufio.NewReader(readerOf(c.read))
	if to.Scheme != "https" {
		return c, nil
	}
	shaken := false
	defer func() {
		if !shaken { // also where a callback of the configuration panicked
			_ = tcp.Close()
		}
	}()
	secure := t.tls.Clone()
	if secure.ServerName == "" {
		secure.ServerName = to.Hostname()
	}
	secure.NextProtos = []string{"http/1.1"}
	client := tls.Client(tcp, secure)
	ctx, cancel := context.WithTimeout(ctx, t.dialer.Timeout)
	defer cancel()
	if err := client.HandshakeContext(ctx); err != nil {
		return nil, err
	}
	c.Conn, shaken = client, true
	return c, nil
}

func (t *transport) take() *connection {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := len(t.idle)
	if n == 0 {
		return nil
	}
	c := t.idle[n-1]
	t.idle[n-1] = nil
	t.idle = t.idle[:n-1]
	return c
}

func (t *transport) keep(c *connection) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed || len(t.idle) >= t.most {
		_ = c.Close()
		return
	}
	c.since = time.Now()
	t.idle = append(t.idle, c)
	if t.sweep == nil {
		t.sweep = time.AfterFunc(idleFor, t.closeOld)
	}
}

// closeOld closes the connections that nobody needed for long.
func (t *transport) closeOld() {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	t.idle = slices.DeleteFunc(t.idle, func(c *connection) bool {
		old := now.Sub(c.since) >= idleFor
		if old {
			_ = c.Close()
		}
		return old
	})
	if t.sweep = nil; len(t.idle) > 0 && !t.closed {
		t.sweep = time.AfterFunc(idleFor-now.Sub(t.idle[0].since), t.closeOld)
	}
}

// close closes the connections that are idle, and those that are in use when
// they become so.
func (t *transport) close() {
	t.other.CloseIdleConnections()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closed = true
	for _, c := range t.idle {
		_ = c.Close()
	}
	t.idle = nil
	if t.sweep != nil {
		t.sweep.Stop()
		t.sweep = nil
	}
}

// connection is one kept connection, for one request at a time.
type connection struct {
	net.Conn // that of TLS, where it is secure

	tcp   net.Conn
	r     *bufio.Reader
	since time.Time
	// head is the request up to its body; failed is what came of writing it.
	head   []byte
	failed error
	// room is how much more of the answer's head is read; heard says that something
	// of an answer was.
	room  int
	heard bool
}

// abort ends what is under way, for good.
func (c *connection) abort() { _ = c.SetDeadline(time.Unix(1, 0)) }

// quiet reports whether the connection can be used again: it is still there, and
// nobody has said anything that was not asked for.
func (c *connection) quiet() bool { return c.r.Buffered() == 0 && isQuiet(c.tcp) }

// exchange writes a request and reads its answer. again reports whether the
// connection is good for another.
func (c *connection) exchange(r *http.Request) (res *http.Response, again bool, err error) {
	c.head, c.failed, c.heard = c.head[:0], nil, false
	err = r.Write((*outgoing)(c))
	if err == nil {
		err = (*outgoing)(c).flush(nil)
	}
	_ = r.Body.Close()
	if err == nil {
		return c.answer(r)
	}
	if c.failed != nil {
		// It may have answered before it stopped to listen.
		_ = c.SetReadDeadline(time.Now().Add(lastWords))
		if r.Context().Err() != nil {
			c.abort() // which came before
		}
		if res, _, silent := c.answer(r); silent == nil && res.StatusCode/100 != 2 {
			return res, false, nil
		}
		err = c.failed // net/http only quotes it
	}
	return nil, false, err
}

// answer reads the answer to r.
func (c *connection) answer(r *http.Request) (res *http.Response, again bool, err error) {
	for n := 0; res == nil || res.StatusCode/100 == 1 && res.StatusCode != http.StatusSwitchingProtocols; n++ {
		if n > maxInformational {
			return nil, false, errors.New("too many responses that say to wait for another")
		}
		c.room = maxHead
		if res, err = http.ReadResponse(c.r, r); err != nil {
			return nil, false, err
		}
	}
	c.room = math.MaxInt
	again = !res.Close && res.StatusCode >= http.StatusOK
	if res.ContentLength == 0 {
		return res, again, nil
	}
	text, broken := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	if broken != nil || len(text) > maxAnswer {
		again = false // but whoever gave the status meant it
	}
	res.Body = io.NopCloser(bytes.NewReader(text))
	return res, again, nil
}

// read reads from the connection no more than there is room for.
func (c *connection) read(b []byte) (int, error) {
	if c.room <= 0 {
		return 0, fmt.Errorf("the head of the response is larger than %d bytes", maxHead)
	}
	n, err := c.Read(b[:min(len(b), c.room)])
	c.room, c.heard = c.room-n, c.heard || n > 0
	return n, err
}

type readerOf func([]byte) (int, error)

// Read implements [io.Reader].
func (f readerOf) Read(b []byte) (int, error) { return f(b) }

// outgoing takes what net/http writes of a request: it gathers the head, and
// sends it together with the body, which is not copied.
type outgoing connection

// Write implements [io.Writer].
func (o *outgoing) Write(b []byte) (int, error) {
	o.head = append(o.head, b...)
	return len(b), nil
}

// WriteByte implements [io.ByteWriter], by which net/http takes o for buffered.
func (o *outgoing) WriteByte(b byte) error {
	o.head = append(o.head, b)
	return nil
}

// WriteString implements [io.StringWriter].
func (o *outgoing) WriteString(s string) (int, error) {
	o.head = append(o.head, s...)
	return len(s), nil
}

// ReadFrom implements [io.ReaderFrom]: it sends the body that r holds.
func (o *outgoing) ReadFrom(r io.Reader) (n int64, err error) {
	if l, ok := r.(*io.LimitedReader); ok {
		if b, ok := l.R.(*bytes.Reader); ok && int64(b.Len()) <= l.N {
			n, err = b.WriteTo(bodyOf(func(body []byte) (int, error) { return len(body), o.flush(body) }))
			l.N -= n
			return n, err
		}
	}
	if err := o.flush(nil); err != nil {
		return 0, err
	}
	n, err = io.Copy(o.Conn, r)
	o.failed = err
	return n, err
}

type bodyOf func([]byte) (int, error)

// Write implements [io.Writer].
func (f bodyOf) Write(b []byte) (int, error) { return f(b) }

// flush sends the head, and what follows it.
func (o *outgoing) flush(body []byte) error {
	if len(o.head)+len(body) == 0 {
		return nil
	}
	all := net.Buffers{o.head, body}
	_, o.failed = all.WriteTo(o.Conn)
	o.head = o.head[:0]
	return o.failed
}
