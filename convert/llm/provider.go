// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package llm

import "strings"

// providers are the names that others give, and the one that OpenTelemetry's
// conventions give the same provider.
var providers = map[string]string{
	"az.ai.openai": "azure.ai.openai", "az.ai.inference": "azure.ai.inference", "azure": "azure.ai.openai",
	"xai":       "x_ai",
	"vertex_ai": "gcp.vertex_ai", "vertexai": "gcp.vertex_ai", "google_vertexai": "gcp.vertex_ai",
	"gemini": "gcp.gemini", "google": "gcp.gen_ai", "google_genai": "gcp.gen_ai",
	"bedrock": "aws.bedrock", "amazon_bedrock": "aws.bedrock", "aws": "aws.bedrock",
	"mistralai": "mistral_ai", "mistral": "mistral_ai",
}

// frameworks call models of any provider; their names say nothing of whose.
var frameworks = map[string]bool{
	"strands-agents": true, "langchain": true, "langgraph": true, "gcp.vertex.agent": true, "": true, "unknown": true,
}

// Provider is the name of a provider as OpenTelemetry's conventions have it. A
// name that belongs to a framework says nothing, and neither does an empty one:
// then the model's own name tells, where it does; else it is empty.
func Provider(name, model string) string {
	switch name {
	case "openai", "anthropic", "aws.bedrock", "azure.ai.openai", "gcp.gemini", "gcp.gen_ai", "gcp.vertex_ai":
		return name // as most are
	}
	name = strings.ToLower(strings.TrimSpace(name))
	// The Vercel AI SDK adds which interface it uses: openai.chat.
	for _, suffix := range [...]string{".chat", ".responses", ".messages", ".completion", ".embedding", ".generative-ai", ".text"} {
		name = strings.TrimSuffix(name, suffix)
	}
	if frameworks[name] {
		return providerOf(strings.ToLower(model))
	}
	if known, ok := providers[name]; ok {
		return known
	}
	return name
}

// providerOf infers the provider from the name of a model.
func providerOf(model string) string {
	for _, m := range [...]struct{ prefix, provider string }{
		{"gpt-", "openai"},
		{"o1", "openai"},
		{"o3", "openai"},
		{"o4", "openai"},
		{"chatgpt-", "openai"},
		{"text-davinci", "openai"},
		{"claude-", "anthropic"},
		{"gemini-", "gcp.gen_ai"},
		{"models/gemini-", "gcp.gen_ai"},
		{"anthropic.", "aws.bedrock"},
		{"us.anthropic.", "aws.bedrock"},
		{"eu.anthropic.", "aws.bedrock"},
		{"amazon.", "aws.bedrock"},
		{"us.amazon.", "aws.bedrock"},
		{"meta.llama", "aws.bedrock"},
		{"mistral-", "mistral_ai"},
		{"grok-", "x_ai"},
		{"deepseek-", "deepseek"},
		{"command-", "cohere"},
	} {
		if strings.HasPrefix(model, m.prefix) {
			return m.provider
		}
	}
	return ""
}
