// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

// Command sidebyside is a service as there are many: net/http, OpenTelemetry's
// instrumentation of it, and an OTLP exporter that gets 1 % of the traces. Spect
// stands beside: it gets the session of every request, and nothing else changes.
//
// The spans go to a receiver in this program, or to OTEL_EXPORTER_OTLP_ENDPOINT
// where that is set; the sessions to the collector of SPECT_COLLECTOR_URL.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"os"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/spect-tools/spect-go/exporter"
	"github.com/spect-tools/spect-go/tracer"
)

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		log.Fatal(err)
	}
}

type config struct {
	questions int
	spect     []exporter.Option
	provider  []sdktrace.TracerProviderOption
	receiver  *receiver
}

type option func(*config)

// run is the life of the service: it starts, answers questions, and ends.
func run(ctx context.Context, w io.Writer, opts ...option) (err error) {
	cfg := config{questions: 200, receiver: &receiver{}}
	for _, opt := range opts {
		opt(&cfg)
	}

	// What was there before: OTLP, and a sampler.
	otlp, stopReceiver, err := newOTLP(ctx, cfg.receiver)
	if err != nil {
		return err
	}
	defer stopReceiver()
	sampler := sdktrace.ParentBased(sdktrace.TraceIDRatioBased(0.01))

	// What Spect adds: an exporter, a word to the sampler, and a processor. The
	// processor comes first: it keeps its deadline when the provider is shut down,
	// and leaves time for those after it.
	exp, err := exporter.New(cfg.spect...)
	if err != nil {
		return errors.Join(err, otlp.Shutdown(ctx))
	}
	tp := sdktrace.NewTracerProvider(append([]sdktrace.TracerProviderOption{
		sdktrace.WithResource(resource.NewSchemaless(attribute.String("service.name", "advice"))),
		sdktrace.WithSampler(exporter.Sampler(sampler)),
		sdktrace.WithSpanProcessor(exporter.NewSpanProcessor(exp)),
		sdktrace.WithBatcher(otlp),
	}, cfg.provider...)...)

	err = serveAndAsk(ctx, newService(tp, tracer.New(tp, tracer.WithProvider("openai"))), cfg.questions)
	err = errors.Join(err, tp.Shutdown(ctx)) // delivers the sessions, and the batch
	fmt.Fprintf(w, "%d questions were asked\n%d sessions went to Spect\n", cfg.questions, exp.Stats().Sessions)
	if cfg.receiver.started() {
		traces, spans := cfg.receiver.count()
		fmt.Fprintf(w, "%d traces of %d spans went to OTLP\n", traces, spans)
	}
	return err
}

// newOTLP is the exporter that the service has already. Without an endpoint in
// the environment it sends to the receiver, which stop ends.
func newOTLP(ctx context.Context, r *receiver) (otlp sdktrace.SpanExporter, stop func(), err error) {
	var opts []otlptracehttp.Option
	stop = func() {}
	if os.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT") == "" {
		server, address, err := serve(ctx, r)
		if err != nil {
			return nil, nil, err
		}
		r.start()
		stop = func() { _ = server.Close() }
		opts = append(opts, otlptracehttp.WithEndpointURL(address+"/v1/traces"))
	}
	otlp, err = otlptracehttp.New(ctx, opts...)
	if err != nil {
		stop()
		return nil, nil, err
	}
	return otlp, stop, nil
}

// serveAndAsk serves h while it is asked so many questions.
func serveAndAsk(ctx context.Context, h http.Handler, questions int) (err error) {
	server, address, err := serve(ctx, h)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Shutdown(ctx)) }()
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	for i := range questions {
		question := fmt.Sprintf("What is %d + %d?", i, i)
		if err := ask(ctx, client, address+"/answer?q="+url.QueryEscape(question)); err != nil {
			return err
		}
	}
	return nil
}

func ask(ctx context.Context, client *http.Client, address string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return err
	}
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("the service answered %s: %s", res.Status, text)
	}
	return err
}

// serve starts a server on a free port of this machine.
func serve(ctx context.Context, h http.Handler) (server *http.Server, address string, err error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, "", err
	}
	server = &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = server.Serve(l) }()
	return server, "http://" + l.Addr().String(), nil
}
