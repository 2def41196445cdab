// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package playground

import (
	"context"
	"fmt"
	"strings"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/tracer"
)

// The fleet, and what is looked at in each vessel: 10 times 66 checks of three
// spans, 10 agents, two rechecks, and four spans around them make 2,000.
var (
	fleet      = strings.Fields("Auk Cormorant Dunlin Eider Fulmar Gannet Guillemot Kittiwake Puffin Razorbill")
	machinery  = strings.Fields("winch bilge-pump fire-damper davit door-seal generator")
	places     = []string{"bow", "car deck forward", "car deck aft", "engine room port", "engine room starboard", "bridge", "saloon", "crew deck", "boat deck port", "boat deck starboard", "stern"}
	suspicious = map[string]string{"Dunlin/winch/stern": "bearing at 94 °C, limit 80 °C", "Razorbill/bilge-pump/engine room port": "4.1 A, limit 3.5 A"}
)

// clock gives a session times of its own: an inspection takes a night, and is
// played in no time.
type clock struct{ now time.Time }

// span starts and ends a span that takes so long.
func (c *clock) span(ctx context.Context, tr *tracer.Tracer, kind contracts.SpanKind, name string, takes time.Duration, opts ...tracer.SpanOption) {
	_, span := tr.Start(ctx, kind, name, append(opts, tracer.StartTime(c.now))...)
	c.now = c.now.Add(takes)
	span.End(tracer.EndTime(c.now))
}

// playLong is the yearly inspection: the chief engineer's agent sends one agent
// to each vessel.
func playLong(ctx context.Context, tp trace.TracerProvider) {
	tr := tracer.New(tp, tracer.WithProvider("openai"))
	c := &clock{time.Now().Add(-2*time.Hour - 92*time.Second)} // it ends about now
	ctx, session := tr.StartSession(ctx, "fleet.inspect",
		tracer.Model("gpt-5-mini"),
		tracer.StartTime(c.now),
		tracer.Metadata(map[string]any{"userId": "chief_engineer", "vessels": fleet}))
	c.span(ctx, tr, contracts.KindSystem, "system", 0, tracer.Messages(contracts.SystemText(
		"You inspect the fleet of Northwind Ferries from the readings of its sensors. Report only what is out of its limits, and look at it twice.")))
	c.span(ctx, tr, contracts.KindUser, "user", 0, tracer.Messages(contracts.UserText(
		"The yearly inspection, please: all ten vessels, every winch, pump, damper, davit, seal and generator. What has to be repaired before the summer?")))
	c.span(ctx, tr, contracts.KindGenerate, "openai.responses.create", 4*time.Second, tracer.Messages(contracts.Assistant(
		contracts.ReasoningContentPart{Text: "Ten vessels, sixty-six readings each. One agent a vessel, and whatever is suspicious is read once more at the end."},
		contracts.TextContentPart{Text: "I go through the vessels one by one."})))

	for _, vessel := range fleet {
		inspect(ctx, tr, c, vessel)
	}
	for _, what := range []string{"Dunlin/winch/stern", "Razorbill/bilge-pump/engine room port"} {
		part := strings.Split(what, "/")
		read(ctx, tr, c, "call_again_"+part[0], part[0], part[1], part[2])
	}
	const verdict = "660 readings, and 658 of them are as they should be. Two things have to be repaired:\n\n" +
		"1. MV Dunlin, stern winch: the bearing runs at 94 °C, 14 above its limit, and did so again at the second reading. Replace it before the season.\n" +
		"2. MV Razorbill, bilge pump in the port engine room: it draws 4.1 A instead of at most 3.5. Most likely something has found its way into the strainer."
	c.span(ctx, tr, contracts.KindGenerate, "openai.responses.create", 6*time.Second, tracer.Messages(contracts.AssistantText(verdict)))

	session.SetResult(tracer.Result{
		Text:          verdict,
		Usage:         contracts.Usage{InputTokens: 612_480, OutputTokens: 31_712, TotalTokens: 644_192, CachedInputTokens: 540_672},
		FinishReasons: []string{"stop"},
	})
	session.End(tracer.EndTime(c.now))
}

func inspect(ctx context.Context, tr *tracer.Tracer, c *clock, vessel string) {
	ctx, agent := tr.StartSubagent(ctx, "inspector", tracer.StartTime(c.now),
		tracer.Input("Read every sensor of MV "+vessel+" and report what is out of its limits."))
	for m, machine := range machinery {
		for p, place := range places {
			read(ctx, tr, c, fmt.Sprintf("call_%s_%d_%d", strings.ToLower(vessel), m, p), vessel, machine, place)
		}
	}
	agent.End(tracer.EndTime(c.now))
}

// read is one check: the model asks for a sensor, and gets its reading.
func read(ctx context.Context, tr *tracer.Tracer, c *clock, id, vessel, machine, place string) {
	request := call(id, "read_sensor", contracts.MakeJSON(map[string]string{"vessel": "MV " + vessel, "machine": machine, "place": place}))
	c.span(ctx, tr, contracts.KindGenerate, "openai.responses.create", 3*time.Second, tracer.Messages(contracts.Assistant(request.Part())))
	ctx, tool := tr.StartToolCall(ctx, request, tracer.StartTime(c.now))
	reading, found := suspicious[vessel+"/"+machine+"/"+place]
	if !found {
		reading = "within its limits"
	}
	result := contracts.ToolResultContentPart{
		ToolCallID: id, ToolName: request.Name,
		Output: contracts.ToolResultOutput{Type: contracts.OutputJSON, Value: contracts.MakeJSON(map[string]any{"ok": !found, "reading": reading})},
	}
	c.now = c.now.Add(8 * time.Second)
	c.span(ctx, tr, contracts.KindToolResult, request.Name+".result", 0,
		tracer.Tool(contracts.SpanToolOverlay{ToolCallID: id, ToolName: request.Name, Result: result.Output.Value}),
		tracer.Messages(contracts.ToolMessage(result)))
	tool.End(tracer.EndTime(c.now))
}
