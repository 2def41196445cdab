// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

//go:build unix

package exporter

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The end of the context ends a request at once in TLS too, which has a last word of
// its own to say.
func TestTransportObeysItsContextInTLS(t *testing.T) {
	certificates, trusted := certificate(t)
	shaken, over := make(chan struct{}), make(chan struct{})
	p := listen(t, func(_ int, c net.Conn, _ *bufio.Reader) {
		_ = c.(*net.TCPConn).SetReadBuffer(4 << 10)
		secure := tls.Server(c, &tls.Config{Certificates: certificates})
		if secure.Handshake() == nil {
			close(shaken)
			<-over // it reads nothing
		}
	})
	defer close(over)
	tr := ownTransport(t, func(c *config) { c.tls = &tls.Config{RootCAs: trusted} })
	tr.dialer.Control = func(_, _ string, c syscall.RawConn) error {
		return c.Control(func(fd uintptr) { _ = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_SNDBUF, 4<<10) })
	}
	ctx, cancel := context.WithCancel(t.Context())
	var canceled time.Time
	go func() {
		<-shaken
		time.Sleep(100 * time.Millisecond) // until its buffers are full
		canceled = time.Now()
		cancel()
	}()
	_, _, err := post(ctx, tr, strings.Replace(p.url, "http:", "https:", 1), strings.Repeat("x", maxInline))
	if took := time.Since(canceled); !errors.Is(err, context.Canceled) || took > 2*time.Second {
		t.Errorf("it ended with %v after %v", err, took)
	}
}
