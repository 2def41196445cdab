// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package openai_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/shapetest"
	"github.com/spect-tools/spect-go/convert/llm"
	"github.com/spect-tools/spect-go/convert/openai"
)

// seed adds recordings of a folder that are small enough to be mutated well, and
// shapes that no recording has.
func seed(f *testing.F, folder string, shapes ...contracts.JSON) {
	f.Helper()
	names, err := filepath.Glob(filepath.Join("testdata", folder, "*"))
	if err != nil || len(names) == 0 {
		f.Fatal("no recordings", err)
	}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		if len(b) < 8<<10 {
			f.Add(string(b))
		}
	}
	for _, s := range shapes {
		f.Add(string(s))
		f.Add(string(`{"messages":[` + s + `],"input":[` + s + `],"output":[` + s + `]}`))
	}
}

// FuzzChat: whatever the text is, what is read of it is as the wire wants it.
func FuzzChat(f *testing.F) {
	var shapes []contracts.JSON
	for _, c := range chatMessages {
		shapes = append(shapes, c.message)
	}
	seed(f, "chat", shapes...)
	f.Fuzz(func(t *testing.T, text string) {
		for _, text := range [...]string{text, assemble(text)} {
			j := contracts.JSON(text)
			shapetest.CheckRequest(t, openai.ChatRequest(j))
			shapetest.CheckResponse(t, openai.ChatResponse(j))
			shapetest.CheckMessages(t, openai.ChatMessages(j))
			shapetest.CheckError(t, openai.Error(j))
			shapetest.CheckStream(t, &openai.ChatStream{}, text)
		}
	})
}

// FuzzResponses is FuzzChat for the other API.
func FuzzResponses(f *testing.F) {
	var shapes []contracts.JSON
	for _, c := range responsesItems {
		shapes = append(shapes, c.items)
	}
	seed(f, "responses", shapes...)
	f.Fuzz(func(t *testing.T, text string) {
		for _, text := range [...]string{text, assemble(text)} {
			j := contracts.JSON(text)
			shapetest.CheckRequest(t, openai.ResponsesRequest(j))
			shapetest.CheckResponse(t, openai.ResponsesResponse(j))
			shapetest.CheckMessages(t, openai.ResponsesItems(j))
			shapetest.CheckStream(t, &openai.ResponsesStream{}, text)
		}
	})
}

func TestHostile(t *testing.T) {
	var messages, items []contracts.JSON
	for _, c := range chatMessages {
		messages = append(messages, c.message, `{"messages":[`+c.message+`],"choices":[{"message":`+c.message+`,"delta":`+c.message+`}]}`)
	}
	for _, c := range responsesItems {
		items = append(items, `[`+c.items+`]`, `{"input":[`+c.items+`],"output":[`+c.items+`]}`)
	}
	shapetest.Shape{
		Request: openai.ChatRequest, Response: openai.ChatResponse, Messages: openai.ChatMessages, Error: openai.Error,
		NewStream: func() llm.Stream { return new(openai.ChatStream) },
	}.Hostile(t, "testdata/chat", messages...)
	shapetest.Shape{
		Request: openai.ResponsesRequest, Response: openai.ResponsesResponse, Messages: openai.ResponsesItems, Error: openai.Error,
		NewStream: func() llm.Stream { return new(openai.ResponsesStream) },
	}.Hostile(t, "testdata/responses", items...)
}

// words are what the two APIs name their members and say in them.
var words = strings.Fields(`acknowledged_safety_checks action actions annotation annotations approve arguments audio audio_url call_id choices code
command command_index commands completion_tokens completion_tokens_details content content_index conversation custom data delta detail details
document_url encrypted_content environment error execution file file_data file_id file_url filename finish_reason format function function_call
id image_url incomplete_details index input input_audio instructions item item_id logprobs logs message messages model name object operation
output output_format output_index outputs part pending_safety_checks prompt prompt_tokens queries reason reasoning reasoning_content
reasoning_details refusal response result results role server_label signature sources status stream summary summary_index text thinking
tool_call_id tool_calls tools total_tokens transcript type url usage x_groq
system developer user assistant tool completed failed incomplete client server text image_url input_audio file refusal thinking input_text
output_text input_image input_file reasoning_text summary_text computer_screenshot unknown tool-call tool-result custom image logs
message reasoning function_call function_call_output custom_tool_call custom_tool_call_output local_shell_call local_shell_call_output
shell_call shell_call_output apply_patch_call apply_patch_call_output computer_call computer_call_output tool_search_call tool_search_output
web_search_call file_search_call code_interpreter_call image_generation_call mcp_call mcp_approval_request mcp_approval_response compaction
error response.completed response.failed response.created response.output_item.added response.output_item.done response.content_part.added
response.content_part.done response.output_text.delta response.output_text.done response.refusal.delta response.reasoning_text.delta
response.reasoning_summary_text.delta response.reasoning_summary_part.added response.function_call_arguments.delta
response.custom_tool_call_input.delta response.code_interpreter_call_code.done response.output_text.annotation.added
response.shell_call_command.added response.shell_call_command.delta data:image/png;base64,iVBO [1]`)

// assemble makes JSON of the words: one value, or an event on each line, as the
// bytes of seed say. So it gets where bytes at random do not.
func assemble(seed string) string {
	a := assembler{seed}
	var b []byte
	for range 1 + a.next()%4 {
		b = append(a.value(b, 6), '\n')
	}
	return string(b)
}

type assembler struct{ seed string }

func (a *assembler) next() int {
	if a.seed == "" {
		return 0
	}
	c := a.seed[0]
	a.seed = a.seed[1:]
	return int(c)
}

func (a *assembler) word() string { return words[a.next()%len(words)] }

func (a *assembler) value(b []byte, depth int) []byte {
	if depth == 0 || a.seed == "" {
		return append(append(append(b, '"'), a.word()...), '"')
	}
	switch a.next() % 12 {
	case 0, 1, 2, 3, 4, 5:
		b = append(b, `{"type":"`...)
		b = append(append(b, a.word()...), '"')
		for range a.next() % 8 {
			b = append(b, `,"`...)
			b = append(append(b, a.word()...), `":`...)
			b = a.value(b, depth-1)
		}
		return append(b, '}')
	case 6, 7, 8:
		b = append(b, '[')
		for i := range a.next() % 4 {
			if i > 0 {
				b = append(b, ',')
			}
			b = a.value(b, depth-1)
		}
		return append(b, ']')
	case 9:
		return strconv.AppendInt(b, int64(a.next()%5), 10)
	case 10:
		return append(b, [...]string{"null", "true", "false", `""`, "{}", "[]", "1e3", "-0.5", `"12"`}[a.next()%9]...)
	}
	return a.value(b, 0)
}
