// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package anthropic_test

import (
	"fmt"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/anthropic"
	"github.com/spect-tools/spect-go/convert/llm"
)

func ExampleMessages() {
	messages := anthropic.Messages(`[
		{"role":"user","content":"How warm is it in Paris?"},
		{"role":"assistant","content":[{"type":"tool_use","id":"toolu_1","name":"weather","input":{"city":"Paris"}}]},
		{"role":"user","content":[
			{"type":"tool_result","tool_use_id":"toolu_1","content":"21 °C"},
			{"type":"text","text":"And in Oslo?"}]}]`)
	for _, m := range messages {
		fmt.Println(m.Role)
		for _, part := range m.Content.Parts() {
			fmt.Printf("  %s\n", part.AppendJSON(nil))
		}
	}
	// Output:
	// user
	//   {"type":"text","text":"How warm is it in Paris?"}
	// assistant
	//   {"type":"tool-call","toolCallId":"toolu_1","toolName":"weather","input":{"city":"Paris"}}
	// tool
	//   {"type":"tool-result","toolCallId":"toolu_1","toolName":"weather","output":{"type":"text","value":"21 °C"}}
	// user
	//   {"type":"text","text":"And in Oslo?"}
}

func ExampleResponse() {
	res := anthropic.Response(`{"id":"msg_1","model":"claude-sonnet-4-5","stop_reason":"end_turn",
		"content":[{"type":"thinking","thinking":"Easy.","signature":"EqQB"},{"type":"text","text":"4"}],
		"usage":{"input_tokens":3,"cache_read_input_tokens":100,"output_tokens":20}}`)
	fmt.Println(res.Messages[0].Content.Text())
	fmt.Println(res.FinishReasons[0], "is", llm.FinishReason(res.FinishReasons[0]))
	fmt.Printf("%s\n", res.Usage.AppendJSON(nil))
	// Output:
	// 4
	// end_turn is stop
	// {"inputTokens":103,"outputTokens":20,"totalTokens":123,"cachedInputTokens":100}
}

func ExampleStream() {
	var s anthropic.Stream
	for _, event := range []contracts.JSON{
		`{"type":"message_start","message":{"id":"msg_1","model":"claude-sonnet-4-5","usage":{"input_tokens":9,"output_tokens":1}}}`,
		`{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}`,
		`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hel"}}`,
		`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"lo!"}}`,
		`{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":4}}`,
	} {
		s.Add(event)
	}
	res := s.Response()
	fmt.Println(res.Messages[0].Content.Text(), res.FinishReasons, res.Usage.Output.N)
	// Output: Hello! [end_turn] 4
}
