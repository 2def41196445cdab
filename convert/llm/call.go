// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package llm

import "github.com/spect-tools/spect-go/contracts"

// Request is what a model was asked.
type Request struct {
	// Model is the model that was asked for.
	Model string
	// Messages are the whole input, in order: instructions first, as system
	// messages, then the conversation. Messages have an ID only where the
	// provider gave them one.
	Messages []contracts.ConversationMessage
	// Tools are the tools that the model may call, as the provider takes them
	// (JSON array); absent where there are none.
	Tools contracts.JSON
	// Stream is whether the answer was asked for as a stream.
	Stream bool
	// ConversationID is the provider's own id of the conversation.
	ConversationID string
	// Settings are the other members of the request under the provider's own
	// names: temperature, max_tokens, tool_choice, ...
	Settings contracts.Members
}

// Response is what a model answered.
type Response struct {
	// ID is the provider's id of the answer, Model the model that answered.
	ID, Model string
	// Messages are the answer: one assistant message for each choice, with all
	// its parts in order. An answer without content has none.
	Messages []contracts.ConversationMessage
	// FinishReasons are in the provider's own words, one for each choice that
	// has one. [FinishReason] translates them.
	FinishReasons []string
	Usage         Usage
	// Error is what went wrong, where the answer is or ends with an error.
	Error *contracts.NormalizedError
	// Metadata are the other members of the answer that a person would miss,
	// under the provider's own names: service_tier, system_fingerprint, ...
	Metadata contracts.Members
}

// Stream folds the events of a streamed answer.
type Stream interface {
	// Add takes one event, as the provider sends it (JSON). What is not an
	// event of the provider's is passed over.
	Add(event contracts.JSON)
	// Response is the answer as far as it has come. It may be called at any
	// time, and more than once.
	Response() Response
}
