// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package anthropic

import (
	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/shape"
	"github.com/spect-tools/spect-go/convert/llm"
)

// Response reads the body of an answer: a message, or an error.
func Response(body contracts.JSON) llm.Response {
	var o shape.Object
	o.Read(shape.Sound(body))
	o.Take("type")
	o.Take("role")
	var r reader
	r.content(contracts.RoleAssistant, o.Take("content"))
	res := llm.Response{
		ID:       o.Text("id"),
		Model:    o.Text("model"),
		Messages: r.out,
		Error:    failure(o.Take("error")),
	}
	if reason := o.Text("stop_reason"); reason != "" {
		res.FinishReasons = []string{reason}
	}
	var counts shape.Object
	counts.Read(o.Take("usage"))
	res.Metadata = o.Rest()
	res.Usage = usage(&counts)
	for _, m := range counts.Rest() {
		if _, isText := m.Value.Text(); isText { // service_tier
			res.Metadata = append(res.Metadata, m)
		} else {
			res.Usage.Details = append(res.Usage.Details, m)
		}
	}
	return res
}

// usage takes the counts of tokens. Input tokens that came from a cache or went
// into one are counted apart there.
func usage(o *shape.Object) llm.Usage {
	u := llm.Usage{
		Output:      shape.Count(o.Take("output_tokens")),
		Reasoning:   shape.Count(o.Get("output_tokens_details").Member("thinking_tokens")),
		CachedInput: shape.Count(o.Take("cache_read_input_tokens")),
		CacheWrite:  shape.Count(o.Take("cache_creation_input_tokens")),
	}
	u.Input = shape.Count(o.Take("input_tokens")).Plus(u.CachedInput).Plus(u.CacheWrite)
	return u
}

// Error reads the error of a body or of an event of a stream. It is nil where
// there is none.
func Error(body contracts.JSON) *contracts.NormalizedError {
	return failure(shape.Sound(body).Member("error"))
}

func failure(j contracts.JSON) *contracts.NormalizedError {
	switch {
	case j == "" || j == "null":
		return nil
	case !j.IsObject():
		return &contracts.NormalizedError{Message: shape.Text(j)}
	}
	var o shape.Object
	o.Read(j)
	return &contracts.NormalizedError{Message: o.Text("message"), Type: o.Text("type")}
}
