// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convention

import (
	"testing"

	"go.opentelemetry.io/otel/attribute"
)

func TestPydanticEvents(t *testing.T) {
	f := chatOf(t, attribute.String("events", `[
		{"event.name":"gen_ai.system.message","role":"system","content":"Be brief."},
		{"event.name":"gen_ai.user.message","role":"user","content":["look:",{"kind":"image-url","url":"https://example.com/a.png"},
			{"kind":"binary","media_type":"image/gif","binary_content":"R0lGOD"}]},
		{"event.name":"gen_ai.assistant.message","role":"assistant","content":[{"kind":"thinking","text":"hm"},{"kind":"text","text":"so"}],
			"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":{"a":1}}}]},
		{"event.name":"gen_ai.tool.message","role":"tool","id":"c","name":"f","content":{"t":1}},
		{"event.name":"gen_ai.choice","index":0,"message":{"role":"assistant","content":"done"}}]`))
	sameMessages(t, "request", f.Request.Messages, `[{"role":"system","content":"Be brief."},
		{"role":"user","content":[{"type":"text","text":"look:"},{"type":"file","mediaType":"image/png","data":"https://example.com/a.png"},
			{"type":"file","mediaType":"image/gif","data":"R0lGOD"}]},
		{"role":"assistant","content":[{"type":"reasoning","text":"hm"},{"type":"text","text":"so"},{"type":"tool-call","toolCallId":"c","toolName":"f","input":{"a":1}}]},
		{"role":"tool","content":[{"type":"tool-result","toolCallId":"c","toolName":"f","output":{"type":"json","value":{"t":1}}}]}]`)
	sameMessages(t, "response", f.Response.Messages, `[{"role":"assistant","content":[{"type":"text","text":"done"}]}]`)
}

// TestPydanticEventsWithoutChoice are Logfire's of OpenAI's Responses: what the
// model said are the messages of the assistant at the end.
func TestPydanticEventsWithoutChoice(t *testing.T) {
	events := attribute.String("events", `[
		{"event.name":"gen_ai.user.message","role":"user","content":"hi"},
		{"event.name":"gen_ai.unknown","role":"assistant","content":"reasoning\n\nSee JSON for details","data":{"type":"reasoning","id":"rs","summary":[{"type":"summary_text","text":"hm"}]}},
		{"event.name":"gen_ai.assistant.message","role":"assistant","content":"yo"}]`)
	f := chatOf(t, events, attribute.String("gen_ai.response.id", "r"))
	if len(f.Request.Messages) != 1 || len(f.Response.Messages) != 2 || !f.Fragments {
		t.Fatalf("request %v, response %v, fragments %v", f.Request.Messages, f.Response.Messages, f.Fragments)
	}
	// Without an answer they are what the model was to go on from.
	if f = chatOf(t, events); len(f.Request.Messages) != 3 || len(f.Response.Messages) != 0 {
		t.Errorf("request %v, response %v", f.Request.Messages, f.Response.Messages)
	}
	f = chatOf(t, attribute.String("events", `[{"event.name":"gen_ai.user.mess`))
	if len(f.Request.Messages) != 1 || note(f, "events") == "" {
		t.Errorf("of a list that was cut: request %v, partial %v", f.Request.Messages, f.Partial)
	}
}

func TestPydanticAgent(t *testing.T) {
	const all = `[{"role":"user","parts":[{"type":"text","content":"one"}]},{"role":"assistant","parts":[{"type":"text","content":"first"}]},
		{"role":"user","parts":[{"type":"text","content":"two"}]},{"role":"assistant","parts":[{"type":"tool_call","id":"c","name":"f","arguments":"{}"}]},
		{"role":"user","parts":[{"type":"tool_call_response","id":"c","name":"f","result":"x"}]},{"role":"assistant","parts":[{"type":"text","content":"second"}]}]`
	agent := []attribute.KeyValue{
		attribute.String(operationKey, "invoke_agent"), attribute.String("agent_name", "a"), attribute.String("model_name", "m"),
		attribute.String(allMessagesKey, all), attribute.Int("gen_ai.aggregated_usage.input_tokens", 7),
	}
	f := factsOf(t, agent...)
	if f.Agent.Name != "a" || f.Request.Model != "m" || f.Response.Usage.Input.N != 7 || len(f.Metadata) > 0 {
		t.Errorf("agent %+v, model %q, usage %v, metadata %v", f.Agent, f.Request.Model, f.Response.Usage, f.Metadata)
	}
	if len(f.Request.Messages) != 1 || f.Response.Messages[0].Content.Text() != "second" {
		t.Errorf("asked %v, answered %v", f.Request.Messages, f.Response.Messages)
	}
	// With a history the run begins after its answers.
	f = factsOf(t, append(agent, attribute.Int("pydantic_ai.new_message_index", 2), attribute.String(finalResultKey, `{"city":"Paris"}`))...)
	if len(f.Request.Messages) != 3 || f.Response.Messages[0].Content.Text() != `{"city":"Paris"}` {
		t.Errorf("asked %v, answered %v", f.Request.Messages, f.Response.Messages)
	}
}

func TestPydanticParameters(t *testing.T) {
	parameters := attribute.String("model_request_parameters",
		`{"function_tools":[{"name":"f"}],"output_mode":"tool","output_object":null,"builtin_tools":[],"allow_text_output":false}`)
	f := chatOf(t, parameters)
	sameJSON(t, "tools", f.Request.Tools, `[{"name":"f"}]`)
	sameMembers(t, "metadata", f.Metadata, `{"model_request_parameters":{"output_mode":"tool"}}`)
	f = chatOf(t, parameters, attribute.String("gen_ai.tool.definitions", `[{"type":"function","name":"f"}]`))
	sameJSON(t, "tools", f.Request.Tools, `[{"type":"function","name":"f"}]`)
}

func TestPydanticTool(t *testing.T) {
	f := factsOf(t, attribute.String("gen_ai.tool.name", "f"), attribute.String("gen_ai.tool.call.id", "c"),
		attribute.String(toolArgumentsKey, `{"a":1}`), attribute.String("tool_response", "sunny"), attribute.String("logfire.msg", "running tool: f"))
	if f.Role != Tool || f.Tool.Name != "f" || f.Tool.CallID != "c" || len(f.Metadata) > 0 {
		t.Errorf("role %d, tool %+v, metadata %v", f.Role, f.Tool, f.Metadata)
	}
	sameJSON(t, "arguments", f.Tool.Arguments, `{"a":1}`)
	sameJSON(t, "result", f.Tool.Result, `"sunny"`)
}

// TestLogfireData reads the first version of Logfire's data: the request, and of
// the answer the message.
func TestLogfireData(t *testing.T) {
	f := chatOf(t, attribute.String("gen_ai.system", "anthropic"),
		attribute.String("request_data", `{"model":"claude","system":"Be brief.","max_tokens":9,"messages":[{"role":"user","content":[{"type":"text","text":"hi"}]}]}`),
		attribute.String("response_data", `{"message":{"role":"assistant","content":"yo","tool_calls":[{"id":"c","function":{"name":"f","arguments":"{\"input\":{\"a\":1}}"}}]},
			"usage":{"input_tokens":4,"cache_read_input_tokens":10,"output_tokens":2}}`))
	sameMessages(t, "request", f.Request.Messages, `[{"role":"system","content":"Be brief."},{"role":"user","content":[{"type":"text","text":"hi"}]}]`)
	sameMessages(t, "response", f.Response.Messages, `[{"role":"assistant","content":[{"type":"text","text":"yo"},{"type":"tool-call","toolCallId":"c","toolName":"f","input":{"a":1}}]}]`)
	sameJSON(t, "usage", string(f.Response.Usage.AppendJSON(nil)), `{"inputTokens":14,"outputTokens":2,"totalTokens":16,"cachedInputTokens":10}`)

	f = chatOf(t, attribute.String("gen_ai.system", "openai"), attribute.String("logfire.span_type", "log"), attribute.String("logfire.json_schema", "{}"),
		attribute.String("request_data", `{"model":"gpt","stream":true,"messages":[{"role":"user","content":"hi"}]}`),
		attribute.String("response_data", `{"combined_chunk_content":"yo","chunk_count":2}`))
	sameMessages(t, "response", f.Response.Messages, `[{"role":"assistant","content":[{"type":"text","text":"yo"}]}]`)
	if !f.Answer || !f.Streamed || len(f.Request.Messages) != 1 || len(f.Metadata) > 0 {
		t.Errorf("answer %v, streamed %v, request %v, metadata %v", f.Answer, f.Streamed, f.Request.Messages, f.Metadata)
	}
}

// TestLogfireAgents reads Logfire's spans of OpenAI's Agents SDK.
func TestLogfireAgents(t *testing.T) {
	openai := attribute.String("gen_ai.system", "openai")
	template := attribute.Key(templateKey)
	f := factsOf(t, openai, template.String("Agent run: {name!r}"), attribute.String("name", "triage"))
	if f.Role != Agent || f.Agent.Name != "triage" {
		t.Errorf("role %d, agent %+v", f.Role, f.Agent)
	}
	f = factsOf(t, openai, template.String("Function: {name}"), attribute.String("name", "f"), attribute.String("input", `{"a":1}`),
		attribute.String("output", "4"), attribute.String("error", `{"message":"Error running tool","data":{"tool_name":"f","error":"no"}}`))
	if f.Role != Tool || f.Tool.Name != "f" || f.Error == nil || f.Error.Message != "Error running tool: no" {
		t.Errorf("role %d, tool %+v, error %v", f.Role, f.Tool, f.Error)
	}
	sameJSON(t, "arguments", f.Tool.Arguments, `{"a":1}`)
	f = factsOf(t, openai, template.String("Chat completion with {gen_ai.request.model!r}"), attribute.String("gen_ai.request.model", "m"),
		attribute.Int("gen_ai.usage.output_tokens", 1),
		attribute.String("request_data", `{"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":"yo"}],"model":"m"}`))
	if f.Role != LLM || len(f.Request.Messages) != 1 || len(f.Response.Messages) != 1 {
		t.Errorf("role %d, request %v, response %v", f.Role, f.Request.Messages, f.Response.Messages)
	}
	f = chatOf(t, openai, template.String("Responses API with {gen_ai.request.model!r}"),
		attribute.String("events", `[{"event.name":"gen_ai.user.message","role":"user","content":"hi"},{"event.name":"gen_ai.assistant.message","role":"assistant","content":"yo"}]`),
		attribute.String("raw_input", `[]`), attribute.String("response", `{"id":"resp_1","model":"m-1","status":"completed","output":[
			{"type":"message","id":"msg_1","role":"assistant","content":[{"type":"output_text","text":"yo","annotations":[]}]}],"usage":{"input_tokens":2,"output_tokens":1}}`))
	if f.Response.ID != "resp_1" || len(f.Request.Messages) != 1 || len(f.Response.Messages) != 1 || has(f.Metadata, "raw_input") {
		t.Errorf("id %q, request %v, response %v, metadata %v", f.Response.ID, f.Request.Messages, f.Response.Messages, f.Metadata)
	}
	if got := RoleOf([]attribute.KeyValue{template.String("Function: {name}"), attribute.String("name", "f")}); got != None {
		t.Errorf("role %d of somebody's own function", got)
	}
}
