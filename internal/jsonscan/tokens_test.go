// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package jsonscan

import (
	"strings"
	"testing"
	"time"
)

// Tokens and the space between them make up the text; of a valid one none is at
// fault, and strings spell what Unquote says.
func checkTokens(t *testing.T, s string) {
	t.Helper()
	valid := Valid(s)
	at, depth := 0, 0
	tokens := MakeTokens(s, 0)
	for {
		token := tokens.Next()
		if token.Start < at || token.End < token.Start || token.End > len(s) {
			t.Fatalf("%s: token %+v after %d", clip(s), token, at)
		}
		if between := s[at:token.Start]; TrimSpace(between) != "" {
			t.Fatalf("%s: passed over %q", clip(s), between)
		}
		at = token.End
		switch token.Kind {
		case 0:
			if at != len(s) || valid && depth != 0 {
				t.Errorf("%s: ended at %d in depth %d", clip(s), at, depth)
			}
			return
		case TokenFault:
			if valid {
				t.Errorf("%s: fault at %d", clip(s), token.Start)
			}
			return
		case '{', '[':
			depth++
			if skipping := tokens; depth < 20 && valid && !Valid(s[token.Start:skipping.Skip(token)]) {
				t.Errorf("%s: skipped wrongly at %d", clip(s), token.Start)
			}
		case '}', ']':
			depth--
		case '"':
			want, ok := Unquote(s[token.Start:token.End])
			if got := string(AppendText(nil, s[token.Start:token.End])); ok && got != want {
				t.Errorf("%s: string %q, want %q", clip(s), got, want)
			}
		}
	}
}

func TestTokens(t *testing.T) {
	for _, s := range append(validTexts, invalidTexts...) {
		if len(s) < 100_000 {
			checkTokens(t, s)
		}
	}
	checkTokens(t, messages("code", 4096))
	kinds := ""
	tokens := MakeTokens(` {"a":[1,-2,true,false,null,"x\"]"]} `, 0)
	for {
		token := tokens.Next()
		if token.Kind == 0 {
			break
		}
		kinds += string(token.Kind)
	}
	if want := `{":[0,0,t,f,n,"]}`; kinds != want {
		t.Errorf("tokens %s, want %s", kinds, want)
	}
}

// A string without an end is a fault, also where its last quote is escaped.
func TestTokensFault(t *testing.T) {
	for _, s := range []string{`"`, `"a`, `"a\"`, `"\"`, `"a\\\"`, `#`, `x`} {
		tokens := MakeTokens(s, 0)
		if token := tokens.Next(); token.Kind != TokenFault {
			t.Errorf("%s: %+v", s, token)
		}
	}
}

func TestTokensDeep(t *testing.T) {
	s := strings.Repeat("[", 5_000_000)
	begin := time.Now()
	tokens := MakeTokens(s, 0)
	n := 0
	for tokens.Next().Kind != 0 {
		n++
	}
	if n != len(s) {
		t.Errorf("%d tokens", n)
	}
	if took := time.Since(begin); took > 10*time.Second {
		t.Errorf("took %v", took)
	}
}

func FuzzTokens(f *testing.F) {
	for _, s := range append(validTexts, invalidTexts...) {
		if len(s) < 1000 {
			f.Add(s)
		}
	}
	f.Fuzz(func(t *testing.T, s string) { checkTokens(t, s) })
}
