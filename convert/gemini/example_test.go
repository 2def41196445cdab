// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package gemini_test

import (
	"fmt"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/gemini"
	"github.com/spect-tools/spect-go/convert/llm"
)

func ExampleContents() {
	messages := gemini.Contents(`[
		{"role":"user","parts":[{"text":"How warm is it in Paris?"}]},
		{"role":"model","parts":[{"functionCall":{"id":"c1","name":"weather","args":{"city":"Paris"}}}]},
		{"role":"user","parts":[{"functionResponse":{"id":"c1","name":"weather","response":{"celsius":21}}}]}]`)
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
	//   {"type":"tool-call","toolCallId":"c1","toolName":"weather","input":{"city":"Paris"}}
	// tool
	//   {"type":"tool-result","toolCallId":"c1","toolName":"weather","output":{"type":"json","value":{"celsius":21}}}
}

func ExampleResponse() {
	res := gemini.Response(`{"responseId":"r1","modelVersion":"gemini-2.5-pro",
		"candidates":[{"content":{"role":"model","parts":[{"text":"Easy.","thought":true},{"text":"4"}]},"finishReason":"STOP"}],
		"usageMetadata":{"promptTokenCount":9,"candidatesTokenCount":1,"thoughtsTokenCount":20,"totalTokenCount":30}}`)
	fmt.Println(res.Messages[0].Content.Text())
	fmt.Println(res.FinishReasons[0], "is", llm.FinishReason(res.FinishReasons[0]))
	fmt.Printf("%s\n", res.Usage.AppendJSON(nil))
	// Output:
	// 4
	// STOP is stop
	// {"inputTokens":9,"outputTokens":21,"totalTokens":30,"reasoningTokens":20}
}

func ExampleStream() {
	var s gemini.Stream
	for _, chunk := range []contracts.JSON{
		`{"candidates":[{"content":{"role":"model","parts":[{"text":"Hel"}]}}],"responseId":"r1"}`,
		`{"candidates":[{"content":{"role":"model","parts":[{"text":"lo!"}]},"finishReason":"STOP"}],"usageMetadata":{"candidatesTokenCount":2}}`,
	} {
		s.Add(chunk)
	}
	res := s.Response()
	fmt.Println(res.Messages[0].Content.Text(), res.FinishReasons, res.Usage.Output.N)
	// Output: Hello! [STOP] 2
}
