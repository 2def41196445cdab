// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package neighbourhood

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/goleak"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/exporter"
	"github.com/spect-tools/spect-go/exporter/exportertest"
)

func TestMain(m *testing.M) {
	for _, v := range os.Environ() { // nothing of what surrounds the test is to change it
		if name, _, _ := strings.Cut(v, "="); strings.HasPrefix(name, "SPECT_") || strings.HasPrefix(name, "OTEL_") || strings.HasPrefix(name, "ANTHROPIC_") {
			_ = os.Unsetenv(name)
		}
	}
	http.DefaultClient.CloseIdleConnections() // net/http completes its transport at the first use
	goleak.VerifyTestMain(m)
}

// rounds is how often each path is asked: each kind of caller once.
const rounds = 3

// samplers are the service's own.
var samplers = map[string]sdktrace.Sampler{
	"all traces":                   sdktrace.ParentBased(sdktrace.AlwaysSample()),
	"a ratio of them":              sdktrace.TraceIDRatioBased(0.3),
	"a ratio, but as callers said": sdktrace.ParentBased(sdktrace.TraceIDRatioBased(0.3)),
	"none":                         sdktrace.NeverSample(),
}

// installed is Spect in a program.
type installed struct {
	col *exportertest.Collector
	exp *exporter.Exporter
}

// install puts Spect into the program: before OTLP, as the documentation has it,
// or behind it.
func (p *program) install(t *testing.T, first bool, opts ...exporter.Option) *installed {
	t.Helper()
	in := &installed{col: exportertest.NewCollector(t)}
	p.sampler = exporter.Sampler
	p.processors = func(otlp sdktrace.SpanProcessor) []sdktrace.SpanProcessor {
		var err error
		if in.exp, err = exporter.New(in.col.Options(opts...)...); err != nil {
			t.Fatal(err)
		}
		if first {
			return []sdktrace.SpanProcessor{exporter.NewSpanProcessor(in.exp), otlp}
		}
		return []sdktrace.SpanProcessor{otlp, exporter.NewSpanProcessor(in.exp)}
	}
	return in
}

// collectors are what Spect's collector may do.
var collectors = map[string]func(*testing.T, *exportertest.Collector){
	"takes all":    func(*testing.T, *exportertest.Collector) {},
	"hangs":        func(_ *testing.T, c *exportertest.Collector) { c.SetDefault(exportertest.Stall()) },
	"is not there": func(t *testing.T, c *exportertest.Collector) { c.Refuse(t, true) },
	"knows no key": func(_ *testing.T, c *exportertest.Collector) {
		c.SetDefault(exportertest.Status(http.StatusUnauthorized))
	},
	"is overloaded": func(_ *testing.T, c *exportertest.Collector) {
		c.SetDefault(exportertest.Status(http.StatusServiceUnavailable))
	},
}

// The neighbours of a service see no difference: not with Spect first or last,
// not whatever the service samples, not whatever Spect's collector does. And
// Spect gets all sessions, whole, where its collector takes them.
func TestNeighboursSeeNoDifference(t *testing.T) {
	for samples, base := range samplers {
		t.Run("samples "+samples, func(t *testing.T) {
			without := (&program{rounds: rounds, base: base}).run(t)
			if len(without.headers) == 0 || len(without.metrics) == 0 || len(without.spans) == 0 && samples != "none" {
				t.Fatalf("the test sees nothing: %d spans, %d headers, %d metrics", len(without.spans), len(without.headers), len(without.metrics))
			}
			for state, set := range collectors {
				for place, first := range map[string]bool{"first": true, "last": false} {
					t.Run("the collector "+state+", Spect is "+place, func(t *testing.T) {
						p := &program{rounds: rounds, base: base}
						in := p.install(t, first, exporter.WithShutdownTimeout(200*time.Millisecond))
						set(t, in.col)
						for _, d := range differences(without, p.run(t)) {
							t.Error(d)
						}
						in.account(t)
						if state == "takes all" {
							in.whole(t)
						}
					})
				}
			}
		})
	}
}

// With tracer.Propagator there is one header more, its own: with exporter.Sampler
// on the calls of each session, and without on those of sampled traces. Nothing
// else changes.
func TestHeaderOfThePropagator(t *testing.T) {
	for samples, base := range samplers {
		t.Run("samples "+samples, func(t *testing.T) {
			bare := (&program{rounds: rounds, base: base}).run(t)
			without := (&program{rounds: rounds, base: base, carries: true}).run(t)
			p := &program{rounds: rounds, base: base, carries: true}
			in := p.install(t, true)
			with := p.run(t)
			in.whole(t)

			sentWithout, sentWith := without.takeSessionHeaders(), with.takeSessionHeaders()
			for _, d := range append(differences(bare, without), differences(without, with)...) {
				t.Error(d)
			}
			// In a round: ask calls the model and the stock, which calls the partner;
			// fail calls the model. What is traced by hand has no part in it.
			want := map[string]int{"model/v1/messages ask": rounds, "stock ask": rounds, "partner/reserve ask": rounds, "model/v1/messages fail": rounds}
			if !maps.Equal(sentWith, want) {
				t.Errorf("the header is on %v, want %v", sentWith, want)
			}
			for call, n := range sentWithout {
				if n > want[call] || samples == "none" {
					t.Errorf("without Spect the header is on %d calls %s", n, call)
				}
			}
		})
	}
}

// sessionHeader is the header of tracer.Propagator, as it was heard.
var sessionHeader = regexp.MustCompile(`^(.*): spect-session: \["t=UUID,p=UUID,o=([a-z]+),m=[a-z-]+(,c=c1)?"\]$`)

// takeSessionHeaders takes the headers of tracer.Propagator out, and counts them
// by call and session.
func (o *observed) takeSessionHeaders() map[string]int {
	count := map[string]int{}
	o.headers = slices.DeleteFunc(o.headers, func(line string) bool {
		m := sessionHeader.FindStringSubmatch(line)
		if m != nil {
			count[m[1]+" "+m[2]]++
		}
		return m != nil
	})
	return count
}

// account checks that every span is accounted for.
func (in *installed) account(t *testing.T) {
	t.Helper()
	s := in.exp.Stats()
	sum := s.Delivered + s.Held + s.Spooled
	for _, n := range s.Dropped {
		sum += n
	}
	if s.Received == 0 || s.Received != sum {
		t.Errorf("%d spans were received, and %d are accounted for: %+v", s.Received, sum, s)
	}
}

// whole checks that the sessions of all requests arrived as they were.
func (in *installed) whole(t *testing.T) {
	t.Helper()
	want := map[string]int{
		"ask: user user, generate anthropic.messages.create, tool-call reserve, tool-result reserve.result below reserve": rounds,
		"hand: generate generate": rounds,
		"anthropic.messages.create: user user, stream anthropic.messages.create":                               rounds,
		"fail: generate generate, user user below generate, generate anthropic.messages.create below generate": rounds,
	}
	got := map[string]int{}
	for _, p := range in.col.Sessions() {
		if err := p.Validate(); err != nil {
			t.Errorf("%s: %v", p.Name, err)
		}
		got[shape(&p)]++
		body := string(p.AppendJSON(nil))
		for _, said := range map[string][]string{
			"ask":                       {"What should I drink?", `"text":"Tea."`, `"inputTokens":12`, `"done"`},
			"hand":                      {`"A cup."`},
			"anthropic.messages.create": {"What should I drink?", `"A cup."`, `"inputTokens":12`, "claude-served"},
			"fail":                      {"invalid_request_error"},
		}[p.Name] {
			if !strings.Contains(body, said) {
				t.Errorf("%s does not say %s: %s", p.Name, said, body)
			}
		}
	}
	if !maps.Equal(got, want) {
		t.Errorf("the sessions are %v, want %v", got, want)
	}
	in.diagnosed(t)
}

// diagnosed checks what the doctor says of the service: fail traces by hand what
// the model's SDK traces too, and hand names no usage. All else is well.
func (in *installed) diagnosed(t *testing.T) {
	t.Helper()
	found := map[string]uint64{}
	for _, f := range in.exp.Diagnose() {
		found[string(f.Code)+" "+f.SpanName] = f.Count
	}
	want := map[string]uint64{"traced_twice anthropic.messages.create": rounds, "no_usage hand": rounds}
	if !maps.Equal(found, want) {
		t.Errorf("the doctor found %v, want %v", found, want)
	}
}

// Spect is registered with a provider that is at work, and whose sampler it has no
// say in: it gets the sessions that are sampled, and nobody sees a difference.
func TestRegisteredLater(t *testing.T) {
	p := &program{rounds: rounds, base: sdktrace.AlwaysSample()}
	without := p.run(t)
	in := &installed{col: exportertest.NewCollector(t)}
	p.registered = func(tp *sdktrace.TracerProvider) {
		var err error
		if in.exp, err = exporter.New(in.col.Options()...); err != nil {
			t.Fatal(err)
		}
		if err := exporter.Register(tp, in.exp); err != nil {
			t.Error(err)
		}
	}
	for _, d := range differences(without, p.run(t)) {
		t.Error(d)
	}
	in.account(t)
	in.whole(t)
}

// shape is a session in short: its entries, each with the one that it is below.
func shape(p *contracts.CollectorTracePayload) string {
	names := map[string]string{}
	var entries []string
	for _, s := range p.Metadata.Result.Spans {
		names[s.ID] = s.Name
		entry := string(s.Kind) + " " + s.Name
		if s.ParentID != "" {
			entry += " below " + names[s.ParentID]
		}
		entries = append(entries, entry)
	}
	return p.Name + ": " + strings.Join(entries, ", ")
}

// changing is a span processor that is no good neighbour.
type changing struct {
	onStart func(sdktrace.ReadWriteSpan)
}

func (c changing) OnStart(_ context.Context, s sdktrace.ReadWriteSpan) { c.onStart(s) }
func (changing) OnEnd(sdktrace.ReadOnlySpan)                           {}
func (changing) Shutdown(context.Context) error                        { return nil }
func (changing) ForceFlush(context.Context) error                      { return nil }

// The comparison sees whatever a bad neighbour does to a span, a header or a
// metric of others.
func TestComparisonSees(t *testing.T) {
	plain := program{rounds: 1, base: sdktrace.ParentBased(sdktrace.AlwaysSample())}
	without := plain.run(t)
	for _, d := range differences(without, plain.run(t)) {
		t.Errorf("two runs of the same differ: %s", d)
	}
	one := func(change func(sdktrace.ReadWriteSpan)) func(*program) {
		return func(p *program) {
			p.processors = func(otlp sdktrace.SpanProcessor) []sdktrace.SpanProcessor {
				return []sdktrace.SpanProcessor{changing{func(s sdktrace.ReadWriteSpan) {
					if s.Name() == "bill" { // one span is enough
						change(s)
					}
				}}, otlp}
			}
		}
	}
	for name, change := range map[string]func(*program){
		"an attribute":  one(func(s sdktrace.ReadWriteSpan) { s.SetAttributes(attribute.Bool("llm", true)) }),
		"a name":        one(func(s sdktrace.ReadWriteSpan) { s.SetName("Bill") }),
		"an event":      one(func(s sdktrace.ReadWriteSpan) { s.AddEvent("seen") }),
		"a link":        one(func(s sdktrace.ReadWriteSpan) { s.AddLink(trace.Link{SpanContext: s.SpanContext()}) }),
		"a status":      one(func(s sdktrace.ReadWriteSpan) { s.SetStatus(codes.Ok, "") }),
		"a lost span":   func(p *program) { p.base = dropping{p.base, "bill"} },
		"a trace state": func(p *program) { p.base = stating{p.base} },
		"a metric": func(p *program) {
			p.registered = func(*sdktrace.TracerProvider) {
				n, _ := otel.Meter("spect").Int64Counter("spans")
				n.Add(context.Background(), 1)
			}
		},
		"an error": func(p *program) {
			p.registered = func(*sdktrace.TracerProvider) { otel.Handle(errors.New("of somebody's")) }
		},
		"baggage": func(p *program) {
			p.propagator = func(next propagation.TextMapPropagator) propagation.TextMapPropagator { return adding{next} }
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := plain
			change(&p)
			if found := differences(without, p.run(t)); len(found) == 0 {
				t.Error("nobody sees it")
			}
		})
	}
}

// dropping drops the spans of one name.
type dropping struct {
	sdktrace.Sampler
	name string
}

func (d dropping) ShouldSample(p sdktrace.SamplingParameters) sdktrace.SamplingResult {
	r := d.Sampler.ShouldSample(p)
	if p.Name == d.name {
		r.Decision = sdktrace.Drop
	}
	return r
}

// stating changes the trace state.
type stating struct{ sdktrace.Sampler }

func (s stating) ShouldSample(p sdktrace.SamplingParameters) sdktrace.SamplingResult {
	r := s.Sampler.ShouldSample(p)
	r.Tracestate, _ = r.Tracestate.Insert("spect", "1")
	return r
}

// adding adds to the baggage.
type adding struct{ propagation.TextMapPropagator }

func (a adding) Inject(ctx context.Context, carrier propagation.TextMapCarrier) {
	member, _ := baggage.NewMember("spect", "1")
	bag, _ := baggage.FromContext(ctx).SetMember(member)
	a.TextMapPropagator.Inject(baggage.ContextWithBaggage(ctx, bag), carrier)
}
