// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

// A secret prints as nothing of itself, with any verb, by itself or inside of
// anything.
func TestSecretPrintsNothing(t *testing.T) {
	const key = "s3cr3t-k3y"
	s := newSecret(key)
	inside := struct {
		Exported   secret
		unexported secret
		Pointer    *secret
		Any        any
		Map        map[string]secret
		List       []secret
	}{s, s, &s, s, map[string]secret{"a": s}, []secret{s}}
	c := &config{apiKey: s}

	for _, v := range []any{s, &s, inside, &inside, c, *c, []any{s}, map[string]any{"k": s}, fmt.Errorf("failed: %v", s)} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "% x", "%d", "%t", "%c", "%U", "%e", "%p", "%T", "%10.3s", "%w"} {
			clean(t, fmt.Sprintf("%s of %T", verb, v), fmt.Sprintf(verb, v), key)
		}
		clean(t, fmt.Sprintf("Sprint of %T", v), fmt.Sprint(v), key)
		text, err := json.Marshal(v)
		if err == nil {
			clean(t, fmt.Sprintf("JSON of %T", v), string(text), key)
		}
		for _, handler := range []func(*bytes.Buffer) slog.Handler{
			func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) },
			func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) },
		} {
			var out bytes.Buffer
			slog.New(handler(&out)).Info("message", "v", v, "any", slog.AnyValue(v))
			clean(t, fmt.Sprintf("slog of %T", v), out.String(), key)
		}
	}
	if text := fmt.Sprint(s); text != redacted {
		t.Errorf("it prints as %q", text)
	}
	if text, err := json.Marshal(s); err != nil || string(text) != `"`+redacted+`"` {
		t.Errorf("its JSON is %s, %v", text, err)
	}
	if s.reveal() != key {
		t.Error("it does not reveal itself")
	}
}

func clean(t *testing.T, what, text, key string) {
	t.Helper()
	for _, form := range []string{key, hex.EncodeToString([]byte(key)), strings.ToUpper(hex.EncodeToString([]byte(key))), fmt.Sprintf("%d", []byte(key)), fmt.Sprintf("% x", key)} {
		if strings.Contains(text, form) {
			t.Errorf("%s gives the key away: %s", what, text)
		}
	}
}
