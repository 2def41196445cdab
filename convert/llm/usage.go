// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package llm

import (
	"math"
	"strconv"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/internal/jsonscan"
)

// Count is a number of tokens, or none: 0 and absent are two things.
type Count struct {
	N     int64
	Known bool
}

// Tokens is a known count.
func Tokens(n int64) Count { return Count{N: n, Known: true} }

// Or is c, or else if c is not known.
func (c Count) Or(other Count) Count {
	if c.Known {
		return c
	}
	return other
}

// Plus is the sum of what is known, the greatest number where it would be more;
// not known where neither is.
func (c Count) Plus(other Count) Count {
	sum := c.N + other.N
	if c.N > 0 && other.N > 0 && sum < 0 {
		sum = math.MaxInt64
	}
	return Count{N: sum, Known: c.Known || other.Known}
}

// Usage are the tokens of one call. Input includes what was read from and
// written to a cache, Output includes reasoning: readers of shapes that count
// them apart add them.
type Usage struct {
	Input, Output, Total               Count
	Reasoning, CachedInput, CacheWrite Count
	// Details are counts beyond these, under the provider's own names.
	Details contracts.Members
}

// Known reports whether any count is.
func (u Usage) Known() bool {
	return u.Input.Known || u.Output.Known || u.Total.Known || u.Reasoning.Known || u.CachedInput.Known || u.CacheWrite.Known
}

// Plus adds the usage of two calls. Details are not added: they are left out.
func (u Usage) Plus(v Usage) Usage {
	return Usage{
		Input: u.Input.Plus(v.Input), Output: u.Output.Plus(v.Output), Total: u.Total.Plus(v.Total),
		Reasoning: u.Reasoning.Plus(v.Reasoning), CachedInput: u.CachedInput.Plus(v.CachedInput), CacheWrite: u.CacheWrite.Plus(v.CacheWrite),
	}
}

// IncludeCache mends usage whose Input plainly leaves out what was read from and
// written to a cache, since it is less than that: then it is added.
func (u Usage) IncludeCache() Usage {
	if cached := u.CachedInput.Plus(u.CacheWrite); u.Input.Known && u.Input.N < cached.N {
		u.Input = u.Input.Plus(cached)
	}
	return u
}

// AppendJSON appends the usage as the wire has it: an object of the counts that
// are known. A total that nobody gave is the sum of input and output. A detail
// that has the name of a count that is known is left out.
func (u Usage) AppendJSON(dst []byte) []byte {
	total := u.Total
	if !total.Known && u.Input.Known && u.Output.Known {
		total = u.Input.Plus(u.Output)
	}
	counts := [...]struct {
		name string
		Count
	}{
		{"inputTokens", u.Input},
		{"outputTokens", u.Output},
		{"totalTokens", total},
		{"reasoningTokens", u.Reasoning},
		{"cachedInputTokens", u.CachedInput},
		{"cacheWriteTokens", u.CacheWrite},
	}
	dst = append(dst, '{')
	for i := range counts {
		if c := &counts[i]; c.Known {
			dst = append(comma(dst), '"')
			dst = append(dst, c.name...)
			dst = append(dst, `":`...)
			dst = strconv.AppendInt(dst, c.N, 10)
		}
	}
details:
	for _, m := range u.Details {
		for i := range counts {
			if counts[i].Known && counts[i].name == m.Name {
				continue details
			}
		}
		dst = jsonscan.AppendString(comma(dst), m.Name)
		dst = append(dst, ':')
		dst = append(dst, m.Value...)
	}
	return append(dst, '}')
}

// MarshalJSON implements [json.Marshaler] as AppendJSON writes it, so that a
// Usage can be given where usage is any value that encodes as JSON, as in
// package tracer.
func (u Usage) MarshalJSON() ([]byte, error) { return u.AppendJSON(nil), nil }

func comma(dst []byte) []byte {
	if dst[len(dst)-1] != '{' {
		dst = append(dst, ',')
	}
	return dst
}
