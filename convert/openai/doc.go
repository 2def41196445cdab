// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

// Package openai reads OpenAI's own JSON into the neutral form of package llm:
// Chat Completions, the older text Completions, and Responses; requests, answers,
// and streams of them. It reads the dialects of the APIs that call themselves
// compatible too: Azure, DeepSeek, Groq, Mistral, OpenRouter, xAI, vLLM.
//
//	ChatRequest, ChatResponse, ChatStream                 /chat/completions, /completions
//	ResponsesRequest, ResponsesResponse, ResponsesStream  /responses
//	ChatMessages, ResponsesItems                          the messages alone
//	Error                                                 the body of a failed call
//
// # What lands where
//
// Messages become those of the wire: parts of text, reasoning, file, tool-call
// and tool-result. What only OpenAI knows of a part is in its providerOptions
// under "openai", each member under its own name in camel case, the id as itemId:
// {"openai": {"itemId": "rs_1", "encryptedContent": "gAAA"}}. That is so for every
// member of a part that this package gives no other place, known or not, so that
// nothing is lost. What it knows of a message, such as the role developer, is in
// the message's providerOptions. A part or item that the wire has no word for
// stays as it came.
//
// The tools that OpenAI runs itself (web search, code interpreter, MCP, ...) are
// calls with their results inside the assistant's message;
// [llm.IsProviderExecuted] tells them from those that the client is to run.
//
// # What is no such JSON
//
// Nothing here fails. What is not as the API has it is passed over or kept as it
// came, JSON that was cut is read up to the cut, and nothing is read out of a text
// of another kind. A body that nests deeper than some 9,900 levels is not read.
package openai
