// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package otlp

import (
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/otel/attribute"
)

func attributes(m pcommon.Map) []attribute.KeyValue {
	if m.Len() == 0 {
		return nil
	}
	out := make([]attribute.KeyValue, 0, m.Len())
	for k, v := range m.All() {
		out = append(out, attribute.KeyValue{Key: attribute.Key(k), Value: value(v)})
	}
	return out
}

func value(v pcommon.Value) attribute.Value {
	switch v.Type() {
	case pcommon.ValueTypeStr:
		return attribute.StringValue(v.Str())
	case pcommon.ValueTypeBool:
		return attribute.BoolValue(v.Bool())
	case pcommon.ValueTypeInt:
		return attribute.Int64Value(v.Int())
	case pcommon.ValueTypeDouble:
		return attribute.Float64Value(v.Double())
	case pcommon.ValueTypeBytes:
		return attribute.ByteSliceValue(v.Bytes().AsRaw())
	case pcommon.ValueTypeMap:
		return attribute.MapValue(attributes(v.Map())...)
	case pcommon.ValueTypeSlice:
		return slice(v.Slice())
	case pcommon.ValueTypeEmpty:
	}
	return attribute.Value{}
}

// slice is the slice that an SDK would have had: one of strings, numbers or
// booleans where all elements are of one such type.
func slice(s pcommon.Slice) attribute.Value {
	if s.Len() > 0 {
		switch first := s.At(0).Type(); {
		case !uniform(s, first):
		case first == pcommon.ValueTypeStr:
			return attribute.StringSliceValue(each(s, pcommon.Value.Str))
		case first == pcommon.ValueTypeBool:
			return attribute.BoolSliceValue(each(s, pcommon.Value.Bool))
		case first == pcommon.ValueTypeInt:
			return attribute.Int64SliceValue(each(s, pcommon.Value.Int))
		case first == pcommon.ValueTypeDouble:
			return attribute.Float64SliceValue(each(s, pcommon.Value.Double))
		}
	}
	return attribute.SliceValue(each(s, value)...)
}

func uniform(s pcommon.Slice, of pcommon.ValueType) bool {
	for _, v := range s.All() {
		if v.Type() != of {
			return false
		}
	}
	return true
}

func each[T any](s pcommon.Slice, one func(pcommon.Value) T) []T {
	out := make([]T, 0, s.Len())
	for _, v := range s.All() {
		out = append(out, one(v))
	}
	return out
}
