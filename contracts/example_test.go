// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package contracts_test

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spect-tools/spect-go/contracts"
)

// A session with one span, built by hand. Package tracer and package convert
// make payloads of OpenTelemetry spans.
func Example() {
	const session = "019a0000-0000-7000-8000-000000000001"
	start := time.UnixMilli(1777000000000)
	text := "Hello!"
	p := &contracts.CollectorTracePayload{
		ID: session, TraceID: session, SpanID: session,
		Name:           "openai.responses.create",
		OrganizationID: "org_123",
		StartTime:      start,
		EndTime:        start.Add(900 * time.Millisecond),
		Duration:       900,
		Model:          contracts.CollectorTraceModel{ID: "gpt-4.1", Provider: "openai"},
		Operation:      contracts.CollectorTraceOperation{ID: "openai.responses.create", Name: "openai.responses.create"},
		Metadata: contracts.CollectorTraceMetadata{
			Request: contracts.MakeJSON(map[string]any{"userId": "u_1"}),
			Result: &contracts.CollectorTraceResult{Spans: []contracts.SpanRecord{{
				ID:        "019a0000-0000-7000-8000-000000000002",
				TraceID:   session,
				Name:      "user",
				Kind:      contracts.KindUser,
				Status:    contracts.StatusOK,
				StartTime: start,
				EndTime:   start,
				Messages: contracts.MakeMessages(contracts.ConversationMessage{
					ID: "msg_1", Role: contracts.RoleUser, Content: contracts.TextContent("Hi"),
				}),
			}}},
		},
		Prompt: contracts.CollectorTracePrompt{Format: "messages"},
		Response: contracts.CollectorTraceResponse{
			Text:      &text,
			Model:     "gpt-4.1-2025-04-14",
			Timestamp: contracts.FormatTime(start.Add(900 * time.Millisecond)),
			Usage:     `{"inputTokens":12,"outputTokens":7}`,
		},
		Attributes: contracts.CollectorTraceAttributes{Provider: "openai"},
	}
	if err := p.Validate(); err != nil {
		fmt.Println(err)
		return
	}
	os.Stdout.Write(p.AppendJSON(nil))
	// Output: {"id":"019a0000-0000-7000-8000-000000000001","traceId":"019a0000-0000-7000-8000-000000000001","spanId":"019a0000-0000-7000-8000-000000000001","name":"openai.responses.create","organizationId":"org_123","startTime":"2026-04-24T03:06:40Z","endTime":"2026-04-24T03:06:40.900000Z","duration":900,"model":{"id":"gpt-4.1","provider":"openai"},"operation":{"id":"openai.responses.create","name":"openai.responses.create"},"functionId":null,"metadata":{"request":{"userId":"u_1"},"result":{"spans":[{"version":1,"id":"019a0000-0000-7000-8000-000000000002","traceId":"019a0000-0000-7000-8000-000000000001","name":"user","kind":"user","status":"ok","startTime":"2026-04-24T03:06:40Z","endTime":"2026-04-24T03:06:40Z","durationMs":0,"metadata":{},"messages":[{"id":"msg_1","role":"user","content":"Hi"}]}]}},"prompt":{"format":"messages","messages":[]},"response":{"text":"Hello!","model":"gpt-4.1-2025-04-14","timestamp":"2026-04-24T03:06:40.900000Z","usage":{"inputTokens":12,"outputTokens":7}},"attributes":{"provider":"openai"}}
}

func ExampleParsePayload() {
	p, err := contracts.ParsePayload(`{
		"id": "019a0000-0000-7000-8000-000000000001", "name": "agent.run", "later": {"version": 2},
		"metadata": {"result": {"spans": [
			{"name": "search", "kind": "tool-call", "status": "ok", "tool": {"toolName": "search", "parameters": {"page": 1.0}}},
			{"name": "researcher", "kind": "subagent", "status": "ok", "subagent": {"subagentType": "researcher"}}
		]}}}`)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(p.Name)
	for i := range p.Metadata.Result.Spans {
		s := &p.Metadata.Result.Spans[i]
		if call, ok := s.AsToolCall(); ok {
			fmt.Println(s.Name, "calls", call.ToolName, "with", call.Parameters)
		} else {
			fmt.Println(s.Name, "is a", s.Kind)
		}
	}
	for _, m := range p.Extra {
		fmt.Println("not in the contract:", m.Name, m.Value)
	}

	_, err = contracts.ParsePayload(`{"metadata": {"result": {"spans": [{"name": 5}]}}}`)
	fmt.Println(err)
	// Output:
	// agent.run
	// search calls search with {"page": 1.0}
	// researcher is a subagent
	// not in the contract: later {"version": 2}
	// contracts: /metadata/result/spans/0/name: want a string, have a number
}

func ExampleCollectorTracePayload_Validate() {
	p, err := contracts.ParsePayload(`{
		"id": "019a0000-0000-7000-8000-000000000001", "traceId": "019a0000-0000-7000-8000-000000000001",
		"spanId": "019a0000-0000-7000-8000-000000000001", "name": "op", "organizationId": "org_123",
		"startTime": "2026-04-24T03:06:40Z", "endTime": "2026-04-24T03:06:41Z", "duration": 999,
		"model": {"id": "m", "provider": "p"}, "operation": {"id": "op", "name": "op"}, "functionId": null,
		"metadata": {"result": {"spans": [{
			"version": 1, "id": "019a0000-0000-7000-8000-000000000002", "traceId": "019a0000-0000-7000-8000-000000000001",
			"kind": "tool-result", "status": "ok", "startTime": "2026-04-24T03:06:40Z", "metadata": {}}]}},
		"prompt": {"format": "messages", "messages": []},
		"response": {"model": "m", "timestamp": "2026-04-24T03:06:41Z"}, "attributes": {"provider": "p"}}`)
	if err != nil {
		fmt.Println(err)
		return
	}
	var invalid *contracts.ValidationError
	if errors.As(p.Validate(), &invalid) {
		for _, problem := range invalid.Problems {
			fmt.Println(problem)
		}
	}
	// Output:
	// /duration: is not endTime − startTime in milliseconds, at least 0
	// /metadata/result/spans/0/tool: is missing
}

// Messages are made of parts, and read part by part.
func ExampleMakeMessages() {
	transcript := contracts.MakeMessages(
		contracts.SystemText("Answer briefly."),
		contracts.UserText("How is the weather in Oslo?"),
		contracts.Assistant(
			contracts.ReasoningContentPart{Text: "I need the weather."},
			contracts.ToolCallContentPart{ToolCallID: "call_1", ToolName: "weather", Input: `{"city":"Oslo"}`},
		),
		contracts.ToolMessage(contracts.ToolResultContentPart{
			ToolCallID: "call_1", ToolName: "weather",
			Output: contracts.ToolResultOutput{Type: contracts.OutputJSON, Value: contracts.MakeJSON(map[string]int{"celsius": 7})},
		}),
		contracts.AssistantText("7 °C."),
	)

	for message, err := range transcript.All() {
		if err != nil {
			fmt.Println(err)
			continue
		}
		if message.Content.IsText() {
			fmt.Printf("%s says %q\n", message.Role, message.Content.Text())
			continue
		}
		for _, part := range message.Content.Parts() {
			switch part := part.(type) {
			case contracts.TextContentPart:
				fmt.Printf("%s: %s\n", message.Role, part.Text)
			case contracts.ToolCallContentPart:
				fmt.Printf("%s calls %s with %s\n", message.Role, part.ToolName, part.Input)
			case contracts.ToolResultContentPart:
				fmt.Printf("%s answers %s\n", message.Role, part.Output.Value)
			default: // a later version may know more parts
				fmt.Printf("%s: a part of type %s\n", message.Role, part.Type())
			}
		}
	}
	// Output:
	// system says "Answer briefly."
	// user: How is the weather in Oslo?
	// assistant: a part of type reasoning
	// assistant calls weather with {"city":"Oslo"}
	// tool answers {"celsius":7}
	// assistant: 7 °C.
}

func ExampleJSON() {
	usage := contracts.JSON(`{"outputTokens": 7, "inputTokens": 12, "details": [1.0, null]}`)

	fmt.Println(usage.Member("inputTokens"))
	for name, value := range usage.Members() {
		fmt.Println(name, "=", value)
	}
	var tokens struct{ InputTokens, OutputTokens int }
	if err := usage.Decode(&tokens); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(tokens.InputTokens + tokens.OutputTokens)

	fmt.Println(contracts.MakeJSON([]string{"a", "b"}))
	fmt.Println(contracts.QuoteJSON(`he said "hi"`))
	fmt.Println(contracts.JSON(`{"cut": `).Valid())
	// Output:
	// 12
	// outputTokens = 7
	// inputTokens = 12
	// details = [1.0, null]
	// 19
	// ["a","b"]
	// "he said \"hi\""
	// false
}
