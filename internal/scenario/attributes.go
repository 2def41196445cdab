// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package scenario

import (
	"context"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/internal/reference"
)

// PlayAttributes plays a scenario with the OpenTelemetry API alone: nothing but
// span attributes, as a program without package tracer would.
func PlayAttributes(ctx context.Context, tr trace.Tracer, sc *reference.Scenario) {
	attrs := []attribute.KeyValue{
		contracts.KindKey.String(contracts.SessionKind),
		contracts.ModelIDKey.String(sc.Session.Model.ModelID),
	}
	if p := sc.Observer.Provider; p != nil {
		attrs = append(attrs, contracts.ProviderKey.String(*p))
	}
	if p := sc.Session.Model.Provider; p != nil {
		attrs = append(attrs, contracts.ModelProviderKey.String(*p))
	}
	metadata := given(sc.Session.Metadata)
	if m := given(sc.AddMetadata); m != "" {
		metadata = merged(metadata, m)
	}
	if metadata != "" {
		attrs = append(attrs, contracts.SessionMetadataKey.String(string(metadata)))
	}
	options := []trace.SpanStartOption{trace.WithAttributes(attrs...)}
	if at := sc.Session.StartTime; at != nil && *at != 0 {
		options = append(options, trace.WithTimestamp(time.UnixMilli(*at)))
	}
	ctx, session := tr.Start(ctx, sc.Session.Name, options...)
	if sc.PromptFormat != nil {
		session.SetAttributes(contracts.PromptFormatKey.String(*sc.PromptFormat))
	}
	if sc.SetModel != nil {
		session.SetAttributes(contracts.ModelIDKey.String(sc.SetModel.ModelID))
		if p := sc.SetModel.Provider; p != nil {
			session.SetAttributes(contracts.ModelProviderKey.String(*p))
		}
	}

	contexts := map[string]context.Context{}
	for i := range sc.Spans {
		sp := &sc.Spans[i]
		parent := ctx
		if sp.ParentRef != "" {
			parent = contexts[sp.ParentRef]
		}
		spanCtx := playSpanAttributes(parent, tr, sp, int64(i))
		if sp.Ref != "" {
			contexts[sp.Ref] = spanCtx
		}
	}

	result, isError := sc.Send, sc.SendError != nil
	if isError {
		result = sc.SendError.Result
		session.SetAttributes(
			contracts.ErrorMessageKey.String(sc.SendError.Message),
			contracts.ErrorTypeKey.String(sc.SendError.Type),
			contracts.ErrorStackKey.String("main.main()"))
		session.SetStatus(codes.Error, sc.SendError.Message)
	}
	var ended []trace.SpanEndOption
	if result != nil {
		session.SetAttributes(responseAttributes(result, isError)...)
		if m := given(result.Metadata); m != "" {
			session.SetAttributes(contracts.ResultMetadataKey.String(string(m)))
		}
		if result.EndTime != nil {
			ended = append(ended, trace.WithTimestamp(time.UnixMilli(*result.EndTime)))
		}
	}
	session.End(ended...)
}

func playSpanAttributes(ctx context.Context, tr trace.Tracer, sp *reference.Span, seq int64) context.Context {
	kind := ""
	if sp.Kind != nil {
		kind = *sp.Kind
	}
	attrs := append(overlayAttributes(sp), contracts.KindKey.String(kind), contracts.SeqKey.Int64(seq))
	if m := given(sp.Metadata); m != "" {
		attrs = append(attrs, contracts.MetadataKey.String(string(m)))
	}
	if sp.Messages != "" {
		attrs = append(attrs, contracts.MessagesKey.String(string(sp.Messages)))
	}
	if e := given(sp.Error); e != "" {
		for name, key := range map[string]attribute.Key{
			"message": contracts.ErrorMessageKey, "type": contracts.ErrorTypeKey,
			"code": contracts.ErrorCodeKey, "stack": contracts.ErrorStackKey,
		} {
			attrs = appendText(attrs, key, e.Member(name))
		}
	}
	status := spanStatus(sp)
	options := []trace.SpanStartOption{trace.WithAttributes(attrs...)}
	if sp.StartTime != nil {
		options = append(options, trace.WithTimestamp(time.UnixMilli(*sp.StartTime)))
	}
	ctx, span := tr.Start(ctx, sp.Name, options...)
	switch status {
	case contracts.StatusOK:
		span.SetStatus(codes.Ok, "")
	case contracts.StatusError:
		span.SetStatus(codes.Error, "")
	default:
		span.SetAttributes(contracts.StatusKey.String(string(status)))
	}
	switch {
	case sp.EndTime != nil:
		span.End(trace.WithTimestamp(time.UnixMilli(*sp.EndTime)))
	case sp.EndAt != nil:
		span.End(trace.WithTimestamp(time.UnixMilli(*sp.EndAt)))
	}
	return ctx
}

// overlayAttributes are the attributes for a span's model, tool and subagent.
func overlayAttributes(sp *reference.Span) []attribute.KeyValue {
	var attrs []attribute.KeyValue
	attrs = appendText(attrs, contracts.ModelIDKey, sp.Model.Member("modelId"))
	attrs = appendText(attrs, contracts.ModelProviderKey, sp.Model.Member("provider"))
	attrs = appendText(attrs, contracts.ToolCallIDKey, sp.Tool.Member("toolCallId"))
	attrs = appendText(attrs, contracts.ToolNameKey, sp.Tool.Member("toolName"))
	attrs = appendJSON(attrs, contracts.ToolParametersKey, sp.Tool.Member("parameters"))
	attrs = appendJSON(attrs, contracts.ToolResultKey, sp.Tool.Member("result"))
	attrs = appendText(attrs, contracts.SubagentToolCallIDKey, sp.Subagent.Member("toolCallId"))
	attrs = appendText(attrs, contracts.SubagentTypeKey, sp.Subagent.Member("subagentType"))
	attrs = appendText(attrs, contracts.SubagentSourceKey, sp.Subagent.Member("source"))
	attrs = appendJSON(attrs, contracts.SubagentInputKey, sp.Subagent.Member("input"))
	return attrs
}

// responseAttributes are the attributes for a session's result.
func responseAttributes(r *reference.Result, failed bool) []attribute.KeyValue {
	var attrs []attribute.KeyValue
	if r.StartTime != nil {
		attrs = append(attrs, contracts.ResponseStartTimeKey.Int64(*r.StartTime))
	}
	if r.Duration != nil {
		attrs = append(attrs, contracts.ResponseDurationKey.Int64(*r.Duration))
	}
	if failed {
		return attrs
	}
	if r.Text != nil {
		attrs = append(attrs, contracts.ResponseTextKey.String(*r.Text))
	}
	attrs = appendJSON(attrs, contracts.ResponseUsageKey, given(r.Usage))
	object := r.Response.Member("object")
	if calls := r.Response.Member("toolCalls"); calls != "" {
		object = calls
	}
	attrs = appendJSON(attrs, contracts.ResponseObjectKey, given(object))
	attrs = appendText(attrs, contracts.ResponseModelKey, r.Response.Member("model"))
	attrs = appendText(attrs, contracts.ResponseIDKey, r.Response.Member("id"))
	if at := given(r.Response.Member("timestamp")); at != "" {
		var number float64
		if text, ok := at.Text(); ok {
			attrs = append(attrs, contracts.ResponseTimestampKey.String(text))
		} else if at.Decode(&number) == nil && number != 0 {
			attrs = append(attrs, contracts.ResponseTimestampKey.Int64(int64(number)))
		}
	}
	reasons := r.Response.Member("finishReasons")
	if !reasons.IsArray() {
		reasons = r.Response.Member("finishReason")
	}
	var list []string
	for e := range reasons.Elements() {
		list = append(list, spelled(e))
	}
	if text, ok := reasons.Text(); ok {
		list = append(list, text)
	}
	if len(list) > 0 {
		attrs = append(attrs, contracts.ResponseFinishReasonsKey.StringSlice(list))
	}
	return attrs
}

func appendText(attrs []attribute.KeyValue, key attribute.Key, j contracts.JSON) []attribute.KeyValue {
	if given(j) == "" {
		return attrs
	}
	return append(attrs, key.String(spelled(j)))
}

func appendJSON(attrs []attribute.KeyValue, key attribute.Key, j contracts.JSON) []attribute.KeyValue {
	if j == "" {
		return attrs
	}
	return append(attrs, key.String(string(j)))
}

func spelled(j contracts.JSON) string {
	if text, ok := j.Text(); ok {
		return text
	}
	return string(j)
}

// merged merges b over a, one level deep, as the reference's addMetadata does.
func merged(a, b contracts.JSON) contracts.JSON {
	var out strings.Builder
	out.WriteByte('{')
	write := func(name string, v contracts.JSON) {
		if out.Len() > 1 {
			out.WriteByte(',')
		}
		out.WriteString(string(contracts.QuoteJSON(name)))
		out.WriteByte(':')
		out.WriteString(string(v))
	}
	for name, v := range a.Members() {
		if later := b.Member(name); later == "" {
			write(name, v)
		}
	}
	for name, v := range b.Members() {
		write(name, v)
	}
	out.WriteByte('}')
	return contracts.JSON(out.String())
}
