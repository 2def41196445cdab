// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter

import "log/slog"

// redacted stands in for a secret wherever one could be printed.
const redacted = "REDACTED"

// secret is a string that no formatting gives away.
type secret string

// String implements fmt.Stringer.
func (secret) String() string { return redacted }

// GoString implements fmt.GoStringer.
func (secret) GoString() string { return redacted }

// LogValue implements slog.LogValuer.
func (secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText implements encoding.TextMarshaler.
func (secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

func (s secret) reveal() string { return string(s) }
