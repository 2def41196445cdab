// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convention

import (
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"

	"github.com/spect-tools/spect-go/contracts"
)

// spanEvent is an event of texts.
func spanEvent(name string, pairs ...string) Event {
	e := Event{Name: name}
	for i := 0; i+1 < len(pairs); i += 2 {
		e.Attributes = append(e.Attributes, attribute.String(pairs[i], pairs[i+1]))
	}
	return e
}

// eventsOf reads a span of an operation that has these events.
func eventsOf(t testing.TB, operation string, events ...Event) *Facts {
	t.Helper()
	f := Read(&Source{Attributes: []attribute.KeyValue{attribute.String(operationKey, operation)}, Events: events})
	checkFacts(t, f)
	return f
}

// logsOf reads a call of a model that has these log records, each a name and the
// JSON of its body. The bodies are structured or a text: that says the same.
func logsOf(t testing.TB, pairs ...string) *Facts {
	t.Helper()
	var all [2]*Facts
	for i := range all {
		s := &Source{Attributes: []attribute.KeyValue{attribute.String(operationKey, "chat")}}
		for k := 0; k+1 < len(pairs); k += 2 {
			body := attribute.StringValue(pairs[k+1])
			if i == 0 {
				body = structured(t, contracts.JSON(pairs[k+1]))
			}
			s.Logs = append(s.Logs, Log{Name: pairs[k], Body: body})
		}
		all[i] = Read(s)
		checkFacts(t, all[i])
	}
	if len(all[0].Request.Messages)+len(all[0].Response.Messages) > 0 {
		for _, of := range []func(*Facts) []contracts.ConversationMessage{
			func(f *Facts) []contracts.ConversationMessage { return f.Request.Messages },
			func(f *Facts) []contracts.ConversationMessage { return f.Response.Messages },
		} {
			if text := of(all[1]); len(text) > 0 {
				sameMessages(t, "a structured body", of(all[0]), string(contracts.MakeMessages(text...)))
			}
		}
	}
	return all[0]
}

// TestLogRecords reads the messages of 1.28 to 1.36.
func TestLogRecords(t *testing.T) {
	f := logsOf(t,
		"gen_ai.system.message", `{"content":"Be brief."}`,
		"gen_ai.user.message", `{"content":"Weather?"}`,
		"gen_ai.assistant.message", `{"content":"Let me see.","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]}`,
		"gen_ai.tool.message", `{"id":"c","content":"sunny"}`,
		"gen_ai.choice", `{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"It is sunny."}}`)
	sameMessages(t, "request", f.Request.Messages, `[{"role":"system","content":"Be brief."},{"role":"user","content":[{"type":"text","text":"Weather?"}]},
		{"role":"assistant","content":[{"type":"text","text":"Let me see."},{"type":"tool-call","toolCallId":"c","toolName":"f","input":{"a":1}}]},
		{"role":"tool","content":[{"type":"tool-result","toolCallId":"c","toolName":"f","output":{"type":"text","value":"sunny"}}]}]`)
	sameMessages(t, "response", f.Response.Messages, `[{"role":"assistant","content":[{"type":"text","text":"It is sunny."}]}]`)
	if strings.Join(f.Response.FinishReasons, ",") != "stop" || f.Fragments || len(f.Partial) > 0 {
		t.Errorf("finish reasons %q, fragments %v, partial %v", f.Response.FinishReasons, f.Fragments, f.Partial)
	}

	// A user's text stays one, whatever it looks like.
	f = logsOf(t, "gen_ai.user.message", `{"content":"{\"a\": 1}"}`, "gen_ai.user.message", `{"content":"[1, 2]"}`)
	sameMessages(t, "JSON as text", f.Request.Messages, `[{"role":"user","content":[{"type":"text","text":"{\"a\": 1}"}]},
		{"role":"user","content":[{"type":"text","text":"[1, 2]"}]}]`)

	// Bedrock's results are in an event of their own and in the user's, and the
	// calls beside the blocks.
	f = logsOf(t,
		"gen_ai.assistant.message", `{"content":[{"text":"a"},{"toolUse":{"toolUseId":"c","name":"f","input":{}}}],"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":{}}}]}`,
		"gen_ai.tool.message", `{"id":"c","content":[{"json":{"t":1}}]}`,
		"gen_ai.user.message", `{"content":[{"toolResult":{"toolUseId":"c","content":[{"json":{"t":1}}]}}]}`)
	sameMessages(t, "Bedrock's", f.Request.Messages, `[{"role":"assistant","content":[{"type":"text","text":"a"},{"type":"tool-call","toolCallId":"c","toolName":"f","input":{}}]},
		{"role":"tool","content":[{"type":"tool-result","toolCallId":"c","toolName":"f","output":{"type":"json","value":{"t":1}}}]}]`)

	// Vertex AI has the calls beside the message.
	f = logsOf(t, "gen_ai.choice", `{"index":0,"message":{"role":"model"},"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":{}}}],"finish_reason":"stop"}`)
	sameMessages(t, "Vertex AI's", f.Response.Messages, `[{"role":"assistant","content":[{"type":"tool-call","toolCallId":"c","toolName":"f","input":{}}]}]`)
}

// TestLogRecordsOfGemini has the content of Gemini where the conventions have a
// text. ADK has what the model called as the user's.
func TestLogRecordsOfGemini(t *testing.T) {
	f := logsOf(t,
		"gen_ai.user.message", `{"content":{"role":"user","parts":[{"text":"hi"}]}}`,
		"gen_ai.user.message", `{"content":{"role":"user","parts":[{"functionCall":{"name":"f","args":{"a":1}}}]}}`,
		"gen_ai.user.message", `{"content":{"role":"user","parts":[{"functionResponse":{"name":"f","response":{"r":1}}}]}}`,
		"gen_ai.choice", `{"index":0,"content":{"role":"model","parts":[{"text":"It is "}]}}`,
		"gen_ai.choice", `{"index":1,"content":{"role":"model","parts":[{"text":"sunny."}]},"finish_reason":"STOP"}`)
	if len(f.Request.Messages) != 3 || f.Request.Messages[1].Role != contracts.RoleAssistant || f.Request.Messages[2].Role != contracts.RoleTool {
		t.Fatalf("request %v", f.Request.Messages)
	}
	call := f.Request.Messages[1].Content.Parts()[0].(contracts.ToolCallContentPart)
	result := f.Request.Messages[2].Content.Parts()[0].(contracts.ToolResultContentPart)
	if call.ToolCallID == "" || call.ToolCallID != result.ToolCallID || result.ToolName != "f" {
		t.Errorf("call %q, result of %q of %q", call.ToolCallID, result.ToolCallID, result.ToolName)
	}
	if len(f.Response.Messages) != 2 || !f.Fragments || strings.Join(f.Response.FinishReasons, ",") != "STOP" {
		t.Errorf("response %v, fragments %v, finish reasons %q", f.Response.Messages, f.Fragments, f.Response.FinishReasons)
	}
	f = logsOf(t, "gen_ai.user.message", `{"content":[{"role":"user","parts":[{"text":"a"}]},{"role":"model","parts":[{"text":"b"}]}]}`)
	sameMessages(t, "several contents", f.Request.Messages, `[{"role":"user","content":[{"type":"text","text":"a"}]},{"role":"assistant","content":[{"type":"text","text":"b"}]}]`)
}

func TestChoices(t *testing.T) {
	f := logsOf(t, "gen_ai.choice", `{"index":0,"message":{"content":"a"},"finish_reason":"stop"}`,
		"gen_ai.choice", `{"index":1,"message":{"content":"b"},"finish_reason":"length"}`)
	if len(f.Response.Messages) != 2 || f.Fragments {
		t.Errorf("response %v, fragments %v", f.Response.Messages, f.Fragments)
	}
	f = logsOf(t, "gen_ai.choice", `{"index":0,"message":{"content":"a"},"finish_reason":"stop"}`,
		"gen_ai.choice", `{"index":0,"message":{"content":"b"},"finish_reason":"stop"}`)
	if len(f.Response.Messages) != 2 || !f.Fragments {
		t.Errorf("response %v, fragments %v", f.Response.Messages, f.Fragments)
	}
}

// TestContentLeftOut has events that keep what was said to themselves.
func TestContentLeftOut(t *testing.T) {
	for _, body := range []string{`{"content":"<elided>"}`, `{}`, `{"role":"user"}`} {
		f := logsOf(t, "gen_ai.user.message", body)
		if len(f.Request.Messages) > 0 || note(f, "messages") == "" {
			t.Errorf("%s: messages %v, partial %v", body, f.Request.Messages, f.Partial)
		}
	}
}

// TestSpanEvents reads what Strands writes: Bedrock's blocks, as JSON.
func TestSpanEvents(t *testing.T) {
	f := eventsOf(t, "chat",
		spanEvent("gen_ai.system.message", "content", `[{"text":"Be brief."}]`),
		spanEvent("gen_ai.user.message", "content", `[{"text":"Weather?"}]`),
		spanEvent("gen_ai.assistant.message", "content", `[{"text":"a"},{"toolUse":{"toolUseId":"c","name":"f","input":{"a":1}}}]`),
		spanEvent("gen_ai.tool.message", "content", `[{"toolResult":{"toolUseId":"c","status":"error","content":[{"text":"no"}]}}]`),
		spanEvent("gen_ai.choice", "message", `[{"text":"b"}]`, "finish_reason", "end_turn"))
	sameMessages(t, "request", f.Request.Messages, `[{"role":"system","content":"Be brief."},{"role":"user","content":[{"type":"text","text":"Weather?"}]},
		{"role":"assistant","content":[{"type":"text","text":"a"},{"type":"tool-call","toolCallId":"c","toolName":"f","input":{"a":1}}]},
		{"role":"tool","content":[{"type":"tool-result","toolCallId":"c","toolName":"f","output":{"type":"error-text","value":"no"}}]}]`)
	sameMessages(t, "response", f.Response.Messages, `[{"role":"assistant","content":[{"type":"text","text":"b"}]}]`)

	f = eventsOf(t, "execute_tool",
		spanEvent("gen_ai.tool.message", "role", "tool", "content", `{"a": 1}`, "id", "c"),
		spanEvent("gen_ai.choice", "message", `[{"text":"sunny"}]`, "id", "c"))
	sameJSON(t, "arguments", f.Tool.Arguments, `{"a":1}`)
	sameJSON(t, "result", f.Tool.Result, `"sunny"`)

	f = eventsOf(t, "execute_tool",
		spanEvent(detailsEvent, inputKey, `[{"role":"tool","parts":[{"type":"tool_call","name":"f","id":"c","arguments":{"a":1}}]}]`),
		spanEvent(detailsEvent, outputKey, `[{"role":"tool","parts":[{"type":"tool_call_response","id":"c","response":[{"text":"sunny"}]}]}]`))
	sameJSON(t, "arguments", f.Tool.Arguments, `{"a":1}`)
	sameJSON(t, "result", f.Tool.Result, `"sunny"`)

	// What looks like a list and is none stays a text.
	f = eventsOf(t, "invoke_agent", spanEvent("gen_ai.user.message", "content", `[Weather]?`), spanEvent("gen_ai.choice", "message", "[sunny]\n"))
	sameMessages(t, "request", f.Request.Messages, `[{"role":"user","content":[{"type":"text","text":"[Weather]?"}]}]`)
	sameMessages(t, "response", f.Response.Messages, `[{"role":"assistant","content":[{"type":"text","text":"[sunny]\n"}]}]`)

	// Azure's and Logfire's events hold the body in one attribute.
	for _, key := range []string{"gen_ai.event.content", "event_body"} {
		f = eventsOf(t, "chat", spanEvent("gen_ai.user.message", key, `{"content":"hi"}`), spanEvent("gen_ai.choice", key, `{"index":0,"message":{"content":"yo"}}`))
		sameMessages(t, key, f.Request.Messages, `[{"role":"user","content":[{"type":"text","text":"hi"}]}]`)
		sameMessages(t, key, f.Response.Messages, `[{"role":"assistant","content":[{"type":"text","text":"yo"}]}]`)
	}
}

// TestAttributesBeforeEvents takes what is said in several places from the
// newest.
func TestAttributesBeforeEvents(t *testing.T) {
	f := Read(&Source{
		Attributes: []attribute.KeyValue{
			attribute.String(operationKey, "chat"),
			attribute.String(inputKey, `[{"role":"user","parts":[{"type":"text","content":"attribute"}]}]`),
		},
		Events: []Event{
			spanEvent("gen_ai.user.message", "content", "event"), spanEvent("gen_ai.choice", "message", "event"),
			spanEvent("gen_ai.content.completion", "gen_ai.completion", "old event"),
		},
		Logs: []Log{{Name: "gen_ai.choice", Body: attribute.StringValue(`{"message":{"content":"log"}}`)}},
	})
	if got := f.Request.Messages[0].Content.Text() + ", " + f.Response.Messages[0].Content.Text(); got != "attribute, event" {
		t.Errorf("request and response of the %s", got)
	}
}

// TestPrompts reads the messages of 1.26 and 1.27.
func TestPrompts(t *testing.T) {
	const prompt = `[{"role":"system","content":"Be brief."},{"role":"user","content":"hi"}]`
	const completion = `[{"role":"assistant","content":"yo"}]`
	for name, f := range map[string]*Facts{
		"attributes": chatOf(t, attribute.String("gen_ai.prompt", prompt), attribute.String("gen_ai.completion", completion)),
		"events": eventsOf(t, "chat", spanEvent("gen_ai.content.prompt", "gen_ai.prompt", prompt),
			spanEvent("gen_ai.content.completion", "gen_ai.completion", completion)),
		"an object": chatOf(t, attribute.String("gen_ai.prompt", `{"messages":`+prompt+`}`), attribute.String("gen_ai.completion", `{"messages":`+completion+`}`)),
	} {
		if len(f.Request.Messages) != 2 || len(f.Response.Messages) != 1 {
			t.Errorf("%s: request %v, response %v", name, f.Request.Messages, f.Response.Messages)
			continue
		}
		if got := f.Request.Messages[0].Content.Text() + f.Request.Messages[1].Content.Text() + f.Response.Messages[0].Content.Text(); got != "Be brief.hiyo" {
			t.Errorf("%s: %q", name, got)
		}
	}
	f := chatOf(t, attribute.String("gen_ai.prompt", "hi"), attribute.String("gen_ai.completion", "yo"))
	sameMessages(t, "texts", append(f.Request.Messages, f.Response.Messages...),
		`[{"role":"user","content":[{"type":"text","text":"hi"}]},{"role":"assistant","content":[{"type":"text","text":"yo"}]}]`)
}
