// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convert_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert"
	"github.com/spect-tools/spect-go/convert/internal/otlptest"
)

const recordedTraces = "internal/convention/testdata/traces"

// recordedSessions are the sessions of a recorded trace.
func recordedSessions(t *testing.T, file string) []convert.Session {
	t.Helper()
	var spans []convert.Span
	for _, s := range otlptest.Spans(t, file) {
		span := convert.Span{
			TraceID: s.TraceID, SpanID: s.SpanID, ParentID: s.ParentID, Name: s.Name, StartTime: s.StartTime, EndTime: s.EndTime,
			Status: s.Status, StatusDescription: s.StatusDescription, Attributes: s.Attributes, Scope: s.Scope,
		}
		for _, e := range s.Events {
			span.Events = append(span.Events, convert.Event(e))
		}
		spans = append(spans, span)
	}
	return convert.Sessions(spans)
}

// What sessions come to, by what the providers' recorded answers say: the tokens
// of all calls, each counted once, and the model; of some the one that was asked
// for, which is all that their instrumentation records.
func TestOutlineOfRecordings(t *testing.T) {
	for trace, want := range map[string]struct {
		model  string
		tokens int
		failed bool
	}{
		"go-oi-openai-tool-rt":         {"gpt-4o-mini-2024-07-18", 126 + 124, false},
		"go-langsmith-openai-tool-rt":  {"gpt-4o-mini", 126 + 124, false},
		"go-braintrust-openai-tool-rt": {"gpt-4o-mini", 126 + 124, false},
		"go-genkit-tool-rt":            {"gpt-4o-mini-2024-07-18", 126 + 124, false},
		"mlflow-tool-rt":               {"gpt-4o-mini-2024-07-18", 126 + 124, false},
		"otelv2legacy-oa-tool-rt":      {"gpt-4o-mini-2024-07-18", 126 + 124, false},
		"genai-an-redacted":            {"claude-sonnet-4-5-20250929", 92 + 196 + 168 + 232, false},
		"genai-oa-resp-codeint":        {"gpt-5-2025-08-07", 1618 + 800, false},
		"oi-oa-resp-web":               {"gpt-5-2025-08-07", 9876 + 9945, false},
		"oi-oa-resp-agent":             {"gpt-5-2025-08-07", 2050 + 2211, false},
		"tl-an-thinking":               {"claude-3-7-sonnet-20250219", 52 + 215, false}, // the SDK's own span beside
		"oi-ge-stream-tool":            {"gemini-3-pro-preview", 29 + 212 + 257 + 8, false},
		"genai-oa-404":                 {"this-model-does-not-exist", 0, true},
	} {
		tokens, models, failed := 0, map[string]bool{}, false
		for _, s := range recordedSessions(t, filepath.Join(recordedTraces, trace+".json")) {
			o := new(convert.Converter).Outline(&s)
			var usage struct{ TotalTokens int }
			if o.Usage != "" {
				if err := o.Usage.Decode(&usage); err != nil {
					t.Errorf("%s: the usage is %s: %v", trace, o.Usage, err)
				}
			}
			tokens += usage.TotalTokens
			models[o.Model], failed = true, failed || o.Failed
		}
		if tokens != want.tokens || len(models) != 1 || !models[want.model] || failed != want.failed {
			t.Errorf("%s: %d tokens of %v, failed %t; want %d of %s, %t", trace, tokens, models, failed, want.tokens, want.model, want.failed)
		}
	}
}

// An outline says what the payload does, of every recorded trace.
func TestOutlineIsThePayloads(t *testing.T) {
	files, err := filepath.Glob(recordedTraces + "/*.json")
	if err != nil || len(files) < 40 {
		t.Fatalf("%d recorded traces: %v", len(files), err)
	}
	var c convert.Converter // used again and again, as it is meant to be
	sessions := 0
	for _, file := range files {
		if strings.HasSuffix(file, ".logs.json") {
			continue
		}
		for i, s := range recordedSessions(t, file) {
			sessions++
			sameOutline(t, filepath.Base(file)+": "+s.Root.Name, &c, &s)
			// The same session with a root of Spect's around it.
			root := *s.Root
			root.SpanID[0] ^= 0xff
			root.Attributes = []attribute.KeyValue{contracts.KindKey.String(contracts.SessionKind), contracts.FunctionIDKey.String("f")}
			around := convert.Session{Root: &root, Spans: s.Spans, Parents: s.Parents}
			if len(s.Spans) == 0 {
				continue
			}
			if i%2 == 0 {
				root.Attributes = append(root.Attributes, contracts.ModelIDKey.String("named"), contracts.ConversationIDKey.String("c"),
					contracts.ResponseUsageKey.String(`{"totalTokens":7}`), contracts.ErrorMessageKey.String("no"))
			}
			sameOutline(t, filepath.Base(file)+" in a session", &c, &around)
		}
	}
	if sessions < len(files)/2 {
		t.Errorf("%d sessions in %d files", sessions, len(files))
	}
}

func sameOutline(t *testing.T, name string, c *convert.Converter, s *convert.Session) {
	t.Helper()
	p := new(convert.Converter).Payload(s)
	want := convert.Outline{
		Model: p.Model.ID, ConversationID: p.Attributes.ConversationID, FunctionID: p.FunctionID,
		Usage: p.Response.Usage, Duration: time.Duration(p.Duration) * time.Millisecond,
		Failed: p.Metadata.Result.Error != nil || slices.ContainsFunc(p.Metadata.Result.Spans, func(r contracts.SpanRecord) bool {
			return r.Status == contracts.StatusError || r.Error != nil
		}),
	}
	if want.Model == "unknown" {
		want.Model = ""
	}
	have := c.Outline(s)
	if p.Metadata.Result.Error != nil {
		have.Usage = "" // a payload of a failure has none
	}
	if d := have.Duration - want.Duration; d > -time.Millisecond && d < time.Millisecond {
		have.Duration = want.Duration // the wire has milliseconds
	}
	if have != want {
		t.Errorf("%s:\nhave %+v\nwant %+v", name, have, want)
	}
}

// Whatever fails in a session, the outline knows it, as the payload does.
func TestOutlineOfFailures(t *testing.T) {
	failing := func(s convert.Span) convert.Span {
		s.Status = codes.Error
		return s
	}
	toolTold := func(more string) []attribute.KeyValue {
		return genAI("chat", attribute.String("gen_ai.request.model", "m"), attribute.String("gen_ai.input.messages",
			`[{"role":"user","parts":[{"type":"text","content":"a"}]},{"role":"assistant","parts":[{"type":"tool_call","id":"c","name":"f","arguments":{}}]},`+
				`{"role":"tool","parts":[{"type":"tool_call_response","id":"c","result":"x"`+more+`}]}]`))
	}
	tool := genAI("execute_tool", attribute.String("gen_ai.tool.name", "f"), attribute.String("gen_ai.tool.call.id", "c"))
	agent := func(attrs ...attribute.KeyValue) []attribute.KeyValue {
		return append(genAI("invoke_agent", attribute.String("gen_ai.agent.name", "a")), attrs...)
	}
	for name, test := range map[string]struct {
		spans  []convert.Span
		failed bool
	}{
		"nothing":   {[]convert.Span{aSpan(1, 0, 0, 90, agent()...), aSpan(2, 1, 1, 9, modelCall("a", "b")...)}, false},
		"the agent": {[]convert.Span{failing(aSpan(1, 0, 0, 90, agent()...)), aSpan(2, 1, 1, 9, modelCall("a", "b")...)}, true},
		"the agent, by its convention": {[]convert.Span{
			aSpan(1, 0, 0, 90, attribute.String("langfuse.observation.type", "agent"), attribute.String("langfuse.observation.level", "ERROR")),
			aSpan(2, 1, 1, 9, modelCall("a", "b")...),
		}, true},
		"a call": {[]convert.Span{aSpan(1, 0, 0, 90, agent()...), failing(aSpan(2, 1, 1, 9, modelCall("a", "b")...))}, true},
		"an attempt of a call that went well": {[]convert.Span{
			aSpan(1, 0, 0, 90, agent()...), aSpan(2, 1, 1, 9, modelCall("a", "b")...),
			failing(aSpan(3, 2, 1, 4, modelCall("a", "b")...)), aSpan(4, 2, 5, 9, modelCall("a", "b")...),
		}, false},
		"a tool": {[]convert.Span{aSpan(1, 0, 0, 90, agent()...), failing(aSpan(2, 1, 1, 9, tool...))}, true},
		"a tool, by its convention": {[]convert.Span{
			aSpan(1, 0, 0, 90, agent()...), aSpan(2, 1, 1, 9, append(slices.Clip(tool), attribute.String("gen_ai.tool.status", "error"))...),
		}, true},
		"a tool that is told of":                {[]convert.Span{aSpan(1, 0, 0, 90, toolTold(`,"is_error":true`)...)}, true},
		"a tool that is told of, and went well": {[]convert.Span{aSpan(1, 0, 0, 90, toolTold("")...)}, false},
		"a tool with a span that is told of": {[]convert.Span{
			aSpan(1, 0, 0, 90, agent()...), aSpan(2, 1, 1, 9, tool...), aSpan(3, 1, 10, 20, toolTold(`,"is_error":true`)...),
		}, true},
		"one of Spect's own": {[]convert.Span{
			aSpan(1, 0, 0, 90, contracts.KindKey.String(contracts.SessionKind)), failing(aSpan(2, 1, 1, 9, contracts.KindKey.String("generate"))),
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			sessions := convert.Sessions(test.spans)
			if len(sessions) != 1 {
				t.Fatalf("%d sessions", len(sessions))
			}
			var c convert.Converter
			if o := c.Outline(&sessions[0]); o.Failed != test.failed {
				t.Errorf("failed is %t", o.Failed)
			}
			sameOutline(t, name, &c, &sessions[0])
		})
	}
}

// A session that has not ended has taken no time yet.
func TestOutlineOfOpenSession(t *testing.T) {
	open := aSpan(1, 0, 0, 0, modelCall("a", "b")...)
	open.EndTime = time.Time{}
	sessions := convert.Sessions([]convert.Span{open})
	if o := new(convert.Converter).Outline(&sessions[0]); o.Duration != 0 || o.Model != "m" {
		t.Errorf("%+v", o)
	}
}
