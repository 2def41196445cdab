// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package llm_test

import (
	"encoding/json"
	"testing"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/llm"
)

// A usage that is given as any value reads as the wire has it.
func TestUsageEncodes(t *testing.T) {
	u := llm.Usage{Input: llm.Tokens(12), Output: llm.Tokens(6), CachedInput: llm.Tokens(0)}
	const want = `{"inputTokens":12,"outputTokens":6,"totalTokens":18,"cachedInputTokens":0}`
	if got := contracts.MakeJSON(u); got != want {
		t.Errorf("have %s, want %s", got, want)
	}
	if got, err := json.Marshal(&u); err != nil || string(got) != want {
		t.Errorf("have %s, %v, want %s", got, err, want)
	}
}

// What a provider calls by a name of the wire is said once.
func TestDetailOfTheSameName(t *testing.T) {
	u := llm.Usage{Input: llm.Tokens(12), Details: contracts.Members{
		{Name: "inputTokens", Value: "13"}, {Name: "outputTokens", Value: "7"}, {Name: "audioTokens", Value: "1"},
	}}
	if got, want := string(u.AppendJSON(nil)), `{"inputTokens":12,"outputTokens":7,"audioTokens":1}`; got != want {
		t.Errorf("have %s, want %s", got, want)
	}
}
