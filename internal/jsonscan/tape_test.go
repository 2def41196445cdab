// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package jsonscan

import (
	"slices"
	"strings"
	"testing"
)

// checkTape compares a tape with the walkers and with ValidPart.
func checkTape(t *testing.T, s string) {
	t.Helper()
	var tape Tape
	if tape.Read("[[1, 2], {\"left\": \"over\"}]"); tape.Read(s) != ValidPart(s) {
		t.Fatalf("%.200q: read is %v", s, !ValidPart(s))
	}
	if ValidPart(s) {
		checkNode(t, &tape, tape.Root(), 0)
		if tape.Text(tape.Root()) != TrimSpace(s) {
			t.Errorf("%.200q: the root is %.200q", s, tape.Text(tape.Root()))
		}
	}
}

func checkNode(t *testing.T, tape *Tape, i, depth int) {
	t.Helper()
	text := tape.Text(i)
	if tape.Kind(i) != Kind(text) {
		t.Errorf("%.200q: kind %q", text, tape.Kind(i))
	}
	first, more := tape.First(i)
	if depth >= tapeDepth {
		if more {
			t.Errorf("%.200q: listed at depth %d", text, depth)
		}
		return
	}
	switch tape.Kind(i) {
	case '[':
		var elements []string
		for e := first; more; e, more = tape.Next(e, i) {
			elements = append(elements, tape.Text(e))
			checkNode(t, tape, e, depth+1)
		}
		if want := slices.Collect(Elements(text)); !slices.Equal(elements, want) {
			t.Errorf("%.200q: elements %q, want %q", text, elements, want)
		}
	case '{':
		var members []pair
		for name := first; more; {
			value, _ := tape.Next(name, i)
			members = append(members, pair{tape.String(name), tape.Text(value)})
			checkNode(t, tape, name, depth+1)
			checkNode(t, tape, value, depth+1)
			name, more = tape.Next(value, i)
		}
		if want := collect(text); !slices.Equal(members, want) {
			t.Errorf("%.200q: members %q, want %q", text, members, want)
		}
		for _, m := range members {
			want, _ := Lookup(text, m.name)
			if value, ok := tape.Member(i, m.name); !ok || tape.Text(value) != want {
				t.Errorf("%.200q: member %q is not %.200q", text, m.name, want)
			}
		}
		if _, ok := tape.Member(i, "no such member, surely"); ok {
			t.Errorf("%.200q has a member that it does not have", text)
		}
	case '"':
		spelled, _ := Unquote(text)
		if tape.String(i) != spelled {
			t.Errorf("%.200q: spells %.200q", text, tape.String(i))
		}
		if own := string(AppendString(nil, spelled)); tape.AsWritten(i) != (own == text) {
			t.Errorf("%.200q: AsWritten is %v, but it is written %.200q", text, tape.AsWritten(i), own)
		}
		fallthrough
	default:
		if more {
			t.Errorf("%.200q has values in it", text)
		}
		if _, ok := tape.Member(i, ""); ok {
			t.Errorf("%.200q has members", text)
		}
	}
}

var tapeTexts = []string{
	``, ` `, `null`, `{}`, `[]`, ` { } `, " [ ] \n", `"a"`, `[1 , -2.5e3,true ,false,null]`,
	`[{"role":"user","parts":[{"type":"text","content":"a \"b\"\n\t\\ \/"}]} , {"a":1,"a":2}]`,
	`[[[[[[1,"\u00e9"],{"a":{}}]]]]]`, `{"a":{"b":{"c":{"d":{"e":[]}}}}}`,
	`["\u0041","\u000a","\u000b","\u000B","\u001f","\u001F","\u0008","\b","\ud83d\ude00","\ud800","é","` + "\u2028" + `","\/","\u0000"]`,
	`{"":"","\u0061":"b","a":"c"}`, `["a long text of more than eight bytes, \"quoted\"", "another – with a dash"]`,
	`[1`, `{"a"`, `{"a":`, `{"a":1,}`, `[1,]`, `{a:1}`, `["a]`, "[\"\xff\"]", "[\"a text that is longer \xff\"]", "[\"\x01\"]", `["\x"]`, `["\u12"]`, `[] []`, `"\`, `[01]`,
	`[[[[[` + "\"\xff\"" + `]]]]]`,
}

func TestTape(t *testing.T) {
	for _, s := range append(append(slices.Clone(tapeTexts), validTexts...), invalidTexts...) {
		checkTape(t, s)
	}
	for _, depth := range []int{PartDepth, PartDepth + 1} {
		checkTape(t, strings.Repeat("[", depth)+strings.Repeat("]", depth))
		checkTape(t, strings.Repeat(`{"a":`, depth)+"1"+strings.Repeat("}", depth))
	}
}

func TestTapeDoesNotAllocate(t *testing.T) {
	var tape Tape
	s := messages("code", 4096)
	tape.Read(s)
	if n := testing.AllocsPerRun(100, func() { tape.Read(s) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// What was read is not held on to.
func TestTapeForgets(t *testing.T) {
	var tape Tape
	tape.Read("[" + strings.Repeat("1,", 1<<16) + "1]")
	tape.Forget()
	if tape.text != "" || cap(tape.nodes) != 0 {
		t.Errorf("%d bytes and %d nodes are kept", len(tape.text), cap(tape.nodes))
	}
}

func FuzzTape(f *testing.F) {
	for _, s := range append(append(slices.Clone(tapeTexts), validTexts...), invalidTexts...) {
		if len(s) < 1000 {
			f.Add(s)
		}
	}
	f.Fuzz(checkTape)
}
