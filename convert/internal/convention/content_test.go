// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convention

import (
	"os"
	"slices"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/attr"
)

// Of every recorded trace: what is left of a span without its content tells
// nothing of what was said.
func TestContentKeysCoverRecordings(t *testing.T) {
	files, err := os.ReadDir("testdata/traces")
	if err != nil {
		t.Fatal(err)
	}
	texts := 0
	for _, file := range files {
		trace, isTrace := strings.CutSuffix(file.Name(), ".json")
		if !isTrace || strings.HasSuffix(trace, ".logs") {
			continue
		}
		for _, span := range recordedSpans(t, trace) {
			s := recordedSource(&span)
			f := Read(s)
			if f == nil {
				continue
			}
			rest := withoutContent(s)
			for _, said := range textsOf(f) {
				texts++
				if strings.Contains(rest, said) {
					t.Errorf("%s: span %s: without its content it still says %q:\n%s", trace, span.Name, said, rest)
				}
			}
		}
	}
	if texts < 500 {
		t.Errorf("only %d texts were looked for", texts)
	}
}

// withoutContent is what is left of a span.
func withoutContent(s *Source) string {
	var rest []attribute.KeyValue
	for _, kv := range s.Attributes {
		if !HoldsContent(string(kv.Key), Speaks(s.Attributes)) {
			rest = append(rest, kv)
		}
	}
	for _, e := range s.Events {
		for _, kv := range e.Attributes {
			if !EventHoldsContent(e.Name, string(kv.Key)) && !strings.HasPrefix(string(kv.Key), "exception.") {
				rest = append(rest, kv)
			}
		}
	}
	b, _ := attr.AppendMap(nil, rest)
	return string(b)
}

// textsOf are the words of what was said on a span, and of what tools took and
// gave, that are long enough to stand for it.
func textsOf(f *Facts) (out []string) {
	add := func(text string) {
		for line := range strings.Lines(text) {
			// What an attribute holds may be escaped in several ways: what no way
			// changes is looked for.
			for _, piece := range strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune("\"\\{}[],:\n\t<>&'", r) || r > 126 }) {
				if piece = strings.TrimSpace(piece); len(piece) >= 16 && strings.Contains(piece, " ") {
					out = append(out, piece)
				}
			}
		}
	}
	for _, m := range slices.Concat(f.Request.Messages, f.Response.Messages) {
		add(string(m.Content.AppendJSON(nil)))
	}
	for _, j := range []contracts.JSON{f.Tool.Arguments, f.Tool.Result, f.Agent.Input, f.Request.Tools} {
		add(string(j))
	}
	return out
}

// A decoder that reads says which of its keys hold content.
func TestDecodersNameTheirContent(t *testing.T) {
	for i := range decoders {
		if decoders[i].read != nil && len(decoders[i].content) == 0 {
			t.Errorf("%s names none", decoders[i].name)
		}
	}
}

func TestHoldsContent(t *testing.T) {
	for key, want := range map[string]bool{
		"gen_ai.input.messages": true, "gen_ai.prompt.0.content": true, "gen_ai.prompt": true, "gen_ai.request.model": false,
		"llm.input_messages.3.message.content": true, "llm.token_count.prompt": false, "input.value": true, "input.mime_type": false,
		"ai.prompt.messages": true, "ai.usage.promptTokens": false, "traceloop.entity.input": true, "traceloop.entity.name": false,
		"genkit:input": true, "genkit:name": false, "http.route": false, "": false, "gen_ai.prompts": false,
	} {
		if got := HoldsContent(key, false); got != want {
			t.Errorf("%q: %v", key, got)
		}
	}
	if HoldsContent("events", false) || !HoldsContent("events", true) {
		t.Error("a word of everyday use is content where no model is spoken of, or is none where one is")
	}
	if !EventHoldsContent("gen_ai.user.message", "content") || EventHoldsContent("cache.miss", "content") || EventHoldsContent("gen_ai.choice", "index") {
		t.Error("events")
	}
	attrs := []attribute.KeyValue{attribute.String("http.route", "/"), attribute.String("events", "x"), attribute.String("gen_ai.prompt", "x")}
	if n := testing.AllocsPerRun(100, func() {
		_ = Speaks(attrs)
		for i := range attrs {
			_ = HoldsContent(string(attrs[i].Key), false)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
