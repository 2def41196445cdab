// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package reference

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spect-tools/spect-go/contracts"
)

// Scenario is one session in the neutral form.
//
// A pointer is nil where the key is absent or null, which the reference client
// takes alike; a pointer to an empty string is a key that was given. A
// [contracts.JSON] or [contracts.Messages] holds the bytes of the file: "" is
// an absent key, "null" one that was given as null. Times are Unix
// milliseconds, durations milliseconds.
type Scenario struct {
	Observer     Observer       `json:"observer"`
	Session      Session        `json:"session"`
	PromptFormat *string        `json:"promptFormat"`
	AddMetadata  contracts.JSON `json:"addMetadata"` // merged into the session's metadata after it starts
	SetModel     *Model         `json:"setModel"`    // after the session starts
	Spans        []Span         `json:"spans"`
	Send         *Result        `json:"send"`
	SendError    *SendError     `json:"sendError"` // where it is set, Send is not looked at
}

// Observer is how the client is set up.
type Observer struct {
	OrganizationID string            `json:"organizationId"`
	APIKey         string            `json:"apiKey"`
	Provider       *string           `json:"provider"`
	Headers        map[string]string `json:"headers"`
}

// Session is how the session starts.
type Session struct {
	Model     Model          `json:"model"`
	Name      string         `json:"name"`
	StartTime *int64         `json:"startTime"`
	Metadata  contracts.JSON `json:"metadata"`
}

// Model is a session's model.
type Model struct {
	ModelID  string  `json:"modelId"`
	Provider *string `json:"provider"`
}

// Span is one span, in the order of starting.
type Span struct {
	Ref       string             `json:"ref"` // names the span inside the scenario
	Name      string             `json:"name"`
	Kind      *string            `json:"kind"`
	Status    *string            `json:"status"`
	StartTime *int64             `json:"startTime"`
	EndTime   *int64             `json:"endTime"`
	Metadata  contracts.JSON     `json:"metadata"`
	ParentRef string             `json:"parentRef"` // the Ref of an earlier span
	Messages  contracts.Messages `json:"messages"`
	Model     contracts.JSON     `json:"model"`    // {modelId, provider}
	Error     contracts.JSON     `json:"error"`    // {message, type, code, stack}
	Tool      contracts.JSON     `json:"tool"`     // {toolCallId, toolName, parameters, result}
	Subagent  contracts.JSON     `json:"subagent"` // {toolCallId, subagentType, input, source}
	EndAt     *int64             `json:"endAt"`    // ends the span, started without an end, at that time
}

// Result is what the session ends with.
type Result struct {
	Text      *string        `json:"text"`
	Usage     contracts.JSON `json:"usage"`
	Response  contracts.JSON `json:"response"` // {id, model, timestamp, finishReasons, finishReason, object, toolCalls}
	StartTime *int64         `json:"startTime"`
	Duration  *int64         `json:"duration"`
	EndTime   *int64         `json:"endTime"`
	Metadata  contracts.JSON `json:"metadata"`
}

// SendError is a session that fails.
type SendError struct {
	Type    string  `json:"type"`
	Message string  `json:"message"`
	Result  *Result `json:"result"`
}

// ParseScenario reads the neutral form. Keys that it does not know are passed
// over, as the reference's own driver does.
func ParseScenario(b []byte) (*Scenario, error) {
	s := new(Scenario)
	if err := json.Unmarshal(b, s); err != nil {
		return nil, fmt.Errorf("reference: scenario: %w", err)
	}
	if err := s.check(); err != nil {
		return nil, fmt.Errorf("reference: scenario: %w", err)
	}
	return s, nil
}

func (s *Scenario) check() error {
	switch {
	case s.Observer.OrganizationID == "":
		return errors.New("observer.organizationId is missing")
	case s.Session.Name == "":
		return errors.New("session.name is missing")
	case s.Session.Model.ModelID == "":
		return errors.New("session.model.modelId is missing")
	}
	refs := map[string]bool{}
	for i, span := range s.Spans {
		if span.ParentRef != "" && !refs[span.ParentRef] {
			return fmt.Errorf("spans[%d].parentRef names no earlier span", i)
		}
		if span.Ref != "" {
			refs[span.Ref] = true
		}
	}
	return nil
}
