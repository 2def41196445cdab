// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convention

import (
	"strings"

	"go.opentelemetry.io/otel/attribute"
)

// This file tells content from what may be seen by everybody, by what the
// decoders say of their keys.

// contentKey is a key of content, of any decoder.
type contentKey struct {
	prefix
	// word says that the key is a word of everyday use.
	word, settings bool
}

// contentByFirst are the keys of content of all decoders by their first byte.
var contentByFirst = indexContent()

func indexContent() (out [256][]contentKey) {
	for i := range decoders {
		for k, keys := range [...][]string{decoders[i].content, decoders[i].settings} {
			for _, text := range keys {
				out[text[0]] = append(out[text[0]], contentKey{prefix{text, 1 << i}, !strings.ContainsAny(text, ".:"), k == 1})
			}
		}
	}
	return out
}

// HoldsContent reports whether the attribute of that key, on a span or an event,
// holds content by some convention. Some keys are words that any program may use
// for something else (events, input): they count where the span tells of a model
// (see [Speaks]). It does not allocate.
func HoldsContent(key string, ofModel bool) bool {
	said, settings := contentOf(key, ofModel)
	return said || settings
}

// HoldsSaid is HoldsContent without the settings of requests.
func HoldsSaid(key string) bool {
	said, _ := contentOf(key, true)
	return said
}

func contentOf(key string, ofModel bool) (said, settings bool) {
	if key == "" {
		return false, false
	}
	for i := range contentByFirst[key[0]] {
		c := &contentByFirst[key[0]][i]
		if c.word && (!ofModel || key != c.text) || !c.matches(key) {
			continue
		}
		said, settings = said || !c.settings, settings || c.settings
	}
	return said, settings
}

// Speaks reports whether a span tells anything of language models, by any
// convention: also one that only repeats another, or holds others together. It
// does not allocate.
func Speaks(attrs []attribute.KeyValue) bool {
	speak := speaking(attrs)
	for i := range decoders {
		if speak&(1<<i) != 0 && decoders[i].role != nil && decoders[i].role(attrs) != None {
			return true
		}
	}
	return false
}

// IsKey reports whether a key is one of a convention's.
func IsKey(key string) bool {
	if key == "" {
		return false
	}
	for i := range byFirst[key[0]] {
		if byFirst[key[0]][i].matches(key) {
			return true
		}
	}
	return false
}

// EventHoldsContent reports whether the attribute of that key holds content on an
// event of that name. In the events of conventions, which stand for messages, all
// does but what is known to be none.
func EventHoldsContent(name, key string) bool {
	if HoldsContent(key, false) {
		return true
	}
	ofModel := name == "new_token"
	for _, start := range [...]string{"gen_ai.", "llm.", "ai.", "traceloop.", "langfuse."} {
		ofModel = ofModel || strings.HasPrefix(name, start)
	}
	if !ofModel {
		return false
	}
	switch key {
	case "gen_ai.system", "gen_ai.provider.name", "gen_ai.operation.name", "gen_ai.request.model", "gen_ai.response.model",
		"gen_ai.response.id", "gen_ai.response.finish_reasons", "gen_ai.conversation.id", "gen_ai.agent.name", "gen_ai.tool.name",
		"event.name", "role", "id", "index", "name", "finish_reason", "error.type", "exception.type":
		return false
	}
	return !strings.HasPrefix(key, "gen_ai.usage.")
}
