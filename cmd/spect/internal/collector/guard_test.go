// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package collector_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/spect-tools/spect-go/cmd/spect/internal/collector"
)

const payload = `{"id":"s","response":{"text":"private"}}`

// paths is everything the server answers, with spellings that a check on the
// path's text would miss.
var paths = []string{
	"/", "/healthz", "/traces?name=o", "/api/sessions", "/api/sessions/s", "/api/sessions/s/request", "/api/events",
	"/%61pi/sessions", "/%61%70%69/sessions/s", "/api//sessions", "//api/sessions", "/api/./sessions", "/x/../api/sessions", "/api%2Fsessions", "/nothing",
}

// DNS rebinding: a web page's own name is made to resolve to 127.0.0.1. Its
// requests are same-origin to the browser; only the Host header tells.
func TestForeignHostIsRefused(t *testing.T) {
	f := start(t)
	f.post(payload)
	port := f.url[strings.LastIndex(f.url, ":"):]
	for _, host := range []string{
		"evil.example" + port, "evil.example", "localhost.evil.example" + port, "127.0.0.1.nip.io" + port, "localhost." + port,
		"localhost", "127.0.0.1", "localhost:1", "127.0.0.2" + port, "0.0.0.0" + port, "[::]" + port, "2130706433" + port, "127.1" + port,
	} {
		for _, path := range paths {
			for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodDelete, http.MethodOptions} {
				status, body, _ := f.do(method, path, strings.NewReader(payload), "Host", host, "Content-Type", "application/json")
				if status != http.StatusForbidden {
					t.Fatalf("%s %s for %s: %d %s", method, path, host, status, body)
				}
				wantProblem(t, status, body, 403, "host_refused", "rebinding")
			}
		}
	}
	for _, host := range []string{"localhost" + port, "LOCALHOST" + port, "127.0.0.1" + port, "[::1]" + port} {
		if status, body, _ := f.do(http.MethodGet, "/api/sessions/s", nil, "Host", host); status != http.StatusOK || body != payload {
			t.Errorf("%s: %d %s", host, status, body)
		}
	}
	if n := len(f.list("").Sessions); n != 1 {
		t.Errorf("%d sessions: a refused request had an effect", n)
	}
}

// A page of another origin can neither write, nor read, nor listen.
func TestOtherOriginsAreRefused(t *testing.T) {
	f := start(t, collector.WithViewer(http.NotFoundHandler()))
	f.post(payload)
	requests := []struct{ method, path string }{
		{"POST", "/traces?name=o"},
		{"DELETE", "/api/sessions"},
		{"GET", "/api/sessions"},
		{"GET", "/%61pi/sessions"},
		{"GET", "/api/sessions/s"},
		{"GET", "/api/sessions/s/request"},
		{"GET", "/api/events"},
		{"DELETE", "/%61pi/sessions"},
	}
	for _, header := range [][]string{
		{"Origin", "https://evil.example"},
		{"Origin", "null"},
		{"Origin", "http://localhost:3000"},
		{"Origin", "http://127.0.0.1"},
		{"Origin", f.url, "Origin", "https://evil.example"},
		{"Sec-Fetch-Site", "cross-site"},
		{"Sec-Fetch-Site", "same-site"},
		{"Sec-Fetch-Site", "cross-site", "Origin", f.url},
	} {
		for _, r := range requests {
			status, body, h := f.do(r.method, r.path, strings.NewReader(payload), append(header, "Content-Type", "application/json")...)
			wantProblem(t, status, body, 403, "cross_origin", "origin")
			if h.Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("%s %s has CORS", r.method, r.path)
			}
		}
	}
	// The form and "no-cors" requests, which need no preflight, cannot say application/json.
	for _, contentType := range []string{"text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"} {
		if status, _, _ := f.do(http.MethodPost, "/traces?name=o", strings.NewReader(payload), "Content-Type", contentType); status != 415 {
			t.Errorf("%s: %d", contentType, status)
		}
	}
	// A preflight is not answered with permission.
	status, _, h := f.do(http.MethodOptions, "/traces?name=o", nil, "Origin", "https://evil.example", "Access-Control-Request-Method", "POST")
	if status == http.StatusOK || h.Get("Access-Control-Allow-Origin") != "" || h.Get("Access-Control-Allow-Methods") != "" {
		t.Errorf("preflight: %d %v", status, h)
	}
	if sessions := f.list("").Sessions; len(sessions) != 1 || sessions[0]["posts"] != 1.0 {
		t.Errorf("a refused request had an effect: %v", sessions)
	}
	// Our own page, and the address bar.
	for _, header := range [][]string{{"Sec-Fetch-Site", "same-origin", "Origin", f.url}, {"Sec-Fetch-Site", "none"}} {
		if status, body, _ := f.do(http.MethodGet, "/api/sessions/s", nil, header...); status != http.StatusOK {
			t.Errorf("%v: %d %s", header, status, body)
		}
	}
}

func TestPathSpellingsReachTheSameRoute(t *testing.T) {
	f := start(t)
	f.post(payload)
	if status, body, _ := f.do(http.MethodGet, "/%61pi/sessions/s", nil); status != http.StatusOK || body != payload {
		t.Errorf("%d %s", status, body)
	}
	if status, _, _ := f.do(http.MethodPost, "/api/sessions", nil); status == http.StatusOK {
		t.Errorf("a method that is not there: %d", status)
	}
}

func TestHeadersOfEveryAnswer(t *testing.T) {
	f := start(t)
	f.post(payload)
	for _, path := range paths {
		if path == "/api/events" { // does not end; TestEvents
			continue
		}
		_, _, h := f.do(http.MethodGet, path, nil)
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Cross-Origin-Resource-Policy": "same-origin", "X-Frame-Options": "DENY",
			"Referrer-Policy": "no-referrer", "Cache-Control": "no-store", "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
		} {
			if got := h.Get(name); got != want {
				t.Errorf("%s: %s is %q", path, name, got)
			}
		}
	}
}

func TestTokenIsDemandedEverywhere(t *testing.T) {
	const token = "0123456789abcdef-token"
	f := start(t, collector.WithToken(token))
	for _, path := range paths {
		for _, authorization := range []string{"", "Bearer wrong", "Bearer", "Bearer ", token, "Basic OnRva2Vu", "Bearer " + token + "x"} {
			var header []string
			if authorization != "" {
				header = []string{"Authorization", authorization}
			}
			status, body, h := f.do(http.MethodGet, path, nil, append(header, "Host", "devbox.example")...)
			wantProblem(t, status, body, 401, "unauthorized", "token")
			if !strings.HasPrefix(h.Get("WWW-Authenticate"), "Basic ") {
				t.Errorf("%s: a browser would not ask for the token", path)
			}
			if strings.Contains(body, token) {
				t.Errorf("%s tells the token", path)
			}
		}
	}
	status, body, _ := f.do(http.MethodPost, "/traces?name=o", strings.NewReader(payload), "Content-Type", "application/json",
		"Host", "devbox.example", "Authorization", "bearer "+token)
	if status != http.StatusOK {
		t.Errorf("a sender with the token: %d %s", status, body)
	}
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.SetBasicAuth("anyone", token)
	basic := r.Header.Get("Authorization")
	if status, body, _ := f.do(http.MethodGet, "/api/sessions/s", nil, "Host", "devbox.example:8787", "Authorization", basic); status != http.StatusOK || body != payload {
		t.Errorf("a browser with the token: %d %s", status, body)
	}
	// A browser sends the password by itself: the origin is checked all the same.
	status, body, _ = f.do(http.MethodDelete, "/api/sessions", nil, "Authorization", basic, "Origin", "https://evil.example")
	wantProblem(t, status, body, 403, "cross_origin", "origin")
	if strings.Contains(f.log.String(), token) {
		t.Error("the token is in the log")
	}
}

// The log is read in a terminal: a payload must not write there as it likes.
func TestLogCannotBeForged(t *testing.T) {
	f := start(t)
	f.post("{\"id\":\"a\\nb\",\"name\":\"\\u001b[2J\\nlevel=ERROR forged\"}")
	log := f.log.String()
	if strings.Count(log, "\n") != 1 || strings.ContainsRune(log, '\x1b') {
		t.Errorf("log: %q", log)
	}
}
