// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convention

import (
	"math/bits"

	"go.opentelemetry.io/otel/attribute"
)

// decoder reads one convention.
type decoder struct {
	name string
	// prefixes are what the convention's keys begin with: a decoder is asked
	// about a span that has one. A prefix without a dot or colon at its end is a
	// whole key, unless more follows behind a dot.
	prefixes []string
	// content are the keys, written as prefixes are, of what was said and of what
	// tools took and gave; settings those of what stands with it in a request and
	// is not for everybody's eyes either: definitions of tools, schemas, headers.
	// A key without a dot or colon in it is a word of everyday use, and stands for
	// itself alone. Keys that other decoders name need not be named again.
	content, settings []string
	// role tells what the span is, and None where the convention does not say.
	// It is asked of every span of an application that ends, on the
	// application's goroutine: it must not allocate. A decoder without one never
	// says what a span is.
	role func(attrs []attribute.KeyValue) Role
	// read reads what the span says into f, whose Role is settled, and marks the
	// attributes that it took. It leaves alone what the span does not say. A
	// decoder without one only tells what a span is.
	read func(s *Source, f *Facts)
}

// duplicate is the role of a span that only repeats another one. It is None to
// everybody, whatever other conventions say of the span.
const duplicate Role = 255

// decoders are all conventions, in their order: where a span carries several,
// the first that knows a role gives it, and each field comes from the first
// that has it.
var decoders = [...]decoder{
	logfireDecoder,
	langfuseDecoder,
	openInferenceDecoder,
	pydanticDecoder,
	adkDecoder,
	vercelDecoder,
	openLLMetryDecoder,
	langSmithDecoder,
	genAIDecoder,
	traceloopDecoder,
	genkitDecoder,
	braintrustDecoder,
	anthropicDecoder,
	mlflowDecoder,
	bareDecoder,
}

// byFirst are the prefixes of all decoders by their first byte.
var byFirst = index()

// reading are the decoders that read what spans say.
var reading = func() (s set) {
	for i := range decoders {
		if decoders[i].read != nil {
			s |= 1 << i
		}
	}
	return s
}()

type prefix struct {
	text     string
	decoders set
}

// set is a set of decoders, by their place.
type set uint32

var _ [32 - len(decoders)]struct{} // a set holds them all

func index() (out [256][]prefix) {
	for i := range decoders {
		for _, p := range decoders[i].prefixes {
			out[p[0]] = append(out[p[0]], prefix{p, 1 << i})
		}
	}
	return out
}

// speaking are the decoders whose keys are among the attributes.
func speaking(attrs []attribute.KeyValue) (s set) {
	for i := range attrs {
		key := string(attrs[i].Key)
		if key == "" {
			continue
		}
		for _, p := range byFirst[key[0]] {
			if s&p.decoders != p.decoders && p.matches(key) {
				s |= p.decoders
			}
		}
	}
	return s
}

func (p *prefix) matches(key string) bool {
	end := len(p.text) - 1
	last := p.text[end]
	if len(key) <= end || key[end] != last || key[:end] != p.text[:end] {
		return false
	}
	return last == '.' || last == ':' || len(key) == len(p.text) || key[len(p.text)] == '.'
}

// RoleOf tells what a span is by its attributes alone. It does not allocate.
func RoleOf(attrs []attribute.KeyValue) Role {
	return roleOf(attrs, speaking(attrs))
}

func roleOf(attrs []attribute.KeyValue, speak set) Role {
	for i := range decoders {
		if speak&(1<<i) != 0 && decoders[i].role != nil {
			switch role := decoders[i].role(attrs); role {
			case None:
			case duplicate:
				return None
			default:
				return role
			}
		}
	}
	return None
}

// Read reads what a span says. The result is nil when that is nothing of
// language models. The source may be read again with other attributes, events
// and logs; its facts share its memory, and are valid until it is reset.
func Read(s *Source) *Facts {
	speak := speaking(s.Attributes)
	role := roleOf(s.Attributes, speak)
	if role == None {
		return nil
	}
	s.index()
	facts := s.facts.New()
	facts.Role, facts.origins = role, s.Origins
	readers := speak & reading
	if readers&(readers-1) == 0 && !s.Origins { // one at most, as mostly: nothing to merge
		if readers != 0 {
			decoders[bits.TrailingZeros32(uint32(readers))].read(s, facts)
			facts.nameOnce()
		}
	} else {
		for i := range decoders {
			if readers&(1<<i) != 0 {
				s.said = Facts{Role: role}
				decoders[i].read(s, &s.said)
				facts.fill(&s.said, decoders[i].name)
			}
		}
	}
	if role == LLM {
		asAnswers(facts.Response.Messages)
	}
	markHosted(facts.Request.Messages, role)
	markHosted(facts.Response.Messages, role)
	s.conversation(facts)
	wholeUsage(&facts.Response.Usage)
	s.missingContent(facts)
	s.leftOver(facts)
	return facts
}
