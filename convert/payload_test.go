// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convert_test

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert"
)

var (
	start = time.Date(2026, 4, 24, 3, 6, 40, 425_999_999, time.UTC)
	tid   = trace.TraceID{1, 2, 3}
)

// root is a session's root; entry a span of it.
func root(attrs ...attribute.KeyValue) convert.Span {
	return convert.Span{
		TraceID: tid, SpanID: trace.SpanID{1}, Name: "op", StartTime: start, EndTime: start.Add(time.Second),
		Attributes: append([]attribute.KeyValue{contracts.KindKey.String(contracts.SessionKind), contracts.ModelIDKey.String("m")}, attrs...),
	}
}

func entry(id byte, kind contracts.SpanKind, attrs ...attribute.KeyValue) convert.Span {
	return convert.Span{
		TraceID: tid, SpanID: trace.SpanID{1, id}, ParentID: trace.SpanID{1}, Name: "entry", StartTime: start.Add(time.Duration(id) * time.Millisecond),
		EndTime: start.Add(time.Second), Attributes: append([]attribute.KeyValue{contracts.KindKey.String(string(kind))}, attrs...),
	}
}

// payload converts spans of one session.
func payload(t *testing.T, spans ...convert.Span) *contracts.CollectorTracePayload {
	t.Helper()
	sessions := convert.Sessions(spans)
	if len(sessions) != 1 {
		t.Fatalf("%d sessions, want 1", len(sessions))
	}
	c := convert.Converter{OrganizationID: "org"}
	body := string(c.Payload(&sessions[0]).AppendJSON(nil))
	p, err := contracts.ParsePayload(body)
	if err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	return p
}

// partial is what the notes of a span, or of the session, say of an attribute.
func partial(p *contracts.CollectorTracePayload, span int, key attribute.Key) string {
	var notes contracts.JSON
	if span >= 0 {
		notes = p.Metadata.Result.Spans[span].Metadata.Member("partial")
	} else {
		for _, m := range p.Metadata.Result.Extra {
			if m.Name == "partial" {
				notes = m.Value
			}
		}
	}
	text, _ := notes.Member(string(key)).Text()
	return text
}

// What becomes of each attribute of a session, of its right type and of others.
func TestSessionAttributes(t *testing.T) {
	at := func(path ...string) func(contracts.JSON) contracts.JSON {
		return func(j contracts.JSON) contracts.JSON {
			for _, name := range path {
				j = j.Member(name)
			}
			return j
		}
	}
	for _, test := range []struct {
		name   string
		attr   attribute.KeyValue
		read   func(contracts.JSON) contracts.JSON
		want   contracts.JSON
		marked bool
	}{
		{"name", attribute.String("app", "x"), at("name"), `"op"`, false},
		{"metadata", contracts.SessionMetadataKey.String(`{"a":1.0}`), at("metadata", "request"), `{"a":1.0}`, false},
		{"metadata that is none", contracts.SessionMetadataKey.String(`[1]`), at("metadata", "request"), `{"value":[1]}`, true},
		{"metadata that was cut", contracts.SessionMetadataKey.String(`{"a":`), at("metadata", "request"), `{"value":"{\"a\":"}`, true},
		{"metadata as a map", contracts.SessionMetadataKey.Map(attribute.Int("a", 1)), at("metadata", "request"), `{"a":1}`, false},
		{"metadata as a list", contracts.SessionMetadataKey.Int64Slice([]int64{1}), at("metadata", "request"), `{"value":[1]}`, true},
		{"no metadata", contracts.SessionMetadataKey.String(` { } `), at("metadata", "request"), ``, false},
		{"null metadata", contracts.SessionMetadataKey.String(`null`), at("metadata", "request"), ``, false},
		{"spect", contracts.SessionMetadataKey.String(`{"spect":{"k":1}}`), at("metadata", "spect"), `{"k":1}`, false},
		{"spect, empty", contracts.SessionMetadataKey.String(`{"spect":{}}`), at("metadata", "spect"), ``, false},
		{"spect, no object", contracts.SessionMetadataKey.String(`{"spect":"x"}`), at("metadata", "spect"), ``, false},
		{"the span's metadata", contracts.MetadataKey.String(`{"a":1}`), at("metadata", "request"), `{"a":1}`, false},
		{"messages", contracts.MessagesKey.String(`[{"id":"a","role":"user","content":"hi"}]`), at("prompt", "messages"), `[{"id":"a","role":"user","content":"hi"}]`, false},
		{"format", contracts.PromptFormatKey.String("chat"), at("prompt", "format"), `"chat"`, false},
		{"no format", contracts.PromptFormatKey.String(""), at("prompt", "format"), `"messages"`, false},
		{"format of another type", contracts.PromptFormatKey.Int(5), at("prompt", "format"), `"5"`, true},
		{"conversation", contracts.ConversationIDKey.String("c"), at("attributes", "conversationId"), `"c"`, false},
		{"conversation of another type", contracts.ConversationIDKey.Int64Slice([]int64{1}), at("attributes", "conversationId"), `"[1]"`, true},
		{"function", contracts.FunctionIDKey.String("f"), at("functionId"), `"f"`, false},
		{"no function", attribute.String("app", "x"), at("functionId"), `null`, false},
		{"input", contracts.RequestInputKey.String(` [1, null] `), at("attributes", "request.input"), `[1, null]`, false},
		{"input that is text", contracts.RequestInputKey.String(`hi "you"`), at("attributes", "request.input"), `"hi \"you\""`, true},
		{"input as NaN", contracts.RequestInputKey.Float64(math.NaN()), at("attributes", "request.input"), `"NaN"`, true},
		{"input as bytes", contracts.RequestInputKey.ByteSlice([]byte{1, 2, 255}), at("attributes", "request.input"), `"AQL/"`, false},
		{"input as nothing", attribute.KeyValue{Key: contracts.RequestInputKey}, at("attributes", "request.input"), `null`, false},
		{"provider", contracts.ProviderKey.String("p"), at("attributes", "provider"), `"p"`, false},
		{"the model's provider from it", contracts.ProviderKey.String("p"), at("model", "provider"), `"p"`, false},
		{"no provider", contracts.ProviderKey.String(""), at("model", "provider"), `"unknown"`, false},
		{"the model's provider", contracts.ModelProviderKey.String("p"), at("model", "provider"), `"p"`, false},
		{"not the tracer's", contracts.ModelProviderKey.String("p"), at("attributes", "provider"), `"unknown"`, false},
		{"text", contracts.ResponseTextKey.String("hi"), at("response", "text"), `"hi"`, false},
		{"an empty text", contracts.ResponseTextKey.String(""), at("response", "text"), `""`, false},
		{"text of another type", contracts.ResponseTextKey.Bool(true), at("response", "text"), `"true"`, true},
		{"model", contracts.ResponseModelKey.String("r"), at("response", "model"), `"r"`, false},
		{"the session's model", attribute.String("app", "x"), at("response", "model"), `"m"`, false},
		{"id", contracts.ResponseIDKey.String("r"), at("response", "id"), `"r"`, false},
		{"object", contracts.ResponseObjectKey.String(`{"a":[]}`), at("response", "object"), `{"a":[]}`, false},
		{"usage", contracts.ResponseUsageKey.String(`{"inputTokens":1}`), at("response", "usage"), `{"inputTokens":1}`, false},
		{"usage that is none", contracts.ResponseUsageKey.Int(12), at("response", "usage"), `{"value":12}`, true},
		{"reasons", contracts.ResponseFinishReasonsKey.StringSlice([]string{"a", "b"}), at("response", "finishReasons"), `["a","b"]`, false},
		{"a reason", contracts.ResponseFinishReasonsKey.String("stop"), at("response", "finishReasons"), `["stop"]`, false},
		{"reasons as JSON", contracts.ResponseFinishReasonsKey.String(`["a",1]`), at("response", "finishReasons"), `["a","1"]`, false},
		{"reasons that look like JSON", contracts.ResponseFinishReasonsKey.String(`[a`), at("response", "finishReasons"), `["[a"]`, false},
		{"reasons of any type", contracts.ResponseFinishReasonsKey.Slice(attribute.StringValue("a"), attribute.IntValue(1)), at("response", "finishReasons"), `["a","1"]`, false},
		{"no reason", contracts.ResponseFinishReasonsKey.String(""), at("response", "finishReasons"), ``, false},
		{"start", contracts.ResponseStartTimeKey.Int64(1777000000000), at("response", "startTime"), `1777000000000`, false},
		{"start as a float", contracts.ResponseStartTimeKey.Float64(1777000000000.7), at("response", "startTime"), `1777000000000`, false},
		{"start as text", contracts.ResponseStartTimeKey.String("1777000000000"), at("response", "startTime"), `1777000000000`, false},
		{"start that is none", contracts.ResponseStartTimeKey.String("soon"), at("response", "startTime"), ``, true},
		{"start as NaN", contracts.ResponseStartTimeKey.Float64(math.NaN()), at("response", "startTime"), ``, true},
		{"start out of range", contracts.ResponseStartTimeKey.Int64(math.MaxInt64), at("response", "startTime"), ``, true},
		{"duration", contracts.ResponseDurationKey.Int64(5), at("response", "duration"), `5`, false},
		{"duration below 0", contracts.ResponseDurationKey.Int64(-5), at("response", "duration"), ``, true},
		{"duration as Inf", contracts.ResponseDurationKey.Float64(math.Inf(1)), at("response", "duration"), ``, true},
		{"timestamp", contracts.ResponseTimestampKey.String("yesterday"), at("response", "timestamp"), `"yesterday"`, false},
		{"timestamp as ms", contracts.ResponseTimestampKey.Int64(1777000000425), at("response", "timestamp"), `"2026-04-24T03:06:40.425000Z"`, false},
		{"timestamp as a float", contracts.ResponseTimestampKey.Float64(1777000000000), at("response", "timestamp"), `"2026-04-24T03:06:40Z"`, false},
		{"no timestamp", attribute.String("app", "x"), at("response", "timestamp"), `"2026-04-24T03:06:41.425000Z"`, false},
		{"result", contracts.ResultMetadataKey.String(`{"a":1,"spans":5}`), at("metadata", "result", "a"), `1`, false},
		{"result keeps the spans", contracts.ResultMetadataKey.String(`{"spans":5}`), at("metadata", "result", "spans"), `[]`, false},
		{"result with notes", contracts.ResultMetadataKey.String(`{"partial":{"mine":1}}`), at("metadata", "result", "partial"), `{"mine":1}`, false},
		{"result with an error", contracts.ResultMetadataKey.String(`{"error":"x"}`), at("metadata", "result", "error"), `"x"`, false},
		{"error", contracts.ErrorMessageKey.String("e"), at("metadata", "result", "error"), `{"message":"e"}`, false},
		{"error code", contracts.ErrorCodeKey.Int(5), at("metadata", "result", "error", "code"), `"5"`, false},
		{"session", contracts.SessionIDKey.String("019dbd98-df09-7000-8000-000000000001"), at("id"), `"019dbd98-df09-7000-8000-000000000001"`, false},
		{"trace of another", contracts.SessionTraceIDKey.String("not a UUID"), at("parentId"), ``, true},
		{"parent of another", contracts.SessionParentIDKey.Int(5), at("parentId"), ``, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := payload(t, root(test.attr))
			body := contracts.JSON(p.AppendJSON(nil))
			if have := test.read(body); have != test.want {
				t.Errorf("have %s, want %s", have, test.want)
			}
			if note := partial(p, -1, test.attr.Key); (note != "") != test.marked {
				t.Errorf("marked %q", note)
			}
			if err := p.Validate(); err != nil {
				t.Error(err)
			}
		})
	}
}

// An attribute that is given twice has its last value.
func TestAttributeGivenTwice(t *testing.T) {
	p := payload(t, root(
		contracts.ResultMetadataKey.String(`{"a":1,"partial":{}}`), contracts.ResponseFinishReasonsKey.String("a"),
		contracts.ResultMetadataKey.String(`{"b":2}`), contracts.ResponseFinishReasonsKey.StringSlice([]string{"b"}),
	))
	body := contracts.JSON(p.AppendJSON(nil))
	result := body.Member("metadata").Member("result")
	if reasons := body.Member("response").Member("finishReasons"); reasons != `["b"]` || result.Member("a") != "" || result.Member("b") != "2" || result.Member("partial") != "" {
		t.Errorf("%s, %s", reasons, result)
	}
}

// What is said last of a session's metadata counts, of the part for Spect too.
func TestMetadataGivenTwice(t *testing.T) {
	for _, key := range []attribute.Key{contracts.SessionMetadataKey, contracts.MetadataKey} {
		p := payload(t, root(contracts.SessionMetadataKey.String(`{"a":1,"spect":{"b":2}}`), key.String(`{"spect":{}}`)))
		if p.Metadata.Spect != "" || p.Metadata.Request.Member("a") != "1" || p.Metadata.Request.Member("spect") != "{}" {
			t.Errorf("%s: %s, and for Spect %s", key, p.Metadata.Request, p.Metadata.Spect)
		}
		if err := p.Validate(); err != nil {
			t.Errorf("%s: %v", key, err)
		}
	}
}

// What becomes of each attribute of a span.
func TestSpanAttributes(t *testing.T) {
	for _, test := range []struct {
		name   string
		kind   contracts.SpanKind
		attr   attribute.KeyValue
		path   []string
		want   contracts.JSON
		marked bool
	}{
		{"kind", "stream", attribute.String("app", "x"), []string{"kind"}, `"stream"`, false},
		{"no kind", "", attribute.String("app", "x"), []string{"kind"}, ``, false},
		{"a kind of later", "dream", contracts.KindKey.String("dream"), []string{"kind"}, ``, true},
		{"metadata", "generate", contracts.MetadataKey.String(`{"a":1.0}`), []string{"metadata", "a"}, `1.0`, false},
		{"metadata that is none", "generate", contracts.MetadataKey.String(`"x"`), []string{"metadata", "value"}, `"x"`, true},
		{"model", "generate", contracts.ModelIDKey.String("own"), []string{"model", "modelId"}, `"own"`, false},
		{"model of another type", "generate", contracts.ModelIDKey.Float64(4.1), []string{"model", "modelId"}, `"4.1"`, true},
		{"provider", "generate", contracts.ModelProviderKey.String("p"), []string{"model", "provider"}, `"p"`, false},
		{"call", "tool-call", contracts.ToolCallIDKey.String("c"), []string{"tool", "toolCallId"}, `"c"`, false},
		{"tool", "tool-call", contracts.ToolNameKey.String("t"), []string{"tool", "toolName"}, `"t"`, false},
		{"parameters", "tool-call", contracts.ToolParametersKey.String(`[1, null]`), []string{"tool", "parameters"}, `[1, null]`, false},
		{"parameters as a map", "tool-call", contracts.ToolParametersKey.Map(attribute.Int("a", 1), attribute.Int("a", 2)), []string{"tool", "parameters"}, `{"a":2}`, true},
		{"parameters that were cut", "tool-call", contracts.ToolParametersKey.String(`{"a":"b`), []string{"tool", "parameters"}, `"{\"a\":\"b"`, true},
		{"parameters of bad UTF-8", "tool-call", contracts.ToolParametersKey.String("\"\xff\""), []string{"tool", "parameters"}, "\"\\\"\uFFFD\\\"\"", true},
		{"result", "tool-result", contracts.ToolResultKey.String(`null`), []string{"tool", "result"}, `null`, false},
		{"result as floats", "tool-result", contracts.ToolResultKey.Float64Slice([]float64{1.5, math.Inf(-1)}), []string{"tool", "result"}, `[1.5,"-Inf"]`, true},
		{"subagent's call", "subagent", contracts.SubagentToolCallIDKey.String("c"), []string{"subagent", "toolCallId"}, `"c"`, false},
		{"subagent", "subagent", contracts.SubagentTypeKey.String("s"), []string{"subagent", "subagentType"}, `"s"`, false},
		{"source", "subagent", contracts.SubagentSourceKey.String("s"), []string{"subagent", "source"}, `"s"`, false},
		{"task", "subagent", contracts.SubagentInputKey.String(`"do"`), []string{"subagent", "input"}, `"do"`, false},
		{"a tool on a user", "user", contracts.ToolNameKey.String("t"), []string{"metadata", "spect.tool.name"}, `"t"`, true},
		{"a call of no name on a user", "user", contracts.ToolCallIDKey.String(""), []string{"metadata", "spect.tool.call_id"}, `""`, true},
		{"parameters on a system", "system", contracts.ToolParametersKey.String(`{"a":1.0}`), []string{"metadata", "spect.tool.parameters"}, `{"a":1.0}`, true},
		{"parameters without a kind", "", contracts.ToolParametersKey.String(`[]`), []string{"metadata", "spect.tool.parameters"}, `[]`, true},
		{"a result on a call", "tool-call", contracts.ToolResultKey.String(`{"a":`), []string{"metadata", "spect.tool.result"}, `"{\"a\":"`, true},
		{"parameters on a result", "tool-result", contracts.ToolParametersKey.String(`1`), []string{"metadata", "spect.tool.parameters"}, `1`, true},
		{"a task on a tool", "tool-call", contracts.SubagentInputKey.String(`"do"`), []string{"metadata", "spect.subagent.input"}, `"do"`, true},
		{"a source on a user", "user", contracts.SubagentSourceKey.String("s"), []string{"metadata", "spect.subagent.source"}, `"s"`, true},
		{"status", "generate", contracts.StatusKey.String("unset"), []string{"status"}, `"unset"`, false},
		{"a status of later", "generate", contracts.StatusKey.String("great"), []string{"status"}, `"ok"`, false},
		{"error", "generate", contracts.ErrorTypeKey.String("T"), []string{"error", "type"}, `"T"`, false},
		{"error of another type", "generate", contracts.ErrorMessageKey.Int(5), []string{"error", "message"}, `"5"`, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := entry(2, test.kind, test.attr)
			if test.attr.Key == contracts.KindKey {
				e.Attributes = e.Attributes[1:]
			}
			p := payload(t, e, root())
			if err := p.Validate(); err != nil {
				t.Error(err)
			}
			j := contracts.JSON(p.AppendJSON(nil)).Member("metadata").Member("result").Member("spans")
			for span := range j.Elements() {
				j = span
			}
			for _, name := range test.path {
				j = j.Member(name)
			}
			if j != test.want {
				t.Errorf("have %s, want %s", j, test.want)
			}
			if note := partial(p, 0, test.attr.Key); (note != "") != test.marked {
				t.Errorf("marked %q", note)
			}
		})
	}
}

// What is not for the span's kind is in its metadata, beside what is there, and is
// withheld there as it would be in its place.
func TestMisplacedOverlays(t *testing.T) {
	const own = `{"spect.tool.result":"mine","a":1.0}`
	e := entry(2, contracts.KindUser, contracts.MetadataKey.String(own), contracts.ToolNameKey.String("t"),
		contracts.ToolResultKey.String(`{"secret":1}`), contracts.SubagentInputKey.String(`"do"`))
	guest := convert.Span{
		TraceID: tid, SpanID: trace.SpanID{3}, ParentID: trace.SpanID{1}, Name: "GET", StartTime: start, EndTime: start,
		Attributes: []attribute.KeyValue{contracts.ToolResultKey.String(`{"a":2}`)},
	}
	for _, test := range []struct {
		policy      contracts.ContentPolicy
		user, guest string // what of the metadata is not said of the spans themselves
	}{
		{
			contracts.ContentFull, `{"spect.tool.result":"mine","a":1.0,"spect.tool.name":"t","spect.tool.result_":{"secret":1},"spect.subagent.input":"do"`,
			`{"attributes":{"spect.tool.result":"{\"a\":2}"}`,
		},
		{contracts.ContentNoToolValues, `{"spect.tool.result":"[withheld, 6 bytes]","a":1.0,"spect.tool.name":"t","spect.tool.result_":"[withheld, 12 bytes]",` +
			`"spect.subagent.input":"[withheld, 4 bytes]"`, `{"attributes":{"spect.tool.result":"[withheld, 11 bytes]"}`},
		{contracts.ContentNone, `{"otel":`, `{"otel":`},
	} {
		r := root()
		s := convert.Session{Root: &r, Spans: []*convert.Span{&e, &guest}, Parents: []int{-1, -1}}
		c := convert.Converter{OrganizationID: "org"}
		p := c.Payload(&s)
		c.Withhold(test.policy.Withholds())
		if err := p.Validate(); err != nil {
			t.Errorf("%s: %v", test.policy, err)
		}
		spans := p.Metadata.Result.Spans
		if have := string(spans[0].Metadata); !strings.HasPrefix(have, test.user) || spans[0].Tool != nil || spans[0].Subagent != nil {
			t.Errorf("%s: a user's is %s", test.policy, have)
		}
		if have := string(spans[1].Metadata); !strings.HasPrefix(have, test.guest) || spans[1].Tool != nil {
			t.Errorf("%s: a guest's is %s", test.policy, have)
		}
	}
}

// Two notes on one attribute are one member.
func TestNotesOnOneAttribute(t *testing.T) {
	p := payload(t, root(), entry(2, contracts.KindGenerate, contracts.MetadataKey.Float64(math.NaN())))
	metadata := p.Metadata.Result.Spans[0].Metadata
	if n := strings.Count(string(metadata), `"spect.metadata":`); n != 1 {
		t.Errorf("noted %d times: %s", n, metadata)
	}
	if note := partial(p, 0, contracts.MetadataKey); !strings.Contains(note, "spelled as text") || !strings.Contains(note, "not a JSON object") {
		t.Errorf("noted %q", note)
	}
}

// Messages always have ids, and are otherwise as they were given.
func TestMessages(t *testing.T) {
	const id = `"id":"ID"`
	for _, test := range []struct {
		name, kind string
		value      attribute.Value
		want       string // each id that is not given is ID
		marked     bool
	}{
		{"with ids", "generate", attribute.StringValue(` [ {"id":"a", "role" : "user","content":"hi"} ] `), ` [ {"id":"a", "role" : "user","content":"hi"} ] `, false},
		{"without", "generate", attribute.StringValue(`[{ "role":"user","content":[1.0, null]},{}]`), `[{` + id + `, "role":"user","content":[1.0, null]},{` + id + `}]`, false},
		{"some with", "generate", attribute.StringValue(`[{"role":"user"},{"id":"b"},{"role":"x"}]`), `[{` + id + `,"role":"user"},{"id":"b"},{` + id + `,"role":"x"}]`, false},
		{"an empty id", "generate", attribute.StringValue(`[{"role":"user","id":""}]`), `[{"role":"user",` + id + `}]`, false},
		{"an id of another type", "generate", attribute.StringValue(`[{"id":5,"role":"user"}]`), `[{` + id + `,"role":"user"}]`, false},
		{"one message", "generate", attribute.StringValue(` {"id":"a","role":"user"}`), `[{"id":"a","role":"user"}]`, false},
		{"space around", "generate", attribute.StringValue("\n [{\"id\":\"a\", \"role\":\"user\"}] "), `[{"id":"a", "role":"user"}]`, false},
		{"none", "generate", attribute.StringValue(`[ ]`), ``, false},
		{"null", "generate", attribute.StringValue(`null`), ``, false},
		{"text", "user", attribute.StringValue(`hi "you"`), `[{` + id + `,"role":"user","content":[{"type":"text","text":"hi \"you\""}]}]`, true},
		{"a JSON string", "system", attribute.StringValue(`"be nice"`), `[{` + id + `,"role":"system","content":"be nice"}]`, false},
		{"cut", "generate", attribute.StringValue(`[{"role":"us`), `[{` + id + `,"role":"assistant","content":[{"type":"text","text":"[{\"role\":\"us"}]}]`, true},
		{"a tool's text", "tool-result", attribute.StringValue(`42 degrees`), `[{` + id + `,"role":"tool","content":[{"type":"tool-result","toolCallId":"","toolName":"","output":{"type":"text","value":"42 degrees"}}]}]`, true},
		{"elements that are none", "user", attribute.StringValue(`["hi",{"id":"a"},5]`), `[{` + id + `,"role":"user","content":[{"type":"text","text":"hi"}]},{"id":"a"},{` + id + `,"role":"user","content":[{"type":"text","text":"5"}]}]`, true},
		{"a number", "user", attribute.IntValue(5), `[{` + id + `,"role":"user","content":[{"type":"text","text":"5"}]}]`, true},
		{"a list", "user", attribute.SliceValue(attribute.MapValue(attribute.String("role", "user"))), `[{` + id + `,"role":"user"}]`, false},
		{"a map", "user", attribute.MapValue(attribute.String("role", "user")), `[{` + id + `,"role":"user"}]`, false},
		{"strings", "user", attribute.StringSliceValue([]string{"a"}), `[{` + id + `,"role":"user","content":[{"type":"text","text":"a"}]}]`, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := payload(t, root(), entry(2, contracts.SpanKind(test.kind), attribute.KeyValue{Key: contracts.MessagesKey, Value: test.value}))
			s := p.Metadata.Result.Spans[0]
			have := string(s.Messages)
			var given []string
			for m := range contracts.JSON(s.Messages).Elements() {
				id, ok := m.Member("id").Text()
				if !ok || id == "" {
					t.Errorf("a message without an id: %s", m)
				}
				if u, err := uuid.Parse(id); err == nil {
					if u.Version() != 7 || slices.Contains(given, id) {
						t.Errorf("a message has the id %s", id)
					}
					given = append(given, id)
					have = strings.Replace(have, id, "ID", 1)
				}
			}
			if strings.TrimSpace(have) != strings.TrimSpace(test.want) {
				t.Errorf("have\n%s\nwant\n%s", have, test.want)
			}
			if note := partial(p, 0, contracts.MessagesKey); (note != "") != test.marked {
				t.Errorf("marked %q", note)
			}
		})
	}
}

// JSON that is known to be valid is not looked at again, and passes untouched.
func TestVerified(t *testing.T) {
	const text = `{"never":"parsed"`
	s := root(contracts.RequestInputKey.String(text))
	s.Verified = contracts.JSONKey(contracts.RequestInputKey)
	sessions := convert.Sessions([]convert.Span{s})
	var c convert.Converter
	if have := c.Payload(&sessions[0]).Attributes.RequestInput; have != text {
		t.Errorf("have %s", have)
	}
}

// Where a failure is said, the status, an event or an attribute, and what.
func TestFailures(t *testing.T) {
	exception := func(attrs ...attribute.KeyValue) convert.Event {
		return convert.Event{Name: "exception", Attributes: attrs}
	}
	message, typ := attribute.String("exception.message", "boom"), attribute.String("exception.type", "T")
	for _, test := range []struct {
		name   string
		change func(*convert.Span)
		want   string
	}{
		{"nothing", func(*convert.Span) {}, ``},
		{"status", func(s *convert.Span) { s.Status, s.StatusDescription = codes.Error, "bad" }, `{"message":"bad"}`},
		{"an exception alone", func(s *convert.Span) { s.Events = []convert.Event{exception(message)} }, ``},
		{"an exception", func(s *convert.Span) {
			s.Status = codes.Error
			s.Events = []convert.Event{exception(), exception(message, typ, attribute.String("exception.stacktrace", "at")), {Name: "other"}}
		}, `{"message":"boom","type":"T","stack":"at"}`},
		{"an exception without a message", func(s *convert.Span) {
			s.Status, s.StatusDescription = codes.Error, "bad"
			s.Events = []convert.Event{exception(typ)}
		}, `{"message":"bad","type":"T"}`},
		{"an exception of other types", func(s *convert.Span) {
			s.Status = codes.Error
			s.Events = []convert.Event{exception(attribute.Int("exception.message", 5))}
		}, `{"message":"5"}`},
		{"an attribute", func(s *convert.Span) {
			s.Attributes = append(s.Attributes, contracts.ErrorMessageKey.String("said"))
			s.Status, s.StatusDescription = codes.Error, "bad"
			s.Events = []convert.Event{exception(message)}
		}, `{"message":"said"}`},
		{"the attribute of the status", func(s *convert.Span) {
			s.Attributes = append(s.Attributes, contracts.StatusKey.String("error"))
			s.StatusDescription = "bad"
		}, `{"message":"bad"}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, e := root(contracts.ResponseTextKey.String("hi"), contracts.ResponseUsageKey.String(`{"a":1}`)), entry(2, contracts.KindGenerate)
			test.change(&s)
			test.change(&e)
			p := payload(t, s, e)
			for what, n := range map[string]*contracts.NormalizedError{"session": p.Metadata.Result.Error, "span": p.Metadata.Result.Spans[0].Error} {
				have := ""
				if n != nil {
					have = string(n.AppendJSON(nil))
				}
				if have != test.want {
					t.Errorf("the error of the %s is %s, want %s", what, have, test.want)
				}
			}
			failed := test.want != ""
			if (p.Response.Text == nil) != failed || (p.Response.Usage == "") != failed || (p.Response.StartTime != nil) != failed {
				t.Errorf("response: %s", contracts.JSON(p.AppendJSON(nil)).Member("response"))
			}
			if convert.Failed(&s) != failed {
				t.Error("Failed says otherwise")
			}
			if err := p.Validate(); err != nil {
				t.Error(err)
			}
		})
	}
}

// The end of a failed session is that of its result.
func TestEndOfFailure(t *testing.T) {
	ms := start.UnixMilli()
	for _, test := range []struct {
		name           string
		attrs          []attribute.KeyValue
		end, startTime int64
	}{
		{"nothing said", nil, ms + 1000, ms},
		{"start", []attribute.KeyValue{contracts.ResponseStartTimeKey.Int64(ms + 10)}, ms + 1010, ms + 10},
		{"duration", []attribute.KeyValue{contracts.ResponseDurationKey.Int64(5)}, ms + 5, ms},
		{"both", []attribute.KeyValue{contracts.ResponseStartTimeKey.Int64(ms - 10), contracts.ResponseDurationKey.Int64(5)}, ms - 5, ms - 10},
		{"beyond all time", []attribute.KeyValue{contracts.ResponseStartTimeKey.Int64(253402300799999), contracts.ResponseDurationKey.Int64(5)}, 253402300799999, 253402300799999},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := payload(t, root(append(test.attrs, contracts.ErrorMessageKey.String("e"))...))
			if err := p.Validate(); err != nil {
				t.Error(err)
			}
			if p.EndTime.UnixMilli() != test.end || *p.Response.StartTime != test.startTime || p.Duration != max(0, test.end-ms) {
				t.Errorf("end %d, response.startTime %d, duration %d", p.EndTime.UnixMilli(), *p.Response.StartTime, p.Duration)
			}
		})
	}
}

// Times are floored to milliseconds, and those that no payload could hold are
// the first or the last that it could.
func TestTimes(t *testing.T) {
	far := root()
	far.StartTime, far.EndTime = time.Date(-5000, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(20000, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, s := range []convert.Span{root(), far} {
		e := entry(2, contracts.KindGenerate)
		e.StartTime, e.EndTime = s.EndTime, s.StartTime
		p := payload(t, s, e)
		if err := p.Validate(); err != nil {
			t.Error(err)
		}
		if d := p.Metadata.Result.Spans[0].DurationMs; d == nil || *d != 0 {
			t.Errorf("a span that ends before its start took %v", d)
		}
	}
	p := payload(t, root())
	if p.StartTime.Nanosecond() != 425_000_000 || p.Duration != 1000 {
		t.Errorf("start %v, duration %d", p.StartTime, p.Duration)
	}
}

// A session that has not ended ends with the last that is known of it, and says
// so; an open span has no end.
func TestOpen(t *testing.T) {
	s, e, f := root(), entry(2, contracts.KindGenerate), entry(3, contracts.KindGenerate)
	s.EndTime, f.EndTime = time.Time{}, time.Time{}
	p := payload(t, s, e, f)
	if err := p.Validate(); err != nil {
		t.Error(err)
	}
	if !p.EndTime.Equal(e.EndTime.Truncate(time.Millisecond)) || partial(p, -1, "session") == "" {
		t.Errorf("end %v, marked %q", p.EndTime, partial(p, -1, "session"))
	}
	if open := p.Metadata.Result.Spans[1]; !open.EndTime.IsZero() || open.DurationMs != nil || open.Status != contracts.StatusUnset {
		t.Errorf("the open span is %+v", open)
	}
}

// Attributes that the SDK dropped are noted.
func TestDropped(t *testing.T) {
	s, e := root(), entry(2, contracts.KindGenerate)
	s.DroppedAttributes, e.DroppedAttributes = 1, 2
	p := payload(t, s, e)
	if partial(p, -1, "attributes") == "" || partial(p, 0, "attributes") == "" {
		t.Errorf("not marked: %s", p.AppendJSON(nil))
	}
}

// Spans of several traces, in any order, some twice: the same payloads.
func TestSessionsAreStable(t *testing.T) {
	var spans []convert.Span
	for i := range byte(3) {
		s, e, inner, below := root(), entry(2, contracts.KindSubagent, contracts.SubagentTypeKey.String("a")), root(), entry(4, contracts.KindGenerate)
		inner.SpanID, inner.ParentID, inner.Name = trace.SpanID{9}, e.SpanID, "inner"
		below.ParentID = inner.SpanID
		for _, sp := range []convert.Span{s, e, inner, below} {
			sp.TraceID[15] = i + 1
			spans = append(spans, sp)
		}
	}
	bodies := func(spans []convert.Span) []string {
		var out []string
		c := convert.Converter{OrganizationID: "org"}
		for _, s := range convert.Sessions(spans) {
			p := c.Payload(&s)
			if err := p.Validate(); err != nil {
				t.Error(err)
			}
			out = append(out, string(p.AppendJSON(nil)))
		}
		slices.Sort(out)
		return out
	}
	want := bodies(spans)
	if len(want) != 6 {
		t.Fatalf("%d sessions, want 6", len(want))
	}
	for range 20 {
		spans = append(spans[1:], spans[0])
		if have := bodies(append(slices.Clone(spans), spans...)); !slices.Equal(have, want) {
			t.Fatalf("the payloads differ:\n%s\nwant\n%s", strings.Join(have, "\n"), strings.Join(want, "\n"))
		}
	}
	slices.Reverse(spans)
	if have := bodies(spans); !slices.Equal(have, want) {
		t.Errorf("backwards they differ")
	}
}

// A converter that is used again gives what a new one does.
func TestConverterIsReused(t *testing.T) {
	var reused convert.Converter
	for i, s := range []convert.Span{
		root(contracts.ResponseFinishReasonsKey.StringSlice([]string{"a", "b"}), contracts.ResponseTextKey.String("hi"), contracts.ErrorMessageKey.String("e"),
			contracts.ResultMetadataKey.String(`{"a":1}`), contracts.SessionMetadataKey.String(`{"spect":{"a":1}`)),
		root(), root(contracts.ResponseFinishReasonsKey.String("c"), contracts.ConversationIDKey.Int(5)), root(contracts.RequestInputKey.Int64Slice([]int64{1})),
	} {
		spans := []convert.Span{s}
		for k := range byte(100) {
			spans = append(spans, entry(k+2, contracts.KindToolCall, contracts.ToolNameKey.String("t"), contracts.ModelIDKey.Int(int(k)), contracts.ErrorMessageKey.String("e"),
				contracts.MessagesKey.String(`[{"role":"user","content":"x"}]`)))
			if int(k) > i*20 {
				break
			}
		}
		sessions := convert.Sessions(spans)
		var fresh convert.Converter
		want := string(fresh.Payload(&sessions[0]).AppendJSON(nil))
		if have := string(reused.Payload(&sessions[0]).AppendJSON(nil)); have != want {
			t.Errorf("session %d differs:\n%s\nwant\n%s", i, have, want)
		}
	}
}

// The input is not changed.
func TestInputIsKept(t *testing.T) {
	spans := []convert.Span{root(contracts.SessionMetadataKey.String(`{"a":1}`)), entry(2, contracts.KindGenerate, contracts.MessagesKey.String(`[{}]`))}
	before := slices.Clone(spans)
	attrs := slices.Clone(spans[0].Attributes)
	payload(t, spans...)
	for i := range spans {
		if spans[i].Name != before[i].Name || len(spans[i].Attributes) != len(before[i].Attributes) || !slices.Equal(spans[0].Attributes, attrs) {
			t.Errorf("span %d was changed", i)
		}
	}
}

func TestIDsOfSpans(t *testing.T) {
	given := "019dbd98-df09-7000-8000-00000000ABCD"
	for value, want := range map[string]string{
		given: given, "": "", "x": "", "urn:uuid:" + given: "", "{" + given + "}": "", strings.ReplaceAll(given, "-", ""): "",
	} {
		s := root(contracts.SessionIDKey.String(value), contracts.SessionTraceIDKey.String(value))
		derived := root()
		if want == "" {
			want = convert.SessionID(&derived)
		}
		if have := convert.SessionID(&s); have != want {
			t.Errorf("%q: the session's id is %s, want %s", value, have, want)
		}
		if have := convert.TraceIDOf(&s); have != want {
			t.Errorf("%q: the traceId is %s, want %s", value, have, want)
		}
		if err := payload(t, s).Validate(); err != nil {
			t.Errorf("%q: %v", value, err)
		}
	}
	s, e := root(), entry(2, contracts.KindGenerate)
	if convert.RecordID(&s) != convert.SessionID(&s) || convert.RecordID(&e) == convert.SessionID(&e) {
		t.Error("the ids of records are mixed up")
	}
	if u, err := uuid.Parse(convert.RecordID(&e)); err != nil || u.Version() != 7 {
		t.Errorf("%s is no UUIDv7", convert.RecordID(&e))
	}
}

func TestResourceJSON(t *testing.T) {
	if j := convert.ResourceJSON(nil); j != "" {
		t.Errorf("of nothing it is %s", j)
	}
	j := convert.ResourceJSON([]attribute.KeyValue{attribute.String("a", "\xff\""), attribute.Float64("b", math.NaN()), attribute.Int64Slice("c", []int64{1, 2})})
	if j != "{\"a\":\"\uFFFD\\\"\",\"b\":\"NaN\",\"c\":[1,2]}" {
		t.Errorf("it is %s", j)
	}
}

// problems are those of a payload that are not the caller's own doing.
func problems(err error) (out []contracts.Problem) {
	var invalid *contracts.ValidationError
	if !errors.As(err, &invalid) {
		return nil
	}
	for _, p := range invalid.Problems {
		path := p.Path
		switch {
		case strings.Contains(path, "/messages"):
		case strings.HasPrefix(path, "/metadata/result/error/"): // the result's metadata has an error
		default:
			out = append(out, p)
		}
	}
	return out
}
