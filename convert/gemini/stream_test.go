// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package gemini_test

import (
	"testing"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/gemini"
	st "github.com/spect-tools/spect-go/convert/internal/shapetest"
)

func TestStream(t *testing.T) {
	for _, c := range []struct {
		name   string
		events []contracts.JSON
		want   contracts.JSON // an answer in one piece that says the same
	}{
		{"nothing", nil, `{}`},
		{
			"thoughts, text, a call",
			[]contracts.JSON{
				`{"candidates":[{"content":{"role":"model","parts":[{"text":"Let me","thought":true}]}}],"modelVersion":"gemini-x","responseId":"r"}`,
				`{"candidates":[{"content":{"role":"model","parts":[{"text":" think.","thought":true}]}}],"usageMetadata":{"promptTokenCount":5}}`,
				`{"candidates":[{"content":{"role":"model","parts":[{"text":"It is"}]}}]}`,
				`{"candidates":[{"content":{"role":"model","parts":[{"text":" 4."},{"functionCall":{"name":"f","args":{"a":1}},"thoughtSignature":"s"}]}}]}`,
				`{"candidates":[{"content":{"role":"model","parts":[{"text":"And"}]}}]}`,
				`{"candidates":[{"content":{"role":"model","parts":[{"text":""}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":6,"candidatesTokenCount":7}}`,
			},
			`{"candidates":[{"content":{"role":"model","parts":[{"text":"Let me think.","thought":true},{"text":"It is 4."},
				{"functionCall":{"name":"f","args":{"a":1}},"thoughtSignature":"s"},{"text":"And"}]},"finishReason":"STOP"}],
				"modelVersion":"gemini-x","responseId":"r","usageMetadata":{"promptTokenCount":6,"candidatesTokenCount":7}}`,
		},
		{
			"a signature ends a text",
			[]contracts.JSON{
				`{"candidates":[{"content":{"parts":[{"text":"a"}]}}]}`,
				`{"candidates":[{"content":{"parts":[{"text":"","thoughtSignature":"s"}]}}]}`,
				`{"candidates":[{"content":{"parts":[{"text":"b"}]}}]}`,
				`{"candidates":[{"content":{"parts":[{"text":"c"},{"text":"d"}]}}]}`,
			},
			`{"candidates":[{"content":{"parts":[{"text":"a","thoughtSignature":"s"},{"text":"bc"},{"text":"d"}]}}]}`,
		},
		{
			"candidates side by side",
			[]contracts.JSON{
				`{"candidates":[{"index":1,"content":{"parts":[{"text":"x"}]}},{"index":0,"content":{"parts":[{"text":"a"}]}}]}`,
				`{"candidates":[{"index":1,"content":{"parts":[{"text":"y"}]},"finishReason":"STOP"}]}`,
				`{"candidates":[{"content":{"parts":[{"text":"b"}]},"finishReason":"MAX_TOKENS"}]}`,
			},
			`{"candidates":[{"content":{"parts":[{"text":"ab"}]},"finishReason":"MAX_TOKENS"},{"content":{"parts":[{"text":"xy"}]},"finishReason":"STOP"}]}`,
		},
		{
			"what chunks tell of their text",
			[]contracts.JSON{
				`{"candidates":[{"content":{"parts":[{"text":"a"}]},"citationMetadata":{"citationSources":[{"uri":"1"}]},"safetyRatings":[1],
					"logprobsResult":{"chosenCandidates":[1],"topCandidates":[2]}}]}`,
				`{"candidates":[{"content":{"parts":[{"text":"b"}]},"citationMetadata":{"citationSources":[{"uri":"2"}]},"safetyRatings":[2],
					"logprobsResult":{"chosenCandidates":[3],"topCandidates":[4]},"groundingMetadata":{"webSearchQueries":["q"]}}]}`,
			},
			`{"candidates":[{"content":{"parts":[{"text":"ab"}]},"citationMetadata":{"citations":[{"uri":"1"},{"uri":"2"}]},"safetyRatings":[2],
				"logprobsResult":{"chosenCandidates":[1,3],"topCandidates":[2,4]},"groundingMetadata":{"webSearchQueries":["q"]}}]}`,
		},
		{
			"a call that breaks off",
			[]contracts.JSON{
				`{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","willContinue":true}}]}}]}`,
				`{"candidates":[{"content":{"parts":[{"functionCall":{"partialArgs":[{"jsonPath":"$.a","stringValue":"x","willContinue":true}],"willContinue":true}}]}}]}`,
			},
			`{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":{"a":"x"},"willContinue":true}}]}}]}`,
		},
		{
			"other parts, whole",
			[]contracts.JSON{
				`{"candidates":[{"content":{"parts":[{"functionCall":{}},{"executableCode":{"id":"1","code":"1"}}]}}]}`,
				`{"candidates":[{"content":{"parts":[{"codeExecutionResult":{"id":"1","outcome":"OUTCOME_OK","output":"1"}},{"inlineData":{"mimeType":"image/png","data":"x"}}]}}]}`,
				`{"candidates":[{"content":{"parts":[{"inlineData":{"mimeType":"image/png","data":"y"}},{"later":1}]}}]}`,
			},
			`{"candidates":[{"content":{"parts":[{"executableCode":{"id":"1","code":"1"}},{"codeExecutionResult":{"id":"1","outcome":"OUTCOME_OK","output":"1"}},
				{"inlineData":{"mimeType":"image/png","data":"x"}},{"inlineData":{"mimeType":"image/png","data":"y"}},{"later":1}]}}]}`,
		},
		{
			"an error in the midst of it",
			[]contracts.JSON{
				`{"candidates":[{"content":{"parts":[{"text":"a"}]}}]}`,
				`{"error":{"code":500,"message":"internal","status":"INTERNAL"}}`,
			},
			`{"candidates":[{"content":{"parts":[{"text":"a"}]}}],"error":{"code":500,"message":"internal","status":"INTERNAL"}}`,
		},
		{
			"names of the Python SDK",
			[]contracts.JSON{
				`{"candidates":[{"content":{"parts":[{"text":"a","thought_signature":null}]}}],"usage_metadata":{"prompt_token_count":1}}`,
				`{"candidates":[{"content":{"parts":[{"text":"b","thought_signature":"s"}]},"finish_reason":"STOP"}],"usage_metadata":{"prompt_token_count":2},"response_id":"r"}`,
			},
			`{"candidates":[{"content":{"parts":[{"text":"ab","thoughtSignature":"s"}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":2},"responseId":"r"}`,
		},
		{"no chunks", []contracts.JSON{`[DONE]`, `{"candidates":[`, `7`}, `{}`},
		{
			"an interaction",
			[]contracts.JSON{
				`{"event_type":"interaction.created","interaction":{"id":"v1","status":"in_progress","object":"interaction","model":"gemini-x"}}`,
				`{"event_type":"step.start","index":0,"step":{"type":"thought"}}`,
				`{"event_type":"step.delta","index":0,"delta":{"type":"thought_summary","content":{"type":"text","text":"Let me"}}}`,
				`{"event_type":"step.delta","index":0,"delta":{"type":"thought_summary","content":{"type":"text","text":" see."}}}`,
				`{"event_type":"step.delta","index":0,"delta":{"type":"thought_signature","signature":"s"}}`,
				`{"event_type":"step.stop","index":0}`,
				`{"event_type":"step.start","index":1,"step":{"type":"model_output"}}`,
				`{"event_type":"step.delta","index":1,"delta":{"type":"text","text":"It"}}`,
				`{"event_type":"step.delta","index":1,"delta":{"type":"text","text":" is"}}`,
				`{"event_type":"step.delta","index":1,"delta":{"type":"text_annotation_delta","annotations":[{"type":"url_citation","url":"u"}]}}`,
				`{"event_type":"step.delta","index":1,"delta":{"type":"image","mime_type":"image/png","data":"x"}}`,
				`{"event_type":"step.start","index":2,"step":{"type":"function_call","id":"1","name":"f","arguments":{},"signature":""}}`,
				`{"event_type":"step.delta","index":2,"delta":{"type":"arguments_delta","arguments":"{\"a\""}}`,
				`{"event_type":"step.delta","index":2,"delta":{"type":"arguments_delta","arguments":":1}"}}`,
				`{"event_type":"step.start","index":3,"step":{"type":"google_search_call","id":"2"}}`,
				`{"event_type":"step.delta","index":3,"delta":{"type":"google_search_call","arguments":{"queries":["q"]}}}`,
				`{"event_type":"interaction.status_update","interaction_id":"v1","status":"requires_action"}`,
				`{"event_type":"interaction.completed","interaction":{"status":"requires_action","usage":{"total_input_tokens":5}}}`,
			},
			`{"object":"interaction","id":"v1","model":"gemini-x","status":"requires_action","usage":{"total_input_tokens":5},"steps":[
				{"type":"thought","summary":[{"type":"text","text":"Let me see."}],"signature":"s"},
				{"type":"model_output","content":[{"type":"text","text":"It is","annotations":[{"type":"url_citation","url":"u"}]},
					{"type":"image","mime_type":"image/png","data":"x"}]},
				{"type":"function_call","id":"1","name":"f","arguments":{"a":1}},
				{"type":"google_search_call","id":"2","arguments":{"queries":["q"]}}]}`,
		},
		{
			"an interaction that fails",
			[]contracts.JSON{
				`{"event_type":"interaction.created","interaction":{"id":"v1"}}`,
				`{"event_type":"error","error":{"code":"internal","message":"oops"}}`,
			},
			`{"object":"interaction","id":"v1","error":{"code":"internal","message":"oops"}}`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := st.Fold(new(gemini.Stream), c.events...)
			st.CheckResponse(t, r)
			st.Same(t, "response", st.Response(r), st.Response(gemini.Response(c.want)), "")
		})
	}
}
