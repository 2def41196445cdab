// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exportertest

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/exporter"
)

// What the options of [Collector.Options] name.
const (
	OrganizationID = "test-org"
	APIKey         = "test-key"
)

// Collector is a collector that remembers what it was sent. It is safe for
// concurrent use.
type Collector struct {
	url string
	// transport leads to a collector in memory; nil for one on a port.
	transport *http.Transport
	// listen listens, anew after a time of refusal.
	listen   func() (net.Listener, error)
	listener net.Listener
	server   *http.Server
	serving  chan struct{}
	context  context.Context
	stop     context.CancelFunc
	handlers sync.WaitGroup
	conns    sync.WaitGroup

	refusing bool

	mu        sync.Mutex
	closed    bool
	script    []Response
	otherwise Response
	requests  []*Request
	// changed is closed, and made anew, when a request came in or was answered.
	changed chan struct{}
}

// Request is a request that the collector got.
type Request struct {
	Method string
	// Path is as sent, with its query.
	Path   string
	Header http.Header
	// Body is as much of the body as arrived, without the gzip that it may have
	// come in.
	Body []byte
	// Arrived is when the request's headers were there.
	Arrived time.Time
	// Status is the status that it was answered with, 0 while it was not.
	Status int
}

// Payload decodes the request's body.
func (r *Request) Payload() (contracts.CollectorTracePayload, error) {
	p, err := contracts.ParsePayload(string(r.Body))
	if err != nil {
		return contracts.CollectorTracePayload{}, err
	}
	return *p, nil
}

// Option configures a [Collector].
type Option interface{ apply(*Collector) }

type option func(*Collector)

func (f option) apply(c *Collector) { f(c) }

// WithResponses gives the collector its first script. See [Collector.Respond].
func WithResponses(responses ...Response) Option {
	return option(func(c *Collector) { c.script = append(c.script, responses...) })
}

// WithDefault sets what the collector does with a request that no script speaks
// of. Default: [Accept].
func WithDefault(r Response) Option {
	return option(func(c *Collector) { c.otherwise = r })
}

// NewCollector starts a collector on a free port of the own machine. It is
// closed when the test ends.
func NewCollector(t testing.TB, opts ...Option) *Collector {
	t.Helper()
	address := "127.0.0.1:0"
	c := &Collector{}
	c.listen = func() (net.Listener, error) {
		var lc net.ListenConfig
		l, err := lc.Listen(context.Background(), "tcp", address)
		if err == nil {
			address = l.Addr().String() // the same again
		}
		return l, err
	}
	c = start(t, c, opts)
	c.url = "http://" + address
	return c
}

// NewMemoryCollector starts a collector that is reached through memory, by the
// transport that its Options hold. Made in a bubble of testing/synctest, it
// lives in the bubble's time. It is closed when the test ends.
func NewMemoryCollector(t testing.TB, opts ...Option) *Collector {
	t.Helper()
	network := &memoryNetwork{}
	c := &Collector{url: "http://localhost", listen: network.listen}
	c.transport = &http.Transport{DialContext: network.dial}
	return start(t, c, opts)
}

func start(t testing.TB, c *Collector, opts []Option) *Collector {
	c.otherwise = Accept()
	c.changed = make(chan struct{})
	for _, opt := range opts {
		if opt != nil {
			opt.apply(c)
		}
	}
	c.context, c.stop = context.WithCancel(context.Background())
	if err := c.open(); err != nil {
		t.Fatalf("exportertest: no port to listen on: %v", err)
	}
	t.Cleanup(c.Close)
	return c
}

// open listens and serves.
func (c *Collector) open() (err error) {
	if c.listener, err = c.listen(); err != nil {
		return err
	}
	c.serving = make(chan struct{})
	c.server = &http.Server{
		Handler:           http.HandlerFunc(c.serve),
		BaseContext:       func(net.Listener) context.Context { return c.context },
		ErrorLog:          log.New(io.Discard, "", 0),
		ReadHeaderTimeout: time.Minute,
		ConnState: func(_ net.Conn, state http.ConnState) {
			switch state {
			case http.StateNew:
				c.conns.Add(1)
			case http.StateClosed, http.StateHijacked:
				c.conns.Done()
			}
		},
	}
	go func(server *http.Server, l net.Listener, serving chan struct{}) {
		defer close(serving)
		_ = server.Serve(l)
	}(c.server, c.listener, c.serving)
	return nil
}

// shut breaks off what is under way, and refuses connections.
func (c *Collector) shut() {
	_ = c.server.Close()
	_ = c.listener.Close()
	<-c.serving
}

// Refuse makes the collector unreachable, as one that is not running:
// connections are broken, and new ones refused, until it is called with false.
// It is not for concurrent use with itself and Close.
func (c *Collector) Refuse(t testing.TB, refuse bool) {
	t.Helper()
	switch {
	case refuse == c.refusing:
	case refuse:
		c.shut()
		c.refusing = true
	default:
		if err := c.open(); err != nil {
			t.Fatalf("exportertest: the collector cannot come back: %v", err)
		}
		c.refusing = false
	}
}

// URL is where the collector is.
func (c *Collector) URL() string { return c.url }

// Transport is what reaches a collector in memory; nil for one on a port,
// which any transport reaches.
func (c *Collector) Transport() http.RoundTripper {
	if c.transport == nil {
		return nil
	}
	return c.transport
}

// Options are the options for an exporter that sends to the collector, followed
// by more.
func (c *Collector) Options(more ...exporter.Option) []exporter.Option {
	opts := []exporter.Option{
		exporter.WithOrganizationID(OrganizationID),
		exporter.WithAPIKey(APIKey),
		exporter.WithCollectorURL(c.url),
	}
	if c.transport != nil {
		opts = append(opts, exporter.WithTransport(c.transport))
	}
	return append(opts, more...)
}

// Respond adds to the script: each response is for one of the next requests, in
// their order of arrival. Beyond the script the collector does its default.
func (c *Collector) Respond(responses ...Response) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.script = append(c.script, responses...)
}

// SetDefault changes what the collector does with a request that no script
// speaks of.
func (c *Collector) SetDefault(r Response) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.otherwise = r
}

// Requests returns the requests so far, in their order of arrival.
func (c *Collector) Requests() []Request {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make([]Request, len(c.requests))
	for i, r := range c.requests {
		out[i] = *r
	}
	return out
}

// Sessions returns the sessions so far, in their order of arrival: the payloads
// of the requests that were answered with success. One that was sent twice is
// in it twice.
func (c *Collector) Sessions() []contracts.CollectorTracePayload {
	var out []contracts.CollectorTracePayload
	for _, r := range c.Requests() {
		if r.Status/100 != 2 {
			continue
		}
		if p, err := r.Payload(); err == nil {
			out = append(out, p)
		}
	}
	return out
}

// RequireSession returns the first session of that name, and ends the test when
// there is none. It does not wait.
func (c *Collector) RequireSession(t testing.TB, name string) contracts.CollectorTracePayload {
	t.Helper()
	return require(t, c.Sessions(), name)
}

// WaitSessions returns when n sessions have arrived, or with an error when ctx
// is done before.
func (c *Collector) WaitSessions(ctx context.Context, n int) error {
	return c.wait(ctx, n, "sessions", func() int { return len(c.Sessions()) })
}

// WaitRequests returns when n requests have arrived, answered or not, or with an
// error when ctx is done before.
func (c *Collector) WaitRequests(ctx context.Context, n int) error {
	return c.wait(ctx, n, "requests", func() int { return len(c.Requests()) })
}

func (c *Collector) wait(ctx context.Context, n int, what string, count func() int) error {
	for {
		c.mu.Lock()
		changed := c.changed
		c.mu.Unlock()
		have := count()
		if have >= n {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("exportertest: %d of %d %s arrived: %w", have, n, what, ctx.Err())
		}
	}
}

// Close ends the collector. Requests under way are broken off, later ones find
// the connection refused. Of several calls the first counts.
func (c *Collector) Close() {
	c.mu.Lock()
	closed := c.closed
	c.closed = true
	c.mu.Unlock()
	if closed {
		return
	}
	c.stop()
	c.shut()
	c.handlers.Wait()
	c.conns.Wait() // net/http lingers half a second after an answer before the body's end
	if c.transport != nil {
		c.transport.CloseIdleConnections()
	}
}

// update changes what is shared and wakes those who wait for a change.
func (c *Collector) update(change func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change()
	close(c.changed)
	c.changed = make(chan struct{})
}

func (c *Collector) serve(w http.ResponseWriter, r *http.Request) {
	x := &exchange{collector: c, request: &Request{
		Method: r.Method, Path: r.RequestURI, Header: r.Header.Clone(), Arrived: time.Now(),
	}, r: r}
	x.w = &statusWriter{ResponseWriter: w, exchange: x}

	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		panic(http.ErrAbortHandler)
	}
	c.handlers.Add(1)
	defer c.handlers.Done()
	response := c.otherwise
	if len(c.script) > 0 {
		response, c.script = c.script[0], c.script[1:]
	}
	c.mu.Unlock()

	c.update(func() { c.requests = append(c.requests, x.request) })
	response.serve(x)
}
