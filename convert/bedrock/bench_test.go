// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package bedrock_test

import (
	"testing"

	"github.com/spect-tools/spect-go/convert/bedrock"
	st "github.com/spect-tools/spect-go/convert/internal/shapetest"
)

func BenchmarkRequest(b *testing.B) {
	body := st.Recording(b, "thinking_tool_result.request.json")
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		bedrock.Request(body)
	}
}

func BenchmarkResponse(b *testing.B) {
	body := st.Recording(b, "thinking_tool_use.response.json")
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		bedrock.Response(body)
	}
}

func BenchmarkStream(b *testing.B) {
	events := st.Events(b, "text.stream.jsonl")
	b.SetBytes(int64(len(st.Recording(b, "text.stream.jsonl"))))
	b.ReportAllocs()
	for b.Loop() {
		st.Fold(new(bedrock.Stream), events...)
	}
}
