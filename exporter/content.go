// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert"
)

// ContentPolicy says how much of what a session holds is sent. See
// docs/privacy.md for what each leaves.
type ContentPolicy = contracts.ContentPolicy

// The content policies, from the most lenient to the strictest.
const (
	// FullContent sends all.
	FullContent = contracts.ContentFull
	// NoToolValues withholds what tools were called with and returned.
	NoToolValues = contracts.ContentNoToolValues
	// MetadataOnly withholds what people, models and tools said, and the messages
	// and stacks of errors.
	MetadataOnly = contracts.ContentMetadataOnly
	// NoContent withholds the program's own metadata too, the conversation's id,
	// the names of who speaks, and the resource.
	NoContent = contracts.ContentNone
)

// ContentSession is what a resolver of content policies knows of a session.
type ContentSession struct {
	Name          string
	Model         string
	ModelProvider string
	FunctionID    string
	// ConversationID is empty where the session has none.
	ConversationID string
	// Metadata is the session's (JSON object), absent where there is none.
	Metadata contracts.JSON
}

// WithContent says how much of each session is sent. Environment: SPECT_CONTENT.
// Default: [FullContent].
//
// Of all that speaks of a session the strictest counts: this option, the
// environment, [WithContentResolver], and the spans themselves
// (contracts.ContentPolicyKey, tracer.ContextWithContent). So no variable lets out
// what the program withholds, and no program what its operator does.
//
// What is withheld leaves neither for the collector nor for the callback of
// [WithOnTrace] nor for the spool. Other exporters are another matter: see
// [WithoutContent].
func WithContent(p ContentPolicy) Option {
	return option(func(c *config) { c.content.kinds |= p.Withholds() })
}

// WithContentResolver has f say how much of a session is sent, when it is
// released. f is called from several goroutines; when it panics, that is
// reported and counted ([Stats].Withheld), and the session's policy is
// [MetadataOnly]. Default: none.
func WithContentResolver(f func(ContentSession) ContentPolicy) Option {
	return option(func(c *config) { c.content.resolve = f })
}

// contentConfig says what is withheld.
type contentConfig struct {
	kinds   contracts.ContentKinds
	resolve func(ContentSession) ContentPolicy
}

// contentStage withholds content from payloads.
type contentStage struct {
	contentConfig
	withheld *atomic.Uint64
	report   func(error)
}

// apply withholds from the payload that c made last.
func (s *contentStage) apply(c *convert.Converter, p *contracts.CollectorTracePayload) {
	kinds := s.kinds
	if s.resolve != nil && kinds != contracts.ContentAll {
		kinds |= s.policy(p).Withholds()
	}
	c.Withhold(kinds)
}

// policy asks the resolver.
func (s *contentStage) policy(p *contracts.CollectorTracePayload) (policy ContentPolicy) {
	defer func() {
		if r := recover(); r != nil {
			policy = MetadataOnly
			s.withheld.Add(1)
			s.report(fmt.Errorf("spect: the callback of exporter.WithContentResolver panicked: %s: the session is sent without content", panicText(r)))
		}
	}()
	return s.resolve(ContentSession{
		Name: strings.Clone(p.Name), Model: strings.Clone(p.Model.ID), ModelProvider: strings.Clone(p.Model.Provider),
		FunctionID: strings.Clone(p.FunctionID), ConversationID: strings.Clone(p.Attributes.ConversationID),
		Metadata: contracts.JSON(strings.Clone(string(p.Metadata.Request))),
	})
}

// The environment variables that say what is withheld. All but the first are of
// others: what they keep out of spans is not to leave by ours.
const (
	envContent        = "SPECT_CONTENT"
	envCaptureContent = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
	envHidePrefix     = "OPENINFERENCE_HIDE_"
)

const (
	inputKinds  = contracts.ContentInputText | contracts.ContentInputImages | contracts.ContentInputFiles | contracts.ContentToolValues
	outputKinds = contracts.ContentOutputText | contracts.ContentOutputFiles | contracts.ContentToolValues
)

// hidden are OpenInference's variables, without their prefix, and what they
// withhold.
var hidden = [...]struct {
	name  string
	kinds contracts.ContentKinds
}{
	{"INPUTS", inputKinds | contracts.ContentSettings},
	{"OUTPUTS", outputKinds},
	{"INPUT_MESSAGES", inputKinds},
	{"OUTPUT_MESSAGES", outputKinds},
	{"INPUT_TEXT", contracts.ContentInputText | contracts.ContentToolValues},
	{"OUTPUT_TEXT", contracts.ContentOutputText},
	{"INPUT_IMAGES", contracts.ContentInputImages},
	{"PROMPTS", contracts.ContentInputText},
	{"LLM_PROMPTS", contracts.ContentInputText},
	{"CHOICES", contracts.ContentOutputText},
	{"LLM_INVOCATION_PARAMETERS", contracts.ContentSettings},
	{"LLM_TOOLS", contracts.ContentSettings},
}

// readEnvironment adds what the environment withholds.
func (c *contentConfig) readEnvironment() error {
	if v := os.Getenv(envContent); strings.TrimSpace(v) != "" {
		p, ok := contracts.ParseContentPolicy(v)
		if !ok {
			return fmt.Errorf("spect: %s is %q: set it to full, no-tool-values, metadata-only or none, or unset it", envContent, v)
		}
		c.kinds |= p.Withholds()
	}
	switch v := strings.ToLower(strings.TrimSpace(os.Getenv(envCaptureContent))); v {
	case "", "span_only", "event_only", "span_and_event":
	default: // no_content, and what nobody has heard of
		if b, err := strconv.ParseBool(v); err != nil || !b {
			c.kinds |= MetadataOnly.Withholds()
		}
	}
	for _, h := range hidden {
		if v := strings.TrimSpace(os.Getenv(envHidePrefix + h.name)); v != "" {
			if b, err := strconv.ParseBool(strings.ToLower(v)); err != nil || b {
				c.kinds |= h.kinds
			}
		}
	}
	return nil
}
