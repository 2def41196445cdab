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
	said  map[spanKey][]string
}

type spanKey struct {
	trace trace.TraceID
	span  trace.SpanID
}

func newExplanation(spans []convert.Span) *explanation {
	return &explanation{spans: spans, said: make(map[spanKey][]string)}
}

func (e *explanation) add(s *convert.Span, what string) {
	of := spanKey{s.TraceID, s.SpanID}
	e.said[of] = append(e.said[of], what)
}

// write writes a paragraph for each span, in the order of the input.
func (e *explanation) write(out io.Writer) error {
	var b bytes.Buffer
	for i := range e.spans {
		s := &e.spans[i]
		fmt.Fprintf(&b, "%s %q\n", s.SpanID, s.Name)
		said := e.said[spanKey{s.TraceID, s.SpanID}]
		if len(said) == 0 {
			said = []string{"in no session: " + convert.Describe(s)}
		}
		for _, what := range said {
			fmt.Fprintf(&b, "  %s\n", what)
		}
	}
	_, err := out.Write(b.Bytes())
	return err
}
