// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package collector

import (
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
)

// guard wraps the whole server, so that no spelling of a path gets around it. It
// sets the headers every answer has, and lets a request through when its Host
// names this machine's loopback or, off loopback, when it carries the token.
func (s *Server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		h.Set("Cache-Control", "no-store")

		switch {
		case s.token != "":
			if !s.authorized(r) {
				h.Set("WWW-Authenticate", `Basic realm="spect dev", charset="UTF-8"`)
				s.refuse(w, r, http.StatusUnauthorized, "unauthorized",
					"this collector listens beyond loopback and demands its token: send it as the API key"+
						" (Authorization: Bearer …), or in a browser as the password of any user")
				return
			}
		case !isLocalHost(r):
			s.refuse(w, r, http.StatusForbidden, "host_refused",
				"the Host header must be localhost, 127.0.0.1 or [::1] with this collector's port:"+
					" other names could be a web page reaching in by DNS rebinding")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// sameOrigin refuses what a browser asks for another origin's page: no such page
// may write here, read here, or even find out what is here. Clients that are not
// browsers send neither header and pass.
func (s *Server) sameOrigin(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !isSameOrigin(r) {
			s.refuse(w, r, http.StatusForbidden, "cross_origin",
				"requests from other origins' pages are refused; send from a program, not from a browser")
			return
		}
		next(w, r)
	}
}

func isSameOrigin(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "same-origin", "none": // none: the user asked, not a page
	default: // same-site too: any other port of localhost is that
		return false
	}
	origins := r.Header.Values("Origin")
	for _, origin := range origins {
		scheme, host, ok := strings.Cut(origin, "://")
		if !ok || (scheme != "http" && scheme != "https") || !strings.EqualFold(host, r.Host) {
			return false
		}
	}
	return true
}

// isLocalHost reports whether the Host header names loopback at the port on
// which the connection came in.
func isLocalHost(r *http.Request) bool {
	local, ok := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr)
	if !ok {
		return false
	}
	host, port, err := net.SplitHostPort(r.Host)
	if err != nil { // no port: a client leaves out http's own
		host, port = strings.Trim(r.Host, "[]"), "80"
	}
	if port != strconv.Itoa(local.Port) {
		return false
	}
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	if err != nil || ip.Zone() != "" {
		return false
	}
	return ip == netip.AddrFrom4([4]byte{127, 0, 0, 1}) || ip == netip.IPv6Loopback() ||
		(ip.IsLoopback() && local.IP.Equal(ip.AsSlice())) // --addr 127.0.0.2
}

// authorized compares in constant time. A browser has no bearer token but asks
// its user for a Basic password, and keeps that to this origin.
func (s *Server) authorized(r *http.Request) bool {
	given, ok := "", false
	if _, password, basic := r.BasicAuth(); basic {
		given, ok = password, true
	} else if scheme, token, found := strings.Cut(r.Header.Get("Authorization"), " "); found && strings.EqualFold(scheme, "Bearer") {
		given, ok = strings.TrimSpace(token), true
	}
	want, got := sha256.Sum256([]byte(s.token)), sha256.Sum256([]byte(given))
	return ok && subtle.ConstantTimeCompare(want[:], got[:]) == 1
}

// withheld stands for the value of a header that looks like a secret.
const withheld = "[withheld]"

// keptHeader copies the headers worth showing. Credentials are dropped; those of
// extra headers whose name says secret keep the name only.
func keptHeader(h http.Header) http.Header {
	kept := make(http.Header, len(h))
	for name, values := range h {
		lower := strings.ToLower(name)
		switch {
		case lower == "authorization", lower == "proxy-authorization", lower == "cookie":
		case looksSecret(lower):
			kept[name] = []string{withheld}
		default:
			kept[name] = values
		}
	}
	return kept
}

func looksSecret(lowerName string) bool {
	for _, word := range []string{"authorization", "cookie", "api-key", "apikey", "token", "secret", "password"} {
		if strings.Contains(lowerName, word) {
			return true
		}
	}
	return false
}
