// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"go.opentelemetry.io/otel/attribute"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/otlptest"
)

func TestBriefText(t *testing.T) {
	long := brevity{value: 40, literal: 16}
	many := strings.Repeat("word ", 20)
	for text, want := range map[string]string{
		many:              many[:40],
		"日" + many:        "日" + many[:37],
		many[:38] + "日日日": many[:38], // whole characters
		`{"a":"` + many + `","b":12,"c":["` + many + `",true]}`: `{"a":"` + many[:32] + `","b":12,"c":["` + many[:32] + `",true]}`,
		`["short","` + many + `"]`:                              `["short","` + many[:32] + `"]`,
		`"` + many + `"`:                                        `"` + many[:32] + `"`,
		`{"a":"say \"` + many + `\""}`:                          `{"a":"say "}`,
		`{"a":"\n` + many + `"}`:                                `{"a":"x"}`,
		`{"a":"` + strings.Repeat("日", 20) + `"}`:               `{"a":"` + strings.Repeat("日", 10) + `"}`,
		`{"a":"` + many:                                         `{"a":"` + many, // cut: stays no JSON
		`{"a":1,"b":[` + strings.Repeat("1,", 40) + `2]}`:       `{"a":1,"b":[` + strings.Repeat("1,", 40) + `2]}`,
	} {
		if have := long.text(text); have != want {
			t.Errorf("of %q\nhave %q\nwant %q", text, have, want)
		}
	}
}

// Nothing of the spans that are made brief changes.
func TestBriefLeavesTheSpans(t *testing.T) {
	text := strings.Repeat("word ", 1000)
	attrs := func() []attribute.KeyValue {
		return []attribute.KeyValue{attribute.String("gen_ai.operation.name", "chat"), attribute.String("input", text), attribute.Int("n", 1)}
	}
	root := Span{Attributes: attrs(), Events: []Event{{Name: "short"}, {Name: "long", Attributes: attrs()}}}
	s := Session{Root: &root, Spans: []*Span{&root, {Attributes: attrs()[:1]}}, Parents: []int{-1, 0}}
	short := s.brief(usualBrevity)
	if short.Root != short.Spans[0] || short.Root == &root {
		t.Error("the root is not the first entry, or is the one that was given")
	}
	for _, kv := range [...]attribute.KeyValue{root.Attributes[1], root.Events[1].Attributes[1]} {
		if kv.Value.AsString() != text {
			t.Error("a span was changed")
		}
	}
	for _, kv := range [...]attribute.KeyValue{short.Root.Attributes[1], short.Root.Events[1].Attributes[1]} {
		if len(kv.Value.AsString()) > usualBrevity.value {
			t.Error("a long text is left")
		}
	}
}

// However brief a recorded session is made, its outline is the same.
func TestOutlineOfBriefRecordings(t *testing.T) {
	files, err := filepath.Glob("internal/convention/testdata/traces/*.json")
	if err != nil {
		t.Fatal(err)
	}
	shorter := 0
	for _, file := range files {
		if strings.HasSuffix(file, ".logs.json") {
			continue
		}
		var spans []Span
		for _, s := range otlptest.Spans(t, file) {
			span := Span{TraceID: s.TraceID, SpanID: s.SpanID, ParentID: s.ParentID, StartTime: s.StartTime, EndTime: s.EndTime, Status: s.Status, Attributes: s.Attributes}
			for _, e := range s.Events {
				span.Events = append(span.Events, Event(e))
			}
			spans = append(spans, span)
		}
		for _, s := range Sessions(spans) {
			short := brevity{value: 100, literal: 64}
			for i, sp := range s.brief(short).Spans {
				for k, kv := range sp.Attributes {
					if kv.Value.Type() == attribute.STRING && len(kv.Value.AsString()) < len(s.Spans[i].Attributes[k].Value.AsString()) {
						shorter++
					}
				}
			}
			long := brevity{value: 1 << 30, literal: 1 << 30}
			if have, want := new(Converter).outline(&s, short), new(Converter).outline(&s, long); have != want {
				t.Errorf("%s: %s\nhave %+v\nwant %+v", filepath.Base(file), s.Root.Name, have, want)
			}
		}
	}
	if shorter < 50 {
		t.Errorf("%d texts were made shorter: that shows nothing", shorter)
	}
}

func FuzzBriefText(f *testing.F) {
	f.Add(`{"a":"` + strings.Repeat("word ", 20) + `\"\\","b":[1,{"日本":"` + strings.Repeat("日", 30) + `"}]}`)
	f.Add(strings.Repeat("日", 30))
	f.Add(" {\n\"\\u0061\\/\" : [ \"" + strings.Repeat(`\ud800`, 9) + "\" , -0 , 1e400 ] , \"a\" : null , \"a/\" : {} }\t")
	f.Add(strings.Repeat("[", 300) + `"` + strings.Repeat("x", 100) + `"` + strings.Repeat("]", 300))
	f.Add(`{"":{"":` + strings.Repeat("1", 100) + "}}")
	f.Add("[\"" + strings.Repeat("\xff", 30) + "\"]")
	f.Add(`["` + strings.Repeat(`\`, 41) + `"`)
	f.Fuzz(func(t *testing.T, text string) {
		short := brevity{value: 20, literal: 10}.text(text)
		if len(text) <= 20 {
			return // is never asked for
		}
		if len(short) > len(text) {
			t.Errorf("of %q: %q is longer", text, short)
		}
		if utf8.ValidString(text) && !utf8.ValidString(short) {
			t.Errorf("of %q: %q is no UTF-8", text, short)
		}
		if contracts.JSON(text).Valid() && (contracts.JSON(text).IsObject() || contracts.JSON(text).IsArray()) && !contracts.JSON(short).Valid() {
			t.Errorf("of %q: %q is no JSON", text, short)
		}
	})
}
