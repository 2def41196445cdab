// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

// Package tracer makes OpenTelemetry spans that carry a session of an LLM
// application: its model calls, messages, tools and subagents, nested by
// [context.Context].
//
//	tr := tracer.New(tp, tracer.WithProvider("openai"))
//
//	func answer(ctx context.Context, question string) (text string, err error) {
//		ctx, session := tr.StartSession(ctx, "support.answer", tracer.Model("gpt-4.1"))
//		defer session.EndErr(&err)
//		session.Add(ctx, contracts.UserText(question))
//		…
//	}
//
// A session is one traced operation. Below it, [Tracer.Start] makes spans of
// the kinds of package contracts; [RunTool] traces a tool, [Tracer.StartSubagent]
// an agent started by another, and [Stream] a streamed answer. Whatever other
// OpenTelemetry spans lie between, a span belongs to the session whose context
// it was started with.
//
// The package needs the OpenTelemetry API only. Any [trace.TracerProvider]
// will do, also one that drops spans or does nothing; what becomes of the spans
// is up to the provider's exporters, package exporter among them. The same
// spans can be made without this package, by setting the attributes that
// package contracts documents.
//
// # Rules
//
// All methods may be called on nil, at any time, from several goroutines; what is
// said of a span after its End is not recorded. Nothing here returns an error or
// panics because of what it was given: a value that is not JSON is kept as text,
// an error whose Error method panics is recorded as such. Nothing is encoded for a
// span that is not recorded.
//
// What is added to a span is written to its OpenTelemetry attributes at once,
// when it ends. Until then it is held beside the span, where package exporter's
// span processor finds it; and with [WithContentAside] content stays there, out
// of the attributes. [ContextWithContent] says how much is taken in at all.
package tracer
