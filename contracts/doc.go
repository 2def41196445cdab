// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

// Package contracts is what a traced program and the Spect collector agree on:
// the payload and its JSON, and the span attributes that become one. It imports
// nothing of the rest of the module and does no I/O.
//
// # The payload
//
// A payload is one session: one traced LLM operation. It is posted as
//
//	POST {collector}/traces?name={organization id}
//	Content-Type: application/json
//	Authorization: Bearer {api key}
//
// with one payload a request; any 2xx is success. [CollectorTracePayload] is the
// whole of it. Its spans are in Metadata.Result.Spans, in the order in which
// they were started, and the transcript lives on them: a [SpanRecord] has
// [Messages], a message has a [Role] and [Content], content is a text or parts.
// Ids are UUIDs, times are UTC to the millisecond, durations are milliseconds
// and never below 0. A member with nothing to say is left out rather than null,
// but for functionId.
//
// A span's [SpanKind] says what it stands for. Most kinds are plain; three carry
// an overlay: tool-call (what a tool was called with), tool-result (what it
// returned) and subagent. A content part is text, reasoning, file, tool-call or
// tool-result; whatever a provider's own messages look like, they are turned
// into these before they are sent.
//
// # JSON stays as it was given
//
// What a program or a model wrote (tool inputs and results, metadata, usage,
// whole transcripts) is held as [JSON] or [Messages]: the text itself, which
// goes to the wire byte for byte, with its key order, its null entries and its
// numbers as they are spelled. [JSON.Member], [JSON.Elements], [JSON.Text] and
// [JSON.Decode] read it on demand; [MakeJSON] makes it of a Go value and never
// fails. The zero value is an absent member.
//
// Members that the contract does not name are kept in Extra fields, and parts of
// a type that it does not know as [UnknownContentPart]: a payload of a later
// version passes through unharmed. Round trips lose nothing but white space,
// the order of named members and how their strings and times were written;
// members that must be there and were not are filled in.
//
// # Encoding and decoding
//
// [ParsePayload] decodes. AppendJSON methods encode; there is one encoder, and
// the MarshalJSON methods call it, for values as for pointers. Mind that
// encoding/json, unless told otherwise, then escapes <, > and & in what they
// return. Encoding trusts raw values of a payload to be JSON; messages and their
// parts, which a program makes by hand, write one that is not as a string.
//
// [CollectorTracePayload.Validate] holds a payload against the whole contract
// and reports every problem with its path, never with its content. [Schema] is
// a JSON Schema of the payload for everyone else.
//
// # Span attributes
//
// The keys, such as [KindKey], are the other half of the contract: a span of
// any OpenTelemetry tracer that carries them is a Spect span. Package tracer
// writes them; package convert reads them. [ContentOf] says which of them hold
// content, and [ContentPolicy] how much of it may be sent.
//
// # Concurrency
//
// Functions are pure and safe for concurrent use. Values are plain data: any
// number of goroutines may read, encode and validate one at the same time, and
// none may change it meanwhile.
package contracts
