// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package contracts

// ContentPart is one part of a message's content: a [TextContentPart],
// [ReasoningContentPart], [FileContentPart], [ToolCallContentPart],
// [ToolResultContentPart] or [UnknownContentPart]. The set is closed; a type
// switch should have a default, since a later version may know more parts.
type ContentPart interface {
	// Type is the part's type as it stands on the wire.
	Type() string
	// AppendJSON appends the part's JSON to dst.
	AppendJSON(dst []byte) []byte

	sealed()
}

// The types of content parts on the wire.
const (
	PartText       = "text"
	PartReasoning  = "reasoning"
	PartFile       = "file"
	PartToolCall   = "tool-call"
	PartToolResult = "tool-result"
)

// TextContentPart is text.
type TextContentPart struct {
	Text string
	// ProviderOptions keep what only one provider knows (JSON object), such as
	// citations.
	ProviderOptions JSON
	Extra           Members
}

// ReasoningContentPart is a model's reasoning.
type ReasoningContentPart struct {
	Text string
	// ProviderOptions keep what only one provider knows (JSON object), such as
	// a signature.
	ProviderOptions JSON
	Extra           Members
}

// FileContentPart is a file.
type FileContentPart struct {
	MediaType string
	Filename  string
	// Data is the content, usually a JSON string: base64 or a URL.
	Data            JSON
	ProviderOptions JSON
	Extra           Members
}

// ToolCallContentPart is a model's wish to call a tool.
type ToolCallContentPart struct {
	ToolCallID string
	ToolName   string
	// Input is what the tool is to be called with.
	Input           JSON
	ProviderOptions JSON
	Extra           Members
}

// ToolResultContentPart is what a tool answered.
type ToolResultContentPart struct {
	ToolCallID      string
	ToolName        string
	Output          ToolResultOutput
	ProviderOptions JSON
	Extra           Members
}

// ToolResultOutput is a tool's answer and how to read it.
type ToolResultOutput struct {
	Type  ToolResultOutputType
	Value JSON
	Extra Members
}

// ToolResultOutputType says how to read a [ToolResultOutput].
type ToolResultOutputType string

// The types of a tool's output.
const (
	// OutputJSON is any JSON value.
	OutputJSON ToolResultOutputType = "json"
	// OutputText is a JSON string.
	OutputText ToolResultOutputType = "text"
	// OutputErrorJSON is an error, as any JSON value.
	OutputErrorJSON ToolResultOutputType = "error-json"
	// OutputErrorText is an error, as a JSON string.
	OutputErrorText ToolResultOutputType = "error-text"
	// OutputContent is an array of content parts.
	OutputContent ToolResultOutputType = "content"
)

// Valid reports whether t is an output type of the contract.
func (t ToolResultOutputType) Valid() bool {
	switch t {
	case OutputJSON, OutputText, OutputErrorJSON, OutputErrorText, OutputContent:
		return true
	}
	return false
}

// UnknownContentPart is a part of a type that this package does not know, or
// that is not as its type wants it. It is kept as it came.
type UnknownContentPart struct {
	// PartType is the part's type, empty where it has none.
	PartType string
	Raw      JSON
}

// Type implements [ContentPart].
func (TextContentPart) Type() string { return PartText }

// Type implements [ContentPart].
func (ReasoningContentPart) Type() string { return PartReasoning }

// Type implements [ContentPart].
func (FileContentPart) Type() string { return PartFile }

// Type implements [ContentPart].
func (ToolCallContentPart) Type() string { return PartToolCall }

// Type implements [ContentPart].
func (ToolResultContentPart) Type() string { return PartToolResult }

// Type implements [ContentPart].
func (p UnknownContentPart) Type() string { return p.PartType }

// pointedTo is the part that a pointer points to, nil of a pointer that is nil;
// so switches over parts have to know values only.
func pointedTo(p ContentPart) (_ ContentPart, isPointer bool) {
	switch p := p.(type) {
	case *TextContentPart:
		return valueOf(p), true
	case *ReasoningContentPart:
		return valueOf(p), true
	case *FileContentPart:
		return valueOf(p), true
	case *ToolCallContentPart:
		return valueOf(p), true
	case *ToolResultContentPart:
		return valueOf(p), true
	case *UnknownContentPart:
		return valueOf(p), true
	}
	return nil, false
}

func valueOf[T ContentPart](p *T) ContentPart {
	if p == nil {
		return nil
	}
	return *p
}

func (TextContentPart) sealed()       {}
func (ReasoningContentPart) sealed()  {}
func (FileContentPart) sealed()       {}
func (ToolCallContentPart) sealed()   {}
func (ToolResultContentPart) sealed() {}
func (UnknownContentPart) sealed()    {}

// ToolCall is a call of a tool as a model asks for it: what package tracer
// needs to run and trace one.
type ToolCall struct {
	ID   string
	Name string
	// Input is what the tool is called with. A model's arguments are a string:
	// JSON(arguments) takes them as they are, and tracer keeps as text what is
	// not JSON.
	Input JSON
}

// Part returns the call as a part of an assistant's message.
func (c ToolCall) Part() ToolCallContentPart {
	return ToolCallContentPart{ToolCallID: c.ID, ToolName: c.Name, Input: c.Input}
}
