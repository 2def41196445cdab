// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package gemini_test

import (
	"testing"

	"github.com/spect-tools/spect-go/convert/gemini"
	st "github.com/spect-tools/spect-go/convert/internal/shapetest"
)

func BenchmarkRequest(b *testing.B) {
	body := st.Recording(b, "function_response.request.json")
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		gemini.Request(body)
	}
}

func BenchmarkResponse(b *testing.B) {
	body := st.Recording(b, "google_search.response.json")
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		gemini.Response(body)
	}
}

func BenchmarkStream(b *testing.B) {
	events := st.Events(b, "partial_args.stream.jsonl")
	b.SetBytes(int64(len(st.Recording(b, "partial_args.stream.jsonl"))))
	b.ReportAllocs()
	for b.Loop() {
		st.Fold(new(gemini.Stream), events...)
	}
}
