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
	f.Add("t=" + someTraceID + ",p=" + someParentID + ",s=%7B%22rate%22:1%7D,d=%7B%22a%22:1,%22b%22:%7B%7D%7D")
	f.Add("t=" + someTraceID)
	f.Add(",=,%")
	f.Add("")
	f.Add("t=" + strings.ToUpper(someTraceID) + " , p=" + someParentID + ",t=" + someTraceID + ",p=,o=%,m=%zz,c=-0,f=1e400")
	f.Add("t=" + someTraceID + ",p=" + someParentID + ",o=%ff,s=%20%7B%22rate%22%3A%22%5Cud800%22%7D%20,d=%5B%5D,d=null,=,x=y")
	f.Add("t=" + someTraceID + ",p=" + someParentID + ",d=" + strings.Repeat("%5B", 300) + strings.Repeat("%5D", 300))
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

// carried is what another service's session is told of the first: its origin.
func carried(t *testing.T, ctx context.Context, p tracer.Propagator) (header string, origin contracts.JSON) {
	t.Helper()
	carrier := propagation.MapCarrier{}
	p.Inject(ctx, carrier)
	header = carrier["spect-session"]
	if len(header) > 1024 || strings.ContainsFunc(header, func(r rune) bool { return r <= ' ' || r > '~' }) {
		t.Errorf("the header has %d bytes: %q", len(header), header)
	}
	return header, contracts.JSON(there(t, header)[contracts.SessionOriginKey])
}

// Of the metadata, what is asked for goes along, and nothing else; what a session
// says of its own sampling always does.
func TestPropagatorCarriesMetadata(t *testing.T) {
	tr := tracer.New(sdktrace.NewTracerProvider())
	ctx, _ := tr.StartSession(t.Context(), "s", tracer.Metadata(contracts.JSON(
		`{"secret":"s3cr3t","tier":"g,o=l d","n":1.50,"ok":true,"none":null,"deep":{"a":1},"list":[1],"long":"`+strings.Repeat("x", 300)+`",`+
			`"spect":{"sampling":{"rate":1},"more":"s3cr3t"}}`)))
	for name, test := range map[string]struct {
		asked    []string
		metadata contracts.JSON
	}{
		"nothing":            {nil, ""},
		"some":               {[]string{"n", "tier"}, `{"n":1.50,"tier":"g,o=l d"}`},
		"all that is short":  {[]string{"tier", "n", "ok", "none"}, `{"tier":"g,o=l d","n":1.50,"ok":true,"none":null}`},
		"what is not there":  {[]string{"region"}, `{}`},
		"what cannot travel": {[]string{"deep", "list", "long", "n", "spect"}, `{"n":1.50}`},
	} {
		header, origin := carried(t, ctx, tracer.Propagator{Metadata: test.asked})
		if have := origin.Member("metadata"); have != test.metadata {
			t.Errorf("%s: metadata %s, want %s", name, have, test.metadata)
		}
		if have := origin.Member("sampling"); have != `{"rate":1}` {
			t.Errorf("%s: sampling %s", name, have)
		}
		if strings.Contains(header, "s3cr3t") {
			t.Errorf("%s: %s", name, header)
		}
	}
}

// What does not fit is left out: members of the metadata one by one, and before
// them nothing that is more.
func TestPropagatorLeavesMetadataOut(t *testing.T) {
	tr := tracer.New(sdktrace.NewTracerProvider())
	wide := strings.Repeat("日", 70) // 630 bytes, as the header has it
	ctx, _ := tr.StartSession(t.Context(), "s", tracer.Metadata(map[string]string{"a": wide, "b": wide, "c": "c"}))
	if _, origin := carried(t, ctx, tracer.Propagator{Metadata: []string{"a", "b", "c"}}); origin.Member("metadata") != contracts.JSON(`{"a":"`+wide+`","c":"c"}`) {
		t.Errorf("carried %s", origin)
	}
	ctx, _ = tr.StartSession(t.Context(), strings.Repeat("日", 98), tracer.Metadata(map[string]string{"a": wide})) // nearly all there is
	if header, origin := carried(t, ctx, tracer.Propagator{Metadata: []string{"a"}}); origin.Member("metadata") != "" || len(header) < 950 {
		t.Errorf("carried %s by %d bytes", origin, len(header))
	}
	word := `{"rate":1,"rules":[{"name":"` + strings.Repeat("x", 1000) + `","match":{}}]}`
	ctx, _ = tr.StartSession(t.Context(), "s", tracer.Metadata(contracts.JSON(`{"spect":{"sampling":`+word+`}}`)))
	if _, origin := carried(t, ctx, tracer.Propagator{}); origin.Member("sampling") != "" || origin.Member("operationName") != `"s"` {
		t.Errorf("carried %s", origin)
	}
}

// Services in between pass on what the first let go, whether they trace
// something or not, and add nothing of their own.
func TestPropagatorPassesMetadataOn(t *testing.T) {
	tr := tracer.New(sdktrace.NewTracerProvider())
	ctx, _ := tr.StartSession(t.Context(), "s", tracer.Metadata(contracts.JSON(`{"tier":"gold"}`)))
	for _, asked := range [][]string{{"tier"}, {"region"}} {
		header, first := carried(t, ctx, tracer.Propagator{Metadata: asked})
		far := tracer.Propagator{}.Extract(context.Background(), propagation.MapCarrier{"spect-session": header})
		if passed, _ := carried(t, far, tracer.Propagator{}); passed != header {
			t.Errorf("passed on as %s, want %s", passed, header)
		}
		in, _ := tr.StartSession(far, "middle", tracer.Metadata(contracts.JSON(`{"tier":"iron","region":"eu"}`)))
		if _, origin := carried(t, in, tracer.Propagator{Metadata: []string{"region", "tier"}}); origin != first {
			t.Errorf("passed on as %s, want %s", origin, first)
		}
	}
}

// Members of another service's header that are no JSON, or not of the form, are
// as none.
func TestPropagatorPassesOverMembers(t *testing.T) {
	const good = "t=" + someTraceID + ",p=" + someParentID
	for header, want := range map[string]string{
		good + `,s=%7B%22rate%22:1%7D,d=%7B%22a%22:1%7D`: `{"operationName":"","metadata":{"a":1},"sampling":{"rate":1}}`,
		good + `,s=%7B,d=%7B`:                            `{"operationName":""}`,
		good + `,s=1,d=[1]`:                              `{"operationName":""}`,
		good + `,d={"a":{"b":1},"c":[2],"e":3}`:          `{"operationName":""}`, // commas part the members
		good + `,d=%7B%22a%22:%7B%7D%2C%22e%22:3%7D`:     `{"operationName":"","metadata":{"e":3}}`,
	} {
		if have := there(t, header)[contracts.SessionOriginKey]; have != want {
			t.Errorf("of %s: %s, want %s", header, have, want)
		}
	}
}

// A session inside another is told of its metadata so much: what is short, a
// kilobyte of it, and nothing that is no JSON.
func TestOriginOfInnerSessions(t *testing.T) {
	for name, test := range map[string]struct {
		metadata string
		want     contracts.JSON
	}{
		"some":                   {`{"a":1,"b":[],"c":"d"}`, `{"a":1,"c":"d"}`},
		"more than a kilobyte":   {`{` + strings.Repeat(`"x":"`+strings.Repeat("y", 200)+`",`, 6) + `"z":1}`, contracts.JSON(`{` + strings.Repeat(`"x":"`+strings.Repeat("y", 200)+`",`, 4) + `"z":1}`)},
		"what is no JSON":        {`{"a":1,"b`, `{}`},
		"what is no object":      {`[1]`, `{}`},
		"an override that is no": {`{"spect":{"sampling":[1]}}`, `{}`},
	} {
		out := tracetest.NewInMemoryExporter()
		tr := tracer.New(sdktrace.NewTracerProvider(sdktrace.WithSyncer(out)))
		ctx, outer := tr.StartSession(t.Context(), "outer", tracer.Attributes(contracts.SessionMetadataKey.String(test.metadata)))
		_, inner := tr.StartSession(ctx, "inner")
		inner.End()
		outer.End()
		var origin contracts.JSON
		for _, kv := range out.GetSpans()[0].Attributes {
			if kv.Key == contracts.SessionOriginKey {
				origin = contracts.JSON(kv.Value.AsString())
			}
		}
		if !origin.Valid() || origin.Member("metadata") != test.want || origin.Member("sampling") != "" {
			t.Errorf("%s: %s", name, origin)
		}
	}
}
