// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package contracts

import (
	"iter"
	"slices"
	"strings"
)

// ConversationMessage is one message of a transcript.
type ConversationMessage struct {
	// ID identifies the message. Package tracer and package convert give an id
	// to a message that has none.
	ID   string
	Role Role
	// Content is a text for a system message; a text or parts for user and
	// assistant; tool-result parts for tool.
	Content    Content
	Name       string
	ToolCallID string
	// Extra are members that the contract does not name.
	Extra Members
}

// SystemText makes a system message.
func SystemText(text string) ConversationMessage {
	return ConversationMessage{Role: RoleSystem, Content: TextContent(text)}
}

// UserText makes a user's message of one text part.
func UserText(text string) ConversationMessage {
	return ConversationMessage{Role: RoleUser, Content: Content{form: formTextPart, text: text}}
}

// User makes a user's message of text and file parts.
func User(parts ...ContentPart) ConversationMessage {
	return ConversationMessage{Role: RoleUser, Content: PartsContent(parts...)}
}

// AssistantText makes an assistant's message of one text part.
func AssistantText(text string) ConversationMessage {
	return ConversationMessage{Role: RoleAssistant, Content: Content{form: formTextPart, text: text}}
}

// Assistant makes an assistant's message of text, reasoning, file and
// tool-call parts.
func Assistant(parts ...ContentPart) ConversationMessage {
	return ConversationMessage{Role: RoleAssistant, Content: PartsContent(parts...)}
}

// QuotedText makes a message of one text, as [SystemText] does for [RoleSystem] and
// [UserText] and [AssistantText] for the other roles, but of a text that is given as
// the JSON string which spells it. It stays so, and is decoded only when somebody asks
// for it: most texts are passed on and never read. JSON that is no string, and what is
// no JSON, is the text itself.
func QuotedText(role Role, text JSON) ConversationMessage {
	form := formTextPart
	if role == RoleSystem {
		form = formText
	}
	return ConversationMessage{Role: role, Content: Content{form: form, raw: text}}
}

// ToolMessage makes a tool's message of tool-result parts.
func ToolMessage(parts ...ContentPart) ConversationMessage {
	return ConversationMessage{Role: RoleTool, Content: PartsContent(parts...)}
}

// Content is what a message says: one text, or parts. The zero Content is
// empty: no parts.
type Content struct {
	form  contentForm
	text  string
	parts []ContentPart
	// raw is the content as decoded, or the text as a JSON string.
	raw JSON
}

type contentForm uint8

const (
	formParts    contentForm = iota // parts
	formText                        // text or raw, a JSON string on the wire
	formTextPart                    // text or raw, an array of one text part on the wire
	formRaw                         // raw, as decoded
)

// TextContent is content given as one string.
func TextContent(text string) Content { return Content{form: formText, text: text} }

// PartsContent is content given as parts. The slice is kept, not copied, unless
// there are pointers in it: they stand for the parts that they point to.
func PartsContent(parts ...ContentPart) Content {
	copied := false
	for i, p := range parts {
		part, isPointer := pointedTo(p)
		if !isPointer {
			continue
		}
		if !copied {
			parts, copied = slices.Clone(parts), true
		}
		parts[i] = part
	}
	return Content{parts: parts}
}

// RawContent is content given as it stands on the wire: a JSON string or a
// JSON array of parts. Anything else, and text that is not JSON, becomes a
// string.
func RawContent(raw JSON) Content {
	if raw = raw.orText(); raw.IsArray() {
		return Content{form: formRaw, raw: raw}
	}
	if text, ok := raw.Text(); ok {
		return Content{form: formText, text: text}
	}
	return Content{form: formText, text: string(raw)}
}

// IsText reports whether the content is a string rather than parts.
func (c Content) IsText() bool { return c.form == formText }

// Text returns the content's text: the string, or the texts of its text parts
// joined.
func (c Content) Text() string {
	switch c.form {
	case formText, formTextPart:
		return c.ownText()
	}
	var b strings.Builder
	for _, p := range c.Parts() {
		if t, ok := p.(TextContentPart); ok {
			b.WriteString(t.Text)
		}
	}
	return b.String()
}

// ownText is the text of content that is one.
func (c Content) ownText() string {
	if c.raw == "" {
		return c.text
	}
	if text, ok := c.raw.Text(); ok {
		return text
	}
	return string(c.raw)
}

// Quoted returns the text of content that [QuotedText] made, as it was given; ok is
// false of any other content.
func (c Content) Quoted() (text JSON, ok bool) {
	if c.form == formRaw || c.raw == "" {
		return "", false
	}
	return c.raw, true
}

// Parts returns the content's parts; a string is one text part. A part that is
// not as the contract wants it is an [UnknownContentPart].
func (c Content) Parts() []ContentPart {
	switch c.form {
	case formText, formTextPart:
		return []ContentPart{TextContentPart{Text: c.ownText()}}
	case formRaw:
		var parts []ContentPart
		for e := range c.raw.Elements() {
			parts = append(parts, decodePart(e))
		}
		return parts
	}
	return c.parts
}

// Messages is a transcript: a JSON array of messages, held as text.
type Messages JSON

// MakeMessages encodes messages as a transcript.
func MakeMessages(messages ...ConversationMessage) Messages {
	b := []byte{'['}
	for i := range messages {
		if i > 0 {
			b = append(b, ',')
		}
		b = messages[i].AppendJSON(b)
	}
	return Messages(append(b, ']'))
}

// All iterates over the messages. A message that cannot be decoded is yielded
// as far as it goes, with the error.
func (m Messages) All() iter.Seq2[ConversationMessage, error] {
	return func(yield func(ConversationMessage, error) bool) {
		for e := range JSON(m).Elements() {
			var msg ConversationMessage
			err := msg.decode(e, "")
			if !yield(msg, err) {
				return
			}
		}
	}
}

// Decode returns the messages, or the first error.
func (m Messages) Decode() ([]ConversationMessage, error) {
	var out []ConversationMessage
	for msg, err := range m.All() {
		if err != nil {
			return out, err
		}
		out = append(out, msg)
	}
	return out, nil
}

// MarshalJSON implements json.Marshaler. An absent transcript is null.
func (m Messages) MarshalJSON() ([]byte, error) { return JSON(m).append(nil), nil }

// UnmarshalJSON implements json.Unmarshaler and keeps the bytes, as
// [JSON.UnmarshalJSON] does.
func (m *Messages) UnmarshalJSON(b []byte) error { return (*JSON)(m).UnmarshalJSON(b) }

// Usage are the tokens that a model call or a session used. Anything that
// encodes as a JSON object of such keys will do in its place.
type Usage struct {
	InputTokens       int64 `json:"inputTokens"`
	OutputTokens      int64 `json:"outputTokens"`
	TotalTokens       int64 `json:"totalTokens"`
	ReasoningTokens   int64 `json:"reasoningTokens,omitzero"`
	CachedInputTokens int64 `json:"cachedInputTokens,omitzero"`
	CacheWriteTokens  int64 `json:"cacheWriteTokens,omitzero"`
}
