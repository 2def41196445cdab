// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/exporter"
	"github.com/spect-tools/spect-go/exporter/exportertest"
	"github.com/spect-tools/spect-go/tracer"
)

// arrived draws the sessions that arrived, in their order.
func (l *line) arrived() []string {
	synctest.Wait()
	var out []string
	for _, p := range l.col.Sessions() {
		out = append(out, tree(p))
	}
	return out
}

// wants compares the sessions that arrived with those wanted.
func (l *line) wants(t *testing.T, want ...string) {
	t.Helper()
	balanced(t, l.exp)
	if have := l.arrived(); !slices.Equal(have, want) {
		t.Errorf("arrived %q, want %q", have, want)
	}
}

// released checks how often sessions were released for a reason, and that no
// other was.
func (l *line) released(t *testing.T, want map[exporter.ReleaseReason]uint64) {
	t.Helper()
	if have := l.exp.Stats().Released; fmt.Sprint(have) != fmt.Sprint(want) {
		t.Errorf("released %v, want %v", have, want)
	}
}

type reasons = map[exporter.ReleaseReason]uint64

// Immediate mode: when the call that ends a session returns, it has arrived; a
// collector that hangs holds the call no longer than a request may take.
func TestImmediate(t *testing.T) {
	for name, door := range map[string]func(*exporter.Exporter) sdktrace.TracerProviderOption{
		"processor": func(e *exporter.Exporter) sdktrace.TracerProviderOption {
			return sdktrace.WithSpanProcessor(exporter.NewSpanProcessor(e))
		},
		"syncer": func(e *exporter.Exporter) sdktrace.TracerProviderOption { return sdktrace.WithSyncer(e) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLine(t, exporter.WithImmediate(), exporter.WithTimeout(3*time.Second), exporter.WithRetryTimeout(0))
				tr := sdktrace.NewTracerProvider(door(l.exp)).Tracer("app")
				ctx, s := session(t.Context(), tr, "s")
				_, e := entry(ctx, tr, "e")
				e.End()
				if n := len(l.col.Requests()); n != 0 {
					t.Errorf("%d requests before the end", n)
				}
				s.End()
				if p := l.col.RequireSession(t, "s"); len(p.Metadata.Result.Spans) != 1 {
					t.Errorf("it has %d spans", len(p.Metadata.Result.Spans))
				}
				l.out.none(t)

				l.col.Respond(exportertest.Stall())
				_, s = session(t.Context(), tr, "stalled")
				begin := time.Now()
				s.End()
				if took := time.Since(begin); took != 3*time.Second {
					t.Errorf("the end took %v", took)
				}
				synctest.Wait()
				balanced(t, l.exp)
			})
		})
	}
}

// One huge session does not push out the others: it is released itself.
func TestOneHugeSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t, exporter.WithMaxHeld(1<<20, 4<<20))
		tr := provider(l.exp).Tracer("app")
		var small []trace.Span
		for i := range 50 {
			_, s := session(t.Context(), tr, fmt.Sprint("small ", i))
			small = append(small, s)
		}
		ctx, huge := session(t.Context(), tr, "huge")
		for range 1000 {
			_, e := entry(ctx, tr, "e", contracts.MetadataKey.String(`{"fill":"`+strings.Repeat("x", 10_000)+`"}`))
			e.End()
			synctest.Wait()
		}
		if n := l.exp.Stats().Released[exporter.ReleaseLimit]; n == 0 {
			t.Error("the huge session was not released")
		}
		for _, p := range l.col.Sessions() {
			if strings.HasPrefix(p.Name, "small") {
				t.Fatalf("%s had to go", p.Name)
			}
		}
		for _, s := range small {
			s.End()
		}
		huge.End()
		flush(t, l.exp)
	})
}

// Open spans count against what may be held too.
func TestOpenSpansAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t, exporter.WithMaxHeld(1<<20, 1<<20))
		tr := provider(l.exp).Tracer("app")
		for i := range 10_000 {
			tr.Start(t.Context(), fmt.Sprint(i), trace.WithAttributes(contracts.KindKey.String(contracts.SessionKind))) // and never ends
			if i%100 == 0 {
				synctest.Wait()
			}
		}
		synctest.Wait()
		if p := exporter.FootprintOf(l.exp); p.Traces > 1<<20/400 || p.Traces == 0 {
			t.Errorf("%+v", p)
		}
		flush(t, l.exp, exporter.IncludeOpen())
	})
}

// Spans of others inside a session are remembered, for where their children
// belong, but not without bound.
func TestSpansOfOthersInsideAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t, exporter.WithMaxInside(100), exporter.WithMaxSessionAge(24*time.Hour))
		tr := provider(l.exp).Tracer("app")
		ctx, s := session(t.Context(), tr, "s")
		for range 50 {
			_, other := tr.Start(ctx, "other")
			other.End()
		}
		synctest.Wait()
		l.released(t, reasons{})
		for range 1000 {
			_, other := tr.Start(ctx, "other")
			other.End()
			synctest.Wait()
			if p := exporter.FootprintOf(l.exp); p.Nodes > 110 {
				t.Fatalf("%+v", p)
			}
		}
		l.released(t, reasons{exporter.ReleaseLimit: 1})
		s.End()
		flush(t, l.exp)
	})
}

// A session is sent when all of it has ended, and the grace has passed; what
// starts in the grace is part of it.
func TestGrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t, exporter.WithGrace(time.Second))
		tr := provider(l.exp).Tracer("app")
		ctx, s := session(t.Context(), tr, "s")
		_, a := entry(ctx, tr, "a")
		s.End()
		time.Sleep(5 * time.Second)
		l.wants(t) // a is open
		a.End()
		time.Sleep(900 * time.Millisecond)
		_, b := entry(ctx, tr, "b")
		time.Sleep(5 * time.Second)
		l.wants(t) // b is open
		b.End()
		time.Sleep(999 * time.Millisecond)
		l.wants(t)
		time.Sleep(2 * time.Millisecond)
		l.wants(t, "s: a b")
		l.released(t, reasons{exporter.ReleaseComplete: 1})
		l.out.none(t)
	})
}

// Without a grace a session is sent at once.
func TestNoGrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t, exporter.WithGrace(0))
		tr := provider(l.exp).Tracer("app")
		ctx, s := session(t.Context(), tr, "s")
		_, a := entry(ctx, tr, "a")
		a.End()
		l.wants(t)
		s.End()
		l.wants(t, "s: a")
	})
}

// Through the exporter door a session is sent when its root has come, and what
// comes in the grace is part of it.
func TestGraceOfTheExporterDoor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t, exporter.WithGrace(time.Second))
		tr := sdktrace.NewTracerProvider(sdktrace.WithSyncer(l.exp)).Tracer("app")
		ctx, s := session(t.Context(), tr, "s")
		_, a := entry(ctx, tr, "a")
		_, b := entry(ctx, tr, "b")
		a.End()
		time.Sleep(time.Minute)
		l.wants(t)
		s.End()
		time.Sleep(999 * time.Millisecond)
		b.End()
		time.Sleep(999 * time.Millisecond)
		l.wants(t)
		time.Sleep(2 * time.Millisecond)
		l.wants(t, "s: a b")
	})
}

// A span that does not end delays its session no longer than the leak timeout
// after the root's end, and is sent as it stands.
func TestLeak(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t, exporter.WithLeakTimeout(30*time.Second))
		tr := provider(l.exp).Tracer("app")
		ctx, s := session(t.Context(), tr, "s")
		_, a := entry(ctx, tr, "a", contracts.MetadataKey.String(`{"k":1}`))
		_, b := entry(ctx, tr, "b")
		time.Sleep(time.Minute)
		s.End()
		time.Sleep(20 * time.Second)
		b.End() // does not begin the wait anew
		time.Sleep(9 * time.Second)
		l.wants(t)
		time.Sleep(time.Second)
		l.wants(t, "s: a b")
		l.released(t, reasons{exporter.ReleaseLeak: 1})
		valid(t, l.col.Sessions())
		leaked := l.col.Sessions()[0].Metadata.Result.Spans[0]
		if leaked.Status != contracts.StatusUnset || !leaked.EndTime.IsZero() || leaked.Metadata.Member("k") != "1" {
			t.Errorf("the open span is %+v", leaked)
		}
		if stats := l.exp.Stats(); stats.Delivered != 2 || stats.Held != 0 {
			t.Errorf("%+v", stats)
		}
		a.End()
		synctest.Wait()
		if stats := l.exp.Stats(); stats.Dropped[exporter.DropLate] != 1 {
			t.Errorf("%+v", stats)
		}
		a.End()
		time.Sleep(time.Hour)
		l.wants(t, "s: a b")
	})
}

// So does one that started after the root had ended.
func TestLeakThatStartsLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t, exporter.WithLeakTimeout(30*time.Second), exporter.WithGrace(time.Second))
		tr := provider(l.exp).Tracer("app")
		ctx, s := session(t.Context(), tr, "s")
		s.End()
		_, a := entry(ctx, tr, "a")
		time.Sleep(29 * time.Second)
		l.wants(t)
		time.Sleep(time.Second)
		l.wants(t, "s: a")
		l.released(t, reasons{exporter.ReleaseLeak: 1})
		a.End()
	})
}

// A root that does not end is sent at its age, with all that has come, and so
// is a span that waits for a parent which does not come.
func TestAge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t, exporter.WithMaxSessionAge(time.Minute))
		tr := provider(l.exp).Tracer("app")
		ctx, s := session(t.Context(), tr, "s", contracts.ConversationIDKey.String("c"))
		_, a := entry(ctx, tr, "a")
		a.End()
		time.Sleep(59 * time.Second)
		l.wants(t)
		time.Sleep(2 * time.Second)
		l.wants(t, "s: a")
		l.released(t, reasons{exporter.ReleaseAge: 1})
		valid(t, l.col.Sessions())
		p := l.col.Sessions()[0]
		if p.Attributes.ConversationID != "c" || p.EndTime.Before(p.StartTime) {
			t.Errorf("the session is %+v", p)
		}
		var partial string
		for _, m := range p.Metadata.Result.Extra {
			if m.Name == "partial" {
				partial = string(m.Value)
			}
		}
		if !strings.Contains(partial, "before it ended") {
			t.Errorf("that it had not ended is not marked: %q", partial)
		}
		s.End()
		synctest.Wait()
		if stats := l.exp.Stats(); stats.Dropped[exporter.DropLate] != 1 {
			t.Errorf("%+v", stats)
		}
	})
	t.Run("exporter door", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			l := newLine(t, exporter.WithMaxSessionAge(time.Minute))
			rec := new(recorder)
			tr := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(rec)).Tracer("app")
			ctx, f := foreign(t.Context(), tr, "never exported")
			_, a := entry(ctx, tr, "a")
			a.End()
			f.End()
			if err := l.exp.ExportSpans(t.Context(), rec.spans[:1]); err != nil {
				t.Error(err)
			}
			time.Sleep(59 * time.Second)
			l.wants(t)
			time.Sleep(2 * time.Second)
			l.wants(t, "a: a")
		})
	})
}

// Beyond the bounds of what is held the oldest go first, as they are.
func TestHeldLimits(t *testing.T) {
	for name, limit := range map[string]exporter.Option{
		"spans": exporter.WithMaxHeld(10, 1<<30),
		"bytes": exporter.WithMaxHeld(1<<30, 20<<10), // 1 KiB is the least that a session takes
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLine(t, limit)
				tr := provider(l.exp).Tracer("app")
				var roots []trace.Span
				for i := range 30 {
					ctx, s := session(t.Context(), tr, fmt.Sprint(i))
					_, a := entry(ctx, tr, "a", contracts.MetadataKey.String(`{"fill":"`+strings.Repeat("x", 700)+`"}`))
					a.End()
					roots = append(roots, s)
					synctest.Wait()
					if held := l.exp.Stats().Held; held > 20 {
						t.Fatalf("%d spans are held", held)
					}
				}
				have := l.arrived()
				if len(have) < 10 || len(have) > 25 {
					t.Errorf("arrived: %q", have)
				}
				for i, text := range have {
					if text != fmt.Sprintf("%d: a", i) {
						t.Errorf("session %d is %s", i, text)
					}
				}
				if n := l.exp.Stats().Released[exporter.ReleaseLimit]; n != uint64(len(have)) {
					t.Errorf("%d released at a limit, %d arrived", n, len(have))
				}
				for _, s := range roots {
					s.End()
				}
				shutdown(t, l.exp)
				if n := len(l.arrived()); n != 30 {
					t.Errorf("%d sessions arrived, want 30", n)
				}
			})
		})
	}
}

// Flush sends what is complete; with IncludeOpen also what is not, once.
func TestFlush(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t, exporter.WithGrace(time.Hour))
		tr := provider(l.exp).Tracer("app")
		_, s1 := session(t.Context(), tr, "s1")
		c2, s2 := session(t.Context(), tr, "s2")
		_, a2 := entry(c2, tr, "a2")
		_, s3 := session(t.Context(), tr, "s3")
		_ = s3
		s1.End()
		s2.End()
		flush(t, l.exp)
		l.wants(t, "s1: ")
		a2.End()
		flush(t, l.exp)
		l.wants(t, "s1: ", "s2: a2")
		flush(t, l.exp, nil, exporter.IncludeOpen())
		l.wants(t, "s1: ", "s2: a2", "s3: ")
		flush(t, l.exp, exporter.IncludeOpen())
		l.wants(t, "s1: ", "s2: a2", "s3: ")
		l.released(t, reasons{exporter.ReleaseFlush: 3})
		valid(t, l.col.Sessions())
	})
}

// Shutdown sends all there is; spans that never end say so.
func TestNeverEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t)
		tr := tracer.New(provider(l.exp))
		ctx, s := tr.StartSession(t.Context(), "s", tracer.Model("m"), tracer.Conversation("c"))
		s.AddMetadata(map[string]int{"a": 1})
		_, gen := tr.Start(ctx, contracts.KindStream, "gen")
		gen.Add(contracts.AssistantText("whole"))
		gen.AddDelta(tracer.Delta{Text: "half"})
		_, failed := tr.Start(ctx, contracts.KindGenerate, "failed")
		failed.SetStatus(contracts.StatusError)
		_, fine := tr.Start(ctx, contracts.KindGenerate, "fine")
		fine.SetStatus(contracts.StatusOK)
		shutdown(t, l.exp)
		l.released(t, reasons{exporter.ReleaseShutdown: 1})
		valid(t, l.col.Sessions())
		p := l.col.RequireSession(t, "s")
		if p.Metadata.Request != `{"a":1}` || p.Attributes.ConversationID != "c" || p.ID != s.ID() {
			t.Errorf("the session lacks what was known: %s", p.AppendJSON(nil))
		}
		spans := p.Metadata.Result.Spans
		for i, want := range []contracts.SpanStatus{contracts.StatusUnset, contracts.StatusError, contracts.StatusOK} {
			if spans[i].Status != want || !spans[i].EndTime.IsZero() || spans[i].DurationMs != nil {
				t.Errorf("span %d is %+v, want status %s and no end", i, spans[i], want)
			}
		}
		messages, err := spans[0].Messages.Decode()
		if err != nil || len(messages) != 2 || messages[0].Content.Text() != "whole" || messages[1].Content.Text() != "half" {
			t.Errorf("messages: %s, %v", spans[0].Messages, err)
		}
		// No spans were ended, so none are counted.
		if stats := l.exp.Stats(); stats.Received != 0 || stats.Delivered != 0 || stats.Sessions != 1 {
			t.Errorf("%+v", stats)
		}
	})
}

// What ends after its session was sent becomes a payload of its own, which names
// what it continues, through both doors.
func TestContinuation(t *testing.T) {
	for name, door := range map[string]func(*exporter.Exporter) sdktrace.TracerProviderOption{
		"processor": func(e *exporter.Exporter) sdktrace.TracerProviderOption {
			return sdktrace.WithSpanProcessor(exporter.NewSpanProcessor(e))
		},
		"exporter": func(e *exporter.Exporter) sdktrace.TracerProviderOption { return sdktrace.WithSyncer(e) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLine(t)
				tr := sdktrace.NewTracerProvider(door(l.exp)).Tracer("app")
				ctx, s := session(t.Context(), tr, "s")
				a, spanA := entry(ctx, tr, "a")
				spanA.End()
				s.End()
				time.Sleep(time.Second)
				l.wants(t, "s: a")

				_, onRoot := entry(ctx, tr, "on root", contracts.ModelIDKey.String("m"))
				onRoot.End()
				time.Sleep(time.Second)
				b, onSpan := entry(a, tr, "on span", contracts.ModelIDKey.String("m"))
				_, below := entry(b, tr, "below", contracts.ModelIDKey.String("m"))
				below.End()
				onSpan.End()
				time.Sleep(time.Second)
				f, other := foreign(ctx, tr, "other")
				_, onOther := entry(f, tr, "on other", contracts.ModelIDKey.String("m"))
				onOther.End()
				other.End()
				time.Sleep(time.Second)
				_, nested := session(a, tr, "nested")
				nested.End()
				time.Sleep(time.Second)

				l.wants(t, "s: a", "on root: on root", "on span: on span(below)", "on other: on other", "nested: ")
				valid(t, l.col.Sessions())
				first := l.col.Sessions()[0]
				for i, parent := range []string{first.ID, first.Metadata.Result.Spans[0].ID, first.ID, first.Metadata.Result.Spans[0].ID} {
					p := l.col.Sessions()[i+1]
					if p.Metadata.OTel.Member("continuation") != "true" || first.Metadata.OTel.Member("continuation") != "" {
						t.Errorf("%s is not marked as a continuation, or the first is: %s", p.Name, p.Metadata.OTel)
					}
					if p.TraceID != first.ID || p.ParentID != parent || p.ID == first.ID {
						t.Errorf("%s has traceId %s, parentId %s; want %s, %s", p.Name, p.TraceID, p.ParentID, first.ID, parent)
					}
				}
				// One that continues a continuation is still of the same trace.
				_, again := entry(b, tr, "again", contracts.ModelIDKey.String("m"))
				again.End()
				time.Sleep(time.Second)
				p := l.col.RequireSession(t, "again")
				if on := l.col.RequireSession(t, "on span"); p.TraceID != first.ID || p.ParentID != on.Metadata.Result.Spans[0].ID {
					t.Errorf("again has traceId %s, parentId %s", p.TraceID, p.ParentID)
				}
				l.out.none(t)
			})
		})
	}
}

// What package tracer starts after its session had ended is tied to it however
// long ago the session was sent, and whatever came since.
func TestLateBeyondMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t)
		tr := tracer.New(provider(l.exp))
		ctx, s := tr.StartSession(t.Context(), "s")
		s.End()
		for range 33 { // remembered are 32,768 spans at most
			ctx, other := tr.StartSession(t.Context(), "other")
			for range 1000 {
				_, span := tr.Start(ctx, contracts.KindSystem, "entry")
				span.End()
			}
			other.End()
			flush(t, l.exp)
		}
		ctx, late := tr.Start(ctx, contracts.KindGenerate, "late")
		_, below := tr.Start(ctx, contracts.KindSystem, "below")
		below.End()
		late.End()
		flush(t, l.exp)
		p := l.col.RequireSession(t, "late")
		if p.TraceID != s.ID() || p.ParentID != s.ID() || len(p.Metadata.Result.Spans) != 2 {
			t.Errorf("traceId %s, parentId %s, %d entries; the session was %s", p.TraceID, p.ParentID, len(p.Metadata.Result.Spans), s.ID())
		}
	})
}

// A session inside another outlives it, and is tied to it all the same.
func TestNestedOutlives(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t)
		tr := provider(l.exp).Tracer("app")
		ctx, outer := session(t.Context(), tr, "outer")
		ctx, agent := entry(ctx, tr, "agent")
		ctx, call := foreign(ctx, tr, "call")
		_, inner := session(ctx, tr, "inner")
		call.End()
		agent.End()
		outer.End()
		time.Sleep(time.Second)
		l.wants(t, "outer: agent")
		inner.End()
		time.Sleep(time.Second)
		o, i := l.col.RequireSession(t, "outer"), l.col.RequireSession(t, "inner")
		if i.TraceID != o.ID || i.ParentID != o.ID && i.ParentID != o.Metadata.Result.Spans[0].ID {
			t.Errorf("inner has traceId %s, parentId %s", i.TraceID, i.ParentID)
		}
	})
}

// A span that shows only at its end that it is ours, when its session is gone,
// is late, and no duplicate.
func TestLateKind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t)
		tr := provider(l.exp).Tracer("app")
		ctx, s := session(t.Context(), tr, "s")
		_, f := foreign(ctx, tr, "f")
		s.End()
		time.Sleep(time.Second)
		l.wants(t, "s: ")
		f.SetAttributes(contracts.KindKey.String("generate"), contracts.ModelIDKey.String("m"))
		f.End()
		time.Sleep(time.Second)
		l.wants(t, "s: ", "f: f")
		if p := l.col.RequireSession(t, "f"); p.ParentID != l.col.Sessions()[0].ID {
			t.Errorf("parentId %s", p.ParentID)
		}
	})
}

// A span that shows its kind after its start, while its session is under way,
// is in it.
func TestKindAfterStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t)
		tr := provider(l.exp).Tracer("app")
		ctx, s := session(t.Context(), tr, "s")
		f, span := foreign(ctx, tr, "f")
		_, a := entry(f, tr, "a")
		span.SetAttributes(contracts.KindKey.String("generate"))
		a.End()
		span.End()
		s.End()
		time.Sleep(time.Second)
		l.wants(t, "s: f(a)")
	})
}

// The same spans through both doors count twice, and are sent once.
func TestDuplicates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t)
		rec := new(recorder)
		p := exporter.NewSpanProcessor(l.exp)
		tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(p), sdktrace.WithSpanProcessor(p),
			sdktrace.WithSyncer(l.exp), sdktrace.WithSpanProcessor(rec))
		tr := tp.Tracer("app")
		ctx, s := session(t.Context(), tr, "s")
		_, a := entry(ctx, tr, "a")
		a.End()
		s.End()
		time.Sleep(time.Second)
		l.wants(t, "s: a")
		for range 2 { // when it was sent long ago
			if err := l.exp.ExportSpans(t.Context(), append(rec.spans, rec.spans...)); err != nil {
				t.Error(err)
			}
			time.Sleep(time.Second)
		}
		l.wants(t, "s: a")
		if stats := l.exp.Stats(); stats.Received != 14 || stats.Dropped[exporter.DropDuplicate] != 12 || stats.Delivered != 2 {
			t.Errorf("%+v", stats)
		}
		l.out.none(t)
	})
}

// A batcher hands over what it has after the processor was shut down: what was
// sent by then comes again, and nothing else is lost.
func TestDuplicatesAtShutdown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t)
		rec := new(recorder)
		tp := provider(l.exp, sdktrace.WithBatcher(l.exp), sdktrace.WithSpanProcessor(rec))
		tr := tp.Tracer("app")
		ctx, s := session(t.Context(), tr, "s")
		_, a := entry(ctx, tr, "a")
		a.End()
		_, f := foreign(ctx, tr, "f")
		f.End()
		s.End()
		_, open := session(t.Context(), tr, "open")
		if err := tp.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		have := l.arrived()
		slices.Sort(have)
		if !slices.Equal(have, []string{"open: ", "s: a"}) {
			t.Errorf("arrived %q", have)
		}
		counts := func(received, ignored uint64, dropped map[exporter.DropReason]uint64) {
			t.Helper()
			balanced(t, l.exp)
			have := l.exp.Stats()
			if have.Received != received || have.Ignored != ignored || have.Delivered != 2 || !maps.Equal(have.Dropped, dropped) {
				t.Errorf("%+v", have)
			}
		}
		counts(4, 2, map[exporter.DropReason]uint64{exporter.DropDuplicate: 2})
		// The end of what was open is lost, and so is what is new.
		open.End()
		late := append(rec.spans, nil, open.(sdktrace.ReadOnlySpan), tracetest.SpanStub{Name: "new", Attributes: []attribute.KeyValue{contracts.KindKey.String("generate")}}.Snapshot())
		if err := l.exp.ExportSpans(t.Context(), late); err == nil {
			t.Error("ExportSpans returned no error")
		}
		counts(8, 3, map[exporter.DropReason]uint64{exporter.DropDuplicate: 4, exporter.DropShutdown: 2})
	})
}

// Spans that are none of ours are ignored, and counted as that.
func TestIgnored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t)
		tr := provider(l.exp).Tracer("app")
		for range 5 {
			ctx, f := foreign(t.Context(), tr, "f")
			_, g := foreign(ctx, tr, "g")
			g.End()
			f.End()
		}
		if err := l.exp.ExportSpans(t.Context(), tracetest.SpanStubs{{Name: "f"}}.Snapshots()); err != nil {
			t.Error(err)
		}
		shutdown(t, l.exp)
		if stats := l.exp.Stats(); stats.Ignored != 11 || stats.Received != 0 || len(l.col.Requests()) != 0 {
			t.Errorf("%+v", stats)
		}
	})
}

// Spans that come after Shutdown are counted and refused.
func TestAfterShutdown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t)
		rec := new(recorder)
		tr := provider(l.exp, sdktrace.WithSpanProcessor(rec)).Tracer("app")
		_, s := session(t.Context(), tr, "s")
		shutdown(t, l.exp)
		l.wants(t, "s: ")
		s.End()
		_, more := session(t.Context(), tr, "more")
		more.End()
		if err := l.exp.ExportSpans(t.Context(), rec.spans); err == nil || !strings.Contains(err.Error(), "shut down") {
			t.Errorf("ExportSpans returned %v", err)
		}
		flush(t, l.exp)
		l.wants(t, "s: ")
		if stats := l.exp.Stats(); stats.Received != 4 || stats.Dropped[exporter.DropShutdown] != 4 {
			t.Errorf("%+v", stats)
		}
	})
}

// What the exporter door may be given beside spans.
func TestOddSpans(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t)
		rec := new(recorder)
		tr := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(rec)).Tracer("app")
		ctx, s := session(t.Context(), tr, "s")
		_, a := entry(ctx, tr, "a")
		_, b := entry(ctx, tr, "b")
		for _, span := range []trace.Span{a, b, s} {
			span.End()
		}
		spans := []sdktrace.ReadOnlySpan{
			nil,
			panicking{rec.spans[0], "Attributes"},
			panicking{rec.spans[0], "Events"},
			panicking{rec.spans[0], "Resource"},
			panicking{rec.spans[2], "Parent"},
			(*panicking)(nil), rec.spans[1], nil, rec.spans[2],
		}
		for range 2 {
			if err := l.exp.ExportSpans(t.Context(), spans); err != nil {
				t.Error(err)
			}
			if err := l.exp.ExportSpans(t.Context(), nil); err != nil {
				t.Error(err)
			}
			synctest.Wait()
			balanced(t, l.exp)
		}
		time.Sleep(time.Second)
		l.wants(t, "s: b")
		if stats := l.exp.Stats(); stats.Dropped[exporter.DropPanic] == 0 || stats.Held != 0 {
			t.Errorf("%+v", stats)
		}
		for _, text := range l.out.all() {
			if !strings.Contains(text, "panic") {
				t.Errorf("reported: %s", text)
			}
		}
	})
}

// panicking is a span of which a method panics.
type panicking struct {
	sdktrace.ReadOnlySpan
	method string
}

func (p panicking) Attributes() []attribute.KeyValue {
	if p.method == "Attributes" {
		panic("no attributes")
	}
	return p.ReadOnlySpan.Attributes()
}

func (p panicking) Events() []sdktrace.Event {
	if p.method == "Events" {
		panic("no events")
	}
	return p.ReadOnlySpan.Events()
}

func (p panicking) Resource() *resource.Resource {
	if p.method == "Resource" {
		panic("no resource")
	}
	return p.ReadOnlySpan.Resource()
}

func (p panicking) Parent() trace.SpanContext {
	if p.method == "Parent" {
		panic("no parent")
	}
	return p.ReadOnlySpan.Parent()
}

// An open span that panics when it is read costs its session, and nothing else.
func TestOpenSpanPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t, exporter.WithLeakTimeout(time.Second))
		wrap := &wrapper{SpanProcessor: exporter.NewSpanProcessor(l.exp)}
		tr := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(wrap)).Tracer("app")
		ctx, s := session(t.Context(), tr, "s")
		_, a := entry(ctx, tr, "a")
		_, other := session(t.Context(), tr, "other")
		synctest.Wait()
		wrap.panics.Store(true)
		s.End()
		time.Sleep(10 * time.Second)
		wrap.panics.Store(false)
		other.End()
		time.Sleep(10 * time.Second)
		l.wants(t, "other: ")
		if stats := l.exp.Stats(); stats.Dropped[exporter.DropPanic] != 1 || stats.Held != 0 {
			t.Errorf("%+v", stats)
		}
		a.End()
		shutdown(t, l.exp)
		if text := l.out.one(t); !strings.Contains(text, "panic") {
			t.Errorf("reported: %s", text)
		}
	})
}

// Two providers, one exporter; and two exporters in one provider.
func TestProvidersAndExporters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := newLine(t), newLine(t)
		one := provider(a.exp, sdktrace.WithSpanProcessor(exporter.NewSpanProcessor(b.exp)))
		two := provider(a.exp)
		ctx, s := tracer.New(one).StartSession(t.Context(), "s", tracer.Model("m"))
		_, c := tracer.New(two).Start(ctx, contracts.KindGenerate, "c")
		c.Add(contracts.AssistantText("hi"))
		c.End()
		s.End()
		time.Sleep(time.Second)
		a.wants(t, "s: c")
		b.wants(t, "s: ")
		valid(t, a.col.Sessions())
	})
}
