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
	"io"
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
// A session overrides it all, for itself and the sessions inside it, with a
// member spect.sampling of the same form in its metadata.
//
// Sessions that are inside each other or continue each other, in one process or
// several, are kept or dropped together: all go by the outermost, as far as it
// is known where one of them is decided. What comes after a session was decided
// shares its fate. Each session is promoted for itself.
type Sampling struct {
	// Rate is the part of the sessions that is kept, from 0 to 1. Nil is 1.
	Rate *float64 `json:"rate,omitempty"`
	// Key are the fields that make the decision: "operationName", "model",
	// "conversationId", "functionId", "traceId", "sessionId", which is the same,
	// or any other name, which stands for a member of the session's metadata.
	// Without a key each session, with those inside it and those that continue
	// it, is decided by itself: by "traceId".
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
		return nil, fmt.Errorf(`spect: sampling: %w: it is a JSON object such as {"rate": 0.1}`, err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
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

// keep decides by the facts of the outermost session; own is the session that
// is decided about.
func (s *Sampling) keep(f *facts, own *candidate) bool {
	rate, key, promote := 1.0, s.Key, s.Promote
	if s.Rate != nil {
		rate = *s.Rate
	}
	if r := s.rule(f); r != nil {
		if r.SampleRate != nil {
			rate = *r.SampleRate
		}
		if r.Key != nil {
			key = r.Key
		}
		if r.Promote != nil {
			promote = *r.Promote
		}
	}
	return rate >= 1 || rate > 0 && point(f.key(key)) < rate || promote.wants(own)
}

// promotes is keep for a session that is dropped by the fate of another.
func (s *Sampling) promotes(f *facts, own *candidate) bool {
	promote := s.Promote
	if r := s.rule(f); r != nil && r.Promote != nil {
		promote = *r.Promote
	}
	return promote.wants(own)
}

// rule is the first rule that matches, or nil.
func (s *Sampling) rule(f *facts) *SamplingRule {
	for i := range s.Rules {
		if s.Rules[i].Match.matches(f) {
			return &s.Rules[i]
		}
	}
	return nil
}

func (m *SamplingMatch) matches(f *facts) bool {
	if m.OperationName != "" && m.OperationName != f.operation || m.Model != "" && m.Model != f.model() {
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

func (p *SamplingPromote) wants(own *candidate) bool {
	if !p.OnError && p.MinDurationMs <= 0 && p.MinTotalTokens <= 0 {
		return false
	}
	// What the root says by itself costs little.
	if p.OnError && convert.Failed(own.root) {
		return true
	}
	took := time.Duration(0)
	if own.root.Ended() {
		took = own.root.EndTime.Sub(own.root.StartTime)
	}
	if p.MinDurationMs > 0 && took.Milliseconds() >= p.MinDurationMs {
		return true
	}
	if p.MinTotalTokens > 0 && totalTokens(jsonOf(own.root, contracts.ResponseUsageKey)) >= p.MinTotalTokens {
		return true
	}
	o := own.outline()
	return p.OnError && o.Failed ||
		p.MinDurationMs > 0 && o.Duration.Milliseconds() >= p.MinDurationMs ||
		p.MinTotalTokens > 0 && totalTokens(o.Usage) >= p.MinTotalTokens
}

// totalTokens is what a usage says, or the sum of its parts.
func totalTokens(usage contracts.JSON) int64 {
	var u struct{ TotalTokens, InputTokens, OutputTokens float64 }
	if usage == "" || usage.Decode(&u) != nil {
		return 0
	}
	return int64(max(u.TotalTokens, u.InputTokens+u.OutputTokens))
}

// facts are what rules and keys look at. They are of the outermost session, as
// far as it is known.
type facts struct {
	operation, function, traceID string
	// model and conversation may have to be looked for among the session's spans.
	model, conversation func() string
	metadata            contracts.JSON
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
		return f.model()
	case "traceId", "sessionId": // the outermost session's id is both
		return f.traceID
	case "conversationId":
		return f.conversation()
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

// candidate is a session that is decided about, or one around it.
type candidate struct {
	root *convert.Span
	// outline reads the session, once.
	outline func() convert.Outline
}

// facts are those of the outermost session, as far as the candidate's root says
// them: its own, unless it names an origin.
func (c *candidate) facts(traceID string) *facts {
	text := func(key attribute.Key, of func(convert.Outline) string) func() string {
		return func() string {
			if v, ok := find(c.root.Attributes, key); ok {
				return v.String()
			}
			return of(c.outline())
		}
	}
	f := &facts{
		operation: c.root.Name, function: attributeText(c.root, contracts.FunctionIDKey), traceID: traceID,
		model:        text(contracts.ModelIDKey, func(o convert.Outline) string { return o.Model }),
		conversation: text(contracts.ConversationIDKey, func(o convert.Outline) string { return o.ConversationID }),
		metadata:     jsonOf(c.root, contracts.SessionMetadataKey),
	}
	origin := jsonOf(c.root, contracts.SessionOriginKey)
	if !origin.IsObject() {
		return f
	}
	member := func(name string) string {
		text, _ := origin.Member(name).Text()
		return text
	}
	f.operation, f.function = member("operationName"), member("functionId")
	f.model = func() string { return member("model") }
	f.conversation = func() string { return member("conversationId") }
	if metadata := origin.Member("metadata"); metadata != "" {
		f.metadata = metadata
	}
	return f
}

// override is the session's own word, or nil: that of its metadata, or else what
// it has from the session around it.
func (c *candidate) override() *Sampling {
	for _, own := range [...]contracts.JSON{
		jsonOf(c.root, contracts.SessionMetadataKey).Member("spect").Member("sampling"),
		jsonOf(c.root, contracts.SessionOriginKey).Member("sampling"),
	} {
		var s Sampling
		if own.IsObject() && own.Decode(&s) == nil && s.check() == nil {
			return &s
		}
	}
	return nil
}

// attributeText is an attribute's text, or JSON; one of another type is spelled
// out.
func attributeText(s *convert.Span, key attribute.Key) string {
	v, _ := find(s.Attributes, key)
	return v.String()
}

// jsonOf is an attribute that stands for JSON; absent where it is none.
func jsonOf(s *convert.Span, key attribute.Key) contracts.JSON {
	v, ok := find(s.Attributes, key)
	if !ok {
		return ""
	}
	j, verifiable := contracts.JSON(v.String()), contracts.JSONKey(key)
	if verifiable != 0 && s.Verified.Has(verifiable) || j.Valid() {
		return j
	}
	return ""
}
