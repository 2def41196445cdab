// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package jsonscan

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spect-tools/spect-go/internal/jsonscan"
)

// lenient lets pass what jsonscan.Valid does, and invalid UTF-8, which jsontext
// takes together with unpaired surrogate escapes.
var lenient = []jsontext.Options{jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)}

var seeds = []string{
	``, ` `, `null`, ` true `, `falsey`, `-0`, `01`, `1.`, `.5`, `1e`, `1e+5`, `-1.25E-3`, `+1`, `NaN`,
	`""`, `"a\"\\\/\b\f\n\r\t\u00e9\uABCD"`, `"\ud83d\ude00"`, `"\ud800"`, `"\ude00\ud83d"`, `"\ud800\u0041"`, `"\x"`, `"\u12`,
	"\"\x1f\"", "\"\xff\"", "\"\xed\xa0\x80\"", "\"é\u2028😀\"", "\uFEFF1", `"a text of several words, with a \" in it"`,
	`[]`, `[1,]`, `[1 2]`, `[ 1 , [ 2 ] ]`, `{}`, `{"a":1,"a":2}`, `{"a":{"\u0061":[true,false,null]}}`, `{"a" 1}`, `{"a":1,}`, `{a:1}`, `{} {}`,
}

func FuzzValid(f *testing.F) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { checkValid(t, s) })
}

func TestDepth(t *testing.T) {
	for _, n := range []int{jsonscan.MaxDepth - 1, jsonscan.MaxDepth, jsonscan.MaxDepth + 1} {
		checkValid(t, strings.Repeat("[", n)+strings.Repeat("]", n))
		checkValid(t, strings.Repeat(`{"":`, n)+"0"+strings.Repeat("}", n))
		checkValid(t, strings.Repeat(`{"":`, n-1)+"[]"+strings.Repeat("}", n-1))
	}
}

func checkValid(t *testing.T, s string) {
	t.Helper()
	want := utf8.ValidString(s) && jsontext.Value(s).IsValid(lenient...)
	if got := jsonscan.Valid(s); got != want {
		t.Errorf("Valid(%.200q) = %t, jsontext has %t", s, got, want)
	}
}

// FuzzWalk takes a text apart to the last token with the walkers and with a
// jsontext decoder.
func FuzzWalk(f *testing.F) {
	for _, s := range seeds {
		f.Add(s)
		f.Add(`{"a":` + s + `,"b":[` + s + `]}`)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !jsonscan.Valid(s) {
			return
		}
		var want []string
		dec := jsontext.NewDecoder(strings.NewReader(s), lenient...)
		for {
			tok, err := dec.ReadToken()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			want = append(want, tok.String())
		}
		got := tokens(nil, jsonscan.TrimSpace(s))
		if g, w := strings.Join(got, "\x00"), strings.Join(want, "\x00"); g != w {
			t.Errorf("%q is %q, jsontext has %q", s, got, want)
		}
	})
}

func tokens(all []string, s string) []string {
	switch jsonscan.Kind(s) {
	case '{':
		all = append(all, "{")
		for name, value := range jsonscan.Members(s) {
			all = tokens(append(all, name), value)
		}
		return append(all, "}")
	case '[':
		all = append(all, "[")
		for value := range jsonscan.Elements(s) {
			all = tokens(all, value)
		}
		return append(all, "]")
	case '"':
		s, _ = jsonscan.Unquote(s)
	}
	return append(all, s)
}

func FuzzAppendString(f *testing.F) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		quoted := jsonscan.AppendString(nil, s)
		if !jsontext.Value(quoted).IsValid() {
			t.Fatalf("AppendString(%q) = %q, which is invalid", s, quoted)
		}
		if want, err := jsontext.AppendQuote(nil, s); utf8.ValidString(s) && (err != nil || !bytes.Equal(quoted, want)) {
			t.Errorf("AppendString(%q) = %s, jsontext has %s, %v", s, quoted, want, err)
		}

		// jsontext reads an unpaired surrogate alike, but calls it an error.
		isString := strings.HasPrefix(s, `"`) && jsontext.Value(s).IsValid(lenient...)
		want, err := jsontext.AppendUnquote(nil, s)
		if got, ok := jsonscan.Unquote(s); utf8.ValidString(s) && s == jsonscan.TrimSpace(s) && (ok != isString || ok && got != string(want)) {
			t.Errorf("Unquote(%q) = %q, %t, jsontext has %q, %v", s, got, ok, want, err)
		}
	})
}
