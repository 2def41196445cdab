// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package scenario

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/internal/reference"
	"github.com/spect-tools/spect-go/tracer"
)

// Play plays a scenario with package tracer. Spans that the scenario does not
// end stay open.
func Play(ctx context.Context, tp trace.TracerProvider, sc *reference.Scenario, options ...tracer.Option) {
	if p := sc.Observer.Provider; p != nil {
		options = append(options, tracer.WithProvider(*p))
	}
	tr := tracer.New(tp, options...)

	start := []tracer.SessionOption{tracer.Model(sc.Session.Model.ModelID)}
	if p := sc.Session.Model.Provider; p != nil {
		start = append(start, tracer.ModelProvider(*p))
	}
	if at := sc.Session.StartTime; at != nil && *at != 0 {
		start = append(start, tracer.StartTime(time.UnixMilli(*at)))
	}
	if m := given(sc.Session.Metadata); m != "" {
		start = append(start, tracer.Metadata(m))
	}
	ctx, session := tr.StartSession(ctx, sc.Session.Name, start...)
	if sc.PromptFormat != nil {
		session.SetPromptFormat(*sc.PromptFormat)
	}
	if m := given(sc.AddMetadata); m != "" {
		session.AddMetadata(m)
	}
	if sc.SetModel != nil {
		provider := ""
		if sc.SetModel.Provider != nil {
			provider = *sc.SetModel.Provider
		}
		session.SetModel(sc.SetModel.ModelID, provider)
	}

	contexts := map[string]context.Context{}
	for i := range sc.Spans {
		sp := &sc.Spans[i]
		parent := ctx
		if sp.ParentRef != "" {
			parent = contexts[sp.ParentRef]
		}
		spanCtx := playSpan(parent, tr, sp)
		if sp.Ref != "" {
			contexts[sp.Ref] = spanCtx
		}
	}

	result, isError := sc.Send, sc.SendError != nil
	if isError {
		result = sc.SendError.Result
		session.SetError(&contracts.NormalizedError{Message: sc.SendError.Message, Type: sc.SendError.Type}, tracer.WithStack())
	}
	if result == nil {
		session.End()
		return
	}
	session.SetAttributes(responseAttributes(result, isError)...)
	if m := given(result.Metadata); m != "" {
		session.SetResult(tracer.Result{Metadata: m})
	}
	session.End(ends(result.EndTime)...)
}

func playSpan(ctx context.Context, tr *tracer.Tracer, sp *reference.Span) context.Context {
	options := []tracer.SpanOption{tracer.Attributes(overlayAttributes(sp)...)}
	if sp.StartTime != nil {
		options = append(options, tracer.StartTime(time.UnixMilli(*sp.StartTime)))
	}
	if m := given(sp.Metadata); m != "" {
		options = append(options, tracer.Metadata(m))
	}
	if messages, err := sp.Messages.Decode(); err == nil {
		options = append(options, tracer.Messages(messages...))
	}
	kind := contracts.KindNone
	if sp.Kind != nil {
		kind = contracts.SpanKind(*sp.Kind)
	}
	ctx, span := tr.Start(ctx, kind, sp.Name, options...)
	if e := given(sp.Error); e != "" {
		var n contracts.NormalizedError
		if n.UnmarshalJSON([]byte(e)) == nil {
			span.SetError(&n)
		}
	}
	span.SetStatus(spanStatus(sp))
	switch {
	case sp.EndTime != nil:
		span.End(ends(sp.EndTime)...)
	case sp.EndAt != nil:
		span.End(ends(sp.EndAt)...)
	}
	return ctx
}

func ends(at *int64) []tracer.EndOption {
	if at == nil {
		return nil
	}
	return []tracer.EndOption{tracer.EndTime(time.UnixMilli(*at))}
}

// given is a JSON value that is neither absent nor null.
func given(j contracts.JSON) contracts.JSON {
	if j == "null" {
		return ""
	}
	return j
}

// spanStatus is the status that the reference client gives the span in the end.
func spanStatus(sp *reference.Span) contracts.SpanStatus {
	var status contracts.SpanStatus
	if sp.Status != nil {
		status = contracts.SpanStatus(*sp.Status)
	}
	switch {
	case sp.EndTime != nil:
		if status == "" {
			status = contracts.StatusOK
		}
	case sp.EndAt != nil:
		if status == "" || status == contracts.StatusUnset {
			status = contracts.StatusOK
		}
	case status == "":
		status = contracts.StatusUnset
	}
	return status
}
