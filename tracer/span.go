// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package tracer

import (
	"bytes"
	"slices"
	"sync"
	"time"
	"unsafe"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/internal/ids"
	"github.com/spect-tools/spect-go/internal/jsonscan"
	"github.com/spect-tools/spect-go/internal/side"
	"github.com/spect-tools/spect-go/internal/withhold"
)

// Span is a span of a session under way. All its methods may be called on nil,
// from several goroutines, and after End, when they do nothing.
type Span struct {
	record    side.Record
	otel      trace.Span
	recording bool
	// withholds are the kinds of content that are not taken in; aside says that
	// the rest is not written to the OpenTelemetry span.
	withholds contracts.ContentKinds
	aside     bool

	mu    sync.Mutex
	ended bool
	// attrs are the span's attributes so far; before the start all of them,
	// then those with a changed value are in pending too, until End sets them.
	attrs   []attribute.KeyValue
	pending []attribute.KeyValue
	// inline is the first memory of attrs, and pendingInline of pending.
	inline        [8]attribute.KeyValue
	pendingInline [2]attribute.KeyValue
	started       bool
	// verified are the JSON attributes that were made here.
	verified contracts.JSONKeys
	// early are messages given before the span had the ids theirs derive from.
	early []contracts.ConversationMessage
	// later are the options whose values are not encoded before it is known that
	// the span is recorded.
	later []*jsonOption
	// transcript is the JSON array of messages, without its closing bracket.
	transcript []byte
	messages   uint64
	draft      *draft
	// status is what the caller said; otelStatus what the span was told.
	status     contracts.SpanStatus
	otelStatus codes.Code
	// failure is the error that the span's is of.
	failure error
}

// OTel returns the OpenTelemetry span. For a nil span it does nothing.
func (s *Span) OTel() trace.Span {
	if s == nil || s.otel == nil {
		return noop.Span{}
	}
	return s.otel
}

// IsRecording reports whether what is added to the span goes anywhere.
func (s *Span) IsRecording() bool {
	if s == nil {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.open()
}

// Add adds messages to the span's transcript. A message without an id gets
// one. Each message is encoded now, once.
func (s *Span) Add(messages ...contracts.ConversationMessage) {
	s.change(func() {
		s.flushDraft("")
		s.addMessages(messages)
	})
}

// SetModel names the span's own model. An empty provider keeps the earlier one.
func (s *Span) SetModel(id, provider string) { s.change(func() { s.setModel(id, provider) }) }

// AddMetadata merges metadata into the span's, one level deep: later keys win.
// See [Metadata] for what v may be.
func (s *Span) AddMetadata(v any) {
	if !s.IsRecording() {
		return
	}
	// The caller's own methods run without the lock.
	j := contracts.MakeJSON(v)
	s.change(func() { s.addMetadata(j) })
}

// SetAttributes sets attributes on the OpenTelemetry span, those of package
// contracts or any others, as they are, when the span ends.
func (s *Span) SetAttributes(attrs ...attribute.KeyValue) {
	s.change(func() { s.setGiven(attrs) })
}

// SetTool says what the span's tool is: parameters on a tool-call, result on a
// tool-result. Empty fields change nothing. [RunTool] does it all.
func (s *Span) SetTool(tool contracts.SpanToolOverlay) { s.change(func() { s.setTool(tool) }) }

// SetStatus says how the span goes. Default: ok when it ends, error after
// SetError, unset before.
func (s *Span) SetStatus(status contracts.SpanStatus) {
	s.change(func() { s.setStatus(status, "") })
}

// SetError says that the span failed. A nil err changes nothing. Without
// options the error's message and type are recorded, and its code where it has
// one. Of several errors the last counts; one that is or wraps the one before
// keeps the type, code and stack of that where it has none.
func (s *Span) SetError(err error, opts ...ErrorOption) {
	if err == nil || s == nil {
		return
	}
	s.mu.Lock()
	open, before := s.open(), s.failure
	s.mu.Unlock()
	if !open {
		return
	}
	// The error's own methods run without the lock.
	e, same := normalizeError(err, opts), before != nil && isOrWraps(err, before)
	s.change(func() { s.setError(err, e, same) })
}

// End ends the span. Of several calls the first counts.
func (s *Span) End(opts ...EndOption) {
	if s == nil || s.otel == nil {
		return
	}
	s.mu.Lock()
	if s.ended {
		s.mu.Unlock()
		return
	}
	if s.recording {
		s.flushDraft("")
		s.seal()
	}
	s.ended = true
	s.mu.Unlock()

	s.otel.SetAttributes(s.pending...)
	if len(opts) > 0 {
		if at := endTime(opts); !at.IsZero() {
			s.otel.End(trace.WithTimestamp(at))
			return
		}
	}
	s.otel.End()
}

// endTime is what the options say; zero where they say nothing.
func endTime(opts []EndOption) time.Time {
	var cfg endConfig
	for _, opt := range opts {
		if opt != nil {
			opt.applyEnd(&cfg)
		}
	}
	return cfg.endTime
}

// EndErr ends the span with the error that *errp holds by then, if any. It is
// to be deferred directly, as [Session.EndErr].
func (s *Span) EndErr(errp *error, opts ...EndOption) {
	if r := recover(); r != nil {
		s.setPanic(r)
		s.End(opts...)
		panic(r)
	}
	if errp != nil {
		s.SetError(*errp)
	}
	s.End(opts...)
}

// SpectAttributes implements side.Content.
func (s *Span) SpectAttributes() ([]attribute.KeyValue, contracts.JSONKeys) {
	if s == nil {
		return nil, 0
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return s.attrs, s.verified
	}
	out := append(make([]attribute.KeyValue, 0, len(s.attrs)+2), s.attrs...)
	transcript := s.transcript
	if !s.draft.empty() {
		m := s.draft.message()
		s.withhold(&m)
		transcript = s.appendMessage(append(transcript, "[,"[min(s.messages, 1)]), &m, s.messages)
	}
	verified := s.verified
	if len(transcript) > 0 {
		out = replace(out, contracts.MessagesKey.String(string(transcript)+"]"))
		verified |= contracts.JSONKey(contracts.MessagesKey)
	}
	if s.status != "" && s.status != otelSays(s.otelStatus, false) {
		out = append(out, contracts.StatusKey.String(string(s.status)))
	}
	return out, verified
}

// SpectAttribute implements side.Content.
func (s *Span) SpectAttribute(key attribute.Key) (attribute.Value, bool) {
	if s == nil {
		return attribute.Value{}, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.attrs {
		if s.attrs[i].Key == key {
			return s.attrs[i].Value, true
		}
	}
	return attribute.Value{}, false
}

// change runs f on an open span, under its lock.
func (s *Span) change(f func()) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open() {
		f()
	}
}

func (s *Span) open() bool { return s.recording && !s.ended }

// seal makes the last attributes of what was gathered.
func (s *Span) seal() {
	if len(s.transcript) > 0 {
		b := append(s.transcript, ']')
		// Nothing writes to b again.
		s.setJSON(contracts.MessagesKey, contracts.JSON(unsafe.String(unsafe.SliceData(b), len(b))))
	}
	if s.status != "" && s.status != otelSays(s.otelStatus, true) {
		s.set(contracts.StatusKey.String(string(s.status)))
	}
	if s.aside {
		if n := s.asideBytes(); n > 0 {
			s.pending = append(s.pending, contracts.ContentAsideKey.Int(n))
		}
	}
}

// otelSays is the status that the OpenTelemetry span tells by itself.
func otelSays(code codes.Code, ended bool) contracts.SpanStatus {
	switch {
	case code == codes.Error:
		return contracts.StatusError
	case code == codes.Ok, ended:
		return contracts.StatusOK
	}
	return contracts.StatusUnset
}

// The methods below want the lock, or a span that has not started.

func (s *Span) set(kv attribute.KeyValue) {
	if s.withholds != 0 {
		w := withhold.Withholder{Kinds: s.withholds}
		var some bool
		if kv, some = w.Attribute(kv); !some {
			return
		}
	}
	s.attrs = replace(s.attrs, kv)
	if s.started && !s.holdsAside(kv) {
		if s.pending == nil {
			s.pending = s.pendingInline[:0]
		}
		s.pending = replace(s.pending, kv)
	}
}

// setUnlessGiven sets an attribute where no option did.
func (s *Span) setUnlessGiven(kv attribute.KeyValue) {
	for i := range s.attrs {
		if s.attrs[i].Key == kv.Key {
			return
		}
	}
	s.set(kv)
}

// setLater does what an option says, with its value encoded.
func (s *Span) setLater(o *jsonOption, j contracts.JSON) {
	if o.key == contracts.MetadataKey {
		s.addMetadata(j)
		return
	}
	s.setJSON(o.key, j)
}

func replace(attrs []attribute.KeyValue, kv attribute.KeyValue) []attribute.KeyValue {
	for i := range attrs {
		if attrs[i].Key == kv.Key {
			attrs[i] = kv
			return attrs
		}
	}
	return append(attrs, kv)
}

func (s *Span) get(key attribute.Key) string {
	for i := range s.attrs {
		if s.attrs[i].Key == key {
			return s.attrs[i].Value.AsString()
		}
	}
	return ""
}

// uuid is the UUID that an attribute holds; empty where it is none.
func (s *Span) uuid(key attribute.Key) string {
	if id := s.get(key); ids.IsUUID(id) {
		return id
	}
	return ""
}

func (s *Span) setString(key attribute.Key, v string) {
	if v != "" {
		s.set(key.String(v))
	}
}

// setGiven sets what the caller vouches for.
func (s *Span) setGiven(attrs []attribute.KeyValue) {
	for _, kv := range attrs {
		s.verified &^= contracts.JSONKey(kv.Key)
		s.set(kv)
	}
}

// setJSON sets what is JSON, or absent.
func (s *Span) setJSON(key attribute.Key, j contracts.JSON) {
	if j != "" {
		s.verified |= contracts.JSONKey(key)
		s.set(key.String(string(j)))
	}
}

// setGivenJSON sets what the caller says is JSON: as text where it is not.
func (s *Span) setGivenJSON(key attribute.Key, j contracts.JSON) {
	if j != "" && !j.Valid() {
		j = contracts.QuoteJSON(string(j))
	}
	s.setJSON(key, j)
}

// mergeJSON merges an object into the attribute's object. A nil map, which is
// null, says nothing.
func (s *Span) mergeJSON(key attribute.Key, j contracts.JSON) {
	if j == "" || j == "null" {
		return
	}
	if !j.IsObject() {
		j = `{"value":` + j + "}"
	}
	if old := contracts.JSON(s.get(key)); old.IsObject() && old.Valid() {
		j = contracts.JSON(jsonscan.AppendMerged(nil, string(old), string(j)))
	}
	s.setJSON(key, j)
}

func (s *Span) addMetadata(j contracts.JSON) {
	key := contracts.MetadataKey
	if s.record.IsRoot {
		key = contracts.SessionMetadataKey
	}
	s.mergeJSON(key, j)
}

func (s *Span) setModel(id, provider string) {
	s.setString(contracts.ModelIDKey, id)
	s.setString(contracts.ModelProviderKey, provider)
}

func (s *Span) setTool(t contracts.SpanToolOverlay) {
	s.setString(contracts.ToolCallIDKey, t.ToolCallID)
	s.setString(contracts.ToolNameKey, t.ToolName)
	s.setGivenJSON(contracts.ToolParametersKey, t.Parameters)
	s.setGivenJSON(contracts.ToolResultKey, t.Result)
}

func (s *Span) setSubagent(a contracts.SpanSubagentOverlay) {
	s.setString(contracts.SubagentToolCallIDKey, a.ToolCallID)
	s.setString(contracts.SubagentTypeKey, a.SubagentType)
	s.setString(contracts.SubagentSourceKey, a.Source)
	s.setGivenJSON(contracts.SubagentInputKey, a.Input)
}

func (s *Span) setStatus(status contracts.SpanStatus, description string) {
	if !status.Valid() {
		return
	}
	s.status = status
	code := codes.Unset
	switch status {
	case contracts.StatusOK:
		code = codes.Ok
	case contracts.StatusError:
		code = codes.Error
	}
	// The SDK ignores a step back from Ok.
	if code != codes.Unset && code >= s.otelStatus {
		s.otelStatus = code
		s.otel.SetStatus(code, description)
	}
}

// setError records e, which says what err says. same is whether err is the
// failure so far, of which more may be known.
func (s *Span) setError(err error, e contracts.NormalizedError, same bool) {
	s.failure = err
	s.set(contracts.ErrorMessageKey.String(e.Message))
	for _, member := range [...]struct {
		key   attribute.Key
		value string
	}{
		{contracts.ErrorTypeKey, e.Type},
		{contracts.ErrorCodeKey, e.Code},
		{contracts.ErrorStackKey, e.Stack},
	} {
		if member.value != "" || !same && s.get(member.key) != "" {
			s.set(member.key.String(member.value))
		}
	}
	if s.aside || s.withholds&contracts.ContentErrors != 0 {
		e.Message = "" // the description is content as well
	}
	s.setStatus(contracts.StatusError, e.Message)
}

// addMessages encodes messages into memory that is used again, so that the
// transcript of a span that gets them all at once is no larger than it has to be.
func (s *Span) addMessages(messages []contracts.ConversationMessage) {
	if len(messages) == 0 {
		return
	}
	b := buffers.Get().(*[]byte)
	encoded := (*b)[:0]
	for i := range messages {
		m := &messages[i]
		if s.withholds != 0 {
			less := *m
			s.withhold(&less)
			m = &less
		}
		encoded = s.appendMessage(append(encoded, "[,"[min(s.messages, 1)]), m, s.messages)
		s.messages++
	}
	if s.transcript == nil {
		encoded = append(encoded, ']') // room for it
		s.transcript = bytes.Clone(encoded)[:len(encoded)-1]
	} else {
		s.transcript = append(s.transcript, encoded...)
	}
	if *b = encoded; cap(encoded) <= maxBuffer {
		buffers.Put(b)
	}
}

// buffers is what messages are encoded in.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

// maxBuffer bounds a buffer that is used again.
const maxBuffer = 256 << 10

// appendMessage appends the n-th message, with an id.
func (s *Span) appendMessage(dst []byte, m *contracts.ConversationMessage, n uint64) []byte {
	if m.ID != "" {
		return m.AppendJSON(dst)
	}
	dst = append(dst, `{"id":"`...)
	dst = ids.Append(dst, ids.Derive(s.record.SpanContext.TraceID(), s.record.SpanContext.SpanID(), s.record.StartTime, ids.Message+n))
	dst = append(dst, '"')
	at := len(dst)
	if slices.ContainsFunc(m.Extra, isID) {
		// A decoded message keeps an empty id among what the contract does not name.
		without := *m
		without.Extra = slices.DeleteFunc(slices.Clone(m.Extra), isID)
		m = &without
	}
	dst = m.AppendJSON(dst)
	dst[at] = ',' // a message has members, whatever it says
	return dst
}

func isID(e contracts.Member) bool { return e.Name == "id" }
