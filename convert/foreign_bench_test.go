// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convert_test

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert"
)

// The ways in which a call is written.
const (
	// ofGenAI is one span with OpenTelemetry's attributes.
	ofGenAI = "gen_ai"
	// ofSpect is one span with Spect's, which has the messages of both sides.
	ofSpect = "spect"
	// ofTwo are two spans with Spect's, as package tracer makes them: one of what is
	// asked and one of the answer. They make the entries that a span of ofGenAI makes.
	ofTwo = "two spect"
)

// benchTrace is a trace of a root and count model calls, each with a message in
// and one out of about size bytes together.
func benchTrace(count, size int, way string) []convert.Span {
	const sample = "The keeper wrote \"seven ships\" in the ledger.\n\tfor i := range ships { if ships[i].name == name { return i } }\n"
	text := strings.Repeat(sample, 1+size/2/len(sample))[:max(20, size/2-100)]
	start := time.UnixMilli(1_763_935_200_123)
	spans := make([]convert.Span, count+1, 2*count+1)
	for n := range spans {
		s := &spans[n]
		*s = convert.Span{
			TraceID: trace.TraceID{1, 2, 3}, Name: "chat m",
			StartTime: start.Add(time.Duration(n) * time.Millisecond), EndTime: start.Add(time.Duration(n+1) * time.Millisecond),
			Resource: `{"service.name":"bench"}`,
		}
		binary.BigEndian.PutUint64(s.SpanID[:], uint64(n+1))
		if n > 0 {
			binary.BigEndian.PutUint64(s.ParentID[:], 1)
		} else {
			s.EndTime = start.Add(time.Hour)
		}
		s.Attributes = benchAttributes(n, text, way)
	}
	if way == ofTwo {
		for n := range count {
			s := spans[1+n]
			s.EndTime = s.StartTime
			binary.BigEndian.PutUint64(s.SpanID[:], uint64(count+n+2))
			s.Name = "user"
			s.Attributes = []attribute.KeyValue{
				contracts.KindKey.String(string(contracts.KindUser)), contracts.SeqKey.Int(2 * n),
				benchMessages(2*n, contracts.UserText(fmt.Sprintf("%d asks: %s", n+1, text))),
			}
			spans = append(spans, s)
		}
	}
	return spans
}

func benchAttributes(n int, text, way string) []attribute.KeyValue {
	in, out := fmt.Sprintf("%d asks: %s", n, text), fmt.Sprintf("%d says: %s", n, text)
	switch {
	case way == ofGenAI && n == 0:
		return []attribute.KeyValue{attribute.String("gen_ai.operation.name", "invoke_agent"), attribute.String("gen_ai.agent.name", "bench")}
	case way == ofGenAI:
		return []attribute.KeyValue{
			attribute.String("gen_ai.operation.name", "chat"), attribute.String("gen_ai.provider.name", "openai"),
			attribute.String("gen_ai.request.model", "gpt-4.1"), attribute.String("gen_ai.response.model", "gpt-4.1"),
			attribute.Float64("gen_ai.request.temperature", 0.2), attribute.Int("gen_ai.request.max_tokens", 1024),
			attribute.Int("gen_ai.usage.input_tokens", 1234), attribute.Int("gen_ai.usage.output_tokens", 321),
			attribute.StringSlice("gen_ai.response.finish_reasons", []string{"stop"}),
			attribute.String("gen_ai.input.messages", `[{"role":"user","parts":[{"type":"text","content":`+string(contracts.QuoteJSON(in))+`}]}]`),
			attribute.String("gen_ai.output.messages", `[{"role":"assistant","parts":[{"type":"text","content":`+string(contracts.QuoteJSON(out))+`}],"finish_reason":"stop"}]`),
		}
	case n == 0:
		return []attribute.KeyValue{contracts.KindKey.String(contracts.SessionKind), contracts.ModelIDKey.String("gpt-4.1")}
	}
	messages := []contracts.ConversationMessage{contracts.UserText(in), contracts.AssistantText(out)}
	if way == ofTwo {
		messages = messages[1:]
	}
	return []attribute.KeyValue{
		contracts.KindKey.String(string(contracts.KindGenerate)), contracts.SeqKey.Int(2*n - 1),
		contracts.ModelIDKey.String("gpt-4.1"), contracts.ModelProviderKey.String("openai"),
		contracts.MetadataKey.String(`{"temperature":0.2,"max_tokens":1024,"usage":{"inputTokens":1234,"outputTokens":321},"finishReasons":["stop"]}`),
		benchMessages(2*n-1, messages...),
	}
}

// benchMessages are the messages of the span of that number, with ids as package
// tracer gives them.
func benchMessages(seq int, messages ...contracts.ConversationMessage) attribute.KeyValue {
	for i := range messages {
		messages[i].ID = fmt.Sprintf("019ab3c0-%04x-7d2e-a121-%04x9ebea66b", seq&0xffff, i)
	}
	return contracts.MessagesKey.String(string(contracts.MakeMessages(messages...)))
}

// What is compared in BenchmarkConventions is the same call: two spans of Spect's
// make the entries that one of OpenTelemetry's convention makes.
func TestWaysOfACall(t *testing.T) {
	entries := func(way string) (out []string) {
		sessions := convert.Sessions(benchTrace(3, 512, way))
		for _, r := range new(convert.Converter).Payload(&sessions[0]).Metadata.Result.Spans {
			for m, err := range r.Messages.All() {
				if err != nil {
					t.Fatal(err)
				}
				out = append(out, fmt.Sprint(r.Kind, m.Role, m.Content.Text(), r.Metadata.Member("usage")))
			}
		}
		return out
	}
	one, two := entries(ofGenAI), entries(ofTwo)
	if len(one) != 6 || len(two) != 6 {
		t.Fatalf("%d and %d entries, want 6", len(one), len(two))
	}
	for i := range one {
		if strings.Replace(one[i], `,"totalTokens":1555`, "", 1) != two[i] {
			t.Errorf("%q and %q", one[i], two[i])
		}
	}
}

// BenchmarkConventions carves, converts and encodes a trace: what an
// instrumentation's attributes cost beside Spect's own, and whether it grows
// with the spans alone.
func BenchmarkConventions(b *testing.B) {
	for _, size := range []int{512, 4096, 20480} {
		for _, count := range []int{10, 1000, 20_000} {
			for _, way := range []string{ofSpect, ofTwo, ofGenAI} {
				b.Run(fmt.Sprintf("%d/%d/%s", size, count, way), func(b *testing.B) {
					spans := benchTrace(count, size, way)
					c := convert.Converter{OrganizationID: "org_bench"}
					var body []byte
					b.ReportAllocs()
					for b.Loop() {
						sessions := convert.Sessions(spans)
						if len(sessions) != 1 {
							b.Fatalf("%d sessions", len(sessions))
						}
						body = c.Payload(&sessions[0]).AppendJSON(body[:0])
					}
					b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(count), "ns/call")
				})
			}
		}
	}
}

// BenchmarkGrowingHistory converts an agent whose calls each repeat the
// conversation so far. The cost goes with the bytes, which grow with the square
// of the turns.
func BenchmarkGrowingHistory(b *testing.B) {
	for _, turns := range []int{10, 100, 1000} {
		b.Run(fmt.Sprint(turns), func(b *testing.B) {
			spans := benchTrace(turns, 512, ofGenAI)
			history, size := "[", 0
			for i := range spans[1:] {
				own := spans[i+1].Attributes
				in, out := own[9].Value.AsString(), own[10].Value.AsString()
				history += in[1 : len(in)-1]
				own[9].Value = attribute.StringValue(history + "]")
				size += len(history) + len(out)
				history += "," + out[1:len(out)-1] + ","
			}
			c := convert.Converter{OrganizationID: "org_bench"}
			var body []byte
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				sessions := convert.Sessions(spans)
				body = c.Payload(&sessions[0]).AppendJSON(body[:0])
			}
		})
	}
}

// BenchmarkOutline reads what sampling may ask of a session, where a
// conversion would follow for one that is kept.
func BenchmarkOutline(b *testing.B) {
	for _, way := range []string{ofSpect, ofGenAI} {
		b.Run(way, func(b *testing.B) {
			const count = 100
			sessions := convert.Sessions(benchTrace(count, 4096, way))
			var c convert.Converter
			b.ReportAllocs()
			for b.Loop() {
				if o := c.Outline(&sessions[0]); o.Model == "" {
					b.Fatalf("%+v", o)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/count, "ns/span")
		})
	}
}
