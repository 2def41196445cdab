// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convert_test

import (
	"encoding/json"
	"maps"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert"
)

// reading is what encoding/json reads of a payload.
type reading struct {
	Name     string
	Metadata struct {
		Result struct {
			Spans []struct {
				Name     string
				Metadata map[string]any
				Messages []map[string]any
				Model    struct{ ModelID, Provider string }
				Tool     struct {
					ToolCallID, ToolName string
					Parameters, Result   any
				}
				Subagent struct{ Input any }
				Error    struct{ Message, Stack string }
			}
		}
	}
	Response struct {
		Text   string
		Object any
	}
	Attributes map[string]any
}

// decode is encoding/json, which rounds no number here.
func decode(text string, to any) error {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	return d.Decode(to)
}

// readValue is what a JSON attribute stands for: its value where it is JSON,
// which has no invalid UTF-8, and else its text.
func readValue(text string) (v any, isJSON bool) {
	if utf8.ValidString(text) && json.Valid([]byte(text)) && decode(text, &v) == nil {
		return v, true
	}
	return readText(text), false
}

// readText is a text as encoding/json writes and reads it.
func readText(text string) (s string) {
	b, _ := json.Marshal(text)
	_ = json.Unmarshal(b, &s)
	return s
}

// FuzzReading holds conversion and encoding against encoding/json: what it reads
// of a payload is what it reads of the spans' attributes, whatever these are.
func FuzzReading(f *testing.F) {
	for _, text := range []string{
		"", "plain", `{"a":[1,2.50,null,"\u00e9\ud83d\ude00"],"a":2}`, `[{"role":"user","content":"\u2028\"\\"}]`, "\xff\xfe\u2028<script>&",
		"\x00\x1f\"\\\u007f", `[{"id":1},{"id":"x"},{"role":"assistant"}]`, `{"a":1`, `"text"`, ` null `, `-0`, `1e400`, "\ufeff{}",
		"\r\n{ \"a\" : [ ] }\t", `{"\u0061\/":{"":-0},"a/":null}`, `[null,{"id":null,"content":null},{"\u0069d":"","id":7}]`, `{"otel":null,"partial":[1e400]}`,
		`{"partial":1,"otel":2}`, `"\ud800"`, `[]`, `{}`, strings.Repeat("[", 200) + strings.Repeat("]", 200),
	} {
		f.Add(text, `{"k":"v"}`)
		f.Add("name", text)
	}
	f.Fuzz(func(t *testing.T, text, value string) {
		entry := convert.Span{
			TraceID: tid, SpanID: trace.SpanID{2}, ParentID: trace.SpanID{1}, Name: text, StartTime: start, EndTime: start,
			Attributes: []attribute.KeyValue{
				contracts.KindKey.String("tool-call"), contracts.ModelIDKey.String(text), contracts.ModelProviderKey.String(text),
				contracts.ToolCallIDKey.String(text), contracts.ToolNameKey.String(text), contracts.ToolParametersKey.String(value),
				contracts.MetadataKey.String(value),
				contracts.MessagesKey.String(value), contracts.ErrorStackKey.String(text), contracts.ErrorMessageKey.String(text),
			},
		}
		returned, agent := entry, entry
		returned.SpanID, agent.SpanID = trace.SpanID{3}, trace.SpanID{4}
		returned.Attributes = []attribute.KeyValue{contracts.KindKey.String("tool-result"), contracts.ToolResultKey.String(value)}
		agent.Attributes = []attribute.KeyValue{contracts.KindKey.String("subagent"), contracts.SubagentInputKey.String(value)}
		root := convert.Span{
			TraceID: tid, SpanID: trace.SpanID{1}, Name: text, StartTime: start, EndTime: start,
			Attributes: []attribute.KeyValue{
				contracts.KindKey.String(contracts.SessionKind), contracts.RequestInputKey.String(value), contracts.ResponseTextKey.String(text),
				contracts.ResponseObjectKey.String(value), contracts.FunctionIDKey.String(text),
			},
		}
		c := convert.Converter{OrganizationID: text}
		body := c.Payload(&convert.Session{Root: &root, Spans: []*convert.Span{&entry, &returned, &agent}, Parents: []int{-1, -1, -1}}).AppendJSON(nil)
		var p reading
		if err := decode(string(body), &p); err != nil || len(p.Metadata.Result.Spans) != 3 {
			t.Fatalf("%v: %s", err, body)
		}
		spans := p.Metadata.Result.Spans
		r := &spans[0]
		for what, have := range map[string]string{
			"name": p.Name, "text": p.Response.Text, "entry": r.Name, "modelId": r.Model.ModelID, "provider": r.Model.Provider,
			"toolCallId": r.Tool.ToolCallID, "toolName": r.Tool.ToolName, "error": r.Error.Message, "stack": r.Error.Stack,
		} {
			if want := readText(text); have != want {
				t.Errorf("%s reads %q, want %q", what, have, want)
			}
		}
		want, isJSON := readValue(value)
		for what, have := range map[string]any{
			"request.input": p.Attributes["request.input"], "object": p.Response.Object,
			"parameters": r.Tool.Parameters, "result": spans[1].Tool.Result, "input": spans[2].Subagent.Input,
		} {
			if !reflect.DeepEqual(have, want) {
				t.Errorf("%s reads %#v, want %#v", what, have, want)
			}
		}
		checkMetadata(t, r.Metadata, want)
		if list, ok := want.([]any); ok && isJSON {
			checkMessages(t, r.Messages, list)
		}
	})
}

// checkMetadata: an object's members are there, and anything else as "value".
func checkMetadata(t *testing.T, have map[string]any, want any) {
	t.Helper()
	members, isObject := want.(map[string]any)
	if !isObject && want != nil {
		members = map[string]any{"value": want}
	}
	for name, v := range members {
		if name != "partial" && !reflect.DeepEqual(have[name], v) {
			t.Errorf("metadata.%s reads %#v, want %#v", name, have[name], v)
		}
	}
	for name := range have {
		if _, given := members[name]; !given && name != "otel" && name != "partial" {
			t.Errorf("nobody said metadata.%s", name)
		}
	}
}

// checkMessages: messages are as they were given, but that each has an id.
func checkMessages(t *testing.T, have []map[string]any, want []any) {
	t.Helper()
	if len(have) != len(want) {
		t.Errorf("%d messages, want %d", len(have), len(want))
		return
	}
	for i := range want {
		given, isObject := want[i].(map[string]any)
		if id, _ := have[i]["id"].(string); id == "" {
			t.Errorf("message %d has no id", i)
		}
		if !isObject {
			continue // its text is the message's
		}
		given = maps.Clone(given)
		if id, _ := given["id"].(string); id == "" {
			given["id"] = have[i]["id"]
		}
		if !reflect.DeepEqual(have[i], given) {
			t.Errorf("message %d reads %#v, want %#v", i, have[i], given)
		}
	}
}
