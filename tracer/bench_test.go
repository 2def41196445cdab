// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package tracer_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/tracer"
)

// benchProviders are what a program may hand to tracer: nothing, an SDK whose
// sampler drops all, and one that records.
var benchProviders = []struct {
	name string
	trace.TracerProvider
}{
	{"noop", noop.NewTracerProvider()},
	{"dropped", sdktrace.NewTracerProvider(sdktrace.WithSampler(sdktrace.NeverSample()))},
	{"sdk", sdktrace.NewTracerProvider()},
}

// BenchmarkSpan starts a span in a session, adds a question and its answer, and
// ends it.
func BenchmarkSpan(b *testing.B) {
	const sample = "The keeper wrote \"seven ships\" in the ledger.\n\tfor i := range ships { if ships[i].name == name { return i } }\n"
	for _, tp := range benchProviders {
		tr := tracer.New(tp.TracerProvider)
		for _, size := range []int{0, 512, 4096, 20480} {
			b.Run(fmt.Sprintf("%s/%d", tp.name, size), func(b *testing.B) {
				text := strings.Repeat(sample, 1+size/2/len(sample))[:size/2]
				ctx, session := tr.StartSession(context.Background(), "support.answer", tracer.Model("gpt-4.1"))
				defer session.End()
				b.ReportAllocs()
				for b.Loop() {
					_, span := tr.Start(ctx, contracts.KindGenerate, "openai.responses.create", tracer.Model("gpt-4.1"))
					if size > 0 {
						span.Add(contracts.UserText(text))
						span.Add(contracts.AssistantText(text))
					}
					span.End()
				}
			})
		}
	}
}

// BenchmarkSession starts a session and ends it with a result.
func BenchmarkSession(b *testing.B) {
	for _, tp := range benchProviders {
		tr := tracer.New(tp.TracerProvider, tracer.WithProvider("openai"))
		b.Run(tp.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, session := tr.StartSession(context.Background(), "support.answer", tracer.Model("gpt-4.1"))
				session.SetResult(tracer.Result{Text: "The tide table says so.", Usage: contracts.Usage{InputTokens: 1234, OutputTokens: 321}})
				session.End()
			}
		})
	}
}
