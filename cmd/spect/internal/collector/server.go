// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package collector

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// DefaultMaxBody is the size up to which payloads are accepted, in bytes.
const DefaultMaxBody = 64 << 20

// shutdownGrace is how long requests under way may take to finish at shutdown.
const shutdownGrace = 5 * time.Second

// Server is the development collector. Create it with [New].
type Server struct {
	store   Store
	maxBody int64
	reading budget // of the bodies that are being read
	joining sync.Mutex
	token   string
	viewer  http.Handler
	log     *slog.Logger
	now     func() time.Time

	handler http.Handler
	closing chan struct{} // closed when the server shuts down: ends the event streams
}

// Option configures [New].
type Option func(*Server)

// WithMaxBody sets the size up to which payloads are accepted, in bytes, after
// decompression as well. What is read at once takes the memory of five such
// payloads at most; more is answered 503, to be sent again. Default
// [DefaultMaxBody]; values below 1 are ignored.
func WithMaxBody(n int64) Option {
	return func(s *Server) {
		if n > 0 {
			s.maxBody = n
		}
	}
}

// WithToken demands this token of every request, as a bearer token or a Basic
// password, instead of a Host that is loopback. It is meant for a collector that
// listens beyond loopback. Default: none.
func WithToken(token string) Option { return func(s *Server) { s.token = token } }

// WithViewer serves h for every path that is not the collector's own. Default: none.
func WithViewer(h http.Handler) Option { return func(s *Server) { s.viewer = h } }

// WithLogger logs sessions that came (name, status, id) and requests that were
// refused, never their content. Default: no log.
func WithLogger(l *slog.Logger) Option { return func(s *Server) { s.log = l } }

// New returns a server that keeps sessions in store.
func New(store Store, opts ...Option) *Server {
	s := &Server{
		store:   store,
		maxBody: DefaultMaxBody,
		log:     slog.New(slog.DiscardHandler),
		now:     time.Now,
		closing: make(chan struct{}),
	}
	for _, opt := range opts {
		opt(s)
	}
	s.reading.all = bodiesAtOnce * (s.maxBody + 1 + bodyOverhead)
	s.handler = s.guard(s.routes())
	return s
}

// routes: patterns match the decoded path, and each route says itself whether
// pages of other origins may ask for it.
func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /traces", s.sameOrigin(s.ingest))
	mux.HandleFunc("GET /api/sessions", s.sameOrigin(s.listSessions))
	mux.HandleFunc("DELETE /api/sessions", s.sameOrigin(s.clearSessions))
	mux.HandleFunc("GET /api/sessions/{id}", s.sameOrigin(s.getSession))
	mux.HandleFunc("GET /api/sessions/{id}/request", s.sameOrigin(s.getRequest))
	mux.HandleFunc("GET /api/events", s.sameOrigin(s.streamEvents))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, map[string]string{"status": "ok"})
	})
	if s.viewer != nil {
		mux.Handle("GET /", s.viewer) // a page has no content of its own: links from anywhere may lead to it
	}
	mux.HandleFunc("POST /", func(w http.ResponseWriter, r *http.Request) {
		s.refuse(w, r, http.StatusNotFound, "no_such_path",
			"sessions are posted to /traces?name=ORGANIZATION; SPECT_COLLECTOR_URL is this server's address without a path")
	})
	return mux
}

// Handler returns the server's HTTP handler, with all its checks. They need the
// connection's address in the request's context, as [http.Server] puts it there.
func (s *Server) Handler() http.Handler { return s.handler }

// Serve answers requests on l until ctx is done, then lets those under way finish
// for a few seconds, and returns nil after a clean end. It closes l. A Server
// serves once.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	srv := &http.Server{
		Handler:           s.handler,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       time.Minute,
		WriteTimeout:      time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
	}
	srv.RegisterOnShutdown(func() { close(s.closing) })

	served := make(chan error, 1)
	go func() { served <- srv.Serve(l) }()
	select {
	case err := <-served: // the listener broke
		return fmt.Errorf("collector: %w", errors.Join(err, srv.Close()))
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownGrace)
	defer cancel()
	err := srv.Shutdown(grace)
	if errors.Is(err, context.DeadlineExceeded) {
		err = srv.Close() // what is still under way had its time
	}
	if ended := <-served; !errors.Is(ended, http.ErrServerClosed) {
		err = errors.Join(err, ended)
	}
	if err != nil {
		return fmt.Errorf("collector: shut down: %w", err)
	}
	return nil
}
