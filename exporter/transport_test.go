// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// peer is a server that says what a test has it say.
type peer struct {
	url   string
	conns atomic.Int32
	mu    sync.Mutex
	open  []net.Conn
}

// listen starts a server. serve is called with each connection, and its number
// from 1 on.
func listen(t *testing.T, serve func(n int, c net.Conn, r *bufio.Reader)) *peer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &peer{url: "http://" + l.Addr().String()}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			n := int(p.conns.Add(1))
			p.mu.Lock()
			p.open = append(p.open, c)
			p.mu.Unlock()
			wg.Go(func() {
				defer func() { _ = c.Close() }()
				serve(n, c, bufio.NewReader(c))
			})
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		p.mu.Lock()
		for _, c := range p.open {
			_ = c.Close()
		}
		p.mu.Unlock()
		wg.Wait()
	})
	return p
}

// next reads a request, and returns its body.
func next(r *bufio.Reader) (string, error) {
	req, err := http.ReadRequest(r)
	if err != nil {
		return "", err
	}
	body, err := io.ReadAll(req.Body)
	return string(body), err
}

// answers answers each request with a text.
func answers(text string) func(int, net.Conn, *bufio.Reader) {
	return func(_ int, c net.Conn, r *bufio.Reader) {
		for {
			if _, err := next(r); err != nil {
				return
			}
			if _, err := io.WriteString(c, text); err != nil {
				return
			}
		}
	}
}

const okay = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

func ownTransport(t *testing.T, change func(*config)) *transport {
	t.Helper()
	cfg := &config{timeout: 10 * time.Second, workers: 2}
	if change != nil {
		change(cfg)
	}
	tr := newTransport(cfg)
	t.Cleanup(tr.close)
	return tr
}

// post posts a body and returns the status and the text of the answer.
func post(ctx context.Context, tr *transport, to, body string) (int, string, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, to+"/traces?name=o", io.NopCloser(strings.NewReader(body)))
	if err != nil {
		return 0, "", err
	}
	r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader([]byte(body))), nil }
	r.Body, _ = r.GetBody()
	r.ContentLength = int64(len(body))
	res, err := tr.RoundTrip(r)
	if err != nil {
		return 0, "", err
	}
	text, err := io.ReadAll(res.Body)
	return res.StatusCode, string(text), errors.Join(err, res.Body.Close())
}

func wantPost(t *testing.T, tr *transport, to, body string, status int, text string) {
	t.Helper()
	got, said, err := post(t.Context(), tr, to, body)
	if err != nil || got != status || said != text {
		t.Errorf("answered %d %.100q, %v, want %d %.100q", got, said, err, status, text)
	}
}

// One connection serves posts that come one after the other, and each request
// arrives as it is.
func TestTransportKeepsConnections(t *testing.T) {
	var (
		mu     sync.Mutex
		bodies []string
	)
	p := listen(t, func(_ int, c net.Conn, r *bufio.Reader) {
		for {
			req, err := http.ReadRequest(r)
			if err != nil {
				return
			}
			body, _ := io.ReadAll(req.Body)
			mu.Lock()
			bodies = append(bodies, fmt.Sprintf("%s %s %s %d %s %d", req.Method, req.RequestURI, req.Proto, req.ContentLength, body[:4], len(body)))
			mu.Unlock()
			_, _ = io.WriteString(c, okay)
		}
	})
	tr := ownTransport(t, nil)
	for i := range 3 {
		wantPost(t, tr, p.url, strings.Repeat(fmt.Sprintf("%03d ", i), 1+i*30_000), http.StatusOK, "ok")
	}
	if n := p.conns.Load(); n != 1 {
		t.Errorf("%d connections", n)
	}
	want := []string{
		"POST /traces?name=o HTTP/1.1 4 000  4",
		"POST /traces?name=o HTTP/1.1 120004 001  120004",
		"POST /traces?name=o HTTP/1.1 240004 002  240004",
	}
	mu.Lock()
	defer mu.Unlock()
	if fmt.Sprint(bodies) != fmt.Sprint(want) {
		t.Errorf("got %q", bodies)
	}
}

// A connection is not used again where that would be wrong.
func TestTransportLeavesConnections(t *testing.T) {
	long := strings.Repeat("x", maxAnswer+10)
	for name, text := range map[string]string{
		"closed without a word":   okay, // see below
		"closed with a word":      "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
		"HTTP/1.0":                "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
		"until the end":           "HTTP/1.1 200 OK\r\n\r\nok",
		"more than was asked for": okay + okay,
		"cut":                     "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nok",
		"chunks, cut":             "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n",
		"long":                    fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(long), long),
	} {
		t.Run(name, func(t *testing.T) {
			ends := make(chan struct{}, 10)
			p := listen(t, func(_ int, c net.Conn, r *bufio.Reader) {
				if _, err := next(r); err != nil {
					return
				}
				_, _ = io.WriteString(c, text)
				switch name {
				case "more than was asked for", "long":
					_, _ = next(r) // it stays open
				}
				_ = c.(*net.TCPConn).CloseWrite()
				ends <- struct{}{}
				_, _ = next(r)
			})
			tr := ownTransport(t, nil)
			for i := range 3 {
				status, said, err := post(t.Context(), tr, p.url, "{}")
				if err != nil || status != http.StatusOK || !strings.HasPrefix(said, "ok") && !strings.HasPrefix(said, "xxx") || len(said) > maxAnswer+1 {
					t.Errorf("post %d: answered %d %.10q, %v", i, status, said, err)
				}
				if name == "closed without a word" {
					<-ends
					for tr.idle[0].quiet() { // until it is known here
						time.Sleep(time.Millisecond)
					}
				}
			}
			if n := p.conns.Load(); n != 3 {
				t.Errorf("%d connections, want 3", n)
			}
		})
	}
}

// A server may give a connection up at the moment in which it is used again. That
// is no failure: what it did not answer goes by another.
func TestTransportConnectionClosedMeanwhile(t *testing.T) {
	for name, said := range map[string]string{"without a word": "", "in the middle of an answer": "HTTP/1.1 2"} {
		p := listen(t, func(n int, c net.Conn, r *bufio.Reader) {
			for i := 0; ; i++ {
				if _, err := next(r); err != nil {
					return
				}
				if i == 1 && n == 1 {
					_, _ = io.WriteString(c, said)
					return
				}
				_, _ = io.WriteString(c, okay)
			}
		})
		tr := ownTransport(t, nil)
		wantPost(t, tr, p.url, "first", http.StatusOK, "ok")
		_, text, err := post(t.Context(), tr, p.url, "second")
		if answered := said != ""; answered == (err == nil) || !answered && text != "ok" {
			t.Errorf("%s: answered %q, %v", name, text, err)
		}
		wantPost(t, tr, p.url, "third", http.StatusOK, "ok")
		if n := p.conns.Load(); n != 2 {
			t.Errorf("%s: %d connections", name, n)
		}
	}
	// One that is new is given up for a reason, and so is the second.
	p := listen(t, func(n int, c net.Conn, r *bufio.Reader) {
		for i := 0; n == 1 && i == 0; i++ {
			_, _ = next(r)
			_, _ = io.WriteString(c, okay)
		}
		_, _ = next(r)
	})
	tr := ownTransport(t, nil)
	wantPost(t, tr, p.url, "first", http.StatusOK, "ok")
	for want := int32(2); want <= 3; want++ {
		if _, text, err := post(t.Context(), tr, p.url, "again"); err == nil {
			t.Errorf("answered %q", text)
		}
		if n := p.conns.Load(); n != want {
			t.Errorf("%d connections, want %d", n, want)
		}
	}
}

// An answer without a body, and one in chunks, leave the connection in order.
func TestTransportUnderstandsAnswers(t *testing.T) {
	for text, want := range map[string]string{
		"HTTP/1.1 204 No Content\r\n\r\n":              "204 ",
		"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n": "200 ",
		"HTTP/1.1 500 Internal Server Error\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n4\r\n, no\r\n0\r\n\r\n": "500 no, no",
		"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + okay:                        "200 ok",
		"HTTP/1.1 307 Temporary Redirect\r\nLocation: http://elsewhere.example/\r\nContent-Length: 0\r\n\r\n":       "307 ",
	} {
		p := listen(t, answers(text))
		tr := ownTransport(t, nil)
		for range 2 {
			status, said, err := post(t.Context(), tr, p.url, "{}")
			if got := fmt.Sprint(status, " ", said); got != want || err != nil {
				t.Errorf("%q: %s, %v, want %s", text, got, err, want)
			}
		}
		if n := p.conns.Load(); n != 1 {
			t.Errorf("%q: %d connections", text, n)
		}
	}
}

// What is no answer is an error, soon and in little memory.
func TestTransportRefusesAnswers(t *testing.T) {
	for name, text := range map[string]string{
		"nothing":       "",
		"no HTTP":       "SSH-2.0-OpenSSH_9.9\r\n\r\n",
		"endless waits": "HTTP/1.1 100 Continue\r\n\r\n",
		"endless line":  "HTTP/1.1 200 OK\r\nX: ",
		"endless lines": "HTTP/1.1 200 OK\r\nX: y\r\n",
	} {
		p := listen(t, func(_ int, c net.Conn, r *bufio.Reader) {
			_, err := next(r)
			for err == nil {
				_, err = io.WriteString(c, text)
				if !strings.HasPrefix(name, "endless") {
					return
				}
				switch name {
				case "endless line":
					text = strings.Repeat("x", 5000)
				case "endless lines":
					text = strings.Repeat("X: y\r\n", 1000)
				}
			}
		})
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		status, said, err := post(ctx, ownTransport(t, nil), p.url, "{}")
		cancel()
		if err == nil || errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: answered %d %.100q, %v", name, status, said, err)
		}
	}
}

// A server may answer before it has read the whole body: it goes on reading, as
// net/http's does for a while, closes at once, or does neither.
func TestTransportEarlyAnswers(t *testing.T) {
	const early = "HTTP/1.1 413 Content Too Large\r\nContent-Length: 4\r\nConnection: close\r\n\r\nlong"
	for name, then := range map[string]func(c net.Conn, r *bufio.Reader, over chan struct{}){
		"reads on": func(c net.Conn, r *bufio.Reader, _ chan struct{}) {
			_ = c.(*net.TCPConn).CloseWrite()
			_, _ = io.Copy(io.Discard, r)
		},
		"waits": func(c net.Conn, _ *bufio.Reader, over chan struct{}) {
			_ = c.(*net.TCPConn).CloseWrite()
			<-over
		},
		"closes": func(net.Conn, *bufio.Reader, chan struct{}) {},
	} {
		for _, size := range []int{10, 200_000, maxInline, 16 << 20} {
			if name == "closes" && size > maxInline {
				continue // net/http's transport may tell of the close instead
			}
			t.Run(fmt.Sprint(name, " ", size), func(t *testing.T) {
				over := make(chan struct{})
				p := listen(t, func(_ int, c net.Conn, r *bufio.Reader) {
					if _, err := http.ReadRequest(r); err == nil {
						_, _ = io.WriteString(c, early)
						then(c, r, over)
					}
				})
				defer close(over)
				wantPost(t, ownTransport(t, nil), p.url, strings.Repeat("x", size), http.StatusRequestEntityTooLarge, "long")
			})
		}
	}
}

// Where the server does not take the whole body, what it has said by then is its
// answer, but that all is well.
func TestTransportBrokenWrites(t *testing.T) {
	for said, want := range map[string]int{
		"HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n": http.StatusRequestEntityTooLarge,
		okay: 0, "HTTP/1.1 4": 0, "": 0,
	} {
		c := &connection{Conn: &deaf{said: strings.NewReader(said)}}
		c.r = bufio.NewReader(readerOf(c.read))
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://collector.example/", io.NopCloser(bytes.NewReader([]byte("{}"))))
		if err != nil {
			t.Fatal(err)
		}
		r.ContentLength = 2
		res, again, err := c.exchange(r)
		got := 0
		if err == nil {
			got = res.StatusCode
		} else if !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("%q: failed with %v", said, err)
		}
		if got != want || again {
			t.Errorf("%q: answered %d, to be used again: %v", said, got, again)
		}
	}
}

// deaf is a connection that takes nothing.
type deaf struct {
	net.Conn
	said io.Reader
}

func (*deaf) Write([]byte) (int, error)       { return 0, io.ErrClosedPipe }
func (d *deaf) Read(b []byte) (int, error)    { return d.said.Read(b) }
func (*deaf) SetReadDeadline(time.Time) error { return nil }

// The end of the context ends a request at once, wherever it is, and with it its
// connection.
func TestTransportObeysItsContext(t *testing.T) {
	for _, size := range []int{10, maxInline} {
		arrived := make(chan struct{}, 1)
		p := listen(t, func(n int, c net.Conn, r *bufio.Reader) {
			if n > 1 {
				answers(okay)(n, c, r)
				return
			}
			_, _ = http.ReadRequest(r)
			arrived <- struct{}{}
			_, _ = io.Copy(io.Discard, r)
		})
		tr := ownTransport(t, nil)
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			<-arrived
			cancel()
		}()
		if _, _, err := post(ctx, tr, p.url, strings.Repeat("x", size)); !errors.Is(err, context.Canceled) {
			t.Errorf("it ended with %v", err)
		}
		if _, _, err := post(ctx, tr, p.url, "{}"); !errors.Is(err, context.Canceled) {
			t.Errorf("a request whose time is over ended with %v", err)
		}
		wantPost(t, tr, p.url, "{}", http.StatusOK, "ok")
	}
}

// TLS: 1.2 and later, with the name checked, and connections kept.
func TestTransportTLS(t *testing.T) {
	var conns atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(w, r.Body)
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			conns.Add(1)
		}
	}
	server.TLS = &tls.Config{MinVersion: tls.VersionTLS10}
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	known := x509.NewCertPool()
	known.AddCert(server.Certificate())

	tr := ownTransport(t, func(c *config) { c.tls = &tls.Config{RootCAs: known} })
	for range 3 {
		wantPost(t, tr, server.URL, "secret", http.StatusOK, "secret")
	}
	if n := conns.Load(); n != 1 {
		t.Errorf("%d connections", n)
	}
	for name, c := range map[string]*tls.Config{
		"unknown authority": {},
		"another name":      {RootCAs: known, ServerName: "elsewhere.example"},
		"TLS 1.1":           {RootCAs: known, MaxVersion: tls.VersionTLS11},
	} {
		if status, _, err := post(t.Context(), ownTransport(t, func(cfg *config) { cfg.tls = c }), server.URL, "secret"); err == nil {
			t.Errorf("%s: answered %d", name, status)
		}
	}
}

// A callback of the TLS configuration that panics leaves no connection behind.
func TestTransportHandshakePanics(t *testing.T) {
	certificates, _ := certificate(t)
	ended := make(chan struct{})
	p := listen(t, func(_ int, c net.Conn, _ *bufio.Reader) {
		defer close(ended)
		_, _ = io.Copy(io.Discard, tls.Server(c, &tls.Config{Certificates: certificates}))
	})
	tr := ownTransport(t, func(c *config) {
		c.tls = &tls.Config{InsecureSkipVerify: true, VerifyConnection: func(tls.ConnectionState) error { panic("no") }}
	})
	err := (&guardSender{strings.NewReplacer(), sending(func(ctx context.Context) error {
		_, _, err := post(ctx, tr, strings.Replace(p.url, "http:", "https:", 1), "{}")
		return err
	})}).send(t.Context(), nil)
	var panicked *panicError
	if !errors.As(err, &panicked) {
		t.Errorf("it ended with %v", err)
	}
	select {
	case <-ended:
	case <-time.After(5 * time.Second):
		t.Error("the connection is still open")
	}
}

// certificate returns one for the own machine, and who trusts it.
func certificate(t *testing.T) ([]tls.Certificate, *x509.CertPool) {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	server.StartTLS()
	t.Cleanup(server.Close)
	trusted := x509.NewCertPool()
	trusted.AddCert(server.Certificate())
	return server.TLS.Certificates, trusted
}

type sending func(context.Context) error

func (f sending) send(ctx context.Context, _ *shipment) error { return f(ctx) }

// A handshake that the server never ends is given up.
func TestTransportHandshakeTimeout(t *testing.T) {
	p := listen(t, func(_ int, _ net.Conn, r *bufio.Reader) { _, _ = io.Copy(io.Discard, r) })
	tr := ownTransport(t, func(c *config) { c.timeout = 50 * time.Millisecond })
	if _, _, err := post(t.Context(), tr, strings.Replace(p.url, "http:", "https:", 1), "{}"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("it ended with %v", err)
	}
}

// A proxy is used where there is one.
func TestTransportProxy(t *testing.T) {
	p := listen(t, answers(okay))
	tr := ownTransport(t, func(c *config) {
		c.proxy = func(r *http.Request) (*url.URL, error) {
			if r.URL.Hostname() == "wrong.example" {
				return nil, errors.New("no way there")
			}
			return url.Parse(p.url)
		}
	})
	wantPost(t, tr, "http://collector.example", "{}", http.StatusOK, "ok")
	if _, _, err := post(t.Context(), tr, "http://wrong.example", "{}"); err == nil || !strings.Contains(err.Error(), "no way there") {
		t.Errorf("it ended with %v", err)
	}
}

// A name that is not ASCII is net/http's to translate, as only its transport does.
func TestTransportForeignNames(t *testing.T) {
	p := listen(t, answers(okay))
	tr := ownTransport(t, nil)
	dialed := ""
	tr.other.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		dialed = addr
		return tr.dialer.DialContext(ctx, network, strings.TrimPrefix(p.url, "http://"))
	}
	wantPost(t, tr, "http://b\u00fccher.example", "{}", http.StatusOK, "ok")
	if dialed != "xn--bcher-kva.example:80" {
		t.Errorf("%q was dialed", dialed)
	}
}

// No more connections are kept than there are workers.
func TestTransportKeepsFew(t *testing.T) {
	var wg, all sync.WaitGroup
	all.Add(4)
	p := listen(t, func(_ int, c net.Conn, r *bufio.Reader) {
		_, _ = next(r)
		all.Done()
		all.Wait()
		_, _ = io.WriteString(c, okay)
		_, _ = next(r)
	})
	tr := ownTransport(t, nil)
	for range 4 {
		wg.Go(func() { wantPost(t, tr, p.url, "{}", http.StatusOK, "ok") })
	}
	wg.Wait()
	if n := len(tr.idle); n != 2 {
		t.Errorf("%d connections are kept, want 2", n)
	}
}

// Close leaves no connection, and what is under way ends its own.
func TestTransportClose(t *testing.T) {
	under, goOn := make(chan struct{}), make(chan struct{})
	closed := make(chan int, 2)
	p := listen(t, func(n int, c net.Conn, r *bufio.Reader) {
		defer func() { closed <- n }()
		for {
			body, err := next(r)
			if err != nil {
				return
			}
			if body == "wait" {
				close(under)
				<-goOn
			}
			_, _ = io.WriteString(c, okay)
		}
	})
	tr := ownTransport(t, nil)
	wantPost(t, tr, p.url, "{}", http.StatusOK, "ok")
	done := make(chan struct{})
	go func() {
		defer close(done)
		wantPost(t, tr, p.url, "wait", http.StatusOK, "ok")
	}()
	<-under
	go func() { wantPost(t, tr, p.url, "{}", http.StatusOK, "ok") }()
	for p.conns.Load() < 2 {
		time.Sleep(time.Millisecond)
	}
	for { // the second is idle
		tr.mu.Lock()
		n := len(tr.idle)
		tr.mu.Unlock()
		if n == 1 {
			break
		}
		time.Sleep(time.Millisecond)
	}
	tr.close()
	if n := <-closed; n != 2 {
		t.Errorf("connection %d is closed first", n)
	}
	close(goOn)
	<-done
	if n := <-closed; n != 1 {
		t.Errorf("connection %d is closed next", n)
	}
}

// Connections that nobody needs for long are closed.
func TestTransportClosesOld(t *testing.T) {
	gone := make(chan struct{})
	p := listen(t, func(n int, c net.Conn, r *bufio.Reader) {
		answers(okay)(n, c, r)
		close(gone)
	})
	tr := ownTransport(t, nil)
	wantPost(t, tr, p.url, "{}", http.StatusOK, "ok")
	tr.closeOld()
	if len(tr.idle) != 1 {
		t.Fatalf("%d connections are idle", len(tr.idle))
	}
	tr.idle[0].since = time.Now().Add(-idleFor)
	tr.closeOld()
	<-gone
	if len(tr.idle) != 0 || tr.sweep != nil {
		t.Errorf("%d connections are idle, swept: %v", len(tr.idle), tr.sweep != nil)
	}
}

// A body of a kind that is not known, with a length or without, arrives too.
func TestTransportOtherBodies(t *testing.T) {
	p := listen(t, func(_ int, c net.Conn, r *bufio.Reader) {
		for {
			body, err := next(r)
			if err != nil {
				return
			}
			_, _ = fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
		}
	})
	tr := ownTransport(t, nil)
	for _, length := range []int64{-1, 5} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.url, io.MultiReader(strings.NewReader("he"), strings.NewReader("llo")))
		if err != nil {
			t.Fatal(err)
		}
		r.ContentLength = length
		res, err := tr.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		if text, err := io.ReadAll(res.Body); string(text) != "hello" || err != nil {
			t.Errorf("%d: arrived as %q, %v", length, text, err)
		}
	}
}
