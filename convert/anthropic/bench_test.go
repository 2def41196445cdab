// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package anthropic_test

import (
	"testing"

	"github.com/spect-tools/spect-go/convert/anthropic"
	st "github.com/spect-tools/spect-go/convert/internal/shapetest"
)

func BenchmarkRequest(b *testing.B) {
	body := st.Recording(b, "thinking_tool_result.request.json")
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		anthropic.Request(body)
	}
}

func BenchmarkResponse(b *testing.B) {
	body := st.Recording(b, "web_search.response.json")
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		anthropic.Response(body)
	}
}

func BenchmarkStream(b *testing.B) {
	events := st.Events(b, "thinking.stream.jsonl")
	b.SetBytes(int64(len(st.Recording(b, "thinking.stream.jsonl"))))
	b.ReportAllocs()
	for b.Loop() {
		st.Fold(new(anthropic.Stream), events...)
	}
}
