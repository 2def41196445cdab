// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package shapetest

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/llm"
)

// Shape are the functions that read a provider's shape. Content may be nil: not
// every shape has such.
type Shape struct {
	Request   func(contracts.JSON) llm.Request
	Response  func(contracts.JSON) llm.Response
	Messages  func(contracts.JSON) []contracts.ConversationMessage
	Content   func(contracts.Role, contracts.JSON) []contracts.ConversationMessage
	Error     func(contracts.JSON) *contracts.NormalizedError
	NewStream func() llm.Stream
}

// Case is a name, something to read, and what it says.
type Case [3]contracts.JSON

// Recorded is the name of a file of testdata, and what it says: that may have
// paths into the file.
type Recorded [2]contracts.JSON

// File is the name of the file.
func (r Recorded) File() string { return string(r[0]) }

// Want is what the file says.
func (r Recorded) Want() contracts.JSON { return r[1] }

func (r Recorded) read(t testing.TB) Case {
	t.Helper()
	return Case{r[0], Recording(t, r.File()), r[1]}
}

// RecordedRequests tests Request, of all that it reads.
func (s Shape) RecordedRequests(t *testing.T, recorded []Recorded) {
	t.Helper()
	for _, r := range recorded {
		s.Requests(t, []Case{r.read(t)})
	}
}

// Requests tests Request, of all that it reads.
func (s Shape) Requests(t *testing.T, cases []Case) {
	t.Helper()
	for _, c := range cases {
		name, body, want := string(c[0]), c[1], c[2]
		t.Run(name, func(t *testing.T) {
			r := s.Request(body)
			CheckRequest(t, r)
			Same(t, "request", Request(r), want, body)
		})
	}
}

// RecordedResponses tests Response, of all that it reads.
func (s Shape) RecordedResponses(t *testing.T, recorded []Recorded) {
	t.Helper()
	for _, r := range recorded {
		s.Responses(t, []Case{r.read(t)})
	}
}

// Responses tests Response, of all that it reads.
func (s Shape) Responses(t *testing.T, cases []Case) {
	t.Helper()
	for _, c := range cases {
		name, body, want := string(c[0]), c[1], c[2]
		t.Run(name, func(t *testing.T) {
			r := s.Response(body)
			CheckResponse(t, r)
			Same(t, "response", Response(r), want, body)
		})
	}
}

// Errors tests Error.
func (s Shape) Errors(t *testing.T, want map[contracts.JSON]contracts.JSON) {
	t.Helper()
	for body, want := range want {
		Same(t, string(body), Error(s.Error(body)), want, "")
	}
}

// FinishReasons tests that Response gives the native word that body makes of it,
// and what it means.
func (s Shape) FinishReasons(t *testing.T, body func(native string) string, want map[string]string) {
	t.Helper()
	for native, want := range want {
		r := s.Response(contracts.JSON(body(native)))
		if len(r.FinishReasons) != 1 || r.FinishReasons[0] != native || llm.FinishReason(native) != want {
			t.Errorf("%s: %q, want %s", native, r.FinishReasons, want)
		}
	}
}

// Fuzz reads whatever the text is by all functions: what comes out is as the
// contract wants it. The recordings that are small enough to be mutated well are
// seeds too.
func (s Shape) Fuzz(f *testing.F, seeds ...contracts.JSON) {
	f.Helper()
	files, _ := filepath.Glob(filepath.Join("testdata", "*.json*"))
	for _, name := range files {
		if b, err := os.ReadFile(name); err == nil && len(b) < 4<<10 {
			f.Add(string(b))
		}
	}
	for _, seed := range seeds {
		f.Add(string(seed))
	}
	f.Fuzz(func(t *testing.T, text string) { s.Check(t, text) })
}

// Check reads a text by all functions: what comes out is as the contract wants it.
func (s Shape) Check(t testing.TB, text string) {
	t.Helper()
	j := contracts.JSON(text)
	CheckRequest(t, s.Request(j))
	CheckResponse(t, s.Response(j))
	CheckMessages(t, s.Messages(j))
	for _, role := range [...]contracts.Role{contracts.RoleSystem, contracts.RoleUser, contracts.RoleAssistant, contracts.RoleTool} {
		if s.Content != nil {
			CheckMessages(t, s.Content(role, j))
		}
	}
	CheckError(t, s.Error(j))
	CheckStream(t, s.NewStream(), text)
}
