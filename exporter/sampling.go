// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert"
)

// Sampling says which sessions are sent. The decision is made when a session is
// released, when everything about it is known, and is the same in every process
// and language for the same key:
//
//	keep when u < rate, where u is the first 8 bytes of SHA-256(key), as a
//	big-endian unsigned integer, divided by 2^64
//
// and key is the UTF-8 text of the values of the fields of Key, in their order,
// each followed by a line feed. Its JSON form is the product's:
//
//	{"rate": 0.1, "key": ["operationName"], "promote": {"onError": true},
//	 "rules": [{"name": "vip", "match": {"metadata": {"tier": "gold"}}, "sampleRate": 1}]}
//
// A session overrides it all with a member spect.sampling of the same form in
// its metadata. Sessions that continue each other, in one process or several,
// go by the trace id, operation, model, conversation and function of the
// outermost, and so are kept or dropped together; but each goes by its own
// metadata and session id, and is promoted for itself.
type Sampling struct {
	// Rate is the part of the sessions that is kept, from 0 to 1. Nil is 1.
	Rate *float64 `json:"rate,omitempty"`
	// Key are the fields that make the decision: "operationName", "model",
	// "conversationId", "functionId", "sessionId", "traceId", or any other name,
	// which stands for a member of the session's metadata. Without a key each
	// session, with those that continue it, is decided for itself: by "traceId".
	Key []string `json:"key,omitempty"`
	// Promote keeps sessions that would have been dropped.
	Promote SamplingPromote `json:"promote,omitzero"`
	// Rules override the above; the first that matches counts.
	Rules []SamplingRule `json:"rules,omitempty"`
}

// SamplingPromote keeps a session that would have been dropped, when any of
// these holds.
type SamplingPromote struct {
	// OnError: the session, or a span of it, failed.
	OnError bool `json:"onError,omitzero"`
	// MinDurationMs: it took so many milliseconds, or more. Zero is never.
	MinDurationMs int64 `json:"minDurationMs,omitzero"`
	// MinTotalTokens: it used so many tokens, or more. Zero is never.
	MinTotalTokens int64 `json:"minTotalTokens,omitzero"`
}

// SamplingRule overrides [Sampling] for the sessions that it matches.
type SamplingRule struct {
	Name  string        `json:"name,omitempty"`
	Match SamplingMatch `json:"match"`
	// SampleRate is the rule's rate; nil keeps the general one.
	SampleRate *float64 `json:"sampleRate,omitempty"`
	// Key and Promote, where not nil, stand in for the general ones.
	Key     []string         `json:"key,omitempty"`
	Promote *SamplingPromote `json:"promote,omitempty"`
}

// SamplingMatch says what a rule matches: everything that is given must hold.
// An empty match matches every session.
type SamplingMatch struct {
	OperationName string `json:"operationName,omitempty"`
	Model         string `json:"model,omitempty"`
	// Metadata are members of the session's metadata and the values they must
	// have.
	Metadata map[string]any `json:"metadata,omitempty"`
}

// ParseSampling reads a Sampling from its JSON form. Unknown members are an
// error: they would be a rule that does nothing.
func ParseSampling(text string) (*Sampling, error) {
	dec := json.NewDecoder(strings.NewReader(text))
	dec.DisallowUnknownFields()
	var s Sampling
	if err := dec.Decode(&s); err != nil {
		return nil, fmt.Errorf("spect: sampling: %w", err)
	}
	if dec.More() {
		return nil, errors.New("spect: sampling: more than one JSON value")
	}
	return &s, s.check()
}

func (s *Sampling) check() error {
	rates := []*float64{s.Rate}
	for i := range s.Rules {
		rates = append(rates, s.Rules[i].SampleRate)
	}
	for _, r := range rates {
		if r != nil && !(*r >= 0 && *r <= 1) { // NaN is neither
			return fmt.Errorf("spect: sampling: a rate is %v: it must be from 0 to 1", *r)
		}
	}
	return nil
}

// facts are what the decision about a session goes by.
type facts struct {
	root *convert.Span
	// These are the outermost session's.
	operation, model, conversation, function, traceID string
	metadata                                          contracts.JSON
	// entries reads the session's other spans, when the root does not decide.
	entries func(yield func(*convert.Span) bool)
}

// keep decides about a session.
func (s *Sampling) keep(f *facts) bool {
	if own := f.metadata.Member("spect").Member("sampling"); own.IsObject() {
		var override Sampling
		if own.Decode(&override) == nil && override.check() == nil {
			s = &override
		}
	}
	rate, key, promote := 1.0, s.Key, s.Promote
	if s.Rate != nil {
		rate = *s.Rate
	}
	for i := range s.Rules {
		r := &s.Rules[i]
		if !r.Match.matches(f) {
			continue
		}
		if r.SampleRate != nil {
			rate = *r.SampleRate
		}
		if r.Key != nil {
			key = r.Key
		}
		if r.Promote != nil {
			promote = *r.Promote
		}
		break
	}
	return rate >= 1 || rate > 0 && point(f.key(key)) < rate || promote.wants(f)
}

func (m *SamplingMatch) matches(f *facts) bool {
	if m.OperationName != "" && m.OperationName != f.operation || m.Model != "" && m.Model != f.model {
		return false
	}
	for name, want := range m.Metadata {
		var have any
		if v := f.metadata.Member(name); v == "" || v.Decode(&have) != nil {
			return false
		}
		// Compared as JSON: 1 and 1.0 are one, the order of members is none.
		a, errA := json.Marshal(want)
		b, errB := json.Marshal(have)
		if errA != nil || errB != nil || !bytes.Equal(a, b) {
			return false
		}
	}
	return true
}

// key is the text whose hash decides.
func (f *facts) key(fields []string) string {
	if len(fields) == 0 {
		return f.traceID + "\n"
	}
	var b strings.Builder
	for _, name := range fields {
		b.WriteString(f.field(name))
		b.WriteByte('\n')
	}
	return b.String()
}

func (f *facts) field(name string) string {
	switch name {
	case "operationName":
		return f.operation
	case "model":
		return f.model
	case "traceId":
		return f.traceID
	case "sessionId":
		return convert.SessionID(f.root)
	case "conversationId":
		return f.conversation
	case "functionId":
		return f.function
	}
	v := f.metadata.Member(name)
	if text, ok := v.Text(); ok {
		return text
	}
	return string(v)
}

// point is where a key lies between 0 and 1.
func point(key string) float64 {
	sum := sha256.Sum256([]byte(key))
	// 53 bits are what a float64 holds exactly.
	return float64(binary.BigEndian.Uint64(sum[:8])>>11) / (1 << 53)
}

func (p *SamplingPromote) wants(f *facts) bool {
	if p.MinDurationMs > 0 && f.root.Ended() && f.root.EndTime.Sub(f.root.StartTime) >= time.Duration(p.MinDurationMs)*time.Millisecond {
		return true
	}
	if p.OnError && convert.Failed(f.root) {
		return true
	}
	if p.MinTotalTokens > 0 && totalTokens(contracts.JSON(attributeText(f.root, contracts.ResponseUsageKey))) >= p.MinTotalTokens {
		return true
	}
	if p.OnError {
		for s := range f.entries {
			if convert.Failed(s) {
				return true
			}
		}
	}
	return false
}

// totalTokens is what a usage says, or the sum of its parts.
func totalTokens(usage contracts.JSON) int64 {
	if !usage.Valid() {
		return 0
	}
	var u struct{ TotalTokens, InputTokens, OutputTokens float64 }
	if usage.Decode(&u) != nil {
		return 0
	}
	return int64(max(u.TotalTokens, u.InputTokens+u.OutputTokens))
}

// attributeText is an attribute's text, or JSON; one of another type is spelled
// out.
func attributeText(s *convert.Span, key attribute.Key) string {
	v, _ := find(s.Attributes, key)
	return v.String()
}

// newFacts reads off a release what decides about it.
func newFacts(r *release, root *convert.Span, res *resources) *facts {
	f := &facts{
		root: root, operation: root.Name, model: attributeText(root, contracts.ModelIDKey),
		conversation: attributeText(root, contracts.ConversationIDKey), function: attributeText(root, contracts.FunctionIDKey),
		traceID: r.traceID, metadata: contracts.JSON(attributeText(root, contracts.SessionMetadataKey)),
	}
	if r.outer.TraceID != "" && f.traceID == r.id {
		f.traceID = r.outer.TraceID
	}
	if !f.metadata.Valid() {
		f.metadata = ""
	}
	if origin := contracts.JSON(attributeText(root, contracts.SessionOriginKey)); origin.Valid() && origin.IsObject() {
		f.operation, _ = origin.Member("operationName").Text()
		f.model, _ = origin.Member("model").Text()
		f.conversation, _ = origin.Member("conversationId").Text()
		f.function, _ = origin.Member("functionId").Text()
	}
	f.entries = func(yield func(*convert.Span) bool) {
		var s convert.Span
		for i := range r.spans {
			if i != r.root && r.span(i, &s, res) && !yield(&s) {
				return
			}
		}
	}
	return f
}
