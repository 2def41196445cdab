// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package openai_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/llm"
	"github.com/spect-tools/spect-go/convert/openai"
)

// seed adds recordings of a folder that are small enough to be mutated well, and
// shapes that no recording has.
func seed(f *testing.F, folder string, shapes ...string) {
	f.Helper()
	names, err := filepath.Glob(filepath.Join("testdata", folder, "*"))
	if err != nil || len(names) == 0 {
		f.Fatal("no recordings", err)
	}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		if len(b) < 8<<10 {
			f.Add(string(b))
		}
	}
	for _, s := range shapes {
		f.Add(s)
		f.Add(`{"messages":[` + s + `],"input":[` + s + `],"output":[` + s + `]}`)
	}
}

// FuzzChat: whatever the text is, what is read of it is as the wire wants it.
func FuzzChat(f *testing.F) {
	var shapes []string
	for _, c := range chatMessages {
		shapes = append(shapes, c.message)
	}
	seed(f, "chat", shapes...)
	f.Fuzz(func(t *testing.T, text string) {
		j := contracts.JSON(text)
		checkRequest(t, openai.ChatRequest(j))
		checkResponse(t, openai.ChatResponse(j))
		checkMessages(t, openai.ChatMessages(j))
		checkError(t, openai.Error(j))
		checkStream(t, &openai.ChatStream{}, text)
	})
}

// FuzzResponses is FuzzChat for the other API.
func FuzzResponses(f *testing.F) {
	var shapes []string
	for _, c := range responsesItems {
		shapes = append(shapes, c.items)
	}
	seed(f, "responses", shapes...)
	f.Fuzz(func(t *testing.T, text string) {
		j := contracts.JSON(text)
		checkRequest(t, openai.ResponsesRequest(j))
		checkResponse(t, openai.ResponsesResponse(j))
		checkMessages(t, openai.ResponsesItems(j))
		checkStream(t, &openai.ResponsesStream{}, text)
	})
}

// checkStream takes each line for an event. A stream may be asked at any time and
// says the same twice.
func checkStream(t *testing.T, s llm.Stream, text string) {
	t.Helper()
	n := 0
	for line := range strings.Lines(text) {
		s.Add(contracts.JSON(line))
		if n++; n < 10 {
			checkResponse(t, s.Response())
		}
	}
	r := s.Response()
	if a, b := responseJSON(r), responseJSON(s.Response()); a != b {
		t.Fatalf("asked again it says something else:\n%s\n%s", a, b)
	}
	checkResponse(t, r)
}
