// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

// Package llm is the neutral form of a call to a language model: what was
// asked, what was answered, what it used. The packages for the providers' own
// shapes (convert/openai, convert/anthropic, convert/gemini, convert/bedrock)
// read into it; package convert and adapters for provider SDKs read out of it.
//
//	provider JSON ──▶ openai.ChatRequest ──▶ llm.Request ──▶ spans of a session
//	provider JSON ──▶ openai.ChatResponse ─▶ llm.Response ─▶
//	stream events ──▶ openai.ChatStream ───▶ llm.Response ─▶
//
// All of it is values: nothing here does I/O, keeps state, or is unsafe for
// concurrent use.
package llm
