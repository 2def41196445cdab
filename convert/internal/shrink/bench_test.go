// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package shrink

import (
	"strconv"
	"strings"
	"testing"

	"github.com/spect-tools/spect-go/contracts"
)

// The payloads are of 50 MB, and shrink to 4.
func BenchmarkShrink(b *testing.B) {
	const size, limit = 50 << 20, 4 << 20
	prose := "The quick brown fox \"jumps\"\nover the lazy dog. "
	text := func(n int) string { return strings.Repeat(prose, n/len(prose)+1)[:n] }
	spans := func(n int, fill func(r *contracts.SpanRecord, size int)) *contracts.CollectorTracePayload {
		spans := make([]contracts.SpanRecord, n)
		for i := range spans {
			fill(&spans[i], size/n)
		}
		return payloadOf(spans...)
	}
	texts := func(each int) func(r *contracts.SpanRecord, size int) {
		return func(r *contracts.SpanRecord, size int) {
			var m []contracts.ConversationMessage
			for range size / each {
				m = append(m, contracts.AssistantText(text(each)))
			}
			r.Messages = messagesOf(m...)
		}
	}
	for _, c := range []struct {
		name    string
		payload *contracts.CollectorTracePayload
	}{
		{"images", spans(10, func(r *contracts.SpanRecord, size int) {
			r.Messages = messagesOf(contracts.User(contracts.FileContentPart{MediaType: "image/png", Data: contracts.QuoteJSON(image(size * 3 / 4))}))
		})},
		{"one text", spans(1, func(r *contracts.SpanRecord, size int) { texts(size)(r, size) })},
		{"texts of 20 kB", spans(100, texts(20_000))},
		{"texts of 2 kB", spans(100, texts(2000))},
		{"texts of 100 B", spans(1000, texts(100))},
		{"JSON", spans(200, func(r *contracts.SpanRecord, size int) {
			item := `{"id":"a","n":[1.5,2,null],"text":` + string(contracts.QuoteJSON(text(1000))) + `},`
			r.Kind, r.Tool = contracts.KindToolResult, &contracts.SpanToolOverlay{Result: contracts.JSON("[" + strings.Repeat(item, size/len(item)) + "0]")}
		})},
		{"spans", spans(100_000, func(r *contracts.SpanRecord, size int) {
			r.Kind, r.Metadata = contracts.KindToolCall, `{"otel":{"spanId":"00f067aa0ba902b7"}}`
			r.Tool = &contracts.SpanToolOverlay{ToolCallID: "c", Parameters: contracts.JSON(`{"n":` + strconv.Itoa(size) + "}")}
		})},
	} {
		body := string(c.payload.AppendJSON(nil))
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer()
				p, err := contracts.ParsePayload(body)
				if err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
				if cut := Payload(p, limit, len(body)); len(body)-cut > limit {
					b.Fatalf("%d bytes left of %d", len(body)-cut, len(body))
				}
			}
		})
	}
	fits := spans(100, texts(2000))
	encoded := len(fits.AppendJSON(nil))
	b.Run("fits", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			Payload(fits, encoded, encoded)
		}
	})
	b.Run("fits clearly", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			Payload(fits, 2*encoded, 0)
		}
	})
	b.Run("encode", func(b *testing.B) { // for comparison
		b.SetBytes(int64(encoded))
		b.ReportAllocs()
		buf := make([]byte, 0, encoded)
		for b.Loop() {
			buf = fits.AppendJSON(buf[:0])
		}
	})
}
