// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/exporter"
	"github.com/spect-tools/spect-go/exporter/exportertest"
	"github.com/spect-tools/spect-go/tracer"
)

// sampled plays one session, named "support.answer", and reports whether it is
// kept. It is nothing for the collector then, and counted.
func sampled(t *testing.T, sampling string, play func(*tracer.Session), opts ...tracer.SessionOption) (kept bool) {
	t.Helper()
	rules, err := exporter.ParseSampling(sampling)
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t, exporter.WithSampling(*rules))
		tr := tracer.New(provider(l.exp))
		ctx, s := tr.StartSession(t.Context(), "support.answer", append([]tracer.SessionOption{tracer.Model("gpt-4.1")}, opts...)...)
		_, gen := tr.Start(ctx, contracts.KindGenerate, "gen")
		gen.End()
		if play != nil {
			play(s)
		}
		s.End()
		shutdown(t, l.exp)
		l.out.none(t)
		kept = len(l.arrived()) == 1
		want := exporter.Stats{Received: 2, Delivered: 2}
		if !kept {
			want = exporter.Stats{Received: 2, Dropped: map[exporter.DropReason]uint64{exporter.DropSampled: 2}}
		}
		have := l.exp.Stats()
		if have.Received != want.Received || have.Delivered != want.Delivered || have.Dropped[exporter.DropSampled] != want.Dropped[exporter.DropSampled] {
			t.Errorf("kept is %t, and %+v", kept, have)
		}
	})
	return kept
}

// Where a key lies between 0 and 1 is the first 8 bytes of its SHA-256, here as
// sha256sum has them.
func TestSamplingKey(t *testing.T) {
	id := tracer.Attributes(contracts.SessionIDKey.String("01900000-0000-7000-8000-000000000001"))
	for key, test := range map[string]struct {
		opts []tracer.SessionOption
		hash uint64
	}{
		`"operationName"`:           {nil, 0xa3a043842b084ba7},
		`"model","operationName"`:   {nil, 0x766dd06b4589d4c3},
		`"conversationId"`:          {[]tracer.SessionOption{tracer.Conversation("c-42")}, 0x2e21b350ed913595},
		`"functionId"`:              {[]tracer.SessionOption{tracer.Function("f-7")}, 0x8986d97cb2120760},
		`"tier"`:                    {[]tracer.SessionOption{tracer.Metadata(map[string]string{"tier": "gold"})}, 0x3bb0ac0514ee5ab7},
		`"city"`:                    {[]tracer.SessionOption{tracer.Metadata(contracts.JSON(`{"city":"\u65e5本"}`))}, 0x15b271167ac25a03},
		`"count"`:                   {[]tracer.SessionOption{tracer.Metadata(map[string]int{"count": 3})}, 0x1121cfccd5913f0a},
		`"there is no such member"`: {nil, 0x01ba4719c80b6fe9},
		`"sessionId"`:               {[]tracer.SessionOption{id}, 0xf4836ae809c8cd1d},
		`"traceId"`:                 {[]tracer.SessionOption{id}, 0xf4836ae809c8cd1d},
		``:                          {[]tracer.SessionOption{id}, 0xf4836ae809c8cd1d},
	} {
		u := math.Ldexp(float64(test.hash), -64)
		for _, rate := range []float64{u - 1e-9, u + 1e-9} {
			sampling := fmt.Sprintf(`{"rate":%v,"key":[%s]}`, rate, key)
			if kept := sampled(t, sampling, nil, test.opts...); kept != (u < rate) {
				t.Errorf("%s: kept is %t, of a key at %v", sampling, kept, u)
			}
		}
	}
}

// What is decided, by the JSON form of the rules.
func TestSampling(t *testing.T) {
	metadata := func(json string) tracer.SessionOption { return tracer.Metadata(contracts.JSON(json)) }
	fails := func(s *tracer.Session) { s.SetError(errors.New("no")) }
	uses := func(usage any) func(*tracer.Session) {
		return func(s *tracer.Session) { s.SetResult(tracer.Result{Usage: usage}) }
	}
	takes := func(d time.Duration) func(*tracer.Session) { return func(*tracer.Session) { time.Sleep(d) } }
	for name, test := range map[string]struct {
		sampling string
		play     func(*tracer.Session)
		opts     []tracer.SessionOption
		kept     bool
	}{
		"nothing said":   {`{}`, nil, nil, true},
		"all":            {`{"rate":1}`, nil, nil, true},
		"none":           {`{"rate":0}`, nil, nil, false},
		"none but bound": {`{"rate":0,"key":["operationName"]}`, nil, nil, false},

		"promoted for its error":            {`{"rate":0,"promote":{"onError":true}}`, fails, nil, true},
		"not promoted without one":          {`{"rate":0,"promote":{"onError":true}}`, nil, nil, false},
		"not promoted for what is not said": {`{"rate":0,"promote":{"minDurationMs":1000}}`, fails, nil, false},
		"promoted for its time":             {`{"rate":0,"promote":{"minDurationMs":1000}}`, takes(time.Second), nil, true},
		"not for less":                      {`{"rate":0,"promote":{"minDurationMs":1000}}`, takes(999 * time.Millisecond), nil, false},
		"not for less than a lifetime":      {`{"rate":0,"promote":{"minDurationMs":9223372036854775807}}`, takes(time.Second), nil, false},
		"promoted for its tokens":           {`{"rate":0,"promote":{"minTotalTokens":100}}`, uses(contracts.Usage{TotalTokens: 100}), nil, true},
		"not for fewer":                     {`{"rate":0,"promote":{"minTotalTokens":100}}`, uses(contracts.Usage{TotalTokens: 99}), nil, false},
		"promoted for the sum of them":      {`{"rate":0,"promote":{"minTotalTokens":100}}`, uses(map[string]int{"inputTokens": 60, "outputTokens": 40}), nil, true},
		"not for tokens that are none":      {`{"rate":0,"promote":{"minTotalTokens":1}}`, uses(map[string]string{"totalTokens": "many"}), nil, false},

		"the rule of its name": {
			`{"rate":0,"rules":[{"match":{"operationName":"support.answer"},"sampleRate":1}]}`, nil, nil, true,
		},
		"the rule of another name": {
			`{"rate":0,"rules":[{"match":{"operationName":"support"},"sampleRate":1}]}`, nil, nil, false,
		},
		"the rule of its model": {
			`{"rate":1,"rules":[{"match":{"model":"gpt-4.1"},"sampleRate":0}]}`, nil, nil, false,
		},
		"the rule of its model, named late": {
			`{"rate":1,"rules":[{"match":{"model":"gpt-5"},"sampleRate":0}]}`, func(s *tracer.Session) { s.SetModel("gpt-5", "") }, nil, false,
		},
		"both must match": {
			`{"rate":0,"rules":[{"match":{"operationName":"support.answer","model":"gpt-5"},"sampleRate":1}]}`, nil, nil, false,
		},
		"an empty match matches all": {
			`{"rate":0,"rules":[{"match":{},"sampleRate":1}]}`, nil, nil, true,
		},
		"the first rule that matches counts": {
			`{"rate":1,"rules":[{"match":{"model":"x"},"sampleRate":1},{"match":{"model":"gpt-4.1"},"sampleRate":0},{"match":{},"sampleRate":1}]}`, nil, nil, false,
		},
		"metadata": {
			`{"rate":0,"rules":[{"match":{"metadata":{"tier":"gold","n":1}},"sampleRate":1}]}`, nil,
			[]tracer.SessionOption{metadata(`{"n":1.0,"more":[],"tier":"gold"}`)},
			true,
		},
		"metadata in depth, in any order": {
			`{"rate":0,"rules":[{"match":{"metadata":{"user":{"a":1,"b":[true,null]}}},"sampleRate":1}]}`, nil,
			[]tracer.SessionOption{metadata(`{"user":{"b":[true,null],"a":1}}`)},
			true,
		},
		"metadata that is more": {
			`{"rate":0,"rules":[{"match":{"metadata":{"user":{"a":1}}},"sampleRate":1}]}`, nil,
			[]tracer.SessionOption{metadata(`{"user":{"a":1,"b":2}}`)},
			false,
		},
		"metadata that is not there": {
			`{"rate":0,"rules":[{"match":{"metadata":{"tier":null}},"sampleRate":1}]}`, nil, nil, false,
		},
		"a rule without a rate keeps the general one": {
			`{"rate":0,"rules":[{"match":{},"promote":{"onError":true}}]}`, nil, nil, false,
		},
		"a rule's promotion stands in": {
			`{"rate":0,"promote":{"onError":true},"rules":[{"match":{},"promote":{}}]}`, fails, nil, false,
		},
		"a rule without one keeps the general promotion": {
			`{"rate":1,"promote":{"onError":true},"rules":[{"match":{},"sampleRate":0}]}`, fails, nil, true,
		},
		// support.answer is at 0.639, c-42 at 0.180.
		"a rule's key stands in": {
			`{"rate":0.5,"key":["operationName"],"rules":[{"match":{},"key":["conversationId"]}]}`, nil,
			[]tracer.SessionOption{tracer.Conversation("c-42")},
			true,
		},
		"a rule without one keeps the general key": {
			`{"rate":0.5,"key":["operationName"],"rules":[{"match":{},"sampleRate":0.7}]}`, nil, nil, true,
		},

		"its own word": {
			`{"rate":0}`, nil, []tracer.SessionOption{metadata(`{"spect":{"sampling":{"rate":1}}}`)}, true,
		},
		"its own word is all of it": {
			`{"rate":0,"promote":{"onError":true},"rules":[{"match":{},"sampleRate":1}]}`, fails,
			[]tracer.SessionOption{metadata(`{"spect":{"sampling":{"rate":0}}}`)},
			false,
		},
		"its own word, given late": {
			`{"rate":1}`, func(s *tracer.Session) { s.AddMetadata(contracts.JSON(`{"spect":{"sampling":{"rate":0}}}`)) }, nil, false,
		},
		"its own rules": {
			`{"rate":1}`, nil, []tracer.SessionOption{metadata(`{"spect":{"sampling":{"rate":1,"rules":[{"match":{"model":"gpt-4.1"},"sampleRate":0}]}}}`)}, false,
		},
		"its own word makes no sense": {
			`{"rate":0}`, nil, []tracer.SessionOption{metadata(`{"spect":{"sampling":{"rate":7}}}`)}, false,
		},
		"its own word is none": {
			`{"rate":0}`, nil, []tracer.SessionOption{metadata(`{"spect":{"sampling":1}}`)}, false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			if kept := sampled(t, test.sampling, test.play, test.opts...); kept != test.kept {
				t.Errorf("kept is %t", kept)
			}
		})
	}
}

// An error in a span below promotes the session too; one that has not ended has
// no duration.
func TestSamplingPromotesByEntries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rate := 0.0
		l := newLine(t, exporter.WithSampling(exporter.Sampling{Rate: &rate, Promote: exporter.SamplingPromote{OnError: true, MinDurationMs: 1}}))
		tr := tracer.New(provider(l.exp))
		ctx, failing := tr.StartSession(t.Context(), "failing", tracer.Model("m"))
		ctx, gen := tr.Start(ctx, contracts.KindGenerate, "gen")
		_, tool := tr.StartToolCall(ctx, contracts.ToolCall{ID: "c", Name: "tool"})
		tool.SetError(errors.New("no"))
		tool.End()
		gen.End()
		failing.End()
		_, open := tr.StartSession(t.Context(), "open", tracer.Model("m"))
		time.Sleep(time.Hour / 2)
		shutdown(t, l.exp)
		l.wants(t, "failing: gen(tool)")
		open.End()
	})
}

// What comes after a session shares its fate, whatever it would have been by
// itself, through both doors.
func TestSamplingOfContinuations(t *testing.T) {
	for door, option := range map[string]func(*exporter.Exporter) sdktrace.TracerProviderOption{
		"processor": func(e *exporter.Exporter) sdktrace.TracerProviderOption {
			return sdktrace.WithSpanProcessor(exporter.NewSpanProcessor(e))
		},
		"exporter": func(e *exporter.Exporter) sdktrace.TracerProviderOption { return sdktrace.WithSyncer(e) },
	} {
		t.Run(door, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				zero, one := 0.0, 1.0
				l := newLine(t, exporter.WithSampling(exporter.Sampling{Rate: &zero, Rules: []exporter.SamplingRule{
					{Match: exporter.SamplingMatch{OperationName: "kept"}, SampleRate: &one},
					{Match: exporter.SamplingMatch{OperationName: "late in dropped"}, SampleRate: &one},
				}}))
				tr := sdktrace.NewTracerProvider(option(l.exp)).Tracer("app")
				for _, name := range []string{"kept", "dropped"} {
					ctx, s := session(t.Context(), tr, name)
					s.End()
					time.Sleep(time.Second)
					_, late := entry(ctx, tr, "late in "+name, contracts.ModelIDKey.String("m"))
					late.End()
					time.Sleep(time.Second)
				}
				l.wants(t, "kept: ", "late in kept: late in kept")
				if n := l.exp.Stats().Dropped[exporter.DropSampled]; n != 2 {
					t.Errorf("%+v", l.exp.Stats())
				}
			})
		})
	}
}

// Sessions inside each other are kept or dropped together, whatever they say of
// themselves.
func TestSamplingOfNestedSessions(t *testing.T) {
	for _, sampling := range []string{
		`{"rate":0.5}`, `{"rate":0.5,"key":["operationName"]}`, `{"rate":0.5,"key":["model"]}`,
		`{"rate":0.5,"key":["conversationId","functionId"]}`, `{"rate":0,"rules":[{"match":{"model":"model 3"},"sampleRate":1}]}`,
	} {
		t.Run(sampling, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const traces = 40
				rules, err := exporter.ParseSampling(sampling)
				if err != nil {
					t.Fatal(err)
				}
				l := newLine(t, exporter.WithSampling(*rules))
				tr := tracer.New(provider(l.exp))
				for i := range traces {
					ctx, outer := tr.StartSession(t.Context(), fmt.Sprint(i), tracer.Function(fmt.Sprint(i)), tracer.Conversation(fmt.Sprint(i)))
					outer.SetModel(fmt.Sprint("model ", i%8), "")
					ctx, middle := tr.StartSession(ctx, "middle", tracer.Model("m"), tracer.Conversation("another"))
					_, inner := tr.StartSession(ctx, "inner", tracer.Model("n"))
					outer.End()
					time.Sleep(time.Second) // some are released before what is inside them has ended
					inner.End()
					middle.End()
				}
				shutdown(t, l.exp)
				parts := map[string]int{}
				for _, p := range l.col.Sessions() {
					parts[p.TraceID]++
				}
				for id, n := range parts {
					if n != 3 {
						t.Errorf("%d of the 3 sessions of %s are kept", n, id)
					}
				}
				if len(parts) == 0 || len(parts) == traces {
					t.Errorf("%d of %d are kept: that shows nothing", len(parts), traces)
				}
			})
		})
	}
}

// A session that is sampled out is not converted, and is told of with its id.
func TestSampledOutIsNotConverted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rate := 0.0
		var drops []exporter.Drop
		l := newLine(t, exporter.WithSampling(exporter.Sampling{Rate: &rate}),
			exporter.WithOnDrop(func(d exporter.Drop) { drops = append(drops, d) }),
			exporter.WithOnTrace(func(contracts.CollectorTracePayload) { t.Error("it was converted") }))
		_, s := tracer.New(provider(l.exp)).StartSession(t.Context(), "s", tracer.Model("m"))
		s.End()
		shutdown(t, l.exp)
		if want := []exporter.Drop{{Reason: exporter.DropSampled, Spans: 1, SessionID: s.ID()}}; !slices.Equal(drops, want) {
			t.Errorf("told of %+v, want %+v", drops, want)
		}
		if n := l.exp.Stats().Released[exporter.ReleaseComplete] + l.exp.Stats().Released[exporter.ReleaseShutdown]; n != 1 {
			t.Errorf("%+v", l.exp.Stats())
		}
	})
}

// The rules come from the environment too, an option wins, and what makes no
// sense is refused.
func TestSamplingConfiguration(t *testing.T) {
	keeps := func(opts ...exporter.Option) bool {
		l := newLine(t, opts...)
		_, s := tracer.New(provider(l.exp)).StartSession(t.Context(), "s", tracer.Model("m"))
		s.End()
		shutdown(t, l.exp)
		return len(l.col.Sessions()) == 1
	}
	environment(t, vars{"SPECT_SAMPLING": `{"rate": 0, "promote": {"onError": true}}`})
	if keeps() {
		t.Error("SPECT_SAMPLING is not followed")
	}
	if !keeps(exporter.WithSampling(exporter.Sampling{})) {
		t.Error("SPECT_SAMPLING wins over the option")
	}
	for _, sampling := range []string{
		`x`, `{"rate":0.5}{"rate":1}`, `{"rate":0.5}}`, `{"rate":1.5}`, `{"rate":-0.1}`, `{"rate":"1"}`, `{"rat":1}`, `[]`,
		`{"rules":[{"match":{},"sampleRate":2}]}`, `{"rules":[{"match":{"name":"x"}}]}`,
	} {
		t.Setenv("SPECT_SAMPLING", sampling)
		if exp, err := exporter.New(exporter.WithOrganizationID("o"), exporter.WithAPIKey(exportertest.APIKey)); err == nil {
			_ = exp.Shutdown(t.Context())
			t.Errorf("%s is accepted", sampling)
		} else if !strings.Contains(err.Error(), "SPECT_SAMPLING") || !strings.HasPrefix(err.Error(), "spect: ") {
			t.Errorf("%s: %v", sampling, err)
		}
	}
	t.Setenv("SPECT_SAMPLING", "")
	for _, rate := range []float64{-1, 2, math.NaN(), math.Inf(1)} {
		for _, s := range []exporter.Sampling{{Rate: &rate}, {Rules: []exporter.SamplingRule{{SampleRate: &rate}}}} {
			if exp, err := exporter.New(exporter.WithOrganizationID("o"), exporter.WithAPIKey(exportertest.APIKey), exporter.WithSampling(s)); err == nil {
				_ = exp.Shutdown(t.Context())
				t.Errorf("a rate of %v is accepted", rate)
			} else if !strings.Contains(err.Error(), "WithSampling") {
				t.Errorf("%v: %v", rate, err)
			}
		}
	}
}

// Attributes of other types than tracer's count as what they spell.
func TestSamplingByHand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		zero, one := 0.0, 1.0
		l := newLine(t, exporter.WithSampling(exporter.Sampling{
			Rate: &zero, Promote: exporter.SamplingPromote{MinTotalTokens: 10},
			Rules: []exporter.SamplingRule{{Match: exporter.SamplingMatch{Metadata: map[string]any{"tier": "gold"}}, SampleRate: &one}},
		}))
		tr := provider(l.exp).Tracer("app")
		for name, attr := range map[string]attribute.KeyValue{
			"usage, text":    contracts.ResponseUsageKey.String(`{"totalTokens":10}`),
			"usage, map":     contracts.ResponseUsageKey.Map(attribute.Int("totalTokens", 10)),
			"metadata, text": contracts.SessionMetadataKey.String(`{"tier":"gold"}`),
			"metadata, map":  contracts.SessionMetadataKey.Map(attribute.String("tier", "gold")),
		} {
			_, s := session(t.Context(), tr, name, attr)
			s.End()
		}
		shutdown(t, l.exp)
		have := l.arrived()
		slices.Sort(have)
		if want := []string{"metadata, map: ", "metadata, text: ", "usage, map: ", "usage, text: "}; !slices.Equal(have, want) {
			t.Errorf("kept %q, want %q", have, want)
		}
	})
}

// A session's own word counts where nothing else says how to sample, for what is
// inside of it and what comes after it too.
func TestSamplingOwnWordAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t)
		tr := provider(l.exp).Tracer("app")
		ctx, outer := session(t.Context(), tr, "outer", contracts.SessionMetadataKey.String(`{"spect":{"sampling":{"rate":0}}}`))
		inside, inner := session(ctx, tr, "inner")
		_, e := entry(inside, tr, "e")
		e.End()
		inner.End()
		outer.End()
		flush(t, l.exp)
		_, late := entry(ctx, tr, "late")
		late.End()
		_, other := session(t.Context(), tr, "other")
		other.End()
		shutdown(t, l.exp)
		l.wants(t, "other: ")
		if n := l.exp.Stats().Dropped[exporter.DropSampled]; n != 4 {
			t.Errorf("%d spans are sampled out, want 4", n)
		}
	})
}
