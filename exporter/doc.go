// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

// Package exporter brings sessions to the Spect collector: an OpenTelemetry span
// processor and exporter that stands beside the exporters that a service has.
//
//	exp, err := exporter.New() // reads SPECT_ORGANIZATION_ID and SPECT_API_KEY
//	if err != nil {
//		return err
//	}
//	tp := sdktrace.NewTracerProvider(
//		sdktrace.WithSampler(exporter.Sampler(sdktrace.TraceIDRatioBased(0.01))),
//		sdktrace.WithSpanProcessor(exporter.NewSpanProcessor(exp)),
//		sdktrace.WithBatcher(otlp),
//	)
//	defer tp.Shutdown(context.WithoutCancel(ctx)) // the SDK does nothing with a ctx that is done
//
// # What it does
//
// It takes the spans that carry Spect's attributes (package contracts), made
// with package tracer or by hand, and those that other instrumentations make of
// calls to models (docs/conventions.md says which; [WithoutConventions] leaves
// them out). All others it leaves alone. It gathers the spans into sessions; when
// a session is whole, converts it to a payload and posts that to the collector,
// one payload a request.
//
// Data flows one way, and each stage is a file or two:
//
//	doors      processor.go, exporter.go   where spans come in
//	intake     intake.go                   the list between application and gatherer
//	gather     gather.go, fragment.go      spans → sessions; capture.go, store.go hold them
//	           links.go                    what stands between spans of ours
//	           due.go, release.go          when a session is released, and how
//	sample     sampling.go, decide.go      which sessions are sent
//	deliver    delivery.go                 the queue and its workers, and the senders:
//	           shipment.go                 convert, withhold, redact, encode, then show to WithOnTrace
//	           content.go                  what the content policy withholds
//	           redaction.go                what is taken out: see package redact
//	           doctor.go                   what is wrong with it: see Diagnose
//	           spool.go, aside.go          with a spool: keep it on disk, send from there
//	           gate.go                     wait while the key is refused
//	           retry.go                    try again
//	           toolarge.go, compress.go    cut what is too large; gzip
//	           post.go, transport.go       one request, on a kept connection
//
// # Two doors
//
// [NewSpanProcessor] is the recommended one. It sees spans start, so it knows
// what a session still waits for, can send a session with spans that never end,
// and receives spans that are recorded but not sampled (see [Sampler]).
//
// An [Exporter] is a SpanExporter too, for sdktrace.WithBatcher. It then sees
// what the batcher passes on: spans that have ended and were sampled, less what
// the batcher drops when its queue is full, which nobody can count. It belongs
// to one provider then: the batcher that is shut down shuts it down.
//
// Beside either, package exporter/logs, a module of its own, takes the log records
// in which some instrumentations put the content of calls: see [Exporter.AddLog].
//
// # When a session is sent
//
// When its root and all spans of it that were seen to start have ended, and a
// short grace has passed ([WithGrace]). A span that does not end delays it no
// longer than [WithLeakTimeout] after the root's end; a root that does not end,
// no longer than [WithMaxSessionAge]. [Exporter.Flush] ends the grace;
// [Exporter.Shutdown] sends everything, with what is still open marked so;
// [WithImmediate] delivers a session in the call that ends it. A
// span that comes later makes a payload of its own, which names the session as
// its parent.
//
// # How much is sent
//
// Whole sessions, unless [WithContent], [WithContentResolver], the environment, or
// the spans themselves withhold content of them: the strictest counts. What else
// is seen of the spans is the other exporters' matter: [WithoutContent] keeps
// content from one, and tracer.WithContentAside from all. docs/privacy.md says what
// leaves under which policy.
//
// # What it never does
//
// It never blocks the application, panics into it, or grows without bound. It
// never loses silently: [Exporter.Stats] accounts for every span. It sets no
// global, and changes no span. The API key goes to the configured host only:
// redirects are refused, and so is plain http to another machine unless
// [WithInsecure] allows it.
//
// # Environment
//
// An option wins over its variable, a variable over the default.
//
//	SPECT_ORGANIZATION_ID   the organization; needed          WithOrganizationID
//	SPECT_API_KEY           the key; needed unless local      WithAPIKey
//	SPECT_COLLECTOR_URL     https://collect.spect.tools       WithCollectorURL
//	SPECT_LOCAL             true: make payloads, send none    WithLocal
//	SPECT_SAMPLING          which sessions are sent, as JSON  WithSampling
//	SPECT_COMPRESSION       none, or gzip                     WithCompression
//	SPECT_SPOOL_DIR         keep payloads on disk there       WithSpool
//	SPECT_CONTENT           how much of a session is sent     WithContent
//	SPECT_DISABLED          true: switch everything off       WithDisabled
//
// Of SPECT_CONTENT and WithContent the stricter counts, and so do the variables by
// which other instrumentations are told to keep content out of spans:
// OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT and OPENINFERENCE_HIDE_*.
//
// Proxies are taken from the environment as net/http does.
package exporter
