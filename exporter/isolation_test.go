// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/exporter"
	"github.com/spect-tools/spect-go/tracer"
)

// snapshots are ended spans: one of Spect's, one of another convention, one of
// neither; all with an error.
func snapshots(t *testing.T) []sdktrace.ReadOnlySpan {
	ended := &recorder{}
	tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(ended))
	fail := func(s interface {
		SetStatus(codes.Code, string)
	}, text string,
	) {
		s.SetStatus(codes.Error, text)
	}
	_, session := tracer.New(tp).StartSession(t.Context(), "ours", tracer.Metadata(map[string]string{"a": "secret"}),
		tracer.RequestInput("secret"), tracer.Conversation("conversation"), tracer.Model("m"))
	session.SetResult(tracer.Result{Text: "secret", Object: map[string]string{"a": "secret"}, Usage: contracts.Usage{InputTokens: 3}, Metadata: map[string]string{"a": "secret"}})
	session.SetError(errors.New("secret"), tracer.WithStack())
	session.OTel().RecordError(errors.New("secret"))
	session.End()
	_, call := tp.Tracer("other").Start(t.Context(), "chat m")
	call.SetAttributes(attribute.String("gen_ai.operation.name", "chat"), attribute.String("gen_ai.input.messages", "other secret"), attribute.String("events", "other secret"))
	call.AddEvent("gen_ai.user.message", trace.WithAttributes(attribute.String("content", "other secret"), attribute.String("role", "user")))
	call.RecordError(errors.New("other secret"))
	fail(call, "other secret")
	call.End()
	_, plain := tp.Tracer("net/http").Start(t.Context(), "GET /")
	plain.SetAttributes(attribute.String("events", "everyday"), attribute.String("http.route", "/"))
	plain.RecordError(errors.New("everyday"))
	fail(plain, "everyday")
	plain.End()
	return ended.spans
}

// said is all that a span says.
func said(s sdktrace.ReadOnlySpan) string {
	return fmt.Sprint(s.Name(), s.Attributes(), s.Events(), s.Status())
}

func TestWithoutContent(t *testing.T) {
	spans := snapshots(t)
	before := fmt.Sprint(said(spans[0]), said(spans[1]), said(spans[2]))
	for _, tt := range []struct {
		opts []exporter.IsolationOption
		same []bool
	}{
		{nil, []bool{false, true, true}},
		{[]exporter.IsolationOption{exporter.AndOfConventions(), nil}, []bool{false, false, true}},
	} {
		got := &capture{}
		if err := exporter.WithoutContent(got, tt.opts...).ExportSpans(t.Context(), spans); err != nil {
			t.Error(err)
		}
		for i, s := range got.spans {
			if (s == spans[i]) != tt.same[i] {
				t.Errorf("%s: passed as it is: %v, want %v", s.Name(), s == spans[i], tt.same[i])
			}
			text := said(s)
			if !tt.same[i] && strings.Contains(text, "secret") {
				t.Errorf("%s: there is %s", s.Name(), text)
			}
			if tt.same[i] && text != said(spans[i]) {
				t.Errorf("%s was changed", s.Name())
			}
			if !s.SpanContext().Equal(spans[i].SpanContext()) || s.StartTime() != spans[i].StartTime() || s.Status().Code != codes.Error {
				t.Errorf("%s: not the same span", s.Name())
			}
		}
		text := said(got.spans[0])
		for _, want := range []string{"spect.kind", "spect.model.id", "conversation", "spect.response.usage", "spect.error.type", "exception.type"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s is gone: %s", want, text)
			}
		}
		if text := said(got.spans[1]); !tt.same[1] && (!strings.Contains(text, "gen_ai.operation.name") || !strings.Contains(text, "role")) {
			t.Errorf("more than content is gone: %s", text)
		}
	}
	if after := fmt.Sprint(said(spans[0]), said(spans[1]), said(spans[2])); after != before {
		t.Error("the spans themselves were changed")
	}
}

// A batch without content costs nothing, and is passed as it is.
func TestWithoutContentOfOthers(t *testing.T) {
	spans := snapshots(t)[2:]
	got := &capture{}
	exp := exporter.WithoutContent(got, exporter.AndOfConventions())
	if n := testing.AllocsPerRun(100, func() { _ = exp.ExportSpans(context.Background(), spans) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if reflect.ValueOf(got.spans).Pointer() != reflect.ValueOf(spans).Pointer() {
		t.Error("the batch was copied")
	}
}

func TestWithoutContentPassesThrough(t *testing.T) {
	want := errors.New("no")
	c := &capture{err: want}
	exp := exporter.WithoutContent(c)
	if err := exp.ExportSpans(t.Context(), nil); !errors.Is(err, want) {
		t.Error(err)
	}
	if err := exp.Shutdown(t.Context()); !errors.Is(err, want) || !c.down {
		t.Error(err)
	}
	flusher, ok := exp.(interface{ ForceFlush(context.Context) error })
	if !ok || !errors.Is(flusher.ForceFlush(t.Context()), want) || !c.flushed {
		t.Error("it cannot be flushed")
	}
	none := exporter.WithoutContent(nil)
	if err := errors.Join(none.ExportSpans(t.Context(), snapshots(t)), none.Shutdown(t.Context()), exporter.WithoutContent(tracetest.NewInMemoryExporter()).(interface {
		ForceFlush(context.Context) error
	}).ForceFlush(t.Context())); err != nil {
		t.Error(err)
	}
}

// capture is an exporter that keeps what it is given.
type capture struct {
	spans         []sdktrace.ReadOnlySpan
	err           error
	down, flushed bool
}

func (c *capture) ExportSpans(_ context.Context, spans []sdktrace.ReadOnlySpan) error {
	c.spans = spans
	return c.err
}

func (c *capture) Shutdown(context.Context) error {
	c.down = true
	return c.err
}

func (c *capture) ForceFlush(context.Context) error {
	c.flushed = true
	return c.err
}
