// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package playground

import (
	"context"

	"go.opentelemetry.io/otel/trace"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/tracer"
)

// playAgent is the newsletter: an editor's agent has one agent research, which
// has another check the facts, and a third write.
func playAgent(ctx context.Context, tp trace.TracerProvider) {
	const article = "On Friday the light of Skerra is a hundred and fifty years old. It was first lit on 19 June 1876, " +
		"and for twenty-eight of those years it was Hanna Roe who climbed its 138 steps, every evening, with the oil. " +
		"In the gale of January 1904 the oil boat could not land, and on the fourth night she burned what the island had: " +
		"two barrels of cod liver oil, house by house, carried up the hill in milk cans.\n\n" +
		"The lamp has been electric since 1958. The milk cans are in our museum. Come and see both: on Saturday the tower is open, and the ferry is half price."

	tr := tracer.New(tp, tracer.WithProvider("google"))
	ctx, session := tr.StartSession(ctx, "newsletter.write",
		tracer.Model("gemini-2.5-pro"),
		tracer.Conversation("newsletter-2026-25"),
		tracer.Metadata(map[string]any{"userId": "editor", "issue": "2026-25", "dueIn": "2 days"}))
	used := &contracts.Usage{}
	var err error
	defer session.EndErr(&err)
	session.Add(ctx,
		contracts.SystemText("You edit the weekly newsletter of Northwind Ferries. Have facts researched and checked before anybody writes."),
		contracts.UserText("Please have the piece on the lighthouse ready for Saturday: about 120 words, warm, and with two facts that I can check. It turns 150 this week."))

	editor := &agent{tr: tr, operation: "gemini.generateContent", used: used, script: []reply{
		{
			reasoning: "First the facts, then the words. The researcher has the archive; I ask for two facts with their sources.",
			calls:     []contracts.ToolCall{call("call_research", "delegate", `{"agent": "researcher", "task": "Two facts about Skerra Light that a reader can check, with sources. It was first lit 150 years ago."}`)},
			usage:     tokens(318, 74, 29, 0), takes: 15,
		},
		{
			text:  "One of the two stories needed its year corrected. Now the text.",
			calls: []contracts.ToolCall{call("call_write", "delegate", `{"agent": "writer", "task": "About 120 words for the newsletter, warm, from the facts.", "facts": ["first lit 19 June 1876", "gale of January 1904: cod liver oil, carried up in milk cans"]}`)},
			usage: tokens(642, 91, 0, 256), takes: 12,
		},
		{text: article, usage: tokens(871, 142, 0, 512), takes: 14},
	}}
	team := map[string]func(context.Context, contracts.ToolCall) (string, error){
		"call_research": func(ctx context.Context, c contracts.ToolCall) (string, error) { return research(ctx, tr, c, used) },
		"call_write": func(ctx context.Context, c contracts.ToolCall) (string, error) {
			return write(ctx, tr, c, article, used)
		},
	}
	var text string
	for {
		r, askErr := editor.ask(ctx)
		if err = askErr; err != nil {
			return
		}
		if len(r.calls) == 0 {
			text = r.text
			break
		}
		for _, c := range r.calls {
			_, err = tracer.RunTool(ctx, tr, c, func(ctx context.Context) (string, error) { return team[c.ID](ctx, c) })
			if err != nil {
				return
			}
		}
	}
	session.SetResult(tracer.Result{Text: text, Usage: *used, FinishReasons: []string{"STOP"}})
}

// delegated starts the agent that a call names.
func delegated(ctx context.Context, tr *tracer.Tracer, name string, c contracts.ToolCall) (context.Context, *tracer.Span) {
	return tr.StartSubagent(ctx, name,
		tracer.Input(c.Input.Member("task")),
		tracer.Subagent(contracts.SpanSubagentOverlay{ToolCallID: c.ID, Source: "delegate"}))
}

func research(ctx context.Context, tr *tracer.Tracer, c contracts.ToolCall, used *contracts.Usage) (report string, err error) {
	ctx, span := delegated(ctx, tr, "researcher", c)
	defer span.EndErr(&err)
	researcher := &agent{
		tr: tr, operation: "gemini.generateContent", used: used,
		script: []reply{
			{
				calls: []contracts.ToolCall{
					call("call_archive_1", "archive_search", `{"query": "Skerra Light first lit 1876", "limit": 3}`),
					call("call_archive_2", "archive_search", `{"query": "keeper Hanna Roe lamp oil gale", "limit": 3}`),
				},
				usage: tokens(204, 66, 0, 0), takes: 10,
			},
			{
				reasoning: "Two good ones. The guidebook says that the gale was in 1903, the keeper's log is not so sure: that should be checked before it is printed.",
				calls: []contracts.ToolCall{call("call_check", "check_fact",
					`{"claim": "In the gale of January 1903 Hanna Roe burned cod liver oil.", "task": "Is the year right? Compare the guidebook with the keeper's log."}`)},
				usage: tokens(731, 83, 37, 128), takes: 14,
			},
			{
				text: "1. First lit on 19 June 1876 (Notice to Mariners 41/1876).\n" +
					"2. In the gale of January 1904, not 1903, Hanna Roe burned the island's cod liver oil, carried up in milk cans (keeper's log, 14 January 1904).",
				usage: tokens(1004, 92, 0, 640), takes: 12,
			},
		},
		tools: map[string]tool{
			"archive_search": func(ctx context.Context, input contracts.JSON) (any, error) {
				query, _ := input.Member("query").Text()
				if query == "Skerra Light first lit 1876" {
					return answers(9, `[{"source": "Notice to Mariners 41/1876", "text": "From the night of the 19th of June a fixed white light will be exhibited on Skerra."}]`)(ctx, input)
				}
				return answers(16, `[{"source": "A Guide to the Sound, 1931", "text": "…in the great gale of January 1903 the keeper, Mrs Roe, fed the lamp with cod liver oil…"}, `+
					`{"source": "Keeper's log, vol. 7", "text": "No boat since the 10th. Lit with fish oil, which smells but burns."}]`)(ctx, input)
			},
			"check_fact": func(ctx context.Context, input contracts.JSON) (any, error) {
				return check(ctx, tr, contracts.ToolCall{ID: "call_check", Name: "check_fact", Input: input}, used)
			},
		},
	}
	return researcher.run(ctx)
}

func check(ctx context.Context, tr *tracer.Tracer, c contracts.ToolCall, used *contracts.Usage) (verdict string, err error) {
	ctx, span := delegated(ctx, tr, "fact-checker", c)
	defer span.EndErr(&err)
	checker := &agent{
		tr: tr, operation: "gemini.generateContent", used: used,
		script: []reply{
			{
				calls: []contracts.ToolCall{call("call_page", "read_page", `{"source": "Keeper's log, vol. 7", "page": 112}`)},
				usage: tokens(163, 31, 0, 0), takes: 8,
			},
			{
				text:  "The log is dated: 14 January 1904. The guidebook was written twenty-seven years later and is off by one. Print 1904.",
				usage: tokens(298, 44, 0, 0), takes: 9,
			},
		},
		tools: map[string]tool{"read_page": answers(7,
			`{"page": 112, "date": "1904-01-14", "text": "Fourth night of the gale. No boat since the 10th. Lit with fish oil, which smells but burns. They brought it up in the milk cans."}`)},
	}
	return checker.run(ctx)
}

func write(ctx context.Context, tr *tracer.Tracer, c contracts.ToolCall, article string, used *contracts.Usage) (text string, err error) {
	ctx, span := delegated(ctx, tr, "writer", c)
	defer span.EndErr(&err)
	writer := &agent{tr: tr, operation: "gemini.generateContent", used: used, script: []reply{
		{
			text:  "The lighthouse of Skerra celebrates its 150th anniversary. Since 1876 it has reliably shown ships the way…",
			calls: []contracts.ToolCall{call("call_count", "count_words", `{"limit": 120}`)},
			usage: tokens(255, 61, 0, 0), takes: 9,
		},
		{
			reasoning: "Correct, and nobody would read on. It begins better with the woman who carried the oil.",
			text:      article,
			usage:     tokens(402, 158, 40, 128), takes: 20, streamed: true,
		},
	}, tools: map[string]tool{"count_words": answers(2, `{"words": 17, "limit": 120}`)}}
	return writer.run(ctx)
}
