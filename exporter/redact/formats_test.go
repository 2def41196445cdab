// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package redact_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/spect-tools/spect-go/exporter/redact"
)

// Tokens of random bytes in the forms that their issuers document are found in all
// that they usually stand in: 25 of each.
func TestTokenFormats(t *testing.T) {
	const (
		upper  = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
		alnum  = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
		urlish = alnum + "-_"
		hex    = "0123456789abcdef"
	)
	r := rand.New(rand.NewPCG(3, 4))
	random := func(set string, n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = set[r.IntN(len(set))]
		}
		return string(b)
	}
	right, all := 0, 0
	tokens := map[string]func() string{
		"aws-access-key-id":  func() string { return "AKIA" + random(upper, 16) },
		"github-token":       func() string { return "gh" + random("pousr", 1) + "_" + random(alnum, 36) },
		"github-token, fine": func() string { return "github_pat_" + random(alnum, 22) + "_" + random(alnum, 59) },
		"gitlab-token":       func() string { return "glpat-" + random(urlish, 20) },
		"slack-token": func() string {
			return "xoxb-" + random("0123456789", 12) + "-" + random("0123456789", 12) + "-" + random(alnum, 24)
		},
		"stripe-key":           func() string { return "sk_" + "live_" + random(alnum, 24) },
		"openai-key":           func() string { return "sk-proj-" + random(urlish, 74) + "T3BlbkFJ" + random(urlish, 74) },
		"openai-key, old":      func() string { return "sk-" + random(alnum, 20) + "T3BlbkFJ" + random(alnum, 20) },
		"anthropic-key":        func() string { return "sk-ant-api03-" + random(urlish, 93) + "AA" },
		"google-api-key":       func() string { return "AIza" + "Sy" + random(urlish, 33) },
		"google-oauth-token":   func() string { return "ya29." + "a0" + random(urlish, 160) },
		"npm-token":            func() string { return "npm_" + random(alnum, 36) },
		"pypi-token":           func() string { return "pypi-AgEIcHlwaS5vcmc" + random(urlish, 120) },
		"sendgrid-key":         func() string { return "SG." + random(urlish, 22) + "." + random(urlish, 43) },
		"twilio-key":           func() string { return "SK" + random(hex, 32) },
		"huggingface-token":    func() string { return "hf_" + random(alnum, 34) },
		"jwt":                  func() string { return "eyJhbGciOiJFUzI1NiJ9." + "eyJ" + random(urlish, 80) + "." + random(urlish, 86) },
		"digitalocean-token":   func() string { return "dop_v1_" + random(hex, 64) },
		"vault-token":          func() string { return "hvs." + random(urlish, 90) },
		"databricks-token":     func() string { return "dapi" + random(hex, 32) },
		"groq-key":             func() string { return "gsk_" + random(alnum, 52) },
		"google-client-secret": func() string { return "GOCSPX-" + random(urlish, 28) },
	}
	for _, name := range slices.Sorted(maps.Keys(tokens)) { // the same each time
		for range 25 {
			secret := tokens[name]()
			for _, context := range []string{"%s", "use %s.", `{"a":"%s"}`, `{\"a\":\"%s\"}`, "a\\n%s\\n", "(%s)", "https://x.example/?k=%s&b=1", "KEY=%s", "x: '%s'", "- %s, and", "<%s>", "`%s`"} {
				all++
				text := fmt.Sprintf(context, secret)
				got := redacted(t, redact.Secrets(), text)
				if strings.Contains(got, secret) || strings.Contains(got, secret[len(secret)-8:]) {
					t.Logf("%s: %q became %q", name, text, got)
					continue
				}
				right++
			}
		}
	}
	for _, words := range []string{"glpat-your-access-token-goes-here", "GOCSPX-YourClientSecretGoesInHere", "xoxb-the-token-of-your-bot", "sk-YourOpenAIKeyGoesHereInstead"} {
		if got := redacted(t, redact.Secrets(), words); got != words {
			t.Errorf("%q became %q", words, got)
		}
	}
	recall := float64(right) / float64(all)
	t.Logf("%d of %d tokens found: recall %.4f", right, all, recall)
	if recall < 0.995 {
		t.Errorf("recall %.4f, want 0.995", recall)
	}
}
