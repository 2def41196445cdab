// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"time"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/attr"
)

// Outline is what a session comes to: what a decision whether to send it goes
// by. Each member is what the session's payload would say.
type Outline struct {
	// Model is the session's; empty where no span names one.
	Model string
	// ConversationID and FunctionID are empty where no span names them.
	ConversationID, FunctionID string
	// Usage is the usage of the session, each call counted once (JSON object);
	// absent where nothing tells it. A session that failed has it here too.
	Usage contracts.JSON
	// Duration is zero where the session has not ended.
	Duration time.Duration
	// Failed says that the session failed, or something in it.
	Failed bool
}

// Outline tells what a session comes to, without converting it: it reads its
// spans and writes nothing. Of a session without spans of other conventions it
// reads the root's attributes and little of the others. The result shares memory
// as that of [Converter.Payload] does.
func (c *Converter) Outline(s *Session) Outline { return c.outline(s, usualBrevity) }

func (c *Converter) outline(s *Session, long brevity) Outline {
	c.reset()
	p := &c.payload
	p.ID = SessionID(s.Root)
	p.Model.Provider, p.Attributes.Provider, p.Metadata.Result = unknown, unknown, &c.result
	c.root(s.Root)
	if _, named := attr.Lookup(s.Root.Attributes, contracts.ModelIDKey); !named {
		c.borrowModel(s)
	}
	var o Outline
	end := s.Root.EndTime
	if s.foreign() {
		brief := s.brief(long)
		l := newLanding(c, brief)
		l.readSteps(false)
		l.settle()
		l.conversationID()
		l.sessionModel()
		l.usage()
		l.sessionError()
		o.Failed, end = l.failed(), l.end()
	} else {
		for _, sp := range s.Spans {
			o.Failed = o.Failed || Failed(sp)
		}
		if p.Attributes.ConversationID == "" {
			p.Attributes.ConversationID = s.ConversationID
		}
	}
	o.Failed = o.Failed || c.result.Error != nil
	if o.Model = p.Model.ID; o.Model == unknown {
		o.Model = ""
	}
	o.ConversationID, o.FunctionID = p.Attributes.ConversationID, p.FunctionID
	o.Usage = p.Response.Usage
	if s.Root.Ended() {
		o.Duration = end.Sub(s.Root.StartTime)
	}
	return o
}

// failed reports whether anything in the session failed, the session apart.
func (l *landing) failed() bool {
	for _, i := range l.order {
		st := &l.steps[i]
		if st.failed() || st.role == RoleTool && (st.facts.Tool.Failed || st.call.result != nil && isFailure(st.call.result.Output.Type)) {
			return true
		}
		for k := range st.asked {
			if st.asked[k].fails() {
				return true
			}
		}
	}
	return false
}

// fails reports whether the message tells of a tool that failed.
func (s *spoken) fails() bool {
	for k := range s.parts {
		if p, ok := s.parts[k].ContentPart.(contracts.ToolResultContentPart); ok && isFailure(p.Output.Type) {
			return true
		}
	}
	return false
}

// end is when the session ended, with the outcome of its own call.
func (l *landing) end() time.Time {
	for i := range l.steps {
		if st := &l.steps[i]; st.span == l.session.Root && st.span.Ended() {
			return st.end()
		}
	}
	return l.session.Root.EndTime
}
