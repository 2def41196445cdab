// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convention

import (
	"strings"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/shape"
)

// jsonOrText reads a text that may be JSON: an object or an array stays what it
// is; anything else, a cut one too, becomes a JSON string.
func jsonOrText(text string) contracts.JSON { return shape.Output(text).Value }

// arguments reads what a model wants a tool to be called with, given as text.
func arguments(text string) contracts.JSON { return shape.Arguments(contracts.QuoteJSON(text)) }

// callPart is a call of a tool. One that came without an id gets the id that the
// same call gets wherever it is met.
func callPart(id, name string, input, options contracts.JSON) contracts.ToolCallContentPart {
	if id == "" {
		id = shape.CallID(name, input)
	}
	return contracts.ToolCallContentPart{ToolCallID: id, ToolName: name, Input: input, ProviderOptions: options}
}

// outputOf is what a tool answered: a text where it is a JSON string, unless
// that holds an object or an array; else JSON.
func outputOf(value contracts.JSON, failed bool) contracts.ToolResultOutput {
	output := contracts.ToolResultOutput{Type: contracts.OutputJSON, Value: value}
	if text, isText := value.Text(); isText || value == "" {
		output = shape.Output(text)
	}
	if failed {
		output = shape.Failed(output)
	}
	return output
}

// outputOfParts is what a tool answered in parts. One text is a text.
func outputOfParts(parts []contracts.ContentPart) contracts.ToolResultOutput {
	if len(parts) == 1 {
		if text, ok := parts[0].(contracts.TextContentPart); ok && text.ProviderOptions == "" && text.Extra == nil {
			return shape.Output(text.Text)
		}
	}
	return shape.PartsOutput(parts)
}

// filePart is a file that is given by its URL, or in a data: URL. Where its
// media type is not known, the kind of media is all there is to say: image,
// audio, video.
func filePart(url, mediaType, kind string) contracts.FileContentPart {
	data := url
	if inline, base64, ok := shape.DataURL(url); ok {
		data = base64
		if mediaType == "" {
			mediaType = inline
		}
		if mediaType == "" {
			mediaType = shape.Sniff(base64)
		}
	} else if mediaType == "" {
		mediaType = shape.MediaType(url)
	}
	switch {
	case strings.Contains(mediaType, "/"):
	case kind == "":
		mediaType = "application/octet-stream"
	default:
		mediaType = kind + "/*"
	}
	return contracts.FileContentPart{MediaType: mediaType, Data: contracts.QuoteJSON(data)}
}

func hasPart(parts []contracts.ContentPart, kind string) bool {
	for _, part := range parts {
		if part.Type() == kind {
			return true
		}
	}
	return false
}

// callsBeside are the calls that are not among the parts already. The same call
// has the same id, the one that [callPart] made too.
func callsBeside(parts, calls []contracts.ContentPart) (out []contracts.ContentPart) {
	if len(calls) == 0 {
		return nil
	}
	known := make(map[string]bool)
	for _, part := range parts {
		if call, ok := part.(contracts.ToolCallContentPart); ok {
			known[call.ToolCallID] = true
			known[shape.CallID(call.ToolName, call.Input)] = true
		}
	}
	for _, part := range calls {
		if call, ok := part.(contracts.ToolCallContentPart); !ok || !known[call.ToolCallID] {
			out = append(out, part)
		}
	}
	return out
}
