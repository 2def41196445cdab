// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convention

import (
	"strings"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/shape"
)

// langfuseMedia begins a reference to a file that Langfuse's SDK uploaded, and
// that it records in place of the file:
//
//	@@@langfuseMedia:type=image/png|id=...|source=base64_data_uri@@@
const langfuseMedia = "@@@langfuseMedia:type="

// langfuseFiles gives files their media types by the references to them, where
// their parts do not say more than a kind of media.
func langfuseFiles(messages []contracts.ConversationMessage) {
	for i := range messages {
		langfuseParts(messages[i].Content.Parts())
	}
}

func langfuseParts(parts []contracts.ContentPart) (changed bool) {
	for i := range parts {
		switch part := parts[i].(type) {
		case contracts.FileContentPart:
			if mediaType := langfuseMediaType(part.Data); mediaType != "" && isWide(part.MediaType) {
				part.MediaType = mediaType
				parts[i], changed = part, true
			}
		case contracts.ToolResultContentPart:
			output := &part.Output
			if output.Type != contracts.OutputContent || !strings.Contains(string(output.Value), langfuseMedia) {
				continue
			}
			if answer := contracts.RawContent(output.Value).Parts(); langfuseParts(answer) {
				*output = shape.PartsOutput(answer)
				parts[i], changed = part, true
			}
		}
	}
	return changed
}

// langfuseMediaType is the media type that a reference names, if data is one.
func langfuseMediaType(data contracts.JSON) string {
	if !strings.HasPrefix(string(data), `"`+langfuseMedia) {
		return "" // of most files, and some are long
	}
	text, _ := data.Text()
	mediaType, _, whole := strings.Cut(strings.TrimPrefix(text, langfuseMedia), "|")
	if !whole {
		return ""
	}
	return mediaType
}

// isWide reports whether a media type only names a kind of media, or nothing.
func isWide(mediaType string) bool {
	return mediaType == "" || mediaType == "application/octet-stream" || strings.HasSuffix(mediaType, "/*")
}
