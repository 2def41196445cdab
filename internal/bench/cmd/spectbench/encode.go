// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert"
	"github.com/spect-tools/spect-go/internal/bench/corpus"
	"github.com/spect-tools/spect-go/internal/jsonscan"
)

// encoding measures what converting a session made by hand and encoding its
// payload takes, beside the least that anything sound takes: to validate the
// messages and to copy them once.
func (b *bench) encoding(c *corpus.Corpus, size string, bytes int) error {
	sessions, err := newWorkload(c, bytes).converted()
	if err != nil {
		return err
	}
	var (
		converter = convert.Converter{OrganizationID: "org_bench"}
		body      []byte
		sink      int
	)
	encode := func() {
		for i := range sessions {
			body = converter.Payload(&sessions[i].Session).AppendJSON(body[:0])
			sink += len(body)
		}
	}
	least := func() {
		for i := range sessions {
			body = body[:0]
			for _, text := range sessions[i].transcripts {
				if jsonscan.Valid(text) {
					body = append(body, text...)
				}
			}
			sink += len(body)
		}
	}
	encode()
	before := allocated()
	const times = 10
	for range times {
		encode()
	}
	objects := (allocated().objects - before.objects) / (times * distinct * spans)

	var encodes, leasts []float64
	for range b.options.rounds {
		encodes = append(encodes, b.cpuOf(encode))
		leasts = append(leasts, b.cpuOf(least))
	}
	b.printf("\n%s corpus, %s of messages a span: µs a span to convert and to encode: %.3f; to validate and copy its messages: %.3f; allocations a span: %.2f\n",
		c.Name(), size, spreadOf(encodes).median, spreadOf(leasts).median, objects)
	name := "_" + size
	if c.Name() != "code" {
		name += "_" + c.Name()
	}
	b.ratio("validated_copy_share"+name, spreadOf(quotients(leasts, encodes)).median)
	if sink == 0 {
		return errors.New("nothing was encoded")
	}
	return nil
}

// cpuOf is the CPU microseconds per span of what makes all distinct sessions once.
func (b *bench) cpuOf(f func()) float64 {
	cpu, began, n := processCPU(), time.Now(), 0
	for time.Since(began) < b.options.time/4 || n == 0 {
		f()
		n++
	}
	return float64((processCPU() - cpu).Nanoseconds()) / 1e3 / float64(n*distinct*spans)
}

// converted is a session as it is before its conversion, and the messages in it.
type converted struct {
	convert.Session
	transcripts []string
}

func (w *workload) converted() ([]converted, error) {
	kept := new(retainer)
	p := newProvider(sdktrace.WithSpanProcessor(kept))
	emit := w.byHand(p, withIDs)
	for i := range distinct {
		emit(i)()
	}
	views := make([]convert.Span, 0, len(kept.spans))
	for _, s := range kept.spans {
		views = append(views, view(s))
	}
	sessions := convert.Sessions(views)
	if len(sessions) != distinct {
		return nil, errors.New("the sessions are not what was made")
	}
	out := make([]converted, distinct)
	for i := range sessions {
		out[i].Session = sessions[i]
		for _, s := range sessions[i].Spans {
			for _, kv := range s.Attributes {
				if kv.Key == contracts.MessagesKey {
					out[i].transcripts = append(out[i].transcripts, kv.Value.AsString())
				}
			}
		}
	}
	return out, nil
}

func view(s sdktrace.ReadOnlySpan) convert.Span {
	var parent trace.SpanID
	if s.Parent().IsValid() {
		parent = s.Parent().SpanID()
	}
	return convert.Span{
		TraceID: s.SpanContext().TraceID(), SpanID: s.SpanContext().SpanID(), ParentID: parent,
		Name: s.Name(), StartTime: s.StartTime(), EndTime: s.EndTime(), Attributes: s.Attributes(),
		Resource: convert.ResourceJSON(s.Resource().Attributes()),
	}
}
