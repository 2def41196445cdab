// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package redact_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/exporter/redact"
)

// everything is the ready-made redactors.
func everything() []redact.Redactor {
	return []redact.Redactor{redact.Secrets(), redact.Emails(), redact.Cards(), redact.IBANs(), redact.Phones()}
}

// clean are texts of some length in which there is nothing to find: this project's
// own words and code.
func clean(tb testing.TB) map[string]string {
	tb.Helper()
	out := make(map[string]string)
	for name, file := range map[string]string{"prose": "../../docs/guide.md", "code": "walk.go"} {
		b, err := os.ReadFile(file)
		if err != nil {
			tb.Fatal(err)
		}
		text := redacted(tb, redact.Hashed(nil, everything()...), string(b))
		text = marker.ReplaceAllString(text, "x")
		const size = 64 << 10
		out[name] = strings.Repeat(text, 1+size/len(text))[:size]
	}
	return out
}

// transcript is a payload of messages with a text, as the wire has it.
func transcript(text string) *contracts.CollectorTracePayload {
	p := &contracts.CollectorTracePayload{Name: "bench"}
	var messages []contracts.ConversationMessage
	for chunk := 2048; len(text) > chunk; text = text[chunk:] {
		messages = append(messages, contracts.UserText(strings.ToValidUTF8(text[:chunk], "")))
	}
	p.Metadata.Result = &contracts.CollectorTraceResult{Spans: []contracts.SpanRecord{{Name: "s", Messages: contracts.MakeMessages(messages...)}}}
	return p
}

// What each redactor costs on a text in which there is nothing, and all together on a
// payload, beside encoding and validating it.
func BenchmarkClean(b *testing.B) {
	texts := clean(b)
	for _, corpus := range []string{"prose", "code"} {
		text := texts[corpus]
		for _, r := range []struct {
			name string
			rs   []redact.Redactor
		}{
			{"secrets", []redact.Redactor{redact.Secrets()}},
			{"emails", []redact.Redactor{redact.Emails()}},
			{"cards", []redact.Redactor{redact.Cards()}},
			{"phones", []redact.Redactor{redact.Phones()}},
			{"ibans", []redact.Redactor{redact.IBANs()}},
			{"pattern", []redact.Redactor{redact.Pattern("ticket", regexp.MustCompile(`\bTICKET-[0-9]{6}\b`))}},
			{"all", everything()},
		} {
			b.Run(corpus+"/"+r.name, func(b *testing.B) {
				chain := redact.NewChain(r.rs...)
				b.SetBytes(int64(len(text)))
				b.ReportAllocs()
				for b.Loop() {
					if out, err := chain.Text(redact.Place{Kind: redact.KindText}, text); err != nil || out != text {
						b.Fatal("not clean", err)
					}
				}
			})
		}
		p := transcript(text)
		b.Run(corpus+"/payload", func(b *testing.B) {
			chain := redact.NewChain(everything()...)
			b.SetBytes(int64(len(p.AppendJSON(nil))))
			b.ReportAllocs()
			for b.Loop() {
				if err := chain.Payload(p); err != nil {
					b.Fatal(err)
				}
			}
		})
		quoted := ""
		messages, err := p.Metadata.Result.Spans[0].Messages.Decode()
		if err != nil {
			b.Fatal(err)
		}
		for i := range messages {
			quoted += messages[i].Content.Text()
		}
		b.Run(corpus+"/beside: encode", func(b *testing.B) {
			messages := []contracts.ConversationMessage{contracts.UserText(quoted)}
			b.SetBytes(int64(len(quoted)))
			b.ReportAllocs()
			var buf []byte
			for b.Loop() {
				buf = messages[0].AppendJSON(buf[:0])
			}
		})
		b.Run(corpus+"/beside: validate", func(b *testing.B) {
			j := contracts.JSON(p.Metadata.Result.Spans[0].Messages)
			b.SetBytes(int64(len(j)))
			for b.Loop() {
				if !j.Valid() {
					b.Fatal("invalid")
				}
			}
		})
	}
}

// What is found costs its markers.
func BenchmarkFound(b *testing.B) {
	var all strings.Builder
	for _, s := range samples(b) {
		all.WriteString(s.text + "\n")
	}
	text := strings.Repeat(all.String(), 4)
	for name, r := range map[string]redact.Redactor{"plain": redact.Hashed(nil, everything()...), "hashed": redact.Hashed([]byte("a key of some length"), everything()...)} {
		b.Run(name, func(b *testing.B) {
			chain := redact.NewChain(r)
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := chain.Text(redact.Place{Kind: redact.KindText}, text); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
