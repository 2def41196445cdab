// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package processes

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

func serveHTTP(l net.Listener, tp *sdktrace.TracerProvider, p propagation.TextMapPropagator, s *service) (stop func() error) {
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := map[string][]string{}
		for name, values := range r.Header {
			header[strings.ToLower(name)] = values
		}
		var q request
		err := json.NewDecoder(r.Body).Decode(&q)
		var a answer
		if err == nil {
			a, err = s.handle(r.Context(), q, header)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		_ = json.NewEncoder(w).Encode(a) // where it fails, the caller sees it
	})
	srv := &http.Server{
		Handler:           otelhttp.NewHandler(handler, "server", otelhttp.WithTracerProvider(tp), otelhttp.WithPropagators(p)),
		ReadHeaderTimeout: time.Minute,
	}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(l) }()
	return func() error {
		if err := srv.Shutdown(context.Background()); err != nil {
			return err
		}
		if err := <-served; err != http.ErrServerClosed { //nolint:errorlint // Serve returns it as it is
			return err
		}
		return nil
	}
}

type httpCaller struct {
	url       string
	client    *http.Client
	transport *http.Transport
}

func dialHTTP(address string, tp *sdktrace.TracerProvider, p propagation.TextMapPropagator) (caller, error) {
	transport := &http.Transport{}
	return &httpCaller{"http://" + address + "/", &http.Client{
		Transport: otelhttp.NewTransport(transport, otelhttp.WithTracerProvider(tp), otelhttp.WithPropagators(p)),
	}, transport}, nil
}

func (c *httpCaller) call(ctx context.Context, q request) (a answer, err error) {
	body, err := json.Marshal(q)
	if err != nil {
		return a, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(body))
	if err != nil {
		return a, err
	}
	res, err := c.client.Do(r)
	if err != nil {
		return a, err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return a, fmt.Errorf("the server answered %s", res.Status)
	}
	return a, json.NewDecoder(res.Body).Decode(&a)
}

func (c *httpCaller) close() error {
	c.transport.CloseIdleConnections()
	return nil
}
