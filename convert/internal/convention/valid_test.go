// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convention

import (
	"cmp"
	"encoding/json"
	"reflect"
	"testing"
	"time"
	"unicode/utf8"

	"go.opentelemetry.io/otel/attribute"

	"github.com/spect-tools/spect-go/contracts"
)

// factsOf reads a span of these attributes.
func factsOf(t testing.TB, attrs ...attribute.KeyValue) *Facts {
	t.Helper()
	f := Read(&Source{Name: "span", Attributes: attrs})
	if f == nil {
		t.Fatal("the span says nothing")
	}
	checkFacts(t, f)
	return f
}

// sameJSON fails the test where two JSON texts are not the same value; an empty
// one is null.
func sameJSON[T ~string](t testing.TB, what string, got T, want string) {
	t.Helper()
	var g, w any
	if err := json.Unmarshal([]byte(cmp.Or(string(got), "null")), &g); err != nil {
		t.Fatalf("%s: %v: %s", what, err, got)
	}
	if err := json.Unmarshal([]byte(cmp.Or(want, "null")), &w); err != nil {
		t.Fatalf("%s: %v: %s", what, err, want)
	}
	if !reflect.DeepEqual(g, w) {
		t.Errorf("%s:\nhave %s\nwant %s", what, got, want)
	}
}

// sameMessages compares messages with the JSON of a list of them.
func sameMessages(t testing.TB, what string, got []contracts.ConversationMessage, want string) {
	t.Helper()
	if len(got) == 0 {
		sameJSON(t, what, "", want)
		return
	}
	sameJSON(t, what, contracts.MakeMessages(got...), want)
}

// sameMembers compares members with a JSON object.
func sameMembers(t testing.TB, what string, got contracts.Members, want string) {
	t.Helper()
	if len(got) == 0 {
		sameJSON(t, what, "", want)
		return
	}
	sameJSON(t, what, objectOf(got), want)
}

// checkFacts fails the test where what was read can not go on the wire.
func checkFacts(t testing.TB, f *Facts) {
	t.Helper()
	if f == nil {
		return
	}
	checkMessages(t, f.Request.Messages)
	checkMessages(t, f.Response.Messages)
	for _, members := range []contracts.Members{f.Request.Settings, f.Response.Metadata, f.Response.Usage.Details, f.Metadata} {
		for i, m := range members {
			if !m.Value.Valid() {
				t.Fatalf("%s is no valid JSON: %s", m.Name, m.Value)
			}
			for _, other := range members[:min(i, 32)] {
				if other.Name == m.Name {
					t.Fatalf("%s stands twice", m.Name)
				}
			}
		}
	}
	for name, j := range map[string]contracts.JSON{
		"tools": f.Request.Tools, "arguments": f.Tool.Arguments, "result": f.Tool.Result, "input": f.Agent.Input,
	} {
		if j != "" && !j.Valid() {
			t.Fatalf("%s is no valid JSON: %s", name, j)
		}
	}
	if f.Request.Tools != "" && !f.Request.Tools.IsArray() {
		t.Fatalf("tools are no array: %s", f.Request.Tools)
	}
	if usage := contracts.JSON(f.Response.Usage.AppendJSON(nil)); !usage.Valid() {
		t.Fatalf("usage is no valid JSON: %s", usage)
	}
	for _, err := range []*contracts.NormalizedError{f.Error, f.Response.Error} {
		if err != nil && !contracts.JSON(err.AppendJSON(nil)).Valid() {
			t.Fatalf("an error is no valid JSON: %s", err.AppendJSON(nil))
		}
	}
}

// checkMessages fails the test where messages are not as the wire wants them.
func checkMessages(t testing.TB, messages []contracts.ConversationMessage) {
	t.Helper()
	messages = append([]contracts.ConversationMessage(nil), messages...)
	for i := range messages {
		if b := messages[i].AppendJSON(nil); !json.Valid(b) || !utf8.Valid(b) {
			t.Fatalf("no valid JSON: %s", b)
		}
		if messages[i].ID == "" {
			messages[i].ID = "made up, as convert does"
		}
	}
	const id = "019aa7c5-0000-7000-8000-000000000000"
	p := contracts.CollectorTracePayload{
		ID: id, TraceID: id, SpanID: id, Name: "chat", OrganizationID: "org",
		StartTime: time.UnixMilli(1000), EndTime: time.UnixMilli(1000),
		Model:     contracts.CollectorTraceModel{ID: "gpt-4o", Provider: "openai"},
		Operation: contracts.CollectorTraceOperation{ID: "chat", Name: "chat"},
		Metadata: contracts.CollectorTraceMetadata{Result: &contracts.CollectorTraceResult{Spans: []contracts.SpanRecord{{
			ID: "019aa7c5-0000-7000-8000-000000000001", TraceID: id, Status: contracts.StatusOK,
			StartTime: time.UnixMilli(1000), EndTime: time.UnixMilli(1000),
			Messages: contracts.MakeMessages(messages...),
		}}}},
		Prompt:     contracts.CollectorTracePrompt{Format: "messages"},
		Response:   contracts.CollectorTraceResponse{Model: "gpt-4o", Timestamp: "1970-01-01T00:00:01Z"},
		Attributes: contracts.CollectorTraceAttributes{Provider: "openai"},
	}
	if err := p.Validate(); err != nil {
		t.Fatalf("%v: %s", err, contracts.MakeMessages(messages...))
	}
}
