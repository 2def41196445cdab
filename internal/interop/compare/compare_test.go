// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package compare

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spect-tools/spect-go/internal/payloadtest"
	"github.com/spect-tools/spect-go/internal/reference"
)

// documents are two payloads, or two whole requests.
type documents struct {
	name, a, b string
	requests   bool
}

// TestDifferential asks compare.py and payloadtest about the same pairs: the two
// must find the same differences at the same places, in the same order.
func TestDifferential(t *testing.T) {
	all := pairs(t)
	for i, theirs := range askPython(t, all) {
		d := all[i]
		ours := differences(t, d)
		if (theirs.code == 0) != (len(ours) == 0) {
			t.Errorf("%s: compare.py exits with %d and says %q; payloadtest says %q", d.name, theirs.code, theirs.places, ours)
		} else if got := places(ours); !slices.Equal(got, theirs.places) {
			t.Errorf("%s: differences at %q, by compare.py at %q", d.name, got, theirs.places)
		}
	}
}

func pairs(t *testing.T) []documents {
	t.Helper()
	var all []documents
	add := func(name, a, b string, requests bool) {
		all = append(all, documents{name, a, b, requests}, documents{name + ", turned", b, a, requests})
	}
	for _, p := range payloadtest.PayloadPairs() {
		add(p.Name, p.A, p.B, false)
	}
	for _, p := range payloadtest.RequestPairs() {
		add(p.Name, p.A, p.B, true)
	}
	sample := string(payloadtest.Sample())
	for _, m := range payloadtest.Mutations() {
		if mutated := string(m.Apply()); !crashes(mutated) {
			add(m.Name, sample, mutated, false)
		}
	}
	vectors := reference.Vectors()
	for i, v := range vectors {
		add(v.Name, string(v.Captured), string(v.Captured), true)
		add(v.Name+" and the next", string(v.Captured), string(vectors[(i+1)%len(vectors)].Captured), true)
		a, err := payloadtest.ParseRequest(v.Captured)
		if err != nil {
			t.Fatal(err)
		}
		add(v.Name+" renamed", string(a.Body), strings.ReplaceAll(string(a.Body), "06b04530", "019a0000"), false)
	}
	return all
}

// crashes tells the documents that compare.py does not survive.
func crashes(text string) bool {
	var doc struct{ Metadata struct{ Result any } }
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		return true
	}
	result, ok := doc.Metadata.Result.(map[string]any)
	if !ok {
		return doc.Metadata.Result != nil || strings.Contains(text, `"metadata":null`) || strings.Contains(text, `"result":null`)
	}
	_, isObject := result["spans"].(map[string]any)
	return isObject
}

func differences(t *testing.T, d documents) []string {
	t.Helper()
	if !d.requests {
		return payloadtest.Diff([]byte(d.a), []byte(d.b))
	}
	a, errA := payloadtest.ParseRequest([]byte(d.a))
	b, errB := payloadtest.ParseRequest([]byte(d.b))
	if errA != nil || errB != nil {
		t.Fatal(d.name, errA, errB)
	}
	return payloadtest.DiffRequests(a, b)
}

type answer struct {
	code   int
	places []string
}

func askPython(t *testing.T, all []documents) []answer {
	t.Helper()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3")
	}
	var texts [][2]string
	for _, d := range all {
		texts = append(texts, [2]string{d.a, d.b})
	}
	in, err := json.Marshal(texts)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), python, filepath.Join("testdata", "many.py"),
		filepath.Join("..", "..", "reference", "testdata", "compare.py"))
	cmd.Stdin = bytes.NewReader(in)
	cmd.Stderr = os.Stderr
	cmd.Env = append(os.Environ(), "PYTHONUTF8=1")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var raw [][2]any
	if err := json.Unmarshal(out, &raw); err != nil {
		t.Fatal(err)
	}
	if len(raw) != len(all) {
		t.Fatalf("%d answers to %d questions", len(raw), len(all))
	}
	answers := make([]answer, 0, len(raw))
	for _, r := range raw {
		a := answer{code: int(r[0].(float64))}
		if text := strings.TrimSuffix(r[1].(string), "\n"); text != "equal" {
			a.places = places(strings.Split(text, "\n"))
		}
		answers = append(answers, a)
	}
	return answers
}

// places cuts the values off differences. compare.py writes // before a member
// of the document itself that only one side has.
func places(differences []string) []string {
	var out []string
	for _, d := range differences {
		place, _, _ := strings.Cut(d, ": ")
		out = append(out, strings.Replace(place, "//", "/", 1))
	}
	return out
}
