// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"

	"go.opentelemetry.io/otel/attribute"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/attr"
	"github.com/spect-tools/spect-go/convert/llm"
	"github.com/spect-tools/spect-go/internal/hash"
	"github.com/spect-tools/spect-go/internal/ids"
)

// This file writes steps as records.

// landed is a record and its place in the session.
type landed struct {
	at    time.Time
	depth int
	contracts.SpanRecord
}

// write writes the records of all steps, in the order of their start.
func (l *landing) write() {
	if l.root != nil {
		l.input(l.root, "")
	}
	for _, i := range l.order {
		st := &l.steps[i]
		first := len(l.records)
		parent := ""
		if p := above(l.steps, i); p >= 0 {
			parent = l.steps[p].id
		}
		switch st.role {
		case RoleModel:
			l.input(st, parent)
			l.model(st, parent)
		case RoleTool:
			l.tool(st, parent)
		case RoleAgent:
			l.agent(i, parent)
			l.input(st, st.id)
		case RoleNone, RoleEntry, RoleSession, RoleGuest:
			r := l.record(st.span, st.id, parent, st.span.StartTime)
			l.c.record(r, st.span)
		}
		for k := range l.records[first:] {
			r := &l.records[first+k]
			if r.depth = st.depth; r.ParentID == st.id {
				r.depth++
			}
			if st.began.After(r.at) {
				r.at = st.began
			}
		}
	}
	if l.root != nil {
		l.ownAnswer(l.root)
	}
	slices.SortStableFunc(l.records, func(a, b landed) int {
		return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.depth, b.depth))
	})
	for i := range l.records {
		l.c.result.Spans = append(l.c.result.Spans, l.records[i].SpanRecord)
	}
}

// record begins a record.
func (l *landing) record(sp *Span, id, parent string, at time.Time) *contracts.SpanRecord {
	l.records = append(l.records, landed{at, 0, contracts.SpanRecord{
		Version: contracts.SpanVersion, ID: id, TraceID: l.c.payload.TraceID, ParentID: parent,
		Name: sp.Name, Status: contracts.StatusOK, StartTime: wireTime(at),
	}})
	r := &l.records[len(l.records)-1].SpanRecord
	if sp.Name == "" {
		r.Extra = contracts.Members{{Name: "name", Value: `""`}}
	}
	return r
}

// named is a record of another name than the span's, for a moment.
func (l *landing) named(sp *Span, name, id, parent string, at time.Time) *contracts.SpanRecord {
	r := l.record(sp, id, parent, at)
	r.Name, r.Extra, r.EndTime = name, nil, r.StartTime
	return r
}

// id derives an id from a span.
func (l *landing) id(sp *Span, at time.Time, what uint64) string {
	return l.c.arena.text(func(dst []byte) []byte {
		return ids.Append(dst, ids.Derive(sp.TraceID, sp.SpanID, at, what))
	})
}

// contentID is an id for what has this content, for the first time, the second
// time, ... in this session.
func (l *landing) contentID(key uint64) string {
	n := l.spokenIDs[key]
	l.spokenIDs[key]++
	return l.id(l.session.Root, l.session.Root.StartTime, ids.Content|hash.Uint64(key, uint64(n)))
}

// contentKey is a key of who says what.
func (s *spoken) contentKey() uint64 {
	h := hash.String(0, string(s.role))
	for k := range s.parts {
		h = hash.Uint64(h, s.parts[k].key)
	}
	return h
}

// input writes what is new in the input of a step: records of a moment, before
// it.
func (l *landing) input(st *step, parent string) {
	n := ids.Input
	next := func(kind contracts.SpanKind, name string) *contracts.SpanRecord {
		r := l.named(st.span, name, l.id(st.span, st.span.StartTime, n), parent, st.span.StartTime)
		r.Kind = kind
		n++
		return r
	}
	for i := range st.asked {
		m := &st.asked[i]
		if m.role != contracts.RoleTool {
			r := next(contracts.SpanKind(m.role), string(m.role))
			r.Messages = l.transcript(m)
			if m.role == contracts.RoleSystem {
				r.Metadata = contracts.JSON(l.c.arena.text(func(dst []byte) []byte { return appendMembers(dst, m.extra) }))
			}
			r.Metadata = l.c.spanMetadata(r.Metadata, st.span)
			continue
		}
		for k := range m.parts {
			l.told(st, m, k, next)
		}
	}
}

// told writes the result of a tool that is known from the input of a model only;
// that of a tool with a span of its own is written there.
func (l *landing) told(st *step, m *spoken, k int, next func(kind contracts.SpanKind, name string) *contracts.SpanRecord) {
	p := &m.parts[k]
	if p.call != nil && p.call.tool >= 0 {
		return
	}
	part, ok := l.settled(p).(contracts.ToolResultContentPart)
	if !ok {
		return
	}
	r := next(contracts.KindToolResult, string(contracts.RoleTool))
	one := *m
	one.parts = m.parts[k : k+1]
	if k > 0 {
		one.id = ""
	}
	r.Messages = l.transcript(&one)
	r.Tool = l.c.tools.new(contracts.SpanToolOverlay{ToolCallID: part.ToolCallID, ToolName: part.ToolName, Result: part.Output.Value})
	if isFailure(part.Output.Type) {
		r.Status = contracts.StatusError
		r.Error = l.c.errors.new(contracts.NormalizedError{Message: wording(part.Output.Value)})
	}
	r.Metadata = l.c.spanMetadata("", st.span)
}

func isFailure(t contracts.ToolResultOutputType) bool {
	return t == contracts.OutputErrorText || t == contracts.OutputErrorJSON
}

// wording is the text that a value is, or else spells.
func wording(j contracts.JSON) string {
	if text, ok := j.Text(); ok {
		return text
	}
	return string(j)
}

// transcript writes messages.
func (l *landing) transcript(messages ...*spoken) contracts.Messages {
	if len(messages) == 0 {
		return ""
	}
	made := make([]contracts.ConversationMessage, len(messages))
	for i, m := range messages {
		made[i] = l.message(m)
	}
	return contracts.Messages(l.c.arena.text(func(dst []byte) []byte {
		for i := range made {
			dst = append(dst, "[,"[min(i, 1)])
			dst = made[i].AppendJSON(dst)
		}
		return append(dst, ']')
	}))
}

func pointers(messages []spoken) []*spoken {
	out := make([]*spoken, len(messages))
	for i := range messages {
		out[i] = &messages[i]
	}
	return out
}

// model writes a call of a model.
func (l *landing) model(st *step, parent string) {
	f := st.facts
	r := l.record(st.span, st.id, parent, st.span.StartTime)
	r.Kind = contracts.KindGenerate
	if f.Streamed || f.Request.Stream {
		r.Kind = contracts.KindStream
	}
	l.outcome(r, st)
	r.Messages = l.transcript(pointers(st.answer)...)
	if name := cmp.Or(f.Response.Model, f.Request.Model); name != "" || f.Provider != "" {
		r.Model = l.c.models.new(contracts.SpanModelOverlay{ModelID: name, Provider: llm.Provider(f.Provider, name)})
	}
	own := newMembers()
	if f.Response.Usage.Known() {
		own.add("usage", contracts.JSON(f.Response.Usage.AppendJSON(nil)))
	}
	reasons, native := finishReasons(f.Response.FinishReasons, st.answer)
	own.texts("finishReasons", reasons)
	own.texts("finishReasonsNative", native)
	own.text("responseId", f.Response.ID)
	if f.Request.Model != f.Response.Model && f.Response.Model != "" {
		own.text("requestModel", f.Request.Model)
	}
	if f.TimeToFirstToken > 0 {
		own.add("timeToFirstTokenMs", contracts.JSON(strconv.FormatInt(f.TimeToFirstToken.Milliseconds(), 10)))
	}
	if st.attempts > 0 {
		own.add("attempts", contracts.JSON(strconv.Itoa(st.attempts)))
	}
	l.leftOver(own, st)
	r.Metadata = l.metadata(own, st)
}

// outcome writes how a step ended.
func (l *landing) outcome(r *contracts.SpanRecord, st *step) {
	sp := st.span
	if sp.Ended() {
		r.EndTime = wireTime(sp.EndTime)
		if st.until.After(sp.EndTime) {
			r.EndTime = wireTime(st.until)
		}
	}
	r.Status = status(sp)
	if st.failed() {
		r.Status = contracts.StatusError
		r.Error = l.c.foreignError(st)
	}
	if sp.DroppedAttributes > 0 {
		l.c.note("attributes", whyDropped)
	}
	for _, n := range st.facts.Partial {
		l.c.note(n.What, n.Why)
	}
}

// finishReasons translates why a model stopped; native is empty where it says
// the same.
func finishReasons(said []string, answer []spoken) (reasons, native []string) {
	for i, word := range said {
		reason := llm.FinishReason(word)
		if reason == llm.FinishStop && callsTools(answer, i, len(said)) {
			reason = llm.FinishToolCalls
		}
		reasons, native = append(reasons, reason), append(native, word)
	}
	if slices.Equal(reasons, native) {
		native = nil
	}
	return reasons, native
}

// callsTools reports whether the choice that the reason is of wants tools to be
// called.
func callsTools(answer []spoken, choice, choices int) bool {
	for i := range answer {
		if len(answer) == choices && i != choice {
			continue
		}
		for k := range answer[i].parts {
			if _, ok := answer[i].parts[k].ContentPart.(contracts.ToolCallContentPart); ok && !llm.IsProviderExecuted(answer[i].parts[k].ContentPart) {
				return true
			}
		}
	}
	return false
}

// tool writes a run of a tool and, below it, what came of it.
func (l *landing) tool(st *step, parent string) {
	f, c := &st.facts.Tool, st.call
	r := l.record(st.span, st.id, parent, st.span.StartTime)
	r.Kind = contracts.KindToolCall
	l.outcome(r, st)
	input := cmp.Or(f.Arguments, c.input)
	if _, bare := f.Arguments.Text(); bare && c.input.IsObject() {
		input = c.input // the argument alone, without its name
	}
	asked := spoken{role: contracts.RoleAssistant}
	asked.take(contracts.ToolCallContentPart{ToolCallID: c.id, ToolName: cmp.Or(c.name, st.toolName()), Input: cmp.Or(input, "{}")})
	asked.parts[0].call = c
	r.Messages = l.transcript(&asked)
	r.Tool = l.c.tools.new(contracts.SpanToolOverlay{ToolCallID: c.id, ToolName: st.toolName(), Parameters: input})
	own := newMembers()
	if f.CallID != c.id {
		own.text("toolCallId", f.CallID)
	}
	own.text("description", f.Description)
	l.leftOver(own, st)
	r.Metadata = l.metadata(own, st)
	failed, why := r.Status == contracts.StatusError, r.Error
	l.toolResult(st, failed, why)
}

func (l *landing) toolResult(st *step, failed bool, why *contracts.NormalizedError) {
	f, c, sp := &st.facts.Tool, st.call, st.span
	// What the tool returned counts, and for the conversation what the model
	// was told of it.
	part := contracts.ToolResultContentPart{ToolCallID: c.id, ToolName: st.toolName()}
	if c.result != nil {
		part.Output, part.ProviderOptions, part.Extra = c.result.Output, c.result.ProviderOptions, c.result.Extra
	}
	result := cmp.Or(f.Result, part.Output.Value)
	failed = f.Failed || isFailure(part.Output.Type) || failed && f.Result == ""
	switch {
	case c.result != nil:
	case failed && f.Result == "":
		if why == nil || why.Message == "" {
			break
		}
		part.Output = contracts.ToolResultOutput{Type: contracts.OutputErrorText, Value: contracts.QuoteJSON(why.Message)}
	case f.Result != "":
		part.Output = outputOf(f.Result, failed)
	}
	if result == "" && !failed {
		return
	}
	at := sp.EndTime
	if !sp.Ended() {
		at = sp.StartTime
	}
	r := l.named(sp, st.toolName()+".result", l.id(sp, at, ids.Result), st.id, at)
	r.Kind = contracts.KindToolResult
	r.Tool = l.c.tools.new(contracts.SpanToolOverlay{ToolCallID: c.id, ToolName: st.toolName(), Result: result})
	if failed {
		r.Status = contracts.StatusError
		if r.Error = why; why == nil && part.Output.Value != "" {
			r.Error = l.c.errors.new(contracts.NormalizedError{Message: wording(part.Output.Value)})
		}
	}
	if part.Output.Value != "" {
		said := spoken{role: contracts.RoleTool}
		said.take(part)
		said.parts[0].call = c
		r.Messages = l.transcript(&said)
	}
	r.Metadata = l.c.spanMetadata("", sp)
}

// outputOf says how to read a value that a tool returned.
func outputOf(value contracts.JSON, failed bool) contracts.ToolResultOutput {
	_, isText := value.Text()
	out := contracts.ToolResultOutput{Type: contracts.OutputJSON, Value: value}
	switch {
	case failed && isText:
		out.Type = contracts.OutputErrorText
	case failed:
		out.Type = contracts.OutputErrorJSON
	case isText:
		out.Type = contracts.OutputText
	}
	return out
}

// agent writes a run of an agent that another started.
func (l *landing) agent(i int, parent string) {
	st := &l.steps[i]
	f := st.facts
	r := l.record(st.span, st.id, parent, st.span.StartTime)
	r.Kind = contracts.KindSubagent
	l.outcome(r, st)
	r.Messages = l.transcript(pointers(st.answer)...)
	overlay := contracts.SpanSubagentOverlay{SubagentType: cmp.Or(f.Agent.Name, st.span.Name), Input: f.Agent.Input, Source: st.span.Scope}
	if p := above(l.steps, i); p >= 0 && l.steps[p].call != nil {
		overlay.ToolCallID = l.steps[p].call.id
		overlay.Input = cmp.Or(l.steps[p].facts.Tool.Arguments, l.steps[p].call.input, overlay.Input)
	}
	if overlay.Input == "" {
		overlay.Input = lastAsked(f.Request.Messages)
	}
	r.Subagent = l.c.agents.new(overlay)
	own := newMembers()
	if st.inner.models == 0 && f.Response.Usage.Known() {
		own.add("usage", contracts.JSON(f.Response.Usage.AppendJSON(nil)))
	}
	l.aboutAgent(own, st)
	r.Metadata = l.metadata(own, st)
}

// lastAsked is what a user said last, as a JSON string; absent where nobody did.
func lastAsked(messages []contracts.ConversationMessage) contracts.JSON {
	for i := range slices.Backward(messages) {
		if messages[i].Role == contracts.RoleUser {
			return contracts.QuoteJSON(messages[i].Content.Text())
		}
	}
	return ""
}

// aboutAgent adds what is known of an agent beyond its name.
func (l *landing) aboutAgent(own *members, st *step) {
	own.text("agentId", st.facts.Agent.ID)
	own.text("description", st.facts.Agent.Description)
	l.leftOver(own, st)
}

// ownAnswer writes what the session's root said, where none of its models did.
func (l *landing) ownAnswer(st *step) {
	if len(st.answer) == 0 {
		return
	}
	at := st.span.EndTime
	if !st.span.Ended() {
		at = st.span.StartTime
	}
	r := l.named(st.span, "response", l.id(st.span, at, ids.Answer), "", at)
	r.Kind = contracts.KindResponse
	r.Messages = l.transcript(pointers(st.answer)...)
	r.Metadata = l.c.spanMetadata("", st.span)
}

// metadata ends a record's metadata.
func (l *landing) metadata(own *members, st *step) contracts.JSON {
	var j contracts.JSON
	if len(own.list) > 0 {
		j = contracts.JSON(l.c.arena.text(func(dst []byte) []byte { return appendMembers(dst, own.list) }))
	}
	return l.c.spanMetadata(j, st.span)
}

// maxSetting bounds a member of a request or an answer that goes into the
// metadata, maxSettings all of a span's together; in bytes.
const (
	maxSetting  = 64 << 10
	maxSettings = 256 << 10
)

// leftOver adds what else a person would miss: the settings of the request, its
// tools, and what no decoder knew.
func (l *landing) leftOver(own *members, st *step) {
	f := st.facts
	room, out := maxSettings, 0
	add := func(m contracts.Member) {
		if len(m.Value) > maxSetting || len(m.Value) > room {
			l.c.note(m.Name, fmt.Sprintf("left out: %d bytes", len(m.Value)))
			out++
			return
		}
		room -= len(m.Value)
		own.add(m.Name, m.Value)
	}
	if f.Request.Tools != "" {
		add(contracts.Member{Name: "tools", Value: f.Request.Tools})
	}
	for _, list := range [...]contracts.Members{f.Request.Settings, f.Response.Metadata, f.Metadata} {
		for _, m := range list {
			add(m)
		}
	}
}

// members are the members of a record's metadata: each name once, the first
// counts.
type members struct {
	list  contracts.Members
	names map[string]bool
}

// reserved are the names that the notes and ids of a record have.
var reserved = [...]string{"partial", "otel"}

func newMembers() *members {
	m := &members{names: make(map[string]bool)}
	for _, name := range reserved {
		m.names[name] = true
	}
	return m
}

func (m *members) add(name string, value contracts.JSON) {
	if value == "" || m.names[name] {
		return
	}
	m.names[name] = true
	m.list = append(m.list, contracts.Member{Name: name, Value: value})
}

func (m *members) text(name, text string) {
	if text != "" {
		m.add(name, contracts.QuoteJSON(text))
	}
}

func (m *members) texts(name string, texts []string) {
	if len(texts) == 0 {
		return
	}
	b, _ := attr.Append(nil, attribute.StringSliceValue(texts))
	m.add(name, contracts.JSON(b))
}

func appendMembers(dst []byte, list contracts.Members) []byte {
	dst = append(dst, '{')
	for i, m := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, contracts.QuoteJSON(m.Name)...)
		dst = append(dst, ':')
		dst = append(dst, cmp.Or(m.Value, "null")...)
	}
	return append(dst, '}')
}
