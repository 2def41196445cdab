// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convention

import (
	"testing"

	"go.opentelemetry.io/otel/attribute"
)

// The SDK uploads a file that an application gave in a data: URL, and records
// langfuse.media.LangfuseMedia's reference_string in its place.
func TestLangfuseMedia(t *testing.T) {
	const reference = "@@@langfuseMedia:type=image/png|id=a3-k|source=base64_data_uri@@@"
	for _, c := range []struct{ name, input, want string }{
		{
			"OpenAI's image",
			`[{"role":"user","content":[{"type":"image_url","image_url":{"url":"` + reference + `"}}]}]`,
			`[{"role":"user","content":[{"type":"file","mediaType":"image/png","data":"` + reference + `"}]}]`,
		},
		{
			"OpenAI's file, without a name",
			`[{"role":"user","content":[{"type":"file","file":{"file_data":"@@@langfuseMedia:type=application/pdf|id=b|source=base64_data_uri@@@"}}]}]`,
			`[{"role":"user","content":[{"type":"file","mediaType":"application/pdf","data":"@@@langfuseMedia:type=application/pdf|id=b|source=base64_data_uri@@@"}]}]`,
		},
		{
			"in what a tool answered",
			`{"input":[
				{"type":"function_call","call_id":"c1","name":"shot","arguments":"{}"},
				{"type":"function_call_output","call_id":"c1","output":[{"type":"input_text","text":"here"},{"type":"input_image","image_url":"` + reference + `"}]}],
			"tools":[]}`,
			`[{"role":"assistant","content":[{"type":"tool-call","toolCallId":"c1","toolName":"shot","input":{}}]},
			{"role":"tool","content":[{"type":"tool-result","toolCallId":"c1","toolName":"shot","output":{"type":"content","value":[
				{"type":"text","text":"here"},{"type":"file","mediaType":"image/png","data":"` + reference + `"}]}}]}]`,
		},
		{
			"what says its type by itself",
			`[{"role":"user","content":[{"type":"input_audio","input_audio":{"format":"mp3","data":"@@@langfuseMedia:type=audio/mp3|id=d|source=base64_data_uri@@@"}}]}]`,
			`[{"role":"user","content":[{"type":"file","mediaType":"audio/mpeg","data":"@@@langfuseMedia:type=audio/mp3|id=d|source=base64_data_uri@@@","providerOptions":{"openai":{"format":"mp3"}}}]}]`,
		},
		{
			"no type, and cut",
			`[{"role":"user","content":[{"type":"image_url","image_url":{"url":"@@@langfuseMedia:type=image/p"}},{"type":"image_url","image_url":{"url":"@@@langfuseMedia:type=|id=e@@@"}}]}]`,
			`[{"role":"user","content":[{"type":"file","mediaType":"image/*","data":"@@@langfuseMedia:type=image/p"},{"type":"file","mediaType":"image/*","data":"@@@langfuseMedia:type=|id=e@@@"}]}]`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := factsOf(t,
				attribute.String("langfuse.observation.type", "generation"),
				attribute.String("langfuse.observation.input", c.input),
				attribute.String("langfuse.observation.output", "Hello"),
			)
			sameMessages(t, "input", f.Request.Messages, c.want)
		})
	}
}
