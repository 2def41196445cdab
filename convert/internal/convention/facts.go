// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convention

import (
	"time"

	"go.opentelemetry.io/otel/attribute"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/memory"
	"github.com/spect-tools/spect-go/convert/llm"
)

// Role is what a span is by its convention.
type Role uint8

const (
	// None is a span that says nothing of language models.
	None Role = iota
	// Struct holds others together, or is of a kind that a session does not
	// show: chains, workflows, retrievals, embeddings.
	Struct
	// LLM is one call of a model.
	LLM
	// Agent is one run of an agent: calls of models and tools.
	Agent
	// Tool is one run of a tool.
	Tool
)

// Source is a span as the decoders see it.
type Source struct {
	Name       string
	Attributes []attribute.KeyValue
	Events     []Event
	// Logs are the log records that name the span as theirs, in order.
	Logs []Log

	// Origins is whether it is to be said which decoder gave what.
	Origins bool

	// used marks the attributes that some fact holds, by index.
	used []bool
	// at is where an attribute is, by its key, where there are more than a few.
	at map[attribute.Key]int
	// keys are those that there are, as bits: most keys that are asked for are not
	// there.
	keys uint64
	// said is what the decoder in hand says.
	said Facts
	// talk reads messages.
	talk conversation
	pools
}

// pools are what facts are made of.
type pools struct {
	facts    memory.Slab[Facts]
	messages memory.Slab[contracts.ConversationMessage]
	parts    memory.Slab[contracts.ContentPart]
	members  memory.Slab[contracts.Member]
	words    memory.Slab[string]
	texts    memory.Arena
}

// Reset takes back the memory of all facts that were read.
func (s *Source) Reset() {
	s.facts.Reset()
	s.messages.Reset()
	s.parts.Reset()
	s.members.Reset()
	s.words.Reset()
	s.texts.Reset()
	s.talk.tape.Forget()
	s.said = Facts{}
}

// Event is an event of a span.
type Event struct {
	Name       string
	Time       time.Time
	Attributes []attribute.KeyValue
}

// Log is a log record of a span. Name is its event name: the field, or else the
// attribute event.name.
type Log struct {
	Name       string
	Time       time.Time
	Body       attribute.Value
	Attributes []attribute.KeyValue
}

// Facts are what one span says, by one convention or several.
type Facts struct {
	Role Role

	// Provider is as the convention spells it; llm.Provider translates it.
	Provider string
	// Request and Response are the call of an LLM span; of an Agent span what
	// the agent was asked and what it answered in the end.
	Request  llm.Request
	Response llm.Response
	// Streamed is whether the answer came as a stream.
	Streamed bool
	// TimeToFirstToken is zero where it is not known.
	TimeToFirstToken time.Duration
	// Fragments says that the messages of the response are pieces of one answer,
	// not choices.
	Fragments bool
	// Answer says that the span is no call of its own: it tells, after the fact,
	// what came of the streamed call that a span beside it stands for.
	Answer bool

	Tool  ToolFacts
	Agent AgentFacts

	// ConversationID is the convention's id of the conversation or session.
	ConversationID string
	// Error is what the convention says of an error beyond status and exception
	// event, which package convert reads on all spans.
	Error *contracts.NormalizedError

	// Metadata is what else a person would miss, under its own name: what a
	// decoder put there, and every attribute that no decoder used.
	Metadata contracts.Members
	// Partial notes what did not arrive whole, and why.
	Partial []Note
	// From says which decoder gave which field, where the source asks for it.
	From []Origin

	origins bool
}

// ToolFacts are what a Tool span says.
type ToolFacts struct {
	CallID, Name, Description string
	// Arguments and Result are JSON; absent where the span does not say.
	Arguments, Result contracts.JSON
	// Failed is whether the convention says that the result is an error.
	Failed bool
}

// AgentFacts are what an Agent span says.
type AgentFacts struct {
	ID, Name, Description string
	// Input is what the agent was given, where that is no message.
	Input contracts.JSON
}

// Origin says which decoder gave a field of [Facts].
type Origin struct{ Field, Decoder string }

// Note says what is partial, and why.
type Note struct{ What, Why string }
