// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package contracts

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spect-tools/spect-go/internal/ids"
	"github.com/spect-tools/spect-go/internal/jsonscan"
)

// ValidationError is everything that [CollectorTracePayload.Validate] found
// wrong with a payload.
type ValidationError struct {
	// Problems are in the order of the payload's members; there is at least one.
	Problems []Problem
}

// Problem is one thing that is not as the contract wants it. It never quotes a
// value, nor a name that the contract does not give: content stays out of logs.
type Problem struct {
	// Path leads to the value, as in /metadata/result/spans/0/kind. The payload
	// itself is /.
	Path string
	// Message says what is wrong, such as "is missing".
	Message string
}

// String returns the path and the message.
func (p Problem) String() string { return p.Path + ": " + p.Message }

// shownProblems is how many problems the text of an error lists.
const shownProblems = 8

// Error implements error. It lists the first few problems.
func (e *ValidationError) Error() string {
	var b strings.Builder
	b.WriteString("contracts: the payload is not as the contract wants it: ")
	for i, p := range e.Problems {
		if i == shownProblems {
			fmt.Fprintf(&b, "; and %d more", len(e.Problems)-i)
			break
		}
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(p.String())
	}
	return b.String()
}

// Validate checks the payload against the whole contract and returns nil or a
// *[ValidationError] with every problem. Members and content parts that the
// contract does not name are accepted where they are valid JSON. A payload that
// is valid encodes to valid JSON.
//
// It reads the payload only, and is as safe for concurrent use as reading is.
func (p *CollectorTracePayload) Validate() error {
	var v validator
	v.payload(p)
	if len(v.problems) == 0 && !jsonscan.Valid(string(p.AppendJSON(nil))) {
		// Every value is valid by itself: only the depth is left.
		v.add("/", "nests too deep")
	}
	if len(v.problems) == 0 {
		return nil
	}
	return &ValidationError{v.problems}
}

type validator struct{ problems []Problem }

func (v *validator) add(path, message string) {
	v.problems = append(v.problems, Problem{path, message})
}

func (v *validator) addf(path, format string, args ...any) {
	v.add(path, fmt.Sprintf(format, args...))
}

const (
	isMissing = "is missing"
	isNull    = "is null: leave it out where there is nothing to say"
	notJSON   = "is not valid JSON"
)

func (v *validator) payload(p *CollectorTracePayload) {
	isID := v.uuid("/id", p.ID)
	if v.uuid("/traceId", p.TraceID) && isID && p.TraceID != p.ID && p.ParentID == "" {
		v.add("/traceId", "is not the session's id, though the session has no parentId")
	}
	if v.uuid("/spanId", p.SpanID) && isID && p.SpanID != p.ID {
		v.add("/spanId", "is not the session's id")
	}
	if p.ParentID != "" && p.ParentID == p.ID {
		v.add("/parentId", "is the session's own id")
	}
	// A name may be empty, which one that was never set is not told from.
	if p.Name == "" && (p.Operation.ID != "" || p.Operation.Name != "") {
		v.add("/name", "is missing, though the operation has one")
	}
	v.text("/organizationId", p.OrganizationID)
	if v.instants("", p.StartTime, p.EndTime) && p.Duration != Milliseconds(p.StartTime, p.EndTime) {
		v.add("/duration", "is not endTime − startTime in milliseconds, at least 0")
	}
	// The reference client sends the id of a model as it was given, empty or not.
	if p.Model.Provider == "" {
		v.text("/model/id", p.Model.ID)
	}
	v.text("/model/provider", p.Model.Provider)
	v.extra("/model", p.Model.Extra, "id", "provider")
	v.operation("/operation/id", p.Operation.ID, p.Name)
	v.operation("/operation/name", p.Operation.Name, p.Name)
	v.extra("/operation", p.Operation.Extra, "id", "name")
	v.metadata(p)
	v.text("/prompt/format", p.Prompt.Format)
	v.messages("/prompt/messages", p.Prompt.Messages)
	v.extra("/prompt", p.Prompt.Extra, "format", "messages")
	v.response(p)
	v.text("/attributes/provider", p.Attributes.Provider)
	v.json("/attributes/request.input", p.Attributes.RequestInput)
	v.extra("/attributes", p.Attributes.Extra, "provider", "request.input", "conversationId")
	v.extra("", p.Extra, "id", "traceId", "spanId", "parentId", "name", "organizationId", "startTime", "endTime",
		"duration", "model", "operation", "functionId", "metadata", "prompt", "response", "attributes")
}

func (v *validator) operation(path, operation, name string) {
	if name != "" && operation != name {
		v.add(path, "is not the name of the payload")
	}
}

func (v *validator) metadata(p *CollectorTracePayload) {
	const path = "/metadata"
	m := &p.Metadata
	v.object(path+"/request", m.Request)
	if want := m.Request.Member("spect"); want.IsObject() && !isEmpty(want) {
		if !sameJSON(m.Spect, want) {
			v.add(path+"/spect", "is not a copy of request.spect")
		}
	} else if m.Spect != "" {
		v.add(path+"/spect", "is given, though request.spect is no object with members")
	}
	if m.Result == nil {
		v.add(path+"/result", isMissing)
	} else {
		v.spans(path+"/result/spans", p)
		v.normalizedError(path+"/result/error", m.Result.Error)
		v.resultExtra(path+"/result", m.Result.Extra)
	}
	v.object(path+"/otel", m.OTel)
	v.extra(path, m.Extra, "request", "spect", "result", "otel")
}

// resultExtra lets the caller have an error of his own in the metadata of a
// result; one with a message is the failure of the session.
func (v *validator) resultExtra(path string, extra Members) {
	for _, e := range extra {
		if e.Name == "error" && isJSON(e.Value) && e.Value.Member("message") != "" {
			for _, name := range []string{"message", "type", "code", "stack"} {
				v.optionalString(path+"/error/"+name, e.Value.Member(name))
			}
		}
	}
	v.extra(path, extra, "spans")
}

func (v *validator) response(p *CollectorTracePayload) {
	const path = "/response"
	r := &p.Response
	if r.Duration != nil && *r.Duration < 0 {
		v.add(path+"/duration", "is below 0")
	}
	v.json(path+"/object", r.Object)
	if r.Model == "" && p.Model.ID != "" {
		v.add(path+"/model", "is missing, though the session's model has an id")
	}
	v.text(path+"/timestamp", r.Timestamp)
	v.object(path+"/usage", r.Usage)
	v.extra(path, r.Extra, "startTime", "duration", "text", "object", "model", "id", "timestamp", "finishReasons", "usage")
	if p.Metadata.Result == nil || p.Metadata.Result.Error == nil {
		return
	}
	if r.Text != nil {
		v.add(path+"/text", "is given, though the session failed")
	}
	if r.Usage != "" {
		v.add(path+"/usage", "is given, though the session failed")
	}
	switch {
	case r.StartTime == nil:
		v.add(path+"/startTime", "is missing, though the session failed")
	case r.Duration == nil:
		v.add(path+"/duration", "is missing, though the session failed")
	case *r.StartTime+*r.Duration != p.EndTime.UnixMilli():
		v.add("/endTime", "is not response.startTime + response.duration, though the session failed")
	}
}

func (v *validator) spans(path string, p *CollectorTracePayload) {
	spans := p.Metadata.Result.Spans
	parents := make(map[string]string, len(spans))
	for i := range spans {
		parents[spans[i].ID] = spans[i].ParentID
	}
	cyclic := inCycle(parents)
	seen := make(map[string]bool, len(spans))
	for i := range spans {
		s, path := &spans[i], path+"/"+strconv.Itoa(i)
		v.span(path, s)
		if v.uuid(path+"/traceId", s.TraceID) && ids.IsUUID(p.TraceID) && s.TraceID != p.TraceID {
			v.add(path+"/traceId", "is not the payload's traceId")
		}
		switch {
		case s.ID == "": // said already
		case s.ID == p.ID:
			v.add(path+"/id", "is the session's id")
		case seen[s.ID]:
			v.add(path+"/id", "is the id of an earlier span")
		}
		seen[s.ID] = true
		if s.ParentID == "" {
			continue
		}
		if _, ok := parents[s.ParentID]; !ok {
			v.add(path+"/parentId", "is not the id of a span of the session")
		} else if cyclic[s.ID] {
			v.add(path+"/parentId", "makes the span its own ancestor")
		}
	}
}

// inCycle returns the spans that are their own ancestors. It takes one step
// for each span.
func inCycle(parents map[string]string) map[string]bool {
	cyclic := map[string]bool{}
	done := make(map[string]bool, len(parents))
	for id := range parents {
		var line []string
		for id != "" && !done[id] {
			done[id] = true
			line = append(line, id)
			id = parents[id]
		}
		if i := slices.Index(line, id); i >= 0 { // back where this line came by
			for _, id := range line[i:] {
				cyclic[id] = true
			}
		}
	}
	return cyclic
}

func (v *validator) span(path string, s *SpanRecord) {
	if s.Version != 0 && s.Version != SpanVersion {
		v.addf(path+"/version", "is not %d", SpanVersion)
	}
	v.uuid(path+"/id", s.ID)
	if !s.Kind.Valid() {
		v.add(path+"/kind", "is not a kind of the contract")
	}
	if !s.Status.Valid() {
		v.add(path+"/status", "is not unset, ok or error")
	}
	switch {
	case s.EndTime.IsZero():
		v.instant(path+"/startTime", s.StartTime)
		if s.DurationMs != nil {
			v.add(path+"/durationMs", "is given, though the span has no endTime")
		}
	case v.instants(path, s.StartTime, s.EndTime) && s.DurationMs != nil &&
		*s.DurationMs != Milliseconds(s.StartTime, s.EndTime):
		v.add(path+"/durationMs", "is not endTime − startTime in milliseconds, at least 0")
	}
	v.object(path+"/metadata", s.Metadata)
	v.messages(path+"/messages", s.Messages)
	if s.Model != nil {
		v.extra(path+"/model", s.Model.Extra, "modelId", "provider")
	}
	v.normalizedError(path+"/error", s.Error)
	v.tool(path+"/tool", s)
	v.subagent(path+"/subagent", s)
	v.extra(path, s.Extra, "version", "id", "traceId", "parentId", "name", "kind", "status", "startTime", "endTime",
		"durationMs", "metadata", "messages", "model", "error", "tool", "subagent")
}

func (v *validator) tool(path string, s *SpanRecord) {
	called, returned := s.Kind == KindToolCall, s.Kind == KindToolResult
	t := s.Tool
	switch {
	case t == nil && (called || returned):
		v.add(path, isMissing)
		return
	case t == nil:
		return
	case !called && !returned:
		v.addf(path, "is for spans of kind %s and %s", KindToolCall, KindToolResult)
	case called && t.Result != "":
		v.addf(path+"/result", "is for spans of kind %s", KindToolResult)
	case returned && t.Parameters != "":
		v.addf(path+"/parameters", "is for spans of kind %s", KindToolCall)
	}
	if returned && t.Result == "" && s.Status != StatusError {
		v.add(path+"/result", "is missing, though the span's status is not error")
	}
	v.json(path+"/parameters", t.Parameters)
	v.json(path+"/result", t.Result)
	v.extra(path, t.Extra, "toolCallId", "toolName", "parameters", "result")
}

func (v *validator) subagent(path string, s *SpanRecord) {
	switch {
	case s.Subagent == nil && s.Kind == KindSubagent:
		v.add(path, isMissing)
		return
	case s.Subagent == nil:
		return
	case s.Kind != KindSubagent:
		v.addf(path, "is for spans of kind %s", KindSubagent)
	}
	v.json(path+"/input", s.Subagent.Input)
	v.extra(path, s.Subagent.Extra, "toolCallId", "subagentType", "input", "source")
}

func (v *validator) normalizedError(path string, e *NormalizedError) {
	if e != nil {
		v.extra(path, e.Extra, "message", "type", "code", "stack")
	}
}

// Messages are looked at as they stand on the wire, since a message that does
// not decode still has problems to report.

func (v *validator) messages(path string, messages Messages) {
	j := JSON(messages)
	if !v.array(path, j) {
		return
	}
	i := 0
	for m := range j.Elements() {
		v.message(path+"/"+strconv.Itoa(i), m)
		i++
	}
}

func (v *validator) message(path string, m JSON) {
	if !m.IsObject() {
		v.want(path, m, "an object")
		return
	}
	if id, ok := v.string(path+"/id", m.Member("id")); ok && id == "" {
		v.add(path+"/id", "is empty")
	}
	v.optionalString(path+"/name", m.Member("name"))
	v.optionalString(path+"/toolCallId", m.Member("toolCallId"))
	text, ok := v.string(path+"/role", m.Member("role"))
	if !ok {
		return
	}
	role := Role(text)
	if !role.Valid() {
		v.add(path+"/role", "is not system, user, assistant or tool")
		return
	}
	v.content(path+"/content", role, m.Member("content"))
}

// partTypes are the types of parts that a message of a role may have. A type
// that the contract does not know is accepted in each.
var partTypes = map[Role][]string{
	RoleUser: {PartText, PartFile},
	// Some providers run a tool themselves, in the midst of an answer.
	RoleAssistant: {PartText, PartReasoning, PartFile, PartToolCall, PartToolResult},
	RoleTool:      {PartToolResult},
}

func (v *validator) content(path string, role Role, content JSON) {
	switch _, isText := content.Text(); {
	case content == "":
		v.add(path, isMissing)
	case role == RoleSystem && !isText:
		v.want(path, content, "a string in a system message")
	case role == RoleTool && !content.IsArray():
		v.want(path, content, "an array of parts in a tool message")
	case isText:
	case !content.IsArray():
		v.want(path, content, "a string or an array of parts")
	default:
		i := 0
		for part := range content.Elements() {
			v.part(path+"/"+strconv.Itoa(i), role, part)
			i++
		}
	}
}

func (v *validator) part(path string, role Role, part JSON) {
	if !part.IsObject() {
		v.want(path, part, "an object")
		return
	}
	kind, ok := v.string(path+"/type", part.Member("type"))
	if !ok {
		return
	}
	switch kind {
	case PartText, PartReasoning:
		v.string(path+"/text", part.Member("text"))
	case PartFile:
		v.string(path+"/mediaType", part.Member("mediaType"))
		v.optionalString(path+"/filename", part.Member("filename"))
		v.present(path+"/data", part.Member("data"))
	case PartToolCall:
		v.string(path+"/toolCallId", part.Member("toolCallId"))
		v.string(path+"/toolName", part.Member("toolName"))
		v.present(path+"/input", part.Member("input"))
	case PartToolResult:
		v.string(path+"/toolCallId", part.Member("toolCallId"))
		v.string(path+"/toolName", part.Member("toolName"))
		v.output(path+"/output", part.Member("output"))
	default:
		return
	}
	v.object(path+"/providerOptions", part.Member("providerOptions"))
	if !slices.Contains(partTypes[role], kind) {
		v.addf(path+"/type", "is not for a message of role %s", role)
	}
}

func (v *validator) output(path string, output JSON) {
	if !output.IsObject() {
		v.want(path, output, "an object")
		return
	}
	value := output.Member("value")
	v.present(path+"/value", value)
	text, ok := v.string(path+"/type", output.Member("type"))
	if !ok || value == "" {
		return
	}
	_, isText := value.Text()
	switch t := ToolResultOutputType(text); {
	case !t.Valid():
		v.add(path+"/type", "is not json, text, error-json, error-text or content")
	case (t == OutputText || t == OutputErrorText) && !isText:
		v.want(path+"/value", value, "a string")
	case t == OutputContent && !value.IsArray():
		v.want(path+"/value", value, "an array of parts")
	}
}

// extra checks the members that the contract does not name. Decoding puts there
// what it could not read as one that is named.
func (v *validator) extra(path string, extra Members, named ...string) {
	for _, e := range extra {
		switch isNamed := slices.Contains(named, e.Name); {
		case e.Value != "" && !isJSON(e.Value) && !isNamed:
			v.add(root(path), "has a member, not named by the contract, that "+notJSON)
		case !isNamed:
		case e.Value == "" || e.Value == "null":
			v.add(path+"/"+e.Name, isNull)
		case e.Value == `""` && (e.Name == "parentId" || e.Name == "kind"):
			v.add(path+"/"+e.Name, "is empty: leave it out where there is nothing to say")
		case e.Value == `""`: // an empty text is one
		case isEmpty(e.Value):
			v.add(path+"/"+e.Name, "is empty: leave it out where there is nothing to say")
		default:
			v.add(path+"/"+e.Name, "stands among the members that the contract does not name, though it is named")
		}
	}
}

func (v *validator) uuid(path, id string) bool {
	switch {
	case id == "":
		v.add(path, isMissing)
	case !ids.IsUUID(id):
		v.add(path, "is not a UUID")
	default:
		return true
	}
	return false
}

func (v *validator) text(path, text string) {
	if text == "" {
		v.add(path, isMissing)
	}
}

// instants checks a start and an end and reports whether both are good.
func (v *validator) instants(path string, start, end time.Time) bool {
	good := v.instant(path+"/startTime", start)
	return v.instant(path+"/endTime", end) && good
}

func (v *validator) instant(path string, t time.Time) bool {
	switch {
	case t.IsZero():
		v.add(path, isMissing)
	case !writable(t):
		v.add(path, "is not in the years 0 to 9999")
	case t.Nanosecond()%int(time.Millisecond) != 0:
		v.add(path, "is finer than a millisecond")
	default:
		return true
	}
	return false
}

// json, object and array accept an absent value.

func (v *validator) json(path string, j JSON) bool {
	if j != "" && !isJSON(j) {
		v.add(path, notJSON)
		return false
	}
	return true
}

// isJSON is [JSON.Valid] of what may nest as deep as the payload.
func isJSON(j JSON) bool { return jsonscan.Valid(string(j)) }

func (v *validator) object(path string, j JSON) {
	if v.json(path, j) && j != "" && !j.IsObject() {
		v.want(path, j, "an object")
	}
}

func (v *validator) array(path string, j JSON) bool {
	if !v.json(path, j) || j == "" {
		return false
	}
	if !j.IsArray() {
		v.want(path, j, "an array")
		return false
	}
	return true
}

func (v *validator) present(path string, j JSON) {
	if j == "" {
		v.add(path, isMissing)
	}
}

func (v *validator) string(path string, j JSON) (text string, ok bool) {
	if text, ok = j.Text(); !ok {
		v.want(path, j, "a string")
	}
	return text, ok
}

func (v *validator) optionalString(path string, j JSON) {
	if j != "" {
		v.string(path, j)
	}
}

func (v *validator) want(path string, j JSON, want string) {
	switch j {
	case "":
		v.add(path, isMissing)
	default:
		v.addf(path, "want %s, have %s", want, describe(j))
	}
}

func root(path string) string {
	if path == "" {
		return "/"
	}
	return path
}

// isEmpty reports whether j is an object without members or an array without
// elements.
func isEmpty(j JSON) bool {
	for range j.Members() {
		return false
	}
	for range j.Elements() {
		return false
	}
	return j.IsObject() || j.IsArray()
}

// sameJSON reports whether two values are the same but for white space, the
// order of members and the way that strings are written.
func sameJSON(a, b JSON) bool {
	if a == b {
		return true
	}
	x, errX := a.tree()
	y, errY := b.tree()
	return errX == nil && errY == nil && reflect.DeepEqual(x, y)
}

func (j JSON) tree() (v any, err error) {
	d := json.NewDecoder(strings.NewReader(string(j)))
	d.UseNumber()
	err = d.Decode(&v)
	return v, err
}
