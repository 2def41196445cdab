// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package collector

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

const (
	defaultPage = 100
	maxPage     = 1000
)

// listSessions is GET /api/sessions. The answer's next, when there is one, is the
// value of before for the following page.
func (s *Server) listSessions(w http.ResponseWriter, r *http.Request) {
	limit, err := positive(r, "limit", defaultPage)
	if err != nil {
		s.refuse(w, r, http.StatusBadRequest, "invalid_query", err.Error())
		return
	}
	before, err := positive(r, "before", 0)
	if err != nil {
		s.refuse(w, r, http.StatusBadRequest, "invalid_query", err.Error())
		return
	}
	entries, more, err := s.store.List(r.Context(), int(min(limit, maxPage)), before)
	if err != nil {
		s.storeFailed(w, r, err)
		return
	}
	page := struct {
		Sessions []Entry `json:"sessions"`
		Next     string  `json:"next,omitempty"`
	}{Sessions: entries}
	if more && len(entries) > 0 {
		page.Next = strconv.FormatInt(entries[len(entries)-1].Seq, 10)
	}
	writeJSON(w, http.StatusOK, page)
}

// getSession is GET /api/sessions/{id}: the payload, byte for byte.
func (s *Server) getSession(w http.ResponseWriter, r *http.Request) {
	session, ok := s.find(w, r)
	if !ok {
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(session.Body)))
	_, _ = w.Write(session.Body) // the client is gone: nobody to tell
}

// getRequest is GET /api/sessions/{id}/request: the request in the form in which
// the project keeps captured ones. The body is written as it came, not re-encoded.
func (s *Server) getRequest(w http.ResponseWriter, r *http.Request) {
	session, ok := s.find(w, r)
	if !ok {
		return
	}
	headers := make(map[string]string, len(session.Request.Header))
	for name, values := range session.Request.Header {
		headers[strings.ToLower(name)] = strings.Join(values, ", ")
	}
	head, err := json.Marshal(struct {
		Method  string            `json:"method"`
		Path    string            `json:"path"`
		Headers map[string]string `json:"headers"`
	}{session.Request.Method, session.Request.Path, headers})
	if err != nil {
		s.storeFailed(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	for _, part := range [][]byte{head[:len(head)-1], []byte(`,"body":`), session.Body, []byte("}\n")} {
		if _, err := w.Write(part); err != nil {
			return
		}
	}
}

// clearSessions is DELETE /api/sessions.
func (s *Server) clearSessions(w http.ResponseWriter, r *http.Request) {
	n, err := s.store.Clear(r.Context())
	if err != nil {
		s.storeFailed(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string]int{"removed": n})
}

func (s *Server) find(w http.ResponseWriter, r *http.Request) (Session, bool) {
	session, err := s.store.Get(r.Context(), r.PathValue("id"))
	switch {
	case errors.Is(err, ErrNotFound):
		s.refuse(w, r, http.StatusNotFound, "no_such_session", "no such session; older ones give way to newer ones")
	case err != nil:
		s.storeFailed(w, r, err)
	}
	return session, err == nil
}

func (s *Server) storeFailed(w http.ResponseWriter, r *http.Request, err error) {
	s.log.Error("the store failed", "err", err)
	s.refuse(w, r, http.StatusInternalServerError, "store_failed", "the store failed; see this collector's log")
}

// refuse answers with an error and logs it, with its code but nothing of the request's content.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, status int, code, message string) {
	if r.Method == http.MethodPost {
		s.log.Warn("refused", "status", status, "code", code)
	}
	type problem struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	}
	writeJSON(w, status, map[string]problem{"error": {code, message}})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	data, err := json.Marshal(v)
	if err != nil {
		http.Error(w, `{"error":{"code":"internal","message":"the answer could not be encoded"}}`, http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(data) // the client is gone: nobody to tell
}

func positive(r *http.Request, key string, fallback int64) (int64, error) {
	value := r.URL.Query().Get(key)
	if value == "" {
		return fallback, nil
	}
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil || n < 1 {
		return 0, fmt.Errorf("%s is %q; it must be a positive number", key, clip(value, 40))
	}
	return n, nil
}
