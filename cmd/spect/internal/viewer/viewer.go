// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

// Package viewer is the page of the development collector: a list of sessions
// and the transcript, spans and raw data of one. It is plain HTML, CSS and ES
// modules under static, embedded as they are, without a build step.
//
// The page reads the collector's JSON API. What it shows was written by models,
// tools and users, so nothing of it is ever interpreted: text goes into text
// nodes only, the content security policy forbids inline script, foreign
// resources and (with trusted types) parsing strings as HTML at all.
package viewer

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"time"
)

//go:embed static
var static embed.FS

// contentSecurityPolicy allows what the page has and nothing else. Images of a
// transcript are data: URLs.
const contentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

type asset struct {
	data      []byte
	mediaType string
	etag      string
}

// Handler serves the page at / and its assets under /assets/; other paths are
// not found.
func Handler() http.Handler {
	assets := load()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a, ok := assets[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		h := w.Header()
		h.Set("Content-Type", a.mediaType)
		h.Set("Content-Security-Policy", contentSecurityPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-cache") // ask each time: the next build has the same names
		h.Set("ETag", a.etag)
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(a.data))
	})
}

// load maps each URL path to its file; a path that is not listed cannot be served.
func load() map[string]asset {
	assets := make(map[string]asset)
	err := fs.WalkDir(static, "static", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := static.ReadFile(name)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(data)
		a := asset{data: data, mediaType: mediaType(name), etag: `"` + hex.EncodeToString(sum[:8]) + `"`}
		if name == "static/index.html" {
			assets["/"] = a
		} else {
			assets["/assets/"+name[len("static/"):]] = a
		}
		return nil
	})
	if err != nil {
		panic("viewer: embedded files cannot be read: " + err.Error()) // cannot happen: they are in the binary
	}
	return assets
}

// mediaType does not ask the machine's table first: some map .js to text/plain.
func mediaType(name string) string {
	switch ext := path.Ext(name); ext {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	default:
		return mime.TypeByExtension(ext)
	}
}
