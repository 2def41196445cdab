// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package collector

import (
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strings"
)

// refusal is an answer that says no, and to the sender what to do about it.
type refusal struct {
	status  int
	code    string
	message string
}

// ingest is POST /traces.
func (s *Server) ingest(w http.ResponseWriter, r *http.Request) {
	session, no := s.readSession(w, r)
	if no == nil {
		entry, err := s.store.Put(r.Context(), session)
		switch {
		case errors.Is(err, ErrTooLarge):
			no = &refusal{http.StatusRequestEntityTooLarge, "body_too_large", err.Error()}
		case err != nil:
			s.log.Error("a session could not be kept", "err", err)
			no = &refusal{http.StatusInternalServerError, "store_failed", "the session could not be kept; see this collector's log"}
		default:
			s.log.Info("session", "name", entry.Name, "status", entry.Status, "spans", entry.Spans, "id", entry.ID)
			writeJSON(w, http.StatusOK, struct{}{})
			return
		}
	}
	s.refuse(w, r, no.status, no.code, no.message)
}

func (s *Server) readSession(w http.ResponseWriter, r *http.Request) (Session, *refusal) {
	if no := checkContentType(r.Header.Get("Content-Type")); no != nil {
		return Session{}, no
	}
	name := r.URL.Query().Get("name")
	if name == "" {
		return Session{}, &refusal{
			http.StatusBadRequest, "missing_name",
			"the query has no name: post to /traces?name=ORGANIZATION (set SPECT_ORGANIZATION_ID)",
		}
	}
	body, no := s.readBody(w, r)
	if no != nil {
		return Session{}, no
	}
	summary, err := summarize(body)
	if err != nil {
		return Session{}, &refusal{http.StatusBadRequest, "invalid_payload", err.Error()}
	}
	path := r.URL.EscapedPath()
	if r.URL.RawQuery != "" {
		path += "?" + r.URL.RawQuery
	}
	return Session{
		Entry:   Entry{Summary: summary, Received: s.now().UTC(), Bytes: len(body)},
		Request: Request{Method: r.Method, Path: path, Name: name, Header: keptHeader(r.Header)},
		Body:    body,
	}, nil
}

func checkContentType(value string) *refusal {
	mediaType, params, err := mime.ParseMediaType(value)
	charset := params["charset"]
	if err != nil || mediaType != "application/json" || (charset != "" && !strings.EqualFold(charset, "utf-8")) {
		return &refusal{
			http.StatusUnsupportedMediaType, "unsupported_media_type",
			fmt.Sprintf("Content-Type is %q; send application/json", value),
		}
	}
	return nil
}
