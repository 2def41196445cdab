// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convention

import (
	"math"
	"time"

	"go.opentelemetry.io/otel/attribute"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/attr"
	"github.com/spect-tools/spect-go/convert/internal/shape"
	"github.com/spect-tools/spect-go/convert/llm"
	"github.com/spect-tools/spect-go/internal/jsonscan"
)

// toJSON reads an attribute that holds JSON, as text or as a structured value. A
// text that is no JSON, because it was cut or never was any, becomes a JSON
// string, and whole is false.
func toJSON(v attribute.Value) (j contracts.JSON, whole bool) {
	if v.Type() == attribute.STRING {
		if j, whole = shape.Parse(v.AsString()); whole {
			return j, true
		}
		return contracts.QuoteJSON(v.AsString()), false
	}
	b, _ := attr.Append(nil, v)
	return contracts.JSON(b), v.Type() != attribute.EMPTY
}

// toCount reads a number of tokens, which may come as an integer, as a float or
// as text. One below 0 is none.
func toCount(v attribute.Value) llm.Count {
	switch v.Type() {
	case attribute.INT64:
		if n := v.AsInt64(); n >= 0 {
			return llm.Tokens(n)
		}
	case attribute.FLOAT64:
		if f := v.AsFloat64(); f >= 0 && f <= 1<<53 {
			return llm.Tokens(int64(f))
		}
	case attribute.STRING:
		if n, ok := jsonscan.Int64(v.AsString()); ok && n >= 0 {
			return llm.Tokens(n)
		}
	}
	return llm.Count{}
}

// toDuration reads a duration given as a number of units.
func toDuration(v attribute.Value, unit time.Duration) (d time.Duration, ok bool) {
	var n float64
	switch v.Type() {
	case attribute.INT64:
		n = float64(v.AsInt64())
	case attribute.FLOAT64:
		n = v.AsFloat64()
	}
	if n *= float64(unit); n > 0 && n < math.MaxInt64 {
		return time.Duration(n), true
	}
	return 0, false
}

// toTexts reads a list of texts: a slice, the JSON of one, or one text.
func toTexts(v attribute.Value) (out []string) {
	switch v.Type() {
	case attribute.STRINGSLICE:
		return v.AsStringSlice()
	case attribute.STRING:
		if j := contracts.JSON(v.AsString()); j.IsArray() && j.Valid() {
			for e := range j.Elements() {
				if text, ok := e.Text(); ok {
					out = append(out, text)
				}
			}
			return out
		}
	case attribute.SLICE:
		for _, e := range v.AsSlice() {
			out = append(out, attr.Text(e))
		}
		return out
	}
	if text := attr.Text(v); text != "" {
		out = append(out, text)
	}
	return out
}

// isTrue reads a flag, which may come as text.
func isTrue(v attribute.Value) bool {
	switch v.Type() {
	case attribute.BOOL:
		return v.AsBool()
	case attribute.STRING:
		return v.AsString() == "true" || v.AsString() == "True"
	}
	return false
}
