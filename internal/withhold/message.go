// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package withhold

import (
	"slices"
	"strings"

	"github.com/spect-tools/spect-go/contracts"
)

// said are the kinds that text by that role is of. Of a role that the contract
// does not know it may be any.
func said(role contracts.Role) contracts.ContentKinds {
	switch role {
	case contracts.RoleSystem, contracts.RoleUser:
		return contracts.ContentInputText
	case contracts.RoleAssistant:
		return contracts.ContentOutputText
	case contracts.RoleTool:
		return contracts.ContentToolValues
	}
	return contracts.ContentMessages
}

// filed are the kinds that a file by that role is of.
func filed(role contracts.Role, mediaType string) contracts.ContentKinds {
	switch role {
	case contracts.RoleSystem, contracts.RoleUser:
		switch kind, _, _ := strings.Cut(mediaType, "/"); {
		case strings.EqualFold(kind, "image"):
			return contracts.ContentInputImages
		case kind == "", kind == "*", strings.EqualFold(mediaType, "application/octet-stream"):
			return contracts.ContentInputImages | contracts.ContentInputFiles // nobody knows
		}
		return contracts.ContentInputFiles
	case contracts.RoleAssistant:
		return contracts.ContentOutputFiles
	}
	return said(role)
}

// Messages withholds content of a transcript. Messages of which nothing is
// withheld keep their bytes.
func (w *Withholder) Messages(m contracts.Messages) contracts.Messages {
	const kinds = contracts.ContentMessages | contracts.ContentIdentities
	if m == "" || w.Kinds&kinds == 0 {
		return m
	}
	if !contracts.JSON(m).IsArray() || !contracts.JSON(m).Valid() {
		return contracts.MakeMessages(w.broken(&contracts.ConversationMessage{}, len(m)))
	}
	raw := slices.Collect(contracts.JSON(m).Elements())
	b, i, changed := []byte{'['}, 0, false
	for msg, err := range m.All() {
		if i > 0 {
			b = append(b, ',')
		}
		switch {
		case err != nil && w.Kinds&contracts.ContentMessages == 0:
			b = append(b, raw[i]...)
		case err != nil:
			msg, changed = w.broken(&msg, len(raw[i])), true
			b = msg.AppendJSON(b)
		case w.Message(&msg), repeats(raw[i]):
			b, changed = msg.AppendJSON(b), true
		default:
			b = append(b, raw[i]...)
		}
		i++
	}
	if !changed {
		return m
	}
	return contracts.Messages(append(b, ']'))
}

// repeats reports whether a message has a member of the contract twice: what the
// first says is not in what was decoded, and not withheld there.
func repeats(message contracts.JSON) bool {
	named := [...]string{"id", "role", "content", "name", "toolCallId"}
	var seen [len(named)]bool
	for name := range message.Members() {
		if i := slices.Index(named[:], name); i >= 0 {
			if seen[i] {
				return true
			}
			seen[i] = true
		}
	}
	return false
}

// broken stands for a message that is not as the contract wants it: what it is
// nobody knows.
func (w *Withholder) broken(m *contracts.ConversationMessage, size int) contracts.ConversationMessage {
	w.Holds(contracts.ContentMessages)
	out := contracts.ConversationMessage{ID: m.ID, Role: m.Role, Content: contracts.TextContent(Mark(size))}
	switch {
	case !m.Role.Valid():
		out.Role = contracts.RoleUser
	case m.Role == contracts.RoleTool:
		out.ToolCallID = m.ToolCallID
		out.Content = contracts.PartsContent(contracts.ToolResultContentPart{ToolCallID: m.ToolCallID, Output: markOutput(size)})
	}
	return out
}

func markOutput(size int) contracts.ToolResultOutput {
	return contracts.ToolResultOutput{Type: contracts.OutputText, Value: contracts.QuoteJSON(Mark(size))}
}

// Message withholds content of a message, and reports whether there was any. It
// does not change what the message shares with others.
func (w *Withholder) Message(m *contracts.ConversationMessage) (changed bool) {
	if m.Name != "" && w.Holds(contracts.ContentIdentities) {
		m.Name, changed = "", true
	}
	role := m.Role
	kinds := said(role)
	if !m.Role.Valid() && w.Holds(kinds) {
		m.Role, changed = contracts.RoleUser, true // what stands there may be anything
	}
	if len(m.Extra) > 0 {
		extra := w.Members(kinds|contracts.ContentToolValues, m.Extra)
		changed = changed || len(extra) < len(m.Extra)
		m.Extra = extra
	}
	if m.Content.IsText() {
		text := m.Content.Text()
		if left := w.Text(kinds, text); left != text {
			m.Content, changed = contracts.TextContent(left), true
		}
		return changed
	}
	parts := slices.Clone(m.Content.Parts())
	some := false
	for i := range parts {
		some = w.part(role, &parts[i]) || some
	}
	if some {
		m.Content = contracts.PartsContent(parts...)
	}
	return changed || some
}

// part withholds content of a part.
func (w *Withholder) part(role contracts.Role, part *contracts.ContentPart) (changed bool) {
	switch p := (*part).(type) {
	case nil:
		return false
	case contracts.TextContentPart:
		kinds := said(role)
		if w.Kinds&kinds == 0 {
			return false
		}
		*part = contracts.TextContentPart{
			Text: w.Text(kinds, p.Text), ProviderOptions: w.options(kinds, p.ProviderOptions), Extra: w.Members(kinds, p.Extra),
		}
	case contracts.ReasoningContentPart:
		kinds := said(role)
		if w.Kinds&kinds == 0 {
			return false
		}
		*part = contracts.ReasoningContentPart{
			Text: w.Text(kinds, p.Text), ProviderOptions: w.options(kinds, p.ProviderOptions), Extra: w.Members(kinds, p.Extra),
		}
	case contracts.FileContentPart:
		kinds := filed(role, p.MediaType)
		if w.Kinds&kinds == 0 {
			return false
		}
		if p.Filename != "" && w.Holds(kinds) {
			p.Filename = ""
		}
		p.Data = w.JSON(kinds, p.Data)
		p.ProviderOptions, p.Extra = w.options(kinds, p.ProviderOptions), w.Members(kinds, p.Extra)
		*part = p
	case contracts.ToolCallContentPart:
		const kinds = contracts.ContentToolValues
		if w.Kinds&kinds == 0 {
			return false
		}
		p.Input = w.JSON(kinds, p.Input)
		p.ProviderOptions, p.Extra = w.options(kinds, p.ProviderOptions), w.Members(kinds, p.Extra)
		*part = p
	case contracts.ToolResultContentPart:
		const kinds = contracts.ContentToolValues
		if w.Kinds&kinds == 0 {
			return false
		}
		if p.Output.Type.Valid() {
			p.Output.Extra = w.Members(kinds, p.Output.Extra)
			p.Output.Value = w.output(p.Output.Type, p.Output.Value)
		} else { // what stands there may be anything
			w.Holds(kinds)
			p.Output = markOutput(len(p.Output.Value))
		}
		p.ProviderOptions, p.Extra = w.options(kinds, p.ProviderOptions), w.Members(kinds, p.Extra)
		*part = p
	case contracts.UnknownContentPart:
		if !w.Holds(said(role) | filed(role, "") | contracts.ContentToolValues) {
			return false
		}
		*part = unknown(p)
	default:
		if !w.Holds(contracts.ContentMessages) {
			return false
		}
		*part = contracts.TextContentPart{Text: Mark(0)}
	}
	return true
}

func markContent(mark string) contracts.JSON {
	return `[{"type":"text","text":` + contracts.QuoteJSON(mark) + `}]`
}

// output withholds what a tool answered.
func (w *Withholder) output(t contracts.ToolResultOutputType, value contracts.JSON) contracts.JSON {
	if t != contracts.OutputContent || !value.IsArray() {
		return w.JSON(contracts.ContentToolValues, value)
	}
	var first contracts.JSON
	for e := range value.Elements() {
		first = e
		break
	}
	if first == "" {
		return value
	}
	w.Holds(contracts.ContentToolValues)
	if text, _ := first.Member("text").Text(); isMark(text) && value == markContent(text) { // withheld before
		return value
	}
	return markContent(Mark(len(value)))
}

// options withholds what only a provider knows of a part.
func (w *Withholder) options(kinds contracts.ContentKinds, options contracts.JSON) contracts.JSON {
	switch options {
	case "", "null", "{}":
		return options
	}
	if w.Holds(kinds) {
		return ""
	}
	return options
}

// maxType bounds what can be the type of a part.
const maxType = 40

// unknown leaves of a part of a type that the contract does not know the type.
func unknown(p contracts.UnknownContentPart) contracts.ContentPart {
	size := len(p.Raw)
	isName := p.PartType != "" && len(p.PartType) <= maxType && !strings.ContainsFunc(p.PartType, func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '-' || r == '_' || r == '.')
	})
	if !isName {
		return contracts.TextContentPart{Text: Mark(size)}
	}
	switch p.PartType {
	case contracts.PartText, contracts.PartReasoning, contracts.PartFile, contracts.PartToolCall, contracts.PartToolResult:
		return contracts.TextContentPart{Text: Mark(size)} // one that is not as its type wants it
	}
	if mark, _ := p.Raw.Member("withheld").Text(); isMark(mark) && p.Raw == typeAnd(p.PartType, mark) {
		return p // withheld before
	}
	return contracts.UnknownContentPart{PartType: p.PartType, Raw: typeAnd(p.PartType, Mark(size))}
}

func typeAnd(partType, mark string) contracts.JSON {
	return `{"type":` + contracts.QuoteJSON(partType) + `,"withheld":` + contracts.QuoteJSON(mark) + `}`
}
