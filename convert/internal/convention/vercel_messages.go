// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convention

import (
	"encoding/base64"
	"strconv"
	"strings"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/shape"
	"github.com/spect-tools/spect-go/convert/llm"
)

// vercelMessages reads a list of messages as the AI SDK has them, of any version.
func vercelMessages(list contracts.JSON) (out []contracts.ConversationMessage) {
	for message := range list.Elements() {
		out = appendVercelMessage(out, message)
	}
	return out
}

func appendVercelMessage(out []contracts.ConversationMessage, message contracts.JSON) []contracts.ConversationMessage {
	if !message.IsObject() {
		return out
	}
	role := contracts.RoleUser
	var parts []contracts.ContentPart
	var content, options contracts.JSON
	for name, value := range message.Members() {
		switch name {
		case "role":
			word, _ := value.Text()
			role = roleOfWord(word, role)
		case "content":
			content = value
		case "providerOptions", "providerMetadata", "experimental_providerMetadata":
			if value.IsObject() {
				options = value
			}
		}
	}
	if text, ok := content.Text(); ok {
		part := contracts.TextContentPart{Text: text}
		if role == contracts.RoleSystem {
			part.ProviderOptions = options
		}
		parts = append(parts, part)
	}
	for e := range content.Elements() {
		if part := vercelPart(e, ""); part != nil {
			parts = append(parts, part)
		}
	}
	t := turn{role: role, parts: parts}
	return t.appendTo(out)
}

// vercelCalls reads the calls of an answer without text.
func vercelCalls(list contracts.JSON) []contracts.ConversationMessage {
	var parts []contracts.ContentPart
	for e := range list.Elements() {
		if part := vercelPart(e, contracts.PartToolCall); part != nil {
			parts = append(parts, part)
		}
	}
	if len(parts) == 0 {
		return nil
	}
	return []contracts.ConversationMessage{contracts.Assistant(parts...)}
}

// vercelFields are the members of a part that are read, of all versions.
type vercelFields struct {
	kind, text, signature      string
	callID, callName, filename string
	mediaType                  string
	input, result, output      contracts.JSON
	data, content, options     contracts.JSON
	failed, executed           bool
}

func (f *vercelFields) read(part contracts.JSON) {
	for name, value := range part.Members() {
		switch name {
		case "type":
			f.kind, _ = value.Text()
		case "text":
			f.text, _ = value.Text()
		case "signature":
			f.signature, _ = value.Text()
		case "toolCallId":
			f.callID, _ = value.Text()
		case "toolName":
			f.callName, _ = value.Text()
		case "args", "input":
			f.input = value
		case "result":
			f.result = value
		case "output":
			f.output = value
		case "content", "experimental_content":
			f.content = value
		case "isError":
			f.failed = value == "true"
		case "providerExecuted":
			f.executed = value == "true"
		case "mediaType", "mimeType":
			f.mediaType, _ = value.Text()
		case "filename":
			f.filename, _ = value.Text()
		case "data", "image", "url":
			f.data = value
		case "providerOptions", "providerMetadata", "experimental_providerMetadata":
			if value.IsObject() {
				f.options = value
			}
		}
	}
}

// vercelPart reads a part of a message; nil where it is none. A part that does
// not say what it is is of the given kind.
func vercelPart(part contracts.JSON, kind string) contracts.ContentPart {
	if text, ok := part.Text(); ok {
		return contracts.TextContentPart{Text: text}
	}
	if !part.IsObject() {
		return nil
	}
	f := vercelFields{kind: kind}
	f.read(part)
	if kind != "" {
		f.kind = kind // function, in version 3
	}
	switch f.kind {
	case "text":
		return contracts.TextContentPart{Text: f.text, ProviderOptions: f.options}
	case "reasoning":
		if f.options == "" {
			var options shape.Options
			options.Text("signature", f.signature)
			f.options = options.JSON("anthropic")
		}
		return contracts.ReasoningContentPart{Text: f.text, ProviderOptions: f.options}
	case "redacted-reasoning":
		var options shape.Options
		options.Add("redactedData", f.data)
		return contracts.ReasoningContentPart{ProviderOptions: options.JSON("anthropic")}
	case "file", "image", "media", "file-data", "image-data", "file-url", "image-url":
		return f.file(part)
	case "tool-call":
		call := callPart(f.callID, f.callName, shape.Arguments(f.input), f.options)
		if f.executed {
			call.Extra = llm.ProviderExecuted()
		}
		return call
	case "tool-result":
		return contracts.ToolResultContentPart{ToolCallID: f.callID, ToolName: f.callName, Output: f.answer(), ProviderOptions: f.options}
	}
	return shape.Verbatim(part)
}

// file reads a file or an image. Its data is base64 or a URL; version 7 says
// which, and bytes that were written out number by number become base64.
func (f *vercelFields) file(part contracts.JSON) contracts.ContentPart {
	kind := ""
	if f.kind == "image" || f.kind == "image-data" || f.kind == "image-url" {
		kind = "image"
	}
	data := f.data
	if data.IsObject() {
		if encoded, ok := base64OfBytes(data); ok {
			data = encoded
		} else {
			for name, value := range data.Members() {
				switch name {
				case "data", "url", "text":
					data = value
				}
			}
			if encoded, ok := base64OfBytes(data); ok {
				data = encoded
			}
		}
	}
	text, ok := data.Text()
	if !ok {
		return shape.Verbatim(part) // a reference that only the provider knows
	}
	file := contracts.FileContentPart{MediaType: f.mediaType, Data: data}
	if !strings.Contains(f.mediaType, "/") {
		if f.mediaType != "" {
			kind = f.mediaType // image: version 7 does not ask for more
		}
		file = filePart(text, shape.Sniff(text), kind)
	}
	file.Filename, file.ProviderOptions = f.filename, f.options
	return file
}

// answer is what a tool answered.
func (f *vercelFields) answer() contracts.ToolResultOutput {
	if f.output.IsObject() {
		var kind string
		var value contracts.JSON
		for name, v := range f.output.Members() {
			switch name {
			case "type":
				kind, _ = v.Text()
			case "value":
				value = v
			}
		}
		_, isText := value.Text()
		switch out := contracts.ToolResultOutputType(kind); out {
		case contracts.OutputText, contracts.OutputErrorText:
			if isText {
				return contracts.ToolResultOutput{Type: out, Value: value}
			}
		case contracts.OutputJSON, contracts.OutputErrorJSON:
			if value != "" {
				return contracts.ToolResultOutput{Type: out, Value: value}
			}
		case contracts.OutputContent:
			return shape.PartsOutput(vercelAnswer(value))
		case "execution-denied":
			return contracts.ToolResultOutput{Type: contracts.OutputErrorJSON, Value: f.output}
		}
	}
	switch {
	case f.output != "":
		return outputOf(f.output, f.failed)
	case f.result == "" && f.content.IsArray():
		output := outputOfParts(vercelAnswer(f.content))
		if f.failed {
			output = shape.Failed(output)
		}
		return output
	}
	return outputOf(f.result, f.failed)
}

// vercelAnswer are the parts that a tool answered. A result among them is none:
// it stays as it came.
func vercelAnswer(list contracts.JSON) (out []contracts.ContentPart) {
	for e := range list.Elements() {
		if e.Member("type") == `"tool-result"` {
			out = append(out, shape.Verbatim(e))
		} else if part := vercelPart(e, ""); part != nil {
			out = append(out, part)
		}
	}
	return out
}

// base64OfBytes reads bytes as JavaScript writes an array of them: an object of
// numbers by their index.
func base64OfBytes(j contracts.JSON) (_ contracts.JSON, ok bool) {
	var bytes []byte
	for name, value := range j.Members() {
		b, err := strconv.ParseUint(string(value), 10, 8)
		if err != nil || name != strconv.Itoa(len(bytes)) {
			return "", false
		}
		bytes = append(bytes, byte(b))
	}
	if len(bytes) == 0 {
		return "", false
	}
	return contracts.JSON(`"` + base64.StdEncoding.EncodeToString(bytes) + `"`), true
}
