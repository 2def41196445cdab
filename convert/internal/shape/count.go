// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package shape

import (
	"strconv"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/llm"
	"github.com/spect-tools/spect-go/internal/jsonscan"
)

// Count reads a number of tokens, which may come as a float or as text. What is
// no number, or below 0, is not known.
func Count(j contracts.JSON) llm.Count {
	text := Text(j)
	if n, ok := jsonscan.Int64(text); ok && n >= 0 {
		return llm.Tokens(n)
	}
	if jsonscan.Kind(text) == '0' {
		if f, err := strconv.ParseFloat(jsonscan.TrimSpace(text), 64); err == nil && 0 <= f && f <= 1<<53 {
			return llm.Tokens(int64(f))
		}
	}
	return llm.Count{}
}
