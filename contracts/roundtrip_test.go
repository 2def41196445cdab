// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package contracts_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/internal/payloadtest"
	"github.com/spect-tools/spect-go/internal/reference"
)

// bodies returns the payloads of the captured vectors, and the sample.
func bodies(t testing.TB) map[string][]byte {
	t.Helper()
	out := map[string][]byte{"sample": payloadtest.Sample()}
	for _, v := range reference.Vectors() {
		r, err := payloadtest.ParseRequest(v.Captured)
		if err != nil {
			t.Fatal(err)
		}
		out[v.Name] = r.Body
	}
	return out
}

func TestRoundTrip(t *testing.T) {
	for name, body := range bodies(t) {
		p := parse(t, body)
		out := p.AppendJSON(nil)
		if d := exactDiff(t, body, out); d != "" {
			t.Errorf("%s: %s", name, d)
		}
		if again := parse(t, out).AppendJSON(nil); !bytes.Equal(out, again) {
			t.Errorf("%s: a second round trip changes\n%s\nto\n%s", name, out, again)
		}
		for _, marshal := range []any{p, *p} {
			b, err := json.Marshal(marshal)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if d := exactDiff(t, body, b); d != "" {
				t.Errorf("%s: json.Marshal: %s", name, d)
			}
		}
		var q contracts.CollectorTracePayload
		if err := json.Unmarshal(body, &q); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got := q.AppendJSON(nil); !bytes.Equal(out, got) {
			t.Errorf("%s: json.Unmarshal decodes another payload:\n%s", name, got)
		}
	}
}

// exactDiff compares two documents value by value, with numbers as they are
// spelled and nothing passed over; times may be written differently.
func exactDiff(t *testing.T, a, b []byte) string {
	t.Helper()
	normal := func(text []byte) string {
		d := json.NewDecoder(bytes.NewReader(text))
		d.UseNumber()
		var v any
		if err := d.Decode(&v); err != nil {
			return err.Error()
		}
		out, err := json.MarshalIndent(v, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	x, y := strings.Split(normal(a), "\n"), strings.Split(normal(b), "\n")
	for i := range min(len(x), len(y)) {
		if x[i] != y[i] {
			return "have " + y[i] + ", want " + x[i]
		}
	}
	if len(x) != len(y) {
		return "one is longer than the other"
	}
	return ""
}

// oddities are JSON values that a careless codec would change.
var oddities = []string{
	`1.0`, `1e2`, `1E+2`, `-0`, `-0.0`, `12345678901234567890`, `0.1000`, `1e400`, `9007199254740993`,
	`null`, `true`, `[]`, `{}`, `[null, null]`, `{"b":1,"a":2}`, `{"a":1,"a":2}`, `{"z":{"y":[1 , {"x":null}]}}`,
	`"\u0041\/<>&\u2028"`, `"😀"`, `"\ud83d\ude00"`, `"\u0000"`, `""`, "[\n 1,\t2\r]", `{"":null}`,
}

// User JSON goes through decoding and encoding byte for byte, wherever the
// contract has a place for it, and in members and parts that it does not know.
func TestUserJSONStaysByteForByte(t *testing.T) {
	places := map[string]string{ // %s is the value
		"request":        `{"metadata":{"request":{"v":%s}}}`,
		"spect":          `{"metadata":{"spect":{"v":%s}}}`,
		"otel":           `{"metadata":{"otel":{"v":%s}}}`,
		"result":         `{"metadata":{"result":{"v":%s}}}`,
		"metadata":       `{"metadata":{"v":%s}}`,
		"object":         `{"response":{"object":%s}}`,
		"usage":          `{"response":{"usage":{"v":%s}}}`,
		"response":       `{"response":{"v":%s}}`,
		"request.input":  `{"attributes":{"request.input":%s}}`,
		"attributes":     `{"attributes":{"v":%s}}`,
		"prompt member":  `{"prompt":{"v":%s}}`,
		"prompt":         `{"prompt":{"messages":[{"content":%s}]}}`,
		"model":          `{"model":{"v":%s}}`,
		"operation":      `{"operation":{"v":%s}}`,
		"payload":        `{"v":%s}`,
		"span metadata":  `{"metadata":{"result":{"spans":[{"metadata":{"v":%s}}]}}}`,
		"span":           `{"metadata":{"result":{"spans":[{"v":%s}]}}}`,
		"span model":     `{"metadata":{"result":{"spans":[{"model":{"v":%s}}]}}}`,
		"span error":     `{"metadata":{"result":{"spans":[{"error":{"v":%s}}]}}}`,
		"tool":           `{"metadata":{"result":{"spans":[{"tool":{"v":%s}}]}}}`,
		"parameters":     `{"metadata":{"result":{"spans":[{"tool":{"parameters":%s}}]}}}`,
		"tool result":    `{"metadata":{"result":{"spans":[{"tool":{"result":%s}}]}}}`,
		"subagent":       `{"metadata":{"result":{"spans":[{"subagent":{"v":%s}}]}}}`,
		"subagent input": `{"metadata":{"result":{"spans":[{"subagent":{"input":%s}}]}}}`,
		"messages":       `{"metadata":{"result":{"spans":[{"messages":[{"content":%s},%[1]s]}]}}}`,
		"failure":        `{"metadata":{"result":{"error":{"message":"m","v":%s}}}}`,
		"own error":      `{"metadata":{"result":{"error":%s}}}`,
	}
	for place, document := range places {
		for _, value := range oddities {
			text := strings.ReplaceAll(strings.ReplaceAll(document, "%[1]s", "%s"), "%s", value)
			out := string(parse(t, []byte(text)).AppendJSON(nil))
			if want := strings.Count(document, "%"); strings.Count(out, ":"+value) < 1 || strings.Count(out, value) < want {
				t.Errorf("%s: %s\nencodes as %s", place, text, out)
			}
			if again := parse(t, []byte(out)).AppendJSON(nil); string(again) != out {
				t.Errorf("%s: a second round trip changes\n%s\nto\n%s", place, out, again)
			}
		}
	}
}

// Parts and messages too, once they are decoded one by one.
func TestMessageRoundTrip(t *testing.T) {
	for _, value := range oddities {
		for _, part := range []string{
			`{"type":"text","text":"t","providerOptions":{"v":%s},"later":%s}`,
			`{"type":"reasoning","text":"","providerOptions":{"v":%s},"later":%s}`,
			`{"type":"file","mediaType":"m","filename":"f","data":%s,"providerOptions":{"v":%s},"later":%s}`,
			`{"type":"file","mediaType":"m"}`,
			`{"type":"tool-call","toolCallId":"","toolName":"n","input":%s,"providerOptions":{"v":%s},"later":%s}`,
			`{"type":"tool-result","toolCallId":"c","toolName":"n","output":{"type":"json","value":%s,"later":%s},"later":%s}`,
			// Unknown, or not as their type wants them: kept as they came.
			`{"type":"audio", "data":%s}`, `{"data":%s}`, `{"type":%s}`, `%s`,
			`{"type":"text" , "later":%s}`, `{"type":"text","text":5 ,"later":%s}`, `{"type":"tool-call","input":%s }`,
			`{"type":"tool-result","toolCallId":"c","toolName":"n","output":%s }`,
			`{"type":"tool-result","toolCallId":"c","toolName":"n","output":{"type":"json" }}`,
		} {
			text := `[{"id":"i","role":"assistant","content":[` + strings.ReplaceAll(part, "%s", value) + `],"name":"n","toolCallId":"c","later":` + value + `}]`
			messages, err := contracts.Messages(text).Decode()
			if err != nil || len(messages) != 1 {
				t.Fatalf("%s: %v", text, err)
			}
			if got := string(contracts.MakeMessages(messages...)); got != text {
				t.Errorf("message: have %s\nwant %s", got, text)
			}
			messages[0].Content = contracts.PartsContent(messages[0].Content.Parts()...)
			if got := string(contracts.MakeMessages(messages...)); got != text {
				t.Errorf("parts: have %s\nwant %s", got, text)
			}
		}
	}
}

func TestDecodedParts(t *testing.T) {
	p := parse(t, payloadtest.Sample())
	var got []contracts.ContentPart
	for _, i := range []int{2, 4} {
		messages, err := span(p, i).Messages.Decode()
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, messages[0].Content.Parts()...)
	}
	result := func(id, name string, kind contracts.ToolResultOutputType, value contracts.JSON) contracts.ContentPart {
		return contracts.ToolResultContentPart{ToolCallID: id, ToolName: name, Output: contracts.ToolResultOutput{Type: kind, Value: value}}
	}
	want := []contracts.ContentPart{
		contracts.ReasoningContentPart{Text: "Search.", ProviderOptions: `{"anthropic": {"signature": "c2ln"}}`},
		contracts.TextContentPart{Text: "Let me look."},
		contracts.FileContentPart{MediaType: "text/plain", Data: `{"url": "https://example.com/a"}`},
		contracts.ToolCallContentPart{ToolCallID: "call_1", ToolName: "search", Input: `{"query": "asthma", "page": null}`},
		result("srv_1", "web", contracts.OutputJSON, "null"),
		contracts.UnknownContentPart{PartType: "citation", Raw: `{"type": "citation", "source": 3}`},
		result("call_1", "search", contracts.OutputJSON, `{"matches": 3}`),
		result("call_2", "t", contracts.OutputText, `"three"`),
		result("call_3", "t", contracts.OutputErrorText, `"boom"`),
		result("call_4", "t", contracts.OutputErrorJSON, `{"code": 1}`),
		result("call_5", "t", contracts.OutputContent, `[{"type": "text", "text": "x"}]`),
	}
	if len(got) != len(want) {
		t.Fatalf("%d parts, want %d", len(got), len(want))
	}
	for i := range want {
		if !reflect.DeepEqual(got[i], want[i]) || got[i].Type() != want[i].Type() {
			t.Errorf("part %d: %#v, want %#v", i, got[i], want[i])
		}
	}
}

func TestDecodedFields(t *testing.T) {
	p := parse(t, payloadtest.Sample())
	if p.Name != "agent.run" || p.FunctionID != "fn_1" || p.Model.Provider != "openai" || p.Attributes.ConversationID != "conv_1" ||
		p.Duration != 2500 || !p.EndTime.Equal(time.UnixMilli(1777000002500)) || p.EndTime.Location() != time.UTC {
		t.Errorf("payload %+v", p)
	}
	if r := p.Response; *r.Text != "Three papers." || *r.StartTime != 1777000000001 || *r.Duration != 2499 ||
		!slices.Equal(r.FinishReasons, []string{"stop", "length"}) || r.Object != `{"papers": 3}` || r.ID != "resp_1" {
		t.Errorf("response %+v", r)
	}
	spans := p.Metadata.Result.Spans
	if s := spans[6]; s.Status != contracts.StatusUnset || !s.EndTime.IsZero() || s.DurationMs != nil || s.ParentID != spans[5].ID {
		t.Errorf("open span %+v", s)
	}
	if e := spans[5].Error; e.Message != "gave up" || e.Type != "TimeoutError" || e.Code != "504" || e.Stack != "main.go:1" {
		t.Errorf("error %+v", e)
	}
	if _, ok := spans[3].AsPlain(); ok {
		t.Error("a tool call is not plain")
	}
	if _, ok := spans[2].AsPlain(); !ok {
		t.Error("a generate span is plain")
	}
	if s, ok := spans[3].AsToolCall(); !ok || s.ToolCallID != "call_1" || s.Parameters != `{"query": "asthma"}` {
		t.Errorf("tool call %+v", s)
	}
	if s, ok := spans[4].AsToolResult(); !ok || s.ToolName != "search" || s.Result != "null" {
		t.Errorf("tool result %+v", s)
	}
	if s, ok := spans[5].AsSubagent(); !ok || s.Overlay.SubagentType != "researcher" || s.Overlay.Source != "agent-sdk" {
		t.Errorf("subagent %+v", s)
	}
	for i, s := range spans {
		_, call := s.AsToolCall()
		_, result := s.AsToolResult()
		_, subagent := s.AsSubagent()
		_, plain := s.AsPlain()
		if n := len(slices.DeleteFunc([]bool{call, result, subagent, plain}, func(is bool) bool { return !is })); n != 1 {
			t.Errorf("span %d is of %d sorts", i, n)
		}
	}
}

func TestEncodingDefaults(t *testing.T) {
	start := time.Date(2026, 4, 24, 5, 6, 40, 0, time.FixedZone("", 2*60*60))
	p := contracts.CollectorTracePayload{
		StartTime: start, EndTime: start.Add(1500*time.Microsecond + 1),
		Metadata: contracts.CollectorTraceMetadata{Result: &contracts.CollectorTraceResult{
			Spans: []contracts.SpanRecord{
				{StartTime: start, EndTime: start.Add(-time.Second)},
				{StartTime: start},
			},
		}},
	}
	const want = `{"id":"","traceId":"","spanId":"","name":"","organizationId":"",` +
		`"startTime":"2026-04-24T03:06:40Z","endTime":"2026-04-24T03:06:40.001500001Z","duration":0,` +
		`"model":{"id":""},"operation":{"id":"","name":""},"functionId":null,"metadata":{"result":{"spans":[` +
		`{"version":1,"id":"","traceId":"","status":"","startTime":"2026-04-24T03:06:40Z","endTime":"2026-04-24T03:06:39Z","durationMs":0,"metadata":{}},` +
		`{"version":1,"id":"","traceId":"","status":"","startTime":"2026-04-24T03:06:40Z","metadata":{}}]}},` +
		`"prompt":{"format":"","messages":[]},"response":{},"attributes":{}}`
	if got := string(p.AppendJSON(nil)); got != want {
		t.Errorf("have %s\nwant %s", got, want)
	}
	if got := string(p.AppendJSON([]byte("before "))); got != "before "+want {
		t.Errorf("AppendJSON does not append: %s", got)
	}
}

func TestFormatTime(t *testing.T) {
	for text, at := range map[string]time.Time{
		"2026-04-24T03:06:40Z":           time.UnixMilli(1777000000000),
		"2026-04-24T03:06:40.425000Z":    time.UnixMilli(1777000000425),
		"2026-04-24T03:06:40.000001Z":    time.UnixMicro(1777000000000001),
		"2026-04-24T03:06:40.000000001Z": time.Unix(1777000000, 1),
	} {
		if got := contracts.FormatTime(at); got != text {
			t.Errorf("have %s, want %s", got, text)
		}
	}
}

func TestMilliseconds(t *testing.T) {
	at := func(ns int64) time.Time { return time.Unix(0, ns) }
	for _, test := range []struct{ start, end, want int64 }{
		{0, 999_999, 0}, {0, 1_000_000, 1}, {999_999, 1_000_000, 1}, {1_000_000, 0, 0}, {-1, 0, 1}, {5, 5, 0},
	} {
		if got := contracts.Milliseconds(at(test.start), at(test.end)); got != test.want {
			t.Errorf("from %d ns to %d ns: %d ms, want %d", test.start, test.end, got, test.want)
		}
	}
}

func TestParsePayloadRefuses(t *testing.T) {
	for text, want := range map[string]string{
		``:                              "not valid JSON",
		`{"id":"x"}}`:                   "not valid JSON",
		"{\"id\":\"\xff\"}":             "not valid JSON",
		`{"duration":NaN}`:              "not valid JSON",
		`[]`:                            "/: want an object, have an array",
		`null`:                          "/: want an object, have null",
		`{"id":5}`:                      "/id: want a string, have a number",
		`{"duration":1.5}`:              "/duration: want an integer",
		`{"startTime":"x"}`:             "/startTime: want an ISO 8601 time",
		`{"startTime":"2026-04-24"}`:    "/startTime: want an ISO 8601 time",
		`{"metadata":{"result":[]}}`:    "/metadata/result: want an object, have an array",
		`{"response":{"text":false}}`:   "/response/text: want a string, have a boolean",
		`{"prompt":{"messages":"x"}}`:   "/prompt/messages: want an array, have a string",
		`{"response":{"duration":"1"}}`: "/response/duration: want an integer, have a string",
		`{"startTime":"0000-01-01T00:00:00+01:00"}`:                   "/startTime: want an ISO 8601 time",
		`{"metadata":{"result":{"spans":[{},{"endTime":0}]}}}`:        "/metadata/result/spans/1/endTime: want a time",
		`{"metadata":{"result":{"spans":[{"tool":{"toolName":1}}]}}}`: "/metadata/result/spans/0/tool/toolName: want a string",
		`{"response":{"finishReasons":"stop"}}`:                       "/response/finishReasons: want an array of strings, have a string",
		`{"response":{"finishReasons":["stop",null]}}`:                "/response/finishReasons/1: want a string, have null",
	} {
		p, err := contracts.ParsePayload(text)
		if err == nil {
			t.Errorf("%s: parsed as %s", text, p.AppendJSON(nil))
		} else if !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

// What the contract leaves out but another writer may send travels on, and the
// last of a repeated member counts.
func TestParsePayloadKeepsWhatEncodingLeavesOut(t *testing.T) {
	for text, want := range map[string]string{
		`{"parentId":null}`:                                       `"parentId":null`,
		`{"parentId":""}`:                                         `"parentId":""`,
		`{"model":{"id":"","provider":""}}`:                       `"model":{"id":"","provider":""}`,
		`{"metadata":{"result":null}}`:                            `"metadata":{"result":null}`,
		`{"response":{"text":null,"finishReasons":null,"id":""}}`: `"response":{"text":null,"finishReasons":null,"id":""}`,
		`{"response":{"finishReasons":["a"],"finishReasons":[]}}`: `"response":{"finishReasons":["a"],"finishReasons":[]}`,
		`{"metadata":{"result":{"spans":[{"endTime":null,"durationMs":null,"messages":null,"tool":null,"kind":""}]}}}`:
		/**/ `"metadata":{},"endTime":null,"durationMs":null,"messages":null,"tool":null,"kind":""}`,
		`{"metadata":{"result":{"spans":[{"endTime":"0001-01-01T00:00:00Z"}]}}}`: `"metadata":{},"endTime":"0001-01-01T00:00:00Z"}`,
		`{"metadata":{"result":{"spans":[{"id":"a"}],"spans":[{"id":"b"}]}}}`:    `"spans":[{"version":1,"id":"b",`,
		`{"model":{"id":"a","x":1},"model":{"id":"b"}}`:                          `"model":{"id":"b"},`,
	} {
		out := parse(t, []byte(text)).AppendJSON(nil)
		if !strings.Contains(string(out), want) {
			t.Errorf("%s\nencodes as %s\nwithout %s", text, out, want)
		}
		if again := parse(t, out).AppendJSON(nil); !bytes.Equal(out, again) {
			t.Errorf("a second round trip changes\n%s\nto\n%s", out, again)
		}
	}
}

// json.Marshal of a part of a payload, by value or by pointer, is the wire's
// form, and json.Unmarshal reads it again.
func TestEncodingJSON(t *testing.T) {
	p := parse(t, payloadtest.Sample())
	tool, subagent := span(p, 3), span(p, 5)
	messages, err := span(p, 2).Messages.Decode()
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ value, pointer, into any }{
		{*p, p, new(contracts.CollectorTracePayload)},
		{p.Model, &p.Model, new(contracts.CollectorTraceModel)},
		{p.Operation, &p.Operation, new(contracts.CollectorTraceOperation)},
		{p.Metadata, &p.Metadata, new(contracts.CollectorTraceMetadata)},
		{*p.Metadata.Result, p.Metadata.Result, new(contracts.CollectorTraceResult)},
		{p.Prompt, &p.Prompt, new(contracts.CollectorTracePrompt)},
		{p.Response, &p.Response, new(contracts.CollectorTraceResponse)},
		{p.Attributes, &p.Attributes, new(contracts.CollectorTraceAttributes)},
		{*tool, tool, new(contracts.SpanRecord)},
		{*span(p, 2).Model, span(p, 2).Model, new(contracts.SpanModelOverlay)},
		{*tool.Tool, tool.Tool, new(contracts.SpanToolOverlay)},
		{*subagent.Subagent, subagent.Subagent, new(contracts.SpanSubagentOverlay)},
		{*subagent.Error, subagent.Error, new(contracts.NormalizedError)},
		{messages[0], &messages[0], new(contracts.ConversationMessage)},
		{messages[0].Content, &messages[0].Content, new(contracts.Content)},
		{contracts.TextContent("x"), contracts.TextContent("x"), new(contracts.Content)},
		{contracts.ToolResultOutput{Type: "json", Value: "1"}, &contracts.ToolResultOutput{Type: "json", Value: "1"}, new(contracts.ToolResultOutput)},
	} {
		value, err := json.Marshal(test.value)
		if err != nil {
			t.Fatalf("%T: %v", test.value, err)
		}
		pointer, err := json.Marshal(test.pointer)
		if err != nil {
			t.Fatalf("%T: %v", test.pointer, err)
		}
		if !bytes.Equal(value, pointer) || bytes.Contains(value, []byte(`"Extra"`)) {
			t.Errorf("%T: %s\npointer: %s", test.value, value, pointer)
		}
		if err := json.Unmarshal(value, test.into); err != nil {
			t.Fatalf("%T: %v", test.into, err)
		}
		if again, err := json.Marshal(test.into); err != nil || !bytes.Equal(value, again) {
			t.Errorf("%T: %s\nread and written again: %s, %v", test.value, value, again, err)
		}
		// Nothing is left of what a value held before.
		if value[0] == '{' {
			more := append(slices.Clone(value[:len(value)-1]), `,"later":1}`...)
			for _, text := range [][]byte{more, value} {
				if err := json.Unmarshal(text, test.into); err != nil {
					t.Fatalf("%T: %v", test.into, err)
				}
			}
			if again, _ := json.Marshal(test.into); !bytes.Equal(value, again) {
				t.Errorf("%T: %s\nbecomes %s", test.into, value, again)
			}
		}
		if err := json.Unmarshal([]byte("null"), test.into); err != nil {
			t.Errorf("%T: null: %v", test.into, err)
		}
		if again, _ := json.Marshal(test.into); !bytes.Equal(value, again) {
			t.Errorf("%T: null is not passed over", test.into)
		}
		if err := json.Unmarshal([]byte("5"), test.into); err == nil {
			t.Errorf("%T: a number is read as %s", test.into, contracts.MakeJSON(test.into))
		}
	}
	for _, part := range messages[0].Content.Parts() {
		if got, want := contracts.MakeJSON(part), contracts.JSON(part.AppendJSON(nil)); got != contracts.MakeJSON(want) && !sameText(got, want) {
			t.Errorf("%T: %s, want %s", part, got, want)
		}
	}
}

func sameText(a, b contracts.JSON) bool {
	var x, y bytes.Buffer
	return json.Compact(&x, []byte(a)) == nil && json.Compact(&y, []byte(b)) == nil && x.String() == y.String()
}

// encoding/json lets invalid UTF-8 through; the payload must not.
func TestUnmarshalInvalidUTF8(t *testing.T) {
	var p contracts.CollectorTracePayload
	if err := json.Unmarshal([]byte("{\"later\":\"\xff\"}"), &p); err == nil {
		t.Error("payload: accepted")
	}
	var v struct {
		J contracts.JSON
		M contracts.Messages
	}
	if err := json.Unmarshal([]byte("{\"J\":\"a\xffb\",\"M\":[\"\xff\"]}"), &v); err != nil {
		t.Fatal(err)
	}
	if v.J != "\"a\uFFFDb\"" || v.M != "[\"\uFFFD\"]" {
		t.Errorf("%q, %q", v.J, v.M)
	}
}

// The same payload encodes to the same bytes; nothing depends on a map's order.
func TestEncodingIsStable(t *testing.T) {
	all := bodies(t)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		p := parse(t, all[name])
		first := p.AppendJSON(nil)
		for range 5 {
			if !bytes.Equal(first, p.AppendJSON(nil)) {
				t.Fatalf("%s: encodes differently", name)
			}
		}
	}
}

func TestNoNaN(t *testing.T) {
	for _, v := range []any{math.NaN(), math.Inf(1), map[string]any{"x": math.Inf(-1)}, []float64{1, math.NaN()}} {
		if j := contracts.MakeJSON(v); !j.Valid() || !strings.HasPrefix(string(j), `{"spect.error":`) {
			t.Errorf("%v becomes %s", v, j)
		}
	}
}
