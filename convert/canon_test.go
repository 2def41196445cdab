// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"strings"
	"testing"
	"unicode"

	"github.com/spect-tools/spect-go/contracts"
)

// checkKey reads a text in its quotes, spelled in several ways, and without.
func checkKey(t *testing.T, text string) {
	t.Helper()
	quoted := contracts.QuoteJSON(text)
	text, _ = quoted.Text() // valid UTF-8
	key := textKey(contracts.RoleUser, text)
	if blank := strings.TrimFunc(text, unicode.IsSpace) == ""; blank != (key == 0) {
		t.Errorf("%q: key %d", text, key)
	}
	if got := quotedKey(contracts.RoleUser, quoted); got != key {
		t.Errorf("%s: key %d, without quotes %d", quoted, got, key)
	}
	padded := contracts.JSON(`" \n\t` + string(quoted[1:len(quoted)-1]) + `\r \f"`)
	if got := quotedKey(contracts.RoleUser, padded); got != key {
		t.Errorf("%s: key %d, without white space %d", padded, got, key)
	}
	if key != 0 && (textKey(contracts.RoleSystem, text) == key || textKey(contracts.RoleUser, text+"x") == key) {
		t.Errorf("%q: the key is that of something else", text)
	}
}

var keyTexts = []string{
	"", " ", "\n\t ", "a", " a ", "a\n", "\\", "\\n", "ends with a backslash \\", "ends with n", "\"quoted\"", "\b", "a\b", "\v a \v", "\u0085a\u0085",
	"\u00a0a\u2003", "\u00a0a", "a\u2003", "\va", "a\v", "é", "é\n", "\u2028", "a\\n", "a\\\\n", "C:\\new\\table", "\\u0020", "a \\u0020", "\x00", "a\x1f", "\xff", "\xc3", "n", "u0020", "\\ u0020",
	strings.Repeat("lines of\n\"text\"\t", 100), strings.Repeat("é", 500), strings.Repeat("\x01", 700), strings.Repeat("\xff", 400), strings.Repeat("日本語の文\n", 99),
}

// A text that is compared in its quotes is the same as without.
func TestQuotedKey(t *testing.T) {
	for _, text := range keyTexts {
		checkKey(t, text)
	}
}

func FuzzQuotedKey(f *testing.F) {
	for _, text := range keyTexts {
		f.Add(text)
	}
	f.Fuzz(checkKey)
}
