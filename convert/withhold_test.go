// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/spect-tools/spect-go/contracts"
)

// structure marks a field that leaves under every policy.
const structure = contracts.ContentKinds(0)

// unnamed are the kinds of what the contract does not name.
const unnamed = contracts.ContentMessages | contracts.ContentMetadata

// fields says of every field of the wire that can hold a text what content it
// holds. A field that is added to the contract has to be added here, and to
// Withhold.
var fields = map[string]contracts.ContentKinds{
	"CollectorTracePayload.ID":             structure,
	"CollectorTracePayload.TraceID":        structure,
	"CollectorTracePayload.SpanID":         structure,
	"CollectorTracePayload.ParentID":       structure,
	"CollectorTracePayload.Name":           structure,
	"CollectorTracePayload.OrganizationID": structure,
	"CollectorTracePayload.FunctionID":     structure,
	"CollectorTracePayload.Extra":          unnamed,

	"CollectorTraceModel.ID":        structure,
	"CollectorTraceModel.Provider":  structure,
	"CollectorTraceModel.Extra":     unnamed,
	"CollectorTraceOperation.ID":    structure,
	"CollectorTraceOperation.Name":  structure,
	"CollectorTraceOperation.Extra": unnamed,

	"CollectorTraceMetadata.Request": contracts.ContentMetadata,
	"CollectorTraceMetadata.Spect":   contracts.ContentMetadata,
	"CollectorTraceMetadata.OTel":    contracts.ContentIdentities, // the resource in it
	"CollectorTraceMetadata.Extra":   unnamed,
	"CollectorTraceResult.Extra":     contracts.ContentMetadata,

	"CollectorTracePrompt.Format": structure,
	"CollectorTracePrompt.Extra":  contracts.ContentMessages,

	"CollectorTraceResponse.Text":          contracts.ContentOutputText,
	"CollectorTraceResponse.Object":        contracts.ContentOutputText,
	"CollectorTraceResponse.Model":         structure,
	"CollectorTraceResponse.ID":            structure,
	"CollectorTraceResponse.Timestamp":     structure,
	"CollectorTraceResponse.FinishReasons": structure,
	"CollectorTraceResponse.Usage":         unnamed, // what is no number in it
	"CollectorTraceResponse.Extra":         contracts.ContentOutputText | contracts.ContentToolValues,

	"CollectorTraceAttributes.Provider":       structure,
	"CollectorTraceAttributes.RequestInput":   contracts.ContentInputText,
	"CollectorTraceAttributes.ConversationID": contracts.ContentIdentities,
	"CollectorTraceAttributes.Extra":          unnamed,

	"SpanRecord.ID":       structure,
	"SpanRecord.TraceID":  structure,
	"SpanRecord.ParentID": structure,
	"SpanRecord.Name":     structure,
	"SpanRecord.Kind":     structure,
	"SpanRecord.Status":   structure,
	"SpanRecord.Metadata": contracts.ContentMetadata,
	"SpanRecord.Extra":    unnamed,

	"SpanModelOverlay.ModelID":         structure,
	"SpanModelOverlay.Provider":        structure,
	"SpanModelOverlay.Extra":           unnamed,
	"SpanToolOverlay.ToolCallID":       structure,
	"SpanToolOverlay.ToolName":         structure,
	"SpanToolOverlay.Parameters":       contracts.ContentToolValues,
	"SpanToolOverlay.Result":           contracts.ContentToolValues,
	"SpanToolOverlay.Extra":            contracts.ContentToolValues,
	"SpanSubagentOverlay.ToolCallID":   structure,
	"SpanSubagentOverlay.SubagentType": structure,
	"SpanSubagentOverlay.Input":        contracts.ContentInputText | contracts.ContentToolValues,
	"SpanSubagentOverlay.Source":       structure,
	"SpanSubagentOverlay.Extra":        contracts.ContentInputText | contracts.ContentToolValues,

	"NormalizedError.Message": contracts.ContentErrors,
	"NormalizedError.Type":    structure,
	"NormalizedError.Code":    structure,
	"NormalizedError.Stack":   contracts.ContentErrors,
	"NormalizedError.Extra":   contracts.ContentErrors,

	"ConversationMessage.ID":         structure,
	"ConversationMessage.Role":       structure,
	"ConversationMessage.Name":       contracts.ContentIdentities,
	"ConversationMessage.ToolCallID": structure,
	// The kinds of what follows go by the role: this is an assistant's message.
	"ConversationMessage.Extra":             contracts.ContentOutputText | contracts.ContentToolValues,
	"TextContentPart.Text":                  contracts.ContentOutputText,
	"TextContentPart.ProviderOptions":       contracts.ContentOutputText,
	"TextContentPart.Extra":                 contracts.ContentOutputText,
	"ReasoningContentPart.Text":             contracts.ContentOutputText,
	"ReasoningContentPart.ProviderOptions":  contracts.ContentOutputText,
	"ReasoningContentPart.Extra":            contracts.ContentOutputText,
	"FileContentPart.MediaType":             structure,
	"FileContentPart.Filename":              contracts.ContentOutputFiles,
	"FileContentPart.Data":                  contracts.ContentOutputFiles,
	"FileContentPart.ProviderOptions":       contracts.ContentOutputFiles,
	"FileContentPart.Extra":                 contracts.ContentOutputFiles,
	"ToolCallContentPart.ToolCallID":        structure,
	"ToolCallContentPart.ToolName":          structure,
	"ToolCallContentPart.Input":             contracts.ContentToolValues,
	"ToolCallContentPart.ProviderOptions":   contracts.ContentToolValues,
	"ToolCallContentPart.Extra":             contracts.ContentToolValues,
	"ToolResultContentPart.ToolCallID":      structure,
	"ToolResultContentPart.ToolName":        structure,
	"ToolResultContentPart.ProviderOptions": contracts.ContentToolValues,
	"ToolResultContentPart.Extra":           contracts.ContentToolValues,
	"ToolResultOutput.Type":                 structure,
	"ToolResultOutput.Value":                contracts.ContentToolValues,
	"ToolResultOutput.Extra":                contracts.ContentToolValues,
	"UnknownContentPart.PartType":           structure,
	"UnknownContentPart.Raw":                contracts.ContentOutputText | contracts.ContentOutputFiles | contracts.ContentToolValues,
}

// filler fills values with a text of its own in each field that can hold one.
type filler struct {
	t      *testing.T
	filled map[string]bool
}

func canary(field string) string { return "canary<" + field + ">" }

func (f *filler) fill(v reflect.Value) {
	for i := range v.NumField() {
		field := v.Type().Name() + "." + v.Type().Field(i).Name
		f.field(field, v.Field(i))
	}
}

func (f *filler) field(name string, v reflect.Value) {
	text := canary(name)
	known := func() {
		f.filled[name] = true
		if _, ok := fields[name]; !ok {
			f.t.Errorf("%s is new on the wire: say in fields and in Withhold what content it holds", name)
		}
	}
	quoted := `"` + text + `"`
	switch to := v.Addr().Interface().(type) {
	case *contracts.JSON:
		known()
		switch name {
		case "CollectorTraceMetadata.OTel":
			quoted = `{"traceId":"00","resource":{"host.name":` + quoted + `}}`
		case "UnknownContentPart.Raw":
			quoted = `{"type":"new","text":` + quoted + `}`
		default:
			quoted = `{"some":[` + quoted + `]}`
		}
		*to = contracts.JSON(quoted)
	case *contracts.Members:
		known()
		*to = contracts.Members{{Name: "unheardOf", Value: contracts.JSON(quoted)}}
	case *contracts.Messages:
		*to = f.messages()
	case *contracts.Role:
		f.filled[name] = true
	case *contracts.SpanKind:
		f.filled[name] = true
	case *contracts.SpanStatus:
		f.filled[name] = true
	case *contracts.ToolResultOutputType:
		f.filled[name], *to = true, contracts.OutputJSON
	case *contracts.ContentPart, *contracts.Content, *time.Time, *int64, **int64:
	case *string:
		known()
		*to = text
	case **string:
		known()
		*to = &text
	case *[]string:
		known()
		*to = []string{text}
	case *[]contracts.SpanRecord:
		*to = make([]contracts.SpanRecord, 1)
		f.fill(reflect.ValueOf(&(*to)[0]).Elem())
		(*to)[0].ID = canary("SpanRecord.ID")
	default:
		switch {
		case v.Kind() == reflect.Pointer && v.Type().Elem().Kind() == reflect.Struct:
			v.Set(reflect.New(v.Type().Elem()))
			f.fill(v.Elem())
		case v.Kind() == reflect.Struct:
			f.fill(v)
		default:
			f.t.Errorf("%s is of type %s, which this test does not know", name, v.Type())
		}
	}
}

// messages is an assistant's message with parts of all types.
func (f *filler) messages() contracts.Messages {
	var text contracts.TextContentPart
	var reasoning contracts.ReasoningContentPart
	var file contracts.FileContentPart
	var call contracts.ToolCallContentPart
	var result contracts.ToolResultContentPart
	var unknown contracts.UnknownContentPart
	var m contracts.ConversationMessage
	for _, v := range []any{&text, &reasoning, &file, &call, &result, &unknown, &m} {
		f.fill(reflect.ValueOf(v).Elem())
	}
	f.filled["ConversationMessage.Role"], f.filled["UnknownContentPart.PartType"] = true, true
	m.Role, unknown.PartType = contracts.RoleAssistant, "new"
	m.Content = contracts.PartsContent(text, reasoning, file, call, result, unknown)
	return contracts.MakeMessages(m)
}

// filled is a converter that has made a payload with a text in each field.
func filled(t *testing.T) (*Converter, *filler) {
	f := &filler{t: t, filled: map[string]bool{}}
	c := &Converter{}
	c.reset()
	f.fill(reflect.ValueOf(&c.payload).Elem())
	c.result = *c.payload.Metadata.Result
	c.payload.Metadata.Result = &c.result
	c.payload.Metadata.Spect = ""
	c.payload.Metadata.Request = `{"spect":{"a":"` + contracts.JSON(canary("CollectorTraceMetadata.Spect")) + `"},"b":"` + contracts.JSON(canary("CollectorTraceMetadata.Request")) + `"}`
	c.payload.Metadata.Spect = c.payload.Metadata.Request.Member("spect")
	c.sources = append(c.sources, source{})
	return c, f
}

// Every field of the wire that can hold a text leaves where the policy lets it,
// and nowhere else.
func TestWithholdEveryField(t *testing.T) {
	_, f := filled(t)
	for name := range fields {
		if !f.filled[name] {
			t.Errorf("%s is no field of the wire", name)
		}
	}
	var sets []contracts.ContentKinds
	for _, p := range []contracts.ContentPolicy{contracts.ContentFull, contracts.ContentNoToolValues, contracts.ContentMetadataOnly, contracts.ContentNone} {
		sets = append(sets, p.Withholds())
	}
	for bit := contracts.ContentKinds(1); bit < contracts.ContentAll; bit <<= 1 {
		sets = append(sets, bit)
	}
	for _, kinds := range sets {
		c, _ := filled(t)
		before := string(c.payload.AppendJSON(nil))
		c.Withhold(kinds)
		after := string(c.payload.AppendJSON(nil))
		if !contracts.JSON(after).Valid() {
			t.Fatalf("kinds %b: not JSON: %s", kinds, after)
		}
		for name, holds := range fields {
			text := canary(name)
			if strings.HasSuffix(name, ".Kind") || strings.HasSuffix(name, ".Status") || strings.HasSuffix(name, ".Role") || strings.HasSuffix(name, "Output.Type") || strings.HasSuffix(name, "PartType") {
				continue
			}
			if !strings.Contains(before, text) {
				t.Fatalf("%s is not on the wire", name)
			}
			if leaves := strings.Contains(after, text); leaves == (holds&kinds != 0) {
				t.Errorf("kinds %b: %s leaves: %v", kinds, name, leaves)
			}
		}
		if noted := strings.Contains(after, `"content":"withheld: `); noted != (kinds&^contracts.ContentSettings != 0) {
			t.Errorf("kinds %b: what was withheld is said: %v", kinds, noted)
		}
	}
}

// What messages hold goes by who says it.
func TestWithholdByRole(t *testing.T) {
	part := func(role, content string) string {
		return `{"id":"1","role":"` + role + `","content":` + content + `}`
	}
	for _, tt := range []struct {
		message string
		kinds   contracts.ContentKinds
	}{
		{part("system", `"secret"`), contracts.ContentInputText},
		{part("user", `"secret"`), contracts.ContentInputText},
		{part("user", `[{"type":"text","text":"secret"}]`), contracts.ContentInputText},
		{part("user", `[{"type":"file","mediaType":"image/png","data":"secret"}]`), contracts.ContentInputImages},
		{part("user", `[{"type":"file","mediaType":"application/pdf","data":"secret"}]`), contracts.ContentInputFiles},
		{part("user", `[{"type":"file","mediaType":"","data":"secret"}]`), contracts.ContentInputFiles | contracts.ContentInputImages},
		{part("assistant", `"secret"`), contracts.ContentOutputText},
		{part("assistant", `[{"type":"reasoning","text":"secret"}]`), contracts.ContentOutputText},
		{part("assistant", `[{"type":"file","mediaType":"image/png","data":{"url":"secret"}}]`), contracts.ContentOutputFiles},
		{part("assistant", `[{"type":"tool-call","toolCallId":"c","toolName":"n","input":{"a":"secret"}}]`), contracts.ContentToolValues},
		{part("tool", `[{"type":"tool-result","toolCallId":"c","toolName":"n","output":{"type":"content","value":[{"type":"text","text":"secret"}]}}]`), contracts.ContentToolValues},
		{part("tool", `[{"type":"text","text":"secret"}]`), contracts.ContentToolValues},
		{part("tool", `"secret"`), contracts.ContentToolValues},
		{part("user", `[{"type":"tool-result","toolCallId":"c","toolName":"n","output":{"type":"text","value":"secret"}}]`), contracts.ContentToolValues},
		// What is not as the contract has it may be anything.
		{part("assistant", `null,"tool_calls":[{"function":{"arguments":"secret"}}]`), contracts.ContentMessages},
		{part("critic", `"secret"`), contracts.ContentMessages},
		{`"secret"`, contracts.ContentMessages},
		{`{"role":"user","content":[{"type":"image_url","url":"secret"}]}`, contracts.ContentInputText | contracts.ContentInputImages | contracts.ContentInputFiles | contracts.ContentToolValues},
		{`{"role":"user","content":[{"type":"secret text","a":1}]}`, contracts.ContentInputText | contracts.ContentInputImages | contracts.ContentInputFiles | contracts.ContentToolValues},
		{`{"role":"assistant","content":[{"type":"text","text":7,"b":"secret"}]}`, contracts.ContentOutputText | contracts.ContentOutputFiles | contracts.ContentToolValues},
	} {
		for bit := contracts.ContentKinds(1); bit < contracts.ContentAll; bit <<= 1 {
			c := &Converter{}
			c.result.Spans = []contracts.SpanRecord{{Messages: contracts.Messages("[" + tt.message + "]")}}
			c.payload.Metadata.Result = &c.result
			c.sources = []source{{}}
			c.Withhold(bit)
			got := string(c.result.Spans[0].Messages)
			if !contracts.JSON(got).Valid() {
				t.Errorf("%s: not JSON: %s", tt.message, got)
			}
			if leaves := strings.Contains(got, "secret"); leaves == (tt.kinds&bit != 0) {
				t.Errorf("%s: kind %b: %s", tt.message, bit, got)
			}
			if tt.kinds&bit == 0 && got != "["+tt.message+"]" {
				t.Errorf("%s: kind %b changes bytes: %s", tt.message, bit, got)
			}
		}
	}
}

// The structure of what is withheld stays: roles, types, ids, names, counts,
// sizes; and what came of it is as the contract wants it.
func TestWithholdKeepsStructure(t *testing.T) {
	messages := contracts.MakeMessages(
		contracts.ConversationMessage{ID: "1", Role: contracts.RoleUser, Name: "ann", Content: contracts.PartsContent(
			contracts.TextContentPart{Text: "12345"}, contracts.FileContentPart{MediaType: "image/png", Filename: "f", Data: `"abc"`})},
		contracts.ConversationMessage{ID: "2", Role: contracts.RoleAssistant, Content: contracts.PartsContent(
			contracts.ToolCallContentPart{ToolCallID: "c", ToolName: "n", Input: `{"a": 1}`})},
		contracts.ConversationMessage{ID: "3", Role: contracts.RoleTool, Content: contracts.PartsContent(
			contracts.ToolResultContentPart{ToolCallID: "c", ToolName: "n", Output: contracts.ToolResultOutput{Type: contracts.OutputContent, Value: `[{"type":"text","text":"x"}]`}})})
	c := &Converter{}
	c.result.Spans = []contracts.SpanRecord{{Messages: messages}}
	c.payload.Metadata.Result = &c.result
	c.sources = []source{{}}
	c.Withhold(contracts.ContentMetadataOnly.Withholds())
	want := `[{"id":"1","role":"user","content":[{"type":"text","text":"[withheld, 5 bytes]"},{"type":"file","mediaType":"image/png","data":"[withheld, 5 bytes]"}],"name":"ann"},` +
		`{"id":"2","role":"assistant","content":[{"type":"tool-call","toolCallId":"c","toolName":"n","input":"[withheld, 8 bytes]"}]},` +
		`{"id":"3","role":"tool","content":[{"type":"tool-result","toolCallId":"c","toolName":"n","output":{"type":"content","value":[{"type":"text","text":"[withheld, 28 bytes]"}]}}]}]`
	if got := string(c.result.Spans[0].Messages); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got, want := c.result.Spans[0].Metadata, contracts.JSON(`{"partial":{"content":"withheld: input text, input images, tool values"}}`); got != want {
		t.Errorf("metadata %s, want %s", got, want)
	}
	again := c.result.Spans[0].Messages
	c.Withhold(contracts.ContentMetadataOnly.Withholds())
	if c.result.Spans[0].Messages != again {
		t.Errorf("withheld twice it is %s", c.result.Spans[0].Messages)
	}
}

// The calls that a session ends with keep their ids and names.
func TestWithholdCalls(t *testing.T) {
	c := &Converter{}
	c.payload.Metadata.Result = &c.result
	c.payload.Response.Object = `[{"toolCallId":"c","toolName":"n","input":{"a":"secret"}}]`
	c.Withhold(contracts.ContentNoToolValues.Withholds())
	if got, want := c.payload.Response.Object, contracts.JSON(`[{"toolCallId":"c","toolName":"n","input":"[withheld, 14 bytes]"}]`); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	c.payload.Response.Object = `{"answer":"structured"}`
	c.Withhold(contracts.ContentNoToolValues.Withholds())
	if c.payload.Response.Object != `{"answer":"structured"}` {
		t.Errorf("%s: an answer is no value of a tool", c.payload.Response.Object)
	}
}

// The content policy that a span asks for holds for what is below it.
func TestWithholdSubtree(t *testing.T) {
	span := func(id byte, parent byte, kind string, attrs ...attribute.KeyValue) *Span {
		s := &Span{SpanID: trace.SpanID{id}, Name: fmt.Sprint("span ", id), StartTime: time.UnixMilli(int64(id)), EndTime: time.UnixMilli(100), Attributes: attrs}
		if kind != "foreign" {
			s.Attributes = append(s.Attributes, contracts.KindKey.String(kind), contracts.MessagesKey.String(fmt.Sprintf(`[{"id":"m","role":"assistant","content":"said by %d."}]`, id)))
		}
		if parent > 0 {
			s.ParentID = trace.SpanID{parent}
		}
		return s
	}
	suppressed := contracts.ContentPolicyKey.String("metadata-only")
	gen := func(id byte, extra ...attribute.KeyValue) []attribute.KeyValue {
		return append(extra, attribute.String("gen_ai.operation.name", "chat"), attribute.String("gen_ai.request.model", "m"),
			attribute.String("gen_ai.completion", fmt.Sprintf("said by %d.", id)))
	}
	s := &Session{
		Root: span(1, 0, contracts.SessionKind),
		Spans: []*Span{
			span(2, 1, "generate"),
			span(3, 1, "subagent", suppressed),
			span(4, 3, "generate"),
			span(5, 1, "foreign", gen(5)...),
			span(6, 3, "foreign", gen(6)...),
			span(7, 1, "foreign", gen(7, suppressed)...),
			span(8, 1, "generate", contracts.ContentPolicyKey.String("what?")),
		},
		Parents: []int{-1, -1, 1, -1, 1, -1, -1},
	}
	s.Root.Attributes = append(s.Root.Attributes, contracts.ResponseTextKey.String("the root's"))
	for _, withForeign := range []bool{true, false} {
		if !withForeign {
			s.Spans = slices.Delete(s.Spans, 3, 6)
			s.Parents = []int{-1, -1, 1, -1}
		}
		var c Converter
		p := c.Payload(s)
		c.Withhold(0)
		text := string(p.AppendJSON(nil))
		for id, leaves := range map[int]bool{2: true, 3: false, 4: false, 5: withForeign, 6: false, 7: false, 8: false} {
			if got := strings.Contains(text, fmt.Sprintf("said by %d.", id)); got != leaves {
				t.Errorf("with others' %v: span %d's content leaves: %v, want %v\n%s", withForeign, id, got, leaves, text)
			}
		}
		if !strings.Contains(text, "the root's") {
			t.Error("the root asked for nothing, and its result is withheld")
		}
	}

	s.Root.Attributes = append(s.Root.Attributes, suppressed)
	var c Converter
	p := c.Payload(s)
	c.Withhold(0)
	if text := string(p.AppendJSON(nil)); strings.Contains(text, "said by") || strings.Contains(text, "the root's") {
		t.Errorf("the root suppresses all, and there is\n%s", text)
	}
}

// What another convention said beside messages is withheld where nobody knows
// that it is no content.
func TestWithholdForeignMetadata(t *testing.T) {
	s := &Session{Root: &Span{
		SpanID: trace.SpanID{1}, Name: "chat", StartTime: time.UnixMilli(1), EndTime: time.UnixMilli(2), Scope: "other",
		Attributes: []attribute.KeyValue{
			attribute.String("gen_ai.operation.name", "chat"), attribute.String("gen_ai.request.model", "m"),
			attribute.Int("gen_ai.usage.input_tokens", 7), attribute.Float64("gen_ai.request.temperature", 0.5),
			attribute.StringSlice("gen_ai.request.stop_sequences", []string{"secret 1"}),
			attribute.String("gen_ai.tool.definitions", `[{"name":"secret 2"}]`),
			attribute.String("gen_ai.unheard.of", "secret 3"), attribute.String("input.value", "secret 4"),
			attribute.String("server.address", "api.example"),
		},
	}, Parents: []int{-1}}
	s.Spans = []*Span{s.Root}
	var c Converter
	p := c.Payload(s)
	if text := string(p.AppendJSON(nil)); strings.Count(text, "secret") != 4 {
		t.Fatalf("not all of it is there: %s", text)
	}
	c.Withhold(contracts.ContentMetadataOnly.Withholds())
	text := string(p.AppendJSON(nil))
	if strings.Contains(text, "secret") || !strings.Contains(text, "api.example") || !strings.Contains(text, `"temperature":0.5`) || !strings.Contains(text, `"inputTokens":7`) {
		t.Error(text)
	}
	c.Payload(s)
	c.Withhold(contracts.ContentNone.Withholds())
	text = string(p.AppendJSON(nil))
	if strings.Contains(text, "api.example") || strings.Contains(text, `"temperature"`) || !strings.Contains(text, `"inputTokens":7`) || !strings.Contains(text, `"spanId"`) {
		t.Error(text)
	}
}

// What a provider says of itself stays as long as it is a word.
func TestWithholdProviderWords(t *testing.T) {
	s := &Session{Root: &Span{
		SpanID: trace.SpanID{1}, Name: "chat", StartTime: time.UnixMilli(1), EndTime: time.UnixMilli(2),
		Attributes: []attribute.KeyValue{
			attribute.String("openinference.span.kind", "LLM"), attribute.String("output.mime_type", "application/json"),
			attribute.String("output.value", `{"id":"r","object":"chat.completion","model":"m","service_tier":"priority","system_fingerprint":[{"secret":1}],`+
				`"choices":[{"index":0,"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}]}`),
		},
	}, Parents: []int{-1}}
	s.Spans = []*Span{s.Root}
	var c Converter
	p := c.Payload(s)
	if text := string(p.AppendJSON(nil)); !strings.Contains(text, "secret") {
		t.Fatalf("not all of it is there: %s", text)
	}
	c.Withhold(contracts.ContentAll)
	if text := string(p.AppendJSON(nil)); strings.Contains(text, "secret") || !strings.Contains(text, `"service_tier":"priority"`) {
		t.Error(text)
	}
}
