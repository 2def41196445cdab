// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package tracer_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"reflect"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/tracer"
)

// No method panics, on nil, on zero, on spans that are open, ended or dropped,
// whatever it is given: nothing at all, nil options among it.
func TestNoMethodPanics(t *testing.T) {
	tp := sdktrace.NewTracerProvider()
	tr := tracer.New(tp)
	dropped := tracer.New(sdktrace.NewTracerProvider(sdktrace.WithSampler(sdktrace.NeverSample())))
	ctx, open := tr.StartSession(context.Background(), "s")
	_, openSpan := tr.Start(ctx, contracts.KindGenerate, "gen")
	_, ended := tr.StartSession(context.Background(), "s")
	ended.End()
	_, endedSpan := tr.Start(ctx, contracts.KindGenerate, "gen")
	endedSpan.End()
	droppedCtx, out := dropped.StartSession(context.Background(), "s")
	_, outSpan := dropped.Start(droppedCtx, contracts.KindGenerate, "gen")

	for name, receiver := range map[string]any{
		"nil tracer": (*tracer.Tracer)(nil), "zero tracer": new(tracer.Tracer), "tracer": tr, "noop tracer": tracer.New(noop.NewTracerProvider()),
		"nil session": (*tracer.Session)(nil), "zero session": new(tracer.Session), "open session": open, "ended session": ended, "dropped session": out,
		"nil span": (*tracer.Span)(nil), "zero span": new(tracer.Span), "open span": openSpan, "ended span": endedSpan, "dropped span": outSpan,
		"propagator": tracer.Propagator{},
	} {
		v := reflect.ValueOf(receiver)
		for i := range v.NumMethod() {
			method := v.Type().Method(i).Name
			for _, full := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s/%s/%v", name, method, full), func(_ *testing.T) {
					results := v.Method(i).Call(arguments(v.Method(i).Type(), full))
					// What is returned can be used as well.
					for _, r := range results {
						switch r := r.Interface().(type) {
						case *tracer.Span:
							r.Add(contracts.UserText("hi"))
							r.End()
						case *tracer.Session:
							r.Add(nil, contracts.UserText("hi")) //nolint:staticcheck // nil is what is tested
							r.End()
						case trace.Span:
							r.SetName("name")
						}
					}
				})
			}
		}
	}
}

// arguments are zero values; when full is set, with a nil and a zero for what
// is variadic, a context and an error.
func arguments(f reflect.Type, full bool) []reflect.Value {
	var out []reflect.Value
	for i := range f.NumIn() {
		in := f.In(i)
		switch {
		case f.IsVariadic() && i == f.NumIn()-1:
			if full {
				out = append(out, reflect.Zero(in.Elem()), reflect.Zero(in.Elem()))
			}
		case full && in == reflect.TypeFor[context.Context]():
			out = append(out, reflect.ValueOf(context.Background()))
		case full && in == reflect.TypeFor[error]():
			out = append(out, reflect.ValueOf(errors.New("oh no")))
		case full && in == reflect.TypeFor[*error]():
			out = append(out, reflect.ValueOf(new(error)))
		case full && in == reflect.TypeFor[any]():
			out = append(out, reflect.ValueOf(func() {}))
		case in.Name() == "TextMapCarrier":
			out = append(out, reflect.ValueOf(carrier{}))
		default:
			out = append(out, reflect.Zero(in))
		}
	}
	return out
}

type carrier map[string]string

func (c carrier) Get(key string) string { return c[key] }
func (c carrier) Set(key, value string) { c[key] = value }
func (c carrier) Keys() []string        { return nil }

func TestFunctionsTakeNil(t *testing.T) {
	if s := tracer.SpanFromContext(nil); s != nil { //nolint:staticcheck // nil is what is tested
		t.Error("a span of no context")
	}
	if s := tracer.SessionFromContext(nil); s != nil { //nolint:staticcheck // nil is what is tested
		t.Error("a session of no context")
	}
	header := carrier{"spect-session": "t=" + someTraceID + ",p=" + someParentID}
	if ctx := (tracer.Propagator{}).Extract(nil, header); ctx == nil { //nolint:staticcheck // nil is what is tested
		t.Error("no context of a header")
	}
	n, err := tracer.RunTool(t.Context(), nil, contracts.ToolCall{}, func(context.Context) (int, error) { return 5, errors.ErrUnsupported })
	if n != 5 || !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("RunTool without a tracer returned %d, %v", n, err)
	}
	var got []int
	for v, err := range tracer.Stream(nil, seq(nil, 1, 2, 3), func(int) tracer.Delta { t.Error("nothing records"); return tracer.Delta{} }) {
		if err != nil {
			t.Error(err)
		}
		got = append(got, v)
	}
	if fmt.Sprint(got) != "[1 2 3]" {
		t.Errorf("Stream without a span yields %v", got)
	}
	if tr := tracer.New(nil, nil); tr == nil {
		t.Error("no tracer of the global provider")
	}
}

// seq yields values, and an error at their end.
func seq[T any](err error, values ...T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, v := range values {
			if !yield(v, nil) {
				return
			}
		}
		if err != nil {
			var zero T
			yield(zero, err)
		}
	}
}
