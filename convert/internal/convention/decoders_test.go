// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convention

import (
	"fmt"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/shapetest"
	"github.com/spect-tools/spect-go/convert/llm"
)

// ordinary are attributes of a span that is none of ours.
var ordinary = []attribute.KeyValue{
	attribute.String("http.request.method", "POST"), attribute.String("url.path", "/chat"), attribute.Int("http.response.status_code", 200),
	attribute.String("server.address", "example.com"), attribute.Int("server.port", 443), attribute.String("network.protocol.version", "1.1"),
	attribute.String("user_agent.original", "curl"), attribute.String("client.address", "10.0.0.1"), attribute.String("code.function.name", "serve"),
	attribute.String("enduser.id", "u1"),
}

func TestRoleOf(t *testing.T) {
	operation := func(name string) attribute.KeyValue { return attribute.String("gen_ai.operation.name", name) }
	text := attribute.String
	for _, tt := range []struct {
		name  string
		attrs []attribute.KeyValue
		want  Role
	}{
		{"nothing", nil, None},
		{"an ordinary span", ordinary, None},
		{"usage on a server's span", []attribute.KeyValue{attribute.Int("gen_ai.usage.input_tokens", 1), attribute.Int("gen_ai.usage.output_tokens", 1)}, None},
		{"an empty key", []attribute.KeyValue{text("", "x")}, None},
		{"operation of another type", []attribute.KeyValue{attribute.Int("gen_ai.operation.name", 1)}, None},
		{"no operation", []attribute.KeyValue{operation("")}, None},
		{"chat", []attribute.KeyValue{operation("chat")}, LLM},
		{"generate_content", []attribute.KeyValue{operation("generate_content")}, LLM},
		{"text_completion", []attribute.KeyValue{operation("text_completion")}, LLM},
		{"responses", []attribute.KeyValue{operation("responses")}, LLM},
		{"execute_tool", []attribute.KeyValue{operation("execute_tool"), text("gen_ai.tool.name", "f")}, Tool},
		{"tools of ADK, merged", []attribute.KeyValue{operation("execute_tool"), text("gen_ai.tool.name", "(merged tools)")}, Struct},
		{"invoke_agent", []attribute.KeyValue{operation("invoke_agent")}, Agent},
		{"invoke_workflow", []attribute.KeyValue{operation("invoke_workflow")}, Struct},
		{"embeddings", []attribute.KeyValue{operation("embeddings"), text("gen_ai.request.model", "e")}, Struct},
		{"an unknown operation", []attribute.KeyValue{operation("agent_handoff")}, Struct},
		{"a span that comes again", []attribute.KeyValue{operation("chat"), text("logfire.span_type", "pending_span")}, None},
		{"Logfire's other spans", []attribute.KeyValue{operation("chat"), text("logfire.span_type", "log")}, LLM},
		{"tool of Pydantic AI", []attribute.KeyValue{text("gen_ai.tool.name", "f"), text("tool_arguments", "{}")}, Tool},
		{"agent of Pydantic AI", []attribute.KeyValue{text("agent_name", "a"), text("final_result", "r")}, Agent},
		{"somebody's agent_name", []attribute.KeyValue{text("agent_name", "a")}, None},
		{"call of ADK", []attribute.KeyValue{text("gcp.vertex.agent.llm_request", "{}")}, LLM},
		{"tool of ADK", []attribute.KeyValue{text("gcp.vertex.agent.llm_request", "{}"), text("gcp.vertex.agent.tool_call_args", "{}")}, Tool},
		{"messages alone", []attribute.KeyValue{text("gen_ai.input.messages", "[]")}, LLM},
		{"prompt alone", []attribute.KeyValue{text("gen_ai.prompt", "hi")}, LLM},
		{
			"1.26",
			[]attribute.KeyValue{text("gen_ai.system", "openai"), text("gen_ai.request.model", "m"), attribute.Int("gen_ai.usage.completion_tokens", 1)},
			LLM,
		},
		{
			"a stream of OpenLLMetry's that failed",
			[]attribute.KeyValue{
				text("gen_ai.provider.name", "openai"), text("gen_ai.request.model", "m"), attribute.Bool("gen_ai.is_streaming", true), text("error.type", "APIError"),
			},
			LLM,
		},
		{"a model and no more", []attribute.KeyValue{text("gen_ai.system", "openai"), text("gen_ai.request.model", "m")}, None},
	} {
		if got := RoleOf(tt.attrs); got != tt.want {
			t.Errorf("%s: role %d, want %d", tt.name, got, tt.want)
		}
		if got := Read(&Source{Attributes: tt.attrs}); (got == nil) != (tt.want == None) {
			t.Errorf("%s: Read is %v", tt.name, got)
		}
	}
}

func TestRoleOfDoesNotAllocate(t *testing.T) {
	all := append([]attribute.KeyValue{}, ordinary...)
	for i := range decoders {
		for _, p := range decoders[i].prefixes {
			all = append(all, attribute.String(p, "chat"), attribute.String(p+".0.x", "chat"))
		}
	}
	for _, attrs := range [][]attribute.KeyValue{
		ordinary, all,
		{attribute.String(operationKey, "execute_tool"), attribute.String("gen_ai.tool.name", "f")},
		{attribute.String("metadata", `{"session_id":"s"}`)},
	} {
		if n := testing.AllocsPerRun(100, func() { RoleOf(attrs) }); n != 0 {
			t.Errorf("%v allocations for %v", n, attrs)
		}
	}
}

func TestReadIsLinear(t *testing.T) {
	shapetest.CheckLinear(t, func(n int) {
		attrs := []attribute.KeyValue{attribute.String(operationKey, "chat")}
		for i := range n {
			attrs = append(attrs, attribute.Int(fmt.Sprintf("gen_ai.request.x%d", i), i), attribute.Int(fmt.Sprintf("y%d", i), i))
		}
		if f := Read(&Source{Attributes: attrs}); len(f.Request.Settings) != n {
			t.Fatalf("%d settings, want %d", len(f.Request.Settings), n)
		}
	})
}

func TestRepeatedAttribute(t *testing.T) {
	f := factsOf(t, attribute.String(operationKey, "chat"), attribute.String("gen_ai.request.model", "first"),
		attribute.String("gen_ai.request.model", "second"), attribute.String("x", "first"), attribute.String("x", "second"))
	if f.Request.Model != "first" {
		t.Errorf("model %q", f.Request.Model)
	}
	sameMembers(t, "metadata", f.Metadata, `{"x":"first"}`)
}

func TestLeftOver(t *testing.T) {
	chat := attribute.String(operationKey, "chat")
	long := "x" + strings.Repeat("ä", maxLeftOverValue) // two bytes each: the cut is in the middle of one
	f := factsOf(t, chat, attribute.Bool("flag", true), attribute.Float64Slice("floats", []float64{1, 2.5}), attribute.String("long", long),
		attribute.Slice("list", attribute.StringValue(long)))
	cut := "x" + strings.Repeat("ä", maxLeftOverValue/2-1)
	sameJSON(t, "flag", value(f.Metadata, "flag"), `true`)
	sameJSON(t, "floats", value(f.Metadata, "floats"), `[1,2.5]`)
	sameJSON(t, "long", value(f.Metadata, "long"), `"`+cut+`"`)
	if text, ok := value(f.Metadata, "list").Text(); !ok || len(text) > maxLeftOverValue || !strings.HasPrefix(text, `["xä`) {
		t.Errorf("list is %.20q of %d bytes", text, len(text))
	}
	if why := note(f, "long"); why != "cut to its first 16384 of 32769 bytes" {
		t.Errorf("note on long: %q", why)
	}

	attrs := []attribute.KeyValue{chat}
	for i := range 100 {
		attrs = append(attrs, attribute.String(fmt.Sprintf("a%02d", i), strings.Repeat("x", 1000)))
	}
	f = factsOf(t, attrs...)
	size := 0
	for _, m := range f.Metadata {
		size += len(m.Name) + len(m.Value)
	}
	if size > maxLeftOver || size < maxLeftOver-2000 {
		t.Errorf("%d bytes are left over", size)
	}
	if want := fmt.Sprintf("%d left out: together they are more than 65536 bytes", 100-len(f.Metadata)); note(f, "attributes") != want {
		t.Errorf("note on attributes: %q, want %q", note(f, "attributes"), want)
	}
}

func value(members contracts.Members, name string) contracts.JSON {
	for _, m := range members {
		if m.Name == name {
			return m.Value
		}
	}
	return ""
}

func note(f *Facts, what string) string {
	for _, n := range f.Partial {
		if n.What == what {
			return n.Why
		}
	}
	return ""
}

func TestConversationID(t *testing.T) {
	text := attribute.String
	for _, tt := range []struct {
		attrs []attribute.KeyValue
		want  string
	}{
		{nil, ""},
		{ordinary, ""},
		{[]attribute.KeyValue{text("session.id", "s")}, "s"},
		{[]attribute.KeyValue{attribute.Int("session.id", 7)}, "7"},
		{[]attribute.KeyValue{text("gen_ai.conversation.id", "c"), text("session.id", "s")}, "s"},
		{[]attribute.KeyValue{text("session.id", "s"), text("langfuse.session.id", "l")}, "l"},
		{[]attribute.KeyValue{text("session.id", ""), text("gen_ai.conversation.id", "c")}, "c"},
		{[]attribute.KeyValue{text("traceloop.association.properties.thread_id", "t"), text("genkit:sessionId", "g")}, "t"},
		{[]attribute.KeyValue{text("ai.telemetry.metadata.sessionId", "v")}, "v"},
		{[]attribute.KeyValue{text("metadata", `{"thread_id":"t"}`)}, "t"},
		{[]attribute.KeyValue{text("metadata", `{"thread_id":"t","session_id":"s"}`)}, "s"},
		{[]attribute.KeyValue{text("metadata", `{"thread_id":"t"}`), text("genkit:sessionId", "g")}, "g"},
		{[]attribute.KeyValue{text("metadata", `{"thread_id":`)}, ""},
	} {
		if got := ConversationID(tt.attrs); got != tt.want {
			t.Errorf("%v: conversation %q, want %q", tt.attrs, got, tt.want)
		}
	}
	// The order of the keys counts, not that of the decoders.
	f := factsOf(t, text(operationKey, "chat"), text("gen_ai.conversation.id", "c"), text("traceloop.association.properties.session_id", "t"))
	if f.ConversationID != "c" || len(f.Metadata) > 0 {
		t.Errorf("conversation %q, metadata %v", f.ConversationID, f.Metadata)
	}
}

func TestWholeUsage(t *testing.T) {
	n := llm.Tokens
	for _, tt := range []struct {
		name      string
		have      llm.Usage
		want      llm.Usage
		wantTotal int64 // 0: none
	}{
		{"nothing", llm.Usage{}, llm.Usage{}, 0},
		{"cache within", llm.Usage{Input: n(10), Output: n(1), CachedInput: n(4)}, llm.Usage{Input: n(10), Output: n(1)}, 0},
		// Recorded: Anthropic counts 4 beside 1163 that it wrote to the cache.
		{"cache apart, more than the input", llm.Usage{Input: n(4), Output: n(1), CacheWrite: n(1163)}, llm.Usage{Input: n(1167), Output: n(1)}, 0},
		{"cache apart, by the total", llm.Usage{Input: n(10), Output: n(1), CachedInput: n(4), Total: n(15)}, llm.Usage{Input: n(14), Output: n(1)}, 15},
		{"total without cache", llm.Usage{Input: n(4), Output: n(1), CachedInput: n(9), Total: n(5)}, llm.Usage{Input: n(13), Output: n(1)}, 0},
		// Recorded: Gemini counts 10 beside 202 of its thoughts.
		{"reasoning apart", llm.Usage{Input: n(29), Output: n(10), Reasoning: n(202), Total: n(241)}, llm.Usage{Input: n(29), Output: n(212)}, 241},
		{"reasoning apart, by the total", llm.Usage{Input: n(5), Output: n(10), Reasoning: n(3), Total: n(18)}, llm.Usage{Input: n(5), Output: n(13)}, 18},
		{"both apart", llm.Usage{Input: n(5), Output: n(10), Reasoning: n(3), CachedInput: n(2), Total: n(20)}, llm.Usage{Input: n(7), Output: n(13)}, 20},
		{"reasoning within", llm.Usage{Input: n(5), Output: n(10), Reasoning: n(10), Total: n(15)}, llm.Usage{Input: n(5), Output: n(10)}, 15},
	} {
		got := tt.have
		wholeUsage(&got)
		if got.Input != tt.want.Input || got.Output != tt.want.Output || got.Total.N != tt.wantTotal {
			t.Errorf("%s: input %v, output %v, total %v", tt.name, got.Input, got.Output, got.Total)
		}
	}
}

// TestMissingContent says it where the messages of a call are not there.
func TestMissingContent(t *testing.T) {
	chat := attribute.String(operationKey, "chat")
	if why := note(factsOf(t, chat), "messages"); !strings.Contains(why, "log records that were not given") {
		t.Errorf("note %q", why)
	}
	f := Read(&Source{Attributes: []attribute.KeyValue{chat}, Logs: []Log{{Name: "something else"}}})
	if why := note(f, "messages"); !strings.Contains(why, "nor in its log records") {
		t.Errorf("note %q", why)
	}
	f = factsOf(t, chat, attribute.String(inputKey, `[{"role":"user","parts":[{"type":"text","content":"hi"}]}]`))
	if len(f.Partial) > 0 {
		t.Errorf("partial %v", f.Partial)
	}
	if f = factsOf(t, attribute.String(operationKey, "execute_tool")); len(f.Partial) > 0 {
		t.Errorf("partial %v of a tool", f.Partial)
	}
}

func BenchmarkRoleOf(b *testing.B) {
	chat := append([]attribute.KeyValue{attribute.String(operationKey, "chat")}, ordinary...)
	for name, attrs := range map[string][]attribute.KeyValue{"Ordinary": ordinary, "Chat": chat} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				RoleOf(attrs)
			}
		})
	}
}

// BenchmarkRead reads a call with a history of so many messages.
func BenchmarkRead(b *testing.B) {
	message := `{"role":"user","parts":[{"type":"text","content":"` + strings.Repeat("the quick brown fox ", 25) + `"}]}`
	for _, n := range []int{1, 10, 100, 1000} {
		attrs := []attribute.KeyValue{
			attribute.String(operationKey, "chat"), attribute.String("gen_ai.provider.name", "openai"), attribute.String("gen_ai.request.model", "m"),
			attribute.Int("gen_ai.usage.input_tokens", 3), attribute.Int("gen_ai.usage.output_tokens", 3), attribute.String("server.address", "a"),
			attribute.String(inputKey, "["+strings.Repeat(message+",", n-1)+message+"]"),
			attribute.String(outputKey, `[{"role":"assistant","parts":[{"type":"text","content":"hello"}],"finish_reason":"stop"}]`),
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.SetBytes(int64(n * len(message)))
			b.ReportAllocs()
			for b.Loop() {
				Read(&Source{Attributes: attrs})
			}
		})
	}
}
