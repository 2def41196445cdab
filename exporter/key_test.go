// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/spect-tools/spect-go/exporter"
	"github.com/spect-tools/spect-go/exporter/exportertest"
)

// Nothing that a program can hold of an exporter prints the key.
func TestNothingPrintsTheKey(t *testing.T) {
	const key = "s3cr3t-k3y"
	option := exporter.WithAPIKey(key)
	exp, _ := open(t, exporter.WithOrganizationID("org"), option)
	for name, v := range map[string]any{
		"option": option, "options": []exporter.Option{option}, "exporter": exp, "processor": exporter.NewSpanProcessor(exp), "stats": exp.Stats(),
	} {
		var out bytes.Buffer
		for _, verb := range []string{"%v", "%+v", "%#v", "%q", "%s", "%x", "%d"} {
			fmt.Fprintf(&out, verb, v)
		}
		log := slog.New(slog.NewJSONHandler(&out, nil))
		log.Info("json", "v", v)
		log = slog.New(slog.NewTextHandler(&out, nil))
		log.Info("text", "v", v)
		if text, err := json.Marshal(v); err == nil {
			out.Write(text)
		}
		if strings.Contains(out.String(), key) || strings.Contains(out.String(), fmt.Sprintf("%x", key)) {
			t.Errorf("%s gives the key away: %s", name, out.String())
		}
	}
}

// No failure puts the key, or any long part of it, into an error, though the
// collector or the transport repeats it.
func TestErrorsHideTheKey(t *testing.T) {
	const key = `sk-"quoted\key"-0123456789-0123456789-0123456789-0123456789`
	part := key[:20]
	repeat := func(w http.ResponseWriter, r *http.Request, status int, before string) {
		w.Header().Set("Location", "https://evil.example/?"+r.Header.Get("Authorization"))
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, "%s%s is no good; again, %q; %[2]s", before, r.Header.Get("Authorization"), r.Header.Get("Authorization"))
	}
	for name, rt := range map[string]roundTrip{
		"refused":    answer(func(w http.ResponseWriter, r *http.Request) { repeat(w, r, http.StatusUnauthorized, "") }),
		"failed":     answer(func(w http.ResponseWriter, r *http.Request) { repeat(w, r, http.StatusInternalServerError, "\n\n\t") }),
		"redirected": answer(func(w http.ResponseWriter, r *http.Request) { repeat(w, r, http.StatusTemporaryRedirect, "") }),
		"cut in the middle": answer(func(w http.ResponseWriter, r *http.Request) {
			repeat(w, r, http.StatusForbidden, strings.Repeat(".", 225))
		}),
		"cut by an escape": answer(func(w http.ResponseWriter, r *http.Request) {
			repeat(w, r, http.StatusForbidden, strings.Repeat("\xff", 225))
		}),
		"in the status": func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 400, Status: "400 " + r.Header.Get("Authorization"), Body: http.NoBody}, nil
		},
		"nowhere to go": func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 302, Header: http.Header{"Location": {"::" + r.Header.Get("Authorization")}}, Body: http.NoBody}, nil
		},
		"error": func(r *http.Request) (*http.Response, error) {
			return nil, errors.New("cannot send " + r.Header.Get("Authorization"))
		},
		"errors": func(r *http.Request) (*http.Response, error) { return nil, fmt.Errorf("dump: %+v", r.Header) },
		"panic":  func(r *http.Request) (*http.Response, error) { panic(fmt.Sprintf("cannot send %v", r.Header)) },
	} {
		t.Run(name, func(t *testing.T) {
			exp, told := open(t, exporter.WithOrganizationID("org"), exporter.WithAPIKey(key),
				exporter.WithTransport(rt), exporter.WithRetryTimeout(0))
			_, s := session(t.Context(), provider(exp).Tracer("app"), "s")
			s.End()
			shutdown(t, exp)
			text := told.one(t)
			if strings.Contains(text, part) || strings.Contains(text, fmt.Sprintf("%q", part)) || strings.Contains(text, `sk-\"quoted`) {
				t.Errorf("the error holds the key: %s", text)
			}
			if len(text) > 1000 {
				t.Errorf("the error has %d bytes: %.200s…", len(text), text)
			}
			for _, err := range told.errs {
				for ; err != nil; err = errors.Unwrap(err) {
					if strings.Contains(fmt.Sprintf("%+v %#v", err, err), part) {
						t.Errorf("the chain of errors holds the key: %#v", err)
					}
				}
			}
		})
	}
}

// answer is a transport that asks a handler.
func answer(h http.HandlerFunc) roundTrip {
	return func(r *http.Request) (*http.Response, error) {
		w := httptest.NewRecorder()
		h(w, r)
		return w.Result(), nil
	}
}

// The key goes to the collector that was named, and is not taken elsewhere by a
// redirect, whatever its kind.
func TestRedirectsAreRefused(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			evil := exportertest.NewCollector(t)
			col := exportertest.NewCollector(t)
			col.Respond(exportertest.Status(status).WithHeader("Location", evil.URL()+"/traces?name=x"))
			exp, told := open(t, col.Options()...)
			_, s := session(t.Context(), provider(exp).Tracer("app"), "s")
			s.End()
			shutdown(t, exp)
			if n := len(evil.Requests()); n != 0 {
				t.Errorf("%d requests went where the redirect led", n)
			}
			if text := told.one(t); !strings.Contains(text, "redirects are not followed") || !strings.Contains(text, "SPECT_COLLECTOR_URL") {
				t.Errorf("reported: %s", text)
			}
			if stats := exp.Stats(); stats.Dropped[exporter.DropRejected] != 1 || len(col.Requests()) != 1 {
				t.Errorf("%d requests, %+v", len(col.Requests()), stats)
			}
		})
	}
}

// Nor does a failure put a header of WithHeaders into an error, which may hold
// another key.
func TestErrorsHideHeaders(t *testing.T) {
	const token, user = "t0k3n-0123456789", "dXNlcjpwYXNzd29yZA=="
	for name, rt := range map[string]roundTrip{
		"refused": answer(func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusForbidden)
			_, _ = fmt.Fprintf(w, "%q and %s are no good", r.Header.Get("X-Token"), strings.TrimPrefix(r.Header.Get("Proxy-Authorization"), "Basic "))
		}),
		"errors": func(r *http.Request) (*http.Response, error) { return nil, fmt.Errorf("dump: %+v", r.Header) },
	} {
		t.Run(name, func(t *testing.T) {
			exp, told := open(t, exporter.WithOrganizationID("org"), exporter.WithAPIKey("k"), exporter.WithTransport(rt), exporter.WithRetryTimeout(0),
				exporter.WithHeaders(map[string]string{"X-Token": token, "Proxy-Authorization": "Basic " + user}))
			_, s := session(t.Context(), provider(exp).Tracer("app"), "s")
			s.End()
			shutdown(t, exp)
			if text := told.one(t); strings.Contains(text, token) || strings.Contains(text, user) {
				t.Errorf("the error holds a header: %s", text)
			}
		})
	}
}
