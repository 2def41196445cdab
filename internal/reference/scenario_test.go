// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package reference

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestVectors(t *testing.T) {
	vectors := Vectors()
	if len(vectors) != 14 {
		t.Fatalf("%d vectors, want 14", len(vectors))
	}
	for i, v := range vectors {
		if i > 0 && vectors[i-1].Name >= v.Name {
			t.Errorf("%s comes after %s", v.Name, vectors[i-1].Name)
		}
		s, err := ParseScenario(v.Scenario)
		if err != nil {
			t.Errorf("%s: %v", v.Name, err)
			continue
		}
		var captured struct {
			Path string
			Body struct{ Name, OrganizationID string }
		}
		if err := json.Unmarshal(v.Captured, &captured); err != nil {
			t.Errorf("%s: %v", v.Name, err)
			continue
		}
		if s.Session.Name != captured.Body.Name || s.Observer.OrganizationID != captured.Body.OrganizationID {
			t.Errorf("%s: the scenario and the capture are of different sessions", v.Name)
		}
		if !strings.HasPrefix(captured.Path, "/traces?name=") {
			t.Errorf("%s: captured path %q", v.Name, captured.Path)
		}
	}
}

func TestParseScenarioKeepsPresenceAndBytes(t *testing.T) {
	s, err := ParseScenario([]byte(`{
		"observer": {"organizationId": "o", "provider": "", "headers": {"X-A": "1"}, "later": true},
		"session": {"name": "n", "model": {"modelId": "m", "provider": null}, "startTime": 0, "metadata": { "b":1.0, "a":[null] }},
		"spans": [
			{"ref": "a", "name": "x", "kind": "", "tool": null, "metadata": {}},
			{"parentRef": "a", "name": "y", "endAt": 5, "tool": {"result": null}, "messages": [ {"role":"user","content":"\u0041"} ]}],
		"send": {"text": "", "usage": {"n":12345678901234567890}, "response": null}}`))
	if err != nil {
		t.Fatal(err)
	}
	if p := s.Observer.Provider; p == nil || *p != "" {
		t.Error("an empty provider is given, not absent")
	}
	if s.Session.Model.Provider != nil {
		t.Error("a null provider is nil")
	}
	if st := s.Session.StartTime; st == nil || *st != 0 {
		t.Error("a start time of 0 is given")
	}
	if got := s.Session.Metadata; got != `{ "b":1.0, "a":[null] }` {
		t.Errorf("metadata %s", got)
	}
	a, b := s.Spans[0], s.Spans[1]
	if a.Kind == nil || *a.Kind != "" || b.Kind != nil {
		t.Error("an empty kind is given, an absent one is nil")
	}
	if a.Tool != "null" || b.Tool != `{"result": null}` || a.Metadata != "{}" || b.Metadata != "" {
		t.Errorf("tool %q, %q; metadata %q, %q", a.Tool, b.Tool, a.Metadata, b.Metadata)
	}
	if b.Messages != `[ {"role":"user","content":"\u0041"} ]` || b.EndAt == nil || *b.EndAt != 5 {
		t.Errorf("messages %q", b.Messages)
	}
	if s.Send.Text == nil || *s.Send.Text != "" || s.Send.Usage != `{"n":12345678901234567890}` ||
		s.Send.Response != "null" || s.Send.Metadata != "" || s.SendError != nil {
		t.Errorf("send %+v", s.Send)
	}
}

func TestParseScenarioRefuses(t *testing.T) {
	const session = `"session":{"name":"n","model":{"modelId":"m"}}`
	for name, text := range map[string]string{
		"not JSON":         `{`,
		"no organization":  `{"observer":{},` + session + `}`,
		"no session":       `{"observer":{"organizationId":"o"}}`,
		"no model":         `{"observer":{"organizationId":"o"},"session":{"name":"n"}}`,
		"unknown parent":   `{"observer":{"organizationId":"o"},` + session + `,"spans":[{"name":"x","parentRef":"y"}]}`,
		"parent is itself": `{"observer":{"organizationId":"o"},` + session + `,"spans":[{"name":"x","ref":"y","parentRef":"y"}]}`,
		"fractional time":  `{"observer":{"organizationId":"o"},` + session + `,"spans":[{"name":"x","startTime":1.5}]}`,
	} {
		if s, err := ParseScenario([]byte(text)); err == nil {
			t.Errorf("%s: parsed as %+v", name, s)
		}
	}
}
