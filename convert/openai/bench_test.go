// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package openai_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/shapetest"
	"github.com/spect-tools/spect-go/convert/llm"
	"github.com/spect-tools/spect-go/convert/openai"
)

const prose = "The keeper wrote \"seven ships\" in the ledger.\n\tfor i := range ships { if ships[i].name == name { return i } }\n"

// quoted is a JSON string of prose of about n bytes.
func quoted(n int) string {
	return string(contracts.QuoteJSON(strings.Repeat(prose, 1+n/len(prose))[:n]))
}

// chat20kB is a request of about 20 kB: an instruction, and seven turns of which
// each calls a tool.
func chat20kB() string {
	var b strings.Builder
	b.WriteString(`{"model":"gpt-4o","temperature":0.2,"messages":[{"role":"system","content":` + quoted(2000) + `}`)
	for i := range 7 {
		fmt.Fprintf(&b, `,{"role":"user","content":%s}`, quoted(800))
		fmt.Fprintf(&b, `,{"role":"assistant","content":null,"tool_calls":[{"id":"call_%d","type":"function","function":{"name":"lookup","arguments":"{\"ship\":\"s-%d\",\"fields\":[\"cargo\",\"port\"]}"}}]}`, i, i)
		fmt.Fprintf(&b, `,{"role":"tool","tool_call_id":"call_%d","content":%s}`, i, quoted(600))
		fmt.Fprintf(&b, `,{"role":"assistant","content":%s}`, quoted(800))
	}
	return b.String() + `],"tools":[{"type":"function","function":{"name":"lookup","parameters":{"type":"object"}}}]}`
}

func responses20kB() string {
	var b strings.Builder
	b.WriteString(`{"model":"gpt-5","instructions":` + quoted(2000) + `,"input":[{"role":"user","content":"Hi"}`)
	for i := range 7 {
		fmt.Fprintf(&b, `,{"type":"reasoning","id":"rs_%d","summary":[{"type":"summary_text","text":%s}],"encrypted_content":"%s"}`, i, quoted(300), strings.Repeat("gAAA", 100))
		fmt.Fprintf(&b, `,{"type":"function_call","id":"fc_%d","call_id":"call_%d","name":"lookup","arguments":"{\"ship\":\"s-%d\"}","status":"completed"}`, i, i, i)
		fmt.Fprintf(&b, `,{"type":"function_call_output","call_id":"call_%d","output":%s}`, i, quoted(600))
		fmt.Fprintf(&b, `,{"type":"message","id":"msg_%d","role":"assistant","status":"completed","content":[{"type":"output_text","text":%s,"annotations":[],"logprobs":[]}]}`, i, quoted(800))
	}
	return b.String() + `]}`
}

// BenchmarkRequest reads a request of 20 kB, beside encoding/json, which but
// decodes it.
func BenchmarkRequest(b *testing.B) {
	for _, c := range []struct {
		name string
		body string
		read func(contracts.JSON) llm.Request
	}{
		{"chat", chat20kB(), openai.ChatRequest},
		{"responses", responses20kB(), openai.ResponsesRequest},
	} {
		body := contracts.JSON(c.body)
		if len(c.read(body).Messages) < 15 {
			b.Fatal("there are too few messages")
		}
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(body)))
			for b.Loop() {
				c.read(body)
			}
		})
		b.Run(c.name+"-encoding-json", func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(body)))
			for b.Loop() {
				var v map[string]any
				if err := json.Unmarshal([]byte(body), &v); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkResponse(b *testing.B) {
	chat := contracts.JSON(`{"id":"c","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":` + quoted(20_000) + `},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":8,"total_tokens":17}}`)
	response := shapetest.Recording(b, "responses/code-interpreter.response.json")
	for _, c := range []struct {
		name string
		body contracts.JSON
		read func(contracts.JSON) llm.Response
	}{{"chat", chat, openai.ChatResponse}, {"responses", response, openai.ResponsesResponse}} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(c.body)))
			for b.Loop() {
				c.read(c.body)
			}
		})
	}
}

// BenchmarkStream folds a thousand chunks; the figures are for all of them.
func BenchmarkStream(b *testing.B) {
	chunk := contracts.JSON(`{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","service_tier":"default","choices":[{"index":0,"delta":{"content":"and so on "},"logprobs":null,"finish_reason":null}],"obfuscation":"abc"}`)
	delta := contracts.JSON(`{"type":"response.output_text.delta","sequence_number":7,"item_id":"msg_1","output_index":0,"content_index":0,"delta":"and so on ","logprobs":[],"obfuscation":"abc"}`)
	b.Run("chat", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var s openai.ChatStream
			for range 1000 {
				s.Add(chunk)
			}
			s.Response()
		}
	})
	b.Run("responses", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var s openai.ResponsesStream
			for range 1000 {
				s.Add(delta)
			}
			s.Response()
		}
	})
}
