// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package tracer_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/tracer"
)

// stream starts a span, streams through it with use, and returns the span as it
// arrived.
func stream(t *testing.T, source iter.Seq2[string, error], use func(iter.Seq2[string, error])) contracts.SpanRecord {
	t.Helper()
	return inSession(t, func(ctx context.Context, tr *tracer.Tracer) {
		_, sp := tr.Start(ctx, contracts.KindStream, "gen")
		use(tracer.Stream(sp, source, func(text string) tracer.Delta { return tracer.Delta{Text: text} }))
		if sp.IsRecording() {
			t.Error("the span has not ended")
		}
	})[0]
}

// However a stream ends, its span ends with it, keeps what arrived, and says
// how it went.
func TestStream(t *testing.T) {
	boom := errors.New("boom")
	all := func(t *testing.T, want string, wantErr error) func(iter.Seq2[string, error]) {
		return func(s iter.Seq2[string, error]) {
			var got strings.Builder
			var last error
			for text, err := range s {
				got.WriteString(text)
				last = err
			}
			if got.String() != want || !errors.Is(last, wantErr) {
				t.Errorf("the reader got %q, %v", got.String(), last)
			}
		}
	}
	for name, test := range map[string]struct {
		source  iter.Seq2[string, error]
		use     func(*testing.T) func(iter.Seq2[string, error])
		text    string
		status  contracts.SpanStatus
		message string
		partial string
	}{
		"whole": {
			seq(nil, "a", "b", "c"), func(t *testing.T) func(iter.Seq2[string, error]) { return all(t, "abc", nil) },
			"abc", contracts.StatusOK, "", "",
		},
		"empty": {
			seq[string](nil), func(t *testing.T) func(iter.Seq2[string, error]) { return all(t, "", nil) },
			"", contracts.StatusOK, "", "",
		},
		"error": {
			seq(boom, "a", "b"), func(t *testing.T) func(iter.Seq2[string, error]) { return all(t, "ab", boom) },
			"ab", contracts.StatusError, "boom", "the stream broke off",
		},
		"error at once": {
			seq[string](boom), func(t *testing.T) func(iter.Seq2[string, error]) { return all(t, "", boom) },
			"", contracts.StatusError, "boom", "",
		},
		"error, and the reader leaves": {
			seq(boom, "a", "b"), func(*testing.T) func(iter.Seq2[string, error]) {
				return func(s iter.Seq2[string, error]) {
					for _, err := range s {
						if err != nil {
							return
						}
					}
				}
			},
			"ab", contracts.StatusError, "boom", "the stream broke off",
		},
		"early break": {
			seq(nil, "a", "b", "c"), func(*testing.T) func(iter.Seq2[string, error]) {
				return func(s iter.Seq2[string, error]) {
					for text, err := range s {
						if text == "b" || err != nil {
							break
						}
					}
				}
			},
			"ab", contracts.StatusOK, "", "the stream was not read to its end",
		},
		"the reader panics": {
			seq(nil, "a", "b", "c"), func(t *testing.T) func(iter.Seq2[string, error]) {
				return func(s iter.Seq2[string, error]) {
					defer func() {
						if r := recover(); r != "reader" {
							t.Errorf("the panic became %v", r)
						}
					}()
					for text, err := range s {
						if text == "b" || err != nil {
							panic("reader")
						}
					}
				}
			},
			"ab", contracts.StatusError, "panic: reader", "panicked",
		},
		"the source panics": {
			func(yield func(string, error) bool) { yield("a", nil); panic("source") },
			func(t *testing.T) func(iter.Seq2[string, error]) {
				return func(s iter.Seq2[string, error]) {
					defer func() {
						if r := recover(); r != "source" {
							t.Errorf("the panic became %v", r)
						}
					}()
					for text, err := range s {
						_, _ = text, err
					}
				}
			},
			"a", contracts.StatusError, "panic: source", "panicked",
		},
		"pulled, and stopped": {
			seq(nil, "a", "b", "c"), func(*testing.T) func(iter.Seq2[string, error]) {
				return func(s iter.Seq2[string, error]) {
					next, stop := iter.Pull2(s)
					_, _, _ = next()
					stop()
				}
			},
			"a", contracts.StatusOK, "", "the stream was not read to its end",
		},
	} {
		t.Run(name, func(t *testing.T) {
			sp := stream(t, test.source, test.use(t))
			var want []string
			if test.text != "" {
				want = []string{"assistant: " + test.text}
			}
			if have := texts(t, &sp); fmt.Sprint(have) != fmt.Sprint(want) {
				t.Errorf("messages %q, want %q", have, want)
			}
			if sp.Status != test.status || sp.EndTime.IsZero() {
				t.Errorf("status %s, end %v", sp.Status, sp.EndTime)
			}
			if (sp.Error == nil) != (test.message == "") || sp.Error != nil && sp.Error.Message != test.message {
				t.Errorf("error %+v, want %q", sp.Error, test.message)
			}
			partial, _ := sp.Metadata.Member("partial").Text()
			if (partial == "") != (test.partial == "") || !strings.Contains(partial, test.partial) {
				t.Errorf("partial: %q, want %q", partial, test.partial)
			}
		})
	}
}

// A delta function that panics, or is nil, leaves the stream alone.
func TestStreamDeltaPanics(t *testing.T) {
	spans := inSession(t, func(ctx context.Context, tr *tracer.Tracer) {
		for _, delta := range []func(string) tracer.Delta{nil, func(s string) tracer.Delta {
			if s == "b" {
				panic("delta")
			}
			return tracer.Delta{Text: s}
		}} {
			_, sp := tr.Start(ctx, contracts.KindStream, "gen")
			var got string
			for text, err := range tracer.Stream(sp, seq(nil, "a", "b", "c"), delta) {
				if err != nil {
					t.Error(err)
				}
				got += text
			}
			if got != "abc" {
				t.Errorf("the reader got %q", got)
			}
		}
	})
	if a, b := texts(t, &spans[0]), texts(t, &spans[1]); len(a) != 0 || fmt.Sprint(b) != "[assistant: ac]" {
		t.Errorf("messages %q, %q", a, b)
	}
}

// The pieces of parallel tool calls are told apart by their index, in whatever
// order they come.
func TestParallelToolCalls(t *testing.T) {
	spans := inSession(t, func(ctx context.Context, tr *tracer.Tracer) {
		_, sp := tr.Start(ctx, contracts.KindStream, "gen")
		sp.AddDelta(tracer.Delta{Reasoning: "let me "})
		sp.AddDelta(tracer.Delta{Reasoning: "think"})
		sp.AddDelta(tracer.Delta{Text: "so"})
		for i := range 9 { // many, so that the list grows under way
			sp.AddDelta(tracer.Delta{ToolCalls: []tracer.ToolCallDelta{{Index: i, ID: fmt.Sprint("c", i), Name: fmt.Sprint("t", i), Input: `{"a`}}})
		}
		for i := range 9 {
			sp.AddDelta(tracer.Delta{ToolCalls: []tracer.ToolCallDelta{{Index: 8 - i, Input: fmt.Sprintf(`":%d`, 8-i)}, {Index: i}}})
		}
		for i := range 8 {
			sp.AddDelta(tracer.Delta{ToolCalls: []tracer.ToolCallDelta{{Index: i, Input: "}"}}})
		}
		sp.AddDelta(tracer.Delta{ToolCalls: []tracer.ToolCallDelta{{Index: 100, ID: "none", Name: "none"}}})
		sp.End()
	})
	messages, err := spans[0].Messages.Decode()
	if err != nil || len(messages) != 1 {
		t.Fatalf("%v, %v", messages, err)
	}
	parts := messages[0].Content.Parts()
	if len(parts) != 12 {
		t.Fatalf("%d parts: %s", len(parts), spans[0].Messages)
	}
	if r, ok := parts[0].(contracts.ReasoningContentPart); !ok || r.Text != "let me think" {
		t.Errorf("the first part is %+v", parts[0])
	}
	if text, ok := parts[1].(contracts.TextContentPart); !ok || text.Text != "so" {
		t.Errorf("the second part is %+v", parts[1])
	}
	for i, part := range parts[2:] {
		call, ok := part.(contracts.ToolCallContentPart)
		id, name, input := fmt.Sprint("c", i), fmt.Sprint("t", i), fmt.Sprintf(`{"a":%d}`, i)
		switch i {
		case 8: // cut: kept as text
			input = `"{\"a\":8"`
		case 9:
			id, name, input = "none", "none", "{}"
		}
		if !ok || call.ToolCallID != id || call.ToolName != name || string(call.Input) != input {
			t.Errorf("call %d is %+v", i, part)
		}
	}
}

// Pieces and whole messages keep their order.
// However many calls an answer has, a piece costs the same; and each goes to its
// own call, in the order in which these began.
func TestManyToolCalls(t *testing.T) {
	const calls = 100_000
	out := tracetest.NewInMemoryExporter()
	tr := tracer.New(sdktrace.NewTracerProvider(sdktrace.WithSyncer(out)))
	ctx, s := tr.StartSession(t.Context(), "s")
	_, sp := tr.Start(ctx, contracts.KindStream, "answer")
	begin := time.Now()
	for _, input := range []string{"[", "1", "]"} {
		for i := range calls {
			d := tracer.ToolCallDelta{Index: -7 * i, Input: input}
			if input == "[" {
				d.Name = strconv.Itoa(i)
			}
			sp.AddDelta(tracer.Delta{ToolCalls: []tracer.ToolCallDelta{d}})
		}
	}
	if took := time.Since(begin); took > 20*time.Second {
		t.Errorf("%v for %d calls", took, calls)
	}
	sp.End()
	s.End()
	i := 0
	for _, kv := range out.GetSpans()[0].Attributes {
		if kv.Key != contracts.MessagesKey {
			continue
		}
		for m := range contracts.JSON(kv.Value.AsString()).Elements() {
			for part := range m.Member("content").Elements() {
				if name, _ := part.Member("toolName").Text(); name != strconv.Itoa(i) || part.Member("input") != "[1]" {
					t.Fatalf("call %d is %s", i, part)
				}
				i++
			}
		}
	}
	if i != calls {
		t.Errorf("%d calls", i)
	}
}

func TestDeltasAndMessages(t *testing.T) {
	spans := inSession(t, func(ctx context.Context, tr *tracer.Tracer) {
		_, sp := tr.Start(ctx, contracts.KindStream, "gen", tracer.Messages(contracts.UserText("q")))
		sp.AddDelta(tracer.Delta{Text: "a"})
		sp.AddDelta(tracer.Delta{})
		sp.AddDelta(tracer.Delta{Text: "b"})
		sp.Add(contracts.UserText("again"))
		sp.AddDelta(tracer.Delta{Text: "c"})
		sp.End()
	})
	if have := texts(t, &spans[0]); fmt.Sprint(have) != "[user: q assistant: ab user: again assistant: c]" {
		t.Errorf("messages %q", have)
	}
}

// The time to the first token is that of the first piece that says something.
func TestTimeToFirstToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		spans := inSession(t, func(ctx context.Context, tr *tracer.Tracer) {
			_, sp := tr.Start(ctx, contracts.KindStream, "gen")
			time.Sleep(100 * time.Millisecond)
			sp.AddDelta(tracer.Delta{})
			time.Sleep(1100 * time.Millisecond)
			sp.AddDelta(tracer.Delta{Text: "a"})
			time.Sleep(time.Minute)
			sp.AddDelta(tracer.Delta{Text: "b"})
			sp.Add(contracts.UserText("c"))
			sp.AddDelta(tracer.Delta{Text: "d"})
			sp.End()
			_, none := tr.Start(ctx, contracts.KindStream, "none")
			none.End()
		})
		if ms := spans[0].Metadata.Member("timeToFirstTokenMs"); ms != "1200" {
			t.Errorf("timeToFirstTokenMs is %s", ms)
		}
		if ms := spans[1].Metadata.Member("timeToFirstTokenMs"); ms != "" {
			t.Errorf("without a token it is %s", ms)
		}
	})
}
