// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package payloadtest

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

//go:embed sample.json
var sample []byte

// Sample returns a valid payload that has one of everything in the contract.
func Sample() []byte { return slices.Clone(sample) }

// Mutation changes [Sample] in one respect.
type Mutation struct {
	Name  string
	Edits []Edit
	// Problem is the path of what is then wrong; empty where the payload is
	// still valid.
	Problem string
	// Judges are those who can tell.
	Judges Judges
}

// Edit sets the value at a path such as /metadata/result/spans/0/kind, or
// removes it where Value is empty.
type Edit struct{ Path, Value string }

// Judges says who can see that a mutation spoils the payload.
type Judges int

const (
	// All see it.
	All Judges = iota
	// ValidateOnly is for how two values belong together: a schema sees one at a
	// time.
	ValidateOnly
	// SchemaOnly is for what is missing or spelled differently: decoding makes it
	// good before Validate sees it.
	SchemaOnly
)

// Apply returns the changed payload.
func (m Mutation) Apply() []byte {
	doc, err := parse(sample)
	for _, e := range m.Edits {
		if err == nil {
			err = edit(doc, e)
		}
	}
	if err != nil {
		panic(fmt.Sprintf("payloadtest: mutation %q: %v", m.Name, err))
	}
	b, err := json.Marshal(doc)
	if err != nil {
		panic(fmt.Sprintf("payloadtest: mutation %q: %v", m.Name, err))
	}
	return b
}

func edit(doc any, e Edit) error {
	steps := strings.Split(strings.TrimPrefix(e.Path, "/"), "/")
	for _, step := range steps[:len(steps)-1] {
		switch at := doc.(type) {
		case map[string]any:
			doc = at[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i >= len(at) {
				return fmt.Errorf("no element %s on the way of %s", step, e.Path)
			}
			doc = at[i]
		}
	}
	last := steps[len(steps)-1]
	var value any
	if e.Value != "" {
		var err error
		if value, err = parse([]byte(e.Value)); err != nil {
			return err
		}
	}
	switch at := doc.(type) {
	case map[string]any:
		if e.Value == "" {
			if _, ok := at[last]; !ok {
				return fmt.Errorf("nothing to remove at %s", e.Path)
			}
			delete(at, last)
		} else {
			at[last] = value
		}
		return nil
	case []any:
		if i, err := strconv.Atoi(last); err == nil && i < len(at) && e.Value != "" {
			at[i] = value
			return nil
		}
	}
	return fmt.Errorf("nothing to set at %s", e.Path)
}

const (
	spans = "/metadata/result/spans"
	// Spans of the sample, by what they are for.
	systemSpan    = spans + "/0"
	userSpan      = spans + "/1"
	generateSpan  = spans + "/2"
	callSpan      = spans + "/3"
	resultSpan    = spans + "/4"
	subagentSpan  = spans + "/5"
	openSpan      = spans + "/6"
	plainSpan     = spans + "/7"
	assistant     = generateSpan + "/messages/0"
	toolMessage   = resultSpan + "/messages/0"
	userParts     = userSpan + "/messages/1/content"
	sessionID     = `"019a0000-0000-7000-8000-000000000001"`
	generateID    = `"019a0000-0000-7000-8000-000000000012"`
	callID        = `"019a0000-0000-7000-8000-000000000013"`
	resultID      = `"019a0000-0000-7000-8000-000000000014"`
	otherID       = `"019a0000-0000-7000-8000-0000000000ff"`
	textPart      = `[{"type":"text","text":"x"}]`
	failureReport = `{"message":"boom","type":"E"}`
)

// failed makes the sample a session that failed.
var failed = []Edit{
	{"/metadata/result/error", failureReport},
	{"/response/text", ""},
	{"/response/usage", ""},
}

// Mutations returns the changes that a judge of payloads must see, and some
// that it must let pass.
func Mutations() []Mutation {
	var all []Mutation
	add := func(judges Judges, name, problem string, edits ...Edit) {
		all = append(all, Mutation{Name: name, Problem: problem, Judges: judges, Edits: edits})
	}
	set := func(path, value string) { add(All, path+" = "+value, path, Edit{path, value}) }
	remove := func(path string) { add(All, path+" removed", path, Edit{path, ""}) }
	alone := func(judges Judges, path, value string) { add(judges, path+" = "+value, path, Edit{path, value}) }
	pass := func(name string, edits ...Edit) { add(All, name, "", edits...) }

	// The payload's own members.
	for _, name := range []string{"id", "traceId", "spanId", "organizationId", "startTime", "endTime", "model/provider"} {
		remove("/" + name)
		set("/"+name, `""`)
		set("/"+name, `5`)
		set("/"+name, `null`)
	}
	for _, name := range []string{"name", "operation/id", "operation/name"} {
		remove("/" + name)
		alone(ValidateOnly, "/"+name, `""`)
		set("/"+name, `5`)
		set("/"+name, `null`)
	}
	pass("an empty name", Edit{"/name", `""`}, Edit{"/operation/id", `""`}, Edit{"/operation/name", `""`})
	add(SchemaOnly, "no id of the model", "/model/id", Edit{"/model/id", ""})
	pass("an empty id of the model", Edit{"/model/id", `""`}, Edit{"/response/model", `""`})
	set("/model/id", `5`)
	set("/model/id", `null`)
	for _, name := range []string{"id", "traceId", "spanId"} {
		set("/"+name, `"0af7651916cd43dd8448eb211c80319c"`)
		set("/"+name, `"019a0000-0000-7000-8000-00000000000g"`)
		set("/"+name, `"019a0000a0000-7000-8000-00000000000a"`)
	}
	alone(ValidateOnly, "/spanId", otherID)
	add(ValidateOnly, "a trace of another", "/traceId", Edit{"/traceId", otherID}, Edit{spans, `[]`})
	alone(ValidateOnly, "/parentId", sessionID)
	set("/parentId", `null`)
	set("/parentId", `""`)
	set("/startTime", `"yesterday"`)
	set("/startTime", `1777000000000`)
	set("/startTime", `"2026-04-24T03:06:40.000001Z"`)
	add(SchemaOnly, "a time with an offset", "/startTime", Edit{"/startTime", `"2026-04-24T05:06:40+02:00"`})
	set("/duration", `-1`)
	set("/duration", `2500.5`)
	set("/duration", `"2500"`)
	alone(ValidateOnly, "/duration", `2499`)
	alone(ValidateOnly, "/operation/id", `"other"`)
	alone(ValidateOnly, "/operation/name", `"other"`)
	set("/functionId", `5`)
	add(SchemaOnly, "no functionId", "/functionId", Edit{"/functionId", ""})
	for _, name := range []string{"model", "operation", "metadata", "prompt", "response", "attributes"} {
		set("/"+name, `[]`)
		set("/"+name, `null`)
	}
	set("/prompt/format", `""`)
	remove("/prompt/format")
	set("/prompt/messages", `{}`)
	add(SchemaOnly, "no prompt messages", "/prompt/messages", Edit{"/prompt/messages", ""})
	set("/prompt/messages/0/role", `"model"`)

	// Metadata.
	set("/metadata/request", `[]`)
	set("/metadata/request", `null`)
	set("/metadata/spect", `"go"`)
	set("/metadata/otel", `"0af7651916cd43dd8448eb211c80319c"`)
	alone(ValidateOnly, "/metadata/spect", `{"adapter":"other"}`)
	add(ValidateOnly, "spect without request.spect", "/metadata/spect", Edit{"/metadata/request/spect", ""})
	add(ValidateOnly, "no copy of request.spect", "/metadata/spect", Edit{"/metadata/spect", ""})
	remove("/metadata/result")
	set("/metadata/result", `null`)
	set("/metadata/result", `[]`)
	set(spans, `{}`)
	set(spans, `null`)
	add(SchemaOnly, "no spans", spans, Edit{spans, ""})
	add(All, "a failure's message", "/metadata/result/error/message", Edit{"/metadata/result/error", `{"message":5}`})
	add(All, "a failure's type", "/metadata/result/error/type", Edit{"/metadata/result/error", `{"message":"x","type":5}`})

	// The response.
	set("/response/startTime", `"2026-04-24T03:06:40Z"`)
	set("/response/startTime", `1.5`)
	set("/response/duration", `-1`)
	set("/response/duration", `null`)
	set("/response/text", `5`)
	set("/response/text", `null`)
	set("/response/model", `5`)
	remove("/response/model")
	set("/response/id", `null`)
	set("/response/timestamp", `1777000000000`)
	remove("/response/timestamp")
	set("/response/finishReasons", `"stop"`)
	set("/response/finishReasons", `[]`)
	set("/response/finishReasons", `null`)
	set("/response/finishReasons/0", `null`)
	set("/response/usage", `[]`)
	set("/response/usage", `null`)
	set("/attributes/provider", `""`)
	remove("/attributes/provider")
	set("/attributes/conversationId", `5`)
	set("/attributes/conversationId", `null`)

	// A failure.
	pass("a failed session", failed...)
	for _, e := range []Edit{{"/response/text", `"partial"`}, {"/response/usage", `{}`}} {
		add(ValidateOnly, "a failed session with "+e.Path, e.Path, append(slices.Clip(failed), e)...)
	}
	for _, path := range []string{"/response/startTime", "/response/duration"} {
		add(ValidateOnly, "a failed session without "+path, path, append(slices.Clip(failed), Edit{path, ""})...)
	}
	add(ValidateOnly, "a failed session that ends at another time", "/endTime",
		append(slices.Clip(failed), Edit{"/response/duration", `1`})...)
	pass("the caller's own error in the result", Edit{"/metadata/result/error", `"just a word"`})
	pass("the caller's own error object in the result", Edit{"/metadata/result/error", `{"what":1}`})

	// Spans.
	set(systemSpan, `5`)
	set(systemSpan+"/version", `2`)
	set(systemSpan+"/version", `"1"`)
	add(SchemaOnly, "no version", systemSpan+"/version", Edit{systemSpan + "/version", ""})
	set(systemSpan+"/id", `"abc"`)
	remove(systemSpan + "/id")
	alone(ValidateOnly, callSpan+"/id", generateID)
	alone(ValidateOnly, systemSpan+"/id", sessionID)
	set(systemSpan+"/traceId", `"abc"`)
	remove(systemSpan + "/traceId")
	alone(ValidateOnly, systemSpan+"/traceId", otherID)
	alone(ValidateOnly, callSpan+"/parentId", otherID)
	alone(ValidateOnly, callSpan+"/parentId", sessionID)
	alone(ValidateOnly, callSpan+"/parentId", callID)
	alone(ValidateOnly, callSpan+"/parentId", resultID)
	set(callSpan+"/parentId", `null`)
	set(callSpan+"/parentId", `""`)
	set(systemSpan+"/name", `5`)
	set(systemSpan+"/name", `null`)
	set(systemSpan+"/kind", `"embedding"`)
	set(systemSpan+"/kind", `"session"`)
	set(systemSpan+"/kind", `null`)
	set(systemSpan+"/kind", `""`)
	set(systemSpan+"/status", `"done"`)
	set(systemSpan+"/status", `null`)
	remove(systemSpan + "/status")
	set(systemSpan+"/startTime", `"never"`)
	remove(systemSpan + "/startTime")
	set(systemSpan+"/endTime", `null`)
	set(systemSpan+"/endTime", `"never"`)
	set(systemSpan+"/durationMs", `-1`)
	set(systemSpan+"/durationMs", `"0"`)
	alone(ValidateOnly, systemSpan+"/durationMs", `1`)
	add(All, "a duration without an end", openSpan+"/durationMs", Edit{openSpan + "/durationMs", `1`})
	add(SchemaOnly, "an end without a duration", systemSpan+"/durationMs", Edit{systemSpan + "/durationMs", ""})
	set(systemSpan+"/metadata", `null`)
	set(systemSpan+"/metadata", `"x"`)
	add(SchemaOnly, "no span metadata", systemSpan+"/metadata", Edit{systemSpan + "/metadata", ""})
	set(generateSpan+"/model", `"gpt-4.1"`)
	set(generateSpan+"/model", `null`)
	set(generateSpan+"/model/modelId", `5`)
	set(generateSpan+"/model/provider", `null`)
	set(subagentSpan+"/error", `"boom"`)
	set(subagentSpan+"/error", `null`)
	set(subagentSpan+"/error/message", `5`)
	set(subagentSpan+"/error/code", `504`)
	add(SchemaOnly, "an error without a message", subagentSpan+"/error/message", Edit{subagentSpan + "/error/message", ""})

	// Overlays belong to kinds.
	remove(callSpan + "/tool")
	set(callSpan+"/tool", `null`)
	set(callSpan+"/tool", `[]`)
	set(callSpan+"/tool/toolName", `5`)
	set(callSpan+"/tool/toolCallId", `null`)
	set(callSpan+"/tool/result", `{}`)
	set(resultSpan+"/tool/parameters", `{}`)
	remove(resultSpan + "/tool")
	remove(resultSpan + "/tool/result")
	pass("a tool result that is an error may lack its result",
		Edit{resultSpan + "/tool/result", ""}, Edit{resultSpan + "/status", `"error"`})
	set(plainSpan+"/tool", `{}`)
	set(subagentSpan+"/tool", `{}`)
	remove(subagentSpan + "/subagent")
	set(subagentSpan+"/subagent", `5`)
	set(subagentSpan+"/subagent/source", `5`)
	set(callSpan+"/subagent", `{}`)
	set(plainSpan+"/subagent", `{}`)
	pass("a tool call that says nothing", Edit{callSpan + "/tool", `{}`})

	// Messages.
	set(systemSpan+"/messages", `{}`)
	set(systemSpan+"/messages", `null`)
	set(systemSpan+"/messages/0", `"hi"`)
	remove(systemSpan + "/messages/0/id")
	set(systemSpan+"/messages/0/id", `""`)
	set(systemSpan+"/messages/0/id", `5`)
	remove(systemSpan + "/messages/0/role")
	set(systemSpan+"/messages/0/role", `"developer"`)
	remove(systemSpan + "/messages/0/content")
	set(systemSpan+"/messages/0/content", `null`)
	set(systemSpan+"/messages/0/content", textPart)
	set(userSpan+"/messages/0/name", `null`)
	set(userSpan+"/messages/0/content", `{}`)
	set(toolMessage+"/content", `"boom"`)
	set(toolMessage+"/toolCallId", `5`)

	// Parts.
	set(userParts+"/0", `"text"`)
	remove(userParts + "/0/type")
	set(userParts+"/0/type", `5`)
	remove(userParts + "/0/text")
	set(userParts+"/0/text", `5`)
	remove(userParts + "/1/mediaType")
	set(userParts+"/1/filename", `null`)
	remove(userParts + "/1/data")
	for i, kind := range []string{"reasoning", "text", "file", "tool-call", "tool-result"} {
		part := fmt.Sprintf("%s/content/%d", assistant, i)
		set(part+"/providerOptions", `"x"`)
		if kind != "text" && kind != "file" {
			add(All, kind+" in a user message", userParts+"/0/type", Edit{userParts + "/0", partOf(kind)})
		}
		if kind != "tool-result" {
			add(All, kind+" in a tool message", toolMessage+"/content/0/type", Edit{toolMessage + "/content/0", partOf(kind)})
		}
	}
	remove(assistant + "/content/3/toolCallId")
	remove(assistant + "/content/3/toolName")
	remove(assistant + "/content/3/input")
	set(assistant+"/content/3/toolName", `null`)
	remove(assistant + "/content/4/toolCallId")
	remove(assistant + "/content/4/toolName")
	remove(assistant + "/content/4/output")
	set(assistant+"/content/4/output", `"x"`)
	remove(assistant + "/content/4/output/type")
	set(assistant+"/content/4/output/type", `"html"`)
	remove(assistant + "/content/4/output/value")
	set(toolMessage+"/content/1/output/value", `{}`)
	set(toolMessage+"/content/2/output/value", `5`)
	set(toolMessage+"/content/4/output/value", `"x"`)

	// What the contract does not name, and what belongs to the caller.
	pass("nothing changed")
	pass("unknown members",
		Edit{"/later", `{"a":null}`}, Edit{"/model/later", `1`}, Edit{"/response/later", `1`}, Edit{systemSpan + "/later", `[]`},
		Edit{"/metadata/later", `1`}, Edit{"/metadata/result/later", `null`}, Edit{callSpan + "/tool/later", `1`},
		Edit{subagentSpan + "/subagent/later", `1`}, Edit{subagentSpan + "/error/later", `1`}, Edit{assistant + "/later", `1`},
		Edit{assistant + "/content/0/later", `1`}, Edit{"/prompt/later", `1`}, Edit{"/attributes/later", `null`})
	pass("unknown parts in every role", Edit{userParts + "/0", `{"type":"audio","text":5}`},
		Edit{assistant + "/content/0", `{"type":"audio"}`}, Edit{toolMessage + "/content/0", `{"type":"audio","data":null}`})
	pass("no optional members at all", Edit{"/functionId", `null`}, Edit{"/metadata/request", ""}, Edit{"/metadata/spect", ""},
		Edit{"/metadata/otel", ""}, Edit{spans, `[]`}, Edit{"/prompt/messages", `[]`},
		Edit{"/response", `{"model":"m","timestamp":"just now"}`}, Edit{"/attributes", `{"provider":"unknown"}`})
	pass("a session that continues another's trace", Edit{"/traceId", otherID}, Edit{"/parentId", `"019a0000-0000-7000-8000-0000000000fe"`},
		Edit{spans, `[]`})
	pass("the caller's values may be anything", Edit{"/response/object", `null`}, Edit{"/response/usage", `{"inputTokens":null}`},
		Edit{callSpan + "/tool/parameters", `"cut {"`}, Edit{resultSpan + "/tool/result", `[null]`},
		Edit{subagentSpan + "/subagent/input", `null`}, Edit{"/attributes/request.input", `null`}, Edit{"/metadata/request/a", `null`})
	pass("an error status without an error", Edit{subagentSpan + "/error", ""})
	pass("a span that never ended may say ok", Edit{openSpan + "/status", `"ok"`})
	pass("a session that ends before it starts", Edit{"/endTime", `"2026-04-24T03:06:39Z"`}, Edit{"/duration", `0`})
	pass("empty texts", Edit{"/response/text", `""`}, Edit{systemSpan + "/name", `""`}, Edit{systemSpan + "/messages/0/content", `""`},
		Edit{subagentSpan + "/error/message", `""`}, Edit{assistant + "/content", `[]`})
	pass("request.spect that is empty has no copy", Edit{"/metadata/request/spect", `{}`}, Edit{"/metadata/spect", ""})
	return all
}

func partOf(kind string) string {
	return map[string]string{
		"text":        `{"type":"text","text":"x"}`,
		"reasoning":   `{"type":"reasoning","text":"x"}`,
		"file":        `{"type":"file","mediaType":"image/png","data":"x"}`,
		"tool-call":   `{"type":"tool-call","toolCallId":"c","toolName":"t","input":{}}`,
		"tool-result": `{"type":"tool-result","toolCallId":"c","toolName":"t","output":{"type":"json","value":1}}`,
	}[kind]
}
