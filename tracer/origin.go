// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package tracer

import (
	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/internal/jsonscan"
	"github.com/spect-tools/spect-go/internal/side"
)

// originOf describes the outermost of the sessions that s belongs to, as far as
// it is known by now: its model may be named after its start. What is said of
// sampling is the nearest session's that says something.
func originOf(s *side.Session) *side.Origin {
	var o side.Origin
	var metadata contracts.JSON
	verified := false
	if root, ok := s.Root.Content.(*Span); ok {
		root.mu.Lock()
		o.Model, o.Conversation, o.Function = root.get(contracts.ModelIDKey), root.get(contracts.ConversationIDKey), root.get(contracts.FunctionIDKey)
		metadata = contracts.JSON(root.get(contracts.SessionMetadataKey))
		verified = root.verified.Has(contracts.JSONKey(contracts.SessionMetadataKey))
		root.mu.Unlock()
	}
	if !verified && !metadata.Valid() {
		metadata = ""
	}
	own := metadata.Member("spect").Member("sampling")
	switch {
	case s.Origin == nil:
		o.Operation, o.Metadata = s.Name, scalars(metadata)
		if own.IsObject() {
			o.Sampling = own
		}
		return &o
	case own.IsObject():
		o = *s.Origin
		o.Sampling = own
		return &o
	}
	return s.Origin
}

const (
	// maxScalar bounds a member of the metadata that inner sessions are told of,
	// maxScalars all of them together.
	maxScalar  = 256
	maxScalars = 1024
)

// scalars are the members of an object that are texts, numbers, true, false or
// null, and short.
func scalars(object contracts.JSON) contracts.JSON {
	b := []byte{'{'}
	for name, value := range object.Members() {
		if value.IsObject() || value.IsArray() || len(value) > maxScalar || len(b)+len(name)+len(value) > maxScalars {
			continue
		}
		b = appendMember(b, name, value)
	}
	return contracts.JSON(append(b, '}'))
}

// appendMember adds a member to an object without its end.
func appendMember(b []byte, name string, value contracts.JSON) []byte {
	if len(b) > 1 {
		b = append(b, ',')
	}
	b = append(jsonscan.AppendString(b, name), ':')
	return append(b, value...)
}

// withheld is an origin without what is not to be said of it.
func withheld(o side.Origin, kinds contracts.ContentKinds) side.Origin {
	if kinds&contracts.ContentIdentities != 0 {
		o.Conversation = ""
	}
	if kinds&contracts.ContentMetadata != 0 {
		o.Metadata = ""
	}
	return o
}

// setOrigin tells the exporter what the outermost session is.
func (s *Span) setOrigin(origin *side.Origin) {
	o := withheld(*origin, s.withholds)
	b := appendMember([]byte{'{'}, "operationName", contracts.QuoteJSON(o.Operation))
	for _, member := range [...]struct{ name, value string }{
		{"model", o.Model}, {"conversationId", o.Conversation}, {"functionId", o.Function},
	} {
		if member.value != "" {
			b = appendMember(b, member.name, contracts.QuoteJSON(member.value))
		}
	}
	if o.Metadata != "" {
		b = appendMember(b, "metadata", o.Metadata)
	}
	if o.Sampling != "" {
		b = appendMember(b, "sampling", o.Sampling)
	}
	s.attrs = replace(s.attrs, contracts.SessionOriginKey.String(string(append(b, '}'))))
}
