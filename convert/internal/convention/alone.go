// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convention

import (
	"strings"

	"go.opentelemetry.io/otel/attribute"
)

// A span that has messages and says nothing of what it is: a call of a model.
// Who wrote them reads them; this goes after all others and only tells the role.
var messagesAloneDecoder = decoder{
	name:     "messages alone",
	prefixes: []string{"gen_ai.prompt", "gen_ai.input.messages", "llm.input_messages.", "llm.prompts."},
	role:     messagesAloneRole,
}

func messagesAloneRole(attrs []attribute.KeyValue) Role {
	for i := range attrs {
		switch key := string(attrs[i].Key); key {
		case "gen_ai.prompt", "gen_ai.input.messages":
			return LLM
		default:
			for _, prefix := range [...]string{"gen_ai.prompt.", "llm.input_messages.", "llm.prompts."} {
				if rest, ok := strings.CutPrefix(key, prefix); ok && rest != "" && '0' <= rest[0] && rest[0] <= '9' {
					return LLM
				}
			}
		}
	}
	return None
}
