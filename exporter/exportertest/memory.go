// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exportertest

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
)

// memoryNetwork is where a collector in memory listens.
type memoryNetwork struct {
	listener atomic.Pointer[memoryListener]
}

func (n *memoryNetwork) listen() (net.Listener, error) {
	l := newMemoryListener()
	n.listener.Store(l)
	return l, nil
}

func (n *memoryNetwork) dial(ctx context.Context, network, address string) (net.Conn, error) {
	return n.listener.Load().dial(ctx, network, address)
}

// memoryListener accepts connections that never leave the process.
type memoryListener struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newMemoryListener() *memoryListener {
	return &memoryListener{conns: make(chan net.Conn), closed: make(chan struct{})}
}

// dial connects to whoever accepts.
func (l *memoryListener) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	near, far := net.Pipe()
	torn := new(atomic.Bool)
	select {
	case <-l.closed:
	default:
		select {
		case l.conns <- &memoryConn{far, torn}:
			return &memoryConn{near, torn}, nil
		case <-l.closed:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return nil, &net.OpError{Op: "dial", Net: "memory", Err: syscall.ECONNREFUSED}
}

// Accept implements [net.Listener].
func (l *memoryListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close implements [net.Listener].
func (l *memoryListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

// Addr implements [net.Listener].
func (l *memoryListener) Addr() net.Addr { return memoryAddr{} }

type memoryAddr struct{}

func (memoryAddr) Network() string { return "memory" }
func (memoryAddr) String() string  { return "memory" }

// memoryConn is an end of a pipe. Both ends share torn: what a reset connection
// gives is not what a closed one does.
type memoryConn struct {
	net.Conn
	torn *atomic.Bool
}

func (c *memoryConn) reset() { c.torn.Store(true) }

// Read implements [net.Conn].
func (c *memoryConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	return n, c.fault("read", err)
}

// Write implements [net.Conn].
func (c *memoryConn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	return n, c.fault("write", err)
}

func (c *memoryConn) fault(op string, err error) error {
	if err != nil && c.torn.Load() {
		return &net.OpError{Op: op, Net: "memory", Err: syscall.ECONNRESET}
	}
	return err
}
