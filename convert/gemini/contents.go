// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package gemini

import (
	"strconv"
	"strings"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/shape"
)

// provider is the key of our providerOptions.
const provider = "google"

// Contents reads the contents of a request, or what an SDK takes for contents:
// one text, one part, or a list of them. A content without parts gives no
// message; a turn of the user's that holds results of functions gives two.
func Contents(contents contracts.JSON) []contracts.ConversationMessage {
	var r reader
	r.contents(shape.Sound(contents))
	return r.out
}

// Content reads the content of one message: a string, a part, parts, or an
// object that holds parts. Results of functions make a message of the tool, which
// comes first.
func Content(role contracts.Role, content contracts.JSON) []contracts.ConversationMessage {
	var r reader
	r.content(role, shape.Sound(content))
	return r.out
}

// reader reads contents in their order.
type reader struct {
	out   []contracts.ConversationMessage
	calls shape.Calls
	// made counts the ids that were made, within a message.
	made map[string]int
}

func (r *reader) contents(contents contracts.JSON) {
	if !contents.IsArray() {
		r.element(contents)
		return
	}
	for content := range contents.Elements() {
		r.element(content)
	}
}

func (r *reader) element(content contracts.JSON) {
	role, _ := content.Member("role").Text()
	r.content(roleOf(role), content)
}

func roleOf(word string) contracts.Role {
	switch strings.ToLower(word) {
	case "model", "assistant":
		return contracts.RoleAssistant
	case "function", "tool":
		return contracts.RoleTool
	case "system":
		return contracts.RoleSystem
	}
	return contracts.RoleUser
}

func (r *reader) content(role contracts.Role, content contracts.JSON) {
	if content == "" {
		return
	}
	if text, ok := content.Text(); ok {
		r.out = append(r.out, shape.TextMessage(role, text))
		return
	}
	turn := shape.Turn{Role: role}
	clear(r.made)
	parts := content
	if content.IsObject() {
		if parts = content.Member("parts"); parts == "" && content.Member("role") == "" {
			parts = "[" + content + "]" // a part
		}
	}
	for part := range parts.Elements() {
		if p := r.part(part, role); p != nil {
			turn.Add(p, part)
		}
	}
	r.out = turn.Append(r.out)
}

// callID makes the id of a call that came without one.
func (r *reader) callID(name string, input contracts.JSON) string {
	id := shape.CallID(name, input)
	if r.made == nil {
		r.made = make(map[string]int)
	}
	if r.made[id]++; r.made[id] > 1 {
		return id + "-" + strconv.Itoa(r.made[id])
	}
	return id
}
