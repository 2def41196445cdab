// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package anthropic

import (
	"strings"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/shape"
)

// provider is the key of our providerOptions.
const provider = "anthropic"

// Messages reads the messages of a request. A message without content gives
// none; a turn of the user's that holds results of tools gives two.
func Messages(messages contracts.JSON) []contracts.ConversationMessage {
	var r reader
	r.messages(shape.Sound(messages))
	return r.out
}

// Content reads the content of one message: a string or blocks. Results of tools
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
	last := &r.out[len(r.out)-1]
	last.ID = o.Text("id")
	var opts shape.Options
	o.Take("type")
	opts.Rest(o)
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
	for block := range content.Elements() {
		turn.Add(r.block(block), block)
	}
	r.out = turn.Append(r.out)
}
