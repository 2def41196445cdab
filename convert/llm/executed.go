// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package llm

import "github.com/spect-tools/spect-go/contracts"

// providerExecuted marks the parts of a tool that the provider ran itself, as
// the Vercel AI SDK marks them.
const providerExecuted = "providerExecuted"

// ProviderExecuted is the mark of a call that the provider runs itself, and of
// its result: the Extra of the part.
func ProviderExecuted() contracts.Members {
	return contracts.Members{{Name: providerExecuted, Value: "true"}}
}

// IsProviderExecuted reports whether a part is the call of a tool that the
// provider runs itself, or its result. The client has nothing to do for it.
func IsProviderExecuted(part contracts.ContentPart) bool {
	var extra contracts.Members
	switch p := part.(type) {
	case contracts.ToolCallContentPart:
		extra = p.Extra
	case contracts.ToolResultContentPart:
		extra = p.Extra
	}
	for i := range extra {
		if extra[i].Name == providerExecuted {
			return extra[i].Value == "true"
		}
	}
	return false
}
