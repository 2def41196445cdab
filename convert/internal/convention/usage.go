// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convention

import "github.com/spect-tools/spect-go/convert/llm"

// includeCache makes the input include what was read from and written to a
// cache, where it can not: a part is never more than the whole.
func includeCache(usage *llm.Usage) {
	if usage.Input.Known && usage.Input.N < usage.CachedInput.N+usage.CacheWrite.N {
		addCache(usage)
	}
}

// addCache adds to the input what was read from and written to a cache.
func addCache(usage *llm.Usage) {
	cached := usage.CachedInput.N + usage.CacheWrite.N
	if usage.Total.Known && usage.Output.Known && usage.Total.N == usage.Input.N+usage.Output.N {
		usage.Total.N += cached
	}
	usage.Input.N += cached
}
