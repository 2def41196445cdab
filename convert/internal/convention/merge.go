// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convention

import (
	"slices"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/llm"
)

// fill takes over from said what f does not have.
func (f *Facts) fill(said *Facts, decoder string) {
	m := merger{f, decoder}
	m.text("provider", &f.Provider, said.Provider)
	m.request(&f.Request, &said.Request)
	m.response(&f.Response, &said.Response, said.Fragments)
	m.bool("streamed", &f.Streamed, said.Streamed)
	f.Answer = f.Answer || said.Answer
	if f.TimeToFirstToken == 0 && said.TimeToFirstToken > 0 {
		f.TimeToFirstToken = said.TimeToFirstToken
		m.gave("timeToFirstToken")
	}
	m.text("tool.callId", &f.Tool.CallID, said.Tool.CallID)
	m.text("tool.name", &f.Tool.Name, said.Tool.Name)
	m.text("tool.description", &f.Tool.Description, said.Tool.Description)
	m.json("tool.arguments", &f.Tool.Arguments, said.Tool.Arguments)
	m.json("tool.result", &f.Tool.Result, said.Tool.Result)
	m.bool("tool.failed", &f.Tool.Failed, said.Tool.Failed)
	m.text("agent.id", &f.Agent.ID, said.Agent.ID)
	m.text("agent.name", &f.Agent.Name, said.Agent.Name)
	m.text("agent.description", &f.Agent.Description, said.Agent.Description)
	m.json("agent.input", &f.Agent.Input, said.Agent.Input)
	m.text("conversationId", &f.ConversationID, said.ConversationID)
	if f.Error == nil && said.Error != nil {
		f.Error = said.Error
		m.gave("error")
	}
	f.Metadata = missing(f.Metadata, said.Metadata)
	f.Partial = append(f.Partial, said.Partial...)
}

// nameOnce is what fill does to the lists of the first decoder: each name stands
// there once.
func (f *Facts) nameOnce() {
	for _, list := range [...]*contracts.Members{&f.Request.Settings, &f.Response.Usage.Details, &f.Response.Metadata, &f.Metadata} {
		*list = missing(nil, *list)
	}
}

type merger struct {
	facts   *Facts
	decoder string
}

func (m merger) gave(field string) {
	if m.facts.origins {
		m.facts.From = append(m.facts.From, Origin{field, m.decoder})
	}
}

func (m merger) text(field string, to *string, said string) {
	if *to == "" && said != "" {
		*to = said
		m.gave(field)
	}
}

func (m merger) json(field string, to *contracts.JSON, said contracts.JSON) {
	if *to == "" && said != "" {
		*to = said
		m.gave(field)
	}
}

func (m merger) bool(field string, to *bool, said bool) {
	if !*to && said {
		*to = true
		m.gave(field)
	}
}

func (m merger) count(field string, to *llm.Count, said llm.Count) {
	if !to.Known && said.Known {
		*to = said
		m.gave(field)
	}
}

func (m merger) request(to, said *llm.Request) {
	m.text("request.model", &to.Model, said.Model)
	if len(to.Messages) == 0 && len(said.Messages) > 0 {
		to.Messages = said.Messages
		m.gave("request.messages")
	}
	m.json("request.tools", &to.Tools, said.Tools)
	m.bool("request.stream", &to.Stream, said.Stream)
	m.text("request.conversationId", &to.ConversationID, said.ConversationID)
	to.Settings = missing(to.Settings, said.Settings)
}

func (m merger) response(to, said *llm.Response, fragments bool) {
	m.text("response.id", &to.ID, said.ID)
	m.text("response.model", &to.Model, said.Model)
	if len(to.Messages) == 0 && len(said.Messages) > 0 {
		to.Messages, m.facts.Fragments = said.Messages, fragments
		m.gave("response.messages")
	}
	if len(to.FinishReasons) == 0 && len(said.FinishReasons) > 0 {
		to.FinishReasons = said.FinishReasons
		m.gave("response.finishReasons")
	}
	m.count("usage.input", &to.Usage.Input, said.Usage.Input)
	m.count("usage.output", &to.Usage.Output, said.Usage.Output)
	m.count("usage.total", &to.Usage.Total, said.Usage.Total)
	m.count("usage.reasoning", &to.Usage.Reasoning, said.Usage.Reasoning)
	m.count("usage.cachedInput", &to.Usage.CachedInput, said.Usage.CachedInput)
	m.count("usage.cacheWrite", &to.Usage.CacheWrite, said.Usage.CacheWrite)
	to.Usage.Details = missing(to.Usage.Details, said.Usage.Details)
	if to.Error == nil && said.Error != nil {
		to.Error = said.Error
		m.gave("response.error")
	}
	to.Metadata = missing(to.Metadata, said.Metadata)
}

// missing adds the members whose names are not there.
func missing(to, said contracts.Members) contracts.Members {
	const few = 16
	if len(to)+len(said) <= few {
		if len(to) == 0 && !repeat(said) {
			return slices.Clip(said)
		}
		for _, m := range said {
			if !has(to, m.Name) {
				to = append(to, m)
			}
		}
		return to
	}
	known := names(to)
	for _, m := range said {
		if !known[m.Name] {
			known[m.Name] = true
			to = append(to, m)
		}
	}
	return to
}

// names are those of members: lists that come from JSON may be long.
func names(members contracts.Members) map[string]bool {
	out := make(map[string]bool, len(members))
	for i := range members {
		out[members[i].Name] = true
	}
	return out
}

// repeat reports whether a name is there more than once.
func repeat(members contracts.Members) bool {
	for i := range members {
		if has(members[:i], members[i].Name) {
			return true
		}
	}
	return false
}

func has(members contracts.Members, name string) bool {
	for i := range members {
		if members[i].Name == name {
			return true
		}
	}
	return false
}
