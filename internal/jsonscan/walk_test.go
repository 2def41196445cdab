// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package jsonscan

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestKind(t *testing.T) {
	for s, want := range map[string]byte{
		"":        0,
		" \n":     0,
		" {}":     '{',
		"\r\n[]":  '[',
		"\t\"a\"": '"',
		"true":    't',
		"false":   'f',
		"null":    'n',
		"0":       '0',
		"7":       '0',
		"9":       '0',
		"-1":      '0',
		"x":       0,
		"\uFEFF1": 0,
	} {
		if got := Kind(s); got != want {
			t.Errorf("Kind(%q) = %q, want %q", s, got, want)
		}
	}
}

func TestTrimSpace(t *testing.T) {
	for s, want := range map[string]string{
		"":                    "",
		" \t\r\n":             "",
		"a":                   "a",
		" \t\r\n a b \n\r\t ": "a b",
		"\va\u00a0":           "\va\u00a0",
	} {
		if got := TrimSpace(s); got != want {
			t.Errorf("TrimSpace(%q) = %q, want %q", s, got, want)
		}
	}
}

type pair struct{ name, value string }

func collect(s string) []pair {
	var all []pair
	for name, value := range Members(s) {
		all = append(all, pair{name, value})
	}
	return all
}

func TestMembers(t *testing.T) {
	for s, want := range map[string][]pair{
		``:                         nil,
		`null`:                     nil,
		`[1]`:                      nil,
		`["a":1}`:                  nil,
		`"{}"`:                     nil,
		` { } `:                    nil,
		` { "a" : 1 , "b" :"x" } `: {{"a", "1"}, {"b", `"x"`}},
		`{"a":{"b":[1, 2]},"c":[],"d":-1.5e3,"e":null,"f":true,"g":false}`: {
			{"a", `{"b":[1, 2]}`}, {"c", `[]`}, {"d", `-1.5e3`}, {"e", `null`}, {"f", `true`}, {"g", `false`},
		},
		`{"b":1,"a":2,"b":3}`:                      {{"b", "1"}, {"a", "2"}, {"b", "3"}},
		`{"\u0061\n\"":"\u0061","\ud83d\ude00":0}`: {{"a\n\"", `"\u0061"`}, {"😀", "0"}},
		`{"":"}{][,:\"\\"}`:                        {{"", `"}{][,:\"\\"`}},
		// What is broken ends the iteration.
		`{"a":1,"b":`:       {{"a", "1"}},
		`{"a":1,"b":[}`:     {{"a", "1"}},
		`{"a":1,}`:          {{"a", "1"}},
		`{"a":1 "b":2}`:     {{"a", "1"}},
		`{"a":1]`:           {{"a", "1"}},
		`{"a":1,"\ud80":2}`: {{"a", "1"}},
		`{"a":1,"b`:         {{"a", "1"}},
		`{"a":1,"b"`:        {{"a", "1"}},
		`{a:1}`:             nil,
		`{`:                 nil,
	} {
		if got := collect(s); !slices.Equal(got, want) {
			t.Errorf("Members(%q) = %q, want %q", s, got, want)
		}
	}
}

func TestElements(t *testing.T) {
	for s, want := range map[string][]string{
		``:              nil,
		`{}`:            nil,
		`{1]`:           nil,
		`"[1]"`:         nil,
		` [ ] `:         nil,
		` [ 1 , "a" ] `: {"1", `"a"`},
		`[[1, 2],{"a":[]},"]",-0,null,true,false]`: {"[1, 2]", `{"a":[]}`, `"]"`, "-0", "null", "true", "false"},
		// What is broken ends the iteration.
		`[1,`:    {"1"},
		`[1,]`:   {"1"},
		`[1 2]`:  {"1"},
		`[1}`:    {"1"},
		`[01]`:   {"0"},
		`[1,[2]`: {"1", "[2]"},
		`[`:      nil,
	} {
		if got := slices.Collect(Elements(s)); !slices.Equal(got, want) {
			t.Errorf("Elements(%q) = %q, want %q", s, got, want)
		}
	}
}

func TestIterationCanBreak(t *testing.T) {
	for name := range Members(`{"a":1,"b":2}`) {
		if name != "a" {
			t.Errorf("member %q after break", name)
		}
		break
	}
	for e := range Elements(`[1,2]`) {
		if e != "1" {
			t.Errorf("element %s after break", e)
		}
		break
	}
}

// A walker takes what Valid takes and no deeper.
func TestIterationDepth(t *testing.T) {
	inner := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	for depth, want := range map[int]int{MaxDepth - 1: 1, MaxDepth: 0, 3_000_000: 0} {
		if got := len(collect(`{"a":` + inner(depth) + `}`)); got != want {
			t.Errorf("Members: %d members where values nest %d deep, want %d", got, depth, want)
		}
		if got := len(slices.Collect(Elements(`[` + inner(depth) + `]`))); got != want {
			t.Errorf("Elements: %d elements nested %d deep, want %d", got, depth, want)
		}
	}
}

func TestLookup(t *testing.T) {
	const s = ` {"a":1, "b": {"c":2} ,"a":[3],"\u0064\n":"x","":0}`
	for name, want := range map[string]string{"a": "[3]", "b": `{"c":2}`, "d\n": `"x"`, "": "0"} {
		if got, ok := Lookup(s, name); got != want || !ok {
			t.Errorf("Lookup(%q) = %q, %t, want %q", name, got, ok, want)
		}
	}
	for _, name := range []string{"c", "A", "\\u0064\\n", "a "} {
		if got, ok := Lookup(s, name); got != "" || ok {
			t.Errorf("Lookup(%q) = %q, %t, want none", name, got, ok)
		}
	}
	if _, ok := Lookup(`["a"]`, "a"); ok {
		t.Error("Lookup found a member in an array")
	}
}

func TestWalkingDoesNotAllocate(t *testing.T) {
	object := `{"messages":` + messages("code", 4096) + `,"model":"m-1"}`
	array := messages("code", 4096)
	for name, f := range map[string]func(){
		"Members": func() {
			for range Members(object) {
			}
		},
		"Elements": func() {
			for range Elements(array) {
			}
		},
		"Lookup": func() { Lookup(object, "model") },
	} {
		if n := testing.AllocsPerRun(100, f); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

func FuzzMembers(f *testing.F) {
	for _, s := range append(validTexts, invalidTexts...) {
		if len(s) < 1000 {
			f.Add(s)
			f.Add(`{"a":` + s + `,"b":"c"}`)
			f.Add(`[1,` + s + `,"b"]`)
		}
	}
	f.Fuzz(func(t *testing.T, s string) {
		members, elements := collect(s), slices.Collect(Elements(s))
		if !Valid(s) {
			// What comes before the fault is whole.
			if utf8.ValidString(s) {
				for _, m := range members {
					checkPart(t, s, m.value)
				}
				for _, e := range elements {
					checkPart(t, s, e)
				}
			}
			return
		}

		dec := json.NewDecoder(strings.NewReader(s))
		dec.UseNumber()
		raw := func() string {
			var v json.RawMessage
			if err := dec.Decode(&v); err != nil {
				t.Fatal(err)
			}
			return string(v)
		}
		tok, err := dec.Token()
		if err != nil {
			t.Fatal(err)
		}
		var wantMembers []pair
		var wantElements []string
		switch tok {
		case json.Delim('{'):
			for dec.More() {
				name, err := dec.Token()
				if err != nil {
					t.Fatal(err)
				}
				wantMembers = append(wantMembers, pair{name.(string), raw()})
			}
		case json.Delim('['):
			for dec.More() {
				wantElements = append(wantElements, raw())
			}
		}
		if !slices.Equal(members, wantMembers) {
			t.Errorf("Members(%q) = %q, want %q", s, members, wantMembers)
		}
		if !slices.Equal(elements, wantElements) {
			t.Errorf("Elements(%q) = %q, want %q", s, elements, wantElements)
		}
		last := make(map[string]string)
		for _, m := range wantMembers {
			last[m.name] = m.value
		}
		for name, want := range last {
			if got, ok := Lookup(s, name); got != want || !ok {
				t.Errorf("Lookup(%q, %q) = %q, %t, want %q", s, name, got, ok, want)
			}
		}
	})
}

func checkPart(t *testing.T, s, part string) {
	t.Helper()
	if !Valid(part) || part != TrimSpace(part) || !strings.Contains(s, part) {
		t.Errorf("%q yields %q", s, part)
	}
}
