// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package discard

import (
	"bytes"

	"google.golang.org/protobuf/encoding/protowire"
)

// otlpSpans are the field numbers on the way from an ExportTraceServiceRequest
// to its spans: resource_spans, scope_spans, spans.
var otlpSpans = []protowire.Number{1, 2, 2}

// countOTLP counts the spans in an ExportTraceServiceRequest.
func countOTLP(message []byte) (int, error) { return countFields(message, otlpSpans) }

// countFields counts the fields that the path leads to, without decoding more.
func countFields(message []byte, path []protowire.Number) (count int, err error) {
	for len(message) > 0 {
		number, kind, n := protowire.ConsumeTag(message)
		if n < 0 {
			return count, protowire.ParseError(n)
		}
		message = message[n:]
		if n = protowire.ConsumeFieldValue(number, kind, message); n < 0 {
			return count, protowire.ParseError(n)
		}
		if number == path[0] && kind == protowire.BytesType {
			inner, _ := protowire.ConsumeBytes(message)
			below := 1
			if len(path) > 1 {
				if below, err = countFields(inner, path[1:]); err != nil {
					return count, err
				}
			}
			count += below
		}
		message = message[n:]
	}
	return count, nil
}

// recordHead begins each span of a payload. Within a JSON string its quotes
// would be escaped, so no text can hold it.
var recordHead = []byte(`{"version":1,"id":"`)

// countSpect counts the spans that a payload was made of: its entries and the
// root.
func countSpect(payload []byte) int {
	return 1 + bytes.Count(payload, recordHead)
}
