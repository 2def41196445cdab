// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package redact

import "testing"

// The quick look at the end of a name lets every name pass that says something.
func TestSecretEnds(t *testing.T) {
	for _, n := range secretNames {
		if got := sayOf(n.end); got != n.says {
			t.Errorf("%s: %d, want %d", n.end, got, n.says)
		}
	}
	for name, want := range map[string]secrecy{
		"DB_PASSWORD": password, "clientSecret": maybe, "x-api-key": maybe, "API_KEY": maybe, "Authorization": authorized, "Set-Cookie": cookie,
		"X-Amz-Signature": signed, "sig": signed, "signature": notSecret, "thoughtSignature": notSecret, "key": notSecret, "primary_key": notSecret,
		"nextPageToken": notSecret, "max_tokens": notSecret, "eos_token": notSecret, "accessToken": maybe, "access_key_id": notSecret, "": notSecret,
		"config": notSecret, "word": notSecret, "keyword": notSecret,
	} {
		if got := sayOf(name); got != want {
			t.Errorf("%q: %d, want %d", name, got, want)
		}
	}
}
