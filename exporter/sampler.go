// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"context"
	"os"
	"strconv"
	"strings"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/spect-tools/spect-go/convert"
)

// Sampler lets every session through a service that samples. It asks base, and
// turns a drop of a Spect span into "record only": the span reaches the
// processor of [NewSpanProcessor], and no other exporter. So it does for the
// local descendants of a span that is recorded and not sampled, whatever they
// are, so that no session loses the link between its spans. Everything else is
// as base decides; trace ids, trace state and the sampled flag too.
//
// A span must say that it is Spect's when it starts: with the attribute
// contracts.KindKey among its start attributes, as package tracer does.
//
// A nil base stands for sdktrace.ParentBased(sdktrace.AlwaysSample()), the
// SDK's default. With SPECT_DISABLED=true it is base alone. It is safe for
// concurrent use.
func Sampler(base sdktrace.Sampler) sdktrace.Sampler {
	if base == nil {
		base = sdktrace.ParentBased(sdktrace.AlwaysSample())
	}
	if off, err := strconv.ParseBool(strings.TrimSpace(os.Getenv(envDisabled))); err == nil && off {
		return base
	}
	return sampler{base}
}

type sampler struct{ base sdktrace.Sampler }

// ShouldSample implements [sdktrace.Sampler].
func (s sampler) ShouldSample(p sdktrace.SamplingParameters) sdktrace.SamplingResult {
	result := s.base.ShouldSample(p)
	if result.Decision == sdktrace.Drop && (convert.Classify(p.Attributes) != convert.RoleNone || belowRecordOnly(p)) {
		result.Decision = sdktrace.RecordOnly
	}
	return result
}

func belowRecordOnly(p sdktrace.SamplingParameters) bool {
	sc, recorded := localParent(p.ParentContext)
	return recorded && !sc.IsSampled()
}

// localParent is the span of this process that ctx holds, and whether it is, or
// was, recorded. The zero SpanContext says that there is none.
func localParent(ctx context.Context) (sc trace.SpanContext, recorded bool) {
	parent := trace.SpanFromContext(ctx)
	if sc = parent.SpanContext(); !sc.IsValid() || sc.IsRemote() {
		return trace.SpanContext{}, false
	}
	// Once it has ended, a span that was recorded is known by its type alone.
	_, recorded = parent.(sdktrace.ReadOnlySpan)
	return sc, recorded || parent.IsRecording()
}

// Description implements [sdktrace.Sampler].
func (s sampler) Description() string { return "SpectSampler{" + s.base.Description() + "}" }
