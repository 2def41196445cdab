// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package llm

import "strings"

// Finish reasons as the wire spells them.
const (
	FinishStop          = "stop"
	FinishLength        = "length"
	FinishToolCalls     = "tool-calls"
	FinishContentFilter = "content-filter"
	FinishError         = "error"
	FinishOther         = "other"
	FinishUnknown       = "unknown"
)

// finishReasons are the providers' words, in lower case and with underscores.
var finishReasons = map[string]string{
	"stop": FinishStop, "end_turn": FinishStop, "stop_sequence": FinishStop, "completed": FinishStop, "finished": FinishStop,

	"length": FinishLength, "max_tokens": FinishLength, "max_output_tokens": FinishLength,
	"model_context_window_exceeded": FinishLength, "incomplete": FinishLength,

	"tool_calls": FinishToolCalls, "tool_call": FinishToolCalls, "tool_use": FinishToolCalls, "function_call": FinishToolCalls,
	"requires_action": FinishToolCalls,

	"content_filter": FinishContentFilter, "content_filtered": FinishContentFilter, "safety": FinishContentFilter,
	"recitation": FinishContentFilter, "blocklist": FinishContentFilter, "prohibited_content": FinishContentFilter,
	"spii": FinishContentFilter, "image_safety": FinishContentFilter, "refusal": FinishContentFilter,
	"guardrail_intervened": FinishContentFilter, "image_prohibited_content": FinishContentFilter,
	"image_recitation": FinishContentFilter, "jailbreak": FinishContentFilter, "model_armor": FinishContentFilter,
	"blocked": FinishContentFilter, // Genkit's word for all of these
	// Why a prompt was blocked, where the word alone would not say that it was.
	"blockedreason.other": FinishContentFilter, "blocked_reason_unspecified": FinishContentFilter,

	"error": FinishError, "failed": FinishError, "malformed_function_call": FinishError, "unexpected_tool_call": FinishError,
	"too_many_tool_calls": FinishError,

	"": FinishUnknown, "unknown": FinishUnknown, "finish_reason_unspecified": FinishUnknown,
}

// FinishReason translates a provider's word for why a model stopped into the
// wire's: the spelling of the Vercel AI SDK, which the product uses. A word that
// is not known is [FinishOther].
func FinishReason(native string) string {
	if reason, ok := finishReasons[native]; ok { // as most write it
		return reason
	}
	word := strings.ReplaceAll(strings.ToLower(strings.TrimSpace(native)), "-", "_")
	if reason, ok := finishReasons[word]; ok {
		return reason
	}
	// Enumerations are written with their type's name before: FinishReason.STOP.
	if i := strings.LastIndexByte(word, '.'); i >= 0 {
		word = word[i+1:]
	}
	if reason, ok := finishReasons[word]; ok {
		return reason
	}
	if strings.HasPrefix(word, "malformed_") {
		return FinishError
	}
	return FinishOther
}
