// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convention

import (
	"strings"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/attr"
	"github.com/spect-tools/spect-go/convert/internal/shape"
	"github.com/spect-tools/spect-go/convert/llm"
)

// The spans that Anthropic's own SDKs make. They follow OpenTelemetry's
// convention, which tells what they are; under anthropic. is what that has no
// key for. By default they have no content.
//
// https://github.com/anthropics/anthropic-sdk-go/blob/main/internal/telemetry/attributes.go
var anthropicDecoder = decoder{
	name:     "anthropic",
	prefixes: []string{"anthropic."},
	content:  []string{"anthropic.tool_result.content", "anthropic.tool_use.input"},
	read:     readAnthropic,
}

func readAnthropic(s *Source, f *Facts) {
	if reason := s.text("anthropic.message.stop_reason"); reason != "" {
		f.Response.FinishReasons = []string{reason}
	}
	if v, ok := s.get("anthropic.content.truncated"); ok && isTrue(v) {
		f.note("messages", "the instrumentation left out what was over its limit")
	}
	if v, ok := s.look("anthropic.tool_result.content"); ok {
		j, _ := toJSON(v)
		f.Tool.Result = blocksResult(shape.Sound(j))
		s.drop("anthropic.tool_result.content")
	}
	for i := range s.Attributes {
		key, v := string(s.Attributes[i].Key), s.Attributes[i].Value
		switch {
		case strings.HasPrefix(key, "anthropic.thinking.") || key == "anthropic.request.service_tier" || key == "anthropic.beta":
			name := key[len("anthropic."):]
			b, _ := attr.Append(nil, v)
			f.Request.Settings = append(f.Request.Settings, contracts.Member{Name: name, Value: contracts.JSON(b)})
		case key == "anthropic.response.service_tier":
			f.Response.Metadata = append(f.Response.Metadata, contracts.Member{Name: "service_tier", Value: contracts.QuoteJSON(attr.Text(v))})
		case strings.HasPrefix(key, "anthropic.usage."):
			if n := toCount(v); n != llm.Tokens(0) {
				b, _ := attr.Append(nil, v)
				f.Response.Usage.Details = append(f.Response.Usage.Details, contracts.Member{Name: key[len("anthropic.usage."):], Value: contracts.JSON(b)})
			}
		default:
			continue
		}
		s.used[i] = true
	}
}

// blocksResult is what a tool answered in blocks: one text is a text.
func blocksResult(blocks contracts.JSON) contracts.JSON {
	n, text := 0, contracts.JSON("")
	for block := range blocks.Elements() {
		n++
		if kind, _ := block.Member("type").Text(); kind == "text" {
			text = block.Member("text")
		}
	}
	if n == 1 && shape.IsText(text) {
		return text
	}
	return blocks
}
