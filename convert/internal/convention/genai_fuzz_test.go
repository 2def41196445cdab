// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convention

import (
	"path/filepath"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/otlptest"
)

// readEverywhere reads a span of each role, whose attributes, events and log
// records hold these values: nothing may panic, and what comes out may go on the
// wire.
func readEverywhere(t *testing.T, attrs []attribute.KeyValue, events []Event) {
	t.Helper()
	var logs []Log
	for _, e := range events {
		l := Log{Name: e.Name, Attributes: e.Attributes}
		if len(e.Attributes) > 0 {
			l.Body = e.Attributes[0].Value
		}
		logs = append(logs, l)
	}
	for _, operation := range []string{"chat", "invoke_agent", "execute_tool", "embeddings", ""} {
		all := attrs
		if operation != "" {
			all = append(append([]attribute.KeyValue{}, attrs...), attribute.String(operationKey, operation))
		}
		checkFacts(t, Read(&Source{Attributes: all}))
		checkFacts(t, Read(&Source{Attributes: all, Events: events}))
		checkFacts(t, Read(&Source{Attributes: all, Logs: logs}))
	}
}

// either is a value as text, or structured where it is JSON.
func either(t *testing.T, text string, asText bool) attribute.Value {
	if j := contracts.JSON(text); !asText && j.Valid() && len(text) < 1<<12 {
		return structured(t, j)
	}
	return attribute.StringValue(text)
}

// seedRecorded adds the values that recorded traces have under some keys.
func seedRecorded(f *testing.F, keys []attribute.Key, add func(values []string)) {
	f.Helper()
	paths, err := filepath.Glob(filepath.Join("testdata", "traces", "*.json"))
	if err != nil || len(paths) == 0 {
		f.Fatal("no traces", err)
	}
	for _, path := range paths {
		if ok, _ := filepath.Match("*.logs.json", filepath.Base(path)); ok {
			continue
		}
		for _, span := range otlptest.Spans(f, path) {
			values, some, size := make([]string, len(keys)), false, 0
			for i, key := range keys {
				for _, kv := range span.Attributes {
					if kv.Key == key {
						j, _ := toJSON(kv.Value)
						if kv.Value.Type() == attribute.STRING {
							j = contracts.JSON(kv.Value.AsString())
						}
						values[i], some = string(j), true
						size += len(j)
					}
				}
			}
			if some && size < smallSeed {
				add(values)
			}
		}
	}
}

func FuzzGenAIMessages(f *testing.F) {
	keys := []attribute.Key{instructionsKey, inputKey, outputKey}
	seedRecorded(f, keys, func(v []string) { f.Add(v[0], v[1], v[2], true); f.Add(v[0], v[1], v[2], false) })
	f.Add(`"a"`, `[{"role":"","parts":[{"type":"server_tool_call","server_tool_call":{"type":"mcp_call","output":[{"text":1}],"error":{}}}]}]`, `[[]]`, false)
	f.Fuzz(func(t *testing.T, instructions, input, output string, asText bool) {
		var attrs, event []attribute.KeyValue
		for i, text := range []string{instructions, input, output} {
			if text != "" {
				attrs = append(attrs, attribute.KeyValue{Key: keys[i], Value: either(t, text, asText)})
				event = append(event, attribute.String(string(keys[i]), text))
			}
		}
		readEverywhere(t, attrs, nil)
		readEverywhere(t, nil, []Event{{Name: detailsEvent, Attributes: event}})
	})
}

func FuzzGenAIEvents(f *testing.F) {
	f.Add("gen_ai.user.message", `{"content":{"role":"user","parts":[{"functionCall":{"name":"f"}}]}}`, `[{"toolResult":{"toolUseId":"c","content":[{"text":"x"}]}}]`, true)
	f.Add("gen_ai.tool.message", `{"id":"c","content":[{"json":1}],"tool_calls":[{}]}`, `[{"kind":"binary"},"a"]`, false)
	f.Add("gen_ai.choice", `{"index":0,"message":"[{\"text\":1}]","tool_calls":[1]}`, `{"a":1}`, false)
	f.Add("gen_ai.unknown", `{"data":{"type":"reasoning"}}`, `x`, true)
	f.Add("gen_ai.choice", " {\n\"\\u0069ndex\" : -0 , \"message\" : { \"\\u0063ontent\" : \"\\ud800\\/\" } }\t", ` [ ] `, true)
	f.Add("gen_ai.choice", `{"index":1e400,"message":null,"message":{"tool_calls":[null,{"function":null},{"function":{"name":1,"arguments":" {} "}}]}}`, `null`, false)
	f.Add("gen_ai.system.message", `{"":null,"content":[null,[],{"type":null},{"type":"text","text":1}],"role":[]}`, strings.Repeat("[", 500)+strings.Repeat("]", 500), true)
	f.Add("", "\xff", "\"\xff\"", false)
	f.Fuzz(func(t *testing.T, name, body, content string, asText bool) {
		readEverywhere(t, nil, []Event{
			{Name: name, Attributes: []attribute.KeyValue{{Key: "event_body", Value: either(t, body, asText)}}},
			{Name: name, Attributes: []attribute.KeyValue{{Key: "content", Value: either(t, content, asText)}, attribute.String("message", content)}},
			{Name: "gen_ai.choice", Attributes: []attribute.KeyValue{{Key: "message", Value: either(t, content, asText)}}},
			{Name: exceptionEvent, Attributes: []attribute.KeyValue{attribute.String("exception.message", content)}},
		})
		readEverywhere(t, []attribute.KeyValue{attribute.String("events", `[`+body+`]`), attribute.String(allEventsKey, `[`+body+`]`)}, nil)
	})
}

func FuzzGenAIPrompts(f *testing.F) {
	keys := []attribute.Key{"gen_ai.prompt", "gen_ai.completion"}
	seedRecorded(f, keys, func(v []string) { f.Add(v[0], v[1], true); f.Add(v[0], v[1], false) })
	f.Add(`[{"role":"user","content":"hi"}]`, `yo`, true)
	f.Fuzz(func(t *testing.T, prompt, completion string, asText bool) {
		readEverywhere(t, []attribute.KeyValue{{Key: keys[0], Value: either(t, prompt, asText)}, {Key: keys[1], Value: either(t, completion, asText)}}, nil)
	})
}

func FuzzGenAIScalars(f *testing.F) {
	f.Add("gen_ai.usage.input_tokens", "7", "gen_ai.response.finish_reasons", `["stop"]`)
	f.Add("gen_ai.usage.raw", `{"total_tokens":"x"}`, "gen_ai.tool.definitions", `[`)
	f.Add("gen_ai.tool.call.result", `[{"text":"x"}]`, "gen_ai.tool.call.arguments", `N/A`)
	f.Add("error.type", "429", "gen_ai.request.choice.count", "2")
	f.Add("gen_ai.response.time_to_first_chunk", "1e300", "gen_ai.request.", "\xff")
	f.Add("gen_ai.response.time_to_first_chunk", "-1e400", "gen_ai.request.x", "1e400")
	f.Add("gen_ai.usage.output_tokens", " -0 ", "gen_ai.usage.output_tokens", "9223372036854775808")
	f.Add("gen_ai.request.", "\"\\ud800\\/\"", "gen_ai.request.stop_sequences", ` [ null , "\u0061" ] `)
	f.Add("gen_ai.tool.call.arguments", "\n{ } ", "gen_ai.tool.call.result", ` [ ] `)
	f.Add("gen_ai.tool.call.arguments", `{"":null,"a":1,"\u0061":2}`, "gen_ai.tool.call.result", strings.Repeat(`[{"":`, 300)+"0"+strings.Repeat("}]", 300))
	f.Add("", "", "gen_ai.operation.name", "null")
	f.Fuzz(func(t *testing.T, key1, value1, key2, value2 string) {
		for _, asText := range []bool{true, false} {
			readEverywhere(t, []attribute.KeyValue{
				{Key: attribute.Key(key1), Value: either(t, value1, asText)}, {Key: attribute.Key(key2), Value: either(t, value2, asText)},
			}, nil)
		}
	})
}

func FuzzPydantic(f *testing.F) {
	keys := []attribute.Key{"events", allMessagesKey, allEventsKey, "model_request_parameters", toolArgumentsKey, "tool_response", finalResultKey}
	seedRecorded(f, keys, func(v []string) { f.Add(v[0], v[1], v[2], v[3], v[4], v[5], v[6]) })
	f.Fuzz(func(t *testing.T, events, all, allEvents, parameters, arguments, response, result string) {
		attrs := []attribute.KeyValue{attribute.String("agent_name", "a"), attribute.String("gen_ai.tool.name", "f"), attribute.String("gen_ai.response.id", "r")}
		for i, text := range []string{events, all, allEvents, parameters, arguments, response, result} {
			if text != "" {
				attrs = append(attrs, attribute.String(string(keys[i]), text))
			}
		}
		readEverywhere(t, attrs, nil)
	})
}

func FuzzLogfire(f *testing.F) {
	f.Add("anthropic", `{"model":"m","messages":[{"role":"user","content":"hi"}]}`, `{"message":{"content":"yo","tool_calls":[{"function":{"arguments":"{\"input\":1}"}}]},"usage":{}}`)
	f.Add("openai", `{"input":[{"type":"message"}]}`, `{"combined_chunk_content":"yo"}`)
	f.Add("openai", `{"prompt":"x"}`, `{"text":"yo","usage":{"prompt_tokens":-1}}`)
	f.Add("openai", " {\n\"\\u006dessages\" : [ { } , null ] , \"\" : -0 }\t", ` { "message" : { "content" : "\ud800\/" , "tool_calls" : [ null ] } , "usage" : null } `)
	f.Add("anthropic", `{"messages":{"role":1},"messages":[[],1e400],"system":[null]}`, `{"message":null,"message":{"content":[],"tool_calls":[{"function":{"arguments":" "}}]}}`)
	f.Add("", "null", `[`+strings.Repeat(`{"message":[`, 200))
	f.Fuzz(func(t *testing.T, system, request, response string) {
		readEverywhere(t, []attribute.KeyValue{
			attribute.String("gen_ai.system", system), attribute.String("request_data", request), attribute.String("response_data", response),
			attribute.String(logfireTypeKey, "log"),
		}, nil)
	})
}

func FuzzADK(f *testing.F) {
	keys := []attribute.Key{adkRequestKey, "gcp.vertex.agent.llm_response", adkArgumentsKey, "gcp.vertex.agent.tool_response"}
	seedRecorded(f, keys, func(v []string) { f.Add(v[0], v[1], v[2], v[3]) })
	f.Add(`{}`, `<not serializable>`, `N/A`, `{"result": "<not specified>"}`)
	f.Fuzz(func(t *testing.T, request, response, arguments, result string) {
		var attrs []attribute.KeyValue
		for i, text := range []string{request, response, arguments, result} {
			if text != "" {
				attrs = append(attrs, attribute.String(string(keys[i]), text))
			}
		}
		readEverywhere(t, attrs, nil)
	})
}
