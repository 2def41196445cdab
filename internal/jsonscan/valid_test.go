// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package jsonscan

import (
	"slices"
	"strings"
	"testing"
)

// On valid text both sorts of walkers agree; on other text the fast ones end.
func checkWalkers(t *testing.T, s string) {
	t.Helper()
	var strict, fast []pair
	for name, value := range Members(s) {
		strict = append(strict, pair{name, value})
	}
	for name, value := range ValidMembers(s) {
		fast = append(fast, pair{name, value})
	}
	elements, quick := slices.Collect(Elements(s)), slices.Collect(ValidElements(s))
	text, ok := Unquote(s)
	same, is := ValidText(s)
	if !Valid(s) {
		return
	}
	if text != same || ok != is {
		t.Errorf("%.200q: %q %v, want %q %v", s, same, is, text, ok)
	}
	if !slices.Equal(strict, fast) || !slices.Equal(elements, quick) {
		t.Errorf("%.200q: %v %v, want %v %v", s, fast, quick, strict, elements)
	}
}

func TestValidWalkers(t *testing.T) {
	deep := strings.Repeat(`{"a":[`, 2000) + `"x"` + strings.Repeat(`]}`, 2000)
	for _, s := range []string{
		``, ` `, `null`, `{}`, `[]`, ` { } `, `"a\"b\\"`, `"\\"`, `""`, `"\u0022"`, `{"a":"}","b":["]",{"c":"\\"}],"d":-1.5e3 , "e\"":true}`,
		`[1, "a,b" ,[2,[3]],{"x":[]} , null]`, `{"a":1,"a":2}`, deep, `{"a":"` + strings.Repeat(`\\`, 5000) + `"}`,
		`{"a`, `{"a":`, `{"a":"`, `["`, `["\`, `{"a" 1}`, `[1`, `[[`, `{"a":}`, `{,}`, `[,]`, `}`, `"`, `{"a":"b`, `"\`, `"a\"`, `"\u12"`, `"a\x\n"`,
	} {
		checkWalkers(t, s)
	}
}

func FuzzValidWalkers(f *testing.F) {
	for _, s := range []string{
		`{"a":["b\"",{"c":1.5}],"d":null}`, `["\\",[],{}]`, `"\ud83d\ude00"`, `{"a":`,
		" {\n\"\\u0061\\/\" : [ -0 , 1e400 , \"\\ud800\" ] , \"\" : { } , \"\" : null }\t", strings.Repeat(`[{"":`, 100) + "0" + strings.Repeat("}]", 100),
	} {
		f.Add(s)
	}
	f.Fuzz(checkWalkers)
}
