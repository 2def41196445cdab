// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package viewer_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/spect-tools/spect-go/cmd/spect/internal/viewer"
)

func get(t *testing.T, path string, header ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	viewer.Handler().ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, r *http.Response) string {
	t.Helper()
	data, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// The policy is what keeps a hole in the page's code from being one.
func TestPolicy(t *testing.T) {
	policy := get(t, "/").Header.Get("Content-Security-Policy")
	directives := map[string]string{}
	for d := range strings.SplitSeq(policy, "; ") {
		name, value, _ := strings.Cut(d, " ")
		directives[name] = value
	}
	for name, want := range map[string]string{
		"default-src": "'none'", "script-src": "'self'", "style-src": "'self'", "img-src": "data:",
		"connect-src": "'self'", "base-uri": "'none'", "form-action": "'none'", "frame-ancestors": "'none'",
		"require-trusted-types-for": "'script'", "trusted-types": "'none'",
	} {
		if directives[name] != want {
			t.Errorf("%s is %q, want %q", name, directives[name], want)
		}
	}
}

func TestNoInlineCode(t *testing.T) {
	page := body(t, get(t, "/"))
	for _, pattern := range []string{`<script(?:\s[^>]*)?>[^<]`, `<style`, `\son\w+=`, `\sstyle=`, `javascript:`} {
		if found := regexp.MustCompile(pattern).FindString(page); found != "" {
			t.Errorf("the page has inline code: %q", found)
		}
	}
}

// Whatever the page loads must be there, with the type that nosniff demands.
func TestAssets(t *testing.T) {
	page := get(t, "/")
	if page.StatusCode != http.StatusOK || page.Header.Get("Content-Type") != "text/html; charset=utf-8" {
		t.Fatalf("the page: %s, %s", page.Status, page.Header.Get("Content-Type"))
	}
	seen := map[string]bool{}
	refs := regexp.MustCompile(`(?:src|href)="(/assets/[^"]+)"|from "\./([^"]+)"`)
	var visit func(text string)
	visit = func(text string) {
		for _, m := range refs.FindAllStringSubmatch(text, -1) {
			path := m[1]
			if path == "" {
				path = "/assets/" + m[2]
			}
			if seen[path] {
				continue
			}
			seen[path] = true
			r := get(t, path)
			want := map[bool]string{true: "text/javascript; charset=utf-8", false: "text/css; charset=utf-8"}[strings.HasSuffix(path, ".js")]
			if got := r.Header.Get("Content-Type"); r.StatusCode != http.StatusOK || got != want {
				t.Errorf("%s: %s, %q", path, r.Status, got)
			}
			if r.Header.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("%s can be sniffed", path)
			}
			visit(body(t, r))
		}
	}
	visit(body(t, page))
	if len(seen) < 5 {
		t.Errorf("only %d assets were found: %v", len(seen), seen)
	}
}

func TestUnknownPaths(t *testing.T) {
	for _, path := range []string{"/assets/", "/assets/nothing.js", "/index.html", "/static/index.html", "/assets/../viewer.go", "/assets/..%2fviewer.go"} {
		if r := get(t, path); r.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %s", path, r.Status)
		}
	}
}

func TestRevalidation(t *testing.T) {
	etag := get(t, "/").Header.Get("ETag")
	if r := get(t, "/", "If-None-Match", etag); r.StatusCode != http.StatusNotModified {
		t.Errorf("an unchanged page: %s", r.Status)
	}
	if r := get(t, "/", "If-None-Match", `"other"`); r.StatusCode != http.StatusOK {
		t.Errorf("a changed page: %s", r.Status)
	}
}

// Text of a payload must have no way to become markup.
func TestScriptsNeverParseHTML(t *testing.T) {
	sink := regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|srcdoc|\beval\(|new Function|createContextualFragment`)
	for _, name := range []string{"api", "conversation", "dom", "format", "json", "list", "main", "payload", "session", "spans", "transcript"} {
		r := get(t, "/assets/"+name+".js")
		if r.StatusCode != http.StatusOK {
			t.Fatalf("%s.js: %s", name, r.Status)
		}
		if found := sink.FindString(body(t, r)); found != "" {
			t.Errorf("%s.js uses %s", name, found)
		}
	}
}
