// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package llm_test

import (
	"testing"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/llm"
)

func TestProviderExecuted(t *testing.T) {
	other := contracts.Members{{Name: "dynamic", Value: "true"}}
	for _, c := range []struct {
		part contracts.ContentPart
		want bool
	}{
		{contracts.ToolCallContentPart{Extra: llm.ProviderExecuted()}, true},
		{contracts.ToolResultContentPart{Extra: append(other, llm.ProviderExecuted()...)}, true},
		{contracts.ToolCallContentPart{}, false},
		{contracts.ToolCallContentPart{Extra: other}, false},
		{contracts.ToolResultContentPart{Extra: contracts.Members{{Name: "providerExecuted", Value: "false"}}}, false},
		{contracts.TextContentPart{Extra: llm.ProviderExecuted()}, false},
		{nil, false},
	} {
		if got := llm.IsProviderExecuted(c.part); got != c.want {
			t.Errorf("%v: %t", c.part, got)
		}
	}
}

func TestIncludeCache(t *testing.T) {
	for _, c := range []struct {
		input, cached, written llm.Count
		want                   llm.Count
	}{
		{llm.Tokens(4), llm.Tokens(1163), llm.Count{}, llm.Tokens(1167)},
		{llm.Tokens(4), llm.Tokens(3), llm.Tokens(2), llm.Tokens(9)},
		{llm.Tokens(5), llm.Tokens(3), llm.Tokens(2), llm.Tokens(5)},
		{llm.Tokens(4), llm.Count{}, llm.Count{}, llm.Tokens(4)},
		{llm.Count{}, llm.Tokens(3), llm.Count{}, llm.Count{}},
	} {
		u := llm.Usage{Input: c.input, CachedInput: c.cached, CacheWrite: c.written}
		if got := u.IncludeCache(); got.Input != c.want || got.CachedInput != c.cached || got.CacheWrite != c.written {
			t.Errorf("%v: %v", u, got)
		}
	}
}
