// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convention

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/attr"
	"github.com/spect-tools/spect-go/convert/internal/shape"
)

// OpenTelemetry's own conventions for generative AI, all generations: gen_ai.*.
// What a span is stands in gen_ai.operation.name. The content has moved with
// the years, and each place is still written to:
//
//	1.26, 1.27  attributes gen_ai.prompt and gen_ai.completion, or events
//	            gen_ai.content.prompt and gen_ai.content.completion
//	1.28–1.36   events gen_ai.user.message, gen_ai.choice, ...: log records, and
//	            events of the span where an instrumentation has no logs
//	since 1.37  attributes gen_ai.input.messages, gen_ai.output.messages,
//	            gen_ai.system_instructions: as JSON text or structured; the same
//	            on a log record gen_ai.client.inference.operation.details
//
// https://github.com/open-telemetry/semantic-conventions-genai
var genAIDecoder = decoder{
	name:     "gen_ai",
	prefixes: []string{"gen_ai."},
	content: []string{
		inputKey, outputKey, instructionsKey, "gen_ai.prompt", "gen_ai.completion", "gen_ai.content.prompt", "gen_ai.content.completion",
		"gen_ai.event.content", "event_body", "gen_ai.tool.call.arguments", "gen_ai.tool.call.result",
		"gen_ai.retrieval.query.text", "gen_ai.retrieval.documents", "gen_ai.evaluation.explanation",
	},
	settings: []string{"gen_ai.tool.definitions", "gen_ai.request.stop_sequences"},
	role:     genAIRole,
	read:     readGenAI,
}

const operationKey = "gen_ai.operation.name"

func genAIRole(attrs []attribute.KeyValue) Role {
	v, ok := attr.Lookup(attrs, operationKey)
	if !ok || v.Type() != attribute.STRING {
		return None
	}
	switch v.AsString() {
	case "":
		return None
	case "chat", "generate_content", "text_completion", "completion", "message", "responses":
		return LLM
	case "execute_tool":
		if name, _ := attr.Lookup(attrs, "gen_ai.tool.name"); name.Type() == attribute.STRING && name.AsString() == mergedTools {
			return Struct
		}
		return Tool
	case "invoke_agent":
		return Agent
	}
	return Struct
}

// mergedTools is the name of the tool that is none, on a span on which Google's
// ADK repeats what several tools answered.
const mergedTools = "(merged tools)"

// genAI reads one span.
type genAI struct {
	*Source
	*Facts
}

func readGenAI(s *Source, f *Facts) {
	g := genAI{s, f}
	s.drop(operationKey, "gen_ai.event.start_time", "gen_ai.event.end_time") // the span's own, with Strands
	f.Provider = s.text("gen_ai.provider.name", "gen_ai.system")
	switch f.Role {
	case LLM:
		g.call()
		g.content()
	case Agent:
		g.agent()
	case Tool:
		g.tool()
	}
	g.failure()
}

// call reads what a call says beside its messages.
func (g genAI) call() {
	g.Request.Model = g.text("gen_ai.request.model")
	g.Response.ID = g.text("gen_ai.response.id")
	g.Response.Model = g.text("gen_ai.response.model")
	if v, ok := g.get("gen_ai.response.finish_reasons"); ok {
		g.Response.FinishReasons = toTexts(v)
	}
	g.usage()
	g.streaming()
	g.settings()
	g.tools()
}

// streaming tells whether the answer came as a stream.
func (g genAI) streaming() {
	if v, ok := g.get("gen_ai.request.stream"); ok {
		g.Request.Stream = isTrue(v)
	}
	if v, ok := g.get("gen_ai.is_streaming"); ok {
		g.Streamed = isTrue(v)
	}
	for _, key := range [...]attribute.Key{"gen_ai.response.time_to_first_chunk", "gen_ai.client.operation.time_to_first_chunk"} {
		g.first(key, time.Second)
	}
	g.first("gen_ai.server.time_to_first_token", time.Millisecond) // Strands
	if g.hasEvent("gen_ai.content.completion.chunk") || g.TimeToFirstToken > 0 || g.Request.Stream {
		g.Streamed = true
	}
	if name, ok := g.look("code.function.name"); ok && strings.HasSuffix(attr.Text(name), "_stream") {
		g.Streamed = true // Google's SDK: google.genai.Models.generate_content_stream
	}
}

// first reads the time to the first piece of the answer.
func (g genAI) first(key attribute.Key, unit time.Duration) {
	v, ok := g.look(key)
	if !ok {
		return
	}
	if d, ok := toDuration(v, unit); ok {
		g.drop(key)
		g.TimeToFirstToken = d
	}
}

// fewSettings is how many parameters most requests have at most.
const fewSettings = 4

// settings are the parameters of the request that stand nowhere else.
func (g genAI) settings() {
	const prefix = "gen_ai.request."
	for i := range g.Attributes {
		name, ok := strings.CutPrefix(string(g.Attributes[i].Key), prefix)
		if !ok || g.used[i] || name == "" {
			continue
		}
		value, full := g.bounded(g.Attributes[i].Value)
		if full > 0 {
			continue // left over, and cut there
		}
		g.used[i] = true
		if g.Request.Settings == nil {
			g.Request.Settings = g.members.Room(fewSettings)
		}
		g.Request.Settings = append(g.Request.Settings, contracts.Member{Name: name, Value: value})
	}
}

// tools are the definitions of the tools that a model or an agent may call.
func (g genAI) tools() {
	const key = "gen_ai.tool.definitions"
	v, ok := g.look(key)
	if !ok {
		return
	}
	j, whole := toJSON(v)
	if !whole || !j.IsArray() {
		if looksCut(v) {
			g.note(key, "cut, or else no JSON")
		}
		return // left over
	}
	g.drop(key)
	g.Request.Tools = j
}

// agent reads the run of an agent: what it was asked, what it answered in the
// end.
func (g genAI) agent() {
	g.Agent.ID = g.text("gen_ai.agent.id")
	g.Agent.Name = g.text("gen_ai.agent.name")
	g.Agent.Description = g.text("gen_ai.agent.description")
	g.call()
	g.content()
	g.Response.Messages = finalAnswer(g.Response.Messages)
	g.Fragments = false
}

// finalAnswer is the last thing that an agent said, without its calls of tools
// and what they answered: some give all that was said on the way.
func finalAnswer(messages []contracts.ConversationMessage) []contracts.ConversationMessage {
	for _, m := range slices.Backward(messages) {
		if m.Role != contracts.RoleAssistant {
			continue
		}
		var said []contracts.ContentPart
		for _, part := range m.Content.Parts() {
			switch part.(type) {
			case contracts.ToolCallContentPart, contracts.ToolResultContentPart, contracts.ReasoningContentPart:
			default:
				said = append(said, part)
			}
		}
		if said == nil {
			return nil
		}
		m.Content = contracts.PartsContent(said...)
		return []contracts.ConversationMessage{m}
	}
	return nil
}

// failure reads what went wrong beyond the span's status and its exception.
func (g genAI) failure() {
	kind := g.text("error.type")
	var code string
	if v, ok := g.look("http.response.status_code"); ok && kind != "" {
		code = attr.Text(v)
	}
	if kind == "" && code == "" {
		g.eachEvent(g.exception)
		return
	}
	if _, err := strconv.Atoi(kind); err == nil {
		kind, code = "", kind
	}
	if kind != "" || code != "" {
		g.Error = &contracts.NormalizedError{Type: kind, Code: code}
	}
	g.eachEvent(g.exception)
}

// exception reads the log record of an exception, which is not on the span.
func (g genAI) exception(name string, body contracts.JSON) {
	if name != exceptionEvent || g.Error != nil && g.Error.Message != "" {
		return
	}
	if g.Error == nil {
		g.Error = &contracts.NormalizedError{}
	}
	for name, value := range body.Members() {
		switch text := shape.Text(value); name {
		case "exception.message":
			g.Error.Message = text
		case "exception.type":
			g.Error.Type = text
		case "exception.stacktrace":
			g.Error.Stack = text
		}
	}
}
