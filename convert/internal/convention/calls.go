// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convention

import (
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/spect-tools/spect-go/internal/hash"
)

// Call says which model call an LLM span tells of, so that spans that tell of
// the same one can be found side by side.
type Call struct {
	// Key is the same on all spans of a call; zero where the span does not say.
	Key uint64
	// Content is whether the span holds what was asked or answered. Without a key
	// nobody asks.
	Content bool
	// Outcome is whether the span tells what came of a call that an earlier
	// sibling began: an instrumentation that cannot keep a span open for as long
	// as a stream is read.
	Outcome bool
}

// CallOf reads a [Call] off attributes. It does not allocate.
func CallOf(attrs []attribute.KeyValue) (c Call) {
	logfire := false
	for i := range attrs {
		v := attrs[i].Value
		switch attrs[i].Key {
		case "gen_ai.response.id", "ai.response.id":
			if v.Type() == attribute.STRING && v.AsString() != "" {
				c.Key = hash.String(0, v.AsString())
			}
		case logfireTypeKey:
			logfire = true
			c.Outcome = v.Type() == attribute.STRING && v.AsString() == "log"
		}
	}
	// Logfire repeats the request on both spans of a streamed call, and says the
	// id of the answer on neither.
	if logfire && (c.Key == 0 || c.Outcome) {
		c.Key = requestKey(attrs)
	}
	if c.Outcome = c.Outcome && c.Key != 0; c.Key != 0 {
		c.Content = hasContent(attrs)
	}
	return c
}

// requestKey is the same for the same request.
func requestKey(attrs []attribute.KeyValue) (key uint64) {
	for i := range attrs {
		switch name := string(attrs[i].Key); name {
		case "request_data", "gen_ai.input.messages":
			if v := attrs[i].Value; v.Type() == attribute.STRING {
				key += hash.String(hash.String(0, name), v.AsString()) // in whatever order they come
			}
		}
	}
	return key
}

// contentPrefixes begin the keys of what was asked or answered.
var contentPrefixes = [...]string{
	"gen_ai.input.messages", "gen_ai.output.messages", "gen_ai.prompt", "gen_ai.completion", "gen_ai.system_instructions",
	"llm.input_messages.", "llm.output_messages.", "llm.prompts", "llm.completions",
	"ai.prompt", "ai.response.text", "ai.response.toolCalls", "ai.response.object",
	"input.value", "output.value", "request_data", "response_data", "events",
	"langfuse.observation.input", "langfuse.observation.output", "braintrust.input_json", "braintrust.output_json",
	"genkit:input", "genkit:output", "gcp.vertex.agent.llm_request",
}

// hasContent reports whether some attribute holds what was asked or answered.
func hasContent(attrs []attribute.KeyValue) bool {
	for i := range attrs {
		for _, prefix := range contentPrefixes {
			if strings.HasPrefix(string(attrs[i].Key), prefix) {
				return true
			}
		}
	}
	return false
}
