// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"slices"
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/attr"
	"github.com/spect-tools/spect-go/convert/internal/convention"
)

// SpeaksOfModels reports whether the attributes are of a span that tells of
// language models by a convention other than Spect's, be it a call, a tool, an
// agent, or what holds them together. It does not allocate.
func SpeaksOfModels(attrs []attribute.KeyValue) bool { return convention.Speaks(attrs) }

// HoldsContent reports whether an attribute holds content by any convention that
// this package reads, Spect's apart: messages, tool values, definitions of tools.
// ofModel is what [SpeaksOfModels] says of its span: keys that are words of
// everyday use (events, input) count there only. It does not allocate.
func HoldsContent(key attribute.Key, ofModel bool) bool {
	return convention.HoldsContent(string(key), ofModel)
}

// EventHoldsContent is [HoldsContent] for an attribute of an event.
func EventHoldsContent(event string, key attribute.Key) bool {
	return convention.EventHoldsContent(event, string(key))
}

// policyOf is the content policy that a span asks for, for itself and what
// stands below it.
func policyOf(s *Span) contracts.ContentPolicy {
	v, ok := attr.Lookup(s.Attributes, contracts.ContentPolicyKey)
	if !ok {
		return contracts.ContentFull
	}
	p, _ := contracts.ParseContentPolicy(attr.Text(v))
	return p
}

// source is what a record was made of, as far as it matters for its content.
type source struct {
	policy contracts.ContentPolicy
	// foreign says that its metadata is what other people's instrumentation said;
	// guest that it holds the attributes of a span that is let in; moved that it
	// holds attributes that are not for the span's kind.
	foreign, guest, moved bool
}

// policies are the content policies of a session's spans.
type policies struct {
	of map[*Span]contracts.ContentPolicy // nil where no span asks for one
	// strictest is that of all.
	root, strictest contracts.ContentPolicy
}

// readPolicies finds out what holds for each span: the strictest of what it asks
// for and of what those above it do.
func readPolicies(s *Session) (p policies) {
	p.root = policyOf(s.Root)
	asked := p.root
	for _, sp := range s.Spans {
		asked = max(asked, policyOf(sp))
	}
	if p.strictest = asked; asked == contracts.ContentFull {
		return p
	}
	p.of = make(map[*Span]contracts.ContentPolicy, len(s.Spans)+1)
	p.of[s.Root] = p.root
	settled := make([]bool, len(s.Spans))
	var path []int
	for i := range s.Spans {
		path = path[:0]
		for i >= 0 && i < len(s.Spans) && !settled[i] {
			settled[i] = true
			path = append(path, i)
			i = s.Parents[i]
		}
		above := p.root
		if i >= 0 && i < len(s.Spans) {
			above = max(above, p.of[s.Spans[i]])
		}
		for _, k := range slices.Backward(path) {
			above = max(above, policyOf(s.Spans[k]), p.of[s.Spans[k]])
			p.of[s.Spans[k]] = above
		}
	}
	return p
}

// isNote reports whether a member of the metadata of a span of another convention
// is what this package says of the call, and no content.
func isNote(name string, value contracts.JSON) bool {
	switch name {
	case "usage", "finishReasons", "finishReasonsNative", "responseId", "requestModel", "timeToFirstTokenMs", "attempts", "toolCallId",
		"agentId", "agentName":
		return true
	case "service_tier", "system_fingerprint": // of the provider, which says a word
		return !value.IsObject() && !value.IsArray()
	}
	return false
}

// isConventional reports whether a name is an attribute's of some convention, or a
// member of a request or an answer: neither is known not to hold content.
func isConventional(name string) bool {
	return !strings.ContainsAny(name, ".:") || convention.IsKey(name)
}
