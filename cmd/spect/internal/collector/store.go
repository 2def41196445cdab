// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package collector

import (
	"context"
	"errors"
	"net/http"
	"time"
)

var (
	// ErrNotFound says that the store has no session of that id, or has it no longer.
	ErrNotFound = errors.New("no such session")
	// ErrTooLarge says that a session alone exceeds what the store may hold.
	ErrTooLarge = errors.New("session is larger than the store")
)

// Store keeps the sessions a collector received. Implementations are safe for
// concurrent use and pass the tests of package storetest.
type Store interface {
	// Put keeps s and returns its list entry. A session of the same id is
	// replaced and becomes the newest; Entry.Posts counts how often it came.
	// Put sets Seq and Posts itself. The caller must not change s.Body afterwards.
	Put(ctx context.Context, s Session) (Entry, error)
	// Get returns the session, or ErrNotFound. The caller must not change it.
	Get(ctx context.Context, id string) (Session, error)
	// List returns entries newest first, at most limit, which is positive. A
	// positive before asks for those with a smaller Seq only. more says that
	// older ones exist.
	List(ctx context.Context, limit int, before int64) (entries []Entry, more bool, err error)
	// Clear forgets every session and returns how many there were.
	Clear(ctx context.Context) (int, error)
	// Subscribe returns the changes from now on, in the order in which they took
	// effect. A subscriber too slow to keep up is cut off: its channel is closed,
	// and it has to subscribe and list anew. Putting never waits for one. The
	// channel is closed after cancel, too.
	Subscribe() (events <-chan Event, cancel func())
}

// Session is one received payload with the request that carried it.
type Session struct {
	Entry
	Request Request
	Body    []byte // the payload, byte for byte (after Content-Encoding)
}

// Entry is a session's row in a list.
type Entry struct {
	Summary
	Seq      int64     `json:"seq"` // rises with every Put; the cursor of List
	Received time.Time `json:"received"`
	Posts    int       `json:"posts"` // 2 and more: it was sent again
	Bytes    int       `json:"bytes"`
}

// Request is what is kept of the HTTP request. Headers hold no credentials.
type Request struct {
	Method string
	Path   string // with the query, as it was sent
	Name   string // the query's name: the organization
	Header http.Header
}

// EventKind says what happened to the store.
type EventKind string

// The kinds of an [Event]; their values name the server-sent events, too.
const (
	EventSession EventKind = "session" // Entry came or was replaced
	EventRemoved EventKind = "removed" // IDs gave way to newer ones
	EventCleared EventKind = "cleared" // all were forgotten
)

// Event is one change of a store.
type Event struct {
	Kind  EventKind
	Entry Entry    // of EventSession
	IDs   []string // of EventRemoved
}
