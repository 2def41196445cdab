// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package payloadtest

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// Diff compares two payloads and returns each difference with its JSON path;
// nothing when they are equal.
//
// Ids are compared by identity pattern: equal ids stay equal, distinct ones
// distinct. Instants are compared as instants. Nulls inside metadata.result.spans
// and response are passed over, since the reference client drops them; so is a
// member "otel" that only the second has in an object called metadata. Of an
// error's stack only its presence counts. Everything else is compared exactly,
// but for the order of members.
func Diff(a, b []byte) []string {
	x, err := parse(a)
	if err != nil {
		return []string{"/: the first is not JSON: " + err.Error()}
	}
	y, err := parse(b)
	if err != nil {
		return []string{"/: the second is not JSON: " + err.Error()}
	}
	c := comparison{there: map[string]string{}, back: map[string]string{}}
	c.walk(prepare(x), prepare(y), nil)
	return c.differences
}

type comparison struct {
	there, back map[string]string // ids of the first to ids of the second, and back
	differences []string
}

func (c *comparison) addf(format string, args ...any) {
	c.differences = append(c.differences, fmt.Sprintf(format, args...))
}

// path leads to a value: a string is a member's name, an int an index.
type path []any

func (p path) String() string {
	var b strings.Builder
	b.WriteByte('/')
	for i, step := range p {
		if i > 0 {
			b.WriteByte('/')
		}
		fmt.Fprint(&b, step)
	}
	return b.String()
}

func (p path) last() any {
	if len(p) == 0 {
		return nil
	}
	return p[len(p)-1]
}

func (p path) to(step any) path { return append(slices.Clip(p), step) }

// isStack: an error's stack differs by language.
func (p path) isStack() bool { return p.last() == "stack" }

// isRecordID is true where the contract puts a generated id; response.id,
// model.id and operation.id are the caller's own.
func (p path) isRecordID() bool {
	switch p.last() {
	case "id", "traceId", "spanId", "parentId":
	default:
		return false
	}
	switch {
	case len(p) == 1:
		return true
	case p[0] == "prompt":
		return len(p) == 4
	}
	return p.inSpans() && (len(p) == 5 || len(p) == 7 && p[4] == "messages")
}

func (p path) isInstant() bool {
	switch p.last() {
	case "startTime", "endTime", "timestamp":
	default:
		return false
	}
	return len(p) == 1 ||
		len(p) == 2 && p[0] == "response" && p[1] == "timestamp" ||
		len(p) == 5 && p.inSpans()
}

func (p path) inSpans() bool {
	return len(p) >= 3 && p[0] == "metadata" && p[1] == "result" && p[2] == "spans"
}

func (c *comparison) walk(a, b any, at path) {
	if at.isStack() {
		if truthy(a) != truthy(b) {
			c.addf("%s: present on one side only", at)
		}
		return
	}
	if x, ok := a.(string); ok {
		if y, ok := b.(string); ok {
			c.strings(x, y, at)
			return
		}
	}
	switch x := a.(type) {
	case map[string]any:
		if y, ok := b.(map[string]any); ok {
			c.objects(x, y, at)
			return
		}
	case []any:
		if y, ok := b.([]any); ok {
			c.arrays(x, y, at)
			return
		}
	}
	if !equal(a, b) {
		c.differ(a, b, at)
	}
}

func (c *comparison) differ(a, b any, at path) { c.addf("%s: %s != %s", at, show(a), show(b)) }

func (c *comparison) strings(a, b string, at path) {
	switch {
	case at.isRecordID():
		if setDefault(c.there, a, b) != b || setDefault(c.back, b, a) != a {
			c.addf("%s: id identity differs (%s / %s)", at, a, b)
		}
	case at.isInstant():
		if !sameInstant(a, b) {
			c.addf("%s: %s != %s", at, a, b)
		}
	case a != b:
		c.differ(a, b, at)
	}
}

func setDefault(m map[string]string, key, value string) string {
	if had, ok := m[key]; ok {
		return had
	}
	m[key] = value
	return value
}

func (c *comparison) objects(a, b map[string]any, at path) {
	names := slices.AppendSeq(slices.Collect(maps.Keys(a)), maps.Keys(b))
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		x, inFirst := a[name]
		y, inSecond := b[name]
		switch {
		case !inFirst && name == "otel" && at.last() == "metadata":
			// Our correlation block is an addition, not a difference.
		case !inFirst:
			c.addf("%s: only in the second: %s", at.to(name), show(y))
		case !inSecond:
			c.addf("%s: only in the first: %s", at.to(name), show(x))
		default:
			c.walk(x, y, at.to(name))
		}
	}
}

func (c *comparison) arrays(a, b []any, at path) {
	if len(a) != len(b) {
		c.addf("%s: %d items != %d items", at, len(a), len(b))
	}
	for i := range min(len(a), len(b)) {
		c.walk(a[i], b[i], at.to(i))
	}
}

// equal compares what is neither two strings, two objects nor two arrays.
func equal(a, b any) bool {
	x, isNumber := a.(json.Number)
	y, areNumbers := b.(json.Number)
	if isNumber && areNumbers {
		return sameNumber(string(x), string(y))
	}
	switch a.(type) {
	case nil, bool:
		return a == b
	}
	return false
}

// sameNumber compares numbers by value as Python reads them: those with a
// fraction or an exponent are doubles, the others integers of any size.
func sameNumber(a, b string) bool {
	if a == b {
		return true
	}
	x, xInfinite := number(a)
	y, yInfinite := number(b)
	if xInfinite != 0 || yInfinite != 0 {
		return xInfinite == yInfinite
	}
	return x.Cmp(y) == 0
}

func number(s string) (n *big.Rat, infinite int) {
	n = new(big.Rat)
	if strings.ContainsAny(s, ".eE") {
		f, err := strconv.ParseFloat(s, 64)
		if err == nil {
			return n.SetFloat64(f), 0
		}
		if f > 0 {
			return nil, 1
		}
		return nil, -1
	}
	n.SetString(s)
	return n, 0
}

// truthy is Python's bool.
func truthy(v any) bool {
	switch v := v.(type) {
	case bool:
		return v
	case string:
		return v != ""
	case json.Number:
		return !sameNumber(string(v), "0")
	case map[string]any:
		return len(v) > 0
	case []any:
		return len(v) > 0
	}
	return false
}

// show is the start of a value's JSON.
func show(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	if len(b) > 120 {
		return string(b[:120]) + "…"
	}
	return string(b)
}

// prepare drops the nulls that the reference client drops.
func prepare(doc any) any {
	payload, ok := doc.(map[string]any)
	if !ok {
		return doc
	}
	if response, ok := payload["response"]; ok {
		payload["response"] = withoutNulls(response)
	}
	metadata, _ := payload["metadata"].(map[string]any)
	result, _ := metadata["result"].(map[string]any)
	if spans, ok := result["spans"].([]any); ok {
		result["spans"] = withoutNulls(spans)
	}
	return payload
}

func withoutNulls(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, e := range v {
			if e != nil {
				out[name] = withoutNulls(e)
			}
		}
		return out
	case []any:
		out := make([]any, 0, len(v))
		for _, e := range v {
			if e != nil {
				out = append(out, withoutNulls(e))
			}
		}
		return out
	}
	return v
}
