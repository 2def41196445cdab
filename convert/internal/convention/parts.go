// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convention

import (
	"path"
	"strings"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/internal/jsonscan"
)

// jsonOrText reads a text that may be JSON: an object or an array stays what it
// is; anything else, a cut one too, becomes a JSON string.
func jsonOrText(text string) contracts.JSON {
	if j := contracts.JSON(text); (j.IsObject() || j.IsArray()) && j.Valid() {
		return j
	}
	return contracts.QuoteJSON(text)
}

// arguments reads what a model wants a tool to be called with, as text. No text
// is a call without arguments.
func arguments(text string) contracts.JSON {
	if text == "" {
		return "{}"
	}
	return jsonOrText(text)
}

// outputOf is what a tool answered, read as its type tells.
func outputOf(value contracts.JSON, failed bool) contracts.ToolResultOutput {
	_, isText := value.Text()
	switch {
	case value == "":
		value, isText = `""`, true
	case !value.Valid():
		value, isText = contracts.QuoteJSON(string(value)), true
	}
	output := contracts.ToolResultOutput{Type: contracts.OutputJSON, Value: value}
	switch {
	case isText && failed:
		output.Type = contracts.OutputErrorText
	case isText:
		output.Type = contracts.OutputText
	case failed:
		output.Type = contracts.OutputErrorJSON
	}
	return output
}

// nameResults gives results of tools the names of the calls that they answer.
func nameResults(messages []contracts.ConversationMessage) {
	var names map[string]string
	for i := range messages {
		parts := messages[i].Content.Parts()
		for k := range parts {
			switch part := parts[k].(type) {
			case contracts.ToolCallContentPart:
				if names == nil {
					names = make(map[string]string)
				}
				names[part.ToolCallID] = part.ToolName
			case contracts.ToolResultContentPart:
				if part.ToolName == "" && part.ToolCallID != "" {
					part.ToolName = names[part.ToolCallID]
					parts[k] = part
				}
			}
		}
	}
}

// fileAt is a file that is given by its URL, a data: URL too.
func fileAt(url, mediaType, kind string) contracts.FileContentPart {
	if mediaType == "" {
		mediaType = mediaTypeAt(url, kind)
	}
	return contracts.FileContentPart{MediaType: mediaType, Data: contracts.QuoteJSON(url)}
}

// mediaTypeAt tells the media type of what a URL leads to, where the URL shows
// it; else all that is known is the kind: image, audio, video.
func mediaTypeAt(url, kind string) string {
	if data, ok := strings.CutPrefix(url, "data:"); ok {
		if mediaType, _, found := strings.Cut(data, ","); found {
			mediaType, _, _ = strings.Cut(mediaType, ";")
			if strings.Contains(mediaType, "/") {
				return mediaType
			}
		}
	} else {
		url, _, _ = strings.Cut(url, "?")
		url, _, _ = strings.Cut(url, "#")
		if mediaType := builtinMediaType(path.Ext(url)); mediaType != "" {
			return mediaType
		}
	}
	if kind == "" {
		return "application/octet-stream"
	}
	return kind + "/*"
}

// builtinMediaType is the media type of a file that models take. Package mime
// would answer as the machine is set up that it runs on.
func builtinMediaType(ext string) string {
	switch strings.ToLower(ext) {
	case ".png", ".gif", ".webp":
		return "image/" + strings.ToLower(ext[1:])
	case ".jpg", ".jpeg":
		return "image/jpeg"
	case ".wav":
		return "audio/wav"
	case ".mp3":
		return "audio/mpeg"
	case ".mp4":
		return "video/mp4"
	case ".pdf":
		return "application/pdf"
	}
	return ""
}

// options are the provider options of a part: what only one provider knows,
// under the provider's name. Pairs without a value are left out.
func options(provider string, pairs ...string) contracts.JSON {
	var b []byte
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			continue
		}
		if b == nil {
			b = append(b, '{')
			b = jsonscan.AppendString(b, provider)
			b = append(b, ":{"...)
		} else {
			b = append(b, ',')
		}
		b = jsonscan.AppendString(b, pairs[i])
		b = append(b, ':')
		b = jsonscan.AppendString(b, pairs[i+1])
	}
	if b == nil {
		return ""
	}
	return contracts.JSON(append(b, "}}"...))
}

// outputOfParts is what a tool answered in parts.
func outputOfParts(parts []contracts.ContentPart) contracts.ToolResultOutput {
	if len(parts) == 1 {
		if text, ok := parts[0].(contracts.TextContentPart); ok && text.ProviderOptions == "" {
			return outputOf(jsonOrText(text.Text), false)
		}
	}
	b := []byte{'['}
	for i, part := range parts {
		if i > 0 {
			b = append(b, ',')
		}
		b = part.AppendJSON(b)
	}
	return contracts.ToolResultOutput{Type: contracts.OutputContent, Value: contracts.JSON(append(b, ']'))}
}

func hasPart(parts []contracts.ContentPart, kind string) bool {
	for _, part := range parts {
		if part.Type() == kind {
			return true
		}
	}
	return false
}

// callsBeside are the calls that are not among the parts already: known by their
// id, or where one has none, by name and input.
func callsBeside(parts, calls []contracts.ContentPart) (out []contracts.ContentPart) {
	ids, alike := make(map[string]bool), make(map[string]bool)
	for _, part := range parts {
		if call, ok := part.(contracts.ToolCallContentPart); ok {
			ids[call.ToolCallID] = true
			alike[call.ToolName+"\x00"+string(call.Input)] = true
		}
	}
	for _, part := range calls {
		call, ok := part.(contracts.ToolCallContentPart)
		if !ok || len(ids) == 0 || !ids[call.ToolCallID] && !(alike[call.ToolName+"\x00"+string(call.Input)] && (call.ToolCallID == "" || ids[""])) {
			out = append(out, part)
		}
	}
	return out
}
