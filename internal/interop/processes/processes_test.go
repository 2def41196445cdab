// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package processes

import (
	"context"
	"crypto/sha256"
	"fmt"
	"math/big"
	"strings"
	"sync"
	"testing"

	"go.opentelemetry.io/otel/baggage"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/exporter"
	"github.com/spect-tools/spect-go/exporter/exportertest"
	"github.com/spect-tools/spect-go/tracer"
)

// pair is both processes and their collector.
type pair struct {
	col    *exportertest.Collector
	exp    *exporter.Exporter
	tracer *tracer.Tracer
	caller caller
	server *server
	close  func(context.Context) error
}

// newPair starts the other process. carries tells whether this one has
// tracer.Propagator.
func newPair(t *testing.T, cfg serverConfig, carries bool, sampling string) *pair {
	t.Helper()
	p := &pair{col: exportertest.NewCollector(t)}
	rules, err := exporter.ParseSampling(sampling)
	if err != nil {
		t.Fatal(err)
	}
	p.exp, err = exporter.New(p.col.Options(exporter.WithSampling(*rules), exporter.WithShutdownTimeout(patience),
		exporter.WithErrorHandler(func(err error) { t.Errorf("reported: %v", err) }))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.exp.Shutdown(context.Background()) })
	tp := newProvider(p.exp, cfg.HeadSampled)
	p.close, p.tracer = tp.Shutdown, tracer.New(tp)
	p.server = startServer(t, p.col, cfg, sampling)
	if p.caller, err = protocols[cfg.Protocol].dial(p.server.address, tp, newPropagator(carries)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.caller.close() })
	return p
}

// session is one session here that goes on there. It returns its id, and what
// came with the call.
func (p *pair) session(t *testing.T, name string, q request, opts ...tracer.SessionOption) (id string, got answer) {
	t.Helper()
	ctx, s := p.tracer.StartSession(t.Context(), name, opts...)
	defer s.End()
	ctx, tool := p.tracer.StartToolCall(ctx, contracts.ToolCall{ID: "c", Name: "call"})
	defer tool.End()
	got, err := p.caller.call(ctx, q)
	if err != nil {
		t.Errorf("%s: %v", name, err)
	}
	return s.ID(), got
}

// end ends both processes, and returns the sessions that arrived, by name. Each
// span is accounted for: wants are those of both that are to be delivered, and
// those that are to be sampled out.
func (p *pair) end(t *testing.T, delivered, sampled int) map[string]contracts.CollectorTracePayload {
	t.Helper()
	if err := p.caller.close(); err != nil {
		t.Error(err)
	}
	there := p.server.stop(t)
	if err := p.close(context.Background()); err != nil {
		t.Error(err)
	}
	here := p.exp.Stats()
	if here.Delivered+there.Delivered != uint64(delivered) || here.Dropped[exporter.DropSampled]+there.Dropped[exporter.DropSampled] != uint64(sampled) ||
		here.Received+there.Received != uint64(delivered+sampled) {
		t.Errorf("want %d spans delivered and %d sampled out\nhere  %+v\nthere %+v", delivered, sampled, here, there)
	}
	out := map[string]contracts.CollectorTracePayload{}
	for _, s := range p.col.Sessions() {
		if err := s.Validate(); err != nil {
			t.Errorf("%s: %v", s.Name, err)
		}
		if _, twice := out[s.Name]; twice {
			t.Errorf("%s came twice", s.Name)
		}
		out[s.Name] = s
	}
	return out
}

// eachProtocol runs a test over HTTP and over gRPC.
func eachProtocol(t *testing.T, test func(t *testing.T, protocol string)) {
	for name := range protocols {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, name)
		})
	}
}

const all = `{"rate":1}`

// What another process traces below a session is a payload of its own that has
// the session's traceId and names the span that made the call as its parent;
// also behind a service that traces nothing of its own, and whatever a head
// sampler says.
func TestSessionGoesOn(t *testing.T) {
	eachProtocol(t, func(t *testing.T, protocol string) {
		for name, headSampled := range map[string]bool{"all traces": false, "1 % of the traces": true} {
			t.Run(name, func(t *testing.T) {
				p := newPair(t, serverConfig{Protocol: protocol, Carries: true, HeadSampled: headSampled}, true, all)
				ids := map[string]string{}
				for _, do := range []string{doSession, doSpan, doRelay} {
					var got answer
					ids[do], got = p.session(t, do, request{do, do + ", there"}, tracer.Model("m"))
					if header := strings.Join(got.Header["spect-session"], "|"); !strings.Contains(header, "t="+ids[do]) {
						t.Errorf("%s: the header is %q, want the id %s in it", do, header, ids[do])
					}
				}
				// 2 spans here for each; there 3, 1 and 3.
				arrived := p.end(t, 3*2+3+1+3, 0)
				if len(arrived) != 8 {
					t.Errorf("%d sessions arrived, want 8", len(arrived))
				}
				for do, id := range ids {
					here, there := arrived[do], arrived[do+", there"]
					if here.ID != id || here.TraceID != id || here.ParentID != "" || len(here.Metadata.Result.Spans) != 1 {
						t.Fatalf("%s: the session here is %s", do, here.AppendJSON(nil))
					}
					if call := here.Metadata.Result.Spans[0]; there.TraceID != id || there.ParentID != call.ID || there.ID == id {
						t.Errorf("%s: the session there has traceId %s, parentId %s; want %s, %s", do, there.TraceID, there.ParentID, id, call.ID)
					}
					if len(there.Metadata.Result.Spans) != 1 {
						t.Errorf("%s: the session there is not whole: %s", do, there.AppendJSON(nil))
					}
					if nested := arrived[do+", there, nested"]; do != doSpan && (nested.TraceID != id || nested.ParentID != there.ID) {
						t.Errorf("%s: the session inside that has traceId %s, parentId %s; want %s, %s", do, nested.TraceID, nested.ParentID, id, there.ID)
					}
				}
			})
		}
	})
}

// Without tracer.Propagator in both there are two sessions that have nothing to
// do with each other, though they are of one OpenTelemetry trace.
func TestUnrelatedWithoutThePropagator(t *testing.T) {
	eachProtocol(t, func(t *testing.T, protocol string) {
		for name, carries := range map[string]struct{ here, there bool }{
			"neither": {}, "here alone": {here: true}, "there alone": {there: true},
		} {
			t.Run(name, func(t *testing.T) {
				p := newPair(t, serverConfig{Protocol: protocol, Carries: carries.there}, carries.here, all)
				_, got := p.session(t, "here", request{doSession, "there"}, tracer.Model("m"))
				if _, sent := got.Header["spect-session"]; sent != carries.here || len(got.Header["traceparent"]) != 1 {
					t.Errorf("the headers are %v", got.Header)
				}
				arrived := p.end(t, 2+3, 0)
				for _, name := range []string{"here", "there"} {
					if s := arrived[name]; s.ID == "" || s.TraceID != s.ID || s.ParentID != "" {
						t.Errorf("%s has id %s, traceId %s, parentId %s", name, s.ID, s.TraceID, s.ParentID)
					}
				}
			})
		}
	})
}

// The ids travel in the header of their own, and nowhere else: the application's
// baggage is what it was.
func TestBaggageIsTheApplications(t *testing.T) {
	eachProtocol(t, func(t *testing.T, protocol string) {
		p := newPair(t, serverConfig{Protocol: protocol, Carries: true}, true, all)
		member, err := baggage.NewMember("app", "1")
		if err != nil {
			t.Fatal(err)
		}
		bag, err := baggage.New(member)
		if err != nil {
			t.Fatal(err)
		}
		for _, do := range []string{doSession, doRelay} {
			ctx, s := p.tracer.StartSession(baggage.ContextWithBaggage(t.Context(), bag), do, tracer.Model("m"))
			got, err := p.caller.call(ctx, request{do, do + ", there"})
			if err != nil {
				t.Fatal(err)
			}
			s.End()
			if have := strings.Join(got.Header["baggage"], ","); have != "app=1" {
				t.Errorf("%s: the baggage is %q", do, have)
			}
			for name, values := range got.Header {
				if text := strings.Join(values, ","); name != "spect-session" && strings.Contains(text, s.ID()) {
					t.Errorf("%s: the header %s holds the session's id: %s", do, name, text)
				}
			}
		}
		p.end(t, 2*(1+3), 0)
	})
}

// The parts of a session in two processes are kept or dropped together, and as
// the documentation says: by the hash of what the key names of the first.
func TestSampledAlike(t *testing.T) {
	const sessions = 150
	type outer struct {
		id, name, model, conversation string
		// tier is of the metadata, word what is said there of sampling.
		tier, word string
	}
	for name, test := range map[string]struct {
		sampling string
		keeps    func(outer) bool
	}{
		"10 %": {`{"rate":0.1}`, func(o outer) bool { return below(0.1, o.id) }},
		"50 %": {`{"rate":0.5}`, func(o outer) bool { return below(0.5, o.id) }},
		"90 %": {`{"rate":0.9,"key":["traceId"]}`, func(o outer) bool { return below(0.9, o.id) }},
		"by name": {
			`{"rate":0.5,"key":["operationName"]}`, func(o outer) bool { return below(0.5, o.name) },
		},
		"by model and name": {
			`{"rate":0.3,"key":["model","operationName"]}`, func(o outer) bool { return below(0.3, o.model, o.name) },
		},
		"by conversation": {
			`{"rate":0.5,"key":["conversationId"]}`, func(o outer) bool { return below(0.5, o.conversation) },
		},
		"by a rule": {
			`{"rate":0.2,"rules":[{"match":{"model":"model 1"},"sampleRate":0.8},{"match":{"model":"the server's"},"sampleRate":1}]}`,
			func(o outer) bool {
				if o.model == "model 1" {
					return below(0.8, o.id)
				}
				return below(0.2, o.id)
			},
		},
		"by metadata": {
			`{"rate":0.5,"key":["tier"]}`, func(o outer) bool { return below(0.5, o.tier) },
		},
		"by a rule of metadata": {
			`{"rate":0,"rules":[{"match":{"metadata":{"tier":"tier 2"}},"sampleRate":1},{"match":{"metadata":{"tier":"the server's"}},"sampleRate":1}]}`,
			func(o outer) bool { return o.tier == "tier 2" },
		},
		"by its own word": {
			`{"rate":0.5}`, func(o outer) bool {
				if o.word != "" {
					return o.word == `{"rate":1}`
				}
				return below(0.5, o.id)
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			eachProtocol(t, func(t *testing.T, protocol string) {
				p := newPair(t, serverConfig{Protocol: protocol, Carries: true}, true, test.sampling)
				var all [sessions]outer
				var callers sync.WaitGroup
				const atOnce = 5
				for c := range atOnce {
					callers.Go(func() {
						for i := c; i < sessions; i += atOnce {
							o := outer{
								name: fmt.Sprint("session ", i), model: fmt.Sprint("model ", i%3), conversation: fmt.Sprint("conversation ", i/2),
								tier: fmt.Sprint("tier ", i%7),
							}
							metadata := map[string]any{"tier": o.tier}
							if words := strings.Contains(name, "word"); words && i%3 > 0 {
								o.word = fmt.Sprintf(`{"rate":%d}`, i%3-1)
								metadata["spect"] = contracts.JSON(`{"sampling":` + o.word + `}`)
							}
							o.id, _ = p.session(t, o.name, request{doSession, o.name + ", there"},
								tracer.Model(o.model), tracer.Conversation(o.conversation), tracer.Metadata(metadata))
							all[i] = o
						}
					})
				}
				callers.Wait()
				kept := 0
				for _, o := range all {
					if test.keeps(o) {
						kept++
					}
				}
				if kept == 0 || kept == sessions {
					t.Fatalf("%d of %d sessions are to be kept: that shows nothing", kept, sessions)
				}
				const spans = 2 + 3
				arrived := p.end(t, kept*spans, (sessions-kept)*spans)
				for _, o := range all {
					for _, part := range []string{"", ", there", ", there, nested"} {
						if _, here := arrived[o.name+part]; here != test.keeps(o) {
							t.Errorf("%s%s: arrived is %t, kept is %t", o.name, part, here, test.keeps(o))
						}
					}
				}
			})
		})
	}
}

// below says whether a key is kept at a rate: when the first 8 bytes of the
// SHA-256 of its values, each followed by a line feed, as a big-endian number
// divided by 2^64, are below the rate.
func below(rate float64, key ...string) bool {
	sum := sha256.Sum256([]byte(strings.Join(key, "\n") + "\n"))
	u := new(big.Rat).SetFrac(new(big.Int).SetBytes(sum[:8]), new(big.Int).Lsh(big.NewInt(1), 64))
	return u.Cmp(new(big.Rat).SetFloat64(rate)) < 0
}
