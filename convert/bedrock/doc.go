// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

// Package bedrock reads the JSON of Amazon Bedrock's Converse API, requests,
// answers and streams, into the neutral form of package llm.
//
//	body of a request  ──▶ Request  ──▶ llm.Request
//	body of an answer  ──▶ Response ──▶ llm.Response
//	events of a stream ──▶ Stream   ──▶ llm.Response
//
// What lands where:
//
//   - Blocks of text, reasoningContent and toolUse are parts of text, reasoning
//     and tool-call; images, documents, videos and audio are files, whose media
//     type comes from their format.
//   - toolResult blocks stand in a turn of the user's; they become a message of
//     the tool before the rest of that turn. Results of tools that Bedrock ran
//     itself stay in the assistant's message, marked as executed by the provider.
//   - What only Bedrock knows of a part stands in its providerOptions under
//     "bedrock": signature, redactedData, citations, and cachePoint on the part
//     before it. Blocks that have no like in the contract are kept verbatim.
//   - The native count of input tokens leaves out what came from a cache or went
//     into one: it is added.
//
// InvokeModel takes bodies of the model's own shape. Those of Anthropic's models
// are known by their members and read by package anthropic.
//
// Bodies are read as far as they are JSON of the shape; what is of the wrong
// type is passed over or kept verbatim. Nothing here fails, and what comes out
// encodes to valid JSON. All of it takes time linear in its input. Functions are
// safe for concurrent use; a [Stream] is for one goroutine at a time.
package bedrock
