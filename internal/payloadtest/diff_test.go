// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package payloadtest

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

// places cuts the values off differences.
func places(differences []string) []string {
	var out []string
	for _, d := range differences {
		place, _, _ := strings.Cut(d, ": ")
		out = append(out, place)
	}
	return out
}

func TestDiff(t *testing.T) {
	for _, pair := range PayloadPairs() {
		got := Diff([]byte(pair.A), []byte(pair.B))
		if !slices.Equal(places(got), pair.Differences) {
			t.Errorf("%s: differences %q, want them at %q", pair.Name, got, pair.Differences)
		}
	}
}

func TestDiffRequests(t *testing.T) {
	for _, pair := range RequestPairs() {
		a, errA := ParseRequest([]byte(pair.A))
		b, errB := ParseRequest([]byte(pair.B))
		if errA != nil || errB != nil {
			t.Fatal(pair.Name, errA, errB)
		}
		got := DiffRequests(a, b)
		if !slices.Equal(places(got), pair.Differences) {
			t.Errorf("%s: differences %q, want them at %q", pair.Name, got, pair.Differences)
		}
	}
}

func TestDiffOfWhatIsNotJSON(t *testing.T) {
	if got := Diff([]byte(`{`), []byte(`{}`)); len(got) != 1 || !strings.Contains(got[0], "the first is not JSON") {
		t.Errorf("%q", got)
	}
	for _, text := range []string{``, `{"a":NaN}`, `{} {}`} {
		if got := Diff([]byte(`{}`), []byte(text)); len(got) != 1 || !strings.Contains(got[0], "the second is not JSON") {
			t.Errorf("%s: %q", text, got)
		}
	}
	if got := Diff([]byte(`[1]`), []byte(`[2]`)); len(got) != 1 {
		t.Errorf("arrays: %q", got)
	}
	if _, err := ParseRequest([]byte(`{`)); err == nil {
		t.Error("a request that is not JSON is read")
	}
}

// What is shown of a value is bounded.
func TestDiffShowsTheStart(t *testing.T) {
	got := Diff([]byte(`{"a":"`+strings.Repeat("x", 1000)+`"}`), []byte(`{"a":1}`))
	if len(got) != 1 || len(got[0]) > 200 {
		t.Errorf("%q", got)
	}
}

// Every mutation does change the sample, and says what it changes.
func TestMutations(t *testing.T) {
	if d := Diff(Sample(), Sample()); d != nil {
		t.Fatalf("the sample differs from itself: %q", d)
	}
	names := map[string]bool{}
	for _, m := range Mutations() {
		if names[m.Name] {
			t.Errorf("%s: two of that name", m.Name)
		}
		names[m.Name] = true
		if len(m.Edits) == 0 {
			continue
		}
		if bytes.Equal(m.Apply(), Mutation{}.Apply()) {
			t.Errorf("%s: changes nothing", m.Name)
		}
	}
	for _, path := range []string{"/none/at/all", "/id/x", spans + "/99/id", spans + "/99"} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("an edit of %s does something", path)
				}
			}()
			Mutation{Edits: []Edit{{path, "1"}}}.Apply()
		}()
	}
}
