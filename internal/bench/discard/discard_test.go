// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package discard

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == "serve" {
		if err := Serve(os.Stdin, os.Stdout, time.Minute); err != nil {
			panic(err)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

// TestCountsOTLP sends spans with the exporter that is measured.
func TestCountsOTLP(t *testing.T) {
	for name, compression := range map[string]otlptracehttp.Compression{
		"plain": otlptracehttp.NoCompression, "gzip": otlptracehttp.GzipCompression,
	} {
		t.Run(name, func(t *testing.T) {
			h := new(Handler)
			server := httptest.NewServer(h)
			defer server.Close()
			e, err := otlptracehttp.New(t.Context(), otlptracehttp.WithEndpointURL(server.URL+"/v1/traces"), otlptracehttp.WithCompression(compression))
			if err != nil {
				t.Fatal(err)
			}
			tp := sdktrace.NewTracerProvider(sdktrace.WithBatcher(e, sdktrace.WithMaxExportBatchSize(7)))
			for range 3 {
				tr := tp.Tracer(name)
				for range 10 {
					_, span := tr.Start(t.Context(), "span")
					span.AddEvent("an event is no span")
					span.End()
				}
				_, span := tp.Tracer("another scope").Start(t.Context(), "span")
				span.End()
			}
			if err := tp.Shutdown(t.Context()); err != nil {
				t.Fatal(err)
			}
			if c := h.Counts(); c.Spans != 33 || c.Requests != 5 || c.Refused != 0 || c.Bytes == 0 {
				t.Errorf("33 spans in batches of 7 were sent, %+v received", c)
			}
		})
	}
}

func TestCountsSpect(t *testing.T) {
	h := new(Handler)
	for _, body := range []string{
		`{"id":"a","metadata":{"result":{"spans":[]}}}`,
		`{"id":"b","metadata":{"result":{"spans":[{"version":1,"id":"c","name":"{\"version\":1,\"id\":\""},{"version":1,"id":"d"}]}}}`,
	} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/traces?name=org", strings.NewReader(body)))
		if w.Code != http.StatusOK {
			t.Errorf("answered %d", w.Code)
		}
	}
	if c := h.Counts(); c.Spans != 4 || c.Requests != 2 {
		t.Errorf("4 spans were sent, %+v received", c)
	}
}

func TestRefuses(t *testing.T) {
	h := new(Handler)
	for path, body := range map[string]string{"/v1/traces": "\x0a\xff", "/elsewhere": "{}"} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, path, strings.NewReader(body)))
		if w.Code != http.StatusBadRequest {
			t.Errorf("%s answered %d", path, w.Code)
		}
	}
	if c := h.Counts(); c.Refused != 2 || c.Requests != 0 {
		t.Errorf("2 requests to refuse, %+v", c)
	}
}

func TestProcess(t *testing.T) {
	p, err := Start(t.Context(), os.Args[0], "serve")
	if err != nil {
		t.Fatal(err)
	}
	if host, _, err := net.SplitHostPort(p.Addr); err != nil || host != "127.0.0.1" {
		t.Errorf("it listens on %s", p.Addr)
	}
	res, err := http.Post("http://"+p.Addr+"/traces", "application/json", strings.NewReader(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if c, err := p.Counts(t.Context()); err != nil || c.Spans != 1 {
		t.Errorf("%+v, %v", c, err)
	}
	if err := p.Stop(); err != nil {
		t.Errorf("the server ended with %v", err)
	}
	if _, err := p.Counts(context.Background()); err == nil {
		t.Error("it answers after its end")
	}
}

func TestStartFails(t *testing.T) {
	if _, err := Start(t.Context(), os.Args[0], "-test.list=TestProcess"); err == nil {
		t.Error("a program that is no server was started as one")
	}
}

// TestServeEnds: the server ends when its time is over, although its input goes on.
func TestServeEnds(t *testing.T) {
	in, hold := io.Pipe()
	defer func() { _ = hold.Close() }()
	out, address := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- Serve(in, address, time.Millisecond) }()
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
