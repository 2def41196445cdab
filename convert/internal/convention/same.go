// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convention

import "slices"

// otherSpan is the origin of what another span of the same call said.
const otherSpan = "another span of the same call"

// Take takes over what f does not have from other, which tells of the same call
// or run on another span.
func (f *Facts) Take(other *Facts) {
	answer := f.Answer
	notes := len(f.Partial)
	f.fill(other, otherSpan)
	f.Answer = answer
	f.Streamed = f.Streamed || other.Answer
	f.Partial = slices.DeleteFunc(f.Partial, func(n Note) bool {
		return n.What == messagesNote && (len(f.Request.Messages) > 0 || len(f.Response.Messages) > 0)
	})
	if len(f.Partial) > notes {
		seen := make(map[string]bool, len(f.Partial))
		f.Partial = slices.DeleteFunc(f.Partial, func(n Note) bool {
			again := seen[n.What]
			seen[n.What] = true
			return again
		})
	}
}
