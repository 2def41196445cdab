// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package jsonscan

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

func TestAppendString(t *testing.T) {
	for s, want := range map[string]string{
		"":                     `""`,
		"a":                    `"a"`,
		"\"\\/":                `"\"\\/"`,
		"\b\f\n\r\t":           `"\b\f\n\r\t"`,
		"\x00\x01\x0b\x1a\x1f": `"\u0000\u0001\u000b\u001a\u001f"`,
		"<a href='x'>&\x7f":    "\"<a href='x'>&\x7f\"",
		"é\u2028\u2029😀\uFEFF": "\"é\u2028\u2029😀\uFEFF\"",
		"a line of text\nand \"another\", longer than a word": `"a line of text\nand \"another\", longer than a word"`,
		// each invalid byte by itself, as encoding/json has it
		"\xff":               "\"\uFFFD\"",
		"a\xc3\"\xe2\x82b":   "\"a\uFFFD\\\"\uFFFD\uFFFDb\"",
		"\xed\xa0\x80":       "\"\uFFFD\uFFFD\uFFFD\"",
		"\uFFFD\xff\uFFFD\n": "\"\uFFFD\uFFFD\uFFFD\\n\"",
		"ok\x80":             "\"ok\uFFFD\"",
	} {
		if got := string(AppendString([]byte("x:"), s)); got != "x:"+want {
			t.Errorf("AppendString(x:, %q) = %s, want x:%s", s, got, want)
		}
	}
}

func TestAppendStringDoesNotAllocate(t *testing.T) {
	for _, s := range []string{text("prose", 4096), text("code", 4096), strings.Repeat("\xff\n", 999)} {
		dst := make([]byte, 0, 3*len(s)+2)
		if n := testing.AllocsPerRun(100, func() { AppendString(dst, s) }); n != 0 {
			t.Errorf("%s: %v allocations", clip(s), n)
		}
	}
}

func TestUnquote(t *testing.T) {
	for s, want := range map[string]string{
		`""`:                          "",
		`"abc"`:                       "abc",
		" \"a\"\n":                    "a",
		`"\"\\\/\b\f\n\r\t"`:          "\"\\/\b\f\n\r\t",
		`"a\u0000b"`:                  "a\x00b",
		`"\u00e9\u00E9é"`:             "ééé",
		`"\uFFFD\ufffe\ud7ff\ue000"`:  "\uFFFD\uFFFE\uD7FF\uE000",
		`"\ud83d\ude00x\uDBFF\uDFFF"`: "😀x\U0010FFFF",
		`"\ud800a\udc00\ud83d"`:       "\uFFFDa\uFFFD\uFFFD",
		`"\\u0041"`:                   `\u0041`,
		`"\\\"tail"`:                  `\"tail`,
	} {
		if got, ok := Unquote(s); got != want || !ok {
			t.Errorf("Unquote(%s) = %q, %t, want %q", s, got, ok, want)
		}
	}
	for _, s := range []string{``, ` `, `a`, `"`, `"a`, `a"`, `"a"b"`, `"a" "b"`, `"\x"`, `"\ud80"`, `"\"`, "\"\n\"", `1`, `null`, `["a"]`} {
		if got, ok := Unquote(s); got != "" || ok {
			t.Errorf("Unquote(%s) = %q, %t, want none", s, got, ok)
		}
	}
}

func TestUnquoteAllocations(t *testing.T) {
	plain := `"` + strings.Repeat("plain ", 100) + `"`
	if n := testing.AllocsPerRun(100, func() { Unquote(plain) }); n != 0 {
		t.Errorf("%v allocations without escapes, want 0", n)
	}
	escaped := string(AppendString(nil, text("code", 4096)))
	if n := testing.AllocsPerRun(100, func() { Unquote(escaped) }); n > 1 {
		t.Errorf("%v allocations with escapes, want 1", n)
	}
}

func FuzzAppendString(f *testing.F) {
	for _, s := range append(validTexts, invalidTexts...) {
		if len(s) < 1000 {
			f.Add(s)
		}
	}
	f.Add(text("prose", 300))
	f.Add(text("code", 300))
	f.Add(text("cjk", 300))
	f.Fuzz(func(t *testing.T, s string) {
		quoted := string(AppendString(nil, s))
		if !Valid(quoted) {
			t.Fatalf("AppendString(%q) = %q, which is invalid", s, quoted)
		}

		want := string([]rune(s)) // replaces each invalid byte
		var got string
		if err := json.Unmarshal([]byte(quoted), &got); err != nil || got != want {
			t.Errorf("AppendString(%q) = %q, read as %q, %v", s, quoted, got, err)
		}
		if got, ok := Unquote(quoted); got != want || !ok {
			t.Errorf("Unquote(%q) = %q, %t, want %q", quoted, got, ok, want)
		}

		// The escapes are those of encoding/json, but for two it adds for JavaScript.
		if !strings.ContainsAny(want, "\u2028\u2029") {
			var b bytes.Buffer
			enc := json.NewEncoder(&b)
			enc.SetEscapeHTML(false)
			if err := enc.Encode(want); err != nil {
				t.Fatal(err)
			}
			if ref := strings.TrimSuffix(b.String(), "\n"); quoted != ref {
				t.Errorf("AppendString(%q) = %s, encoding/json has %s", s, quoted, ref)
			}
		}

		// Any text, taken as a string text, decodes as encoding/json decodes it.
		if Valid(s) {
			var want string
			isString := Kind(s) == '"' && json.Unmarshal([]byte(s), &want) == nil
			if got, ok := Unquote(s); got != want || ok != isString {
				t.Errorf("Unquote(%q) = %q, %t, want %q, %t", s, got, ok, want, isString)
			}
		}
	})
}
