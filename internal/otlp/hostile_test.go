// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package otlp_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"

	"github.com/spect-tools/spect-go/convert"
	"github.com/spect-tools/spect-go/internal/otlp"
)

// Whatever is lost of a trace, the rest is as the contract wants it.
func TestPiecesOfTraces(t *testing.T) {
	for name := range recorded {
		spans := spansOf(t, name)
		for lost := range spans {
			payloadsOf(t, slices.Delete(slices.Clone(spans), lost, lost+1))
		}
		for i := range spans {
			whole := spans[i].Attributes
			for k := range whole {
				spans[i].Attributes = slices.Delete(slices.Clone(whole), k, k+1)
				payloadsOf(t, spans)
			}
			spans[i].Attributes = whole
		}
	}
}

// A limit of the SDK cuts texts, JSON too.
func TestCutValues(t *testing.T) {
	for name := range recorded {
		for _, limit := range []int{0, 1, 7, 64, 200} {
			spans := spansOf(t, name)
			for i := range spans {
				own := slices.Clone(spans[i].Attributes)
				for k := range own {
					if v := own[k].Value; v.Type() == attribute.STRING && len(v.AsString()) > limit {
						own[k].Value = attribute.StringValue(v.AsString()[:limit])
					}
				}
				spans[i].Attributes = own
			}
			payloadsOf(t, spans)
		}
	}
}

// An attribute of another type than its convention says.
func TestValuesOfOtherTypes(t *testing.T) {
	others := []attribute.Value{
		{},
		attribute.BoolValue(true), attribute.Int64Value(-1), attribute.Float64Value(1e300), attribute.StringValue("\xff"),
		attribute.StringValue(strings.Repeat("[", 20_000)), attribute.StringValue(`{"role":"user","content":` + strings.Repeat(`[`, 5000) + strings.Repeat(`]`, 5000) + `}`),
		attribute.StringSliceValue([]string{"a"}), attribute.SliceValue(attribute.MapValue(attribute.String("role", "user"), attribute.String("role", "x"))),
		attribute.MapValue(attribute.String("a", "b")), attribute.ByteSliceValue([]byte{1}),
	}
	for name := range recorded {
		spans := spansOf(t, name)
		for i := range spans {
			whole := spans[i].Attributes
			for k := range whole {
				spans[i].Attributes = slices.Clone(whole)
				for _, v := range others {
					spans[i].Attributes[k].Value = v
					payloadsOf(t, spans)
				}
			}
			spans[i].Attributes = whole
		}
	}
}

// Parents that are missing, or one's own descendants.
func TestParentsOfEveryKind(t *testing.T) {
	for name := range recorded {
		spans := spansOf(t, name)
		for i := range spans {
			for k := range spans {
				was := spans[i].ParentID
				spans[i].ParentID = spans[k].SpanID
				payloadsOf(t, spans)
				spans[i].ParentID = was
			}
		}
	}
}

func TestReadNoOTLP(t *testing.T) {
	for _, text := range []string{"x", "{", `{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"zz"}]}]}]}`, "\n{]", "[]", "\xff\xff\xff"} {
		if _, err := otlp.ReadTraces([]byte(text)); err == nil {
			t.Errorf("%q is read as traces", text)
		}
		if _, err := otlp.ReadLogs([]byte(strings.ReplaceAll(strings.ReplaceAll(text, "Spans", "Logs"), "spans", "logRecords"))); err == nil {
			t.Errorf("%q is read as logs", text)
		}
	}
}

// FuzzTrace converts whatever can be read as a trace.
func FuzzTrace(f *testing.F) {
	for name := range recorded {
		data := read(f, name+".json")
		f.Add(data, []byte(nil))
		td, err := otlp.ReadTraces(data)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(protobuf(f, td), []byte(nil))
	}
	f.Add(read(f, "otel-events.json"), read(f, "otel-events.logs.json"))
	f.Fuzz(func(t *testing.T, trace, logs []byte) {
		td, err := otlp.ReadTraces(trace)
		if err != nil {
			return
		}
		spans := otlp.Spans(td)
		if ld, err := otlp.ReadLogs(logs); err == nil {
			convert.JoinLogs(spans, otlp.Logs(ld))
		}
		for i := range spans {
			if spans[i].Name == "" || spans[i].StartTime.IsZero() {
				return // what the contract wants of a session's root
			}
		}
		if _, once := payloadsOf(t, spans); !bytes.Contains(trace, []byte("spect.session")) {
			if _, again := payloadsOf(t, spans); again != once {
				t.Error("the same spans give another payload")
			}
		}
	})
}
