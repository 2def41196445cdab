// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/spect-tools/spect-go/exporter"
	"github.com/spect-tools/spect-go/exporter/exportertest"
)

// With gzip the same payload travels, smaller; a retry sends the same bytes.
func TestGzip(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sent [][]byte
		exp, told := open(t, exporter.WithOrganizationID("o"), exporter.WithAPIKey("k"), exporter.WithCompression(exporter.Gzip),
			exporter.WithTransport(roundTrip(func(r *http.Request) (*http.Response, error) {
				b, err := io.ReadAll(r.Body)
				if err != nil || r.Header.Get("Content-Encoding") != "gzip" || int64(len(b)) != r.ContentLength {
					t.Errorf("%v, %v, %d of %d bytes", err, r.Header, len(b), r.ContentLength)
				}
				sent = append(sent, b)
				return &http.Response{StatusCode: 200 + 303*(len(sent)%2), Body: http.NoBody}, nil
			})))
		l := &line{exp: exp, out: told}
		l.large(t, 50_000)
		flush(t, exp)
		if len(sent) != 2 || !bytes.Equal(sent[0], sent[1]) || len(sent[0]) > 10_000 {
			t.Fatalf("%d requests, the first of %d bytes", len(sent), len(sent[0]))
		}
		r, err := gzip.NewReader(bytes.NewReader(sent[0]))
		if err != nil {
			t.Fatal(err)
		}
		if plain, err := io.ReadAll(r); err != nil || len(plain) < 50_000 || strings.Count(string(plain), "words ") < 8_000 {
			t.Errorf("%v, %d bytes", err, len(plain))
		}
	})
}

// A collector that does not take gzip is sent plain payloads from then on.
func TestGzipRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t, exporter.WithCompression(exporter.Gzip))
		l.col.Respond(exportertest.Status(415))
		l.send(t, "a")
		flush(t, l.exp)
		l.send(t, "b")
		flush(t, l.exp)
		l.out.none(t)
		var encodings []string
		for _, r := range l.col.Requests() {
			encodings = append(encodings, r.Header.Get("Content-Encoding"))
		}
		if got := strings.Join(encodings, ","); got != "gzip,," || len(l.col.Sessions()) != 2 {
			t.Errorf("encodings %q, %d sessions", got, len(l.col.Sessions()))
		}
	})
}

// Too large and compressed: what is cut is compressed again.
func TestGzipTooLarge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t, exporter.WithCompression(exporter.Gzip))
		l.col.Respond(exportertest.Status(413))
		l.large(t, 100_000)
		flush(t, l.exp)
		r := l.col.Requests()
		if len(r) != 2 || len(r[0].Body) < 100_000 || len(r[1].Body) > 60_000 {
			t.Fatalf("%d requests", len(r))
		}
		valid(t, l.col.Sessions())
	})
}
