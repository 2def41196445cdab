// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package neighbourhood

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// observed is what a run looks like to everybody but Spect.
type observed struct {
	// spans are those that the OTLP receiver got, each with its resource and
	// scope, in the order of their ids; headers what neighbours were sent, in its
	// order; metrics what the service measured; errors what it was told of.
	spans, headers, metrics, errors []string
}

// differences tells where two runs are not the same.
func differences(without, with observed) []string {
	var out []string
	for _, part := range []struct {
		what string
		a, b []string
	}{
		{"span", without.spans, with.spans},
		{"header", without.headers, with.headers},
		{"metric", without.metrics, with.metrics},
		{"error", without.errors, with.errors},
	} {
		if len(part.a) != len(part.b) {
			out = append(out, fmt.Sprintf("%d %ss without Spect, %d with", len(part.a), part.what, len(part.b)))
		}
		for i := range min(len(part.a), len(part.b)) {
			if part.a[i] != part.b[i] {
				out = append(out, fmt.Sprintf("a %s is\n%s\nwithout Spect, and with it\n%s", part.what, part.a[i], part.b[i]))
			}
		}
	}
	return out
}

// What is another in each run for reasons that are not Spect's: ports, and the
// random ids of sessions, which package tracer writes with and without Spect's
// processor. Everything else is compared; of times, that there are some.
var (
	ports = regexp.MustCompile(`127\.0\.0\.1:\d+`)
	uuids = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)
)

func steady(text string) string {
	return uuids.ReplaceAllString(ports.ReplaceAllString(text, "HOST"), "UUID")
}

// saidSpans are all fields of the spans that came by OTLP.
func saidSpans(got []*tracepb.ResourceSpans) []string {
	type told struct{ id, text string }
	var all []told
	for _, rs := range got {
		for _, ss := range rs.ScopeSpans {
			for _, span := range ss.Spans {
				one := &tracepb.ResourceSpans{
					Resource: rs.Resource, SchemaUrl: rs.SchemaUrl,
					ScopeSpans: []*tracepb.ScopeSpans{{Scope: ss.Scope, SchemaUrl: ss.SchemaUrl, Spans: []*tracepb.Span{steadySpan(span)}}},
				}
				all = append(all, told{string(span.SpanId), steady(text(one))})
			}
		}
	}
	slices.SortFunc(all, func(a, b told) int { return cmp.Or(cmp.Compare(a.id, b.id), cmp.Compare(a.text, b.text)) })
	var out []string
	for _, t := range all {
		out = append(out, t.text)
	}
	return out
}

func steadySpan(span *tracepb.Span) *tracepb.Span {
	span = proto.Clone(span).(*tracepb.Span)
	span.StartTimeUnixNano, span.EndTimeUnixNano = min(span.StartTimeUnixNano, 1), min(span.EndTimeUnixNano, 1)
	for _, e := range span.Events {
		e.TimeUnixNano = min(e.TimeUnixNano, 1)
	}
	for _, kv := range span.Attributes {
		switch {
		case strings.HasSuffix(kv.Key, ".port"):
			kv.Value = &commonpb.AnyValue{Value: &commonpb.AnyValue_StringValue{StringValue: "a port"}}
		case kv.Key == "gen_ai.response.time_to_first_chunk":
			kv.Value = &commonpb.AnyValue{Value: &commonpb.AnyValue_StringValue{StringValue: "a time"}}
		}
	}
	return span
}

// text is a message as JSON, in which protojson puts spaces at random.
func text(m proto.Message) string {
	b, err := protojson.Marshal(m)
	if err != nil {
		return err.Error()
	}
	var out bytes.Buffer
	if err := json.Compact(&out, b); err != nil {
		return err.Error()
	}
	return out.String()
}

// saidMetrics are all fields of the metrics but times, and what was measured of
// them.
func saidMetrics(rm *metricdata.ResourceMetrics) []string {
	var out []string
	say := func(scope, name string, attrs attribute.Set, what ...any) {
		var labels []string
		for _, kv := range attrs.ToSlice() {
			if v := kv.Value.String(); !strings.HasSuffix(string(kv.Key), ".port") {
				labels = append(labels, string(kv.Key)+"="+v)
			} else {
				labels = append(labels, string(kv.Key))
			}
		}
		out = append(out, steady(fmt.Sprint(rm.Resource, " ", scope, " ", name, labels, what)))
	}
	for _, sm := range rm.ScopeMetrics {
		scope := fmt.Sprint(sm.Scope.Name, sm.Scope.Version, sm.Scope.SchemaURL, sm.Scope.Attributes.ToSlice())
		for _, m := range sm.Metrics {
			name := m.Name + " " + m.Unit
			isTime := m.Unit == "s" || m.Unit == "ms"
			switch data := m.Data.(type) {
			case metricdata.Histogram[float64]:
				sayHistogram(say, scope, name, data, isTime)
			case metricdata.Histogram[int64]:
				sayHistogram(say, scope, name, data, isTime)
			case metricdata.Sum[int64]:
				for _, p := range data.DataPoints {
					say(scope, name, p.Attributes, p.Value)
				}
			default:
				out = append(out, fmt.Sprintf("%s is a %T", name, data))
			}
		}
	}
	slices.Sort(out)
	return out
}

func sayHistogram[N int64 | float64](say func(scope, name string, attrs attribute.Set, what ...any), scope, name string, h metricdata.Histogram[N], isTime bool) {
	for _, p := range h.DataPoints {
		if isTime {
			say(scope, name, p.Attributes, p.Count)
		} else {
			say(scope, name, p.Attributes, p.Count, p.Sum, p.BucketCounts)
		}
	}
}
