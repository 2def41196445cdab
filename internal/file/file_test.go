// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package file

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
)

func TestKinds(t *testing.T) {
	words := strings.Repeat("gh"+"p_a1B2c3D4e5a1B2c3D4e5a1B2c3D4e5a1B2c3\\n", 40)
	b64 := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("Spect\xff", 200)))
	for _, test := range []struct {
		name, body                     string
		is, opaque, reference, dataURL bool
	}{
		{"base64", b64, true, true, false, false},
		{"base64 with slashes escaped", strings.ReplaceAll(b64, "/", `\/`), true, true, false, false},
		{"base64url", strings.ReplaceAll(b64, "/", "_"), true, !strings.Contains(b64, "/"), false, false},
		{"base64 in lines", b64[:76] + `\r\n` + b64[76:], true, false, false, false},
		{"tokens in lines", words, true, false, false, false},
		{"data URL", "data:image/png;base64," + b64, true, true, false, true},
		{"data URL with parameters", "DATA:text/plain;charset=utf-8;base64," + b64, true, true, false, true},
		{"data URL of text", "data:text/plain,hello", false, false, false, false},
		{"prose", strings.Repeat("some words ", 20), false, false, false, false},
		{"URL", "https://example.com/a.png", false, false, true, false},
		{"bucket", "gs://bucket/a.png", false, false, true, false},
		{"id", "file-abc123", false, false, true, false},
		{"letters", "abc", false, true, false, false},
		{"padded", "aGVsbG8x0A==", true, true, false, false},
		{"an assignment", "APIKEY=abcDEF0123456789", true, false, false, false},
	} {
		for what, got := range map[string][2]bool{
			"Is": {Is(test.body), test.is}, "IsOpaque": {IsOpaque(test.body), test.opaque},
			"IsReference": {IsReference(test.body), test.reference}, "IsDataURL": {IsDataURL(test.body), test.dataURL},
		} {
			if got[0] != got[1] {
				t.Errorf("%s of %s is %t", what, test.name, got[0])
			}
		}
	}
}

func TestDecodedSize(t *testing.T) {
	for size := range 50 {
		b64 := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", size)))
		for _, body := range []string{b64, "data:image/png;base64," + b64, strings.TrimRight(b64, "=")} {
			if got := DecodedSize(body); got != size {
				t.Errorf("%s: %d, want %d", body, got, size)
			}
		}
	}
}

func TestHashURLs(t *testing.T) {
	data := strings.Repeat("Spect?>\xff", 20)
	b64 := base64.StdEncoding.EncodeToString([]byte(data))
	stands := fmt.Sprintf("sha256=%x;size=%d,", sha256.Sum256([]byte(data)), len(data))
	for in, want := range map[string]string{
		"a data:image/png;base64," + b64 + " b data:;base64," + b64:      "a data:image/png;" + stands + " b data:;" + stands,
		"data:a/b;x=y;base64," + b64[:8] + `\n` + b64[8:]:                "data:a/b;x=y;" + stands,
		`data:a/b;base64,` + strings.ReplaceAll(b64, "/", `\\\/`) + `\"`: "data:a/b;" + stands + `\"`,
		"metadata:;base64," + b64:                                        "metadata:;" + stands,
		"x;base64," + b64:                                                "x;base64," + b64,
		"data: ;base64," + b64:                                           "data: ;base64," + b64,
		"data:image/png;base64,AAAA":                                     "data:image/png;base64,AAAA",
		"data:image/png;base64,!":                                        "data:image/png;base64,!",
	} {
		if got := HashURLs(in, 100); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
		if again := HashURLs(want, 100); again != want {
			t.Errorf("%s became %s", want, again)
		}
	}
}
