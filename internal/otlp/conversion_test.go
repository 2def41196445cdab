// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package otlp_test

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert"
	"github.com/spect-tools/spect-go/internal/otlp"
)

// recorded are the traces in testdata and the recordings behind them.
var recorded = map[string]string{
	"otel-genai":             "tool-round-trip",
	"otel-events":            "tool-round-trip",
	"openai-agents-subagent": "tool-round-trip",
	"langgraph":              "tool-round-trip",
	"openinference":          "tool-round-trip",
	"openllmetry-old":        "tool-round-trip",
	"vercel-tool-error":      "tool-round-trip",
	"logfire-stream":         "parallel-stream",
}

func read(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// spansOf are the spans of a recorded trace, with their log records.
func spansOf(t testing.TB, name string) []convert.Span {
	t.Helper()
	td, err := otlp.ReadTraces(read(t, name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	spans := otlp.Spans(td)
	if _, err := os.Stat(filepath.Join("testdata", name+".logs.json")); err == nil {
		ld, err := otlp.ReadLogs(read(t, name+".logs.json"))
		if err != nil {
			t.Fatal(err)
		}
		convert.JoinLogs(spans, otlp.Logs(ld))
	}
	return spans
}

// payloadsOf converts spans, and holds each payload to the contract.
func payloadsOf(t testing.TB, spans []convert.Span) (payloads []*contracts.CollectorTracePayload, text string) {
	t.Helper()
	c := convert.Converter{OrganizationID: "org"}
	sessions := convert.Sessions(spans)
	var lines []string
	for i := range sessions {
		line := string(c.Payload(&sessions[i]).AppendJSON(nil))
		p, err := contracts.ParsePayload(line)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Validate(); err != nil {
			t.Error(err)
		}
		payloads, lines = append(payloads, p), append(lines, line)
	}
	slices.Sort(lines)
	return payloads, strings.Join(lines, "\n")
}

// oracle is what a recording says, call by call.
type oracle struct{ Calls []oracleCall }

type oracleCall struct {
	RequestModel, ResponseModel, ResponseID string
	InputRoles, InputText                   []string
	Finish                                  []string
	Usage                                   map[string]int64
	Choices                                 []struct {
		Text      string
		ToolCalls []struct {
			ID, Name string
			Input    json.RawMessage
		}
	}
}

// lost is what the programs under the instrumentations did in another way than
// the one that was recorded, or an instrumentation does not write down.
var lost = map[string][]string{
	"openai-agents-subagent": {"arguments", "results"},     // the tools are agents, whose input has a name of its own
	"logfire-stream":         {"names", "usage", "finish"}, // of streams it has the messages
	"vercel-tool-error":      {"system", "results"},        // the tools are the program's own
}

// sessions is how many sessions a trace holds: one for each call that stands
// alone below a request, one for an agent.
var sessions = map[string]int{
	"otel-genai": 2, "otel-events": 2, "openai-agents-subagent": 1, "langgraph": 1, "openinference": 2, "openllmetry-old": 2,
	"vercel-tool-error": 1, "logfire-stream": 2,
}

// Every fact of the provider's calls is in the sessions, in its place and once.
func TestRecordedTraces(t *testing.T) {
	for name, recording := range recorded {
		t.Run(name, func(t *testing.T) {
			var want oracle
			if err := json.Unmarshal(read(t, recording+".expected.json"), &want); err != nil {
				t.Fatal(err)
			}
			payloads, _ := payloadsOf(t, spansOf(t, name))
			if len(payloads) != sessions[name] {
				t.Errorf("%d sessions, want %d", len(payloads), sessions[name])
			}
			f := facts{T: t, lost: lost[name]}
			for _, p := range payloads {
				f.records = append(f.records, p.Metadata.Result.Spans...)
			}
			for i := range want.Calls {
				f.call(&want.Calls[i])
			}
			for _, p := range payloads {
				f.sum(p)
				f.once(p)
			}
		})
	}
}

// facts looks for facts in records.
type facts struct {
	*testing.T
	lost    []string
	records []contracts.SpanRecord
}

func (f *facts) call(want *oracleCall) {
	for k, role := range want.InputRoles {
		if (role == "tool" && f.has("results")) || f.has(role) || want.InputText[k] == "" {
			continue
		}
		if !f.heard(contracts.Role(role), want.InputText[k]) {
			f.Errorf("the input %q of a %s is nowhere", want.InputText[k], role)
		}
	}
	choice := want.Choices[0]
	r := f.model(want)
	if r == nil {
		f.Errorf("no record of a model answers %q, calls %v", choice.Text, choice.ToolCalls)
		return
	}
	said, _ := r.Messages.Decode()
	for _, call := range choice.ToolCalls {
		input := string(call.Input)
		if i := slices.IndexFunc(said[0].Content.Parts(), func(p contracts.ContentPart) bool {
			c, ok := p.(contracts.ToolCallContentPart)
			return ok && c.ToolCallID == call.ID && c.ToolName == call.Name && (f.has("arguments") || compact(string(c.Input)) == compact(input))
		}); i < 0 {
			f.Errorf("the call %s %s(%s) is not in %s", call.ID, call.Name, input, r.Messages)
		}
	}
	m := r.Metadata
	if !f.has("names") && (m.Member("responseId") != contracts.QuoteJSON(want.ResponseID) || r.Model.ModelID != want.ResponseModel ||
		m.Member("requestModel") != contracts.QuoteJSON(want.RequestModel)) {
		f.Errorf("response %s of model %+v: %s", want.ResponseID, r.Model, m)
	}
	for name, key := range map[string]string{"input": "inputTokens", "output": "outputTokens"} {
		var n int64
		if err := m.Member("usage").Member(key).Decode(&n); !f.has("usage") && (err != nil || n != want.Usage[name]) {
			f.Errorf("%d %s, want %d", n, key, want.Usage[name])
		}
	}
	var finish []string
	if err := m.Member("finishReasons").Decode(&finish); !f.has("finish") && (err != nil || !slices.Equal(finish, want.Finish)) {
		f.Errorf("finish reasons %v, want %v", finish, want.Finish)
	}
}

func (f *facts) has(what string) bool { return slices.Contains(f.lost, what) }

// model is the one record of a model that holds the answer of a call.
func (f *facts) model(want *oracleCall) (found *contracts.SpanRecord) {
	for i := range f.records {
		r := &f.records[i]
		if r.Kind != contracts.KindGenerate && r.Kind != contracts.KindStream || !answers(r, want) {
			continue
		}
		if found != nil {
			f.Errorf("two records answer for one call: %s and %s", found.Messages, r.Messages)
		}
		found = r
	}
	return found
}

func answers(r *contracts.SpanRecord, want *oracleCall) bool {
	choice := want.Choices[0]
	said, _ := r.Messages.Decode()
	for _, m := range said {
		for _, p := range m.Content.Parts() {
			switch p := p.(type) {
			case contracts.TextContentPart:
				if choice.Text != "" && p.Text == choice.Text {
					return true
				}
			case contracts.ToolCallContentPart:
				if len(choice.ToolCalls) > 0 && p.ToolCallID == choice.ToolCalls[0].ID {
					return true
				}
			}
		}
	}
	return false
}

// heard reports whether somebody of that role says the text.
func (f *facts) heard(role contracts.Role, text string) bool {
	for i := range f.records {
		said, _ := f.records[i].Messages.Decode()
		for _, m := range said {
			for _, p := range m.Content.Parts() {
				if r, ok := p.(contracts.ToolResultContentPart); ok && role == contracts.RoleTool && m.Role == role {
					if value, _ := r.Output.Value.Text(); value == text {
						return true
					}
				}
			}
			if m.Role == role && m.Content.Text() == text {
				return true
			}
		}
	}
	return false
}

// sum holds a session's usage to the sum of its calls.
func (f *facts) sum(p *contracts.CollectorTracePayload) {
	var sum, said contracts.Usage
	counted := map[contracts.JSON]bool{}
	for i := range p.Metadata.Result.Spans {
		r := &p.Metadata.Result.Spans[i]
		var one contracts.Usage
		if id := r.Metadata.Member("responseId"); r.Metadata.Member("usage").Decode(&one) == nil && !counted[id] {
			sum.InputTokens += one.InputTokens
			sum.OutputTokens += one.OutputTokens
			counted[id] = id != ""
		}
	}
	_ = p.Response.Usage.Decode(&said)
	if said.InputTokens != sum.InputTokens || said.OutputTokens != sum.OutputTokens {
		f.Errorf("the session used %+v, its calls %+v", said, sum)
	}
}

// once holds a session to say everything once in each conversation.
func (f *facts) once(p *contracts.CollectorTracePayload) {
	seen := map[string]bool{}
	for i := range p.Metadata.Result.Spans {
		r := &p.Metadata.Result.Spans[i]
		if r.Kind == contracts.KindToolCall {
			continue // says again what the model asked for
		}
		said, _ := r.Messages.Decode()
		for _, m := range said {
			for _, part := range m.Content.Parts() {
				key := r.ParentID + string(m.Role) + string(part.AppendJSON(nil))
				if seen[key] {
					f.Errorf("said twice: %s", part.AppendJSON(nil))
				}
				seen[key] = true
			}
		}
	}
}

func compact(text string) string {
	var b bytes.Buffer
	if err := json.Compact(&b, []byte(text)); err != nil {
		return text
	}
	return b.String()
}

// The order in which spans arrive does not count, nor that some arrive twice.
func TestOrderDoesNotCount(t *testing.T) {
	for name := range recorded {
		spans := spansOf(t, name)
		_, want := payloadsOf(t, spans)
		random := rand.New(rand.NewPCG(1, 2))
		for range 10 {
			some := append(slices.Clone(spans), spans[random.IntN(len(spans))])
			random.Shuffle(len(some), func(i, j int) { some[i], some[j] = some[j], some[i] })
			if _, got := payloadsOf(t, some); got != want {
				t.Errorf("%s: in another order the spans give\n%s\nnot\n%s", name, got, want)
			}
		}
	}
}
