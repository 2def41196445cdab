// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convention

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/otlptest"
)

const factTotal = factUsage + " total" // which OpenTelemetry has no name for

func TestGenAIRecorded(t *testing.T) {
	checkRecordings(t, []recording{
		{trace: "genai-an-agent-thinking", expected: "an_agent_thinking"},
		{trace: "genai-an-codeexec", expected: "an_codeexec"},
		{trace: "genai-an-redacted", expected: "an_redacted"},
		// The oracle has the results of one turn as one text.
		{trace: "genai-br-tool", expected: "br_tool", lost: []string{factTotal}, differs: []string{"input tool of call 1"}},
		{trace: "genai-ge-stream-tool", expected: "ge_stream_tool", differs: []string{factProvider}},
		{trace: "genai-langgraph", expected: "oa_tool_rt", lost: []string{factTotal}},
		{trace: "genai-oa-choices-stream", expected: "oa_choices_stream", lost: []string{factTotal}},
		{trace: "genai-oa-resp-codeint", expected: "oa_resp_codeint", lost: []string{factTotal, factReasoning}},
		{trace: "otelv2legacy-oa-tool-rt", expected: "oa_tool_rt", lost: []string{factTotal}},
		{trace: "tl-oa-chat-refusal", expected: "oa_chat_refusal"},
		// The ids are those of the items.
		{trace: "tl-oa-resp-agent", expected: "oa_resp_agent", differs: []string{"calls of call 0"}},
		{trace: "fw-agent-framework", expected: "oa_tool_rt", lost: []string{factTotal}},
		// The application streamed both calls, and had its own instructions.
		{
			trace: "fw-strands", expected: "oa_stream_rt",
			lost: []string{factResponseModel, factResponseID}, differs: []string{factInput + " system", factStreamed},
		},
		{
			trace: "go-adk-capture", expected: "ge_stream_tool",
			lost: []string{factResponseModel, factResponseID, factStreamed}, differs: []string{factProvider, factInput + " system", factCalls},
		},
	})
}

// TestGenAIRecordedEvents reads the calls of a trace from their log records
// alone.
func TestGenAIRecordedEvents(t *testing.T) {
	const trace = "genai-an-agent-thinking"
	want := recordedFacts(t, trace, LLM)
	logs := otlptest.Logs(t, filepath.Join("testdata", "traces", trace+".logs.json"))
	n := 0
	for _, span := range recordedSpans(t, trace) {
		span.Attributes = slices.DeleteFunc(span.Attributes, func(kv attribute.KeyValue) bool {
			return kv.Key == inputKey || kv.Key == outputKey || kv.Key == instructionsKey
		})
		f := Read(recordedSource(&span, logs...))
		if f == nil || f.Role != LLM {
			continue
		}
		checkFacts(t, f)
		sameMessages(t, "request", f.Request.Messages, string(contracts.MakeMessages(want[n].Request.Messages...)))
		sameMessages(t, "response", f.Response.Messages, string(contracts.MakeMessages(want[n].Response.Messages...)))
		if f = Read(recordedSource(&span)); len(f.Partial) != 1 || !strings.Contains(f.Partial[0].Why, "log records that were not given") {
			t.Errorf("without log records: partial %v", f.Partial)
		}
		n++
	}
	if n != len(want) || n == 0 {
		t.Errorf("%d calls, want %d", n, len(want))
	}
}

func TestGenAIRecordedRedacted(t *testing.T) {
	const start = "EvgFCkYIBxgCKkBmxKtCnM3x" // as the provider's bytes begin
	for _, part := range recordedFacts(t, "genai-an-redacted", LLM)[0].Response.Messages[0].Content.Parts() {
		thought, ok := part.(contracts.ReasoningContentPart)
		if !ok {
			continue
		}
		data, _ := thought.ProviderOptions.Member("anthropic").Member("redactedData").Text()
		if thought.Text != "" || !strings.HasPrefix(data, start) {
			t.Errorf("text %.40q, redacted data %.40q", thought.Text, data)
		}
		return
	}
	t.Error("no reasoning")
}

func TestGenAIRecordedServerTool(t *testing.T) {
	got := recordedFacts(t, "genai-oa-resp-codeint", LLM)[0].Response
	sameMessages(t, "call and result", got.Messages[:1], `[{"role":"assistant","content":[
		{"type":"tool-call","toolCallId":"ci_68cdba5af39881a393a01eebb253854e09b7445677780c8f","toolName":"code_interpreter","providerExecuted":true,
		 "input":{"code":"# compute the value\n65465 - 6544 * 65464 - 6 + 1.02255\n","container_id":"cntr_68cdba56addc81918f656db25fd0a6800d6da575ea4fee9b"},
		 "providerOptions":{"otel":{"status":"completed"}}},
		{"type":"tool-result","toolCallId":"ci_68cdba5af39881a393a01eebb253854e09b7445677780c8f","toolName":"code_interpreter","providerExecuted":true,
		 "output":{"type":"json","value":[{"logs":"-428330955.97745","type":"logs"}]}}]}]`)
}

func TestGenAIRecordedStructured(t *testing.T) {
	const trace = "go-structured-map-slice"
	calls := recordedFacts(t, trace, LLM)
	if len(calls) != 2 {
		t.Fatalf("%d calls of a model, want 2", len(calls))
	}
	sameMessages(t, "request", calls[1].Request.Messages, `[
		{"role":"user","content":[{"type":"text","text":"Weather in Paris?"}]},
		{"role":"assistant","content":[{"type":"tool-call","toolCallId":"call_1","toolName":"get_weather","input":{"days":3,"location":"Paris","metric":true}}]},
		{"role":"tool","content":[{"type":"tool-result","toolCallId":"call_1","toolName":"get_weather","output":{"type":"json","value":{"sky":"rainy","temp":13.5}}}]}]`)
	sameMessages(t, "response", calls[0].Response.Messages, `[{"role":"assistant","content":[
		{"type":"reasoning","text":"I need the weather tool."},
		{"type":"tool-call","toolCallId":"call_1","toolName":"get_weather","input":{"days":3,"location":"Paris","metric":true}}]}]`)
	sameJSON(t, "usage", string(calls[0].Response.Usage.AppendJSON(nil)),
		`{"inputTokens":40,"outputTokens":21,"totalTokens":61,"reasoningTokens":8,"cacheWriteTokens":5}`)
	if e := calls[1].Error; e == nil || e.Type != "timeout" {
		t.Errorf("error %+v, want one of type timeout", e)
	}
	tool := recordedFacts(t, trace, Tool)[0].Tool
	if tool.CallID != "call_1" || tool.Name != "get_weather" {
		t.Errorf("tool %+v", tool)
	}
	sameJSON(t, "arguments", tool.Arguments, `{"days":3,"location":"Paris","metric":true}`)
	sameJSON(t, "result", tool.Result, `{"hours":[6,12,18],"sky":"rainy","temp":13.5}`)
	if agent := recordedFacts(t, trace, Agent)[0]; agent.Agent.Name != "weather_agent" || agent.ConversationID != "sess-42" {
		t.Errorf("agent %+v of conversation %q", agent.Agent, agent.ConversationID)
	}
}

func TestGenAIRecordedError(t *testing.T) {
	f := recordedFacts(t, "genai-oa-404", LLM)[0]
	if f.Error == nil || f.Error.Type != "openai.NotFoundError" || len(f.Response.Messages) > 0 {
		t.Errorf("error %+v, response %+v", f.Error, f.Response)
	}
}

func TestStrandsRecordedTools(t *testing.T) {
	f := recordedFacts(t, "fw-strands", LLM)[0]
	if f.TimeToFirstToken != 718*time.Millisecond || f.ConversationID != "sess-42" {
		t.Errorf("first token after %v, conversation %q", f.TimeToFirstToken, f.ConversationID)
	}
	tools := recordedFacts(t, "fw-strands", Tool)
	if len(tools) != 2 {
		t.Fatalf("%d runs of tools, want 2", len(tools))
	}
	sameJSON(t, "arguments", tools[0].Tool.Arguments, `{"location":"Seattle, WA"}`)
	sameJSON(t, "result", tools[0].Tool.Result, `"50 degrees and raining"`)
}

func TestADKRecorded(t *testing.T) {
	checkRecordings(t, []recording{{
		// Of a stream there is just the last piece.
		trace: "fwold-adk", expected: "ge_stream_tool", calls: []int{0}, lost: []string{factResponseID, factStreamed, factAnswer},
		differs: []string{factInput + " system", factFinish},
	}})
	f := recordedFacts(t, "fwold-adk", LLM)[0]
	if f.ConversationID != "sess-42" {
		t.Errorf("conversation %q, want sess-42", f.ConversationID)
	}
	for _, trace := range []string{"fwold-adk", "go-adk-capture"} {
		tool := recordedFacts(t, trace, Tool)[0].Tool
		want := `{"country":"Mexico"}`
		if trace == "fwold-adk" {
			want = `{"result":"Mexico"}`
		}
		if tool.Name != "get_country" || !strings.HasPrefix(tool.CallID, "adk-") {
			t.Errorf("%s: tool %+v", trace, tool)
		}
		sameJSON(t, trace+": arguments", tool.Arguments, `{}`)
		sameJSON(t, trace+": result", tool.Result, want)
	}
}

// TestADKWithoutValues has what ADK writes where it knows no value.
func TestADKWithoutValues(t *testing.T) {
	for _, text := range []string{"<not specified>", "<not serializable>", "N/A", `{"result": "<not specified>"}`} {
		f := factsOf(t, attribute.String(operationKey, "execute_tool"), attribute.String(adkArgumentsKey, text),
			attribute.String("gcp.vertex.agent.tool_response", text))
		if f.Tool.Arguments != "" || f.Tool.Result != "" || len(f.Metadata) > 0 {
			t.Errorf("%s: tool %+v, metadata %v", text, f.Tool, f.Metadata)
		}
	}
}

func TestPydanticRecorded(t *testing.T) {
	checkRecordings(t, []recording{
		{trace: "pyd-pydantic-ai-chat-v5", expected: "oa_tool_rt", lost: []string{factTotal}},
		{trace: "pydold-pydantic-ai-chat-v1", expected: "oa_tool_rt", lost: []string{factTotal}},
		{trace: "pydold-pydantic-ai-anthropic-v1", expected: "an_agent_thinking"},
		{trace: "pydoldlogs-pydantic-ai-chat-v1", expected: "oa_tool_rt", lost: []string{factTotal}},
		{trace: "pyd-logfire-anthropic-semconv", expected: "an_thinking"},
	})
	calls := providerCalls(t, "oa_tool_rt")
	for _, trace := range []string{"pyd-pydantic-ai-chat-v5", "pydold-pydantic-ai-chat-v1", "pydoldlogs-pydantic-ai-chat-v1"} {
		agents := recordedFacts(t, trace, Agent)
		if len(agents) != 1 {
			t.Fatalf("%s: %d runs of an agent, want 1", trace, len(agents))
		}
		a := agents[0]
		if got := a.Response.Messages[0].Content.Text(); a.Agent.Name != "weather_agent" || got != calls[1].Choices[0].Text {
			t.Errorf("%s: %q answered %q", trace, a.Agent.Name, got)
		}
		if got := inputTexts(a.Request.Messages, contracts.RoleUser); !slices.Equal(got, calls[0].InputText[1:]) || len(a.Request.Messages) != 2 {
			t.Errorf("%s: asked %q", trace, got)
		}
		if got := a.Response.Usage.Input.N; got != calls[0].Usage["input"]+calls[1].Usage["input"] {
			t.Errorf("%s: %d input tokens", trace, got)
		}
		tools := recordedFacts(t, trace, Tool)
		if len(tools) != 2 {
			t.Fatalf("%s: %d runs of tools, want 2", trace, len(tools))
		}
		sameJSON(t, trace+": arguments", tools[0].Tool.Arguments, `{"location":"Seattle, WA"}`)
		sameJSON(t, trace+": result", tools[0].Tool.Result, `"50 degrees and raining"`)
		for _, f := range recordedFacts(t, trace, LLM) {
			if has(f.Metadata, "logfire.json_schema") || has(f.Metadata, "events") || f.Request.Tools == "" {
				t.Errorf("%s: metadata %v, tools %s", trace, f.Metadata, f.Request.Tools)
			}
		}
	}
}

// TestLogfireRecordedStream has the answer of a call on a span beside it.
func TestLogfireRecordedStream(t *testing.T) {
	calls := providerCalls(t, "oa_chat_stream_parallel")
	n := 0
	for _, f := range recordedFacts(t, "pyd-logfire-openai-stream", LLM) {
		if !f.Answer {
			if len(f.Response.Messages) > 0 {
				t.Errorf("a call with answer %v", f.Response.Messages)
			}
			continue
		}
		if got, want := f.Response.Messages[0].Content.Parts(), calls[n].Choices[0].ToolCalls; len(got) != len(want) ||
			got[0].(contracts.ToolCallContentPart).ToolCallID != want[0].ID || !f.Streamed {
			t.Errorf("answer %d: %v, want %v", n, got, want)
		}
		n++
	}
	if n != len(calls) {
		t.Errorf("%d answers, want %d", n, len(calls))
	}
}
