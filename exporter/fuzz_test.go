// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// Whatever the header says, the wait is one that there can be.
func FuzzRetryAfter(f *testing.F) {
	for _, v := range []string{"", "0", "7", " 7 ", "-1", "1.5", "99999999999999999999", "soon", "Wed, 21 Oct 2026 07:28:00 GMT", "Wed, 21 Oct 2026 07:28:00", "Fri, 31 Dec 9999 23:59:59 GMT", "0x10", "１"} {
		f.Add(v)
	}
	now := time.Date(2026, 10, 21, 7, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, value string) {
		d, ok := retryAfter(value, now)
		if d < 0 || !ok && d != 0 {
			t.Errorf("%q is %v, %v", value, d, ok)
		}
		digits := strings.TrimSpace(value)
		if want, err := time.ParseDuration(digits + "s"); err == nil && len(digits) < 9 && strings.Trim(digits, "0123456789") == "" && (!ok || d != want) {
			t.Errorf("%q is %v, %v", value, d, ok)
		}
	})
}

// No environment panics, and no complaint about one gives its secrets away.
func FuzzEnvironment(f *testing.F) {
	f.Add("org", "sk-secret-0123456789", "https://collect.spect.tools", "false", `{"rate":0.5}`, "gzip", "", "/var/lib/app")
	f.Add("", "", "http://user:sk-secret-0123456789@example.com/?q#f", "maybe", `{"rate":2}`, "zip", "no", "")
	f.Add("o/ö %", "sk-secret-0123456789\n", "http://[::1]:8787/", "1", `{"rules":[{"match":{}}]}`, "NONE", " True ", "\xff")
	f.Add("o", "sk-secret-0123456789", "::sk-secret-0123456789", "", "null", " ", "2", ".")
	f.Fuzz(func(t *testing.T, organization, key, collector, flag, sampling, compression, disabled, spoolDir string) {
		for name, v := range map[string]string{
			envOrganizationID: organization, envAPIKey: key, envCollectorURL: collector,
			envLocal: flag, envSampling: sampling, envCompression: compression,
			envDisabled: disabled, envSpoolDir: spoolDir,
		} {
			if strings.ContainsRune(v, 0) { // no environment holds one
				return
			}
			t.Setenv(name, v)
		}
		cfg, err := newConfig(nil)
		if err == nil {
			if cfg.disabled {
				return
			}
			if cfg.organizationID == "" || !cfg.local && cfg.apiKey.reveal() == "" {
				t.Errorf("accepted without what is needed: %q, %q", organization, key)
			}
			if u, err := url.Parse(cfg.collectorURL); !cfg.local && (err != nil || u.User != nil || u.Scheme == "http" && !isLoopback(u.Hostname())) {
				t.Errorf("accepted the collector %q", cfg.collectorURL)
			}
			return
		}
		// A key may stand in what is shown of another variable, if that holds it.
		if len(key) > 8 && strings.Contains(err.Error(), key) && !strings.Contains(flag+sampling+compression+disabled, key) {
			t.Errorf("the error holds the key %q: %v", key, err)
		}
	})
}

// Whatever a server answers, what is said of it is one short line without the
// key.
func FuzzAnswer(f *testing.F) {
	const key = "sk-secret-0123456789"
	f.Add(401, "7", "who are you, "+key+"?")
	f.Add(0, "", "")
	f.Add(-1, "x", "\x00\xff\x1b[31m\n\u2028")
	f.Add(302, "", strings.Repeat("<html> ", 10_000))
	f.Add(503, "Wed, 21 Oct 2026 07:28:00 GMT", `"`+strings.Repeat(key, 100))
	f.Fuzz(func(t *testing.T, status int, after, body string) {
		cfg := &config{
			organizationID: "o", apiKey: newSecret(key), collectorURL: "https://collect.spect.tools", timeout: time.Hour,
			transport: answering(func() *http.Response {
				return &http.Response{StatusCode: status, Header: http.Header{"Retry-After": {after}}, Body: io.NopCloser(strings.NewReader(body))}
			}),
		}
		err := newPostSender(cfg).send(t.Context(), &shipment{body: []byte("{}")})
		if (err == nil) != (status/100 == 2) {
			t.Fatalf("%d is %v", status, err)
		}
		if err == nil {
			return
		}
		var failure *DeliveryError
		if !errors.As(err, &failure) || failure.Status != status || failure.RetryAfter < 0 {
			t.Errorf("%d is %#v", status, err)
		}
		text := err.Error()
		if strings.Contains(text, key) || strings.ContainsAny(text, "\n\r\x00\x1b") || !utf8.ValidString(text) || len(text) > 2048 {
			t.Errorf("it is reported as %q", text)
		}
	})
}

type answering func() *http.Response

func (f answering) RoundTrip(*http.Request) (*http.Response, error) { return f(), nil }
