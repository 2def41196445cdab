// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package openai

import (
	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/shape"
	"github.com/spect-tools/spect-go/convert/llm"
)

// usage reads the usage of either API, and what compatible APIs add to it.
func usage(j contracts.JSON) (u llm.Usage) {
	var hit llm.Count
	for name, v := range j.Members() {
		known := false
		switch name {
		case "prompt_tokens", "input_tokens":
			known = count(&u.Input, v)
		case "completion_tokens", "output_tokens":
			known = count(&u.Output, v)
		case "total_tokens":
			known = count(&u.Total, v)
		case "reasoning_tokens":
			known = count(&u.Reasoning, v)
		case "prompt_cache_hit_tokens", "cached_tokens":
			known = count(&hit, v)
		case "prompt_tokens_details", "input_tokens_details", "completion_tokens_details", "output_tokens_details":
			if known = v.IsObject(); known {
				details(&u, name, v)
			}
		}
		if !known && v != "null" {
			u.Details = append(u.Details, contracts.Member{Name: name, Value: v})
		}
	}
	u.CachedInput = u.CachedInput.Or(hit)
	// Some count reasoning apart from the output: the total shows it.
	if apart := u.Output.Plus(u.Reasoning); u.Reasoning.N > 0 && u.Input.Known && u.Output.Known &&
		u.Total == u.Input.Plus(apart) {
		u.Output = apart
	}
	return u.IncludeCache()
}

func details(u *llm.Usage, of string, j contracts.JSON) {
	for name, v := range j.Members() {
		known := false
		switch name {
		case "cached_tokens":
			known = count(&u.CachedInput, v)
		case "cache_write_tokens":
			known = count(&u.CacheWrite, v)
		case "reasoning_tokens":
			known = count(&u.Reasoning, v)
		}
		if !known && v != "null" {
			u.Details = append(u.Details, contracts.Member{Name: of + "." + name, Value: v})
		}
	}
}

func count(to *llm.Count, j contracts.JSON) (known bool) {
	n := shape.Count(j)
	if n.Known {
		*to = n
	}
	return n.Known
}
