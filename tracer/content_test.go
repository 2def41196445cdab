// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package tracer_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/tracer"
)

// With the strictest policy nothing that it withholds gets into an attribute, nor
// into a header: neither of what is started below it, nor of what stands above,
// here or in another service.
func TestNoContentIsTakenIn(t *testing.T) {
	const received = "t=" + someTraceID + ",p=" + someParentID + ",o=public,c=secret,d=%7B%22tier%22%3A%22secret%22%7D"
	p := tracer.Propagator{Metadata: []string{"tier"}}
	start := func(ctx context.Context, tr *tracer.Tracer) (context.Context, *tracer.Session) {
		return tr.StartSession(ctx, "public", tracer.Conversation("secret"), tracer.Metadata(map[string]string{"tier": "secret"}))
	}
	for name, above := range map[string]func(*tracer.Tracer) context.Context{
		"nothing above": func(*tracer.Tracer) context.Context { return context.Background() },
		"a session above": func(tr *tracer.Tracer) context.Context {
			ctx, _ := start(context.Background(), tr)
			return ctx
		},
		"a session elsewhere": func(*tracer.Tracer) context.Context {
			return p.Extract(context.Background(), propagation.MapCarrier{"spect-session": received})
		},
	} {
		out := tracetest.NewInMemoryExporter()
		tr := tracer.New(sdktrace.NewTracerProvider(sdktrace.WithSyncer(out)))
		header := propagation.MapCarrier{}
		ctx := tracer.ContextWithContent(above(tr), contracts.ContentNone)
		p.Inject(ctx, header)
		if strings.Contains(fmt.Sprint(header), "secret") {
			t.Errorf("%s: %v", name, header)
		}
		ctx, s := start(ctx, tr)
		p.Inject(ctx, header)
		m := contracts.UserText("secret")
		m.Name = "secret"
		s.Add(ctx, m)
		_, sp := tr.Start(ctx, contracts.KindGenerate, "public", tracer.Metadata("secret"), tracer.Messages(m))
		sp.AddMetadata("secret")
		sp.AddDelta(tracer.Delta{Text: "secret"})
		if open, _ := sp.SpectAttributes(); strings.Contains(fmt.Sprint(open), "secret") {
			t.Errorf("%s: while it is open: %v", name, open)
		}
		sp.SetError(errors.New("secret"), tracer.WithStack())
		sp.End()
		s.SetResult(tracer.Result{Text: "secret", Object: "secret", Metadata: "secret"})
		s.End()
		for _, span := range out.GetSpans() {
			if text := fmt.Sprint(span.Attributes, span.Status, span.Events); strings.Contains(text, "secret") {
				t.Errorf("%s: %s", name, text)
			}
		}
		if text := header.Get("spect-session"); strings.Contains(text, "secret") || !strings.Contains(text, "o=public") {
			t.Errorf("%s: %s", name, text)
		}
	}
}
