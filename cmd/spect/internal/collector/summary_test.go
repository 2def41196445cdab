// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package collector

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

func mustSummarize(t *testing.T, payload string) Summary {
	t.Helper()
	s, err := summarize([]byte(payload))
	if err != nil {
		t.Fatalf("%s: %v", payload, err)
	}
	return s
}

func TestSummary(t *testing.T) {
	s := mustSummarize(t, `{
		"id": "s1", "name": "agent.run", "organizationId": "org", "startTime": "2026-04-24T03:06:40Z", "duration": 425,
		"model": {"id": "gpt-4.1", "provider": "openai"},
		"metadata": {"result": {"spans": [
			{"kind": "system", "messages": [{"role": "system", "content": "Be brief."}]},
			{"kind": "user", "status": "ok", "messages": [{"role": "user", "content": [{"type": "file"}, {"type": "text", "text": "Hi\n\n  there"}]}]},
			{"kind": "generate", "status": "error"},
			{"kind": "generate", "status": "ok", "error": {"message": "x"}}
		]}},
		"response": {"text": "Hello!", "usage": {"inputTokens": 12, "outputTokens": 7.0}}
	}`)
	got, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"id":"s1","name":"agent.run","organizationId":"org","startTime":"2026-04-24T03:06:40Z","duration":425,` +
		`"model":{"id":"gpt-4.1","provider":"openai"},"status":"ok","spans":4,"failedSpans":2,` +
		`"usage":{"inputTokens":12,"outputTokens":7,"totalTokens":19},"input":"Hi there","text":"Hello!"}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestSummaryFallbacks(t *testing.T) {
	s := mustSummarize(t, `{"id":"s","startTime":"2026-04-24T03:06:40Z","endTime":"2026-04-24T03:06:41.250000Z",
		"attributes":{"request.input":"asked"},
		"metadata":{"result":{"spans":[
			{"messages":[{"role":"assistant","content":"one"}]},{"messages":[{"role":"assistant","content":[{"type":"text","text":"two"}]}]},
			{"messages":[{"role":"assistant","content":[{"type":"tool-call"}]}]}]}}}`)
	if s.Duration == nil || *s.Duration != 1250 {
		t.Errorf("duration from the times: %v", s.Duration)
	}
	if s.Input != "asked" || s.Text != "two" {
		t.Errorf("input %q, text %q", s.Input, s.Text)
	}
	if s := mustSummarize(t, `{"id":"s","startTime":"2026-04-24T03:06:41Z","endTime":"2026-04-24T03:06:40Z"}`); *s.Duration != 0 {
		t.Errorf("an end before the start: %d", *s.Duration)
	}
}

func TestSummaryOfErrors(t *testing.T) {
	for raw, want := range map[string]string{
		`{"message":"rate limited","type":"RateLimitError"}`: "rate limited",
		`{"message":"","type":"ValueError"}`:                 "ValueError",
		`"plain"`:                                            "plain",
		`["odd"]`:                                            `["odd"]`,
		`{}`:                                                 `{}`,
		`false`:                                              `false`,
	} {
		s := mustSummarize(t, fmt.Sprintf(`{"id":"s","metadata":{"result":{"error":%s}}}`, raw))
		if s.Status != StatusError || s.Error != want {
			t.Errorf("%s: %s %q, want %q", raw, s.Status, s.Error, want)
		}
	}
	if s := mustSummarize(t, `{"id":"s","metadata":{"result":{"error":null}}}`); s.Status != StatusOK {
		t.Errorf("null is no error: %s", s.Status)
	}
}

// Every field may be missing, or be anything: the session is kept and listed.
func TestSummaryOfOddPayloads(t *testing.T) {
	fields := []string{"name", "organizationId", "startTime", "endTime", "duration", "model", "metadata", "response", "attributes"}
	odd := []string{
		`null`, `true`, `-1`, `1e999`, `12345678901234567890`, `"text"`, `[]`, `[null,1,"x",{}]`, `{}`,
		`{"id":7,"result":[],"usage":"many","request.input":{}}`,
		`{"result":{"spans":{}}}`, `{"result":{"spans":[null,7,"x",{"messages":7},{"messages":[null,{"role":1,"content":[null,{"type":"text","text":1}]}]}]}}`,
		`{"usage":{"inputTokens":"1","outputTokens":1e400,"totalTokens":9007199254740993e3}}`,
	}
	for _, field := range fields {
		for _, value := range odd {
			s := mustSummarize(t, fmt.Sprintf(`{"id":"s",%q:%s}`, field, value))
			if s.ID != "s" {
				t.Errorf("%s %s: id %q", field, value, s.ID)
			}
			if _, err := json.Marshal(s); err != nil {
				t.Errorf("%s %s: %v", field, value, err)
			}
		}
	}
	s := mustSummarize(t, `{"id":"s","response":{"usage":{"inputTokens":null,"outputTokens":1e400,"totalTokens":9007199254740993e3}}}`)
	if s.Usage != (Usage{}) {
		t.Errorf("usage that is no count: %+v", s.Usage)
	}
}

func TestSummaryIsSmall(t *testing.T) {
	long := strings.Repeat("é ", 10_000)
	s := mustSummarize(t, fmt.Sprintf(`{"id":"s","name":%[1]q,"organizationId":%[1]q,"startTime":%[1]q,"model":{"id":%[1]q,"provider":%[1]q},
		"response":{"text":%[1]q},"metadata":{"result":{"error":%[1]q,"spans":[{"messages":[{"role":"user","content":%[1]q}]}]}}}`, long))
	data, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	if len(data) > entryOverhead {
		t.Errorf("a summary of %d bytes is more than what the store charges for it", len(data))
	}
	for _, text := range []string{s.Name, s.Text, s.Input, s.Error} {
		if !utf8.ValidString(text) || !strings.HasSuffix(text, "…") {
			t.Errorf("%q is not shortened well", text)
		}
	}
}

func TestClip(t *testing.T) {
	for _, c := range []struct {
		in    string
		limit int
		want  string
	}{{"", 3, ""}, {"abc", 3, "abc"}, {"abcd", 3, "ab…"}, {"äöü", 3, "äöü"}, {"äöüß", 3, "äö…"}, {"ab", 1, "…"}} {
		if got := clip(c.in, c.limit); got != c.want {
			t.Errorf("clip(%q, %d) = %q, want %q", c.in, c.limit, got, c.want)
		}
	}
}

func FuzzSummarize(f *testing.F) {
	for _, body := range []string{
		`{"id":"s","metadata":{"result":{"spans":[{"messages":[{"role":"user","content":"x"}]}]}}}`, "", "null", "[]", `{"id":null}`, `{"id":"","id":7}`,
		" {\n\"\\u0069d\" : \"\\u0061\\/\" , \"\" : null }\t", "{\"id\":\"\xff\"}", `{"id":"\ud800"}`, `{"id":"s","duration":1e400,"startTime":-0}`,
		`{"id":"s","metadata":[],"model":null,"response":{"usage":{"totalTokens":1e400},"text":null}}`,
		`{"id":"s","metadata":{"result":{"spans":[null,{},{"messages":[null,{"content":[null,{"type":[]}]}]}],"spans":{}}}}`,
		`{"id":"s","x":` + strings.Repeat("[", 9000) + strings.Repeat("]", 9000) + "}",
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		s, err := summarize(body)
		if err == nil && (s.ID == "" || !json.Valid(body)) {
			t.Errorf("%q was accepted as %+v", body, s)
		}
	})
}
