// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convert_test

import (
	"math/rand/v2"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert"
)

// foreignKeys are some of what other conventions have on their spans.
var foreignKeys = []attribute.Key{
	"gen_ai.operation.name", "gen_ai.input.messages", "gen_ai.output.messages", "gen_ai.system_instructions", "gen_ai.response.id",
	"gen_ai.response.finish_reasons", "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens", "gen_ai.tool.name", "gen_ai.tool.call.id",
	"gen_ai.tool.call.arguments", "gen_ai.tool.call.result", "gen_ai.agent.name", "gen_ai.tool.definitions", "gen_ai.prompt", "gen_ai.completion",
	"gen_ai.prompt.0.role", "gen_ai.prompt.0.content", "gen_ai.completion.0.content", "gen_ai.conversation.id", "error.type",
	"openinference.span.kind", "llm.input_messages.0.message.role", "llm.input_messages.0.message.content", "input.value", "output.value",
	"llm.output_messages.0.message.tool_calls.0.tool_call.function.name", "llm.invocation_parameters", "session.id", "metadata",
	"ai.operationId", "ai.prompt.messages", "ai.response.text", "ai.response.toolCalls", "ai.toolCall.name", "ai.toolCall.args", "ai.usage.promptTokens",
	"traceloop.span.kind", "traceloop.entity.input", "traceloop.entity.output", "logfire.span_type", "request_data", "response_data", "events",
	"langfuse.observation.type", "langfuse.observation.input", "langfuse.observation.output", "genkit:metadata:subtype", "genkit:input", "genkit:output",
	"braintrust.input_json", "braintrust.output_json", "braintrust.metadata", "gcp.vertex.agent.llm_request", "pydantic_ai.all_messages",
}

// foreignKinds say what a span is, as some conventions do.
var foreignKinds = []attribute.KeyValue{
	attribute.String("gen_ai.operation.name", "chat"), attribute.String("gen_ai.operation.name", "execute_tool"),
	attribute.String("gen_ai.operation.name", "invoke_agent"), attribute.String("openinference.span.kind", "LLM"),
	attribute.String("openinference.span.kind", "TOOL"), attribute.String("openinference.span.kind", "AGENT"),
	attribute.String("ai.operationId", "ai.generateText.doGenerate"), attribute.String("ai.operationId", "ai.toolCall"),
	attribute.String("traceloop.span.kind", "tool"), attribute.String("langfuse.observation.type", "generation"),
	attribute.String("langfuse.observation.type", "tool"), attribute.String("genkit:metadata:subtype", "model"),
	attribute.String("genkit:metadata:subtype", "tool"), attribute.String("braintrust.span_attributes", `{"type":"llm"}`),
	attribute.String("logfire.span_type", "span"),
}

// foreignTexts are texts that such attributes hold, or something like them.
var foreignTexts = []string{
	"chat", "execute_tool", "invoke_agent", "LLM", "TOOL", "AGENT", "ai.generateText", "ai.generateText.doGenerate", "ai.toolCall", "generation", "tool",
	"agent", "log", "pending_span", "model", "flow", "f", "call_1", "r1", "user", "assistant", "", "3", `{}`, `[]`, `null`, `"x"`, `{"x":1}`,
	"\t{ \"x\" : 1 }\n", " [ ] ", "{ }", " null", "\n\"\\u0078\"", `"\ud800"`, "\xff", `-0`, `1e400`, `{"":null}`, `{"x":1,"\u0078":[{}]}`,
	`{"content":null,"role":"assistant","tool_calls":[{"id":"call_1","type":"function","function":{"name":"f","arguments":" {\"x\" : 1 }\n"}}]}`,
	`[{"role":"user","parts":[{"type":"text","content":"a"}]}]`,
	`[{"role":"assistant","parts":[{"type":"tool_call","id":"call_1","name":"f","arguments":{"x":1}},{"type":"text","content":"b"}]}]`,
	`[{"role":"user","parts":[{"type":"text","content":"a"}]},{"role":"assistant","parts":[{"type":"tool_call","id":"call_1","name":"f","arguments":{"x":1}}]},{"role":"tool","parts":[{"type":"tool_call_response","id":"call_1","response":2}]}]`,
	`{"messages":[{"role":"system","content":"s"},{"role":"user","content":[{"type":"text","text":"a"},{"type":"image_url","image_url":{"url":"u"}}]}],"model":"m"}`,
	`{"id":"r1","choices":[{"message":{"role":"assistant","content":null,"tool_calls":[{"id":"call_1","function":{"name":"f","arguments":"{\"x\":1}"}}]},"finish_reason":"stop"}]}`,
	`{"content":[{"type":"thinking","thinking":"t","signature":"s"},{"type":"tool_use","id":"call_1","name":"f","input":{}}],"stop_reason":"tool_use"}`,
	`[{"role":"assistant","content":[{"type":"tool-call","toolCallId":"call_1","toolName":"f","args":{}}]},{"role":"tool","content":[{"type":"tool-result","toolCallId":"call_1","toolName":"f","result":1}]}]`,
	`[{"event.name":"gen_ai.user.message","content":"a","role":"user"},{"event.name":"gen_ai.choice","message":{"role":"assistant","content":"b"}}]`,
	`{"messages":[{"role":"model","content":[{"toolRequest":{"ref":"1","name":"f","input":{}}},{"text":"b"}]}]}`, `{"message":{"role":"model","content":[{"text":"b"}]},"finishReason":"stop"}`,
	`{"contents":[{"role":"user","parts":[{"text":"a"}]}],"config":{"system_instruction":"s"}}`,
}

// foreignValue is a text that fits somewhere, whole or cut, or any value.
func (s *source) foreignValue() attribute.Value {
	switch b := s.byte(); {
	case b < 200:
		return attribute.StringValue(foreignTexts[int(b)%len(foreignTexts)])
	case b < 220:
		text := foreignTexts[int(s.byte())%len(foreignTexts)]
		return attribute.StringValue(text[:min(len(text), int(s.byte()))])
	default:
		return s.value(2)
	}
}

func (s *source) foreignAttributes() []attribute.KeyValue {
	var out []attribute.KeyValue
	for range s.byte() % 8 {
		out = append(out, attribute.KeyValue{Key: foreignKeys[int(s.byte())%len(foreignKeys)], Value: s.foreignValue()})
	}
	if kind := int(s.byte()); kind < 8*len(foreignKinds) {
		out = append(out, foreignKinds[kind%len(foreignKinds)])
	}
	return out
}

// foreignSpans are spans of a trace, most of them of other conventions.
func (s *source) foreignSpans() []convert.Span {
	out := s.spans()
	for i := range out {
		if s.byte()%4 > 0 {
			out[i].Attributes = s.foreignAttributes()
		} else {
			out[i].Attributes = append(out[i].Attributes, s.foreignAttributes()...)
		}
		for range s.byte() % 3 {
			out[i].Events = append(out[i].Events, convert.Event{
				Name:       []string{"gen_ai.choice", "gen_ai.user.message", "gen_ai.client.inference.operation.details", "exception"}[s.byte()%4],
				Attributes: s.foreignAttributes(),
			})
			out[i].Logs = append(out[i].Logs, convert.Log{Name: "gen_ai.assistant.message", Body: s.foreignValue(), Attributes: s.foreignAttributes()})
		}
	}
	return out
}

// FuzzForeign: whatever spans of other conventions say, each session is as the
// contract wants it, and the same again.
func FuzzForeign(f *testing.F) {
	f.Add([]byte{})
	for i := range 64 {
		b := make([]byte, 400)
		for k := range b {
			b[k] = byte(i*k + k*k/3)
		}
		f.Add(b)
	}
	f.Fuzz(checkForeign)
}

func TestForeignAtRandom(t *testing.T) {
	random := rand.NewChaCha8([32]byte{1})
	for range 3000 {
		data := make([]byte, 1500)
		_, _ = random.Read(data)
		checkForeign(t, data)
	}
}

func checkForeign(t *testing.T, data []byte) {
	s := &source{data}
	spans := s.foreignSpans()
	nodes := make([]convert.Node, len(spans))
	for i := range spans {
		spans[i].Name = "span"
		nodes[i] = convert.NodeOf(&spans[i])
	}
	checkGroups(t, nodes, convert.Carve(nodes))
	c := convert.Converter{OrganizationID: "org"}
	for _, session := range convert.Sessions(spans) {
		made := c.Payload(&session)
		body := string(made.AppendJSON(nil))
		p, err := contracts.ParsePayload(body)
		if err != nil {
			t.Fatalf("%v: %s", err, body)
		}
		checkWrittenAgain(t, made, p, body)
		if left := problems(p.Validate()); len(left) > 0 {
			t.Fatalf("%v: %s", left, body)
		}
		if err := p.Validate(); err != nil && !ownAttributes(&session) {
			t.Fatalf("%v: %s", err, body)
		}
		if again := string(c.Payload(&session).AppendJSON(nil)); again != body {
			t.Fatalf("again it is another:\n%s\n%s", body, again)
		}
		checkWithheld(t, &c, &session, p)
	}
}

// ownAttributes reports whether a session has values that its program gave as
// they are.
func ownAttributes(s *convert.Session) bool {
	for _, sp := range append([]*convert.Span{s.Root}, s.Spans...) {
		for _, kv := range sp.Attributes {
			if convert.UsesAttribute(convert.RoleEntry, kv.Key) {
				return true
			}
		}
	}
	return false
}

// A trace may be one long chain of spans of others, or hold as many as it likes.
func TestManyForeignSpans(t *testing.T) {
	for name, parent := range map[string]func(i int) int{"chain": func(i int) int { return i - 1 }, "side by side": func(int) int { return 0 }} {
		const count = 20_000
		spans := make([]convert.Span, count)
		for i := range spans {
			sp := &spans[i]
			sp.TraceID, sp.SpanID = tid, trace.SpanID{byte(i >> 16), byte(i >> 8), byte(i), 1}
			if i > 0 {
				p := parent(i)
				sp.ParentID = trace.SpanID{byte(p >> 16), byte(p >> 8), byte(p), 1}
			}
			sp.Name, sp.StartTime, sp.EndTime = "span", start, start
			operation := []string{"invoke_agent", "chat", "execute_tool"}[i%3]
			sp.Attributes = []attribute.KeyValue{
				attribute.String("gen_ai.operation.name", operation),
				attribute.String("gen_ai.tool.name", "f"),
				attribute.String("gen_ai.input.messages", `[{"role":"user","parts":[{"type":"text","content":"a"}]}]`),
				attribute.String("gen_ai.output.messages", `[{"role":"assistant","parts":[{"type":"tool_call","name":"f","arguments":{}}]}]`),
			}
		}
		sessions := convert.Sessions(spans)
		c := convert.Converter{OrganizationID: "org"}
		if len(sessions) != 1 {
			t.Fatalf("%s: %d sessions", name, len(sessions))
		}
		if err := c.Payload(&sessions[0]).Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// checkWithheld checks that a payload without content is as sound as it was: JSON,
// of as many spans and messages, and the same when it is withheld again.
func checkWithheld(t *testing.T, c *convert.Converter, session *convert.Session, whole *contracts.CollectorTracePayload) {
	t.Helper()
	p := c.Payload(session)
	c.Withhold(contracts.ContentAll)
	body := string(p.AppendJSON(nil))
	left, err := contracts.ParsePayload(body)
	if err != nil {
		t.Fatalf("withheld: %v: %s", err, body)
	}
	if before, after := problems(whole.Validate()), problems(left.Validate()); len(after) > len(before) {
		t.Fatalf("withheld: %v: %s", after, body)
	}
	for i := range whole.Metadata.Result.Spans {
		if before, after := count(whole.Metadata.Result.Spans[i].Messages), count(left.Metadata.Result.Spans[i].Messages); before != after {
			t.Fatalf("span %d has %d messages of %d: %s", i, after, before, body)
		}
	}
	c.Withhold(contracts.ContentAll)
	if again := string(p.AppendJSON(nil)); again != body {
		t.Fatalf("withheld again\n%s\nis\n%s", body, again)
	}
}

func count(messages contracts.Messages) (n int) {
	for range contracts.JSON(messages).Elements() {
		n++
	}
	return n
}
