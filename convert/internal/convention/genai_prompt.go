// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convention

import (
	"go.opentelemetry.io/otel/attribute"

	"github.com/spect-tools/spect-go/contracts"
)

// prompts reads the messages of 1.26 and 1.27: gen_ai.prompt and
// gen_ai.completion, on the span or on events of it. They hold messages in the
// form of the provider's interface, as JSON, or a text.
func (g genAI) prompts(c *conversation) (x exchange) {
	x.readPrompts(c, g.get)
	for i := range g.Events {
		switch g.Events[i].Name {
		case "gen_ai.content.prompt", "gen_ai.content.completion":
			x.readPrompts(c, in(g.Events[i].Attributes))
		}
	}
	return x
}

func (x *exchange) readPrompts(c *conversation, value func(attribute.Key) (attribute.Value, bool)) {
	if v, ok := value("gen_ai.prompt"); ok && len(x.input) == 0 {
		x.input = c.value("gen_ai.prompt", v, contracts.RoleUser)
	}
	if v, ok := value("gen_ai.completion"); ok && len(x.output) == 0 {
		x.output = c.value("gen_ai.completion", v, contracts.RoleAssistant)
	}
}
