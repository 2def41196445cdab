// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convention

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/otlptest"
	"github.com/spect-tools/spect-go/convert/llm"
)

// recording is a recorded trace, and what it must be read as: what the
// provider's bytes say of each call.
type recording struct {
	trace string
	// expected names the calls that were made.
	expected string
	// calls are which of them the trace has; all where it is empty.
	calls []int
	// lost are the facts that the instrumentation did not record, of all calls or
	// of one: "answer of call 0". They must not be there: whatever stood for them
	// would be made up.
	lost []string
	// differs are facts that the instrumentation recorded otherwise.
	differs []string
}

// Facts of a call that an instrumentation may lose.
const (
	factProvider      = "provider"
	factRequestModel  = "request model"
	factResponseModel = "response model"
	factResponseID    = "response id"
	factInput         = "input" // and the role
	factAnswer        = "answer"
	factReasoning     = "reasoning"
	factCallIDs       = "ids of calls"
	factCalls         = "calls"
	factFinish        = "finish reason"
	factUsage         = "usage"
	factStreamed      = "streamed"
)

// providerCall is what a provider's bytes say of a call.
type providerCall struct {
	Provider      string
	RequestModel  string
	ResponseModel string
	ResponseID    string
	Stream        bool
	InputRoles    []contracts.Role
	InputText     []string
	Choices       []struct {
		Text, Refusal string
		ToolCalls     []struct {
			ID, Name string
			Input    any

			ProviderExecuted bool
		}
		Reasoning []struct {
			Text    string
			Summary []string
		}
	}
	Finish []string
	Usage  map[string]int64
}

// providerCalls reads what the provider's bytes say.
func providerCalls(t *testing.T, name string) []providerCall {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "expected", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var expected struct{ Calls []providerCall }
	if err := json.Unmarshal(b, &expected); err != nil {
		t.Fatal(err)
	}
	return expected.Calls
}

// recordedSpans reads a trace's spans in the order that they began.
func recordedSpans(t testing.TB, trace string) []otlptest.Span {
	t.Helper()
	spans := otlptest.Spans(t, filepath.Join("testdata", "traces", trace+".json"))
	slices.SortStableFunc(spans, func(a, b otlptest.Span) int { return a.StartTime.Compare(b.StartTime) })
	return spans
}

// recordedSource is a recorded span as a decoder sees it.
func recordedSource(span *otlptest.Span, logs ...otlptest.Log) *Source {
	s := &Source{Name: span.Name, Attributes: span.Attributes}
	for _, e := range span.Events {
		s.Events = append(s.Events, Event(e))
	}
	for _, l := range logs {
		if l.SpanID == span.SpanID {
			s.Logs = append(s.Logs, Log{Name: l.Name, Time: l.Time, Body: l.Body, Attributes: l.Attributes})
		}
	}
	return s
}

// recordedFacts reads the spans of a role.
func recordedFacts(t testing.TB, trace string, role Role) (out []*Facts) {
	t.Helper()
	logs := otlptest.Logs(t, filepath.Join("testdata", "traces", trace+".logs.json"))
	for _, span := range recordedSpans(t, trace) {
		if f := Read(recordedSource(&span, logs...)); f != nil && f.Role == role {
			checkFacts(t, f)
			out = append(out, f)
		}
	}
	return out
}

// check holds the calls of the trace against the provider's.
func (r *recording) check(t *testing.T) {
	t.Helper()
	want := providerCalls(t, r.expected)
	if len(r.calls) == 0 {
		for i := range want {
			r.calls = append(r.calls, i)
		}
	}
	got := recordedFacts(t, r.trace, LLM)
	if len(got) != len(r.calls) {
		t.Fatalf("%d calls of a model, want %d", len(got), len(r.calls))
	}
	for i, f := range got {
		(&recordedCall{r, i}).check(t, f, &want[r.calls[i]])
	}
}

// recordedCall is one call of a recording.
type recordedCall struct {
	*recording
	call int
}

func (r *recordedCall) among(facts []string, fact string) bool {
	return slices.Contains(facts, fact) || slices.Contains(facts, fmt.Sprintf("%s of call %d", fact, r.call))
}

func (r *recordedCall) check(t *testing.T, f *Facts, want *providerCall) {
	t.Helper()
	r.equal(t, factRequestModel, f.Request.Model, want.RequestModel)
	r.equal(t, factResponseModel, f.Response.Model, want.ResponseModel)
	r.equal(t, factResponseID, f.Response.ID, want.ResponseID)
	r.equal(t, factStreamed, f.Streamed, want.Stream)
	r.equal(t, factProvider, llm.Provider(f.Provider, f.Request.Model+f.Response.Model), llm.Provider(want.Provider, ""))
	for _, role := range []contracts.Role{contracts.RoleSystem, contracts.RoleUser, contracts.RoleAssistant, contracts.RoleTool} {
		r.equal(t, factInput+" "+string(role), inputTexts(f.Request.Messages, role), want.inputTexts(role))
	}
	r.checkAnswer(t, f, want)
	r.checkOnce(t, f, want)
	r.checkUsage(t, f.Response.Usage, want.Usage)
	r.equal(t, factFinish, finishReasons(f), slices.Compact(want.Finish))
}

// equal compares a fact; one that is lost has to be empty.
func (r *recordedCall) equal(t *testing.T, fact string, got, want any) {
	t.Helper()
	switch {
	case r.among(r.differs, fact):
	case r.among(r.lost, fact):
		if v := reflect.ValueOf(got); !v.IsZero() && (v.Kind() != reflect.Slice || v.Len() > 0) {
			t.Errorf("%s: %q, which is not recorded", fact, got)
		}
	case reflect.ValueOf(want).Kind() == reflect.Slice && reflect.ValueOf(want).Len() == 0 && reflect.ValueOf(got).Len() == 0:
	case !reflect.DeepEqual(got, want):
		t.Errorf("call %d: %s:\nhave %q\nwant %q", r.call, fact, got, want)
	}
}

// inputTexts are the texts that the messages of a role begin with, one message
// after the other; of a tool the texts in what it answered.
func inputTexts(messages []contracts.ConversationMessage, role contracts.Role) (out []string) {
	for i := range messages {
		if messages[i].Role != role {
			continue
		}
		text := ""
		for _, part := range messages[i].Content.Parts() {
			switch part := part.(type) {
			case contracts.TextContentPart:
				text += part.Text
			case contracts.ToolResultContentPart:
				out = append(out, leafTexts(part.Output.Value)...)
			}
		}
		if text = strings.TrimSpace(text); text != "" {
			out = append(out, text)
		}
	}
	return out
}

func (c *providerCall) inputTexts(role contracts.Role) (out []string) {
	for i, text := range c.InputText {
		text = strings.TrimSpace(text)
		switch {
		case c.InputRoles[i] != role || text == "" || text == "[]":
		case strings.HasPrefix(text, "[") && strings.HasSuffix(text, "]") && !strings.ContainsAny(text, " {"): // [reasoning]
		case role == contracts.RoleTool:
			j := contracts.JSON(text)
			if !j.Valid() || !j.IsArray() {
				j = contracts.QuoteJSON(text)
			}
			out = append(out, leafTexts(j)...)
		default:
			out = append(out, text)
		}
	}
	return out
}

// leafTexts are the texts in a value that a tool gave, without what only says
// which tool that was.
func leafTexts(j contracts.JSON) (out []string) {
	if text, ok := j.Text(); ok {
		return append(out, strings.TrimSpace(text))
	}
	for e := range j.Elements() {
		out = append(out, leafTexts(e)...)
	}
	for name, value := range j.Members() {
		switch name {
		case "toolUseId", "status", "type", "id", "name":
			continue
		}
		out = append(out, leafTexts(value)...)
	}
	return out
}

// answered is one answer of a call.
type answered struct {
	text      string
	reasoning []string
	calls     []answeredCall
}

type answeredCall struct {
	id, name string
	input    any
}

func (r *recordedCall) checkAnswer(t *testing.T, f *Facts, want *providerCall) {
	t.Helper()
	var got []answered
	for i := range f.Response.Messages {
		if i == 0 || !f.Fragments {
			got = append(got, answered{})
		}
		a := &got[len(got)-1]
		for _, part := range f.Response.Messages[i].Content.Parts() {
			switch part := part.(type) {
			case contracts.TextContentPart:
				a.text += part.Text
			case contracts.ReasoningContentPart:
				if part.Text != "" {
					a.reasoning = append(a.reasoning, part.Text)
				}
			case contracts.ToolCallContentPart:
				if !llm.IsProviderExecuted(part) {
					var input any
					if err := part.Input.Decode(&input); err != nil {
						t.Error(err)
					}
					a.calls = append(a.calls, answeredCall{part.ToolCallID, part.ToolName, input})
				}
			}
		}
	}
	if r.among(r.lost, factAnswer) {
		if len(got) > 0 {
			t.Errorf("%d answers, which are not recorded", len(got))
		}
		return
	}
	if len(got) != len(want.Choices) {
		t.Errorf("%d answers, want %d", len(got), len(want.Choices))
		return
	}
	for i := range want.Choices {
		c := &want.Choices[i]
		text := c.Text
		if text == "" {
			text = c.Refusal
		}
		r.equal(t, "text", strings.TrimSpace(got[i].text), strings.TrimSpace(text))
		var reasoning []string
		for _, thought := range c.Reasoning {
			if thought.Text != "" {
				reasoning = append(reasoning, thought.Text)
			}
			reasoning = append(reasoning, thought.Summary...)
		}
		// Some join the summaries, with one line break or two.
		r.equal(t, factReasoning, oneBreak(got[i].reasoning), oneBreak(reasoning))
		var calls []answeredCall
		for k, call := range c.ToolCalls {
			if call.ProviderExecuted || strings.HasPrefix(call.ID, "srvtoolu_") || call.Name == "web_search_call" {
				continue
			}
			if k < len(got[i].calls) && (call.ID == "" || r.among(r.lost, factCallIDs)) {
				// There is none: it is made up, as always for such a call.
				call.ID = got[i].calls[k].id
			}
			calls = append(calls, answeredCall{call.ID, call.Name, call.Input})
		}
		r.equal(t, factCalls, got[i].calls, calls)
	}
}

// checkOnce fails the test where content stands in the metadata too.
func (r *recordedCall) checkOnce(t *testing.T, f *Facts, want *providerCall) {
	t.Helper()
	texts := slices.Clone(want.InputText)
	for i := range want.Choices {
		texts = append(texts, want.Choices[i].Text)
	}
	for _, m := range f.Metadata {
		value, _ := m.Value.Text()
		for _, text := range texts {
			if len(text) > 20 && strings.Contains(value, text) {
				t.Errorf("call %d: %s in the metadata says it again: %q", r.call, m.Name, text)
			}
		}
	}
}

func oneBreak(texts []string) string {
	return strings.ReplaceAll(strings.Join(texts, "\n"), "\n\n", "\n")
}

func (r *recordedCall) checkUsage(t *testing.T, got llm.Usage, want map[string]int64) {
	t.Helper()
	for _, c := range []struct {
		name string
		got  llm.Count
		keys []string
	}{
		{"input", got.Input, []string{"input"}},
		{"output", got.Output, []string{"output", "output(candidates+thoughts)"}},
		{"total", got.Total, []string{"total"}},
		{"cached input", got.CachedInput, []string{"cacheRead"}},
		{"cache write", got.CacheWrite, []string{"cacheWrite"}},
		{"reasoning", got.Reasoning, []string{"reasoning"}},
	} {
		n, known := int64(0), false
		for _, key := range c.keys {
			if value, ok := want[key]; ok && !known {
				n, known = value, true
			}
		}
		fact := factUsage + " " + c.name
		switch {
		case r.among(r.differs, fact):
		case r.among(r.lost, factUsage) || r.among(r.lost, fact):
			if c.got.N > 0 {
				t.Errorf("%s: %d, which is not recorded", fact, c.got.N)
			}
		case !known && c.name == "total":
			// Several providers leave the sum to the reader.
			if sum := got.Input.Plus(got.Output); c.got.Known && c.got != sum {
				t.Errorf("%s: %d, want %d", fact, c.got.N, sum.N)
			}
		case c.got.N != n:
			t.Errorf("%s: %d, want %d", fact, c.got.N, n)
		}
	}
}

// finishReasons are the reasons as the wire has them. A model that calls tools
// stops for them, whatever word the provider has.
func finishReasons(f *Facts) (out []string) {
	for _, native := range f.Response.FinishReasons {
		reason := llm.FinishReason(native)
		for i := range f.Response.Messages {
			for _, part := range f.Response.Messages[i].Content.Parts() {
				if part.Type() == contracts.PartToolCall && !llm.IsProviderExecuted(part) && reason == llm.FinishStop {
					reason = llm.FinishToolCalls
				}
			}
		}
		out = append(out, reason)
	}
	slices.SortFunc(out, cmp.Compare[string])
	return slices.Compact(out)
}

func checkRecordings(t *testing.T, recordings []recording) {
	t.Helper()
	for _, r := range recordings {
		t.Run(r.trace, func(t *testing.T) { r.check(t) })
	}
}

// RoleOf is asked of every span of an application that ends.
func TestRoleOfRecordedDoesNotAllocate(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "traces", "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatal("no recordings", err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, ".logs.json") {
			continue
		}
		for _, span := range otlptest.Spans(t, file) {
			if n := testing.AllocsPerRun(10, func() { RoleOf(span.Attributes) }); n > 0 {
				t.Errorf("%s: %s: %v allocations", file, span.Name, n)
			}
		}
	}
}
