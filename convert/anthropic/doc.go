// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

// Package anthropic reads the JSON of Anthropic's Messages API, requests,
// answers and streams, into the neutral form of package llm. Claude on Amazon
// Bedrock (InvokeModel) and on Vertex AI speaks the same.
//
//	body of a request  ──▶ Request  ──▶ llm.Request
//	body of an answer  ──▶ Response ──▶ llm.Response
//	events of a stream ──▶ Stream   ──▶ llm.Response
//
// What lands where:
//
//   - Blocks of text, thinking and tool_use are parts of text, reasoning and
//     tool-call; images and documents are files.
//   - tool_result blocks stand in a turn of the user's; they become a message of
//     the tool before the rest of that turn. What the provider ran itself
//     (server_tool_use, mcp_tool_use and their results) stays in the
//     assistant's message; such a call is marked as providerExecuted.
//   - What only Anthropic knows of a part stands in its providerOptions under
//     "anthropic" by its own name: signature, citations, cache_control, caller.
//     The data of redacted thinking is redactedData. Blocks that have no like in
//     the contract (compaction, fallback, search_result, ...) are kept verbatim.
//   - The native count of input tokens leaves out what came from a cache or went
//     into one: it is added.
//
// Bodies are read as far as they are JSON of the shape; what is of the wrong
// type is passed over or kept verbatim. Nothing here fails, and what comes out
// encodes to valid JSON. All of it takes time linear in its input. Functions are
// safe for concurrent use; a [Stream] is for one goroutine at a time.
package anthropic
