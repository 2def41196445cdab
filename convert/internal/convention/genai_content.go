// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convention

import (
	"slices"
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/attr"
)

const (
	inputKey        = "gen_ai.input.messages"
	outputKey       = "gen_ai.output.messages"
	instructionsKey = "gen_ai.system_instructions"
)

// exchange is what was said in a call: what went in and what came out.
type exchange struct {
	instructions, input, output []contracts.ConversationMessage
	// finish are the reasons that the messages of the output give.
	finish []string
	// fragments says that the messages of the output are pieces of one answer,
	// choices that they are alternatives.
	fragments, choices bool
}

// content reads the messages from wherever they are; of several places the
// newest counts.
func (g genAI) content() {
	c := &g.talk
	c.begin(g.Facts, &g.pools)
	var x exchange
	x.read(c, g.get)
	for i := range g.Events {
		if g.Events[i].Name == detailsEvent {
			x.read(c, in(g.Events[i].Attributes))
		}
	}
	for i := range g.Logs {
		if g.Logs[i].Name == detailsEvent {
			x.read(c, in(g.Logs[i].Attributes))
		}
	}
	if x.lacks() {
		x.fill(g.events(c))
	}
	if x.lacks() {
		x.fill(g.prompts(c))
	}
	g.take(&x)
}

func (x *exchange) lacks() bool { return len(x.input) == 0 || len(x.output) == 0 }

func (g genAI) take(x *exchange) {
	g.Request.Messages = withInstructions(x.instructions, x.input)
	g.Response.Messages = x.output
	nameResults(g.Request.Messages)
	nameResults(g.Response.Messages)
	g.Fragments = len(x.output) > 1 && (x.fragments || !x.choices && !g.choices(x))
	if last := len(x.output) - 1; g.Fragments && len(x.finish) <= 1 && repeats(x.output[last], x.output[:last]) {
		g.Response.Messages, g.Fragments = x.output[last:], false
	}
	if len(g.Response.FinishReasons) == 0 {
		g.Response.FinishReasons = x.finish
	}
}

// repeats reports whether a message says again all that its pieces said, as the
// last of a stream does in ADK: they hold nothing but text, and together that of
// the message.
func repeats(message contracts.ConversationMessage, pieces []contracts.ConversationMessage) bool {
	text, ok := message.Content.Text(), false
	for i := range pieces {
		for _, part := range pieces[i].Content.Parts() {
			if _, isText := part.(contracts.TextContentPart); !isText {
				return false
			}
		}
		if text, ok = strings.CutPrefix(text, pieces[i].Content.Text()); !ok {
			return false
		}
	}
	return text == "" && message.Content.Text() != ""
}

// choices reports whether the messages of the output are alternatives: that
// several were asked for, or that each has a text and a reason of its own.
func (g genAI) choices(x *exchange) bool {
	if v, ok := g.look("gen_ai.request.choice.count"); ok && toCount(v).N > 1 {
		return true
	}
	if len(g.Response.FinishReasons) != len(x.output) {
		return false
	}
	for i := range x.output {
		if x.output[i].Content.Text() == "" {
			return false
		}
	}
	return true
}

// withInstructions puts the instructions before the input, but for those that
// are in it.
func withInstructions(instructions, input []contracts.ConversationMessage) []contracts.ConversationMessage {
	if len(instructions) == 0 {
		return input
	}
	said := make(map[string]bool)
	for i := range input {
		if input[i].Role == contracts.RoleSystem {
			said[input[i].Content.Text()] = true
		}
	}
	if len(said) == 0 { // and no instruction need be decoded
		return append(instructions, input...)
	}
	instructions = slices.DeleteFunc(instructions, func(m contracts.ConversationMessage) bool {
		return m.Role == contracts.RoleSystem && said[m.Content.Text()]
	})
	return append(instructions, input...)
}

// read reads the attributes that hold messages since 1.37. What is known
// already stays.
func (x *exchange) read(c *conversation, value func(attribute.Key) (attribute.Value, bool)) {
	if v, ok := value(instructionsKey); ok && len(x.instructions) == 0 {
		x.instructions = c.instructions(instructionsKey, v)
	}
	if v, ok := value(inputKey); ok && len(x.input) == 0 {
		x.input = c.value(inputKey, v, contracts.RoleUser)
	}
	if v, ok := value(outputKey); ok && len(x.output) == 0 {
		c.finish = nil
		x.output = c.value(outputKey, v, contracts.RoleAssistant)
		x.finish = c.finish
	}
}

// fill takes over what is not known.
func (x *exchange) fill(other exchange) {
	if len(x.input) == 0 {
		x.input = other.input
	}
	if len(x.output) == 0 {
		x.output, x.fragments, x.choices = other.output, other.fragments, other.choices
	}
	if len(x.finish) == 0 {
		x.finish = other.finish
	}
}

// in looks attributes up.
func in(attrs []attribute.KeyValue) func(attribute.Key) (attribute.Value, bool) {
	return func(key attribute.Key) (attribute.Value, bool) { return attr.Lookup(attrs, key) }
}
