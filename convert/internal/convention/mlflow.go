// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convention

import (
	"go.opentelemetry.io/otel/attribute"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/attr"
	"github.com/spect-tools/spect-go/convert/internal/shape"
)

// MLflow: what a span is in mlflow.spanType, what went in and came out, as the
// wrapped function took and gave it, in mlflow.spanInputs and mlflow.spanOutputs.
// All values are JSON, those that are texts too.
//
// https://github.com/mlflow/mlflow/blob/master/mlflow/tracing/constant.py
var mlflowDecoder = decoder{
	name:     "mlflow",
	prefixes: []string{"mlflow."},
	content:  []string{"mlflow.spanInputs", "mlflow.spanOutputs", "mlflow.chat.messages", "messages"},
	settings: []string{"mlflow.chat.tools", "tools"},
	role:     mlflowRole,
	read:     readMLflow,
}

func mlflowRole(attrs []attribute.KeyValue) Role {
	v, ok := attr.Lookup(attrs, "mlflow.spanType")
	if !ok || v.Type() != attribute.STRING {
		return None
	}
	switch v.AsString() {
	case `"LLM"`, `"CHAT_MODEL"`, "LLM", "CHAT_MODEL":
		return LLM
	case `"TOOL"`, "TOOL":
		return Tool
	case `"AGENT"`, "AGENT":
		return Agent
	case `"UNKNOWN"`, "UNKNOWN", `""`, "":
		return None
	}
	return Struct
}

func readMLflow(s *Source, f *Facts) {
	if f.Role == Struct {
		return
	}
	s.drop("mlflow.spanType", "mlflow.traceRequestId", "mlflow.message.format", "mlflow.spanLogLevel")
	input, output := s.mlflowJSON(f, "mlflow.spanInputs"), s.mlflowJSON(f, "mlflow.spanOutputs")
	switch f.Role {
	case LLM:
		f.Provider = s.mlflowText("mlflow.llm.provider")
		s.mlflowRequest(f, input)
		mlflowResponse(f, output)
		s.mlflowUsage(f)
		// The model that answered, once there is an answer.
		switch model := s.mlflowText("mlflow.llm.model"); {
		case output != "" && f.Response.Model == "":
			f.Response.Model = model
		case f.Request.Model == "":
			f.Request.Model = model
		}
		if v, ok := s.look("mlflow.chat.tools"); ok {
			if tools, _ := toJSON(v); tools.IsArray() {
				s.drop("mlflow.chat.tools")
				f.Request.Tools = shape.Sound(tools)
			}
		}
	case Tool:
		f.Tool.Name = s.mlflowText("mlflow.spanFunctionName")
		f.Tool.Arguments, f.Tool.CallID = functionInput(input)
		var callID string
		if f.Tool.Result, callID, f.Tool.Failed = functionOutput(output); callID != "" {
			f.Tool.CallID = callID
		}
	case Agent:
		f.Agent.Name = s.mlflowText("mlflow.spanFunctionName")
		f.Request.Messages, f.Agent.Input = agentInput(input)
		f.Response.Messages = agentAnswer(output)
	}
}

// mlflowJSON is the value of an attribute: absent where it is null.
func (s *Source) mlflowJSON(f *Facts, key attribute.Key) contracts.JSON {
	j, whole := s.json(key)
	if j == "" || j == "null" {
		return ""
	}
	if !whole {
		f.note(string(key), "cut, or else no JSON: kept as a text")
	}
	return shape.Sound(j)
}

// mlflowText is a text, which stands in quotes.
func (s *Source) mlflowText(key attribute.Key) string {
	v, ok := s.get(key)
	if !ok {
		return ""
	}
	if text, ok := contracts.JSON(attr.Text(v)).Text(); ok {
		return text
	}
	return attr.Text(v)
}

func (s *Source) mlflowRequest(f *Facts, input contracts.JSON) {
	if request, ok := nativeRequest(input); ok {
		f.Request = request
		f.Streamed = request.Stream
		// The members of the request stand in attributes of their own too.
		for name, value := range input.Members() {
			if v, ok := s.look(attribute.Key(name)); ok && attr.Text(v) == string(value) {
				s.drop(attribute.Key(name))
			}
		}
		return
	}
	if f.Request.Messages, _ = nativeMessages(input); len(f.Request.Messages) > 0 {
		return
	}
	if f.Request.Messages, _ = agentInput(input); len(f.Request.Messages) == 0 && input != "" {
		f.Request.Messages = append(f.Request.Messages, contracts.UserText(string(input)))
	}
}

func mlflowResponse(f *Facts, output contracts.JSON) {
	response, ok := nativeResponse(output)
	if !ok {
		response.Messages = agentAnswer(output)
	}
	f.Response = response
}

// mlflowUsage takes over the counts, which MLflow takes from the answer.
func (s *Source) mlflowUsage(f *Facts) {
	v, ok := s.look("mlflow.chat.tokenUsage")
	if !ok {
		return
	}
	usage, whole := toJSON(v)
	if !whole || !usage.IsObject() {
		return
	}
	s.drop("mlflow.chat.tokenUsage")
	u := &f.Response.Usage
	for name, value := range usage.Members() {
		n := shape.Count(value)
		switch name {
		case "input_tokens":
			u.Input = u.Input.Or(n)
		case "output_tokens":
			u.Output = u.Output.Or(n)
		case "total_tokens":
			u.Total = u.Total.Or(n)
		case "cache_read_input_tokens":
			u.CachedInput = u.CachedInput.Or(n)
		case "cache_creation_input_tokens":
			u.CacheWrite = u.CacheWrite.Or(n)
		default:
			if n.N > 0 {
				u.Details = append(u.Details, contracts.Member{Name: name, Value: value})
			}
		}
	}
}
