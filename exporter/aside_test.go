// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/spect-tools/spect-go/contracts"
)

// What is held beside a span that is on its way in counts as held, whatever the
// span says of it.
func TestIntakeCountsWhatIsAside(t *testing.T) {
	size := func(attrs ...attribute.KeyValue) int {
		e := event{kind: spanEnded, span: tracetest.SpanStub{Attributes: attrs}.Snapshot()}
		return e.bytes()
	}
	none := size(contracts.ContentAsideKey.Int(0))
	for said, want := range map[int64]int{5000: 5000, -1: 0, 1 << 60: maxAside} {
		if got := size(contracts.ContentAsideKey.Int64(said)) - none; got != want {
			t.Errorf("%d bytes aside count as %d, want %d", said, got, want)
		}
	}
}
