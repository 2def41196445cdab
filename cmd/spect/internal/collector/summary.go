// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package collector

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Limits of what a summary takes over from a payload, so that an entry stays small.
const (
	maxID      = 256 // bytes; longer ids are refused
	maxField   = 256 // runes of a name, model, time, …
	maxPreview = 240 // runes of a text preview
)

// Session states as a [Summary] tells them.
const (
	StatusOK    = "ok"
	StatusError = "error"
)

// Summary is what a list shows of a session. It is read tolerantly: what is
// missing in the payload, or of the wrong type, is empty here.
type Summary struct {
	ID             string `json:"id"`
	Name           string `json:"name"`
	OrganizationID string `json:"organizationId"`
	StartTime      string `json:"startTime"` // as the payload has it
	Duration       *int64 `json:"duration"`  // ms; nil when unknown
	Model          Model  `json:"model"`
	Status         string `json:"status"`          // StatusError when the session ended with an error
	Error          string `json:"error,omitempty"` // its message, shortened
	Spans          int    `json:"spans"`
	FailedSpans    int    `json:"failedSpans"`
	Usage          Usage  `json:"usage"`
	Input          string `json:"input"` // the first user text, shortened
	Text           string `json:"text"`  // the answer, shortened
}

// Model names a model and who serves it.
type Model struct {
	ID       string `json:"id"`
	Provider string `json:"provider"`
}

// Usage is the token count of a session; nil is unknown. Without a total in the
// payload it is input plus output.
type Usage struct {
	InputTokens  *int64 `json:"inputTokens,omitempty"`
	OutputTokens *int64 `json:"outputTokens,omitempty"`
	TotalTokens  *int64 `json:"totalTokens,omitempty"`
}

// summarize reads the summary of a payload. The error says, for the sender, why
// the payload cannot be kept: it is not a JSON object with a usable id.
func summarize(body []byte) (Summary, error) {
	if !utf8.Valid(body) {
		return Summary{}, errors.New("the body is not valid UTF-8, which JSON must be")
	}
	var doc map[string]json.RawMessage
	if err := json.Unmarshal(body, &doc); err != nil {
		if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
			return Summary{}, fmt.Errorf("the body is not valid JSON: %w (after byte %d)", err, syntax.Offset)
		}
		return Summary{}, errors.New("the body is JSON but not an object; post one session payload a request")
	}
	if doc == nil {
		return Summary{}, errors.New("the body is null; post one session payload a request")
	}
	var id string
	if raw, ok := doc["id"]; !ok || json.Unmarshal(raw, &id) != nil || isNull(raw) {
		return Summary{}, errors.New(`the payload has no "id" that is a string`)
	}
	if err := checkID(id); err != nil {
		return Summary{}, err
	}

	model, response := object(doc["model"]), object(doc["response"])
	result := object(object(doc["metadata"])["result"])
	spans := array(result["spans"])
	s := Summary{
		ID:             id,
		Name:           clip(text(doc["name"]), maxField),
		OrganizationID: clip(text(doc["organizationId"]), maxField),
		StartTime:      clip(text(doc["startTime"]), maxField),
		Duration:       duration(doc),
		Model: Model{
			ID:       clip(text(model["id"]), maxField),
			Provider: clip(text(model["provider"]), maxField),
		},
		Status: StatusOK,
		Spans:  len(spans),
		Usage:  usage(object(response["usage"])),
		Text:   preview(text(response["text"])),
	}
	if raw, ok := result["error"]; ok && !isNull(raw) {
		s.Status, s.Error = StatusError, preview(errorMessage(raw))
	}
	s.readSpans(spans)
	if s.Input == "" {
		s.Input = preview(text(object(doc["attributes"])["request.input"]))
	}
	return s, nil
}

// readSpans counts the failed spans, and finds the first user text and, when the
// response has none, the last assistant text.
func (s *Summary) readSpans(spans []json.RawMessage) {
	var lastAnswer string
	for _, raw := range spans {
		span := object(raw)
		if text(span["status"]) == StatusError || (len(span["error"]) > 0 && !isNull(span["error"])) {
			s.FailedSpans++
		}
		if s.Input != "" && s.Text != "" {
			continue
		}
		for _, raw := range array(span["messages"]) {
			message := object(raw)
			switch text(message["role"]) {
			case "user":
				if s.Input == "" {
					s.Input = preview(contentText(message["content"]))
				}
			case "assistant":
				if t := contentText(message["content"]); t != "" {
					lastAnswer = t
				}
			}
		}
	}
	if s.Text == "" {
		s.Text = preview(lastAnswer)
	}
}

// checkID refuses ids that no URL of the API could name: a browser resolves the
// path segments "." and "..", however they are escaped.
func checkID(id string) error {
	switch {
	case id == "":
		return errors.New(`the payload's "id" is empty`)
	case len(id) > maxID:
		return fmt.Errorf(`the payload's "id" is longer than %d bytes`, maxID)
	case id == "." || id == "..":
		return fmt.Errorf(`the payload's "id" is %q, which cannot be part of a URL; ids are UUIDs`, id)
	}
	return nil
}

func duration(doc map[string]json.RawMessage) *int64 {
	if n, ok := integer(doc["duration"]); ok {
		return &n
	}
	start, err1 := time.Parse(time.RFC3339Nano, text(doc["startTime"]))
	end, err2 := time.Parse(time.RFC3339Nano, text(doc["endTime"]))
	if err1 != nil || err2 != nil {
		return nil
	}
	n := max(end.UnixMilli()-start.UnixMilli(), 0)
	return &n
}

func usage(raw map[string]json.RawMessage) Usage {
	count := func(key string) *int64 {
		if n, ok := integer(raw[key]); ok {
			return &n
		}
		return nil
	}
	u := Usage{InputTokens: count("inputTokens"), OutputTokens: count("outputTokens"), TotalTokens: count("totalTokens")}
	if u.TotalTokens == nil && u.InputTokens != nil && u.OutputTokens != nil {
		total := *u.InputTokens + *u.OutputTokens
		u.TotalTokens = &total
	}
	return u
}

// errorMessage reads {message, type}; an error of another shape is shown as it is.
func errorMessage(raw json.RawMessage) string {
	fields := object(raw)
	for _, key := range []string{"message", "type"} {
		if t := text(fields[key]); t != "" {
			return t
		}
	}
	if t := text(raw); t != "" {
		return t
	}
	return string(raw)
}

// contentText is the first text of a message's content: a string, or parts.
func contentText(raw json.RawMessage) string {
	if t := text(raw); t != "" {
		return t
	}
	for _, part := range array(raw) {
		fields := object(part)
		if t := text(fields["text"]); t != "" && text(fields["type"]) == "text" {
			return t
		}
	}
	return ""
}

// object, array, text and integer give the empty value for anything else.
// Objects are decoded to maps, not structs: encoding/json matches a struct's
// fields whatever their case, and "ID" is not "id".
func object(raw json.RawMessage) map[string]json.RawMessage {
	var v map[string]json.RawMessage
	if len(raw) == 0 || raw[0] != '{' || json.Unmarshal(raw, &v) != nil {
		return nil
	}
	return v
}

func array(raw json.RawMessage) []json.RawMessage {
	var v []json.RawMessage
	if len(raw) == 0 || raw[0] != '[' || json.Unmarshal(raw, &v) != nil {
		return nil
	}
	return v
}

func text(raw json.RawMessage) string {
	var v string
	if len(raw) == 0 || raw[0] != '"' || json.Unmarshal(raw, &v) != nil {
		return ""
	}
	return v
}

func integer(raw json.RawMessage) (int64, bool) {
	var v float64
	if len(raw) == 0 || isNull(raw) || json.Unmarshal(raw, &v) != nil {
		return 0, false
	}
	if v < -1<<53 || v > 1<<53 { // beyond, a float64 no longer holds every integer
		return 0, false
	}
	return int64(v), true
}

func isNull(raw json.RawMessage) bool { return bytes.Equal(raw, []byte("null")) }

// preview puts s on one line and shortens it.
func preview(s string) string {
	return clip(strings.Join(strings.Fields(clip(s, 4*maxPreview)), " "), maxPreview)
}

// clip shortens s to at most limit runes, the last of them an ellipsis.
func clip(s string, limit int) string {
	n := 0
	for i := range s {
		if n == limit-1 && utf8.RuneCountInString(s[i:]) > 1 {
			return s[:i] + "…"
		}
		n++
	}
	return s
}
