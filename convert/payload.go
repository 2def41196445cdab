// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/attr"
	"github.com/spect-tools/spect-go/convert/internal/convention"
	"github.com/spect-tools/spect-go/convert/internal/memory"
	"github.com/spect-tools/spect-go/convert/internal/shape"
	"github.com/spect-tools/spect-go/internal/ids"
	"github.com/spect-tools/spect-go/internal/jsonscan"
)

// unknown stands for a provider that nobody named.
const unknown = "unknown"

// Converter converts sessions, one after the other, reusing its memory. The
// zero Converter is ready. It is not safe for concurrent use.
type Converter struct {
	// OrganizationID is the payloads' organizationId.
	OrganizationID string
	// Explain, where it is set, is told what became of the spans of other
	// conventions: which convention gave what, what was left out, and why.
	Explain func(s *Span, what string)

	payload  contracts.CollectorTracePayload
	result   contracts.CollectorTraceResult
	spanIDs  []string
	models   memory.Slab[contracts.SpanModelOverlay]
	errors   memory.Slab[contracts.NormalizedError]
	tools    memory.Slab[contracts.SpanToolOverlay]
	agents   memory.Slab[contracts.SpanSubagentOverlay]
	numbers  memory.Slab[int64]
	strings  memory.Slab[string]
	reasons  []string
	elements []jsonscan.Element
	members  contracts.Members
	landed   members
	partials []partial
	arena    memory.Arena
	// sources are those of the records, one for each; policies those of the
	// session's spans; answered is the policy of the session's result.
	sources  []source
	policies policies
	answered contracts.ContentPolicy
	// landing and source are what sessions of other conventions take.
	landing  landing
	source   convention.Source
	ofOthers bool // the session's metadata is what another convention said
}

// partialKey is the member of metadata that holds notes on what did not travel
// whole.
const partialKey = "partial"

// partial is a note on what did not travel whole, and why.
type partial struct{ what, why string }

// Why an attribute is noted as partial.
const (
	whyNotJSON   = "not JSON: kept as text"
	whyNotObject = "not a JSON object: kept under \"value\""
	whyNotString = "not a string: spelled out"
	whyOddValue  = "holds a value that JSON cannot say: spelled as text"
	whyNoArray   = "not an array of messages: kept as one message"
	whyNoEnd     = "sent before it ended"
)

// Payload converts a session. The result shares memory with the session's
// spans and with the converter: it is valid until the next call.
func (c *Converter) Payload(s *Session) *contracts.CollectorTracePayload {
	c.reset()
	p := &c.payload
	root := s.Root
	c.policies = readPolicies(s)
	c.answered = c.policies.root

	p.ID = SessionID(root)
	p.SpanID, p.TraceID = p.ID, p.ID
	if s.Outer.TraceID != "" {
		p.TraceID, p.ParentID = s.Outer.TraceID, s.Outer.ParentID
	}
	p.Name, p.OrganizationID = root.Name, c.OrganizationID
	p.Operation = contracts.CollectorTraceOperation{ID: root.Name, Name: root.Name}
	p.StartTime = wireTime(root.StartTime)
	p.EndTime = wireTime(c.endTime(s))
	p.Prompt.Format = "messages"
	p.Model.Provider = unknown
	p.Attributes.Provider = unknown
	p.Metadata.Result = &c.result

	c.root(root)
	if _, named := attr.Lookup(root.Attributes, contracts.ModelIDKey); !named {
		c.borrowModel(s)
	}
	foreign := s.foreign()
	if foreign {
		c.land(s)
	} else if p.Attributes.ConversationID == "" {
		p.Attributes.ConversationID = s.ConversationID
	}
	c.finish(s)
	p.Metadata.OTel = c.otelBlock(root, s.Continuation)
	if foreign {
		return p
	}

	c.spanIDs = c.spanIDs[:0]
	for _, sp := range s.Spans {
		c.spanIDs = append(c.spanIDs, c.spanID(sp))
	}
	for i, sp := range s.Spans {
		c.result.Spans = append(c.result.Spans, contracts.SpanRecord{
			Version: contracts.SpanVersion,
			ID:      c.spanIDs[i],
			TraceID: p.TraceID,
		})
		r := &c.result.Spans[len(c.result.Spans)-1]
		if parent := s.Parents[i]; parent >= 0 {
			r.ParentID = c.spanIDs[parent]
		}
		c.sources = append(c.sources, source{policy: c.policies.of[sp]})
		c.record(r, sp)
	}
	return p
}

func (c *Converter) reset() {
	clear(c.result.Spans)
	c.result = contracts.CollectorTraceResult{Spans: c.result.Spans[:0]}
	c.payload = contracts.CollectorTracePayload{}
	c.models.Reset()
	c.errors.Reset()
	c.tools.Reset()
	c.agents.Reset()
	c.numbers.Reset()
	c.strings.Reset()
	c.reasons, c.members = c.reasons[:0], c.members[:0]
	c.partials = c.partials[:0]
	c.sources, c.policies, c.ofOthers = c.sources[:0], policies{}, false
	c.arena.Reset()
	c.landing.reset()
}

// The wire's times have years of four digits.
var (
	firstMilli = time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
	lastMilli  = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli() - 1
)

// wireTime floors to the wire's milliseconds.
func wireTime(t time.Time) time.Time {
	return time.UnixMilli(min(max(t.UnixMilli(), firstMilli), lastMilli)).UTC()
}

// endTime is the session's end; of one that has not ended, the latest time
// that its spans know of.
func (c *Converter) endTime(s *Session) time.Time {
	if s.Root.Ended() {
		return s.Root.EndTime
	}
	c.note("session", whyNoEnd)
	end := s.Root.StartTime
	for _, sp := range s.Spans {
		for _, t := range [...]time.Time{sp.StartTime, sp.EndTime} {
			if !t.IsZero() && t.After(end) {
				end = t
			}
		}
	}
	return end
}

func (c *Converter) spanID(s *Span) string {
	return c.arena.Text(func(dst []byte) []byte {
		return ids.Append(dst, ids.Derive(s.TraceID, s.SpanID, s.StartTime, ids.Span))
	})
}

// root reads what the attributes of the root say of the session.
func (c *Converter) root(s *Span) {
	p := &c.payload
	explicit := Classify(s.Attributes) == RoleSession
	var errs errorReader
	for i := range s.Attributes {
		kv := &s.Attributes[i]
		switch kv.Key {
		case contracts.SessionTraceIDKey:
			if id := c.uuid(kv); id != "" {
				p.TraceID = id
			}
		case contracts.SessionParentIDKey:
			if id := c.uuid(kv); id != "" {
				p.ParentID = id
			}
		case contracts.SessionMetadataKey:
			c.request(c.object(s, kv))
		case contracts.MetadataKey, contracts.MessagesKey:
			// A root that is an entry too has them there.
			if !explicit {
				continue
			}
			if kv.Key == contracts.MetadataKey {
				c.request(c.object(s, kv))
			} else {
				p.Prompt.Messages = c.messages(&contracts.SpanRecord{}, s, kv)
			}
		case contracts.PromptFormatKey:
			if f := c.string(kv); f != "" {
				p.Prompt.Format = f
			}
		case contracts.ConversationIDKey:
			p.Attributes.ConversationID = c.string(kv)
		case contracts.FunctionIDKey:
			p.FunctionID = c.string(kv)
		case contracts.RequestInputKey:
			p.Attributes.RequestInput = c.json(s, kv)
		case contracts.ProviderKey:
			if v := c.string(kv); v != "" {
				p.Attributes.Provider = v
			}
		case contracts.ModelIDKey:
			p.Model.ID = c.string(kv)
		case contracts.ResponseTextKey:
			p.Response.Text = c.strings.Put(c.string(kv))
		case contracts.ResponseModelKey:
			p.Response.Model = c.string(kv)
		case contracts.ResponseIDKey:
			c.optional(kv, &p.Response.ID, &p.Response.Extra, "id")
		case contracts.ResponseTimestampKey:
			p.Response.Timestamp = c.timestamp(kv)
		case contracts.ResponseObjectKey:
			p.Response.Object = c.json(s, kv)
		case contracts.ResponseUsageKey:
			p.Response.Usage = c.object(s, kv)
		case contracts.ResponseFinishReasonsKey:
			p.Response.FinishReasons = c.finishReasons(kv)
		case contracts.ResponseStartTimeKey:
			p.Response.StartTime = c.millis(kv, firstMilli)
		case contracts.ResponseDurationKey:
			p.Response.Duration = c.millis(kv, 0)
		case contracts.ContentAsideKey:
			if explicit {
				c.note("content", whyAside)
			}
		case contracts.ResultMetadataKey:
			c.members = c.members[:0]
			for name, v := range c.object(s, kv).Members() {
				if name != "spans" {
					c.members = append(c.members, contracts.Member{Name: name, Value: v})
				}
			}
		default:
			errs.read(c, kv)
		}
	}
	// What says to continue itself continues nothing; what names a trace and no
	// parent in it continues the session that the trace is named after.
	if p.ParentID == p.ID {
		p.ParentID = ""
	}
	if p.TraceID != p.ID && p.ParentID == "" {
		p.ParentID = p.TraceID
	}
	p.Model.Provider = p.Attributes.Provider
	if v, ok := attr.Lookup(s.Attributes, contracts.ModelProviderKey); ok {
		if provider := attr.Text(v); provider != "" {
			p.Model.Provider = provider
		}
	}
	if status(s) == contracts.StatusError || errs.found {
		if c.result.Error = errs.error(c, s); c.result.Error == nil {
			c.result.Error = c.errors.Put(contracts.NormalizedError{})
		}
	}
}

// borrowModel gives a session that names no model that of its first span which
// has one.
func (c *Converter) borrowModel(s *Session) {
	m := &c.payload.Model
	m.ID = unknown
	for _, sp := range s.Spans {
		v, ok := attr.Lookup(sp.Attributes, contracts.ModelIDKey)
		if !ok {
			continue
		}
		m.ID = attr.Text(v)
		if v, ok := attr.Lookup(sp.Attributes, contracts.ModelProviderKey); ok && m.Provider == unknown {
			m.Provider = attr.Text(v)
		}
		return
	}
}

// request adds to the session's metadata.
func (c *Converter) request(object contracts.JSON) {
	m := &c.payload.Metadata
	switch {
	case object == "{}":
		return
	case m.Request == "":
		m.Request = object
	default:
		m.Request = contracts.JSON(c.arena.Text(func(dst []byte) []byte {
			return jsonscan.AppendMerged(dst, string(m.Request), string(object))
		}))
	}
	m.Spect = ""
	if spect := m.Request.Member("spect"); spect.IsObject() && !shape.IsEmpty(spect) {
		m.Spect = spect
	}
}

// finish settles what depends on the whole of the root.
func (c *Converter) finish(s *Session) {
	p := &c.payload
	p.Duration = contracts.Milliseconds(p.StartTime, p.EndTime)
	r := &p.Response
	if c.result.Error != nil {
		// A failure: the end is the result's start and duration, which default
		// to the session's; there is neither text nor usage.
		if r.StartTime == nil {
			r.StartTime = c.numbers.Put(p.StartTime.UnixMilli())
		}
		if r.Duration == nil {
			r.Duration = c.numbers.Put(p.Duration)
		}
		*r = contracts.CollectorTraceResponse{StartTime: r.StartTime, Duration: r.Duration}
		*r.Duration = min(*r.Duration, lastMilli-*r.StartTime)
		p.EndTime = time.UnixMilli(*r.StartTime + *r.Duration).UTC()
		p.Duration = contracts.Milliseconds(p.StartTime, p.EndTime)
	}
	if r.Model == "" {
		r.Model = p.Model.ID
	}
	if r.Timestamp == "" {
		r.Timestamp = c.arena.Text(func(dst []byte) []byte { return contracts.AppendTime(dst, p.EndTime) })
	}
	if s.Root.DroppedAttributes > 0 {
		c.note("attributes", whyDropped)
	}
	failed, noted := c.result.Error != nil, len(c.partials) > 0
	var own contracts.JSON
	for _, m := range c.members {
		switch {
		case m.Name == "error" && failed:
		case m.Name == partialKey && noted:
			own = m.Value
		default:
			c.result.Extra = append(c.result.Extra, m)
		}
	}
	if noted {
		partial := contracts.JSON(c.arena.Text(c.appendPartials))
		if own.IsObject() {
			partial = shape.Merged(own, partial)
		}
		c.result.Extra = append(c.result.Extra, contracts.Member{Name: partialKey, Value: partial})
		c.partials = c.partials[:0]
	}
}

const whyAside = "held beside the span, where only the exporter's span processor finds it"

const whyDropped = "some were dropped at the limit of the OpenTelemetry SDK"

// record reads what a span says of itself as an entry.
func (c *Converter) record(r *contracts.SpanRecord, s *Span) {
	if r.Name = s.Name; s.Name == "" {
		r.Extra = append(r.Extra, contracts.Member{Name: "name", Value: `""`})
	}
	r.StartTime = wireTime(s.StartTime)
	if s.Ended() {
		r.EndTime = wireTime(s.EndTime)
	}
	r.Status = status(s)
	if s.DroppedAttributes > 0 {
		c.note("attributes", whyDropped)
	}
	var errs errorReader
	var messages *attribute.KeyValue
	for i := range s.Attributes {
		kv := &s.Attributes[i]
		switch kv.Key {
		case contracts.KindKey:
			r.Kind = c.kind(kv)
		case contracts.ContentAsideKey:
			c.note("content", whyAside)
		case contracts.MessagesKey:
			messages = kv
		case contracts.MetadataKey:
			r.Metadata = c.object(s, kv)
		case contracts.ModelIDKey:
			m := c.model(r)
			c.optional(kv, &m.ModelID, &m.Extra, "modelId")
		case contracts.ModelProviderKey:
			m := c.model(r)
			c.optional(kv, &m.Provider, &m.Extra, "provider")
		case contracts.ToolCallIDKey:
			t := c.tool(r)
			c.optional(kv, &t.ToolCallID, &t.Extra, "toolCallId")
		case contracts.ToolNameKey:
			t := c.tool(r)
			c.optional(kv, &t.ToolName, &t.Extra, "toolName")
		case contracts.ToolParametersKey:
			c.tool(r).Parameters = c.json(s, kv)
		case contracts.ToolResultKey:
			c.tool(r).Result = c.json(s, kv)
		case contracts.SubagentToolCallIDKey:
			a := c.agent(r)
			c.optional(kv, &a.ToolCallID, &a.Extra, "toolCallId")
		case contracts.SubagentTypeKey:
			a := c.agent(r)
			c.optional(kv, &a.SubagentType, &a.Extra, "subagentType")
		case contracts.SubagentSourceKey:
			a := c.agent(r)
			c.optional(kv, &a.Source, &a.Extra, "source")
		case contracts.SubagentInputKey:
			c.agent(r).Input = c.json(s, kv)
		default:
			errs.read(c, kv)
		}
	}
	switch r.Kind { // which have their overlay, though nothing is said of it
	case contracts.KindToolCall:
		c.tool(r)
	case contracts.KindToolResult:
		if t := c.tool(r); t.Result == "" && r.Status != contracts.StatusError {
			t.Result = "null"
		}
	case contracts.KindSubagent:
		c.agent(r)
	}
	if messages != nil {
		r.Messages = c.messages(r, s, messages)
	}
	if from := &c.sources[len(c.sources)-1]; Classify(s.Attributes) == RoleNone && len(s.Attributes) > 0 {
		r.Metadata = c.guestMetadata(s)
		r.Tool, r.Subagent = nil, nil // which its attributes say too
		from.guest = true
	} else {
		from.moved = c.moveOverlays(r)
	}
	if r.Status == contracts.StatusError || errs.found {
		r.Error = errs.error(c, s)
	}
	r.Metadata = c.spanMetadata(r.Metadata, s)
}

func (c *Converter) model(r *contracts.SpanRecord) *contracts.SpanModelOverlay {
	if r.Model == nil {
		r.Model = c.models.Put(contracts.SpanModelOverlay{})
	}
	return r.Model
}

func (c *Converter) tool(r *contracts.SpanRecord) *contracts.SpanToolOverlay {
	if r.Tool == nil {
		r.Tool = c.tools.Put(contracts.SpanToolOverlay{})
	}
	return r.Tool
}

func (c *Converter) agent(r *contracts.SpanRecord) *contracts.SpanSubagentOverlay {
	if r.Subagent == nil {
		r.Subagent = c.agents.Put(contracts.SpanSubagentOverlay{})
	}
	return r.Subagent
}

// moveOverlays moves what overlays say that is not for the span's kind to its
// metadata, under the names of the attributes, and reports whether there was any.
func (c *Converter) moveOverlays(r *contracts.SpanRecord) (moved bool) {
	of := "of kind " + string(r.Kind)
	if r.Kind == contracts.KindNone {
		of = "without a kind"
	}
	move := func(key attribute.Key, value contracts.JSON) {
		if value == "" {
			return
		}
		moved = true
		c.note(string(key), "not for a span "+of+": kept in the metadata")
		name := string(key)
		for r.Metadata.Member(name) != "" {
			name += "_"
		}
		if r.Metadata == "" {
			r.Metadata = "{}"
		}
		r.Metadata = shape.With(r.Metadata, name, value)
	}
	text := func(key attribute.Key, value string, extra contracts.Members, name string) {
		if value != "" || slices.ContainsFunc(extra, func(m contracts.Member) bool { return m.Name == name }) {
			move(key, contracts.QuoteJSON(value))
		}
	}
	switch t := r.Tool; {
	case t == nil:
	case r.Kind == contracts.KindToolCall:
		move(contracts.ToolResultKey, t.Result)
		t.Result = ""
	case r.Kind == contracts.KindToolResult:
		move(contracts.ToolParametersKey, t.Parameters)
		t.Parameters = ""
	default:
		text(contracts.ToolCallIDKey, t.ToolCallID, t.Extra, "toolCallId")
		text(contracts.ToolNameKey, t.ToolName, t.Extra, "toolName")
		move(contracts.ToolParametersKey, t.Parameters)
		move(contracts.ToolResultKey, t.Result)
		r.Tool = nil
	}
	if a := r.Subagent; a != nil && r.Kind != contracts.KindSubagent {
		text(contracts.SubagentToolCallIDKey, a.ToolCallID, a.Extra, "toolCallId")
		text(contracts.SubagentTypeKey, a.SubagentType, a.Extra, "subagentType")
		text(contracts.SubagentSourceKey, a.Source, a.Extra, "source")
		move(contracts.SubagentInputKey, a.Input)
		r.Subagent = nil
	}
	return moved
}

// kind reads the span's kind. One that the contract does not know is noted, and
// the span is sent without a kind.
func (c *Converter) kind(kv *attribute.KeyValue) contracts.SpanKind {
	k := contracts.SpanKind(c.string(kv))
	if k.Valid() {
		return k
	}
	c.note(string(kv.Key), "no kind of the contract: "+string(k))
	return contracts.KindNone
}

// status is what the span says of how it went.
func status(s *Span) contracts.SpanStatus {
	if v, ok := attr.Lookup(s.Attributes, contracts.StatusKey); ok {
		if st := contracts.SpanStatus(attr.Text(v)); st.Valid() {
			return st
		}
	}
	return ownStatus(s)
}

// ownStatus is the status that the span has in OpenTelemetry.
func ownStatus(s *Span) contracts.SpanStatus {
	switch {
	case s.Status == codes.Error:
		return contracts.StatusError
	case s.Status == codes.Ok, s.Ended():
		return contracts.StatusOK
	}
	return contracts.StatusUnset
}

// Failed reports whether a span says that it failed: by its status, or by an
// error among its attributes.
func Failed(s *Span) bool {
	if status(s) == contracts.StatusError {
		return true
	}
	for i := range s.Attributes {
		switch s.Attributes[i].Key {
		case contracts.ErrorMessageKey, contracts.ErrorTypeKey, contracts.ErrorCodeKey, contracts.ErrorStackKey:
			return true
		}
	}
	return false
}

// errorReader collects the error that attributes say.
type errorReader struct {
	found bool
	err   contracts.NormalizedError
}

func (e *errorReader) read(c *Converter, kv *attribute.KeyValue) {
	switch kv.Key {
	case contracts.ErrorMessageKey:
		e.err.Message = c.string(kv)
	case contracts.ErrorTypeKey:
		c.optional(kv, &e.err.Type, &e.err.Extra, "type")
	case contracts.ErrorCodeKey:
		e.err.Code = attr.Text(kv.Value) // as often as not a number
	case contracts.ErrorStackKey:
		c.optional(kv, &e.err.Stack, &e.err.Extra, "stack")
	default:
		return
	}
	e.found = true
}

// The attributes of an exception event, by OpenTelemetry's conventions.
const (
	exceptionEvent      = "exception"
	exceptionMessageKey = attribute.Key("exception.message")
	exceptionTypeKey    = attribute.Key("exception.type")
	exceptionStackKey   = attribute.Key("exception.stacktrace")
)

// error is what the attributes say, else the last exception event, else the
// description of the status; nil when nothing says more than that the span
// failed.
func (e *errorReader) error(c *Converter, s *Span) *contracts.NormalizedError {
	if e.found {
		return c.errors.Put(e.err)
	}
	for _, event := range slices.Backward(s.Events) {
		if event.Name != exceptionEvent {
			continue
		}
		var n contracts.NormalizedError
		for _, kv := range event.Attributes {
			switch kv.Key {
			case exceptionMessageKey:
				n.Message = attr.Text(kv.Value)
			case exceptionTypeKey:
				n.Type = attr.Text(kv.Value)
			case exceptionStackKey:
				n.Stack = attr.Text(kv.Value)
			}
		}
		if n.Message == "" {
			n.Message = s.StatusDescription
		}
		return c.errors.Put(n)
	}
	if s.StatusDescription != "" {
		return c.errors.Put(contracts.NormalizedError{Message: s.StatusDescription})
	}
	return nil
}

// string reads an attribute that should be a string.
func (c *Converter) string(kv *attribute.KeyValue) string {
	if kv.Value.Type() != attribute.STRING {
		c.note(string(kv.Key), whyNotString)
	}
	return attr.Text(kv.Value)
}

// uuid reads an attribute that should be a UUID; empty when it is none.
func (c *Converter) uuid(kv *attribute.KeyValue) string {
	id := c.string(kv)
	if !ids.IsUUID(id) {
		c.note(string(kv.Key), "not a UUID: left out")
		return ""
	}
	return id
}

// optional reads a string that encoding leaves out where it is empty. One that
// was given as empty is kept.
func (c *Converter) optional(kv *attribute.KeyValue, to *string, extra *contracts.Members, name string) {
	if *to = c.string(kv); *to == "" {
		*extra = append(*extra, contracts.Member{Name: name, Value: `""`})
	}
}

// int reads an attribute that should be an integer; nil when it is none.
func (c *Converter) int(kv *attribute.KeyValue) *int64 {
	switch kv.Value.Type() {
	case attribute.INT64:
		return c.numbers.Put(kv.Value.AsInt64())
	case attribute.FLOAT64:
		if f := kv.Value.AsFloat64(); f >= -1<<53 && f <= 1<<53 {
			return c.numbers.Put(int64(f))
		}
	case attribute.STRING:
		if n, ok := jsonscan.Int64(kv.Value.AsString()); ok {
			return c.numbers.Put(n)
		}
	}
	c.note(string(kv.Key), "not an integer: "+attr.Text(kv.Value))
	return nil
}

// millis reads a number of milliseconds, from least to what a time can have;
// nil when it is none.
func (c *Converter) millis(kv *attribute.KeyValue, least int64) *int64 {
	n := c.int(kv)
	if n != nil && (*n < least || *n > lastMilli) {
		c.note(string(kv.Key), "out of range: "+attr.Text(kv.Value))
		return nil
	}
	return n
}

// timestamp reads Unix milliseconds, or a string as it is.
func (c *Converter) timestamp(kv *attribute.KeyValue) string {
	switch kv.Value.Type() {
	case attribute.INT64:
		return contracts.FormatTime(time.UnixMilli(kv.Value.AsInt64()))
	case attribute.FLOAT64:
		if n := c.int(kv); n != nil {
			return contracts.FormatTime(time.UnixMilli(*n))
		}
		return ""
	}
	return c.string(kv)
}

func (c *Converter) finishReasons(kv *attribute.KeyValue) []string {
	c.reasons = c.reasons[:0]
	switch kv.Value.Type() {
	case attribute.STRINGSLICE:
		c.reasons = append(c.reasons, kv.Value.AsStringSlice()...)
		return c.reasons
	case attribute.STRING:
		s := contracts.JSON(kv.Value.AsString())
		if s.IsArray() && s.Valid() {
			for e := range s.Elements() {
				reason, ok := e.Text()
				if !ok {
					reason = string(e)
				}
				c.reasons = append(c.reasons, reason)
			}
			return c.reasons
		}
	case attribute.SLICE:
		for _, v := range kv.Value.AsSlice() {
			c.reasons = append(c.reasons, attr.Text(v))
		}
		return c.reasons
	}
	if reason := c.string(kv); reason != "" {
		c.reasons = append(c.reasons, reason)
	}
	return c.reasons
}

// json reads an attribute that stands for a JSON value.
func (c *Converter) json(s *Span, kv *attribute.KeyValue) contracts.JSON {
	if kv.Value.Type() == attribute.STRING {
		j := contracts.JSON(jsonscan.TrimSpace(kv.Value.AsString()))
		if s.Verified.Has(contracts.JSONKey(kv.Key)) || j.Valid() {
			return j
		}
		c.note(string(kv.Key), whyNotJSON)
	}
	var odd bool
	j := c.arena.Text(func(dst []byte) []byte {
		dst, odd = attr.Append(dst, kv.Value)
		return dst
	})
	if odd {
		c.note(string(kv.Key), whyOddValue)
	}
	return contracts.JSON(j)
}

// object reads an attribute that stands for a JSON object.
func (c *Converter) object(s *Span, kv *attribute.KeyValue) contracts.JSON {
	j := c.json(s, kv)
	if j.IsObject() {
		if shape.IsEmpty(j) {
			return "{}"
		}
		return j
	}
	if jsonscan.Kind(string(j)) == 'n' {
		return "{}"
	}
	if kv.Value.Type() != attribute.STRING || contracts.JSON(kv.Value.AsString()).Valid() {
		c.note(string(kv.Key), whyNotObject)
	}
	return contracts.JSON(c.arena.Text(func(dst []byte) []byte {
		dst = append(dst, `{"value":`...)
		dst = append(dst, j...)
		return append(dst, '}')
	}))
}

// spanMetadata adds to a span's metadata what was noted on it, and the span's
// OpenTelemetry id, by which it can be found in other systems.
func (c *Converter) spanMetadata(own contracts.JSON, s *Span) contracts.JSON {
	noted := len(c.partials) > 0
	tells := strings.Contains(string(own), "otel") || strings.Contains(string(own), `\`) // escaped, perhaps
	if own != "" && own != "{}" && !noted && (!tells || own.Member("otel") == "") {
		// Behind the caller's members, in the caller's own object.
		return contracts.JSON(c.arena.Text(func(dst []byte) []byte {
			trimmed := jsonscan.TrimSpace(string(own))
			dst = append(dst, trimmed[:len(trimmed)-1]...)
			dst = append(dst, ',')
			return append(appendCorrelation(dst, s, false), '}')
		}))
	}
	j := c.arena.Text(func(dst []byte) []byte {
		dst = c.takePartials(append(dst, '{'))
		return append(appendCorrelation(dst, s, false), '}')
	})
	switch {
	case own == "" || own == "{}":
		return contracts.JSON(j)
	case own.Member("otel") != "":
		j = string(contracts.JSON(j).Member(partialKey))
		if j == "" {
			return own
		}
		j = string(shape.Single(partialKey, contracts.JSON(j)))
	}
	if p := own.Member(partialKey); p.IsObject() {
		merged := shape.Merged(p, contracts.JSON(j).Member(partialKey))
		j = string(shape.Merged(contracts.JSON(j), shape.Single(partialKey, merged)))
	}
	return contracts.JSON(c.arena.Text(func(dst []byte) []byte {
		return jsonscan.AppendMerged(dst, string(own), j)
	}))
}

// takePartials appends the member that holds the notes so far, where there are any,
// and a comma.
func (c *Converter) takePartials(dst []byte) []byte {
	if len(c.partials) > 0 {
		dst = append(dst, `"`+partialKey+`":`...)
		dst = c.appendPartials(dst)
		dst = append(dst, ',')
		c.partials = c.partials[:0]
	}
	return dst
}

// appendCorrelation appends the member that tells of the span in OpenTelemetry,
// perhaps with what made it.
func appendCorrelation(dst []byte, s *Span, scope bool) []byte {
	dst = append(dst, `"otel":{"spanId":"`...)
	dst = hex.AppendEncode(dst, s.SpanID[:])
	dst = append(dst, '"')
	if scope && s.Scope != "" {
		dst = append(dst, `,"scope":{"name":`...)
		dst = jsonscan.AppendString(dst, s.Scope)
		if s.ScopeVersion != "" {
			dst = append(dst, `,"version":`...)
			dst = jsonscan.AppendString(dst, s.ScopeVersion)
		}
		dst = append(dst, '}')
	}
	return append(dst, '}')
}

// guestMetadata holds the attributes of a span that is not Spect's.
func (c *Converter) guestMetadata(s *Span) contracts.JSON {
	odd := false
	j := c.arena.Text(func(dst []byte) []byte {
		dst = append(dst, `{"attributes":`...)
		dst, odd = attr.AppendMap(dst, s.Attributes)
		return append(dst, '}')
	})
	if odd {
		c.note("attributes", whyOddValue)
	}
	return contracts.JSON(j)
}

// otelBlock is the payload's correlation with the trace: its ids and resource.
func (c *Converter) otelBlock(s *Span, continuation bool) contracts.JSON {
	return contracts.JSON(c.arena.Text(func(dst []byte) []byte {
		dst = append(dst, `{"traceId":"`...)
		dst = hex.AppendEncode(dst, s.TraceID[:])
		dst = append(dst, `","spanId":"`...)
		dst = hex.AppendEncode(dst, s.SpanID[:])
		dst = append(dst, '"')
		if s.Resource != "" {
			dst = append(dst, `,"resource":`...)
			dst = append(dst, s.Resource...)
		}
		if continuation {
			dst = append(dst, `,"continuation":true`...)
		}
		return append(dst, '}')
	}))
}

// note notes why something did not travel whole.
func (c *Converter) note(what, why string) {
	c.partials = append(c.partials, partial{what, why})
}

// appendPartials appends the notes: one for each thing, with all reasons.
func (c *Converter) appendPartials(dst []byte) []byte {
	if len(c.partials) > 1 {
		c.joinPartials()
	}
	dst = append(dst, '{')
	for i, p := range c.partials {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = jsonscan.AppendString(dst, p.what)
		dst = append(dst, ':')
		dst = jsonscan.AppendString(dst, p.why)
	}
	return append(dst, '}')
}

// maxWhy bounds a note that has several reasons.
const maxWhy = 120

func (c *Converter) joinPartials() {
	at := make(map[string]int, len(c.partials))
	list := c.partials[:0]
	for _, p := range c.partials {
		i, again := at[p.what]
		switch {
		case !again:
			at[p.what] = len(list)
			list = append(list, p)
		case !strings.Contains(list[i].why, p.why) && len(list[i].why)+len(p.why) < maxWhy:
			list[i].why += "; " + p.why
		}
	}
	c.partials = list
}

// ResourceJSON writes a resource's attributes as the JSON object that
// [Span.Resource] takes.
func ResourceJSON(attrs []attribute.KeyValue) contracts.JSON {
	if len(attrs) == 0 {
		return ""
	}
	b, _ := attr.AppendMap(nil, attrs)
	return contracts.JSON(b)
}
