// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exportertest

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/exporter"
)

// Sink takes the sessions of an exporter in local mode, for tests that care for
// what is traced and not for how it is sent: no HTTP, no port, no faults. The
// zero Sink is ready. It is safe for concurrent use.
type Sink struct {
	mu       sync.Mutex
	sessions []contracts.CollectorTracePayload
}

// Options are the options for an exporter that gives its sessions to the sink,
// followed by more.
func (s *Sink) Options(more ...exporter.Option) []exporter.Option {
	return append([]exporter.Option{
		exporter.WithOrganizationID(OrganizationID),
		exporter.WithLocal(),
		exporter.WithOnTrace(s.add),
	}, more...)
}

func (s *Sink) add(p contracts.CollectorTracePayload) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sessions = append(s.sessions, p)
}

// Sessions returns the sessions so far, in their order of arrival.
func (s *Sink) Sessions() []contracts.CollectorTracePayload {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.sessions)
}

// Reset forgets the sessions so far.
func (s *Sink) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sessions = nil
}

// RequireSession returns the first session of that name, and ends the test when
// there is none. It does not wait: flush the exporter first.
func (s *Sink) RequireSession(t testing.TB, name string) contracts.CollectorTracePayload {
	t.Helper()
	return require(t, s.Sessions(), name)
}

// require finds the session of a name.
func require(t testing.TB, sessions []contracts.CollectorTracePayload, name string) contracts.CollectorTracePayload {
	t.Helper()
	var names []string
	for _, p := range sessions {
		if p.Name == name {
			return p
		}
		names = append(names, fmt.Sprintf("%q", p.Name))
	}
	if len(names) == 0 {
		names = append(names, "none")
	}
	t.Fatalf("no session %q arrived; what did: %s", name, strings.Join(names, ", "))
	return contracts.CollectorTracePayload{}
}
