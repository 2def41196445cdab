// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

// Package storetest holds the rules of [collector.Store] as tests, for every
// implementation to run.
package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/spect-tools/spect-go/cmd/spect/internal/collector"
)

// Session makes a session of that id whose body has the given size.
func Session(id string, size int) collector.Session {
	body := bytes.Repeat([]byte{' '}, size)
	copy(body, fmt.Sprintf(`{"id":%q}`, id))
	return collector.Session{
		Entry: collector.Entry{
			Summary:  collector.Summary{ID: id, Name: "op " + id, Status: collector.StatusOK},
			Received: time.Date(2026, 4, 24, 3, 6, 40, 0, time.UTC),
			Bytes:    size,
		},
		Request: collector.Request{
			Method: http.MethodPost, Path: "/traces?name=org", Name: "org",
			Header: http.Header{"X-Team": {"blue"}},
		},
		Body: body,
	}
}

// Run tests a store; newStore returns an empty one that holds 10 sessions or
// more. It is called once per rule.
func Run(t *testing.T, newStore func(t *testing.T) collector.Store) {
	t.Run("get returns what was put", func(t *testing.T) {
		s := newStore(t)
		put(t, s, "a")
		got, err := s.Get(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		want := Session("a", 100)
		if !bytes.Equal(got.Body, want.Body) {
			t.Errorf("body = %q, want %q", got.Body, want.Body)
		}
		if got.Name != want.Name || !got.Received.Equal(want.Received) || got.Bytes != 100 {
			t.Errorf("entry = %+v, want %+v", got.Entry, want.Entry)
		}
		if got.Request.Path != want.Request.Path || got.Request.Header.Get("X-Team") != "blue" {
			t.Errorf("request = %+v, want %+v", got.Request, want.Request)
		}
		if _, err := s.Get(t.Context(), "b"); !errors.Is(err, collector.ErrNotFound) {
			t.Errorf("Get of an unknown id: %v, want ErrNotFound", err)
		}
	})

	t.Run("list is newest first, in pages", func(t *testing.T) {
		s := newStore(t)
		for i := range 5 {
			put(t, s, fmt.Sprint(i))
		}
		var pages [][]string
		for before, more := int64(0), true; more; {
			var entries []collector.Entry
			var err error
			entries, more, err = s.List(t.Context(), 2, before)
			if err != nil {
				t.Fatal(err)
			}
			pages = append(pages, ids(entries))
			before = entries[len(entries)-1].Seq
		}
		if got := fmt.Sprint(pages); got != "[[4 3] [2 1] [0]]" {
			t.Errorf("pages = %s", got)
		}
		if _, more, err := s.List(t.Context(), 5, 0); more || err != nil {
			t.Errorf("a page of all: more %t, err %v", more, err)
		}
	})

	t.Run("a put of the same id replaces and is counted", func(t *testing.T) {
		s := newStore(t)
		put(t, s, "a")
		put(t, s, "b")
		again := Session("a", 120)
		entry, err := s.Put(t.Context(), again)
		if err != nil || entry.Posts != 2 {
			t.Fatalf("second put: posts %d, err %v", entry.Posts, err)
		}
		entries, _, err := s.List(t.Context(), 10, 0)
		if got := fmt.Sprint(ids(entries)); err != nil || got != "[a b]" {
			t.Errorf("list = %s, %v; want the replaced one once, and newest", got, err)
		}
		if got, err := s.Get(t.Context(), "a"); err != nil || len(got.Body) != 120 || got.Posts != 2 {
			t.Errorf("get: %d bytes, posts %d, err %v", len(got.Body), got.Posts, err)
		}
	})

	t.Run("clear forgets all", func(t *testing.T) {
		s := newStore(t)
		put(t, s, "a")
		put(t, s, "b")
		if n, err := s.Clear(t.Context()); n != 2 || err != nil {
			t.Errorf("clear = %d, %v", n, err)
		}
		if entries, more, err := s.List(t.Context(), 10, 0); len(entries) != 0 || more || err != nil {
			t.Errorf("list after clear = %v, %t, %v", entries, more, err)
		}
		if _, err := s.Get(t.Context(), "a"); !errors.Is(err, collector.ErrNotFound) {
			t.Errorf("get after clear: %v", err)
		}
		if entry := put(t, s, "a"); entry.Posts != 1 {
			t.Errorf("posts after clear = %d", entry.Posts)
		}
	})

	t.Run("subscribers see changes in order", func(t *testing.T) {
		s := newStore(t)
		put(t, s, "before")
		events, cancel := s.Subscribe()
		put(t, s, "a")
		put(t, s, "b")
		if _, err := s.Clear(t.Context()); err != nil {
			t.Fatal(err)
		}
		cancel()
		cancel() // twice is fine
		var got []string
		for ev := range events { // ends: cancel closes
			got = append(got, string(ev.Kind)+" "+ev.Entry.ID)
		}
		if want := []string{"session a", "session b", "cleared "}; !slices.Equal(got, want) {
			t.Errorf("events = %q, want %q", got, want)
		}
	})

	t.Run("a slow subscriber is cut off, not waited for", func(t *testing.T) {
		s := newStore(t)
		events, cancel := s.Subscribe()
		defer cancel()
		for i := range 10_000 { // more than any sensible buffer
			put(t, s, fmt.Sprint(i))
		}
		n := 0
		for range events {
			n++
		}
		if n >= 10_000 {
			t.Errorf("%d events were buffered", n)
		}
	})

	t.Run("safe for concurrent use", func(t *testing.T) {
		s := newStore(t)
		var wg sync.WaitGroup
		for w := range 4 {
			wg.Go(func() {
				events, cancel := s.Subscribe()
				defer cancel()
				for i := range 50 {
					id := fmt.Sprint(w, "-", i%5)
					if _, err := s.Put(t.Context(), Session(id, 100)); err != nil {
						t.Error(err)
					}
					if _, err := s.Get(t.Context(), id); err != nil && !errors.Is(err, collector.ErrNotFound) {
						t.Error(err)
					}
					if _, _, err := s.List(t.Context(), 10, 0); err != nil {
						t.Error(err)
					}
					<-events
				}
			})
		}
		wg.Wait()
	})
}

func put(t *testing.T, s collector.Store, id string) collector.Entry {
	t.Helper()
	entry, err := s.Put(t.Context(), Session(id, 100))
	if err != nil {
		t.Fatal(err)
	}
	return entry
}

func ids(entries []collector.Entry) []string {
	out := make([]string, len(entries))
	for i, e := range entries {
		out[i] = e.ID
	}
	return out
}
