// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/convention"
	"github.com/spect-tools/spect-go/convert/llm"
)

type messages = []contracts.ConversationMessage

// The steps of these tests are made by hand: what decoders read off spans is
// tested where they are.

var testStart = time.UnixMilli(1_763_935_200_000)

// at makes a span from one millisecond to another.
func at(from, to int) *Span {
	s := &Span{TraceID: trace.TraceID{1}, Name: "span", StartTime: testStart.Add(time.Duration(from) * time.Millisecond), EndTime: testStart.Add(time.Duration(to) * time.Millisecond)}
	return s
}

// modelStep is a call of a model at a time.
func modelStep(from, to int, in messages, out ...contracts.ConversationMessage) step {
	return step{span: at(from, to), role: RoleModel, facts: &convention.Facts{
		Role: convention.LLM, Request: llm.Request{Messages: in}, Response: llm.Response{Messages: out},
	}}
}

func toolStep(from, to int, id, name, args, result string) step {
	return step{span: at(from, to), role: RoleTool, facts: &convention.Facts{
		Role: convention.Tool, Tool: convention.ToolFacts{CallID: id, Name: name, Arguments: contracts.JSON(args), Result: contracts.JSON(result)},
	}}
}

func agentStep(from, to int, name string) step {
	return step{span: at(from, to), role: RoleAgent, facts: &convention.Facts{Role: convention.Agent, Agent: convention.AgentFacts{Name: name}}}
}

// under puts steps below another.
func under(parent int, steps ...step) []step {
	for i := range steps {
		steps[i].parent = parent
	}
	return steps
}

// testLanding lands steps below an agent that is the session's root.
func testLanding(t *testing.T, root *step, steps ...[]step) (*landing, *contracts.CollectorTracePayload) {
	t.Helper()
	c := &Converter{OrganizationID: "org"}
	s := &Session{}
	l := newLanding(c, s)
	for _, some := range steps {
		l.steps = append(l.steps, some...)
	}
	if root != nil {
		l.root, s.Root = root, root.span
	}
	for i := range l.steps {
		st := &l.steps[i]
		st.into = none
		binary.BigEndian.PutUint64(st.span.SpanID[:], uint64(i+2))
		s.Spans, s.Parents = append(s.Spans, st.span), append(s.Parents, st.parent)
	}
	if root == nil {
		s.Root = l.steps[0].span
	} else {
		binary.BigEndian.PutUint64(root.span.SpanID[:], 1)
	}
	return l, l.payload(t)
}

func (l *landing) payload(t *testing.T) *contracts.CollectorTracePayload {
	t.Helper()
	c := l.c
	p := &c.payload
	p.ID = SessionID(l.session.Root)
	p.TraceID, p.SpanID = p.ID, p.ID
	p.Name, p.OrganizationID = l.session.Root.Name, "org"
	p.Operation = contracts.CollectorTraceOperation{ID: p.Name, Name: p.Name}
	p.StartTime, p.EndTime = wireTime(l.session.Root.StartTime), wireTime(l.session.Root.EndTime)
	p.Prompt.Format = "messages"
	p.Model = contracts.CollectorTraceModel{ID: unknown, Provider: unknown}
	p.Attributes.Provider = unknown
	p.Metadata.Result = &c.result
	l.settle()
	l.write()
	l.answer()
	c.finish(l.session)
	if err := p.Validate(); err != nil {
		t.Error(err)
	}
	return p
}

// outline is what a session shows: each record with its depth.
func outline(p *contracts.CollectorTracePayload) string {
	var b strings.Builder
	depth := map[string]int{"": -1}
	for i := range p.Metadata.Result.Spans {
		r := &p.Metadata.Result.Spans[i]
		depth[r.ID] = depth[r.ParentID] + 1
		b.WriteString(strings.Repeat("  ", depth[r.ID]))
		b.WriteString(string(r.Kind))
		if r.Status == contracts.StatusError {
			b.WriteString("!")
			if r.Error != nil {
				b.WriteString(r.Error.Message)
			}
		}
		if o := r.Tool; o != nil {
			fmt.Fprintf(&b, " %s %s(%s)%s", o.ToolCallID, o.ToolName, o.Parameters, o.Result)
		}
		if o := r.Subagent; o != nil {
			fmt.Fprintf(&b, " %s %s(%s)", o.ToolCallID, o.SubagentType, o.Input)
		}
		said, _ := r.Messages.Decode()
		for _, m := range new(speaker).all(said) {
			b.WriteString(": " + told(&m))
		}
		b.WriteString("\n")
	}
	return b.String()
}

func wantOutline(t *testing.T, p *contracts.CollectorTracePayload, want string) {
	t.Helper()
	var lines []string
	for line := range strings.SplitSeq(want, "\n") {
		if line = strings.TrimPrefix(line, "\t\t"); strings.TrimSpace(line) != "" {
			lines = append(lines, line)
		}
	}
	want = strings.Join(lines, "\n") + "\n"
	if got := outline(p); got != want {
		t.Errorf("the session is\n%s\nwant\n%s", got, want)
	}
}

func usage(in, out int64) llm.Usage { return llm.Usage{Input: llm.Tokens(in), Output: llm.Tokens(out)} }

// An agent asks for two tools; one runs another agent.
func TestAgentWithTools(t *testing.T) {
	root := agentStep(0, 100, "boss")
	root.facts.ConversationID = "conv-1"
	asks := contracts.Assistant(contracts.TextContentPart{Text: "Let me see."}, toolCall("c1", "research", `{"topic":"ships"}`), toolCall("c2", "clock", `{}`))
	first := modelStep(1, 10, messages{contracts.SystemText("Be brief."), contracts.UserText("Ships?")}, asks)
	first.facts.Response.Usage, first.facts.Response.FinishReasons = usage(10, 5), []string{"tool_calls"}
	first.facts.Response.Model, first.facts.Request.Model, first.facts.Provider = "m-1-2026", "m-1", "openai"
	inner := modelStep(14, 20, messages{contracts.SystemText("Be brief."), contracts.UserText("ships")}, contracts.AssistantText("Seven."))
	inner.facts.Response.Usage = usage(3, 1)
	last := modelStep(40, 60, messages{
		contracts.SystemText("Be brief."), contracts.UserText("Ships?"), asks,
		contracts.ToolMessage(toolResult("c1", "research", `"Seven, they say."`)), contracts.ToolMessage(toolResult("c2", "clock", `"noon"`)),
	}, contracts.AssistantText("Seven at noon."))
	last.facts.Response.Usage, last.facts.Response.FinishReasons, last.facts.Response.ID = usage(30, 4), []string{"stop"}, "resp-2"
	last.facts.Streamed, last.facts.TimeToFirstToken = true, 7*time.Millisecond

	_, p := testLanding(t, &root,
		under(none, first,
			toolStep(12, 30, "", "research", `{"topic":"ships"}`, `"Seven."`)),
		under(1, agentStep(13, 25, "researcher")),
		under(2, inner),
		under(none, toolStep(13, 15, "c2", "clock", ``, ``), last))
	wantOutline(t, p, `
		system: system Be brief.
		user: user Ships?
		generate: assistant Let me see. research{"topic":"ships"} clock{}
		tool-call c1 research({"topic":"ships"}): assistant research{"topic":"ships"}
		tool-call c2 clock({}): assistant clock{}
		  subagent c1 researcher({"topic":"ships"})
		    system: system Be brief.
		    user: user ships
		    generate: assistant Seven.
		  tool-result c2 clock()"noon": tool ="noon"
		  tool-result c1 research()"Seven.": tool ="Seven, they say."
		stream: assistant Seven at noon.
		`)
	r := &p.Response
	if r.Text == nil || *r.Text != "Seven at noon." || r.ID != "resp-2" || fmt.Sprint(r.FinishReasons) != "[stop]" ||
		r.Usage != `{"inputTokens":43,"outputTokens":10,"totalTokens":53}` {
		t.Errorf("the response is %+v", r)
	}
	if p.Model.ID != "m-1-2026" || p.Model.Provider != "openai" || p.Attributes.Provider != "openai" || p.Attributes.ConversationID != "conv-1" {
		t.Errorf("model %v, attributes %v", p.Model, p.Attributes)
	}
	spans := p.Metadata.Result.Spans
	if m := spans[2].Metadata; m.Member("usage") != `{"inputTokens":10,"outputTokens":5,"totalTokens":15}` ||
		m.Member("finishReasons") != `["tool-calls"]` || m.Member("finishReasonsNative") != `["tool_calls"]` || m.Member("requestModel") != `"m-1"` {
		t.Errorf("the first call's metadata is %s", m)
	}
	if m := spans[len(spans)-1].Metadata; m.Member("responseId") != `"resp-2"` || m.Member("timeToFirstTokenMs") != "7" || m.Member("finishReasonsNative") != "" {
		t.Errorf("the last call's metadata is %s", m)
	}
}

// What only the next input tells of a tool becomes a record beside the model.
func TestToolsWithoutSpans(t *testing.T) {
	root := agentStep(0, 100, "boss")
	asks := contracts.Assistant(toolCall("", "f", `{"x":1}`), toolCall("", "f", `{"x":2}`))
	bad := toolResult("", "f", `"no such x"`)
	bad.Output.Type = contracts.OutputErrorText
	_, p := testLanding(t, &root, under(none,
		modelStep(1, 10, messages{contracts.UserText("go")}, asks),
		modelStep(20, 30, messages{contracts.UserText("go"), asks, contracts.ToolMessage(toolResult("", "f", `1`), bad)}, contracts.AssistantText("done"))))
	spans := p.Metadata.Result.Spans
	first, second := spans[2].Tool.ToolCallID, spans[3].Tool.ToolCallID
	said, _ := spans[1].Messages.Decode()
	parts := said[0].Content.Parts()
	if first == "" || first == second || parts[0].(contracts.ToolCallContentPart).ToolCallID != first || parts[1].(contracts.ToolCallContentPart).ToolCallID != second {
		t.Errorf("the calls have the ids %v, the results %q and %q", parts, first, second)
	}
	wantOutline(t, p, strings.NewReplacer("ID1", first, "ID2", second).Replace(`
		user: user go
		generate: assistant f{"x":1} f{"x":2}
		tool-result ID1 f()1: tool =1
		tool-result!no such x ID2 f()"no such x": tool ="no such x"
		generate: assistant done
		`))
}

func TestToolsAreJoined(t *testing.T) {
	ask := func(calls ...contracts.ContentPart) step {
		return modelStep(1, 10, messages{contracts.UserText("go")}, contracts.Assistant(calls...))
	}
	for _, c := range []struct {
		name  string
		steps []step
		// ids are those of the tool-call records, by their order.
		ids string
	}{
		{
			"by id, in any order",
			[]step{ask(toolCall("a", "f", `1`), toolCall("b", "f", `1`)), toolStep(12, 13, "b", "f", `1`, `1`), toolStep(13, 14, "a", "f", `1`, `1`)},
			"b a",
		},
		{
			"by arguments, in any order",
			[]step{ask(toolCall("a", "f", `{"x":1,"y":2}`), toolCall("b", "f", `{"x":2}`)), toolStep(12, 13, "", "f", `{"x":2}`, `1`), toolStep(13, 14, "", "f", `{ "y":2, "x":1 }`, `1`)},
			"b a",
		},
		{
			"by an argument without its name",
			[]step{ask(toolCall("a", "f", `{"city":"Rome"}`), toolCall("b", "f", `{"city":"Oslo"}`)), toolStep(12, 13, "", "f", `"Oslo"`, `1`), toolStep(13, 14, "", "f", `"Rome"`, `1`)},
			"b a",
		},
		{
			"by name, in their order",
			[]step{ask(toolCall("a", "f", `{"x":1}`), toolCall("b", "g", `{}`), toolCall("c", "f", `{"x":2}`)), toolStep(12, 13, "", "f", ``, `1`), toolStep(13, 14, "", "f", ``, `1`), toolStep(14, 15, "", "g", ``, `1`)},
			"a c b",
		},
		{
			"an id of the tool's own",
			[]step{ask(toolCall("a", "f", `1`)), toolStep(12, 13, "adk-1", "f", `1`, `1`)},
			"a",
		},
		{
			"an id that only the tool has",
			[]step{ask(toolCall("", "f", `1`)), toolStep(12, 13, "adk-1", "f", `1`, `1`)},
			"adk-1",
		},
		{
			"of the latest model",
			[]step{
				ask(toolCall("a", "f", `1`)),
				modelStep(12, 13, messages{contracts.UserText("go on")}, contracts.Assistant(toolCall("b", "f", `1`))), toolStep(14, 15, "", "f", `1`, `1`),
			},
			"b",
		},
		{
			"no other tool's",
			[]step{ask(toolCall("a", "f", `1`)), toolStep(12, 13, "x", "g", `1`, `1`)},
			"x",
		},
		{
			"with a call that the history tells",
			[]step{
				modelStep(1, 10, messages{contracts.UserText("go")}), toolStep(12, 13, "", "f", `1`, ``),
				modelStep(14, 15, messages{contracts.UserText("go"), contracts.Assistant(toolCall("a", "f", `1`)), contracts.ToolMessage(toolResult("a", "f", `2`))}),
			},
			"a",
		},
		{
			"the id of an item",
			[]step{
				ask(toolCall("fc_1", "f", `1`)), toolStep(12, 13, "", "f", `1`, `2`),
				modelStep(14, 15, messages{contracts.UserText("go"), contracts.Assistant(toolCall("call_1", "f", `1`)), contracts.ToolMessage(toolResult("call_1", "f", `2`))}),
			},
			"call_1",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := agentStep(0, 100, "boss")
			_, p := testLanding(t, &root, under(none, c.steps...))
			var ids []string
			for i := range p.Metadata.Result.Spans {
				r := &p.Metadata.Result.Spans[i]
				switch r.Kind {
				case contracts.KindToolCall:
					ids = append(ids, r.Tool.ToolCallID)
				case contracts.KindToolResult:
					if r.ParentID == "" {
						t.Errorf("a result stands beside its tool:\n%s", outline(p))
					}
				}
			}
			if got := strings.Join(ids, " "); got != c.ids {
				t.Errorf("the tools ran for %q, want %q:\n%s", got, c.ids, outline(p))
			}
		})
	}
}

func TestFailures(t *testing.T) {
	root := agentStep(0, 100, "boss")
	tool := toolStep(12, 13, "a", "f", `1`, ``)
	tool.span.Status, tool.span.StatusDescription = codes.Error, "boom"
	odd := toolStep(14, 15, "b", "f", `2`, `"fine"`)
	odd.span.Status = codes.Error
	refused := modelStep(16, 17, messages{contracts.UserText("go")})
	refused.facts.Error = &contracts.NormalizedError{Message: "no such model", Code: "404"}
	asks := modelStep(1, 10, messages{contracts.UserText("go")}, contracts.Assistant(toolCall("a", "f", `1`), toolCall("b", "f", `2`)))
	asks.facts.Response.FinishReasons = []string{"STOP"}
	l, p := testLanding(t, &root, under(none, asks, tool, odd, refused))
	wantOutline(t, p, `
		user: user go
		generate: assistant f1 f2
		tool-call!boom a f(1): assistant f1
		  tool-result!boom a f(): tool ="boom"
		tool-call! b f(2): assistant f2
		  tool-result b f()"fine": tool ="fine"
		generate!no such model
		`)
	if m := p.Metadata.Result.Spans[1].Metadata; m.Member("finishReasons") != `["tool-calls"]` || m.Member("finishReasonsNative") != `["STOP"]` {
		t.Errorf("a stop with calls lands as %s", m)
	}
	if p.Metadata.Result.Error != nil {
		t.Errorf("the session failed: %v", p.Metadata.Result.Error)
	}
	l.root.span.Status, l.root.span.StatusDescription = codes.Error, "gave up"
	_, p = testLanding(t, l.root, under(none, modelStep(1, 10, messages{contracts.UserText("go")}, contracts.AssistantText("x"))))
	if e := p.Metadata.Result.Error; e == nil || e.Message != "gave up" || p.Response.Text != nil || p.Response.Usage != "" {
		t.Errorf("a failed session has the error %v, response %+v", e, p.Response)
	}
}

// A session of one call has no agent: its root is the call.
func TestSessionOfOneCall(t *testing.T) {
	call := modelStep(0, 10, messages{contracts.UserText("Weather?")}, contracts.Assistant(toolCall("c", "weather", `{"city":"Rome"}`)))
	call.facts.Response.ID = "r"
	_, p := testLanding(t, nil, under(none, call))
	wantOutline(t, p, `
		user: user Weather?
		generate: assistant weather{"city":"Rome"}
		`)
	if p.Response.Object != `[{"toolCallId":"c","toolName":"weather","input":{"city":"Rome"}}]` || p.Response.ID != "r" {
		t.Errorf("the response is %+v", p.Response)
	}
}

// An agent of which no call of a model is known tells what it can.
func TestAgentAlone(t *testing.T) {
	root := agentStep(0, 100, "boss")
	root.facts.Request.Messages = messages{contracts.UserText("Ships?")}
	root.facts.Response = llm.Response{Messages: messages{contracts.AssistantText("Seven.")}, Usage: usage(3, 4), Model: "m"}
	sub := agentStep(10, 20, "sub")
	sub.facts.Request.Messages = messages{contracts.UserText("ships")}
	sub.facts.Response = llm.Response{Messages: messages{contracts.AssistantText("7")}, Usage: usage(1, 1)}
	_, p := testLanding(t, &root, under(none, sub))
	wantOutline(t, p, `
		user: user Ships?
		subagent  sub("ships"): assistant 7
		  user: user ships
		response: assistant Seven.
		`)
	if p.Response.Text == nil || *p.Response.Text != "Seven." || p.Response.Usage != `{"inputTokens":1,"outputTokens":1,"totalTokens":2}` || p.Model.ID != "m" {
		t.Errorf("the response is %+v of model %v", p.Response, p.Model)
	}
}

// The instructions of an agent may be told of its own span only.
func TestAgentIsInstructed(t *testing.T) {
	root := agentStep(0, 100, "boss")
	root.facts.Request.Messages = messages{contracts.SystemText("Be brief."), contracts.UserText("{a template}")}
	_, p := testLanding(t, &root, under(none, modelStep(1, 2, messages{contracts.UserText("go")}, contracts.AssistantText("x"))))
	wantOutline(t, p, `
		system: system Be brief.
		user: user go
		generate: assistant x
		`)
}

// The answer of an agent is what it says itself; what some give for it, all that
// was said on the way, is not.
func TestAgentsAnswer(t *testing.T) {
	for own, want := range map[string]string{
		"": "last", "Let me see. last": "last", "Let me see. last\n": "last", "formatted": "formatted", "The last one is it.": "The last one is it.",
	} {
		root := agentStep(0, 100, "boss")
		if own != "" {
			root.facts.Response.Messages = messages{contracts.AssistantText(own)}
		}
		_, p := testLanding(t, &root, under(none, modelStep(1, 2, messages{contracts.UserText("go")}, contracts.AssistantText("last"))))
		if p.Response.Text == nil || *p.Response.Text != want {
			t.Errorf("an agent that says %q answers %v, want %q", own, p.Response.Text, want)
		}
	}
}

// Tokens of a response that is seen twice count once, and what failed before.
func TestUsageCountsOnce(t *testing.T) {
	root := agentStep(0, 100, "boss")
	root.facts.Response.Usage = usage(1000, 1000)
	var steps []step
	for i, id := range []string{"r1", "r1", "r2", ""} {
		s := modelStep(i*10, i*10+5, messages{contracts.UserText("go")}, contracts.AssistantText("x"))
		s.facts.Response.ID, s.facts.Response.Usage = id, usage(10, 1)
		s.facts.Response.Usage.Reasoning = llm.Tokens(0)
		steps = append(steps, s)
	}
	_, p := testLanding(t, &root, under(none, steps...))
	if want := contracts.JSON(`{"inputTokens":30,"outputTokens":3,"totalTokens":33,"reasoningTokens":0}`); p.Response.Usage != want {
		t.Errorf("the usage is %s, want %s", p.Response.Usage, want)
	}
}

// A call that is seen twice counts once, by the span that says what it used.
func TestUsageIsOnOneOfTwo(t *testing.T) {
	root := agentStep(0, 100, "boss")
	silent, says := modelStep(1, 2, nil, contracts.AssistantText("x")), modelStep(3, 4, nil, contracts.AssistantText("x"))
	silent.facts.Response.ID, says.facts.Response.ID, says.facts.Response.Usage = "r", "r", usage(10, 1)
	_, p := testLanding(t, &root, under(none, silent, says))
	if want := contracts.JSON(`{"inputTokens":10,"outputTokens":1,"totalTokens":11}`); p.Response.Usage != want {
		t.Errorf("the usage is %s, want %s", p.Response.Usage, want)
	}
}

// What an agent used is what all below it did: it counts where nothing below says
// so, and then once.
func TestUsageOfAgents(t *testing.T) {
	used := func(s step, in, out int64) step {
		s.facts.Response.Usage = usage(in, out)
		return s
	}
	agent := used(agentStep(1, 90, "a"), 10, 10)
	tool := toolStep(2, 80, "c", "f", `1`, `1`)
	inner := used(agentStep(3, 70, "b"), 7, 7)
	for name, c := range map[string]struct {
		calls []step
		want  contracts.JSON
	}{
		"calls of an agent within":         {[]step{used(modelStep(4, 5, nil), 3, 3), used(modelStep(6, 7, nil), 3, 3)}, `{"inputTokens":6,"outputTokens":6,"totalTokens":12}`},
		"an agent within, without calls":   {nil, `{"inputTokens":10,"outputTokens":10,"totalTokens":20}`},
		"calls that do not say their own":  {[]step{modelStep(4, 5, nil)}, `{"inputTokens":10,"outputTokens":10,"totalTokens":20}`},
		"more than a number can say of it": {[]step{used(modelStep(4, 5, nil), math.MaxInt64, 1), used(modelStep(6, 7, nil), 2, 2)}, `{"inputTokens":9223372036854775807,"outputTokens":3,"totalTokens":9223372036854775807}`},
	} {
		t.Run(name, func(t *testing.T) {
			root := agentStep(0, 100, "boss")
			_, p := testLanding(t, &root, under(none, agent), under(0, tool), under(1, inner), under(2, c.calls...))
			if p.Response.Usage != c.want {
				t.Errorf("the usage is %s, want %s", p.Response.Usage, c.want)
			}
		})
	}
}

func TestFold(t *testing.T) {
	call := func(from, to int, id string) step {
		s := modelStep(from, to, nil)
		s.facts.Response.ID = id
		return s
	}
	failed := func(s step) step {
		s.span.Status = codes.Error
		return s
	}
	spoke := func(s step, text string) step {
		s.facts.Response.Messages = messages{contracts.AssistantText(text)}
		return s
	}
	bare := call(2, 8, "r1")
	bare.part, bare.facts.Response.Usage = BareCall, usage(1, 2)
	outcome := spoke(call(20, 20, ""), "streamed")
	outcome.part, outcome.facts.Answer = CallOutcome, true
	for _, c := range []struct {
		name  string
		steps [][]step
		want  string
	}{
		{"the SDK's own span below", [][]step{under(none, spoke(call(1, 10, "r1"), "hi")), under(0, bare)}, `
		generate: assistant hi
		`},
		{"the content on the one below", [][]step{under(none, call(1, 10, "")), under(0, spoke(call(2, 8, "r1"), "hi"))}, `
		generate: assistant hi
		`},
		{"attempts", [][]step{under(none, spoke(call(1, 10, "r1"), "hi")), under(0, failed(call(2, 3, "")), failed(call(4, 5, "")), call(6, 8, "r1"))}, `
		generate: assistant hi
		`},
		{"only failed attempts", [][]step{under(none, failed(call(1, 10, ""))), under(0, failed(call(2, 3, "")), failed(call(4, 5, "")))}, `
		generate!
		`},
		{"a stream's outcome", [][]step{under(none, call(1, 10, "")), under(0, outcome)}, `
		stream: assistant streamed
		`},
		{"several calls", [][]step{under(none, spoke(call(1, 10, "r2"), "b")), under(0, spoke(call(2, 3, "r1"), "a"), spoke(call(4, 5, "r2"), "b"))}, `
		subagent  span()
		  generate: assistant a
		  generate: assistant b
		`},
		{"a tool seen twice", [][]step{under(none, toolStep(1, 10, "c", "f", `1`, ``)), under(0, toolStep(2, 8, "", "f", ``, `2`))}, `
		tool-call c f(1): assistant f1
		  tool-result c f()2: tool =2
		`},
		{"a tool that calls another", [][]step{under(none, toolStep(1, 10, "c", "f", `1`, `1`)), under(0, toolStep(2, 8, "d", "g", `2`, `2`))}, `
		tool-call c f(1): assistant f1
		  tool-call d g(2): assistant g2
		    tool-result d g()2: tool =2
		  tool-result c f()1: tool =1
		`},
		{"an agent seen twice", [][]step{under(none, agentStep(1, 10, "a")), under(0, agentStep(2, 9, "a")), under(1, spoke(call(3, 4, ""), "x"))}, `
		subagent  a()
		  generate: assistant x
		`},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := agentStep(0, 100, "boss")
			_, p := testLanding(t, &root, c.steps...)
			wantOutline(t, p, c.want)
			if strings.HasPrefix(c.name, "attempts") && p.Metadata.Result.Spans[0].Metadata.Member("attempts") != "3" {
				t.Errorf("the metadata is %s", p.Metadata.Result.Spans[0].Metadata)
			}
			if c.name == "a stream's outcome" && !p.Metadata.Result.Spans[0].EndTime.Equal(testStart.Add(20*time.Millisecond)) {
				t.Errorf("it ends at %v", p.Metadata.Result.Spans[0].EndTime)
			}
			if c.name == "the SDK's own span below" && p.Response.Usage == "" {
				t.Error("the usage of the other span is lost")
			}
		})
	}
}

// The SDK's own span has the provider's count; what another instrumentation
// counts does not count more than the first.
func TestTokensOfOneCall(t *testing.T) {
	for part, want := range map[CallPart]contracts.JSON{
		BareCall:  `{"inputTokens":10,"outputTokens":216,"totalTokens":226}`,
		WholeCall: `{"inputTokens":10,"outputTokens":218,"totalTokens":228}`,
	} {
		root := agentStep(0, 100, "boss")
		outer, inner := modelStep(1, 9, nil, contracts.AssistantText("x")), modelStep(2, 8, nil)
		outer.facts.Response.Usage = llm.Usage{Input: llm.Tokens(10), Output: llm.Tokens(218), Total: llm.Tokens(228)}
		inner.facts.Response.Usage, inner.part = llm.Usage{Input: llm.Tokens(10), Output: llm.Tokens(216)}, part
		_, p := testLanding(t, &root, under(none, outer), under(0, inner))
		if got := p.Metadata.Result.Spans[0].Metadata.Member("usage"); got != want || p.Response.Usage != want {
			t.Errorf("the call used %s, the session %s, want %s", got, p.Response.Usage, want)
		}
	}
}

// The SDK's own span, and the outcome of a stream, have the model that answered,
// where the instrumentation's span of the call has the one that was asked for.
func TestModelOfOneCall(t *testing.T) {
	for _, c := range []struct {
		part              CallPart
		asked, said, want string
	}{
		{BareCall, "m", "m", "m-20250514"},
		{BareCall, "m", "", "m-20250514"},
		{BareCall, "m", "m-20250101", "m-20250101"},
		{WholeCall, "m", "m", "m-20250514"},
		{CallOutcome, "m", "m", "m-20250514"},
		{CallOutcome, "m", "m-20250101", "m-20250101"},
	} {
		root := agentStep(0, 100, "boss")
		outer, inner := modelStep(1, 9, nil, contracts.AssistantText("x")), modelStep(2, 8, nil)
		outer.facts.Request.Model, outer.facts.Response.Model = c.asked, c.said
		inner.facts.Response.Model, inner.part = "m-20250514", c.part
		_, p := testLanding(t, &root, under(none, outer), under(0, inner))
		if got := p.Metadata.Result.Spans[0].Model.ModelID; got != c.want {
			t.Errorf("asked for %q, which says %q: %q answered, want %q", c.asked, c.said, got, c.want)
		}
	}
}

// The span of a stream's outcome says why the stream failed, which the call's own
// span cannot know.
func TestStreamThatFails(t *testing.T) {
	root := agentStep(0, 100, "boss")
	call, outcome := modelStep(1, 2, messages{contracts.UserText("hi")}), modelStep(9, 9, nil)
	outcome.part, outcome.facts.Error = CallOutcome, &contracts.NormalizedError{Type: "APIError"}
	outcome.span.Status, outcome.span.StatusDescription = codes.Error, "APIError: no quota"
	outcome.span.Events = []Event{{Name: exceptionEvent, Attributes: []attribute.KeyValue{
		exceptionTypeKey.String("openai.APIError"), exceptionMessageKey.String("no quota"), exceptionStackKey.String("main.py:1"),
	}}}
	_, p := testLanding(t, &root, under(none, call), under(0, outcome))
	wantOutline(t, p, `
		user: user hi
		generate!no quota
		`)
	want := contracts.NormalizedError{Message: "no quota", Type: "APIError", Stack: "main.py:1"}
	if got := p.Metadata.Result.Spans[1].Error; got == nil || got.Message != want.Message || got.Type != want.Type || got.Stack != want.Stack {
		t.Errorf("the error is %+v, want %+v", got, want)
	}
}

// A result whose call is not known has one id, in the message and beside it.
func TestResultWithoutCall(t *testing.T) {
	root := agentStep(0, 100, "boss")
	result := contracts.ToolMessage(contracts.ToolResultContentPart{ToolName: "f", Output: contracts.ToolResultOutput{Type: contracts.OutputText, Value: `"x"`}})
	_, p := testLanding(t, &root, under(none, modelStep(1, 9, messages{result}, contracts.AssistantText("y"))))
	r := p.Metadata.Result.Spans[0]
	if r.Kind != contracts.KindToolResult || r.Tool == nil || r.Tool.ToolCallID == "" {
		t.Fatalf("%+v", r)
	}
	if want := `"toolCallId":"` + r.Tool.ToolCallID + `"`; !strings.Contains(string(r.Messages), want) {
		t.Errorf("%s, want %s", r.Messages, want)
	}
}

// The agent of a session seen by two instrumentations is one.
func TestRootSeenTwice(t *testing.T) {
	root := agentStep(0, 100, "boss")
	again := agentStep(1, 99, "boss")
	again.facts.Agent.Description = "knows it all"
	_, p := testLanding(t, &root, under(none, again), under(0, modelStep(2, 3, messages{contracts.UserText("x")}, contracts.AssistantText("a"))))
	wantOutline(t, p, `
		user: user x
		generate: assistant a
		`)
	if p.Metadata.Request.Member("description") != `"knows it all"` {
		t.Errorf("the metadata is %s", p.Metadata.Request)
	}
}

// A generation that others see as one, with several calls below, is the agent
// whose session it is.
func TestRootWithSeveralCallsIsAnAgent(t *testing.T) {
	outer := modelStep(0, 100, nil, contracts.AssistantText("b"))
	outer.facts.Response.Usage = usage(100, 100)
	one, two := modelStep(1, 2, messages{contracts.UserText("x")}, contracts.AssistantText("a")), modelStep(3, 4, messages{contracts.UserText("x")}, contracts.AssistantText("b"))
	one.facts.Response.Usage, two.facts.Response.Usage = usage(1, 1), usage(2, 2)
	_, p := testLanding(t, nil, under(none, outer), under(0, one, two))
	wantOutline(t, p, `
		user: user x
		generate: assistant a
		generate: assistant b
		`)
	if p.Response.Usage != `{"inputTokens":3,"outputTokens":3,"totalTokens":6}` {
		t.Errorf("the usage is %s", p.Response.Usage)
	}
}

// Clocks of milliseconds have a child begin with its parent, or before.
func TestChildrenComeAfterParents(t *testing.T) {
	root := agentStep(0, 100, "boss")
	inner := modelStep(4, 6, messages{contracts.UserText("in")}, contracts.AssistantText("x"))
	_, p := testLanding(t, &root, under(1, inner), under(2, agentStep(5, 6, "sub")), under(none, toolStep(5, 8, "c", "f", `1`, `2`)))
	wantOutline(t, p, `
		tool-call c f(1): assistant f1
		  subagent c sub(1)
		    user: user in
		    generate: assistant x
		  tool-result c f()2: tool =2
		`)
}

// Fragments are one answer, choices are several.
func TestFragmentsAndChoices(t *testing.T) {
	for fragments, want := range map[bool]string{true: "assistant a b", false: "assistant a: assistant b"} {
		root := agentStep(0, 100, "boss")
		s := modelStep(1, 2, nil, contracts.AssistantText("a"), contracts.AssistantText("b"))
		s.facts.Fragments = fragments
		_, p := testLanding(t, &root, under(none, s))
		wantOutline(t, p, "\t\tgenerate: "+want)
	}
}

// What a role cannot say according to the contract lands with the role that can.
func TestMessagesOfEveryShape(t *testing.T) {
	root := agentStep(0, 100, "boss")
	text := contracts.TextContentPart{Text: "t"}
	raw := contracts.UnknownContentPart{PartType: "odd", Raw: `{"type":"odd"}`}
	_, p := testLanding(t, &root, under(none, modelStep(1, 2, messages{
		{Role: contracts.RoleSystem, Content: contracts.PartsContent(contracts.TextContentPart{Text: "one", ProviderOptions: `{"a":1}`}, contracts.TextContentPart{Text: "two"}, raw)},
		{Role: contracts.RoleUser, Content: contracts.PartsContent(contracts.TextContentPart{Text: "u"}, toolResult("9", "f", `1`))},
		{Role: contracts.RoleUser, Content: contracts.PartsContent(toolCall("8", "f", `1`), contracts.ReasoningContentPart{Text: "hm"})},
		{Role: contracts.RoleTool, ToolCallID: "7", Name: "g", Content: contracts.TextContent("done")},
		{Role: "odd", Content: contracts.PartsContent(text, raw)},
		{Role: contracts.RoleTool, Content: contracts.PartsContent(raw)},
	}, contracts.ConversationMessage{Role: "model", Content: contracts.TextContent("ok")})))
	id := p.Metadata.Result.Spans[len(p.Metadata.Result.Spans)-2].Tool.ToolCallID
	wantOutline(t, p, strings.ReplaceAll(`
		system: system one
		system: system two
		tool-result 9 f()1: tool =1
		user: user u
		assistant: assistant f1 (hm)
		tool-result 7 g()"done": tool ="done"
		user: user t {"type":"odd"}
		tool-result ID ()[{"type":"odd"}]: tool =[{"type":"odd"}]
		generate: assistant ok
		`, "ID", id))
	if m := p.Metadata.Result.Spans; m[0].Metadata.Member("providerOptions") != `{"a":1}` || m[1].Metadata.Member("parts") != `[{"type":"odd"}]` {
		t.Errorf("what instructions carried beside text is lost: %s, %s", m[0].Metadata, m[1].Metadata)
	}
}

// The same spans give the same ids, and no two records of a session have the same.
func TestIDsAreStable(t *testing.T) {
	make1 := func() string {
		root := agentStep(0, 100, "boss")
		same := contracts.UserText("yes")
		_, p := testLanding(t, &root, under(none,
			modelStep(1, 2, messages{same}, contracts.AssistantText("a")),
			toolStep(3, 4, "", "f", `1`, `2`),
			modelStep(5, 6, messages{same, contracts.AssistantText("a"), same}, contracts.AssistantText("a"))))
		return string(p.AppendJSON(nil))
	}
	one, two := make1(), make1()
	if one != two {
		t.Errorf("the same spans give\n%s\n%s", one, two)
	}
	p, err := contracts.ParsePayload(one)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for i := range p.Metadata.Result.Spans {
		r := &p.Metadata.Result.Spans[i]
		said, _ := r.Messages.Decode()
		for _, id := range append([]string{r.ID}, said[0].ID) {
			if seen[id] || id == "" {
				t.Errorf("the id %q is there twice", id)
			}
			seen[id] = true
		}
	}
}

func TestWhatIsTooLargeIsLeftOut(t *testing.T) {
	root := agentStep(0, 100, "boss")
	s := modelStep(1, 2, nil, contracts.AssistantText("x"))
	s.span.Scope, s.span.ScopeVersion = "lib", "1.2"
	s.facts.Request.Tools = contracts.QuoteJSON(strings.Repeat("t", maxSetting))
	s.facts.Request.Settings = contracts.Members{{Name: "temperature", Value: "0.5"}, {Name: "usage", Value: "1"}}
	s.facts.Response.Usage = usage(1, 2)
	_, p := testLanding(t, &root, under(none, s))
	m := p.Metadata.Result.Spans[0].Metadata
	if m.Member("tools") != "" || m.Member("partial").Member("tools") == "" || m.Member("temperature") != "0.5" || !m.Member("usage").IsObject() ||
		m.Member("otel").Member("scope") != `{"name":"lib","version":"1.2"}` {
		t.Errorf("the metadata is %s", m)
	}
}
