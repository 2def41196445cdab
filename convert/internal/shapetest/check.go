// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package shapetest

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/llm"
)

// CheckMessages fails the test where messages do not encode to valid JSON or are
// not as the contract wants them.
func CheckMessages(t testing.TB, messages []contracts.ConversationMessage) {
	t.Helper()
	messages = slices.Clone(messages)
	for i := range messages {
		m := &messages[i]
		if b := m.AppendJSON(nil); !json.Valid(b) || !utf8.Valid(b) {
			t.Fatalf("no valid JSON: %s", b)
		}
		if m.ID == "" {
			m.ID = "made up, as convert does"
		}
	}
	const id = "019aa7c5-0000-7000-8000-000000000000"
	at := time.UnixMilli(1000)
	p := contracts.CollectorTracePayload{
		ID: id, TraceID: id, SpanID: id, Name: "chat", OrganizationID: "org", StartTime: at, EndTime: at,
		Model:     contracts.CollectorTraceModel{ID: "model", Provider: "provider"},
		Operation: contracts.CollectorTraceOperation{ID: "chat", Name: "chat"},
		Metadata: contracts.CollectorTraceMetadata{Result: &contracts.CollectorTraceResult{Spans: []contracts.SpanRecord{{
			ID: "019aa7c5-0000-7000-8000-000000000001", TraceID: id, Status: contracts.StatusOK, StartTime: at, EndTime: at,
			Messages: contracts.MakeMessages(messages...),
		}}}},
		Prompt:     contracts.CollectorTracePrompt{Format: "messages"},
		Response:   contracts.CollectorTraceResponse{Model: "model", Timestamp: "1970-01-01T00:00:01Z"},
		Attributes: contracts.CollectorTraceAttributes{Provider: "provider"},
	}
	if err := p.Validate(); err != nil {
		t.Fatalf("%v: %s", err, contracts.MakeMessages(messages...))
	}
}

// CheckRequest is CheckMessages for all that a request has.
func CheckRequest(t testing.TB, r llm.Request) {
	t.Helper()
	CheckMessages(t, r.Messages)
	checkMembers(t, r.Settings)
	if r.Tools != "" && !r.Tools.Valid() {
		t.Fatalf("tools are no valid JSON: %s", r.Tools)
	}
}

// CheckResponse is CheckMessages for all that an answer has.
func CheckResponse(t testing.TB, r llm.Response) {
	t.Helper()
	CheckMessages(t, r.Messages)
	for i := range r.Messages {
		if role := r.Messages[i].Role; role != contracts.RoleAssistant {
			t.Fatalf("an answer of role %s", role)
		}
	}
	checkMembers(t, r.Metadata)
	checkMembers(t, r.Usage.Details)
	CheckError(t, r.Error)
}

func checkMembers(t testing.TB, members contracts.Members) {
	t.Helper()
	for _, m := range members {
		if !m.Value.Valid() {
			t.Fatalf("%s is no valid JSON: %s", m.Name, m.Value)
		}
	}
}

// CheckError fails the test where an error does not encode to valid JSON.
func CheckError(t testing.TB, e *contracts.NormalizedError) {
	t.Helper()
	if j := Error(e); j != "" && !j.Valid() {
		t.Fatalf("an error is no valid JSON: %s", j)
	}
}

// CheckStream takes each line of a text for an event. A stream may be asked at
// any time, and says the same when it is asked again.
func CheckStream(t testing.TB, s llm.Stream, text string) {
	t.Helper()
	n := 0
	for line := range strings.Lines(text) {
		s.Add(contracts.JSON(line))
		if n++; n < 10 {
			CheckResponse(t, s.Response())
		}
	}
	r := s.Response()
	CheckResponse(t, r)
	if once, again := Response(r), Response(s.Response()); once != again {
		t.Fatalf("asked again it says something else:\n%s\n%s", once, again)
	}
}
