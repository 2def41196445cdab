// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package otlp_test

import (
	"encoding/json"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert"
	"github.com/spect-tools/spect-go/internal/hostile"
)

// eachJSON changes each text of spans that holds an object or an array: of their
// attributes, and of those of their events and log records.
func eachJSON(spans []convert.Span, change func(text string) string) {
	of := func(attrs []attribute.KeyValue) []attribute.KeyValue {
		attrs = slices.Clone(attrs)
		for i := range attrs {
			if v := attrs[i].Value; v.Type() == attribute.STRING {
				if j := contracts.JSON(v.AsString()); (j.IsObject() || j.IsArray()) && j.Valid() {
					attrs[i].Value = attribute.StringValue(change(v.AsString()))
				}
			}
		}
		return attrs
	}
	for i := range spans {
		sp := &spans[i]
		sp.Attributes = of(sp.Attributes)
		for k := range sp.Events {
			sp.Events[k].Attributes = of(sp.Events[k].Attributes)
		}
		for k := range sp.Logs {
			sp.Logs[k].Attributes = of(sp.Logs[k].Attributes)
		}
	}
}

// spelledOnce is a payload without the spelling of JSON that stands in its texts.
func spelledOnce(t *testing.T, v any) any {
	t.Helper()
	switch v := v.(type) {
	case map[string]any:
		for name := range v {
			v[name] = spelledOnce(t, v[name])
		}
	case []any:
		for i := range v {
			v[i] = spelledOnce(t, v[i])
		}
	case string:
		var inner any
		if json.Unmarshal([]byte(v), &inner) == nil {
			return []any{"JSON", spelledOnce(t, inner)}
		}
	}
	return v
}

// However the JSON in attributes is spelled, a payload says the same.
func TestSpelling(t *testing.T) {
	values := func(spans []convert.Span) (out []any) {
		t.Helper()
		payloads, _ := payloadsOf(t, spans)
		for _, p := range payloads {
			var v any
			if err := json.Unmarshal(p.AppendJSON(nil), &v); err != nil {
				t.Fatal(err)
			}
			out = append(out, spelledOnce(t, v))
		}
		return out
	}
	for _, name := range slices.Sorted(maps.Keys(recorded)) {
		want := values(spansOf(t, name))
		for seed := range uint64(4) {
			r := rand.New(rand.NewPCG(seed, 0))
			spellings := map[string]string{} // the same text is spelled alike: spans may be one call
			spans := spansOf(t, name)
			eachJSON(spans, func(text string) string {
				if spellings[text] == "" {
					spellings[text] = hostile.Respell(r, text)
				}
				return spellings[text]
			})
			if have := values(spans); !reflect.DeepEqual(have, want) {
				t.Errorf("%s, spelled as %d:\n%v\nwant\n%v", name, seed, have, want)
			}
		}
	}
}

// Whatever the JSON in attributes says, a payload is as the contract wants it,
// and the same when it is read and written again.
func TestMutatedValues(t *testing.T) {
	for _, name := range slices.Sorted(maps.Keys(recorded)) {
		for seed := range uint64(40) {
			r := rand.New(rand.NewPCG(seed, 1))
			spans := spansOf(t, name)
			eachJSON(spans, func(text string) string {
				if r.IntN(3) > 0 {
					return text
				}
				return hostile.Mutate(r, text)
			})
			payloads, text := payloadsOf(t, spans)
			for _, p := range payloads {
				if again := string(p.AppendJSON(nil)); !strings.Contains(text, again) {
					t.Fatalf("%s, mutated as %d: read and written again it is another:\n%s\n%s", name, seed, text, again)
				}
			}
		}
	}
}
