// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package llm_test

import (
	"testing"

	"github.com/spect-tools/spect-go/convert/llm"
)

// The words are those of the providers' and frameworks' own references.
func TestFinishReason(t *testing.T) {
	for native, want := range map[string]string{
		"stop": llm.FinishStop, "end_turn": llm.FinishStop, "FinishReason.STOP": llm.FinishStop,
		"MAX_TOKENS": llm.FinishLength, "max_output_tokens": llm.FinishLength,
		"tool-calls": llm.FinishToolCalls, "tool_use": llm.FinishToolCalls,
		"content-filter": llm.FinishContentFilter, "SAFETY": llm.FinishContentFilter, "blocked": llm.FinishContentFilter,
		"MALFORMED_RESPONSE": llm.FinishError, "failed": llm.FinishError,
		"interrupted": llm.FinishOther, "pause_turn": llm.FinishOther,
		"": llm.FinishUnknown, "unknown": llm.FinishUnknown,
	} {
		if got := llm.FinishReason(native); got != want {
			t.Errorf("%q is %s, want %s", native, got, want)
		}
	}
}
