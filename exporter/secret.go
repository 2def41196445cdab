// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"fmt"
	"io"
	"log/slog"
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

// scrub takes the secret out of a text, also where it stands quoted.
func (s secret) scrub(text string) string {
	key := s.reveal()
	if key == "" {
		return text
	}
	quoted := strconv.Quote(key)
	return strings.NewReplacer(key, redacted, quoted[1:len(quoted)-1], redacted).Replace(text)
}
