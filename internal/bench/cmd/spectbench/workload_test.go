// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/exporter"
	"github.com/spect-tools/spect-go/internal/bench/corpus"
)

func testWorkload(t *testing.T, size int) *workload {
	c, err := corpus.New("code")
	if err != nil {
		t.Fatal(err)
	}
	return newWorkload(c, size)
}

func TestTranscriptsHaveTheirSize(t *testing.T) {
	for _, size := range sizes {
		w, seen := testWorkload(t, size.bytes), map[string]bool{}
		for i := range w.sessions {
			for k := range w.sessions[i].calls {
				c := &w.sessions[i].calls[k]
				if miss := len(c.withIDs) - size.bytes; miss < -size.bytes/50 || miss > size.bytes/50 {
					t.Errorf("%s: session %d, call %d has %d bytes", size.name, i, k, len(c.withIDs))
				}
				if seen[c.without] {
					t.Errorf("%s: session %d, call %d says what one before says", size.name, i, k)
				}
				seen[c.without] = true
			}
		}
	}
}

// A history that grows says again what was said, and no more.
func TestGrown(t *testing.T) {
	alone, grown := testWorkload(t, 4096), testWorkload(t, 4096).grown()
	for _, transcript := range []func(*call) string{withIDs, without} {
		var want contracts.JSON = "[]"
		for k := range calls {
			one := contracts.JSON(transcript(&alone.sessions[1].calls[k]))
			if k == 0 {
				want = one
			} else {
				want = want[:len(want)-1] + "," + one[1:]
			}
			if have := transcript(&grown.sessions[1].calls[k]); have != string(want) || !want.Valid() {
				t.Errorf("call %d has %d bytes, want %d", k, len(have), len(want))
			}
		}
	}
	if n := len(grown.sessions[1].calls[8].messages()); n != 9*len(alone.sessions[1].calls[8].messages()) {
		t.Errorf("the last call has %d messages", n)
	}
}

// TestEmissionsAreAlike: whoever makes a session, the spans have the same
// attributes, so that all paths carry the same.
func TestEmissionsAreAlike(t *testing.T) {
	emissionsAreAlike(t, testWorkload(t, 4096))
	emissionsAreAlike(t, testWorkload(t, 512).grown())
}

func emissionsAreAlike(t *testing.T, w *workload) {
	t.Helper()
	record := func(emit func(trace.TracerProvider) emitter) []string {
		recorder := tracetest.NewSpanRecorder()
		emit(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(recorder)))(3)()
		var all []string
		for _, s := range recorder.Ended() {
			all = append(all, s.Name()+" "+s.SpanKind().String()+" "+describe(s.Attributes()))
		}
		return all
	}
	traced := record(w.traced)
	byHand := record(func(tp trace.TracerProvider) emitter { return w.byHand(tp, withIDs) })
	if len(traced) != spans || !slices.Equal(traced, byHand) {
		t.Errorf("traced:\n%s\nby hand:\n%s", strings.Join(traced, "\n"), strings.Join(byHand, "\n"))
	}
	if a, b := record(bare), record(bareByHand); len(a) != spans || len(b) != spans {
		t.Errorf("%d and %d spans without messages, want %d", len(a), len(b), spans)
	}
}

// describe lists attributes, of a text only its length: ids differ.
func describe(attrs []attribute.KeyValue) string {
	all := map[string]string{}
	for _, kv := range attrs {
		all[string(kv.Key)] = kv.Value.String()
		if kv.Value.Type() == attribute.STRING {
			all[string(kv.Key)] = fmt.Sprint(len(kv.Value.AsString()))
		}
	}
	var b strings.Builder
	for _, key := range slices.Sorted(maps.Keys(all)) {
		fmt.Fprintf(&b, " %s=%s", key, all[key])
	}
	return b.String()
}

// TestSessionsArriveWhole: what each way of making a session becomes is a valid
// payload with all that was said, and the server counts it right.
func TestSessionsArriveWhole(t *testing.T) {
	w := testWorkload(t, 4096)
	for _, p := range paths {
		if !strings.HasPrefix(p.name, "spect") {
			continue
		}
		t.Run(p.name, func(t *testing.T) {
			var mu sync.Mutex
			var got []contracts.CollectorTracePayload
			pipe, err := openSpect("127.0.0.1", func(err error) { t.Error(err) }, exporter.WithLocal(),
				exporter.WithOnTrace(func(p contracts.CollectorTracePayload) {
					mu.Lock()
					defer mu.Unlock()
					got = append(got, p)
				}))
			if err != nil {
				t.Fatal(err)
			}
			emit := p.emit(w, pipe)
			for i := range 5 {
				emit(i)()
			}
			if err := pipe.close(context.Background()); err != nil {
				t.Fatal(err)
			}
			if len(got) != 5 {
				t.Fatalf("%d sessions, want 5", len(got))
			}
			for i := range got {
				checkSession(t, w, &got[i])
			}
		})
	}
}

func checkSession(t *testing.T, w *workload, p *contracts.CollectorTracePayload) {
	t.Helper()
	if err := p.Validate(); err != nil {
		t.Error(err)
	}
	at := slices.IndexFunc(w.sessions[:], func(s session) bool { return p.Response.Text != nil && *p.Response.Text == s.text })
	if at < 0 {
		t.Fatal("a session's result is none of the workload's")
	}
	records := p.Metadata.Result.Spans
	if len(records) != calls {
		t.Fatalf("%d entries, want %d", len(records), calls)
	}
	for k := range records {
		var said []string
		for m, err := range records[k].Messages.All() {
			if err != nil || m.ID == "" {
				t.Errorf("entry %d: a message without id, or %v", k, err)
			}
			if m.Role != contracts.RoleTool {
				said = append(said, m.Content.Text())
			}
		}
		if want := w.sessions[at].calls[k].texts[:3]; !slices.Equal(said, want) {
			t.Errorf("entry %d says other things", k)
		}
	}
	if n := bytes.Count(p.AppendJSON(nil), []byte(`{"version":1,"id":"`)); n != calls {
		t.Errorf("the server would count %d entries of %d", n, calls)
	}
}
