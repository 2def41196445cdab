// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package jsonscan

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

var validTexts = []string{
	// surrogate escapes without a partner
	`"\ud800"`, `"\udbff"`, `"\udc00"`, `"\udfff"`, `"\uD800"`, `"\uDFFF"`, `"\ud800a"`, `"\ud800\n"`, `"\ud800\u0041"`, `"\ud800\ud800"`,
	`"\ude00\ud83d"`, `"\ud83d \ude00"`, `"\ud83d\\ude00"`,
	`"\ud83d\ude00\ude00"`, `"\ud83d\ud83d\ude00"`, `{"\ud800":1}`, `["a","\udead"]`,
	// white space, and nothing but white space around
	`0`, " \t\r\n0 \t\r\n", "[ ]", "{\n}", "[ 1 ,\t2 ]", "{ \"a\" :\r\n1 , \"b\":2 }",
	// literals
	`true`, `false`, `null`, `[true,false,null]`,
	// numbers
	`-0`, `-1`, `10`, `1.0`, `0.5`, `-0.0`, `1e1`, `1E1`, `1e+1`, `1e-1`, `0e0`, `0E+00`, `123.456e789`, `-9.99E-99`,
	`1000000000000000000000000000000000000000000`, `[0,1.5,-2e3]`,
	// strings
	`""`, `"a"`, `"/"`, `"\""`, `"\\"`, `"\/"`, `"\b\f\n\r\t"`, `"\\\\\""`, `"\u0000"`, `"\u00e9\uABCD\uabcd"`,
	`"\ud83d\ude00"`, `"\uD83D\uDE00"`, `"\uD800\uDC00\uDBFF\uDFFF"`, `"\ud7ff\ue000\uffff"`, `"\\ud800"`, `"\ufffd"`,
	"\"\x7f\"", "\"é\"", "\"\u2028\u2029\"", "\"\U0001F600\"", "\"\uFEFF\"", "\"\u0080\"", "\"\U0010FFFF\"", "\"\uFFFE\"",
	`"eight by"`, `"eight byt\n"`, `"eight bytes of it, and then a good many more than that"`,
	`"` + "seven b\\\"" + `"`, `"` + strings.Repeat(`\\`, 33) + `"`,
	// arrays and objects
	`[]`, `[[]]`, `[[],{}]`, `[1]`, `[1,"a",[2],{"b":3}]`, `{}`, `{"":0}`, `{"a":1,"a":2}`, `{"a":{"b":{"c":[{}]}}}`,
	`{"\u0061":1,"a\"b":2}`, `["a"]`,
	strings.Repeat("[", MaxDepth) + strings.Repeat("]", MaxDepth),
	strings.Repeat(`{"":`, MaxDepth-1) + "[]" + strings.Repeat("}", MaxDepth-1),
	strings.Repeat(`[{"":`, MaxDepth/2) + "0" + strings.Repeat("}]", MaxDepth/2),
	"[" + strings.Repeat("[],{},", 3*MaxDepth) + "[]]",
}

var invalidTexts = []string{
	// nothing, or more than one value
	``, ` `, "\n", `1 2`, `1,2`, `[]]`, `{}}`, `[][]`, `nullnull`, `null x`, `"" ""`, `{}#`, `[] //`, "0\x00", `,`, `:`, `]`, `}`,
	// what is no JSON white space, byte order mark included
	"\v1", "\f1", "\u00a01", "1\u2003", "\uFEFF1", "\uFEFF{}", "1\uFEFF", "[1,\v2]", "\x00",
	// literals
	`t`, `tru`, `truE`, `True`, `TRUE`, `truee`, `fals`, `nul`, `nulll`, `NaN`, `Infinity`, `-Infinity`, `undefined`, `[n]`,
	// numbers
	`-`, `+`, `+1`, `--1`, `01`, `-01`, `00`, `1.`, `-1.`, `.5`, `-.5`, `1.e1`, `0.e1`, `1e`, `1E`, `1e+`, `1e-`, `1.5e`, `1e1.5`, `1ee1`,
	`1.2.3`, `0x1`, `1_000`, `1a`, `- 1`, `1 .5`, `[-]`, `[01]`, `[1.]`, `[.5]`, `[+1]`, `１`, `1e１`, `{"a":-}`,
	// strings
	`"`, `"a`, `'a'`, `a`, `"a"b"`, `"\"`, `"\`, `"\x"`, `"\'"`, `"\0"`, `"\a"`, `"\v"`, `"\U0041"`, `"\ `, "\"\\\n\"",
	`"\u"`, `"\u1"`, `"\u12"`, `"\u123"`, `"\u123`, `"\u123g"`, `"\u 123"`, `"\u-123"`, `"\u+123"`, `"\u00G0"`, `"\u00` + "\xff" + `0"`,
	"\"\x00\"", "\"\x01\"", "\"\n\"", "\"\r\"", "\"\t\"", "\"\x1f\"", "\"long enough for a word\x1f\"", `"eight by`, `"eight byt\`,
	// surrogate escapes that break off
	`"\ud83d\xde00"`, `"\ud83d\ude0"`, `"\ud83d\ude0g"`, `"\ud83d\u`, `"\ud83d\`,
	`"\ud83d` + "\xed\xb8\x80" + `"`,
	// invalid UTF-8
	"\"\x80\"", "\"\xff\"", "\"\xc0\xaf\"", "\"\xc3\"", "\"\xe2\x82\"", "\"\xe0\x80\x80\"", "\"\xf0\x80\x80\x80\"", "\"\xed\xa0\x80\"",
	"\"\xf4\x90\x80\x80\"", "\"\xf8\x88\x80\x80\x80\"", "{\"\xff\":1}", "[1]\xff", "\xff", "\"many plain bytes before\x80\"",
	// arrays and objects
	`[`, `[1`, `[1,`, `[1,]`, `[,1]`, `[,]`, `[1,,2]`, `[1 2]`, `[1:2]`, `[}`, `[1}`, `[[]`, `[a]`, `(1)`, `["a":1]`,
	`{`, `{"a"`, `{"a":`, `{"a":1`, `{"a":1,`, `{"a":1,}`, `{,}`, `{,"a":1}`, `{"a":1,,"b":2}`, `{"a" 1}`, `{"a":1 "b":2}`, `{"a"::1}`,
	`{"a",1}`, `{"a"}`, `{:1}`, `{a:1}`, `{'a':1}`, `{1:1}`, `{null:1}`, `{"a":}`, `{]`, `{"a":1]`, `{"a":[}`, `{"a":{}`, `{"a":1}}`, `{"a" b:1}`,
	`/**/1`, `1/**/`, `[1] // one`, `<null>`,
	// nesting
	strings.Repeat("[", MaxDepth+1) + strings.Repeat("]", MaxDepth+1),
	strings.Repeat(`{"":`, MaxDepth+1) + "0" + strings.Repeat("}", MaxDepth+1),
	strings.Repeat(`{"":`, MaxDepth) + "[]" + strings.Repeat("}", MaxDepth),
	"[0," + strings.Repeat("[", MaxDepth) + strings.Repeat("]", MaxDepth) + "]",
	strings.Repeat("[", MaxDepth) + strings.Repeat("]", MaxDepth-1),
	strings.Repeat("[", 10_000_000), strings.Repeat(`{"":`, 2_000_000), strings.Repeat(`[{"":`, 2_000_000),
}

func TestValid(t *testing.T) {
	for _, s := range validTexts {
		if !Valid(s) {
			t.Errorf("Valid(%s) = false", clip(s))
		}
	}
	for _, s := range invalidTexts {
		if Valid(s) {
			t.Errorf("Valid(%s) = true", clip(s))
		}
	}
}

// The tables, each text with one byte dropped, put in or replaced.
func TestValidMutations(t *testing.T) {
	const bytes = "\"\\/{}[]:,-+.0189aeEbnrtufdDc \t\n\x00\x1f\x7f\x80\xbf\xc3\xff"
	for _, s := range append(validTexts, invalidTexts...) {
		if len(s) > 100 {
			continue
		}
		for i := range len(s) {
			checkValid(t, s[:i])
			checkValid(t, s[:i]+s[i+1:])
			for _, c := range []byte(bytes) {
				checkValid(t, s[:i]+string([]byte{c})+s[i:])
				checkValid(t, s[:i]+string([]byte{c})+s[i+1:])
			}
		}
	}
}

func TestValidDoesNotAllocate(t *testing.T) {
	s := messages("code", 4096) + " "
	if n := testing.AllocsPerRun(100, func() { Valid(s) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzValid(f *testing.F) {
	for _, s := range append(validTexts, invalidTexts...) {
		if len(s) < 1000 {
			f.Add(s)
		}
	}
	f.Add(messages("prose", 600))
	f.Add(messages("code", 600))
	f.Add(messages("cjk", 600))
	f.Fuzz(func(t *testing.T, s string) { checkValid(t, s) })
}

// checkValid compares with encoding/json, which lets pass what is no Unicode text.
func checkValid(t *testing.T, s string) {
	t.Helper()
	want := json.Valid([]byte(s)) && utf8.ValidString(s)
	if got := Valid(s); got != want {
		t.Errorf("Valid(%q) = %t, want %t", s, got, want)
	}
}

func clip(s string) string {
	if len(s) > 80 {
		return strconv.Quote(s[:80]) + "..."
	}
	return strconv.Quote(s)
}
