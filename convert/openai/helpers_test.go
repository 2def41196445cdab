// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package openai_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/llm"
)

// decoded is a recording as encoding/json has it: of a stream, its events.
func decoded(t testing.TB, name string) any {
	t.Helper()
	if !strings.HasSuffix(name, ".txt") {
		return decode(t, string(recording(t, name)))
	}
	var list []any
	for _, e := range events(t, name) {
		if e.Valid() && e.IsObject() {
			list = append(list, decode(t, string(e)))
		}
	}
	return list
}

// recording reads a file of testdata.
func recording(t testing.TB, name string) contracts.JSON {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return contracts.JSON(b)
}

// events are the events of a recorded stream.
func events(t testing.TB, name string) (out []contracts.JSON) {
	t.Helper()
	for line := range strings.Lines(string(recording(t, name))) {
		out = append(out, contracts.JSON(line))
	}
	return out
}

// decode is the value of a JSON text, as encoding/json has it.
func decode(t testing.TB, text string) (v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return v
}

// at is the value at a path such as choices.0.message.content, counted from the
// end where a number is below 0; nil where there is none.
func at(v any, path string) any {
	for step := range strings.SplitSeq(path, ".") {
		switch w := v.(type) {
		case map[string]any:
			v = w[step]
		case []any:
			i, err := strconv.Atoi(step)
			if i < 0 {
				i += len(w)
			}
			if err != nil || i < 0 || i >= len(w) {
				return nil
			}
			v = w[i]
		default:
			return nil
		}
	}
	return v
}

// joined is the text at a path in all events of a stream, joined; of those in
// which another path has a number, where that is asked for: index=1.
func joined(events any, path, where string) (text string) {
	where, number, isAsked := strings.Cut(where, "=")
	list, _ := events.([]any)
	for _, e := range list {
		if n, ok := at(e, where).(float64); isAsked && (!ok || strconv.Itoa(int(n)) != number) {
			continue
		}
		piece, _ := at(e, path).(string)
		text += piece
	}
	return text
}

// fill puts values of a recording in where a wanted value says so:
//
//	"$path"              the value at the path
//	"$join path where"   the text at the path in the events of a stream
//	"$json ..."          what such a text holds as JSON
func fill(t testing.TB, want, recorded any) any {
	t.Helper()
	switch w := want.(type) {
	case string:
		path, ok := strings.CutPrefix(w, "$")
		if !ok || recorded == nil {
			return want
		}
		path, isJSON := strings.CutPrefix(path, "json ")
		var v any
		if joins, ok := strings.CutPrefix(path, "join "); ok {
			path, where, _ := strings.Cut(joins, " ")
			v = joined(recorded, path, where)
		} else {
			v = at(recorded, path)
		}
		if v == nil || v == "" {
			t.Fatalf("the recording has nothing at %s", path)
		}
		if isJSON {
			return decode(t, v.(string))
		}
		return v
	case []any:
		for i := range w {
			w[i] = fill(t, w[i], recorded)
		}
	case map[string]any:
		for name := range w {
			w[name] = fill(t, w[name], recorded)
		}
	}
	return want
}

// same fails the test where two JSON texts are not the same value. The wanted one
// may take values from a recording, and be empty for none.
func same(t testing.TB, what, got, want string, recorded any) {
	t.Helper()
	if want == "" {
		want = "null"
	}
	if got == "" {
		got = "null"
	}
	if g, w := decode(t, got), fill(t, decode(t, want), recorded); !reflect.DeepEqual(g, w) {
		b, _ := json.MarshalIndent(w, "", " ")
		a, _ := json.MarshalIndent(g, "", " ")
		t.Errorf("%s:\nhave %s\nwant %s", what, a, b)
	}
}

func messagesJSON(messages []contracts.ConversationMessage) string {
	if len(messages) == 0 {
		return ""
	}
	return string(contracts.MakeMessages(messages...))
}

func membersJSON(members contracts.Members) string {
	if len(members) == 0 {
		return ""
	}
	b := []byte{'{'}
	for i, m := range members {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, contracts.QuoteJSON(m.Name)...)
		b = append(b, ':')
		b = append(b, m.Value...)
	}
	return string(append(b, '}'))
}

func errorJSON(err *contracts.NormalizedError) string {
	if err == nil {
		return ""
	}
	return string(err.AppendJSON(nil))
}

// responseJSON is all of an answer.
func responseJSON(r llm.Response) string {
	b, _ := json.Marshal(map[string]any{
		"id": r.ID, "model": r.Model, "finish": r.FinishReasons,
		"messages": json.RawMessage(or(messagesJSON(r.Messages), "null")),
		"usage":    json.RawMessage(r.Usage.AppendJSON(nil)),
		"error":    json.RawMessage(or(errorJSON(r.Error), "null")),
		"metadata": json.RawMessage(or(membersJSON(r.Metadata), "null")),
	})
	return string(b)
}

func or(a, b string) string {
	if a == "" {
		return b
	}
	return a
}

// fold gives a stream its events.
func fold(s llm.Stream, events ...contracts.JSON) llm.Response {
	for _, e := range events {
		s.Add(e)
	}
	return s.Response()
}

// checkMessages fails the test where messages are not as the wire wants them.
func checkMessages(t testing.TB, messages []contracts.ConversationMessage) {
	t.Helper()
	for i := range messages {
		m := messages[i]
		b := m.AppendJSON(nil)
		if !json.Valid(b) || !utf8.Valid(b) {
			t.Fatalf("no valid JSON: %s", b)
		}
		if m.ID == "" {
			m.ID = "made up, as convert does"
		}
		messages[i] = m
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

func checkMembers(t testing.TB, members contracts.Members) {
	t.Helper()
	for _, m := range members {
		if !m.Value.Valid() {
			t.Fatalf("%s is no valid JSON: %s", m.Name, m.Value)
		}
	}
}

func checkRequest(t testing.TB, r llm.Request) {
	t.Helper()
	checkMessages(t, r.Messages)
	checkMembers(t, r.Settings)
	if r.Tools != "" && !(r.Tools.Valid() && r.Tools.IsArray()) {
		t.Fatalf("tools are no array: %s", r.Tools)
	}
}

func checkResponse(t testing.TB, r llm.Response) {
	t.Helper()
	checkMessages(t, r.Messages)
	checkMembers(t, r.Metadata)
	checkMembers(t, r.Usage.Details)
	if usage := contracts.JSON(r.Usage.AppendJSON(nil)); !usage.Valid() {
		t.Fatalf("usage is no valid JSON: %s", usage)
	}
	checkError(t, r.Error)
	for _, m := range r.Messages {
		if m.Role != contracts.RoleAssistant {
			t.Fatalf("an answer of role %s", m.Role)
		}
	}
}

func checkError(t testing.TB, err *contracts.NormalizedError) {
	t.Helper()
	if err != nil {
		if j := contracts.JSON(err.AppendJSON(nil)); !j.Valid() {
			t.Fatalf("an error is no valid JSON: %s", j)
		}
		for _, m := range err.Extra {
			switch m.Name {
			case "message", "type", "code", "stack":
				t.Fatalf("%s is said twice", m.Name)
			}
		}
	}
}
