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

// benchTrace is a trace of a root and count model calls, each with a message in
// and one out of about size bytes together: in OpenTelemetry's attributes, or
// in Spect's.
func benchTrace(count, size int, foreign bool) []convert.Span {
	const sample = "The keeper wrote \"seven ships\" in the ledger.\n\tfor i := range ships { if ships[i].name == name { return i } }\n"
	text := strings.Repeat(sample, 1+size/2/len(sample))[:max(20, size/2-100)]
	start := time.UnixMilli(1_763_935_200_123)
	spans := make([]convert.Span, count+1)
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
		s.Attributes = benchAttributes(n, text, foreign)
	}
	return spans
}

func benchAttributes(n int, text string, foreign bool) []attribute.KeyValue {
	in, out := fmt.Sprintf("%d asks: %s", n, text), fmt.Sprintf("%d says: %s", n, text)
	switch {
	case foreign && n == 0:
		return []attribute.KeyValue{attribute.String("gen_ai.operation.name", "invoke_agent"), attribute.String("gen_ai.agent.name", "bench")}
	case foreign:
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
	return []attribute.KeyValue{
		contracts.KindKey.String(string(contracts.KindGenerate)),
		contracts.ModelIDKey.String("gpt-4.1"), contracts.ModelProviderKey.String("openai"),
		contracts.MetadataKey.String(`{"temperature":0.2,"max_tokens":1024,"usage":{"inputTokens":1234,"outputTokens":321},"finishReasons":["stop"]}`),
		contracts.MessagesKey.String(string(contracts.MakeMessages(messages...))),
	}
}

// BenchmarkConventions carves, converts and encodes a trace: what an
// instrumentation's attributes cost beside Spect's own, and whether it grows
// with the spans alone.
func BenchmarkConventions(b *testing.B) {
	for _, size := range []int{512, 4096, 20480} {
		for _, count := range []int{10, 1000, 20_000} {
			for name, foreign := range map[string]bool{"spect": false, "gen_ai": true} {
				b.Run(fmt.Sprintf("%d/%d/%s", size, count, name), func(b *testing.B) {
					spans := benchTrace(count, size, foreign)
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
					b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(count), "ns/span")
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
			spans := benchTrace(turns, 512, true)
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
	for name, foreign := range map[string]bool{"spect": false, "gen_ai": true} {
		b.Run(name, func(b *testing.B) {
			const count = 100
			sessions := convert.Sessions(benchTrace(count, 4096, foreign))
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
