// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

// Package gemini reads the JSON of Google's Gemini API, on Vertex AI too, into
// the neutral form of package llm: requests to generateContent, answers and
// streams, and those of the Interactions API.
//
//	body of a request  ──▶ Request  ──▶ llm.Request
//	body of an answer  ──▶ Response ──▶ llm.Response
//	chunks of a stream ──▶ Stream   ──▶ llm.Response
//
// What lands where:
//
//   - Parts of text are text, or reasoning where they are thoughts; functionCall
//     is a tool-call; inlineData and fileData are files. Each candidate is one
//     message of the assistant.
//   - functionResponse parts become a message of the tool before the rest of the
//     turn. One that holds an error is an error.
//   - What Google ran itself (executableCode, toolCall, and their results) stays
//     in the assistant's message and is marked as executed by the provider.
//   - Calls mostly come without an id: they get one that is made of the name and
//     the arguments, the same wherever the call is met. A result without an id
//     is of the first call of its name that has none yet.
//   - What only Google knows of a part stands in its providerOptions under
//     "google": thoughtSignature, videoMetadata. What a candidate has besides its
//     content (groundingMetadata, citationMetadata, safetyRatings, ...) stands on
//     its last part of text.
//   - The native count of candidates' tokens leaves out thoughts: they are added.
//
// Names may be spelled as the API spells them or in snake_case, as Google's
// Python SDK does. Bodies are read as far as they are JSON of the shape; what is
// of the wrong type is passed over or kept verbatim. Nothing here fails, and
// what comes out encodes to valid JSON. All of it takes time linear in its
// input. Functions are safe for concurrent use; a [Stream] is for one goroutine
// at a time.
package gemini
