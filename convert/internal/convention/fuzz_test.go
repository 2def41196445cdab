// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convention

import (
	"path/filepath"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"

	"github.com/spect-tools/spect-go/convert/internal/otlptest"
)

// Attributes as text: a key and a value on a line each, the value with its type
// in front. A line break inside a text is a carriage return.
const (
	fuzzText   = "s"
	fuzzTexts  = "a"
	fuzzNumber = "n"
	fuzzFlag   = "f"
)

// smallSeed is up to where a seed is mutated well.
const smallSeed = 8 << 10

func fuzzAttributes(text string) (out []attribute.KeyValue) {
	var key attribute.Key
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if key == "" {
			key = attribute.Key(line)
			continue
		}
		kind, value := line, ""
		if line != "" {
			kind, value = line[:1], strings.ReplaceAll(line[1:], "\r", "\n")
		}
		switch kind {
		case fuzzTexts:
			out = append(out, key.StringSlice(strings.Split(value, "\x00")))
		case fuzzNumber:
			out = append(out, key.Int64(int64(len(value))-1))
		case fuzzFlag:
			out = append(out, key.Bool(value != ""))
		default:
			out = append(out, key.String(value))
		}
		key = ""
	}
	return out
}

func fuzzSeed(span *otlptest.Span) string {
	var b strings.Builder
	for _, kv := range span.Attributes {
		b.WriteString(string(kv.Key) + "\n")
		switch kv.Value.Type() {
		case attribute.STRINGSLICE:
			b.WriteString(fuzzTexts + strings.ReplaceAll(strings.Join(kv.Value.AsStringSlice(), "\x00"), "\n", "\r"))
		case attribute.BOOL:
			b.WriteString(fuzzFlag + "x")
		case attribute.INT64, attribute.FLOAT64:
			b.WriteString(fuzzNumber + "12345")
		default:
			b.WriteString(fuzzText + strings.ReplaceAll(kv.Value.AsString(), "\n", "\r"))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// fuzzDecoder fuzzes one decoder, as whatever the span is, beginning with the
// recorded traces whose names begin so: nothing panics, what was read can go on
// the wire, and the role that the attributes alone tell is the span's.
func fuzzDecoder(f *testing.F, d *decoder, traces string) {
	f.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "traces", traces+"*.json"))
	if err != nil || len(files) == 0 {
		f.Fatal("no recordings", err)
	}
	for _, file := range files {
		for _, span := range otlptest.Spans(f, file) {
			if seed := fuzzSeed(&span); len(seed) < smallSeed {
				f.Add(seed)
			}
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		attrs := fuzzAttributes(text)
		if facts := Read(&Source{Attributes: attrs}); facts != nil {
			checkFacts(t, facts)
			if role := RoleOf(attrs); role != facts.Role {
				t.Fatalf("role %d, and of the attributes alone %d", facts.Role, role)
			}
		}
		for _, role := range []Role{LLM, Tool, Agent, Struct} {
			s := &Source{Attributes: attrs}
			s.index()
			said := Facts{Role: role}
			d.read(s, &said)
			checkMessages(t, said.Request.Messages)
			checkMessages(t, said.Response.Messages)
			facts := Facts{Role: role}
			facts.fill(&said, d.name)
			checkFacts(t, &facts)
		}
	})
}

func FuzzOpenInference(f *testing.F) { fuzzDecoder(f, &openInferenceDecoder, "*oi-") }
func FuzzOpenLLMetry(f *testing.F)   { fuzzDecoder(f, &openLLMetryDecoder, "tl") }
func FuzzVercel(f *testing.F)        { fuzzDecoder(f, &vercelDecoder, "vercel-") }
func FuzzLangfuse(f *testing.F)      { fuzzDecoder(f, &langfuseDecoder, "fw-langfuse") }
func FuzzGenkit(f *testing.F)        { fuzzDecoder(f, &genkitDecoder, "go-genkit-") }
func FuzzLangSmith(f *testing.F)     { fuzzDecoder(f, &langSmithDecoder, "go-langsmith-") }
func FuzzBraintrust(f *testing.F)    { fuzzDecoder(f, &braintrustDecoder, "go-braintrust-") }
func FuzzAnthropic(f *testing.F)     { fuzzDecoder(f, &anthropicDecoder, "tl-an-") }
func FuzzMLflow(f *testing.F)        { fuzzDecoder(f, &mlflowDecoder, "mlflow-") }
