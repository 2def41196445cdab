// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package withhold

import (
	"go.opentelemetry.io/otel/attribute"

	"github.com/spect-tools/spect-go/contracts"
)

// usageKinds are the kinds that a usage may hold beside numbers.
const usageKinds = contracts.ContentMessages | contracts.ContentMetadata

// KindsOf is [contracts.ContentOf] of an attribute with its value: a usage holds
// content where it holds more than numbers.
func KindsOf(kv attribute.KeyValue) contracts.ContentKinds {
	if kv.Key == contracts.ResponseUsageKey && !isUsage(kv.Value) {
		return usageKinds
	}
	return contracts.ContentOf(kv.Key)
}

func isUsage(v attribute.Value) bool {
	if v.Type() != attribute.STRING {
		return false
	}
	j := contracts.JSON(v.AsString())
	return j.Valid() && isNumbers(j, maxUsageDepth)
}

// Usage leaves the numbers of a usage.
func (w *Withholder) Usage(usage contracts.JSON) contracts.JSON {
	if w.Kinds&usageKinds == 0 || isNumbers(usage, maxUsageDepth) {
		return usage
	}
	if !usage.IsObject() {
		w.Holds(usageKinds)
		return "{}"
	}
	b := []byte{'{'}
	for name, value := range usage.Members() {
		if !isNumbers(value, maxUsageDepth) {
			w.Holds(usageKinds)
			continue
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(append(append(b, contracts.QuoteJSON(name)...), ':'), value...)
	}
	return contracts.JSON(append(b, '}'))
}

// maxUsageDepth bounds the nesting of a usage's numbers.
const maxUsageDepth = 4

// isNumbers reports whether a value holds nothing but numbers, in objects.
func isNumbers(j contracts.JSON, depth int) bool {
	if !j.IsObject() {
		return j == "" || IsScalar(j)
	}
	if depth == 0 {
		return false
	}
	for _, value := range j.Members() {
		if !isNumbers(value, depth-1) {
			return false
		}
	}
	return true
}

// IsScalar reports whether a value is a number, a truth value or null.
func IsScalar(j contracts.JSON) bool {
	switch j {
	case "true", "false", "null":
		return true
	}
	return IsNumber(j)
}

// IsNumber reports whether a value, which is JSON, is a number.
func IsNumber(j contracts.JSON) bool {
	return j != "" && (j[0] == '-' || j[0] >= '0' && j[0] <= '9')
}
