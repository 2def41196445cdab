// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert"
	"github.com/spect-tools/spect-go/exporter"
)

// aCall is what the span of a call says whose content is in log records.
var aCall = []attribute.KeyValue{
	attribute.String("gen_ai.operation.name", "chat"), attribute.String("gen_ai.system", "openai"),
	attribute.String("gen_ai.request.model", "gpt-4.1"),
}

// logOf is a log record of the span in ctx, as semconv 1.28 to 1.36 has it.
func logOf(ctx context.Context, name string, body ...attribute.KeyValue) convert.Log {
	sc := trace.SpanContextFromContext(ctx)
	return convert.Log{TraceID: sc.TraceID(), SpanID: sc.SpanID(), Name: name, Time: time.Now(), Body: attribute.MapValue(body...)}
}

func asked(ctx context.Context, text string) convert.Log {
	return logOf(ctx, "gen_ai.user.message", attribute.String("content", text))
}

func answered(ctx context.Context, text string) convert.Log {
	return logOf(ctx, "gen_ai.choice", attribute.Int("index", 0), attribute.String("finish_reason", "stop"),
		attribute.Map("message", attribute.String("role", "assistant"), attribute.String("content", text)))
}

// saidIn are the texts of a session, in order.
func saidIn(p *contracts.CollectorTracePayload) (all []string) {
	for _, s := range p.Metadata.Result.Spans {
		for m, err := range s.Messages.All() {
			if err == nil {
				all = append(all, m.Content.Text())
			}
		}
	}
	return all
}

// Log records go into the session of their span, whenever they come before it is
// sent.
func TestLogs(t *testing.T) {
	for name, play := range map[string]func(ctx context.Context, tr trace.Tracer, late bool, add func(convert.Log)){
		"while the span is open": func(ctx context.Context, tr trace.Tracer, late bool, add func(convert.Log)) {
			ctx, call := start(ctx, tr, "chat", late, aCall)
			add(asked(ctx, "How tall is K2?"))
			time.Sleep(time.Second)
			add(answered(ctx, "8,611 m"))
			call.End()
		},
		"after it ended": func(ctx context.Context, tr trace.Tracer, late bool, add func(convert.Log)) {
			ctx, call := start(ctx, tr, "chat", late, aCall)
			call.End()
			add(asked(ctx, "How tall is K2?"))
			add(answered(ctx, "8,611 m"))
		},
		"in another order": func(ctx context.Context, tr trace.Tracer, late bool, add func(convert.Log)) {
			ctx, call := start(ctx, tr, "chat", late, aCall)
			q := asked(ctx, "How tall is K2?")
			time.Sleep(time.Second)
			add(answered(ctx, "8,611 m"))
			call.End()
			add(q)
		},
		"a call that takes an hour": func(ctx context.Context, tr trace.Tracer, late bool, add func(convert.Log)) {
			ctx, server := start(ctx, tr, "server", late, aServer)
			ctx, call := start(ctx, tr, "chat", late, aCall)
			add(asked(ctx, "How tall is K2?"))
			if !late {
				time.Sleep(50 * time.Minute)
			}
			add(answered(ctx, "8,611 m"))
			call.End()
			server.End()
		},
		"in a session": func(ctx context.Context, tr trace.Tracer, late bool, add func(convert.Log)) {
			ctx, s := session(ctx, tr, "session")
			ctx, call := start(ctx, tr, "chat", late, aCall)
			add(asked(ctx, "How tall is K2?"))
			call.End()
			add(answered(ctx, "8,611 m"))
			time.Sleep(20 * time.Second)
			s.End()
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, late := range []bool{false, true} {
				eachDoor(t, func(t *testing.T, l *line, tp *sdktrace.TracerProvider) {
					if strings.Contains(t.Name(), "/exporter") && name == "a call that takes an hour" {
						return // nobody knows of the call before it ends
					}
					added := 0
					play(t.Context(), tp.Tracer("instrumentation"), late, func(r convert.Log) {
						l.exp.AddLog(r)
						added++
					})
					time.Sleep(time.Second)
					synctest.Wait()
					sessions := l.col.Sessions()
					if len(sessions) != 1 {
						t.Fatalf("late %v: %d sessions, want 1", late, len(sessions))
					}
					want := []string{"How tall is K2?", "8,611 m"}
					if have := saidIn(&sessions[0]); !slices.Equal(have, want) {
						t.Errorf("late %v: it says %q, want %q", late, have, want)
					}
					valid(t, sessions)
					if s := l.exp.Stats().Logs; s.Joined != uint64(added) || s.Held != 0 {
						t.Errorf("late %v: %+v, want %d joined", late, s, added)
					}
				})
			}
		})
	}
}

// Each record of many spans in many traces, whenever it comes, is in the one
// entry that it belongs to, or counted.
func TestLogsAreAccountedFor(t *testing.T) {
	for seed := range uint64(30) {
		eachDoor(t, func(t *testing.T, l *line, tp *sdktrace.TracerProvider) {
			tr := tp.Tracer("instrumentation")
			var traces sync.WaitGroup
			for n := range 20 {
				traces.Go(func() {
					random := rand.New(rand.NewPCG(seed, uint64(n)))
					ctx, server := start(t.Context(), tr, "server", false, aServer)
					var calls sync.WaitGroup
					for c := range random.IntN(5) {
						name := fmt.Sprintf("call %d of trace %d", c, n)
						ctx, call := start(ctx, tr, name, random.IntN(2) == 0, aCall)
						pause := func(atMost time.Duration) { time.Sleep(rand.N(atMost)) }
						calls.Go(func() {
							for range 3 {
								calls.Go(func() {
									pause(4 * time.Second)
									l.exp.AddLog(asked(ctx, name))
								})
							}
							pause(3 * time.Second)
							call.End()
						})
					}
					if random.IntN(2) == 0 {
						calls.Wait()
					}
					server.End()
					l.exp.AddLog(asked(ctx, "none of a model"))
					calls.Wait()
				})
			}
			traces.Wait()
			time.Sleep(time.Hour)
			synctest.Wait()
			flush(t, l.exp)
			joined := 0
			for _, p := range l.col.Sessions() {
				for _, text := range saidIn(&p) {
					if joined++; text != p.Name {
						t.Errorf("seed %d: session %q says %q", seed, p.Name, text)
					}
				}
			}
			s := l.exp.Stats().Logs
			if s.Held != 0 || s.Joined == 0 || s.Dropped[exporter.DropUnclaimed] < 20 {
				t.Errorf("seed %d: %+v", seed, s)
			}
			// The same text twice in a conversation is an entry each time.
			if joined != int(s.Joined) {
				t.Errorf("seed %d: the sessions have %d texts of %d records", seed, joined, s.Joined)
			}
			if p := exporter.FootprintOf(l.exp); p != (exporter.Footprint{}) {
				t.Errorf("seed %d: left %+v", seed, p)
			}
		})
	}
}

// A record that comes when its session is sent changes nothing any more.
func TestLateLogs(t *testing.T) {
	eachDoor(t, func(t *testing.T, l *line, tp *sdktrace.TracerProvider) {
		ctx, call := start(t.Context(), tp.Tracer("instrumentation"), "chat", false, aCall)
		call.End()
		time.Sleep(time.Second)
		l.exp.AddLog(asked(ctx, "How tall is K2?"))
		time.Sleep(time.Second)
		flush(t, l.exp)
		sessions := l.col.Sessions()
		if len(sessions) != 1 || len(saidIn(&sessions[0])) != 0 {
			t.Fatalf("sessions: %+v", sessions)
		}
		if !strings.Contains(partial(&sessions[0]), "log records that were not given") {
			t.Errorf("it says nothing of the messages that it lacks: %s", partial(&sessions[0]))
		}
		if s := l.exp.Stats().Logs; s.Dropped[exporter.DropLate] != 1 || s.Held != 0 {
			t.Errorf("%+v, want one that is late", s)
		}
	})
}

// partial is what the calls of a session say of what they lack.
func partial(p *contracts.CollectorTracePayload) string {
	var all []string
	for _, s := range p.Metadata.Result.Spans {
		all = append(all, string(s.Metadata.Member("partial")))
	}
	return strings.Join(all, "\n")
}

// Records that hold no content, or name no span, cost nothing, and neither do
// any where nobody reads them.
func TestLogsThatAreIgnored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		spect := newLine(t, exporter.WithoutConventions())
		disabled, _ := open(t, exporter.WithDisabled())
		l := newLine(t)
		ctx, call := start(t.Context(), provider(l.exp).Tracer("instrumentation"), "chat", false, aCall)
		l.exp.AddLog(logOf(ctx, "db.query", attribute.String("content", "x")))
		l.exp.AddLog(logOf(ctx, "", attribute.String("content", "x")))
		l.exp.AddLog(asked(context.Background(), "of no span"))
		spect.exp.AddLog(asked(ctx, "not Spect's"))
		disabled.AddLog(asked(ctx, "nobody's"))
		(*exporter.Exporter)(nil).AddLog(asked(ctx, "nobody's"))
		call.End()
		for _, exp := range []*exporter.Exporter{spect.exp, disabled, l.exp} {
			if s := exp.Stats().Logs; s.Received != 0 {
				t.Errorf("%+v, want none", s)
			}
		}
		plain := logOf(ctx, "db.query", attribute.String("content", "x"))
		if n := testing.AllocsPerRun(100, func() { l.exp.AddLog(plain) }); n != 0 {
			t.Errorf("a record without content costs %v allocations", n)
		}
	})
}

// What a caller does with a record afterwards is none of the exporter's.
func TestLogsAreCopied(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t)
		ctx, call := start(t.Context(), provider(l.exp).Tracer("instrumentation"), "chat", false, aCall)
		r := asked(ctx, "")
		r.Body = attribute.Value{}
		r.Attributes = []attribute.KeyValue{attribute.String("content", "How tall is K2?")}
		l.exp.AddLog(r)
		r.Attributes[0] = attribute.String("content", "something else")
		call.End()
		flush(t, l.exp)
		sessions := l.col.Sessions()
		if len(sessions) != 1 || !slices.Equal(saidIn(&sessions[0]), []string{"How tall is K2?"}) {
			t.Errorf("sessions: %+v", sessions)
		}
	})
}

// Records stay as long as spans of ours are held in their trace, also where
// these came after them.
func TestLogsStayWithTheirTrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t)
		tr := provider(l.exp).Tracer("instrumentation")
		ctx, call := start(t.Context(), tr, "chat", true, aCall)
		l.exp.AddLog(asked(ctx, "How tall is K2?"))
		_, s := session(ctx, tr, "session")
		time.Sleep(50 * time.Minute)
		s.End()
		call.End()
		flush(t, l.exp)
		if s := l.exp.Stats().Logs; s.Joined != 1 {
			t.Errorf("%+v, want one joined", s)
		}
	})
}

// Of the spans of a session not all have a use for records: those of Spect's own
// say what they say themselves, and those of others nothing.
func TestLogsOfOtherSpansOfASession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t)
		tr := provider(l.exp).Tracer("instrumentation")
		ctx, s := session(t.Context(), tr, "session")
		l.exp.AddLog(asked(ctx, "of the session"))
		own, e := entry(ctx, tr, "own")
		l.exp.AddLog(asked(own, "of a span of Spect's"))
		other, server := start(own, tr, "server", false, aServer)
		l.exp.AddLog(asked(other, "of a server"))
		server.End()
		e.End()
		s.End()
		flush(t, l.exp)
		if s := l.exp.Stats().Logs; s.Dropped[exporter.DropUnclaimed] != 3 {
			t.Errorf("%+v, want three unclaimed", s)
		}
		sessions := l.col.Sessions()
		if len(sessions) != 1 || len(saidIn(&sessions[0])) != 0 {
			t.Errorf("sessions: %+v", sessions)
		}
	})
}

// Records whose span is none of ours, or never comes, are let go.
func TestUnclaimedLogs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t)
		tr := provider(l.exp).Tracer("instrumentation")
		for range 100 {
			ctx, server := start(t.Context(), tr, "server", false, aServer)
			l.exp.AddLog(asked(ctx, "of a server"))
			server.End()
		}
		flush(t, l.exp)
		if p := exporter.FootprintOf(l.exp); p.Logs != 100 || p.LogBytes < 100*450 {
			t.Errorf("it holds %+v", p)
		}
		ctx, server := start(t.Context(), tr, "server", false, aServer)
		defer server.End()
		for range 2 { // where something happens they wait on
			time.Sleep(9*time.Minute + 30*time.Second)
			l.exp.AddLog(asked(ctx, "of a server"))
		}
		for at, want := range []uint64{100, 102} {
			synctest.Wait()
			if s := l.exp.Stats().Logs; s.Dropped[exporter.DropUnclaimed] != want || s.Held != 102-want {
				t.Errorf("%d: %+v, want %d unclaimed", at, s, want)
			}
			time.Sleep(10*time.Minute + time.Second)
		}
		if p := exporter.FootprintOf(l.exp); p != (exporter.Footprint{}) {
			t.Errorf("left %+v", p)
		}
	})
}

// Records without a session do not push out those with one, nor sessions.
func TestUnclaimedLogsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const limit = 1 << 20
		l := newLine(t, exporter.WithMaxHeld(1000, limit))
		tr := provider(l.exp).Tracer("instrumentation")
		sessionCtx, s := session(t.Context(), tr, "session")
		ctx, call := start(sessionCtx, tr, "chat", false, aCall)
		l.exp.AddLog(asked(ctx, "How tall is K2?"))
		call.End()
		text := strings.Repeat("x", 20_000)
		for range 500 {
			ctx, server := start(t.Context(), tr, "server", false, aServer)
			l.exp.AddLog(asked(ctx, text))
			server.End()
			flush(t, l.exp)
			if p := exporter.FootprintOf(l.exp); p.LogBytes > limit/4 || p.Bytes > limit {
				t.Fatalf("it holds %+v", p)
			}
		}
		if p := exporter.FootprintOf(l.exp); p.LogBytes < limit/8 {
			t.Errorf("it holds %+v: there is more room", p)
		}
		s.End()
		flush(t, l.exp)
		sessions := l.col.Sessions()
		if len(sessions) != 1 || !slices.Equal(saidIn(&sessions[0]), []string{"How tall is K2?"}) {
			t.Errorf("sessions: %+v", sessions)
		}
		if released := l.exp.Stats().Released; released[exporter.ReleaseLimit] != 0 {
			t.Errorf("released: %v", released)
		}
	})
}

// Records count as what a session takes of the memory that it may.
func TestLogsOfOneSessionAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const limit = 1 << 20
		l := newLine(t, exporter.WithMaxHeld(1000, limit))
		tr := provider(l.exp).Tracer("instrumentation")
		ctx, s := session(t.Context(), tr, "session")
		ctx, call := start(ctx, tr, "chat", false, aCall)
		for range 10 {
			l.exp.AddLog(asked(ctx, strings.Repeat("x", limit/20)))
			flush(t, l.exp)
			if p := exporter.FootprintOf(l.exp); p.Bytes > limit/4+2000 {
				t.Fatalf("it holds %+v", p)
			}
		}
		call.End()
		s.End()
		flush(t, l.exp)
		stats := l.exp.Stats()
		if stats.Released[exporter.ReleaseLimit] != 1 {
			t.Errorf("released: %v", stats.Released)
		}
		if have := stats.Logs; have.Joined != 5 || have.Dropped[exporter.DropLate] != 5 {
			t.Errorf("%+v, want 5 in the session and 5 late", have)
		}
	})
}

func TestLogsOfWhatIsNotSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t, exporter.WithSampling(exporter.Sampling{Rate: new(float64)}))
		ctx, call := start(t.Context(), provider(l.exp).Tracer("instrumentation"), "chat", false, aCall)
		l.exp.AddLog(asked(ctx, "How tall is K2?"))
		call.End()
		flush(t, l.exp)
		if s := l.exp.Stats().Logs; s.Dropped[exporter.DropSampled] != 1 || s.Held != 0 {
			t.Errorf("%+v, want one sampled", s)
		}

		l = newLine(t)
		ctx, call = start(t.Context(), provider(l.exp).Tracer("instrumentation"), "chat", false, aCall)
		defer call.End()
		l.exp.AddLog(asked(ctx, "How tall is K2?"))
		ctx, server := start(t.Context(), provider(l.exp).Tracer("instrumentation"), "server", false, aServer)
		defer server.End()
		l.exp.AddLog(asked(ctx, "of a server"))
		shutdown(t, l.exp)
		l.exp.AddLog(asked(ctx, "after the end"))
		if s := l.exp.Stats().Logs; s.Joined != 1 || s.Dropped[exporter.DropShutdown] != 2 || s.Held != 0 {
			t.Errorf("%+v, want one joined and two dropped at the shutdown", s)
		}
	})
}

// A shutdown that has no time counts what it finds.
func TestLogsAtAHastyShutdown(t *testing.T) {
	const records = 1000
	for range 20 {
		synctest.Test(t, func(t *testing.T) {
			l := newLine(t)
			ctx, call := start(t.Context(), provider(l.exp).Tracer("instrumentation"), "chat", false, aCall)
			defer call.End()
			for range records {
				l.exp.AddLog(asked(ctx, "How tall is K2?"))
			}
			over, cancel := context.WithCancel(context.Background())
			cancel()
			_ = l.exp.Shutdown(over)
			if s := l.exp.Stats().Logs; s.Held != 0 || s.Joined+s.Dropped[exporter.DropShutdown] != records {
				t.Errorf("%+v, want %d accounted for", s, records)
			}
		})
	}
}

func BenchmarkAddLog(b *testing.B) {
	exp, err := exporter.New(exporter.WithOrganizationID("o"), exporter.WithLocal(), exporter.WithMaxHeld(1000, 1<<20))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = exp.Shutdown(context.Background()) }()
	ctx, call := start(b.Context(), provider(exp).Tracer("instrumentation"), "chat", false, aCall)
	defer call.End()
	for name, r := range map[string]convert.Log{
		"content": asked(ctx, strings.Repeat("x", 4000)),
		"other":   logOf(ctx, "db.query", attribute.String("content", strings.Repeat("x", 4000))),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				exp.AddLog(r)
			}
		})
	}
}
