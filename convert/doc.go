// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

// Package convert turns finished (or still open) OpenTelemetry spans into Spect
// payloads. It is pure: no I/O, no clock, no goroutine, and it changes none of
// its inputs. The same spans give the same payload, whatever their order.
//
// A [Span] is the neutral view of a span that all sources are brought to: SDK
// spans, captured spans, OTLP. The way of a set of spans is:
//
//	[Classify]     what a span is, by its attributes
//	[Carve]        which spans make a session, their parents and order
//	[Converter]    one session's payload
//
// [Sessions] does the first two for the spans of one trace.
//
// Spans of other instrumentations are understood too: [JoinLogs] gives them the
// log records that some put their content in, the internal package convention
// reads what they say, and landing.go tells how that becomes records of a
// session. docs/conventions.md is the table of what is understood.
//
// # Content
//
// [Converter.Withhold] takes content out of a payload: messages, tool values and so
// on, by kind, for spans of other instrumentations too. [HoldsContent] says which
// of their attributes hold some.
//
// # What a payload keeps
//
// JSON that the caller gave travels byte for byte. An attribute that should be
// JSON and is not, because it was cut or mistyped, travels as a JSON string of
// its text, and the span's metadata says so under "partial": an object from
// what was affected to why. Nothing makes a payload that is not JSON.
package convert
