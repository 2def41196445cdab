// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package gemini

import (
	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/shape"
	"github.com/spect-tools/spect-go/convert/llm"
)

// Response reads the body of an answer, or of an error. A list of chunks, as a
// stream comes where it was not asked for as events, is read as [Stream] does.
func Response(body contracts.JSON) llm.Response {
	body = shape.Sound(body)
	if body.IsArray() {
		var s Stream
		for chunk := range body.Elements() {
			s.Add(chunk)
		}
		return s.Response()
	}
	var o shape.Object
	o.Read(body)
	if o.Get("steps") != "" || o.Get("outputs") != "" || shape.Text(o.Get("object")) == "interaction" {
		return interactionResponse(&o)
	}
	o.ReadCamel(body)
	o.Take("sdkHttpResponse") // of the transport: headers
	var r reader
	res := llm.Response{ID: o.Text("responseId"), Model: o.Text("modelVersion")}
	if o.Get("candidates") == "" { // ADK has one candidate that stands by itself
		r.candidate(&o, &res)
	}
	// What several candidates have is said of the first.
	var metadata shape.Fields
	var candidate shape.Object
	for c := range o.Take("candidates").Elements() {
		candidate.ReadCamel(c)
		candidate.Take("index")
		r.candidate(&candidate, &res)
		for _, m := range candidate.Rest() {
			if metadata.Get(m.Name) == "" {
				metadata.Set(m.Name, m.Value)
			}
		}
	}
	res.Messages = r.out
	res.Error = failure(o.Take("error"), &res.Metadata)
	if reason := o.Get("promptFeedback").Member("blockReason"); reason != "" && len(res.FinishReasons) == 0 {
		res.FinishReasons = []string{blocked(shape.Text(reason))}
	}
	var counts shape.Object
	counts.ReadCamel(o.Take("usageMetadata"))
	res.Usage = usage(&counts)
	for _, m := range counts.Rest() {
		if _, isText := m.Value.Text(); isText { // trafficType
			res.Metadata = append(res.Metadata, m)
		} else {
			res.Usage.Details = append(res.Usage.Details, m)
		}
	}
	for _, m := range o.Rest() {
		metadata.Set(m.Name, m.Value)
	}
	res.Metadata = append(res.Metadata, metadata.Members()...)
	return res
}

// ofText are the members of a candidate that tell of its text.
var ofText = [...]string{
	"groundingMetadata", "urlContextMetadata", "citationMetadata", "safetyRatings", "avgLogprobs", "logprobsResult",
}

// candidate reads one answer. It takes of the candidate what has a place.
func (r *reader) candidate(o *shape.Object, res *llm.Response) {
	before := len(r.out)
	r.calls = shape.Calls{}
	r.content(contracts.RoleAssistant, o.Take("content"))
	if reason := o.Text("finishReason"); reason != "" {
		res.FinishReasons = append(res.FinishReasons, reason)
	}
	if len(r.out) == before {
		return
	}
	message := &r.out[len(r.out)-1]
	parts := message.Content.Parts()
	for i := len(parts) - 1; i >= 0; i-- {
		if p, ok := parts[i].(contracts.TextContentPart); ok {
			var opts shape.Options
			opts.Load(p.ProviderOptions, provider)
			for _, name := range ofText {
				opts.Add(name, o.Take(name))
			}
			p.ProviderOptions = opts.JSON(provider)
			parts[i] = p
			message.Content = contracts.PartsContent(parts...)
			return
		}
	}
}

// blocked is the reason why a prompt was blocked as a finish reason. OTHER alone
// would not say so.
func blocked(reason string) string {
	if reason == "OTHER" {
		return "BlockedReason.OTHER"
	}
	return reason
}

// usage takes the counts of tokens. Those of thoughts are counted apart there.
func usage(o *shape.Object) llm.Usage {
	thoughts := shape.Count(o.Take("thoughtsTokenCount"))
	return llm.Usage{
		Input:       shape.Count(o.Take("promptTokenCount")),
		Output:      shape.Count(o.Take("candidatesTokenCount")).Plus(thoughts),
		Total:       shape.Count(o.Take("totalTokenCount")),
		Reasoning:   thoughts,
		CachedInput: shape.Count(o.Take("cachedContentTokenCount")),
	}
}

// Error reads the error of a body or of a chunk. It is nil where there is none.
func Error(body contracts.JSON) *contracts.NormalizedError {
	body = shape.Sound(body)
	for first := range body.Elements() { // a list of chunks
		body = first
		break
	}
	return failure(body.Member("error"), nil)
}

// failure reads an error. What it has besides its message goes to the metadata.
func failure(j contracts.JSON, metadata *contracts.Members) *contracts.NormalizedError {
	switch {
	case j == "" || j == "null":
		return nil
	case !j.IsObject():
		return &contracts.NormalizedError{Message: shape.Text(j)}
	}
	var o shape.Object
	o.ReadCamel(j)
	e := &contracts.NormalizedError{Message: o.Text("message"), Type: o.Text("status"), Code: o.Text("code")}
	if details := o.Take("details"); details != "" && metadata != nil {
		*metadata = append(*metadata, contracts.Member{Name: "errorDetails", Value: details})
	}
	return e
}
