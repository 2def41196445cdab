// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package payloadtest

// Pair is two documents and where they differ: the cases that hold this package
// and compare.py together.
type Pair struct {
	Name string
	A, B string
	// Differences are the places in the order of reporting, such as /name; none
	// when the documents are equal.
	Differences []string
}

const (
	idA = `"019a0000-0000-7000-8000-00000000000a"`
	idB = `"019a0000-0000-7000-8000-00000000000b"`
	idC = `"019a0000-0000-7000-8000-00000000000c"`
)

// PayloadPairs are pieces of payloads for [Diff].
func PayloadPairs() []Pair {
	return []Pair{
		{"nothing", `{}`, `{}`, nil},
		{"the order of members", `{"a":1,"b":[1,2]}`, `{"b":[1,2],"a":1}`, nil},
		{"the order of elements", `{"a":[1,2]}`, `{"a":[2,1]}`, []string{"/a/0", "/a/1"}},
		{"more elements", `{"a":[1]}`, `{"a":[1,2]}`, []string{"/a"}},
		{"fewer elements, another", `{"a":[1,2]}`, `{"a":[3]}`, []string{"/a", "/a/0"}},
		{"only in the first", `{"a":1,"c":2}`, `{"c":2}`, []string{"/a"}},
		{"only in the second", `{"c":{"d":1}}`, `{"c":{"d":1,"b":2}}`, []string{"/c/b"}},
		{"every difference, by name", `{"b":1,"a":1,"d":1}`, `{"b":2,"a":2,"c":1}`, []string{"/a", "/b", "/c", "/d"}},
		{"another text", `{"name":"a"}`, `{"name":"A"}`, []string{"/name"}},
		{"an escape is its character", `{"name":"\u0041\/"}`, `{"name":"A/"}`, nil},
		{"unpaired surrogates", `{"name":"a\ud83d"}`, `{"name":"a\ud83d"}`, nil},
		{"a surrogate lost", `{"name":"a\ud83d"}`, `{"name":"a\ufffd"}`, []string{"/name"}},
		{"another surrogate", `{"name":"\\\udc00"}`, `{"name":"\\\udc01"}`, []string{"/name"}},
		{"a pair", `{"name":"\ud83d\ude00\ud83d"}`, `{"name":"😀\uD83D"}`, nil},
		{"a backslash is no surrogate", `{"name":"\\ud83d"}`, `{"name":"\\uD83D"}`, []string{"/name"}},

		{
			"types", `{"a":null,"b":{},"c":1,"d":"1","e":true,"f":[]}`, `{"a":0,"b":[],"c":"1","d":1,"e":1,"f":{}}`,
			[]string{"/a", "/b", "/c", "/d", "/e", "/f"},
		},
		{"null is not absent", `{"a":null}`, `{}`, []string{"/a"}},
		{"booleans", `{"a":true,"b":false}`, `{"a":true,"b":true}`, []string{"/b"}},
		{"numbers by value", `{"a":1,"b":100,"c":-0,"d":1.50}`, `{"a":1.0,"b":1e2,"c":0,"d":15e-1}`, nil},
		{"big integers are exact", `{"a":12345678901234567890}`, `{"a":12345678901234567891}`, []string{"/a"}},
		{"big integer and double", `{"a":9007199254740993,"b":9007199254740992}`, `{"a":9007199254740993.0,"b":9007199254740992.0}`, []string{"/a"}},
		{"doubles are doubles", `{"a":0.1}`, `{"a":0.1000000000000000055}`, nil},
		{"beyond doubles", `{"a":1e400,"b":1e400}`, `{"a":2e400,"b":-1e400}`, []string{"/b"}},
		{"another number", `{"a":1}`, `{"a":2}`, []string{"/a"}},

		{"ids renamed", `{"id":` + idA + `,"traceId":` + idA + `,"spanId":` + idA + `}`, `{"id":` + idB + `,"traceId":` + idB + `,"spanId":` + idB + `}`, nil},
		{"ids no longer the same", `{"id":` + idA + `,"traceId":` + idA + `}`, `{"id":` + idB + `,"traceId":` + idC + `}`, []string{"/traceId"}},
		{"ids now the same", `{"id":` + idA + `,"traceId":` + idB + `}`, `{"id":` + idC + `,"traceId":` + idC + `}`, []string{"/traceId"}},
		{"a parent", `{"id":` + idA + `,"parentId":` + idB + `}`, `{"id":` + idB + `,"parentId":` + idA + `}`, nil},
		{"an id that is none", `{"id":5}`, `{"id":6}`, []string{"/id"}},
		{
			"ids of the caller", `{"model":{"id":"a"},"operation":{"id":"a"},"response":{"id":"a"}}`,
			`{"model":{"id":"b"},"operation":{"id":"b"},"response":{"id":"b"}}`,
			[]string{"/model/id", "/operation/id", "/response/id"},
		},
		{
			"ids in the caller's metadata", `{"metadata":{"request":{"id":"a"},"result":{"id":"a"}}}`,
			`{"metadata":{"request":{"id":"b"},"result":{"id":"b"}}}`,
			[]string{"/metadata/request/id", "/metadata/result/id"},
		},
		{
			"ids of spans and messages", `{"id":` + idA + `,` + inSpan(`"id":`+idB+`,"traceId":`+idA+`,"messages":[{"id":"m"}]`),
			`{"id":` + idC + `,` + inSpan(`"id":`+idA+`,"traceId":`+idC+`,"messages":[{"id":"n"}]`), nil,
		},
		{
			"a span's trace is another", `{"id":` + idA + `,` + inSpan(`"id":`+idB+`,"traceId":`+idA),
			`{"id":` + idC + `,` + inSpan(`"id":`+idA+`,"traceId":`+idA),
			[]string{"/metadata/result/spans/0/traceId"},
		},
		{
			"a parent that is another span",
			`{"metadata":{"result":{"spans":[{"id":"a"},{"id":"b"},{"id":"c","parentId":"a"}]}}}`,
			`{"metadata":{"result":{"spans":[{"id":"x"},{"id":"y"},{"id":"z","parentId":"y"}]}}}`,
			[]string{"/metadata/result/spans/2/parentId"},
		},
		{
			"ids of prompt messages", `{"prompt":{"messages":[{"id":"a"},{"id":"b"}]}}`, `{"prompt":{"messages":[{"id":"x"},{"id":"x"}]}}`,
			[]string{"/prompt/messages/1/id"},
		},
		{
			"ids inside spans that are the caller's", `{` + inSpan(`"metadata":{"id":"a"},"tool":{"parameters":{"id":"a"}}`),
			`{` + inSpan(`"metadata":{"id":"b"},"tool":{"parameters":{"id":"b"}}`),
			[]string{"/metadata/result/spans/0/metadata/id", "/metadata/result/spans/0/tool/parameters/id"},
		},
		{
			"tool call ids are exact", `{` + inSpan(`"tool":{"toolCallId":"a"}`), `{` + inSpan(`"tool":{"toolCallId":"b"}`),
			[]string{"/metadata/result/spans/0/tool/toolCallId"},
		},

		{
			"instants", `{"startTime":"2026-04-24T03:06:40Z","endTime":"2026-04-24T03:06:40.425000Z"}`,
			`{"startTime":"2026-04-24T05:06:40.000+02:00","endTime":"2026-04-24T03:06:40.425Z"}`, nil,
		},
		{"another instant", `{"startTime":"2026-04-24T03:06:40Z"}`, `{"startTime":"2026-04-24T03:06:40.001Z"}`, []string{"/startTime"}},
		{"a separator", `{"startTime":"2026-04-24T03:06:40Z"}`, `{"startTime":"2026-04-24 03:06:40+00:00"}`, nil},
		{"minutes and seconds", `{"startTime":"2026-04-24T03:06Z"}`, `{"startTime":"2026-04-24T03:06:00Z"}`, nil},
		{"microseconds at most", `{"startTime":"2026-04-24T03:06:40.1234567Z"}`, `{"startTime":"2026-04-24T03:06:40.123456Z"}`, nil},
		{"without an offset", `{"startTime":"2026-04-24T03:06:40"}`, `{"startTime":"2026-04-24T03:06:40.0"}`, nil},
		{"a day", `{"startTime":"2026-04-24"}`, `{"startTime":"2026-04-24T00:00:00"}`, nil},
		{"an instant that is none", `{"startTime":"soon","endTime":"soon"}`, `{"startTime":"soon","endTime":"now"}`, []string{"/endTime"}},
		{"one that is none", `{"startTime":"2026-04-24T03:06:40Z"}`, `{"startTime":"2026-13-24T03:06:40Z"}`, []string{"/startTime"}},
		{"two that are none", `{"startTime":"2026-13-24T03:06:40Z"}`, `{"startTime":"2026-14-24T03:06:40Z"}`, []string{"/startTime"}},
		{"the answer's time", `{"response":{"timestamp":"2026-04-24T03:06:40Z"}}`, `{"response":{"timestamp":"2026-04-24T03:06:40.000000Z"}}`, nil},
		{"a span's times", `{` + inSpan(`"startTime":"2026-04-24T03:06:40Z"`), `{` + inSpan(`"startTime":"2026-04-24T03:06:40.000Z"`), nil},
		{
			"times of the caller are texts", `{"metadata":{"request":{"startTime":"2026-04-24T03:06:40Z"}}}`,
			`{"metadata":{"request":{"startTime":"2026-04-24T03:06:40.000Z"}}}`,
			[]string{"/metadata/request/startTime"},
		},
		{"times in milliseconds", `{"response":{"startTime":1}}`, `{"response":{"startTime":2}}`, []string{"/response/startTime"}},

		{"nulls of the response", `{"response":{"usage":{"a":1}}}`, `{"response":{"usage":{"a":1,"b":null},"object":null}}`, nil},
		{
			"nulls of spans", `{` + inSpan(`"tool":{"parameters":[1]}`), `{` + inSpan(`"tool":{"parameters":[1,null],"result":null},"x":{"y":null}`),
			[]string{"/metadata/result/spans/0/x"},
		},
		{"a span that is null", `{"metadata":{"result":{"spans":[{"name":"a"}]}}}`, `{"metadata":{"result":{"spans":[null,{"name":"a"}]}}}`, nil},
		{
			"nulls elsewhere count", `{"metadata":{"request":{"a":null},"result":{"a":[null],"spans":[]}},"functionId":null}`,
			`{"metadata":{"request":{},"result":{"a":[],"spans":[]}}}`,
			[]string{"/functionId", "/metadata/request/a", "/metadata/result/a"},
		},
		{"a response that is null", `{"response":null}`, `{"response":{}}`, []string{"/response"}},

		{"our correlation", `{"metadata":{"a":1}}`, `{"metadata":{"a":1,"otel":{"traceId":"x"}}}`, nil},
		{"our correlation on a span", `{` + inSpan(`"metadata":{}`), `{` + inSpan(`"metadata":{"otel":1}`), nil},
		{"correlation lost", `{"metadata":{"otel":1}}`, `{"metadata":{}}`, []string{"/metadata/otel"}},
		{"correlation changed", `{"metadata":{"otel":1}}`, `{"metadata":{"otel":2}}`, []string{"/metadata/otel"}},
		{"correlation elsewhere", `{"a":{}}`, `{"a":{"otel":1},"otel":1}`, []string{"/a/otel", "/otel"}},

		{"a stack is another", `{"metadata":{"result":{"error":{"stack":"a"}}}}`, `{"metadata":{"result":{"error":{"stack":"b"}}}}`, nil},
		{"a stack is absent", `{"metadata":{"result":{"error":{"stack":"a"}}}}`, `{"metadata":{"result":{"error":{}}}}`, []string{"/metadata/result/error/stack"}},
		{"a stack is empty", `{"a":{"stack":"x"}}`, `{"a":{"stack":""}}`, []string{"/a/stack"}},
		{
			"stacks of other sorts", `{"a":[{"stack":[]},{"stack":0},{"stack":{"a":1}},{"stack":0.0}]}`,
			`{"a":[{"stack":null},{"stack":false},{"stack":1},{"stack":"0"}]}`,
			[]string{"/a/3/stack"},
		},
	}
}

func inSpan(members string) string {
	return `"metadata":{"result":{"spans":[{` + members + `}]}}}`
}

// RequestPairs are whole requests for [DiffRequests].
func RequestPairs() []Pair {
	request := func(method, path, headers string) string {
		return `{"method":"` + method + `","path":"` + path + `","headers":{` + headers + `},"body":{"a":1}}`
	}
	const post = "POST"
	return []Pair{
		{"the same", request(post, "/traces?name=o", `"content-type":"x"`), request(post, "/traces?name=o", `"content-type":"x"`), nil},
		{"method", request(post, "/", ``), request("PUT", "/", ``), []string{"method"}},
		{"path", request(post, "/traces", ``), request(post, "/trace", ``), []string{"path"}},
		{"a slash", request(post, "/traces", ``), request(post, "/traces/", ``), []string{"path"}},
		{"the path is not decoded", request(post, "/tr%61ces", ``), request(post, "/traces", ``), []string{"path"}},
		{"a query spelled differently", request(post, "/traces?name=%C3%9C/c%20%26+%2B", ``), request(post, "/traces?name=%c3%9c%2Fc+%26%20%2B", ``), nil},
		{"a name spelled differently", request(post, "/traces?n%61me=a", ``), request(post, "/traces?name=a", ``), nil},
		{"another query", request(post, "/traces?name=a", ``), request(post, "/traces?name=b", ``), []string{"path"}},
		{"the order of a query", request(post, "/?a=1&b=2", ``), request(post, "/?b=2&a=1", ``), nil},
		{"the order of repeated values", request(post, "/?a=1&a=2", ``), request(post, "/?a=2&a=1", ``), []string{"path"}},
		{"empty values", request(post, "/?a=1&b=&c&=", ``), request(post, "/?a=1", ``), nil},
		{"an escape that is none", request(post, "/?a=%zz%4", ``), request(post, "/?a=%25zz%254", ``), nil},
		{"a fragment", request(post, "/?a=1#x", ``), request(post, "/?a=1#y", ``), nil},
		{"a header's case", request(post, "/", `"X-Team":"blue"`), request(post, "/", `"x-team":"blue"`), nil},
		{"a header's value", request(post, "/", `"x-team":"blue"`), request(post, "/", `"x-team":"Blue"`), []string{"header x-team"}},
		{"a header more", request(post, "/", ``), request(post, "/", `"user-agent":"x"`), nil},
		{"a header less", request(post, "/", `"x-team":"","x-b":"1"`), request(post, "/", `"x-b":"1"`), []string{"header x-team"}},
		{"everything", request(post, "/a", `"x":"1"`), `{"method":"GET","path":"/b","headers":{},"body":{"a":2}}`, []string{"method", "path", "header x", "/a"}},
	}
}
