// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package bedrock_test

import (
	"encoding/base64"
	"testing"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/bedrock"
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
			"reasoning, text, calls",
			[]contracts.JSON{
				`{"messageStart":{"role":"assistant"}}`,
				`{"contentBlockDelta":{"contentBlockIndex":0,"delta":{"reasoningContent":{"text":"Let me"}}}}`,
				`{"contentBlockDelta":{"contentBlockIndex":0,"delta":{"reasoningContent":{"text":" think."}}}}`,
				`{"contentBlockDelta":{"contentBlockIndex":0,"delta":{"reasoningContent":{"signature":"s"}}}}`,
				`{"contentBlockStop":{"contentBlockIndex":0}}`,
				`{"contentBlockDelta":{"contentBlockIndex":1,"delta":{"text":"It"}}}`,
				`{"contentBlockDelta":{"contentBlockIndex":1,"delta":{"text":" is"}}}`,
				`{"contentBlockStart":{"contentBlockIndex":2,"start":{"toolUse":{"toolUseId":"a","name":"f"}}}}`,
				`{"contentBlockDelta":{"contentBlockIndex":2,"delta":{"toolUse":{"input":""}}}}`,
				`{"contentBlockDelta":{"contentBlockIndex":2,"delta":{"toolUse":{"input":"{\"city\": "}}}}`,
				`{"contentBlockStart":{"contentBlockIndex":3,"start":{"toolUse":{"toolUseId":"b","name":"g"}}}}`,
				`{"contentBlockDelta":{"contentBlockIndex":2,"delta":{"toolUse":{"input":"\"Paris\"}"}}}}`,
				`{"messageStop":{"stopReason":"tool_use","additionalModelResponseFields":{"a":1}}}`,
				`{"metadata":{"usage":{"inputTokens":1,"outputTokens":2,"totalTokens":3},"metrics":{"latencyMs":4},"trace":{"guardrail":{"a":1}}}}`,
			},
			`{"output":{"message":{"role":"assistant","content":[
				{"reasoningContent":{"reasoningText":{"text":"Let me think.","signature":"s"}}},{"text":"It is"},
				{"toolUse":{"toolUseId":"a","name":"f","input":{"city":"Paris"}}},{"toolUse":{"toolUseId":"b","name":"g","input":{}}}]}},
				"stopReason":"tool_use","additionalModelResponseFields":{"a":1},"usage":{"inputTokens":1,"outputTokens":2,"totalTokens":3},
				"metrics":{"latencyMs":4},"trace":{"guardrail":{"a":1}}}`,
		},
		{
			"with its type outside",
			[]contracts.JSON{
				`{"p":"ab","role":"assistant"}`,
				`{"contentBlockIndex":0,"start":{"toolUse":{"toolUseId":"a","name":"f","type":"server_tool_use"}},"p":"ab"}`,
				`{"contentBlockIndex":0,"delta":{"toolUse":{"input":"{}"}},"p":"ab"}`,
				`{"type":"contentBlockStart","contentBlockIndex":1,"start":{"toolResult":{"toolUseId":"a","type":"x","status":"success"}}}`,
				`{"contentBlockIndex":1,"delta":{"toolResult":[{"text":"On"},{"text":"ce"}]}}`,
				`{"contentBlockIndex":1,"delta":{"toolResult":[{"json":{"a":1}}]}}`,
				`{"contentBlockIndex":1,"delta":{"toolResult":[{"text":"more"}]}}`,
				`{"contentBlockIndex":1,"p":"ab"}`,
				`{"stopReason":"end_turn","p":"ab"}`,
				`{"usage":{"inputTokens":1},"metrics":{"latencyMs":4},"p":"ab"}`,
			},
			`{"output":{"message":{"content":[{"toolUse":{"toolUseId":"a","name":"f","type":"server_tool_use","input":{}}},
				{"toolResult":{"toolUseId":"a","type":"x","status":"success","content":[{"text":"Once"},{"json":{"a":1}},{"text":"more"}]}}]}},
				"stopReason":"end_turn","usage":{"inputTokens":1},"metrics":{"latencyMs":4}}`,
		},
		{
			"citations, redacted reasoning, images",
			[]contracts.JSON{
				`{"contentBlockDelta":{"contentBlockIndex":0,"delta":{"reasoningContent":{"redactedContent":"AAE="}}}}`,
				`{"contentBlockDelta":{"contentBlockIndex":0,"delta":{"reasoningContent":{"redactedContent":"Ag=="}}}}`,
				`{"contentBlockDelta":{"contentBlockIndex":1,"delta":{"text":"21"}}}`,
				`{"contentBlockDelta":{"contentBlockIndex":1,"delta":{"citation":{"title":"T"}}}}`,
				`{"contentBlockStart":{"contentBlockIndex":2,"start":{"image":{"format":"png"}}}}`,
				`{"contentBlockDelta":{"contentBlockIndex":2,"delta":{"image":{"source":{"bytes":"iVBORw0KGgo="}}}}}`,
			},
			`{"output":{"message":{"content":[{"reasoningContent":{"redactedContent":"AAEC"}},
				{"citationsContent":{"content":[{"text":"21"}],"citations":[{"title":"T"}]}},{"image":{"format":"png","source":{"bytes":"iVBORw0KGgo="}}}]}}}`,
		},
		{
			"an error in the midst of it",
			[]contracts.JSON{
				`{"contentBlockDelta":{"contentBlockIndex":0,"delta":{"text":"Once"}}}`,
				`{"contentBlockStart":{"contentBlockIndex":1,"start":{"toolUse":{"toolUseId":"a","name":"f"}}}}`,
				`{"contentBlockDelta":{"contentBlockIndex":1,"delta":{"toolUse":{"input":"{\"ci"}}}}`,
				`{"modelStreamErrorException":{"message":"broke","originalStatusCode":500}}`,
			},
			`{"output":{"message":{"content":[{"text":"Once"},{"toolUse":{"toolUseId":"a","name":"f","input":"{\"ci"}}]}},
				"modelStreamErrorException":{"message":"broke","originalStatusCode":500}}`,
		},
		{"no events", []contracts.JSON{`7`, `{"contentBlockDelta":`, `{"chunk":{"bytes":"!"}}`, `{"chunk":{"bytes":"eyI="}}`}, `{}`},
		{
			"of an Anthropic model",
			[]contracts.JSON{
				chunk(`{"type":"message_start","message":{"id":"msg_1","model":"claude-x","usage":{"input_tokens":1}}}`),
				chunk(`{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}`),
				chunk(`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}}`),
				`{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":2}}`,
			},
			`{"id":"msg_1","type":"message","model":"claude-x","content":[{"type":"text","text":"Hi"}],"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":2}}`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := st.Fold(new(bedrock.Stream), c.events...)
			st.CheckResponse(t, r)
			st.Same(t, "response", st.Response(r), st.Response(bedrock.Response(c.want)), "")
		})
	}
}

// chunk is an event of InvokeModelWithResponseStream.
func chunk(event string) contracts.JSON {
	return contracts.JSON(`{"chunk":{"bytes":"` + base64.StdEncoding.EncodeToString([]byte(event)) + `"}}`)
}
