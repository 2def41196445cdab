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

// benchSession is a session of a root and nine model calls, each with a
// transcript of about size bytes. verified says that tracer made it.
func benchSession(size int, verified bool) *convert.Session {
	const sample = "The keeper wrote \"seven ships\" in the ledger.\n\tfor i := range ships { if ships[i].name == name { return i } }\n"
	text := strings.Repeat(sample, 1+size/2/len(sample))[:max(40, (size-200)/2)]
	messages := []contracts.ConversationMessage{contracts.UserText(text), contracts.AssistantText(text)}
	for i := range messages {
		messages[i].ID = fmt.Sprintf("019aa7c5-0000-7000-8000-%012d", i)
	}
	transcript := string(contracts.MakeMessages(messages...))

	start := time.UnixMilli(1_763_935_200_123)
	span := func(n int, attrs ...attribute.KeyValue) convert.Span {
		s := convert.Span{
			TraceID: trace.TraceID{1, 2, 3}, Name: "openai.responses.create",
			StartTime: start.Add(time.Duration(n) * time.Millisecond), EndTime: start.Add(time.Duration(n+1) * time.Millisecond),
			Attributes: attrs, Resource: `{"service.name":"bench"}`,
		}
		binary.BigEndian.PutUint64(s.SpanID[:], uint64(n+1))
		if n > 0 {
			binary.BigEndian.PutUint64(s.ParentID[:], 1)
		}
		if verified {
			s.Verified = contracts.JSONKey(contracts.MessagesKey) | contracts.JSONKey(contracts.MetadataKey) |
				contracts.JSONKey(contracts.SessionMetadataKey) | contracts.JSONKey(contracts.ResponseUsageKey)
		}
		return s
	}
	root := span(0,
		contracts.KindKey.String(contracts.SessionKind),
		contracts.SessionIDKey.String("019aa7c5-1111-7000-8000-000000000000"),
		contracts.ProviderKey.String("openai"),
		contracts.ModelIDKey.String("gpt-4.1"),
		contracts.SessionMetadataKey.String(`{"customer":"c-1042"}`),
		contracts.ResponseTextKey.String("The tide table says so."),
		contracts.ResponseUsageKey.String(`{"inputTokens":1234,"outputTokens":321}`),
		contracts.ResponseFinishReasonsKey.StringSlice([]string{"stop"}))
	s := &convert.Session{Root: &root}
	for n := range 9 {
		entry := span(n+1,
			contracts.KindKey.String(string(contracts.KindGenerate)),
			contracts.SeqKey.Int(n),
			contracts.ModelIDKey.String("gpt-4.1"),
			contracts.ModelProviderKey.String("openai"),
			contracts.MetadataKey.String(`{"temperature":0.2,"maxTokens":1024}`),
			contracts.MessagesKey.String(transcript))
		s.Spans, s.Parents = append(s.Spans, &entry), append(s.Parents, -1)
	}
	return s
}

// BenchmarkPayload converts and encodes sessions of ten spans: the path of
// each session that is sent.
func BenchmarkPayload(b *testing.B) {
	for _, size := range []int{512, 4096, 20480} {
		for _, by := range []string{"tracer", "hand"} {
			b.Run(fmt.Sprintf("%d/%s", size, by), func(b *testing.B) {
				s := benchSession(size, by == "tracer")
				c := convert.Converter{OrganizationID: "org_bench"}
				body := c.Payload(s).AppendJSON(nil)
				b.SetBytes(int64(len(body)))
				b.ReportAllocs()
				for b.Loop() {
					body = c.Payload(s).AppendJSON(body[:0])
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/10, "ns/span")
			})
		}
	}
}

// BenchmarkCarve finds the sessions among the spans of a trace.
func BenchmarkCarve(b *testing.B) {
	s := benchSession(512, true)
	nodes := []convert.Node{convert.NodeOf(s.Root)}
	for _, e := range s.Spans {
		nodes = append(nodes, convert.NodeOf(e))
	}
	b.ReportAllocs()
	for b.Loop() {
		if groups := convert.Carve(nodes); len(groups) != 1 {
			b.Fatalf("%d sessions", len(groups))
		}
	}
}
