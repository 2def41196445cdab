// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package jsonscan

import (
	"slices"
	"strings"
	"testing"
)

// One scan finds what three do.
func checkAppendElements(t *testing.T, s string) {
	t.Helper()
	before := []Element{{Text: "was there"}}
	found, ok := AppendElements(before, s, "id")
	if want := ValidPart(s) && Kind(s) == '['; ok != want {
		t.Fatalf("%.200q: %v, want %v", s, ok, want)
	}
	if found[0] != before[0] {
		t.Errorf("%.200q: what was there is gone", s)
	}
	if !ok {
		if len(found) != 1 {
			t.Errorf("%.200q: %d elements of what is not valid", s, len(found)-1)
		}
		return
	}
	var texts []string
	for _, e := range found[1:] {
		texts = append(texts, e.Text)
		if id, _ := Lookup(e.Text, "id"); e.Member != id {
			t.Errorf("%.200q: the member is %q, want %q", e.Text, e.Member, id)
		}
	}
	if want := slices.Collect(Elements(s)); !slices.Equal(texts, want) {
		t.Errorf("%.200q: %q, want %q", s, texts, want)
	}
}

func TestAppendElements(t *testing.T) {
	deep := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	nested := func(n int) string { return `[{"a":` + deep(n-2) + `,"id":"x"}]` }
	for _, s := range []string{
		``, ` `, `null`, `{}`, `"["`, `[]`, ` [ ] `, `[1, {} ,"id"]`, `[{"id":"a"},{"id":""},{"id":1},{"role":"user","id" : "b" , "content":{"id":"c"}}]`,
		`[{"id":"a","id":2}]`, `[{"\u0069d":"a"}]`, `[[{"id":1}]]`, "[\"\xff\"]", `[{"id":"a"}`, `[{"id":"a"]`, `[{"id"}]`, `[1,]`, `[1] 2`, `[,]`, `[`, `[{`, `[{"`,
		deep(PartDepth), deep(PartDepth + 1), nested(PartDepth), nested(PartDepth + 1), deep(MaxDepth),
	} {
		checkAppendElements(t, s)
	}
}

func FuzzAppendElements(f *testing.F) {
	for _, s := range []string{
		`[{"id":"a","role":"user"},{"id":""},1]`, `[{"\u0069d":"\ud83d\ude00","id":[]}] `, `[{"id`,
		" [ { \"\\u0069\\u0064\" : \"\\/\" } , null , -0 , [ 1e400 ] ]\n", `[{"id":null,"":"id","id":"\ud800"}]`, `[]`, ` { } `, "[{\"id\":\"\xff\"}]",
	} {
		f.Add(s)
	}
	f.Fuzz(checkAppendElements)
}
