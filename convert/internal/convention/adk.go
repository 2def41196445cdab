// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convention

import (
	"go.opentelemetry.io/otel/attribute"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/gemini"
	"github.com/spect-tools/spect-go/convert/internal/attr"
)

// Google's ADK, beside what it says as OpenTelemetry's conventions want it: until
// 1.19 the request and the answer of a call in Gemini's shape (of a stream just
// the last piece), and to this day what a tool was called with and answered.
var adkDecoder = decoder{
	name:     "adk",
	prefixes: []string{"gcp.vertex.agent."},
	content: []string{
		adkRequestKey, "gcp.vertex.agent.llm_response", adkArgumentsKey, "gcp.vertex.agent.tool_response", "gcp.vertex.agent.data",
	},
	role: adkRole,
	read: readADK,
}

const (
	adkRequestKey   = "gcp.vertex.agent.llm_request"
	adkArgumentsKey = "gcp.vertex.agent.tool_call_args"
)

// adkRole tells what the spans are that do not say it themselves. A tool's span
// has an empty request.
func adkRole(attrs []attribute.KeyValue) (role Role) {
	for i := range attrs {
		switch attrs[i].Key {
		case operationKey:
			return None
		case adkArgumentsKey:
			return Tool
		case adkRequestKey:
			role = LLM
		}
	}
	return role
}

func readADK(s *Source, f *Facts) {
	switch f.Role {
	case LLM:
		if j, ok := adkObject(s, adkRequestKey); ok {
			f.Request = gemini.Request(j)
		}
		if j, ok := adkObject(s, "gcp.vertex.agent.llm_response"); ok {
			f.Response = gemini.Response(j)
		}
	case Tool:
		f.Tool.Arguments, _ = adkObject(s, adkArgumentsKey)
		f.Tool.Result, _ = adkObject(s, "gcp.vertex.agent.tool_response")
		s.drop(adkRequestKey, "gcp.vertex.agent.llm_response") // empty
	}
}

// adkObject is an attribute that holds JSON, unless it says that there is none.
func adkObject(s *Source, key attribute.Key) (j contracts.JSON, ok bool) {
	v, ok := s.look(key)
	if !ok {
		return "", false
	}
	switch attr.Text(v) {
	case notSpecified, "<not serializable>", "N/A", `{"result": "` + notSpecified + `"}`:
		s.drop(key)
		return "", false
	}
	j, whole := toJSON(v)
	if !whole {
		return "", false // left over
	}
	s.drop(key)
	return j, true
}
