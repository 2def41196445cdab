// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

// Command quickstart traces one call of a model: the least that a program does.
// The model is a stand-in, so that it runs without a network.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/exporter"
	"github.com/spect-tools/spect-go/tracer"
)

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		log.Fatal(err)
	}
}

// region quick start: what stands in the README

func run(ctx context.Context, w io.Writer, opts ...exporter.Option) error {
	exp, err := exporter.New(opts...) // SPECT_ORGANIZATION_ID and SPECT_API_KEY, or options
	if err != nil {
		return err
	}
	tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(exporter.NewSpanProcessor(exp)))
	text, err := answer(ctx, tracer.New(tp, tracer.WithProvider("openai")), "How tall is K2?")
	fmt.Fprintln(w, text)
	return errors.Join(err, tp.Shutdown(ctx)) // delivers the session
}

func answer(ctx context.Context, tr *tracer.Tracer, question string) (text string, err error) {
	ctx, s := tr.StartSession(ctx, "openai.responses.create", tracer.Model("gpt-4.1"))
	defer s.EndErr(&err) // records an error or a panic, and ends the session
	s.Add(ctx, contracts.UserText(question))
	ctx, gen := tr.Start(ctx, contracts.KindGenerate, "openai.responses.create")
	defer gen.EndErr(&err)
	resp, err := client.Respond(ctx, question)
	if err != nil {
		return "", err
	}
	gen.Add(contracts.AssistantText(resp.Text))
	s.SetResult(tracer.Result{Text: resp.Text, Usage: resp.Usage, FinishReasons: []string{"stop"}})
	return resp.Text, nil
}

// endregion
