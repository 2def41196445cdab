// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"go.opentelemetry.io/otel/attribute"

	"github.com/spect-tools/spect-go/contracts"
)

// isOurs reports whether a span with these attributes is Spect's own.
func isOurs(attrs []attribute.KeyValue) bool {
	_, ok := find(attrs, contracts.KindKey)
	return ok
}
