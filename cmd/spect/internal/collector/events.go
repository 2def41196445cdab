// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package collector

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

const (
	heartbeat    = 15 * time.Second // finds clients that went away silently
	writeTimeout = 10 * time.Second // for one event
)

// streamEvents is GET /api/events. It ends when the client leaves, cannot keep
// up (it is to list again and reconnect), or the server shuts down.
func (s *Server) streamEvents(w http.ResponseWriter, r *http.Request) {
	events, cancel := s.store.Subscribe()
	defer cancel()
	rc := http.NewResponseController(w)
	// The server's deadlines are for one request and answer. This one stays, so each write gets its own.
	if err := rc.SetReadDeadline(time.Time{}); err != nil {
		s.storeFailed(w, r, err)
		return
	}
	send := func(format string, args ...any) bool {
		if rc.SetWriteDeadline(time.Now().Add(writeTimeout)) != nil {
			return false
		}
		if _, err := fmt.Fprintf(w, format, args...); err != nil {
			return false
		}
		return rc.Flush() == nil
	}

	w.Header().Set("Content-Type", "text/event-stream")
	if !send("retry: 1000\n: hello\n\n") {
		return
	}
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		select {
		case <-s.closing:
			return
		case <-r.Context().Done():
			return
		case <-beat.C:
			if !send(": still here\n\n") {
				return
			}
		case ev, ok := <-events:
			if !ok {
				return
			}
			data, err := json.Marshal(eventData(ev)) // on one line, as an event's data must be
			if err != nil {
				s.log.Error("an event could not be encoded", "err", err)
				return
			}
			if !send("event: %s\ndata: %s\n\n", ev.Kind, data) {
				return
			}
		}
	}
}

func eventData(ev Event) any {
	switch ev.Kind {
	case EventSession:
		return ev.Entry
	case EventRemoved:
		return map[string][]string{"ids": ev.IDs}
	default:
		return struct{}{}
	}
}
