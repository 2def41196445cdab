// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package bedrock

import (
	"strings"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/shape"
)

// provider is the key of our providerOptions.
const provider = "bedrock"

// Messages reads the messages of a request. A message without content gives
// none; a turn of the user's that holds results of tools gives two.
func Messages(messages contracts.JSON) []contracts.ConversationMessage {
	var r reader
	r.messages(shape.Sound(messages))
	return r.out
}

// Content reads the content of one message: blocks, or a string. Results of tools
// make a message of the tool, which comes first; the names of tools are known
// where the calls are in the same content.
func Content(role contracts.Role, content contracts.JSON) []contracts.ConversationMessage {
	var r reader
	r.content(role, shape.Sound(content))
	return r.out
}

// reader reads messages in their order.
type reader struct {
	out   []contracts.ConversationMessage
	calls shape.Calls
}

func (r *reader) messages(messages contracts.JSON) {
	var o shape.Object
	for m := range messages.Elements() {
		o.Read(m)
		r.message(&o)
	}
}

func (r *reader) message(o *shape.Object) {
	before := len(r.out)
	r.content(roleOf(o.Text("role")), o.Take("content"))
	if len(r.out) == before {
		return
	}
	var opts shape.Options
	opts.Rest(o)
	last := &r.out[len(r.out)-1]
	last.Extra = append(last.Extra, shape.MessageOptions(opts.JSON(provider))...)
}

func roleOf(word string) contracts.Role {
	if role := contracts.Role(strings.ToLower(word)); role.Valid() {
		return role
	}
	return contracts.RoleUser
}

func (r *reader) content(role contracts.Role, content contracts.JSON) {
	if text, ok := content.Text(); ok {
		r.out = append(r.out, shape.TextMessage(role, text))
		return
	}
	turn := shape.Turn{Role: role}
	// A part waits for the cache point that may follow it.
	var part contracts.ContentPart
	var raw contracts.JSON
	marked := false
	for block := range content.Elements() {
		if point := block.Member("cachePoint"); point != "" && !marked {
			if p := withOption(part, "cachePoint", point); p != nil {
				part, marked = p, true
				continue
			}
		}
		if part != nil {
			turn.Add(part, raw)
		}
		part, raw, marked = r.block(block, role), block, false
	}
	if part != nil {
		turn.Add(part, raw)
	}
	r.out = turn.Append(r.out)
}

// withOption is a part with one provider option more, and nil where the part has
// no options.
func withOption(part contracts.ContentPart, name string, value contracts.JSON) contracts.ContentPart {
	var opts shape.Options
	with := func(options contracts.JSON) contracts.JSON {
		opts.Load(options, provider)
		opts.Add(name, value)
		return opts.JSON(provider)
	}
	switch p := part.(type) {
	case contracts.TextContentPart:
		p.ProviderOptions = with(p.ProviderOptions)
		return p
	case contracts.ReasoningContentPart:
		p.ProviderOptions = with(p.ProviderOptions)
		return p
	case contracts.FileContentPart:
		p.ProviderOptions = with(p.ProviderOptions)
		return p
	case contracts.ToolCallContentPart:
		p.ProviderOptions = with(p.ProviderOptions)
		return p
	case contracts.ToolResultContentPart:
		p.ProviderOptions = with(p.ProviderOptions)
		return p
	}
	return nil
}
