// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convention

import (
	"strings"

	"go.opentelemetry.io/otel/attribute"
)

// bareDecoder tells what a span is that has the content of a call of a model and
// nothing that says so: the decoders of the content leave that to the others. It
// comes last.
var bareDecoder = decoder{
	name:     "bare",
	prefixes: []string{"gen_ai.", "llm.input_messages.", "llm.output_messages.", "llm.prompts."},
	role:     bareRole,
}

func bareRole(attrs []attribute.KeyValue) Role {
	var model, system, outcome bool
	for i := range attrs {
		switch key := string(attrs[i].Key); key {
		case "gen_ai.prompt", inputKey:
			return LLM
		case "gen_ai.request.model":
			model = true
		case "gen_ai.system", "gen_ai.provider.name":
			system = true
		case "gen_ai.response.finish_reasons", "gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens", "error.type":
			outcome = true
		default:
			if isFlattened(key) {
				return LLM
			}
		}
	}
	// OpenTelemetry's 1.26 has no name for the operation; OpenLLMetry names none
	// when a stream of OpenAI's Responses fails.
	if model && system && outcome {
		return LLM
	}
	return None
}

// isFlattened tells the keys of flattened messages, of whichever index: a limit
// may have kept the first ones off the span.
func isFlattened(key string) bool {
	for _, prefix := range [...]string{
		"gen_ai.prompt.", "gen_ai.completion.", "llm.input_messages.", "llm.output_messages.", "llm.prompts.",
	} {
		if rest, ok := strings.CutPrefix(key, prefix); ok {
			return rest != "" && '0' <= rest[0] && rest[0] <= '9'
		}
	}
	return false
}
