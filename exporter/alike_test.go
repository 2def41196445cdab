// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/exporter"
	"github.com/spect-tools/spect-go/tracer"
)

// stage is where the parts of sessions play: here, and in another process with
// an exporter and a provider of its own.
type stage struct {
	t           *testing.T
	here, there *sdktrace.TracerProvider
}

// cross carries a context to the other process.
func (s *stage) cross(ctx context.Context) context.Context {
	p := propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, tracer.Propagator{Metadata: []string{"tier", "n"}})
	carrier := propagation.MapCarrier{}
	p.Inject(ctx, carrier)
	return p.Extract(context.Background(), carrier)
}

// outer is the first part of a session, by what is to decide about all parts.
type outer struct {
	name     string
	metadata contracts.JSON
}

func (o *outer) start(ctx context.Context, tp *sdktrace.TracerProvider) (context.Context, *tracer.Session) {
	return tracer.New(tp).StartSession(ctx, o.name, tracer.Model("model of "+o.name), tracer.Metadata(o.metadata),
		tracer.Conversation("conversation of "+o.name), tracer.Function("function of "+o.name))
}

func (o *outer) byHand(ctx context.Context, tp *sdktrace.TracerProvider, attrs ...attribute.KeyValue) (context.Context, func()) {
	ctx, s := session(ctx, tp.Tracer("app"), o.name, append(attrs, contracts.ModelIDKey.String("model of "+o.name),
		contracts.SessionMetadataKey.String(string(o.metadata)), contracts.ConversationIDKey.String("conversation of "+o.name),
		contracts.FunctionIDKey.String("function of "+o.name))...)
	return ctx, func() { s.End() }
}

// part starts and ends a session whose name, model and metadata are its own.
func part(ctx context.Context, tp *sdktrace.TracerProvider, name string) {
	_, s := tracer.New(tp).StartSession(ctx, name, tracer.Model("the part's"), tracer.Metadata(contracts.JSON(`{"tier":"the part's","n":-1}`)))
	s.End()
}

func partByHand(ctx context.Context, tp *sdktrace.TracerProvider, name string) {
	_, s := session(ctx, tp.Tracer("app"), name, contracts.SessionMetadataKey.String(`{"tier":"the part's","n":-1}`))
	s.End()
}

const pause = time.Second // more than the grace

// ways are how a session has other parts. Each plays the session o and the part
// "part of NAME".
var ways = map[string]func(s *stage, o *outer){
	"a session inside, that ends first": func(s *stage, o *outer) {
		ctx, out := o.start(s.t.Context(), s.here)
		part(ctx, s.here, "part of "+o.name)
		time.Sleep(pause)
		out.End()
	},
	"a session inside, that ends last": func(s *stage, o *outer) {
		ctx, out := o.start(s.t.Context(), s.here)
		ctx, middle := (&outer{name: "middle of " + o.name, metadata: `{}`}).start(ctx, s.here)
		out.End()
		time.Sleep(pause)
		part(ctx, s.here, "part of "+o.name)
		middle.End()
	},
	"a session inside that began before its end": func(s *stage, o *outer) {
		ctx, out := o.start(s.t.Context(), s.here)
		_, in := tracer.New(s.here).StartSession(ctx, "part of "+o.name, tracer.Metadata(contracts.JSON(`{"tier":"the part's"}`)))
		out.End()
		time.Sleep(pause)
		in.End()
	},
	"sessions by hand, the inner ends first": func(s *stage, o *outer) {
		ctx, end := o.byHand(s.t.Context(), s.here)
		ctx, other := foreign(ctx, s.here.Tracer("app"), "http")
		partByHand(ctx, s.here, "part of "+o.name)
		other.End()
		time.Sleep(pause)
		end()
	},
	"sessions by hand, the inner ends last": func(s *stage, o *outer) {
		ctx, end := o.byHand(s.t.Context(), s.here)
		_, in := session(ctx, s.here.Tracer("app"), "part of "+o.name)
		end()
		time.Sleep(pause)
		in.End()
	},
	"sessions by hand, three deep": func(s *stage, o *outer) {
		ctx, end := o.byHand(s.t.Context(), s.here)
		ctx, middle := session(ctx, s.here.Tracer("app"), "middle of "+o.name, contracts.SessionMetadataKey.String(`{"tier":"middle"}`))
		partByHand(ctx, s.here, "part of "+o.name)
		time.Sleep(pause)
		middle.End()
		end()
	},
	"by hand in tracer's": func(s *stage, o *outer) {
		ctx, out := o.start(s.t.Context(), s.here)
		partByHand(ctx, s.here, "part of "+o.name)
		time.Sleep(pause)
		out.End()
	},
	"in another process": func(s *stage, o *outer) {
		ctx, out := o.start(s.t.Context(), s.here)
		part(s.cross(ctx), s.there, "part of "+o.name)
		out.End()
	},
	"in another process, below an entry": func(s *stage, o *outer) {
		ctx, out := o.start(s.t.Context(), s.here)
		ctx, gen := tracer.New(s.here).Start(ctx, contracts.KindGenerate, "gen")
		part(s.cross(ctx), s.there, "part of "+o.name)
		gen.End()
		out.End()
	},
	"in another process, a span outside any session": func(s *stage, o *outer) {
		ctx, out := o.start(s.t.Context(), s.here)
		_, gen := tracer.New(s.there).Start(s.cross(ctx), contracts.KindGenerate, "part of "+o.name, tracer.Model("the part's"))
		gen.End()
		out.End()
	},
	"in another process, behind one that traces nothing": func(s *stage, o *outer) {
		ctx, out := o.start(s.t.Context(), s.here)
		part(s.cross(s.cross(ctx)), s.there, "part of "+o.name)
		out.End()
	},
	"in another process, in a session there": func(s *stage, o *outer) {
		ctx, out := o.start(s.t.Context(), s.here)
		ctx, middle := (&outer{name: "middle of " + o.name, metadata: `{"tier":"middle"}`}).start(s.cross(ctx), s.there)
		part(ctx, s.there, "part of "+o.name)
		time.Sleep(pause)
		middle.End()
		out.End()
	},
	"there and back": func(s *stage, o *outer) {
		ctx, out := o.start(s.t.Context(), s.here)
		ctx, middle := (&outer{name: "middle of " + o.name, metadata: `{"tier":"middle"}`}).start(s.cross(ctx), s.there)
		part(s.cross(ctx), s.here, "part of "+o.name)
		middle.End()
		time.Sleep(pause)
		out.End()
	},
	"what comes later": func(s *stage, o *outer) {
		ctx, out := o.start(s.t.Context(), s.here)
		out.End()
		time.Sleep(pause)
		_, gen := tracer.New(s.here).Start(ctx, contracts.KindGenerate, "part of "+o.name, tracer.Model("the part's"))
		gen.End()
	},
	"what comes later, by hand": func(s *stage, o *outer) {
		ctx, end := o.byHand(s.t.Context(), s.here)
		end()
		time.Sleep(pause)
		_, gen := entry(ctx, s.here.Tracer("app"), "part of "+o.name)
		gen.End()
	},
	"what comes later and later": func(s *stage, o *outer) {
		ctx, end := o.byHand(s.t.Context(), s.here)
		end()
		time.Sleep(pause)
		ctx, gen := entry(ctx, s.here.Tracer("app"), "middle of "+o.name)
		gen.End()
		time.Sleep(pause)
		_, gen = entry(ctx, s.here.Tracer("app"), "part of "+o.name)
		gen.End()
	},
}

// The parts of a session are kept or dropped together, by what the outermost
// session says, whatever they say themselves and in whatever order they end.
func TestPartsAreSampledAlike(t *testing.T) {
	for name, test := range map[string]struct {
		sampling string
		metadata func(i int) string
		keeps    func(i int, name string) bool // nil: as it comes
	}{
		"the default":  {`{"rate":0.5}`, nil, nil},
		"by session":   {`{"rate":0.5,"key":["sessionId"]}`, nil, nil},
		"by operation": {`{"rate":0.5,"key":["operationName"]}`, nil, func(_ int, name string) bool { return below(0.5, name) }},
		"by model": {
			`{"rate":0.5,"key":["model","conversationId","functionId"]}`, nil,
			func(_ int, name string) bool {
				return below(0.5, "model of "+name, "conversation of "+name, "function of "+name)
			},
		},
		"by metadata": {
			`{"rate":0.5,"key":["tier"]}`, func(i int) string { return fmt.Sprintf(`{"tier":"tier %d"}`, i) },
			func(i int, _ string) bool { return below(0.5, fmt.Sprint("tier ", i)) },
		},
		"by a rule of metadata": {
			`{"rate":0,"rules":[{"match":{"metadata":{"tier":"the part's"}},"sampleRate":1},{"match":{"metadata":{"tier":"middle"}},"sampleRate":1},` +
				`{"match":{"metadata":{"tier":"gold","n":1}},"sampleRate":1}]}`,
			func(i int) string { return fmt.Sprintf(`{"tier":"gold","n":%d.0}`, i%2) },
			func(i int, _ string) bool { return i%2 == 1 },
		},
		"by metadata that the first does not have": {
			`{"rate":1,"rules":[{"match":{"metadata":{"tier":"the part's"}},"sampleRate":0},{"match":{"metadata":{"tier":"middle"}},"sampleRate":0},` +
				`{"match":{"operationName":"session 1"},"sampleRate":0}]}`, nil,
			func(i int, _ string) bool { return i != 1 },
		},
		"its own word": {
			`{"rate":0.5}`, func(i int) string { return fmt.Sprintf(`{"spect":{"sampling":{"rate":%d}}}`, i%2) },
			func(i int, _ string) bool { return i%2 == 1 },
		},
		"its own word with a key": {
			`{"rate":0}`, func(int) string { return `{"spect":{"sampling":{"rate":0.5,"key":["operationName"]}}}` },
			func(_ int, name string) bool { return below(0.5, name) },
		},
		"promoted": {
			`{"rate":0,"promote":{"onError":true}}`, func(i int) string { return fmt.Sprintf(`{"spect":{"sampling":{"rate":%d}}}`, i%2) },
			func(i int, _ string) bool { return i%2 == 1 },
		},
	} {
		for way, play := range ways {
			t.Run(name+"/"+way, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					rules, err := exporter.ParseSampling(test.sampling)
					if err != nil {
						t.Fatal(err)
					}
					here, there := newLine(t, exporter.WithSampling(*rules)), newLine(t, exporter.WithSampling(*rules))
					s := stage{t, provider(here.exp), provider(there.exp)}
					sessions := 12
					if test.keeps == nil {
						sessions = 40 // by ids that are random
					}
					for i := range sessions {
						o := outer{name: fmt.Sprint("session ", i), metadata: `{"other":[]}`}
						if test.metadata != nil {
							o.metadata = contracts.JSON(test.metadata(i))
						}
						play(&s, &o)
						time.Sleep(pause)
					}
					shutdown(t, here.exp)
					shutdown(t, there.exp)
					arrived := map[string]bool{}
					for _, p := range slices.Concat(here.col.Sessions(), there.col.Sessions()) {
						arrived[p.Name] = true
					}
					kept := 0
					for i := range sessions {
						name := fmt.Sprint("session ", i)
						if arrived[name] {
							kept++
						}
						if arrived[name] != arrived["part of "+name] {
							t.Errorf("%s is kept: %t; its part: %t", name, arrived[name], arrived["part of "+name])
						}
						if test.keeps != nil && arrived[name] != test.keeps(i, name) {
							t.Errorf("%s is kept: %t", name, arrived[name])
						}
					}
					if kept == 0 || kept == sessions {
						t.Errorf("%d of %d are kept: that shows nothing", kept, sessions)
					}
				})
			})
		}
	}
}

// below says whether a key is kept at a rate, in exact arithmetic.
func below(rate float64, key ...string) bool {
	sum := sha256.Sum256([]byte(strings.Join(key, "\n") + "\n"))
	u := new(big.Rat).SetFrac(new(big.Int).SetBytes(sum[:8]), new(big.Int).Lsh(big.NewInt(1), 64))
	return u.Cmp(new(big.Rat).SetFloat64(rate)) < 0
}

// Where a session inside has a word of its own, that counts for it, and for what
// is inside of it.
func TestInnerWordOnSampling(t *testing.T) {
	for _, byHand := range []bool{false, true} {
		for _, last := range []bool{false, true} {
			t.Run(fmt.Sprintf("by hand %t, ends last %t", byHand, last), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					zero := 0.0
					l := newLine(t, exporter.WithSampling(exporter.Sampling{Rate: &zero}))
					tp := provider(l.exp)
					begin := func(ctx context.Context, name string, metadata contracts.JSON) (context.Context, func()) {
						o := outer{name: name, metadata: metadata}
						if byHand {
							return o.byHand(ctx, tp)
						}
						ctx, s := o.start(ctx, tp)
						return ctx, func() { s.End() }
					}
					ctx, endOuter := begin(t.Context(), "outer", `{}`)
					ctx, endMiddle := begin(ctx, "middle", `{"spect":{"sampling":{"rate":1}}}`)
					_, endInner := begin(ctx, "inner", `{}`)
					if last {
						endOuter()
						time.Sleep(pause)
					}
					endInner()
					time.Sleep(pause)
					endMiddle()
					if !last {
						time.Sleep(pause)
						endOuter()
					}
					shutdown(t, l.exp)
					l.wants(t, "inner: ", "middle: ")
				})
			})
		}
	}
}

// In another process too, however far that is.
func TestInnerWordOnSamplingGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		zero := 0.0
		l := newLine(t, exporter.WithSampling(exporter.Sampling{Rate: &zero}))
		s := stage{t: t, here: provider(l.exp)}
		ctx, first := (&outer{name: "first", metadata: `{}`}).start(t.Context(), s.here)
		ctx, second := (&outer{name: "second", metadata: `{"spect":{"sampling":{"rate":1}}}`}).start(ctx, s.here)
		part(s.cross(ctx), s.here, "part of the second")
		ctx, third := (&outer{name: "third", metadata: `{"spect":{"sampling":{"rate":0}}}`}).start(s.cross(ctx), s.here)
		part(s.cross(ctx), s.here, "part of the third")
		third.End()
		second.End()
		first.End()
		shutdown(t, l.exp)
		have := l.arrived()
		slices.Sort(have)
		if want := []string{"part of the second: ", "second: "}; !slices.Equal(have, want) {
			t.Errorf("kept %q, want %q", have, want)
		}
	})
}

// Each session is promoted for itself, also where the one around it was dropped;
// what comes late is not: it shares the fate of what was promoted, too.
func TestPromotionAndParts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		zero := 0.0
		l := newLine(t, exporter.WithSampling(exporter.Sampling{Rate: &zero, Promote: exporter.SamplingPromote{OnError: true}}))
		tp := provider(l.exp)
		tr := tracer.New(tp)
		no := errors.New("no")
		// One that went well is dropped; its inner one failed.
		ctx, good := tr.StartSession(t.Context(), "good")
		_, bad := tr.StartSession(ctx, "bad in good")
		good.End()
		time.Sleep(pause)
		bad.SetError(no)
		bad.End()
		_, late := tr.Start(ctx, contracts.KindGenerate, "late in good")
		late.SetError(no)
		late.End()
		// One that failed is kept, and what comes late with it.
		ctx, failed := tr.StartSession(t.Context(), "failed")
		_, inner := tr.StartSession(ctx, "good in failed")
		failed.SetError(no)
		failed.End()
		time.Sleep(pause)
		inner.End()
		_, late = tr.Start(ctx, contracts.KindGenerate, "late in failed")
		late.End()
		_, open := tr.StartSession(ctx, "open in failed")
		// Both are sent at once, as they are.
		ctx, failed = tr.StartSession(t.Context(), "failed and open")
		tr.StartSession(ctx, "open in that")
		failed.SetError(no)
		shutdown(t, l.exp)
		open.End()
		have := l.arrived()
		slices.Sort(have)
		if want := []string{
			"bad in good: ", "failed and open: ", "failed: ", "good in failed: ", "late in failed: late in failed", "open in failed: ", "open in that: ",
		}; !slices.Equal(have, want) {
			t.Errorf("kept %q, want %q", have, want)
		}
	})
}

// Through the exporter door an inner session comes before the outer one: it goes
// by what tracer told it of that at its start.
func TestExporterDoorSamplesAlike(t *testing.T) {
	for sampling, keeps := range map[string]func(i int) bool{
		`{"rate":0.5,"key":["tier"]}`: func(i int) bool { return below(0.5, fmt.Sprint("tier ", i)) },
		`{"rate":0,"rules":[{"match":{"metadata":{"tier":"tier 3"}},"sampleRate":1}]}`: func(i int) bool { return i == 3 },
		`{"rate":0.5,"rules":[{"match":{"metadata":{"n":1}},"sampleRate":0}]}`:         nil,
	} {
		t.Run(sampling, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				rules, err := exporter.ParseSampling(sampling)
				if err != nil {
					t.Fatal(err)
				}
				l := newLine(t, exporter.WithSampling(*rules))
				tp := sdktrace.NewTracerProvider(sdktrace.WithSyncer(l.exp))
				sessions := 20
				if keeps == nil {
					sessions = 40
				}
				for i := range sessions {
					o := outer{name: fmt.Sprint("session ", i), metadata: contracts.JSON(fmt.Sprintf(`{"deep":{"tier":0},"tier":"tier %d"}`, i))}
					ctx, s := o.start(t.Context(), tp)
					part(ctx, tp, "part of "+o.name)
					time.Sleep(pause)
					s.End()
				}
				shutdown(t, l.exp)
				arrived := map[string]bool{}
				for _, p := range l.col.Sessions() {
					arrived[p.Name] = true
				}
				for i := range sessions {
					name := fmt.Sprint("session ", i)
					if arrived[name] != arrived["part of "+name] || keeps != nil && arrived[name] != keeps(i) {
						t.Errorf("%s is kept: %t; its part: %t", name, arrived[name], arrived["part of "+name])
					}
				}
				if len(arrived) == 0 || len(arrived) == 2*sessions {
					t.Errorf("%d sessions are kept: that shows nothing", len(arrived))
				}
			})
		})
	}
}

// Where no metadata was asked to travel, a part elsewhere goes by its own, and so
// does one by hand, unless it says what the outermost session is.
func TestPartsGoByTheirOwnMetadata(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rules, err := exporter.ParseSampling(`{"rate":0,"rules":[{"match":{"operationName":"first","metadata":{"tier":"gold"}},"sampleRate":1},` +
			`{"match":{"operationName":"by hand","metadata":{"tier":"gold"}},"sampleRate":1}]}`)
		if err != nil {
			t.Fatal(err)
		}
		l := newLine(t, exporter.WithSampling(*rules))
		tp := provider(l.exp)
		tr := tracer.New(tp)
		gold := contracts.SessionMetadataKey.String(`{"tier":"gold"}`)
		for _, tier := range []string{"iron", "gold"} {
			for asked, p := range map[string]tracer.Propagator{"asked": {Metadata: []string{"tier"}}, "not asked": {}} {
				ctx, first := tr.StartSession(t.Context(), "first", tracer.Metadata(map[string]string{"tier": tier}))
				carrier := propagation.MapCarrier{}
				p.Inject(ctx, carrier)
				for _, own := range []string{"iron", "gold"} {
					far := p.Extract(context.Background(), carrier)
					_, s := tr.StartSession(far, tier+" "+asked+" "+own, tracer.Metadata(map[string]string{"tier": own}))
					s.End()
				}
				first.SetError(errors.New("no")) // says nothing to the others
				first.End()
			}
		}
		for _, origin := range []string{`{"operationName":"first"}`, `{"operationName":"first","metadata":{"tier":"iron"}}`, `{"operationName":"other"}`, `x`, `{"operationName":"other","x`} {
			_, s := session(t.Context(), tp.Tracer("app"), "by hand", gold, contracts.SessionOriginKey.String(origin))
			s.SetAttributes(contracts.ConversationIDKey.String(origin))
			s.End()
		}
		shutdown(t, l.exp)
		var have []string
		for _, p := range l.col.Sessions() {
			name := p.Name
			if name == "by hand" {
				name += " " + p.Attributes.ConversationID
			}
			have = append(have, name)
		}
		slices.Sort(have)
		want := []string{
			`by hand x`, `by hand {"operationName":"first"}`, `by hand {"operationName":"other","x`, "first", "first", "gold asked gold", "gold asked iron", "gold not asked gold", "iron not asked gold",
		}
		if !slices.Equal(have, want) {
			t.Errorf("kept\n%q, want\n%q", have, want)
		}
	})
}
