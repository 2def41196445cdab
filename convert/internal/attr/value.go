// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

// Package attr reads the values of span attributes, whatever their type.
package attr

import (
	"encoding/base64"
	"math"
	"strconv"

	"go.opentelemetry.io/otel/attribute"

	"github.com/spect-tools/spect-go/internal/jsonscan"
)

// Text reads an attribute that should be a string: one of another type is
// spelled out.
func Text(v attribute.Value) string {
	switch v.Type() {
	case attribute.STRING:
		return v.AsString()
	case attribute.EMPTY:
		return ""
	}
	b, _ := Append(nil, v)
	return string(b)
}

// maxDepth bounds the nesting of attribute values that are written out.
const maxDepth = 100

// Append appends the JSON of an attribute's value: a string as a JSON
// string, bytes as base64, NaN and the infinities as strings, which odd tells.
func Append(dst []byte, v attribute.Value) (out []byte, odd bool) {
	return appendNested(dst, v, maxDepth)
}

func appendNested(dst []byte, v attribute.Value, depth int) (_ []byte, odd bool) {
	if depth == 0 {
		return append(dst, `"nested too deep"`...), true
	}
	switch v.Type() {
	case attribute.BOOL:
		return strconv.AppendBool(dst, v.AsBool()), false
	case attribute.INT64:
		return strconv.AppendInt(dst, v.AsInt64(), 10), false
	case attribute.FLOAT64:
		return appendFloat(dst, v.AsFloat64())
	case attribute.STRING:
		return jsonscan.AppendString(dst, v.AsString()), false
	case attribute.BOOLSLICE:
		return appendArray(dst, v.AsBoolSlice(), func(dst []byte, b bool) ([]byte, bool) {
			return strconv.AppendBool(dst, b), false
		})
	case attribute.INT64SLICE:
		return appendArray(dst, v.AsInt64Slice(), func(dst []byte, n int64) ([]byte, bool) {
			return strconv.AppendInt(dst, n, 10), false
		})
	case attribute.FLOAT64SLICE:
		return appendArray(dst, v.AsFloat64Slice(), appendFloat)
	case attribute.STRINGSLICE:
		return appendArray(dst, v.AsStringSlice(), func(dst []byte, s string) ([]byte, bool) {
			return jsonscan.AppendString(dst, s), false
		})
	case attribute.BYTESLICE:
		dst = append(dst, '"')
		dst = base64.StdEncoding.AppendEncode(dst, v.AsByteSlice())
		return append(dst, '"'), false
	case attribute.SLICE:
		return appendArray(dst, v.AsSlice(), func(dst []byte, e attribute.Value) ([]byte, bool) {
			return appendNested(dst, e, depth-1)
		})
	case attribute.MAP:
		return appendMap(dst, v.AsMap(), depth)
	}
	return append(dst, "null"...), false
}

func appendArray[T any](dst []byte, values []T, element func([]byte, T) ([]byte, bool)) (_ []byte, odd bool) {
	dst = append(dst, '[')
	for i, v := range values {
		if i > 0 {
			dst = append(dst, ',')
		}
		var o bool
		dst, o = element(dst, v)
		odd = odd || o
	}
	return append(dst, ']'), odd
}

// AppendMap appends a JSON object of the attributes. A key that is given twice
// is written once, with its last value, and odd tells.
func AppendMap(dst []byte, kvs []attribute.KeyValue) (out []byte, odd bool) {
	return appendMap(dst, kvs, maxDepth)
}

func appendMap(dst []byte, kvs []attribute.KeyValue, depth int) (_ []byte, odd bool) {
	last := make(map[attribute.Key]int, len(kvs))
	for i := range kvs {
		last[kvs[i].Key] = i
	}
	dst = append(dst, '{')
	first := true
	for i := range kvs {
		if last[kvs[i].Key] != i {
			odd = true
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = jsonscan.AppendString(dst, string(kvs[i].Key))
		dst = append(dst, ':')
		var o bool
		dst, o = appendNested(dst, kvs[i].Value, depth-1)
		odd = odd || o
	}
	return append(dst, '}'), odd
}

func appendFloat(dst []byte, f float64) (_ []byte, odd bool) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return jsonscan.AppendString(dst, strconv.FormatFloat(f, 'g', -1, 64)), true
	}
	return strconv.AppendFloat(dst, f, 'g', -1, 64), false
}

// Lookup finds the first attribute with the key.
func Lookup(attrs []attribute.KeyValue, key attribute.Key) (attribute.Value, bool) {
	for i := range attrs {
		if attrs[i].Key == key {
			return attrs[i].Value, true
		}
	}
	return attribute.Value{}, false
}
