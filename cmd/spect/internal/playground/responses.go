// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package playground

import (
	"context"

	"go.opentelemetry.io/otel/trace"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/tracer"
)

// playResponses is the travel desk: the model looks two things up at once, then
// streams its answer; a smaller model makes a card of it.
func playResponses(ctx context.Context, tp trace.TracerProvider) {
	const question = "Hello! There are two of us with bicycles, and we have just reached Port Ellis. " +
		"Can we still get over to Skerra tonight, and will it be rough? One of us gets seasick easily."
	const answer = "Yes, and you are just in time. Take the 19:30, MV Guillemot: five bicycle places are free, and you are on Skerra at 20:45.\n\n" +
		"The sound is friendly until about nine, with waves below a metre. The last boat, at 21:50, is the one to avoid: " +
		"its bicycle places are gone, and by then the wind has freshened to force 6 with two metres of sea.\n\n" +
		"Be at the pier by 19:15, and sit amidships on the lower deck, where she moves least. Have a good crossing!"

	tr := tracer.New(tp, tracer.WithProvider("openai"))
	ctx, session := tr.StartSession(ctx, "openai.responses.create",
		tracer.Model("gpt-5"),
		tracer.Conversation("conv_skerra_0619"),
		tracer.Function("travel-desk.answer"),
		tracer.RequestInput(question),
		tracer.Metadata(map[string]any{"userId": "traveller_204", "channel": "web chat", "locale": "en-IE"}))
	used := &contracts.Usage{}
	var err error
	defer session.EndErr(&err)
	session.Add(ctx,
		contracts.SystemText("You are the travel desk of Northwind Ferries. Answer in the traveller's language, briefly and kindly. "+
			"Never promise a crossing before you have looked at the timetable and at the sea forecast."),
		contracts.UserText(question))

	desk := &agent{
		tr: tr, operation: "openai.responses.create", used: used,
		script: []reply{{
			reasoning: "Two things decide this: whether a boat still sails tonight and takes bicycles, and how high the sea will be. " +
				"Neither depends on the other, so I ask for both at once.",
			calls: []contracts.ToolCall{
				call("call_timetable", "timetable", `{"from": "Port Ellis", "to": "Skerra", "date": "2026-06-19", "after": "18:40", "bicycles": 2}`),
				call("call_forecast", "sea_forecast", `{"area": "Skerra Sound", "hours": 6}`),
			},
			usage: tokens(412, 118, 64, 256),
			takes: 45,
		}, {
			reasoning: "The 19:30 has five places for bicycles and the sound is still calm. By 21:50 there is no place left, and two metres of sea. The early boat it is.",
			text:      answer,
			usage:     tokens(688, 171, 48, 512),
			streamed:  true,
			takes:     35,
		}},
		tools: map[string]tool{
			"timetable": answers(18, `{"departures": [`+
				`{"sails": "19:30", "arrives": "20:45", "vessel": "MV Guillemot", "bicycles": {"places": 12, "free": 5}}, `+
				`{"sails": "21:50", "arrives": "23:05", "vessel": "MV Razorbill", "bicycles": {"places": 4, "free": 0}}]}`),
			"sea_forecast": answers(30, `{"area": "Skerra Sound", "issued": "2026-06-19T17:00:00Z", "periods": [`+
				`{"from": "18:00", "wind": "SW 4", "waves": "0.8 m"}, {"from": "21:00", "wind": "SW 6, gusting 7", "waves": "2.1 m"}]}`),
		},
	}
	text, err := desk.run(ctx)
	if err != nil {
		return
	}

	_, card := tr.Start(ctx, contracts.KindGenerate, "travel-desk.card", tracer.Model("gpt-5-nano"), tracer.ModelProvider("openai"))
	pause(ctx, 12)
	desk.spent(card, tokens(231, 38, 0, 0))
	card.AddMetadata(map[string]string{"purpose": "the card below the answer"})
	card.End()

	session.SetResult(tracer.Result{
		Text:          text,
		Object:        contracts.JSON(`{"sailing": "19:30", "vessel": "MV Guillemot", "arrives": "20:45", "bicyclesFree": 5, "sea": "calm until 21:00"}`),
		Usage:         *used,
		ID:            "resp_northwind_0001",
		Model:         "gpt-5-2025-08-07",
		FinishReasons: []string{"stop"},
	})
}
