// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package jsonscan

import (
	"encoding/json"
	"maps"
	"strconv"
	"strings"
	"testing"
)

func TestAppendMerged(t *testing.T) {
	for _, c := range []struct{ a, b, want string }{
		{``, ``, `{}`},
		{` `, `{}`, `{}`},
		{`{"a":1}`, ``, `{"a":1}`},
		{``, `{"a":1}`, `{"a":1}`},
		{`{"a":1,"b":2}`, `{"b":3,"c":4}`, `{"a":1,"b":3,"c":4}`},
		{`{"a":1,"b":2,"c":3}`, `{"c":6,"a":4}`, `{"a":4,"b":2,"c":6}`},
		// one level deep
		{`{"a":{"x":1},"b":[1]}`, `{"a":{"y":2}}`, `{"a":{"y":2},"b":[1]}`},
		// byte for byte
		{`{ "a" : 1.50 }`, `{"b": { "x" :  "\u0041" } ,"c":"é" }`, `{"a":1.50,"b":{ "x" :  "\u0041" },"c":"é"}`},
		// a name may be written in two ways
		{`{"\u0061":1}`, `{"a":2}`, `{"\u0061":2}`},
		{`{"a":1}`, `{"\u0061":2}`, `{"a":2}`},
		// repeated names
		{`{"a":1,"a":2}`, `{"b":3}`, `{"a":1,"a":2,"b":3}`},
		{`{"a":1,"b":0,"a":2}`, `{"a":3}`, `{"a":3,"b":0}`},
		{`{"a":1}`, `{"a":2,"b":3,"a":4,"b":5}`, `{"a":4,"b":5}`},
		{`{"a":1}`, `{"a":null}`, `{"a":null}`},
		{`{"":1}`, `{"":2}`, `{"":2}`},
		// what is no object counts as an empty one, what is broken up to the fault
		{`[1]`, `{"a":1}`, `{"a":1}`},
		{`{"a":1}`, `null`, `{"a":1}`},
		{`{"a":1,"b":`, `{"c":2`, `{"a":1,"c":2}`},
	} {
		if got := string(AppendMerged([]byte("x:"), c.a, c.b)); got != "x:"+c.want {
			t.Errorf("AppendMerged(x:, %s, %s) = %s, want x:%s", c.a, c.b, got, c.want)
		}
	}
}

// Big objects are merged without comparing each member with each other: this
// would not end within the test's time.
func TestAppendMergedBig(t *testing.T) {
	const n = 200_000
	object := func(from int) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(`,"` + strconv.Itoa(from+i) + `":` + strconv.Itoa(from))
		}
		return "{" + b.String()[1:] + "}"
	}
	merged := string(AppendMerged(nil, object(0), object(n/2)))
	if got := len(collect(merged)); got != n+n/2 {
		t.Errorf("%d members, want %d", got, n+n/2)
	}
}

func FuzzAppendMerged(f *testing.F) {
	f.Add(`{"a":1,"b":2}`, `{"b":3,"c":4}`)
	f.Add(`{"a":1,"a":2}`, ` {"\u0061":[3] } `)
	f.Add(``, `{"a":{}}`)
	f.Add(`{"a":1,"b":`, `[]`)
	f.Add(" { } ", "\n{\t}\r")
	f.Add(`{"":null,"\ud800":-0}`, `{"":1e400,"\udc00":[]}`)
	f.Add(`{"\/":1,"/":2}`, "{ \"\\u002f\" : 3 }")
	f.Fuzz(func(t *testing.T, a, b string) {
		got := string(AppendMerged(nil, a, b))
		object := func(s string) (m map[string]json.RawMessage, ok bool) {
			if TrimSpace(s) == "" {
				return map[string]json.RawMessage{}, true
			}
			return m, Valid(s) && Kind(s) == '{' && json.Unmarshal([]byte(s), &m) == nil
		}
		want, okA := object(a)
		over, okB := object(b)
		if !okA || !okB {
			return
		}
		maps.Copy(want, over)
		m, ok := object(got)
		if !ok || !maps.EqualFunc(m, want, func(x, y json.RawMessage) bool { return string(x) == string(y) }) {
			t.Errorf("AppendMerged(%q, %q) = %q, want %q", a, b, got, want)
		}
	})
}
