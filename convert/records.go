// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/llm"
	"github.com/spect-tools/spect-go/internal/hash"
	"github.com/spect-tools/spect-go/internal/ids"
)

// This file writes steps as records.

// placed is the place of a record in the session: records are in the order of
// their start, none before what it stands below.
type placed struct {
	at     time.Time
	depth  int
	record int
}

// write writes the records of all steps.
func (l *landing) write() {
	if l.root != nil {
		l.writing = l.root
		l.input(l.root, "")
	}
	for _, i := range l.order {
		st := &l.steps[i]
		l.writing = st
		first := len(l.placed)
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
		for k := range l.placed[first:] {
			at := &l.placed[first+k]
			if at.depth = st.depth; l.c.result.Spans[at.record].ParentID == st.id {
				at.depth++
			}
			if st.began.After(at.at) {
				at.at = st.began
			}
		}
	}
	if l.root != nil {
		l.writing = l.root
		l.ownAnswer(l.root)
	}
	l.sort()
}

// sort brings the records into their order.
func (l *landing) sort() {
	order := func(a, b placed) int {
		return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.depth, b.depth), cmp.Compare(a.record, b.record))
	}
	if slices.IsSortedFunc(l.placed, order) {
		return
	}
	slices.SortFunc(l.placed, order)
	sorted, sources := make([]contracts.SpanRecord, len(l.placed)), make([]source, len(l.placed))
	for i, p := range l.placed {
		sorted[i], sources[i] = l.c.result.Spans[p.record], l.c.sources[p.record]
	}
	copy(l.c.result.Spans, sorted)
	copy(l.c.sources, sources)
}

// record begins a record.
func (l *landing) record(sp *Span, id, parent string, at time.Time) *contracts.SpanRecord {
	spans := &l.c.result.Spans
	l.placed = append(l.placed, placed{at: at, record: len(*spans)})
	*spans = append(*spans, contracts.SpanRecord{
		Version: contracts.SpanVersion, ID: id, TraceID: l.c.payload.TraceID, ParentID: parent,
		Name: sp.Name, Status: contracts.StatusOK, StartTime: wireTime(at),
	})
	l.c.sources = append(l.c.sources, l.source())
	r := &(*spans)[len(*spans)-1]
	if sp.Name == "" {
		r.Extra = contracts.Members{{Name: "name", Value: `""`}}
	}
	return r
}

// source is what the records of the step that is being written are made of. What
// models and tools tell of each other's values is not told apart: the strictest
// policy of all holds there.
func (l *landing) source() source {
	st := l.writing
	s := source{policy: l.c.policies.of[st.span], foreign: st.role.Foreign()}
	if st.role == RoleTool || st.role == RoleAgent {
		s.policy = l.c.policies.strictest
	}
	return s
}

// named is a record of another name than the span's, for a moment.
func (l *landing) named(sp *Span, name, id, parent string, at time.Time) *contracts.SpanRecord {
	r := l.record(sp, id, parent, at)
	r.Name, r.Extra, r.EndTime = name, nil, r.StartTime
	return r
}

// id derives an id from a span.
func (l *landing) id(sp *Span, at time.Time, what uint64) string {
	return l.c.arena.Text(func(dst []byte) []byte {
		return ids.Append(dst, ids.Derive(sp.TraceID, sp.SpanID, at, what))
	})
}

// contentID is an id for what has this content, for the first time, the second
// time, ... in this session.
func (l *landing) contentID(key uint64) string { return string(l.appendContentID(nil, key)) }

func (l *landing) appendContentID(dst []byte, key uint64) []byte {
	before, n := len(l.spokenIDs), 0
	if l.spokenIDs[key]++; len(l.spokenIDs) == before { // not for the first time
		n = l.spokenIDs[key] - 1
	}
	root := l.session.Root
	return ids.Append(dst, ids.Derive(root.TraceID, root.SpanID, root.StartTime, ids.Content|hash.Uint64(key, uint64(n))))
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
			r.Messages = l.transcript(st.asked[i : i+1])
			if m.role == contracts.RoleSystem && len(m.extra) > 0 {
				r.Metadata = contracts.JSON(l.c.arena.Text(func(dst []byte) []byte { return appendMembers(dst, m.extra) }))
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
	r.Messages = l.transcript([]spoken{one})
	r.Tool = l.c.tools.Put(contracts.SpanToolOverlay{ToolCallID: part.ToolCallID, ToolName: part.ToolName, Result: part.Output.Value})
	if isFailure(part.Output.Type) {
		r.Status = contracts.StatusError
		r.Error = l.c.errors.Put(contracts.NormalizedError{Message: wording(part.Output.Value)})
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
func (l *landing) transcript(messages []spoken) contracts.Messages {
	if len(messages) == 0 {
		return ""
	}
	return contracts.Messages(l.c.arena.Text(func(dst []byte) []byte {
		for i := range messages {
			dst = append(dst, "[,"[min(i, 1)])
			dst = l.appendMessage(dst, &messages[i])
		}
		return append(dst, ']')
	}))
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
	r.Messages = l.transcript(st.answer)
	if name := cmp.Or(f.Response.Model, f.Request.Model); name != "" || f.Provider != "" {
		r.Model = l.c.models.Put(contracts.SpanModelOverlay{ModelID: name, Provider: llm.Provider(f.Provider, name)})
	}
	own := l.members()
	own.usage(&f.Response.Usage)
	l.reasons = appendFinishReasons(l.reasons[:0], f.Response.FinishReasons, st.answer)
	own.finishReasons(f.Response.FinishReasons, l.reasons)
	own.text("responseId", f.Response.ID)
	if f.Request.Model != f.Response.Model && f.Response.Model != "" {
		own.text("requestModel", f.Request.Model)
	}
	if f.TimeToFirstToken > 0 {
		own.int("timeToFirstTokenMs", f.TimeToFirstToken.Milliseconds())
	}
	if st.attempts > 0 {
		own.int("attempts", int64(st.attempts))
	}
	l.leftOver(own, st)
	r.Metadata = l.metadata(own, st)
}

// outcome writes how a step ended.
func (l *landing) outcome(r *contracts.SpanRecord, st *step) {
	sp := st.span
	if sp.Ended() {
		r.EndTime = wireTime(st.end())
	}
	r.Status = st.status()
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

// appendFinishReasons translates why a model stopped. A choice that wants tools to
// be called stopped for them; where there is not one reason for each choice, so
// did all if any does.
func appendFinishReasons(to, said []string, answer []spoken) []string {
	each, some := len(said) == len(answer), false
	for i := range answer {
		some = some || !each && answer[i].callsTools()
	}
	for i, native := range said {
		reason := llm.FinishReason(native)
		if reason == llm.FinishStop && (some || each && answer[i].callsTools()) {
			reason = llm.FinishToolCalls
		}
		to = append(to, reason)
	}
	return to
}

// callsTools reports whether the message wants tools to be called.
func (s *spoken) callsTools() bool {
	for k := range s.parts {
		if _, ok := s.parts[k].ContentPart.(contracts.ToolCallContentPart); ok && !llm.IsProviderExecuted(s.parts[k].ContentPart) {
			return true
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
	r.Messages = l.transcript([]spoken{asked})
	r.Tool = l.c.tools.Put(contracts.SpanToolOverlay{ToolCallID: c.id, ToolName: st.toolName(), Parameters: input})
	own := l.members()
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
	r.Tool = l.c.tools.Put(contracts.SpanToolOverlay{ToolCallID: c.id, ToolName: st.toolName(), Result: result})
	if failed {
		r.Status = contracts.StatusError
		if r.Error = why; why == nil && part.Output.Value != "" {
			r.Error = l.c.errors.Put(contracts.NormalizedError{Message: wording(part.Output.Value)})
		}
	}
	if part.Output.Value != "" {
		said := spoken{role: contracts.RoleTool}
		said.take(part)
		said.parts[0].call = c
		r.Messages = l.transcript([]spoken{said})
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
	r.Messages = l.transcript(st.answer)
	overlay := contracts.SpanSubagentOverlay{SubagentType: cmp.Or(f.Agent.Name, st.span.Name), Input: f.Agent.Input, Source: st.span.Scope}
	if p := above(l.steps, i); p >= 0 && l.steps[p].call != nil {
		overlay.ToolCallID = l.steps[p].call.id
		overlay.Input = cmp.Or(l.steps[p].facts.Tool.Arguments, l.steps[p].call.input, overlay.Input)
	}
	if overlay.Input == "" {
		overlay.Input = lastAsked(f.Request.Messages)
	}
	r.Subagent = l.c.agents.Put(overlay)
	own := l.members()
	if st.inner.models == 0 {
		own.usage(&f.Response.Usage)
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
	r.Messages = l.transcript(st.answer)
	r.Metadata = l.c.spanMetadata("", st.span)
}

// metadata ends a record's metadata.
func (l *landing) metadata(own *members, st *step) contracts.JSON {
	c := l.c
	return contracts.JSON(c.arena.Text(func(dst []byte) []byte {
		if dst = append(dst, own.json...); len(own.names) > 0 {
			dst = append(dst, ',')
		}
		dst = c.takePartials(dst)
		return append(appendCorrelation(dst, st.span, true), '}')
	}))
}

// object is the object of the members; absent where there are none.
func (l *landing) object(own *members) contracts.JSON {
	if len(own.names) == 0 {
		return ""
	}
	return contracts.JSON(l.c.arena.Text(func(dst []byte) []byte { return append(append(dst, own.json...), '}') }))
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
	room := maxSettings
	add := func(name string, value contracts.JSON) {
		if len(value) > maxSetting || len(value) > room {
			why := fmt.Sprintf("left out: %d bytes", len(value))
			l.c.note(name, why)
			l.c.explain(st.span, "partial: "+name+": "+why)
			return
		}
		room -= len(value)
		own.add(name, value)
	}
	add("tools", f.Request.Tools)
	for _, list := range [...]contracts.Members{f.Request.Settings, f.Response.Metadata, f.Metadata} {
		for _, m := range list {
			add(m.Name, m.Value)
		}
	}
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
