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
	said := *other
	if f.lists() > mostTaken {
		said.Metadata, said.Request.Settings, said.Response.Metadata, said.Response.Usage.Details, said.Partial = nil, nil, nil, nil, nil
		f.note(otherSpan, "what more such spans say beside it is left out")
	}
	f.fill(&said, otherSpan)
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

// mostTaken bounds what comes together of the spans of one call: each is compared
// with all that is there.
const mostTaken = 256

func (f *Facts) lists() int {
	return len(f.Metadata) + len(f.Request.Settings) + len(f.Response.Metadata) + len(f.Response.Usage.Details) + len(f.Partial)
}
