// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convert_test

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert"
	"github.com/spect-tools/spect-go/internal/hostile"
)

// fuzzKeys are what a conversion reads, and one that it does not.
var fuzzKeys = []attribute.Key{
	contracts.KindKey, contracts.SeqKey, contracts.StatusKey, contracts.SessionIDKey, contracts.SessionTraceIDKey, contracts.SessionParentIDKey,
	contracts.SessionOriginKey, contracts.SessionMetadataKey, contracts.PromptFormatKey, contracts.ConversationIDKey, contracts.FunctionIDKey,
	contracts.RequestInputKey, contracts.ProviderKey, contracts.ModelIDKey, contracts.ModelProviderKey, contracts.MessagesKey,
	contracts.MetadataKey, contracts.ToolCallIDKey, contracts.ToolNameKey, contracts.ToolParametersKey, contracts.ToolResultKey,
	contracts.SubagentToolCallIDKey, contracts.SubagentTypeKey, contracts.SubagentSourceKey, contracts.SubagentInputKey,
	contracts.ResponseTextKey, contracts.ResponseModelKey, contracts.ResponseIDKey, contracts.ResponseTimestampKey,
	contracts.ResponseObjectKey, contracts.ResponseUsageKey, contracts.ResponseFinishReasonsKey, contracts.ResponseStartTimeKey,
	contracts.ResponseDurationKey, contracts.ResultMetadataKey, contracts.ErrorMessageKey, contracts.ErrorTypeKey,
	contracts.ErrorCodeKey, contracts.ErrorStackKey, "exception.message", "app",
}

// source reads values off fuzz data; when that is used up, zeros.
type source struct{ data []byte }

func (s *source) byte() byte {
	if len(s.data) == 0 {
		return 0
	}
	b := s.data[0]
	s.data = s.data[1:]
	return b
}

func (s *source) int64() int64 {
	var b [8]byte
	s.data = s.data[copy(b[:], s.data):]
	return int64(binary.LittleEndian.Uint64(b[:]))
}

func (s *source) text() string {
	n := min(int(s.byte()), len(s.data))
	out := string(s.data[:n])
	s.data = s.data[n:]
	return out
}

func each[T any](s *source, one func() T) []T {
	out := make([]T, s.byte()%4)
	for i := range out {
		out[i] = one()
	}
	return out
}

func (s *source) float() float64 { return math.Float64frombits(uint64(s.int64())) }

func (s *source) value(depth int) attribute.Value {
	if depth == 0 {
		return attribute.StringValue(s.text())
	}
	switch s.byte() % 13 {
	case 0:
		return attribute.BoolValue(s.byte()%2 == 0)
	case 1:
		return attribute.Int64Value(s.int64())
	case 2:
		return attribute.Float64Value(s.float())
	case 3:
		return attribute.ByteSliceValue([]byte(s.text()))
	case 4:
		return attribute.BoolSliceValue(each(s, func() bool { return s.byte()%2 == 0 }))
	case 5:
		return attribute.Int64SliceValue(each(s, s.int64))
	case 6:
		return attribute.Float64SliceValue(each(s, s.float))
	case 7:
		return attribute.StringSliceValue(each(s, s.text))
	case 8:
		return attribute.SliceValue(each(s, func() attribute.Value { return s.value(depth - 1) })...)
	case 9:
		return attribute.MapValue(each(s, func() attribute.KeyValue {
			return attribute.KeyValue{Key: attribute.Key(s.text()), Value: s.value(depth - 1)}
		})...)
	case 10:
		return attribute.Value{}
	}
	return attribute.StringValue(s.text())
}

func (s *source) time() time.Time {
	switch b := s.byte(); b % 4 {
	case 1:
		return time.UnixMilli(s.int64())
	default:
		return start.Add(time.Duration(b) * time.Millisecond)
	}
}

func (s *source) attributes() []attribute.KeyValue {
	out := make([]attribute.KeyValue, s.byte()%8)
	for i := range out {
		out[i] = attribute.KeyValue{Key: fuzzKeys[int(s.byte())%len(fuzzKeys)], Value: s.value(3)}
	}
	return out
}

func (s *source) spans() []convert.Span {
	out := make([]convert.Span, 1+s.byte()%5)
	for i := range out {
		sp := &out[i]
		sp.TraceID, sp.SpanID, sp.ParentID, sp.EnclosingID = tid, trace.SpanID{s.byte()%8 + 1}, trace.SpanID{s.byte() % 8}, trace.SpanID{s.byte() % 8}
		sp.ParentRemote = s.byte()%8 == 0
		sp.Name, sp.StartTime = s.text(), s.time()
		if s.byte()%4 != 0 {
			sp.EndTime = s.time()
		}
		sp.Status, sp.StatusDescription = codes.Code(s.byte()%4), s.text()
		sp.Attributes = s.attributes()
		switch s.byte() % 4 {
		case 0:
			sp.Attributes = append(sp.Attributes, contracts.KindKey.String(contracts.SessionKind))
		case 1:
			sp.Attributes = append(sp.Attributes, contracts.KindKey.String("tool-call"))
		}
		for range s.byte() % 3 {
			sp.Events = append(sp.Events, convert.Event{Name: "exception", Attributes: s.attributes()})
		}
		sp.DroppedAttributes = int(s.byte() % 3)
		if s.byte()%2 == 0 {
			sp.Resource = convert.ResourceJSON(s.attributes())
		}
	}
	return out
}

// FuzzPayload: whatever the spans are, each session's payload is valid JSON that
// parses, and is as the contract wants it but for what the caller's own values
// say.
func FuzzPayload(f *testing.F) {
	f.Add([]byte{})
	seed := func(key attribute.Key, value string) {
		for i, k := range fuzzKeys {
			if k == key {
				b := []byte{0, 1, 0, 0, 1, 2, 'o', 'p', 2, 1, 3, 0, 0, 1, byte(i), 12, byte(len(value))}
				f.Add(append(append(b, value...), 0, 0, 0, 0))
			}
		}
	}
	for _, value := range []string{
		`{"a":1}`, `[{"role":"user","content":"hi"},{},"x"]`, `{"otel":1,"partial":{"a":1}}`, `{"spans":1,"error":{"message":1},"partial":2}`, `{"error":{"message":"m"}}`,
		`{"spect":{"k":1},"spect":2}`, `"text"`, `null`, `[`, "\xff", `019dbd98-df09-7000-8000-000000000001`, `{"id":""}`, `["stop",1]`, ` `, `1e9`, `[{"id":"a"}]`,
		`{"":null,"a":-0,"\u0061":[1e400,"\ud800","\/\u0041"],"partial":null,"spect":[]}`, `[null,{"id":null,"role":1,"content":[null,{"type":[]}]},{"\u0069d":"\u0061"}]`,
		strings.Repeat("[", 100) + strings.Repeat("]", 100),
	} {
		for _, key := range fuzzKeys {
			seed(key, value)
			seed(key, " \n"+value+"\t\r")
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s := &source{data}
		checkPayloads(t, s.spans())
	})
}

func checkPayloads(t *testing.T, spans []convert.Span) {
	t.Helper()
	nodes := make([]convert.Node, len(spans))
	for i := range spans {
		nodes[i] = convert.NodeOf(&spans[i])
	}
	checkGroups(t, nodes, convert.Carve(nodes))
	c := convert.Converter{OrganizationID: "org"}
	for _, session := range convert.Sessions(spans) {
		p := c.Payload(&session)
		body := p.AppendJSON(nil)
		if !json.Valid(body) || !utf8.Valid(body) || !contracts.JSON(body).Valid() {
			t.Fatalf("no valid JSON: %s", body)
		}
		if left := problems(p.Validate()); len(left) > 0 {
			t.Fatalf("%v: %s", left, body)
		}
		if n := notes(contracts.JSON(body).Member("metadata").Member("result")); n > max(1, callersNotes(session.Root)) {
			t.Fatalf("there are %d notes: %s", n, body)
		}
		parsed, err := contracts.ParsePayload(string(body))
		if err != nil {
			t.Fatalf("%v: %s", err, body)
		}
		checkWrittenAgain(t, p, parsed, string(body))
		checkWithheld(t, &c, &session, parsed)
	}
}

// notes counts the members of an object that hold notes.
func notes(object contracts.JSON) (n int) {
	for name := range object.Members() {
		if name == "partial" {
			n++
		}
	}
	return n
}

// callersNotes counts those that the caller's own metadata of the result has: a
// name that repeats is as it was given.
func callersNotes(root *convert.Span) (n int) {
	for _, kv := range root.Attributes {
		if kv.Key == contracts.ResultMetadataKey && kv.Value.Type() == attribute.STRING {
			n = notes(contracts.JSON(kv.Value.AsString()))
		}
	}
	return n
}

// checkWrittenAgain checks that what was read of a payload is written as it was,
// unless the caller's own metadata of the result has an error: whose it is nobody
// can tell from the text, and the contract's has another place.
func checkWrittenAgain(t *testing.T, p, parsed *contracts.CollectorTracePayload, body string) {
	t.Helper()
	if callers := p.Metadata.Result.Error == nil && parsed.Metadata.Result.Error != nil; callers {
		return
	}
	if again := string(parsed.AppendJSON(nil)); again != body {
		t.Fatalf("read and written again it is another:\n%s\n%s", body, again)
	}
}

// TestHostileValues is FuzzPayload with JSON that a fuzzer hardly finds: what
// attributes hold, mutated.
func TestHostileValues(t *testing.T) {
	values := []string{
		`[{"role":"user","content":"hi"},{"role":"assistant","content":[{"type":"tool-call","toolCallId":"c","toolName":"f","input":{"a":1}},{"type":"text","text":"yes"}]},` +
			`{"role":"tool","content":[{"type":"tool-result","toolCallId":"c","toolName":"f","output":{"type":"json","value":[2]}}]}]`,
		`{"a":1.50,"spect":{"sampling":{"rate":0.5}},"partial":{"messages":"cut"},"otel":{"spanId":"0123456789abcdef"},"error":{"message":"m"},"spans":[]}`,
		`{"inputTokens":7,"outputTokens":1,"totalTokens":8,"details":{"x":1}}`, `["stop","tool-calls"]`, `"a text"`,
		`{"traceId":"019dbd98-df09-7000-8000-000000000001","spanId":"019dbd98-df09-7000-8000-000000000002","metadata":{"tier":"gold"}}`,
	}
	r := rand.New(rand.NewPCG(1, 0))
	for range 2000 {
		spans := make([]convert.Span, 3)
		for i := range spans {
			sp := &spans[i]
			sp.TraceID, sp.SpanID, sp.ParentID = tid, trace.SpanID{byte(i + 1)}, trace.SpanID{byte(r.IntN(i + 1))}
			sp.Name, sp.StartTime, sp.EndTime = "span", start, start
			sp.Attributes = []attribute.KeyValue{contracts.KindKey.String([]string{contracts.SessionKind, "tool-call", "generate"}[i])}
			for range r.IntN(6) {
				value := values[r.IntN(len(values))]
				sp.Attributes = append(sp.Attributes, fuzzKeys[r.IntN(len(fuzzKeys))].String(hostile.Mutate(r, value)))
			}
		}
		checkPayloads(t, spans)
	}
}
