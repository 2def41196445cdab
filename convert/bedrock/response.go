// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package bedrock

import (
	"strings"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/anthropic"
	"github.com/spect-tools/spect-go/convert/internal/shape"
	"github.com/spect-tools/spect-go/convert/llm"
)

// Response reads the body of an answer, or of an error, or the message of an
// answer by itself. Bedrock gives an answer no id, and does not say the model but
// where a router chose it.
func Response(body contracts.JSON) llm.Response {
	body = shape.Sound(body)
	var o shape.Object
	o.Read(body)
	if isAnthropic(&o) {
		return anthropic.Response(body)
	}
	var res llm.Response
	res.Error = failure(&o, &res.Metadata)

	var r reader
	var message shape.Object
	if message.Read(o.Take("output").Member("message")); message.Get("content") != "" {
		message.Take("role")
		r.content(contracts.RoleAssistant, message.Take("content"))
	} else {
		o.Take("role")
		r.content(contracts.RoleAssistant, o.Take("content"))
	}
	res.Messages = r.out
	res.Model, _ = o.Get("trace").Member("promptRouter").Member("invokedModelId").Text()
	if reason := o.Text("stopReason"); reason != "" {
		res.FinishReasons = []string{reason}
	}
	var counts shape.Object
	counts.Read(o.Take("usage"))
	res.Usage = usage(&counts)
	for _, m := range o.Rest() {
		if !shape.IsEmpty(m.Value) {
			res.Metadata = append(res.Metadata, m)
		}
	}
	return res
}

// isAnthropic tells a body of InvokeModel that an Anthropic model answered.
func isAnthropic(o *shape.Object) bool {
	switch shape.Text(o.Get("type")) {
	case "message", "error":
		return true
	}
	return o.Get("stop_reason") != ""
}

// usage takes the counts of tokens. Input tokens that came from a cache or went
// into one are counted apart there. Each of those is said twice, by a name that
// the documentation has and by one that it has not.
func usage(o *shape.Object) llm.Usage {
	read, write := o.Take("cacheReadInputTokenCount"), o.Take("cacheWriteInputTokenCount")
	u := llm.Usage{
		Output:      shape.Count(o.Take("outputTokens")),
		Total:       shape.Count(o.Take("totalTokens")),
		CachedInput: shape.Count(o.Take("cacheReadInputTokens")).Or(shape.Count(read)),
		CacheWrite:  shape.Count(o.Take("cacheWriteInputTokens")).Or(shape.Count(write)),
	}
	u.Input = shape.Count(o.Take("inputTokens")).Plus(u.CachedInput).Plus(u.CacheWrite)
	for _, m := range o.Rest() {
		if !shape.IsEmpty(m.Value) {
			u.Details = append(u.Details, m)
		}
	}
	return u
}

// Error reads the error of a body or of an event of a stream. It is nil where
// there is none. Over HTTP the type of an error stands in a header.
func Error(body contracts.JSON) *contracts.NormalizedError {
	body = shape.Sound(body)
	var o shape.Object
	o.Read(body)
	if isAnthropic(&o) {
		return anthropic.Error(body)
	}
	return failure(&o, nil)
}

// failure takes an error from a body: its message at the top, an exception of a
// stream under its name, or what Python's SDK makes of one.
func failure(o *shape.Object, metadata *contracts.Members) *contracts.NormalizedError {
	if e := o.Take("Error"); e.IsObject() {
		var of shape.Object
		of.Read(e)
		return &contracts.NormalizedError{Message: of.Text("Message"), Type: of.Text("Code")}
	}
	for _, m := range o.Rest() {
		if !strings.HasSuffix(m.Name, "Exception") || !m.Value.IsObject() {
			continue
		}
		var of shape.Object
		of.Read(o.Take(m.Name))
		e := &contracts.NormalizedError{Message: message(&of), Type: m.Name}
		if rest := of.RestJSON(); rest != "" && metadata != nil {
			*metadata = append(*metadata, contracts.Member{Name: m.Name, Value: rest})
		}
		return e
	}
	if text := message(o); text != "" {
		return &contracts.NormalizedError{Message: text, Type: typeName(o.Text("__type"))}
	}
	return nil
}

func message(o *shape.Object) string {
	if text := o.Text("message"); text != "" {
		return text
	}
	return o.Text("Message")
}

// typeName is the name of a type without its namespace and what else may follow.
func typeName(name string) string {
	if _, after, found := strings.Cut(name, "#"); found {
		name = after
	}
	name, _, _ = strings.Cut(name, ":")
	return name
}
