// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"cmp"
	"slices"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/memory"
	"github.com/spect-tools/spect-go/internal/jsonscan"
)

// spoken is a message on its way into a session.
type spoken struct {
	role  contracts.Role
	name  string
	id    string // the provider's, where it gave one
	extra contracts.Members
	parts []spokenPart
	// plain says that the content is a string, not parts.
	plain bool
}

// spokenPart is one part of a message.
type spokenPart struct {
	contracts.ContentPart
	// quoted is the text of a text part in its quotes, where the part does not have
	// it.
	quoted contracts.JSON
	// key is the same on parts that say the same; 0 says nothing by itself.
	key uint64
	// call is the call that a tool-call or tool-result part is of.
	call *call
}

// quotedText is a text part whose text stands beside it.
var quotedText contracts.ContentPart = contracts.TextContentPart{}

// text is the text of a text part.
func (p *spokenPart) text() (text string, ok bool) {
	t, ok := p.ContentPart.(contracts.TextContentPart)
	if p.quoted != "" {
		t.Text, _ = p.quoted.Text()
	}
	return t.Text, ok
}

// appendText appends the text of a text part as a JSON string.
func (p *spokenPart) appendText(dst []byte) []byte {
	if p.quoted != "" {
		return append(dst, p.quoted...)
	}
	text, _ := p.text()
	return jsonscan.AppendString(dst, text)
}

// speaker takes messages apart. What it returns is valid until it is reset.
type speaker struct {
	messages memory.Slab[spoken]
	parts    memory.Slab[spokenPart]
}

func (s *speaker) reset() {
	s.messages.Reset()
	s.parts.Reset()
}

// all takes messages apart.
func (s *speaker) all(messages []contracts.ConversationMessage) []spoken {
	out := s.messages.Room(len(messages))
	for i := range messages {
		out = s.speak(&messages[i], out)
	}
	return out
}

// speak takes a message apart and appends what it makes: one message, unless it
// has parts that the contract does not let a message of its role have. Then
// results of tools come first, as the tool's; what only a model can say is the
// assistant's; and each text of a system message is one of its own.
func (s *speaker) speak(m *contracts.ConversationMessage, out []spoken) []spoken {
	role := m.Role
	if !role.Valid() {
		role = contracts.RoleUser
	}
	whole := spoken{role: role, name: m.Name, id: m.ID, extra: m.Extra, plain: m.Content.IsText()}
	if text, ok := m.Content.Quoted(); ok && role != contracts.RoleTool {
		whole.parts = append(s.parts.Room(1), spokenPart{ContentPart: quotedText, quoted: text, key: quotedKey(role, text)})
		return append(out, whole)
	}
	parts := m.Content.Parts()
	if role == contracts.RoleAssistant || role == contracts.RoleUser && fitsUser(parts) {
		whole.parts = s.parts.Room(len(parts))
		whole.take(parts...)
		return append(out, whole)
	}
	var results, said, rest spoken
	for _, part := range parts {
		switch p := part.(type) {
		case contracts.ToolResultContentPart:
			results.take(p)
		case contracts.ToolCallContentPart, contracts.ReasoningContentPart:
			said.take(part)
		default:
			if role == contracts.RoleTool {
				results.take(resultOf(m, part))
			} else {
				rest.take(part)
			}
		}
	}
	whole.plain = false
	if len(results.parts) > 0 {
		results.is(&whole, contracts.RoleTool)
		out = append(out, results)
	}
	if len(said.parts) > 0 {
		said.is(&whole, contracts.RoleAssistant)
		out = append(out, said)
	}
	switch {
	case len(rest.parts) == 0:
	case role == contracts.RoleSystem:
		out = instruct(&whole, rest.parts, out)
	default:
		rest.is(&whole, contracts.RoleUser)
		out = append(out, rest)
	}
	return out
}

func fitsUser(parts []contracts.ContentPart) bool {
	for _, part := range parts {
		switch part.(type) {
		case contracts.ToolResultContentPart, contracts.ToolCallContentPart, contracts.ReasoningContentPart:
			return false
		}
	}
	return true
}

// take adds parts. Their keys follow from the role, once it is known.
func (s *spoken) take(parts ...contracts.ContentPart) {
	if s.parts == nil {
		s.parts = make([]spokenPart, 0, len(parts))
	}
	for _, part := range parts {
		s.parts = append(s.parts, spokenPart{ContentPart: part, key: partKey(s.role, part)})
	}
}

// is makes s what a role said within a message. The message's id goes to the
// first that is made of it.
func (s *spoken) is(whole *spoken, role contracts.Role) {
	s.role, s.name, s.id, s.extra = role, whole.name, whole.id, whole.extra
	whole.id, whole.extra = "", nil
	for k := range s.parts {
		s.parts[k].key = partKey(role, s.parts[k].ContentPart)
	}
}

// instruct makes a system message of each text. What else was said to the model
// there goes with the last one, as a member: it is no text.
func instruct(whole *spoken, parts []spokenPart, out []spoken) []spoken {
	var others []byte
	first := len(out)
	for _, part := range parts {
		text, ok := part.ContentPart.(contracts.TextContentPart)
		if !ok {
			others = append(others, ',')
			others = part.AppendJSON(others)
			continue
		}
		one := spoken{role: contracts.RoleSystem, name: whole.name, id: whole.id, extra: whole.extra, plain: true}
		whole.id, whole.extra = "", nil
		if text.ProviderOptions != "" {
			one.extra = append(slices.Clip(one.extra), contracts.Member{Name: "providerOptions", Value: text.ProviderOptions})
		}
		one.take(contracts.TextContentPart{Text: text.Text})
		out = append(out, one)
	}
	if others == nil {
		return out
	}
	if len(out) == first {
		out = append(out, spoken{role: contracts.RoleSystem, name: whole.name, id: whole.id, extra: whole.extra, plain: true})
		out[first].take(contracts.TextContentPart{})
		out[first].parts[0].key = partKey(contracts.RoleUser, parts[0].ContentPart)
	}
	others[0] = '['
	last := &out[len(out)-1]
	last.extra = append(slices.Clip(last.extra), contracts.Member{Name: "parts", Value: contracts.JSON(append(others, ']'))})
	return out
}

// resultOf makes the result of a tool of what else a tool's message has.
func resultOf(m *contracts.ConversationMessage, part contracts.ContentPart) contracts.ContentPart {
	p := contracts.ToolResultContentPart{ToolCallID: m.ToolCallID, ToolName: m.Name}
	switch t := part.(type) {
	case contracts.TextContentPart:
		p.Output = contracts.ToolResultOutput{Type: contracts.OutputText, Value: contracts.QuoteJSON(t.Text)}
	default:
		p.Output = contracts.ToolResultOutput{Type: contracts.OutputContent, Value: contracts.JSON("[" + string(part.AppendJSON(nil)) + "]")}
	}
	return p
}

// text is what the message says, in words.
func (s *spoken) text() string {
	var first string
	var more []byte
	for k := range s.parts {
		text, ok := s.parts[k].text()
		switch {
		case !ok:
		case more != nil:
			more = append(more, text...)
		case first != "":
			more = append([]byte(first), text...)
		default:
			first = text
		}
	}
	if more != nil {
		return string(more)
	}
	return first
}

// appendMessage appends a message as the wire has it, with the ids of its calls
// settled.
func (l *landing) appendMessage(dst []byte, s *spoken) []byte {
	dst = append(dst, `{"id":`...)
	if s.id != "" {
		dst = jsonscan.AppendString(dst, s.id)
	} else {
		dst = append(dst, '"')
		dst = l.appendContentID(dst, s.contentKey())
		dst = append(dst, '"')
	}
	dst = append(dst, `,"role":"`...)
	dst = append(dst, s.role...)
	dst = append(dst, `","content":`...)
	switch {
	case s.plain && len(s.parts) == 1:
		dst = s.parts[0].appendText(dst)
	case s.plain:
		dst = jsonscan.AppendString(dst, s.text())
	default:
		for k := range s.parts {
			dst = append(dst, "[,"[min(k, 1)])
			if p := &s.parts[k]; p.quoted != "" {
				dst = append(append(append(dst, `{"type":"text","text":`...), p.quoted...), '}')
			} else {
				dst = l.settled(p).AppendJSON(dst)
			}
		}
		if len(s.parts) == 0 {
			dst = append(dst, '[')
		}
		dst = append(dst, ']')
	}
	if s.name != "" {
		dst = append(dst, `,"name":`...)
		dst = jsonscan.AppendString(dst, s.name)
	}
	if s.role != contracts.RoleSystem { // a system message's are the record's
		for _, m := range s.extra {
			dst = append(dst, ',')
			dst = jsonscan.AppendString(dst, m.Name)
			dst = append(dst, ':')
			dst = append(dst, contracts.MakeJSON(cmp.Or(m.Value, "null"))...)
		}
	}
	return append(dst, '}')
}

// settled is a part with the id of its call.
func (l *landing) settled(p *spokenPart) contracts.ContentPart {
	switch part := p.ContentPart.(type) {
	case contracts.ToolCallContentPart:
		was := part.ToolCallID
		part.ToolCallID = l.callID(p)
		if was != "" && was != part.ToolCallID && part.ProviderOptions == "" {
			part.ProviderOptions = `{"openai":{"itemId":` + contracts.QuoteJSON(was) + `}}`
		}
		return part
	case contracts.ToolResultContentPart:
		part.ToolCallID = l.callID(p)
		if part.ToolName == "" && p.call != nil {
			part.ToolName = p.call.name
		}
		return part
	}
	return p.ContentPart
}

// callID is the id of the call that a part is of. A call without one gets one,
// the same wherever it is spoken of.
func (l *landing) callID(p *spokenPart) string {
	if p.call == nil {
		switch part := p.ContentPart.(type) {
		case contracts.ToolCallContentPart:
			if part.ToolCallID == "" {
				part.ToolCallID = l.contentID(p.key)
				p.ContentPart = part
			}
			return part.ToolCallID
		case contracts.ToolResultContentPart:
			if part.ToolCallID == "" {
				part.ToolCallID = l.contentID(p.key)
				p.ContentPart = part
			}
			return part.ToolCallID
		}
		return ""
	}
	if p.call.id == "" {
		p.call.id = l.contentID(callKey(p.call.name, p.call.input))
	}
	return p.call.id
}
