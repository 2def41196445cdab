// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"fmt"
	"io"

	"go.opentelemetry.io/otel/trace"

	"github.com/spect-tools/spect-go/convert"
)

// explanation collects what became of each span.
type explanation struct {
	spans []convert.Span
	// place is where in a session a span is: all there is to say of Spect's own.
	place map[spanKey]string
	said  map[spanKey][]string
}

type spanKey struct {
	trace trace.TraceID
	span  trace.SpanID
}

func keyOf(s *convert.Span) spanKey { return spanKey{s.TraceID, s.SpanID} }

func newExplanation(spans []convert.Span, sessions []convert.Session) *explanation {
	e := &explanation{spans: spans, place: make(map[spanKey]string), said: make(map[spanKey][]string)}
	for i := range sessions {
		root := sessions[i].Root
		for _, s := range sessions[i].Spans {
			e.place[keyOf(s)] = fmt.Sprintf("an entry of the session %q", root.Name)
		}
		e.place[keyOf(root)] = fmt.Sprintf("the session %q", root.Name)
	}
	return e
}

func (e *explanation) add(s *convert.Span, what string) {
	of := keyOf(s)
	e.said[of] = append(e.said[of], what)
}

// write writes a paragraph for each span, in the order of the input.
func (e *explanation) write(out io.Writer) error {
	var b bytes.Buffer
	for i := range e.spans {
		s := &e.spans[i]
		fmt.Fprintf(&b, "%s %q\n", s.SpanID, s.Name)
		said, place := e.said[keyOf(s)], e.place[keyOf(s)]
		switch {
		case len(said) > 0:
		case place != "":
			said = []string{place}
		default:
			said = []string{"in no session: " + convert.Describe(s)}
		}
		for _, what := range said {
			fmt.Fprintf(&b, "  %s\n", what)
		}
	}
	_, err := out.Write(b.Bytes())
	return err
}
