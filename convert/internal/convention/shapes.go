// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convention

import (
	"strings"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/anthropic"
	"github.com/spect-tools/spect-go/convert/bedrock"
	"github.com/spect-tools/spect-go/convert/gemini"
	"github.com/spect-tools/spect-go/convert/internal/shape"
	"github.com/spect-tools/spect-go/convert/llm"
	"github.com/spect-tools/spect-go/convert/openai"
	"github.com/spect-tools/spect-go/internal/jsonscan"
)

// Several conventions record what an application sent to a provider and what
// came back as it was: JSON in the provider's own shape, or the messages of it.
// Which shape that is shows in its members. Where it does not, since plain
// messages look alike in several, it is read as OpenAI's, which is what most
// others follow.

// nativeShape is a form of messages.
type nativeShape uint8

const (
	noShape nativeShape = iota
	// chatShape is OpenAI's Chat Completions, and of all who follow it.
	chatShape
	responsesShape
	anthropicShape
	bedrockShape
	geminiShape
	vercelShape
	langChainShape
	// otelShape is OpenTelemetry's own: parts with a type.
	otelShape
)

// nativeRequest reads the body of a request, or a list of messages that stands
// for it. ok is false where it is none that is known.
func nativeRequest(j contracts.JSON) (request llm.Request, ok bool) {
	switch nativeRequestShape(j) {
	case chatShape:
		request = openai.ChatRequest(j)
	case responsesShape:
		request = openai.ResponsesRequest(j)
	case anthropicShape:
		request = anthropic.Request(j)
	case bedrockShape:
		request = bedrock.Request(j)
	case geminiShape:
		request = gemini.Request(j)
	default:
		request.Messages, _ = nativeMessages(j)
	}
	return request, len(request.Messages) > 0
}

// nativeRequestShape is the shape of the body of a request.
func nativeRequestShape(j contracts.JSON) nativeShape {
	if !j.IsObject() {
		return noShape
	}
	var messages, tools contracts.JSON
	found, said := noShape, noShape
	request := false // has more than what was said
	for name, value := range j.Members() {
		switch name {
		case "messages":
			messages = value
		case "tools":
			tools, request = value, true
		case "model", "instructions":
			request = true
		case "contents":
			found = geminiShape
		case "input":
			if value.IsArray() || shape.IsText(value) {
				said = responsesShape
			}
		case "prompt":
			said = chatShape
		case "system":
			if isBedrockSystem(value) {
				found = bedrockShape
			} else {
				found = anthropicShape
			}
		case "anthropic_version", "thinking":
			found = anthropicShape
		case "inferenceConfig", "toolConfig", "modelId":
			found = bedrockShape
		}
	}
	switch {
	case found == geminiShape || found == bedrockShape && messages != "":
		return found
	case !messages.IsArray():
		if !request {
			return noShape
		}
		return said
	case found != noShape:
		return found
	}
	switch found = messagesShape(messages); found {
	case chatShape:
		for tool := range tools.Elements() {
			if tool.Member("input_schema") != "" {
				return anthropicShape
			}
			break
		}
		return chatShape
	case anthropicShape, bedrockShape:
		return found
	}
	return noShape
}

// isBedrockSystem tells Bedrock's system blocks, which have no type.
func isBedrockSystem(system contracts.JSON) bool {
	for block := range system.Elements() {
		return block.Member("type") == ""
	}
	return false
}

// nativeResponse reads the body of an answer, or what stands for it: its
// choices, its output items, its message. ok is false where it is none that is
// known.
func nativeResponse(j contracts.JSON) (response llm.Response, ok bool) {
	if j.IsArray() {
		return nativeAnswers(j)
	}
	var output, content, role, data, text, usage contracts.JSON
	kind := ""
	found := noShape
	choice, stopped, heard := false, false, false
	for name, value := range j.Members() {
		switch name {
		case "type":
			kind, _ = value.Text()
		case "stop_reason":
			stopped = true
		case "choices":
			found = chatShape
		case "message":
			choice = value.IsObject()
		case "candidates", "usageMetadata", "usage_metadata":
			found = geminiShape
		case "generations":
			found = langChainShape
		case "output":
			output = value
		case "data":
			data = value
		case "text":
			text = value
		case "usage":
			usage, heard = value, true
		case "duration", "language", "segments":
			heard = true
		case "content":
			content = value
		case "role":
			role = value
		}
	}
	switch {
	case found == chatShape:
		response = openai.ChatResponse(j)
	case found == geminiShape:
		response = gemini.Response(j)
	case found == langChainShape:
		response = langChainResult(j)
	case output.IsArray():
		response = openai.ResponsesResponse(j)
	case output.Member("message") != "":
		response = bedrock.Response(j)
	case content.IsArray() && stopped:
		response = anthropic.Response(j)
	case role == "" && (choice || isItem(kind)):
		return nativeAnswers(`[` + j + `]`)
	case role != "":
		response.Messages, _ = nativeMessages(`[` + j + `]`)
	case data.IsArray():
		response = openai.ResponsesResponse(`{"usage":` + orNull(usage) + `}`)
		response.Messages = images(data)
	case heard && shape.IsText(text): // a transcription
		words, _ := text.Text()
		response = openai.ResponsesResponse(`{"usage":` + orNull(usage) + `}`)
		response.Messages = append(response.Messages, contracts.AssistantText(words))
	default:
		return response, false
	}
	return response, len(response.Messages) > 0 || response.Error != nil || response.Usage.Known()
}

// images are what OpenAI's models that only draw answer with.
func images(data contracts.JSON) []contracts.ConversationMessage {
	var parts []contracts.ContentPart
	for image := range data.Elements() {
		for name, value := range image.Members() {
			text, _ := value.Text()
			switch {
			case text == "":
			case name == "url":
				parts = append(parts, filePart(text, "", "image"))
			case name == "b64_json":
				parts = append(parts, filePart(text, shape.Sniff(text), "image"))
			}
		}
	}
	if len(parts) == 0 {
		return nil
	}
	return []contracts.ConversationMessage{contracts.Assistant(parts...)}
}

// nativeAnswers reads the list that an answer holds: choices, output items, or
// messages.
func nativeAnswers(list contracts.JSON) (response llm.Response, ok bool) {
	for e := range list.Elements() {
		if e.Member("message") != "" {
			response = openai.ChatResponse(`{"choices":` + list + `}`)
			return response, len(response.Messages) > 0
		}
		if e.Member("toolCallId") != "" {
			response.Messages = vercelCalls(list)
			return response, len(response.Messages) > 0
		}
		break
	}
	if messagesShape(list) == responsesShape {
		response = openai.ResponsesResponse(`{"output":` + list + `}`)
		return response, len(response.Messages) > 0
	}
	response.Messages, ok = nativeMessages(list)
	return response, ok
}

// nativeMessages reads a list of messages of any shape. ok is false where it is
// none that is known.
func nativeMessages(list contracts.JSON) (messages []contracts.ConversationMessage, ok bool) {
	switch messagesShape(list) {
	case chatShape:
		messages = openai.ChatMessages(list)
	case responsesShape:
		messages = openai.ResponsesItems(list)
	case anthropicShape:
		messages = anthropic.Messages(list)
	case bedrockShape:
		messages = bedrock.Messages(list)
	case geminiShape:
		messages = gemini.Contents(list)
	case vercelShape:
		messages = vercelMessages(list)
	case langChainShape:
		messages, _ = langChainMessages(list)
	case otelShape:
		c := conversation{facts: &Facts{}}
		messages = c.list(nil, list, contracts.RoleUser)
	}
	return messages, len(messages) > 0
}

// nativeParts reads the content of a message, a text or a list of parts of any
// shape, as the parts that one message of the role has.
func nativeParts(role contracts.Role, content contracts.JSON) (parts []contracts.ContentPart) {
	if text, isText := content.Text(); isText {
		if text == "" {
			return nil
		}
		return []contracts.ContentPart{contracts.TextContentPart{Text: text}}
	}
	if !content.IsArray() {
		return nil
	}
	message := `[{"role":"` + contracts.JSON(role) + `","content":` + content + `}]`
	messages, _ := nativeMessages(message)
	for i := range messages {
		parts = append(parts, messages[i].Content.Parts()...)
	}
	return parts
}

// messagesShape is the shape of a list of messages: that of the first message
// that shows one, else that of a chat. It is noShape where a message is none.
func messagesShape(list contracts.JSON) nativeShape {
	found := noShape
	for message := range list.Elements() {
		switch s := messageShape(message); s {
		case noShape:
			return noShape
		case chatShape:
			found = s
		default:
			return s
		}
	}
	return found
}

// messageShape is the shape of one message: chatShape where it could be of
// several.
func messageShape(message contracts.JSON) nativeShape {
	if message.IsArray() {
		if _, ok := langChainMessage(message); ok {
			return langChainShape
		}
		for inner := range message.Elements() { // a batch
			if _, ok := langChainMessage(inner); ok {
				return langChainShape
			}
			break
		}
		return noShape
	}
	var kind, role string
	var content, parts contracts.JSON
	called := false
	for name, value := range message.Members() {
		switch name {
		case "type":
			kind, _ = value.Text()
		case "role":
			role, _ = value.Text()
		case "content":
			content = value
		case "parts":
			parts = value
		case "tool_calls", "tool_call_id", "function_call", "refusal":
			called = true
		case "event.name":
			return otelShape
		case "lc", "data", "response_metadata":
			if _, ok := langChainMessage(message); ok {
				return langChainShape
			}
		}
	}
	switch {
	case parts.IsArray():
		if !untyped(parts) {
			return otelShape
		}
		return geminiShape
	case kind != "" && role == "":
		if isItem(kind) {
			return responsesShape
		}
		if _, ok := langChainMessage(message); ok {
			return langChainShape
		}
		return noShape
	case role == "":
		return noShape
	case called:
		return chatShape
	}
	if s := contentShape(content); s != noShape {
		return s
	}
	if kind == "message" {
		return responsesShape
	}
	return chatShape
}

// isItem tells the types of the items of OpenAI's Responses.
func isItem(kind string) bool {
	switch kind {
	case "reasoning", "message", "item_reference", "compaction", "mcp_list_tools", "mcp_approval_request", "mcp_approval_response":
		return true
	}
	return strings.HasSuffix(kind, "_call") || strings.HasSuffix(kind, "_output")
}

// contentShape is the shape that the parts of a content show, and noShape where
// they could be of several.
func contentShape(content contracts.JSON) nativeShape {
	for part := range content.Elements() {
		if !part.IsObject() {
			continue
		}
		kind, typed := part.Member("type").Text()
		if !typed {
			return bedrockShape
		}
		switch kind {
		case "text":
			continue
		case "input_text", "output_text", "input_image", "input_file", "summary_text", "computer_screenshot":
			return responsesShape
		case "image_url", "input_audio", "refusal":
			return chatShape
		case "tool-call", "tool-result", "reasoning", "redacted-reasoning":
			return vercelShape
		case "image":
			if part.Member("image_url") != "" {
				return responsesShape // OpenLLMetry's name for an input_image
			}
			if part.Member("source") == "" {
				return vercelShape
			}
			return anthropicShape
		case "file":
			if part.Member("file") != "" {
				return chatShape
			}
			if part.Member("file_id") != "" || part.Member("file_data") != "" {
				return responsesShape
			}
			return vercelShape
		case "thinking":
			if jsonscan.Kind(string(part.Member("thinking"))) == '[' {
				return chatShape // Mistral's
			}
			return anthropicShape
		case "redacted_thinking", "document", "container_upload", "search_result":
			return anthropicShape
		}
		if strings.HasSuffix(kind, "tool_use") || strings.HasSuffix(kind, "tool_result") {
			return anthropicShape
		}
	}
	return noShape
}
