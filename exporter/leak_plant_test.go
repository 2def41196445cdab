// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert"
	"github.com/spect-tools/spect-go/tracer"
)

// This file is a program that traces in every way there is, with a text of its own
// in every place that can hold content.

// place is where a text was planted.
type place struct {
	name, text string
	// kinds are the kinds of content that the text is: it leaves under a policy
	// that withholds none of them.
	kinds contracts.ContentKinds
	// spect says that the text is on a span of Spect's own, not of another
	// convention; tracer that package tracer made it.
	spect, tracer bool
	// unsent says that it does not get into a payload, whatever the policy.
	unsent bool
}

// plants are the places of a program.
type plants struct {
	places []place
	// addLog is where log records go.
	addLog func(convert.Log)
	// These are those of the places that are planted now.
	spect, tracer, unsent bool
}

// put plants a text in a place.
func (p *plants) put(kinds contracts.ContentKinds, format string, args ...any) string {
	text := fmt.Sprintf("canary%03dz", len(p.places))
	p.places = append(p.places, place{name: fmt.Sprintf(format, args...), text: text, kinds: kinds, spect: p.spect, tracer: p.tracer, unsent: p.unsent})
	return text
}

// none puts a text where it is withheld by no policy: structure.
func (p *plants) none(name string) string { return p.put(0, "%s", name) }

// lost puts a text where it goes into no payload.
func (p *plants) lost(kinds contracts.ContentKinds, name string) string {
	p.unsent = true
	defer func() { p.unsent = false }()
	return p.put(kinds, "%s", name)
}

// object is a JSON object that holds a text deep inside.
func (p *plants) object(kinds contracts.ContentKinds, name string) contracts.JSON {
	return contracts.JSON(`{"a":[{"b":"` + p.put(kinds, "%s", name) + `"}]}`)
}

func (p *plants) extra(kinds contracts.ContentKinds, name string) contracts.Members {
	return contracts.Members{{Name: "unheardOf", Value: contracts.QuoteJSON(p.put(kinds, "%s", name))}}
}

const (
	inText    = contracts.ContentInputText
	inImages  = contracts.ContentInputImages
	inFiles   = contracts.ContentInputFiles
	outText   = contracts.ContentOutputText
	outFiles  = contracts.ContentOutputFiles
	toolValue = contracts.ContentToolValues
	failing   = contracts.ContentErrors
	settings  = contracts.ContentSettings
	freeForm  = contracts.ContentMetadata
	identity  = contracts.ContentIdentities
)

// play traces.
func (p *plants) play(ctx context.Context, tp *sdktrace.TracerProvider, opts ...tracer.Option) {
	p.spect, p.tracer = true, true
	p.byTracer(ctx, tracer.New(tp, opts...))
	p.tracer = false
	p.byHand(ctx, tp.Tracer("app"))
	p.spect = false
	p.conventions(ctx, tp)
}

// messages are messages of all roles with parts of all types.
func (p *plants) messages(where string) []contracts.ConversationMessage {
	text := func(kinds contracts.ContentKinds, name string) contracts.TextContentPart {
		return contracts.TextContentPart{
			Text: p.put(kinds, "%s: %s", where, name), ProviderOptions: p.object(kinds, where+": options of "+name), Extra: p.extra(kinds, where+": beside "+name),
		}
	}
	file := func(kinds contracts.ContentKinds, media, name string, url bool) contracts.FileContentPart {
		f := contracts.FileContentPart{
			MediaType: media, Filename: p.put(kinds, "%s: name of %s", where, name), ProviderOptions: p.object(kinds, where+": options of "+name),
			Extra: p.extra(kinds, where+": beside "+name),
		}
		content := p.put(kinds, "%s: %s", where, name)
		if url {
			content = "https://files.example/" + content + "?token=" + p.put(kinds, "%s: query of the URL of %s", where, name)
		}
		f.Data = contracts.QuoteJSON(content)
		return f
	}
	call := func(name string) contracts.ToolCallContentPart {
		return contracts.ToolCallContentPart{
			ToolCallID: p.none(where + ": call id"), ToolName: p.none(where + ": tool name"), Input: p.object(toolValue, where+": input of "+name),
			ProviderOptions: p.object(toolValue, where+": options of "+name), Extra: p.extra(toolValue, where+": beside "+name),
		}
	}
	result := func(t contracts.ToolResultOutputType) contracts.ToolResultContentPart {
		value := contracts.QuoteJSON(p.put(toolValue, "%s: %s", where, t))
		switch t {
		case contracts.OutputContent:
			value = `[{"type":"text","text":` + value + `}]`
		case contracts.OutputJSON, contracts.OutputErrorJSON:
			value = `{"a":` + value + `}`
		}
		return contracts.ToolResultContentPart{
			ToolCallID: "c", ToolName: "n", Output: contracts.ToolResultOutput{Type: t, Value: value, Extra: p.extra(toolValue, where+": beside the output "+string(t))},
			ProviderOptions: p.object(toolValue, where+": options of a result"), Extra: p.extra(toolValue, where+": beside a result"),
		}
	}
	unknown := func(kinds contracts.ContentKinds) contracts.UnknownContentPart {
		return contracts.UnknownContentPart{PartType: "new", Raw: `{"type":"new","a":"` + contracts.JSON(p.put(kinds, "%s: part of an unknown type", where)) + `"}`}
	}
	system := contracts.SystemText(p.put(inText, "%s: system", where))
	system.Extra = p.extra(inText|toolValue, where+": beside system")
	user := contracts.User(text(inText, "user"), file(inImages, "image/png", "image", false), file(inImages, "image/jpeg", "image by URL", true),
		file(inFiles, "application/pdf", "pdf", false), unknown(inText|inImages|inFiles|toolValue))
	user.ID, user.Name = p.none(where+": message id"), p.put(identity, "%s: name of the user", where)
	user.Extra = p.extra(inText|toolValue, where+": beside user")
	assistant := contracts.Assistant(
		contracts.ReasoningContentPart{Text: p.put(outText, "%s: reasoning", where), ProviderOptions: p.object(outText, where+": signature")},
		text(outText, "assistant"), file(outFiles, "image/png", "made image", false), call("call"), result(contracts.OutputJSON), unknown(outText|outFiles|toolValue))
	assistant.Extra = p.extra(outText|toolValue, where+": beside assistant")
	tool := contracts.ToolMessage(result(contracts.OutputText), result(contracts.OutputErrorJSON), result(contracts.OutputErrorText), result(contracts.OutputContent))
	tool.ToolCallID = p.none(where + ": tool call id")
	return []contracts.ConversationMessage{system, user, assistant, tool}
}

// byTracer uses package tracer.
func (p *plants) byTracer(ctx context.Context, tr *tracer.Tracer) {
	ctx, s := tr.StartSession(ctx, p.none("session name"),
		tracer.Model(p.none("model")), tracer.ModelProvider(p.none("model provider")), tracer.Function(p.none("function")),
		tracer.PromptFormat(p.none("prompt format")), tracer.Conversation(p.put(identity, "conversation")),
		tracer.RequestInput(map[string]string{"a": p.put(inText, "request input")}),
		tracer.Metadata(map[string]any{"user": p.put(freeForm, "metadata"), "spect": map[string]string{"a": p.put(freeForm, "metadata.spect")}}))
	s.AddMetadata(map[string]any{"more": []string{p.put(freeForm, "added metadata")}})
	s.Add(ctx, p.messages("session")...)

	gctx, gen := tr.Start(ctx, contracts.KindGenerate, p.none("span name"), tracer.Model(p.none("span model")),
		tracer.Metadata(map[string]string{"a": p.put(freeForm, "span metadata")}))
	gen.Add(p.messages("span")...)
	gen.OTel().AddEvent("note", trace.WithAttributes(attribute.String("text", "an event of the program's own")))
	call := contracts.ToolCall{ID: p.none("tool call id"), Name: p.none("tool name"), Input: p.object(toolValue, "tool parameters")}
	_, _ = tracer.RunTool(gctx, tr, call, func(context.Context) (any, error) {
		return map[string]string{"a": p.put(toolValue, "tool result")}, nil
	})
	_, _ = tracer.RunTool(gctx, tr, contracts.ToolCall{ID: "c2", Name: "n", Input: contracts.JSON(p.put(toolValue, "tool parameters, no JSON"))},
		func(context.Context) (string, error) { return "", errors.New(p.put(toolValue|failing, "tool error")) })
	func() {
		defer func() { _ = recover() }()
		_, _ = tracer.RunTool(gctx, tr, contracts.ToolCall{ID: "c3", Name: "n"}, func(context.Context) (string, error) {
			panic(p.put(toolValue|failing, "tool panic"))
		})
	}()
	gen.End()

	_, agent := tr.StartSubagent(ctx, p.none("agent type"), tracer.Input(map[string]string{"task": p.put(inText|toolValue, "agent input")}),
		tracer.Subagent(contracts.SpanSubagentOverlay{ToolCallID: p.none("agent call id"), Source: p.none("agent source")}))
	agent.End()

	_, stream := tr.Start(ctx, contracts.KindStream, "stream")
	broken := func(yield func(tracer.Delta, error) bool) {
		_ = yield(tracer.Delta{Reasoning: p.put(outText, "streamed reasoning")}, nil) &&
			yield(tracer.Delta{Text: p.put(outText, "streamed text")}, nil) &&
			yield(tracer.Delta{ToolCalls: []tracer.ToolCallDelta{{ID: "c4", Name: "n", Input: `{"a":"` + p.put(toolValue, "streamed input") + `"}`}}}, nil) &&
			yield(tracer.Delta{}, errors.New(p.put(failing, "broken stream")))
	}
	for _, err := range tracer.Stream(stream, broken, func(d tracer.Delta) tracer.Delta { return d }) {
		_ = err
	}

	_, failed := tr.Start(ctx, contracts.KindGenerate, "failed")
	failed.SetError(&contracts.NormalizedError{
		Message: p.put(failing, "error message"), Type: p.none("error type"), Code: p.none("error code"), Stack: p.put(failing, "error stack"),
	})
	failed.End()
	_, open := tr.Start(ctx, contracts.KindStream, "open")
	open.AddDelta(tracer.Delta{Text: p.put(outText, "text of an open span")})
	s.SetResult(tracer.Result{
		Text: p.put(outText, "result text"), Object: map[string]string{"a": p.put(outText, "result object")},
		Usage: contracts.JSON(`{"inputTokens":7,"note":"` + p.put(contracts.ContentMessages|freeForm, "a text in the usage") + `"}`),
		ID:    p.none("response id"), Model: p.none("response model"), FinishReasons: []string{p.none("finish reason")},
		Metadata: map[string]string{"a": p.put(freeForm, "result metadata")},
	})
	s.End()

	_, lost := tr.StartSession(context.Background(), "failing session", tracer.Model("m"))
	lost.SetResult(tracer.Result{Object: contracts.JSON(`[{"toolCallId":"c","toolName":"n","input":"x"}]`)})
	func() {
		defer func() { _ = recover() }()
		var err error
		defer lost.EndErr(&err)
		panic(p.put(failing, "session panic"))
	}()
}

// byHand uses attributes alone.
func (p *plants) byHand(ctx context.Context, tr trace.Tracer) {
	ctx, s := session(ctx, tr, "by hand",
		contracts.SessionMetadataKey.String(`{"a":"`+p.put(freeForm, "metadata by hand")+`"}`),
		contracts.RequestInputKey.String(p.put(inText, "request input, no JSON")),
		contracts.ConversationIDKey.String(p.put(identity, "conversation by hand")),
		contracts.ResponseTextKey.String(p.put(outText, "text by hand")),
		contracts.ResponseObjectKey.String(`[{"toolCallId":"c","toolName":"n","input":{"a":"`+p.put(outText|toolValue, "calls by hand")+`"}}]`),
		contracts.ResultMetadataKey.String(p.put(freeForm, "result metadata, no JSON")),
		contracts.ResponseUsageKey.String("7 "+p.put(contracts.ContentMessages|freeForm, "usage, no JSON")),
		contracts.MessagesKey.String(`[{"id":"m","role":"user","content":"`+p.put(inText, "prompt message")+`"}]`))
	spans := []struct {
		kind  contracts.SpanKind
		attrs []attribute.KeyValue
	}{
		{contracts.KindUser, []attribute.KeyValue{contracts.MessagesKey.String(p.put(inText, "messages, no JSON"))}},
		{contracts.KindAssistant, []attribute.KeyValue{contracts.MessagesKey.String(`[{"role":"assistant","content":"` + p.put(outText, "messages that were cut"))}},
		{contracts.KindAssistant, []attribute.KeyValue{contracts.MessagesKey.String(`{"role":"assistant","content":null,"tool_calls":[{"function":{"arguments":"` +
			p.put(contracts.ContentMessages, "a provider's own calls") + `"}}]}`)}},
		{contracts.KindUser, []attribute.KeyValue{contracts.MessagesKey.String(`[{"role":"user","content":[{"type":"image_url","image_url":{"url":"` +
			p.put(inText|inImages|inFiles|toolValue, "a provider's own part") + `"}}]}]`)}},
		{contracts.KindUser, []attribute.KeyValue{contracts.MessagesKey.StringSlice([]string{p.put(inText, "messages in a list of strings")})}},
		{contracts.KindToolCall, []attribute.KeyValue{contracts.ToolNameKey.String("n"), contracts.ToolParametersKey.String(p.put(toolValue, "parameters, no JSON"))}},
		{contracts.KindToolResult, []attribute.KeyValue{contracts.ToolNameKey.String("n"), contracts.ToolResultKey.StringSlice([]string{p.put(toolValue, "result in a list")})}},
		{contracts.KindToolResult, []attribute.KeyValue{contracts.ToolResultKey.String("1"), contracts.ErrorMessageKey.String(p.put(toolValue|failing, "error of a result"))}},
		{contracts.KindSubagent, []attribute.KeyValue{contracts.SubagentInputKey.String(`"` + p.put(inText|toolValue, "task") + `"`)}},
		{contracts.KindGenerate, []attribute.KeyValue{contracts.MetadataKey.String(p.put(freeForm, "span metadata, no JSON"))}},
		{contracts.KindGenerate, []attribute.KeyValue{contracts.ErrorMessageKey.String(p.put(failing, "message by hand")), contracts.ErrorStackKey.String(p.put(failing, "stack by hand"))}},
	}
	for _, sp := range spans {
		_, one := tr.Start(ctx, "by hand", trace.WithAttributes(append(sp.attrs, contracts.KindKey.String(string(sp.kind)))...))
		one.End()
	}
	_, e := entry(ctx, tr, "exception")
	e.RecordError(errors.New(p.put(failing, "recorded error")), trace.WithAttributes(attribute.String("exception.stacktrace", p.put(failing, "recorded stack"))))
	e.SetStatus(codes.Error, p.lost(failing, "status beside an exception"))
	e.End()
	_, e = entry(ctx, tr, "status")
	e.SetStatus(codes.Error, p.put(failing, "description of a status"))
	e.End()
	s.End()
}

// conventions makes the spans of other people's instrumentations, each a session.
func (p *plants) conventions(ctx context.Context, tp *sdktrace.TracerProvider) {
	type attrs = []attribute.KeyValue
	text := func(key string, kinds contracts.ContentKinds, shape string) attribute.KeyValue {
		return attribute.String(key, strings.ReplaceAll(shape, "$", p.put(kinds, "%s", key)))
	}
	plain := attribute.String
	more := contracts.ContentMessages | settings // of which nobody knows what it is
	tr := tp.Tracer(p.none("scope"))
	call := func(name string, attrs attrs, events ...sdktrace.Event) {
		_, s := tr.Start(ctx, name)
		s.SetAttributes(attrs...)
		for _, e := range events {
			s.AddEvent(e.Name, trace.WithAttributes(e.Attributes...))
		}
		s.End()
	}
	chat := func(more ...attribute.KeyValue) attrs {
		return append(attrs{plain("gen_ai.operation.name", "chat"), plain("gen_ai.request.model", "m")}, more...)
	}
	call("gen_ai", chat(
		text("gen_ai.system_instructions", inText, `[{"type":"text","content":"$"}]`),
		attribute.String("gen_ai.input.messages", `[{"role":"user","parts":[{"type":"text","content":"`+p.put(inText, "gen_ai input")+`"},`+
			`{"type":"blob","mime_type":"image/png","modality":"image","content":"`+p.put(inImages, "gen_ai image")+`"},`+
			`{"type":"uri","mime_type":"image/png","modality":"image","uri":"https://i.example/`+p.put(inImages, "gen_ai image URL")+`"}]},`+
			`{"role":"assistant","parts":[{"type":"tool_call","id":"c1","name":"n","arguments":{"a":"`+p.put(toolValue, "gen_ai arguments")+`"}}]},`+
			`{"role":"tool","parts":[{"type":"tool_call_response","id":"c1","response":"`+p.put(toolValue, "gen_ai response")+`"}]}]`),
		attribute.String("gen_ai.output.messages", `[{"role":"assistant","parts":[{"type":"reasoning","content":"`+p.put(outText, "gen_ai reasoning")+`"},`+
			`{"type":"text","content":"`+p.put(outText, "gen_ai output")+`"}],"finish_reason":"stop"}]`),
		text("gen_ai.tool.definitions", settings, `[{"name":"n","description":"$"}]`),
		attribute.StringSlice("gen_ai.request.stop_sequences", []string{p.put(settings, "stop sequence")}),
		text("gen_ai.unheard.of", settings, "$"), plain("server.address", p.put(freeForm, "attribute of no convention"))))
	call("gen_ai tool", attrs{
		plain("gen_ai.operation.name", "invoke_agent"), plain("gen_ai.agent.name", p.none("gen_ai agent")),
		text("gen_ai.agent.description", settings, "$"), text("gen_ai.input.messages", inText, `[{"role":"user","parts":[{"type":"text","content":"$"}]}]`),
		text("gen_ai.output.messages", outText, `[{"role":"assistant","parts":[{"type":"text","content":"$"}]}]`),
	})
	call("gen_ai events", chat(), sdktrace.Event{Name: "gen_ai.user.message", Attributes: attrs{text("content", inText, "$")}},
		sdktrace.Event{Name: "gen_ai.system.message", Attributes: attrs{text("gen_ai.event.content", inText, `{"content":"$"}`)}},
		sdktrace.Event{Name: "gen_ai.choice", Attributes: attrs{attribute.Int("index", 0), plain("finish_reason", "stop"), text("message", outText, `{"role":"assistant","content":"$"}`)}})
	call("gen_ai content events", chat(), sdktrace.Event{Name: "gen_ai.content.prompt", Attributes: attrs{text("gen_ai.prompt", inText, "$")}},
		sdktrace.Event{Name: "gen_ai.content.completion", Attributes: attrs{text("gen_ai.completion", outText, "$")}})
	call("details event", chat(), sdktrace.Event{Name: "gen_ai.client.inference.operation.details", Attributes: attrs{
		text("gen_ai.input.messages", inText, `[{"role":"user","parts":[{"type":"text","content":"$"}]}]`),
		text("gen_ai.output.messages", outText, `[{"role":"assistant","parts":[{"type":"text","content":"$"}]}]`),
	}})
	call("langsmith", chat(plain("langsmith.span.kind", "llm"), text("gen_ai.prompt", inText, `{"messages":[{"role":"user","content":"$"}]}`),
		text("gen_ai.completion", outText, `{"messages":[{"role":"assistant","content":"$"}]}`)))
	call("openinference", attrs{
		plain("openinference.span.kind", "LLM"), plain("llm.model_name", "m"),
		plain("llm.input_messages.0.message.role", "user"), text("llm.input_messages.0.message.contents.0.message_content.text", inText, "$"),
		plain("llm.input_messages.0.message.contents.0.message_content.type", "text"),
		plain("llm.input_messages.0.message.contents.1.message_content.type", "image"),
		text("llm.input_messages.0.message.contents.1.message_content.image.image.url", inImages, "data:image/png;base64,$"),
		plain("llm.input_messages.1.message.role", "assistant"), plain("llm.input_messages.1.message.tool_calls.0.tool_call.id", "c1"),
		plain("llm.input_messages.1.message.tool_calls.0.tool_call.function.name", "n"),
		text("llm.input_messages.1.message.tool_calls.0.tool_call.function.arguments", toolValue, `{"a":"$"}`),
		plain("llm.input_messages.2.message.role", "tool"), plain("llm.input_messages.2.message.tool_call_id", "c1"),
		text("llm.input_messages.2.message.content", toolValue, "$"),
		plain("llm.output_messages.0.message.role", "assistant"), text("llm.output_messages.0.message.content", outText, "$"),
		text("llm.invocation_parameters", settings, `{"stop":"$"}`), text("llm.tools.0.tool.json_schema", settings, `{"name":"n","description":"$"}`),
		text("llm.prompt_template.variables", settings, `{"a":"$"}`), text("llm.prompt_template.template", settings, "$"),
	})
	call("openinference agent", attrs{plain("openinference.span.kind", "AGENT"), plain("agent.name", "a"), text("input.value", inText, "$"), text("output.value", outText, "$")})
	call("openllmetry", attrs{
		plain("llm.request.type", "chat"), plain("gen_ai.request.model", "m"), plain("gen_ai.prompt.0.role", "user"), text("gen_ai.prompt.0.content", inText, "$"),
		plain("gen_ai.completion.0.role", "assistant"), text("gen_ai.completion.0.content", outText, "$"), text("gen_ai.completion.0.tool_calls.0.arguments", toolValue, `{"a":"$"}`),
		plain("gen_ai.completion.0.tool_calls.0.name", "n"), text("llm.chat.stop_sequences", settings, "$"), attribute.String("llm.headers", p.lost(more, "llm.headers")),
	})
	call("traceloop agent", attrs{
		plain("traceloop.span.kind", "agent"), plain("traceloop.entity.name", "a"),
		text("traceloop.entity.input", inText, `"$"`), text("traceloop.entity.output", outText, `{"messages":[["ai","$"]]}`),
	})
	call("vercel", attrs{
		plain("ai.operationId", "ai.generateText.doGenerate"), plain("ai.model.id", "m"),
		text("ai.prompt.messages", inText, `[{"role":"user","content":[{"type":"text","text":"$"}]}]`), text("ai.response.text", outText, "$"),
		text("ai.response.reasoning", outText, "$"), text("ai.response.toolCalls", toolValue, `[{"toolCallId":"c","toolName":"n","args":"{\"a\":\"$\"}"}]`),
		text("ai.response.providerMetadata", settings, `{"p":{"a":"$"}}`), attribute.StringSlice("ai.prompt.tools", []string{`{"name":"n","description":"` + p.put(settings, "ai.prompt.tools") + `"}`}),
		text("ai.settings.context", settings, `{"a":"$"}`), attribute.String("ai.request.headers.authorization", p.lost(more, "ai.request.headers")),
	})
	call("langfuse", attrs{
		plain("langfuse.observation.type", "generation"), plain("langfuse.observation.model.name", "m"),
		text("langfuse.observation.input", inText, "$"), text("langfuse.observation.output", outText, "$"),
		text("langfuse.observation.model.parameters", settings, `{"stop":"$"}`),
	})
	call("langfuse failed", attrs{
		plain("langfuse.observation.type", "generation"), plain("langfuse.observation.level", "ERROR"),
		text("langfuse.observation.status_message", failing, "$"),
	})
	call("logfire", attrs{
		plain("logfire.span_type", "span"), plain("gen_ai.request.model", "m"), plain("gen_ai.operation.name", "chat"),
		text("request_data", inText, `{"model":"m","messages":[{"role":"user","content":"$"}]}`), text("response_data", outText, `{"message":{"role":"assistant","content":"$"}}`),
		attribute.String("logfire.msg", p.lost(more, "logfire.msg")),
	})
	call("pydantic", chat(text("events", inText, `[{"event.name":"gen_ai.user.message","role":"user","content":"$"}]`),
		text("model_request_parameters", settings, `{"function_tools":[{"name":"n","description":"$"}]}`)))
	call("genkit", attrs{
		plain("genkit:metadata:subtype", "model"), plain("genkit:name", "openai/m"),
		text("genkit:input", inText, `{"messages":[{"role":"user","content":[{"text":"$"}]}]}`), text("genkit:output", outText, `{"message":{"role":"model","content":[{"text":"$"}]}}`),
	})
	call("braintrust", attrs{
		plain("braintrust.span_attributes", `{"type":"llm"}`), text("braintrust.input_json", inText, `[{"role":"user","content":"$"}]`),
		text("braintrust.output_json", outText, `[{"message":{"role":"assistant","content":"$"}}]`), text("braintrust.metadata", settings, `{"model":"m","stop":"$"}`),
	})
	call("mlflow", attrs{
		plain("mlflow.spanType", `"CHAT_MODEL"`), text("mlflow.spanInputs", inText, `{"model":"m","messages":[{"role":"user","content":"$"}]}`),
		text("mlflow.spanOutputs", outText, `{"choices":[{"message":{"role":"assistant","content":"$"}}]}`), text("mlflow.chat.tools", settings, `[{"name":"n","description":"$"}]`),
	})
	call("adk", attrs{
		text("gcp.vertex.agent.llm_request", inText, `{"model":"m","contents":[{"role":"user","parts":[{"text":"$"}]}]}`),
		text("gcp.vertex.agent.llm_response", outText, `{"content":{"role":"model","parts":[{"text":"$"}]}}`),
	})
	call("failed", chat(plain("error.type", p.none("error.type"))), sdktrace.Event{Name: "exception", Attributes: attrs{
		plain("exception.type", p.lost(0, "exception.type")), text("exception.message", failing, "$"), text("exception.stacktrace", failing, "$"),
	}})

	_, logged := tr.Start(ctx, "logs", trace.WithAttributes(chat()...))
	addLog := func(name string, body attribute.Value, more ...attribute.KeyValue) {
		sc := logged.SpanContext()
		p.addLog(convert.Log{TraceID: sc.TraceID(), SpanID: sc.SpanID(), Name: name, Time: time.Now(), Body: body, Attributes: more})
	}
	addLog("gen_ai.user.message", attribute.MapValue(attribute.String("content", p.put(inText, "log: body"))))
	addLog("gen_ai.system.message", attribute.Value{}, attribute.String("event_body", `{"content":"`+p.put(inText, "log: attribute")+`"}`))
	addLog("gen_ai.choice", attribute.StringValue(`{"index":0,"message":{"content":"`+p.put(outText, "log: answer")+`"}}`))
	logged.End()

	// Tools, and spans that are let in, stand in a session.
	_, s := session(ctx, tp.Tracer("app"), "of others")
	inside := trace.ContextWithSpan(ctx, s)
	tool := func(name string, attrs ...attribute.KeyValue) {
		_, s := tr.Start(inside, name, trace.WithAttributes(attrs...))
		s.End()
	}
	tool("gen_ai tool", plain("gen_ai.operation.name", "execute_tool"), plain("gen_ai.tool.name", "n"), text("gen_ai.tool.description", settings, "$"),
		text("gen_ai.tool.call.arguments", toolValue, `{"a":"$"}`), text("gen_ai.tool.call.result", toolValue, `{"a":"$"}`))
	tool("openinference tool", plain("openinference.span.kind", "TOOL"), plain("tool.name", "n"), text("input.value", toolValue, `{"a":"$"}`), text("output.value", toolValue, "$"))
	tool("traceloop tool", plain("traceloop.span.kind", "tool"), plain("traceloop.entity.name", "n"),
		text("traceloop.entity.input", toolValue, `{"a":"$"}`), text("traceloop.entity.output", toolValue, `{"a":"$"}`))
	tool("vercel tool", plain("ai.operationId", "ai.toolCall"), plain("ai.toolCall.name", "n"), text("ai.toolCall.args", toolValue, `{"a":"$"}`), text("ai.toolCall.result", toolValue, `{"a":"$"}`))
	tool("pydantic tool", plain("gen_ai.tool.name", "n"), text("tool_arguments", toolValue, `{"a":"$"}`), text("tool_response", toolValue, "$"))
	tool("genkit tool", plain("genkit:metadata:subtype", "tool"), plain("genkit:name", "n"), text("genkit:input", toolValue, `{"a":"$"}`), text("genkit:output", toolValue, `{"a":"$"}`))
	tool("adk tool", text("gcp.vertex.agent.tool_call_args", toolValue, `{"a":"$"}`), text("gcp.vertex.agent.tool_response", toolValue, `{"a":"$"}`))
	tool("mlflow tool", plain("mlflow.spanType", `"TOOL"`), text("mlflow.spanInputs", toolValue, `{"a":"$"}`), text("mlflow.spanOutputs", toolValue, `{"a":"$"}`))
	tool("langfuse tool", plain("langfuse.observation.type", "tool"), text("langfuse.observation.input", toolValue, `{"a":"$"}`), text("langfuse.observation.output", toolValue, `{"a":"$"}`))
	tool("guest", text("url.full", freeForm, "https://search.example/?q=$"), text("db.query.text", freeForm, "select '$'"))
	s.End()
}
