// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package contracts

import (
	"strings"

	"go.opentelemetry.io/otel/attribute"
)

// This file says what counts as content. Everything that keeps content in, or
// apart, goes by it: tracer, which can hold content beside spans or not take it
// in; convert, which withholds it from payloads; exporter, which keeps it from
// other exporters.

// ContentPolicy says how much of what a session holds may be sent. Of two
// policies the greater is the stricter, so max is the strictest of several.
type ContentPolicy uint8

const (
	// ContentFull withholds nothing.
	ContentFull ContentPolicy = iota
	// ContentNoToolValues withholds what tools were called with and returned.
	ContentNoToolValues
	// ContentMetadataOnly withholds all that people, models and tools said, and
	// the messages and stacks of errors. Left are the structure (roles, types of
	// parts, sizes, ids, names of tools), models, usage, times, statuses, and the
	// program's own metadata.
	ContentMetadataOnly
	// ContentNone withholds the metadata too, the conversation's id, the names of
	// who speaks, and the resource.
	ContentNone
)

var policyNames = [...]string{"full", "no-tool-values", "metadata-only", "none"}

// String returns the name of the policy, by which [ParseContentPolicy] knows it.
func (p ContentPolicy) String() string { return policyNames[min(int(p), len(policyNames)-1)] }

// ParseContentPolicy reads the name of a policy: full, no-tool-values,
// metadata-only or none. Case does not count, and an underscore is a hyphen. For
// any other text it returns false and, to be on the safe side, [ContentNone].
func ParseContentPolicy(name string) (ContentPolicy, bool) {
	name = strings.ReplaceAll(strings.ToLower(strings.TrimSpace(name)), "_", "-")
	for i, known := range policyNames {
		if name == known {
			return ContentPolicy(i), true
		}
	}
	return ContentNone, false
}

// ContentKinds is a set of kinds of content.
type ContentKinds uint16

const (
	// ContentInputText is what models were asked: the text of system and user
	// messages, the input of a request, the task of a subagent.
	ContentInputText ContentKinds = 1 << iota
	// ContentInputImages are images that models were given.
	ContentInputImages
	// ContentInputFiles are other files that models were given.
	ContentInputFiles
	// ContentOutputText is what models said: text and reasoning, a session's
	// text and structured result.
	ContentOutputText
	// ContentOutputFiles are files and images that models made.
	ContentOutputFiles
	// ContentToolValues are what tools were called with and what they returned.
	ContentToolValues
	// ContentErrors are the messages and stacks of errors: providers quote prompts
	// in them.
	ContentErrors
	// ContentSettings are the settings of requests that other conventions record,
	// the definitions of tools among them.
	ContentSettings
	// ContentMetadata is free-form metadata: a session's, a span's, a result's.
	ContentMetadata
	// ContentIdentities are the ids of conversations, the names of who speaks,
	// and the resource that the spans come from.
	ContentIdentities

	// ContentMessages are the kinds that messages hold.
	ContentMessages = ContentInputText | ContentInputImages | ContentInputFiles |
		ContentOutputText | ContentOutputFiles | ContentToolValues
	// ContentPrivate are the kinds that do not go to others than Spect where
	// content is to be kept from them: all but identities.
	ContentPrivate = ContentMessages | ContentErrors | ContentSettings | ContentMetadata
	// ContentAll are all kinds.
	ContentAll = ContentPrivate | ContentIdentities
)

// Withholds returns the kinds of content that the policy does not let out.
func (p ContentPolicy) Withholds() ContentKinds {
	switch p {
	case ContentFull:
		return 0
	case ContentNoToolValues:
		return ContentToolValues
	case ContentMetadataOnly:
		return ContentAll &^ (ContentMetadata | ContentIdentities)
	}
	return ContentAll
}

// ContentOf returns the kinds of content that the attribute of that key holds;
// none for keys of this package that hold none, and for keys of others.
func ContentOf(key attribute.Key) ContentKinds {
	if !strings.HasPrefix(string(key), "spect.") {
		return 0
	}
	switch key {
	case MessagesKey:
		return ContentMessages
	case MetadataKey, SessionMetadataKey, ResultMetadataKey:
		return ContentMetadata
	case RequestInputKey:
		return ContentInputText
	case SubagentInputKey:
		return ContentInputText | ContentToolValues
	case ToolParametersKey, ToolResultKey:
		return ContentToolValues
	case ResponseTextKey:
		return ContentOutputText
	case ResponseObjectKey: // a structured answer, or the calls of tools
		return ContentOutputText | ContentToolValues
	case ErrorMessageKey, ErrorStackKey:
		return ContentErrors
	case ConversationIDKey, SessionOriginKey:
		return ContentIdentities
	}
	return 0
}
