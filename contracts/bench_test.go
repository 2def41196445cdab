// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package contracts_test

import (
	"testing"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/internal/payloadtest"
)

func BenchmarkAppendJSON(b *testing.B) {
	p, err := contracts.ParsePayload(string(payloadtest.Sample()))
	if err != nil {
		b.Fatal(err)
	}
	buf := p.AppendJSON(nil)
	b.SetBytes(int64(len(buf)))
	b.ReportAllocs()
	for b.Loop() {
		buf = p.AppendJSON(buf[:0])
	}
}

func BenchmarkParsePayload(b *testing.B) {
	text := string(payloadtest.Sample())
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := contracts.ParsePayload(text); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkValidate(b *testing.B) {
	p, err := contracts.ParsePayload(string(payloadtest.Sample()))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := p.Validate(); err != nil {
			b.Fatal(err)
		}
	}
}
