// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package bedrock_test

import (
	"fmt"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/bedrock"
	"github.com/spect-tools/spect-go/convert/llm"
)

func ExampleMessages() {
	messages := bedrock.Messages(`[
		{"role":"user","content":[{"text":"How warm is it in Paris?"}]},
		{"role":"assistant","content":[{"toolUse":{"toolUseId":"tooluse_1","name":"weather","input":{"city":"Paris"}}}]},
		{"role":"user","content":[{"toolResult":{"toolUseId":"tooluse_1","content":[{"json":{"celsius":21}}]}}]}]`)
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
	//   {"type":"tool-call","toolCallId":"tooluse_1","toolName":"weather","input":{"city":"Paris"}}
	// tool
	//   {"type":"tool-result","toolCallId":"tooluse_1","toolName":"weather","output":{"type":"json","value":{"celsius":21}}}
}

func ExampleResponse() {
	res := bedrock.Response(`{"output":{"message":{"role":"assistant","content":[{"text":"4"}]}},"stopReason":"end_turn",
		"usage":{"inputTokens":3,"cacheReadInputTokens":100,"outputTokens":20,"totalTokens":123}}`)
	fmt.Println(res.Messages[0].Content.Text())
	fmt.Println(res.FinishReasons[0], "is", llm.FinishReason(res.FinishReasons[0]))
	fmt.Printf("%s\n", res.Usage.AppendJSON(nil))
	// Output:
	// 4
	// end_turn is stop
	// {"inputTokens":103,"outputTokens":20,"totalTokens":123,"cachedInputTokens":100}
}

func ExampleStream() {
	var s bedrock.Stream
	for _, event := range []contracts.JSON{
		`{"messageStart":{"role":"assistant"}}`,
		`{"contentBlockDelta":{"contentBlockIndex":0,"delta":{"text":"Hel"}}}`,
		`{"contentBlockDelta":{"contentBlockIndex":0,"delta":{"text":"lo!"}}}`,
		`{"messageStop":{"stopReason":"end_turn"}}`,
		`{"metadata":{"usage":{"inputTokens":9,"outputTokens":4,"totalTokens":13}}}`,
	} {
		s.Add(event)
	}
	res := s.Response()
	fmt.Println(res.Messages[0].Content.Text(), res.FinishReasons, res.Usage.Output.N)
	// Output: Hello! [end_turn] 4
}
