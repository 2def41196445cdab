// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"errors"
	"fmt"

	"go.opentelemetry.io/otel"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/spect-tools/spect-go/internal/side"
)

// Register adds the processor of [NewSpanProcessor] to a provider that is there
// already, where the program that makes it is out of reach. A nil tp stands for
// the global provider, [otel.GetTracerProvider].
//
// It returns an error, and changes nothing, where tp takes no span processors:
// it is not the SDK's provider, nor one around it that passes on its method
// RegisterSpanProcessor. Package tracer works with any provider, but only the
// SDK's can feed an exporter.
//
// Where the provider is made by hand, sdktrace.WithSpanProcessor is better: what
// is registered later is shut down last, behind processors that may leave it no
// time; and [Sampler] can only be given to a provider that is being made.
//
// It is safe for concurrent use. Registering the same exporter twice makes each
// span count as a duplicate once.
func Register(tp trace.TracerProvider, e *Exporter) (err error) {
	if e == nil || e.cfg == nil {
		return errors.New("spect: exporter.Register was given no exporter: check the error of exporter.New")
	}
	if e.cfg.disabled {
		return nil
	}
	if tp == nil {
		tp = otel.GetTracerProvider()
	}
	registry, ok := tp.(interface {
		RegisterSpanProcessor(sdktrace.SpanProcessor)
	})
	if !ok {
		return fmt.Errorf("spect: the tracer provider is a %T, which takes no span processors: register with the provider of go.opentelemetry.io/otel/sdk/trace, and not before it is there", tp)
	}
	var processor sdktrace.SpanProcessor
	defer func() {
		if r := recover(); r != nil { // a nil pointer, for instance
			err = fmt.Errorf("spect: the tracer provider, a %T, did not take a span processor: panic: %s", tp, panicText(r))
		}
		if err != nil && processor != nil {
			e.processors.Add(-1)
		}
	}()
	if _, dead := tp.Tracer(side.ScopeName).(noop.Tracer); dead {
		return fmt.Errorf("spect: the tracer provider, a %T, makes no spans: it is shut down, or does nothing by itself", tp)
	}
	processor = NewSpanProcessor(e)
	registry.RegisterSpanProcessor(processor)
	return nil
}
