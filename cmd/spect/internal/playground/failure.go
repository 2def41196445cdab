// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package playground

import (
	"context"

	"go.opentelemetry.io/otel/trace"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/tracer"
)

// apiError is an error as the SDKs of providers have it.
type apiError struct {
	Code    string
	Message string
}

func (e *apiError) Error() string { return e.Message }

// playError is the booking desk on a bad evening: the tool fails, the model is
// out of capacity, and stays so when it is asked once more.
func playError(ctx context.Context, tp trace.TracerProvider) {
	tr := tracer.New(tp, tracer.WithProvider("openai"))
	ctx, session := tr.StartSession(ctx, "openai.responses.create",
		tracer.Model("gpt-5"),
		tracer.Conversation("conv_skerra_0619"),
		tracer.Function("booking-desk.answer"),
		tracer.Metadata(map[string]any{"userId": "traveller_204", "channel": "web chat", "attempts": 2}))
	used := &contracts.Usage{}
	var err error
	defer session.EndErr(&err)
	session.Add(ctx,
		contracts.SystemText("You are the booking desk of Northwind Ferries. A place is booked when hold_places has said so, and not before."),
		contracts.UserText("The 19:30 it is, thank you! Would you hold two bicycle places for us? The name is Aalto."))

	limited := &apiError{Code: "rate_limit_exceeded", Message: "Rate limit reached for gpt-5 on requests per minute: limit 60, used 60. Please try again in 8s."}
	desk := &agent{
		tr: tr, operation: "openai.responses.create", used: used,
		script: []reply{
			{
				text:  "With pleasure. One moment, I am holding two places on MV Guillemot.",
				calls: []contracts.ToolCall{call("call_hold", "hold_places", `{"sailing": "2026-06-19T19:30", "bicycles": 2, "name": "Aalto"}`)},
				usage: tokens(377, 52, 0, 256),
				takes: 30,
			},
			{err: limited, takes: 6},
			{err: limited, takes: 6},
		},
		tools: map[string]tool{"hold_places": func(ctx context.Context, _ contracts.JSON) (any, error) {
			pause(ctx, 25)
			return nil, &apiError{Code: "RES-503", Message: "the reservation system does not answer: the harbour office is connected again at 19:05"}
		}},
	}
	first, err := desk.ask(ctx)
	if err != nil {
		return
	}
	desk.runTools(ctx, first.calls)
	for attempt := 1; attempt <= 2; attempt++ {
		_, err = desk.ask(ctx, tracer.Metadata(map[string]int{"attempt": attempt}))
		if err == nil {
			return
		}
		pause(ctx, 15*attempt)
	}
}
