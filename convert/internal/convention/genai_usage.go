// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convention

import (
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/shape"
	"github.com/spect-tools/spect-go/convert/llm"
)

const usagePrefix = "gen_ai.usage."

// The counts of a call.
const (
	inputTokens = iota
	outputTokens
	totalTokens
	cachedTokens
	cacheWriteTokens
	reasoningTokens
	sameTokens // the same again
	countsOfCall
)

// usageKeys are all spellings of a count, the newest first. What is under details
// is Pydantic AI's.
var usageKeys = [countsOfCall][]attribute.Key{
	inputTokens:  {"gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens"},
	outputTokens: {"gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens"},
	totalTokens:  {"gen_ai.usage.total_tokens", "llm.usage.total_tokens"},
	cachedTokens: {
		"gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_read_input_tokens",
		"gen_ai.usage.details.cache_read_tokens", "gen_ai.usage.details.cache_read_input_tokens", "gen_ai.usage.details.cached_tokens",
	},
	cacheWriteTokens: {
		"gen_ai.usage.cache_write.input_tokens", "gen_ai.usage.cache_creation.input_tokens",
		"gen_ai.usage.cache_creation_input_tokens", "gen_ai.usage.cache_write_input_tokens",
		"gen_ai.usage.details.cache_write_tokens", "gen_ai.usage.details.cache_creation_input_tokens", "gen_ai.usage.details.cache_creation_tokens",
	},
	reasoningTokens: {
		"gen_ai.usage.reasoning.output_tokens", "gen_ai.usage.reasoning_tokens", "llm.usage.reasoning_tokens",
		"gen_ai.usage.details.reasoning_tokens", "gen_ai.usage.details.thoughts_tokens",
	},
	sameTokens: {"gen_ai.usage.details.input_tokens", "gen_ai.usage.details.output_tokens"},
}

// spelling is which count a key spells, and its place among the spellings.
type spelling struct{ count, rank int }

var spellings = indexSpellings()

func indexSpellings() map[attribute.Key]spelling {
	out := make(map[attribute.Key]spelling)
	for count, keys := range usageKeys {
		for rank, key := range keys {
			out[key] = spelling{count, rank}
		}
	}
	return out
}

// usage reads the tokens of a call. It goes through what there is once: most
// spellings are not.
func (g genAI) usage() {
	var found [countsOfCall]struct {
		llm.Count
		rank int
	}
	more := false
	for i := range g.Attributes {
		key := g.Attributes[i].Key
		if !strings.HasPrefix(string(key), usagePrefix) && !strings.HasPrefix(string(key), "llm.usage.") {
			continue
		}
		of, known := spellings[key]
		if first, _ := g.find(key); !known || first != i {
			more = true
			continue
		}
		n := toCount(g.Attributes[i].Value)
		if !n.Known && of.count != sameTokens {
			more = true
			continue
		}
		g.used[i] = true
		if f := &found[of.count]; !f.Known || of.rank < f.rank {
			f.Count, f.rank = n, of.rank
		}
	}
	u := &g.Response.Usage
	u.Input, u.Output, u.Total = found[inputTokens].Count, found[outputTokens].Count, found[totalTokens].Count
	u.CachedInput, u.CacheWrite, u.Reasoning = found[cachedTokens].Count, found[cacheWriteTokens].Count, found[reasoningTokens].Count
	if g.Role == Agent {
		g.aggregatedUsage()
	}
	if more {
		g.rawUsage()
		g.usageDetails()
	}
}

// aggregatedUsage is the sum over the calls of an agent's run, which Pydantic AI
// gives a name of its own so that nobody adds it to those of the calls.
func (g genAI) aggregatedUsage() {
	u := &g.Response.Usage
	u.Input = u.Input.Or(g.count("gen_ai.aggregated_usage.input_tokens"))
	u.Output = u.Output.Or(g.count("gen_ai.aggregated_usage.output_tokens"))
	u.CachedInput = u.CachedInput.Or(g.count("gen_ai.aggregated_usage.cache_read.input_tokens"))
	u.CacheWrite = u.CacheWrite.Or(g.count("gen_ai.aggregated_usage.cache_creation.input_tokens", "gen_ai.aggregated_usage.cache_write.input_tokens"))
	u.Reasoning = u.Reasoning.Or(g.count("gen_ai.aggregated_usage.details.reasoning_tokens"))
	g.takeAll("gen_ai.aggregated_usage.")
}

// rawUsage fills in from the provider's own usage, which Logfire gives beside.
func (g genAI) rawUsage() {
	const key = "gen_ai.usage.raw"
	v, ok := g.look(key)
	if !ok {
		return
	}
	raw, whole := toJSON(v)
	if !whole || !raw.IsObject() {
		return
	}
	g.drop(key)
	u := &g.Response.Usage
	for name, value := range raw.Members() {
		switch name {
		case "total_tokens":
			u.Total = u.Total.Or(shape.Count(value))
		case "cache_read_input_tokens":
			u.CachedInput = u.CachedInput.Or(shape.Count(value))
		case "cache_creation_input_tokens":
			u.CacheWrite = u.CacheWrite.Or(shape.Count(value))
		case "prompt_tokens_details", "input_tokens_details":
			u.CachedInput = u.CachedInput.Or(shape.Count(value.Member("cached_tokens")))
		case "completion_tokens_details", "output_tokens_details":
			u.Reasoning = u.Reasoning.Or(shape.Count(value.Member("reasoning_tokens")))
		}
	}
}

// usageDetails are the counts beyond those that the wire names.
func (g genAI) usageDetails() {
	for i := range g.Attributes {
		name, ok := strings.CutPrefix(string(g.Attributes[i].Key), usagePrefix)
		if !ok || g.used[i] || name == "" || !isNumber(g.Attributes[i].Value) {
			continue
		}
		value, _ := toJSON(g.Attributes[i].Value)
		g.used[i] = true
		g.Response.Usage.Details = append(g.Response.Usage.Details, contracts.Member{Name: name, Value: value})
	}
}

func isNumber(v attribute.Value) bool {
	return v.Type() == attribute.INT64 || v.Type() == attribute.FLOAT64
}
