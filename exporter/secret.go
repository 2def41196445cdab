// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strconv"
	"strings"
)

// redacted stands in for a secret wherever one could be printed.
const redacted = "REDACTED"

// secret is a string that no formatting gives away: not its own, and not that
// of a struct which holds it, where fmt calls no methods but follows no
// pointers either.
type secret struct{ text *string }

func newSecret(text string) secret { return secret{&text} }

// Format implements [fmt.Formatter].
func (secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue implements [slog.LogValuer].
func (secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText implements [encoding.TextMarshaler].
func (secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

func (s secret) reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// leastHeader is the length from which a header is taken for a secret: less is
// found in any text.
const leastHeader = 8

// scrubber takes out of a text what no error may hold, also where it stands
// quoted: the API key, and the application's own headers, which may be another.
func (c *config) scrubber() *strings.Replacer {
	secrets := []string{c.apiKey.reveal()}
	for _, value := range c.headers {
		_, credentials, _ := strings.Cut(value, " ")
		for _, s := range []string{value, credentials} {
			if len(s) >= leastHeader {
				secrets = append(secrets, s)
			}
		}
	}
	slices.SortFunc(secrets, func(a, b string) int { return len(b) - len(a) })
	var pairs []string
	for _, s := range secrets {
		if s != "" {
			quoted := strconv.Quote(s)
			pairs = append(pairs, s, redacted, quoted[1:len(quoted)-1], redacted)
		}
	}
	return strings.NewReplacer(pairs...)
}
