// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter

import "go.opentelemetry.io/otel/trace"

// sentSpans remembers spans whose sessions were released. There are many, so
// what they have in common is kept once, and nothing holds a pointer.
type sentSpans struct {
	spans *recent[sentSpan]
	// sessions has room for more than the spans that are remembered; next counts
	// those that were ever put there.
	sessions []sentSession
	next     uint32
}

// sentSpan is what is left of one span.
type sentSpan struct {
	start int64
	// of counts its session.
	of   uint32
	fate fate
	open bool // released before it ended
	link bool // not ours
	// root says that the session's id is that of the span.
	root bool
}

// sentSession is what is left of a session: the payload's trace id, and its own.
type sentSession struct{ traceID, id keptID }

// keptID is an id of a payload as it stands there; the zero value is none.
type keptID [36]byte

func keepID(id string) (k keptID) {
	copy(k[:], id)
	return k
}

func (k keptID) String() string {
	if k == (keptID{}) {
		return ""
	}
	return string(k[:])
}

// fate is what became of a session.
type fate uint8

const (
	unknownFate fate = iota
	kept             // and sent, or to be
	dropped          // sampled out
)

func newSentSpans(size int) *sentSpans { return &sentSpans{spans: newRecent[sentSpan](size)} }

// session keeps a session, for spans to be put that say that they are of it.
func (s *sentSpans) session(traceID, id string) (of uint32) {
	of = s.next
	s.next++
	kept := sentSession{keepID(traceID), keepID(id)}
	if most := 2 * s.spans.size; len(s.sessions) == most {
		s.sessions[int(of)%most] = kept
	} else {
		s.sessions = append(s.sessions, kept)
	}
	return of
}

func (s *sentSpans) put(id trace.TraceID, span trace.SpanID, v sentSpan) { s.spans.put(id, span, v) }

func (s *sentSpans) get(id trace.TraceID, span trace.SpanID) (v sentSpan, ok bool) {
	v, ok = s.spans.get(id, span)
	return v, ok && int(s.next-v.of) <= len(s.sessions) // where a span was put again and again, it is not
}

// of returns the session of a span.
func (s *sentSpans) of(v sentSpan) sentSession { return s.sessions[int(v.of)%len(s.sessions)] }

// idOf is the id of the session that a span is the root of, or stands in as one
// of others; empty for other spans.
func (s *sentSpans) idOf(v sentSpan) string {
	if !v.root {
		return ""
	}
	return s.of(v).id.String()
}
