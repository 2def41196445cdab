// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exportertest_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/exporter"
	"github.com/spect-tools/spect-go/exporter/exportertest"
	"github.com/spect-tools/spect-go/tracer"
)

// answer is what the examples test.
func answer(ctx context.Context, tr *tracer.Tracer, question string) {
	ctx, session := tr.StartSession(ctx, "answer", tracer.Model("gpt-4.1"))
	defer session.End()
	session.Add(ctx, contracts.UserText(question))
}

// run runs a test. The examples are tests, and go test calls them otherwise.
var run = func(func(t *testing.T)) {}

// A test of a program that is traced: run it, end the tracing, and look at what
// arrived.
func ExampleNewCollector() {
	testAnswer := func(t *testing.T) {
		col := exportertest.NewCollector(t)
		exp, err := exporter.New(col.Options()...)
		if err != nil {
			t.Fatal(err)
		}
		tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(exporter.NewSpanProcessor(exp)))

		answer(t.Context(), tracer.New(tp), "How tall is K2?")
		if err := tp.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}

		session := col.RequireSession(t, "answer")
		if spans := session.Metadata.Result.Spans; len(spans) != 1 || spans[0].Kind != contracts.KindUser {
			t.Errorf("want the question, have %+v", spans)
		}
	}
	run(testAnswer)
}

// A test that cares for what is traced, and not for how it is sent.
func ExampleSink() {
	testAnswer := func(t *testing.T) {
		var sink exportertest.Sink
		exp, err := exporter.New(sink.Options()...)
		if err != nil {
			t.Fatal(err)
		}
		tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(exporter.NewSpanProcessor(exp)))

		answer(t.Context(), tracer.New(tp), "How tall is K2?")
		if err := tp.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}

		if model := sink.RequireSession(t, "answer").Model.ID; model != "gpt-4.1" {
			t.Errorf("want gpt-4.1, have %s", model)
		}
	}
	run(testAnswer)
}

// What a program does when the collector refuses its sessions.
func ExampleCollector_Respond() {
	testRefused := func(t *testing.T) {
		col := exportertest.NewCollector(t)
		col.Respond(exportertest.Status(422).WithBody("no such model"))
		exp, err := exporter.New(col.Options(exporter.WithErrorHandler(func(err error) { t.Log(err) }))...)
		if err != nil {
			t.Fatal(err)
		}
		tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(exporter.NewSpanProcessor(exp)))

		answer(t.Context(), tracer.New(tp), "How tall is K2?")
		var refused *exporter.DeliveryError
		if err := exp.Flush(t.Context()); !errors.As(err, &refused) || refused.Status != 422 {
			t.Errorf("want the refusal, have %v", err)
		}
		if dropped := exp.Stats().Dropped[exporter.DropRejected]; dropped != 2 {
			t.Errorf("want both spans dropped, have %d", dropped)
		}
		if err := tp.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	}
	run(testRefused)
}

// A collector that is down for a while, in a bubble of testing/synctest: the
// wait for it takes no time.
func ExampleNewMemoryCollector() {
	testRetry := func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			col := exportertest.NewMemoryCollector(t)
			col.Respond(
				exportertest.RetryAfter(503, 20*time.Second),
				exportertest.Reset())
			exp, err := exporter.New(col.Options(exporter.WithErrorHandler(func(err error) { t.Log(err) }))...)
			if err != nil {
				t.Fatal(err)
			}
			tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(exporter.NewSpanProcessor(exp)))

			answer(t.Context(), tracer.New(tp), "How tall is K2?")
			if err := tp.ForceFlush(t.Context()); err != nil {
				t.Error(err)
			}

			col.RequireSession(t, "answer") // at the third attempt
			if err := tp.Shutdown(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	run(testRetry)
}

// A payload that is kept beside the test, to see what a change changes.
func ExampleRequireGolden() {
	testAnswer := func(t *testing.T) {
		var sink exportertest.Sink
		exp, err := exporter.New(sink.Options()...)
		if err != nil {
			t.Fatal(err)
		}
		tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(exporter.NewSpanProcessor(exp)))

		answer(t.Context(), tracer.New(tp), "How tall is K2?")
		if err := tp.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}

		exportertest.RequireGolden(t, "testdata/answer.json", sink.Sessions()...)
	}
	run(testAnswer)
}
