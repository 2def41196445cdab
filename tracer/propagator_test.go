// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package tracer_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/uuid"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/tracer"
)

const (
	someTraceID  = "01900000-0000-7000-8000-000000000001"
	someParentID = "01900000-0000-7000-8000-000000000002"
)

// there is what a session that another service starts below a header says: the
// attributes that tie it to the session here.
func there(t testing.TB, header string) map[attribute.Key]string {
	t.Helper()
	out := tracetest.NewInMemoryExporter()
	tp := sdktrace.NewTracerProvider(sdktrace.WithSyncer(out))
	ctx := tracer.Propagator{}.Extract(context.Background(), propagation.MapCarrier{"spect-session": header})
	_, s := tracer.New(tp).StartSession(ctx, "there", tracer.Model("the model there"), tracer.Conversation("the conversation there"))
	s.End()
	said := map[attribute.Key]string{}
	for _, kv := range out.GetSpans()[0].Attributes {
		switch kv.Key {
		case contracts.SessionTraceIDKey, contracts.SessionParentIDKey, contracts.SessionOriginKey:
			said[kv.Key] = kv.Value.AsString()
		}
	}
	return said
}

// What is injected is the ids, and what all parts of the session are sampled by,
// as it is when the call is made; it survives whatever text it holds.
func TestPropagator(t *testing.T) {
	tr := tracer.New(sdktrace.NewTracerProvider())
	ctx, s := tr.StartSession(t.Context(), `a,b=c "d" %25`, tracer.Function("fn\n日本"), tracer.Conversation("c;1 2"))
	s.SetModel("gpt/4.1+", "openai")
	carrier := propagation.MapCarrier{}
	tracer.Propagator{}.Inject(ctx, carrier)
	header := carrier["spect-session"]
	if len(carrier) != 1 || strings.ContainsFunc(header, func(r rune) bool { return r <= ' ' || r > '~' }) {
		t.Errorf("the headers are %q", carrier)
	}
	said := there(t, header)
	origin := contracts.JSON(said[contracts.SessionOriginKey])
	if said[contracts.SessionTraceIDKey] != s.ID() || said[contracts.SessionParentIDKey] != s.ID() || !origin.Valid() {
		t.Errorf("session %s was carried as %q: %v", s.ID(), header, said)
	}
	for name, want := range map[string]string{
		"operationName": `a,b=c "d" %25`, "model": "gpt/4.1+", "conversationId": "c;1 2", "functionId": "fn\n日本",
	} {
		if have, _ := origin.Member(name).Text(); have != want {
			t.Errorf("%s is %q, want %q", name, have, want)
		}
	}
	if fields := (tracer.Propagator{}).Fields(); len(fields) != 1 || fields[0] != "spect-session" {
		t.Errorf("the fields are %q", fields)
	}
}

// What does not fit is left out; the ids always fit.
func TestPropagatorLeavesOut(t *testing.T) {
	tr := tracer.New(sdktrace.NewTracerProvider())
	ctx, s := tr.StartSession(t.Context(), strings.Repeat("日", 500), tracer.Model("m"))
	carrier := propagation.MapCarrier{}
	tracer.Propagator{}.Inject(ctx, carrier)
	if header, want := carrier["spect-session"], "t="+s.ID()+",p="+s.ID()+",m=m"; header != want {
		t.Errorf("the header is %q, want %q", header, want)
	}
}

// A service that traces nothing below a session passes it on as it came.
func TestPropagatorPassesOn(t *testing.T) {
	const header = "t=" + someTraceID + ",p=" + someParentID + ",o=op+of+another,m=m,c=c,f=f"
	ctx := tracer.Propagator{}.Extract(t.Context(), propagation.MapCarrier{"spect-session": header})
	carrier := propagation.MapCarrier{}
	tracer.Propagator{}.Inject(ctx, carrier)
	if carrier["spect-session"] != header {
		t.Errorf("passed on as %q", carrier["spect-session"])
	}
}

// Where there is no session to carry, nothing is.
func TestPropagatorCarriesNothing(t *testing.T) {
	dropped, _ := tracer.New(sdktrace.NewTracerProvider(sdktrace.WithSampler(sdktrace.NeverSample()))).StartSession(t.Context(), "s")
	byHand, _ := sdktrace.NewTracerProvider().Tracer("app").Start(t.Context(), "s")
	for name, ctx := range map[string]context.Context{"no session": t.Context(), "one that is not recorded": dropped, "a span of others": byHand} {
		carrier := propagation.MapCarrier{}
		if (tracer.Propagator{}).Inject(ctx, carrier); len(carrier) != 0 {
			t.Errorf("%s: %v", name, carrier)
		}
	}
}

// A header that is not as it should be is as none.
func TestPropagatorPassesOver(t *testing.T) {
	const good = "t=" + someTraceID + ",p=" + someParentID
	if len(there(t, good+", future=1 ,,")) != 3 {
		t.Error("a header with more in it is ignored")
	}
	for _, header := range []string{
		"", "x", "t=" + someTraceID, "p=" + someParentID, "t=,p=", "t=" + someTraceID + ",p=not-a-uuid",
		"t={" + someTraceID[:34] + "},p=" + someParentID, "t=urn:uuid:" + someTraceID + ",p=" + someParentID,
		good + ",o=%zz", good + ",o=" + strings.Repeat("x", 1024), "T=" + someTraceID + ",P=" + someParentID,
	} {
		if said := there(t, header); len(said) != 0 {
			t.Errorf("%q is taken for %v", header, said)
		}
	}
}

// Whatever comes, a session starts, and is tied to nothing or to two ids.
func FuzzPropagator(f *testing.F) {
	f.Add("t=" + someTraceID + ",p=" + someParentID + ",o=a+b,m=%e6%97%a5,c=1,f=2")
	f.Add("t=" + someTraceID)
	f.Add(",=,%")
	f.Fuzz(func(t *testing.T, header string) {
		said := there(t, header)
		for key, value := range said {
			if key == contracts.SessionOriginKey {
				if !contracts.JSON(value).Valid() {
					t.Errorf("the origin is %q", value)
				}
			} else if len(value) != 36 || uuid.Validate(value) != nil {
				t.Errorf("%s is %q, of the header %q", key, value, header)
			}
		}
		if n := len(said); n != 0 && n != 3 {
			t.Errorf("of %q there is %v", header, said)
		}
	})
}
