// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package contracts_test

import (
	"reflect"
	"testing"

	"github.com/spect-tools/spect-go/contracts"
)

// A text in its quotes is the same message as the text.
func TestQuotedText(t *testing.T) {
	made := map[contracts.Role]func(string) contracts.ConversationMessage{
		contracts.RoleSystem: contracts.SystemText, contracts.RoleUser: contracts.UserText, contracts.RoleAssistant: contracts.AssistantText,
	}
	for _, text := range []string{"", "a", "two\nlines", `"quoted"`, "é"} {
		for role, make := range made {
			quoted, plain := contracts.QuotedText(role, contracts.QuoteJSON(text)), make(text)
			if got, want := string(quoted.AppendJSON(nil)), string(plain.AppendJSON(nil)); got != want {
				t.Errorf("%s is written %s, want %s", role, got, want)
			}
			if quoted.Content.Text() != text || quoted.Content.IsText() != plain.Content.IsText() {
				t.Errorf("%s says %q, and is text: %v", role, quoted.Content.Text(), quoted.Content.IsText())
			}
			if got, want := quoted.Content.Parts(), plain.Content.Parts(); !reflect.DeepEqual(got, want) {
				t.Errorf("%s has the parts %v, want %v", role, got, want)
			}
			if got, ok := quoted.Content.Quoted(); !ok || got != contracts.QuoteJSON(text) {
				t.Errorf("%s is quoted as %s, %v", role, got, ok)
			}
			if got, ok := plain.Content.Quoted(); ok || got != "" {
				t.Errorf("%s that came as text is quoted: %s", role, got)
			}
		}
	}
	for _, content := range []contracts.Content{contracts.RawContent(`[{"type":"text","text":"a"}]`), contracts.RawContent(`"a"`), {}} {
		if got, ok := content.Quoted(); ok || got != "" {
			t.Errorf("content that came otherwise is quoted: %s", got)
		}
	}
}

// The spelling stays as it was given; what is no JSON string is a text.
func TestQuotedTextStays(t *testing.T) {
	for given, want := range map[contracts.JSON][2]string{
		`"\u0061\/"`: {"a/", `"\u0061\/"`},
		`5`:          {"5", `"5"`},
		`"cut`:       {`"cut`, `"\"cut"`},
		`[1]`:        {"[1]", `"[1]"`},
	} {
		m := contracts.QuotedText(contracts.RoleSystem, given)
		if m.Content.Text() != want[0] || string(m.Content.AppendJSON(nil)) != want[1] {
			t.Errorf("%s says %q and is written %s, want %q", given, m.Content.Text(), m.Content.AppendJSON(nil), want)
		}
	}
}
