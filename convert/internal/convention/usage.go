// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convention

import (
	"slices"

	"github.com/spect-tools/spect-go/convert/llm"
)

// wholeUsage makes the input include what was read from and written to a cache,
// and the output the reasoning. Some providers, and some instrumentations of
// others, count these apart. It shows where a part is more than the whole, and
// where the total is more than the whole by just the part.
func wholeUsage(u *llm.Usage) {
	cached, reasoning := u.CachedInput.Plus(u.CacheWrite), u.Reasoning
	var excess int64
	if u.Input.Known && u.Output.Known && u.Total.Known {
		excess = u.Total.N - u.Input.N - u.Output.N
	}
	both := cached.N > 0 && reasoning.N > 0 && excess == cached.N+reasoning.N
	if u.Input.Known && cached.N > 0 && (u.Input.N < cached.N || excess == cached.N || both) {
		u.Input = u.Input.Plus(cached)
	}
	if u.Output.Known && reasoning.N > 0 && (u.Output.N < reasoning.N || excess == reasoning.N || both) {
		u.Output = u.Output.Plus(reasoning)
	}
	if u.Total.Known && u.Total.N < u.Input.N+u.Output.N {
		u.Total = llm.Count{} // of counts that were not whole
	}
}

// MoreUsage adds the counts that are not known from elsewhere.
func MoreUsage(u, more llm.Usage) llm.Usage {
	u.Input, u.Output, u.Total = u.Input.Or(more.Input), u.Output.Or(more.Output), u.Total.Or(more.Total)
	u.Reasoning, u.CachedInput, u.CacheWrite = u.Reasoning.Or(more.Reasoning), u.CachedInput.Or(more.CachedInput), u.CacheWrite.Or(more.CacheWrite)
	u.Details = missing(slices.Clip(u.Details), more.Details)
	return u
}
