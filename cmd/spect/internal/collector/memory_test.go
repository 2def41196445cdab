// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package collector_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/spect-tools/spect-go/cmd/spect/internal/collector"
	"github.com/spect-tools/spect-go/cmd/spect/internal/collector/storetest"
)

func TestMemoryKeepsTheRules(t *testing.T) {
	storetest.Run(t, func(*testing.T) collector.Store { return collector.NewMemory(100, 1<<20) })
}

func TestMemoryBoundedByCount(t *testing.T) {
	m := collector.NewMemory(3, 1<<30)
	events, cancel := m.Subscribe()
	for i := range 5 {
		if _, err := m.Put(t.Context(), storetest.Session(fmt.Sprint(i), 100)); err != nil {
			t.Fatal(err)
		}
	}
	cancel()
	if got := list(t, m); got != "[4 3 2]" {
		t.Errorf("kept %s, want the newest three", got)
	}
	var removed []string
	for ev := range events {
		removed = append(removed, ev.IDs...)
	}
	if got := fmt.Sprint(removed); got != "[0 1]" {
		t.Errorf("told of removed %s", got)
	}
}

func TestMemoryBoundedByBytes(t *testing.T) {
	m := collector.NewMemory(1000, 1<<20)
	for i := range 8 {
		if _, err := m.Put(t.Context(), storetest.Session(fmt.Sprint(i), 300<<10)); err != nil {
			t.Fatal(err)
		}
	}
	if got := list(t, m); got != "[7 6 5]" {
		t.Errorf("kept %s, want the three that fit", got)
	}
	// A replaced body gives its bytes back.
	for range 10 {
		if _, err := m.Put(t.Context(), storetest.Session("7", 300<<10)); err != nil {
			t.Fatal(err)
		}
	}
	if got := list(t, m); got != "[7 6 5]" {
		t.Errorf("kept %s after replacing", got)
	}
	if _, err := m.Put(t.Context(), storetest.Session("big", 1<<20)); !errors.Is(err, collector.ErrTooLarge) {
		t.Errorf("put of more than the store holds: %v, want ErrTooLarge", err)
	}
	if got := list(t, m); got != "[7 6 5]" {
		t.Errorf("kept %s; what cannot be kept must not push others out", got)
	}
}

func list(t *testing.T, s collector.Store) string {
	t.Helper()
	entries, _, err := s.List(t.Context(), 1000, 0)
	if err != nil {
		t.Fatal(err)
	}
	ids := make([]string, len(entries))
	for i, e := range entries {
		ids[i] = e.ID
	}
	return fmt.Sprint(ids)
}
